/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The analytic estimate against the simulator over a grid, and its formulas against exact values
 *
 * The grid: BESS and ClickOS; chains of 1, 2 and 3; four sizes; three clocks; constant and random
 * arrivals; 10 to 90 % of capacity. Runs are short (some 10,000 packets, fixed seed), which leaves
 * the simulator's mean latency uncertain by a few percent at 90 %, within the limits asserted.
 * Exact values of the poll loop are means over its Markov chain at poll starts.
 */
#include "model/estimate.h"
#include "model/run.h"
#include "model/waiting.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#define MOST_RATE_ERROR 0.05
#define MOST_LATENCY_ERROR 0.20
#define SETS 12

static void check_close(double value, double expected, double relative)
{
	if (!(fabs(value - expected) <= relative * fabs(expected)))
		fail_msg("%.9g, expected %.9g", value, expected);
}

/* Mean sojourn in a poll loop with random arrivals: t0 an empty poll, ts + n tp one of n
 * packets. */
static double sojourn(double rate, double t0, double ts, double tp)
{
	struct waiting_gate g = waiting_gate(&(struct waiting_gate_in){rate, ts, tp, tp * tp, t0});
	return g.seen_ns / 2 + ts + tp * (1 + rate * g.seen_ns);
}

static void poll_loop_is_exact(void **state)
{
	(void)state;
	struct waiting_gate g = waiting_gate(&(struct waiting_gate_in){0.5, 1, 0.5, 0.25, 0.2});
	check_close(sojourn(0.5, 0.2, 1, 0.5), 2.3682908, 1e-4);
	check_close(0.5 * g.mean_ns / (1 - g.p_empty), 1.2888112, 1e-4);
	check_close(g.p_empty * 0.2 / g.mean_ns, 0.36204558, 1e-4);
	/* its chain took at most 32 at a time, which begins to matter */
	check_close(sojourn(1.5, 0.2, 1, 0.5), 7.5642934, 1e-2);
}

static void drain_timers_are_exact(void **state)
{
	(void)state;
	check_close(waiting_fill_free(2, 8, 2.5).wait_ns, 1.152291, 1e-6);
	check_close(waiting_fill_first(2, 8, 2.5).wait_ns, 1.3269, 1e-4);
	check_close(waiting_fill_free(1e-4, 8, 2.5).wait_ns, 1.25, 1e-3);
	check_close(waiting_fill_free_cbr(1e-4, 8, 2.5).wait_ns, 1.25, 1e-3);
	check_close(waiting_fill_first(1e-4, 8, 2.5).wait_ns, 2.5, 1e-3);
	check_close(waiting_fill_free(1, 8, 1e5).wait_ns, 3.5, 1e-3);
	check_close(waiting_fill_first(1, 8, 1e5).wait_ns, 3.5, 1e-3);
	/* the sum and its limit for many fills meet */
	check_close(
		waiting_fill_free(1, 8, 31.9).wait_ns, waiting_fill_free(1, 8, 32.1).wait_ns, 5e-3);
}

/* Pollaczek-Khinchine: W = rho D / (2 (1 - rho)) */
static void queue_is_exact_for_random_arrivals(void **state)
{
	(void)state;
	check_close(waiting_queue(1, 0.9, 1), 4.5, 1e-12);
	check_close(waiting_queue(2, 0.5, 1), 1, 1e-12);
}

/* A loop stepped through: items at 0, 4, 8 ..; fixed 10, work 1. */
static void train_is_stepped(void **state)
{
	(void)state;
	struct waiting_train t = waiting_train(&(struct waiting_train_in){4, 4, 10, 1, 32});
	/* takes 1 at 0; at 11 those of 4 and 8; at 23 that of 12 */
	check_close(t.wait_ns, (0 + 7 + 3 + 11) / 4.0, 1e-12);
	check_close(t.taken, 4 / 3.0, 1e-12);
	check_close(t.seen_taken, (1 + 4 + 1) / 4.0, 1e-12);
	check_close(t.span_ns, 34, 1e-12);
}

