/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * events - the pending-event set: each actor has at most one pending instant
 *
 * A tournament: a complete binary tree whose leaves are the actors and whose inner nodes hold the
 * winner of their two children. Order is (instant, actor number), total and independent of history.
 * Setting, moving or cancelling replays log2(n) matches; the first event is the root.
 */
#ifndef NFVSIM_SIM_EVENTS_H
#define NFVSIM_SIM_EVENTS_H

#include "sim/simtime.h"

#include <stdbool.h>

struct event {
	ps_t at_ps;
	uint32_t actor;
};

struct events {
	ps_t *at_ps;      /* of each leaf; PS_NEVER: none */
	uint32_t *winner; /* winner[1] is the root, the children of i are 2i and 2i + 1 */
	uint32_t leaves;  /* a power of two >= n */
	uint32_t n;
};

/* All of n actors start without an instant. */
void events_init(struct events *e, uint32_t n);
void events_free(struct events *e);

/* Sets, moves or (at_ps = PS_NEVER) cancels the instant of an actor. */
static inline void events_set(struct events *e, uint32_t actor, ps_t at_ps)
{
	e->at_ps[actor] = at_ps;
	/* A left child wins ties: its actors have the lower numbers. */
	uint32_t node = (e->leaves + actor) >> 1;
	uint32_t left = actor & ~1u, right = actor | 1u;
	for (; node; node >>= 1) {
		uint32_t best = e->at_ps[right] < e->at_ps[left] ? right : left;
		e->winner[node] = best;
		uint32_t other = e->winner[node ^ 1];
		left = node & 1 ? other : best;
		right = node & 1 ? best : other;
	}
}

static inline struct event events_first(const struct events *e)
{
	uint32_t first = e->winner[1];
	return (struct event){e->at_ps[first], first};
}

static inline ps_t events_of(const struct events *e, uint32_t actor)
{
	return e->at_ps[actor];
}

#endif
