/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/fastloop.h"

#include "model/net.h"

#define INLINE static inline __attribute__((always_inline))

/* Where packets go; a constant in each copy of the loop. */
enum kind { KIND_RING, KIND_SINK, KIND_PNIC };

/* Constants of a run. */
struct way {
	struct task *t;
	struct ring *in;
	uint64_t packets; /* of the task, before */
	enum kind kind;
	struct hist *latency_ps; /* of the sink, if it goes there */
	ps_t until_ps;
	ps_t soon_ps; /* up to here, landings are within CORE_PARK_LIMIT_PS and until_ps */
	ps_t lag_ps;
	fine_t poll, fixed, packet;
	uint64_t per_poll; /* 2^64 / poll rounded down; 0: polls cost nothing */
};

/* What the loop uses all the time, as local variables: of the core, its task and the two rings. */
struct lane {
	ps_t base_ps;
	fine_t at; /* since base_ps: of the next poll, or of the end of the burst in hand */
	ps_t took_ps;
	bool parked; /* after a poll in vain: the next poll is the first that may find something */
	/* Before this instant only landings and costs decide: no refill, no judging, no end. */
	ps_t plain_ps;
	fine_t plain; /* the same since base_ps */
	/* Of the input ring. What is coming ends with a mark that lands at the horizon. */
	uint32_t head, in_hand;
	const struct pkt *next; /* first not taken */
	const struct pkt *slot, *slot_end;
	/* of the output ring, if it is one: filled from to_first on, to comes next, room is up to
	 * to_stop */
	struct pkt *to_first, *to, *to_stop;
	/* of the sink, if it goes there */
	struct hist_totals latency_ps;
	uint64_t bytes_B;
	/* Increases of counters. The times of tasks are differences of sums over packets. */
	uint64_t vain;   /* polls that found nothing */
	uint64_t beside; /* packets taken beside the first of their burst */
	uint64_t landed_ps, taken_ps, handed_ps;
	uint64_t shared_ps; /* service of packets beside the first of their burst */
};

/* Whether what it sends comes back to its own ring. */
static bool feeds_itself(const struct task *t)
{
	const struct nic_rx *far = t->out->txq ? t->out->txq->far : NULL;
	return t->out->ring == t->in || (far && t->in >= far->queue && t->in < far->queue + far->n);
}

bool fastloop_fits(const struct core *c)
{
	if (c->n_tasks != 1 || c->interrupt)
		return false;
	const struct task *t = c->tasks[0];
	const struct port_ops *ops = t->out->ops;
	return t->n_out == 1 && !t->txbuf.threshold && !t->txbuf.timer_ps &&
	       !cost_by_size(&t->law) && t->law.spread == COST_CONSTANT && !t->law.free_above &&
	       !feeds_itself(t) &&
	       (ops == &ring_port_drop || ops == &sink_port || ops == &pnic_port);
}

/* The high half of the product. */
INLINE uint64_t mul_high(uint64_t a, uint64_t b)
{
	return (uint64_t)((hist_u128)a * b >> 64);
}

INLINE ps_t instant_of(const struct lane *l, fine_t since_base)
{
	return l->base_ps + (since_base >> FINE_BITS);
}

INLINE const struct pkt *after(const struct lane *l, const struct pkt *p)
{
	return p + 1 == l->slot_end ? l->slot : p + 1;
}

/* While more is coming than there is room for, every look must judge. */
static void set_plain(struct lane *l, const struct way *w)
{
	const struct ring *in = w->in;
	ps_t last_ps = w->soon_ps < in->horizon_ps ? w->soon_ps : in->horizon_ps - 1;
	bool judging = in->coming - l->head > in->cap;
	l->plain_ps = judging || last_ps < l->base_ps ? l->base_ps : last_ps + 1;
	l->plain = (l->plain_ps - l->base_ps) * FINE_PER_PS;
}

static void read_input(struct lane *l, const struct way *w)
{
	struct ring *in = w->in;
	ring_reserve(in, 1);
	ring_at(in, in->coming)->land_ps = in->horizon_ps;
	l->slot = in->slot;
	l->slot_end = in->slot + in->mask + 1;
	l->next = ring_at(in, l->head);
	set_plain(l, w);
}

