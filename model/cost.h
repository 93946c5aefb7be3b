/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cost - what a burst costs the core that handles it
 *
 *   cost(n packets) = poll + burst + n x packet + bytes x byte + copied bytes x copied_byte
 *                     + for each packet above large_above_B: large_packet + size x large_byte
 *
 * Copied bytes are the sizes as a copy in 64 B steps moves them (VALE's pkt_copy rounds up below
 * 1024 B; netmap commit 3ccdada, netmap_vale.c). Copies that work another way above a size (DPDK's
 * vhost library batches copies of up to 256 B: MAX_BATCH_LEN in lib/vhost/virtio_net.c, 22.11) cost
 * two straight lines; a profile states the second line, here is what it differs by, which may be
 * below 0. Costs that are added up share large_above_B. A profile states each part in core cycles,
 * which scale with the clock, and in ns, which do not (uncore, memory, another socket).
 *
 * Part of a packet's cost may be to free it once it has left, which drivers put off until many wait
 * (tx_free_thresh; virtio_xmit_pkts in drivers/net/virtio/virtio_rxtx.c, DPDK 22.11): a burst then
 * costs free_packet less for each of its packets, and one burst in a while pays for all that wait,
 * once they are more than free_above. On average that is the same. Costs that are added up share
 * free_above.
 */
#ifndef NFVSIM_MODEL_COST_H
#define NFVSIM_MODEL_COST_H

#include "sim/simtime.h"

#include <stdbool.h>

/* One part of a cost as a profile states it. */
struct cost_part {
	double cycles;
	double ns;
};

/* A cost as a profile states it, before a clock is known. */
struct cost {
	struct cost_part poll, burst, packet, byte, copied_byte;
	struct cost_part large_packet, large_byte;
	uint32_t large_above_B;
	struct cost_part free_packet; /* of packet */
	uint32_t free_above;          /* packets; 0: nothing is put off */
};

enum cost_spread { COST_CONSTANT, COST_EXPONENTIAL };

/* A cost on a core: durations in units of 2^-20 ps. */
struct law {
	fine_t poll_fine, burst_fine, packet_fine, byte_fine, copied_byte_fine;
	fine_t large_packet_fine, large_byte_fine;
	uint32_t large_above_B;
	fine_t free_packet_fine;
	uint32_t free_above;
	enum cost_spread spread; /* EXPONENTIAL: the per-packet part is drawn for each packet */
};

#define COST_COPY_STEP_B 64
#define COST_COPY_STEPS_BELOW_B 1024

static inline uint32_t cost_copied_B(uint32_t size_B)
{
	if (size_B >= COST_COPY_STEPS_BELOW_B)
		return size_B;
	return (size_B + COST_COPY_STEP_B - 1) / COST_COPY_STEP_B * COST_COPY_STEP_B;
}

/* Whether what a packet costs depends on its size. */
static inline bool cost_by_size(const struct law *l)
{
	return l->byte_fine | l->copied_byte_fine | l->large_packet_fine | l->large_byte_fine;
}

/* What a packet costs, apart from its burst. */
static inline fine_t cost_packet(const struct law *l, uint32_t size_B)
{
	fine_t cost = l->packet_fine + (fine_t)size_B * l->byte_fine +
		      (fine_t)cost_copied_B(size_B) * l->copied_byte_fine;
	if (size_B > l->large_above_B)
		cost += l->large_packet_fine + (fine_t)size_B * l->large_byte_fine;
	return cost;
}

/* into += factor x c, part by part. */
void cost_add(struct cost *into, const struct cost *c, double factor);

/* What a burst of n packets of a size takes, in s, whatever the range of a fine_t. */
double cost_burst_s(const struct cost *c, double clock_hz, uint32_t n, uint32_t size_B);

/* The duration of a part at a clock, rounded up to 2^-20 ps (so that a poll loop whose period
 * divides the gap of constant-rate arrivals never slips ahead of them). */
fine_t cost_fine(struct cost_part p, double clock_hz);

/* The whole cost at a clock. fixed_size_B > 0: all packets have that size, and what depends on
 * bytes is folded into the per-packet part. */
struct law cost_law(const struct cost *c, double clock_hz, uint32_t fixed_size_B);

#endif
