/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/run_out.h"
#include "cli/sources.h"
#include "cli/text.h"

#include <math.h>
#include <string.h>

enum { ASSUMED_NAMED = 5 };

#define US_PER_NS 1e-3
#define PERCENT 100.0
#define NS_PER_S 1e9

/* What all parts of the page need. */
struct page {
	const struct scenario *s;
	const struct run_result *r;
	struct arena *a;
	FILE *to;
};

static const char *ends_and_nfs(const struct page *p, const struct chain *c)
{
	const char *text = c->from == END_NIC ? "nic" : "";
	for (size_t i = 0; i < c->items.n; i++)
		text = arena_printf(
			p->a, "%s%s%s", text, *text ? " > " : "", scenario_item(c, i)->name);
	return arena_printf(p->a, "%s%s", text, c->to == END_NIC ? " > nic" : "");
}

static const char *platforms(const struct page *p)
{
	const char *text = "";
	for (size_t i = 0; i < p->s->servers.n; i++)
		text = arena_printf(p->a, "%s%s%s%s%s", text, i ? ", " : "",
			scenario_server(p->s, i)->name, p->s->servers.n > 1 ? " " : "",
			scenario_server(p->s, i)->platform_name);
	return text;
}

static void put_title(const struct page *p)
{
	const struct scenario *s = p->s;
	text_heading(p->to, arena_printf(p->a, "%s: %s on %s at %s GHz", s->name, s->dataplane,
				    platforms(p), text_number(s->clock_hz / 1e9, 3, p->a)));
}

/* Layer 1, as delivered_bps. */
static double offered_bps(const struct page *p, uint32_t c)
{
	double bps = 0;
	for (uint32_t i = 0; i < p->r->n_chains; i++) {
		double size_B = source_mean_size(&scenario_chain(p->s, i)->traffic.spec);
		if (i == c || c == p->r->n_chains)
			bps += 8 * (size_B + WIRE_OVERHEAD_B) * p->r->chains[i].offered_pps.value;
	}
	return bps;
}

/* The value with the prefix that reads best, and its half-width. */
static void put_rate_rows(const struct page *p, uint32_t c, struct text_table *t)
{
	const struct run_chain *r = &p->r->chains[c];
	const char *unit = r->offered_pps.value >= 1e6   ? "Mpps"
			   : r->offered_pps.value >= 1e3 ? "kpps"
							 : "pps";
	double scale = *unit == 'M' ? 1e-6 : *unit == 'k' ? 1e-3 : 1;
	const struct {
		const char *name;
		struct interval pps;
		double bps;
	} rows[] = {{"offered", r->offered_pps, offered_bps(p, c)},
		{"delivered", r->delivered_pps, r->delivered_bps}};
	for (size_t i = 0; i < 2; i++) {
		text_table_cell(t, "%s", rows[i].name);
		text_table_cell(t, "%s", text_value(rows[i].pps, scale, p->a));
		text_table_cell(t, "%s", unit);
		text_table_cell(t, "%s", text_half(rows[i].pps, scale, p->a));
		text_table_cell(t, "%s", text_rate(rows[i].bps, "b/s", 4, p->a));
	}
}

static void put_loss_row(const struct page *p, const struct run_chain *r, struct text_table *t)
{
	text_table_cell(t, "loss");
	text_table_cell(t, "%s", text_value(r->loss_ratio, PERCENT, p->a));
	text_table_cell(t, "%%");
	text_table_cell(t, "%s", text_half(r->loss_ratio, PERCENT, p->a));
	if (!r->dropped && r->offered)
		text_table_cell(
			t, "below %s %% (95 %%)", text_number(PERCENT * r->loss_bound, 2, p->a));
	else
		text_table_cell(t, "%s", "");
}

static void put_latency(const struct page *p, const struct run_chain *r)
{
	static const char *const heads[] = {
		"<latency us", ">min", ">mean", ">p50", ">p90", ">p99", ">p99.9", ">max", NULL};
	const struct run_latency *l = &r->latency;
	const struct interval all[] = {l->mean_ns, l->p50_ns, l->p90_ns, l->p99_ns, l->p999_ns};
	struct text_table t;
	text_table_start(&t, heads, p->a);
	text_table_cell(&t, "%s", "");
	text_table_cell(&t, "%s", text_number(l->min_ns * US_PER_NS, 4, p->a));
	for (size_t i = 0; i < 5; i++)
		text_table_cell(&t, "%s", text_value(all[i], US_PER_NS, p->a));
	text_table_cell(&t, "%s", text_number(l->max_ns * US_PER_NS, 4, p->a));
	text_table_cell(&t, "+- (95 %%)");
	text_table_cell(&t, "%s", "");
	for (size_t i = 0; i < 5; i++)
		text_table_cell(&t, "%s", text_half(all[i], US_PER_NS, p->a));
	text_table_cell(&t, "%s", "");
	text_table_print(&t, p->to);
}

