/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * everypoll - the reference: the same net, with every single poll carried out
 *
 * Built from a net that is started but has not run. Rings are plain lists, a packet is accepted or
 * dropped the moment it lands, no core ever parks, the clock is looked at whenever the loop that
 * is modelled would look. It knows records replayed over a wire that takes no time, tasks and all
 * their options, and ports that drop, stall, reserve, trace or transmit. A core whose polls cost
 * nothing would poll for ever.
 */
#ifndef NFVSIM_TESTS_UNIT_EVERYPOLL_H
#define NFVSIM_TESTS_UNIT_EVERYPOLL_H

#include "tests/unit/nets.h"

#include <string.h>

struct every_list {
	struct pkt *p;
	size_t head, tail, room;
};

struct every_ring {
	uint32_t cap;
	struct every_core *reader;
	struct every_list coming, waiting;
	uint64_t dropped;
};

struct every_port {
	struct every_ring *ring;   /* NULL: out of the net */
	struct trace *trace;       /* of the sink, at the end of a wire too */
	struct every_list leaving; /* transmit queue: land_ps is when it has left */
	ps_t wire_free_ps;
	uint64_t overflow;
	struct every_list buffer;
	uint32_t due, tried, reserved;
	uint64_t sends;
};

struct every_task {
	const struct task *of;
	struct every_ring *in;
	struct every_list hand;
	struct every_port *out;
	gsl_rng *rng;
	bool polled_after_flush;
	ps_t deadline_ps, took_ps;
	uint32_t polls, last_burst, taken, turn_out;
	uint64_t packets, bursts, flushes;
	uint32_t unfreed;
	ps_t hand_wait_ps; /* of the packets in hand; counts when they are handed on */
	ps_t wait_ps, service_ps, busy_ps;
};

struct every_core {
	const struct core *of;
	ps_t now_ps;
	fine_t frac_fine;
	uint32_t turn, idle_turn, wake_turn, empty_polls;
	ps_t idle_ps;     /* whole rounds have been empty since */
	fine_t idle_fine; /* how long; from there, with the remainder of that instant */
	bool asleep;
	ps_t last_irq_ps;
	struct every_task *job, **tasks;
	ps_t stalled_ps;
	uint64_t wakes;
};

struct everypoll {
	const struct net *net;
	struct every_ring *rings;
	struct every_task *tasks;
	struct every_core *cores;
	struct trace *traces;
	uint64_t polls;
};

static inline void every_push(struct every_list *l, struct pkt p)
{
	if (l->tail == l->room) {
		l->room = l->room ? 2 * l->room : 16;
		l->p = xrealloc(l->p, l->room, sizeof *l->p);
	}
	l->p[l->tail++] = p;
}

static inline uint32_t every_length(const struct every_list *l)
{
	return (uint32_t)(l->tail - l->head);
}

static inline void every_land(struct every_ring *r, struct pkt p)
{
	if (every_length(&r->waiting) < r->cap)
		every_push(&r->waiting, p);
	else
		r->dropped++;
}

static inline void every_land_all(struct everypoll *e, ps_t now)
{
	for (uint32_t i = 0; i < e->net->rings.n; i++) {
		struct every_list *l = &e->rings[i].coming;
		while (l->head < l->tail && l->p[l->head].land_ps <= now)
			every_land(&e->rings[i], l->p[l->head++]);
	}
}

static inline struct every_ring *every_ring_of(const struct everypoll *e, const struct ring *r)
{
	for (uint32_t i = 0; i < e->net->rings.n; i++)
		if (e->net->rings.item[i] == r)
			return &e->rings[i];
	return NULL;
}

static inline struct trace *every_trace_of(const struct everypoll *e, const struct sink *s)
{
	for (uint32_t i = 0; i < e->net->sinks.n; i++)
		if (e->net->sinks.item[i] == s)
			return &e->traces[i];
	return NULL;
}

