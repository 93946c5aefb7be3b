/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/estimate.h"

#include "model/estimate_share.h"
#include "model/estimate_stage.h"
#include "model/waiting.h"

#include <math.h>
#include <string.h>

#define PASSES 3

/* Two flows into one ring. Many regular ones with phases of their own look random. */
static void merge(struct estimate_flow *into, const struct estimate_flow *f)
{
	if (f->rate <= 0)
		return;
	if (!into->streams) {
		*into = *f;
		into->streams = 1;
		return;
	}
	double w = f->rate / (into->rate + f->rate), k = ++into->streams;
	into->rate += f->rate;
	into->burst += w * (f->burst - into->burst);
	into->seen += w * (f->seen - into->seen);
	into->spread += w * (f->spread - into->spread);
	into->spread = 1 - (1 - into->spread) * (k - 1) / k;
	into->gap_ns = 0;
	for (int i = 0; i < ESTIMATE_KINDS; i++)
		into->latency_ns[i] += w * (f->latency_ns[i] - into->latency_ns[i]);
}

/* The share of a flow that one of several takers gets, packet by packet or burst by burst. */
static struct estimate_flow part_of(
	const struct estimate_flow *f, double part, bool bursts, bool by_chance)
{
	struct estimate_flow g = *f;
	if (part >= 1)
		return g;
	g.rate *= part;
	g.spread = by_chance ? 1 - (1 - f->spread) * part : f->spread * part;
	if (bursts)
		return g;
	g.burst = fmax(1, f->burst * part);
	g.seen = fmax(1, f->seen * part);
	g.train = fmax(1, f->train * part);
	g.gap_ns = f->gap_ns / part;
	return g;
}

/* Past a port's ceilings and into its queues. */
static void enter_port(struct estimate_net *n, uint32_t rx, struct estimate_flow *f)
{
	const struct estimate_rx *r = &n->rxs[rx];
	f->latency_ns[ESTIMATE_WIRE] += r->dma_ns;
	const uint32_t ceilings[] = {r->port, r->card};
	for (int k = 0; k < 2; k++) {
		const struct estimate_limit *l =
			ceilings[k] == ESTIMATE_NONE ? NULL : &n->limits[ceilings[k]];
		if (l && l->fits >= 1)
			f->latency_ns[ESTIMATE_WIRE] +=
				waiting_queue(l->each_ns, l->demand * l->each_ns, f->spread);
	}
	f->rate *= estimate_share_port(n, r);
	bool chance = r->steering == STEER_RSS;
	for (uint32_t q = 0; q < r->n; q++) {
		if (r->stage[q] == ESTIMATE_NONE)
			continue;
		struct estimate_flow g = part_of(f, r->part[q], false, chance);
		merge(&n->stages[r->stage[q]].in, &g);
	}
}

/* The tester: packets wait until its burst is complete (if their stamp is that old) and follow each
 * other on its wire, which spaces what comes at random (departures of M/D/1: Marshall 1968). */
static void leave_tester(struct estimate_net *n, const struct estimate_source *s)
{
	double rate = fmin(s->rate, 1 / s->frame_ns), load = rate * s->frame_ns, b = s->burst;
	if (rate <= 0)
		return;
	double spread = s->arrivals == ARRIVALS_CBR ? 0 : 1;
	struct estimate_flow f = {.rate = rate, .burst = 1, .seen = 1, .train = b};
	f.spread = spread * (1 - load * load);
	f.gap_ns = b > 1 && load < 1 ? s->frame_ns : 0;
	f.latency_ns[ESTIMATE_WIRE] = s->frame_ns + s->delay_ns;
	if (s->stamp_create) {
		f.latency_ns[ESTIMATE_FILL] = (b - 1) / (2 * rate);
		f.latency_ns[ESTIMATE_WIRE] += (b - 1) / 2 * s->frame_ns +
					       waiting_queue(b * s->frame_ns, load, spread / b);
	}
	enter_port(n, s->rx, &f);
}

