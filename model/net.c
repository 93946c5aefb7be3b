/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/net.h"

#include "sim/philox.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct net *net_new(uint64_t seed, uint32_t replication)
{
	struct arena *a = arena_new();
	struct net *net = arena_alloc(a, sizeof *net);
	net->arena = a;
	net->seed = seed;
	net->replication = replication;
	return net;
}

void net_free(struct net *net)
{
	if (!net)
		return;
	for (uint32_t i = 0; i < net->rings.n; i++)
		ring_free(net->rings.item[i]);
	for (uint32_t i = 0; i < net->txqs.n; i++)
		ring_free(&((struct txq *)net->txqs.item[i])->ring);
	for (uint32_t i = 0; i < net->sources.n; i++)
		source_free(net->sources.item[i]);
	for (uint32_t i = 0; i < net->sinks.n; i++)
		hist_clear(&((struct sink *)net->sinks.item[i])->latency_ps);
	for (uint32_t i = 0; i < net->tasks.n; i++) {
		struct task *t = net->tasks.item[i];
		gsl_rng_free(t->rng);
		for (uint32_t k = 0; k < t->n_out; k++)
			free(t->out[k].buf);
	}
	for (uint32_t i = 0; i < net->cores.n; i++) {
		struct core *c = net->cores.item[i];
		free(c->before_fine);
		free(c->tasks);
	}
	struct parts *all[] = {&net->cores, &net->rings, &net->tasks, &net->wires, &net->txqs,
		&net->rxs, &net->sources, &net->feeders, &net->sinks, &net->cards};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		free(all[i]->item);
	schedule_free(&net->schedule);
	arena_free(net->arena);
}

static void *add(struct parts *p, void *part)
{
	p->item = xrealloc(p->item, p->n + 1, sizeof *p->item);
	p->item[p->n++] = part;
	return part;
}

static void *make(struct net *net, struct parts *p, size_t size)
{
	return add(p, arena_alloc(net->arena, size));
}

struct core *net_core(struct net *net, const char *name, double clock_hz)
{
	struct core *c = make(net, &net->cores, sizeof *c);
	c->name = arena_strdup(net->arena, name);
	c->net = net;
	c->number = net->cores.n - 1;
	c->clock_hz = clock_hz;
	c->last_irq_ps = INT64_MIN / 2;
	return c;
}

struct ring *net_ring(struct net *net, const char *name, uint32_t cap)
{
	struct ring *r = make(net, &net->rings, sizeof *r);
	ring_init(r, arena_strdup(net->arena, name), cap);
	return r;
}

struct wire *net_wire(struct net *net, double rate_bps, ps_t delay_ps)
{
	struct wire *w = make(net, &net->wires, sizeof *w);
	*w = wire_of(rate_bps, delay_ps);
	return w;
}

struct sink *net_sink(struct net *net)
{
	return make(net, &net->sinks, sizeof(struct sink));
}

struct nic_card *net_card(struct net *net, double max_pps)
{
	struct nic_card *c = make(net, &net->cards, sizeof *c);
	c->gap_ps = max_pps > 0 ? (ps_t)((double)PS_PER_S / max_pps) : 0;
	return c;
}

struct task *net_task(struct net *net, struct core *core, const char *name, struct ring *in,
	uint32_t burst, uint32_t n_out)
{
	struct task *t = make(net, &net->tasks, sizeof *t);
	t->name = arena_strdup(net->arena, name);
	t->core = core;
	t->in = in;
	t->burst = burst;
	t->n_out = n_out;
	t->out = arena_alloc(net->arena, n_out * sizeof *t->out);
	in->consumer = core;
	in->reader = t;
	core->tasks = xrealloc(core->tasks, core->n_tasks + 1, sizeof(struct task *));
	core->tasks[core->n_tasks++] = t;
	return t;
}

