/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * outfile - files that an answer is written to, with complaints on standard error
 */
#ifndef NFVSIM_CLI_OUTFILE_H
#define NFVSIM_CLI_OUTFILE_H

#include <stdbool.h>
#include <stdio.h>

/* "-" is standard output. NULL: it cannot be written, which has been said. */
FILE *outfile_open(const char *path);

/* False: not all of it was written, which has been said. to may be NULL. */
bool outfile_close(FILE *to, const char *path);

/* A file that appears as a whole or not at all: written beside its place, then moved there. */
struct outfile {
	FILE *to; /* NULL: it cannot be written, which has been said */
	const char *path;
	char *place, *beside; /* NULL: no file is replaced (standard output, a device) */
};

/* Whether outfile_begin() can be expected to succeed later; if not, that has been said. */
bool outfile_possible(const char *path);
struct outfile outfile_begin(const char *path);
bool outfile_end(struct outfile *f, bool good); /* false: it was not written, which has been said */

#endif
