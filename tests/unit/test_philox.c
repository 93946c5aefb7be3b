/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Philox against published values, streams against each other, the logarithm against the C library
 *
 * Values marked (py) were computed by an independent implementation in Python.
 */
#include "sim/philox.h"

#include <gsl/gsl_randist.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define NAME "fw.vnic0.arrivals"
#define SEED UINT64_C(0x0123456789abcdef)

static gsl_rng *new_stream(uint64_t seed, uint32_t replication, const char *name)
{
	gsl_rng *r = gsl_rng_alloc(philox_type);
	philox_stream(r, seed, replication, name);
	return r;
}

/* Random123, tests/kat_vectors, the three lines "philox4x32 10". */
static void known_answers(void **state)
{
	(void)state;
	static const uint32_t kat[3][10] = {
		{0, 0, 0, 0, 0, 0, 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8},
		{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0x408f276d,
			0x41c83b0e, 0xa20bc7c6, 0x6d5451fd},
		{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0, 0xd16cfe09,
			0x94fdcceb, 0x5001e420, 0x24126ea1},
	};
	for (int i = 0; i < 3; i++) {
		uint32_t out[4];
		philox_block(kat[i], kat[i] + 4, out);
		assert_memory_equal(out, kat[i] + 6, sizeof out);
	}
}

/* C++26 [rand.predef]: the 10,000th draw of a default philox4x32, whose seed is 20111115. */
static void value_10000_of_the_cpp_engine(void **state)
{
	(void)state;
	gsl_rng *r = gsl_rng_alloc(philox_type);
	gsl_rng_set(r, 20111115);
	unsigned long value = 0;
	for (int i = 0; i < 10000; i++)
		value = gsl_rng_get(r);
	assert_int_equal(value, 1955073260);
	gsl_rng_free(r);
}

/* The vectors published with FNV by its authors. */
static void hash_of_names(void **state)
{
	(void)state;
	assert_true(philox_hash("") == UINT64_C(0xcbf29ce484222325));
	assert_true(philox_hash("a") == UINT64_C(0xaf63dc4c8601ec8c));
	assert_true(philox_hash("foobar") == UINT64_C(0x85944171f73967e8));
}

/* (py) Whoever changes these changes every result ever published with a seed. */
static void streams_never_change(void **state)
{
	(void)state;
	static const uint32_t first[8] = {0x09756017, 0x4d320f73, 0x3acf27f9, 0x89d2fe3a,
		0x676ce5fc, 0x9657db79, 0xc671965c, 0x44ace683};
	gsl_rng *r = new_stream(SEED, 7, NAME);
	for (int i = 0; i < 8; i++)
		assert_int_equal(gsl_rng_get(r), first[i]);
	gsl_rng_free(r);
}

/* Every bit of seed, replication and name counts. */
static void streams_differ(void **state)
{
	(void)state;
	gsl_rng *r[] = {
		new_stream(SEED, 7, NAME),
		new_stream(SEED + 1, 7, NAME),
		new_stream(SEED + (UINT64_C(1) << 32), 7, NAME),
		new_stream(SEED, 8, NAME),
		new_stream(SEED, 7 + (UINT32_C(1) << 31), NAME),
		new_stream(SEED, 7, "fw.vnic1.arrivals"),
	};
	enum { N = sizeof r / sizeof *r };
	unsigned long value[N];
	for (int i = 0; i < N; i++) {
		value[i] = gsl_rng_get(r[i]);
		for (int j = 0; j < i; j++)
			assert_true(value[i] != value[j]);
		gsl_rng_free(r[i]);
	}
}

static void works_as_a_gsl_generator(void **state)
{
	(void)state;
	gsl_rng *r = new_stream(SEED, 0, NAME), *copy = gsl_rng_alloc(philox_type);
	assert_int_equal(gsl_rng_min(r), 0);
	assert_int_equal(gsl_rng_max(r), UINT32_MAX);
	assert_true(gsl_rng_size(r) <= 64);
	gsl_rng_get(r);
	gsl_rng_memcpy(copy, r);
	for (int i = 0; i < 100; i++) {
		double u = gsl_rng_uniform_pos(copy);
		assert_true(gsl_ran_exponential(r, 3) == -3 * log1p(-u));
	}
	assert_int_equal(gsl_rng_uniform_int(r, 1000), gsl_rng_uniform_int(copy, 1000));
	gsl_rng_free(r);
	gsl_rng_free(copy);
}

