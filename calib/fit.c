/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "calib/fit.h"

#include "base/arena.h"

#include <gsl/gsl_blas.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_linalg.h>
#include <gsl/gsl_multifit.h>
#include <math.h>
#include <string.h>

#define SINGULAR 1e-6     /* share of a column that those before it do not explain */
#define HIGH_CONDITION 50 /* Belsley, Kuh & Welsch 1980: above 30 harm is likely */
#define HIGH_CORRELATION 0.95
#define LOST 4.0    /* errors of a coefficient that are no longer the same question's */
#define OUTLIER 0.1 /* weight below which an observation counts as one: 3.9 sigma */
#define Z975 1.959963984540054

enum { FEW = 5, MANY = 5 }; /* observations a term; one outlier in so many */

/* The terms in use as columns, rows divided by their errors. */
struct problem {
	gsl_matrix *x;
	gsl_vector *y;
	size_t term[FIT_TERMS]; /* of each column */
	size_t n, p;
};

static void problem_free(struct problem *q)
{
	gsl_matrix_free(q->x);
	gsl_vector_free(q->y);
}

static struct problem problem_new(const struct fit_point *points, const struct fit *f)
{
	struct problem q = {.n = f->n};
	for (size_t k = 0; k < f->terms; k++)
		if (f->used[k])
			q.term[q.p++] = k;
	q.x = gsl_matrix_alloc(q.n, q.p);
	q.y = gsl_vector_alloc(q.n);
	for (size_t i = 0; i < q.n; i++) {
		double y = points[i].y;
		for (size_t k = 0; k < f->terms; k++)
			y -= f->negative[k] ? f->rule.least[k] * points[i].x[k] : 0;
		gsl_vector_set(q.y, i, y / points[i].error);
		for (size_t j = 0; j < q.p; j++)
			gsl_matrix_set(q.x, i, j, points[i].x[q.term[j]] / points[i].error);
	}
	return q;
}

/* Drops terms that are mixtures of those before them (Gram-Schmidt). */
static void drop_mixtures(const struct fit_point *points, struct fit *f)
{
	struct problem q = problem_new(points, f);
	for (size_t j = 0; j < q.p; j++) {
		gsl_vector_view v = gsl_matrix_column(q.x, j);
		double whole = gsl_blas_dnrm2(&v.vector), dot;
		for (size_t i = 0; i < j; i++) {
			gsl_vector_view u = gsl_matrix_column(q.x, i);
			gsl_blas_ddot(&u.vector, &v.vector, &dot);
			gsl_blas_daxpy(-dot, &u.vector, &v.vector);
		}
		double left = gsl_blas_dnrm2(&v.vector);
		f->used[q.term[j]] = left > f->rule.singular * whole;
		gsl_vector_scale(&v.vector, f->used[q.term[j]] ? 1 / left : 0);
	}
	problem_free(&q);
}

static double condition_of(const struct problem *q)
{
	gsl_matrix *u = gsl_matrix_alloc(q->n, q->p), *v = gsl_matrix_alloc(q->p, q->p);
	gsl_vector *s = gsl_vector_alloc(q->p), *work = gsl_vector_alloc(q->p);
	gsl_matrix_memcpy(u, q->x);
	for (size_t j = 0; j < q->p; j++) {
		gsl_vector_view column = gsl_matrix_column(u, j);
		gsl_vector_scale(&column.vector, 1 / gsl_blas_dnrm2(&column.vector));
	}
	gsl_linalg_SV_decomp(u, v, s, work);
	double condition = gsl_vector_get(s, 0) / gsl_vector_get(s, q->p - 1);
	gsl_matrix_free(u);
	gsl_matrix_free(v);
	gsl_vector_free(s);
	gsl_vector_free(work);
	return condition;
}

static void worst_pair(struct fit *f)
{
	f->correlation = 0;
	for (size_t i = 0; i < f->terms; i++)
		for (size_t j = i + 1; j < f->terms; j++) {
			double r = f->cov[i][j] / sqrt(f->cov[i][i] * f->cov[j][j]);
			if (!f->used[i] || !f->used[j] || fabs(r) <= fabs(f->correlation))
				continue;
			f->correlation = r;
			f->pair[0] = i;
			f->pair[1] = j;
		}
	f->doubtful = f->condition > HIGH_CONDITION || fabs(f->correlation) > HIGH_CORRELATION;
}

/* How well it fits, from the weights that GSL ended with. */
static void judge(struct fit *f, const struct fit_point *points, const gsl_vector *weights)
{
	double w = 0, wy = 0, wyy = 0, wrr = 0, squares = 0;
	size_t kept = 0;
	for (size_t i = 0; i < f->n; i++) {
		double e = points[i].error, g = gsl_vector_get(weights, i), u = g / (e * e);
		double y = points[i].y, r = y - fit_predict(f, points[i].x);
		w += u;
		wy += u * y;
		wyy += u * y * y;
		wrr += u * r * r;
		if (g < OUTLIER)
			continue;
		squares += r * r / (y * y);
		kept++;
	}
	double spread = wyy - wy * wy / w;
	f->r2 = spread > 0 ? 1 - wrr / spread : NAN;
	f->rms = kept ? sqrt(squares / (double)kept) : NAN;
}

