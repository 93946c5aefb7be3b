/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * budget - where the time of the delivered packets went, hop by hop
 *
 * Repeats a run and follows every packet: which ring it waited in, which burst it was worked on
 * with, where it waited for a fuller burst. Only packets that were delivered in the measuring
 * windows count, so the parts add up to their latencies, to the picosecond: each part begins where
 * the one before ended. Work on a burst is the time of all packets in it, and is divided in
 * proportion to what it costs. Takes several times as long as the run.
 */
#ifndef NFVSIM_PLAN_BUDGET_H
#define NFVSIM_PLAN_BUDGET_H

#include "model/run.h"

enum budget_part {
	BUDGET_TESTER,  /* collecting the tester's burst, or for the wire behind it */
	BUDGET_WIRE,    /* bits on the wire, propagation */
	BUDGET_DMA,     /* between NIC and memory */
	BUDGET_CEILING, /* in the NIC's buffer: it handles only so many packets a second */
	BUDGET_WAIT,    /* in a ring, until a core takes it */
	BUDGET_NF,      /* the network function's own work on its burst */
	BUDGET_COPY,    /* moving packets into or out of a VM */
	BUDGET_REMOTE,  /* cache lines of another socket */
	BUDGET_OTHER,   /* drivers, switch */
	BUDGET_STALL,   /* the core waits for room downstream */
	BUDGET_FILL,    /* until the transmit buffer is sent */
	BUDGET_PARTS
};

extern const char *const budget_parts[BUDGET_PARTS];

/* A port, a task or a transmit queue on the way. */
struct budget_place {
	const char *name;
	uint32_t chain;
	double ns[BUDGET_PARTS]; /* a delivered packet of the chain, mean */
	double reached_ns;       /* mean time from the stamp to arriving here */
	uint64_t visits;
};

struct budget {
	struct budget_place *places; /* in the order in which packets meet them */
	uint32_t n_places;
	uint32_t n_chains;
	struct budget_chain {
		uint64_t packets;
		double mean_ns; /* of their latencies */
	} * chains;
	struct arena *arena;
};

/* r: a run of s without tuning. */
struct budget *budget_of(const struct scenario *s, const struct run_result *r);
void budget_free(struct budget *b);

/* The sum of all parts of a chain: its mean latency. */
double budget_sum_ns(const struct budget *b, uint32_t chain);

#endif
