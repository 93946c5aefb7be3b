/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See live_plan.h. */
#include "calib/dpdk/live_plan.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/ytree_check.h"
#include "calib/dpdk/nf.h"

enum { MAX_BYTES = 1 << 20, MAX_TIMER_US = 1000000, MIN_SIZE_B = 64, MAX_SIZE_B = 1518 };
enum { ID, VNF, ENTRIES, RX_BURST, TX_BURST, TIMER_US, SIZE_B, RATE_PPS, FIELDS };

#define MAX_RATE_PPS 1e9

static const char *const names[FIELDS] = {
	"id", "vnf", "entries", "rx_burst", "tx_burst", "timer_us", "size_B", "rate_pps"};
static const char columns[] = "id,vnf,entries,rx_burst,tx_burst,timer_us,size_B,rate_pps";

struct text {
	const char *at;
	size_t len;
};

struct reading {
	const struct diag_source *source;
	const struct live_vnf *vnfs; /* n_vnfs */
	size_t n_vnfs;
	struct arena *arena;
	struct diag *diag;
	struct text line;
	unsigned number; /* of the line */
	struct text field[FIELDS];
};

static unsigned characters(const char *from, const char *to)
{
	unsigned n = 0;

	for (; from < to; from++)
		n += ((unsigned char)*from & 0xc0) != 0x80;
	return n;
}

static struct mark place(const struct reading *r, struct text t)
{
	return (struct mark){r->source, r->number, characters(r->line.at, t.at) + 1,
		characters(t.at, t.at + t.len)};
}

static const char *copy(const struct reading *r, int field)
{
	return arena_strndup(r->arena, r->field[field].at, r->field[field].len);
}

static struct text trimmed(const char *from, const char *to)
{
	while (from < to && strchr(" \t", *from))
		from++;
	while (to > from && strchr(" \t\r", to[-1]))
		to--;
	return (struct text){from, (size_t)(to - from)};
}

static bool starts(struct text t, const char *with)
{
	size_t n = strlen(with);

	return t.len >= n && !memcmp(t.at, with, n);
}

static bool split(struct reading *r)
{
	const char *p = r->line.at, *end = p + r->line.len;
	size_t n = 0;

	for (;;) {
		const char *comma = memchr(p, ',', (size_t)(end - p));

		if (n < FIELDS)
			r->field[n] = trimmed(p, comma ? comma : end);
		n++;
		if (!comma)
			break;
		p = comma + 1;
	}
	if (n != FIELDS)
		diag_error(r->diag, place(r, r->line), columns,
			"a run has %d fields, and this line %zu", FIELDS, n);
	return n == FIELDS;
}

static void read_text(const struct reading *r, int field, char *to, size_t size)
{
	struct text t = r->field[field];

	if (!t.len || t.len >= size || memchr(t.at, '\t', t.len) || memchr(t.at, '\r', t.len)) {
		diag_error(r->diag, place(r, t), NULL, "'%s' wants 1 to %zu bytes and no tabs",
			names[field], size - 1);
		return;
	}
	memcpy(to, t.at, t.len);
	to[t.len] = '\0';
}

static void read_whole(
	const struct reading *r, int field, uint32_t least, uint32_t most, uint32_t *to)
{
	const char *text = copy(r, field);
	bool digits = *text && !text[strspn(text, "0123456789")];
	unsigned long long n = digits ? strtoull(text, NULL, 10) : 0;

	if (!digits || n < least || n > most)
		diag_error(r->diag, place(r, r->field[field]), NULL,
			"'%s' wants a whole number from %u to %u, not '%s'", names[field], least,
			most, text);
	*to = (uint32_t)n;
}

static void read_rate(const struct reading *r, double *to)
{
	const char *text = copy(r, RATE_PPS);
	char *end;

	*to = strtod(text, &end);
	if (end == text || *end || text[strspn(text, "0123456789.eE+-")] || !(*to >= 1) ||
		*to > MAX_RATE_PPS)
		diag_error(r->diag, place(r, r->field[RATE_PPS]), NULL,
			"'rate_pps' wants a number from 1 to %g, not '%s'", MAX_RATE_PPS, text);
}

