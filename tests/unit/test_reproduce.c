/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The shipped scenarios against what Niu et al. measured (CAN'17) and against ixy's batch sweep
 *
 * Figures are the papers'; tolerances are about their scatter. Points that a profile was fitted to
 * are marked: they show that the fit holds, not that the model predicts. All answers are printed.
 */
#include "tests/unit/shots.h"

#define PAPER "scenarios/niu-can17/"
#define LENGTH(array) (sizeof(array) / sizeof *(array))

static double line_mpps(double size_B)
{
	return 10e3 / (8 * (size_B + 20));
}

static bool reaches_line_rate(struct answer a, double size_B)
{
	return a.delivered_mpps >= 0.99 * line_mpps(size_B);
}

static void assert_near(const char *what, double got, double want, double tolerance)
{
	print_message(
		"%s: %.4g, measured %.4g (%+.1f %%)\n", what, got, want, 100 * (got / want - 1));
	if (!(fabs(got / want - 1) <= tolerance))
		fail_msg(
			"%s is %g, measured %g, tolerance %g %%", what, got, want, 100 * tolerance);
}

static void assert_between(const char *what, double got, double low, double high)
{
	print_message("%s: %.4g, wanted %g to %g\n", what, got, low, high);
	if (!(got >= low && got <= high))
		fail_msg("%s is %g, not %g to %g", what, got, low, high);
}

/* --- 1: ClickOS, Table 1 --- */

struct row {
	const char *nf;
	double ghz, mpps, tolerance;
	bool fitted;
};

static const struct row table1_clickos[] = {
	{"l3fwd", 1.2, 2.10, 0.04, true},
	{"l3fwd", 1.6, 2.82, 0.04, false},
	{"l3fwd", 2.0, 3.44, 0.04, true},
	{"l3fwd", 2.4, 4.26, 0.04, false},
	{"firewall", 1.2, 1.98, 0.08, true},
	{"firewall", 1.6, 2.75, 0.08, false},
	{"firewall", 2.0, 3.27, 0.08, true},
	{"firewall", 2.4, 4.24, 0.08, false},
};

static void clickos_follows_the_clock(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(table1_clickos); i++) {
		const struct row *r = &table1_clickos[i];
		struct answer a = ASK(PAPER "table1-clickos.yaml", SET("cpu=%gGHz", r->ghz),
			SET("chain.0=%s", r->nf));
		char what[64];
		snprintf(what, sizeof what, "%s at %g GHz, Mpps%s", r->nf, r->ghz,
			r->fitted ? " (fitted)" : "");
		assert_near(what, a.delivered_mpps, r->mpps, r->tolerance);
	}
}

/* The row of 2.6 GHz lies off every law of the clock that the others follow. */
static void clickos_at_2_6_ghz_is_an_outlier(void **state)
{
	(void)state;
	const struct row rows[] = {
		{"l3fwd", 2.6, 5.34, 0.04, false}, {"firewall", 2.6, 5.03, 0.08, false}};
	for (size_t i = 0; i < LENGTH(rows); i++) {
		const char *nf = SET("chain.0=%s", rows[i].nf);
		struct answer as_set = ASK(PAPER "table1-clickos.yaml", "cpu=2.6GHz", nf);
		struct answer turbo =
			ASK(PAPER "table1-clickos.yaml", "cpu=2.6GHz", "cpu_effective=3.0GHz", nf);
		print_message("%s: %.3f Mpps at 2.6 GHz, measured %.2f: as if at %.2f GHz\n",
			rows[i].nf, as_set.delivered_mpps, rows[i].mpps,
			2.6 * rows[i].mpps / as_set.delivered_mpps);
		assert_true(as_set.delivered_mpps < 0.92 * rows[i].mpps);
		assert_near("at an effective 3.0 GHz", turbo.delivered_mpps, rows[i].mpps,
			rows[i].tolerance);
	}
}

/* --- 2: ClickOS chains --- */

