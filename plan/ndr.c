/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/ndr.h"

#include "model/build.h"
#include "plan/load.h"

#include <math.h>
#include <string.h>

#define PHASES 4         /* simulations of a trial with constant-rate arrivals */
#define SHORT_SHARE 0.25 /* of a full trial */
#define LOAD_RANGE 1000.0

const struct ndr_options ndr_defaults = {
	.pdr_ratio = 0.005, .width = 0.005, .packets = 2e6, .max_trials = 15};
const double ndr_latency_shares[NDR_LATENCIES] = {0.1, 0.5, 0.9};

static bool periodic(const struct scenario *s)
{
	for (size_t i = 0; i < s->chains.n; i++)
		if (scenario_chain(s, i)->traffic.arrivals != ARRIVALS_CBR)
			return false;
	return true;
}

/* A simulation of so many packets. */
static struct run_result *simulate(struct scenario *s, double load_pps, double packets)
{
	struct run_use keep = s->run;
	load_set(s, load_pps);
	int64_t runs = keep.replications ? keep.replications : periodic(s) ? PHASES : 1;
	s->run.replications = runs;
	double ps = packets / load_pps * (double)PS_PER_S / (double)runs;
	s->run.duration = (struct quantity){ceil(ps), DIM_TIME};
	struct run_result *r = run_scenario(s, NULL);
	s->run = keep;
	return r;
}

static const struct run_chain *total(const struct run_result *r)
{
	return &r->chains[r->n_chains];
}

/* So many packets that an overload by half a width fills every ring. */
static double filling_packets(const struct scenario *s, double width)
{
	struct build *b = build_net(s, 1, 0);
	double slots = 0;
	for (uint32_t i = 0; i < b->n_places; i++)
		slots += b->places[i].ring ? b->places[i].ring->cap : 0;
	net_free(b->net);
	return slots / (width / 2);
}

/* A goal's bits a packet are those of the last trial at its rate. */
static void find_bits(struct ndr_result *r, const double *bits)
{
	for (size_t g = 0; g < NDR_GOALS; g++) {
		r->bounds[g] = search_result(&r->search, g);
		r->bits[g] = r->mrr_bits;
		for (size_t i = 0; i < r->search.n_trials; i++)
			if (r->search.trial[i].ask.load == r->bounds[g].lower && bits[i] > 0)
				r->bits[g] = bits[i];
	}
}

static double bits_of(const struct run_chain *c)
{
	return c->delivered ? c->delivered_bps / c->delivered_pps.value : 0;
}

static void do_search(struct scenario *s, const struct ndr_options *o, struct ndr_result *r)
{
	struct search_spec spec = {.max_load = r->max_pps,
		.min_load = r->max_pps / LOAD_RANGE,
		.loss_ratio = {[NDR_GOAL] = 0, [NDR_PDR_GOAL] = o->pdr_ratio},
		.n_goals = NDR_GOALS,
		.width = o->width,
		.full_length = fmax(o->packets, filling_packets(s, o->width)),
		.max_trials = o->max_trials};
	spec.short_length = spec.full_length * SHORT_SHARE;
	struct search_ask ask;
	double bits[SEARCH_TRIALS];
	search_init(&r->search, &spec);
	while (search_next(&r->search, &ask)) {
		if (o->progress)
			o->progress(o->arg, r->search.n_trials + 1, ask.load);
		struct run_result *t = simulate(s, ask.load, ask.length);
		search_tell(&r->search, (double)total(t)->offered, (double)total(t)->dropped);
		bits[r->search.n_trials - 1] = bits_of(total(t));
		if (r->search.n_trials == 1) {
			r->mrr_pps = total(t)->delivered_pps.value;
			r->mrr_loss_ratio = total(t)->loss_ratio.value;
			r->mrr_bits = bits[0];
		}
		run_free(t);
	}
	find_bits(r, bits);
}

