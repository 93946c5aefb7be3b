/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Results that hold for every single packet, checked as integers
 *
 * Constant rates, Lindley's recursion, tandems of constant servers (Friedman; Avi-Itzhak),
 * Little's law along a path. A server is a task that takes packets one at a time and whose polls
 * cost nothing.
 */
#include "tests/unit/nets.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

/* Constant rates, up to a load of exactly 1: nobody waits. */
static void dd1_nobody_waits(void **state)
{
	(void)state;
	for (double service_ps = 50000; service_ps <= 100000; service_ps += 12500) {
		struct net *net = net_new(1, 0);
		struct source_spec spec = cbr_of(1e7);
		struct task *t = server_of(net, "server", queue_of(net, &spec, 1), service_ps);
		into_sink(net, &t->out[0]);
		net_start(net);
		net_run(net, 10 * PS_PER_MS);
		const struct hist *h = &t->out[0].sink->latency_ps;
		assert_true(h->n == 100000);
		assert_true(h->min == (int64_t)service_ps && h->max == h->min);
		assert_true(t->wait_ps == 0);
		net_free(net);
	}
}

/* Gap and service are not whole picoseconds: the jitter is what rounding of instants leaves. */
static void dd1_does_not_drift(void **state)
{
	(void)state;
	struct net *net = net_new(1, 0);
	double rate_pps = 14880952.38;
	struct source_spec spec = cbr_of(rate_pps);
	struct task *t = server_of(net, "server", queue_of(net, &spec, 1), 0);
	t->law.packet_fine = cost_fine((struct cost_part){.ns = 1e9 / rate_pps}, 1e9);
	into_sink(net, &t->out[0]);
	net_start(net);
	net_run(net, 100 * PS_PER_MS);
	const struct hist *h = &t->out[0].sink->latency_ps;
	assert_in_range(h->n, 1488094, 1488096);
	assert_true(h->max - h->min <= 1);
	net_free(net);
}

/* A tester collects bursts of n: the k-th packet of a burst waits for n - k gaps, then for the
 * k - 1 services before its own. */
static void dd1_with_tester_bursts(void **state)
{
	(void)state;
	const ps_t gap_ps = 100000, service_ps = 70000;
	for (uint32_t n = 1; n <= 100; n += 33) {
		struct net *net = net_new(1, 0);
		struct source_spec spec = cbr_of(1e7);
		spec.tester_burst = n;
		spec.stamp = STAMP_CREATE;
		struct task *t = server_of(net, "server", queue_of(net, &spec, n), service_ps);
		struct trace trace = {.n = 0};
		trace_attach(net, &t->out[0], &trace);
		net_start(net);
		net_run(net, 1100 * gap_ps * n);
		assert_true(trace.n >= 1000 * n);
		for (uint32_t i = 0; i < 1000 * n; i++) {
			ps_t k = i % n + 1;
			assert_int_equal(trace.at[i].left_ps - trace.at[i].stamp_ps,
				(n - k) * gap_ps + k * service_ps);
		}
		net_free(net);
		trace_free(&trace);
	}
}

/* Compares each departure with max(departure before, arrival) + service, reckoned in fine units,
 * where arrivals and services are drawn a second time. */
static void check_lindley(const struct source_spec *spec, const struct law *law, uint64_t seed)
{
	struct net *net = net_new(seed, 3);
	struct task *t = server_of(net, "server", queue_of(net, spec, AMPLE), 0);
	t->law = *law;
	struct trace trace = {.n = 0};
	trace_attach(net, &t->out[0], &trace);
	net_start(net);
	net_run(net, 50 * PS_PER_MS);

	struct source again = {.rx = NULL};
	source_init(&again, spec, "gen", seed, 3);
	gsl_rng *rng = gsl_rng_alloc(philox_type);
	philox_stream(rng, seed, 3, "server");
	fine_t end = 0;
	for (size_t i = 0; i < trace.n; i++) {
		if (again.next_ready == again.n_ready)
			source_draw(&again);
		const struct pkt *p = &again.ready[again.next_ready++];
		fine_t service = law->burst_fine + law->packet_fine + p->size_B * law->byte_fine;
		if (law->spread == COST_EXPONENTIAL)
			service = (fine_t)(-philox_log(1 - gsl_rng_uniform(rng)) * (double)service);
		fine_t arrival = p->land_ps << FINE_BITS;
		end = (end > arrival ? end : arrival) + service;
		assert_true(trace.at[i].stamp_ps == p->stamp_ps);
		assert_true(trace.at[i].left_ps == end >> FINE_BITS);
	}
	assert_true(trace.n > 30000);
	source_free(&again);
	gsl_rng_free(rng);
	net_free(net);
	trace_free(&trace);
}