static void clickos_chains_lose_line_rate(void **state)
{
	(void)state;
	const struct {
		const char *file, *dataplane;
		double size_B;
		bool line;
	} runs[] = {
		{PAPER "clickos-chain-1.yaml", "clickos", 256, true},
		{PAPER "clickos-chain-2.yaml", "clickos", 256, false},
		{PAPER "clickos-chain-2.yaml", "clickos", 512, true},
		{PAPER "clickos-chain-3.yaml", "clickos", 512, false},
	};
	for (size_t i = 0; i < LENGTH(runs); i++) {
		struct answer a = ASK(runs[i].file, SET("dataplane=%s", runs[i].dataplane),
			SET("traffic.size=%gB", runs[i].size_B));
		print_message("%s at %g B: %.3f Mpps, line rate %.3f\n", runs[i].file,
			runs[i].size_B, a.delivered_mpps, line_mpps(runs[i].size_B));
		assert_int_equal(reaches_line_rate(a, runs[i].size_B), runs[i].line);
	}
}

/* The other reading: with copies paid by each sender the chains do not slow down as measured. Known
 * to miss, kept to show why it is not the one that ships. */
static void clickos_sender_reading_misses_the_chains(void **state)
{
	(void)state;
	struct answer one = ASK(PAPER "clickos-chain-1.yaml", "dataplane=clickos-sender");
	struct answer two = ASK(PAPER "clickos-chain-2.yaml", "dataplane=clickos-sender");
	struct answer three = ASK(PAPER "clickos-chain-3.yaml", "dataplane=clickos-sender");
	print_message("copies by the sender: %.3f, %.3f Mpps at 256 B, %.3f at 512 B\n",
		one.delivered_mpps, two.delivered_mpps, three.delivered_mpps);
	assert_true(reaches_line_rate(one, 256));
	assert_true(reaches_line_rate(two, 256));
	assert_true(reaches_line_rate(three, 512));
}

/* --- 3, 4: BESS chains, second vNIC --- */

static void bess_chains_lose_a_little(void **state)
{
	(void)state;
	const double sizes_B[] = {64, 128, 256, 512, 1024, 1518};
	for (size_t i = 0; i < LENGTH(sizes_B); i++) {
		const char *size = SET("traffic.size=%gB", sizes_B[i]);
		const char *budget = "run.max_packets=2000000";
		struct answer two = ASK(PAPER "chain-2.yaml", size, budget);
		struct answer three = ASK(PAPER "chain-3.yaml", size, budget);
		print_message("%g B: ", sizes_B[i]);
		assert_between(
			"3 NFs over 2 NFs", three.delivered_mpps / two.delivered_mpps, 0.98, 1.02);
		double share = two.delivered_mpps / line_mpps(sizes_B[i]);
		if (sizes_B[i] == 64) {
			struct answer one = ASK(PAPER "chain-1.yaml", size, budget);
			assert_between("2 NFs over 1 NF at 64 B",
				two.delivered_mpps / one.delivered_mpps, 0.80, 0.95);
		} else if (sizes_B[i] == 128) {
			assert_between("2 NFs at 128 B over line rate", share, 0.90, 0.995);
		} else {
			assert_true(reaches_line_rate(two, sizes_B[i]));
			assert_true(reaches_line_rate(three, sizes_B[i]));
		}
	}
}

static void a_second_vnic_brings_line_rate(void **state)
{
	(void)state;
	const double sizes_B[] = {64, 128, 256, 512, 1024, 1518};
	for (size_t i = 0; i < LENGTH(sizes_B); i++) {
		struct answer a = ASK(PAPER "two-vnics.yaml", SET("traffic.size=%gB", sizes_B[i]),
			"run.max_packets=2000000");
		assert_true(reaches_line_rate(a, sizes_B[i]));
		assert_int_equal(a.dropped, 0);
	}
}

/* --- 5: NUMA --- */