static void write_input(const struct lane *l, const struct way *w)
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

/* Slots are filled up to the last one, or as far as there is room. */
INLINE void read_output(struct lane *l, const struct ring *to)
{
	uint32_t room = to->mask + 1 - (to->coming - to->done);
	uint32_t to_end = to->mask + 1 - (to->coming & to->mask);
	l->to = l->to_first = ring_at(to, to->coming);
	l->to_stop = l->to + (room < to_end ? room : to_end);
}

INLINE void write_output(const struct lane *l, struct ring *to)
{
	uint32_t put = (uint32_t)(l->to - l->to_first);
	to->put += put;
	to->coming += put;
}

static void write_sink(const struct lane *l, struct sink *to)
{
	to->packets += l->latency_ps.n;
	to->bytes_B += l->bytes_B;
	hist_add_totals(&to->latency_ps, &l->latency_ps);
}

/* The first poll from l->at on that is not before land_ps. */
INLINE fine_t poll_from(const struct lane *l, const struct way *w, ps_t land_ps)
{
	fine_t land = (land_ps - l->base_ps) * FINE_PER_PS, at = l->at;
	if (at >= land)
		return at;
	if (!w->per_poll)
		return land;
	/* The quotient is at most one too small. */
	uint64_t polls = mul_high((uint64_t)land - 1 - (uint64_t)at, w->per_poll);
	at += w->poll + (fine_t)polls * w->poll;
	while (__builtin_expect(at < land, 0))
		at += w->poll;
	return at;
}

/* Passes one packet on to a ring. */
INLINE void put(struct lane *l, const struct way *w, const struct pkt *p, ps_t now)
{
	if (__builtin_expect(l->to == l->to_stop, 0)) {
		struct ring *to = w->t->out->ring;
		write_output(l, to);
		ring_reserve(to, 1);
		read_output(l, to);
	}
	*l->to++ = (struct pkt){now + w->lag_ps, p->stamp_ps, p->size_B, p->flow};
}

INLINE void hand_on_one(
	struct lane *l, const struct way *w, enum kind kind, const struct pkt *p, ps_t now)
{
	l->landed_ps += (uint64_t)p->land_ps;
	if (kind == KIND_RING)
		put(l, w, p, now);
	if (kind == KIND_SINK) {
		l->bytes_B += p->size_B;
		hist_count_into(w->latency_ps, &l->latency_ps, now - p->stamp_ps);
	}
}

/* Hands on the n packets from p on. */
INLINE void hand_on(struct lane *l, const struct way *w, enum kind kind, const struct pkt *p,
	uint32_t n, ps_t took_ps, ps_t now)
{
	l->taken_ps += (uint64_t)took_ps;
	l->handed_ps += (uint64_t)now;
	if (kind == KIND_PNIC) {
		struct batch b = {l->slot, w->in->mask, l->head - n, n};
		w->t->out->ops->send(w->t->out, b, now);
	}
	hand_on_one(l, w, kind, p, now);
	if (n == 1)
		return;
	uint64_t others = n - 1;
	l->taken_ps += others * (uint64_t)took_ps;
	l->handed_ps += others * (uint64_t)now;
	l->shared_ps += others * (uint64_t)(now - took_ps);
	while ((p = after(l, p)) != l->next)
		hand_on_one(l, w, kind, p, now);
}

/* The packet at l->next has landed by now. Takes it and what else has, up to a burst; returns how
 * many. */
INLINE uint32_t take(struct lane *l, const struct way *w, ps_t now)
{
	l->next = after(l, l->next);
	if (l->next->land_ps > now) {
		l->head++;
		return 1;
	}
	uint32_t n = 1, burst = w->t->burst;
	if (w->in->coming - l->head >= burst &&
		ring_at(w->in, l->head + burst - 1)->land_ps <= now) {
		l->next = ring_at(w->in, l->head + burst);
		n = burst;
	}
	for (; n < burst && l->next->land_ps <= now; n++)
		l->next = after(l, l->next);
	l->head += n;
	l->beside += n - 1;
	return n;
}