/* Record by record, as the queues of the port take turns or follow the flow number. */
static inline void every_arrivals(struct everypoll *e, const struct source *s)
{
	for (uint64_t i = 0; i < s->spec.n_records; i++) {
		const struct source_record *r = &s->spec.records[i];
		uint32_t q = s->rx->steering == STEER_ROUND_ROBIN ? (uint32_t)(i % s->rx->n)
								  : r->flow % 128 % s->rx->n;
		every_push(&every_ring_of(e, &s->rx->queue[q])->coming,
			(struct pkt){r->at_ps, r->at_ps, r->size_B, r->flow});
	}
}

static inline void every_start_task(
	struct everypoll *e, struct every_task *t, const struct task *of)
{
	*t = (struct every_task){.of = of,
		.in = every_ring_of(e, of->in),
		.out = xcalloc(of->n_out, sizeof *t->out),
		.rng = gsl_rng_clone(of->rng),
		.deadline_ps = of->deadline_ps};
	for (uint32_t i = 0; i < of->n_out; i++) {
		t->out[i].ring = every_ring_of(e, of->out[i].ring);
		t->out[i].trace =
			every_trace_of(e, of->out[i].txq ? of->out[i].txq->sink : of->out[i].sink);
	}
}

static inline struct everypoll *every_new(const struct net *net)
{
	struct everypoll *e = xcalloc(1, sizeof *e);
	e->net = net;
	e->rings = xcalloc(net->rings.n, sizeof *e->rings);
	e->tasks = xcalloc(net->tasks.n, sizeof *e->tasks);
	e->cores = xcalloc(net->cores.n, sizeof *e->cores);
	e->traces = xcalloc(net->sinks.n, sizeof *e->traces);
	for (uint32_t i = 0; i < net->rings.n; i++)
		e->rings[i].cap = ((struct ring *)net->rings.item[i])->cap;
	for (uint32_t i = 0; i < net->sources.n; i++)
		every_arrivals(e, net->sources.item[i]);
	for (uint32_t i = 0; i < net->tasks.n; i++)
		every_start_task(e, &e->tasks[i], net->tasks.item[i]);
	for (uint32_t i = 0; i < net->cores.n; i++) {
		const struct core *c = net->cores.item[i];
		e->cores[i].of = c;
		e->cores[i].last_irq_ps = INT64_MIN / 2;
		e->cores[i].tasks = xcalloc(c->n_tasks, sizeof *e->cores[i].tasks);
		for (uint32_t k = 0; k < c->n_tasks; k++)
			for (uint32_t t = 0; t < net->tasks.n; t++)
				if (c->tasks[k] == net->tasks.item[t]) {
					e->cores[i].tasks[k] = &e->tasks[t];
					e->tasks[t].in->reader = &e->cores[i];
				}
	}
	return e;
}

static inline void every_free(struct everypoll *e)
{
	for (uint32_t i = 0; i < e->net->rings.n; i++) {
		free(e->rings[i].coming.p);
		free(e->rings[i].waiting.p);
	}
	for (uint32_t i = 0; i < e->net->tasks.n; i++) {
		for (uint32_t k = 0; k < e->tasks[i].of->n_out; k++) {
			free(e->tasks[i].out[k].buffer.p);
			free(e->tasks[i].out[k].leaving.p);
		}
		free(e->tasks[i].out);
		free(e->tasks[i].hand.p);
		gsl_rng_free(e->tasks[i].rng);
	}
	for (uint32_t i = 0; i < e->net->cores.n; i++)
		free(e->cores[i].tasks);
	for (uint32_t i = 0; i < e->net->sinks.n; i++)
		trace_free(&e->traces[i]);
	free(e->rings);
	free(e->tasks);
	free(e->cores);
	free(e->traces);
	free(e);
}

static inline uint32_t every_buffered(const struct every_task *t)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < t->of->n_out; i++)
		n += every_length(&t->out[i].buffer);
	return n;
}

/* The look at the clock that a poll may begin with. Returns how many ports have to flush. */
static inline uint32_t every_clock(struct every_task *t, ps_t now)
{
	const struct txbuf *b = &t->of->txbuf;
	t->polls++;
	if (!b->timer_ps || t->polls % (b->check_every ? b->check_every : 1) ||
		now < t->deadline_ps)
		return 0;
	if (!b->after_first)
		t->deadline_ps = now + b->timer_ps;
	uint32_t ports = 0;
	for (uint32_t i = 0; i < t->of->n_out; i++) {
		t->out[i].due = every_length(&t->out[i].buffer);
		ports += t->out[i].due > 0;
	}
	return ports;
}

