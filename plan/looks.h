/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * looks - simulations whose verdict is looked at again, with more packets, while it is open
 *
 * Each further look takes at least four times as many packets as the one before, up to LOOKS_MOST
 * of them and as long as run.max_packets allow that many; it begins anew with the same streams.
 * Whoever looks several times errs more often, so each look is held at 1 - 0.05 / LOOKS_MOST: the
 * truth is within the intervals of all looks together with 95 % (Bonferroni, whatever they have in
 * common). A duration that the user fixed leaves nothing to look at again: its intervals are as
 * they are.
 *
 * A coarse look is for many simulations: what the scenario leaves open of run.precision and
 * run.max_packets is LOOKS_COARSE and a few million packets. It tells of servers at large, not of
 * one that was started at some instant: phases of flush timers, which with random arrivals, too,
 * may hardly move, are drawn anew for each of 16 replications, and four times as many in each
 * further look.
 */
#ifndef NFVSIM_PLAN_LOOKS_H
#define NFVSIM_PLAN_LOOKS_H

#include "model/run.h"

enum { LOOKS_MOST = 3, LOOKS_FINER = 4 };

#define LOOKS_COARSE 0.05

/* How often a verdict of this scenario may be looked at. */
int looks_most(const struct scenario *s);

/* Packets of the next look after one of so many; 0: there is none. */
int64_t looks_next(const struct scenario *s, int64_t packets);

/* Makes the scenario that of a look, with so many before it, of at least so many packets. */
void looks_set(struct scenario *s, bool coarse, int look, int64_t packets);

/* Makes 95 % intervals those of one of so many looks. */
void looks_widen(struct run_result *r, int most);

#endif