/* Mean wait under constant arrivals, by stepping through. */
static double stepped_wait(double period, double fixed, double work)
{
	double now = 0, wait = 0, next = 0.37 * period, n_all = 0;
	while (n_all < 100000) {
		double n = 0;
		for (; next <= now; next += period, n++)
			wait += now - next;
		n_all += n;
		now = n > 0 ? now + fixed + n * work : next;
	}
	return wait / n_all;
}

/* Where period and costs are commensurate a loop can stay in a phase of its own; on average over
 * costs it does not. */
static void locked_loop_is_right_on_average(void **state)
{
	(void)state;
	double wait = 0, stepped = 0;
	for (int i = 0; i < 60; i++) {
		double work = 0.1 + 0.013 * i, fixed = 1.003 - work + 0.057 * i * (1 - work);
		wait += waiting_lock(1, fixed, work).wait_ns;
		stepped += stepped_wait(1, fixed, work);
	}
	check_close(wait, stepped, 0.05);
}

struct point {
	const char *dataplane, *chain, *arrivals;
	int size_B;
	double ghz, load;
};

static struct scenario *point_read(const struct point *p, double pps, struct arena *a)
{
	const char *sets[SETS];
	size_t n = 0;
	bool cbr = *p->arrivals == 'c';
	double us = fmax(2e10 / pps, 2000);
	sets[n++] = arena_printf(a, "dataplane=%s", p->dataplane);
	sets[n++] = arena_printf(a, "chain=%s", p->chain);
	sets[n++] = arena_printf(a, "cpu=%.1f GHz", p->ghz);
	sets[n++] = arena_printf(a, "traffic.arrivals=%s", p->arrivals);
	sets[n++] = arena_printf(a, "traffic.size=%d B", p->size_B);
	sets[n++] = arena_printf(a, "traffic.rate=%.9g pps", pps);
	sets[n++] = arena_printf(a, "run.duration=%.0f us", cbr ? fmax(us / 8, 2000) : 5 * us);
	sets[n++] = "run.warmup=2000 us";
	if (cbr)
		sets[n++] = "run.replications=8";
	struct diag *d = diag_new();
	struct scenario *s = scenario_read("tests/unit/estimate.yaml", sets, n, a, d);
	diag_print(d, stderr);
	assert_non_null(s);
	diag_free(d);
	return s;
}

/* The rate at which the busiest core or wire is loaded so much. */
static double rate_at(const struct point *p, struct arena *a)
{
	struct estimate e;
	estimate_scenario(point_read(p, 1e5, a), &e);
	double pps = p->load * 1e5 / e.load;
	estimate_free(&e);
	return pps;
}

struct errors {
	double worst_rate, worst_latency, sum_latency;
	unsigned n, beyond;
};

static void compare(const struct point *p, struct errors *r)
{
	struct arena *a = arena_new();
	double pps = rate_at(p, a);
	struct scenario *s = point_read(p, pps, a);
	struct run_result *sim = run_scenario(s, NULL);
	struct estimate e;
	estimate_scenario(s, &e);
	double rate = fabs(e.chains[0].delivered_pps / sim->chains[0].delivered_pps.value - 1);
	double ns = sim->chains[0].latency.mean_ns.value;
	double latency = fabs(e.chains[0].mean_latency_ns / ns - 1);
	r->n++;
	r->sum_latency += latency;
	r->worst_rate = fmax(r->worst_rate, rate);
	r->worst_latency = fmax(r->worst_latency, latency);
	if (!(rate <= MOST_RATE_ERROR) || !(latency <= MOST_LATENCY_ERROR)) {
		r->beyond++;
		print_error("%s %s %s %d B %.1f GHz %.0f %%: %.0f ns simulated, %.0f estimated\n",
			p->dataplane, p->chain, p->arrivals, p->size_B, p->ghz, 100 * p->load, ns,
			e.chains[0].mean_latency_ns);
	}
	estimate_free(&e);
	run_free(sim);
	arena_free(a);
}

static const char *const chains[] = {"[l3fwd]", "[l3fwd, firewall]", "[l3fwd, firewall, l2fwd]"};
static const int sizes_B[] = {64, 128, 512, 1518};
static const double clocks_ghz[] = {1.2, 2.0, 2.6};

