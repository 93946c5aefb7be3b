/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reads any bytes as a plan of live runs. Besides not crashing: what is refused has a complaint,
 * and what is accepted is within the limits of live_plan.h's columns.
 */
#include "calib/dpdk/live_plan.c"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct live_vnf vnfs[] = {{"l2fwd", 0}, {"lpm", 1000}, {"testpmd", 0}};
enum { N_VNFS = sizeof(vnfs) / sizeof(*vnfs) };

static void demand(bool holds)
{
	if (!holds)
		abort();
}

static void check_vnf(const struct live_guest *g)
{
	size_t i = 0;

	while (i < N_VNFS && strcmp(vnfs[i].name, g->vnf) != 0)
		i++;
	demand(i < N_VNFS);
	demand(!vnfs[i].entries_max || g->entries <= vnfs[i].entries_max);
}

static void check(const struct live_run *r)
{
	const struct live_guest *g = &r->guest;

	check_vnf(g);
	demand(*r->id && memchr(r->id, '\0', sizeof(r->id)));
	demand(!strpbrk(r->id, ",\n\r\t"));
	demand(g->entries >= 1 && g->timer_us <= MAX_TIMER_US);
	demand(g->rx_burst >= 1 && g->rx_burst <= NF_BURST_MAX);
	demand(g->tx_burst >= 1 && g->tx_burst <= NF_BURST_MAX);
	demand(r->size_B >= 64 && r->size_B <= 1518);
	demand(r->rate_pps >= 1 && r->rate_pps <= 1e9);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	struct diag *d = diag_new();
	struct live_plan *plan = arena_alloc(a, sizeof(*plan));
	const struct diag_source source = {
		"plan.csv", arena_strndup(a, (const char *)data, size), size};
	bool good = live_plan_parse(&source, vnfs, N_VNFS, plan, a, d);
	unsigned i;

	demand(good == (diag_errors(d) == 0));
	demand(!good || (plan->n >= 1 && plan->n <= LIVE_PLAN_RUNS));
	for (i = 0; good && i < plan->n; i++)
		check(&plan->run[i]);
	diag_free(d);
	arena_free(a);
	return 0;
}
