/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The histogram against sorted arrays and against its promises on width, exactness and merging
 */
#include "sim/hist.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define MAX_VALUES 5000

/* Knuth's 64-bit linear congruential generator; the top bits are good enough here. */
static uint64_t next_random(uint64_t *z)
{
	*z = *z * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return *z >> 1;
}

static void add_all(struct hist *h, const int64_t *values, size_t n)
{
	for (size_t i = 0; i < n; i++)
		hist_add(h, values[i]);
}

static int ascending(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

/* Half a bin, and half a bin is at most 1/2048 of a value. */
static void check_near(double quantile, int64_t value)
{
	if (value < 2 * HIST_SUB)
		assert_true(quantile == (double)value);
	else
		assert_true(fabs(quantile / (double)value - 1) <= 1.0 / 2048);
}

/* Sorts values; the rank of q = thousandths / 1000 is found in integers. */
static void check_quantiles(int64_t *values, size_t n)
{
	struct hist h;
	hist_init(&h);
	add_all(&h, values, n);
	qsort(values, n, sizeof *values, ascending);
	for (size_t thousandths = 0; thousandths <= 1000; thousandths++) {
		size_t rank = (thousandths * n + 999) / 1000;
		double quantile = hist_quantile(&h, (double)thousandths / 1000);
		check_near(quantile, values[rank ? rank - 1 : 0]);
		assert_true(quantile >= (double)values[0] && quantile <= (double)values[n - 1]);
	}
	assert_true(h.n == n && h.min == values[0] && h.max == values[n - 1]);
	hist_clear(&h);
}

/* Magnitudes evenly spread up to 2^bits: all octaves take part. */
static void quantiles_as_in_a_sorted_array(void **state)
{
	(void)state;
	static const size_t sizes[] = {1, 2, 3, 7, 10, 99, 100, 101, 1000, MAX_VALUES};
	int64_t values[MAX_VALUES];
	uint64_t z = 1;
	for (unsigned turn = 0; turn < 4 * sizeof sizes / sizeof *sizes; turn++) {
		unsigned bits = (unsigned[]){8, 12, 40, 63}[turn % 4];
		size_t n = sizes[turn / 4];
		for (size_t i = 0; i < n; i++)
			values[i] =
				(int64_t)(next_random(&z) >> (63 - bits + next_random(&z) % bits));
		check_quantiles(values, n);
	}
}

static void one_value_is_reported_exactly(void **state)
{
	(void)state;
	static const int64_t values[] = {0, 1, 1023, 1024, 1025, 67200, 123456789012345, INT64_MAX};
	for (unsigned i = 0; i < sizeof values / sizeof *values; i++) {
		struct hist h;
		hist_init(&h);
		hist_add(&h, values[i]);
		hist_add(&h, values[i]);
		assert_true(hist_quantile(&h, 0) == (double)values[i]);
		assert_true(hist_quantile(&h, 0.5) == (double)values[i]);
		assert_true(hist_quantile(&h, 1) == (double)values[i]);
		assert_true(hist_mean(&h) == (double)values[i]);
		assert_true(h.min == values[i] && h.max == values[i]);
		hist_clear(&h);
	}
}

/* The middle of the values in the bin [4096, 4100). */
static void middle_of_a_bin(void **state)
{
	(void)state;
	struct hist h;
	hist_init(&h);
	add_all(&h, (int64_t[]){1, 4099, 9000}, 3);
	assert_true(hist_quantile(&h, 0.5) == 4097.5);
	hist_clear(&h);
}

/* 0.07 * 100 is a little more than 7 in binary; the 7th smallest is meant. */
static void rounding_does_not_move_the_rank(void **state)
{
	(void)state;
	struct hist h;
	hist_init(&h);
	for (int64_t i = 1; i <= 1000; i++)
		hist_add(&h, i);
	for (int i = 1; i <= 1000; i++) {
		assert_true(hist_quantile(&h, i / 1000.0) == i);
		assert_true(hist_quantile(&h, (i - 0.001) / 1000.0) == i);
		assert_true(hist_quantile(&h, (i + 0.001) / 1000.0) == fmin(i + 1, 1000));
	}
	hist_clear(&h);
}

static void empty(void **state)
{
	(void)state;
	struct hist h, into;
	hist_init(&h);
	hist_init(&into);
	assert_true(isnan(hist_mean(&h)));
	assert_true(isnan(hist_quantile(&h, 0.5)));
	hist_merge(&into, &h);
	assert_true(into.n == 0 && into.min == 0 && into.max == 0);
	hist_add(&h, 5);
	hist_clear(&h);
	assert_true(h.n == 0 && h.sum == 0 && isnan(hist_quantile(&h, 0.5)));
	hist_clear(&into);
}

static void negative_counts_as_zero(void **state)
{
	(void)state;
	struct hist h;
	hist_init(&h);
	add_all(&h, (int64_t[]){-7, INT64_MIN, 4}, 3);
	assert_true(h.n == 3 && h.min == 0 && h.max == 4 && h.sum == 4);
	assert_true(hist_quantile(&h, 0.5) == 0);
	hist_clear(&h);
}

struct walk {
	uint64_t next_lo;
	size_t bins;
};

static void check_bin(void *arg, uint64_t lo, uint64_t hi, uint64_t n)
{
	struct walk *walk = arg;
	assert_true(lo == walk->next_lo && n == 1);
	assert_true(hi - lo == 1 || (hi - lo) * 1024 <= lo);
	walk->next_lo = hi;
	walk->bins++;
}

/* One value at the start of each bin, by a formula of our own: every bin must be seen once, bins
 * must follow each other without gap up to 2^63, none wider than 1/1024 of its values. */
static void bins_cover_everything(void **state)
{
	(void)state;
	struct hist h;
	hist_init(&h);
	size_t n = 0;
	for (uint64_t v = 0; v <= INT64_MAX; n++) {
		uint64_t width = 1;
		while (width * 2048 <= v)
			width *= 2;
		hist_add(&h, (int64_t)v);
		v += width;
	}
	struct walk walk = {0, 0};
	hist_each(&h, check_bin, &walk);
	assert_true(walk.bins == n);
	assert_true(walk.next_lo == UINT64_C(1) << 63);
	hist_clear(&h);
}

static void check_filled(void *arg, uint64_t lo, uint64_t hi, uint64_t n)
{
	struct walk *walk = arg;
	assert_true(n > 0 && lo >= walk->next_lo && lo < hi);
	walk->next_lo = hi;
	walk->bins++;
}

static void empty_bins_are_not_visited(void **state)
{
	(void)state;
	struct hist h;
	hist_init(&h);
	add_all(&h, (int64_t[]){5000, 3, INT64_MAX, 3}, 4);
	struct walk walk = {0, 0};
	hist_each(&h, check_filled, &walk);
	assert_true(walk.bins == 3 && walk.next_lo == UINT64_C(1) << 63);
	hist_clear(&h);
}

static void check_same(const struct hist *a, const struct hist *b)
{
	assert_true(a->n == b->n && a->min == b->min && a->max == b->max && a->sum == b->sum);
	for (unsigned o = 0; o < HIST_OCTAVES; o++) {
		assert_true(!a->octave[o] == !b->octave[o]);
		if (a->octave[o])
			assert_memory_equal(
				a->octave[o], b->octave[o], HIST_SUB * sizeof *a->octave[o]);
	}
}

/* h(A) + h(B) = h(A and B), also where a part is empty or holds the minimum or maximum alone. */
static void merge_is_exact(void **state)
{
	(void)state;
	uint64_t z = 2;
	for (uint64_t share = 0; share <= 4; share++) {
		struct hist part[2], whole;
		hist_init(&part[0]);
		hist_init(&part[1]);
		hist_init(&whole);
		for (int i = 0; i < MAX_VALUES; i++) {
			int64_t value = (int64_t)(next_random(&z) >> next_random(&z) % 50);
			hist_add(&part[(next_random(&z) >> 20) % 4 < share], value);
			hist_add(&whole, value);
		}
		hist_merge(&part[0], &part[1]);
		check_same(&part[0], &whole);
		hist_clear(&part[0]);
		hist_clear(&part[1]);
		hist_clear(&whole);
	}
}

/* Doubling 40 times: bins beyond 32 bits, a sum beyond 64. */
static void long_runs_do_not_overflow(void **state)
{
	(void)state;
	struct hist h[2];
	hist_init(&h[0]);
	add_all(&h[0], (int64_t[]){100, 100, 100, INT64_C(1) << 40}, 4);
	for (int i = 0; i < 40; i++) {
		hist_init(&h[1]);
		hist_merge(&h[1], &h[0]);
		hist_merge(&h[0], &h[1]);
		hist_clear(&h[1]);
	}
	assert_true(h[0].n == UINT64_C(1) << 42);
	hist_u128 sum = ((hist_u128)1 << 80) + ((hist_u128)300 << 40);
	assert_true(h[0].sum == sum);
	assert_true(hist_quantile(&h[0], 0.75) == 100);
	assert_true(hist_quantile(&h[0], 0.7501) == 0x1p40);
	hist_clear(&h[0]);
}

static void sum_is_exact(void **state)
{
	(void)state;
	struct hist h;
	hist_init(&h);
	hist_u128 sum = 0;
	for (int64_t i = 0; i < 1000; i++) {
		hist_add(&h, INT64_MAX - i);
		sum += (hist_u128)(INT64_MAX - i);
	}
	hist_add(&h, 1);
	assert_true(h.sum == sum + 1);
	assert_true(fabs(hist_mean(&h) / (0x1p63 * 1000 / 1001) - 1) < 1e-15);
	hist_clear(&h);
}

/* Counting values and adding their totals afterwards is adding them, also beyond 64 bits and into a
 * histogram that has some already. */
static void counted_apart(void **state)
{
	(void)state;
	uint64_t z = 3;
	for (int values = 0; values < MAX_VALUES; values += 1 + values) {
		struct hist apart, whole;
		hist_init(&apart);
		hist_init(&whole);
		for (int half = 0; half < 2; half++) {
			struct hist_totals t = hist_no_values;
			for (int i = 0; i < values; i++) {
				int64_t value = (int64_t)(next_random(&z) >> next_random(&z) % 64);
				value -= i % 8 == 7 ? INT64_MAX / 2 : 0;
				hist_count_into(&apart, &t, value);
				hist_add(&whole, value);
			}
			hist_add_totals(&apart, &t);
		}
		check_same(&apart, &whole);
		hist_clear(&apart);
		hist_clear(&whole);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quantiles_as_in_a_sorted_array),
		cmocka_unit_test(one_value_is_reported_exactly),
		cmocka_unit_test(middle_of_a_bin),
		cmocka_unit_test(rounding_does_not_move_the_rank),
		cmocka_unit_test(empty),
		cmocka_unit_test(negative_counts_as_zero),
		cmocka_unit_test(bins_cover_everything),
		cmocka_unit_test(empty_bins_are_not_visited),
		cmocka_unit_test(merge_is_exact),
		cmocka_unit_test(long_runs_do_not_overflow),
		cmocka_unit_test(sum_is_exact),
		cmocka_unit_test(counted_apart),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
