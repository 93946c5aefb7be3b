/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Truth: costs made from known coefficients, with noise and outliers from GSL's generators; exact
 * costs, which a fit must give back; and textbook facts about what can't be told apart.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "calib/fit.h"

#include <gsl/gsl_randist.h>
#include <math.h>

enum { TRIALS = 2000, MOST = 64 };

static const double bursts[] = {1, 2, 4, 8, 16, 32};
static const double sizes[] = {64, 128, 256, 512, 1024, 1518};
static const double truth[] = {430, 104, 0.175};
enum { BURSTS = 6, SIZES = 6, TERMS = 3 };

/* A call costs per burst, per packet and per byte. */
static size_t design(struct fit_point *p)
{
	size_t n = 0;
	for (size_t b = 0; b < BURSTS; b++)
		for (size_t s = 0; s < SIZES; s++, n++) {
			p[n] = (struct fit_point){.x = {1, bursts[b], bursts[b] * sizes[s]}};
			for (size_t t = 0; t < TERMS; t++)
				p[n].y += truth[t] * p[n].x[t];
			p[n].error = 0.02 * p[n].y;
		}
	return n;
}

static void test_exact(void **state)
{
	(void)state;
	struct fit_point p[MOST];
	struct fit f;
	size_t n = design(p);
	assert_true(fit_robust(p, n, TERMS, true, &f));
	for (size_t t = 0; t < TERMS; t++)
		assert_true(fabs(f.c[t] / truth[t] - 1) < 1e-6);
	assert_true(f.r2 > 1 - 1e-9 && f.rms < 1e-6);
	assert_false(f.doubtful);
}

/* 2 % of noise on every point; one in ten also met a neighbour, who adds 20 to 100 %. */
static void spoil(struct fit_point *p, size_t n, const gsl_rng *rng)
{
	for (size_t i = 0; i < n; i++) {
		p[i].y *= 1 + gsl_ran_gaussian(rng, 0.02);
		if (gsl_rng_uniform(rng) < 0.1)
			p[i].y *= gsl_ran_flat(rng, 1.2, 2);
	}
}

static void test_coverage(void **state)
{
	(void)state;
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	unsigned within[TERMS] = {0};
	double squares[TERMS] = {0}, errors[TERMS] = {0};
	gsl_rng_set(rng, 20170907);
	for (unsigned k = 0; k < TRIALS; k++) {
		struct fit_point p[MOST];
		struct fit f;
		size_t n = design(p);
		spoil(p, n, rng);
		assert_true(fit_robust(p, n, TERMS, true, &f));
		for (size_t t = 0; t < TERMS; t++) {
			double off = f.c[t] - truth[t];
			within[t] += fabs(off) < 2 * f.error[t];
			squares[t] += off * off / TRIALS;
			errors[t] += f.error[t] / TRIALS;
		}
	}
	gsl_rng_free(rng);
	for (size_t t = 0; t < TERMS; t++) {
		print_message("# %zu: %u within, spread %g, stated %g\n", t, within[t],
			sqrt(squares[t]), errors[t]);
		assert_true(within[t] >= TRIALS * 93 / 100);
		/* the stated error is no wider than it must be */
		assert_true(errors[t] < 1.5 * sqrt(squares[t]));
	}
}

static void test_outliers_are_counted(void **state)
{
	(void)state;
	struct fit_point p[MOST];
	struct fit f;
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	size_t n = design(p);
	for (size_t i = 0; i < n; i++)
		p[i].y *= 1 + gsl_ran_gaussian(rng, 0.005);
	p[3].y *= 3;
	p[17].y *= 2;
	assert_true(fit_robust(p, n, TERMS, true, &f));
	assert_int_equal(f.outliers, 2);
	assert_true(fabs(f.c[1] / truth[1] - 1) < 0.05);
	assert_true(f.rms < 0.01);
	gsl_rng_free(rng);
}

