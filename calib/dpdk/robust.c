/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See robust.h. Costs n log n, for sorting. */
#include "calib/dpdk/robust.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double mad_to_sigma = 1.4826; /* of a normal law */
static const double outlier_sigmas = 5;
static const double trim_share = 0.1;

void robust_add(struct robust_set *set, double value)
{
	if (set->n < ROBUST_VALUES)
		set->value[set->n++] = value;
}

static int compare_double(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

double robust_median(double *value, unsigned n)
{
	if (!n)
		return NAN;
	qsort(value, n, sizeof(*value), compare_double);
	return (value[(n - 1) / 2] + value[n / 2]) / 2;
}

/* Mean of what is left when outliers, then a share at each end, are dropped. */
static double trimmed_mean(const double *sorted, unsigned n, double median, double mad)
{
	double reach = outlier_sigmas * mad_to_sigma * mad;
	unsigned low = 0, high = n, cut, i;
	double sum = 0;

	while (low < high && sorted[low] < median - reach)
		low++;
	while (high > low && sorted[high - 1] > median + reach)
		high--;
	cut = (unsigned)((high - low) * trim_share);
	for (i = low + cut; i < high - cut; i++)
		sum += sorted[i];
	return sum / (high - low - 2 * cut);
}

struct robust_summary robust_summarise(const struct robust_set *set)
{
	struct robust_summary s = {NAN, NAN, NAN, NAN, 0, set->n};
	double sorted[ROBUST_VALUES], deviation[ROBUST_VALUES];
	unsigned i;

	if (!set->n)
		return s;
	memcpy(sorted, set->value, set->n * sizeof(sorted[0]));
	s.median = robust_median(sorted, set->n);
	s.p10 = sorted[set->n / 10];
	for (i = 0; i < set->n; i++)
		deviation[i] = fabs(sorted[i] - s.median);
	s.mad = robust_median(deviation, set->n);
	s.trimmed_mean = trimmed_mean(sorted, set->n, s.median, s.mad);
	s.clean_share = (double)set->n / (set->n + set->dirty);
	return s;
}
