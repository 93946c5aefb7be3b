/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * recovered_cases - an RFC 2544 report by frame size, latencies at loads, percentiles and losses
 *
 * Short runs, for many trials: what they lack in length is noise that the fit must know of.
 */
#ifndef NFVSIM_TESTS_UNIT_RECOVERED_CASES_H
#define NFVSIM_TESTS_UNIT_RECOVERED_CASES_H

#include "tests/unit/recovered.h"

static const struct recovered_point recovered_rates[] = {
	{"delivered", "traffic.rate=3.2Mpps, traffic.size=64B"},
	{"delivered", "traffic.rate=3.2Mpps, traffic.size=128B"},
	{"delivered", "traffic.rate=3.2Mpps, traffic.size=256B"},
	{"delivered", "traffic.rate=line, traffic.size=512B"},
	{"delivered", "traffic.rate=line, traffic.size=1024B"},
	{"delivered", "traffic.rate=line, traffic.size=1518B"},
	{"delivered", "traffic.rate=3.2Mpps, traffic.size=64B, cpu=1.6GHz"},
	{"delivered", "traffic.rate=3.2Mpps, traffic.size=128B, cpu=1.6GHz"},
	{"delivered", "traffic.rate=3.2Mpps, traffic.size=256B, cpu=1.6GHz"},
	{"delivered", "traffic.rate=line, traffic.size=512B, cpu=1.6GHz"},
	{"delivered", "traffic.rate=line, traffic.size=1024B, cpu=1.6GHz"},
	{"delivered", "traffic.rate=line, traffic.size=1518B, cpu=1.6GHz"}};

static const struct recovered_point recovered_latencies[] = {{"delivered", "traffic.rate=10Mpps"},
	{"delivered", "traffic.rate=9Mpps, cpu=2GHz"},
	{"delivered", "traffic.rate=7Mpps, cpu=1.6GHz"},
	{"delivered", "traffic.rate=6Mpps, cpu=1.2GHz"}, {"latency", "traffic.rate=2Mpps"},
	{"latency", "traffic.rate=4Mpps"}, {"latency", "traffic.rate=6Mpps"},
	{"latency", "traffic.rate=3Mpps, cpu=1.6GHz"},
	{"latency", "traffic.rate=4Mpps, cpu=1.6GHz"}, {"p50", "traffic.rate=3Mpps"},
	{"p50", "traffic.rate=5Mpps"}, {"p50", "traffic.rate=3.5Mpps, cpu=1.6GHz"},
	{"p50", "traffic.rate=2.5Mpps, cpu=1.2GHz"}};

static const struct recovered_point recovered_percentiles[] = {{"loss", "traffic.rate=10.5Mpps"},
	{"loss", "traffic.rate=9Mpps, cpu=2GHz"}, {"loss", "traffic.rate=7Mpps, cpu=1.6GHz"},
	{"loss", "traffic.rate=6Mpps, cpu=1.2GHz"}, {"p90", "traffic.rate=4.5Mpps"},
	{"p90", "traffic.rate=6Mpps"}, {"p90", "traffic.rate=7Mpps"},
	{"p90", "traffic.rate=5Mpps, cpu=2GHz"}, {"p90", "traffic.rate=6Mpps, cpu=2GHz"},
	{"p90", "traffic.rate=4.5Mpps, cpu=1.6GHz"}};

static const char *const recovered_vpn[] = {
	"nfs.vpn.cost.per_packet", "nfs.vpn.cost.per_byte", NULL};
static const char *const recovered_l3fwd[] = {
	"nfs.l3fwd.cost.per_packet", "vnic.guest_rx.per_burst", NULL};
static const char *const recovered_firewall[] = {"nfs.firewall.cost.per_packet", NULL};

#define RECOVERED_POINTS(p) p, sizeof(p) / sizeof *(p)

static const struct recovered_case recovered_cases[] = {
	{"rates by size", recovered_vpn,
		"{dataplane: bess, server: c6220, cpu: 2.4 GHz, chain: [vpn],"
		" run: {duration: 12ms, warmup: 2ms}}",
		"run.duration=48ms", RECOVERED_POINTS(recovered_rates)},
	{"latencies at loads", recovered_l3fwd,
		"{dataplane: bess, server: c6220, cpu: 2.4 GHz, chain: [l3fwd],"
		" traffic: {arrivals: poisson}, run: {duration: 10ms, warmup: 2ms}}",
		"run.duration=40ms", RECOVERED_POINTS(recovered_latencies)},
	{"percentiles and losses", recovered_firewall,
		"{dataplane: bess, server: c6220, cpu: 2.4 GHz, chain: [firewall],"
		" traffic: {arrivals: poisson}, run: {duration: 25ms, warmup: 2ms}}",
		"run.duration=100ms", RECOVERED_POINTS(recovered_percentiles)},
};

enum { RECOVERED_CASES = sizeof recovered_cases / sizeof *recovered_cases };

#endif