static const struct live_vnf *find_vnf(const struct reading *r)
{
	const char **known = arena_alloc(r->arena, (r->n_vnfs + 1) * sizeof(*known));
	const char *text = copy(r, VNF), *near;
	size_t i;

	for (i = 0; i < r->n_vnfs; i++) {
		if (!strcmp(r->vnfs[i].name, text))
			return &r->vnfs[i];
		known[i] = r->vnfs[i].name;
	}
	near = diag_nearest(text, known, r->n_vnfs);
	diag_error(r->diag, place(r, r->field[VNF]),
		near ? arena_printf(r->arena, "did you mean '%s'?", near) : NULL,
		"no VNF is called '%s'", text);
	return NULL;
}

static void read_run(const struct reading *r, struct live_run *run)
{
	const struct live_vnf *vnf = find_vnf(r);
	struct live_guest *g = &run->guest;

	read_text(r, ID, run->id, sizeof(run->id));
	if (vnf)
		read_text(r, VNF, g->vnf, sizeof(g->vnf));
	read_whole(r, ENTRIES, 1, vnf && vnf->entries_max ? vnf->entries_max : UINT32_MAX,
		&g->entries);
	read_whole(r, RX_BURST, 1, NF_BURST_MAX, &g->rx_burst);
	read_whole(r, TX_BURST, 1, NF_BURST_MAX, &g->tx_burst);
	read_whole(r, TIMER_US, 0, MAX_TIMER_US, &g->timer_us);
	read_whole(r, SIZE_B, MIN_SIZE_B, MAX_SIZE_B, &run->size_B);
	read_rate(r, &run->rate_pps);
}

static void read_line(struct reading *r, struct live_plan *plan)
{
	struct live_run run = {.size_B = 0};

	if (!trimmed(r->line.at, r->line.at + r->line.len).len || *r->line.at == '#' ||
		starts(r->line, "id,") || !split(r))
		return;
	read_run(r, &run);
	if (plan->n < LIVE_PLAN_RUNS)
		plan->run[plan->n] = run;
	else if (plan->n == LIVE_PLAN_RUNS)
		diag_error(r->diag, place(r, r->line), NULL, "a plan has at most %d runs",
			LIVE_PLAN_RUNS);
	plan->n++;
}

bool live_plan_parse(const struct diag_source *source, const struct live_vnf *vnfs, size_t n_vnfs,
	struct live_plan *plan, struct arena *a, struct diag *d)
{
	struct reading r = {source, vnfs, n_vnfs, a, d, {NULL, 0}, 0, {{NULL, 0}}};
	const char *p = source->text, *end = p + source->len;
	size_t before = diag_errors(d);

	plan->n = 0;
	ytree_check(source, 0, 0, d);
	while (p < end) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));

		r.number++;
		r.line = (struct text){p, (size_t)((nl ? nl : end) - p)};
		read_line(&r, plan);
		p = nl ? nl + 1 : end;
	}
	if (!plan->n && diag_errors(d) == before)
		diag_error(d, (struct mark){source, 1, 1, 0}, columns, "there are no runs in it");
	return diag_errors(d) == before;
}

/* NULL after a complaint; also from a pipe. */
static struct diag_source *read_file(const char *path, struct arena *a, struct diag *d)
{
	struct diag_source *s = arena_alloc(a, sizeof(*s));
	char *text = arena_alloc(a, MAX_BYTES + 1);
	FILE *f = fopen(path, "r");
	size_t len = f ? fread(text, 1, MAX_BYTES, f) : 0;
	bool whole = f && !ferror(f) && len < MAX_BYTES;

	if (!whole)
		diag_error(d, (struct mark){0}, NULL, "cannot read %s: %s", path,
			len == MAX_BYTES ? "it is larger than 1 MiB" : strerror(errno));
	if (f)
		fclose(f);
	text[len] = '\0';
	*s = (struct diag_source){path, text, len};
	return whole ? s : NULL;
}

int live_plan_read(
	const char *path, const struct live_vnf *vnfs, size_t n_vnfs, struct live_plan *plan)
{
	struct arena *a = arena_new();
	struct diag *d = diag_new();
	const struct diag_source *s = read_file(path, a, d);
	bool good = s && live_plan_parse(s, vnfs, n_vnfs, plan, a, d);

	diag_print(d, stderr);
	diag_free(d);
	arena_free(a);
	return good ? 0 : -1;
}

bool live_plan_same_guest(const struct live_run *a, const struct live_run *b)
{
	return !strcmp(a->guest.vnf, b->guest.vnf) && a->guest.entries == b->guest.entries &&
	       a->guest.rx_burst == b->guest.rx_burst && a->guest.tx_burst == b->guest.tx_burst &&
	       a->guest.timer_us == b->guest.timer_us;
}
