/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "calib/samples.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FILE = 64 << 20, MAX_COLUMNS = 64, WORD = 64 };

#define UNIT_SLACK 0.01 /* between columns that follow from each other */
#define LEAST_HZ 1e8    /* of a core */
#define MOST_HZ 7e9
#define TSC_SLACK 1e-3 /* between headers of one file */
#define OFF(field) offsetof(struct samples_row, field)

enum cell_type { CELL_TEXT, CELL_NUMBER, CELL_FLAGS, CELL_UNUSED };

static const struct column {
	const char *name;
	enum cell_type type;
	size_t offset;
	bool needed;
} columns[] = {
	{"bench", CELL_TEXT, OFF(bench), true},
	{"device", CELL_TEXT, OFF(device), false},
	{"burst", CELL_NUMBER, OFF(burst), true},
	{"size_B", CELL_NUMBER, OFF(size_B), true},
	{"entries", CELL_NUMBER, OFF(entries), false},
	{"cache", CELL_TEXT, OFF(cache), false},
	{"peer", CELL_TEXT, OFF(peer), false},
	{"core_a", CELL_UNUSED, 0, false},
	{"core_b", CELL_UNUSED, 0, false},
	{"socket_a", CELL_NUMBER, OFF(socket_a), false},
	{"socket_b", CELL_NUMBER, OFF(socket_b), false},
	{"clock_hz", CELL_NUMBER, OFF(clock_hz), false},
	{"repeat", CELL_NUMBER, OFF(repeat), false},
	{"metric", CELL_TEXT, OFF(metric), true},
	{"state", CELL_TEXT, OFF(state), true},
	{"cycles_per_burst", CELL_NUMBER, OFF(cycles_per_burst), false},
	{"cycles_per_packet", CELL_NUMBER, OFF(cycles_per_packet), false},
	{"ns_per_packet", CELL_NUMBER, OFF(ns_per_packet), false},
	{"p10", CELL_NUMBER, OFF(p10), true},
	{"median", CELL_NUMBER, OFF(median), false},
	{"trimmed_mean", CELL_NUMBER, OFF(trimmed_mean), true},
	{"mad", CELL_NUMBER, OFF(mad), false},
	{"windows", CELL_UNUSED, 0, false},
	{"clean_share", CELL_UNUSED, 0, false},
	{"pingpong_before", CELL_NUMBER, OFF(pingpong), false},
	{"pingpong_after", CELL_UNUSED, 0, false},
	{"clock_ratio", CELL_NUMBER, OFF(clock_ratio), true},
	{"issue_ratio", CELL_NUMBER, OFF(issue_ratio), false},
	{"steal_ms", CELL_UNUSED, 0, false},
	{"preemptions", CELL_UNUSED, 0, false},
	{"flag", CELL_FLAGS, OFF(flags), true},
};
enum { N_COLUMNS = sizeof columns / sizeof *columns };

/* In the order of the bits of enum samples_flag. */
static const char *const flags[] = {
	"missing", "inconclusive", "unresolved", "shared", "wide", "moved", "steal", "lost"};
enum { N_FLAGS = sizeof flags / sizeof *flags };

struct reader {
	struct samples *samples;
	struct arena *arena;
	struct diag *diag;
	const struct diag_source *source;
	const struct column *column[MAX_COLUMNS]; /* n_columns of the file, once known */
	size_t n_columns;
	size_t room;
	unsigned line;
	bool last; /* the line in hand lacks its end */
};

static struct mark at(const struct reader *r, size_t column, size_t len)
{
	return (struct mark){r->source, r->line, (unsigned)column + 1, (unsigned)len};
}

/* A decimal number as C writes it, not negative; false otherwise. */
static bool number(const char *text, double *to)
{
	char *end;
	if (*text == '\0' || strspn(text, "0123456789.eE+-") != strlen(text) || *text == '+')
		return false;
	*to = strtod(text, &end);
	return *end == '\0' && isfinite(*to) && *to >= 0;
}

/* --- Header --- */

static const struct {
	const char *key;
	size_t offset;
	bool number, needed;
} header[] = {
	{"machine_id", offsetof(struct samples, machine_id), false, true},
	{"cpu", offsetof(struct samples, cpu), false, false},
	{"kernel", offsetof(struct samples, kernel), false, false},
	{"dpdk", offsetof(struct samples, dpdk), false, false},
	{"date", offsetof(struct samples, date), false, false},
	{"tsc_hz", offsetof(struct samples, tsc_hz), true, true},
	{"crc_B", offsetof(struct samples, crc_B), true, true},
	{"processors", offsetof(struct samples, processors), true, false},
	{"sockets", offsetof(struct samples, sockets), true, false},
	{"threads_per_core", offsetof(struct samples, threads_per_core), true, false},
};
enum { N_HEADER = sizeof header / sizeof *header };

