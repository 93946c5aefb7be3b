/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * refit - fitted profile values, fitted again: with other values around them, or to other points
 *
 * While the core that pays a cost is the bottleneck, its cycles a packet are clock over rate. So
 * the fit has a closed form: run with the stated value, then add what the measured rates ask for
 * beyond the predicted ones, averaged over the points:
 *
 *   value + mean(clock / measured - clock / predicted)
 */
#ifndef NFVSIM_VALIDATE_REFIT_H
#define NFVSIM_VALIDATE_REFIT_H

#include "validate/dataset.h"
#include "validate/runs.h"

struct refit {
	const struct dataset *set;
	const struct dataset_fit *fit;
	double stated, error; /* of the profile */
};

/* The fits of all sets with the values that the profiles state; returns how many. */
size_t refit_list(const struct dataset *const *sets, size_t n, struct refit **to, struct arena *a,
	struct diag *d);

/* The value that meets the points with these ids on average, all other values as `like` has them.
 * The first asks, the second tells once the runs are simulated. */
size_t *refit_ask(struct runs *runs, const struct refit *f, const struct param_list *ids,
	const struct runs_request *like, struct diag *d);
double refit_value(const struct runs *runs, const struct refit *f, const struct param_list *ids,
	const size_t *asked);

/* One request for each draw 1..n, without a path: all values drawn, the fitted ones fitted again to
 * their points and then drawn around that with their own error. Simulates the points. */
struct runs_request *refit_draws(struct runs *runs, const struct refit *fits, size_t n_fits,
	uint32_t n, const char *const *sets, size_t n_sets, unsigned threads);

/* For each point that has a fit: what is predicted for it when the model does not know it. */
struct refit_row {
	const struct dataset *set;
	const struct dataset_point *point;
	const struct refit *refit;
	bool fitted;     /* the profile knows it */
	double shipped;  /* error with the profile as it is */
	double left_out; /* error when fitted to all other points of its kind */
	double value;    /* the fitted value then */
	double other; /* error with the value that another dataplane has for the same key; or NaN */
};
size_t refit_leave_out(struct runs *runs, const struct refit *fits, size_t n_fits,
	const struct runs_request *like, unsigned threads, struct refit_row **to);

#endif
