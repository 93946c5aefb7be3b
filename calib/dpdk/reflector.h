/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Packets going round between two cores, as through a VNF: the host takes a burst, sends it
 * again, and the guest on the other core does the same. Costs measured this way add up to those
 * of a dataplane; those of a one-way stream do not.
 *
 * Both threads time each of their calls; only calls that move a full burst count. The transport
 * is given as four functions which behave like rte_eth_rx_burst and rte_eth_tx_burst.
 */
#ifndef CALIB_DPDK_REFLECTOR_H
#define CALIB_DPDK_REFLECTOR_H

#include <stdbool.h>
#include <stdint.h>

#include "calib/dpdk/bench.h"

struct rte_mbuf;

enum {
	REFLECTOR_BURST_MAX = 256,
	REFLECTOR_WORKS = 2,
	REFLECTOR_PUT_ONLY = 4 + REFLECTOR_WORKS, /* the metric of puts that free nothing */
	REFLECTOR_METRICS
};

struct reflector_ops {
	unsigned (*host_get)(void *state, struct rte_mbuf **burst, unsigned n);
	unsigned (*host_put)(void *state, struct rte_mbuf **burst, unsigned n);
	unsigned (*guest_get)(void *state, struct rte_mbuf **burst, unsigned n);
	unsigned (*guest_put)(void *state, struct rte_mbuf **burst, unsigned n);
	/* What a side does with a burst between get and put; NULL: nothing */
	void (*host_work[REFLECTOR_WORKS])(void *state, struct rte_mbuf **burst, unsigned n);
	void (*guest_work[REFLECTOR_WORKS])(void *state, struct rte_mbuf **burst, unsigned n);
	void (*fill)(void *state, struct rte_mbuf *packet); /* of a new packet; or NULL */
	bool host_put_copies; /* the host still owns what it has put */
	/* Names of the metrics: get, put, whole turn, time from one turn to the next, works, puts
	 * that free nothing; a turn is without the works. NULL: none. */
	const char *host_metric[REFLECTOR_METRICS], *guest_metric[REFLECTOR_METRICS];
};

struct reflector {
	const struct reflector_ops *ops;
	void *state;
	unsigned ring_slots; /* at most half of them are in flight */
};

/* Fills rows for the configuration in env->key (burst and size_B set) and ends it. Returns -1 if
 * nothing comes back. */
int reflector_run(struct bench_env *env, const struct reflector *r);

/* The cost of looking into an empty ring, the other core being idle: metrics `poll` and
 * `guest_poll`. Ends env->key. */
void reflector_polls(struct bench_env *env, const struct reflector *r);

#endif
