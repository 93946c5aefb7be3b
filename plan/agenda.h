/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * agenda - which simulations of a sweep are next
 *
 * Points in their order; of a point with replications, those up to where they are looked at next.
 * Workers that would be idle get replications beyond that: needed or not, it is known when the
 * others are in. Every decision is made on what the store holds.
 */
#ifndef NFVSIM_PLAN_AGENDA_H
#define NFVSIM_PLAN_AGENDA_H

#include "plan/sweep.h"

/* A point with its replications. */
struct agenda_point {
	size_t first;  /* of its members in the sweep */
	size_t needed; /* members before it can be judged */
	bool over, touched;
};

struct agenda {
	const struct sweep *sweep;
	const struct sweep_run *run;
	struct sweep_counts *counts;
	size_t workers;
	struct agenda_point *points; /* n of this shard, without repeats */
	size_t n, open;              /* open: the first that may not be over */
	unsigned char *state;        /* of each member of the sweep */
};

/* Looks at the store; counts are kept up to date from then on. The agenda starts as zeros. */
void agenda_start(struct agenda *a, const struct sweep *s, const struct sweep_run *run,
	struct sweep_counts *counts);
void agenda_end(struct agenda *a);

/* As pool_next. */
bool agenda_next(struct agenda *a, bool idle, size_t *member);

/* The member's result is in the store, with that status. */
void agenda_done(struct agenda *a, size_t member, enum store_status status);

/* Simulations that are known to be missing, at most; whether none are, and no result is open. */
size_t agenda_left(const struct agenda *a);
bool agenda_over(const struct agenda *a);

#endif
