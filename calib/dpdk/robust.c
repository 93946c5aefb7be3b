/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Windows, gaps and robust summaries: see robust.h. Nothing here allocates. */
#include "calib/dpdk/robust.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>

static const double window_s = 0.25e-3;
static const double gap_s = 25e-6;
static const double chunk_s = 4e-6; /* a kernel runs this long between two looks at the clock */
static const unsigned warmup_windows = 2;
static const double mad_to_sigma = 1.4826; /* of a normal law */
static const double outlier_sigmas = 5;
static const double trim_share = 0.1;

void robust_add(struct robust_set *set, double value)
{
	if (set->n < ROBUST_WINDOWS)
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
	double reach = outlier_sigmas * mad_to_sigma * mad + 1e-9 * median;
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
	struct robust_summary s = {NAN, NAN, NAN, 0, set->n};
	double sorted[ROBUST_WINDOWS], deviation[ROBUST_WINDOWS];
	unsigned i;

	if (!set->n)
		return s;
	memcpy(sorted, set->value, set->n * sizeof(sorted[0]));
	s.median = robust_median(sorted, set->n);
	for (i = 0; i < set->n; i++)
		deviation[i] = fabs(sorted[i] - s.median);
	s.mad = robust_median(deviation, set->n);
	s.trimmed_mean = trimmed_mean(sorted, set->n, s.median, s.mad);
	s.clean_share = (double)set->n / (set->n + set->dirty);
	return s;
}

double robust_overhead_cycles(void)
{
	uint64_t best = UINT64_MAX;
	unsigned i, j;

	for (i = 0; i < 64; i++) {
		uint64_t start = rte_rdtsc(), last = start;

		for (j = 0; j < 64; j++)
			last = rte_rdtsc();
		best = last - start < best ? last - start : best;
	}
	return (double)best / 64;
}

/* Doubles the number of calls until they fill a chunk; the shortest of a few such chunks is what
 * one takes undisturbed. */
static unsigned size_chunk(double tsc_hz, robust_kernel kernel, void *arg, uint64_t *chunk_cycles)
{
	unsigned calls = 1, tries;

	for (;;) {
		uint64_t best = UINT64_MAX;

		for (tries = 0; tries < 4; tries++) {
			uint64_t start = rte_rdtsc();

			kernel(arg, calls);
			start = rte_rdtsc() - start;
			best = start < best ? start : best;
		}
		*chunk_cycles = best;
		if ((double)best >= chunk_s * tsc_hz || calls >= 1u << 20)
			return calls;
		calls *= 2;
	}
}

void robust_measure(
	const struct robust_plan *plan, robust_kernel kernel, void *arg, struct robust_set *out)
{
	uint64_t chunk, gap, window, deadline, now;
	unsigned calls = size_chunk(plan->tsc_hz, kernel, arg, &chunk);

	out->n = out->dirty = 0;
	gap = chunk * 2 + (uint64_t)(gap_s * plan->tsc_hz);
	window = RTE_MAX((uint64_t)(window_s * plan->tsc_hz), 8 * chunk);
	now = rte_rdtsc();
	deadline = now + (uint64_t)(plan->limit_s * plan->tsc_hz);
	while (out->n < plan->windows && now < deadline) {
		uint64_t opened = now, before;
		bool dirty = false;
		unsigned done = 0;

		do {
			before = now;
			kernel(arg, calls);
			done += calls;
			now = rte_rdtsc();
			dirty = now - before > gap;
		} while (!dirty && now - opened < window);
		if (dirty)
			out->dirty++;
		else
			robust_add(out, (double)(now - opened) / done);
	}
}

void robust_timed_begin(struct robust_timed *t, const struct robust_plan *plan)
{
	uint64_t now = rte_rdtsc();

	memset(t, 0, sizeof(*t));
	t->plan = plan;
	t->opened = t->progressed = now;
	t->deadline = now + (uint64_t)(plan->limit_s * plan->tsc_hz);
	t->window_cycles = (uint64_t)(window_s * plan->tsc_hz);
	t->gap_cycles = UINT64_MAX;
	t->shortest = UINT64_MAX;
	t->warmup = warmup_windows;
}

bool robust_timed_wants(const struct robust_timed *t, uint64_t now)
{
	return t->set[0].n < t->plan->windows && now < t->deadline;
}

/* What the warm-up saw fixes the limits, so that a slow burst is not taken for a gap. */
static void end_warmup(struct robust_timed *t)
{
	if (t->shortest == UINT64_MAX)
		return;
	t->gap_cycles = 2 * t->shortest + (uint64_t)(gap_s * t->plan->tsc_hz);
	t->window_cycles = RTE_MAX(t->window_cycles, 8 * t->shortest);
	t->warmup--;
}

static void keep_window(struct robust_timed *t, bool dirty)
{
	unsigned i;

	for (i = 0; i < ROBUST_METRICS; i++) {
		double mean = (double)t->cycles[i] / (double)t->calls[i];

		if (dirty)
			t->set[i].dirty++;
		else if (t->calls[i])
			robust_add(&t->set[i], mean);
	}
}

void robust_timed_close(struct robust_timed *t, uint64_t now, bool dirty)
{
	if (t->warmup)
		end_warmup(t);
	else
		keep_window(t, dirty);
	memset(t->cycles, 0, sizeof(t->cycles));
	memset(t->calls, 0, sizeof(t->calls));
	t->opened = now;
	t->progressed = now;
}
