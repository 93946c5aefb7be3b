/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What to run live: a file of lines
 *
 *	id,vnf,entries,rx_burst,tx_burst,timer_us,size_B,rate_pps
 *
 * Lines that are blank or start with '#' or "id," are skipped. Runs of one guest stand together, as
 * a guest is started for each change of vnf, entries, bursts or timer_us. The reader knows nothing
 * of DPDK.
 */
#ifndef CALIB_DPDK_LIVE_PLAN_H
#define CALIB_DPDK_LIVE_PLAN_H

#include "base/arena.h"
#include "base/diag.h"
#include "calib/dpdk/live_guest.h"

enum { LIVE_PLAN_RUNS = 256 };

struct live_run {
	char id[64];
	struct live_guest guest;
	uint32_t size_B;
	double rate_pps;
};

struct live_plan {
	struct live_run run[LIVE_PLAN_RUNS];
	unsigned n;
};

/* vnfs: the n_vnfs that there are. -1 after messages on stderr. */
int live_plan_read(
	const char *path, const struct live_vnf *vnfs, size_t n_vnfs, struct live_plan *plan);

/* The same from memory, with a NUL behind it; false after complaints. */
bool live_plan_parse(const struct diag_source *source, const struct live_vnf *vnfs, size_t n_vnfs,
	struct live_plan *plan, struct arena *a, struct diag *d);

bool live_plan_same_guest(const struct live_run *a, const struct live_run *b);

#endif