static void take_number(struct reader *r, size_t i, const char *value, struct mark m)
{
	double *to = (double *)((char *)r->samples + header[i].offset), x;
	if (!number(value, &x) || x <= 0)
		diag_error(r->diag, m, NULL, "'%s' wants a number above 0", header[i].key);
	else if (isfinite(*to) && fabs(x / *to - 1) > TSC_SLACK)
		diag_error(r->diag, m, "calibrate the samples of each machine by themselves",
			"'%s' differs from the one above: samples of two machines", header[i].key);
	else
		*to = x;
}

static void take_text(struct reader *r, size_t i, const char *value, struct mark m)
{
	const char **to = (const char **)((char *)r->samples + header[i].offset);
	if (*to && header[i].needed && strcmp(*to, value) != 0)
		diag_error(r->diag, m, "calibrate the samples of each machine by themselves",
			"'%s' differs from the one above: samples of two machines", header[i].key);
	else
		*to = value;
}

static void take_comment(struct reader *r, const char *text)
{
	const char *colon = strstr(text, ": ");
	const char *key = text + 1 + strspn(text + 1, " ");
	if (!colon || colon < key)
		return;
	size_t len = (size_t)(colon - key);
	struct mark m = at(r, (size_t)(colon + 2 - text), strlen(colon + 2));
	if (len == strlen("finished") && strncmp(key, "finished", len) == 0)
		r->samples->finished = true;
	for (size_t i = 0; i < N_HEADER; i++) {
		if (strlen(header[i].key) != len || strncmp(header[i].key, key, len) != 0)
			continue;
		if (header[i].number)
			take_number(r, i, colon + 2, m);
		else
			take_text(r, i, arena_strdup(r->arena, colon + 2), m);
	}
}

static bool is_samples(struct reader *r, const char *first)
{
	static const char magic[] = "# nfvsim_calib_samples: ";
	if (strncmp(first, magic, sizeof magic - 1) != 0) {
		diag_error(r->diag, at(r, 0, 0), "`nfvsim-calib --out FILE` writes them",
			"this is no file of samples: its first line is not '# "
			"nfvsim_calib_samples: 1'");
		return false;
	}
	if (strcmp(first + sizeof magic - 1, "1") != 0) {
		diag_error(r->diag, at(r, sizeof magic - 1, 0), NULL,
			"samples of an unknown version, '%s'; this program reads 1",
			first + sizeof magic - 1);
		return false;
	}
	return true;
}

/* --- Columns and rows --- */

/* Cuts a line at its commas, in place; returns the number of cells. */
static size_t cut(char *line, char *cell[MAX_COLUMNS])
{
	size_t n = 0;
	for (char *p = line; p && n < MAX_COLUMNS; n++) {
		cell[n] = p;
		p = strchr(p, ',');
		if (p)
			*p++ = '\0';
	}
	return n;
}

static const struct column *find_column(const char *name)
{
	for (size_t i = 0; i < N_COLUMNS; i++)
		if (strcmp(columns[i].name, name) == 0)
			return &columns[i];
	return NULL;
}

static void unknown_column(struct reader *r, const char *name, struct mark m)
{
	const char *names[N_COLUMNS], *hint = NULL;
	for (size_t i = 0; i < N_COLUMNS; i++)
		names[i] = columns[i].name;
	const char *near = diag_nearest(name, names, N_COLUMNS);
	if (near)
		hint = arena_printf(r->arena, "did you mean '%s'?", near);
	diag_error(r->diag, m, hint, "no column of samples is called '%s'", name);
}

static void take_columns(struct reader *r, char *line)
{
	char *cell[MAX_COLUMNS];
	size_t n = cut(line, cell);
	bool known[N_COLUMNS] = {false};
	for (size_t i = 0; i < n; i++) {
		struct mark m = at(r, (size_t)(cell[i] - line), strlen(cell[i]));
		r->column[i] = find_column(cell[i]);
		if (!r->column[i])
			unknown_column(r, cell[i], m);
		else if (known[r->column[i] - columns])
			diag_error(r->diag, m, NULL, "column '%s' is there twice", cell[i]);
		else
			known[r->column[i] - columns] = true;
	}
	for (size_t i = 0; i < N_COLUMNS; i++)
		if (columns[i].needed && !known[i])
			diag_error(r->diag, at(r, 0, 0), NULL, "column '%s' is missing",
				columns[i].name);
	r->n_columns = n;
}

