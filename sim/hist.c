/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hist - see the header for the bins and what is exact
 *
 * The histogram owns its octaves. Merging, quantiles and visits cost one pass over the octaves in
 * use, 1024 bins each.
 */
#include "sim/hist.h"

#include "base/arena.h"

#include <math.h>
#include <stdlib.h>

void hist_init(struct hist *h)
{
	*h = (struct hist){0};
}

void hist_clear(struct hist *h)
{
	for (unsigned o = 0; o < HIST_OCTAVES; o++)
		free(h->octave[o]);
	hist_init(h);
}

void hist_new_octave(struct hist *h, unsigned octave)
{
	h->octave[octave] = xcalloc(HIST_SUB, sizeof *h->octave[octave]);
}

void hist_add_totals(struct hist *h, const struct hist_totals *t)
{
	if (t->n == 0)
		return;
	if (h->n == 0 || t->min < h->min)
		h->min = t->min;
	if (t->max > h->max)
		h->max = t->max;
	h->n += t->n;
	h->sum += (hist_u128)t->sum_high << 64 | t->sum;
}

void hist_merge(struct hist *into, const struct hist *from)
{
	if (from->n == 0)
		return;
	for (unsigned o = 0; o < HIST_OCTAVES; o++) {
		if (!from->octave[o])
			continue;
		if (!into->octave[o])
			hist_new_octave(into, o);
		for (unsigned i = 0; i < HIST_SUB; i++)
			into->octave[o][i] += from->octave[o][i];
	}
	struct hist_totals t = {
		from->n, from->min, from->max, (uint64_t)from->sum, (uint64_t)(from->sum >> 64)};
	hist_add_totals(into, &t);
}

double hist_mean(const struct hist *h)
{
	return h->n ? (double)h->sum / (double)h->n : NAN;
}

static uint64_t bin_width(unsigned octave)
{
	return octave ? UINT64_C(1) << (octave - 1) : 1;
}

static uint64_t bin_lo(unsigned octave, unsigned index)
{
	return octave ? (uint64_t)(HIST_SUB + index) << (octave - 1) : index;
}

/* ceil(q n) within 1..n. q and the product are rounded, so that 0.07 * 100 > 7: a rank only counts
 * as passed when q n exceeds it by more than these roundings. */
static uint64_t rank_of(double q, uint64_t n)
{
	double rank = ceil(q * (double)n * (1 - 0x1p-51));
	if (!(rank > 1))
		return 1;
	return rank < (double)n ? (uint64_t)rank : n;
}

/* The middle of the values that fall into the bin. */
static double bin_middle(const struct hist *h, unsigned octave, unsigned index)
{
	double middle = (double)bin_lo(octave, index) + (double)(bin_width(octave) - 1) / 2;
	return fmin(fmax(middle, (double)h->min), (double)h->max);
}

double hist_quantile(const struct hist *h, double q)
{
	if (h->n == 0)
		return NAN;
	uint64_t left = rank_of(q, h->n);
	for (unsigned o = 0; o < HIST_OCTAVES; o++) {
		for (unsigned i = 0; h->octave[o] && i < HIST_SUB; i++) {
			if (left <= h->octave[o][i])
				return bin_middle(h, o, i);
			left -= h->octave[o][i];
		}
	}
	return (double)h->max;
}

void hist_each(const struct hist *h, void (*visit)(void *arg, uint64_t lo, uint64_t hi, uint64_t n),
	void *arg)
{
	for (unsigned o = 0; o < HIST_OCTAVES; o++) {
		for (unsigned i = 0; h->octave[o] && i < HIST_SUB; i++) {
			uint64_t lo = bin_lo(o, i), n = h->octave[o][i];
			if (n)
				visit(arg, lo, lo + bin_width(o), n);
		}
	}
}
