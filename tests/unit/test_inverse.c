/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Values found again. Truth is the values that made the points; and arithmetic: a core of 1 GHz
 * that alone pays for its packets manages 1e9 / cycles a second.
 *
 * If two standard errors held the truth with a chance of 93 %, fewer than 18 of 25 trials would do
 * so with a chance of 2e-4 (binomial distribution). `make coverage-inverse` counts 2,000.
 */
#include "tests/unit/recovered_cases.h"

#include "calib/screen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

enum { TRIALS = 25, LEAST = 18 };

static void check_case(const struct recovered_case *is, unsigned trials, unsigned least)
{
	struct recovered r;
	struct recovered_count c = {0};
	assert_true(recovered_open(&r, is));
	for (unsigned i = 1; i <= trials; i++)
		assert_true(recovered_trial(&r, i, &c));
	for (size_t j = 0; j < r.n_values; j++) {
		print_message("# %s: %u of %u\n", is->keys[j], c.within[j], trials);
		if (c.within[j] < least)
			fail_msg("%s: %u of %u trials within two errors", is->keys[j], c.within[j],
				trials);
	}
	recovered_close(&r);
}

static void rates_by_size(void **state)
{
	(void)state;
	check_case(&recovered_cases[0], TRIALS, LEAST);
}

/* --- One core --- */

static const char *const work_key[] = {"nfs.work.cost.per_packet"};
/* work.yaml of the tests: 10 Mpps offered to a core of 1 GHz that pays 1000 cycles a packet. */
static struct inverse *fit_work(const char *points, struct arena *a, bool *complained)
{
	char path[sizeof RECOVERED_FILE];
	FILE *to = recovered_file(path);
	fputs(points, to);
	fclose(to);
	setenv("NFVSIM_DATA", "tests/cli/data", 1);
	struct diag *d = diag_new();
	struct inverse_task task = {.set = dataset_read(path, a, d),
		.profile = "plain",
		.keys = work_key,
		.n_keys = 1,
		.threads = 2};
	struct inverse *v = task.set ? inverse_fit(&task, runs_new(a), d) : NULL;
	*complained = diag_errors(d) > 0;
	diag_free(d);
	remove(path);
	setenv("NFVSIM_DATA", "scenarios", 1);
	return v;
}

#define POINTS(text) "citation: arithmetic\npoints:\n" text
#define RATE(id, value, more) \
	"  - {id: " id ", value: " value ", mark: fit, scenario: work" more "}\n"

/* One point and one value: the error is the one that the point states. */
static void as_many_values_as_points(void **state)
{
	(void)state;
	struct arena *a = arena_new();
	bool complained;
	struct inverse *v = fit_work(POINTS(RATE("a", "1.25 Mpps", ", error: 2%")), a, &complained);
	assert_non_null(v);
	assert_true(fabs(v->values[0].value - 800) < 1);
	assert_true(fabs(v->values[0].error - 16) < 0.5);
	v = fit_work(POINTS(RATE("a", "1.25 Mpps", "")), a, &complained);
	assert_non_null(v);
	assert_true(isnan(v->values[0].error));
	arena_free(a);
}

/* Two points with errors of 1 and 3 %, 4 % apart: the mean by weights of 9 and 1. */
static void weighed_by_errors(void **state)
{
	(void)state;
	struct arena *a = arena_new();
	bool complained;
	struct inverse *v = fit_work(
		POINTS(RATE("a", "1.00 Mpps", ", error: 1%") RATE("b", "1.04 Mpps", ", error: 3%")),
		a, &complained);
	assert_non_null(v);
	double expected = 1000 * exp(-0.1 * log(1.04));
	assert_true(fabs(v->values[0].value - expected) < 2);
	/* as stated: 1 % over the square root of 1 + 1 / 9 */
	assert_true(v->values[0].error > 9.3);
	arena_free(a);
}