static void two_sockets_halve_a_chain_of_two(void **state)
{
	(void)state;
	struct answer near = ASK(PAPER "numa-2.yaml", "chain.1.on=0");
	struct answer far = ASK(PAPER "numa-2.yaml");
	assert_between("2 NFs on two sockets over one", far.delivered_mpps / near.delivered_mpps,
		0.45, 0.60);
	/* What the count of lines decides: one more or less that changes socket a packet. */
	const char *const counts[] = {"vnic.out_of_vm.lines_per_packet=2.66",
		"vnic.out_of_vm.lines_per_packet=0.66", "vnic.guest_tx.lines_per_packet=1.125"};
	for (size_t i = 0; i < LENGTH(counts); i++) {
		struct answer other = ASK(PAPER "numa-2.yaml", SET("profile=[%s]", counts[i]));
		print_message("with %s: %.3f of one socket\n", counts[i],
			other.delivered_mpps / near.delivered_mpps);
	}
}

static void three_nfs_across_need_512_bytes(void **state)
{
	(void)state;
	const char *budget = "run.max_packets=2000000";
	struct answer at_256 = ASK(PAPER "numa-3.yaml", "traffic.size=256B", budget);
	struct answer at_512 = ASK(PAPER "numa-3.yaml", "traffic.size=512B", budget);
	print_message("3 NFs on two sockets: %.3f Mpps at 256 B, %.3f at 512 B\n",
		at_256.delivered_mpps, at_512.delivered_mpps);
	assert_false(reaches_line_rate(at_256, 256));
	assert_true(reaches_line_rate(at_512, 512));
	const char *const counts[] = {
		"vnic.out_of_vm.lines_per_packet=2.66", "vnic.out_of_vm.lines_per_packet=0.66"};
	for (size_t i = 0; i < LENGTH(counts); i++) {
		const char *set = SET("profile=[%s]", counts[i]);
		struct answer small = ASK(PAPER "numa-3.yaml", "traffic.size=256B", budget, set);
		struct answer large = ASK(PAPER "numa-3.yaml", "traffic.size=512B", budget, set);
		print_message("with %s: %.3f of line rate at 256 B, %.3f at 512 B\n", counts[i],
			small.delivered_mpps / line_mpps(256),
			large.delivered_mpps / line_mpps(512));
	}
}

static void a_second_server_avoids_numa(void **state)
{
	(void)state;
	const double sizes_B[] = {64, 128, 256, 512};
	for (size_t i = 0; i < LENGTH(sizes_B); i++) {
		const char *size = SET("traffic.size=%gB", sizes_B[i]);
		const char *budget = "run.max_packets=2000000";
		struct answer one = ASK(PAPER "chain-3.yaml", size, budget);
		struct answer two = ASK(PAPER "nic-bridge.yaml", size, budget);
		assert_between("two servers over one socket",
			two.delivered_mpps / one.delivered_mpps, 0.98, 1.02);
	}
}

/* --- 6: latency --- */

static void a_lone_packet_waits_for_the_timer(void **state)
{
	(void)state;
	struct answer a = ASK(PAPER "latency-100pps.yaml", "run.precision=2%");
	assert_near("BESS at 100 pps, us", a.latency_us, 529.3, 0.07);
}

static double bess_latency(double mpps)
{
	struct answer a = ASK(PAPER "latency-rate.yaml", SET("traffic.rate=%g Mpps", mpps));
	print_message("BESS at %g Mpps: %.2f us, loss %.3f\n", mpps, a.latency_us, a.loss);
	return a.latency_us;
}

static void bess_latency_falls_then_rises(void **state)
{
	(void)state;
	const double rates[] = {1, 2, 3, 4, 5, 5.5, 6, 6.5, 6.9, 7, 8};
	double us[LENGTH(rates)];
	size_t lowest = 0;
	for (size_t i = 0; i < LENGTH(rates); i++) {
		us[i] = bess_latency(rates[i]);
		lowest = us[i] < us[lowest] ? i : lowest;
		if (i && rates[i] <= 5)
			assert_true(us[i] < us[i - 1]);
	}
	assert_between("rate of the lowest latency, Mpps", rates[lowest], 5, 6.9);
	double at_6 = us[6], at_7 = us[9], at_8 = us[10];
	assert_true(at_7 > at_6);
	assert_true(at_8 >= 1.5 * at_7);
}

