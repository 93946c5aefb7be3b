/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A traffic source and sink in software, in place of a NIC's two ports.
 *
 * The source is open: packet i is due at start + i x gap, whether or not the dataplane keeps up.
 * Packets that are due wait in a queue which exists only in arithmetic, of as many slots as a
 * receive ring; what finds it full is lost. A packet made carries the instant at which it was due,
 * so that its latency includes the wait. The sink reads that, frees the packet and keeps the
 * latency. Both run on the host's core, and their cost is part of what that core does.
 */
#ifndef CALIB_DPDK_GENERATOR_H
#define CALIB_DPDK_GENERATOR_H

#include <stdbool.h>
#include <stdint.h>

#include "calib/dpdk/nf.h"

struct rte_mempool;

enum { GENERATOR_FLOWS = 256, GENERATOR_HEADER_B = 42, GENERATOR_SLOTS = 256 };

struct generator {
	struct rte_mempool *pool;
	uint16_t data_B;     /* of a packet, without CRC */
	uint64_t start, now; /* TSC; now: of the last look at what is due */
	double gap_cycles;   /* between packets */
	uint64_t next, lost; /* packets made or lost so far; those lost */
	uint64_t received;
	uint64_t *latency_cycles; /* room for latency_room; NULL: they are not kept */
	unsigned n_latencies, latency_room;
	char header[GENERATOR_FLOWS][GENERATOR_HEADER_B];
};

/* Headers of packets that the NF knows. */
int generator_headers(struct generator *g, const struct nf *nf, void *state);
void generator_start(struct generator *g, double rate_pps, double tsc_hz, unsigned size_B);
unsigned generator_get(struct generator *g, struct rte_mbuf **burst, unsigned n);
/* Packets made before the last start are freed and not counted. */
void generator_put(struct generator *g, struct rte_mbuf **burst, unsigned n);

#endif
