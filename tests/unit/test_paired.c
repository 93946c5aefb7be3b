/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Paired differences: against Student's own example, and how much common random numbers help
 *
 * Student (1908), hours of sleep gained by ten patients with two drugs; R 4: t.test(extra ~ group,
 * paired = TRUE) gives a difference of 1.58, 0.7001142 to 2.4598858, p = 0.002833.
 */
#include "plan/paired.h"

#include "tests/unit/scenario_text.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

enum { N = 10 };

static const double drug_1[N] = {0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0};
static const double drug_2[N] = {1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4};

/* Ten samples of one chain: x in the rate, or in the latencies of one packet each. */
static struct run_result result(const double *x, struct run_sample *rows, struct run_chain *chains)
{
	double sum = 0;
	for (int i = 0; i < N; i++) {
		rows[2 * i] = (struct run_sample){1, 1, x[i], 0, x[i], x[i], x[i], x[i]};
		rows[2 * i + 1] = (struct run_sample){1, 1, x[i], 0, x[i], x[i], x[i], x[i]};
		sum += x[i];
	}
	chains[0] = chains[1] = (struct run_chain){.delivered_pps = {sum / N, 0}};
	return (struct run_result){.chains = chains,
		.n_chains = 1,
		.samples = N,
		.sample = rows,
		.replications = true};
}

static void students_sleep(void **state)
{
	(void)state;
	struct run_sample rows[2][2 * N];
	struct run_chain chains[2][2];
	struct run_result x = result(drug_1, rows[0], chains[0]);
	struct run_result y = result(drug_2, rows[1], chains[1]);
	struct interval d = paired_difference(&x, &y, PAIRED_RATE);
	assert_true(fabs(d.value - 1.58) < 1e-12);
	assert_true(fabs(d.value - d.half - 0.7001142) < 1e-7);
	assert_true(fabs(d.value + d.half - 2.4598858) < 1e-7);
	assert_true(fabs(paired_p_value(d, N) - 0.002833) < 1e-6);
	d = paired_difference(&y, &x, PAIRED_RATE);
	assert_true(fabs(d.value + 1.58) < 1e-12);
	d = paired_difference(&x, &x, PAIRED_RATE);
	assert_true(d.value == 0 && d.half == 0 && paired_p_value(d, N) == 1);
	/* Too few packets for a percentile. */
	assert_true(isnan(paired_difference(&x, &y, PAIRED_P99).value));
}

static struct scenario *read_text(const char *text, struct arena *a)
{
	struct scenario *s = scenario_text(text, NULL, 0, a);
	assert_non_null(s);
	return s;
}

/* Two costs one percent apart, at 90 % load, Poisson arrivals: the interval of the paired
 * difference is at least five times narrower than that of the difference of two independent
 * runs. */
static void common_numbers_help(void **state)
{
	(void)state;
	struct arena *a = arena_new();
	struct scenario *s =
		read_text("{dataplane: clickos, server: c6220, cpu: 2.4 GHz,"
			  " traffic: {rate: 2 Mpps, arrivals: poisson}, chain: [l3fwd]}",
			a);
	struct scenario *slower =
		read_text("{dataplane: clickos, server: c6220, cpu: 2.38 GHz,"
			  " traffic: {rate: 2 Mpps, arrivals: poisson}, chain: [l3fwd]}",
			a);
	struct paired_design d = {
		.warmup_ps = 5 * PS_PER_MS, .sample_ps = 5 * PS_PER_MS, .samples = 32};
	struct run_result *x = paired_run(s, &d, NULL, NULL),
			  *y = paired_run(slower, &d, NULL, NULL);
	struct interval paired = paired_difference(x, y, PAIRED_MEAN);
	double apart = hypot(paired_value(x, PAIRED_MEAN).half, paired_value(y, PAIRED_MEAN).half);
	assert_true(paired.value > paired.half); /* a lower clock is slower, and it shows */
	if (paired.half * 5 > apart)
		fail_msg("+-%g ns paired, +-%g ns apart", paired.half, apart);
	assert_int_equal(x->samples, 32);
	assert_true(x->warmup_ps == d.warmup_ps && x->sample_ps == d.sample_ps);
	run_free(x);
	run_free(y);
	arena_free(a);
}

int main(void)
{
	setenv("NFVSIM_DATA", "scenarios", 1);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(students_sleep), cmocka_unit_test(common_numbers_help)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
