/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * stats - see the header; sums run in array order, so results do not depend on anything else
 *
 * Student's t and the beta distribution come from GSL.
 */
#include "sim/stats.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

#define GROUP 5 /* the 5 of MSER-5 */

static double sum(const double *x, size_t n)
{
	double total = 0;
	for (size_t i = 0; i < n; i++)
		total += x[i];
	return total;
}

/* 95 % half-width of a mean of n values whose squared deviations from the centre sum to squares. */
static double half_width(double squares, size_t n)
{
	if (n < 2)
		return NAN;
	return stats_t975(n - 1) * sqrt(squares / (double)(n - 1) / (double)n);
}

struct interval stats_mean(const double *x, size_t n)
{
	double mean = n ? sum(x, n) / (double)n : NAN, squares = 0;
	for (size_t i = 0; i < n; i++)
		squares += (x[i] - mean) * (x[i] - mean);
	return (struct interval){mean, half_width(squares, n)};
}

/* Cochran, Sampling Techniques, section 6.4: the residuals x - r y have mean 0, and their spread
 * divided by the mean of y is that of the ratio. */
struct interval stats_ratio(const double *x, const double *y, size_t n)
{
	double sum_y = sum(y, n);
	if (sum_y == 0)
		return (struct interval){NAN, NAN};
	double ratio = sum(x, n) / sum_y, squares = 0;
	for (size_t i = 0; i < n; i++) {
		double residual = x[i] - ratio * y[i];
		squares += residual * residual;
	}
	return (struct interval){ratio, half_width(squares, n) / fabs(sum_y / (double)n)};
}

struct interval stats_quantile(const struct hist *const *h, size_t n, double q)
{
	struct hist all;
	hist_init(&all);
	for (size_t i = 0; i < n; i++)
		hist_merge(&all, h[i]);
	double whole = hist_quantile(&all, q), squares = 0;
	hist_clear(&all);
	for (size_t i = 0; i < n; i++) {
		double apart = hist_quantile(h[i], q) - whole; /* NaN if empty, as promised */
		squares += apart * apart;
	}
	return (struct interval){whole, half_width(squares, n)};
}

/* Walks from the end, so that each cut's mean and squared deviations follow from those of the cut
 * after it (Welford). On a tie the smaller cut wins. */
size_t stats_mser5(const double *x, size_t n, bool *doubtful)
{
	size_t groups = n / GROUP, bound = groups / 2, best = bound;
	double mean = 0, squares = 0, least = INFINITY;
	for (size_t cut = groups; cut-- > 0;) {
		double kept = (double)(groups - cut), y = sum(x + cut * GROUP, GROUP) / GROUP;
		double delta = y - mean;
		mean += delta / kept;
		squares += delta * (y - mean);
		double mser = squares / (kept * kept);
		if (cut <= bound && mser <= least) {
			least = mser;
			best = cut;
		}
	}
	*doubtful = best == bound;
	return best * GROUP;
}

double stats_t(double p, size_t df)
{
	return df ? gsl_cdf_tdist_Pinv(p, (double)df) : NAN;
}

double stats_t975(size_t df)
{
	return stats_t(0.975, df);
}

double stats_quantile_needs(double q)
{
	return round(1e4 / (1 - q));
}

/* Abramowitz & Stegun 26.5.22: 95 % point of the beta distribution for large a and b; its relative
 * error is below 1e-7 from 10^4 on. */
static double beta_q95_large(double a, double b)
{
	double z = gsl_cdf_ugaussian_Pinv(0.95), lambda = (z * z - 3) / 6;
	double inverse_a = 1 / (2 * a - 1), inverse_b = 1 / (2 * b - 1),
	       h = 2 / (inverse_a + inverse_b);
	double w = -z * sqrt(h + lambda) / h -
		   (inverse_b - inverse_a) * (lambda + 5.0 / 6 - 2 / (3 * h));
	return a / (a + b * exp(2 * w));
}

/* By bisection: gsl_cdf_beta_Pinv fails to converge (and aborts) for n = 10^6 already, while
 * gsl_cdf_beta_P is sound as long as its continued fraction is short, that is, a or b is small. */
static double beta_q95(double a, double b)
{
	double lo = 0, hi = 1;
	for (double x = 0.5; lo < x && x < hi; x = lo + (hi - lo) / 2) {
		if (gsl_cdf_beta_P(x, a, b) < 0.95)
			lo = x;
		else
			hi = x;
	}
	return hi;
}

double stats_ratio_bound(double k, double n)
{
	if (k >= n)
		return 1;
	if (k <= 0)
		return -expm1(log(0.05) / n);
	bool large = k > 1e4 && n - k > 1e4;
	return large ? beta_q95_large(k + 1, n - k) : beta_q95(k + 1, n - k);
}