/* One size: bytes are a multiple of packets. */
static void test_mixture(void **state)
{
	(void)state;
	struct fit_point p[BURSTS];
	struct fit f;
	for (size_t b = 0; b < BURSTS; b++)
		p[b] = (struct fit_point){
			.x = {1, bursts[b], bursts[b] * 64}, .y = 100 + 20 * bursts[b], .error = 1};
	assert_true(fit_robust(p, BURSTS, TERMS, true, &f));
	assert_true(f.used[0] && f.used[1]);
	assert_false(f.used[2]);
	assert_false(f.negative[2]);
	assert_true(fabs(f.c[1] - 20) < 1e-6);
	assert_true(f.c[2] == 0 && f.error[2] == 0);
}

/* Bursts of 31 and 32 alone: what a burst costs and what a packet costs are nearly one. */
static void test_doubtful(void **state)
{
	(void)state;
	struct fit_point p[8];
	struct fit f;
	for (size_t i = 0; i < 8; i++)
		p[i] = (struct fit_point){.x = {1, 31 + (double)(i % 2)},
			.y = 430 + 104 * (31 + (double)(i % 2)) + (double)(i % 3),
			.error = 1};
	assert_true(fit_robust(p, 8, 2, false, &f));
	assert_true(f.doubtful);
	assert_true(f.correlation < -0.99);
	assert_int_equal(f.pair[0], 0);
	assert_int_equal(f.pair[1], 1);
	assert_true(f.condition > 50);
}

static void test_costs_are_not_negative(void **state)
{
	(void)state;
	struct fit_point p[BURSTS];
	struct fit f;
	for (size_t b = 0; b < BURSTS; b++)
		p[b] = (struct fit_point){
			.x = {1, bursts[b]}, .y = 100 * bursts[b] - 40, .error = 1};
	assert_true(fit_robust(p, BURSTS, 2, false, &f));
	assert_true(fabs(f.c[0] + 40) < 1e-6);
	assert_true(fit_robust(p, BURSTS, 2, true, &f));
	assert_true(f.negative[0] && !f.used[0] && f.c[0] == 0);
	assert_true(f.c[1] > 90 && f.c[1] < 100);
}

/* y = 100 n - 40: held at -10 the first term leaves the second one the best slope through that. */
static void test_held_at_a_bound(void **state)
{
	(void)state;
	struct fit_point p[BURSTS];
	struct fit f;
	struct fit_rule rule = {.least = {-10, -INFINITY}, .singular = 1e-6};
	double xy = 0, xx = 0;
	for (size_t b = 0; b < BURSTS; b++) {
		double n = bursts[b], y = 100 * n - 40;
		p[b] = (struct fit_point){.x = {1, n}, .y = y, .error = 1};
		xy += n * (y + 10);
		xx += n * n;
	}
	assert_true(fit_by(p, BURSTS, 2, &rule, &f));
	assert_true(f.negative[0] && f.c[0] == -10 && f.error[0] == 0);
	assert_true(fabs(f.c[1] - xy / xx) < 0.1); /* robust: not quite least squares */
	const double one[FIT_TERMS] = {1, 1};
	assert_true(fabs(fit_predict(&f, one) - (f.c[1] - 10)) < 1e-9);
}

/* Two points, a line: its errors are those of the points, by hand. */
static void test_as_many_points_as_terms(void **state)
{
	(void)state;
	const struct fit_point p[] = {
		{.x = {1, 0}, .y = 5, .error = 3}, {.x = {1, 10}, .y = 25, .error = 4}};
	struct fit_rule rule = {.least = {-INFINITY, -INFINITY}, .singular = 1e-6};
	struct fit f;
	assert_false(fit_by(p, 2, 2, &rule, &f));
	rule.plain = true;
	assert_true(fit_by(p, 2, 2, &rule, &f));
	assert_true(fabs(f.c[0] - 5) < 1e-9 && fabs(f.c[1] - 2) < 1e-9);
	assert_true(fabs(f.error[0] - 3) < 1e-9 && fabs(f.error[1] - 0.5) < 1e-9);
}

