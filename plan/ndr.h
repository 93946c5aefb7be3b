/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ndr - RFC 2544 on the model: NDR, PDR and MRR of a scenario, latency below NDR, and why it ends
 * there
 *
 * NDR: the highest rate at which a trial loses nothing; PDR: at most a given share; MRR: what is
 * delivered of the highest rate that can be offered. A trial is a simulation of a fixed number of
 * packets after the warm-up, always with the scenario's seed. Constant-rate arrivals make it four
 * with phases of their own. The scenario's rates are scaled in place (plan/load.h).
 */
#ifndef NFVSIM_PLAN_NDR_H
#define NFVSIM_PLAN_NDR_H

#include "plan/search.h"
#include "plan/slo.h"

enum { NDR_GOAL, NDR_PDR_GOAL, NDR_GOALS };
enum { NDR_LATENCIES = 3 };

extern const double ndr_latency_shares[NDR_LATENCIES]; /* of NDR */

typedef void ndr_progress(void *arg, size_t trial, double load_pps);

struct ndr_options {
	double pdr_ratio, width;
	double packets; /* of a full trial; more when the rings need it */
	size_t max_trials;
	const struct slo *slo;  /* may be NULL */
	ndr_progress *progress; /* may be NULL */
	void *arg;
};

/* What the verb takes unless it is told otherwise. */
extern const struct ndr_options ndr_defaults;

/* Where the first packets are lost beyond NDR, and what its reader does there. */
struct ndr_reason {
	const char *place, *reader; /* NULL: nobody reads it */
	double offered_pps, loss_ratio;
	double slots, fill_s; /* of the ring; how fast it fills when nobody takes */
	double load, stalled; /* of the reader's core */
};

struct ndr_result {
	struct search search;
	struct search_bounds bounds[NDR_GOALS];
	double bits[NDR_GOALS], mrr_bits; /* a delivered packet at layer 1: loss changes the mix of
					   * several chains */
	double max_pps, mrr_pps, mrr_loss_ratio;
	struct run_result *latency[NDR_LATENCIES]; /* NULL: there is no NDR */
	struct ndr_reason reason;                  /* place NULL: the gap needs none */
	struct slo_check check[SLO_TARGETS];       /* rates: NDR; the rest at 90 % of it */
	struct arena *arena;
};

/* The scenario must outlive the result and have a rate that can be set (load_fixed). */
struct ndr_result *ndr_measure(struct scenario *s, const struct ndr_options *o);

/* The same without latencies, reason and targets. */
struct ndr_result *ndr_search(struct scenario *s, const struct ndr_options *o);
void ndr_free(struct ndr_result *r);

#endif