static void lindley_packet_by_packet(void **state)
{
	(void)state;
	static const uint32_t sizes_B[] = {64, 570, 1518};
	static const double weights[] = {7, 4, 1};
	const double rates_pps[] = {0.7e6, 0.9e6, 0.999e6, 1.05e6};
	for (uint64_t i = 0; i < 4; i++) {
		struct source_spec spec = poisson_of(rates_pps[i]);
		struct law law = {.packet_fine = fine_of_ps(1e6 + 0.37)};
		check_lindley(&spec, &law, i);
		law.spread = COST_EXPONENTIAL;
		check_lindley(&spec, &law, i);
		spec.sizes_B = sizes_B;
		spec.weights = weights;
		spec.n_sizes = 3;
		law = (struct law){
			.burst_fine = fine_of_ps(1e5 + 0.1), .byte_fine = fine_of_ps(2500.7)};
		check_lindley(&spec, &law, i);
		spec.tester_burst = 48;
		spec.stamp = STAMP_CREATE;
		check_lindley(&spec, &law, i);
		spec.arrivals = ARRIVALS_ONOFF;
		spec.on_ps = 2e7;
		spec.off_ps = 3e7;
		check_lindley(&spec, &law, i);
		spec.arrivals = ARRIVALS_CBR;
		check_lindley(&spec, &law, i);
	}
}

static struct trace constant_tandem(double a_ps, double b_ps, double c_ps, ps_t *late_wait_ps)
{
	const double service_ps[STAGES] = {a_ps, b_ps, c_ps};
	struct net *net = net_new(12, 0);
	struct source_spec spec = poisson_of(0.9e6);
	struct trace trace = {.n = 0};
	chain_of(net, queue_of(net, &spec, AMPLE), service_ps, COST_CONSTANT, &trace);
	net_run(net, 50 * PS_PER_MS);
	net_check(net);
	*late_wait_ps = 0;
	for (uint32_t i = 1; i < STAGES; i++)
		*late_wait_ps += ((struct task *)net->tasks.item[i])->wait_ps;
	net_free(net);
	return trace;
}

/* Constant services: the order of the stages changes no departure; no wait behind the slowest. */
static void constant_tandem_in_any_order(void **state)
{
	(void)state;
	const double a = 1e6, b = 837113, c = 411007;
	const double orders[][STAGES] = {
		{a, b, c}, {a, c, b}, {b, a, c}, {b, c, a}, {c, a, b}, {c, b, a}};
	ps_t wait_ps;
	struct trace want = constant_tandem(a, b, c, &wait_ps);
	assert_true(want.n > 40000);
	for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
		struct trace got =
			constant_tandem(orders[i][0], orders[i][1], orders[i][2], &wait_ps);
		assert_true((wait_ps == 0) == (i < 2));
		assert_true(trace_same(&got, &want));
		trace_free(&got);
	}
	trace_free(&want);
}

/* Every instant at which a packet comes or goes, in order. */
static int by_time(const void *a, const void *b)
{
	ps_t x = *(const ps_t *)a, y = *(const ps_t *)b;
	return (x > y) - (x < y);
}

static ps_t *changes(const struct trace *t)
{
	ps_t *at = xcalloc(2 * t->n, sizeof *at);
	for (size_t i = 0; i < t->n; i++) {
		at[2 * i] = t->at[i].stamp_ps;
		at[2 * i + 1] = t->at[i].left_ps;
	}
	qsort(at, 2 * t->n, sizeof *at, by_time);
	return at;
}

/* Little: the integral of the number of packets in the net is the sum of their sojourns. A first
 * run tells at which instants that number changes; a second one is stopped there to count them. */
static void little_as_integers(void **state)
{
	(void)state;
	const double service_ps[STAGES] = {900000, 700000, 800000};
	struct source_record records[1001] = {{0}};
	for (int i = 0; i < 1000; i++)
		records[i] = (struct source_record){(ps_t)i * i * 1000, 64, 0};
	records[1000].at_ps = PS_PER_S;
	struct source_spec spec = replay_of(records, 1001);
	struct trace first = {.n = 0}, second = {.n = 0};
	struct net *net = net_new(13, 0);
	chain_of(net, queue_of(net, &spec, AMPLE), service_ps, COST_EXPONENTIAL, &first);
	net_run(net, PS_PER_S / 2);
	assert_int_equal(first.n, 1000);
	ps_t sojourns_ps = (ps_t)first.sink.latency_ps.sum, spent_ps = 0, integral = 0;
	for (uint32_t i = 0; i < STAGES; i++) {
		const struct task *t = net->tasks.item[i];
		spent_ps += t->wait_ps + t->service_ps;
	}
	assert_int_equal(spent_ps, sojourns_ps);
	net_free(net);

	net = net_new(13, 0);
	chain_of(net, queue_of(net, &spec, AMPLE), service_ps, COST_EXPONENTIAL, &second);
	ps_t *at = changes(&first);
	for (size_t i = 0; i + 1 < 2 * first.n; i++) {
		net_run(net, at[i]);
		integral += (ps_t)net_totals(net).in_flight * (at[i + 1] - at[i]);
	}
	assert_int_equal(integral, sojourns_ps);
	free(at);
	net_free(net);
	trace_free(&first);
	trace_free(&second);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dd1_nobody_waits),
		cmocka_unit_test(dd1_does_not_drift),
		cmocka_unit_test(dd1_with_tester_bursts),
		cmocka_unit_test(lindley_packet_by_packet),
		cmocka_unit_test(constant_tandem_in_any_order),
		cmocka_unit_test(little_as_integers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
