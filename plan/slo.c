/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/slo.h"

#include "base/quantity.h"

#include <math.h>
#include <string.h>

static const char *const names[] = {"mean", "p50", "p90", "p99", "p99.9", "max", "loss", "rate"};

enum { N_METRICS = sizeof names / sizeof *names };

/* A text being read: pieces of it become marks. */
struct reader {
	const struct diag_source *source;
	unsigned line;
	size_t offset; /* of the user's text in its line */
	const char *text;
	struct diag *d;
	struct arena *a;
};

static struct mark mark_at(const struct reader *r, const char *from, size_t len)
{
	size_t column = r->offset + (size_t)(from - r->text) + 1;
	return (struct mark){r->source, r->line, (unsigned)column, len ? (unsigned)len : 1};
}

static size_t trim(const char **from, size_t len)
{
	while (len && strchr(" \t", **from)) {
		++*from;
		len--;
	}
	while (len && strchr(" \t", (*from)[len - 1]))
		len--;
	return len;
}

static bool read_metric(const struct reader *r, const char *from, size_t len, struct slo_target *t)
{
	char *word = arena_strndup(r->a, from, len);
	const char *known = strcmp(word, "p999") == 0 ? "p99.9" : word;
	for (size_t i = 0; i < N_METRICS; i++)
		if (strcmp(known, names[i]) == 0) {
			t->metric = (enum slo_metric)i;
			return true;
		}
	const char *near = diag_nearest(word, names, N_METRICS);
	const char *hint = near ? arena_printf(r->a, "did you mean '%s'?", near)
				: "there are mean, p50, p90, p99, p99.9, max, loss and rate";
	if (len)
		diag_error(r->d, mark_at(r, from, len), hint,
			"nothing is measured that is called '%s'", word);
	else
		diag_error(r->d, mark_at(r, from, 1), "write it like p99<50us",
			"what is to be compared?");
	return false;
}

static unsigned dims_of(enum slo_metric m)
{
	if (m == SLO_LOSS)
		return DIM_RATIO;
	return m == SLO_RATE ? DIM_PPS | DIM_BPS : DIM_TIME;
}

static bool read_limit(const struct reader *r, const char *from, size_t len, struct slo_target *t)
{
	char *text = arena_strndup(r->a, from, len), wants[128], example[64];
	unsigned dims = dims_of(t->metric);
	if (quantity_parse(text, dims, &t->limit) == QUANTITY_OK && t->limit.value >= 0)
		return true;
	diag_error(r->d, mark_at(r, from, len),
		arena_printf(
			r->a, "write it like %s", quantity_example(dims, example, sizeof example)),
		"'%s' is compared with %s, not with '%s'", names[t->metric],
		quantity_wants(dims, wants, sizeof wants), text);
	return false;
}

static bool read_target(const struct reader *r, const char *from, size_t len, struct slo_target *t)
{
	len = trim(&from, len);
	size_t op = 0;
	while (op < len && !strchr("<>=", from[op]))
		op++;
	const char *name = from, *limit = from + op + 1;
	size_t name_len = trim(&name, op);
	if (op == len || from[op] == '=') {
		if (len)
			diag_error(r->d, mark_at(r, from, len),
				"write it like p99<50us or rate>8Mpps",
				"a target compares by < or >");
		else
			diag_error(r->d, mark_at(r, from, 1), NULL, "a target is missing");
		return false;
	}
	size_t limit_len = len - op - 1;
	if (limit_len && *limit == '=') {
		limit++;
		limit_len--;
	}
	limit_len = trim(&limit, limit_len);
	t->above = from[op] == '>';
	t->text = arena_strndup(r->a, from, len);
	return read_metric(r, name, name_len, t) && read_limit(r, limit, limit_len, t);
}

static struct reader reader_of(
	const char *text, struct mark at, const char *option, struct arena *a, struct diag *d)
{
	size_t quote = at.len > strlen(text); /* before the text */
	if (at.source)
		return (struct reader){at.source, at.line, at.column - 1 + quote, text, d, a};
	struct diag_source *source = arena_alloc(a, sizeof *source);
	source->name = "command line";
	source->text = arena_printf(a, "%s %s", option, text);
	source->len = strlen(source->text);
	return (struct reader){source, 1, strlen(option) + 1, text, d, a};
}

