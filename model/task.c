/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * task - takes a burst from its ring, pays for it, hands it on
 *
 * A BESS traffic class, an OVS PMD queue, a VPP node chain, a VNF on its vCPU. Packets stay in
 * the input ring (in hand) until they are handed on, unless the task stages them: because it
 * spreads them over several ports or lets them wait in a transmit buffer.
 */
#include "model/core.h"
#include "sim/philox.h"

#include <string.h>

static inline bool stages(const struct task *t)
{
	return t->n_out > 1 || t->txbuf.threshold;
}

static inline ps_t poll_time(ps_t base_ps, fine_t first, fine_t period, uint64_t i)
{
	return base_ps + ((first + (fine_t)i * period) >> FINE_BITS);
}

/* The first poll from i on at which the clock is looked at. */
static inline uint64_t check_poll(const struct task *t, uint64_t i)
{
	uint64_t every = t->txbuf.check_every ? t->txbuf.check_every : 1;
	return i + (every - 1 - (t->polls + i) % every);
}

/* The first poll from i on that looks at the clock after the deadline. */
static uint64_t fire_poll(
	const struct task *t, ps_t base_ps, fine_t first, fine_t period, uint64_t i)
{
	if (!period)
		return i;
	ps_t span = t->deadline_ps - base_ps;
	fine_t need = span * FINE_PER_PS - first;
	uint64_t due = need > 0 ? ((uint64_t)need + (uint64_t)period - 1) / (uint64_t)period : 0;
	return check_poll(t, due > i ? due : i);
}

uint64_t task_flush_poll(const struct task *t, ps_t base_ps, fine_t first_fine, fine_t period_fine)
{
	return fire_poll(t, base_ps, first_fine, period_fine, 0);
}

/* A core without polls: the timer fired at each of its multiples, with nothing to send. */
static void skip_asleep(struct task *t, ps_t now)
{
	if (!task_buffered(t) && t->deadline_ps < now)
		t->deadline_ps += (now - t->deadline_ps + t->txbuf.timer_ps - 1) /
				  t->txbuf.timer_ps * t->txbuf.timer_ps;
}

void task_skip_polls(
	struct task *t, ps_t base_ps, fine_t first_fine, fine_t period_fine, uint64_t n)
{
	bool free_running = !t->txbuf.after_first;
	if (!period_fine) {
		if (free_running)
			skip_asleep(t, base_ps + (first_fine >> FINE_BITS));
		return;
	}
	for (uint64_t i = 0; free_running; i++) {
		i = fire_poll(t, base_ps, first_fine, period_fine, i);
		if (i >= n)
			break;
		t->deadline_ps = poll_time(base_ps, first_fine, period_fine, i) + t->txbuf.timer_ps;
	}
	if (t->txbuf.check_every)
		t->polls = (uint32_t)((t->polls + n) % t->txbuf.check_every);
}

uint32_t task_buffered(const struct task *t)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < t->n_out; i++)
		n += t->out[i].buffered;
	return n;
}

/* Looks at the clock, if this poll does. Returns how many ports the timer lets flush. */
static uint32_t timer_flushes(struct task *t, ps_t now)
{
	if (t->txbuf.check_every && ++t->polls < t->txbuf.check_every)
		return 0;
	t->polls = 0;
	if (now < t->deadline_ps)
		return 0;
	if (!t->txbuf.after_first)
		t->deadline_ps = now + t->txbuf.timer_ps;
	uint32_t ports = 0;
	for (uint32_t i = 0; i < t->n_out; i++) {
		t->out[i].due = t->out[i].buffered;
		ports += t->out[i].due > 0;
	}
	return ports;
}

static inline struct port *pick_port(struct task *t, const struct pkt *p)
{
	if (t->n_out == 1)
		return t->out;
	if (t->split == SPLIT_FLOW)
		return &t->out[(p->flow * UINT32_C(2654435761) >> 7) % t->n_out];
	struct port *o = &t->out[t->turn_out];
	if (t->split == SPLIT_ROUND_ROBIN)
		t->turn_out = t->turn_out + 1 < t->n_out ? t->turn_out + 1 : 0;
	return o;
}

/* How many of its buffered packets a port sends after an input burst of n. */
static uint32_t due_packets(const struct task *t, const struct port *o, uint32_t n)
{
	uint32_t threshold = t->txbuf.adaptive ? t->adapted : t->txbuf.threshold;
	bool all = !threshold || (t->txbuf.bypass && n >= threshold && t->n_out == 1);
	return all ? o->buffered : o->buffered / threshold * threshold;
}

/* What is due leaves in bursts of at most a full one. */
static uint32_t due_bursts(const struct task *t, const struct port *o)
{
	uint32_t full = t->txbuf.threshold ? t->txbuf.threshold : o->due;
	return o->due ? (o->due + full - 1) / full : 0;
}

/* Moves the burst from the ring to the ports' buffers; returns how many bursts will be sent. */
static uint32_t stage(struct task *t, ps_t now)
{
	struct ring *in = t->in;
	bool first = t->txbuf.timer_ps && t->txbuf.after_first && !task_buffered(t);
	for (; in->done != in->head; in->done++) {
		const struct pkt *p = ring_at(in, in->done);
		struct port *o = pick_port(t, p);
		o->buf[o->buffered++] = *p;
		t->wait_ps += now - p->land_ps;
	}
	in->left += t->taken;
	if (t->split == SPLIT_BURST)
		t->turn_out = t->turn_out + 1 < t->n_out ? t->turn_out + 1 : 0;
	if (first)
		t->deadline_ps = now + t->txbuf.timer_ps;
	t->adapted = t->taken < t->txbuf.threshold ? t->taken : t->txbuf.threshold;
	uint32_t sends = 0;
	for (uint32_t i = 0; i < t->n_out; i++) {
		t->out[i].due = due_packets(t, &t->out[i], t->taken);
		sends += due_bursts(t, &t->out[i]);
	}
	return sends;
}

