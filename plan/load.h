/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * load - a scenario at another offered rate
 *
 * With several chains their rates keep the proportions that the scenario gave them.
 */
#ifndef NFVSIM_PLAN_LOAD_H
#define NFVSIM_PLAN_LOAD_H

#include "model/scenario.h"

/* Packets a second of all chains together, as the scenario stands. */
double load_pps(const struct scenario *s);

/* The highest such rate: one of the chains is then at line rate (or sends all of its bursts at
 * it). */
double load_max_pps(const struct scenario *s);

/* NULL, or why the rate cannot be set: captures have their own, and 0 has no proportions. */
const char *load_fixed(const struct scenario *s);

/* Changes the scenario in place. */
void load_set(struct scenario *s, double pps);

#endif