static void test_too_few(void **state)
{
	(void)state;
	struct fit_point p[MOST];
	struct fit f;
	design(p);
	assert_false(fit_robust(p, 0, TERMS, true, &f));
	assert_false(fit_robust(p, 1, TERMS, true, &f));
}

/* For a line through points of equal error the variance of the slope is s2 / sum (x - mean)^2, so a
 * further point takes most off the slope where it lies furthest out, and nothing at the mean but
 * from the intercept. */
static void test_worth(void **state)
{
	(void)state;
	struct fit_point p[16];
	struct fit f;
	for (size_t i = 0; i < 16; i++)
		p[i] = (struct fit_point){.x = {1, (double)i},
			.y = 50 + 10 * (double)i + (i % 2 ? 0.5 : -0.5),
			.error = 1};
	assert_true(fit_robust(p, 16, 2, false, &f));
	const double near[FIT_TERMS] = {1, 7.5}, far[FIT_TERMS] = {1, 40};
	assert_true(fit_worth(&f, far, 0.5) > fit_worth(&f, near, 0.5));
	assert_true(fit_worth(&f, far, 0.5) > fit_worth(&f, far, 5));
	assert_true(fit_worth(&f, far, 0.5) < 1);
	assert_true(fit_worth(&f, near, 1e9) < 1e-6);
	/* The mean of 16 values is known 4 times better than one of them. */
	double ratio = fit_predict_error(&f, near) / f.scale * 4;
	assert_true(ratio > 0.95 && ratio < 1.25);
}

/* Groups are bursts. A law that holds is not widened beyond what noise explains; one that lacks a
 * square is, until the error reaches from the slope at one end to that at the other. */
static void test_lack_of_fit(void **state)
{
	(void)state;
	struct fit_point p[BURSTS * 2];
	size_t group[BURSTS * 2];
	struct fit f;
	for (int bent = 0; bent < 2; bent++) {
		for (size_t i = 0; i < BURSTS * 2; i++) {
			double n = bursts[i % BURSTS];
			group[i] = i % BURSTS;
			p[i] = (struct fit_point){.x = {1, n},
				.y = 100 + 10 * n + bent * n * n + (i < BURSTS ? 0.01 : -0.01),
				.error = 1};
		}
		assert_true(fit_robust(p, BURSTS * 2, 2, false, &f));
		double before = f.error[1];
		fit_widen(&f, p, group, BURSTS);
		assert_true(bent ? f.error[1] > 1.5 * before : f.error[1] < 1.5 * before);
		assert_true(fabs(sqrt(f.cov[1][1]) / f.error[1] - 1) < 1e-9);
	}
}

static void test_shared_error(void **state)
{
	(void)state;
	struct fit_point p[MOST];
	struct fit f;
	assert_true(fit_robust(p, design(p), TERMS, true, &f));
	fit_share(&f, 0.03);
	for (size_t t = 0; t < TERMS; t++)
		assert_true(fabs(f.error[t] / (0.03 * truth[t]) - 1) < 0.01);
	assert_true(fabs(fit_predict_error(&f, p[0].x) / (0.03 * p[0].y) - 1) < 0.01);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exact),
		cmocka_unit_test(test_coverage),
		cmocka_unit_test(test_outliers_are_counted),
		cmocka_unit_test(test_mixture),
		cmocka_unit_test(test_doubtful),
		cmocka_unit_test(test_costs_are_not_negative),
		cmocka_unit_test(test_held_at_a_bound),
		cmocka_unit_test(test_as_many_points_as_terms),
		cmocka_unit_test(test_too_few),
		cmocka_unit_test(test_worth),
		cmocka_unit_test(test_lack_of_fit),
		cmocka_unit_test(test_shared_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