/* 53 bits: first the high 32 of a pair of outputs, then 21 of the low. */
static void uniform_has_53_bits(void **state)
{
	(void)state;
	gsl_rng *r = new_stream(SEED, 0, NAME), *raw = new_stream(SEED, 0, NAME);
	bool odd = false;
	for (int i = 0; i < 1000; i++) {
		double hi = (double)gsl_rng_get(raw), lo = floor((double)gsl_rng_get(raw) / 2048);
		double u = gsl_rng_uniform(r);
		assert_true(u == ldexp(hi, -32) + ldexp(lo, -53));
		odd |= fmod(lo, 2) != 0;
	}
	assert_true(odd);
	gsl_rng_free(r);
	gsl_rng_free(raw);
}

/* An odd number of 32-bit draws costs the next uniform one output, never half a pair. */
static void uniform_skips_to_a_pair(void **state)
{
	(void)state;
	for (unsigned before = 0; before < 9; before++) {
		gsl_rng *r = new_stream(SEED, 0, NAME), *pairs = new_stream(SEED, 0, NAME);
		for (unsigned i = 0; i < before; i++)
			gsl_rng_get(r);
		double expected = 0;
		for (unsigned i = 0; i <= (before + 1) / 2; i++)
			expected = gsl_rng_uniform(pairs);
		assert_true(gsl_rng_uniform(r) == expected);
		gsl_rng_free(r);
		gsl_rng_free(pairs);
	}
}

static void check_fill(gsl_rng *filled, gsl_rng *drawn, unsigned n)
{
	double u[300];
	u[n] = -1;
	philox_fill(filled, u, n);
	for (unsigned i = 0; i < n; i++) {
		assert_true(u[i] == 1 - gsl_rng_uniform(drawn));
		assert_true(u[i] > 0 && u[i] <= 1);
	}
	assert_true(u[n] == -1);
}

/* All lengths around the widths at which fill changes its way, after 0 to 4 other draws of each
 * kind. */
static void fill_equals_uniform(void **state)
{
	(void)state;
	static const unsigned lengths[] = {
		0, 1, 2, 3, 4, 5, 30, 31, 32, 33, 34, 63, 64, 65, 66, 95, 96, 97, 256, 299};
	gsl_rng *filled = new_stream(SEED, 1, NAME), *drawn = new_stream(SEED, 1, NAME);
	for (unsigned turn = 0; turn < 25 * sizeof lengths / sizeof *lengths; turn++) {
		for (unsigned i = 0; i < turn % 5; i++)
			assert_int_equal(gsl_rng_get(filled), gsl_rng_get(drawn));
		for (unsigned i = 0; i < turn / 5 % 5; i++)
			assert_true(gsl_rng_uniform(filled) == gsl_rng_uniform(drawn));
		check_fill(filled, drawn, lengths[turn / 25]);
	}
	gsl_rng_free(filled);
	gsl_rng_free(drawn);
}

/* The state begins with the 64-bit block count; near its carry, drawing takes too long to wait for.
 * (py) is the first block after the carry. */
static void count_carries_into_the_second_word(void **state)
{
	(void)state;
	static const uint32_t carried[4] = {0x0be9c426, 0x13b61e3d, 0x327e6cfb, 0x92aa02fa};
	gsl_rng *filled = new_stream(SEED, 7, NAME), *drawn = gsl_rng_alloc(philox_type);
	uint64_t next;
	memcpy(&next, gsl_rng_state(filled), sizeof next);
	next += UINT32_MAX - 4;
	memcpy(gsl_rng_state(filled), &next, sizeof next);
	gsl_rng_memcpy(drawn, filled);
	check_fill(filled, drawn, 64);

	memcpy(gsl_rng_state(drawn), &next, sizeof next);
	for (int i = 0; i < 5 * 4; i++)
		gsl_rng_get(drawn);
	for (int i = 0; i < 4; i++)
		assert_int_equal(gsl_rng_get(drawn), carried[i]);
	gsl_rng_free(filled);
	gsl_rng_free(drawn);
}

static double correlation(gsl_rng *a, gsl_rng *b, unsigned n)
{
	double x[1000], y[1000], xy = 0;
	philox_fill(a, x, n);
	philox_fill(b, y, n);
	for (unsigned i = 0; i < n; i++)
		xy += (x[i] - 0.5) * (y[i] - 0.5);
	return xy / n * 12;
}

/* 1000 pairs that differ by a neighbouring seed, replication or name. With 4.5 standard deviations
 * a perfect generator fails for 7 seeds in 1000. */
