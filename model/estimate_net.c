/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/estimate_net.h"

#include "model/summary.h"

#include <math.h>

#define FINE_PER_NS ((double)FINE_PER_PS * (double)PS_PER_NS)

static double ns_of_fine(fine_t f)
{
	return (double)f / FINE_PER_NS;
}

static double ns_of_ps(ps_t p)
{
	return (double)p / (double)PS_PER_NS;
}

static uint32_t find(const struct parts *p, const void *part)
{
	for (uint32_t i = 0; i < p->n; i++)
		if (p->item[i] == part)
			return i;
	return ESTIMATE_NONE;
}

static uint32_t stage_of(const struct build *b, const struct task *t)
{
	for (uint32_t i = 0; t && i < b->n_tasks; i++)
		if (b->tasks[i].task == t)
			return i;
	return ESTIMATE_NONE;
}

/* Mean and variance of what a packet of the mix costs. */
static void packet_cost(
	const struct law *l, const struct source_spec *mix, struct estimate_stage *s)
{
	double weight = 0, sum = 0, squares = 0;
	for (uint32_t i = 0; i < mix->n_sizes; i++) {
		double w = mix->weights[i];
		double ns = ns_of_fine(cost_packet(l, mix->sizes_B[i]));
		weight += w;
		sum += w * ns;
		squares += w * ns * ns;
	}
	s->packet_ns = sum / weight;
	s->packet_var = fmax(squares / weight - s->packet_ns * s->packet_ns, 0);
	if (l->spread == COST_EXPONENTIAL)
		s->packet_var += squares / weight;
}

static struct estimate_out out_of(const struct build *b, const struct port *p)
{
	struct estimate_out o = {ESTIMATE_NONE, ESTIMATE_NONE, ESTIMATE_NONE, 0, 0, 0};
	if (p->ops == &pnic_port) {
		o.wire = find(&b->net->wires, p->txq->wire);
		o.far = p->txq->far ? find(&b->net->rxs, p->txq->far) : ESTIMATE_NONE;
		o.dma_ns = ns_of_ps(p->txq->dma_ps);
		o.room = p->txq->ring.cap;
	} else if (p->ops != &sink_port) {
		o.stage = stage_of(b, p->ring->reader);
		o.stall_ns =
			p->ops == &ring_port_stall ? p->retries * ns_of_ps(p->retry_wait_ps) : 0;
	}
	return o;
}

static void make_stage(const struct build *b, uint32_t i, struct estimate_net *n)
{
	const struct task *t = b->tasks[i].task;
	struct estimate_stage *s = &n->stages[i];
	const struct source_spec *mix = &b->chains[b->tasks[i].chain].source->spec;
	*s = (struct estimate_stage){.fixed_ns = ns_of_fine(t->law.poll_fine + t->law.burst_fine),
		.empty_ns = ns_of_fine(t->law.poll_fine),
		.send_ns = ns_of_fine(t->send_fine),
		.most = t->burst,
		.room = t->in->cap,
		.core = t->core->number,
		.full_rate = summary_capacity_pps(b, &b->tasks[i]) / 1e9,
		.wire_B = source_mean_size(mix) + WIRE_OVERHEAD_B,
		.chain = b->tasks[i].chain,
		.before = ESTIMATE_NONE,
		.txbuf = t->txbuf,
		.split = t->split,
		.n_out = t->n_out};
	packet_cost(&t->law, mix, s);
	s->out = arena_alloc(n->arena, s->n_out * sizeof *s->out);
	for (uint32_t k = 0; k < s->n_out; k++)
		s->out[k] = out_of(b, &t->out[k]);
	for (uint32_t k = 0; k < i; k++)
		if (n->stages[k].core == s->core && n->stages[k].chain == s->chain)
			s->before = k;
}

/* Share of the packets that steering sends to each queue. */
static void make_parts(
	const struct nic_rx *rx, const struct source_spec *spec, struct estimate_rx *r)
{
	for (uint32_t q = 0; q < rx->n; q++)
		r->part[q] = rx->steering == STEER_DIRECT ? q == 0 : 1.0 / rx->n;
	if (rx->steering != STEER_RSS || rx->n == 1)
		return;
	double all = 0;
	for (uint32_t q = 0; q < rx->n; q++)
		r->part[q] = 0;
	for (uint32_t f = 0; f < spec->flows; f++) {
		uint32_t hash = rx->flow_hash ? rx->flow_hash[f % rx->n_flows] : f;
		double popularity = spec->zipf > 0 ? pow(f + 1.0, -spec->zipf) : 1;
		r->part[rx->reta[hash % PNIC_RETA_SIZE]] += popularity;
		all += popularity;
	}
	for (uint32_t q = 0; q < rx->n; q++)
		r->part[q] /= all;
}