/* Onto a link in bursts: each packet follows those before it. At the far end the burst is a
 * train. */
static void leave_by_wire(struct estimate_net *n, const struct estimate_stage *s,
	const struct estimate_out *o, struct estimate_flow f)
{
	const struct estimate_limit *w = &n->limits[o->wire];
	double frame = s->wire_B * w->each_ns, load = w->demand * w->each_ns;
	double queue = w->fits < 1 ? o->room / (f.rate * w->fits)
				   : waiting_queue(f.burst * frame, load, f.spread / f.burst);
	f.latency_ns[ESTIMATE_WIRE] += o->dma_ns + w->delay_ns + queue + (f.seen + 1) / 2 * frame;
	f.rate *= w->fits;
	f.train = f.burst;
	f.gap_ns = f.burst > 1 && load < 1 ? frame : 0;
	f.burst = f.seen = 1;
	f.spread *= 1 - fmin(load * load, 1);
	if (o->far == ESTIMATE_NONE)
		merge(&n->ends[s->chain], &f);
	else
		enter_port(n, o->far, &f);
}

static void pass_stage(struct estimate_net *n, uint32_t i)
{
	struct estimate_stage *s = &n->stages[i];
	if (s->in.rate <= 0)
		return;
	struct estimate_flow f = estimate_stage_pass(n, i);
	s->done_ns = estimate_flow_latency(&f);
	if (s->before != ESTIMATE_NONE)
		n->cores[s->core].span_ns = s->done_ns - n->stages[s->before].done_ns;
	bool bursts = s->split == SPLIT_BURST;
	for (uint32_t k = 0; k < s->n_out; k++) {
		const struct estimate_out *o = &s->out[k];
		struct estimate_flow g =
			part_of(&f, 1.0 / s->n_out, bursts, s->split == SPLIT_FLOW);
		if (o->wire != ESTIMATE_NONE)
			leave_by_wire(n, s, o, g);
		else if (o->stage != ESTIMATE_NONE)
			merge(&n->stages[o->stage].in, &g);
		else
			merge(&n->ends[s->chain], &g);
	}
}

/* Stages see their core's other tasks as the last pass left them; at first as single packets. */
static void forget(struct estimate_net *n, bool first)
{
	for (uint32_t i = 0; i < n->n_stages; i++) {
		struct estimate_flow *f = &n->stages[i].in;
		f->streams = 0;
		if (first)
			*f = (struct estimate_flow){
				.rate = n->stages[i].demand, .burst = 1, .seen = 1, .train = 1};
	}
	for (uint32_t i = 0; i < n->n_sources; i++)
		n->ends[i] = (struct estimate_flow){0};
}

static void fill_chain(const struct estimate_net *n, uint32_t i, struct estimate_chain *c)
{
	const struct estimate_flow *f = &n->ends[i];
	double offered = fmin(n->sources[i].rate, 1 / n->sources[i].frame_ns);
	c->offered_pps = 1e9 * offered;
	c->delivered_pps = 1e9 * f->rate;
	c->loss_ratio = offered > 0 ? fmax(0, 1 - f->rate / offered) : 0;
	const double *ns = f->latency_ns;
	c->mean_latency_ns = f->rate > 0 ? estimate_flow_latency(f) : NAN;
	c->fill_ns = ns[ESTIMATE_FILL];
	c->queue_ns = ns[ESTIMATE_QUEUE];
	c->service_ns = ns[ESTIMATE_SERVICE];
	c->wire_ns = ns[ESTIMATE_WIRE];
	c->wake_ns = ns[ESTIMATE_WAKE];
}

static void fill_core(
	const struct estimate_net *n, const struct estimate_core_of *c, struct estimate_core *e)
{
	double rate = 0, inverse = 0;
	e->load = 0;
	for (uint32_t i = 0; i < c->n; i++) {
		const struct estimate_stage *s = &n->stages[c->stage[i]];
		rate += s->lossless;
		e->load += s->lossless / s->full_rate;
		inverse += 1 / s->full_rate;
	}
	e->capacity_pps = 1e9 * (e->load > 0 ? rate / e->load : c->n / inverse);
}

