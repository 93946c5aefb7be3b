/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Plans whose answers follow by arithmetic: the data of tests/cli has a core that takes 1000
 * cycles a packet and a platform of 1 to 4 GHz, so that R packets a second need R x 1000 Hz.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/run.h"
#include "plan/planner.h"
#include "plan/power.h"
#include "tests/unit/tree_text.h"

#include <math.h>

static const char *const base[] = {"dataplane=tests/cli/data/profiles/plain.yaml",
	"server=tests/cli/data/platforms/plain.yaml", "run.precision=5%"};

static struct planner *run_with(struct fixture *f, const struct planner_ask *ask, size_t workers)
{
	const char *missing;
	struct crew *crew = crew_start(workers, &missing);
	struct planner *p = planner_run(ask, crew, NULL, NULL, f->arena, f->diag);
	crew_end(crew);
	return p;
}

/* Plans work.yaml at a rate. */
static struct planner *plan(
	struct fixture *f, const char *rate, const char *target, struct planner_ask *ask)
{
	const char *sets[] = {base[0], base[1], base[2], rate};
	const struct planner_extra extra = {sets, 4, target, "clock"};
	assert_true(planner_read("tests/cli/data/work.yaml", &extra, ask, f->arena, f->diag));
	struct planner *p = run_with(f, ask, 1);
	assert_printed(f->diag, "");
	assert_non_null(p);
	return p;
}

static void test_clock(void **state)
{
	struct fixture *f = *state;
	static const struct {
		const char *rate;
		double clock_hz;
	} cases[] = {{"traffic.rate=900 kpps", 1e9}, {"traffic.rate=2.35 Mpps", 2.4e9},
		{"traffic.rate=3.94 Mpps", 4e9}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct planner_ask ask;
		const struct planner *p = plan(f, cases[i].rate, "loss<0.1%", &ask);
		assert_non_null(p->answer);
		assert_true(fabs(p->answer->measure[KNOBS_CLOCK] - cases[i].clock_hz) < 1);
		assert_int_equal(p->answer->verdict, SLO_MET);
		assert_int_equal(p->n_smaller, 1);
		if (p->smaller[0].try) {
			assert_int_equal(p->smaller[0].try->verdict, SLO_MISSED);
			assert_string_equal(p->smaller[0].try->limit, "work");
		} else {
			assert_true(cases[i].clock_hz == 1e9);
		}
	}
}

static void test_infeasible(void **state)
{
	struct planner_ask ask;
	const struct planner *p = plan(*state, "traffic.rate=4.5 Mpps", "loss<0.1%", &ask);
	assert_null(p->answer);
	assert_non_null(p->nearest);
	assert_int_equal(p->nearest->verdict, SLO_MISSED);
	assert_true(p->nearest->measure[KNOBS_CLOCK] == 4e9);
	assert_int_equal(p->simulated, 1); /* the estimate left no hope for any other */
}

/* A lone packet takes 1000 cycles and twice 67.2 ns on the wire: 615.6 ns are left for the cycles,
 * which takes 1.625 GHz. */
static void test_latency(void **state)
{
	struct planner_ask ask;
	const struct planner *p = plan(*state, "traffic.rate=10 kpps", "mean<0.75us", &ask);
	assert_non_null(p->answer);
	assert_true(fabs(p->answer->measure[KNOBS_CLOCK] - 1.7e9) < 1);
	assert_int_equal(p->smaller[0].try->verdict, SLO_MISSED);
}

static void test_day(void **state)
{
	struct fixture *f = *state;
	struct planner_ask ask;
	const char *sets[] = {base[0], base[1], base[2], "traffic.rate=3.94 Mpps"};
	const struct planner_extra extra = {sets, 4, "loss<0.1%", "clock"};
	assert_true(planner_read("tests/cli/data/work.yaml", &extra, &ask, f->arena, f->diag));
	ask.n_hours = PLANNER_HOURS;
	for (size_t i = 0; i < PLANNER_HOURS; i++)
		ask.hours[i] =
			(struct quantity){i < 12 ? 0.5 : 1940000, i < 12 ? DIM_RATIO : DIM_PPS};
	const struct planner *p = run_with(f, &ask, 1);
	assert_int_equal(p->n_hours, PLANNER_HOURS);
	assert_true(fabs(p->hour[0].rate_pps - 1.97e6) < 1e-3);
	assert_true(fabs(p->hour[11].clock_hz - 2e9) < 1);
	assert_true(fabs(p->hour[23].clock_hz - 2e9) < 1);
	assert_int_equal(p->hour[23].verdict, SLO_MET);
}

