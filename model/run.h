/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * run - simulates a scenario until the answer is precise enough, and sums it up
 *
 * Method. Packets in flight are never reset: a pilot runs until MSER-5 finds the warm-up over,
 * then the measuring window opens. With random arrivals one long run is cut into 32 batches that
 * double in length until every 95 % interval asked for is narrow enough. Constant-rate arrivals
 * make a run periodic, with phases (of the first packet, of flush timers) that no length averages
 * out; there the samples are replications with phases of their own, doubled in number until the
 * intervals are narrow; where lengthening them gains little, many short ones in groups. Decisions
 * fall after fixed amounts of simulated time, so the answer depends on scenario, profile and seed
 * alone.
 */
#ifndef NFVSIM_MODEL_RUN_H
#define NFVSIM_MODEL_RUN_H

#include "model/build.h"
#include "sim/stats.h"

enum { RUN_REPLICATIONS = 16 }; /* at first, unless the user says how many */

enum run_verdict {
	RUN_PRECISE, /* all intervals asked for are narrow enough, or the user fixed the length */
	RUN_BUDGET,  /* max_packets were spent first */
};

struct run_latency {
	struct interval mean_ns, p50_ns, p90_ns, p99_ns, p999_ns; /* NaN: too few packets */
	double min_ns, max_ns;
};

/* What of a replication was measured: what happened after from_ps, up to to_ps. */
struct run_window {
	uint32_t replication;
	ps_t from_ps, to_ps;
};

/* What one sample (batch or replication) saw of a chain. */
struct run_sample {
	double seconds, offered, delivered, dropped;
	double latency_ns;             /* sum over the delivered packets */
	double p50_ns, p90_ns, p99_ns; /* NaN: nothing was delivered */
};

struct run_chain {
	const char *name;
	struct interval offered_pps, delivered_pps, loss_ratio;
	double loss_bound;    /* upper 95 % bound of the loss ratio */
	double delivered_bps; /* layer 1: 20 B a packet added */
	struct run_latency latency;
	uint64_t offered, delivered, dropped; /* packets in the measuring windows */
	struct hist hist;                     /* of the latencies, ps */
};

struct run_place {
	const char *name;
	uint32_t chain;
	uint64_t packets;
	double pps;
};

struct run_core {
	const char *name, *role, *server;
	int socket;
	double clock_hz;
	double busy;              /* share of time in polls that found packets */
	double stalled;           /* share of time waiting for room downstream */
	double cycles_per_packet; /* of those polls; NaN without packets */
	double mean_burst;        /* NaN without packets */
	double load;              /* packets, over what it could do in full bursts */
};

struct run_stage {
	const char *name;
	uint32_t chain;
	uint64_t packets;
	double wait_ns, service_ns; /* a packet, mean */
};

struct run_result {
	struct run_chain *chains; /* n_chains; [n_chains] when several: their sum, "total" */
	uint32_t n_chains;
	struct run_place *places;
	uint32_t n_places;
	struct run_core *cores;
	uint32_t n_cores;
	struct run_stage *stages;
	uint32_t n_stages;
	/* Name of a core, "wire" (the one by which packets leave), "nic" (where its ceiling loses
	 * most packets) or, with no core above 90 %, the place where most packets are lost; NULL:
	 * none are. */
	const char *bottleneck;
	double bottleneck_load;
	enum run_verdict verdict;
	double precision; /* widest relative half-width of what was asked for; NaN: none */
	double warmup_s, measured_s; /* simulated; measured sums all samples */
	bool warmup_doubtful;
	ps_t warmup_ps, sample_ps;
	uint32_t samples; /* batches, replications or groups of them */
	uint32_t first_replication;
	struct run_window *windows; /* of each replication, in turn; one when samples are batches */
	uint32_t n_windows;
	struct run_sample *sample; /* samples x (n_chains + 1); last of each row: all chains */
	struct hist *latency_ps;   /* samples x n_chains: of each sample */
	bool replications;         /* samples are replications */
	uint64_t seed, steps;
	struct arena *arena;
};

struct sim;

/* How far a run has got; good for the call. */
struct run_state {
	uint64_t packets, budget;  /* simulated so far, at most */
	double precision;          /* reached; NaN: not known yet */
	const struct build *build; /* the net that was run last */
	const struct sim *sim;     /* for run_state_intervals */
};

/* Called after each sample. It must change nothing. */
typedef void run_progress(void *arg, const struct run_state *now);

/* Rates, loss and mean latency of all chains together, with intervals as far as they are known; no
 * percentiles and no histogram. */
void run_state_intervals(const struct run_state *now, struct run_chain *r);

struct run_options {
	run_progress *progress; /* may be NULL */
	void *arg;
	/* Streams start here. Replication i of a fixed duration is the same in every run: 1-10
	 * and then 11-20 are 1-20. The warm-up is always that of replication 0. */
	uint32_t first_replication;
	build_tune *tune; /* of each net; may be NULL */
	void *tune_arg;
};

/* Whether arrivals at a constant rate make a run of the scenario periodic. */
bool run_is_periodic(const struct scenario *s);

/* Simulates; the result is freed by run_free. The scenario must outlive it. */
struct run_result *run_scenario(const struct scenario *s, const struct run_options *o);
void run_free(struct run_result *r);

#endif