static void bess_chain_is_faster_than_its_parts(void **state)
{
	(void)state;
	struct answer firewall = ASK(PAPER "latency-chain.yaml", "chain=[firewall]");
	struct answer l3fwd = ASK(PAPER "latency-chain.yaml", "chain=[l3fwd]");
	struct answer both = ASK(PAPER "latency-chain.yaml");
	assert_near("firewall and l3fwd alone, us", firewall.latency_us + l3fwd.latency_us, 45.982,
		0.15);
	assert_near("both in a chain, us", both.latency_us, 34.326, 0.15);
}

static void clickos_latency_rises_with_the_rate(void **state)
{
	(void)state;
	const double rates[] = {1, 1.5, 2, 2.5, 3, 3.3};
	double last_us = 0, at_1 = 0;
	for (size_t i = 0; i < LENGTH(rates); i++) {
		struct answer a = ASK(
			PAPER "clickos-latency-rate.yaml", SET("traffic.rate=%g Mpps", rates[i]));
		print_message("ClickOS at %g Mpps: %.2f us\n", rates[i], a.latency_us);
		assert_true(a.latency_us > last_us);
		last_us = a.latency_us;
		at_1 = i ? at_1 : a.latency_us;
	}
	struct answer idle = ASK(PAPER "clickos-latency-100pps.yaml");
	print_message("ClickOS at 100 pps: %.2f us\n", idle.latency_us);
	assert_true(idle.latency_us > at_1);
}

static double clickos_chain_over_sum(const char *burst, const char *stamp)
{
	const char *file = PAPER "clickos-latency-chain.yaml";
	struct answer firewall = ASK(file, "chain=[firewall]", burst, stamp);
	struct answer l3fwd = ASK(file, "chain=[l3fwd]", burst, stamp);
	struct answer both = ASK(file, burst, stamp);
	print_message("ClickOS, %s: chain %.2f us, sum %.2f us\n", burst, both.latency_us,
		firewall.latency_us + l3fwd.latency_us);
	return both.latency_us / (firewall.latency_us + l3fwd.latency_us);
}

static void clickos_chain_is_slower_than_its_parts(void **state)
{
	(void)state;
	assert_true(clickos_chain_over_sum("traffic.burst=1", "traffic.stamp=send") > 1);
}

/* Expected to miss: a tester that collects 32 packets adds its time to both singles, the chain has
 * it once, and what the shared core adds to the chain does not make up for it. */
static void clickos_chain_with_a_bursty_tester_misses(void **state)
{
	(void)state;
	double ratio = clickos_chain_over_sum("traffic.burst=32", "traffic.stamp=create");
	print_message(
		"expected failure: the chain should exceed the sum, and is %.3f of it\n", ratio);
	assert_between("chain over sum with a tester's burst of 32", ratio, 0.90, 1.0);
}

/* --- 7: web traffic --- */

static void web_traffic(void **state)
{
	(void)state;
	struct answer fast = ASK(PAPER "facebook-bess.yaml");
	assert_near("web traffic at 10 Gb/s, Mpps", fast.delivered_mpps, 8.662, 0.005);
	assert_int_equal(fast.dropped, 0);
	struct answer slow = ASK(PAPER "facebook-bess.yaml", "cpu=1.2GHz");
	print_message("at 1.2 GHz: %.3f Mpps, loss %.3f\n", slow.delivered_mpps, slow.loss);
	assert_true(slow.loss > 0.1);
	const char *const dataplanes[] = {"dataplane=bess", "dataplane=clickos"};
	const char *const rates[] = {"traffic.rate=0.87Mpps", "traffic.rate=1.73Mpps"};
	for (size_t i = 0; i < 4; i++) {
		struct answer a =
			ASK(PAPER "facebook-clickos.yaml", dataplanes[i / 2], rates[i % 2]);
		assert_true(a.offered > 500000);
		assert_int_equal(a.dropped, 0);
	}
}

