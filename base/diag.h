/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * diag - complaints about the user's input, collected and printed together
 *
 * Each complaint names file, line and column; printing adds the source line, a caret and a hint:
 *
 *   fw.yaml:4:6: error: 'clock' wants a frequency, not '2.4 GB'
 *       4 | cpu: 2.4 GB
 *         |      ^~~~~~
 *     hint: write it like 2.4 GHz
 *
 * Control characters and broken UTF-8 in user text are shown escaped, so that a file cannot drive
 * the terminal. Colour only when the stream is a terminal and NO_COLOR is unset or empty.
 */
#ifndef NFVSIM_BASE_DIAG_H
#define NFVSIM_BASE_DIAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct diag;

/* A text that marks point into. The caller keeps it alive as long as the diag. */
struct diag_source {
	const char *name; /* file name as the user gave it, or "--set cpu=1.2GHz" */
	const char *text; /* whole contents, not NUL-terminated */
	size_t len;
};

/* A stretch of a source: line and column count from 1, columns in characters (not bytes);
 * len is in characters of that line, 0 when unknown. source NULL: no place known. */
struct mark {
	const struct diag_source *source;
	unsigned line, column, len;
};

struct diag *diag_new(void);
void diag_free(struct diag *d); /* d may be NULL */

/* Collects an error (or a warning) at a place. hint may be NULL. At most 100 complaints are kept;
 * more are counted and the count is printed. Exact repeats (same mark, same text) are kept once. */
void diag_error(struct diag *d, struct mark at, const char *hint, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
void diag_warning(struct diag *d, struct mark at, const char *hint, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

size_t diag_errors(const struct diag *d);

/* Prints all complaints in order of (source in order of first use, line, column), each once. */
void diag_print(const struct diag *d, FILE *to);

/* Of n candidates the one nearest to word by edit distance (insert, delete, replace, swap), or NULL
 * when none is near enough (distance > max(1, length/3)); ignores case. The result points into
 * candidates. */
const char *diag_nearest(const char *word, const char *const *candidates, size_t n);

/* Writes text with control characters, broken UTF-8 and bidi overrides as \xNN (or \u{...}). */
void diag_put_escaped(FILE *to, const char *text, size_t len);

#endif
