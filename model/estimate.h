/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * estimate - throughput, loss and mean latency of a built net by formulas, in microseconds
 *
 * From the same tasks, costs, rings and links as the simulator. Throughput: a core serves its
 * tasks in rounds and takes up to a burst from each, so what it cannot do is shared max-min in
 * bursts a round; wires and NIC ceilings cut all that they carry in proportion. Latency: the
 * mechanisms of waiting.h along the path, every stage seeing the bursts that the one before it
 * makes. Where that is not trustworthy `valid` is false and `reason` says why; throughput holds
 * there too.
 */
#ifndef NFVSIM_MODEL_ESTIMATE_H
#define NFVSIM_MODEL_ESTIMATE_H

#include "model/build.h"

#define ESTIMATE_MOST_LOAD 0.9 /* queues above it depend on chance, or on rings being full */

struct estimate_core {
	const char *name;
	double capacity_pps; /* at the present mix of its tasks, in full bursts */
	double load; /* packets over what it could do in full bursts, if none were lost before */
};

struct estimate_chain {
	const char *name;
	double offered_pps, delivered_pps, loss_ratio;
	double mean_latency_ns; /* the sum of the five below; NaN when nothing is delivered */
	double fill_ns;         /* in the tester's burst and in transmit buffers */
	double queue_ns;        /* in rings, until taken */
	double service_ns;      /* in bursts being worked on */
	double wire_ns;         /* links, their queues, DMA */
	double wake_ns;         /* until sleeping cores wake */
};

struct estimate_net;

struct estimate {
	struct estimate_chain *chains; /* n_chains */
	uint32_t n_chains;
	struct estimate_core *cores; /* n_cores */
	uint32_t n_cores;
	const char *bottleneck; /* name of the core with the highest load, or "wire", or a port */
	double load;            /* its load */
	bool valid;
	const char *reason;       /* NULL when valid */
	struct estimate_net *net; /* private */
};

/* Estimates a build at the rates of its scenario. Nothing of the build is needed afterwards. */
void estimate_build(const struct build *b, struct estimate *e);

/* The same net at other rates: offered_pps[n_chains]. */
void estimate_rates(struct estimate *e, const double *offered_pps);

/* Builds and estimates. */
void estimate_scenario(const struct scenario *s, struct estimate *e);

void estimate_free(struct estimate *e);

#endif
