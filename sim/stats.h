/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * stats - what may be concluded from a run: warm-up, means and quantiles with intervals
 *
 * A run is cut into batches. Up to STATS_BATCHES batches are kept; when they are full, pairs merge
 * and the batch length doubles, so that memory is fixed and decisions fall on fixed boundaries.
 * MSER-5 (White 1997) only chooses how much of the start to drop; the interval comes from the batch
 * means (Student t), for quantiles from sectioning: the quantile of the whole sample, with the
 * spread of the batches' quantiles around it (Asmussen & Glynn, Stochastic Simulation, III.5a).
 */
#ifndef NFVSIM_SIM_STATS_H
#define NFVSIM_SIM_STATS_H

#include "sim/hist.h"
#include "sim/simtime.h"

#include <stdbool.h>
#include <stddef.h>

struct interval {
	double value;
	double half; /* half-width of the 95 % interval; NaN when there are too few batches */
};

/* Mean of n values with its 95 % Student-t half-width. n < 2: half is NaN. */
struct interval stats_mean(const double *x, size_t n);

/* Mean of x/y ratios of sums (a ratio estimator: sum x / sum y) over n batches, half-width by the
 * delta method on batch residuals. Used for latency means (sum of latencies / packets) and loss
 * ratios (dropped / offered). Sum y == 0: value and half NaN. */
struct interval stats_ratio(const double *x, const double *y, size_t n);

/* Quantile q of the union of n histograms by sectioning. Batches that are empty make half NaN. */
struct interval stats_quantile(const struct hist *const *h, size_t n, double q);

/* Number of leading values to drop by MSER-5 (means of groups of 5, statistic minimised over the
 * first half only). Returns a multiple of 5 <= n/2; *doubtful is set when the minimum lies on that
 * bound, i.e. the warm-up may not be over. */
size_t stats_mser5(const double *x, size_t n, bool *doubtful);

/* The point of Student's t with df degrees of freedom below which is the share p (GSL). */
double stats_t(double p, size_t df);

/* Its upper 97.5 % point. */
double stats_t975(size_t df);

/* The least number of values for which a quantile is reported: 10^4 / (1-q). */
double stats_quantile_needs(double q);

/* Exact (Clopper-Pearson) upper 95 % bound of a ratio when k of n were seen; k = 0 gives the
 * "rule of three", about 3/n. */
double stats_ratio_bound(double k, double n);

#endif
