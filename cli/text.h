/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * text - answers for people: rounded numbers, aligned tables, colour on a terminal
 *
 * User text is shown with control characters escaped. Colour only when the stream is a terminal and
 * NO_COLOR is unset or empty.
 */
#ifndef NFVSIM_CLI_TEXT_H
#define NFVSIM_CLI_TEXT_H

#include "base/arena.h"
#include "sim/stats.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* A number with that many significant digits and no exponent; "-" when it is not a number. */
const char *text_number(double value, int digits, struct arena *a);

/* The value of i times scale, with digits that its half-width makes meaningful, 3 to 6 of them. */
const char *text_value(struct interval i, double scale, struct arena *a);

/* Its half-width times scale, with the same decimals; "-" when there is none. */
const char *text_half(struct interval i, double scale, struct arena *a);

/* "14.88 Mpps": a rate (not negative) with the prefix that reads best. */
const char *text_rate(double rate, const char *unit, int digits, struct arena *a);

/* "1.23 ms" */
const char *text_seconds(double s, int digits, struct arena *a);

/* Prints a line in bold (on a terminal). */
void text_heading(FILE *to, const char *heading);

/* Rows of cells. A heading starts with '<' for a column of words (left) or '>' for one of numbers
 * (right). Cells live in the arena; the rest is freed by text_table_print. */
struct text_table {
	struct arena *arena;
	const char *const *heads; /* n_columns */
	size_t n_columns;
	const char **cells;
	size_t n_cells, room;
};

/* heads ends with NULL and outlives the table. */
void text_table_start(struct text_table *t, const char *const *heads, struct arena *a);
void text_table_cell(struct text_table *t, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void text_table_print(struct text_table *t, FILE *to);

#endif