struct nic_rx *net_rx(struct net *net, const char *name, uint32_t n, uint32_t depth)
{
	struct nic_rx *rx = make(net, &net->rxs, sizeof *rx);
	rx->name = arena_strdup(net->arena, name);
	rx->n = n;
	rx->queue = arena_alloc(net->arena, n * sizeof *rx->queue);
	for (uint32_t q = 0; q < n; q++) {
		char *qname = n == 1 ? arena_printf(net->arena, "%s.rx", name)
				     : arena_printf(net->arena, "%s.rx%" PRIu32, name, q);
		ring_init(&rx->queue[q], qname, depth);
		add(&net->rings, &rx->queue[q]);
	}
	for (uint32_t i = 0; i < PNIC_RETA_SIZE; i++)
		rx->reta[i] = (uint16_t)(i % n);
	return rx;
}

struct txq *net_txq(struct net *net, const char *name, uint32_t depth, struct wire *wire)
{
	struct txq *q = make(net, &net->txqs, sizeof *q);
	ring_init(&q->ring, arena_printf(net->arena, "%s.tx", name), depth);
	q->wire = wire;
	return q;
}

struct source *net_source(struct net *net, const char *name, const struct source_spec *spec,
	struct nic_rx *rx, struct wire wire)
{
	struct source *s = make(net, &net->sources, sizeof *s);
	source_init(s, spec, arena_strdup(net->arena, name), net->seed, net->replication);
	s->rx = rx;
	s->wire = wire;
	return s;
}

/* The feeder of all sources whose ports share something with this one's port (or the port
 * itself). */
static struct feeder *feeder_of(struct net *net, struct nic_rx *rx)
{
	for (uint32_t i = 0; i < net->feeders.n; i++) {
		struct feeder *f = net->feeders.item[i];
		for (uint32_t p = 0; p < f->n_ports; p++)
			if (f->ports[p] == rx || (rx->card && f->ports[p]->card == rx->card) ||
				(rx->port && f->ports[p]->port == rx->port))
				return f;
	}
	struct feeder *f = make(net, &net->feeders, sizeof *f);
	f->sources = arena_alloc(net->arena, net->sources.n * sizeof(struct source *));
	f->ports = arena_alloc(net->arena, net->sources.n * sizeof(struct nic_rx *));
	return f;
}

static void attach_source(struct net *net, struct source *s)
{
	struct feeder *f = feeder_of(net, s->rx);
	f->sources[f->n++] = s;
	for (uint32_t p = 0; p < f->n_ports; p++)
		if (f->ports[p] == s->rx)
			return;
	f->ports[f->n_ports++] = s->rx;
	for (uint32_t q = 0; q < s->rx->n; q++) {
		struct ring *r = &s->rx->queue[q];
		r->feeder = f;
		r->refill = source_refill;
		r->horizon_ps = 0;
	}
}

/* Buffers for staging, a stream of its own, and a random phase for a free-running timer. */
static void start_task(struct net *net, struct task *t)
{
	t->rng = gsl_rng_alloc(philox_type);
	philox_stream(t->rng, net->seed, net->replication, t->name);
	t->adapted = t->txbuf.threshold;
	if (t->txbuf.timer_ps)
		t->deadline_ps = (ps_t)(gsl_rng_uniform(t->rng) * (double)t->txbuf.timer_ps);
	for (uint32_t i = 0; i < t->n_out; i++)
		t->out[i].buf = xcalloc(t->burst + t->txbuf.threshold + 1, sizeof(struct pkt));
}

/* Cores act in the order of their numbers within an instant: one with a lower number has acted
 * already when the packet is put there. The packet lands right after it, so that this is so for a
 * core too that is parked, or run after the sender. */
static void set_lag(struct port *p, const struct core *sender)
{
	const struct core *reader = p->ring ? p->ring->consumer : NULL;
	p->lag_ps = reader && reader->number < sender->number;
}

