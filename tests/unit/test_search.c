/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The search on devices whose answer is known: they lose packets by a rule written down here
 *
 * A device can do `capacity`; beyond that it delivers only that (or less, when it collapses). It
 * starts to lose a few packets earlier, at `first_loss`, either at once or only in long trials.
 */
#include "plan/search.h"

#include "sim/philox.h"

#include <gsl/gsl_rng.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#define LINE 14880952.0
#define WIDTH 0.005
#define FULL 2e6
#define SHORT 5e5
#define TRIALS 15

struct device {
	double capacity;           /* pps */
	double first_loss;         /* pps from which single packets are lost */
	double early;              /* share that is lost there */
	double patience;           /* packets that pass before the first is lost */
	double collapse;           /* share of capacity that is lost at line rate */
	double hole_from, hole_to; /* loads in between lose early, others do not */
	double noise;              /* loads are off by up to this share */
};

static double lost_of(const struct device *d, const struct search_ask *a, double jitter)
{
	double load = a->load * (1 + d->noise * jitter), lost = 0;
	double able = d->capacity * (1 - d->collapse * fmax(0, load / d->capacity - 1));
	bool hole = load >= d->hole_from && load <= d->hole_to;
	if (hole || (d->first_loss > 0 && load >= d->first_loss))
		lost = d->early * fmax(0, a->length - d->patience);
	if (load > d->capacity)
		lost = fmax(lost, a->length * (1 - able / load) - d->patience);
	return fmin(ceil(fmax(0, lost)), a->length);
}

static struct search search_on(const struct device *d, double max_load)
{
	static const double none = 0, half_percent = 0.005;
	struct search_spec spec = {.max_load = max_load,
		.min_load = max_load / 1000,
		.loss_ratio = {none, half_percent},
		.n_goals = 2,
		.width = WIDTH,
		.short_length = SHORT,
		.full_length = FULL,
		.max_trials = TRIALS};
	struct search s;
	struct search_ask ask;
	gsl_rng *rng = gsl_rng_alloc(philox_type);
	philox_stream(rng, 1, 0, "noise");
	search_init(&s, &spec);
	while (search_next(&s, &ask))
		search_tell(&s, ask.length, lost_of(d, &ask, 2 * gsl_rng_uniform(rng) - 1));
	gsl_rng_free(rng);
	return s;
}

/* Found, and the truth lies between the bounds. */
static void check_found(const struct search *s, size_t goal, double truth)
{
	struct search_bounds b = search_result(s, goal);
	if (b.verdict != SEARCH_FOUND || b.lower > truth * (1 + 1e-9) ||
		b.upper < truth * (1 - 1e-9) || b.width > WIDTH * (1 + 1e-6))
		fail_msg("goal %zu: verdict %d, %.0f to %.0f after %zu trials, truth %.0f", goal,
			(int)b.verdict, b.lower, b.upper, s->n_trials, truth);
	assert_true(s->n_trials <= TRIALS);
	assert_true(fabs(b.throughput - b.lower * (1 - b.loss_ratio)) <= 1e-9 * b.throughput);
}

/* No full trial at or below a reported load lost more than the goal. */
static void check_not_refuted(const struct search *s)
{
	for (size_t g = 0; g < s->spec.n_goals; g++) {
		struct search_bounds b = search_result(s, g);
		for (size_t i = 0; i < s->n_trials; i++) {
			const struct search_trial *t = &s->trial[i];
			if (t->ask.length < FULL || t->ask.load > b.lower)
				continue;
			assert_true(t->lost <= s->spec.loss_ratio[g] * t->sent);
		}
	}
}

static void line_rate(void **state)
{
	(void)state;
	struct device d = {.capacity = 2 * LINE};
	struct search s = search_on(&d, LINE);
	assert_int_equal(s.n_trials, 1);
	for (size_t g = 0; g < 2; g++) {
		struct search_bounds b = search_result(&s, g);
		assert_int_equal(b.verdict, SEARCH_AT_MAX);
		assert_true(b.lower == LINE && b.throughput == LINE && b.loss_ratio == 0);
		assert_true(isnan(b.upper) && !b.non_monotonic);
	}
}