bool slo_parse(const char *text, struct slo *slo, struct arena *a, struct diag *d)
{
	return slo_parse_value(text, (struct mark){0}, "--slo", slo, a, d);
}

bool slo_parse_value(const char *text, struct mark at, const char *option, struct slo *slo,
	struct arena *a, struct diag *d)
{
	size_t before = diag_errors(d);
	const struct reader r = reader_of(text, at, option, a, d);
	*slo = (struct slo){0};
	for (const char *from = text;;) {
		size_t len = strcspn(from, ",");
		if (slo->n == SLO_TARGETS) {
			diag_error(d, mark_at(&r, from, len), NULL, "more than %d targets",
				SLO_TARGETS);
			break;
		}
		if (read_target(&r, from, len, &slo->target[slo->n]))
			slo->n++;
		if (!from[len])
			break;
		from += len + 1;
	}
	return diag_errors(d) == before;
}

enum slo_verdict slo_judge(const struct slo_target *t, double lo, double hi)
{
	double limit = t->limit.value;
	if (t->above ? lo > limit : hi < limit)
		return SLO_MET;
	if (t->above ? hi <= limit : lo >= limit)
		return SLO_MISSED;
	return SLO_OPEN;
}

static struct interval in_ps(struct interval ns)
{
	return (struct interval){ns.value * PS_PER_NS, ns.half * PS_PER_NS};
}

static struct slo_check check_interval(const struct slo_target *t, struct interval i)
{
	struct slo_check c = {i.value, i.value - i.half, i.value + i.half, SLO_OPEN};
	c.verdict = slo_judge(t, c.lo, c.hi);
	return c;
}

static struct slo_check check_loss(const struct slo_target *t, const struct run_chain *c)
{
	struct slo_check k = check_interval(t, c->loss_ratio);
	k.lo = k.lo > 0 ? k.lo : 0;
	if (!c->dropped)
		k.hi = c->loss_bound;
	k.verdict = slo_judge(t, k.lo, k.hi);
	return k;
}

static struct slo_check check_rate(const struct slo_target *t, const struct run_chain *all)
{
	struct interval rate = all->delivered_pps;
	if (t->limit.dim == DIM_BPS && rate.value > 0) {
		double bits = all->delivered_bps / rate.value;
		rate = (struct interval){rate.value * bits, rate.half * bits};
	}
	return check_interval(t, rate);
}

static struct slo_check check_chain(const struct slo_target *t, const struct run_chain *c)
{
	const struct run_latency *l = &c->latency;
	const struct interval all[] = {
		l->mean_ns, l->p50_ns, l->p90_ns, l->p99_ns, l->p999_ns, {l->max_ns, 0}};
	return t->metric == SLO_LOSS ? check_loss(t, c) : check_interval(t, in_ps(all[t->metric]));
}

struct slo_check slo_check(const struct slo_target *t, const struct run_result *r)
{
	if (t->metric == SLO_RATE)
		return check_rate(t, &r->chains[r->n_chains]);
	struct slo_check worst = check_chain(t, &r->chains[0]);
	for (uint32_t i = 1; i < r->n_chains; i++) {
		struct slo_check c = check_chain(t, &r->chains[i]);
		bool worse = t->above ? c.value < worst.value : c.value > worst.value;
		if (c.verdict > worst.verdict || (c.verdict == worst.verdict && worse))
			worst = c;
	}
	return worst;
}

enum slo_verdict slo_verdict(const struct slo *slo, const struct run_result *r)
{
	enum slo_verdict worst = SLO_MET;
	for (size_t i = 0; i < slo->n; i++) {
		enum slo_verdict v = slo_check(&slo->target[i], r).verdict;
		worst = v > worst ? v : worst;
	}
	return worst;
}

const char *slo_word(enum slo_verdict v)
{
	static const char *const words[] = {"met", "open", "missed"};
	return words[v];
}
