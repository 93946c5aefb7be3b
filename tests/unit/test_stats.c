/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Intervals against textbooks, closed forms and their own promise: 95 % of them hold the truth
 *
 * Coverage tests use fixed seeds. 10,000 repetitions have a standard error of 0.22 %, so 0.7 % is
 * 3.2 standard errors. Values marked (py) are sums of the binomial distribution with 40 digits.
 */
#include "sim/stats.h"

#include "sim/philox.h"

#include <gsl/gsl_randist.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#define REPETITIONS 10000

static void check_close(double value, double expected, double relative)
{
	if (!(fabs(value - expected) <= relative * fabs(expected)))
		fail_msg("%.17g, expected %.17g", value, expected);
}

static gsl_rng *new_stream(const char *name)
{
	gsl_rng *r = gsl_rng_alloc(philox_type);
	philox_stream(r, 1, 0, name);
	return r;
}

static bool holds(struct interval i, double truth)
{
	return fabs(i.value - truth) <= i.half;
}

static void check_coverage(unsigned held, unsigned of, double lo, double hi)
{
	double share = (double)held / of;
	if (share < lo || share > hi)
		fail_msg("coverage %.4f, wanted %.4f to %.4f", share, lo, hi);
}

/* Closed forms for 1, 2 and 4 degrees of freedom (p = 0.975); NIST/SEMATECH e-Handbook, section
 * 1.3.6.7.2, for the others. */
static void t_quantiles(void **state)
{
	(void)state;
	double alpha = 4 * 0.975 * 0.025, root = sqrt(alpha);
	check_close(stats_t975(1), tan(M_PI * 0.475), 1e-9);
	check_close(stats_t975(2), 0.95 * sqrt(2 / alpha), 1e-9);
	check_close(stats_t975(4), 2 * sqrt(cos(acos(root) / 3) / root - 1), 1e-9);
	static const double table[][2] = {{3, 3.182}, {5, 2.571}, {9, 2.262}, {10, 2.228},
		{19, 2.093}, {31, 2.040}, {100, 1.984}};
	for (unsigned i = 0; i < sizeof table / sizeof *table; i++)
		assert_true(fabs(stats_t975((size_t)table[i][0]) - table[i][1]) <= 0.0005);
	check_close(stats_t975(1000000000), 1.959963984540054, 1e-8);
	assert_true(isnan(stats_t975(0)));
}

/* Student (1908), hours of sleep gained by ten patients; R 4: t.test(extra ~ group, paired = TRUE)
 * gives 0.7001142 to 2.4598858. */
static void mean_of_students_sleep(void **state)
{
	(void)state;
	static const double gain[] = {1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4};
	struct interval i = stats_mean(gain, 10);
	check_close(i.value, 1.58, 1e-14);
	assert_true(fabs(i.value - i.half - 0.7001142) < 1e-7);
	assert_true(fabs(i.value + i.half - 2.4598858) < 1e-7);
}

static void mean_of_few(void **state)
{
	(void)state;
	static const double x[] = {3, 3, 3, 3};
	assert_true(isnan(stats_mean(x, 0).value) && isnan(stats_mean(x, 0).half));
	assert_true(stats_mean(x, 1).value == 3 && isnan(stats_mean(x, 1).half));
	assert_true(stats_mean(x, 2).value == 3 && stats_mean(x, 2).half == 0);
	assert_true(stats_mean(x, 4).half == 0);
}

/* A large common offset must not eat the spread. */
static void mean_far_from_zero(void **state)
{
	(void)state;
	static const double x[] = {1e9 + 1, 1e9 + 2, 1e9 + 3};
	struct interval i = stats_mean(x, 3);
	assert_true(i.value == 1e9 + 2);
	check_close(i.half, stats_t975(2) / sqrt(3), 1e-12);
}

/* By hand: ratio 12 / 6, residuals 0, -1, 1, their variance 1, mean of y 2. */
static void ratio_by_hand(void **state)
{
	(void)state;
	static const double x[] = {2, 3, 7}, y[] = {1, 2, 3};
	struct interval i = stats_ratio(x, y, 3);
	assert_true(i.value == 2);
	check_close(i.half, stats_t975(2) * sqrt(1.0 / 3) / 2, 1e-14);
}

