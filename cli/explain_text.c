/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/explain_out.h"
#include "cli/text.h"

#include <math.h>
#include <string.h>

#define PERCENT 100.0
#define US_PER_NS 1e-3

struct page {
	const struct explain *e;
	struct arena *a;
	FILE *to;
};

static const struct run_chain *total(const struct run_result *r)
{
	return &r->chains[r->n_chains];
}

/* "+12.3 % +- 0.4", or "-" where the interval of the difference holds 0. */
static const char *change(const struct page *p, const struct whatif *c, enum paired_metric m)
{
	struct interval d = paired_difference(p->e->base, c->result, m);
	double base = paired_value(p->e->base, m).value;
	if (!isfinite(d.value) || !(base > 0))
		return "";
	if (fabs(d.value) <= d.half || fabs(d.value / base) < 5e-5)
		return "-";
	return arena_printf(p->a, "%+.*f %% +- %.*f", fabs(d.value / base) < 0.0995 ? 2 : 1,
		PERCENT * d.value / base, fabs(d.value / base) < 0.0995 ? 2 : 1,
		PERCENT * d.half / base);
}

static void put_case(const struct page *p, const struct whatif *c, struct text_table *t)
{
	const struct run_chain *is = total(c->result);
	text_table_cell(t, "%s", c->what);
	text_table_cell(t, "%s", text_rate(is->delivered_pps.value, "pps", 4, p->a));
	text_table_cell(t, "%s", change(p, c, PAIRED_RATE));
	text_table_cell(t, "%s", text_number(is->latency.mean_ns.value * US_PER_NS, 4, p->a));
	text_table_cell(t, "%s", change(p, c, PAIRED_MEAN));
}

static void put_cases(const struct page *p, bool offers)
{
	static const char *const removed[] = {
		"<without", ">delivered", ">change (95 %)", ">mean us", ">change (95 %)", NULL};
	static const char *const offered[] = {
		"<with", ">delivered", ">change (95 %)", ">mean us", ">change (95 %)", NULL};
	struct text_table t;
	text_table_start(&t, offers ? offered : removed, p->a);
	for (size_t i = 0; i < p->e->cases.n; i++) {
		const struct whatif *c = &p->e->cases.cases[i];
		if (c->result && (c->kind == WHATIF_SET) == offers)
			put_case(p, c, &t);
	}
	text_table_print(&t, p->to);
	for (size_t i = 0; i < p->e->cases.n && offers; i++) {
		const struct whatif *c = &p->e->cases.cases[i];
		if (!c->result)
			fprintf(p->to, "  not possible: %s: %s\n", c->what, c->why);
	}
	fputc('\n', p->to);
}

static void put_sets(const struct page *p)
{
	fputs("  to try one of these:\n", p->to);
	for (size_t i = 0; i < p->e->cases.n; i++) {
		const struct whatif *c = &p->e->cases.cases[i];
		if (c->kind != WHATIF_SET || !c->result)
			continue;
		fprintf(p->to, "    %s:", c->what);
		for (size_t k = 0; k < c->n_sets; k++) {
			bool quote = strpbrk(c->sets[k], "[' ") != NULL;
			fprintf(p->to, " --set %s%s%s", quote ? "\"" : "", c->sets[k],
				quote ? "\"" : "");
		}
		fputc('\n', p->to);
	}
	fputc('\n', p->to);
}

static double part_sum(const struct budget *b, uint32_t chain, int part)
{
	double ns = 0;
	for (uint32_t i = 0; i < b->n_places; i++)
		if (b->places[i].chain == chain)
			ns += b->places[i].ns[part];
	return ns;
}

static void put_time(struct text_table *t, double ns)
{
	text_table_cell(t, "%s", ns >= 0.05 ? arena_printf(t->arena, "%.3f", ns * US_PER_NS) : "");
}

