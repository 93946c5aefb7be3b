/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * IPv4 forwarding with rte_lpm (DIR-24-8). Routes are drawn uniformly over the address space with
 * lengths of 16 to 24 bits, one in a hundred longer; every destination used lies under a route.
 * rte_lpm looks through all rules of a length when it adds one, which bounds the tables that can
 * be built here; nf_fib has the same lookup with a faster build.
 */
#include "calib/dpdk/nf.h"

#include <stdlib.h>

#include <rte_lpm.h>
#include <rte_random.h>

#include "calib/dpdk/packet.h"
#include "calib/dpdk/route.h"

struct lpm {
	struct rte_lpm *table;
	uint32_t sum; /* keeps the lookups from being optimised away */
	uint32_t key[NF_KEYS];
};

static void destroy(void *state)
{
	struct lpm *l = state;

	rte_lpm_free(l->table);
	free(l);
}

static void *create(uint32_t entries)
{
	struct rte_lpm_config config = {
		.max_rules = entries, .number_tbl8s = route_long_max(entries)};
	struct lpm *l = calloc(1, sizeof(*l));
	uint32_t i;

	if (!l)
		return NULL;
	l->table = rte_lpm_create("calib_lpm", SOCKET_ID_ANY, &config);
	for (i = 0; i < NF_KEYS || i < entries; i++) {
		struct route route = route_draw(i, entries);

		if (i < NF_KEYS)
			l->key[i] = route_destination(&route);
		if (!l->table || (i < entries && rte_lpm_add(l->table, route.prefix, route.length,
							 i & 0xff) < 0)) {
			destroy(l);
			return NULL;
		}
	}
	return l;
}

static void fill(void *state, struct rte_mbuf *packet)
{
	struct lpm *l = state;
	struct packet_flow flow = {
		.src = 0x0a000001, .dst = l->key[rte_rand_max(NF_KEYS)], .protocol = 17};

	packet_fill(packet, &flow);
}

static unsigned run(void *state, struct rte_mbuf **burst, unsigned n)
{
	uint32_t address[NF_BURST_MAX], hop[NF_BURST_MAX];
	struct lpm *l = state;
	unsigned i, kept = 0;

	for (i = 0; i < n; i++)
		address[i] = rte_be_to_cpu_32(packet_of(burst[i])->ip.dst_addr);
	rte_lpm_lookup_bulk(l->table, address, hop, n);
	for (i = 0; i < n; i++) {
		if (!(hop[i] & RTE_LPM_LOOKUP_SUCCESS)) {
			rte_pktmbuf_free(burst[i]);
			continue;
		}
		packet_forward(packet_of(burst[i]));
		burst[kept++] = burst[i];
	}
	return kept;
}

static void lookup(void *state, uint32_t first, unsigned n)
{
	uint32_t hop[NF_BURST_MAX];
	struct lpm *l = state;

	rte_lpm_lookup_bulk(l->table, l->key + first, hop, n);
	l->sum += hop[n - 1];
}

const struct nf nf_lpm = {
	"lpm", "IPv4 forwarding, rte_lpm", 100000, create, destroy, fill, run, lookup};
