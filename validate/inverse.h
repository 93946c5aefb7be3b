/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * inverse - values of a profile, fitted to measured points through the simulator
 *
 * Gauss-Newton on relative errors: each value in turn is changed a little, all points are
 * simulated with the same random numbers, and the least-squares step follows; values stay at 0 or
 * above. Errors come from what the fit leaves, scaled so that +-1.96 of them is the 95 %
 * interval of Student's t. Points that a set marks as `fit` count, others never do. Cost: points x
 * (values + 1) simulations a step, 3 to 5 steps.
 */
#ifndef NFVSIM_VALIDATE_INVERSE_H
#define NFVSIM_VALIDATE_INVERSE_H

#include "model/profile.h"
#include "validate/dataset.h"
#include "validate/runs.h"

enum { INVERSE_VALUES = 16 };

struct inverse_value {
	const char *key;
	struct quantity stated; /* by the profile */
	double value, error;    /* fitted; error NaN: as many values as points */
	bool dead;              /* no point depends on it: left as stated */
	bool bound;             /* ended at 0 */
};

struct inverse_point {
	const struct dataset_point *point;
	double stated, fitted; /* predicted, with the values as stated and as fitted */
	double left_out; /* predicted by a fit to all other points; NaN: those do not suffice */
};

struct inverse {
	const char *dataplane;
	struct inverse_value *values;
	size_t n_values;
	struct inverse_point *points;
	size_t n_points;
	double cov[INVERSE_VALUES][INVERSE_VALUES];
	double rms; /* relative, of the fit */
	double condition;
	double correlation; /* largest of a pair, and the pair */
	size_t pair[2];
	bool doubtful; /* condition or correlation says that values are not told apart well */
	unsigned steps;
	bool converged;
};

struct inverse_task {
	const struct dataset *set;
	const char *profile;
	const char *const *keys; /* n_keys */
	size_t n_keys;
	const char *const *sets; /* n_sets assignments for every scenario */
	size_t n_sets;
	unsigned threads;
};

/* NULL after errors. All lives in the arena of the runs. */
struct inverse *inverse_fit(const struct inverse_task *task, struct runs *runs, struct diag *d);

#endif
