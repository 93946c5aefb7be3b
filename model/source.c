/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/source.h"

#include "base/arena.h"
#include "sim/philox.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Gaps beyond this are kept in whole picoseconds: they would leave the range of fine_t. */
#define LONG_GAP_PS 4e12

static gsl_rng *stream(const char *name, const char *what, uint64_t seed, uint32_t replication)
{
	char full[256];
	snprintf(full, sizeof full, "%s/%s", name, what);
	gsl_rng *r = gsl_rng_alloc(philox_type);
	philox_stream(r, seed, replication, full);
	return r;
}

/* Popularity of flow k (from 1): k^-exponent. */
static gsl_ran_discrete_t *zipf_table(uint32_t flows, double exponent)
{
	double *weight = xcalloc(flows, sizeof *weight);
	for (uint32_t k = 0; k < flows; k++)
		weight[k] = pow(k + 1.0, -exponent);
	gsl_ran_discrete_t *t = gsl_ran_discrete_preproc(flows, weight);
	free(weight);
	return t;
}

void source_init(struct source *s, const struct source_spec *spec, const char *name, uint64_t seed,
	uint32_t replication)
{
	s->name = name;
	s->spec = *spec;
	s->rng = stream(name, "arrivals", seed, replication);
	s->rng_size = stream(name, "sizes", seed, replication);
	s->rng_flow = stream(name, "flows", seed, replication);
	if (spec->n_sizes > 1)
		s->size_table = gsl_ran_discrete_preproc(spec->n_sizes, spec->weights);
	if (spec->flows > 1 && spec->zipf > 0)
		s->flow_table = zipf_table(spec->flows, spec->zipf);
	s->exhausted = spec->arrivals != ARRIVALS_PCAP && spec->rate_pps <= 0;
	s->gap_ps = s->exhausted ? 0 : (double)PS_PER_S / spec->rate_pps;
	if (spec->arrivals == ARRIVALS_ONOFF)
		s->gap_ps *= spec->on_ps / (spec->on_ps + spec->off_ps);
	s->gap_fine = (fine_t)ceil(fmin(s->gap_ps, LONG_GAP_PS) * (double)FINE_PER_PS);
	s->created_ps = spec->phase_ps;
	if (spec->arrivals == ARRIVALS_CBR)
		s->created_ps -= (ps_t)floor(s->gap_ps);
	s->ready = xcalloc(SOURCE_BLOCK + spec->tester_burst, sizeof *s->ready);
}

void source_free(struct source *s)
{
	gsl_rng_free(s->rng);
	gsl_rng_free(s->rng_size);
	gsl_rng_free(s->rng_flow);
	if (s->size_table)
		gsl_ran_discrete_free(s->size_table);
	if (s->flow_table)
		gsl_ran_discrete_free(s->flow_table);
	free(s->ready);
}

static void create_cbr(struct source *s, struct pkt *p, uint32_t n)
{
	bool long_gap = s->gap_ps >= LONG_GAP_PS;
	const fine_t gap_fine = long_gap ? 0 : s->gap_fine;
	const ps_t gap_ps = long_gap ? (ps_t)s->gap_ps : 0;
	ps_t at_ps = s->created_ps;
	fine_t frac_fine = s->frac_fine;
	for (uint32_t i = 0; i < n; i++) {
		frac_fine += gap_fine;
		at_ps += gap_ps + (frac_fine >> FINE_BITS);
		frac_fine &= FINE_MASK;
		p[i].land_ps = at_ps;
	}
	s->created_ps = at_ps;
	s->frac_fine = frac_fine;
}

static void create_poisson(struct source *s, struct pkt *p, uint32_t n)
{
	double u[SOURCE_BLOCK];
	const double gap_ps = s->gap_ps;
	ps_t at_ps = s->created_ps;
	philox_fill(s->rng, u, n);
	for (uint32_t i = 0; i < n; i++)
		u[i] = -philox_log(u[i]) * gap_ps + 0.5;
	for (uint32_t i = 0; i < n; i++)
		p[i].land_ps = at_ps += (ps_t)u[i];
	s->created_ps = at_ps;
}

static double exponential(struct source *s, double mean)
{
	return -philox_log(1.0 - gsl_rng_uniform(s->rng)) * mean;
}