/* How many of n packets there is room for. */
static inline uint32_t every_room(const struct every_ring *r, uint32_t n)
{
	uint32_t room = r->cap - every_length(&r->waiting);
	return n < room ? n : room;
}

/* One packet's share of the cost. */
static inline fine_t every_cost(const struct every_task *t, const struct pkt *p)
{
	const struct law *l = &t->of->law;
	uint32_t copied_B = p->size_B < 1024 ? (p->size_B + 63) / 64 * 64 : p->size_B;
	fine_t cost = l->packet_fine + p->size_B * l->byte_fine + copied_B * l->copied_byte_fine;
	if (p->size_B > l->large_above_B)
		cost += l->large_packet_fine + p->size_B * l->large_byte_fine;
	if (l->spread == COST_EXPONENTIAL)
		cost = (fine_t)((double)cost * -philox_log(1 - gsl_rng_uniform(t->rng)));
	return cost;
}

/* What is not paid yet of n packets that were sent, or is paid now for all that wait. */
static inline fine_t every_put_off(struct every_task *t, uint32_t n)
{
	bool now = t->of->law.free_above && t->unfreed + n > t->of->law.free_above;
	fine_t late = t->of->law.free_above ? t->of->law.free_packet_fine : 0;
	t->unfreed += n;
	if (!now)
		return -(fine_t)n * late;
	n = t->unfreed - n;
	t->unfreed = 0;
	return (fine_t)n * late;
}

static inline void every_count_wait(struct every_task *t)
{
	t->wait_ps += t->hand_wait_ps;
	t->hand_wait_ps = 0;
}

static inline struct every_port *every_pick(struct every_task *t, const struct pkt *p)
{
	if (t->of->split == SPLIT_FLOW)
		return &t->out[(p->flow * UINT32_C(2654435761) >> 7) % t->of->n_out];
	if (t->of->split == SPLIT_ROUND_ROBIN)
		return &t->out[t->turn_out++ % t->of->n_out];
	return &t->out[t->turn_out % t->of->n_out];
}

/* What a port has to send after a burst: the number of sends to pay for. */
static inline uint32_t every_full(const struct every_task *t, struct every_port *o)
{
	const struct txbuf *b = &t->of->txbuf;
	uint32_t n = every_length(&o->buffer);
	uint32_t full = b->adaptive ? t->last_burst : b->threshold;
	o->due = n;
	if (!b->threshold)
		return n > 0;
	bool all = b->bypass && t->of->n_out == 1 && t->taken >= full;
	if (!all)
		o->due = n / full * full;
	uint32_t pieces = 0;
	for (uint32_t left = o->due; left; left -= left > b->threshold ? b->threshold : left)
		pieces++;
	return pieces;
}

/* Moves the burst in hand to the buffers of the ports. */
static inline uint32_t every_stage(struct every_task *t, ps_t now)
{
	if (t->of->txbuf.after_first && !every_buffered(t))
		t->deadline_ps = now + t->of->txbuf.timer_ps;
	while (t->hand.head < t->hand.tail) {
		const struct pkt *p = &t->hand.p[t->hand.head++];
		every_push(&every_pick(t, p)->buffer, *p);
	}
	every_count_wait(t);
	t->turn_out += t->of->split == SPLIT_BURST;
	t->last_burst = t->taken < t->of->txbuf.threshold ? t->taken : t->of->txbuf.threshold;
	uint32_t sends = 0;
	for (uint32_t i = 0; i < t->of->n_out; i++)
		sends += every_full(t, &t->out[i]);
	return sends;
}