static void ratio_at_its_limits(void **state)
{
	(void)state;
	static const double x[] = {1.5, 3, 4, 9}, zero[4], fours[] = {4, 4, 4, 4};
	struct interval none = stats_ratio(x, zero, 4), same = stats_ratio(x, x, 4);
	assert_true(isnan(none.value) && isnan(none.half));
	assert_true(isnan(stats_ratio(x, x, 0).value));
	assert_true(same.value == 1 && same.half == 0);
	assert_true(stats_ratio(x, x, 1).value == 1 && isnan(stats_ratio(x, x, 1).half));
	struct interval ratio = stats_ratio(x, fours, 4), mean = stats_mean(x, 4);
	check_close(ratio.value, mean.value / 4, 1e-15);
	check_close(ratio.half, mean.half / 4, 1e-15);
}

static void fill(struct hist *h, int64_t value, unsigned n)
{
	hist_init(h);
	for (unsigned i = 0; i < n; i++)
		hist_add(h, value);
}

/* By hand: the median of the union is 200, the batches' medians are 100, 200 and 600; and it is the
 * union, not the middle batch: a heavier third batch moves the centre to 600. */
static void quantile_by_hand(void **state)
{
	(void)state;
	struct hist h[3];
	const struct hist *const batches[] = {&h[0], &h[1], &h[2]};
	fill(&h[0], 100, 10);
	fill(&h[1], 200, 10);
	fill(&h[2], 600, 10);
	struct interval i = stats_quantile(batches, 3, 0.5);
	assert_true(i.value == 200);
	check_close(i.half, stats_t975(2) * sqrt((100 * 100 + 400 * 400) / 2.0 / 3), 1e-14);
	assert_true(stats_quantile(batches, 1, 0.5).value == 100);
	assert_true(isnan(stats_quantile(batches, 1, 0.5).half));

	hist_clear(&h[2]);
	fill(&h[2], 600, 50);
	i = stats_quantile(batches, 3, 0.5);
	assert_true(i.value == 600);
	check_close(i.half, stats_t975(2) * sqrt((500 * 500 + 400 * 400) / 2.0 / 3), 1e-14);

	hist_clear(&h[1]);
	i = stats_quantile(batches, 3, 0.5);
	assert_true(i.value == 600 && isnan(i.half));
	assert_true(isnan(stats_quantile(batches, 0, 0.5).value));
	hist_clear(&h[0]);
	hist_clear(&h[2]);
}

static void coverage_of_the_mean(void **state)
{
	(void)state;
	gsl_rng *r = new_stream("normal");
	unsigned held = 0;
	for (unsigned turn = 0; turn < REPETITIONS; turn++) {
		double x[30];
		size_t n = 2 + turn % 29;
		for (size_t i = 0; i < n; i++)
			x[i] = 5 + gsl_ran_gaussian(r, 2);
		held += holds(stats_mean(x, n), 5);
	}
	check_coverage(held, REPETITIONS, 0.943, 0.957);
	gsl_rng_free(r);
}

/* Batches of random size: 40 to 60 exponential latencies of mean 3 each. */
static void coverage_of_the_ratio(void **state)
{
	(void)state;
	gsl_rng *r = new_stream("ratio");
	unsigned held = 0;
	for (unsigned turn = 0; turn < REPETITIONS; turn++) {
		double x[30], y[30];
		for (size_t i = 0; i < 30; i++) {
			y[i] = (double)(40 + gsl_rng_uniform_int(r, 21));
			x[i] = gsl_ran_gamma(r, y[i], 3);
		}
		held += holds(stats_ratio(x, y, 30), 3);
	}
	check_coverage(held, REPETITIONS, 0.943, 0.957);
	gsl_rng_free(r);
}

/* The same with x and y dependent, as drops and packets are: x includes y. */
static void coverage_of_a_dependent_ratio(void **state)
{
	(void)state;
	gsl_rng *r = new_stream("dependent");
	unsigned held = 0;
	for (unsigned turn = 0; turn < REPETITIONS; turn++) {
		double x[30], y[30];
		for (size_t i = 0; i < 30; i++) {
			y[i] = gsl_ran_gamma(r, 50, 1);
			x[i] = 4 * y[i] + gsl_ran_gamma(r, 50, 1);
		}
		held += holds(stats_ratio(x, y, 30), 5);
	}
	check_coverage(held, REPETITIONS, 0.943, 0.957);
	gsl_rng_free(r);
}

