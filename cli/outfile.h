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

#endif