static inline void every_take(struct every_task *t, ps_t now, fine_t *cost)
{
	struct every_list *w = &t->in->waiting;
	for (t->taken = 0; t->taken < t->of->burst && w->head < w->tail; t->taken++) {
		const struct pkt *p = &w->p[w->head++];
		*cost += every_cost(t, p);
		t->hand_wait_ps += now - p->land_ps;
		every_push(&t->hand, *p);
	}
	t->packets += t->taken;
	t->bursts++;
	*cost += t->of->law.poll_fine + t->of->law.burst_fine;
	uint32_t sent = t->taken;
	if (t->of->txbuf.threshold || t->of->n_out > 1) {
		*cost += every_stage(t, now) * t->of->send_fine;
	} else if (t->of->out->ops == &ring_port_reserve) {
		sent = t->out->reserved = every_room(t->out->ring, t->taken);
		*cost -= (t->taken - t->out->reserved) * t->of->unsent.packet_fine;
	}
	*cost += every_put_off(t, sent);
}

static inline void every_spend(struct every_core *c, fine_t cost)
{
	c->frac_fine += cost;
	c->now_ps += c->frac_fine / FINE_PER_PS;
	c->frac_fine %= FINE_PER_PS;
}

/* One poll of the task whose turn it is. */
static inline void every_poll(struct everypoll *e, struct every_core *c)
{
	struct every_task *t = c->tasks[c->turn];
	fine_t cost = 0;
	t->took_ps = c->now_ps;
	uint32_t flushing = t->polled_after_flush ? 0 : every_clock(t, c->now_ps);
	t->polled_after_flush = flushing > 0;
	if (flushing) {
		t->flushes++;
		cost = flushing * t->of->send_fine;
	} else {
		e->polls++;
		c->turn = (c->turn + 1) % c->of->n_tasks;
		if (every_length(&t->in->waiting))
			every_take(t, c->now_ps, &cost);
		else
			cost = t->of->law.poll_fine;
	}
	if (flushing || t->taken)
		c->job = t;
	c->empty_polls = c->job ? 0 : c->empty_polls + 1;
	every_spend(c, cost);
	if (c->empty_polls == c->of->n_tasks) {
		c->idle_ps = c->now_ps;
		c->idle_fine = c->frac_fine;
		c->idle_turn = c->turn;
	} else if (c->empty_polls > c->of->n_tasks) {
		c->idle_fine += cost;
	}
}

/* The interrupt that ends a sleep: raised by the first packet that has landed or will, as far as
 * is known, but not within the moderation of the last one. It wakes the task that it is for; among
 * several that have waited, the one whose turn was next when the core fell idle. */
static inline void every_await(struct every_core *c)
{
	ps_t asleep_ps = c->idle_ps + c->of->linger_ps, first = PS_NEVER;
	ps_t allowed = c->last_irq_ps + c->of->moderation_ps;
	for (uint32_t k = 0; k < c->of->n_tasks; k++) {
		uint32_t i = (c->idle_turn + k) % c->of->n_tasks;
		const struct every_ring *r = c->tasks[i]->in;
		const struct every_list *l = every_length(&r->waiting) ? &r->waiting : &r->coming;
		ps_t at = l->head < l->tail ? l->p[l->head].land_ps : PS_NEVER;
		at = at < allowed ? allowed : at;
		at = at < asleep_ps ? asleep_ps : at;
		if (at < first) {
			first = at;
			c->wake_turn = i;
		}
	}
	c->now_ps = first < PS_NEVER ? first + c->of->wake_delay_ps : first;
}

static inline void every_wake_up(struct every_core *c)
{
	c->asleep = false;
	c->last_irq_ps = c->now_ps - c->of->wake_delay_ps;
	c->wakes++;
	c->turn = c->wake_turn;
	c->empty_polls = 0;
	c->frac_fine = 0;
	every_spend(c, c->of->wake_fine);
}

/* Whether an interrupt-driven core has polled in vain for long enough. */
static inline bool every_tired(const struct every_core *c)
{
	if (!c->of->interrupt || c->empty_polls < c->of->n_tasks)
		return false;
	return !c->of->linger_ps || c->idle_fine > c->of->linger_ps * FINE_PER_PS;
}

/* Frames that have left by now give their descriptors back. */
static inline void every_left(const struct port *of, struct every_port *o, ps_t now)
{
	struct every_list *l = &o->leaving;
	for (; l->head < l->tail && l->p[l->head].land_ps <= now; l->head++)
		trace_add(
			o->trace, &l->p[l->head], l->p[l->head].land_ps + of->txq->wire->delay_ps);
}

