/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The latency budget of every shipped kind of dataplane, under light load, overload and loss: its
 * parts add up to the mean latency that the run itself measured, over the same packets
 */
#include "plan/budget.h"

#include "model/build.h"
#include "tests/unit/scenario_text.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define SUM_ERROR 1e-9 /* relative: rounding of doubles only */

static struct scenario *read_text(
	const char *text, const char *const *sets, size_t n, struct arena *a)
{
	struct scenario *s = scenario_text(text, sets, n, a);
	assert_non_null(s);
	return s;
}

static void check(const char *text, const char *rate)
{
	struct arena *a = arena_new();
	const char *sets[] = {rate, "run.precision=5%", "run.max_packets=50000"};
	struct scenario *s = read_text(text, sets, 3, a);
	struct run_result *r = run_scenario(s, NULL);
	struct budget *b = budget_of(s, r);
	for (uint32_t c = 0; c < r->n_chains; c++) {
		const struct run_chain *is = &r->chains[c];
		double sum = budget_sum_ns(b, c), mean = is->latency.mean_ns.value;
		if (b->chains[c].packets != is->delivered || fabs(sum / mean - 1) > SUM_ERROR ||
			fabs(b->chains[c].mean_ns / mean - 1) > SUM_ERROR)
			fail_msg("%s %s: %llu packets instead of %llu, %.9g ns instead of %.9g",
				text, rate, (unsigned long long)b->chains[c].packets,
				(unsigned long long)is->delivered, sum, mean);
		for (uint32_t i = 0; i < b->n_places; i++)
			for (int part = 0; part < BUDGET_PARTS; part++)
				assert_true(b->places[i].ns[part] >= -1e-6);
	}
	budget_free(b);
	run_free(r);
	arena_free(a);
}

static void adds_up(void **state)
{
	(void)state;
	static const char *const rates[] = {"traffic.rate=20kpps", "traffic.rate=3Mpps",
		"traffic.rate=8.6Mpps", "traffic.rate=12Mpps"};
	static const char *const texts[] = {"{dataplane: bess, server: c6220, chain: [l3fwd]}",
		"{dataplane: bess, server: c6220, traffic: {arrivals: poisson, burst: 32, stamp: "
		"create},"
		" chain: [{nf: firewall, on: 0}, {nf: l2fwd, on: 1}]}",
		"{dataplane: bess, server: c6220, cores: {workers: 2}, traffic: {direction: both},"
		" chain: [l2fwd, l3fwd]}",
		"{dataplane: bess, server: c6220, traffic: {arrivals: poisson},"
		" chain: [{nf: l3fwd, vcpus: 2, queues: 2}, l2fwd]}",
		"{dataplane: bess, servers: {a: c6220, b: c6220}, traffic: {arrivals: on-off, off: "
		"5 us},"
		" chain: [{nf: l2fwd, on: a.0}, {nf: l3fwd, on: b.0}]}",
		"{dataplane: clickos, server: c6220, traffic: {arrivals: poisson}, chain: [l3fwd, "
		"firewall]}",
		"{dataplane: bess, server: c6220, to: vm, rx_queues: 2, chain: [{nf: l3fwd, "
		"queues: 2}]}",
		"{dataplane: bess, server: c6220, from: vm, chain: [l2fwd, l3fwd]}"};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		for (size_t k = 0; k < sizeof rates / sizeof *rates; k++)
			check(texts[i], rates[k]);
}

static double part_of(const struct budget *b, const char *place, enum budget_part part)
{
	for (uint32_t i = 0; i < b->n_places; i++)
		if (strcmp(b->places[i].name, place) == 0)
			return b->places[i].ns[part];
	fail_msg("no place is called %s", place);
	return NAN;
}

/* One packet at a time through a known way: every part can be computed by hand. */
static void single_packets(void **state)
{
	(void)state;
	struct arena *a = arena_new();
	struct scenario *s =
		read_text("{dataplane: bess, server: c6220, cpu: 2 GHz,"
			  " traffic: {rate: 1 kpps}, chain: [l3fwd], run: {precision: 5%}}",
			NULL, 0, a);
	struct run_result *r = run_scenario(s, NULL);
	struct budget *b = budget_of(s, r);
	const struct profile *p = s->profile;
	const double clock_ghz = 2;
	const struct nf_def *l3fwd = profile_nf(p, "l3fwd");
	double nf = l3fwd->cost.per_packet.value.value / clock_ghz;
	if (fabs(part_of(b, "l3fwd", BUDGET_NF) / nf - 1) > 0.01)
		fail_msg("%g ns instead of %g", part_of(b, "l3fwd", BUDGET_NF), nf);
	assert_true(fabs(part_of(b, "pnic0.rx", BUDGET_WIRE) - 67.2 - 10) < 0.01);
	assert_true(fabs(part_of(b, "pnic0.rx", BUDGET_DMA) - 1000) < 0.01);
	assert_true(fabs(part_of(b, "pnic1.tx", BUDGET_DMA) - 1000) < 0.01);
	assert_true(fabs(part_of(b, "pnic1.tx", BUDGET_WIRE) - 67.2 - 10) < 0.01);
	/* A free-running timer of 1 ms that is looked at now and then: half of it, and a little. */
	assert_true(fabs(part_of(b, "l3fwd", BUDGET_FILL) / 500e3 - 1) < 0.1);
	assert_true(part_of(b, "tc0", BUDGET_COPY) > 0 && part_of(b, "tc1", BUDGET_COPY) > 0);
	assert_true(part_of(b, "tc0", BUDGET_REMOTE) == 0 && part_of(b, "tc0", BUDGET_STALL) == 0);
	assert_string_equal(b->places[0].name, "pnic0.rx");
	assert_string_equal(b->places[1].name, "tc0");
	assert_string_equal(b->places[2].name, "l3fwd");
	assert_string_equal(b->places[4].name, "pnic1.tx");
	budget_free(b);
	run_free(r);
	arena_free(a);
}

int main(void)
{
	setenv("NFVSIM_DATA", "scenarios", 1);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(adds_up), cmocka_unit_test(single_packets)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
