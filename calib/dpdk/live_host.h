/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The host's side of a live run: one core that takes what is due from the source, puts it into a
 * ring, takes what comes back from another, and gives it to the sink, round and round.
 *
 * Time is cut into windows; one in which either side stood still is dropped, and so are the few
 * after it, while what piled up drains.
 */
#ifndef CALIB_DPDK_LIVE_HOST_H
#define CALIB_DPDK_LIVE_HOST_H

#include "calib/dpdk/generator.h"
#include "calib/dpdk/live_link.h"
#include "calib/dpdk/live_plan.h"
#include "calib/dpdk/robust.h"

enum { LIVE_LATENCIES = 1 << 20 };

struct live_host {
	struct live_link link;
	struct generator source;
	double tsc_hz;
	unsigned windows; /* clean ones wanted */
	double limit_s;   /* give up after */
	bool (*interrupted)(void);
	uint64_t *latency_cycles; /* LIVE_LATENCIES */
	bool alone;               /* leave out windows with a neighbour on this core */
	double best_glance;       /* probe_glance() without one */
};

struct live_result {
	struct robust_set cycles_per_packet; /* delivered; one value a window */
	unsigned n_latencies;                /* in the host's array, sorted */
	double mean_burst_in, mean_burst_out;
	uint64_t offered, received; /* in all windows, dirty ones too */
};

void live_host_run(struct live_host *h, const struct live_run *run, struct live_result *to);
double live_host_quantile_s(const struct live_host *h, const struct live_result *r, double p);
double live_host_mean_s(const struct live_host *h, const struct live_result *r);
void live_host_drain(struct live_host *h);
/* Waits until a packet has gone round, two seconds at most; false if none has. */
bool live_host_ping(struct live_host *h);

#endif
