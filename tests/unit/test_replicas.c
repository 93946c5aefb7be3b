/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Replications of a point: what n of them say together, against sums done by hand; where looking
 * falls; and how often the interval at which they stop holds the mean of a normal distribution.
 */
#include "plan/replicas.h"

#include <gsl/gsl_randist.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { MOST = 64, TRIALS = 4000 };

static const char *of[] = {"delivered_pps"};
static const struct replicas_rule rule = {
	.most = MOST, .batch = 8, .until = 0.02, .of = of, .n_of = 1};

static double number(const json_t *o, const char *key)
{
	assert_true(json_is_number(json_object_get(o, key)));
	return json_number_value(json_object_get(o, key));
}

static void test_looks(void **state)
{
	struct replicas_rule r = {.most = 50, .batch = 8, .until = 0.01};
	const size_t looks[] = {8, 16, 32, 50};
	(void)state;
	size_t n = replicas_first(&r);
	for (size_t i = 0; i < 4; i++, n = replicas_after(&r, n))
		assert_int_equal(n, looks[i]);
	assert_true(n > r.most);
	r.until = 0;
	assert_int_equal(replicas_first(&r), 50);
}

/* Three values: mean 2, standard deviation 1, so half is t(2) / sqrt(3). */
static void test_pool(void **state)
{
	static const char *const text[] = {
		"{\"delivered_pps\": 1, \"delivered_pps_ci95\": 9, \"packets\": 10, "
		"\"loss_ratio\": 0, \"latency_min_ns\": 3, \"latency_max_ns\": 5, "
		"\"latency_p99_ns\": null, \"bottleneck\": null, \"drops\": {\"a.b\": 1}}",
		"{\"delivered_pps\": 2, \"delivered_pps_ci95\": 9, \"packets\": 20, "
		"\"loss_ratio\": 0, \"latency_min_ns\": 2, \"latency_max_ns\": 9, "
		"\"latency_p99_ns\": 1, \"bottleneck\": \"fw\", \"drops\": {\"a.b\": 2}}",
		"{\"delivered_pps\": 3, \"delivered_pps_ci95\": 9, \"packets\": 30, "
		"\"loss_ratio\": 0, \"latency_min_ns\": 4, \"latency_max_ns\": 7, "
		"\"latency_p99_ns\": 1, \"bottleneck\": \"fw\", \"drops\": {\"a.b\": 6}}"};
	json_t *list[3];
	(void)state;
	for (size_t i = 0; i < 3; i++)
		assert_non_null(list[i] = json_loads(text[i], 0, NULL));
	json_t *o = replicas_pool(&rule, list, 3);
	assert_true(number(o, "delivered_pps") == 2);
	assert_true(fabs(number(o, "delivered_pps_ci95") - 4.30265272975 / sqrt(3)) < 1e-9);
	assert_true(number(o, "packets") == 60);
	assert_true(number(o, "latency_min_ns") == 2);
	assert_true(number(o, "latency_max_ns") == 9);
	assert_true(number(o, "replications") == 3);
	assert_true(number(json_object_get(o, "drops"), "a.b") == 3);
	assert_true(json_is_null(json_object_get(o, "latency_p99_ns")));
	assert_string_equal(json_string_value(json_object_get(o, "bottleneck")), "fw");
	assert_string_equal(json_string_value(json_object_get(o, "verdict")), "budget");
	json_decref(o);
	for (size_t i = 0; i < 3; i++)
		json_decref(list[i]);
}

static void test_text(void **state)
{
	struct arena *a = arena_new();
	(void)state;
	struct replicas_rule r = replicas_read(replicas_write(&rule, a), a);
	assert_int_equal(r.most, MOST);
	assert_int_equal(r.batch, 8);
	assert_true(r.until == 0.02);
	assert_int_equal(r.n_of, 1);
	assert_string_equal(r.of[0], of[0]);
	const char *const odd[] = {"", "[]", "{", "{\"replications\": -4, \"of\": [1, {}]}"};
	for (size_t i = 0; i < 4; i++) {
		r = replicas_read(odd[i], a);
		assert_int_equal(r.most, 1);
		assert_int_equal(r.n_of, 0);
	}
	arena_free(a);
}

/* Until narrow: stopping early by luck costs some of the 95 %. */
static void test_coverage(void **state)
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	json_t *list[MOST];
	size_t held = 0, used = 0;
	(void)state;
	for (int trial = 0; trial < TRIALS; trial++) {
		for (size_t i = 0; i < MOST; i++)
			list[i] = json_pack("{s:f, s:f}", of[0],
				100 * (1 + gsl_ran_gaussian(rng, 0.04)), "delivered_pps_ci95", 0.0);
		size_t n = replicas_first(&rule);
		while (n < rule.most && !replicas_narrow(&rule, list, n))
			n = replicas_after(&rule, n);
		json_t *o = replicas_pool(&rule, list, n);
		held += fabs(number(o, of[0]) - 100) <= number(o, "delivered_pps_ci95");
		used += n;
		json_decref(o);
		for (size_t i = 0; i < MOST; i++)
			json_decref(list[i]);
	}
	gsl_rng_free(rng);
	print_message("held %.2f %% with %.1f replications\n", 100.0 * (double)held / TRIALS,
		(double)used / TRIALS);
	assert_true((double)held > 0.93 * TRIALS);
	assert_true((double)held < 0.965 * TRIALS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_looks),
		cmocka_unit_test(test_pool),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_coverage),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
