/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * port - where a task's packets go: a ring, a transmit queue, or out of the model
 *
 * What happens when the place is full is the port's mechanism; each is one entry in a table
 * (port_ops_list) and one file: ring_port.c (drop, or stall and retry), pnic.c (transmit queue),
 * sink.c (the packet has arrived).
 */
#ifndef NFVSIM_MODEL_PORT_H
#define NFVSIM_MODEL_PORT_H

#include "sim/ring.h"

struct port;

/* n packets in slots[(first + i) & mask]. */
struct batch {
	const struct pkt *slots;
	uint32_t mask, first, n;
};

struct port_ops {
	const char *name;
	/* Hands a batch over at now. 0: done, all packets are accepted or counted as dropped.
	 * Otherwise: the core stalls for so many ps, then calls again with the same batch. */
	ps_t (*send)(struct port *p, struct batch b, ps_t now);
	/* Before the work on n packets starts: how many of them will be handed on. The rest is
	 * dropped by send, and the task does not pay for handing it on. NULL: all will be tried. */
	uint32_t (*reserve)(struct port *p, uint32_t n, ps_t now);
	bool asks_for_room; /* looks at the ring's state before it hands over */
};

struct port {
	const struct port_ops *ops;
	struct ring *ring;  /* RING ports: destination */
	ps_t lag_ps;        /* set by net_start: 1 if its reader acts first within an instant */
	struct txq *txq;    /* pNIC ports */
	struct sink *sink;  /* sink ports */
	ps_t retry_wait_ps; /* RING ports that stall */
	uint32_t reserved;  /* by the task in hand */
	uint32_t retries, tried; /* how often they look again; how often they did for this batch */
	struct pkt *buf;         /* packets staged or waiting for a full burst */
	uint32_t buffered, due;  /* due: how many of them the task in hand sends */
	uint64_t sends;
};

extern const struct port_ops ring_port_drop;    /* ring_port.c */
extern const struct port_ops ring_port_stall;   /* ring_port.c */
extern const struct port_ops ring_port_reserve; /* ring_port.c */
extern const struct port_ops pnic_port;         /* pnic.c */
extern const struct port_ops sink_port;         /* sink.c */

static inline const struct pkt *batch_at(const struct batch *b, uint32_t i)
{
	return &b->slots[(b->first + i) & b->mask];
}

/* The packets of a batch from the n-th on find no room in a ring. */
static inline void port_refuse(struct ring *r, const struct batch *b, uint32_t n, ps_t now)
{
	r->put += b->n - n;
	r->dropped += b->n - n;
	for (uint32_t i = n; r->watch && i < b->n; i++)
		r->watch->lost(r->watch->arg, batch_at(b, i), now);
}

#endif
