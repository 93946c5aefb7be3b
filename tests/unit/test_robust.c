/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The robust summaries of the microbenchmarks, against published and hand-made examples */
#include "calib/dpdk/robust.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static struct robust_set set_of(const double *value, unsigned n)
{
	struct robust_set set = {.n = 0};

	while (n--)
		robust_add(&set, *value++);
	return set;
}

static void empty_is_nan(void **state)
{
	struct robust_set set = {.n = 0, .dirty = 7};
	struct robust_summary s = robust_summarise(&set);

	(void)state;
	assert_true(isnan(s.median) && isnan(s.trimmed_mean) && isnan(s.mad) && isnan(s.p10));
	assert_true(s.clean_share == 0 && s.n == 0);
}

/* The worked example of en.wikipedia.org/wiki/Median_absolute_deviation: median 2, MAD 1. */
static void mad_of_published_example(void **state)
{
	static const double value[] = {9, 1, 6, 1, 4, 2, 2};
	struct robust_set set = set_of(value, 7);
	struct robust_summary s = robust_summarise(&set);

	(void)state;
	assert_true(s.median == 2 && s.mad == 1 && s.clean_share == 1 && s.n == 7);
}

static void even_count_halves(void **state)
{
	double value[] = {4, 1, 3, 2};

	(void)state;
	assert_true(robust_median(value, 4) == 2.5);
}

/* Squares of 1 to 20: no outliers; without two at each end they sum up to 2109 - 5 = 2104. */
static void trims_both_ends(void **state)
{
	struct robust_set set = {.n = 0};
	struct robust_summary s;

	(void)state;
	for (unsigned i = 20; i; i--)
		robust_add(&set, i * i);
	s = robust_summarise(&set);
	assert_true(s.trimmed_mean == 2104.0 / 16 && s.p10 == 9);
}

/* Outliers go before the ends are cut: 16 values of 10 +- 1 (six 9, five 10,
 * five 11) and four of a million; one at each end is cut, which leaves 159 - 20 over 14. */
static void outliers_do_not_move_it(void **state)
{
	struct robust_set set = {.n = 0, .dirty = 20};
	struct robust_summary s;

	(void)state;
	for (unsigned i = 0; i < 16; i++)
		robust_add(&set, 9 + i % 3);
	for (unsigned i = 0; i < 4; i++)
		robust_add(&set, 1e6);
	s = robust_summarise(&set);
	assert_true(s.trimmed_mean == 139.0 / 14);
	assert_true(s.median == 10 && s.clean_share == 0.5);
}

static void equal_values_survive(void **state)
{
	struct robust_set set = {.n = 0};
	struct robust_summary s;

	(void)state;
	for (unsigned i = 0; i < 3; i++)
		robust_add(&set, 0.1);
	s = robust_summarise(&set);
	assert_true(fabs(s.trimmed_mean - 0.1) < 1e-12 && s.mad == 0);
}

static void full_set_drops(void **state)
{
	struct robust_set set = {.n = 0};

	(void)state;
	for (unsigned i = 0; i < ROBUST_VALUES + 5; i++)
		robust_add(&set, i);
	assert_int_equal(set.n, ROBUST_VALUES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty_is_nan),
		cmocka_unit_test(mad_of_published_example),
		cmocka_unit_test(even_count_halves),
		cmocka_unit_test(trims_both_ends),
		cmocka_unit_test(outliers_do_not_move_it),
		cmocka_unit_test(equal_values_survive),
		cmocka_unit_test(full_set_drops),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
