/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * timeline_numbers - the number of a packet, from the instant at which its latency starts to count
 *
 * A second copy of a chain's tester, which draws the same packets from streams of its own. The
 * last of them are kept, more than can be under way at once.
 */
#ifndef NFVSIM_MODEL_TIMELINE_NUMBERS_H
#define NFVSIM_MODEL_TIMELINE_NUMBERS_H

#include "model/source.h"

struct numbers {
	struct source source;
	struct pkt *sent; /* the last of those drawn; number n is at (n - 1) & mask */
	uint64_t mask, drawn, told;
};

/* most: packets that can be under way at once. */
void numbers_init(struct numbers *n, const struct source *s, uint64_t seed, uint32_t replication,
	uint64_t most);
void numbers_free(struct numbers *n);

/* The number of the packet whose latency counts from stamp_ps; 0: it is not among those kept. */
uint64_t numbers_find(struct numbers *n, ps_t stamp_ps);

/* The next packet that reaches its port up to now (land_ps) and was not told yet, with its number;
 * NULL: none. */
const struct pkt *numbers_next(struct numbers *n, ps_t now, uint64_t *number);

#endif
