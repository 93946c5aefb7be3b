/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sink - where a chain's packets arrive and their latency is recorded
 *
 * sink_port is the port of a task whose packets end there without a wire (a VM that consumes them).
 */
#ifndef NFVSIM_MODEL_SINK_H
#define NFVSIM_MODEL_SINK_H

#include "model/port.h"
#include "sim/hist.h"

struct sink {
	struct hist latency_ps;    /* of the open window; taken and cleared by the caller */
	uint64_t packets, bytes_B; /* counters, never reset */
};

static inline void sink_take(struct sink *s, const struct pkt *p, ps_t now)
{
	s->packets++;
	s->bytes_B += p->size_B;
	hist_add(&s->latency_ps, now - p->stamp_ps);
}

#endif
