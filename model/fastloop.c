/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/fastloop.h"

#include "model/sink.h"

#define INLINE static inline __attribute__((always_inline))

/* Spans of fine_t stay in range when a parked core looks again after this long. */
#define PARK_LIMIT_PS (INT64_C(1) << 41)

/* An instant with its remainder. */
struct instant {
	ps_t ps;
	fine_t frac;
};

/* What the loop uses all the time, as local variables: of the core, its task and the two rings. */
struct lane {
	struct instant at;
	ps_t took_ps, horizon_ps;
	uint32_t head, tail, coming, in_hand; /* of the input ring */
	const struct pkt *slot;
	uint32_t mask;
	uint32_t to_coming, to_mask, to_room; /* of the output ring, if it is one */
	struct pkt *to_slot;
	ps_t lag_ps;
	/* increases of counters */
	uint64_t steps, bursts, sends;
	ps_t wait_ps, busy_ps, service_ps;
};

/* Constants of a run. */
struct way {
	struct task *t;
	struct ring *in;
	fine_t poll, fixed, packet;
	double per_poll; /* 1 / poll, or 0 */
	uint32_t burst, cap;
};

bool fastloop_fits(const struct core *c)
{
	if (c->n_tasks != 1 || c->interrupt)
		return false;
	const struct task *t = c->tasks[0];
	const struct port_ops *ops = t->out->ops;
	return t->n_out == 1 && !t->txbuf.threshold && !t->txbuf.timer_ps && !t->law.byte_fine &&
	       !t->law.copied_byte_fine && t->law.spread == COST_CONSTANT &&
	       t->out->ring != t->in &&
	       (ops == &ring_port_drop || ops == &sink_port || ops == &pnic_port);
}

INLINE struct instant after(struct instant at, fine_t span)
{
	at.frac += span;
	at.ps += at.frac >> FINE_BITS;
	at.frac &= FINE_MASK;
	return at;
}

INLINE void read_input(struct lane *l, const struct ring *in)
{
	l->slot = in->slot;
	l->mask = in->mask;
	l->tail = in->tail;
	l->coming = in->coming;
	l->horizon_ps = in->horizon_ps;
}

INLINE void write_input(const struct lane *l, struct task *t)
{
	struct ring *in = t->in;
	uint32_t done = l->head - l->in_hand;
	t->packets += l->head - in->head;
	in->left += done - in->done;
	in->head = l->head;
	in->tail = l->tail;
	in->done = done;
}

INLINE void read_output(struct lane *l, const struct ring *to)
{
	l->to_slot = to->slot;
	l->to_mask = to->mask;
	l->to_coming = to->coming;
	l->to_room = to->mask + 1 - (to->coming - to->done);
}

INLINE void write_output(const struct lane *l, struct ring *to)
{
	to->put += l->to_coming - to->coming;
	to->coming = l->to_coming;
}

/* The first poll after an empty one at which something may have landed. */
INLINE struct instant next_poll(const struct lane *l, const struct way *w)
{
	ps_t next_ps = l->head != l->coming ? l->slot[l->head & l->mask].land_ps : l->horizon_ps;
	ps_t span = next_ps - l->at.ps;
	span = span < PARK_LIMIT_PS ? span : PARK_LIMIT_PS;
	fine_t need = (span << FINE_BITS) - l->at.frac;
	if (need <= 0)
		return l->at;
	if (w->poll) {
		/* Rounded up to polls. The quotient is at most one off. */
		fine_t polls = (fine_t)((double)need * w->per_poll);
		fine_t whole = polls * w->poll;
		whole -= whole - w->poll >= need ? w->poll : 0;
		whole += whole < need ? w->poll : 0;
		whole += whole < need ? w->poll : 0;
		need = whole;
	}
	return after(l->at, need);
}

/* ring_look and what follows from it, with the slow paths on the ring itself. */
INLINE void look(struct lane *l, const struct way *w)
{
	if (__builtin_expect(l->at.ps >= l->horizon_ps, 0)) {
		write_input(l, w->t);
		w->in->refill(w->in->feeder, l->at.ps);
		read_input(l, w->in);
	}
	uint32_t i = l->tail;
	while (i != l->coming && l->slot[i & l->mask].land_ps <= l->at.ps)
		i++;
	l->tail = i;
	if (__builtin_expect(i - l->head > w->cap, 0)) {
		write_input(l, w->t);
		ring_overflow(w->in, i);
		read_input(l, w->in);
	}
}

