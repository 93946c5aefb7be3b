/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Each mechanism of the dataplane by what it does: known answers, closed forms, orders of size
 *
 * Most tests change one key of a shipped scenario and know from arithmetic what that must do. All that
 * they run is checked for conservation by the engine itself at the end of each run.
 */
#include "model/pnic.h"
#include "model/sizemix.h"
#include "tests/unit/shots.h"

#include <dirent.h>
#include <inttypes.h>
#include <unistd.h>
#ifdef HAVE_PCAP
#include <pcap/pcap.h>
#endif

#define ONE_VNF "scenarios/l3fwd.yaml"
#define LENGTH(array) (sizeof(array) / sizeof *(array))

/* --- what the tests look at --- */

static void assert_close(const char *what, double got, double want, double tolerance)
{
	if (!(fabs(got - want) <= tolerance * fabs(want)))
		fail_msg("%s is %.6g, wanted %.6g within %g %%", what, got, want, 100 * tolerance);
}

static const struct run_core *core_of(const struct shot *s, const char *name)
{
	for (uint32_t i = 0; i < s->result->n_cores; i++)
		if (strcmp(s->result->cores[i].name, name) == 0)
			return &s->result->cores[i];
	fail_msg("no core is called %s", name);
	return NULL;
}

static uint64_t lost_at(const struct shot *s, const char *place)
{
	for (uint32_t i = 0; i < s->result->n_places; i++)
		if (strcmp(s->result->places[i].name, place) == 0)
			return s->result->places[i].packets;
	fail_msg("no place is called %s", place);
	return 0;
}

static double taken_by(const struct shot *s, const char *stage)
{
	for (uint32_t i = 0; i < s->result->n_stages; i++)
		if (strcmp(s->result->stages[i].name, stage) == 0)
			return (double)s->result->stages[i].packets;
	fail_msg("no stage is called %s", stage);
	return 0;
}

/* A file in the test's own folder, written anew; the name lives until the next call. */
static const char *scratch(const char *name, const char *text)
{
	static char folder[] = "/tmp/nfvsim-mechanisms-XXXXXX";
	static char path[128];
	if (strchr(folder, 'X') && !mkdtemp(folder))
		fail_msg("no folder for scratch files");
	snprintf(path, sizeof path, "%s/%s", folder, name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	return path;
}

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

/* With an interrupt at most every 400 us and a packet every 100 us, four packets share one: they wait
 * for 0, 100, 200 and 300 us less what they come later, in the mean 150 us. */
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
	/* A timer of 20 us flushes long before 32 packets have come: as if there were no threshold. */
	double timer = sent_us("200kpps", "{policy: burst, burst: 32, timer: 20 us}");
	assert_true(timer - fast > 9 && timer - fast < 11);
}

static void the_clock_is_looked_at_every_so_many_polls(void **state)
{
	(void)state;
	double every = sent_us(
		"2kpps", "{policy: burst, burst: 32, timer: 1 us, timer_starts: first-packet}");
	/* An empty poll of this VNF takes 20 cycles, 8.33 ns; the flush waits for half of 1024 on average. */
	double seldom = sent_us("2kpps", "{policy: burst, burst: 32, timer: 1 us, timer_starts: "
					 "first-packet, check_every: 1024}");
	assert_true(seldom > every + 2 && seldom < every + 9);
}

/* --- traffic --- */

static void each_flow_is_as_popular_as_zipf_says(void **state)
{
	(void)state;
	enum { FLOWS = 100, N = 640000 };
	const uint32_t size = 64;
	const double weight = 1;
	struct source_spec spec = {.arrivals = ARRIVALS_POISSON,
		.rate_pps = 1e6,
		.sizes_B = &size,
		.weights = &weight,
		.n_sizes = 1,
		.flows = FLOWS,
		.zipf = 1.2,
		.tester_burst = 1};
	struct source source = {0};
	source_init(&source, &spec, "zipf", 1, 0);
	double count[FLOWS] = {0}, sum = 0, chi2 = 0;
	for (int drawn = 0; drawn < N; drawn += (int)source.n_ready) {
		source_draw(&source);
		for (uint32_t i = 0; i < source.n_ready; i++)
			count[source.ready[i].flow]++;
	}
	source_free(&source);
	for (int k = 1; k <= FLOWS; k++)
		sum += pow(k, -1.2);
	for (int k = 1; k <= FLOWS; k++) {
		double want = N * pow(k, -1.2) / sum;
		chi2 += (count[k - 1] - want) * (count[k - 1] - want) / want;
	}
	assert_true(chi2 < 149.4); /* 99.9 % of chi-square with 99 degrees of freedom */
}