/* The parts of the cost that differ from packet to packet. */
static fine_t packets_cost(const struct task *t)
{
	fine_t cost = 0;
	for (uint32_t i = t->in->done; i != t->in->head; i++) {
		fine_t one = cost_packet(&t->law, ring_at(t->in, i)->size_B);
		if (t->law.spread == COST_EXPONENTIAL)
			one = (fine_t)((double)one * -philox_log(1.0 - gsl_rng_uniform(t->rng)));
		cost += one;
	}
	return cost;
}

/* What the last n packets in hand cost less, since they will not be handed on, or not yet. */
static fine_t refused_cost(const struct task *t, uint32_t n)
{
	if (!cost_by_size(&t->unsent))
		return (fine_t)n * t->unsent.packet_fine;
	fine_t saved = 0;
	for (uint32_t i = t->in->head - n; i != t->in->head; i++)
		saved += cost_packet(&t->unsent, ring_at(t->in, i)->size_B);
	return saved;
}

/* Packets that were sent and paid for, freeing them too, are freed when more than a few wait. */
static fine_t put_off(struct task *t, uint32_t sent)
{
	const struct law *l = &t->law;
	if (!l->free_above)
		return 0;
	fine_t cost = -(fine_t)sent * l->free_packet_fine;
	t->unfreed += sent;
	if (t->unfreed > l->free_above) {
		cost += (fine_t)t->unfreed * l->free_packet_fine;
		t->unfreed = 0;
	}
	return cost;
}

/* The cost of so many bursts, and of the packets in them if they were not paid for before. */
static fine_t sending_cost(struct task *t, uint32_t bursts)
{
	fine_t cost = (fine_t)bursts * t->send_fine;
	for (uint32_t i = 0; t->txbuf.pay_when_sent && i < t->n_out; i++) {
		for (uint32_t k = 0; k < t->out[i].due; k++)
			cost += cost_packet(&t->unsent, t->out[i].buf[k].size_B);
		cost += put_off(t, t->out[i].due);
	}
	return cost;
}

bool task_start(struct task *t, ps_t now, fine_t *cost_fine)
{
	const struct law *l = &t->law;
	t->took_ps = now;
	uint32_t sends = !t->flushing && t->txbuf.timer_ps ? timer_flushes(t, now) : 0;
	t->flushing = sends > 0;
	if (sends) {
		t->taken = 0;
		t->flushes++;
		*cost_fine = sending_cost(t, sends);
		return true;
	}
	struct ring *in = t->in;
	ring_look(in, now);
	uint32_t n = ring_waiting(in);
	if (!n)
		return false;
	n = n < t->burst ? n : t->burst;
	uint32_t sent = n;
	in->head += n;
	t->taken = n;
	t->packets += n;
	t->bursts++;
	fine_t cost = l->poll_fine + l->burst_fine;
	if (__builtin_expect(cost_by_size(l) || l->spread != COST_CONSTANT, 0))
		cost += packets_cost(t);
	else
		cost += (fine_t)n * l->packet_fine;
	if (t->txbuf.pay_when_sent)
		cost -= refused_cost(t, n);
	if (stages(t)) {
		cost += sending_cost(t, stage(t, now));
	} else if (t->out->ops->reserve) {
		sent = t->out->ops->reserve(t->out, n, now);
		cost -= refused_cost(t, n - sent);
	}
	if (!t->txbuf.pay_when_sent)
		cost += put_off(t, sent);
	*cost_fine = cost;
	return true;
}

/* Sends what is due from the ports' buffers, a burst at a time. */
static ps_t send_due(struct task *t, ps_t now)
{
	for (uint32_t i = 0; i < t->n_out; i++) {
		struct port *o = &t->out[i];
		while (o->due) {
			uint32_t full = t->txbuf.threshold ? t->txbuf.threshold : o->due;
			uint32_t n = o->due % full ? o->due % full : full;
			if (o->ops->reserve)
				o->ops->reserve(o, n, now);
			ps_t stall = o->ops->send(o, (struct batch){o->buf, UINT32_MAX, 0, n}, now);
			if (stall)
				return stall;
			o->sends++;
			o->due -= n;
			o->buffered -= n;
			memmove(o->buf, o->buf + n, o->buffered * sizeof *o->buf);
		}
	}
	return 0;
}

static ps_t send_in_hand(struct task *t, ps_t now)
{
	struct ring *in = t->in;
	struct batch b = {in->slot, in->mask, in->done, t->taken};
	ps_t stall = t->out->ops->send(t->out, b, now);
	if (stall)
		return stall;
	t->out->sends++;
	for (; in->done != in->head; in->done++)
		t->wait_ps += t->took_ps - ring_at(in, in->done)->land_ps;
	in->left += t->taken;
	return 0;
}

ps_t task_finish(struct task *t, ps_t now)
{
	ps_t stall = stages(t) ? send_due(t, now) : send_in_hand(t, now);
	if (stall)
		return stall;
	t->busy_ps += now - t->took_ps;
	t->service_ps += (ps_t)t->taken * (now - t->took_ps);
	t->taken = 0;
	return 0;
}
