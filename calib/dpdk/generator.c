/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See generator.h. The instant stands behind the UDP header, in any frame of 64 B or more. */
#include "calib/dpdk/generator.h"

#include <string.h>

#include <rte_cycles.h>
#include <rte_mbuf.h>

#include "calib/dpdk/bench.h"
#include "calib/dpdk/packet.h"

enum { STAMP_AT = 44 };

int generator_headers(struct generator *g, const struct nf *nf, void *state)
{
	struct rte_mbuf *m = packet_make(g->pool, 64);
	unsigned i;

	if (!m)
		return -1;
	for (i = 0; i < GENERATOR_FLOWS; i++) {
		nf->fill(state, m);
		memcpy(g->header[i], packet_of(m), GENERATOR_HEADER_B);
	}
	rte_pktmbuf_free(m);
	return 0;
}

void generator_start(struct generator *g, double rate_pps, double tsc_hz, unsigned size_B)
{
	g->data_B = (uint16_t)(size_B - BENCH_CRC_B);
	g->gap_cycles = tsc_hz / rate_pps;
	g->next = g->lost = g->received = 0;
	g->n_latencies = 0;
	g->start = rte_rdtsc();
}

/* How many packets wait, of those due; what found no slot is gone. */
static uint64_t waiting(struct generator *g)
{
	uint64_t due, n;

	g->now = rte_rdtsc();
	due = (uint64_t)((double)(g->now - g->start) / g->gap_cycles) + 1;
	n = due - g->next;

	if (n > GENERATOR_SLOTS) {
		g->lost += n - GENERATOR_SLOTS;
		g->next = due - GENERATOR_SLOTS;
		n = GENERATOR_SLOTS;
	}
	return n;
}

unsigned generator_get(struct generator *g, struct rte_mbuf **burst, unsigned n)
{
	unsigned i;

	n = (unsigned)RTE_MIN(waiting(g), (uint64_t)n);
	if (!n || rte_pktmbuf_alloc_bulk(g->pool, burst, n))
		return 0;
	for (i = 0; i < n; i++, g->next++) {
		uint64_t due = g->start + (uint64_t)((double)g->next * g->gap_cycles);
		char *data = rte_pktmbuf_mtod(burst[i], char *);

		burst[i]->data_len = g->data_B;
		burst[i]->pkt_len = g->data_B;
		memcpy(data, g->header[g->next % GENERATOR_FLOWS], GENERATOR_HEADER_B);
		memcpy(data + STAMP_AT, &due, sizeof(due));
	}
	return n;
}

void generator_put(struct generator *g, struct rte_mbuf **burst, unsigned n)
{
	uint64_t due[NF_BURST_MAX], now;
	unsigned i;

	for (i = 0; i < n; i++)
		memcpy(&due[i], rte_pktmbuf_mtod(burst[i], char *) + STAMP_AT, sizeof(due[i]));
	rte_pktmbuf_free_bulk(burst, n);
	now = rte_rdtsc();
	for (i = 0; i < n; i++) {
		if (due[i] < g->start)
			continue;
		g->received++;
		if (g->n_latencies < g->latency_room)
			g->latency_cycles[g->n_latencies++] = now - due[i];
	}
}
