/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Verdicts that are looked at several times: all intervals together hold the truth with 95 %, and
 * each further look takes four times as many packets, as far as the budget goes
 *
 * A mean is looked at in data that the next look has again, with three times as much behind them:
 * 10,000 repetitions have a standard error of 0.2 %.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "plan/crew.h"
#include "plan/looks.h"
#include "sim/philox.h"
#include "tests/unit/scenario_text.h"

#include <gsl/gsl_randist.h>
#include <math.h>
#include <unistd.h>

enum { REPETITIONS = 10000, BATCHES = 32, FIRST = 1, LAST = 16, FEW = 200000 };

/* A result of one chain whose mean latency is that of 32 batches of n values each. */
static struct interval look_at(const double *values, size_t n, int most)
{
	double batch[BATCHES] = {0};
	for (size_t i = 0; i < BATCHES * n; i++)
		batch[i / n] += values[i] / (double)n;
	struct run_chain chains[2] = {{.latency = {.mean_ns = stats_mean(batch, BATCHES)}}};
	struct run_result r = {.chains = chains, .n_chains = 1, .samples = BATCHES};
	looks_widen(&r, most);
	return chains[0].latency.mean_ns;
}

static double share_missed(int most)
{
	gsl_rng *r = gsl_rng_alloc(philox_type);
	philox_stream(r, 1, 0, "looks");
	unsigned missed = 0;
	for (int i = 0; i < REPETITIONS; i++) {
		double values[BATCHES * LAST];
		bool outside = false;
		for (size_t k = 0; k < BATCHES * LAST; k++)
			values[k] = gsl_ran_ugaussian(r);
		for (size_t n = FIRST; n <= LAST; n *= LOOKS_FINER) {
			struct interval x = look_at(values, n, most);
			outside |= fabs(x.value) > x.half;
		}
		missed += outside;
	}
	gsl_rng_free(r);
	return (double)missed / REPETITIONS;
}

static void test_confidence(void **state)
{
	(void)state;
	double alone = share_missed(1), together = share_missed(LOOKS_MOST);
	if (alone < 0.09 || together > 0.05 || together < 0.03)
		fail_msg("missed: %.4f, of looks that know of each other %.4f", alone, together);
}

/* Without a loss seen in n packets its share is below p with confidence 1 - (1 - p)^n. */
static void test_no_loss(void **state)
{
	(void)state;
	struct run_chain chains[2] = {{.loss_bound = stats_ratio_bound(0, 1000)}};
	struct run_result r = {.chains = chains, .n_chains = 1, .samples = BATCHES};
	looks_widen(&r, 1);
	assert_true(fabs(pow(1 - chains[0].loss_bound, 1000) - 0.05) < 1e-12);
	looks_widen(&r, LOOKS_MOST);
	assert_true(fabs(pow(1 - chains[0].loss_bound, 1000) - 0.05 / LOOKS_MOST) < 1e-12);
}

#define PLAIN                                             \
	"dataplane: tests/cli/data/profiles/plain.yaml\n" \
	"server: tests/cli/data/platforms/plain.yaml\n"   \
	"cpu: 1 GHz\nchain: [work]\n"                     \
	"traffic: {size: 64 B, rate: 800 kpps, arrivals: poisson}\n"

static void test_limits(void **state)
{
	(void)state;
	static const struct {
		const char *set;
		int most;
		int64_t packets, next, budget;
		double precision;
	} cases[] = {
		{"run.seed=1", LOOKS_MOST, 1000000, 4000000, 4000000, 0.05},
		{"run.seed=1", LOOKS_MOST, 12500000, 50000000, 4000000, 0.05},
		{"run.seed=1", LOOKS_MOST, 12500001, 0, 4000000, 0.05},
		{"run.precision=2%", LOOKS_MOST, 1000000, 4000000, 50000000, 0.02},
		{"run.max_packets=90000", LOOKS_MOST, 22500, 90000, 90000, 0.05},
		{"run.max_packets=90000", LOOKS_MOST, 22501, 0, 90000, 0.05},
		{"run.duration=10ms", 1, 1000, 0, 4000000, 0.05},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct arena *a = arena_new();
		struct scenario *s = scenario_text(PLAIN, &cases[i].set, 1, a);
		assert_non_null(s);
		assert_int_equal(looks_most(s), cases[i].most);
		assert_int_equal(looks_next(s, cases[i].packets), cases[i].next);
		looks_set(s, true, 0, 0);
		assert_int_equal(s->run.max_packets, cases[i].budget);
		assert_true(s->run.precision.value == cases[i].precision);
		arena_free(a);
	}
}

/* Asks for a target and that many looks; packets: of the first one, 0: as the precision says. */
static struct crew_told ask(
	const char *path, const char *target, int looks, int64_t packets, struct arena *a)
{
	const char *sets[] = {"run.precision=5%"}, *missing;
	const struct crew_ask ask = {.scenario = path,
		.sets = sets,
		.n_sets = 1,
		.target = target,
		.looks = looks,
		.packets = packets};
	struct crew_told told = {.simulations = 0};
	struct crew *crew = crew_start(1, &missing);
	assert_true(crew_run(crew, &ask, 1, &told, a));
	crew_end(crew);
	return told;
}

/* A target at the mean that is found at last stays open. */
static void test_packets(void **state)
{
	(void)state;
	struct arena *a = arena_new();
	FILE *to = fdopen(memfd_create("looks", 0), "w");
	const char *path = arena_printf(a, "/dev/fd/%d", fileno(to));
	fputs(PLAIN, to);
	fflush(to);
	struct crew_told one = ask(path, "mean<10us", 1, FEW, a);
	struct crew_told last = ask(path, "mean<10us", 1, 16 * FEW, a);
	double mean_ns = last.run.chains[0].latency.mean_ns.value;
	const char *target = arena_printf(a, "mean<%.9gns", mean_ns);
	struct crew_told all = ask(path, target, LOOKS_MOST, FEW, a);
	assert_int_equal(one.simulations, 1);
	assert_int_equal(all.simulations, LOOKS_MOST);
	assert_true(all.packets >= 15.9 * (double)one.packets);
	assert_true(all.run.chains[0].latency.mean_ns.half <
		    one.run.chains[0].latency.mean_ns.half / 2);
	fclose(to);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_confidence),
		cmocka_unit_test(test_no_loss), cmocka_unit_test(test_limits),
		cmocka_unit_test(test_packets)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