/* Poisson arrivals during exponential on-periods; what an off-period interrupts starts anew. */
static void step_onoff(struct source *s)
{
	for (;;) {
		double gap = exponential(s, s->gap_ps);
		if ((double)s->created_ps + gap < (double)s->phase_end_ps) {
			s->created_ps += (ps_t)gap;
			return;
		}
		s->created_ps = s->phase_end_ps + (ps_t)exponential(s, s->spec.off_ps);
		s->phase_end_ps = s->created_ps + (ps_t)exponential(s, s->spec.on_ps) + 1;
	}
}

static void step_record(struct source *s, struct pkt *p)
{
	const struct source_record *r = &s->spec.records[s->next_record];
	s->created_ps = s->replay_base_ps + r->at_ps;
	p->size_B = r->size_B;
	p->flow = r->flow;
	if (++s->next_record == s->spec.n_records) {
		uint64_t n = s->spec.n_records;
		ps_t gap = n > 1 ? r->at_ps / (ps_t)(n - 1) : PS_PER_MS;
		s->replay_base_ps = s->created_ps + (gap > 0 ? gap : 1);
		s->next_record = 0;
	}
}

/* Instants of creation of the next n packets, at most SOURCE_BLOCK, in land_ps. */
static void create(struct source *s, struct pkt *p, uint32_t n)
{
	switch (s->spec.arrivals) {
	case ARRIVALS_POISSON:
		create_poisson(s, p, n);
		break;
	case ARRIVALS_CBR:
		create_cbr(s, p, n);
		break;
	case ARRIVALS_ONOFF:
		for (uint32_t i = 0; i < n; i++) {
			step_onoff(s);
			p[i].land_ps = s->created_ps;
		}
		break;
	case ARRIVALS_PCAP:
		for (uint32_t i = 0; i < n; i++) {
			step_record(s, &p[i]);
			p[i].land_ps = s->created_ps;
		}
		break;
	}
}

/* Sizes and flows, unless a capture says them. */
static void draw_kinds(struct source *s, struct pkt *p, uint32_t n)
{
	const struct source_spec *sp = &s->spec;
	for (uint32_t i = 0; i < n; i++) {
		p[i].size_B = sp->sizes_B[0];
		p[i].flow = 0;
	}
	for (uint32_t i = 0; s->size_table && i < n; i++)
		p[i].size_B = sp->sizes_B[gsl_ran_discrete(s->rng_size, s->size_table)];
	for (uint32_t i = 0; sp->flows > 1 && i < n; i++)
		p[i].flow = s->flow_table ? (uint32_t)gsl_ran_discrete(s->rng_flow, s->flow_table)
					  : (uint32_t)(gsl_rng_uniform(s->rng_flow) * sp->flows);
}

/* A tester burst leaves when its last packet is created. */
static void hold_bursts(struct pkt *p, uint32_t n, uint32_t burst)
{
	for (uint32_t i = 0, end = burst; i < n; i++) {
		if (i == end)
			end += burst;
		p[i].land_ps = p[end - 1].land_ps;
	}
}

/* One after the other onto the wire; until then land_ps says when they may. */
static inline __attribute__((always_inline)) void pass_wire(
	struct wire *to, struct pkt *p, uint32_t n, enum stamp stamp)
{
	struct wire wire = *to;
	for (uint32_t i = 0; i < n; i++) {
		ps_t start = p[i].land_ps > wire.free_ps ? p[i].land_ps : wire.free_ps;
		wire.free_ps = start + wire_time(&wire, p[i].size_B);
		p[i].land_ps = wire.free_ps + wire.delay_ps;
		if (stamp != STAMP_CREATE)
			p[i].stamp_ps = stamp == STAMP_ARRIVE ? p[i].land_ps : start;
	}
	to->free_ps = wire.free_ps;
}

static void transmit(struct source *s, struct pkt *p, uint32_t n)
{
	const enum stamp stamp = s->spec.stamp;
	for (uint32_t i = 0; stamp == STAMP_CREATE && i < n; i++)
		p[i].stamp_ps = p[i].land_ps;
	if (s->spec.tester_burst > 1)
		hold_bursts(p, n, s->spec.tester_burst);
	if (stamp == STAMP_CREATE)
		pass_wire(&s->wire, p, n, STAMP_CREATE);
	else if (stamp == STAMP_ARRIVE)
		pass_wire(&s->wire, p, n, STAMP_ARRIVE);
	else
		pass_wire(&s->wire, p, n, STAMP_SEND);
}

