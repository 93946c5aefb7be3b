/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/fastloop.h"

#include "model/sink.h"

#define INLINE static inline __attribute__((always_inline))

/* Where packets go; a constant in each copy of the loop. */
enum kind { KIND_RING, KIND_SINK, KIND_PNIC };

/* What the loop uses all the time, as local variables: of the core, its task and the two rings. */
struct lane {
	ps_t base_ps;
	fine_t at, took; /* since base_ps: now, or the end of the burst in hand; its start */
	uint32_t head, coming, in_hand; /* of the input ring */
	const struct pkt *slot;
	uint32_t mask;
	ps_t horizon_ps;
	ps_t next_ps; /* after a poll in vain: when something may land */
	ps_t stop_ps; /* last instant before a step must break off: to refill, or at the end */
	uint32_t to_coming, to_mask, to_room; /* of the output ring, if it is one */
	struct pkt *to_slot;
	/* increases of counters */
	uint64_t bursts, vain; /* polls that found packets, and that did not */
	ps_t wait_ps, busy_ps, service_ps;
};

/* Constants of a run. */
struct way {
	struct task *t;
	struct ring *in;
	ps_t until_ps;
	ps_t soon_ps; /* up to here, landings are within CORE_PARK_LIMIT_PS and until_ps */
	ps_t lag_ps;
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
	return t->n_out == 1 && !t->txbuf.threshold && !t->txbuf.timer_ps &&
	       !cost_by_size(&t->law) && t->law.spread == COST_CONSTANT && t->out->ring != t->in &&
	       (ops == &ring_port_drop || ops == &sink_port || ops == &pnic_port);
}

INLINE ps_t instant_of(const struct lane *l, fine_t since_base)
{
	return l->base_ps + (since_base >> FINE_BITS);
}

INLINE void read_input(struct lane *l, const struct way *w)
{
	const struct ring *in = w->in;
	l->slot = in->slot;
	l->mask = in->mask;
	l->coming = in->coming;
	l->horizon_ps = in->horizon_ps;
	l->stop_ps = w->until_ps < in->horizon_ps ? w->until_ps : in->horizon_ps - 1;
}

