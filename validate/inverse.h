/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * inverse - values of a profile, fitted to measured points through the simulator
 *
 * Points that a set marks as `fit` count, others never do. What is made small is the difference of
 * the logarithms of predicted and measured values (of a loss: of what is delivered), over its
 * standard error: that of the measurement, and that of the simulation. Each step is a robust linear
 * fit (calib/fit.h) to how predictions change with the values; values stay at 0 or above. That
 * change comes from simulations with the same random numbers, and is brought up to date from
 * step to step (Broyden 1965). At the end it is measured anew, over as much as the values are
 * uncertain by, which smooths what is jagged in a simulation of finite length.
 *
 * Errors are scaled so that +-1.96 of them is the 95 % interval of Student's t, and are at least
 * those of the jackknife over scenarios. Each scenario has random numbers of its own: what a run of
 * finite length is off by is then noise of its points, which the fit sees, and no shift of all.
 *
 * Cost: about 7 + 3 x values simulations a scenario.
 */
#ifndef NFVSIM_VALIDATE_INVERSE_H
#define NFVSIM_VALIDATE_INVERSE_H

#include "calib/fit.h"
#include "model/profile.h"
#include "validate/dataset.h"
#include "validate/runs.h"

enum { INVERSE_VALUES = FIT_TERMS };

enum inverse_state {
	INVERSE_FITTED,
	INVERSE_DEAD,  /* no point depends on it: left as stated */
	INVERSE_MIXED, /* the points do not tell it from those before it: left as stated */
	INVERSE_BOUND, /* ended at 0 */
};

struct inverse_value {
	const char *key;
	struct quantity stated; /* by the profile */
	double value, error;    /* fitted; error NaN: as many values as points without errors */
	enum inverse_state state;
};

struct inverse_point {
	const struct dataset_point *point;
	double error; /* one standard error, relative: of the measurement and of the simulation */
	double simulated;      /* the simulation's part of it */
	double stated, fitted; /* predicted, with the values as stated and as fitted */
	double left_out; /* predicted by a fit to all other points; NaN: those do not suffice */
	bool outlier;    /* too far off to count */
	size_t scenario; /* points of one scenario have the same number */
};

struct inverse {
	const char *dataplane;
	struct inverse_value *values;
	size_t n_values;
	struct inverse_point *points;
	size_t n_points, n_scenarios, n_outliers;
	double cov[INVERSE_VALUES][INVERSE_VALUES];
	double rms;         /* relative, of points that are no outliers */
	double noise;       /* the same, of runs that are short; searches leave none */
	double condition;   /* of the values that are told apart */
	double correlation; /* largest of a pair, and the pair */
	size_t pair[2];
	bool doubtful; /* condition or correlation says that values are not told apart well */
	size_t next;   /* the point which, measured once more, would narrow the values most */
	double worth;  /* share of the summed squared relative errors that it would take away */
	unsigned steps;
	size_t simulations;
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