static inline void every_transmit(
	const struct port *of, struct every_port *o, struct pkt p, ps_t now)
{
	if (every_length(&o->leaving) >= of->txq->ring.cap) {
		o->overflow++;
		return;
	}
	ps_t start = now + of->txq->dma_ps;
	start = start > o->wire_free_ps ? start : o->wire_free_ps;
	o->wire_free_ps = p.land_ps = start + wire_time(of->txq->wire, p.size_B);
	every_push(&o->leaving, p);
}

/* Hands n packets from the front of a list to a port, or returns how long to stall first. */
static inline ps_t every_send(
	struct every_task *t, uint32_t port, struct every_list *from, uint32_t n, ps_t now)
{
	const struct port *of = &t->of->out[port];
	struct every_port *o = &t->out[port];
	if (of->ops == &ring_port_stall && o->tried < of->retries && every_room(o->ring, n) < n) {
		o->tried++;
		return of->retry_wait_ps;
	}
	o->tried = 0;
	o->sends++;
	if (of->txq)
		every_left(of, o, now);
	if (of->ops == &ring_port_reserve && o->due)
		o->reserved = every_room(o->ring, n);
	for (uint32_t i = 0; i < n; i++) {
		struct pkt p = from->p[from->head++];
		p.land_ps = now + of->lag_ps; /* counts in the wait only */
		if (of->txq)
			every_transmit(of, o, p, now);
		else if (!o->ring)
			trace_add(o->trace, &p, now);
		else if (of->ops == &ring_port_reserve && i >= o->reserved)
			o->ring->dropped++;
		else
			every_land(o->ring, p);
	}
	if (o->ring && o->ring->reader->asleep)
		every_await(o->ring->reader);
	return 0;
}

static inline ps_t every_finish(struct every_task *t, ps_t now)
{
	ps_t stall = 0;
	if (t->hand.head < t->hand.tail)
		stall = every_send(t, 0, &t->hand, t->taken, now);
	for (uint32_t i = 0; !stall && i < t->of->n_out; i++) {
		struct every_port *o = &t->out[i];
		uint32_t full = t->of->txbuf.threshold ? t->of->txbuf.threshold : UINT32_MAX;
		while (o->due && !stall) {
			uint32_t n = o->due % full ? o->due % full : full;
			stall = every_send(t, i, &o->buffer, n, now);
			o->due -= stall ? 0 : n;
		}
	}
	if (stall)
		return stall;
	every_count_wait(t);
	t->busy_ps += now - t->took_ps;
	t->service_ps += t->taken * (now - t->took_ps);
	t->taken = 0;
	return 0;
}

static inline void every_step(struct everypoll *e, struct every_core *c)
{
	every_land_all(e, c->now_ps);
	if (c->asleep) {
		ps_t now = c->now_ps;
		every_wake_up(c);
		if (c->now_ps > now)
			return;
	}
	if (c->job) {
		ps_t stall = every_finish(c->job, c->now_ps);
		c->stalled_ps += stall;
		c->now_ps += stall;
		if (stall)
			return;
		c->job = NULL;
	}
	every_poll(e, c);
	if (every_tired(c)) {
		c->asleep = true;
		every_await(c);
	}
}

/* All steps up to and including until; at equal instants the cores act in the order of their
 * numbers. */
static inline void every_run(struct everypoll *e, ps_t until)
{
	for (;;) {
		uint32_t first = 0;
		for (uint32_t i = 1; i < e->net->cores.n; i++)
			if (e->cores[i].now_ps < e->cores[first].now_ps)
				first = i;
		if (e->cores[first].now_ps > until)
			break;
		every_step(e, &e->cores[first]);
	}
	every_land_all(e, until);
	for (uint32_t i = 0; i < e->net->tasks.n; i++)
		for (uint32_t k = 0; k < e->tasks[i].of->n_out; k++)
			if (e->tasks[i].of->out[k].txq)
				every_left(&e->tasks[i].of->out[k], &e->tasks[i].out[k], until);
}

#endif
