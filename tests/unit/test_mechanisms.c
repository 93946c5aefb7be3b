/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Queues, NICs, interrupts, cores, NUMA and transmit policies by what they do
 *
 * Most tests change one key of a shipped scenario and know from arithmetic what that must do. All
 * that they run is checked for conservation by the engine itself at the end of each run.
 */
#include "model/pnic.h"
#include "tests/unit/shots.h"

#define ONE_VNF "scenarios/l3fwd.yaml"
#define LENGTH(array) (sizeof(array) / sizeof *(array))

/* A copy of the c6220's file with one value of its nic section changed or added. */
static const char *server_with(const char *key, const char *value)
{
	char text[8192] = "", line[512];
	size_t used = 0, key_len = strlen(key);
	bool skip = false;
	FILE *f = fopen("scenarios/platforms/c6220.yaml", "r");
	assert_non_null(f);
	while (fgets(line, sizeof line, f)) {
		bool goes_on = strncmp(line, "    ", 4) == 0;
		skip = goes_on ? skip
			       : strncmp(line, "  ", 2) == 0 &&
					 strncmp(line + 2, key, key_len) == 0;
		if (!skip)
			used += (size_t)snprintf(text + used, sizeof text - used, "%s", line);
		if (strcmp(line, "nic:\n") == 0)
			used += (size_t)snprintf(
				text + used, sizeof text - used, "  %s: %s\n", key, value);
	}
	fclose(f);
	return scratch("server.yaml", text);
}

/* --- RSS, steering, queues --- */

/* Microsoft, "Verifying the RSS hash calculation", IPv4 with TCP ports. */
static void toeplitz_gives_the_published_hashes(void **state)
{
	(void)state;
#define IP(a, b, c, d) \
	((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))
	const struct {
		uint32_t from, to;
		uint16_t from_port, to_port;
		uint32_t hash;
	} known[] = {
		{IP(66, 9, 149, 187), IP(161, 142, 100, 80), 2794, 1766, 0x51ccc178},
		{IP(199, 92, 111, 2), IP(65, 69, 140, 83), 14230, 4739, 0xc626b0ea},
		{IP(24, 19, 198, 95), IP(12, 22, 207, 184), 12898, 38024, 0x5c2b394a},
		{IP(38, 27, 205, 30), IP(209, 142, 163, 6), 48228, 2217, 0xafc7327f},
		{IP(153, 39, 163, 191), IP(202, 188, 127, 2), 44251, 1303, 0x10e828a2},
	};
	for (size_t i = 0; i < LENGTH(known); i++)
		assert_int_equal(pnic_toeplitz(known[i].from, known[i].to, known[i].from_port,
					 known[i].to_port),
			known[i].hash);
#undef IP
}

#define FOUR_QUEUES                                                                      \
	"rx_queues=4", "chain=[{nf: l2fwd, vcpus: 4, queues: 4}]", "cores={workers: 4}", \
		"traffic.rate=8Mpps", "traffic.arrivals=poisson", "run.precision=2%"

/* Shares of the four receive queues. */
static void shares_of(const struct shot *s, double share[4])
{
	double all = 0;
	for (int q = 0; q < 4; q++)
		all += share[q] = taken_by(s, SET("tc%d", q));
	for (int q = 0; q < 4; q++)
		share[q] /= all;
}

static void rss_spreads_flows_not_packets(void **state)
{
	(void)state;
	double many[4], one[4];
	struct shot s = SHOT(ONE_VNF, FOUR_QUEUES, "traffic.flows=100000");
	shares_of(&s, many);
	shot_free(&s);
	s = SHOT(ONE_VNF, FOUR_QUEUES, "traffic.flows=1", "traffic.rate=1Mpps");
	shares_of(&s, one);
	shot_free(&s);
	int used = 0;
	for (int q = 0; q < 4; q++) {
		assert_close("share of a queue of four", many[q], 0.25, 0.05);
		used += one[q] > 0;
	}
	assert_int_equal(used, 1);
}

static void round_robin_deals_evenly_direct_does_not(void **state)
{
	(void)state;
	double turn[4], direct[4];
	struct shot s = SHOT(ONE_VNF, FOUR_QUEUES, "steering=round-robin", "traffic.flows=1");
	shares_of(&s, turn);
	shot_free(&s);
	s = SHOT(ONE_VNF, FOUR_QUEUES, "steering=direct", "traffic.rate=2Mpps");
	shares_of(&s, direct);
	shot_free(&s);
	for (int q = 0; q < 4; q++)
		assert_close("share in turn", turn[q], 0.25, 0.001);
	assert_true(direct[0] == 1);
}

