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

static void step_cbr(struct source *s)
{
	if (s->gap_ps >= LONG_GAP_PS) {
		s->created_ps += (ps_t)s->gap_ps;
		return;
	}
	s->frac_fine += s->gap_fine;
	s->created_ps += s->frac_fine >> FINE_BITS;
	s->frac_fine &= FINE_MASK;
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

static void draw_kind(struct source *s, struct pkt *p)
{
	const struct source_spec *sp = &s->spec;
	p->size_B = sp->sizes_B[s->size_table ? gsl_ran_discrete(s->rng_size, s->size_table) : 0];
	if (s->flow_table)
		p->flow = (uint32_t)gsl_ran_discrete(s->rng_flow, s->flow_table);
	else if (sp->flows > 1)
		p->flow = (uint32_t)(gsl_rng_uniform(s->rng_flow) * sp->flows);
}

/* Creates up to SOURCE_BLOCK packets: instants in land_ps. */
static void create(struct source *s, struct pkt *p, uint32_t n)
{
	double gap[SOURCE_BLOCK];
	enum arrivals arrivals = s->spec.arrivals;
	if (arrivals == ARRIVALS_POISSON)
		philox_fill(s->rng, gap, n);
	for (uint32_t i = 0; i < n; i++, p++) {
		p->flow = 0;
		if (arrivals == ARRIVALS_POISSON)
			s->created_ps += (ps_t)(-philox_log(gap[i]) * s->gap_ps + 0.5);
		else if (arrivals == ARRIVALS_CBR)
			step_cbr(s);
		else if (arrivals == ARRIVALS_ONOFF)
			step_onoff(s);
		if (arrivals == ARRIVALS_PCAP)
			step_record(s, p);
		else
			draw_kind(s, p);
		p->land_ps = s->created_ps;
	}
}

/* Sends a tester burst: it leaves when its last packet is created. */
static void transmit(struct source *s, struct pkt *p, uint32_t n)
{
	ps_t release = p[n - 1].land_ps;
	struct wire *w = &s->wire;
	for (uint32_t i = 0; i < n; i++) {
		ps_t created = p[i].land_ps;
		ps_t start = release > w->free_ps ? release : w->free_ps;
		p[i].stamp_ps = s->spec.stamp == STAMP_CREATE ? created : start;
		w->free_ps = start + wire_time(w, p[i].size_B);
		p[i].land_ps = w->free_ps + w->delay_ps;
	}
}

void source_draw(struct source *s)
{
	uint32_t burst = s->spec.tester_burst;
	uint32_t n = burst >= SOURCE_BLOCK ? burst : SOURCE_BLOCK / burst * burst;
	s->next_ready = 0;
	s->n_ready = s->exhausted ? 0 : n;
	if (!s->n_ready)
		return;
	for (uint32_t i = 0; i < n; i += SOURCE_BLOCK)
		create(s, s->ready + i, n - i < SOURCE_BLOCK ? n - i : SOURCE_BLOCK);
	for (uint32_t i = 0; i < n; i += burst)
		transmit(s, s->ready + i, burst);
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
		if (!first || s->ready[s->next_ready].land_ps <
				      first->ready[first->next_ready].land_ps)
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

void source_refill(void *feeder, ps_t now)
{
	struct feeder *f = feeder;
	set_horizon(f, PS_NEVER);
	for (uint32_t i = 0; i < f->n_ports; i++)
		for (uint32_t q = 0; q < f->ports[i]->n; q++)
			ring_look(&f->ports[i]->queue[q], now);
	struct source *s;
	ps_t last = 0;
	for (uint32_t n = 0; (n < SOURCE_BLOCK || last <= now) && (s = first_source(f)); n++) {
		const struct pkt *p = &s->ready[s->next_ready++];
		last = p->land_ps;
		pnic_receive(s->rx, p, last);
	}
	set_horizon(f, last > now ? last : PS_NEVER);
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