void net_start(struct net *net)
{
	for (uint32_t i = 0; i < net->sources.n; i++)
		attach_source(net, net->sources.item[i]);
	for (uint32_t i = 0; i < net->tasks.n; i++)
		start_task(net, net->tasks.item[i]);
	for (uint32_t i = 0; i < net->cores.n; i++)
		core_prepare(net->cores.item[i]);
	for (uint32_t i = 0; i < net->tasks.n; i++) {
		struct task *t = net->tasks.item[i];
		for (uint32_t k = 0; k < t->n_out; k++)
			set_lag(&t->out[k], t->core);
	}
	schedule_init(&net->schedule, net, net->together || net->observer);
}

void net_wake(struct core *c)
{
	if (!c || !c->events || c->state != CORE_PARKED)
		return;
	ps_t at = core_wake_time(c);
	if (at != events_of(c->events, c->slot))
		events_set(c->events, c->slot, at);
}

static void look_everywhere(struct net *net, ps_t now)
{
	for (uint32_t i = 0; i < net->txqs.n; i++)
		pnic_tx_look(net->txqs.item[i], now);
	for (uint32_t i = 0; i < net->rings.n; i++)
		ring_look(net->rings.item[i], now);
	net->now_ps = now;
}

void net_run(struct net *net, ps_t until_ps)
{
	schedule_run(&net->schedule, net->now_ps, until_ps);
	look_everywhere(net, until_ps);
}

static void fail(const struct net *net, const char *where, uint64_t in, uint64_t out)
{
	fprintf(stderr,
		"nfvsim: internal error: packets not conserved at %s: %" PRIu64 " in, %" PRIu64
		" accounted for (seed %" PRIu64 ", replication %" PRIu32 ", t = %" PRId64 " ps)\n",
		where, in, out, net->seed, net->replication, net->now_ps);
	abort();
}

static void check_ring(const struct net *net, const struct ring *r)
{
	uint64_t out = r->left + r->dropped + (r->coming - r->done);
	if (r->put != out)
		fail(net, r->name, r->put, out);
}

/* Frames on their way into the queues of a receive side fed by a source count as offered only when
 * they have landed. */
struct net_totals net_totals(const struct net *net)
{
	struct net_totals t = {0};
	for (uint32_t i = 0; i < net->feeders.n; i++) {
		const struct feeder *f = net->feeders.item[i];
		for (uint32_t p = 0; p < f->n_ports; p++)
			for (uint32_t q = 0; q < f->ports[p]->n; q++) {
				const struct ring *r = &f->ports[p]->queue[q];
				t.offered += r->put - (r->coming - r->tail);
				t.in_flight -= r->coming - r->tail;
			}
	}
	for (uint32_t i = 0; i < net->rxs.n; i++) {
		const struct nic_rx *rx = net->rxs.item[i];
		t.dropped += rx->overrun;
		if (rx->queue[0].feeder)
			t.offered += rx->overrun;
	}
	for (uint32_t i = 0; i < net->rings.n; i++) {
		const struct ring *r = net->rings.item[i];
		t.dropped += r->dropped;
		t.in_flight += r->coming - r->done;
	}
	for (uint32_t i = 0; i < net->txqs.n; i++) {
		const struct txq *q = net->txqs.item[i];
		t.dropped += q->ring.dropped;
		if (q->sink)
			t.in_flight += q->ring.coming - q->ring.done;
	}
	for (uint32_t i = 0; i < net->tasks.n; i++)
		t.in_flight += task_buffered(net->tasks.item[i]);
	for (uint32_t i = 0; i < net->sinks.n; i++)
		t.delivered += ((const struct sink *)net->sinks.item[i])->packets;
	return t;
}

void net_check(const struct net *net)
{
	for (uint32_t i = 0; i < net->rings.n; i++)
		check_ring(net, net->rings.item[i]);
	for (uint32_t i = 0; i < net->txqs.n; i++)
		check_ring(net, &((const struct txq *)net->txqs.item[i])->ring);
	struct net_totals t = net_totals(net);
	if (t.offered != t.delivered + t.dropped + t.in_flight)
		fail(net, "the whole net", t.offered, t.delivered + t.dropped + t.in_flight);
}
