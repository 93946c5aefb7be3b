/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * uncertainty - what the errors of profile and platform values do to an answer
 *
 * Every value with a stated error is drawn from a normal distribution (not below 0), n times over a
 * Latin hypercube: each value has one draw in each of n equally likely intervals (McKay et al.
 * 1979). Each draw is simulated with the base's random numbers, so the spread of the answers is
 * calibration error, apart from the simulation's own noise.
 *
 * A fitted cost of a network function is what remained of a measured total when the other work of
 * its thread was taken off. So the total is held: what the draws add to that work is taken off the
 * function's own again, and only the fit's own error remains.
 */
#ifndef NFVSIM_PLAN_UNCERTAINTY_H
#define NFVSIM_PLAN_UNCERTAINTY_H

#include "plan/paired.h"

struct uncertainty_value {
	const char *key;              /* "bess.vnic.into_vm.per_packet" */
	double *z;                    /* of each draw: standard errors away from the stated value */
	double share[PAIRED_METRICS]; /* of the answers' variance that goes with it */
};

struct uncertainty {
	struct uncertainty_value *values;
	size_t n_values;
	uint32_t draws;
	double *answer[PAIRED_METRICS]; /* of each draw */
	/* after uncertainty_finish: 95 % half-widths; NaN: not known */
	double calibration[PAIRED_METRICS];
	struct arena *arena;
};

enum { UNCERTAINTY_LEAST_DRAWS = 8, UNCERTAINTY_MOST_DRAWS = 10000 };

/* All values with an error that the scenario uses, in the arena. */
struct uncertainty *uncertainty_new(const struct scenario *s, uint32_t draws, struct arena *a);

/* Moves the values of the scenario, which was read anew, to those of a draw. */
void uncertainty_apply(const struct uncertainty *u, uint32_t draw, struct scenario *s);

/* What the simulation of a draw answered. */
void uncertainty_tell(struct uncertainty *u, uint32_t draw, const struct run_result *r);

/* Sums up; sorts the values by what they add to the spread of that metric. */
void uncertainty_finish(struct uncertainty *u, enum paired_metric by);

#endif