/* Counts in windows of an interrupted Poisson process: index of dispersion 1 + 2 L a / (a + b)^2 for
 * rate L, leaving rate a of bursts and b of silences (Heffes and Lucantoni 1986). */
static void bursts_have_their_mean_and_dispersion(void **state)
{
	(void)state;
	enum { WINDOWS = 3000 };
	const uint32_t size = 64;
	const double weight = 1, window_ps = 2e9;
	struct source_spec spec = {.arrivals = ARRIVALS_ONOFF,
		.rate_pps = 0.2e6,
		.sizes_B = &size,
		.weights = &weight,
		.n_sizes = 1,
		.flows = 1,
		.tester_burst = 1,
		.on_ps = 20e6,
		.off_ps = 80e6};
	struct source source = {0};
	source_init(&source, &spec, "bursts", 1, 0);
	static double count[WINDOWS];
	for (bool more = true; more;) {
		source_draw(&source);
		for (uint32_t i = 0; i < source.n_ready && more; i++) {
			size_t w = (size_t)((double)source.ready[i].land_ps / window_ps);
			more = w < WINDOWS;
			count[more ? w : 0] += more;
		}
	}
	source_free(&source);
	double sum = 0, squares = 0;
	for (int i = 0; i < WINDOWS; i++) {
		sum += count[i];
		squares += count[i] * count[i];
	}
	double mean = sum / WINDOWS, variance = squares / WINDOWS - mean * mean;
	assert_close("packets in 2 ms", mean, 400, 0.02);
	assert_close("index of dispersion", variance / mean, 1 + 2 * 1e6 * 5e4 / (6.25e4 * 6.25e4),
		0.12);
}

static double mix_mean_B(const char *name, double *median_B, double *below_256)
{
	struct arena *a = arena_new();
	struct diag *d = diag_new();
	const uint32_t *size;
	const double *weight;
	uint32_t n = sizemix_read(name, (struct mark){0}, &size, &weight, a, d);
	assert_int_equal(diag_errors(d), 0);
	double all = 0, sum = 0, upto = 0;
	for (uint32_t i = 0; i < n; i++)
		all += weight[i];
	*median_B = *below_256 = 0;
	for (uint32_t i = 0; i < n; i++) {
		assert_true(!i || size[i] > size[i - 1]);
		sum += weight[i] * size[i];
		upto += weight[i];
		if (!*median_B && upto >= all / 2)
			*median_B = size[i];
		*below_256 += size[i] < 256 ? weight[i] / all : 0;
	}
	arena_free(a);
	diag_free(d);
	return sum / all;
}

static void mixes_have_their_published_means(void **state)
{
	(void)state;
	double median, below;
	setenv("NFVSIM_DATA", "scenarios", 1);
	assert_close("IMIX", mix_mean_B("imix", &median, &below), 353.83, 1e-4);
	assert_close("IMIX of TRex", mix_mean_B("imix-trex", &median, &below), 357.83 + 4, 1e-4);
	double web = mix_mean_B("facebook-web", &median, &below);
	assert_true(fabs(web - 124.3) <= 0.1);
	assert_true(median >= 118 && median <= 122);
	assert_true(below >= 0.9);
	/* What arrives has the mix's mean too. */
	struct shot s =
		SHOT(ONE_VNF, "traffic.size=imix", "traffic.rate=50%", "traffic.arrivals=poisson");
	const struct run_chain *c = &s.result->chains[0];
	assert_close("mean size delivered",
		c->delivered_bps / c->delivered_pps.value / 8 - WIRE_OVERHEAD_B, 353.83, 0.01);
	shot_free(&s);
}

