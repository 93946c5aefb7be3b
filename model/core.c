/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/core.h"

#include "base/arena.h"
#include "model/net.h"

void core_prepare(struct core *c)
{
	c->before_fine = xcalloc(c->n_tasks + 1, sizeof *c->before_fine);
	for (uint32_t i = 0; i < c->n_tasks; i++)
		c->before_fine[i + 1] = c->before_fine[i] + c->tasks[i]->law.poll_fine;
	for (uint32_t i = 0; i < c->n_tasks; i++)
		c->timers |= c->tasks[i]->txbuf.timer_ps > 0;
}

static inline void spend(struct core *c, fine_t cost)
{
	c->frac_fine += cost;
	c->now_ps += c->frac_fine >> FINE_BITS;
	c->frac_fine &= FINE_MASK;
}

/* From the instant of parking to the next poll of task i, in fine units (with the remainder). */
static inline fine_t first_poll_fine(const struct core *c, uint32_t i)
{
	fine_t offset = c->before_fine[i] - c->before_fine[c->turn];
	if (i < c->turn)
		offset += c->before_fine[c->n_tasks];
	return c->frac_fine + offset;
}

/* The instant at which something happens to task i: a landing, or its flush timer. */
static ps_t next_event(const struct task *t)
{
	ps_t at = ring_next(t->in);
	if (t->txbuf.timer_ps && t->deadline_ps < at && task_buffered(t))
		at = t->deadline_ps;
	return at;
}

/* When task i, polled again and again while all is empty, first has something to do. */
static struct wake poll_wake(const struct core *c, uint32_t i, fine_t period)
{
	const struct task *t = c->tasks[i];
	fine_t first = first_poll_fine(c, i);
	ps_t span = ring_next(t->in) - c->now_ps;
	fine_t need = (span < CORE_PARK_LIMIT_PS ? span : CORE_PARK_LIMIT_PS) * FINE_PER_PS - first;
	uint64_t round = 0;
	if (need > 0)
		round = ((uint64_t)need + (uint64_t)period - 1) / (uint64_t)period;
	if (t->txbuf.timer_ps && task_buffered(t)) {
		uint64_t flush = task_flush_poll(t, c->now_ps, first, period);
		round = flush < round ? flush : round;
	}
	return (struct wake){first + (fine_t)round * period, round, i, false, false};
}

/* The same for a core whose polls cost nothing: the instant itself. */
static struct wake free_wake(const struct core *c, uint32_t i)
{
	ps_t at = next_event(c->tasks[i]), limit = c->now_ps + CORE_PARK_LIMIT_PS;
	at = at < limit ? at : limit;
	fine_t at_fine = at > c->now_ps ? (at - c->now_ps) << FINE_BITS : 0;
	return (struct wake){at_fine > c->frac_fine ? at_fine : c->frac_fine, 0, i, false, false};
}

/* The same for a core that sleeps: a delay later, and not sooner after the last interrupt than its
 * moderation allows. */
static struct wake sleep_wake(const struct core *c, uint32_t i)
{
	ps_t at = next_event(c->tasks[i]), limit = c->now_ps + CORE_PARK_LIMIT_PS;
	if (at < c->last_irq_ps + c->moderation_ps)
		at = c->last_irq_ps + c->moderation_ps;
	if (at < c->now_ps + c->linger_ps)
		at = c->now_ps + c->linger_ps;
	bool again = at >= limit;
	at = again ? limit : at + c->wake_delay_ps;
	return (struct wake){(at - c->now_ps) * FINE_PER_PS, 0, i, true, again};
}

static inline struct wake task_wake(const struct core *c, uint32_t i, bool sleeps)
{
	fine_t period = c->before_fine[c->n_tasks];
	if (sleeps)
		return sleep_wake(c, i);
	return period ? poll_wake(c, i, period) : free_wake(c, i);
}

