/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * timeline - what cores, queues and single packets do, as it happens
 *
 * An observer (schedule.h) of a net that turns each step of a core into spans, levels of queues and
 * ways of packets, and tells them to a viewer. What it tells adds up to the net's own counters: one
 * TIMELINE_BURST per burst of a task with its packets and busy time, one TIMELINE_FLUSH per flush,
 * one TIMELINE_DROPPED per packet counted as dropped, and so on (a test compares them).
 *
 * Packets are numbered per chain from 1 in the order in which the tester sends them. The number
 * follows from the instant at which a packet's latency starts to count; packets of a chain that
 * share that instant (possible with `stamp: create`) share the first one's number.
 */
#ifndef NFVSIM_MODEL_TIMELINE_H
#define NFVSIM_MODEL_TIMELINE_H

#include "model/build.h"

#define TIMELINE_NONE UINT32_MAX

enum timeline_doing {
	TIMELINE_BURST,   /* a task works on a burst; includes its stalls */
	TIMELINE_FLUSH,   /* a task sends what its flush timer found waiting */
	TIMELINE_STALL,   /* within one of these: it waits for room downstream */
	TIMELINE_POLLING, /* polls that find nothing */
	TIMELINE_ASLEEP,  /* from the last poll to the interrupt */
	TIMELINE_WAKING,  /* from the interrupt to the first poll */
};

/* What a core did, told when it has ended, but for what is under way in the end. */
struct timeline_span {
	enum timeline_doing doing;
	uint32_t core;        /* number of the core */
	uint32_t task;        /* index in build->tasks, or TIMELINE_NONE */
	ps_t from_ps, to_ps;  /* to_ps: may lie behind the end of the run if open */
	bool open;            /* has not ended: what it adds to busy time is not counted yet */
	uint32_t packets;     /* BURST: taken; FLUSH: to be sent */
	uint64_t bytes_B;     /* of these packets */
	ps_t stalled_ps;      /* BURST, FLUSH: at its end */
	ps_t copying_ps;      /* BURST: the part that the profile calls copying */
	ps_t wait_ps;         /* BURST: sum over its packets, from landing to being taken */
	ps_t longest_wait_ps; /* BURST */
	uint64_t first, last; /* BURST: numbers of its first and last packet; 0: none */
};

enum timeline_event {
	TIMELINE_SENT,      /* on the tester's wire: from_ps to to_ps; told when it has arrived */
	TIMELINE_TAKEN,     /* landed in place at from_ps, taken by task at to_ps */
	TIMELINE_HANDED_ON, /* by task at to_ps (= from_ps), into place or to the sink */
	TIMELINE_ON_WIRE,   /* out of place: from_ps to to_ps, when it has left */
	TIMELINE_DELIVERED, /* left the last port at from_ps (when it is counted), arrived to_ps */
	TIMELINE_DROPPED,   /* at place, to_ps (= from_ps) */
	TIMELINE_WAITING,   /* in the end, in place since from_ps (perhaps ahead: on its way) */
};

/* What happened to a packet. DELIVERED come in the order of time, the others may be told early
 * (ON_WIRE) or late (DROPPED, when somebody looks). */
struct timeline_packet {
	enum timeline_event event;
	uint32_t chain;
	uint64_t number;
	const struct pkt *pkt; /* good for the call */
	uint32_t place, task;  /* indices in build->places and build->tasks, or TIMELINE_NONE */
	ps_t from_ps, to_ps;
};

/* Each may be NULL. */
struct timeline_viewer {
	void *arg;
	void (*span)(void *arg, const struct timeline_span *s);
	void (*packet)(void *arg, const struct timeline_packet *p);
	void (*level)(void *arg, uint32_t place, ps_t at_ps, uint32_t waiting);
};

struct timeline;

/* The viewer is copied. */
struct timeline *timeline_new(const struct timeline_viewer *viewer);
void timeline_free(struct timeline *t);

/* A build_tune: lets the timeline observe the net that is being built. */
void timeline_attach(void *timeline, struct build *b);

/* To be called when the net has run for the last time: tells what is under way. */
void timeline_end(struct timeline *t);

#endif