static void rates_mean_the_same_in_all_units(void **state)
{
	(void)state;
	const char *const rates[] = {
		"traffic.rate=50%", "traffic.rate=5 Gb/s", "traffic.rate=4.222973 Mpps"};
	for (size_t i = 0; i < LENGTH(rates); i++) {
		struct answer a = ASK(ONE_VNF, "traffic.size=128B", rates[i]);
		assert_close("half of line rate", a.offered_mpps, 4.222973, 1e-3);
	}
	const double gbps[] = {10, 25, 40, 100};
	for (size_t i = 0; i < LENGTH(gbps); i++) {
		struct answer a =
			ASK(ONE_VNF, SET("link={speed: %g Gb/s}", gbps[i]), "traffic.size=1518B");
		assert_close("line rate", a.offered_mpps, gbps[i] * 1e3 / (8 * 1538), 1e-3);
	}
}

#ifdef HAVE_PCAP
/* 100 UDP packets of 60 or 1000 bytes in turn, 10 us apart, each of one of two flows. */
static const char *capture(void)
{
	static char path[128];
	snprintf(path, sizeof path, "%s", scratch("two-flows.pcap", ""));
	pcap_t *p = pcap_open_dead(DLT_EN10MB, 128);
	pcap_dumper_t *out = pcap_dump_open(p, path);
	assert_non_null(out);
	for (int i = 0; i < 100; i++) {
		u_char frame[128] = {[12] = 0x08, [13] = 0x00, [14] = 0x45, [23] = 17};
		frame[26] = 10, frame[29] = (u_char)(1 + i / 2 % 2), frame[30] = 10, frame[37] = 80;
		bpf_u_int32 len = i % 2 ? 1000 : 60;
		struct pcap_pkthdr h = {
			.ts = {1000000, 10 * i}, .caplen = len < 128 ? len : 128, .len = len};
		pcap_dump((u_char *)out, &h, frame);
	}
	pcap_dump_close(out);
	pcap_close(p);
	return path;
}

static void captures_replay_sizes_times_and_flows(void **state)
{
	(void)state;
	const char *pcap = capture();
	for (int speed = 1; speed <= 4; speed *= 4) {
		struct shot s = SHOT(
			ONE_VNF, SET("traffic={arrivals: pcap, pcap: %s, speed: %d}", pcap, speed));
		const struct run_chain *c = &s.result->chains[0];
		assert_close("rate of the replay", c->offered_pps.value, 1e5 * speed, 0.001);
		assert_close("mean size with CRC",
			c->delivered_bps / c->delivered_pps.value / 8 - WIRE_OVERHEAD_B, 534,
			0.001);
		assert_int_equal(s.scenario->chains.n, 1);
		assert_int_equal(scenario_chain(s.scenario, 0)->traffic.spec.flows, 2);
		shot_free(&s);
	}
	struct shot s = SHOT_READ(ONE_VNF, "traffic={arrivals: pcap, pcap: /nowhere.pcap}");
	assert_null(s.scenario);
	assert_mentions(s.diag, "cannot read the capture");
	shot_free(&s);
}
#else
static void captures_replay_sizes_times_and_flows(void **state)
{
	(void)state;
	struct shot s = SHOT_READ(ONE_VNF, "traffic={arrivals: pcap, pcap: /nowhere.pcap}");
	assert_null(s.scenario);
	assert_mentions(s.diag, "without libpcap");
	shot_free(&s);
}
#endif

/* The tester's burst: the first of 32 waits for 31 gaps, the last for none; all then share the wire. */
static void a_bursty_tester_adds_its_own_time(void **state)
{
	(void)state;
	const char *const common = "traffic.rate=100kpps";
	const char *const plain = "dataplane=opennetvm";
	double one = ASK(ONE_VNF, common, plain).latency_us;
	double create =
		ASK(ONE_VNF, common, plain, "traffic.burst=32", "traffic.stamp=create").latency_us;
	double send = ASK(ONE_VNF, common, plain, "traffic.burst=32").latency_us;
	assert_true(create - one > 31 / 2.0 * 10);
	assert_true(create - one < 31 / 2.0 * 10 + 5);
	assert_true(send - one > 0 && send - one < 5);
}

/* --- chains, directions, servers --- */