static void check_grid(const char *dataplane, const char *arrivals)
{
	struct errors r = {0};
	for (unsigned i = 0; i < 3 * 4 * 3; i++)
		for (int load = 10; load <= 90; load += 20)
			compare(&(struct point){dataplane, chains[i % 3], arrivals,
					sizes_B[i / 3 % 4], clocks_ghz[i / 12], load / 100.0},
				&r);
	print_message(
		"%s, %s: %u points, mean latency off by %.1f %% on average, %.1f %% at worst; "
		"rate by %.2f %% at worst\n",
		dataplane, arrivals, r.n, 100 * r.sum_latency / r.n, 100 * r.worst_latency,
		100 * r.worst_rate);
	assert_int_equal(r.beyond, 0);
}

static void grid_bess_cbr(void **state)
{
	(void)state;
	check_grid("bess", "cbr");
}

static void grid_bess_poisson(void **state)
{
	(void)state;
	check_grid("bess", "poisson");
}

static void grid_clickos_cbr(void **state)
{
	(void)state;
	check_grid("clickos", "cbr");
}

static void grid_clickos_poisson(void **state)
{
	(void)state;
	check_grid("clickos", "poisson");
}

/* Estimating other rates of a net is the same as building it at them. */
static void rates_again_are_the_same(void **state)
{
	(void)state;
	struct arena *a = arena_new();
	const struct point p = {"bess", "[l3fwd, firewall]", "poisson", 128, 2.0, 0};
	struct estimate one, two;
	estimate_scenario(point_read(&p, 1e6, a), &one);
	estimate_scenario(point_read(&p, 3e6, a), &two);
	double pps = 3e6;
	assert_true(one.chains[0].mean_latency_ns != two.chains[0].mean_latency_ns);
	estimate_rates(&one, &pps);
	check_close(one.chains[0].mean_latency_ns, two.chains[0].mean_latency_ns, 1e-9);
	check_close(one.load, two.load, 1e-9);
	estimate_free(&one);
	estimate_free(&two);
	arena_free(a);
}

/* Beyond capacity: what the slowest core does in full bursts is delivered, and the answer says that
 * its latency is not to be trusted. */
static void overload_delivers_capacity(void **state)
{
	(void)state;
	struct arena *a = arena_new();
	const struct point p = {"bess", "[l3fwd]", "cbr", 64, 2.0, 0};
	struct estimate e;
	estimate_scenario(point_read(&p, 10e6, a), &e);
	check_close(e.chains[0].delivered_pps, 2e9 / 278.3, 2e-3);
	check_close(e.chains[0].loss_ratio, 1 - 2e9 / 278.3 / 10e6, 1e-2);
	assert_string_equal(e.bottleneck, "l3fwd");
	assert_false(e.valid);
	assert_non_null(e.reason);
	estimate_free(&e);
	arena_free(a);
}

/* Far beyond capacity ClickOS's copier gets packets that its VM cannot take; still the VM, which
 * can do least, is what limits. */
static void bottleneck_is_what_can_do_least(void **state)
{
	(void)state;
	struct arena *a = arena_new();
	const struct point p = {"clickos", "[l3fwd]", "cbr", 64, 2.0, 0};
	struct estimate e;
	estimate_scenario(point_read(&p, 14e6, a), &e);
	assert_string_equal(e.bottleneck, "l3fwd");
	check_close(e.load, 14e6 / e.chains[0].delivered_pps, 1e-3);
	estimate_free(&e);
	arena_free(a);
}

int main(void)
{
	setenv("NFVSIM_DATA", "scenarios", 0);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(poll_loop_is_exact),
		cmocka_unit_test(drain_timers_are_exact),
		cmocka_unit_test(queue_is_exact_for_random_arrivals),
		cmocka_unit_test(train_is_stepped),
		cmocka_unit_test(locked_loop_is_right_on_average),
		cmocka_unit_test(rates_again_are_the_same),
		cmocka_unit_test(overload_delivers_capacity),
		cmocka_unit_test(bottleneck_is_what_can_do_least),
		cmocka_unit_test(grid_bess_cbr),
		cmocka_unit_test(grid_bess_poisson),
		cmocka_unit_test(grid_clickos_cbr),
		cmocka_unit_test(grid_clickos_poisson),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