static void test_knobs(void **state)
{
	struct fixture *f = *state;
	const char *sets[] = {
		"dataplane=scenarios/profiles/bess.yaml", "server=scenarios/platforms/c6220.yaml"};
	const struct scenario *s =
		scenario_read("scenarios/numa-chain.yaml", sets, 2, f->arena, f->diag);
	assert_printed(f->diag, "");
	const struct knobs_range range = {
		.clock = true, .clock_step = {5e8, DIM_FREQ}, .queues = 2, .workers = true};
	struct knobs k;
	assert_true(knobs_make(s, &range, &k, f->arena, f->diag));
	/* queues of three VNFs; 1 to 3 workers, or 4 of their own; 1.2, 1.7, 2.2, 2.6 GHz */
	assert_int_equal(k.n, 5);
	assert_int_equal(knobs_count(&k), 2 * 2 * 2 * 4 * 4);
	assert_string_equal(k.knob[4].words[3], "2.6 GHz");
	size_t last = knobs_count(&k) - 1, n;
	for (size_t i = 0; i < k.n; i++) {
		assert_int_equal(knobs_at(&k, 0, i), 0);
		assert_int_equal(knobs_down(&k, 0, i), SIZE_MAX);
		assert_int_equal(knobs_at(&k, last, i), k.knob[i].n - 1);
		assert_int_equal(knobs_at(&k, knobs_down(&k, last, i), i), k.knob[i].n - 2);
	}
	const char **all = knobs_sets(&k, last, sets, 1, &n, f->arena);
	assert_int_equal(n, 8); /* the base, two for each VNF, the clock: own workers need none */
	assert_string_equal(all[0], sets[0]);
	assert_string_equal(all[1], "chain.0.queues=2");
	assert_string_equal(all[2], "chain.0.vcpus=2");
	assert_string_equal(all[7], "cpu=2.6 GHz");
}

/* c6220: 95 W idle; a polling core takes 4 W at 1.2 GHz and 9 W at 2.6 GHz. */
static void test_power(void **state)
{
	struct fixture *f = *state;
	const char *sets[] = {"dataplane=scenarios/profiles/bess.yaml",
		"server=scenarios/platforms/c6220.yaml", "cpu=1.9 GHz"};
	const struct scenario *s =
		scenario_read("scenarios/l3fwd.yaml", sets, 3, f->arena, f->diag);
	const struct platform *p = scenario_server(s, 0)->platform;
	assert_true(fabs(power_core_w(p, 1.2e9) - 4) < 1e-9);
	assert_true(fabs(power_core_w(p, 2.6e9) - 9) < 1e-9);
	assert_true(fabs(power_core_w(p, 1.9e9) - 6.5) < 1e-9);
	struct build *b = build_net(s, 1, 0);
	assert_true(fabs(power_build_w(b, NULL) - (95 + 3 * 6.5)) < 1e-9);
	net_free(b->net);
	assert_null(power_unknown(s));
}

static void test_bad_asks(void **state)
{
	struct fixture *f = *state;
	struct planner_ask ask;
	const struct planner_extra extra = {base, 3, "loss<5us", "money"};
	assert_false(planner_read("tests/cli/data/work.yaml", &extra, &ask, f->arena, f->diag));
	assert_mentions(f->diag, "--least is queues, vcpus, cores, clock, servers or energy");
	assert_mentions(f->diag, "'loss' is compared with a share");
	const struct planner_extra energy = {base, 3, NULL, "energy"};
	assert_true(planner_read("tests/cli/data/work.yaml", &energy, &ask, f->arena, f->diag));
	assert_null(run_with(f, &ask, 1));
	assert_mentions(f->diag, "states no power");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_clock, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_infeasible, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_latency, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_day, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_knobs, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_power, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_bad_asks, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