static void both_directions_share_the_vcpu(void **state)
{
	(void)state;
	struct answer one = ASK(ONE_VNF, "traffic.rate=14Mpps");
	struct shot s = SHOT(ONE_VNF, "traffic.rate=14Mpps", "traffic.direction=both");
	assert_int_equal(s.result->n_chains, 2);
	const struct run_chain *there = &s.result->chains[0], *back = &s.result->chains[1];
	assert_string_equal(back->name, "back");
	assert_close(
		"both ways together", shot_answer(&s).delivered_mpps, one.delivered_mpps, 0.08);
	assert_close("one way as the other", back->delivered_pps.value, there->delivered_pps.value,
		0.02);
	shot_free(&s);
}

#define TWO_CHAINS "scenarios/examples/two-chains.yaml"

static void chains_share_the_wire_they_leave_by(void **state)
{
	(void)state;
	/* One comes in by server a and goes on to b, the other by b; both leave by b. */
	const char *file =
		scratch("two.yaml", "dataplane: opennetvm\n"
				    "servers: {a: c6220, b: c6220}\n"
				    "traffic: {size: 64 B, rate: 9 Mpps}\n"
				    "chains:\n"
				    "  x: {chain: [{nf: l2fwd, on: a}, {nf: l2fwd, on: b}]}\n"
				    "  y: {chain: [{nf: l2fwd, on: b}]}\n");
	struct shot s = SHOT(file, "run.precision=2%");
	assert_int_equal(s.result->n_chains, 2);
	assert_close("both", shot_answer(&s).delivered_mpps, 14.881, 0.005);
	assert_int_equal(
		lost_at(&s, "b.x.pnic1.tx") + lost_at(&s, "b.y.pnic1.tx"), shot_answer(&s).dropped);
	shot_free(&s);
	s = SHOT_READ(TWO_CHAINS, "chains={x: {chain: [l2fwd]}, y: {chain: [l2fwd]}}",
		"traffic={size: 64 B, rate: 8 Mpps}");
	assert_mentions(s.diag, "108 % of its line rate");
	shot_free(&s);
}

/* A chain of one worker pool against the same chains apart. */
static void chains_share_worker_cores(void **state)
{
	(void)state;
	struct shot s = SHOT(TWO_CHAINS, "cores={workers: 1}");
	assert_int_equal(s.result->n_cores, 4); /* a worker, three vCPUs */
	struct answer a = shot_answer(&s);
	assert_int_equal(a.dropped, 0);
	double web = s.result->chains[0].delivered_pps.value,
	       voice = s.result->chains[1].delivered_pps.value;
	assert_close("the sum of both", web + voice, a.delivered_mpps * 1e6, 1e-9);
	assert_close("voice", voice, 2e5, 0.02);
	shot_free(&s);
}

static void copies_share_flows_behind_a_balancer(void **state)
{
	(void)state;
	const char *file = "scenarios/examples/lb-copies.yaml";
	struct shot s = SHOT(file, "traffic.rate=3Mpps", "chain.1.copies=2");
	double first = taken_by(&s, "nat-0"), second = taken_by(&s, "nat-1");
	assert_close("half of the flows", first / (first + second), 0.5, 0.05);
	shot_free(&s);
	/* A costly NF gains by copies until the balancer's side is the slowest. */
	double one = ASK(file, "chain.1={nf: vpn, copies: 1}").delivered_mpps;
	double two = ASK(file, "chain.1={nf: vpn, copies: 2, split: flow}").delivered_mpps;
	assert_close("two copies of vpn", two / one, 2, 0.05);
	/* One flow cannot be split. */
	double flow = ASK(file, "chain.1={nf: vpn, copies: 2, split: flow}", "traffic.flows=1")
			      .delivered_mpps;
	assert_close("one flow", flow, one, 0.02);
}

/* The paper's 4.2: on ClickOS a load balancer is itself the bottleneck. */
static void a_balancer_can_be_the_bottleneck(void **state)
{
	(void)state;
	const char *file = "scenarios/niu-can17/table1-clickos.yaml";
	struct answer alone = ASK(file);
	struct answer copies = ASK(file, "chain=[lb, {nf: l3fwd, copies: 2, split: flow}]");
	assert_true(copies.delivered_mpps < alone.delivered_mpps);
}