static size_t count_outliers(const gsl_vector *weights)
{
	size_t n = 0;
	for (size_t i = 0; i < weights->size; i++)
		n += gsl_vector_get(weights, i) < OUTLIER;
	return n;
}

/* The robust residual (Street, Carroll & Ruppert 1988) has what robustness costs in it. Where
 * there are few observations, or so many outliers that the law itself is in doubt, GSL's mixture
 * with that of least squares is the cautious one. */
static double scale_of(const gsl_multifit_robust_stats *s, const struct problem *q, size_t outliers)
{
	bool cautious = q->n < FEW * q->p || outliers * MANY > q->n;
	return cautious || !(s->sigma_rob > 0) ? s->sigma : s->sigma_rob;
}

/* Coefficients, covariance and weights of the observations; returns by what errors are wider. */
static double solve_robust(
	const struct problem *q, struct fit *f, gsl_vector *c, gsl_matrix *cov, gsl_vector *weights)
{
	gsl_multifit_robust_workspace *w =
		gsl_multifit_robust_alloc(gsl_multifit_robust_bisquare, q->n, q->p);
	gsl_error_handler_t *old = gsl_set_error_handler_off();
	int status = gsl_multifit_robust(q->x, q->y, c, cov, w);
	gsl_set_error_handler(old);
	gsl_multifit_robust_stats stats = gsl_multifit_robust_statistics(w);
	gsl_vector_memcpy(weights, stats.weights);
	f->outliers = count_outliers(weights);
	f->scale = scale_of(&stats, q, f->outliers);
	double wider = gsl_cdf_tdist_Pinv(0.975, (double)(q->n - q->p)) / Z975;
	if (stats.sigma > 0)
		wider *= f->scale / stats.sigma;
	gsl_multifit_robust_free(w);
	return status == GSL_SUCCESS || status == GSL_EMAXITER ? wider : NAN;
}

/* With as many observations as terms nothing is left over that would tell of errors. */
static double solve_plain(
	const struct problem *q, struct fit *f, gsl_vector *c, gsl_matrix *cov, gsl_vector *weights)
{
	gsl_multifit_linear_workspace *w = gsl_multifit_linear_alloc(q->n, q->p);
	double squares, spare = (double)(q->n - q->p);
	gsl_vector_set_all(weights, 1);
	int status = gsl_multifit_wlinear(q->x, weights, q->y, c, cov, &squares, w);
	f->scale = spare > 0 ? sqrt(squares / spare) : 1;
	gsl_multifit_linear_free(w);
	if (status != GSL_SUCCESS)
		return NAN;
	return spare > 0 ? f->scale * gsl_cdf_tdist_Pinv(0.975, spare) / Z975 : 1;
}

static void take_result(
	struct fit *f, const struct problem *q, const gsl_vector *c, const gsl_matrix *cov)
{
	memset(f->cov, 0, sizeof f->cov);
	memset(f->error, 0, sizeof f->error);
	for (size_t k = 0; k < f->terms; k++)
		f->c[k] = f->negative[k] ? f->rule.least[k] : 0;
	for (size_t i = 0; i < q->p; i++) {
		f->c[q->term[i]] = gsl_vector_get(c, i);
		for (size_t j = 0; j < q->p; j++)
			f->cov[q->term[i]][q->term[j]] = gsl_matrix_get(cov, i, j);
		f->error[q->term[i]] = sqrt(f->cov[q->term[i]][q->term[i]]);
	}
}

static bool solve(const struct fit_point *points, struct fit *f)
{
	struct problem q = problem_new(points, f);
	bool enough = q.p > 0 && (q.n > q.p || (q.n == q.p && f->rule.plain));
	if (!enough) {
		problem_free(&q);
		return false;
	}
	gsl_vector *c = gsl_vector_alloc(q.p), *weights = gsl_vector_alloc(q.n);
	gsl_matrix *cov = gsl_matrix_alloc(q.p, q.p);
	double wider = f->rule.plain ? solve_plain(&q, f, c, cov, weights)
				     : solve_robust(&q, f, c, cov, weights);
	bool good = !isnan(wider);
	f->condition = condition_of(&q);
	if (good) {
		gsl_matrix_scale(cov, wider * wider);
		take_result(f, &q, c, cov);
		judge(f, points, weights);
	}
	gsl_vector_free(c);
	gsl_vector_free(weights);
	gsl_matrix_free(cov);
	problem_free(&q);
	return good;
}

