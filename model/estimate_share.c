/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/estimate_share.h"

#include <math.h>

#define PASSES 50
#define SETTLED 1e-7

double estimate_share_served(const struct estimate_stage *s)
{
	return fmin(s->demand, s->share);
}

double estimate_share_port(const struct estimate_net *n, const struct estimate_rx *r)
{
	double fits = r->port != ESTIMATE_NONE ? n->limits[r->port].fits : 1;
	return r->card != ESTIMATE_NONE ? fmin(fits, n->limits[r->card].fits) : fits;
}

static void enter_port(struct estimate_net *n, uint32_t rx, double rate)
{
	struct estimate_rx *r = &n->rxs[rx];
	if (r->port != ESTIMATE_NONE)
		n->limits[r->port].demand += rate;
	if (r->card != ESTIMATE_NONE)
		n->limits[r->card].demand += rate;
	for (uint32_t q = 0; q < r->n; q++)
		if (r->stage[q] != ESTIMATE_NONE)
			n->stages[r->stage[q]].demand +=
				rate * r->part[q] * estimate_share_port(n, r);
}

static void pass_on(struct estimate_net *n, const struct estimate_stage *s)
{
	double rate = estimate_share_served(s) / s->n_out;
	for (uint32_t k = 0; k < s->n_out; k++) {
		const struct estimate_out *o = &s->out[k];
		if (o->wire != ESTIMATE_NONE)
			n->limits[o->wire].demand += rate * s->wire_B;
		if (o->far != ESTIMATE_NONE)
			enter_port(n, o->far, rate * n->limits[o->wire].fits);
		else if (o->stage != ESTIMATE_NONE)
			n->stages[o->stage].demand += rate;
	}
}

/* From the sources to the ends, with the limits and shares that the last pass showed. Returns the
 * largest relative change. */
static double pass(struct estimate_net *n)
{
	double change = 0;
	for (uint32_t i = 0; i < n->n_limits; i++)
		n->limits[i].demand = 0;
	for (uint32_t i = 0; i < n->n_stages; i++) {
		n->stages[i].was = n->stages[i].demand;
		n->stages[i].demand = 0;
	}
	for (uint32_t i = 0; i < n->n_sources; i++)
		enter_port(
			n, n->sources[i].rx, fmin(n->sources[i].rate, 1 / n->sources[i].frame_ns));
	for (uint32_t i = 0; i < n->n_stages; i++) {
		const struct estimate_stage *s = &n->stages[i];
		pass_on(n, s);
		change = fmax(change, fabs(s->demand - s->was) / fmax(s->demand, 1e-30));
	}
	for (uint32_t i = 0; i < n->n_limits; i++) {
		struct estimate_limit *l = &n->limits[i];
		double fits = fmin(1, 1 / (l->demand * l->each_ns));
		change = fmax(change, fabs(fits - l->fits));
		l->fits = fits;
	}
	return change;
}

/* What a core's full tasks (each takes a whole burst a round) and the others (each takes what
 * arrives in a round) leave as the length of a round. */
static double round_of(const struct estimate_net *n, const struct estimate_core_of *c)
{
	double fixed = 0, load = 0;
	for (uint32_t i = 0; i < c->n; i++) {
		const struct estimate_stage *s = &n->stages[c->stage[i]];
		double whole = s->most / s->full_rate;
		if (s->demand <= 0)
			continue;
		fixed += s->full ? whole : whole - s->most * s->packet_ns;
		load += s->full ? 0 : s->demand * s->packet_ns;
	}
	return load < 1 ? fixed / (1 - load) : INFINITY;
}

/* The task that most exceeds its burst in such a round; NULL: none does. */
static struct estimate_stage *most_crowded(
	struct estimate_net *n, const struct estimate_core_of *c, double round_ns)
{
	struct estimate_stage *worst = NULL;
	double most = isfinite(round_ns) ? (1 + 1e-9) / round_ns : 0;
	for (uint32_t i = 0; i < c->n; i++) {
		struct estimate_stage *s = &n->stages[c->stage[i]];
		if (s->full || s->demand / s->most <= most)
			continue;
		most = s->demand / s->most;
		worst = s;
	}
	return worst;
}

static void share_core(struct estimate_net *n, struct estimate_core_of *c)
{
	struct estimate_stage *s;
	double round_ns;
	c->round_ns = 0;
	for (uint32_t i = 0; i < c->n; i++)
		n->stages[c->stage[i]].full = false;
	while ((s = most_crowded(n, c, round_ns = round_of(n, c))))
		s->full = true;
	for (uint32_t i = 0; i < c->n; i++) {
		s = &n->stages[c->stage[i]];
		s->share = s->full ? s->most / round_ns : INFINITY;
		c->round_ns = s->full ? round_ns : c->round_ns;
	}
}

/* A stage that stalls for room downstream lets its own ring overflow instead, if it stalls for
 * longer than the slower stage needs to make room for a burst. */
static void push_back(struct estimate_net *n)
{
	for (uint32_t i = n->n_stages; i-- > 0;) {
		struct estimate_stage *s = &n->stages[i];
		const struct estimate_out *o = s->out;
		if (s->n_out != 1 || o->stage == ESTIMATE_NONE || !n->stages[o->stage].full)
			continue;
		s->full |= o->stall_ns * estimate_share_served(&n->stages[o->stage]) > s->most;
	}
}

void estimate_share(struct estimate_net *n)
{
	for (uint32_t i = 0; i < n->n_limits; i++)
		n->limits[i].fits = 1;
	for (uint32_t i = 0; i < n->n_stages; i++) {
		n->stages[i].share = INFINITY;
		n->stages[i].demand = 0;
	}
	pass(n);
	for (uint32_t i = 0; i < n->n_limits; i++) {
		n->limits[i].lossless = n->limits[i].demand;
		n->limits[i].fits = 1;
	}
	for (uint32_t i = 0; i < n->n_stages; i++)
		n->stages[i].lossless = n->stages[i].demand;
	for (int k = 0; k < PASSES && (pass(n) > SETTLED || !k); k++)
		for (uint32_t i = 0; i < n->n_cores; i++)
			share_core(n, &n->cores[i]);
	push_back(n);
}