/* Why percentiles are missing. */
static void put_missing(const struct page *p, const struct run_chain *r)
{
	static const struct {
		const char *name;
		double q;
	} all[] = {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p99.9", 0.999}};
	const char *sep = "  -: ";
	for (size_t i = 0; i < 4; i++) {
		double needs = round(stats_quantile_needs(all[i].q));
		if ((double)r->hist.n >= needs)
			continue;
		fprintf(p->to, "%s%s needs %.0f packets", sep, all[i].name, needs);
		sep = ", ";
	}
	if (*sep == ',')
		fprintf(p->to, "; %llu were delivered\n", (unsigned long long)r->hist.n);
}

static void put_chain(const struct page *p, uint32_t c)
{
	static const char *const heads[] = {
		"<throughput", "> ", "< ", ">+- (95 %)", ">layer 1", NULL};
	const struct run_chain *r = &p->r->chains[c];
	struct text_table t;
	if (c < p->r->n_chains) {
		const struct chain *is = scenario_chain(p->s, c);
		const struct traffic *f = &is->traffic;
		const char *rate = strcmp(f->rate, "line") == 0 ? "line rate" : f->rate;
		fprintf(p->to, "%s%s%s, %s, %s%s%s arrivals\n", *is->name ? is->name : "",
			*is->name ? ": " : "", ends_and_nfs(p, is), f->pcap ? f->pcap : f->size,
			f->pcap ? "" : rate, f->pcap ? "" : ", ", run_json_arrivals(f));
	} else {
		fputs("all chains together\n", p->to);
	}
	fputc('\n', p->to);
	text_table_start(&t, heads, p->a);
	put_rate_rows(p, c, &t);
	put_loss_row(p, r, &t);
	text_table_print(&t, p->to);
	fputc('\n', p->to);
	put_latency(p, r);
	put_missing(p, r);
	fputc('\n', p->to);
}

static void put_losses(const struct page *p)
{
	static const char *const heads[] = {"<lost at", ">packets", ">rate", ">of offered", NULL};
	struct text_table t;
	text_table_start(&t, heads, p->a);
	for (uint32_t i = 0; i < p->r->n_places; i++) {
		const struct run_place *l = &p->r->places[i];
		double offered = p->r->chains[l->chain].offered_pps.value;
		if (!l->packets)
			continue;
		text_table_cell(&t, "%s", l->name);
		text_table_cell(&t, "%llu", (unsigned long long)l->packets);
		text_table_cell(&t, "%s", text_rate(l->pps, "pps", 4, p->a));
		text_table_cell(&t, "%s %%", text_number(PERCENT * l->pps / offered, 4, p->a));
	}
	if (t.n_cells)
		text_table_print(&t, p->to);
	else
		fputs("  lost at: none\n", p->to);
	fputc('\n', p->to);
}

static const char *percent(double share, struct arena *a)
{
	return isfinite(share) ? arena_printf(a, "%.1f", PERCENT * share) : "-";
}

static void put_cores(const struct page *p)
{
	static const char *const heads[] = {"<core", "<role", ">socket", ">GHz", ">busy %",
		">stalled %", ">load %", ">cycles/packet", ">packets/burst", NULL};
	struct text_table t;
	text_table_start(&t, heads, p->a);
	for (uint32_t i = 0; i < p->r->n_cores; i++) {
		const struct run_core *c = &p->r->cores[i];
		text_table_cell(&t, "%s", c->name);
		text_table_cell(&t, "%s", c->role ? c->role : "idle");
		text_table_cell(&t, "%s%s%d", c->server, *c->server ? "." : "", c->socket);
		text_table_cell(&t, "%.2f", c->clock_hz / 1e9);
		text_table_cell(&t, "%s", percent(c->busy, p->a));
		text_table_cell(&t, "%s", percent(c->stalled, p->a));
		text_table_cell(&t, "%s", percent(c->load, p->a));
		text_table_cell(&t, "%s", text_number(c->cycles_per_packet, 4, p->a));
		text_table_cell(&t, "%s", text_number(c->mean_burst, 3, p->a));
	}
	text_table_print(&t, p->to);
	fputc('\n', p->to);
}

static void put_stages(const struct page *p)
{
	static const char *const heads[] = {
		"<stage", ">packets", ">mean wait us", ">mean service us", NULL};
	struct text_table t;
	text_table_start(&t, heads, p->a);
	for (uint32_t i = 0; i < p->r->n_stages; i++) {
		const struct run_stage *s = &p->r->stages[i];
		text_table_cell(&t, "%s", s->name);
		text_table_cell(&t, "%llu", (unsigned long long)s->packets);
		text_table_cell(&t, "%s", text_number(s->wait_ns * US_PER_NS, 4, p->a));
		text_table_cell(&t, "%s", text_number(s->service_ns * US_PER_NS, 4, p->a));
	}
	text_table_print(&t, p->to);
	fputc('\n', p->to);
}

static const struct run_core *core_called(const struct run_result *r, const char *name)
{
	for (uint32_t i = 0; name && i < r->n_cores; i++)
		if (strcmp(r->cores[i].name, name) == 0)
			return &r->cores[i];
	return NULL;
}

static void put_bottleneck(const struct page *p)
{
	const struct run_result *r = p->r;
	const struct run_core *c = core_called(r, r->bottleneck);
	const char *load = percent(r->bottleneck_load, p->a);
	fputs("bottleneck: ", p->to);
	if (!r->bottleneck)
		fprintf(p->to, "none; the busiest core does %s %% of what it can\n", load);
	else if (c)
		fprintf(p->to, "%s, a %s core doing %s %% of what it can in full bursts\n", c->name,
			c->role, load);
	else if (strcmp(r->bottleneck, "wire") == 0)
		fprintf(p->to, "the wire, %s %% full\n", load);
	else if (strcmp(r->bottleneck, "nic") == 0)
		fputs("the NIC, which takes no more packets a second\n", p->to);
	else
		fprintf(p->to, "%s, which is full at times; the busiest core does %s %%\n",
			r->bottleneck, load);
}

static void put_sources(const struct page *p)
{
	const struct sources *all = sources_collect(p->s, p->a);
	static const enum source_kind best_first[] = {SOURCED_MEASURED, SOURCED_PUBLISHED,
		SOURCED_FITTED, SOURCED_ASSUMED, SOURCED_CONFIGURED};
	size_t assumed = all->kind[SOURCED_ASSUMED].n;
	const char *sep = "";
	fprintf(p->to, "leans on:   %zu values: ", all->total);
	for (size_t i = 0; i < SOURCES_KINDS; i++) {
		enum source_kind k = best_first[i];
		if (!all->kind[k].n)
			continue;
		fprintf(p->to, "%s%zu %s", sep, all->kind[k].n, sourced_kinds[k]);
		sep = ", ";
	}
	fputc('\n', p->to);
	if (!assumed)
		return;
	fputs("  assumed:  ", p->to);
	for (size_t i = 0; i < assumed && i < ASSUMED_NAMED; i++)
		fprintf(p->to, "%s%s", i ? ",\n            " : "",
			all->kind[SOURCED_ASSUMED].keys[i]);
	if (assumed > ASSUMED_NAMED)
		fprintf(p->to, ",\n            and %zu more (--json lists them)",
			assumed - ASSUMED_NAMED);
	fputc('\n', p->to);
}

static void put_precision(const struct page *p)
{
	const struct run_result *r = p->r;
	const char *asked = text_number(PERCENT * p->s->run.precision.value, 3, p->a);
	const char *got = text_number(PERCENT * r->precision, 2, p->a);
	if (r->verdict == RUN_BUDGET)
		fprintf(p->to, "precision:  budget spent: precision %s %% instead of %s %%\n", got,
			asked);
	else if (p->s->run.duration.dim || p->s->run.replications)
		fprintf(p->to, "precision:  %s %% in the length asked for\n", got);
	else
		fprintf(p->to, "precision:  %s %% (asked for: %s %%)\n", got, asked);
}

static void put_method(const struct page *p)
{
	const struct run_result *r = p->r;
	bool fixed = p->s->run.warmup.dim;
	fprintf(p->to, "simulated:  seed %llu, %u %s, %s in all, %llu packets; warm-up %s%s%s\n",
		(unsigned long long)r->seed, r->replications ? r->n_windows : r->samples,
		r->replications ? "runs with phases of their own" : "batches of one run",
		text_seconds(r->measured_s, 3, p->a),
		(unsigned long long)r->chains[r->n_chains].offered,
		text_seconds(r->warmup_s, 3, p->a), fixed ? " as asked for" : " found by MSER-5",
		r->warmup_doubtful ? ", perhaps too short" : "");
}

void run_text_print(const struct scenario *s, const struct run_result *r, FILE *to)
{
	const struct page p = {s, r, arena_new(), to};
	put_title(&p);
	for (uint32_t c = 0; c < r->n_chains; c++)
		put_chain(&p, c);
	if (r->n_chains > 1)
		put_chain(&p, r->n_chains);
	put_losses(&p);
	put_cores(&p);
	put_stages(&p);
	put_bottleneck(&p);
	put_precision(&p);
	put_method(&p);
	put_sources(&p);
	arena_free(p.a);
}
