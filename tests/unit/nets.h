/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * nets - small nets built by hand, and a port that writes down every packet that arrives
 *
 * A trace is a sink that also keeps each departure, in order. It lives outside its net, so that it
 * can be read after the net is gone.
 */
#ifndef NFVSIM_TESTS_UNIT_NETS_H
#define NFVSIM_TESTS_UNIT_NETS_H

#include "model/net.h"
#include "sim/philox.h"

#include <stdlib.h>

/* A source whose frames take no time on the wire. */
#define NO_WIRE ((struct wire){0})

struct departure {
	ps_t stamp_ps, left_ps;
	uint32_t flow;
};

struct trace {
	struct sink sink; /* first: ports point to it */
	struct departure *at;
	size_t n, room;
};

static inline void trace_add(struct trace *t, const struct pkt *p, ps_t now)
{
	if (t->n == t->room) {
		t->room = t->room ? 2 * t->room : 256;
		t->at = xrealloc(t->at, t->room, sizeof *t->at);
	}
	t->at[t->n++] = (struct departure){p->stamp_ps, now, p->flow};
}

static inline ps_t trace_send(struct port *p, struct batch b, ps_t now)
{
	for (uint32_t i = 0; i < b.n; i++) {
		trace_add((struct trace *)p->sink, batch_at(&b, i), now);
		sink_take(p->sink, batch_at(&b, i), now);
	}
	return 0;
}

static const struct port_ops trace_port = {.name = "trace", .send = trace_send};

/* Lets a port end in the trace, which becomes one of the net's sinks. */
static inline void trace_attach(struct net *net, struct port *p, struct trace *t)
{
	net_sink(net);
	net->sinks.item[net->sinks.n - 1] = t;
	p->ops = &trace_port;
	p->sink = &t->sink;
}

static inline void trace_free(struct trace *t)
{
	free(t->at);
	*t = (struct trace){0};
}

static inline bool trace_same(const struct trace *a, const struct trace *b)
{
	for (size_t i = 0; i < a->n && i < b->n; i++)
		if (a->at[i].stamp_ps != b->at[i].stamp_ps ||
			a->at[i].left_ps != b->at[i].left_ps || a->at[i].flow != b->at[i].flow)
			return false;
	return a->n == b->n;
}

static const uint32_t nets_size_B = 64;

static inline struct source_spec poisson_of(double rate_pps)
{
	return (struct source_spec){.arrivals = ARRIVALS_POISSON,
		.rate_pps = rate_pps,
		.sizes_B = &nets_size_B,
		.n_sizes = 1,
		.flows = 1,
		.tester_burst = 1};
}

static inline struct source_spec cbr_of(double rate_pps)
{
	struct source_spec s = poisson_of(rate_pps);
	s.arrivals = ARRIVALS_CBR;
	return s;
}

static inline struct source_spec replay_of(const struct source_record *records, size_t n)
{
	struct source_spec s = poisson_of(1);
	s.arrivals = ARRIVALS_PCAP;
	s.records = records;
	s.n_records = n;
	return s;
}

/* Uniform in lo..hi, from Knuth's 64-bit linear congruential generator. */
static inline int64_t random_in(uint64_t *z, int64_t lo, int64_t hi)
{
	*z = *z * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return lo + (int64_t)((*z >> 16) % (uint64_t)(hi - lo + 1));
}

/* True in one of n cases. */
static inline bool one_in(uint64_t *z, int64_t n)
{
	return random_in(z, 1, n) == 1;
}

static inline fine_t fine_of_ps(double ps)
{
	return (fine_t)(ps * (double)FINE_PER_PS);
}

/* A ring with a core of its own that polls it for nothing, in bursts of one, and takes packet_ps
 * for each packet: a single server. The task's port is to be filled in. */
static inline struct task *server_of(
	struct net *net, const char *name, struct ring *in, double packet_ps)
{
	struct task *t = net_task(net, net_core(net, name, 1e9), name, in, 1, 1);
	t->law.packet_fine = fine_of_ps(packet_ps);
	return t;
}

/* Sends what a task finishes into a ring that drops. */
static inline void into_ring(struct port *p, struct ring *r)
{
	p->ops = &ring_port_drop;
	p->ring = r;
}

static inline void into_sink(struct net *net, struct port *p)
{
	p->ops = &sink_port;
	p->sink = net_sink(net);
}

#define AMPLE 100000 /* a ring that never fills */

/* A source and its one queue. */
static inline struct ring *queue_of(struct net *net, const struct source_spec *spec, uint32_t cap)
{
	struct nic_rx *rx = net_rx(net, "pnic0", 1, cap);
	net_source(net, "gen", spec, rx, NO_WIRE);
	return &rx->queue[0];
}

#define STAGES 3

/* A chain of servers, each with a core of its own, into a trace. */
static inline void chain_of(struct net *net, struct ring *in, const double *service_ps,
	enum cost_spread spread, struct trace *trace)
{
	for (int i = 0; i < STAGES; i++) {
		char name[] = {'s', (char)('0' + i), 0};
		struct task *t = server_of(net, name, in, service_ps[i]);
		t->law.spread = spread;
		if (i + 1 == STAGES) {
			trace_attach(net, &t->out[0], trace);
		} else {
			in = net_ring(net, name, AMPLE);
			into_ring(&t->out[0], in);
		}
	}
	net_start(net);
}

#endif
