/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ring_port - hands packets to another core through a ring (vring, VALE port, software queue)
 *
 * drop: what finds the ring full is lost there (VALE, netmap commit 3ccdada: never blocks; virtio
 * guests under ip_pipeline). stall: the sender looks for room for the whole burst, waits and looks
 * again a few times before it puts what fits and loses the rest (BESS vhost driver of 2015-16:
 * BURST_RX_RETRIES 4, BURST_RX_WAIT_US 15). reserve: room is reserved before the copy, and what has
 * none is dropped without being copied (VALE: nm_bdg_flush leases slots of the destination first).
 */
#include "model/net.h"

static void put_all(struct port *p, const struct batch *b, ps_t now)
{
	struct ring *r = p->ring;
	ring_reserve(r, b->n);
	for (uint32_t i = 0; i < b->n; i++) {
		struct pkt *to = ring_next_slot(r);
		*to = *batch_at(b, i);
		to->land_ps = now + p->lag_ps;
	}
	net_wake(r->consumer);
}

static ps_t send_drop(struct port *p, struct batch b, ps_t now)
{
	put_all(p, &b, now);
	return 0;
}

static ps_t send_stall(struct port *p, struct batch b, ps_t now)
{
	ring_look(p->ring, now + p->lag_ps);
	if (ring_room(p->ring) < b.n && p->tried < p->retries) {
		p->tried++;
		return p->retry_wait_ps;
	}
	p->tried = 0;
	put_all(p, &b, now);
	return 0;
}

static uint32_t reserve(struct port *p, uint32_t n, ps_t now)
{
	ring_look(p->ring, now + p->lag_ps);
	uint32_t room = ring_room(p->ring);
	p->reserved = n < room ? n : room;
	return p->reserved;
}

static ps_t send_reserved(struct port *p, struct batch b, ps_t now)
{
	port_refuse(p->ring, &b, p->reserved, now);
	b.n = p->reserved;
	put_all(p, &b, now);
	return 0;
}

const struct port_ops ring_port_drop = {"drop", send_drop, NULL, false};
const struct port_ops ring_port_stall = {"stall", send_stall, NULL, true};
const struct port_ops ring_port_reserve = {"reserve", send_reserved, reserve, true};