INLINE void write_input(const struct lane *l, const struct way *w)
{
	struct ring *in = w->in;
	uint32_t done = l->head - l->in_hand;
	w->t->packets += l->head - in->head;
	in->left += done - in->done;
	in->head = l->head;
	in->done = done;
	if ((int32_t)(in->tail - in->head) < 0)
		in->tail = in->head;
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

/* The first poll after a vain one at which something may have landed. */
INLINE fine_t next_poll(const struct lane *l, const struct way *w)
{
	ps_t next_ps = l->next_ps;
	if (__builtin_expect(next_ps > w->soon_ps, 0)) {
		ps_t limit_ps = instant_of(l, l->at) + CORE_PARK_LIMIT_PS;
		next_ps = next_ps < limit_ps ? next_ps : limit_ps;
	}
	fine_t at = (next_ps - l->base_ps) * FINE_PER_PS;
	if (at <= l->at)
		return l->at;
	if (!w->poll)
		return at;
	/* Rounded up to whole polls. The quotient is at most one off. */
	fine_t need = at - l->at;
	fine_t polls = (fine_t)((double)need * w->per_poll) * w->poll;
	polls -= polls - w->poll >= need ? w->poll : 0;
	polls += polls < need ? w->poll : 0;
	polls += polls < need ? w->poll : 0;
	return l->at + polls;
}

INLINE void refill(struct lane *l, const struct way *w, ps_t now)
{
	write_input(l, w);
	w->in->refill(w->in->feeder, now);
	read_input(l, w);
}

/* More is coming than there is room for: lets the ring judge what has landed. */
INLINE uint32_t look_judging(struct lane *l, const struct way *w, ps_t now)
{
	write_input(l, w);
	ring_look(w->in, now);
	read_input(l, w);
	return ring_waiting(w->in);
}

/* Packets that a poll finds, up to a burst; if none, when one may land. While all that is coming
 * has room, nothing needs to be judged. */
INLINE uint32_t look(struct lane *l, const struct way *w, ps_t now)
{
	uint32_t coming = l->coming - l->head, n = 1;
	if (!coming) {
		l->next_ps = l->horizon_ps;
		return 0;
	}
	ps_t first_ps = l->slot[l->head & l->mask].land_ps;
	if (first_ps > now) {
		l->next_ps = first_ps;
		return 0;
	}
	if (__builtin_expect(coming > w->cap, 0)) {
		n = look_judging(l, w, now);
		return n < w->burst ? n : w->burst;
	}
	coming = coming < w->burst ? coming : w->burst;
	while (n < coming && l->slot[(l->head + n) & l->mask].land_ps <= now)
		n++;
	return n;
}

INLINE void put_into_ring(struct lane *l, const struct way *w, ps_t now)
{
	struct ring *to = w->t->out->ring;
	if (__builtin_expect(l->to_room < l->in_hand, 0)) {
		write_output(l, to);
		ring_reserve(to, l->in_hand);
		read_output(l, to);
	}
	l->to_room -= l->in_hand;
	uint32_t i = l->head - l->in_hand;
	do {
		const struct pkt *from = &l->slot[i & l->mask];
		struct pkt *p = &l->to_slot[l->to_coming++ & l->to_mask];
		l->wait_ps -= from->land_ps;
		*p = *from;
		p->land_ps = now + w->lag_ps;
	} while (++i != l->head);
}

/* Hands on what is in hand. */
INLINE void hand_on(struct lane *l, const struct way *w, enum kind kind, ps_t now)
{
	uint32_t n = l->in_hand;
	if (kind == KIND_RING)
		put_into_ring(l, w, now);
	else
		for (uint32_t i = l->head - n; i != l->head; i++) {
			const struct pkt *p = &l->slot[i & l->mask];
			l->wait_ps -= p->land_ps;
			if (kind == KIND_SINK)
				sink_take(w->t->out->sink, p, now);
		}
	if (kind == KIND_PNIC) {
		struct batch b = {l->slot, l->mask, l->head - n, n};
		write_input(l, w);
		w->t->out->ops->send(w->t->out, b, now);
		read_input(l, w);
	}
	ps_t took_ps = instant_of(l, l->took);
	l->wait_ps += n * took_ps;
	l->busy_ps += now - took_ps;
	l->service_ps += n * (now - took_ps);
	l->in_hand = 0;
}

/* A poll at l->at, which is now: takes what it finds. */
INLINE void poll(struct lane *l, const struct way *w, ps_t now)
{
	uint32_t n = look(l, w, now);
	l->in_hand = n;
	if (!n) {
		l->vain++;
		l->at += w->poll;
		return;
	}
	l->head += n;
	l->bursts++;
	l->took = l->at;
	l->at += w->fixed + (fine_t)n * w->packet;
}

/* Until the next step lies behind until_ps; returns its instant. */
INLINE ps_t run(struct lane *start, const struct way *w, enum kind kind, bool parked)
{
	struct lane l = *start;
	ps_t now;
	for (;;) {
		if (!l.in_hand) {
			fine_t next = parked ? next_poll(&l, w) : l.at;
			now = instant_of(&l, next);
			if (now > w->until_ps)
				break;
			if (now > l.stop_ps)
				refill(&l, w, now);
			l.at = next;
			poll(&l, w, now);
			parked = true;
			continue;
		}
		now = instant_of(&l, l.at);
		if (now > w->until_ps)
			break;
		hand_on(&l, w, kind, now);
		if (now > l.stop_ps)
			refill(&l, w, now);
		poll(&l, w, now);
	}
	*start = l;
	return now;
}

static void open_lane(struct lane *l, const struct way *w, const struct core *c)
{
	const struct task *t = w->t;
	*l = (struct lane){.base_ps = c->now_ps,
		.at = c->frac_fine,
		.head = t->in->head,
		.in_hand = t->in->head - t->in->done};
	if (l->in_hand)
		l->took = (t->took_ps - c->now_ps) * FINE_PER_PS;
	read_input(l, w);
	l->next_ps = ring_next(t->in);
	if (t->out->ops == &ring_port_drop)
		read_output(l, t->out->ring);
}

static void close_lane(const struct lane *l, const struct way *w, struct core *c)
{
	struct task *t = w->t;
	uint64_t polls = l->bursts + l->vain;
	c->now_ps = instant_of(l, l->at);
	c->frac_fine = l->at & FINE_MASK;
	c->steps += polls;
	c->job = t;
	t->out->sends += l->bursts + (c->state == CORE_BUSY) - (l->in_hand > 0);
	if (l->in_hand)
		c->state = CORE_BUSY;
	else if (polls)
		c->state = CORE_PARKED;
	t->taken = l->in_hand;
	t->took_ps = instant_of(l, l->took);
	t->bursts += l->bursts;
	t->wait_ps += l->wait_ps;
	t->busy_ps += l->busy_ps;
	t->service_ps += l->service_ps;
	write_input(l, w);
	if (t->out->ops == &ring_port_drop)
		write_output(l, t->out->ring);
}

/* At most 2 CORE_PARK_LIMIT_PS ahead, so that spans since the start stay in range. */
static void run_some(struct core *c, ps_t until_ps)
{
	struct task *t = c->tasks[0];
	ps_t soon_ps = c->now_ps + CORE_PARK_LIMIT_PS;
	const struct way w = {.t = t,
		.in = t->in,
		.until_ps = until_ps,
		.soon_ps = until_ps < soon_ps ? until_ps : soon_ps,
		.lag_ps = t->out->lag_ps,
		.poll = t->law.poll_fine,
		.fixed = t->law.poll_fine + t->law.burst_fine,
		.packet = t->law.packet_fine,
		.per_poll = t->law.poll_fine ? 1 / (double)t->law.poll_fine : 0,
		.burst = t->burst,
		.cap = t->in->cap};
	bool parked = c->state != CORE_POLLING; /* once the burst in hand is done */
	struct lane l;
	open_lane(&l, &w, c);
	if (t->out->ops == &ring_port_drop)
		c->next_ps = run(&l, &w, KIND_RING, parked);
	else if (t->out->ops == &sink_port)
		c->next_ps = run(&l, &w, KIND_SINK, parked);
	else
		c->next_ps = run(&l, &w, KIND_PNIC, parked);
	close_lane(&l, &w, c);
}

void fastloop_run(struct core *c, ps_t until_ps)
{
	while (until_ps - c->now_ps > 2 * CORE_PARK_LIMIT_PS)
		run_some(c, c->now_ps + 2 * CORE_PARK_LIMIT_PS);
	run_some(c, until_ps);
}
