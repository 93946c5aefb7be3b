/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/hope.h"

#include <math.h>

#define DOUBT 0.02 /* what an estimate of throughput may be wrong by */

static bool hopeful(const struct slo_target *t, const struct estimate *e)
{
	double offered = 0, delivered = 0, loss = 0, mean = 0;
	for (uint32_t i = 0; i < e->n_chains; i++) {
		offered += e->chains[i].offered_pps;
		delivered += e->chains[i].delivered_pps;
		loss = fmax(loss, e->chains[i].loss_ratio);
		mean = fmax(mean, e->valid ? e->chains[i].mean_latency_ns * PS_PER_NS : 0);
	}
	double limit = t->limit.value;
	if (t->metric == SLO_LOSS)
		return t->above || loss < limit + DOUBT;
	if (t->metric == SLO_RATE && t->limit.dim == DIM_PPS)
		return !t->above || fmin(offered, delivered) > limit * (1 - DOUBT);
	if (t->metric == SLO_MEAN)
		return t->above || !(mean > 2 * limit);
	return true;
}

bool hope(const struct slo *slo, const struct estimate *e)
{
	for (size_t i = 0; i < slo->n; i++)
		if (!hopeful(&slo->target[i], e))
			return false;
	return true;
}
