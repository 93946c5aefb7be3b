/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * net - the parts of one simulated dataplane and the loop that runs them
 *
 * Built by hand through the functions below (tests, benchmarks) or from a scenario (build.c),
 * then started, then run up to an instant as often as wanted. All parts belong to the net and die
 * with it; pointers to parts stay valid. Names are copied.
 */
#ifndef NFVSIM_MODEL_NET_H
#define NFVSIM_MODEL_NET_H

#include "base/arena.h"
#include "model/core.h"
#include "model/pnic.h"
#include "model/schedule.h"
#include "model/sink.h"
#include "model/source.h"

/* Parts of a kind, in the order of their creation. */
struct parts {
	void **item;
	uint32_t n;
};

struct net {
	struct arena *arena;
	uint64_t seed;
	uint32_t replication;
	ps_t now_ps; /* all parts are up to date to here */
	struct schedule schedule;
	bool together; /* set before net_start: run all cores by events, for comparison */
	const struct observer
		*observer; /* set before net_start: sees all that cores do, together */
	struct parts cores, rings, tasks, wires, txqs, rxs, sources, feeders, sinks, cards;
};

struct net *net_new(uint64_t seed, uint32_t replication);
void net_free(struct net *net);

struct core *net_core(struct net *net, const char *name, double clock_hz);
struct ring *net_ring(struct net *net, const char *name, uint32_t cap);
struct wire *net_wire(struct net *net, double rate_bps, ps_t delay_ps);
struct sink *net_sink(struct net *net);
struct nic_card *net_card(struct net *net, double max_pps);

/* A task on a core, reading a ring in bursts of at most burst; n_out ports to be filled in. */
struct task *net_task(struct net *net, struct core *core, const char *name, struct ring *in,
	uint32_t burst, uint32_t n_out);

/* A port's receive side with n queues of depth descriptors, named NAME.rx or NAME.rxI. */
struct nic_rx *net_rx(struct net *net, const char *name, uint32_t n, uint32_t depth);

/* A transmit queue of depth descriptors, named NAME.tx, onto a wire. */
struct txq *net_txq(struct net *net, const char *name, uint32_t depth, struct wire *wire);

/* A traffic generator towards a receive side, over a wire of its own. */
struct source *net_source(struct net *net, const char *name, const struct source_spec *spec,
	struct nic_rx *rx, struct wire wire);

/* Ready to run: sources sharing a card are merged, flush timers get their random phases, all cores
 * poll from instant 0 on. */
void net_start(struct net *net);

/* Runs all that happens up to and including until_ps and brings every part up to date. */
void net_run(struct net *net, ps_t until_ps);

/* A packet was put into a ring of this core (NULL: nobody's); wakes it if it is parked. */
void net_wake(struct core *c);

/* Conservation: every packet put into a part is accounted for, and packets in equal packets out
 * plus drops plus in flight for the whole net. Aborts with a description when not: that is our
 * bug. */
void net_check(const struct net *net);

struct net_totals {
	uint64_t offered, delivered, dropped, in_flight;
};

/* Since the start. Offered counts frames that reached a port from a source. */
struct net_totals net_totals(const struct net *net);

#endif
