/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * summary - from samples and tallies to a run's result
 */
#ifndef NFVSIM_MODEL_SUMMARY_H
#define NFVSIM_MODEL_SUMMARY_H

#include "model/run.h"
#include "model/sample.h"

struct summary_input {
	const struct build *build;
	const struct tallies *total; /* over all measuring windows */
	struct sample *samples;      /* n x n_chains */
	uint32_t n, n_chains;
};

/* Rates, loss and mean latency of chain c (n_chains: all together) with intervals; no
 * percentiles. */
void summary_intervals(const struct sample *samples, uint32_t n, uint32_t n_chains, uint32_t c,
	struct run_chain *r);

/* Latency quantile of chain c, in ns; NaN when too few packets were delivered. */
struct interval summary_quantile(
	const struct sample *samples, uint32_t n, uint32_t n_chains, uint32_t c, double q);

/* The whole result; lives in the arena, which it takes over. Histograms are freed by run_free. */
struct run_result *summary_make(const struct summary_input *in, struct arena *a);

/* Packets a second that a task could do if each of its bursts were full: its own work at the mean
 * packet size (of sizes in the build) without waiting for anybody. */
double summary_capacity_pps(const struct build *b, const struct build_task *t);

#endif
