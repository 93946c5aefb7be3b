/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ring - bounded FIFO of packets with tail drop, passive until somebody looks
 *
 * Producers append packets together with the instant at which they land; that may lie ahead (a
 * packet on the wire). Whether a landed packet found room is judged when a core looks at the ring:
 * nothing leaves between two looks, so the answer is the one that each landing would have got.
 *
 *   done        head           tail             coming
 *    | in hand   | waiting      | on its way      |
 *
 * in hand: taken by the consumer, which is working on them; they hold no room any more.
 * waiting: accepted; at most cap. on its way: not judged yet; landing instants ascend.
 *
 * Invariant: put = left + dropped + (coming - done), checked by net_check().
 * Cost: O(1) a packet; a drop moves what is on its way behind it.
 */
#ifndef NFVSIM_SIM_RING_H
#define NFVSIM_SIM_RING_H

#include "sim/simtime.h"

#include <stdbool.h>

struct pkt {
	ps_t land_ps;    /* reaches the ring; in a transmit ring: has left the wire */
	ps_t stamp_ps;   /* its latency counts from here */
	uint32_t size_B; /* with CRC */
	uint32_t flow;   /* flow number, from 0 */
};

/* Told of every packet that found no room, with the instant of that; may be told of it later. */
struct ring_watch {
	void (*lost)(void *arg, const struct pkt *p, ps_t at_ps);
	void *arg;
};

struct ring {
	struct pkt *slot;
	uint32_t mask; /* slots - 1; slots is a power of two */
	uint32_t cap;
	uint32_t done, head, tail, coming; /* free-running */
	uint64_t put, dropped, left;
	ps_t horizon_ps; /* arrivals up to here are known; PS_NEVER: producers are cores */
	void (*refill)(void *feeder, ps_t now); /* asked for more when a look reaches horizon_ps */
	void *feeder;
	const char *name;      /* place where its drops are counted */
	struct core *consumer; /* woken by ring_put's caller; NULL: none */
	struct task *reader;
	const struct ring_watch *watch; /* NULL: nobody */
};

/* cap >= 1 packets of room; extra slots are kept for packets in hand and on their way. */
void ring_init(struct ring *r, const char *name, uint32_t cap);
void ring_free(struct ring *r);

/* Slow paths of the inline functions below. */
void ring_overflow(struct ring *r, uint32_t landed_end);
void ring_grow(struct ring *r);

static inline struct pkt *ring_at(const struct ring *r, uint32_t i)
{
	return &r->slot[i & r->mask];
}

/* Brings the ring up to date: all that landed up to now is accepted or dropped. */
static inline void ring_look(struct ring *r, ps_t now)
{
	if (__builtin_expect(now >= r->horizon_ps, 0))
		r->refill(r->feeder, now);
	uint32_t i = r->tail;
	if (i == r->coming)
		return;
	if (ring_at(r, r->coming - 1)->land_ps <= now)
		i = r->coming;
	else
		while (ring_at(r, i)->land_ps <= now)
			i++;
	if (__builtin_expect(i - r->head > r->cap, 0))
		ring_overflow(r, i);
	else
		r->tail = i;
}

static inline uint32_t ring_waiting(const struct ring *r)
{
	return r->tail - r->head;
}

/* Free room after a look. */
static inline uint32_t ring_room(const struct ring *r)
{
	return r->cap - ring_waiting(r);
}

/* The slot for one more packet, to be filled by the caller; land_ps must not be below that of the
 * packet put before it. */
static inline struct pkt *ring_put(struct ring *r)
{
	if (__builtin_expect(r->coming - r->done > r->mask, 0))
		ring_grow(r);
	r->put++;
	return ring_at(r, r->coming++);
}

/* Makes sure that the next n calls of ring_next_slot have room. */
static inline void ring_reserve(struct ring *r, uint32_t n)
{
	while (__builtin_expect(r->coming - r->done + n > r->mask + 1, 0))
		ring_grow(r);
}

/* ring_put without its check, after ring_reserve. */
static inline struct pkt *ring_next_slot(struct ring *r)
{
	r->put++;
	return ring_at(r, r->coming++);
}

/* The earliest instant at which a look may find a packet, or learn more: landing of the first one
 * not taken, else the horizon. */
static inline ps_t ring_next(const struct ring *r)
{
	return r->head != r->coming ? ring_at(r, r->head)->land_ps : r->horizon_ps;
}

#endif
