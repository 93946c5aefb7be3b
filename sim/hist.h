/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hist - log-linear histogram of non-negative 64-bit values (latencies in ps)
 *
 * Values below 2048 have their own bin; above, each octave has 1024 bins, so a bin is at most
 * 1/1024 = 0.098 % wide. Octaves get memory (8 KiB) when first hit. Sum, minimum and maximum are
 * exact. Merging is exact: merge(h(A), h(B)) = h(A and B).
 */
#ifndef NFVSIM_SIM_HIST_H
#define NFVSIM_SIM_HIST_H

#include <stdint.h>
#include <stdbool.h>

#define HIST_SUB_BITS 10
#define HIST_SUB (1u << HIST_SUB_BITS)
#define HIST_OCTAVES (64 - HIST_SUB_BITS)

__extension__ typedef unsigned __int128 hist_u128;

struct hist {
	uint64_t n;
	int64_t min, max;               /* of the values; 0 when empty */
	hist_u128 sum;                  /* exact */
	uint64_t *octave[HIST_OCTAVES]; /* HIST_SUB counters each, or NULL */
};

void hist_init(struct hist *h);                        /* empty; no memory yet */
void hist_clear(struct hist *h);                       /* frees the octaves and empties */
void hist_new_octave(struct hist *h, unsigned octave); /* called by hist_count */

/* Counts a value in its bin only, not in n, min, max and sum. */
static inline void hist_count(struct hist *h, uint64_t v)
{
	/* v >> shift is below 2 HIST_SUB; both octaves below that have bins of width 1. */
	unsigned shift = 63 - HIST_SUB_BITS - (unsigned)__builtin_clzll(v | HIST_SUB);
	uint64_t bin = v >> shift;
	uint64_t o = shift + (bin >> HIST_SUB_BITS);
	if (__builtin_expect(!h->octave[o], 0))
		hist_new_octave(h, (unsigned)o);
	h->octave[o][bin & (HIST_SUB - 1)]++;
}

/* Of values that were counted: for loops that add many, to be added to n, min, max and sum when
 * they are through. */
struct hist_totals {
	uint64_t n;
	int64_t min, max;
	uint64_t sum, sum_high; /* the low and the high half */
};

static const struct hist_totals hist_no_values = {.min = INT64_MAX};

/* Counts one value; a negative one counts as 0 (callers never pass one). */
static inline void hist_count_into(struct hist *h, struct hist_totals *t, int64_t value)
{
	value = value < 0 ? 0 : value;
	uint64_t v = (uint64_t)value;
	hist_count(h, v);
	t->n++;
	t->min = value < t->min ? value : t->min;
	t->max = value > t->max ? value : t->max;
	t->sum += v;
	t->sum_high += t->sum < v;
}

void hist_add_totals(struct hist *h, const struct hist_totals *t);

/* Adds one value; a negative one counts as 0 (callers never pass one). */
static inline void hist_add(struct hist *h, int64_t value)
{
	uint64_t v = value < 0 ? 0 : (uint64_t)value;
	hist_count(h, v);
	if (__builtin_expect(!h->n, 0) || (int64_t)v < h->min)
		h->min = (int64_t)v;
	if ((int64_t)v > h->max)
		h->max = (int64_t)v;
	h->n++;
	h->sum += v;
}

/* into += from. */
void hist_merge(struct hist *into, const struct hist *from);

double hist_mean(const struct hist *h); /* NaN when empty */

/* The value below or at which a share q of all values lies (0 <= q <= 1): the middle of the bin
 * that holds the ceil(q n)-th smallest, clipped to [min, max]; exact below 2048. NaN when empty. */
double hist_quantile(const struct hist *h, double q);

/* Visits the non-empty bins in ascending order: lower and upper bound (exclusive) and count. */
void hist_each(const struct hist *h, void (*visit)(void *arg, uint64_t lo, uint64_t hi, uint64_t n),
	void *arg);

#endif
