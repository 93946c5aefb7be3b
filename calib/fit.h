/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fit - a cost as a sum of terms, found by robust regression
 *
 *   y = c[0] x[0] + ... + c[p-1] x[p-1]
 *
 * Observations are weighed by their errors and outliers lose their weight (Tukey's bisquare, GSL's
 * gsl_multifit_robust). Errors of the coefficients are scaled so that +-1.96 of them is the 95 %
 * interval of Student's t; fit_widen and fit_share add what such errors leave out: that the law is
 * not quite the truth, and that a whole series may be off. What the observations cannot tell apart
 * is said rather than hidden: a term that is a mixture of those before it is left out, and the
 * worst pair of the rest is named.
 */
#ifndef NFVSIM_CALIB_FIT_H
#define NFVSIM_CALIB_FIT_H

#include <stdbool.h>
#include <stddef.h>

enum { FIT_TERMS = 16 };

struct fit_point {
	double x[FIT_TERMS];
	double y;
	double error; /* of y, above 0; only their ratios count */
};

/* What may come out. */
struct fit_rule {
	double least[FIT_TERMS]; /* of each coefficient; -INFINITY: any */
	double singular; /* share of a term unexplained by those before it below which it is left
			    out */
	/* Least squares, for observations without outliers. As many observations as terms will then
	 * do: errors are those that they state. */
	bool plain;
};

struct fit {
	size_t n, terms;
	struct fit_rule rule;
	bool used[FIT_TERMS];     /* false: not told apart from terms before it, or held */
	bool negative[FIT_TERMS]; /* held at its least, being below it otherwise */
	double c[FIT_TERMS], error[FIT_TERMS];
	double cov[FIT_TERMS][FIT_TERMS];
	double r2;          /* of the weighed observations */
	double rms;         /* relative, of observations that are no outliers */
	double scale;       /* residual over stated error, robust */
	size_t outliers;    /* that lost nine tenths of their weight */
	double condition;   /* of the terms, each scaled to length 1 */
	double correlation; /* largest of a pair of coefficients, by size */
	size_t pair[2];     /* that pair */
	bool doubtful;      /* condition or correlation says they are not told apart well */
};

/* False when there are not more observations than terms that can be told apart. bounded: no
 * coefficient may be negative, as costs are not. */
bool fit_robust(
	const struct fit_point *points, size_t n, size_t terms, bool bounded, struct fit *to);

/* The same by a rule. */
bool fit_by(const struct fit_point *points, size_t n, size_t terms, const struct fit_rule *rule,
	struct fit *to);

/* Carries lack of fit into errors and covariance: a coefficient's error is at least that of the
 * jackknife that leaves out one group of points at a time (Efron & Tibshirani 1993, 11.5; all
 * points of one burst, say), since residuals of a wrong law go together. group[i] is below
 * n_groups. */
void fit_widen(struct fit *f, const struct fit_point *points, const size_t *group, size_t n_groups);

/* Carries a relative error that all points share. */
void fit_share(struct fit *f, double relative);

/* What the fit says of a point, and the standard error of that. */
double fit_predict(const struct fit *f, const double x[FIT_TERMS]);
double fit_predict_error(const struct fit *f, const double x[FIT_TERMS]);

/* The share of the summed squared relative errors of the coefficients that one more observation
 * at x, with that error of y, is expected to take away. */
double fit_worth(const struct fit *f, const double x[FIT_TERMS], double error);

#endif
