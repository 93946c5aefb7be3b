/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trace_out - simulates a time window and writes it down: a timeline, a capture
 */
#ifndef NFVSIM_CLI_TRACE_OUT_H
#define NFVSIM_CLI_TRACE_OUT_H

#include "report/chrome_trace.h"

#include <stdio.h>

enum trace_pick { TRACE_SLOWEST, TRACE_NUMBER, TRACE_NO_PACKET };

struct trace_wish {
	ps_t from_ps, for_ps;
	uint32_t replication;
	enum trace_pick pick;
	uint32_t chain; /* NUMBER: of the packet to follow */
	uint64_t number;
	FILE *json, *pcap; /* NULL: not wanted */
	uint32_t snaplen;
	void (*progress)(void *arg, double share); /* may be NULL */
	void *arg;
};

struct trace_answer {
	struct chrome_totals totals;
	struct packet_way way;
	uint64_t captured;   /* packets in the capture */
	struct build *build; /* names what the way's steps point to; freed by trace_free */
};

/* Simulates up to the end of the window, twice if the slowest packet is to be found. */
struct trace_answer *trace_simulate(const struct scenario *s, const struct trace_wish *w);
void trace_free(struct trace_answer *a);

/* What was written, and the packet's way, for people and for programs. */
void trace_print(const struct trace_answer *a, const struct trace_wish *w, FILE *to);
void trace_print_json(const struct trace_answer *a, const struct trace_wish *w);

#endif
