/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * chrome_trace - a time window of a timeline as JSON for Perfetto and chrome://tracing
 *
 * Format: "Trace Event Format" (Chromium project, Nduca and Sinclair), object form. Times are
 * microseconds with three decimals, rounded down to whole ns at both ends of a slice, so that what
 * follows without a gap still does.
 *
 *   process "cores of SERVER"   a thread a core: bursts (with copying and stalls inside), flushes,
 *                               polling in vain, sleep, wake-ups
 *   process "queues"            a counter a queue: packets waiting; a thread a queue: drops
 *   process "wires"             a thread a wire: frames
 *   process "packet N"          the steps of one packet's way, tied to the others by flow arrows
 */
#ifndef NFVSIM_REPORT_CHROME_TRACE_H
#define NFVSIM_REPORT_CHROME_TRACE_H

#include "report/packet_way.h"

#include <stdio.h>

/* Sums over the window, as a run counts them: bursts and packets when taken, time and flushes when
 * done, drops when they happen, deliveries when they leave the last port. */
struct chrome_totals {
	uint64_t spans, bursts, packets, flushes, wakes, dropped, delivered, sent;
	ps_t busy_ps, stalled_ps;
};

struct chrome_trace {
	FILE *to;
	const struct build *build;
	ps_t from_ps, to_ps; /* the window */
	struct packet_way *way;
	struct chrome_totals totals;
	/* state */
	bool comma;
	uint32_t *level;         /* of each place, as last written */
	uint32_t *wire, n_wires; /* of each place: number of the wire behind it */
	const char **name;       /* of each task and place, as JSON; see name_of() */
	struct arena *arena;
};

/* The opening, with the names of all tracks. to, from_ps, to_ps and way are set. */
void chrome_start(struct chrome_trace *c, const struct build *b);

/* Parts of a timeline_viewer; arg is the chrome_trace. */
void chrome_span(void *arg, const struct timeline_span *s);
void chrome_packet(void *arg, const struct timeline_packet *p);
void chrome_level(void *arg, uint32_t place, ps_t at_ps, uint32_t waiting);

/* The way of the packet, and the end of the text. */
void chrome_end(struct chrome_trace *c);

#endif
