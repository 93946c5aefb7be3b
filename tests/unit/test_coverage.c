/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Do 95 % of the intervals of the shipped stopping rule hold the truth? Short: 300 runs of each
 * queue
 *
 * If each interval held the truth with a chance of 93 %, fewer than 257 of 300 would do so with a
 * chance of 3e-6 (binomial distribution). `make coverage-ci` counts thousands.
 */
#include "tests/unit/covered.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

enum { RUNS = 300, LEAST = 257 };

static void check(struct covered_queue q)
{
	struct arena *a = arena_new();
	struct scenario *s = covered_scenario(a);
	struct covered_count c = {0};
	const struct run_options o = {.tune = covered_tune, .tune_arg = &q};
	const struct covered_truth is = covered_theory(&q);
	assert_non_null(s);
	s->run.precision.value = 0.05;
	for (unsigned i = 0; i < RUNS; i++)
		covered_run(s, &o, &is, i + 1, &c);
	if (c.held < LEAST || fabs(c.bias / c.runs) > 0.02)
		fail_msg("%s: %u of %u intervals hold the mean, bias %.2f %%", q.name, c.held,
			c.runs, 100 * c.bias / c.runs);
	assert_true(c.half / c.runs <= 0.05);
	arena_free(a);
}

static void mm1(void **state)
{
	(void)state;
	check(covered_mm1("M/M/1, 0.5", 0.5));
}

static void md1(void **state)
{
	(void)state;
	check(covered_md1("M/D/1, 0.8", 0.8));
}

static void poll_loop(void **state)
{
	(void)state;
	check(covered_loop("poll loop, 0.8", 0.8));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mm1), cmocka_unit_test(md1), cmocka_unit_test(poll_loop)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