static void each_queue_counts_its_own_drops(void **state)
{
	(void)state;
	struct shot s = SHOT(ONE_VNF, "rx_queues=2", "chain=[{nf: l2fwd, vcpus: 2, queues: 2}]",
		"steering=direct", "dataplane=ovs-dpdk");
	assert_true(lost_at(&s, "pnic0.rx0") > 0);
	assert_int_equal(lost_at(&s, "pnic0.rx1"), 0);
	shot_free(&s);
	s = SHOT(ONE_VNF, "rx_queues=2", "chain=[{nf: l2fwd, vcpus: 2, queues: 2}]",
		"steering=round-robin", "dataplane=ovs-dpdk", "cpu=1.2GHz");
	double first = (double)lost_at(&s, "pnic0.rx0"), second = (double)lost_at(&s, "pnic0.rx1");
	assert_true(first > 0);
	assert_close("both queues alike", first, second, 0.02);
	shot_free(&s);
}

static void a_popular_flow_loads_its_queue(void **state)
{
	(void)state;
	double even[4], skewed[4], most = 0;
	struct shot s = SHOT(ONE_VNF, FOUR_QUEUES, "traffic.flows=1000", "traffic.rate=4Mpps");
	shares_of(&s, even);
	shot_free(&s);
	s = SHOT(ONE_VNF, FOUR_QUEUES, "traffic.flows=1000", "traffic.zipf=1.5",
		"traffic.rate=4Mpps");
	shares_of(&s, skewed);
	shot_free(&s);
	for (int q = 0; q < 4; q++)
		most = fmax(most, skewed[q]);
	/* With exponent 1.5 the first of 1000 flows has 1 / 2.55 of the packets. */
	assert_true(most > 0.39);
	for (int q = 0; q < 4; q++)
		assert_true(even[q] < 0.30);
}

static void longer_rings_lose_less_of_a_burst(void **state)
{
	(void)state;
	double last = 1;
	const int slots[] = {64, 256, 1024, 4096};
	for (size_t i = 0; i < LENGTH(slots); i++) {
		struct answer a = ASK("scenarios/examples/on-off.yaml", "run.precision=5%",
			"run.max_packets=4000000", SET("profile=[pnic.rx_ring=%d]", slots[i]));
		assert_true(a.loss < last);
		last = a.loss;
	}
}

/* --- NIC: ceilings, DMA --- */

static void ceilings_bound_port_and_card(void **state)
{
	(void)state;
	const char *fast = "dataplane=opennetvm";
	const char *port = SET("server=%s", server_with("port_max", "10 Mpps"));
	struct shot s = SHOT(ONE_VNF, fast, port, "chain=[l2fwd]");
	struct answer a = shot_answer(&s);
	assert_close("what a port lets pass", a.delivered_mpps, 10, 0.005);
	assert_int_equal(lost_at(&s, "pnic0.buffer"), a.dropped);
	shot_free(&s);
	const char *card = SET("server=%s", server_with("card_max", "20 Mpps"));
	a = ASK(ONE_VNF, fast, card, "chain=[]", "traffic.direction=both");
	assert_close("what both ports let pass", a.delivered_mpps, 20, 0.005);
	a = ASK(ONE_VNF, fast, card, "chain=[]");
	assert_close("one port alone", a.delivered_mpps, 14.881, 0.001);
}

static double idle_latency_us(const char *key, const char *value)
{
	return ASK(ONE_VNF, SET("server=%s", server_with(key, value)), "traffic.rate=10kpps",
		"dataplane=opennetvm")
		.latency_us;
}

static void dma_delays_add_to_latency(void **state)
{
	(void)state;
	double none = idle_latency_us("dma_rx", "0 us");
	assert_close("3 us on receiving", idle_latency_us("dma_rx", "3 us") - none, 3, 0.02);
	double base = idle_latency_us("dma_tx", "1 us");
	assert_close("4 us more on sending", idle_latency_us("dma_tx", "5 us") - base, 4, 0.02);
}

/* --- interrupts --- */

/* Mean latency with a VM that sleeps; packets come every 100 us, one by one. */
#define SLEEPER(...)                                                                            \
	ASK("scenarios/examples/nic-to-vm.yaml", "traffic.arrivals=cbr", "traffic.rate=10kpps", \
		"profile=[" __VA_ARGS__ "]")                                                    \
		.latency_us

