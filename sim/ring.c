/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/ring.h"

#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

/* Room beside cap for packets in hand (a burst) and on their way (a block of arrivals): enough that
 * growing is rare, small enough for the first-level cache. */
#define EXTRA_SLOTS 192

void ring_init(struct ring *r, const char *name, uint32_t cap)
{
	uint32_t slots = 2;
	while (slots < cap + EXTRA_SLOTS)
		slots *= 2;
	*r = (struct ring){.slot = xcalloc(slots, sizeof *r->slot),
		.mask = slots - 1,
		.cap = cap,
		.horizon_ps = PS_NEVER,
		.name = name};
}

void ring_free(struct ring *r)
{
	free(r->slot);
	r->slot = NULL;
}

/* The first cap packets stay, those after them up to landed_end found the ring full, and what is
 * still on its way closes up. */
void ring_overflow(struct ring *r, uint32_t landed_end)
{
	uint32_t keep = r->head + r->cap;
	uint32_t lost = landed_end - keep;
	for (uint32_t i = keep; r->watch && i != landed_end; i++)
		r->watch->lost(r->watch->arg, ring_at(r, i), ring_at(r, i)->land_ps);
	for (uint32_t i = landed_end; i != r->coming; i++)
		*ring_at(r, i - lost) = *ring_at(r, i);
	r->coming -= lost;
	r->dropped += lost;
	r->tail = keep;
}

void ring_grow(struct ring *r)
{
	uint32_t slots = (r->mask + 1) * 2;
	struct pkt *bigger = xcalloc(slots, sizeof *bigger);
	for (uint32_t i = r->done; i != r->coming; i++)
		bigger[i & (slots - 1)] = *ring_at(r, i);
	free(r->slot);
	r->slot = bigger;
	r->mask = slots - 1;
}
