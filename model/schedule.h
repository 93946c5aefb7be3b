/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * schedule - in which order cores act
 *
 * A packet put into a ring carries the instant at which it lands, and whether it found room is
 * judged by the reader. So where packets only flow forward, a core can be run a block of
 * simulated time ahead of those downstream of it, in a tight loop and without a pending-event
 * set, and the result is the same bit for bit. Cores that need each other's state at every
 * instant form a group, which is run by events: a sender that asks for room and the ring's
 * reader, senders into one ring, senders onto one wire, and whatever lies on a cycle. Groups act
 * one after the other, upstream first, a block at a time.
 */
#ifndef NFVSIM_MODEL_SCHEDULE_H
#define NFVSIM_MODEL_SCHEDULE_H

#include "sim/events.h"

struct net;
struct core;

/*
 * Sees every step of every core: before it, and after it, when the counters and rings tell what it
 * did. Steps come in the order of time. It changes nothing, so neither do the results; a net
 * without one does not pay for it.
 */
struct observer {
	void (*before)(void *arg, const struct core *c, ps_t at_ps);
	void (*after)(void *arg, const struct core *c);
	void *arg;
};

struct group {
	struct core **cores; /* in the order of their numbers */
	uint32_t n;
	bool fast;            /* fastloop.h serves it */
	struct events events; /* of n > 1, or observed */
};

struct schedule {
	struct group *groups; /* upstream first */
	uint32_t n;
	ps_t block_ps;
	const struct observer *observer;
};

/* Finds the groups of a net whose tasks and ports are complete. together: all cores are put into
 * one group (the plain event loop, for comparison). */
void schedule_init(struct schedule *s, struct net *net, bool together);
void schedule_free(struct schedule *s);

/* Lets every core do all that it does up to and including until_ps. */
void schedule_run(struct schedule *s, ps_t from_ps, ps_t until_ps);

#endif
