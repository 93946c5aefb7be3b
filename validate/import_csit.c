/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * CSIT's reports as text (repository FDio/csit). Two shapes:
 *
 *   | Kind | Test Name                              | VPP-16.09 | VPP-17.01 | Improvement |
 *   | L2XC | 10ge2p1x520: 64B-1t1c-eth-l2xc-ndrdisc | 9.4 Mpps  | 12.7 Mpps | 35%         |
 *
 * A point for each cell that holds a rate ("9.4 Mpps", "12.6..12.9 Mpps"), or a bare number in a
 * column whose head says Mpps; columns of spreads and changes are passed over. And test messages
 * (performance_display.robot), behind a line with the name of the test:
 *
 *   64B-1t1c-eth-l2xcbase-ndrpdr
 *   NDR_LOWER: 13300000.0 pps, 8.94 Gbps (initial)
 *   PDR_LOWER: ...
 *
 * The name gives traffic.size (64B, IMIX), cores.workers (2t2c, not where threads share cores) and
 * the link (10ge). CSIT sends in both directions and adds them up: traffic.direction=both. What the
 * column or the name calls NDR or PDR becomes metric ndr, or pdr at a loss of 0.5 %; any other rate
 * the one delivered at overload (traffic.rate=line).
 */
#include "validate/import_parts.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* "PDR: packet and bandwidth throughput at PLR=0.5%" (methodology of the reports). */
#define PDR_PERCENT 0.5

enum { MAX_CELLS = 32 };

struct text {
	const char *at;
	size_t len;
};

struct reading {
	struct importing *m;
	const char *p, *end;
	struct text head[MAX_CELLS];
	size_t n_head, name; /* name: the column of the test's name */
	struct text test;    /* of messages */
	struct text open;    /* the last row of a table with borders, when no border follows it */
	bool borders;
};

static struct text trimmed(const char *from, const char *to)
{
	while (from < to && isspace((unsigned char)*from))
		from++;
	while (to > from && isspace((unsigned char)to[-1]))
		to--;
	return (struct text){from, (size_t)(to - from)};
}

static struct text next_line(struct reading *r)
{
	const char *from = r->p, *nl = memchr(from, '\n', (size_t)(r->end - from));
	r->p = nl ? nl + 1 : r->end;
	return trimmed(from, nl ? nl : r->end);
}

static const char *find(struct text t, const char *word)
{
	size_t n = strlen(word);
	for (size_t i = 0; i + n <= t.len; i++)
		if (strncasecmp(t.at + i, word, n) == 0)
			return t.at + i;
	return NULL;
}

static const char *copy(const struct reading *r, struct text t)
{
	return arena_strndup(r->m->arena, t.at, t.len);
}

static void complain(const struct reading *r, struct text at, const char *hint, const char *what)
{
	diag_error(r->m->diag, import_mark(r->m, at.at, at.len), hint, "%s", what);
}

/* "64B-1t1c-..." or "...-64b-...": what the name says of the scenario. */
static void set_from_name(const struct reading *r, struct text name)
{
	struct importing *m = r->m;
	const char *end = name.at + name.len;
	unsigned threads, cores, link;
	import_set(m, "traffic.direction=both");
	for (const char *p = name.at; p < end; p++) {
		char word[32] = "", tail = 0;
		size_t n = strcspn(p, "-:_ |\n");
		bool starts = p == name.at || strchr("-:_ .", p[-1]);
		if (!starts || n >= sizeof word || n > (size_t)(end - p))
			continue;
		memcpy(word, p, n);
		size_t digits = strspn(word, "0123456789");
		if (strcasecmp(word, "imix") == 0 ||
			(digits && strcasecmp(word + digits, "b") == 0))
			import_frame_size(m, word);
		else if (sscanf(word, "%3ut%3uc%c", &threads, &cores, &tail) == 2 &&
			 threads == cores)
			import_set(m, arena_printf(m->arena, "cores.workers=%u", cores));
		else if (sscanf(word, "%3uge%c", &link, &tail) == 2)
			import_set(m, arena_printf(m->arena, "link=%uGb/s", link));
	}
}

/* The column decides; the names of tests end with ndrdisc or pdrdisc, or with ndrpdr, which tells
 * nothing. */