static unsigned read_flags(struct reader *r, const char *text, size_t column)
{
	unsigned got = 0;
	for (const char *p = text; *p;) {
		size_t len = strcspn(p, ";"), i = 0;
		while (i < N_FLAGS && (strlen(flags[i]) != len || strncmp(flags[i], p, len) != 0))
			i++;
		if (i == N_FLAGS)
			diag_error(r->diag, at(r, column + (size_t)(p - text), len), NULL,
				"no flag is called '%.*s'", (int)(len < WORD ? len : WORD), p);
		else
			got |= 1u << i;
		p += len + (p[len] == ';');
	}
	return got;
}

static void take_cell(
	struct reader *r, const struct column *c, const char *text, size_t column, void *row)
{
	void *to = (char *)row + c->offset;
	switch (c->type) {
	case CELL_TEXT:
		*(const char **)to = arena_strdup(r->arena, text);
		break;
	case CELL_NUMBER:
		*(double *)to = NAN;
		if (*text && !number(text, to))
			diag_error(r->diag, at(r, column, strlen(text)), NULL,
				"'%s' wants a number, not '%s'", c->name, text);
		break;
	case CELL_FLAGS:
		*(unsigned *)to = read_flags(r, text, column);
		break;
	case CELL_UNUSED:
		break;
	}
}

/* Columns that follow from each other tell wrong units. */
static void check_units(struct reader *r, const struct samples_row *row)
{
	double ns = row->cycles_per_packet / r->samples->tsc_hz * 1e9;
	if (isfinite(ns) && isfinite(row->ns_per_packet) &&
		fabs(ns - row->ns_per_packet) > UNIT_SLACK * ns)
		diag_error(r->diag, at(r, 0, 0),
			"cycles are those of the TSC, and tsc_hz its clock in Hz",
			"cycles_per_packet is %g ns by tsc_hz, but ns_per_packet says %g: wrong "
			"units?",
			ns, row->ns_per_packet);
	if (row->p10 > 3 * row->trimmed_mean && !(row->flags & SAMPLES_UNUSABLE))
		diag_error(r->diag, at(r, 0, 0), "both are TSC cycles a call",
			"p10 (%g) is far above trimmed_mean (%g): wrong units?", row->p10,
			row->trimmed_mean);
	if (fabs(row->trimmed_mean / row->cycles_per_burst - 1) > UNIT_SLACK)
		diag_error(r->diag, at(r, 0, 0), "they are the same, in TSC cycles a call",
			"cycles_per_burst is %g, but trimmed_mean is %g: wrong units?",
			row->cycles_per_burst, row->trimmed_mean);
	if (row->p10 > (1 + UNIT_SLACK) * row->median)
		diag_error(r->diag, at(r, 0, 0), "a tenth of the windows lies below p10",
			"p10 (%g) is above median (%g): wrong units?", row->p10, row->median);
	double hz = row->clock_ratio * r->samples->tsc_hz;
	if (hz > MOST_HZ || hz < LEAST_HZ)
		diag_error(r->diag, at(r, 0, 0), "it is core clock over TSC clock",
			"clock_ratio is %g, at which the core would run at %.3g GHz: wrong units?",
			row->clock_ratio, hz / 1e9);
}

static void short_row(struct reader *r, size_t n)
{
	if (r->last)
		diag_warning(r->diag, at(r, 0, 0), "nfvsim-calib --resume goes on with it",
			"the file ends in the middle of a row, which is left out");
	else
		diag_error(r->diag, at(r, 0, 0), NULL, "a row has %zu cells, the heading %zu", n,
			r->n_columns);
}