static void sleepers_pay_for_waking_up(void **state)
{
	(void)state;
	double polls = SLEEPER("vnf.waking=poll");
	double wakes = SLEEPER("vnf.waking.mode=interrupt, vnf.waking.delay=10us");
	assert_close("the delay of an interrupt", wakes - polls, 10, 0.02);
	double costly = SLEEPER("vnf.waking.mode=interrupt, vnf.waking.delay=10us, "
				"vnf.waking.cost=26000 cycles");
	assert_close("26000 cycles at 2.6 GHz", costly - wakes, 10, 0.02);
	double lingers = SLEEPER("vnf.waking.mode=interrupt, vnf.waking.delay=10us, "
				 "vnf.waking.linger=150us");
	assert_close("who lingers longer than the gap", lingers, polls, 0.02);
	double dozes = SLEEPER("vnf.waking.mode=interrupt, vnf.waking.delay=10us, "
			       "vnf.waking.linger=50us");
	assert_close("who lingers shorter", dozes, wakes, 0.02);
}

/* An interrupt at most every 400 us, a packet every 100 us: four packets share one, and wait for it
 * for 300, 200, 100 and 0 us, in the mean 150 us. */
static void moderation_gathers_packets(void **state)
{
	(void)state;
	double wakes = SLEEPER("vnf.waking.mode=interrupt, vnf.waking.delay=10us");
	double moderated = SLEEPER("vnf.waking.mode=interrupt, vnf.waking.delay=10us, "
				   "vnf.waking.moderation=400us");
	assert_true(moderated - wakes > 140 && moderated - wakes < 210);
	double seldom = SLEEPER("vnf.waking.mode=interrupt, vnf.waking.delay=10us, "
				"vnf.waking.moderation=80us");
	assert_close("moderation shorter than the gap", seldom, wakes, 0.02);
}

/* --- cores --- */

static void one_worker_does_the_work_of_two(void **state)
{
	(void)state;
	struct shot own = SHOT(ONE_VNF);
	double cycles =
		core_of(&own, "tc0")->cycles_per_packet + core_of(&own, "tc1")->cycles_per_packet;
	double clock_mhz = core_of(&own, "tc0")->clock_hz / 1e6;
	shot_free(&own);
	struct shot s = SHOT(ONE_VNF, "cores={workers: 1}", "dataplane=bess");
	assert_int_equal(s.result->n_cores, 2);
	assert_close("what one worker core takes", shot_answer(&s).delivered_mpps,
		clock_mhz / cycles, 0.02);
	shot_free(&s);
	/* A core shared by a vCPU and the worker that feeds it. */
	s = SHOT(ONE_VNF, "chain=[{nf: l3fwd, on: 0.1, worker: 0.1}]");
	assert_int_equal(s.result->n_cores, 2);
	assert_string_equal(s.result->cores[0].role, "shared");
	assert_true(shot_answer(&s).delivered_mpps < 0.75 * clock_mhz / 278.3);
	shot_free(&s);
}

static void explicit_cores_have_clocks_of_their_own(void **state)
{
	(void)state;
	struct shot s = SHOT(ONE_VNF, "cpu=2.6GHz", "chain=[{nf: l3fwd, on: 0.3, worker: 0.4}]",
		"last_worker=0.4", "cores={clocks: [{core: 0.3, clock: 1.2 GHz}]}");
	assert_int_equal(s.result->n_cores, 2);
	assert_true(core_of(&s, "l3fwd")->clock_hz == 1.2e9);
	assert_true(core_of(&s, "tc0")->clock_hz == 2.6e9);
	assert_close(
		"the rate of the slow core", shot_answer(&s).delivered_mpps, 1200 / 278.3, 0.01);
	shot_free(&s);
	struct answer turbo =
		ASK(ONE_VNF, "cpu=2.6GHz", "cpu_effective=3.0GHz", "traffic.rate=14Mpps");
	struct answer plain = ASK(ONE_VNF, "cpu=2.6GHz", "traffic.rate=14Mpps");
	assert_close("turbo", turbo.delivered_mpps / plain.delivered_mpps, 3.0 / 2.6, 0.005);
	struct answer vcpu = ASK(ONE_VNF, "cpu=2.6GHz", "chain=[{nf: l3fwd, clock: 1.6 GHz}]");
	assert_close("a VNF's own clock", vcpu.delivered_mpps, 1600 / 278.3, 0.01);
}

