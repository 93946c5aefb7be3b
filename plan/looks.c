/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/looks.h"

#include <math.h>

#define ALPHA 0.05
#define CHAIN_PACKETS 4000000 /* of a first coarse look, for each of up to so many chains: */
#define COARSE_CHAINS 4
#define SLACK 1.5 /* a run must not stop halfway because its last packets would be a few too many */

int looks_most(const struct scenario *s)
{
	return s->run.duration.dim ? 1 : LOOKS_MOST;
}

int64_t looks_next(const struct scenario *s, int64_t packets)
{
	bool more = looks_most(s) > 1 && packets <= s->run.max_packets / LOOKS_FINER;
	return more ? packets * LOOKS_FINER : 0;
}

static bool open(const struct scenario *s, const char *key)
{
	return !param_given(&scenario_run_table, &s->run, key);
}

void looks_set(struct scenario *s, bool coarse, int look, int64_t packets)
{
	struct run_use *run = &s->run;
	double chains = fmin((double)s->chains.n, COARSE_CHAINS);
	double most = look ? SLACK * (double)packets : CHAIN_PACKETS * chains;
	bool rough = coarse && open(s, "precision");
	if (rough)
		run->precision.value = LOOKS_COARSE;
	if (rough && open(s, "max_packets"))
		run->max_packets = (int64_t)fmin(most, (double)run->max_packets);
	run->least_packets = packets;
	if (coarse || run_is_periodic(s))
		run->least_replications = RUN_REPLICATIONS * (uint32_t)pow(LOOKS_FINER, look);
}

static void widen(struct interval *i, double by)
{
	i->half *= by;
}

static void widen_chain(struct run_chain *c, double by, int most)
{
	struct run_latency *l = &c->latency;
	struct interval *all[] = {&c->offered_pps, &c->delivered_pps, &c->loss_ratio, &l->mean_ns,
		&l->p50_ns, &l->p90_ns, &l->p99_ns, &l->p999_ns};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		widen(all[i], by);
	if (c->dropped)
		c->loss_bound = c->loss_ratio.value + c->loss_ratio.half;
	else
		c->loss_bound = -expm1(log1p(-c->loss_bound) * log(ALPHA / most) / log(ALPHA));
}

void looks_widen(struct run_result *r, int most)
{
	size_t df = r->samples ? r->samples - 1 : 0;
	double by = stats_t(1 - ALPHA / 2 / most, df) / stats_t975(df);
	for (uint32_t i = 0; i <= r->n_chains && most > 1; i++)
		widen_chain(&r->chains[i], by, most);
}