static void put_metric(struct importing *m, struct text column, struct text test)
{
	const struct text says[] = {column, test};
	for (size_t i = 0; i < 2; i++) {
		bool ndr = find(says[i], "ndr") && !find(says[i], "ndrpdr");
		bool pdr = find(says[i], "pdr") && !find(says[i], "ndrpdr");
		if (ndr != pdr) {
			import_put_searched(m, ndr ? 0 : PDR_PERCENT);
			return;
		}
	}
	import_set(m, "traffic.rate=line");
}

/* Mpps; of a range its middle. False if the text is no number, or its unit another. */
static bool read_rate(const struct reading *r, struct text t, bool bare, double *mpps)
{
	const char *text = copy(r, t);
	char *end;
	double low = strtod(text, &end), high = low;
	if (end == text || low < 0)
		return false;
	if (strncmp(end, "..", 2) == 0)
		high = strtod(end + 2, &end);
	end += strspn(end, " ");
	*mpps = (low + high) / 2;
	return isfinite(*mpps) && *mpps > 0 && (strcasecmp(end, "Mpps") == 0 || (bare && !*end));
}

static void put_rate(
	struct reading *r, struct text name, const char *what, const char *value, const char *note)
{
	struct importing *m = r->m;
	import_begin(m, arena_printf(m->arena, "csit %s %s", copy(r, name), what));
	import_put(m, "what", what);
	import_put(m, "where", copy(r, name));
	import_put(m, "value", value);
	if (note)
		import_put(m, "note", note);
	set_from_name(r, name);
	put_metric(m, (struct text){what, strlen(what)}, name);
	import_end(m);
}

/* --- Tables --- */

static size_t cells_of(struct text line, struct text *cells)
{
	size_t n = 0;
	const char *end = line.at + line.len;
	for (const char *p = line.at + 1, *bar; p < end && n < MAX_CELLS; p = bar + 1) {
		bar = memchr(p, '|', (size_t)(end - p));
		if (!bar)
			bar = end;
		cells[n++] = trimmed(p, bar);
	}
	return n;
}

/* The head names the test's column, and may name the unit of others. */
static bool read_head(struct reading *r, const struct text *cells, size_t n)
{
	static const char *const names[] = {"test name", "test case", "test"};
	for (size_t k = 0; k < 3; k++)
		for (size_t i = 0; i < n; i++)
			if (cells[i].len == strlen(names[k]) && find(cells[i], names[k])) {
				memcpy(r->head, cells, n * sizeof *cells);
				r->n_head = n;
				r->name = i;
				return true;
			}
	return false;
}

static bool is_rate_column(const struct reading *r, size_t i)
{
	static const char *const others[] = {
		"stdev", "change", "improvement", "diff", "delta", "gbps", "reference"};
	for (size_t k = 0; k < sizeof others / sizeof *others; k++)
		if (find(r->head[i], others[k]))
			return false;
	return i != r->name;
}

static void read_cell(struct reading *r, const struct text *cells, size_t i)
{
	struct importing *m = r->m;
	bool in_head = find(r->head[i], "Mpps");
	double mpps;
	if (read_rate(r, cells[i], in_head, &mpps)) {
		bool range = find(cells[i], "..");
		put_rate(r, cells[r->name], copy(r, r->head[i]),
			arena_printf(m->arena, "%.12g Mpps", mpps),
			range ? arena_printf(m->arena, "the middle of %s", copy(r, cells[i]))
			      : NULL);
	} else if (find(cells[i], "pps") || find(cells[i], "b/s") || find(cells[i], "bps") ||
		   (in_head && cells[i].len && !find(cells[i], "n/a") && !find(cells[i], "not "))) {
		complain(r, cells[i], "such as 12.7 Mpps", "this is no rate in Mpps");
	}
}

