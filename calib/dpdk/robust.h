/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Summaries that a few bad values do not move: the median, a mean trimmed of outliers, and the
 * median absolute deviation. Nothing here allocates or knows what the values are.
 */
#ifndef CALIB_DPDK_ROBUST_H
#define CALIB_DPDK_ROBUST_H

enum { ROBUST_VALUES = 512, ROBUST_ENOUGH = 5 }; /* at most; to tell anything */

struct robust_set {
	double value[ROBUST_VALUES]; /* one per clean window */
	unsigned n;
	double dirty; /* time thrown away, in windows */
};

struct robust_summary {
	double p10, median, trimmed_mean, mad; /* NAN of an empty set */
	double clean_share;
	unsigned n;
};

void robust_add(struct robust_set *set, double value); /* dropped when the set is full */
struct robust_summary robust_summarise(const struct robust_set *set);
double robust_median(double *value, unsigned n); /* sorts; NAN if n is 0 */

#endif
