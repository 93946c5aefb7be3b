/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * diag - complaints about the user's input, collected and printed together
 *
 * The kept complaints are a fixed array: adding costs one pass over it (to drop repeats), printing
 * sorts it and finds each source line by a pass over the text. Messages are stored as given and
 * escaped when they are printed.
 */
#include "base/diag.h"

#include "base/arena.h"
#include "base/utf8.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	MAX_KEPT = 100,
	EXCERPT_CHARS = 100, /* of a source line; longer ones are cut around the mark */
	ESCAPE_SIZE = 16,    /* room for one escaped character */
	MAX_WORD = 64,       /* longer words get no suggestion */
};

struct complaint {
	struct mark at;
	size_t source_order; /* number of the first complaint about the same source */
	size_t order;        /* of arrival */
	bool is_error;
	char *text;
	char *hint;
};

struct diag {
	struct complaint kept[MAX_KEPT];
	size_t n;
	size_t errors;
	size_t not_kept;
};

struct diag *diag_new(void)
{
	return xcalloc(1, sizeof(struct diag));
}

void diag_free(struct diag *d)
{
	if (!d)
		return;
	for (size_t i = 0; i < d->n; i++) {
		free(d->kept[i].text);
		free(d->kept[i].hint);
	}
	free(d);
}

size_t diag_errors(const struct diag *d)
{
	return d->errors;
}

static bool same_complaint(const struct complaint *a, const struct complaint *b)
{
	return a->is_error == b->is_error && a->at.source == b->at.source &&
	       a->at.line == b->at.line && a->at.column == b->at.column && a->at.len == b->at.len &&
	       strcmp(a->text, b->text) == 0;
}

/* Takes over new->text; copies the hint. */
static void keep(struct diag *d, struct complaint *new, const char *hint)
{
	new->order = new->source_order = d->n;
	for (size_t i = d->n; i-- > 0;) {
		if (same_complaint(&d->kept[i], new)) {
			free(new->text);
			return;
		}
		if (d->kept[i].at.source == new->at.source)
			new->source_order = d->kept[i].source_order;
	}
	d->errors += new->is_error;
	if (d->n == MAX_KEPT) {
		d->not_kept++;
		free(new->text);
		return;
	}
	new->hint = hint ? strdup(hint) : NULL;
	d->kept[d->n++] = *new;
}

__attribute__((format(printf, 4, 0))) static void complain(
	struct diag *d, struct complaint new, const char *hint, const char *fmt, va_list args)
{
	if (vasprintf(&new.text, fmt, args) < 0) {
		fputs("nfvsim: out of memory\n", stderr);
		exit(1);
	}
	keep(d, &new, hint);
}

void diag_error(struct diag *d, struct mark at, const char *hint, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	complain(d, (struct complaint){.at = at, .is_error = true}, hint, fmt, args);
	va_end(args);
}

void diag_warning(struct diag *d, struct mark at, const char *hint, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	complain(d, (struct complaint){.at = at}, hint, fmt, args);
	va_end(args);
}

/* Characters that move the cursor, reorder the text around them, or are not seen. */
static bool unsafe_to_print(uint32_t code)
{
	static const struct {
		uint32_t first, last;
	} unsafe[] = {
		{0, 0x1f},
		{0x7f, 0x9f},
		{0xad, 0xad},
		{0x61c, 0x61c},
		{0x180e, 0x180e},
		{0x200b, 0x200f},
		{0x2028, 0x202e},
		{0x2060, 0x206f},
		{0xfeff, 0xfeff},
		{0xfff9, 0xfffb},
		{0xfffe, 0xffff},
		{0xe0000, 0xe0fff},
	};

	for (size_t i = 0; i < sizeof(unsafe) / sizeof(unsafe[0]); i++)
		if (code >= unsafe[i].first && code <= unsafe[i].last)
			return true;
	return false;
}

/* Writes the first character of text (or its first byte, if broken) to out, escaped if need be, and
 * its width on the screen to *width. Returns the number of bytes that were read. */
static size_t escape(const char *text, size_t len, char out[ESCAPE_SIZE], size_t *width)
{
	uint32_t code;
	size_t n = utf8_decode(text, len, &code);

	if (n && !unsafe_to_print(code)) {
		memcpy(out, text, n);
		out[n] = '\0';
		*width = 1;
		return n;
	}
	if (n > 1)
		*width = (size_t)snprintf(out, ESCAPE_SIZE, "\\u{%x}", (unsigned)code);
	else
		*width = (size_t)snprintf(out, ESCAPE_SIZE, "\\x%02x", (unsigned char)text[0]);
	return n ? n : 1;
}

void diag_put_escaped(FILE *to, const char *text, size_t len)
{
	char out[ESCAPE_SIZE];
	size_t width;

	for (size_t i = 0; i < len;) {
		i += escape(text + i, len - i, out, &width);
		fputs(out, to);
	}
}

static void put_escaped(FILE *to, const char *text)
{
	diag_put_escaped(to, text, strlen(text));
}

/* The line of that number without its end; CR, LF and CR LF end a line, as in YAML. */
static const char *find_line(const struct diag_source *s, unsigned line, size_t *len)
{
	const char *at = s->text, *end = s->text + s->len;
	size_t n;

	for (;; line--) {
		for (n = 0; at + n < end && at[n] != '\n' && at[n] != '\r'; n++)
			;
		if (line <= 1 || at + n == end)
			break;
		at += n + 1;
		if (at < end && at[-1] == '\r' && at[0] == '\n')
			at++;
	}
	*len = line <= 1 ? n : 0;
	return at;
}

struct colours {
	const char *place, *error, *warning, *caret, *off;
};

/* The place of a mark in an excerpt, in screen columns. */
struct underline {
	size_t before, width;
};

