/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/fastloop.h"

#include "model/sink.h"

/* Spans of fine_t stay in range when a parked core looks again after this long. */
#define PARK_LIMIT_PS (INT64_C(1) << 41)

/* An instant with its remainder. */
struct instant {
	ps_t ps;
	fine_t frac;
};

static inline struct instant after(struct instant at, fine_t span)
{
	at.frac += span;
	at.ps += at.frac >> FINE_BITS;
	at.frac &= FINE_MASK;
	return at;
}

bool fastloop_fits(const struct core *c)
{
	if (c->n_tasks != 1 || c->interrupt)
		return false;
	const struct task *t = c->tasks[0];
	const struct port_ops *ops = t->out->ops;
	return t->n_out == 1 && !t->txbuf.threshold && !t->txbuf.timer_ps && !t->law.byte_fine &&
	       !t->law.copied_byte_fine && t->law.spread == COST_CONSTANT &&
	       (ops == &ring_port_drop || ops == &sink_port || ops == &pnic_port);
}

/* The first poll after an empty one at which something may have landed. */
static inline struct instant next_poll(const struct ring *in, struct instant at, fine_t period)
{
	ps_t span = ring_next(in) - at.ps;
	span = span < PARK_LIMIT_PS ? span : PARK_LIMIT_PS;
	fine_t need = (span << FINE_BITS) - at.frac;
	if (need <= 0)
		return at;
	if (period)
		need = (fine_t)(((uint64_t)need + (uint64_t)period - 1) / (uint64_t)period) *
		       period;
	return after(at, need);
}

static inline void hand_on(struct task *t, ps_t now)
{
	struct ring *in = t->in;
	struct port *out = t->out;
	ps_t waited = 0, took = t->took_ps;
	if (out->ops == &ring_port_drop) {
		struct ring *to = out->ring;
		ring_reserve(to, t->taken);
		for (uint32_t i = in->done; i != in->head; i++) {
			const struct pkt *p = ring_at(in, i);
			waited += took - p->land_ps;
			*ring_at(to, to->coming) = *p;
			ring_at(to, to->coming++)->land_ps = now + out->lag_ps;
		}
		to->put += t->taken;
	} else if (out->ops == &sink_port) {
		for (uint32_t i = in->done; i != in->head; i++) {
			const struct pkt *p = ring_at(in, i);
			waited += took - p->land_ps;
			sink_take(out->sink, p, now);
		}
	} else {
		for (uint32_t i = in->done; i != in->head; i++)
			waited += took - ring_at(in, i)->land_ps;
		out->ops->send(out, (struct batch){in->slot, in->mask, in->done, t->taken}, now);
	}
	out->sends++;
	in->done = in->head;
	in->left += t->taken;
	t->wait_ps += waited;
	t->busy_ps += now - took;
	t->service_ps += (ps_t)t->taken * (now - took);
}

void fastloop_run(struct core *c, ps_t until_ps)
{
	struct task *t = c->tasks[0];
	struct ring *in = t->in;
	const fine_t poll = t->law.poll_fine, fixed = poll + t->law.burst_fine;
	struct instant at = {c->now_ps, c->frac_fine};
	bool busy = c->state == CORE_BUSY;
	bool parked = c->state == CORE_PARKED;
	for (;;) {
		struct instant next = parked ? next_poll(in, at, poll) : at;
		if (next.ps > until_ps) {
			c->next_ps = next.ps;
			break;
		}
		at = next;
		c->steps++;
		if (busy)
			hand_on(t, at.ps);
		ring_look(in, at.ps);
		uint32_t n = ring_waiting(in);
		busy = n > 0;
		parked = !busy;
		if (!busy) {
			at = after(at, poll);
			continue;
		}
		n = n < t->burst ? n : t->burst;
		in->head += n;
		t->taken = n;
		t->packets += n;
		t->bursts++;
		t->took_ps = at.ps;
		at = after(at, fixed + (fine_t)n * t->law.packet_fine);
	}
	c->now_ps = at.ps;
	c->frac_fine = at.frac;
	c->state = busy ? CORE_BUSY : parked ? CORE_PARKED : CORE_POLLING;
	c->job = t;
	if (!busy)
		t->taken = 0;
}