static void more_vcpus_take_more(void **state)
{
	(void)state;
	struct answer one = ASK(ONE_VNF, "cpu=1.2GHz");
	struct answer two = ASK(ONE_VNF, "cpu=1.2GHz", "chain=[{nf: l3fwd, vcpus: 2, queues: 2}]");
	struct answer shared =
		ASK(ONE_VNF, "cpu=1.2GHz", "chain=[{nf: l3fwd, vcpus: 1, queues: 2}]");
	assert_true(two.delivered_mpps > 1.5 * one.delivered_mpps);
	assert_close("two queues of one vCPU", shared.delivered_mpps, one.delivered_mpps, 0.05);
}

/* --- NUMA --- */

static void distance_costs_only_across_sockets(void **state)
{
	(void)state;
	struct answer as_is = ASK(ONE_VNF, "chain=[l3fwd, l3fwd]");
	struct answer named =
		ASK(ONE_VNF, "chain=[{nf: l3fwd, on: 0}, {nf: l3fwd, on: 0, memory: 0}]");
	struct answer split = ASK(ONE_VNF, "chain=[{nf: l3fwd, on: 0}, {nf: l3fwd, on: 1}]");
	assert_true(as_is.delivered == named.delivered && as_is.latency_us == named.latency_us);
	assert_true(split.delivered_mpps < 0.7 * as_is.delivered_mpps);
	struct answer idle_near = ASK(ONE_VNF, "traffic.rate=100kpps");
	struct answer idle_far = ASK(ONE_VNF, "traffic.rate=100kpps", "chain=[{nf: l3fwd, on: 1}]");
	assert_true(idle_far.latency_us > idle_near.latency_us);
}

static double worker_cycles(const char *set, const char *size)
{
	struct shot s = SHOT(ONE_VNF, set, size, "traffic.rate=40%");
	double cycles = core_of(&s, "tc0")->cycles_per_packet;
	shot_free(&s);
	return cycles;
}

/* 61 ns more a line, ten of them under way at once: 0.095 ns, 0.229 cycles at 2.4 GHz, a byte. */
static void copies_to_far_memory_pay_by_the_byte(void **state)
{
	(void)state;
	const char *near = "chain=[{nf: l3fwd}]", *far = "chain=[{nf: l3fwd, memory: 1}]";
	double small =
		worker_cycles(far, "traffic.size=512B") - worker_cycles(near, "traffic.size=512B");
	double large = worker_cycles(far, "traffic.size=1518B") -
		       worker_cycles(near, "traffic.size=1518B");
	assert_close("1006 bytes more", large - small, 1006 * 0.061 / 640 * 2400, 0.05);
}

/* --- freeing many at a time --- */

struct freed {
	double mean_us, p50_us, p995_us, delivered;
};

static struct freed freeing(const char *rate, const char *profile)
{
	struct shot s = SHOT(ONE_VNF, SET("traffic.rate=%s", rate), SET("profile=[%s]", profile),
		"cpu=2.4 GHz", "chain=[{nf: l3fwd, transmit: immediate}]");
	const struct run_chain *c = &s.result->chains[0];
	struct freed f = {c->latency.mean_ns.value / 1e3, hist_quantile(&c->hist, 0.5) / 1e6,
		hist_quantile(&c->hist, 0.995) / 1e6, c->delivered_pps.value};
	shot_free(&s);
	return f;
}

/* Of 70 cycles a packet 24 are put off: 10 ns each, and 1 us for one packet in a hundred. */
static void freeing_comes_all_at_once(void **state)
{
	const char *none = "vnic.ring=256",
		   *late = "vnic.guest_tx.free.above=99, vnic.guest_tx.free.per_packet=24 cycles";
	struct freed with = freeing("500kpps", late), without = freeing("500kpps", none);
	(void)state;
	assert_close("one in a hundred", with.p995_us - with.p50_us, 1, 0.1);
	assert_true(without.p995_us - without.p50_us < 0.2);
	assert_close("the others", without.p50_us - with.p50_us, 0.01, 0.5);
	assert_close("on average", with.mean_us, without.mean_us, 0.005);
	assert_close("at full load", freeing("14Mpps", late).delivered,
		freeing("14Mpps", none).delivered, 0.002);
}

/* Draws and fits change values that were checked. */
static void frees_no_more_than_was_paid(void **state)
{
	struct cost c = {.packet = {10, 0}, .free_packet = {30, 0}, .free_above = 9};
	struct law l = cost_law(&c, 1e9, 0);
	(void)state;
	assert_true(l.free_packet_fine == l.packet_fine && l.packet_fine > 0);
	c.large_above_B = 256;
	c.large_packet = (struct cost_part){-4, 0};
	l = cost_law(&c, 1e9, 0);
	assert_true(l.free_packet_fine == l.packet_fine + l.large_packet_fine);
	l = cost_law(&c, 1e9, 512);
	assert_true(l.free_packet_fine == l.packet_fine);
}