/* Exponential values of mean 2e5 from 1e6 on, so that they fall into few octaves. */
static bool quantile_holds(gsl_rng *r, double q)
{
	enum { BATCHES = 20, EACH = 200 };
	struct hist h[BATCHES];
	const struct hist *batches[BATCHES];
	for (int i = 0; i < BATCHES; i++) {
		batches[i] = &h[i];
		hist_init(&h[i]);
		double u[EACH];
		philox_fill(r, u, EACH);
		for (int j = 0; j < EACH; j++)
			hist_add(&h[i], (int64_t)(1e6 - 2e5 * philox_log(u[j])));
	}
	bool held = holds(stats_quantile(batches, BATCHES, q), 1e6 - 2e5 * log(1 - q));
	for (int i = 0; i < BATCHES; i++)
		hist_clear(&h[i]);
	return held;
}

static void coverage_of_the_quantile(void **state)
{
	(void)state;
	enum { FEWER = REPETITIONS / 5 }; /* costly; standard error 0.49 % */
	gsl_rng *r = new_stream("quantile");
	unsigned held = 0;
	for (unsigned turn = 0; turn < FEWER; turn++)
		held += quantile_holds(r, 0.9);
	check_coverage(held, FEWER, 0.935, 0.965);
	gsl_rng_free(r);
}

static double mser_of(const double *x, size_t cut, size_t groups)
{
	double mean = 0, squares = 0, kept = (double)(groups - cut);
	for (size_t i = 5 * cut; i < 5 * groups; i++)
		mean += x[i] / 5 / kept;
	for (size_t g = cut; g < groups; g++) {
		const double *y = x + 5 * g;
		double apart = (y[0] + y[1] + y[2] + y[3] + y[4]) / 5 - mean;
		squares += apart * apart;
	}
	return squares / (kept * kept);
}

/* MSER-5 as defined, in quadratic time. */
static size_t naive_mser5(const double *x, size_t n)
{
	size_t groups = n / 5, best = 0;
	for (size_t cut = 1; cut <= groups / 2; cut++)
		if (mser_of(x, cut, groups) < mser_of(x, best, groups))
			best = cut;
	return 5 * best;
}

/* An autoregressive series, x = 0.8 x + noise, started far away from its mean. */
static void start_far_off(gsl_rng *r, double *x, size_t n, double from)
{
	for (size_t i = 0; i < n; i++)
		x[i] = from = 0.8 * from + gsl_ran_gaussian(r, 1);
}

static void mser5_as_defined(void **state)
{
	(void)state;
	gsl_rng *r = new_stream("mser");
	double x[1000];
	for (unsigned turn = 0; turn < 30; turn++) {
		size_t n = 10 + 33 * turn;
		bool doubtful;
		start_far_off(r, x, n, 2 * turn);
		size_t cut = stats_mser5(x, n, &doubtful);
		assert_int_equal(cut, naive_mser5(x, n));
		assert_int_equal(doubtful, cut == 5 * (n / 5 / 2));
	}
	gsl_rng_free(r);
}

/* 100 * 0.8^k falls below a hundredth of the noise at k = 41. */
static void mser5_drops_a_transient(void **state)
{
	(void)state;
	gsl_rng *r = new_stream("transient");
	for (unsigned turn = 0; turn < 100; turn++) {
		double x[2000];
		bool doubtful;
		start_far_off(r, x, 2000, 100);
		size_t cut = stats_mser5(x, 2000, &doubtful);
		assert_true(cut >= 10 && cut <= 500 && !doubtful);
	}
	gsl_rng_free(r);
}

/* A step: the cut is known exactly, wherever the step falls within its group of five. */
static void mser5_finds_a_step(void **state)
{
	(void)state;
	double x[1000];
	for (size_t step = 0; step <= 495; step++) {
		bool doubtful;
		for (size_t i = 0; i < 1000; i++)
			x[i] = (i < step ? 50 : 0) + (i / 5 % 2 ? 1 : -1);
		assert_int_equal(stats_mser5(x, 1000, &doubtful), (step + 4) / 5 * 5);
		assert_false(doubtful);
	}
}

