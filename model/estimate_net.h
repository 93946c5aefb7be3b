/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * estimate_net - what the analytic estimate keeps of a build: costs and paths as plain numbers in
 * ns
 *
 * Tasks keep the order in which the build made them, which is that of a packet's way, so that one
 * pass from first to last meets every stage after those that feed it.
 */
#ifndef NFVSIM_MODEL_ESTIMATE_NET_H
#define NFVSIM_MODEL_ESTIMATE_NET_H

#include "model/build.h"

#define ESTIMATE_NONE UINT32_MAX

/* Where a latency comes from. */
enum estimate_kind {
	ESTIMATE_FILL,
	ESTIMATE_QUEUE,
	ESTIMATE_SERVICE,
	ESTIMATE_WIRE,
	ESTIMATE_WAKE,
	ESTIMATE_KINDS
};

/* Packets on their way into a stage: trains of bursts that land together. */
struct estimate_flow {
	double rate;   /* per ns */
	double burst;  /* mean packets that land together */
	double seen;   /* the same, as a random packet sees it */
	double spread; /* index of dispersion of packets: 1 random, 0 regular; kept along the way */
	double gap_ns; /* between packets inside a train; 0: no trains */
	double train;  /* packets a train */
	double latency_ns[ESTIMATE_KINDS]; /* mean, so far */
	double held_ns;                    /* by sleeping cores, if they slept */
	uint32_t streams;                  /* merged into it */
};

/* A way out of a stage: a ring, a link (to a port or to the tester), or the end of the chain. */
struct estimate_out {
	uint32_t stage; /* or ESTIMATE_NONE */
	uint32_t wire;  /* in limits, or ESTIMATE_NONE */
	uint32_t far;   /* receive side at the other end, or ESTIMATE_NONE: the tester */
	double dma_ns;
	double room;     /* descriptors in front of the wire */
	double stall_ns; /* how long the sender waits for room in a full ring */
};

struct estimate_stage {
	double fixed_ns;              /* a burst's cost without its packets and sends */
	double packet_ns, packet_var; /* mean and variance of a packet's cost */
	double empty_ns;              /* a poll that finds nothing */
	double send_ns;               /* a send, where sends are counted apart */
	double most;                  /* packets a burst */
	double room;                  /* packets of its input ring */
	double full_rate;             /* packets per ns in full bursts */
	double wire_B;                /* mean size on a wire */
	uint32_t core, chain;
	uint32_t before; /* the chain's last stage on the same core, or ESTIMATE_NONE */
	struct txbuf txbuf;
	enum split split;
	struct estimate_out *out;
	uint32_t n_out;
	/* state of an estimate */
	struct estimate_flow in;
	double demand, was; /* rate that arrives; in the pass before */
	double lossless;    /* rate that would arrive if nothing were lost before */
	double share;       /* rate that its core can serve */
	bool full;          /* its ring overflows, or that of a stage it stalls for */
	double done_ns;     /* latency when it has handed on */
};

/* What passes one thing after the other: bytes onto a wire, packets through a NIC's ceiling. */
struct estimate_limit {
	double each_ns;
	double delay_ns;     /* of a wire */
	double lossless;     /* state: demand if nothing were lost before */
	double demand, fits; /* state: per ns; share of it that gets through */
};

struct estimate_rx {
	uint32_t port, card; /* ceilings in limits, or ESTIMATE_NONE */
	double dma_ns;
	uint32_t n;
	uint32_t *stage; /* that polls queue i */
	double *part;    /* of the packets that queue i gets */
	enum steering steering;
};

struct estimate_source {
	double rate;
	enum arrivals arrivals;
	uint32_t burst;
	bool stamp_create;
	double frame_ns, delay_ns; /* on the tester's wire */
	uint32_t rx, chain;
};

struct estimate_core_of {
	uint32_t *stage; /* n indices */
	uint32_t n;
	bool interrupt, moderated;
	double linger_ns, delay_ns; /* of a wake-up, with its cost */
	double round_ns;            /* state: of its rounds when one of its tasks is full, else 0 */
	double span_ns;             /* state: from a packet's first stage here to its last */
};

struct estimate_net {
	struct arena *arena;
	struct estimate_stage *stages;
	struct estimate_rx *rxs;
	struct estimate_limit *limits;   /* n_wires wires, then ceilings */
	struct estimate_source *sources; /* one a chain */
	struct estimate_core_of *cores;
	uint32_t n_stages, n_rxs, n_wires, n_limits, n_sources, n_cores;
	struct estimate_flow *ends; /* state: of each chain, what arrived */
};

struct estimate_net *estimate_net_new(const struct build *b, struct arena *a);

#endif
