/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * inverse_search - predictions of the points of an inverse problem, and the way to its solution
 */
#ifndef NFVSIM_VALIDATE_INVERSE_SEARCH_H
#define NFVSIM_VALIDATE_INVERSE_SEARCH_H

#include "validate/inverse.h"

/* One scenario of points. */
struct inverse_scenario {
	const struct dataset_point *point; /* the first one */
	const char **sets;                 /* n_sets, with its own seed as the last */
	size_t n_sets;
	struct runs_request want; /* what its points ask for */
};

struct search {
	const struct inverse_task *task;
	struct inverse *inverse;
	struct inverse_scenario *scenarios; /* of the inverse */
	struct runs *runs;
	struct arena *arena;
	struct diag *diag;
	bool stated;                  /* all points state their error */
	double value[INVERSE_VALUES]; /* where the search is, */
	double *predicted;            /* what that predicts for each point, */
	double *jacobian; /* and n_points rows of n_values: change of the logarithm by value */
	struct runs_answer const **answer; /* of each scenario, from the last prediction */
};

/* Predicts with the values as stated; complains where a point gets no prediction. */
bool search_start(struct search *s);

/* Goes to the solution. */
void search_solve(struct search *s);

/* What a step from here is fitted to: an observation for each point. */
struct fit_point *search_observations(const struct search *s);

/* Takes the outliers out of those; kept gets the numbers of the others. Returns how many. */
size_t search_screen(const struct search *s, struct fit_point *points, size_t *kept);

/* The robust linear fit of the step to n observations. False: they do not suffice. */
bool search_fit(const struct search *s, const struct fit_point *points, size_t n, struct fit *to);

/* What other values predict for one point each (values: n_points rows of n_values; NULL: skip). */
void search_predict_each(struct search *s, const double *const *values, double *to);

#endif