static void mser5_doubts_a_ramp(void **state)
{
	(void)state;
	double x[1004];
	for (size_t i = 0; i < 1004; i++)
		x[i] = (double)i;
	bool doubtful = false;
	assert_int_equal(stats_mser5(x, 1004, &doubtful), 500);
	assert_true(doubtful);
}

static void mser5_keeps_a_constant(void **state)
{
	(void)state;
	double x[100];
	for (size_t i = 0; i < 100; i++)
		x[i] = 0.1;
	bool doubtful = true;
	assert_int_equal(stats_mser5(x, 100, &doubtful), 0);
	assert_false(doubtful);
	assert_int_equal(stats_mser5(x, 9, &doubtful), 0);
	assert_true(doubtful);
	assert_int_equal(stats_mser5(x, 0, &doubtful), 0);
	assert_true(doubtful);
}

static void quantile_needs(void **state)
{
	(void)state;
	assert_true(stats_quantile_needs(0.5) == 2e4);
	assert_true(stats_quantile_needs(0.99) == 1e6);
	assert_true(stats_quantile_needs(0.999) == 1e7);
	assert_true(stats_quantile_needs(0.9999) == 1e8);
}

static void bound_of_no_events(void **state)
{
	(void)state;
	assert_true(stats_ratio_bound(0, 0) == 1);
	for (double n = 1; n < 1e12; n *= 7)
		check_close(log1p(-stats_ratio_bound(0, n)) * n, log(0.05), 1e-12);
	check_close(stats_ratio_bound(0, 1e9), 2.9957e-9, 1e-4);
}

/* (py); the last but one is on the far side of the change of method. */
static void bound_of_some_events(void **state)
{
	(void)state;
	static const struct {
		double k, n, bound;
	} known[] = {
		{1, 10, 0.3941633024365048},
		{5, 20, 0.4555824040017488},
		{10, 100, 0.1637176232758148},
		{999, 1000, 0.999948708021091},
		{3, 1000, 0.00773524471847946},
		{1, 1e6, 4.74385563820681e-6},
		{10, 1e9, 1.696221917667456e-8},
		{10000, 1e6, 0.01016521398209206},
		{10001, 1e6, 0.01016622207980571},
		{20000, 1e5, 0.2020920107972503},
		{500000, 1e6, 0.5008229260505229},
	};
	for (unsigned i = 0; i < sizeof known / sizeof *known; i++)
		check_close(stats_ratio_bound(known[i].k, known[i].n), known[i].bound, 1e-7);
	assert_true(stats_ratio_bound(7, 7) == 1);
	check_close(stats_ratio_bound(5e11, 1e12), 0.5 + 1.6448536 * 0.5e-6, 1e-9);
}

/* The definition: at the bound, k or fewer of n come with probability 5 %. */
static void bound_by_definition(void **state)
{
	(void)state;
	for (int n = 1; n <= 40; n++) {
		for (int k = 0; k < n; k++) {
			double p = stats_ratio_bound(k, n), term = pow(1 - p, n), sum = term;
			for (int i = 1; i <= k; i++)
				sum += term *= (n - i + 1) * p / (i * (1 - p));
			check_close(sum, 0.05, 1e-9);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t_quantiles),
		cmocka_unit_test(mean_of_students_sleep),
		cmocka_unit_test(mean_of_few),
		cmocka_unit_test(mean_far_from_zero),
		cmocka_unit_test(ratio_by_hand),
		cmocka_unit_test(ratio_at_its_limits),
		cmocka_unit_test(quantile_by_hand),
		cmocka_unit_test(coverage_of_the_mean),
		cmocka_unit_test(coverage_of_the_ratio),
		cmocka_unit_test(coverage_of_a_dependent_ratio),
		cmocka_unit_test(coverage_of_the_quantile),
		cmocka_unit_test(mser5_as_defined),
		cmocka_unit_test(mser5_drops_a_transient),
		cmocka_unit_test(mser5_finds_a_step),
		cmocka_unit_test(mser5_doubts_a_ramp),
		cmocka_unit_test(mser5_keeps_a_constant),
		cmocka_unit_test(quantile_needs),
		cmocka_unit_test(bound_of_no_events),
		cmocka_unit_test(bound_of_some_events),
		cmocka_unit_test(bound_by_definition),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