static struct wake earliest(const struct core *c, bool sleeps)
{
	struct wake best = task_wake(c, c->turn, sleeps);
	for (uint32_t k = 1, i = c->turn; k < c->n_tasks; k++) {
		i = i + 1 < c->n_tasks ? i + 1 : 0;
		struct wake w = task_wake(c, i, sleeps);
		if (w.at_fine < best.at_fine || (w.at_fine == best.at_fine && w.round < best.round))
			best = w;
	}
	return best;
}

ps_t core_wake_time(struct core *c)
{
	c->wake = earliest(c, c->interrupt && !c->linger_ps);
	if (c->interrupt && !c->wake.slept && c->wake.at_fine > c->linger_ps << FINE_BITS)
		c->wake = earliest(c, true);
	return c->now_ps + (c->wake.at_fine >> FINE_BITS);
}

/* Learns of arrivals that were not known yet when it parked. True: there may be some. */
static bool look_ahead(struct core *c, ps_t now)
{
	bool learnt = false;
	for (uint32_t i = 0; i < c->n_tasks; i++)
		if (c->tasks[i]->in->horizon_ps <= now) {
			ring_look(c->tasks[i]->in, now);
			learnt = true;
		}
	return learnt;
}

/* Skipped polls have looked at the flush timers. */
static void skip_polls(struct core *c)
{
	fine_t period = c->wake.slept ? 0 : c->before_fine[c->n_tasks];
	bool before = true;
	for (uint32_t k = 0, i = c->turn; k < c->n_tasks; k++) {
		fine_t first = period ? first_poll_fine(c, i) : c->wake.at_fine;
		before &= i != c->wake.task;
		if (c->tasks[i]->txbuf.timer_ps)
			task_skip_polls(
				c->tasks[i], c->now_ps, first, period, c->wake.round + before);
		i = i + 1 < c->n_tasks ? i + 1 : 0;
	}
}

/* PS_NEVER: it polls now. Else it is to come back then: it may have been called for a packet that
 * went to another queue, or too early, when all that was known is that nothing lands before, or
 * the wake-up itself takes time. */
static ps_t unpark(struct core *c, ps_t now)
{
	if (look_ahead(c, now) || c->interrupt) {
		ps_t at = core_wake_time(c);
		if (at > now)
			return at;
	}
	if (c->wake.again) {
		c->now_ps = now - c->linger_ps; /* it has lingered long ago */
		return core_wake_time(c);
	}
	if (c->timers)
		skip_polls(c);
	c->now_ps += c->wake.at_fine >> FINE_BITS;
	c->frac_fine = c->wake.at_fine & FINE_MASK;
	c->turn = c->wake.task;
	c->empty_polls = 0;
	c->state = CORE_POLLING;
	if (c->wake.slept) {
		c->last_irq_ps = c->now_ps - c->wake_delay_ps;
		c->wakes++;
		spend(c, c->wake_fine);
	}
	return c->now_ps > now ? c->now_ps : PS_NEVER;
}

static inline uint32_t next_turn(const struct core *c)
{
	return c->turn + 1 < c->n_tasks ? c->turn + 1 : 0;
}

static ps_t poll(struct core *c)
{
	struct task *t = c->tasks[c->turn];
	fine_t cost;
	if (task_start(t, c->now_ps, &cost)) {
		c->job = t;
		c->state = CORE_BUSY;
		c->empty_polls = 0;
		if (!t->flushing)
			c->turn = next_turn(c);
		spend(c, cost);
		return c->now_ps;
	}
	spend(c, t->law.poll_fine);
	c->turn = next_turn(c);
	if (++c->empty_polls < c->n_tasks)
		return c->now_ps;
	c->state = CORE_PARKED;
	return core_wake_time(c);
}

ps_t core_step(struct core *c, ps_t at_ps)
{
	c->steps++;
	if (c->state == CORE_BUSY) {
		ps_t stall = task_finish(c->job, c->now_ps);
		if (stall) {
			c->stalled_ps += stall;
			c->now_ps += stall;
			return c->now_ps;
		}
		c->state = CORE_POLLING;
	} else if (c->state == CORE_PARKED) {
		ps_t later = unpark(c, at_ps);
		if (later != PS_NEVER)
			return later;
	}
	return poll(c);
}