/* Loss sets in at the capacity: few trials are enough. */
static void saturating(void **state)
{
	(void)state;
	for (double share = 0.02; share < 1; share += 0.0137) {
		struct device d = {.capacity = share * LINE};
		struct search s = search_on(&d, LINE);
		check_found(&s, 0, d.capacity);
		check_found(&s, 1, fmin(d.capacity / (1 - 0.005), LINE));
		check_not_refuted(&s);
		assert_true(s.n_trials <= 7);
	}
}

/* Single packets are lost well below the capacity. */
static void early_loss(void **state)
{
	(void)state;
	for (double share = 0.7; share < 1; share += 0.0077)
		for (double early = 1e-6; early < 4e-3; early *= 5) {
			struct device d = {
				.capacity = 7.2e6, .first_loss = share * 7.2e6, .early = early};
			struct search s = search_on(&d, LINE);
			check_found(&s, 0, d.first_loss);
			check_found(&s, 1, d.capacity / (1 - 0.005));
			check_not_refuted(&s);
		}
}

/* More than the goal of 0.5 % is lost from the first loss on: both goals end there. */
static void cliff(void **state)
{
	(void)state;
	for (double share = 0.7; share < 1; share += 0.0077) {
		struct device d = {.capacity = 7.2e6, .first_loss = share * 7.2e6, .early = 0.02};
		struct search s = search_on(&d, LINE);
		check_found(&s, 0, d.first_loss);
		check_found(&s, 1, d.first_loss);
	}
}

/* Only long trials lose packets: short ones must not be believed. */
static void late_loss(void **state)
{
	(void)state;
	for (double share = 0.7; share < 1; share += 0.0077)
		for (double patience = 1e4; patience < 1.9e6; patience *= 3) {
			struct device d = {.capacity = 7.2e6,
				.first_loss = share * 7.2e6,
				.early = 0.001,
				.patience = patience};
			struct search s = search_on(&d, LINE);
			struct search_bounds b = search_result(&s, 0);
			check_not_refuted(&s);
			assert_true(s.n_trials <= TRIALS);
			if (!(b.lower < d.first_loss && b.lower > 0.6 * d.first_loss))
				fail_msg("patience %g: %.0f, truth %.0f", patience, b.lower,
					d.first_loss);
		}
}

/* At line rate it delivers less than it can. */
static void collapsing(void **state)
{
	(void)state;
	for (double collapse = 0.05; collapse < 0.6; collapse += 0.05) {
		struct device d = {.capacity = 7.2e6, .collapse = collapse};
		struct search s = search_on(&d, LINE);
		check_found(&s, 0, d.capacity);
		check_not_refuted(&s);
		assert_true(search_result(&s, 1).lower >= 0.99 * d.capacity);
	}
}

/* Loads between 4 and 4.4 Mpps lose packets, higher ones do not: the search may find the lower
 * answer or the upper one, but if it saw the hole it must report below it and say so. */
static void non_monotonic(void **state)
{
	(void)state;
	struct search_bounds b;
	struct device d = {.capacity = 20e6, .hole_from = 4e6, .hole_to = 4.4e6, .early = 0.01};
	struct search s = search_on(&d, LINE);
	assert_int_equal(search_result(&s, 0).verdict, SEARCH_AT_MAX);
	/* Told of it, the search must turn round. */
	struct search_spec spec = s.spec;
	struct search_ask ask;
	search_init(&s, &spec);
	for (int i = 0; search_next(&s, &ask); i++) {
		double lost = i == 0 ? 0.5 * ask.length : lost_of(&d, &ask, 0);
		search_tell(&s, ask.length, ask.load > 7e6 && i > 0 ? 1 : lost);
	}
	b = search_result(&s, 0);
	assert_true(b.lower <= 7e6 && !b.non_monotonic);
	/* A load that passes above one that failed. */
	search_init(&s, &spec);
	s.asked = (struct search_ask){8e6, FULL};
	search_tell(&s, FULL, 0);
	s.asked = (struct search_ask){4.2e6, FULL};
	search_tell(&s, FULL, 5);
	s.asked = (struct search_ask){4.19e6, FULL};
	search_tell(&s, FULL, 0);
	s.asked = (struct search_ask){9e6, FULL};
	search_tell(&s, FULL, 5);
	b = search_result(&s, 0);
	assert_true(b.non_monotonic && b.lower == 4.19e6 && b.upper == 4.2e6);
	assert_int_equal(b.verdict, SEARCH_FOUND);
	assert_false(search_result(&s, 1).non_monotonic);
}

