/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/core.h"

#include "base/arena.h"
#include "model/net.h"

/* A parked core looks again after this long at the latest: keeps spans of fine_t within range. */
#define PARK_LIMIT_PS (INT64_C(1) << 41)

void core_prepare(struct core *c)
{
	c->before_fine = xcalloc(c->n_tasks + 1, sizeof *c->before_fine);
	for (uint32_t i = 0; i < c->n_tasks; i++)
		c->before_fine[i + 1] = c->before_fine[i] + c->tasks[i]->law.poll_fine;
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

struct wake {
	fine_t at_fine;  /* after the instant of parking */
	uint32_t task;
	uint64_t round;  /* number of whole rounds of polls before it */
};

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
	fine_t need = ((span < PARK_LIMIT_PS ? span : PARK_LIMIT_PS) << FINE_BITS) - first;
	uint64_t round = 0;
	if (need > 0)
		round = ((uint64_t)need + (uint64_t)period - 1) / (uint64_t)period;
	if (t->txbuf.timer_ps && task_buffered(t)) {
		uint64_t flush = task_flush_poll(t, c->now_ps, first, period);
		round = flush < round ? flush : round;
	}
	return (struct wake){first + (fine_t)round * period, i, round};
}

/* The same for a core whose polls cost nothing: the instant itself. */
static struct wake free_wake(const struct core *c, uint32_t i)
{
	ps_t at = next_event(c->tasks[i]), limit = c->now_ps + PARK_LIMIT_PS;
	at = at < limit ? at : limit;
	fine_t at_fine = at > c->now_ps ? (at - c->now_ps) << FINE_BITS : 0;
	return (struct wake){at_fine > c->frac_fine ? at_fine : c->frac_fine, i, 0};
}

/* The same for a core that sleeps: a delay later, and not sooner after the last interrupt than its
 * moderation allows. */
static struct wake sleep_wake(const struct core *c, uint32_t i)
{
	ps_t at = next_event(c->tasks[i]), limit = c->now_ps + PARK_LIMIT_PS;
	if (at < c->last_irq_ps + c->moderation_ps)
		at = c->last_irq_ps + c->moderation_ps;
	if (at < c->now_ps + c->linger_ps)
		at = c->now_ps + c->linger_ps;
	at = at < limit ? at + c->wake_delay_ps : limit;
	return (struct wake){(at - c->now_ps) << FINE_BITS, i, 0};
}

static struct wake earliest(const struct core *c, bool sleeps, fine_t period)
{
	struct wake best = {INT64_MAX, 0, 0};
	for (uint32_t k = 0; k < c->n_tasks; k++) {
		uint32_t i = (c->turn + k) % c->n_tasks;
		struct wake w = sleeps ? sleep_wake(c, i)
			: period       ? poll_wake(c, i, period)
				       : free_wake(c, i);
		if (w.at_fine < best.at_fine ||
			(w.at_fine == best.at_fine && w.round < best.round))
			best = w;
	}
	return best;
}

/* *slept: it had gone to sleep by then. */
static struct wake next_wake(const struct core *c, bool *slept)
{
	fine_t period = c->before_fine[c->n_tasks];
	*slept = c->interrupt;
	if (c->interrupt && !c->linger_ps)
		return earliest(c, true, 0);
	struct wake w = earliest(c, false, period);
	*slept = c->interrupt && w.at_fine > c->linger_ps << FINE_BITS;
	return *slept ? earliest(c, true, 0) : w;
}

ps_t core_wake_time(const struct core *c)
{
	bool slept;
	return c->now_ps + (next_wake(c, &slept).at_fine >> FINE_BITS);
}

/* Learns of arrivals that were not known yet when it parked. */
static void look_ahead(struct core *c, ps_t now)
{
	for (uint32_t i = 0; i < c->n_tasks; i++)
		if (c->tasks[i]->in->horizon_ps <= now)
			ring_look(c->tasks[i]->in, now);
}

/* False: the core is to come back later. It may have been called for a packet that went to another
 * queue, or too early, when all that is known is that nothing lands before. */
static bool unpark(struct core *c, ps_t now)
{
	look_ahead(c, now);
	bool slept;
	struct wake w = next_wake(c, &slept);
	if (c->now_ps + (w.at_fine >> FINE_BITS) > now)
		return false;
	fine_t period = slept ? 0 : c->before_fine[c->n_tasks];
	bool before = true;
	for (uint32_t k = 0; k < c->n_tasks; k++) {
		uint32_t i = (c->turn + k) % c->n_tasks;
		fine_t first = period ? first_poll_fine(c, i) : w.at_fine;
		before &= i != w.task;
		if (c->tasks[i]->txbuf.timer_ps)
			task_skip_polls(c->tasks[i], c->now_ps, first, period, w.round + before);
	}
	c->now_ps += w.at_fine >> FINE_BITS;
	c->frac_fine = w.at_fine & FINE_MASK;
	c->turn = w.task;
	c->empty_polls = 0;
	c->state = CORE_POLLING;
	if (slept) {
		c->last_irq_ps = c->now_ps;
		c->wakes++;
		spend(c, c->wake_fine);
	}
	return true;
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

ps_t core_step(struct core *c)
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
		ps_t now = events_of(&c->net->events, c->number);
		if (!unpark(c, now))
			return core_wake_time(c);
		if (c->now_ps > now)
			return c->now_ps;
	}
	return poll(c);
}