static void neighbouring_streams_are_uncorrelated(void **state)
{
	(void)state;
	enum { PAIRS = 1000, N = 1000 };
	double squares = 0;
	for (unsigned i = 0; i < PAIRS; i++) {
		char name[32], other[32];
		snprintf(name, sizeof name, "vm%u.service", i);
		snprintf(other, sizeof other, "vm%u.service", i + (i % 3 == 0));
		gsl_rng *a = new_stream(1, i, name);
		gsl_rng *b = new_stream(1 + (i % 3 == 1), i + (i % 3 == 2), other);
		double r = correlation(a, b, N);
		assert_true(fabs(r) <= 4.5 / sqrt(N));
		squares += r * r * N;
		gsl_rng_free(a);
		gsl_rng_free(b);
	}
	/* Squares of standard normal values: mean 1, standard deviation sqrt(2 / PAIRS). */
	assert_true(fabs(squares / PAIRS - 1) <= 4.5 * sqrt(2.0 / PAIRS));
}

static double relative_error(double x)
{
	return fabs(philox_log(x) / log(x) - 1);
}

/* Where the log is tiny: 1 - 2^-53 j, against the first terms of the series. */
static void log_next_to_one(void **state)
{
	(void)state;
	assert_true(philox_log(1) == 0 && !signbit(philox_log(1)));
	for (int j = 1; j <= 100000; j++) {
		double y = j * 0x1p-53;
		double series = -(y + y * y / 2 + y * y * y / 3);
		assert_true(fabs(philox_log(1 - y) / series - 1) < 1e-15);
	}
}

static void log_over_its_range(void **state)
{
	(void)state;
	double worst = 0;
	gsl_rng *r = new_stream(SEED, 0, "log");
	for (int i = 0; i < 300000; i++) {
		double u = 1 - gsl_rng_uniform(r);
		double x[] = {u, u * u * u * u, 1 - u / 16, 1 - u * u * u * u / 2, ldexp(u, -900)};
		for (unsigned j = 0; j < sizeof x / sizeof *x; j++)
			worst = fmax(worst, x[j] == 1 ? 0 : relative_error(x[j]));
	}
	assert_true(worst < 1e-15);
	gsl_rng_free(r);
}

/* Both sides of each place where the table's row or the exponent changes: multiples of 1/64. */
static void log_at_the_edges_of_cells(void **state)
{
	(void)state;
	for (int e = -53; e <= 0; e++) {
		for (int i = 64; i <= 128; i++) {
			double x = ldexp(i, e - 7);
			assert_true(x == 1 || relative_error(x) < 1e-15);
			assert_true(relative_error(nextafter(x, 0)) < 1e-15);
			assert_true(philox_log(nextafter(x, 0)) <= philox_log(x));
		}
	}
	assert_true(relative_error(0x1p-1022) < 1e-15);
}

/* (py) Digest of the bits of 10,000 logarithms; the compiler and the C library must not matter. */
static void log_has_the_same_bits_everywhere(void **state)
{
	(void)state;
	uint64_t z = 1, digest = UINT64_C(0xcbf29ce484222325);
	for (int i = 0; i < 10000; i++) {
		z = z * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		double y = philox_log((double)((z >> 11) + 1) * 0x1p-53);
		uint64_t bits;
		memcpy(&bits, &y, sizeof bits);
		digest = (digest ^ bits) * UINT64_C(0x100000001b3);
	}
	assert_true(digest == UINT64_C(0xf0f8bad9883253b2));
}

/* -log(u) is exponential: mean 1; squares have mean 2 and variance 24 - 4 = 20. */
static void log_of_fill_is_exponential(void **state)
{
	(void)state;
	enum { N = 1 << 20, PART = 1 << 8 };
	gsl_rng *r = new_stream(SEED, 0, "gaps");
	double u[PART], sum = 0, squares = 0;
	for (int i = 0; i < N / PART; i++) {
		philox_fill(r, u, PART);
		for (int j = 0; j < PART; j++) {
			double gap = -philox_log(u[j]);
			sum += gap;
			squares += gap * gap;
		}
	}
	assert_true(fabs(sum / N - 1) < 4.5 / sqrt(N));
	assert_true(fabs(squares / N - 2) < 4.5 * sqrt(20.0 / N));
	gsl_rng_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_answers),
		cmocka_unit_test(value_10000_of_the_cpp_engine),
		cmocka_unit_test(hash_of_names),
		cmocka_unit_test(streams_never_change),
		cmocka_unit_test(streams_differ),
		cmocka_unit_test(works_as_a_gsl_generator),
		cmocka_unit_test(uniform_has_53_bits),
		cmocka_unit_test(uniform_skips_to_a_pair),
		cmocka_unit_test(fill_equals_uniform),
		cmocka_unit_test(count_carries_into_the_second_word),
		cmocka_unit_test(neighbouring_streams_are_uncorrelated),
		cmocka_unit_test(log_next_to_one),
		cmocka_unit_test(log_over_its_range),
		cmocka_unit_test(log_at_the_edges_of_cells),
		cmocka_unit_test(log_has_the_same_bits_everywhere),
		cmocka_unit_test(log_of_fill_is_exponential),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