static void put_budget_row(
	struct text_table *t, const char *name, const double ns[BUDGET_PARTS], const bool *shown)
{
	double sum = 0;
	text_table_cell(t, "%s", name);
	for (int part = 0; part < BUDGET_PARTS; part++) {
		sum += ns[part];
		if (shown[part])
			put_time(t, ns[part]);
	}
	put_time(t, sum);
}

static void put_budget(const struct page *p, uint32_t chain)
{
	const struct budget *b = p->e->budget;
	const char *heads[BUDGET_PARTS + 3] = {"<us a packet"};
	bool shown[BUDGET_PARTS];
	double sums[BUDGET_PARTS];
	size_t n = 1;
	for (int part = 0; part < BUDGET_PARTS; part++) {
		sums[part] = part_sum(b, chain, part);
		shown[part] = sums[part] >= 0.05;
		if (shown[part])
			heads[n++] = arena_printf(p->a, ">%s", budget_parts[part]);
	}
	heads[n++] = ">all";
	heads[n] = NULL;
	struct text_table t;
	text_table_start(&t, heads, p->a);
	for (uint32_t i = 0; i < b->n_places; i++)
		if (b->places[i].chain == chain)
			put_budget_row(&t, b->places[i].name, b->places[i].ns, shown);
	put_budget_row(&t, "mean latency", sums, shown);
	text_table_print(&t, p->to);
	fputc('\n', p->to);
}

static void put_losses(const struct page *p)
{
	static const char *const heads[] = {"<lost at", ">rate", ">of offered", NULL};
	const struct run_result *r = p->e->base;
	struct text_table t;
	text_table_start(&t, heads, p->a);
	for (uint32_t i = 0; i < r->n_places; i++) {
		const struct run_place *l = &r->places[i];
		if (!l->packets)
			continue;
		text_table_cell(&t, "%s", l->name);
		text_table_cell(&t, "%s", text_rate(l->pps, "pps", 4, p->a));
		text_table_cell(&t, "%s %%",
			text_number(
				PERCENT * l->pps / r->chains[l->chain].offered_pps.value, 3, p->a));
	}
	if (t.n_cells)
		text_table_print(&t, p->to);
	else
		fputs("  nothing is lost\n", p->to);
	fputc('\n', p->to);
}

/* The obstacle whose removal gains most; without a gain there is none. */
static void put_verdict(const struct page *p)
{
	const struct whatif *best = NULL;
	for (size_t i = 0; i < p->e->cases.n && !best; i++)
		if (p->e->cases.cases[i].result && p->e->cases.cases[i].kind != WHATIF_SET)
			best = &p->e->cases.cases[i];
	enum paired_metric m = p->e->by_rate ? PAIRED_RATE : PAIRED_MEAN;
	const char *by = best ? change(p, best, m) : "-";
	if (*by == '-' && by[1] == '\0')
		fprintf(p->to, "no single obstacle holds %s back\n\n",
			p->e->by_rate ? "the rate" : "latency");
	else
		fprintf(p->to, "%s is held back most by %s:\n  without it %s\n\n",
			p->e->by_rate ? "the rate" : "latency", best->what, by);
}

void explain_text_print(const struct explain *e, FILE *to)
{
	const struct page p = {e, arena_new(), to};
	const struct run_chain *c = total(e->base);
	text_heading(to, arena_printf(p.a, "%s: %s of %s delivered, mean latency %s", e->s->name,
				 text_rate(c->delivered_pps.value, "pps", 4, p.a),
				 text_rate(c->offered_pps.value, "pps", 4, p.a),
				 text_seconds(c->latency.mean_ns.value * 1e-9, 4, p.a)));
	put_verdict(&p);
	put_cases(&p, false);
	put_cases(&p, true);
	put_sets(&p);
	for (uint32_t i = 0; i < e->base->n_chains; i++) {
		if (e->base->n_chains > 1)
			fprintf(to, "%s:\n", e->base->chains[i].name);
		put_budget(&p, i);
	}
	put_losses(&p);
	arena_free(p.a);
}
