/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/ndr_out.h"
#include "cli/run_out.h"
#include "cli/slo_out.h"
#include "cli/text.h"

#include <math.h>

#define PERCENT 100.0
#define US_PER_NS 1e-3

/* Digits of rates: the width of the search is in the third or fourth. */
enum { DIGITS = 5 };

static const char *percent(double share, int digits, struct arena *a)
{
	return isfinite(share) ? arena_printf(a, "%s %%", text_number(PERCENT * share, digits, a))
			       : "-";
}

static void put_rate(struct text_table *t, const struct ndr_result *r, double pps, double bits)
{
	text_table_cell(t, "%s", text_number(pps / 1e6, DIGITS, t->arena));
	text_table_cell(t, "%s", text_number(pps * bits / 1e9, DIGITS, t->arena));
	text_table_cell(t, "%s", percent(pps / r->max_pps, 4, t->arena));
}

static void put_goal(struct text_table *t, const struct ndr_row *row, const char *name, size_t goal)
{
	const struct search_bounds *b = &row->r->bounds[goal];
	text_table_cell(t, "%s", goal == NDR_GOAL ? row->size : "");
	text_table_cell(t, "%s", name);
	put_rate(t, row->r, b->throughput, row->r->bits[goal]);
	text_table_cell(t, "%s", percent(b->loss_ratio, 3, t->arena));
	text_table_cell(t, "%s", text_number(b->upper / 1e6, DIGITS, t->arena));
	if (goal == NDR_GOAL)
		text_table_cell(t, "%zu", row->r->search.n_trials);
	else
		text_table_cell(t, "%s", "");
}

static void put_rates(const struct ndr_table *table, struct arena *a, FILE *to)
{
	static const char *const heads[] = {"<frame", "<", ">Mpps", ">Gb/s layer 1", ">of highest",
		">lost", ">fails at Mpps", ">trials", NULL};
	struct text_table t;
	text_table_start(&t, heads, a);
	const char *pdr = arena_printf(a, "PDR %s", percent(table->options.pdr_ratio, 2, a));
	for (size_t i = 0; i < table->n; i++) {
		const struct ndr_row *row = &table->rows[i];
		put_goal(&t, row, "NDR", NDR_GOAL);
		put_goal(&t, row, pdr, NDR_PDR_GOAL);
		text_table_cell(&t, "%s", "");
		text_table_cell(&t, "MRR");
		put_rate(&t, row->r, row->r->mrr_pps, row->r->mrr_bits);
		text_table_cell(&t, "%s", percent(row->r->mrr_loss_ratio, 3, a));
		text_table_cell(&t, "%s", "");
		text_table_cell(&t, "%s", "");
	}
	text_table_print(&t, to);
}

static void put_latencies(const struct ndr_table *table, struct arena *a, FILE *to)
{
	static const char *const heads[] = {"<frame", ">of NDR", ">Mpps", ">min us", ">mean",
		">p50", ">p90", ">p99", ">max", NULL};
	struct text_table t;
	text_table_start(&t, heads, a);
	for (size_t i = 0; i < table->n; i++)
		for (size_t k = 0; k < NDR_LATENCIES; k++) {
			const struct run_result *r = table->rows[i].r->latency[k];
			if (!r)
				continue;
			const struct run_chain *c = &r->chains[r->n_chains];
			const struct run_latency *l = &c->latency;
			const struct interval all[] = {l->mean_ns, l->p50_ns, l->p90_ns, l->p99_ns};
			text_table_cell(&t, "%s", k ? "" : table->rows[i].size);
			text_table_cell(&t, "%.0f %%", PERCENT * ndr_latency_shares[k]);
			text_table_cell(&t, "%s", text_number(c->offered_pps.value / 1e6, 4, a));
			text_table_cell(&t, "%s", text_number(l->min_ns * US_PER_NS, 4, a));
			for (size_t m = 0; m < 4; m++)
				text_table_cell(&t, "%s", text_value(all[m], US_PER_NS, a));
			text_table_cell(&t, "%s", text_number(l->max_ns * US_PER_NS, 4, a));
		}
	text_table_print(&t, to);
}