INLINE void pay(struct lane *l, const struct way *w, uint32_t n)
{
	l->at += w->fixed + (fine_t)n * w->packet;
}

INLINE void poll_in_vain(struct lane *l, const struct way *w)
{
	l->vain++;
	l->at += w->poll;
}

/* On to the next poll that finds something, at *now. False: something else is due before. */
INLINE bool wait(struct lane *l, const struct way *w, ps_t *now)
{
	ps_t land_ps = l->next->land_ps;
	if (land_ps >= l->plain_ps)
		return false;
	fine_t land = (land_ps - l->base_ps) * FINE_PER_PS;
	if (!w->per_poll && l->at < land) {
		l->at = land;
		*now = land_ps;
		return true;
	}
	fine_t at = poll_from(l, w, land_ps);
	if (at >= l->plain)
		return false;
	l->at = at;
	*now = instant_of(l, at);
	return true;
}

/* From taking n packets, from p on, at *now to handing them on, *now after. False: something else
 * is due before; they stay in hand. */
INLINE bool work(struct lane *l, const struct way *w, enum kind kind, const struct pkt *p,
	uint32_t n, ps_t *now)
{
	ps_t took_ps = *now;
	pay(l, w, n);
	if (l->at >= l->plain) {
		l->in_hand = n;
		l->took_ps = took_ps;
		return false;
	}
	*now = instant_of(l, l->at);
	hand_on(l, w, kind, p, n, took_ps, *now);
	return true;
}

/* Goes on, with nothing in hand, while only landings and costs decide. Bursts of one packet, the
 * most frequent, have a copy of the code of their own. */
INLINE void run_plain(struct lane *lane, const struct way *w, enum kind kind)
{
	struct lane l = *lane;
	ps_t now = instant_of(&l, l.at);
	if (l.parked && !wait(&l, w, &now))
		return;
	l.parked = true;
	for (bool on = true; on;) {
		if (l.next->land_ps > now) {
			poll_in_vain(&l, w);
			if (!wait(&l, w, &now))
				break;
		}
		const struct pkt *p = l.next;
		uint32_t n = take(&l, w, now);
		on = n == 1 ? work(&l, w, kind, p, 1, &now) : work(&l, w, kind, p, n, &now);
	}
	*lane = l;
}

/* When a core that waits is to look again. */
static ps_t next_look(const struct lane *l, const struct way *w)
{
	ps_t next_ps = l->next->land_ps;
	if (next_ps <= w->soon_ps)
		return next_ps;
	ps_t limit_ps = instant_of(l, l->at) + CORE_PARK_LIMIT_PS;
	return next_ps < limit_ps ? next_ps : limit_ps;
}

/* Asks for arrivals that are not known yet, and lets the ring judge what finds no room. */
static void learn(struct lane *l, const struct way *w, ps_t now)
{
	struct ring *in = w->in;
	bool asks = now >= in->horizon_ps;
	if (!asks && in->coming - l->head <= in->cap)
		return;
	write_input(l, w);
	if (asks)
		in->refill(in->feeder, now);
	if (in->coming - l->head > in->cap)
		ring_look(in, now);
	read_input(l, w);
}

static void finish(struct lane *l, const struct way *w, ps_t now)
{
	const struct pkt *first = ring_at(w->in, l->head - l->in_hand);
	hand_on(l, w, w->kind, first, l->in_hand, l->took_ps, now);
	l->in_hand = 0;
	l->parked = false;
}

static void poll(struct lane *l, const struct way *w, ps_t now)
{
	learn(l, w, now);
	if (l->next->land_ps <= now) {
		l->in_hand = take(l, w, now);
		l->took_ps = now;
		pay(l, w, l->in_hand);
	} else {
		poll_in_vain(l, w);
		l->parked = true;
	}
}

/* Hands on what is in hand, or polls, whatever else is due. False: that lies behind until_ps, at
 * *next_ps. */