static void read_row(struct reading *r, struct text line)
{
	struct text cells[MAX_CELLS];
	size_t n = cells_of(line, cells);
	if (line.at[line.len - 1] != '|') {
		complain(r, line, NULL, "this line of a table is cut: it does not end with a bar");
		return;
	}
	r->open = line;
	if (read_head(r, cells, n))
		return;
	if (!r->n_head) {
		complain(r, line, "its head has a column 'Test Name', 'Test Case' or 'Test'",
			"this table does not say where the tests' names are");
		r->p = r->end;
		return;
	}
	if (n != r->n_head) {
		complain(r, line, NULL, "this line has another number of cells than the head");
		return;
	}
	for (size_t i = 0; cells[r->name].len && i < n; i++)
		if (is_rate_column(r, i))
			read_cell(r, cells, i);
}

/* --- Messages --- */

/* The bandwidth that is printed beside it tells whether the rate is in packets a second. */
static void check_bandwidth(const struct reading *r, struct text line, double pps, double gbps)
{
	unsigned size_B = 0;
	for (size_t i = 0; i < r->test.len && !size_B; i++) {
		const char *p = r->test.at + i;
		if ((i == 0 || !isalnum((unsigned char)p[-1])) && isdigit((unsigned char)*p)) {
			char unit = 0;
			if (sscanf(p, "%4u%c", &size_B, &unit) != 2 || toupper(unit) != 'B')
				size_B = 0;
		}
	}
	if (size_B && fabs(gbps * 1e9 / (pps * (size_B + 20) * 8) - 1) > 0.02)
		complain(r, line, "the bandwidth counts 20 bytes more than the frame",
			"rate and bandwidth are not the same for this frame size");
}

static void read_bound(struct reading *r, struct text line, const char *what)
{
	double pps, gbps;
	char unit[8], gap[8];
	const char *text = copy(r, line) + strlen("NDR_LOWER:");
	int n = sscanf(text, " %lf %7[a-zA-Z], %lf %7s", &pps, unit, &gbps, gap);
	if (n < 2 || strcasecmp(unit, "pps") != 0 || !(pps > 0) || !isfinite(pps)) {
		complain(r, line, "such as NDR_LOWER: 13300000.0 pps, 8.94 Gbps",
			"this is no rate in packets a second");
		return;
	}
	if (!r->test.len) {
		complain(r, line, "its name stands in a line before, with ndrpdr in it",
			"of which test is this?");
		return;
	}
	if (n == 4)
		check_bandwidth(r, line, pps, gbps);
	put_rate(r, r->test, what, arena_printf(r->m->arena, "%.12g pps", pps), NULL);
}

static void read_border(struct reading *r, struct text line)
{
	if (line.at[line.len - 1] != '+')
		complain(r, line, NULL, "this border of a table is cut");
	r->borders = true;
	r->open.len = 0;
}

static void end_table(struct reading *r)
{
	if (r->borders && r->open.len)
		complain(r, r->open, NULL, "this table is cut: no border follows its last line");
	r->borders = false;
	r->open.len = r->n_head = 0;
}

void import_csit(struct importing *m)
{
	const char *text = m->source->text;
	struct reading r = {.m = m, .p = text, .end = text + m->source->len};
	while (r.p < r.end) {
		struct text line = next_line(&r);
		if (line.len > 1 && *line.at == '|')
			read_row(&r, line);
		else if (line.len > 1 && strncmp(line.at, "+-", 2) == 0)
			read_border(&r, line);
		else if (line.len > 1 && strncmp(line.at, "+=", 2) == 0)
			read_border(&r, line);
		else if (line.len > 9 && strncmp(line.at, "NDR_LOWER:", 10) == 0)
			read_bound(&r, line, "NDR");
		else if (line.len > 9 && strncmp(line.at, "PDR_LOWER:", 10) == 0)
			read_bound(&r, line, "PDR");
		else if (find(line, "ndrpdr"))
			r.test = line;
		else if (!line.len)
			end_table(&r);
	}
	end_table(&r);
}

/* A line that starts with a bar, or a message. */
bool import_is_csit(const char *text, size_t len)
{
	bool starts = true;
	for (size_t i = 0; i < len; i++) {
		if (starts && (text[i] == '|' || strncmp(text + i, "NDR_LOWER:", 10) == 0 ||
				      strncmp(text + i, "PDR_LOWER:", 10) == 0))
			return true;
		starts = text[i] == '\n' || (starts && isspace((unsigned char)text[i]));
	}
	return false;
}