static void find_bottleneck(struct estimate *e)
{
	const struct estimate_net *n = e->net;
	e->bottleneck = NULL;
	e->load = 0;
	for (uint32_t i = 0; i < e->n_cores; i++)
		if (e->cores[i].load > e->load) {
			e->load = e->cores[i].load;
			e->bottleneck = e->cores[i].name;
		}
	for (uint32_t i = 0; i < n->n_limits; i++) {
		double load = n->limits[i].lossless * n->limits[i].each_ns;
		if (load > e->load) {
			e->load = load;
			e->bottleneck = i < n->n_wires ? "wire" : "nic";
		}
	}
}

/* Whether the mean latency can be trusted. */
static const char *doubt(const struct estimate *e)
{
	const struct estimate_net *n = e->net;
	for (uint32_t i = 0; i < e->n_cores; i++)
		if (e->cores[i].load > ESTIMATE_MOST_LOAD)
			return "a core is loaded above 90 %";
	for (uint32_t i = 0; i < n->n_limits; i++)
		if (n->limits[i].fits < 1)
			return "a link or port is overloaded";
	for (uint32_t i = 0; i < n->n_cores; i++)
		if (n->cores[i].moderated)
			return "moderation of interrupts is not estimated";
	for (uint32_t i = 0; i < n->n_sources; i++)
		if (n->sources[i].arrivals != ARRIVALS_CBR &&
			n->sources[i].arrivals != ARRIVALS_POISSON)
			return "bursty arrivals are estimated as random ones";
	for (uint32_t i = 0; i < n->n_sources; i++)
		if (n->sources[i].burst > 1)
			return "the tester sends in bursts, whose phases decide";
	return NULL;
}

static void solve(struct estimate *e)
{
	struct estimate_net *n = e->net;
	estimate_share(n);
	for (int k = 0; k < PASSES; k++) {
		forget(n, k == 0);
		for (uint32_t i = 0; i < n->n_sources; i++)
			leave_tester(n, &n->sources[i]);
		for (uint32_t i = 0; i < n->n_stages; i++)
			pass_stage(n, i);
	}
	for (uint32_t i = 0; i < e->n_chains; i++)
		fill_chain(n, i, &e->chains[i]);
	for (uint32_t i = 0; i < e->n_cores; i++)
		fill_core(n, &n->cores[i], &e->cores[i]);
	find_bottleneck(e);
	e->reason = doubt(e);
	e->valid = !e->reason;
}

void estimate_build(const struct build *b, struct estimate *e)
{
	struct arena *a = arena_new();
	*e = (struct estimate){.n_chains = b->n_chains, .n_cores = b->net->cores.n};
	e->net = estimate_net_new(b, a);
	e->chains = arena_alloc(a, (e->n_chains + 1) * sizeof *e->chains);
	e->cores = arena_alloc(a, (e->n_cores + 1) * sizeof *e->cores);
	for (uint32_t i = 0; i < e->n_chains; i++)
		e->chains[i].name = arena_strdup(a, b->chains[i].chain->name);
	for (uint32_t i = 0; i < e->n_cores; i++) {
		const struct core *c = b->net->cores.item[i];
		e->cores[i].name = arena_strdup(a, c->name);
	}
	solve(e);
}

void estimate_rates(struct estimate *e, const double *offered_pps)
{
	for (uint32_t i = 0; i < e->n_chains; i++)
		e->net->sources[i].rate = offered_pps[i] / 1e9;
	solve(e);
}

void estimate_scenario(const struct scenario *s, struct estimate *e)
{
	struct build *b = build_net(s, (uint64_t)s->run.seed, 0);
	estimate_build(b, e);
	net_free(b->net);
}

void estimate_free(struct estimate *e)
{
	if (e->net)
		arena_free(e->net->arena);
	*e = (struct estimate){0};
}