static uint32_t ceiling_of(
	const struct build *b, const struct estimate_net *n, const struct nic_card *c)
{
	return c ? n->n_wires + find(&b->net->cards, c) : ESTIMATE_NONE;
}

static void make_limits(const struct net *net, struct estimate_net *n)
{
	n->limits = arena_alloc(n->arena, (n->n_limits + 1) * sizeof *n->limits);
	for (uint32_t i = 0; i < n->n_wires; i++) {
		const struct wire *w = net->wires.item[i];
		n->limits[i] = (struct estimate_limit){
			.each_ns = ns_of_fine(w->byte_fine), .delay_ns = ns_of_ps(w->delay_ps)};
	}
	for (uint32_t i = 0; i < net->cards.n; i++) {
		const struct nic_card *c = net->cards.item[i];
		n->limits[n->n_wires + i].each_ns = ns_of_ps(c->gap_ps);
	}
}

static void make_rx(const struct build *b, uint32_t i, struct estimate_net *n)
{
	const struct nic_rx *rx = b->net->rxs.item[i];
	struct estimate_rx *r = &n->rxs[i];
	*r = (struct estimate_rx){.port = ceiling_of(b, n, rx->port),
		.card = ceiling_of(b, n, rx->card),
		.dma_ns = ns_of_ps(rx->dma_ps),
		.n = rx->n,
		.steering = rx->steering};
	r->stage = arena_alloc(n->arena, rx->n * sizeof *r->stage);
	r->part = arena_alloc(n->arena, rx->n * sizeof *r->part);
	for (uint32_t q = 0; q < rx->n; q++)
		r->stage[q] = stage_of(b, rx->queue[q].reader);
	uint32_t chain = r->stage[0] == ESTIMATE_NONE ? 0 : b->tasks[r->stage[0]].chain;
	make_parts(rx, &b->chains[chain].source->spec, r);
}

static void make_source(const struct build *b, uint32_t i, struct estimate_net *n)
{
	const struct source *from = b->chains[i].source;
	const struct source_spec *spec = &from->spec;
	double bytes = source_mean_size(spec) + WIRE_OVERHEAD_B;
	n->sources[i] = (struct estimate_source){.rate = spec->rate_pps / 1e9,
		.arrivals = spec->arrivals,
		.burst = spec->tester_burst,
		.stamp_create = spec->stamp == STAMP_CREATE,
		.frame_ns = bytes * ns_of_fine(from->wire.byte_fine),
		.delay_ns = ns_of_ps(from->wire.delay_ps),
		.rx = find(&b->net->rxs, from->rx),
		.chain = i};
}

static void make_core(const struct core *c, uint32_t number, struct estimate_net *n)
{
	struct estimate_core_of *o = &n->cores[number];
	*o = (struct estimate_core_of){.interrupt = c->interrupt,
		.moderated = c->moderation_ps > 0,
		.linger_ns = ns_of_ps(c->linger_ps),
		.delay_ns = ns_of_ps(c->wake_delay_ps) + ns_of_fine(c->wake_fine)};
	o->stage = arena_alloc(n->arena, (c->n_tasks + 1) * sizeof *o->stage);
	for (uint32_t i = 0; i < n->n_stages; i++)
		if (n->stages[i].core == number)
			o->stage[o->n++] = i;
}

struct estimate_net *estimate_net_new(const struct build *b, struct arena *a)
{
	const struct net *net = b->net;
	struct estimate_net *n = arena_alloc(a, sizeof *n);
	*n = (struct estimate_net){.arena = a,
		.n_stages = b->n_tasks,
		.n_rxs = net->rxs.n,
		.n_wires = net->wires.n,
		.n_limits = net->wires.n + net->cards.n,
		.n_sources = b->n_chains,
		.n_cores = net->cores.n};
	n->stages = arena_alloc(a, (n->n_stages + 1) * sizeof *n->stages);
	n->rxs = arena_alloc(a, (n->n_rxs + 1) * sizeof *n->rxs);
	n->sources = arena_alloc(a, n->n_sources * sizeof *n->sources);
	n->cores = arena_alloc(a, (n->n_cores + 1) * sizeof *n->cores);
	n->ends = arena_alloc(a, n->n_sources * sizeof *n->ends);
	for (uint32_t i = 0; i < n->n_stages; i++)
		make_stage(b, i, n);
	for (uint32_t i = 0; i < n->n_rxs; i++)
		make_rx(b, i, n);
	make_limits(net, n);
	for (uint32_t i = 0; i < n->n_sources; i++)
		make_source(b, i, n);
	for (uint32_t i = 0; i < n->n_cores; i++)
		make_core(net->cores.item[i], i, n);
	return n;
}