/* What differs by half is left out, and the rest is not moved by it. */
static void outlier(void **state)
{
	(void)state;
	struct arena *a = arena_new();
	bool complained;
	struct inverse *v = fit_work(
		POINTS(RATE("a", "1.00 Mpps", "") RATE("b", "1.01 Mpps", "")
				RATE("c", "0.99 Mpps", "") RATE("d", "1.005 Mpps", "")
					RATE("e", "0.995 Mpps", "") RATE("f", "0.50 Mpps", "")),
		a, &complained);
	assert_non_null(v);
	assert_int_equal(v->n_outliers, 1);
	assert_true(v->points[5].outlier);
	assert_true(fabs(v->values[0].value - 1000) < 2);
	arena_free(a);
}

/* 10 Mpps offered, 1 / 8 of it delivered; and all latencies of a lone packet are alike. */
static void losses_and_percentiles(void **state)
{
	(void)state;
	struct arena *a = arena_new();
	bool complained;
	struct inverse *v = fit_work(POINTS(RATE("a", "87.5 %", ", metric: loss") RATE(
					     "b", "8.75 Mpps", ", metric: lost") RATE("c", "934 ns",
					     ", metric: p50, set: traffic.rate=0.1Mpps")),
		a, &complained);
	assert_non_null(v);
	assert_true(fabs(v->values[0].value - 800) < 2);
	assert_true(v->rms < 0.005);
	arena_free(a);
}

/* Searched from any offered rate; the core's rate is at most a width of 0.5 % above what passes. */
static void rates_searched_for(void **state)
{
	(void)state;
	struct arena *a = arena_new();
	bool complained;
	struct inverse *v = fit_work(
		POINTS(RATE("a", "1.25 Mpps", ", metric: ndr, set: traffic.rate=0.1Mpps") RATE(
			"b", "1.25 Mpps", ", metric: pdr, loss: 1%, set: traffic.rate=0.1Mpps")),
		a, &complained);
	assert_non_null(v);
	assert_int_equal(v->n_scenarios, 2); /* their losses differ */
	assert_true(fabs(v->values[0].value - 800) < 4);
	assert_true(v->points[0].simulated > 0.001 && v->points[0].simulated < 0.004);
	assert_true(v->noise == 0);
	assert_null(
		fit_work(POINTS(RATE("a", "1.25 Mpps", ", metric: ndr, set: traffic.rate=0pps")), a,
			&complained));
	assert_true(complained);
	arena_free(a);
}

static void no_prediction(void **state)
{
	(void)state;
	struct arena *a = arena_new();
	bool complained;
	assert_null(fit_work(POINTS(RATE("a", "1 us", ", metric: p99.9")), a, &complained));
	assert_true(complained);
	arena_free(a);
}

/* --- The first look for outliers --- */

/* A line with deviations of up to 0.5, and three points far above it, two of them at its end: what
 * least squares would bend to. */
static void screened(void **state)
{
	(void)state;
	enum { N = 12 };
	struct fit_point p[N];
	bool out[N];
	for (int i = 0; i < N; i++)
		p[i] = (struct fit_point){
			.x = {1, i}, .y = 10 + 2 * i + 0.5 * sin(7 * i), .error = 1};
	assert_int_equal(screen_outliers(p, N, 2, out), 0);
	p[4].y += 20;
	p[10].y += 50;
	p[11].y += 50;
	assert_int_equal(screen_outliers(p, N, 2, out), 3);
	assert_true(out[4] && out[10] && out[11]);
	/* so many that the law is in doubt: all stay */
	p[1].y -= 30;
	p[2].y -= 40;
	p[6].y += 25;
	assert_int_equal(screen_outliers(p, N, 2, out), 0);
	assert_false(out[4]);
}

int main(void)
{
	setenv("NFVSIM_DATA", "scenarios", 1);
	const struct CMUnitTest tests[] = {cmocka_unit_test(rates_by_size),
		cmocka_unit_test(as_many_values_as_points), cmocka_unit_test(weighed_by_errors),
		cmocka_unit_test(outlier), cmocka_unit_test(losses_and_percentiles),
		cmocka_unit_test(rates_searched_for), cmocka_unit_test(no_prediction),
		cmocka_unit_test(screened)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
