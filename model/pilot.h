/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pilot - runs a net from empty until its start is over
 *
 * Three things must hold. Every chain delivers: before its first packet is through, a chain says
 * nothing about its latency (long links, deep batches, late phases). MSER-5 on the mean latency of
 * slices of time since then finds the start within their first half. And they last several times as
 * long as a packet waits, which is how long what is in flight takes to be replaced (Little); what
 * the first packet needed in the empty net is no waiting. If not, the slices are doubled.
 */
#ifndef NFVSIM_MODEL_PILOT_H
#define NFVSIM_MODEL_PILOT_H

#include "model/build.h"

/* Runs the net on; its clock then is the warm-up. *doubtful: the start may not be over. Returns
 * when all held but MSER-5, which slow drifts between phases also keep waiting. */
ps_t pilot_run(const struct scenario *s, struct build *b, bool *doubtful);

/* Whether every chain with traffic has delivered a packet. */
bool pilot_all_deliver(const struct scenario *s, const struct build *b);

/* Packets a second that all chains are offered. */
double pilot_rate_pps(const struct scenario *s);

/* In which so many packets are offered. */
ps_t pilot_time_of(const struct scenario *s, double packets);

/* Of all flush timers; of one too long for the budget of packets, what the budget allows. */
ps_t pilot_longest_timer(const struct scenario *s, const struct build *b);

#endif