static void take_row(struct reader *r, char *line)
{
	char *cell[MAX_COLUMNS];
	size_t n = cut(line, cell);
	struct samples *s = r->samples;
	if (n != r->n_columns || r->last) {
		short_row(r, n);
		return;
	}
	struct samples_row row = {.device = "", .cache = "", .peer = "", .line = r->line};
	row.pingpong = row.issue_ratio = row.entries = row.clock_hz = NAN;
	row.cycles_per_burst = row.median = NAN;
	for (size_t i = 0; i < n; i++)
		if (r->column[i])
			take_cell(r, r->column[i], cell[i], (size_t)(cell[i] - line), &row);
	if (row.metric && !(row.flags & SAMPLES_MISSING) && !isfinite(row.p10))
		diag_error(r->diag, at(r, 0, 0), NULL, "a row has no p10 and no flag 'missing'");
	check_units(r, &row);
	if (s->n == r->room) {
		r->room = r->room ? 2 * r->room : 1024;
		struct samples_row *more = arena_alloc(r->arena, r->room * sizeof *more);
		if (s->n)
			memcpy(more, s->rows, s->n * sizeof *more);
		s->rows = more;
	}
	s->rows[s->n++] = row;
}

static void take_line(struct reader *r, char *line)
{
	size_t len = strlen(line);
	if (line[0] == '#')
		take_comment(r, line);
	else if (strncmp(line, "bench,", 6) == 0)
		take_columns(r, line);
	else if (len && !r->n_columns)
		diag_error(r->diag, at(r, 0, 0),
			"their line begins with 'bench,'; commas separate the cells",
			"a row stands before the column names");
	else if (len)
		take_row(r, line);
}

static void check_header(struct reader *r)
{
	const struct samples *s = r->samples;
	r->line = 1;
	for (size_t i = 0; i < N_HEADER; i++) {
		const void *field = (const char *)s + header[i].offset;
		bool there = header[i].number ? isfinite(*(const double *)field)
					      : *(const char *const *)field != NULL;
		if (header[i].needed && !there)
			diag_error(
				r->diag, at(r, 0, 0), NULL, "the header lacks '%s'", header[i].key);
	}
	if (!r->n_columns)
		diag_error(r->diag, at(r, 0, 0), NULL, "there are no column names");
	else if (!s->n)
		diag_error(r->diag, at(r, 0, 0), NULL, "there are no rows");
	else if (!s->finished)
		diag_warning(r->diag, at(r, 0, 0), "nfvsim-calib --resume goes on with it",
			"the file was not finished: some configurations may be missing");
}

struct samples *samples_parse(const struct diag_source *source, struct arena *a, struct diag *d)
{
	size_t before = diag_errors(d);
	struct samples *s = arena_alloc(a, sizeof *s);
	struct reader r = {.samples = s, .arena = a, .diag = d, .source = source, .line = 1};
	char *text = arena_strndup(a, source->text, source->len), *end = text + source->len;
	s->path = source->name;
	s->tsc_hz = s->crc_B = s->processors = s->sockets = s->threads_per_core = NAN;
	if (strlen(text) != source->len) {
		diag_error(d, at(&r, 0, 0), NULL, "the file holds a zero byte: it is no text");
		return NULL;
	}
	for (char *line = text; line < end && diag_errors(d) < before + 20; r.line++) {
		char *next = strchr(line, '\n');
		r.last = !next;
		if (next)
			*next = '\0';
		line[strcspn(line, "\r")] = '\0';
		if (r.line == 1 && !is_samples(&r, line))
			return NULL;
		take_line(&r, line);
		line = next ? next + 1 : end;
	}
	if (diag_errors(d) == before)
		check_header(&r);
	return diag_errors(d) == before ? s : NULL;
}

struct samples *samples_read(const char *path, struct arena *a, struct diag *d)
{
	struct diag_source *source = arena_alloc(a, sizeof *source);
	*source = (struct diag_source){.name = path, .text = ""};
	struct mark nowhere = {.source = source};
	FILE *f = fopen(path, "rb");
	if (!f) {
		diag_error(d, nowhere, NULL, "cannot read %s: %s", path, strerror(errno));
		return NULL;
	}
	char *text = NULL;
	size_t len = 0, got;
	do {
		text = xrealloc(text, len + (1 << 16), 1);
		got = fread(text + len, 1, 1 << 16, f);
		len += got;
	} while (got && len <= MAX_FILE);
	bool bad = ferror(f);
	int why = errno;
	fclose(f);
	source->text = arena_strndup(a, text, len);
	free(text);
	source->len = len;
	if (bad || len == 0 || len > MAX_FILE) {
		diag_error(d, nowhere, NULL, "cannot read %s: %s", path,
			bad        ? strerror(why)
			: len == 0 ? "it is empty"
				   : "it is above 64 MiB");
		return NULL;
	}
	return samples_parse(source, a, d);
}
