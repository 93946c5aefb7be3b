/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * events - the pending-event set: each actor has at most one pending instant
 *
 * An indexed 4-ary heap ordered by (instant, actor number), so that the order is total and does not
 * depend on how it came about. Setting, moving and cancelling cost O(log n).
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
	struct event *heap; /* actors entries, ordered; those without an instant hold PS_NEVER */
	uint32_t *place;    /* of each actor in heap */
	uint32_t n;
};

/* All of n actors start without an instant. */
void events_init(struct events *e, uint32_t n);
void events_free(struct events *e);

/* Sets, moves or (at_ps = PS_NEVER) cancels the instant of an actor. */
void events_set(struct events *e, uint32_t actor, ps_t at_ps);

static inline struct event events_first(const struct events *e)
{
	return e->heap[0];
}

static inline ps_t events_of(const struct events *e, uint32_t actor)
{
	return e->heap[e->place[actor]].at_ps;
}

#endif