INLINE void put_into_ring(struct lane *l, struct ring *to)
{
	ps_t land_ps = l->at.ps + l->lag_ps;
	if (__builtin_expect(l->to_room < l->in_hand, 0)) {
		write_output(l, to);
		ring_reserve(to, l->in_hand);
		read_output(l, to);
	}
	l->to_room -= l->in_hand;
	for (uint32_t i = l->head - l->in_hand; i != l->head; i++) {
		const struct pkt *from = &l->slot[i & l->mask];
		struct pkt *p = &l->to_slot[l->to_coming++ & l->to_mask];
		l->wait_ps += l->took_ps - from->land_ps;
		*p = *from;
		p->land_ps = land_ps;
	}
}

/* Hands on what is in hand. ops: those of the task's port, a constant. */
INLINE void hand_on(struct lane *l, const struct way *w, const struct port_ops *ops)
{
	struct port *out = w->t->out;
	if (ops == &ring_port_drop)
		put_into_ring(l, out->ring);
	else
		for (uint32_t i = l->head - l->in_hand; i != l->head; i++) {
			const struct pkt *p = &l->slot[i & l->mask];
			l->wait_ps += l->took_ps - p->land_ps;
			if (ops == &sink_port)
				sink_take(out->sink, p, l->at.ps);
		}
	if (ops == &pnic_port) {
		struct batch b = {l->slot, l->mask, l->head - l->in_hand, l->in_hand};
		write_input(l, w->t);
		ops->send(out, b, l->at.ps);
		read_input(l, w->in);
	}
	ps_t took = l->at.ps - l->took_ps;
	l->sends++;
	l->busy_ps += took;
	l->service_ps += (ps_t)l->in_hand * took;
	l->in_hand = 0;
}

/* Returns when the core acts next. */
INLINE ps_t run(struct lane *l, const struct way *w, ps_t until_ps, bool *parked,
	const struct port_ops *ops)
{
	for (;;) {
		struct instant next = *parked ? next_poll(l, w) : l->at;
		if (next.ps > until_ps)
			return next.ps;
		l->at = next;
		l->steps++;
		if (l->in_hand)
			hand_on(l, w, ops);
		look(l, w);
		uint32_t n = l->tail - l->head;
		*parked = !n;
		if (!n) {
			l->at = after(l->at, w->poll);
			continue;
		}
		n = n < w->burst ? n : w->burst;
		l->head += n;
		l->in_hand = n;
		l->bursts++;
		l->took_ps = l->at.ps;
		l->at = after(l->at, w->fixed + (fine_t)n * w->packet);
	}
}

static void open_lane(struct lane *l, const struct core *c, const struct task *t)
{
	*l = (struct lane){.at = {c->now_ps, c->frac_fine},
		.took_ps = t->took_ps,
		.head = t->in->head,
		.in_hand = t->in->head - t->in->done,
		.lag_ps = t->out->lag_ps};
	read_input(l, t->in);
	if (t->out->ops == &ring_port_drop)
		read_output(l, t->out->ring);
}

static void close_lane(const struct lane *l, struct core *c, struct task *t, bool parked)
{
	c->now_ps = l->at.ps;
	c->frac_fine = l->at.frac;
	c->state = l->in_hand ? CORE_BUSY : parked ? CORE_PARKED : CORE_POLLING;
	c->job = t;
	c->steps += l->steps;
	t->taken = l->in_hand;
	t->took_ps = l->took_ps;
	t->bursts += l->bursts;
	t->wait_ps += l->wait_ps;
	t->busy_ps += l->busy_ps;
	t->service_ps += l->service_ps;
	t->out->sends += l->sends;
	write_input(l, t);
	if (t->out->ops == &ring_port_drop)
		write_output(l, t->out->ring);
}

void fastloop_run(struct core *c, ps_t until_ps)
{
	struct task *t = c->tasks[0];
	const struct way w = {.t = t,
		.in = t->in,
		.poll = t->law.poll_fine,
		.fixed = t->law.poll_fine + t->law.burst_fine,
		.packet = t->law.packet_fine,
		.per_poll = t->law.poll_fine ? 1 / (double)t->law.poll_fine : 0,
		.burst = t->burst,
		.cap = t->in->cap};
	struct lane l;
	bool parked = c->state == CORE_PARKED;
	open_lane(&l, c, t);
	if (t->out->ops == &ring_port_drop)
		c->next_ps = run(&l, &w, until_ps, &parked, &ring_port_drop);
	else if (t->out->ops == &sink_port)
		c->next_ps = run(&l, &w, until_ps, &parked, &sink_port);
	else
		c->next_ps = run(&l, &w, until_ps, &parked, &pnic_port);
	close_lane(&l, c, t, parked);
}