/* The device's speed wavers by half a width: the answer may be off by as much, never refuted. */
static void noisy(void **state)
{
	(void)state;
	for (double share = 0.1; share < 1; share += 0.019) {
		struct device d = {.capacity = share * LINE, .noise = WIDTH / 2};
		struct search s = search_on(&d, LINE);
		struct search_bounds b = search_result(&s, 0);
		check_not_refuted(&s);
		assert_true(s.n_trials <= TRIALS);
		assert_true(fabs(b.lower / d.capacity - 1) < 2 * WIDTH);
	}
}

/* What a short trial lost is lost in the full one: without losses allowed it is not repeated. */
static void short_failures_count(void **state)
{
	(void)state;
	struct device d = {.capacity = 7.2e6, .first_loss = 5.6e6, .early = 0.001};
	struct search_spec spec = search_on(&d, LINE).spec;
	struct search s;
	struct search_ask ask;
	size_t failed_short = 0;
	spec.n_goals = 1;
	search_init(&s, &spec);
	while (search_next(&s, &ask))
		search_tell(&s, ask.length, lost_of(&d, &ask, 0));
	check_found(&s, 0, d.first_loss);
	for (size_t i = 0; i < s.n_trials; i++) {
		failed_short += s.trial[i].ask.length < FULL && s.trial[i].lost > 0;
		for (size_t k = 0; k < i; k++)
			assert_true(
				s.trial[k].lost == 0 || s.trial[k].ask.load != s.trial[i].ask.load);
	}
	assert_true(failed_short > 0);
}

static void hopeless(void **state)
{
	(void)state;
	struct device d = {.capacity = LINE / 2, .first_loss = 1, .early = 0.001};
	struct search s = search_on(&d, LINE);
	assert_int_equal(search_result(&s, 0).verdict, SEARCH_NONE);
	assert_true(isnan(search_result(&s, 0).lower));
	check_found(&s, 1, d.capacity / (1 - 0.005));
}

/* The first loss is anywhere: what was not found within the budget is said to be so, and holds. */
static void budget(void **state)
{
	(void)state;
	for (double share = 0.01; share < 0.7; share += 0.0117) {
		struct device d = {.capacity = 7.2e6, .first_loss = share * 7.2e6, .early = 0.01};
		struct search s = search_on(&d, LINE);
		struct search_bounds b = search_result(&s, 0);
		check_not_refuted(&s);
		assert_true(s.n_trials <= TRIALS);
		assert_true(b.verdict == SEARCH_FOUND || b.verdict == SEARCH_BUDGET);
		assert_true(isnan(b.lower) || b.lower < d.first_loss);
		assert_true(b.upper >= d.first_loss);
		if (b.verdict == SEARCH_BUDGET)
			assert_int_equal(s.n_trials, TRIALS);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(line_rate),
		cmocka_unit_test(saturating), cmocka_unit_test(early_loss), cmocka_unit_test(cliff),
		cmocka_unit_test(late_loss), cmocka_unit_test(collapsing),
		cmocka_unit_test(non_monotonic), cmocka_unit_test(noisy),
		cmocka_unit_test(hopeless), cmocka_unit_test(short_failures_count),
		cmocka_unit_test(budget)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