/* Whole tester bursts, about SOURCE_BLOCK packets. */
static uint32_t block_size(const struct source *s)
{
	uint32_t burst = s->spec.tester_burst;
	if (s->exhausted)
		return 0;
	return burst >= SOURCE_BLOCK ? burst : SOURCE_BLOCK / burst * burst;
}

static void draw_block(struct source *s, struct pkt *p, uint32_t n)
{
	for (uint32_t i = 0, some; i < n; i += some) {
		some = n - i < SOURCE_BLOCK ? n - i : SOURCE_BLOCK;
		create(s, p + i, some);
		if (s->spec.arrivals != ARRIVALS_PCAP)
			draw_kinds(s, p + i, some);
	}
	transmit(s, p, n);
}

void source_draw(struct source *s)
{
	s->next_ready = 0;
	s->n_ready = block_size(s);
	draw_block(s, s->ready, s->n_ready);
}

/* The source whose next frame comes first; NULL: all are exhausted. */
static struct source *first_source(struct feeder *f)
{
	struct source *first = NULL;
	for (uint32_t i = 0; i < f->n; i++) {
		struct source *s = f->sources[i];
		if (s->next_ready == s->n_ready)
			source_draw(s);
		if (s->next_ready == s->n_ready)
			continue;
		if (!first ||
			s->ready[s->next_ready].land_ps < first->ready[first->next_ready].land_ps)
			first = s;
	}
	return first;
}

static void set_horizon(struct feeder *f, ps_t horizon)
{
	for (uint32_t i = 0; i < f->n_ports; i++)
		for (uint32_t q = 0; q < f->ports[i]->n; q++)
			f->ports[i]->queue[q].horizon_ps = horizon;
}

/* All of one source's frames go to one queue and nothing holds them up. */
static bool simple(const struct feeder *f)
{
	const struct nic_rx *rx = f->ports[0];
	return f->n == 1 && rx->n == 1 && !rx->port && !rx->card;
}

/* Draws a block of frames where it will lie in the ring; returns the arrival of the last one, or
 * never. */
static ps_t hand_out_block(struct source *s)
{
	struct ring *r = s->rx->queue;
	ps_t dma = s->rx->dma_ps;
	uint32_t n = block_size(s);
	if (!n)
		return PS_NEVER;
	ring_reserve(r, n);
	bool wraps = (r->coming & r->mask) + n > r->mask + 1;
	struct pkt *block = wraps ? s->ready : ring_at(r, r->coming);
	draw_block(s, block, n);
	ps_t last = block[n - 1].land_ps;
	for (uint32_t i = 0; dma && i < n; i++)
		block[i].land_ps += dma;
	for (uint32_t i = 0; wraps && i < n; i++)
		*ring_at(r, r->coming + i) = block[i];
	r->coming += n;
	r->put += n;
	return last;
}

/* The same for the next frame of whichever source is first. */
static ps_t hand_out_first(struct feeder *f)
{
	struct source *s = first_source(f);
	if (!s)
		return PS_NEVER;
	const struct pkt *p = &s->ready[s->next_ready++];
	pnic_receive(s->rx, p, p->land_ps);
	return p->land_ps;
}

void source_refill(void *feeder, ps_t now)
{
	struct feeder *f = feeder;
	set_horizon(f, PS_NEVER);
	ps_t last = now;
	if (simple(f))
		while (last <= now)
			last = hand_out_block(f->sources[0]);
	else
		for (uint32_t n = 0; last <= now || (n < SOURCE_BLOCK && last < PS_NEVER); n++)
			last = hand_out_first(f);
	set_horizon(f, last);
}

double source_mean_size(const struct source_spec *spec)
{
	double sum = 0, weight = 0;
	for (uint32_t i = 0; i < spec->n_sizes; i++) {
		sum += spec->weights[i] * spec->sizes_B[i];
		weight += spec->weights[i];
	}
	return sum / weight;
}