static void put_reason(const struct ndr_row *row, struct arena *a, FILE *to)
{
	const struct ndr_result *r = row->r;
	const struct ndr_reason *w = &r->reason;
	double gap = 1 - r->bounds[NDR_GOAL].throughput / r->mrr_pps;
	if (!w->place)
		return;
	fprintf(to, "  %s: NDR is ", row->size);
	if (isnan(gap))
		fputs("below what was tried: ", to);
	else
		fprintf(to, "%s below MRR: ", percent(gap, 2, a));
	fprintf(to, "at %s Mpps %s is lost at %s", text_number(w->offered_pps / 1e6, 4, a),
		percent(w->loss_ratio, 2, a), w->place);
	if (w->slots > 0)
		fprintf(to, ",\n    whose %.0f slots fill in %s", w->slots,
			text_seconds(w->fill_s, 3, a));
	if (w->reader && w->stalled > 0.001)
		fprintf(to,
			" while %s, which reads it, waits\n    for room downstream (%s of the "
			"time)",
			w->reader, percent(w->stalled, 2, a));
	else if (w->reader)
		fprintf(to, "; %s, which reads it, is at %s\n    of what it can in full bursts",
			w->reader, percent(w->load, 4, a));
	fputc('\n', to);
}

static void put_doubts(
	const struct ndr_table *table, const struct ndr_row *row, struct arena *a, FILE *to)
{
	static const char *const names[] = {[NDR_GOAL] = "NDR", [NDR_PDR_GOAL] = "PDR"};
	for (size_t g = 0; g < NDR_GOALS; g++) {
		const struct search_bounds *b = &row->r->bounds[g];
		if (b->verdict == SEARCH_BUDGET)
			fprintf(to,
				"  %s: %s is known to %s only (asked for: %s): %zu trials are "
				"spent\n",
				row->size, names[g], percent(b->width, 2, a),
				percent(table->options.width, 2, a), row->r->search.n_trials);
		if (b->verdict == SEARCH_NONE)
			fprintf(to, "  %s: no %s: even %s Mpps lose too much\n", row->size,
				names[g], text_number(b->upper / 1e6, 3, a));
		if (b->non_monotonic)
			fprintf(to, "  %s: loss is not monotonic: trials above %s Mpps passed %s\n",
				row->size, text_number(b->upper / 1e6, 4, a), names[g]);
	}
}

void ndr_text_print(const struct ndr_table *table, FILE *to)
{
	struct arena *a = arena_new();
	const struct scenario *s = table->rows[0].s;
	const struct search_spec *spec = &table->rows[0].r->search.spec;
	text_heading(to, arena_printf(a, "%s: %s at %s GHz, %s arrivals", s->name, s->dataplane,
				 text_number(s->clock_hz / 1e9, 3, a),
				 run_json_arrivals(&scenario_chain(s, 0)->traffic)));
	fprintf(to, "trials of %s million packets, goal width %s, seed %lld\n\n",
		text_number(spec->full_length / 1e6, 2, a), percent(spec->width, 2, a),
		(long long)s->run.seed);
	put_rates(table, a, to);
	fputc('\n', to);
	put_latencies(table, a, to);
	fputc('\n', to);
	for (size_t i = 0; i < table->n; i++) {
		put_reason(&table->rows[i], a, to);
		put_doubts(table, &table->rows[i], a, to);
	}
	for (size_t i = 0; i < table->n && table->options.slo->n; i++) {
		fprintf(to, "\n%s: rates are NDR, the rest is at 90 %% of it\n",
			table->rows[i].size);
		slo_text_print(table->options.slo, table->rows[i].r->check, to);
	}
	arena_free(a);
}
