/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * packet_way - the way of one packet through a net, step by step, and which packet was slowest
 */
#ifndef NFVSIM_REPORT_PACKET_WAY_H
#define NFVSIM_REPORT_PACKET_WAY_H

#include "model/timeline.h"

enum way_kind {
	WAY_TESTER_WIRE, /* from the tester to the port */
	WAY_TRANSFER,    /* through NIC and link, until it lands in place */
	WAY_QUEUE,       /* waits in place */
	WAY_TASK,        /* the task works on its burst */
	WAY_BUFFER,      /* waits in the task's transmit buffer for a fuller burst or a flush */
	WAY_TX_QUEUE,    /* waits in place for the wire */
	WAY_WIRE,        /* on the wire out of place */
	WAY_LINK,        /* the link's delay after the last wire */
	WAY_DELIVERED,   /* an instant */
	WAY_DROPPED,     /* an instant, at place */
};

struct way_step {
	enum way_kind kind;
	uint32_t place, task; /* as in timeline.h */
	ps_t from_ps, to_ps;
};

#define WAY_STEPS 256 /* later ones are left out */

struct packet_way {
	uint32_t chain;
	uint64_t number; /* 0: of no packet */
	struct way_step step[WAY_STEPS];
	uint32_t n;
	ps_t took_ps, worked_ps; /* state: its last burst */
};

/* To be told everything that the timeline tells, in that order. */
void way_see_packet(struct packet_way *w, const struct timeline_packet *p);
void way_see_span(struct packet_way *w, const struct timeline_span *s);

/* "waits in pnic0.rx" */
const char *way_text(const struct way_step *s, const struct build *b, struct arena *a);

/* The packet that took longest of those sent and delivered in a window; of equals the first. */
struct way_slowest {
	ps_t from_ps, to_ps; /* the window */
	uint32_t chain;
	uint64_t number; /* 0: none was delivered */
	ps_t latency_ps;
};

void way_see_delivery(struct way_slowest *s, const struct timeline_packet *p);

#endif
