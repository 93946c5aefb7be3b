/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * power - watts of the servers that a scenario uses
 *
 * A server takes what it takes idle, and each core in use something in between what the platform
 * states at its lowest and at its highest clock, by clock. A core that polls burns this all the
 * time, whatever the traffic; one that sleeps between interrupts only for the share that it is
 * busy.
 */
#ifndef NFVSIM_PLAN_POWER_H
#define NFVSIM_PLAN_POWER_H

#include "model/run.h"

/* NULL, or the name of a platform in use that states no power. */
const char *power_unknown(const struct scenario *s);

/* Whether watts lean on a value that is assumed, not measured or published. */
bool power_assumed(const struct scenario *s);

/* Watts of a core in use at that clock. */
double power_core_w(const struct platform *p, double clock_hz);

/* Watts of all servers that have a core in use; busy: share of time for each core of the build, or
 * NULL: always. */
double power_build_w(const struct build *b, const struct run_result *busy);

#endif