static void servers_are_joined_by_their_nics(void **state)
{
	(void)state;
	const char *chain = "chain=[{nf: l2fwd, on: a}, {nf: l2fwd, on: b}]";
	const char *servers = "servers={a: c6220, b: c6220}";
	const char *file = "scenarios/two-servers.yaml";
	const char *slow = "traffic={size: 64 B, rate: 10 kpps}";
	struct shot s =
		SHOT(file, servers, chain, slow, "dataplane=opennetvm", "link={delay: 0 us}");
	double near_us = shot_answer(&s).latency_us;
	assert_int_equal(lost_at(&s, "b.pnic0.rx"), 0);
	shot_free(&s);
	/* To the first server, between them, and back to the tester. */
	double far_us = ASK(file, servers, chain, slow, "dataplane=opennetvm", "link={delay: 5 us}")
				.latency_us;
	assert_close("three links of 5 us", far_us - near_us, 15, 0.02);
}

static void forms_without_nic_or_vnf_run(void **state)
{
	(void)state;
	struct answer nics = ASK("scenarios/examples/nic-to-nic.yaml");
	struct answer vm = ASK("scenarios/examples/nic-to-vm.yaml");
	struct answer vms = ASK("scenarios/examples/vm-to-vm.yaml");
	assert_true(nics.delivered_mpps > 5 && nics.loss > 0);
	assert_close("into a VM", vm.delivered_mpps, 0.5, 0.01);
	assert_close("from VM to VM", vms.delivered_mpps, 2, 0.01);
	struct answer out = ASK(ONE_VNF, "from=vm", "traffic.rate=1Mpps");
	assert_close("out of a VM", out.delivered_mpps, 1, 0.01);
}

static void more_entries_cost_by_the_stated_law(void **state)
{
	(void)state;
	const char *file = "scenarios/examples/own-nf.yaml";
	const char *slow = "traffic={size: 64 B, rate: line}";
	struct shot few = SHOT(file, slow, "chain=[{nf: acl, entries: 10}]");
	struct shot many = SHOT(file, slow, "chain=[{nf: acl, entries: 110}]");
	assert_close("100 entries of 1.5 cycles",
		core_of(&many, "acl")->cycles_per_packet - core_of(&few, "acl")->cycles_per_packet,
		150, 0.01);
	shot_free(&few);
	shot_free(&many);
	few = SHOT(file, slow, "chain=[{nf: ids, entries: 1000}]");
	many = SHOT(file, slow, "chain=[{nf: ids, entries: 8000}]");
	assert_close("three doublings of 25 cycles",
		core_of(&many, "ids")->cycles_per_packet - core_of(&few, "ids")->cycles_per_packet,
		75, 0.01);
	shot_free(&few);
	shot_free(&many);
}

/* --- what cannot be --- */

static void mistakes_are_explained(void **state)
{
	(void)state;
	const char *clickos = "scenarios/niu-can17/table1-clickos.yaml";
	struct shot s = SHOT_READ(clickos, "chain=[{nf: l3fwd, vcpus: 2, queues: 2}]");
	assert_null(s.scenario);
	assert_mentions(s.diag, "at most 1 vCPU");
	assert_mentions(s.diag, "SMP");
	shot_free(&s);
	s = SHOT_READ(clickos, "chain=[{nf: l3fwd, copies: 2}]");
	assert_null(s.scenario);
	assert_mentions(s.diag, "cannot spread packets over copies");
	shot_free(&s);
	s = SHOT_READ(clickos, "chain=[lb, {nf: l3fwd, copies: 2}]");
	assert_int_equal(diag_errors(s.diag), 0);
	shot_free(&s);
	s = SHOT_READ(ONE_VNF, "chain=[l3fwd, l3fwd, l3fwd, l3fwd, l3fwd]");
	assert_mentions(s.diag, "has 8 cores, this placement needs 11");
	shot_free(&s);
}

/* --- all shipped scenarios --- */

static void check_conservation(const char *path, const struct shot *s)
{
	const struct run_result *r = s->result;
	uint64_t at_places = 0, dropped = 0;
	for (uint32_t i = 0; i < r->n_places; i++)
		at_places += r->places[i].packets;
	for (uint32_t c = 0; c < r->n_chains; c++) {
		const struct run_chain *k = &r->chains[c];
		int64_t in_flight = (int64_t)(k->offered - k->delivered - k->dropped);
		dropped += k->dropped;
		/* What a window finds in flight and leaves in flight is bounded by all rings. */
		if (llabs(in_flight) > 40000)
			fail_msg("%s: %" PRId64 " packets unaccounted for", path, in_flight);
		if (!k->delivered)
			fail_msg("%s delivers nothing", path);
	}
	if (at_places != dropped)
		fail_msg("%s: places lost %" PRIu64 ", chains %" PRIu64, path, at_places, dropped);
}

