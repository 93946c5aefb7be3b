/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * paired - differences between runs that see the same random numbers
 *
 * Two runs with the same seed, warm-up, length and number of samples are compared sample by sample:
 * what both have in common (the arrivals) cancels out, and the interval of the difference is
 * narrower than those of the two values (Law, Simulation Modeling and Analysis, 11.2).
 */
#ifndef NFVSIM_PLAN_PAIRED_H
#define NFVSIM_PLAN_PAIRED_H

#include "model/run.h"

/* How long runs are that are to be compared. */
struct paired_design {
	ps_t warmup_ps, sample_ps;
	uint32_t samples;
	bool replications; /* else samples are batches of one run */
};

/* The design that a run chose for itself. */
struct paired_design paired_design_of(const struct run_result *r);

/* One that suits both. */
struct paired_design paired_both(struct paired_design x, struct paired_design y);

/* Runs a scenario to a design; tune as in run_options. */
struct run_result *paired_run(
	struct scenario *s, const struct paired_design *d, build_tune *tune, void *arg);

enum paired_metric {
	PAIRED_RATE,
	PAIRED_LOSS,
	PAIRED_MEAN,
	PAIRED_P50,
	PAIRED_P90,
	PAIRED_P99,
	PAIRED_METRICS
};

/* How a metric is shown: its name in tables, the unit there and the factor to it, its JSON key. */
struct paired_name {
	const char *name, *unit, *key;
	double scale;
};
extern const struct paired_name paired_names[PAIRED_METRICS];

/* All chains together: pps, ratio, ns. NaN: not enough packets. */
struct interval paired_value(const struct run_result *r, enum paired_metric m);

/* y - x with its 95 % interval, for runs of one design. */
struct interval paired_difference(
	const struct run_result *x, const struct run_result *y, enum paired_metric m);

/* Two-sided p-value of "no difference" (Student's t); 1 when nothing differs at all. */
double paired_p_value(struct interval difference, uint32_t samples);

#endif
