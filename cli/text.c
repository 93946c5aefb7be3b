/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/text.h"

#include "base/diag.h"
#include "base/utf8.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_DECIMALS = 9, MIN_DIGITS = 3, MAX_DIGITS = 6, HALF_DIGITS = 2, CELL_SIZE = 512 };

#define NOTHING 1e-6 /* half-widths below this share of the value are shown as 0 */

/* Decimals that show a value with so many significant digits. */
static int decimals(double value, int digits)
{
	if (!isfinite(value) || value == 0)
		return 0;
	int d = digits - 1 - (int)floor(log10(fabs(value)));
	return d < 0 ? 0 : d > MAX_DECIMALS ? MAX_DECIMALS : d;
}

static const char *fixed(double value, int after_point, struct arena *a)
{
	return isfinite(value) ? arena_printf(a, "%.*f", after_point, value) : "-";
}

const char *text_number(double value, int digits, struct arena *a)
{
	return fixed(value, decimals(value, digits), a);
}

static int interval_decimals(struct interval i, double scale)
{
	double value = i.value * scale, half = i.half * scale;
	bool certain = fabs(half) < fabs(value) * NOTHING;
	int least = decimals(value, MIN_DIGITS), most = decimals(value, MAX_DIGITS);
	if (!isfinite(half) || half == 0 || certain)
		return decimals(value, MAX_DIGITS - 1);
	int d = decimals(half, HALF_DIGITS);
	return d < least ? least : d > most ? most : d;
}

const char *text_value(struct interval i, double scale, struct arena *a)
{
	return fixed(i.value * scale, interval_decimals(i, scale), a);
}

const char *text_half(struct interval i, double scale, struct arena *a)
{
	if (fabs(i.half) < fabs(i.value) * NOTHING)
		return "0";
	return fixed(i.half * scale, interval_decimals(i, scale), a);
}

const char *text_rate(double rate, const char *unit, int digits, struct arena *a)
{
	static const char prefixes[] = "\0kMGT";
	size_t i = 0;
	for (; rate >= 1000 && i + 2 < sizeof(prefixes); i++)
		rate /= 1000;
	return arena_printf(a, "%s %.1s%s", text_number(rate, digits, a), &prefixes[i], unit);
}

const char *text_seconds(double s, int digits, struct arena *a)
{
	static const char *const units[] = {"s", "ms", "us", "ns"};
	size_t i = 0;
	for (; s > 0 && s < 1 && i + 1 < sizeof(units) / sizeof(units[0]); i++)
		s *= 1000;
	return arena_printf(a, "%s %s", text_number(s, digits, a), units[i]);
}

static bool wants_bold(FILE *to)
{
	const char *no_color = getenv("NO_COLOR");
	return !(no_color && no_color[0]) && fileno(to) >= 0 && isatty(fileno(to));
}

void text_heading(FILE *to, const char *heading)
{
	bool bold = wants_bold(to);
	fputs(bold ? "\033[1m" : "", to);
	diag_put_escaped(to, heading, strlen(heading));
	fputs(bold ? "\033[0m\n" : "\n", to);
}

void text_table_start(struct text_table *t, const char *const *heads, struct arena *a)
{
	*t = (struct text_table){.arena = a, .heads = heads};
	while (heads[t->n_columns])
		t->n_columns++;
}

/* The text with what cannot be shown escaped, so that its width is known. */
static const char *shown(const char *text, struct arena *a)
{
	char *buf = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&buf, &size);
	if (!to)
		return "?";
	diag_put_escaped(to, text, strlen(text));
	fclose(to);
	const char *copy = arena_strndup(a, buf, size);
	free(buf);
	return copy;
}

void text_table_cell(struct text_table *t, const char *fmt, ...)
{
	char cell[CELL_SIZE];
	va_list args;
	va_start(args, fmt);
	vsnprintf(cell, sizeof(cell), fmt, args);
	va_end(args);
	if (t->n_cells == t->room) {
		t->room = t->room ? 2 * t->room : 64;
		t->cells = xrealloc(t->cells, t->room, sizeof(*t->cells));
	}
	t->cells[t->n_cells++] = shown(cell, t->arena);
}

/* In characters. */
static size_t width(const char *text)
{
	size_t n = 0, len = strlen(text);
	for (size_t i = 0; i < len; n++) {
		uint32_t code;
		size_t bytes = utf8_decode(text + i, len - i, &code);
		i += bytes ? bytes : 1;
	}
	return n;
}

static size_t column_width(const struct text_table *t, size_t column)
{
	size_t widest = width(t->heads[column] + 1);
	for (size_t i = column; i < t->n_cells; i += t->n_columns)
		if (width(t->cells[i]) > widest)
			widest = width(t->cells[i]);
	return widest;
}

static void put_cell(const struct text_table *t, size_t column, const char *cell, FILE *to)
{
	size_t pad = column_width(t, column) - width(cell);
	bool left = t->heads[column][0] == '<', last = column + 1 == t->n_columns;
	if (last && !*cell)
		return;
	fprintf(to, "  %*s%s%*s", left ? 0 : (int)pad, "", cell, left && !last ? (int)pad : 0, "");
}

void text_table_print(struct text_table *t, FILE *to)
{
	bool bold = wants_bold(to);
	fputs(bold ? "\033[1m" : "", to);
	for (size_t c = 0; c < t->n_columns; c++)
		put_cell(t, c, t->heads[c] + 1, to);
	fputs(bold ? "\033[0m\n" : "\n", to);
	for (size_t i = 0; i < t->n_cells; i++) {
		put_cell(t, i % t->n_columns, t->cells[i], to);
		if (i % t->n_columns + 1 == t->n_columns)
			fputc('\n', to);
	}
	free(t->cells);
	t->cells = NULL;
}