/* The coefficient that is furthest below its least for its error; terms when none is. */
static size_t most_negative(const struct fit *f)
{
	size_t found = f->terms;
	double worst = 0;
	for (size_t k = 0; k < f->terms; k++) {
		double below = f->used[k] ? f->c[k] - f->rule.least[k] : 0;
		double t = below < 0 ? below / fmax(f->error[k], 1e-300) : 0;
		if (t < worst) {
			worst = t;
			found = k;
		}
	}
	return found;
}

bool fit_by(const struct fit_point *points, size_t n, size_t terms, const struct fit_rule *rule,
	struct fit *to)
{
	struct fit f = {.n = n, .terms = terms, .rule = *rule, .r2 = NAN, .rms = NAN};
	for (size_t k = 0; k < terms; k++)
		f.used[k] = true;
	bool good = n > 0;
	if (good) {
		drop_mixtures(points, &f);
		good = solve(points, &f);
	}
	for (size_t k; good && (k = most_negative(&f)) < terms;) {
		f.used[k] = false;
		f.negative[k] = true;
		good = solve(points, &f);
	}
	if (good)
		worst_pair(&f);
	*to = f;
	return good;
}

bool fit_robust(
	const struct fit_point *points, size_t n, size_t terms, bool bounded, struct fit *to)
{
	struct fit_rule rule = {.singular = SINGULAR};
	for (size_t k = 0; k < FIT_TERMS; k++)
		rule.least[k] = bounded ? 0 : -INFINITY;
	return fit_by(points, n, terms, &rule, to);
}

/* The coefficients without a group. False: they cannot be known, or hardly, without it. */
static bool leave_out(const struct fit *f, const struct fit_point *points, const size_t *group,
	size_t skip, struct fit *to)
{
	struct fit_point *rest = xcalloc(f->n, sizeof *rest);
	size_t n = 0;
	for (size_t i = 0; i < f->n; i++)
		if (group[i] != skip)
			rest[n++] = points[i];
	bool good = n < f->n && fit_by(rest, n, f->terms, &f->rule, to);
	for (size_t k = 0; good && k < f->terms; k++)
		good = !f->used[k] || to->negative[k] ||
		       (to->used[k] && to->error[k] < LOST * f->error[k]);
	free(rest);
	return good;
}

static void widen_by(struct fit *f, const double factor[FIT_TERMS])
{
	for (size_t i = 0; i < f->terms; i++)
		for (size_t j = 0; j < f->terms; j++)
			f->cov[i][j] *= factor[i] * factor[j];
	for (size_t k = 0; k < f->terms; k++)
		f->error[k] *= factor[k];
}

void fit_widen(struct fit *f, const struct fit_point *points, const size_t *group, size_t n_groups)
{
	double sum[FIT_TERMS] = {0}, squares[FIT_TERMS] = {0}, factor[FIT_TERMS], n = 0;
	for (size_t g = 0; g < n_groups; g++) {
		struct fit without;
		if (!leave_out(f, points, group, g, &without))
			continue;
		n++;
		for (size_t k = 0; k < f->terms; k++) {
			sum[k] += without.c[k] - f->c[k];
			squares[k] += (without.c[k] - f->c[k]) * (without.c[k] - f->c[k]);
		}
	}
	for (size_t k = 0; k < f->terms; k++) {
		double spread = n > 1 ? sqrt((n - 1) / n * (squares[k] - sum[k] * sum[k] / n)) : 0;
		factor[k] = f->error[k] > 0 ? fmax(1, spread / f->error[k]) : 1;
	}
	widen_by(f, factor);
}

void fit_share(struct fit *f, double relative)
{
	for (size_t i = 0; i < f->terms; i++)
		for (size_t j = 0; j < f->terms; j++)
			f->cov[i][j] += relative * relative * f->c[i] * f->c[j];
	for (size_t k = 0; k < f->terms; k++)
		f->error[k] = sqrt(f->cov[k][k]);
}

double fit_predict(const struct fit *f, const double x[FIT_TERMS])
{
	double y = 0;
	for (size_t k = 0; k < f->terms; k++)
		y += f->c[k] * x[k];
	return y;
}

static double variance(const struct fit *f, const double x[FIT_TERMS])
{
	double v = 0;
	for (size_t i = 0; i < f->terms; i++)
		for (size_t j = 0; j < f->terms; j++)
			v += f->cov[i][j] * x[i] * x[j];
	return fmax(v, 0);
}

double fit_predict_error(const struct fit *f, const double x[FIT_TERMS])
{
	return sqrt(variance(f, x));
}

double fit_worth(const struct fit *f, const double x[FIT_TERMS], double error)
{
	double before = 0, less = 0, sum = error * error + variance(f, x);
	for (size_t i = 0; i < f->terms; i++) {
		if (!f->used[i] || f->c[i] == 0)
			continue;
		double v = 0;
		for (size_t j = 0; j < f->terms; j++)
			v += f->cov[i][j] * x[j];
		before += f->cov[i][i] / (f->c[i] * f->c[i]);
		less += v * v / sum / (f->c[i] * f->c[i]);
	}
	return before > 0 ? less / before : 0;
}