static bool step(struct lane *l, const struct way *w, ps_t *next_ps)
{
	fine_t at = l->at;
	if (!l->in_hand && l->parked)
		at = poll_from(l, w, next_look(l, w));
	ps_t now = instant_of(l, at);
	*next_ps = now;
	if (now > w->until_ps)
		return false;
	l->at = at;
	if (l->in_hand)
		finish(l, w, now);
	else
		poll(l, w, now);
	return true;
}

/* Until the next step lies behind until_ps; returns its instant. */
static ps_t run(struct lane *l, const struct way *w)
{
	ps_t next_ps;
	do {
		if (l->in_hand || l->at >= l->plain)
			continue;
		if (w->kind == KIND_RING)
			run_plain(l, w, KIND_RING);
		else if (w->kind == KIND_SINK)
			run_plain(l, w, KIND_SINK);
		else
			run_plain(l, w, KIND_PNIC);
	} while (step(l, w, &next_ps));
	return next_ps;
}

static void open_lane(struct lane *l, const struct way *w, const struct core *c)
{
	const struct task *t = w->t;
	*l = (struct lane){.base_ps = c->now_ps,
		.at = c->frac_fine,
		.took_ps = t->took_ps,
		.latency_ps = hist_no_values,
		.parked = c->state != CORE_POLLING,
		.head = t->in->head,
		.in_hand = t->in->head - t->in->done};
	read_input(l, w);
	if (w->kind == KIND_RING)
		read_output(l, t->out->ring);
}

static void close_lane(const struct lane *l, const struct way *w, struct core *c)
{
	struct task *t = w->t;
	write_input(l, w);
	uint64_t bursts = t->packets - w->packets - l->beside, polls = bursts + l->vain;
	uint64_t service_ps = l->handed_ps - l->taken_ps;
	c->now_ps = instant_of(l, l->at);
	c->frac_fine = l->at & FINE_MASK;
	c->steps += polls;
	c->job = t;
	t->out->sends += bursts + (c->state == CORE_BUSY) - (l->in_hand > 0);
	if (l->in_hand)
		c->state = CORE_BUSY;
	else if (polls)
		c->state = CORE_PARKED;
	t->taken = l->in_hand;
	t->took_ps = l->took_ps;
	t->bursts += bursts;
	t->wait_ps += (ps_t)(l->taken_ps - l->landed_ps);
	t->service_ps += (ps_t)service_ps;
	t->busy_ps += (ps_t)(service_ps - l->shared_ps);
	if (w->kind == KIND_RING)
		write_output(l, t->out->ring);
	if (w->kind == KIND_SINK)
		write_sink(l, t->out->sink);
}

static enum kind kind_of(const struct port *p)
{
	if (p->ops == &ring_port_drop)
		return KIND_RING;
	return p->ops == &sink_port ? KIND_SINK : KIND_PNIC;
}

/* At most 2 CORE_PARK_LIMIT_PS ahead, so that spans since the start stay in range. */
static void run_some(struct core *c, ps_t until_ps)
{
	struct task *t = c->tasks[0];
	ps_t soon_ps = c->now_ps + CORE_PARK_LIMIT_PS;
	const struct way w = {.t = t,
		.in = t->in,
		.packets = t->packets,
		.kind = kind_of(t->out),
		.latency_ps = t->out->sink ? &t->out->sink->latency_ps : NULL,
		.until_ps = until_ps,
		.soon_ps = until_ps < soon_ps ? until_ps : soon_ps,
		.lag_ps = t->out->lag_ps,
		.poll = t->law.poll_fine,
		.fixed = t->law.poll_fine + t->law.burst_fine,
		.packet = t->law.packet_fine,
		.per_poll = t->law.poll_fine ? UINT64_MAX / (uint64_t)t->law.poll_fine : 0};
	struct lane l;
	open_lane(&l, &w, c);
	c->next_ps = run(&l, &w);
	close_lane(&l, &w, c);
}

void fastloop_run(struct core *c, ps_t until_ps)
{
	while (until_ps - c->now_ps > 2 * CORE_PARK_LIMIT_PS)
		run_some(c, c->now_ps + 2 * CORE_PARK_LIMIT_PS);
	run_some(c, until_ps);
}