static void draws_free_no_more_than_sending_costs(void **state)
{
	struct shot s = SHOT_READ(ONE_VNF, "traffic.rate=500kpps",
		"profile=[vnic.guest_tx.free.above=99, vnic.guest_tx.free.per_packet=24 cycles]",
		"chain=[{nf: l3fwd, transmit: {policy: burst, burst: 4, timer: 10 us, "
		"pay_when_sent: yes}}]");
	(void)state;
	assert_int_equal(diag_errors(s.diag), 0);
	s.scenario->profile->vnic.guest_tx.free.per_packet.value.value = 5000;
	s.result = run_scenario(s.scenario, NULL);
	for (uint32_t i = 0; i < s.result->n_stages; i++)
		assert_true(s.result->stages[i].service_ns > 0);
	shot_free(&s);
}

/* --- transmit policies --- */

/* Mean latency with a transmit policy; packets come one by one, drifting through all phases. */
static double sent_us(const char *rate, const char *policy)
{
	return ASK(ONE_VNF, SET("traffic.rate=%s", rate),
		SET("chain=[{nf: l3fwd, transmit: %s}]", policy), "traffic.arrivals=poisson",
		"dataplane=opennetvm", "run.max_packets=300000")
		.latency_us;
}

static void transmit_policies_add_what_they_say(void **state)
{
	(void)state;
	double slow = sent_us("2kpps", "immediate");
	assert_close("half of a free-running period",
		sent_us("2kpps", "{policy: burst, burst: 256, timer: 20 us}") - slow, 10, 0.05);
	assert_close("a whole one from the first packet",
		sent_us("2kpps",
			"{policy: burst, burst: 256, timer: 20 us, timer_starts: first-packet}") -
			slow,
		/* those that come while one waits leave with it */
		20 - 20 * 20 * 0.002 / 2, 0.02);
	assert_close("adaptive, alone",
		sent_us("2kpps", "{policy: adaptive, burst: 32, timer: 1 ms}"), slow, 0.02);
	double fast = sent_us("200kpps", "immediate");
	assert_close("31 / 2 gaps until a burst is full",
		sent_us("200kpps", "{policy: burst, burst: 32}") - fast, 15.5 * 5, 0.03);
	/* A timer of 20 us flushes long before 32 packets have come, as without threshold. */
	double timer = sent_us("200kpps", "{policy: burst, burst: 32, timer: 20 us}");
	assert_true(timer - fast > 9 && timer - fast < 11);
}

static void the_clock_is_looked_at_every_so_many_polls(void **state)
{
	(void)state;
	double every = sent_us(
		"2kpps", "{policy: burst, burst: 32, timer: 1 us, timer_starts: first-packet}");
	/* An empty poll takes 20 cycles, 8.33 ns; half of 1024 of them pass on average. */
	double seldom = sent_us("2kpps", "{policy: burst, burst: 32, timer: 1 us, timer_starts: "
					 "first-packet, check_every: 1024}");
	assert_true(seldom > every + 2 && seldom < every + 9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(toeplitz_gives_the_published_hashes),
		cmocka_unit_test(rss_spreads_flows_not_packets),
		cmocka_unit_test(round_robin_deals_evenly_direct_does_not),
		cmocka_unit_test(each_queue_counts_its_own_drops),
		cmocka_unit_test(a_popular_flow_loads_its_queue),
		cmocka_unit_test(longer_rings_lose_less_of_a_burst),
		cmocka_unit_test(ceilings_bound_port_and_card),
		cmocka_unit_test(dma_delays_add_to_latency),
		cmocka_unit_test(sleepers_pay_for_waking_up),
		cmocka_unit_test(moderation_gathers_packets),
		cmocka_unit_test(one_worker_does_the_work_of_two),
		cmocka_unit_test(explicit_cores_have_clocks_of_their_own),
		cmocka_unit_test(more_vcpus_take_more),
		cmocka_unit_test(distance_costs_only_across_sockets),
		cmocka_unit_test(copies_to_far_memory_pay_by_the_byte),
		cmocka_unit_test(freeing_comes_all_at_once),
		cmocka_unit_test(frees_no_more_than_was_paid),
		cmocka_unit_test(draws_free_no_more_than_sending_costs),
		cmocka_unit_test(transmit_policies_add_what_they_say),
		cmocka_unit_test(the_clock_is_looked_at_every_so_many_polls),
	};
	return cmocka_run_group_tests(tests, NULL, scratch_end);
}