/* --- 8: batch law --- */

static void batches_follow_ixy(void **state)
{
	(void)state;
	const struct {
		int burst;
		double mpps; /* both directions */
	} points[] = {{1, 4.1}, {2, 7.6}, {4, 11.3}, {8, 14.8}, {16, 15.6}, {32, 16.3}, {64, 17.2},
		{128, 17.3}, {256, 17.5}};
	for (size_t i = 0; i < LENGTH(points); i++) {
		struct answer a =
			ASK("scenarios/ixy-batch.yaml", SET("profile=[burst=%d]", points[i].burst));
		char what[64];
		snprintf(what, sizeof what, "bursts of %d, Mpps (fitted)", points[i].burst);
		assert_near(what, a.delivered_mpps, points[i].mpps, 0.10);
	}
}

/* --- 9: a full ring --- */

/* Latency at saturation with a ring of the profile of this many slots; senders drop, not stall, so
 * that only the ring in front of the slowest stage is full. */
static double saturated_us(const char *key, int slots, double *mpps)
{
	struct answer a = ASK(
		PAPER "table1-bess.yaml", SET("profile=[vnic.when_full=drop, %s=%d]", key, slots));
	print_message("%s of %d: %.2f us\n", key, slots, a.latency_us);
	*mpps = a.delivered_mpps;
	return a.latency_us;
}

static void a_full_ring_costs_its_length(void **state)
{
	(void)state;
	double mpps, base_us = saturated_us("vnic.ring", 128, &mpps);
	for (int slots = 256; slots <= 1024; slots *= 2) {
		double us = saturated_us("vnic.ring", slots, &mpps);
		assert_true(fabs(us - base_us - (slots - 128) / mpps) < 0.01 * us);
	}
	const char *const others[] = {"pnic.rx_ring", "pnic.tx_ring", "vnic.tx_ring"};
	base_us = saturated_us("vnic.ring", 256, &mpps);
	for (size_t i = 0; i < LENGTH(others); i++)
		for (int slots = 128; slots <= 1024; slots *= 8)
			assert_true(
				fabs(saturated_us(others[i], slots, &mpps) / base_us - 1) < 0.005);
}

/* BESS's worker stalls instead: the NIC's ring behind it then is full as well, and counts. */
static void a_stalled_worker_fills_the_ring_behind_it(void **state)
{
	(void)state;
	struct answer small = ASK(PAPER "table1-bess.yaml", "profile=[pnic.rx_ring=256]");
	struct answer large = ASK(PAPER "table1-bess.yaml", "profile=[pnic.rx_ring=1024]");
	double want_us = 768 / small.delivered_mpps;
	assert_near("768 more slots, us", large.latency_us - small.latency_us, want_us, 0.01);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clickos_follows_the_clock),
		cmocka_unit_test(clickos_at_2_6_ghz_is_an_outlier),
		cmocka_unit_test(clickos_chains_lose_line_rate),
		cmocka_unit_test(clickos_sender_reading_misses_the_chains),
		cmocka_unit_test(bess_chains_lose_a_little),
		cmocka_unit_test(a_second_vnic_brings_line_rate),
		cmocka_unit_test(two_sockets_halve_a_chain_of_two),
		cmocka_unit_test(three_nfs_across_need_512_bytes),
		cmocka_unit_test(a_second_server_avoids_numa),
		cmocka_unit_test(a_lone_packet_waits_for_the_timer),
		cmocka_unit_test(bess_latency_falls_then_rises),
		cmocka_unit_test(bess_chain_is_faster_than_its_parts),
		cmocka_unit_test(clickos_latency_rises_with_the_rate),
		cmocka_unit_test(clickos_chain_is_slower_than_its_parts),
		cmocka_unit_test(clickos_chain_with_a_bursty_tester_misses),
		cmocka_unit_test(web_traffic),
		cmocka_unit_test(batches_follow_ixy),
		cmocka_unit_test(a_full_ring_costs_its_length),
		cmocka_unit_test(a_stalled_worker_fills_the_ring_behind_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
