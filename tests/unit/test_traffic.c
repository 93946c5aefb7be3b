/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the tester sends: flows, bursts, mixes, rates, captures, its own bursts
 *
 * Against closed forms (Zipf, dispersion of an interrupted Poisson process, line rate) and against
 * published means.
 */
#include "model/sizemix.h"
#include "tests/unit/shots.h"

#ifdef HAVE_PCAP
#include <pcap/pcap.h>
#endif

#define ONE_VNF "scenarios/l3fwd.yaml"
#define LENGTH(array) (sizeof(array) / sizeof *(array))

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

/* Counts in windows of an interrupted Poisson process: index of dispersion 1 + 2 L a / (a + b)^2
 * for rate L, leaving rate a of bursts and b of silences (Heffes and Lucantoni 1986). */
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

/* The first of 32 waits for 31 gaps, the last for none; all then share the wire. */
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_flow_is_as_popular_as_zipf_says),
		cmocka_unit_test(bursts_have_their_mean_and_dispersion),
		cmocka_unit_test(mixes_have_their_published_means),
		cmocka_unit_test(rates_mean_the_same_in_all_units),
		cmocka_unit_test(captures_replay_sizes_times_and_flows),
		cmocka_unit_test(a_bursty_tester_adds_its_own_time),
	};
	return cmocka_run_group_tests(tests, NULL, scratch_end);
}