static void measure_latency(struct scenario *s, const struct ndr_options *o, struct ndr_result *r)
{
	double ndr = r->bounds[NDR_GOAL].throughput;
	unsigned wanted = s->run.wanted;
	s->run.wanted |= s->run.of.n ? 0 : RUN_WANTS(RUN_OF_P99);
	for (size_t i = 0; i < NDR_LATENCIES && ndr > 0; i++) {
		double pps = ndr_latency_shares[i] * ndr;
		if (o->progress)
			o->progress(o->arg, r->search.n_trials + i + 1, pps);
		load_set(s, pps);
		r->latency[i] = run_scenario(s, NULL);
	}
	s->run.wanted = wanted;
}

static void name_reader(const struct scenario *s, const struct run_result *t,
	struct ndr_reason *why, struct arena *a)
{
	struct build *b = build_net(s, 1, 0);
	for (uint32_t i = 0; i < b->n_places; i++) {
		const struct ring *ring = b->places[i].ring;
		if (!ring || strcmp(b->places[i].name, why->place) != 0)
			continue;
		why->slots = ring->cap;
		if (ring->consumer)
			why->reader = arena_strdup(a, ring->consumer->name);
	}
	net_free(b->net);
	for (uint32_t i = 0; why->reader && i < t->n_cores; i++)
		if (strcmp(t->cores[i].name, why->reader) == 0) {
			why->load = t->cores[i].load;
			why->stalled = t->cores[i].stalled;
		}
}

/* Looks at the lowest rate that lost packets again. */
static void find_reason(struct scenario *s, struct ndr_result *r)
{
	const struct search_bounds *b = &r->bounds[NDR_GOAL];
	if (isnan(b->upper))
		return;
	struct run_result *t = simulate(s, b->upper, r->search.spec.full_length);
	struct ndr_reason *why = &r->reason;
	uint64_t most = 0;
	for (uint32_t i = 0; i < t->n_places; i++)
		if (t->places[i].packets > most) {
			most = t->places[i].packets;
			why->place = arena_strdup(r->arena, t->places[i].name);
		}
	why->offered_pps = b->upper;
	why->loss_ratio = total(t)->loss_ratio.value;
	if (why->place)
		name_reader(s, t, why, r->arena);
	why->fill_s = why->slots / b->upper;
	run_free(t);
}

static void check_targets(const struct ndr_options *o, struct ndr_result *r)
{
	const struct search_bounds *b = &r->bounds[NDR_GOAL];
	for (size_t i = 0; o->slo && i < o->slo->n; i++) {
		const struct slo_target *t = &o->slo->target[i];
		double unit = t->limit.dim == DIM_BPS ? r->bits[NDR_GOAL] : 1;
		double lo = isnan(b->lower) ? 0 : b->lower * unit;
		struct slo_check c = {lo, lo, isnan(b->upper) ? lo : b->upper * unit, SLO_OPEN};
		c.verdict = slo_judge(t, c.lo, c.hi);
		if (t->metric != SLO_RATE)
			c = (struct slo_check){NAN, NAN, NAN, SLO_MISSED};
		if (t->metric != SLO_RATE && r->latency[NDR_LATENCIES - 1])
			c = slo_check(t, r->latency[NDR_LATENCIES - 1]);
		r->check[i] = c;
	}
}

struct ndr_result *ndr_search(struct scenario *s, const struct ndr_options *o)
{
	struct arena *a = arena_new();
	struct ndr_result *r = arena_alloc(a, sizeof *r);
	double asked_pps = load_pps(s);
	r->arena = a;
	r->max_pps = load_max_pps(s);
	do_search(s, o, r);
	load_set(s, asked_pps);
	return r;
}

struct ndr_result *ndr_measure(struct scenario *s, const struct ndr_options *o)
{
	double asked_pps = load_pps(s);
	struct ndr_result *r = ndr_search(s, o);
	measure_latency(s, o, r);
	if (r->mrr_pps - r->bounds[NDR_GOAL].throughput > o->width * r->mrr_pps ||
		isnan(r->bounds[NDR_GOAL].throughput))
		find_reason(s, r);
	check_targets(o, r);
	load_set(s, asked_pps);
	return r;
}

void ndr_free(struct ndr_result *r)
{
	for (size_t i = 0; i < NDR_LATENCIES; i++)
		run_free(r->latency[i]);
	arena_free(r->arena);
}