static void check_same(const char *path, const struct shot *x, const struct shot *y)
{
	const struct run_chain *a = &x->result->chains[0], *b = &y->result->chains[0];
	if (a->offered != b->offered || a->delivered != b->delivered || a->dropped != b->dropped ||
		memcmp(&a->latency.mean_ns.value, &b->latency.mean_ns.value, sizeof(double)) != 0 ||
		x->result->steps != y->result->steps)
		fail_msg("%s: two runs differ", path);
}

static void run_briefly(const char *path)
{
	struct shot x = SHOT(path, "run.max_packets=100000", "run.precision=50%");
	struct shot y = SHOT(path, "run.max_packets=100000", "run.precision=50%");
	check_conservation(path, &x);
	check_same(path, &x, &y);
	shot_free(&x);
	shot_free(&y);
}

static void shipped_scenarios_run_and_repeat(void **state)
{
	(void)state;
	const char *const folders[] = {"scenarios", "scenarios/examples", "scenarios/niu-can17"};
	int n = 0;
	for (size_t i = 0; i < LENGTH(folders); i++) {
		DIR *dir = opendir(folders[i]);
		assert_non_null(dir);
		for (struct dirent *e; (e = readdir(dir));)
			if (strstr(e->d_name, ".yaml")) {
#ifndef HAVE_PCAP
				if (strstr(e->d_name, "pcap"))
					continue;
#endif
				run_briefly(SET("%s/%s", folders[i], e->d_name));
				n++;
			}
		closedir(dir);
	}
	assert_true(n > 30);
}

static void shipped_dataplanes_know_all_nfs(void **state)
{
	(void)state;
	const char *const dataplanes[] = {"bess", "clickos", "clickos-sender", "ovs-dpdk", "vpp",
		"fastclick", "netmap-vale", "sriov", "opennetvm", "ptnetmap"};
	const char *const nfs[] = {"l2fwd", "l3fwd", "firewall", "nat", "vpn", "lb"};
	for (size_t i = 0; i < LENGTH(dataplanes); i++)
		for (size_t k = 0; k < LENGTH(nfs); k++) {
			struct shot s = SHOT(ONE_VNF, SET("dataplane=%s", dataplanes[i]),
				SET("chain=[%s, l2fwd]", nfs[k]), "run.max_packets=100000",
				"traffic.rate=1Mpps", "run.precision=50%");
			double mpps = shot_answer(&s).delivered_mpps;
			if (!(mpps > 0.5))
				fail_msg("%s, %s: %g Mpps", dataplanes[i], nfs[k], mpps);
			check_conservation(dataplanes[i], &s);
			shot_free(&s);
		}
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
		cmocka_unit_test(transmit_policies_add_what_they_say),
		cmocka_unit_test(the_clock_is_looked_at_every_so_many_polls),
		cmocka_unit_test(each_flow_is_as_popular_as_zipf_says),
		cmocka_unit_test(bursts_have_their_mean_and_dispersion),
		cmocka_unit_test(mixes_have_their_published_means),
		cmocka_unit_test(rates_mean_the_same_in_all_units),
		cmocka_unit_test(captures_replay_sizes_times_and_flows),
		cmocka_unit_test(a_bursty_tester_adds_its_own_time),
		cmocka_unit_test(both_directions_share_the_vcpu),
		cmocka_unit_test(chains_share_the_wire_they_leave_by),
		cmocka_unit_test(chains_share_worker_cores),
		cmocka_unit_test(copies_share_flows_behind_a_balancer),
		cmocka_unit_test(a_balancer_can_be_the_bottleneck),
		cmocka_unit_test(servers_are_joined_by_their_nics),
		cmocka_unit_test(forms_without_nic_or_vnf_run),
		cmocka_unit_test(more_entries_cost_by_the_stated_law),
		cmocka_unit_test(mistakes_are_explained),
		cmocka_unit_test(shipped_scenarios_run_and_repeat),
		cmocka_unit_test(shipped_dataplanes_know_all_nfs),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
