/* SPDX-License-Identifier: GPL-3.0-or-later */
/* IPv4 forwarding with rte_fib: the two tables of DIR-24-8 as in nf_lpm, over the same routes, up
 * to a million of them. */
#include "calib/dpdk/nf.h"

#include <stdlib.h>

#include <rte_fib.h>
#include <rte_random.h>

#include "calib/dpdk/packet.h"
#include "calib/dpdk/route.h"

enum { NO_ROUTE = 0xffff };

struct fib {
	struct rte_fib *table;
	uint64_t sum; /* keeps the lookups from being optimised away */
	uint32_t key[NF_KEYS];
};

static void destroy(void *state)
{
	struct fib *f = state;

	rte_fib_free(f->table);
	free(f);
}

static void *create(uint32_t entries)
{
	struct rte_fib_conf config = {
		.type = RTE_FIB_DIR24_8,
		.default_nh = NO_ROUTE,
		.max_routes = (int)(entries + 64),
		.dir24_8 = {.nh_sz = RTE_FIB_DIR24_8_4B, .num_tbl8 = route_long_max(entries)},
	};
	struct fib *f = calloc(1, sizeof(*f));
	uint32_t i;

	if (!f)
		return NULL;
	f->table = rte_fib_create("calib_fib", SOCKET_ID_ANY, &config);
	for (i = 0; i < NF_KEYS || i < entries; i++) {
		struct route route = route_draw(i, entries);

		if (i < NF_KEYS)
			f->key[i] = route_destination(&route);
		if (!f->table || (i < entries && rte_fib_add(f->table, route.prefix, route.length,
							 i & 0xff))) {
			destroy(f);
			return NULL;
		}
	}
	return f;
}

static void fill(void *state, struct rte_mbuf *packet)
{
	struct fib *f = state;
	struct packet_flow flow = {
		.src = 0x0a000001, .dst = f->key[rte_rand_max(NF_KEYS)], .protocol = 17};

	packet_fill(packet, &flow);
}

static unsigned run(void *state, struct rte_mbuf **burst, unsigned n)
{
	uint32_t address[NF_BURST_MAX];
	uint64_t hop[NF_BURST_MAX];
	struct fib *f = state;
	unsigned i, kept = 0;

	for (i = 0; i < n; i++)
		address[i] = rte_be_to_cpu_32(packet_of(burst[i])->ip.dst_addr);
	rte_fib_lookup_bulk(f->table, address, hop, (int)n);
	for (i = 0; i < n; i++) {
		if (hop[i] == NO_ROUTE) {
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
	uint64_t hop[NF_BURST_MAX];
	struct fib *f = state;

	rte_fib_lookup_bulk(f->table, f->key + first, hop, (int)n);
	f->sum += hop[n - 1];
}

const struct nf nf_fib = {
	"fib", "IPv4 forwarding, rte_fib (DIR-24-8)", 1000000, create, destroy, fill, run, lookup};
