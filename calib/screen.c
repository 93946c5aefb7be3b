/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "calib/screen.h"

#include "base/arena.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_multifit.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CHANCE 1e-3   /* that a good observation is marked at the second look */
#define CUT 6.0       /* robust standard deviations */
#define SINGULAR 1e-6 /* of singular values */
#define SMALLEST 1e-9 /* deviation, over the largest, that is told from none */

enum {
	ITERATIONS = 50,
	LOOKS = 10,
	SPARE = 3,
	MOST = 3
}; /* observations beyond the terms; one in so many */

struct problem {
	gsl_matrix *x, *cov;
	gsl_vector *y, *c, *weight, *left;
	gsl_multifit_linear_workspace *space;
};

/* Rows over their errors, columns of length 1; a column of nothing stays one. */
static struct problem problem_new(const struct fit_point *points, size_t n, size_t terms)
{
	struct problem q = {gsl_matrix_alloc(n, terms), gsl_matrix_alloc(terms, terms),
		gsl_vector_alloc(n), gsl_vector_alloc(terms), gsl_vector_alloc(n),
		gsl_vector_alloc(n), gsl_multifit_linear_alloc(n, terms)};
	for (size_t i = 0; i < n; i++)
		gsl_vector_set(q.y, i, points[i].y / points[i].error);
	for (size_t k = 0; k < terms; k++) {
		double square = 0;
		for (size_t i = 0; i < n; i++)
			square += pow(points[i].x[k] / points[i].error, 2);
		for (size_t i = 0; i < n; i++)
			gsl_matrix_set(q.x, i, k,
				points[i].x[k] / points[i].error / (square > 0 ? sqrt(square) : 1));
	}
	return q;
}

static void problem_free(struct problem *q)
{
	gsl_matrix_free(q->x);
	gsl_matrix_free(q->cov);
	gsl_vector_free(q->y);
	gsl_vector_free(q->c);
	gsl_vector_free(q->weight);
	gsl_vector_free(q->left);
	gsl_multifit_linear_free(q->space);
}

/* Least squares, again and again, each deviation weighed by one over its size before. */
static void fit_deviations(struct problem *q)
{
	gsl_vector_set_all(q->weight, 1);
	for (int k = 0; k < ITERATIONS; k++) {
		double squares, largest = 0;
		size_t rank;
		gsl_multifit_wlinear_tsvd(
			q->x, q->weight, q->y, SINGULAR, q->c, q->cov, &squares, &rank, q->space);
		gsl_multifit_linear_residuals(q->x, q->y, q->c, q->left);
		for (size_t i = 0; i < q->left->size; i++)
			largest = fmax(largest, fabs(gsl_vector_get(q->left, i)));
		for (size_t i = 0; i < q->left->size; i++)
			gsl_vector_set(q->weight, i,
				1 / fmax(fabs(gsl_vector_get(q->left, i)),
					    fmax(SMALLEST * largest, 1e-300)));
	}
}

static int by_size(const void *x, const void *y)
{
	double a = fabs(*(const double *)x), b = fabs(*(const double *)y);
	return (a > b) - (a < b);
}

/* The standard deviation by the largest deviation that is a good observation's even when as many
 * are outliers as may be. As many deviations as there are terms are 0 whatever the others are. */
static double deviation_of(const struct problem *q, size_t terms)
{
	size_t n = q->left->size, m = n - terms, most = n / MOST;
	size_t good = most < m ? m - most : 1;
	double *left = xcalloc(n, sizeof *left);
	for (size_t i = 0; i < n; i++)
		left[i] = gsl_vector_get(q->left, i);
	qsort(left, n, sizeof *left, by_size);
	double at = fabs(left[terms + good - 1]);
	free(left);
	return at / gsl_cdf_ugaussian_Pinv(0.5 + ((double)good - 0.5) / (double)(2 * m));
}

/* Marks what is further off than cut; returns how many. */
static size_t mark(const struct problem *q, double cut, bool *outlier)
{
	size_t found = 0;
	for (size_t i = 0; i < q->left->size; i++) {
		outlier[i] = cut > 0 && fabs(gsl_vector_get(q->left, i)) > cut;
		found += outlier[i];
	}
	return found;
}

/* By least squares to the others: a median deviation of few can be small by chance, and then the
 * first look has marked too many. */
static size_t look_again(struct problem *q, size_t terms, size_t found, bool *outlier)
{
	size_t n = q->left->size, rank;
	for (int k = 0; k < LOOKS && found * MOST <= n && found + terms < n; k++) {
		double squares, spare = (double)(n - found - terms);
		for (size_t i = 0; i < n; i++)
			gsl_vector_set(q->weight, i, outlier[i] ? 0 : 1);
		gsl_multifit_wlinear_tsvd(
			q->x, q->weight, q->y, SINGULAR, q->c, q->cov, &squares, &rank, q->space);
		gsl_multifit_linear_residuals(q->x, q->y, q->c, q->left);
		size_t before = found;
		found = mark(
			q, sqrt(squares / spare) * gsl_cdf_tdist_Qinv(CHANCE / 2, spare), outlier);
		if (found == before)
			break;
	}
	return found;
}

size_t screen_outliers(const struct fit_point *points, size_t n, size_t terms, bool *outlier)
{
	size_t found = 0;
	memset(outlier, 0, n * sizeof *outlier);
	if (n < terms + SPARE)
		return 0;
	struct problem q = problem_new(points, n, terms);
	fit_deviations(&q);
	found = mark(&q, CUT * deviation_of(&q, terms), outlier);
	found = look_again(&q, terms, found, outlier);
	problem_free(&q);
	if (found * MOST <= n)
		return found;
	memset(outlier, 0, n * sizeof *outlier);
	return 0;
}