/* One character of the excerpt; a tab becomes one space to keep the caret in place. */
static size_t put_excerpt_char(FILE *to, const char *text, size_t len, size_t *width)
{
	char out[ESCAPE_SIZE] = " ";

	*width = 1;
	if (text[0] == '\t') {
		fputs(out, to);
		return 1;
	}
	len = escape(text, len, out, width);
	fputs(out, to);
	return len;
}

static struct underline put_excerpt(const struct mark *at, FILE *to)
{
	size_t len, i = 0, width;
	const char *line = find_line(at->source, at->line, &len);
	unsigned first = at->column > EXCERPT_CHARS ? at->column - EXCERPT_CHARS / 2 : 1;
	unsigned column = 1;
	struct underline u = {0, 0};
	char skipped[ESCAPE_SIZE];

	for (; column < first && i < len; column++)
		i += escape(line + i, len - i, skipped, &width);
	if (first > 1)
		u.before = (size_t)fprintf(to, "...");
	for (; column < first + EXCERPT_CHARS && i < len; column++) {
		i += put_excerpt_char(to, line + i, len - i, &width);
		if (column < at->column)
			u.before += width;
		else if (column < at->column + at->len)
			u.width += width;
	}
	if (i < len)
		fputs("...", to);
	if (column < at->column)
		u.before += at->column - column;
	return u;
}

static void put_source(const struct mark *at, FILE *to, const struct colours *colour)
{
	int gutter = fprintf(to, "%5u | ", at->line) - 3;
	struct underline u = put_excerpt(at, to);

	fprintf(to, "\n%*s | %*s%s^", gutter, "", (int)u.before, "", colour->caret);
	for (size_t i = 1; i < u.width; i++)
		fputc('~', to);
	fprintf(to, "%s\n", colour->off);
}

static void put_complaint(const struct complaint *c, FILE *to, const struct colours *colour)
{
	const struct mark *at = &c->at;

	if (at->source) {
		fputs(colour->place, to);
		put_escaped(to, at->source->name);
		if (at->line)
			fprintf(to, ":%u:%u", at->line, at->column);
		fprintf(to, ":%s ", colour->off);
	}
	fprintf(to, "%s%s:%s ", c->is_error ? colour->error : colour->warning,
		c->is_error ? "error" : "warning", colour->off);
	put_escaped(to, c->text);
	fputc('\n', to);
	if (at->source && at->line)
		put_source(at, to, colour);
	if (c->hint) {
		fputs("  hint: ", to);
		put_escaped(to, c->hint);
		fputc('\n', to);
	}
}

static int by_place(const void *a, const void *b)
{
	const struct complaint *x = *(const struct complaint *const *)a;
	const struct complaint *y = *(const struct complaint *const *)b;

	if (x->source_order != y->source_order)
		return x->source_order < y->source_order ? -1 : 1;
	if (x->at.line != y->at.line)
		return x->at.line < y->at.line ? -1 : 1;
	if (x->at.column != y->at.column)
		return x->at.column < y->at.column ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

static bool wants_colour(FILE *to)
{
	const char *no_color = getenv("NO_COLOR");

	return !(no_color && no_color[0]) && fileno(to) >= 0 && isatty(fileno(to));
}

void diag_print(const struct diag *d, FILE *to)
{
	static const struct colours plain = {"", "", "", "", ""};
	static const struct colours bright = {
		"\033[1m", "\033[1;31m", "\033[1;35m", "\033[1;32m", "\033[0m"};
	const struct colours *colour = wants_colour(to) ? &bright : &plain;
	const struct complaint *sorted[MAX_KEPT];

	for (size_t i = 0; i < d->n; i++)
		sorted[i] = &d->kept[i];
	qsort(sorted, d->n, sizeof(sorted[0]), by_place);
	for (size_t i = 0; i < d->n; i++)
		put_complaint(sorted[i], to, colour);
	if (d->not_kept)
		fprintf(to, "and %zu more\n", d->not_kept);
}

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t least = a < b ? a : b;

	return least < c ? least : c;
}

static bool same_letter(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* Optimal string alignment distance: insert, delete, replace and swap of neighbours cost 1 each. */
static size_t edit_distance(const char *a, size_t n, const char *b, size_t m)
{
	size_t rows[3][MAX_WORD + 1];

	for (size_t j = 0; j <= m; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= n; i++) {
		size_t *row = rows[i % 3];
		const size_t *above = rows[(i + 2) % 3], *above2 = rows[(i + 1) % 3];

		row[0] = i;
		for (size_t j = 1; j <= m; j++) {
			size_t replace = above[j - 1] + !same_letter(a[i - 1], b[j - 1]);

			row[j] = min3(above[j] + 1, row[j - 1] + 1, replace);
			if (i > 1 && j > 1 && same_letter(a[i - 1], b[j - 2]) &&
				same_letter(a[i - 2], b[j - 1]) && above2[j - 2] + 1 < row[j])
				row[j] = above2[j - 2] + 1;
		}
	}
	return rows[n % 3][m];
}

const char *diag_nearest(const char *word, const char *const *candidates, size_t n)
{
	size_t len = strlen(word), limit = len / 3 > 1 ? len / 3 : 1, best = limit + 1;
	const char *nearest = NULL;

	if (len > MAX_WORD)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		size_t candidate_len = strlen(candidates[i]), distance;

		if (candidate_len > MAX_WORD || candidate_len > len + limit ||
			candidate_len + limit < len)
			continue;
		distance = edit_distance(word, len, candidates[i], candidate_len);
		/* a word of which no letter is left is no suggestion */
		if (distance < best && distance < len) {
			best = distance;
			nearest = candidates[i];
		}
	}
	return nearest;
}
