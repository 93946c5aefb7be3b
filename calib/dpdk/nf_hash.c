/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A flow table: the 5-tuple of each packet is looked up in rte_hash (cuckoo, CRC32); unknown
 * flows pass too. */
#include "calib/dpdk/nf.h"

#include <stdlib.h>
#include <string.h>

#include <rte_hash.h>
#include <rte_hash_crc.h>
#include <rte_random.h>

#include "calib/dpdk/packet.h"

struct flow_key {
	uint32_t src, dst; /* as on the wire */
	uint16_t src_port, dst_port;
	uint32_t protocol;
};

struct flows {
	struct rte_hash *table;
	uint64_t hits;
	struct flow_key key[NF_KEYS];
};

static struct flow_key draw_flow(uint32_t i)
{
	return (struct flow_key){rte_cpu_to_be_32(0x0a000000 + i),
		rte_cpu_to_be_32(0xc0000000 + i * 7919), rte_cpu_to_be_16((uint16_t)i),
		rte_cpu_to_be_16(53), 17};
}

static void destroy(void *state)
{
	struct flows *f = state;

	rte_hash_free(f->table);
	free(f);
}

static void *create(uint32_t entries)
{
	struct rte_hash_parameters parameters = {
		.name = "calib_hash",
		.entries = entries + entries / 4 + 64, /* room enough that no key is refused */
		.key_len = sizeof(struct flow_key),
		.hash_func = rte_hash_crc,
	};
	struct flows *f = calloc(1, sizeof(*f));
	uint32_t i;

	if (!f)
		return NULL;
	f->table = rte_hash_create(&parameters);
	for (i = 0; i < entries; i++) {
		struct flow_key key = draw_flow(i);

		if (!f->table || rte_hash_add_key(f->table, &key) < 0) {
			destroy(f);
			return NULL;
		}
	}
	for (i = 0; i < NF_KEYS; i++)
		f->key[i] = draw_flow((uint32_t)rte_rand_max(entries));
	return f;
}

static void fill(void *state, struct rte_mbuf *packet)
{
	struct flows *f = state;
	const struct flow_key *key = &f->key[rte_rand_max(NF_KEYS)];
	struct packet_flow flow = {rte_be_to_cpu_32(key->src), rte_be_to_cpu_32(key->dst),
		rte_be_to_cpu_16(key->src_port), rte_be_to_cpu_16(key->dst_port),
		(uint8_t)key->protocol};

	packet_fill(packet, &flow);
}

static void find(struct flows *f, const struct flow_key *key, unsigned n)
{
	const void *pointer[RTE_HASH_LOOKUP_BULK_MAX];
	int32_t position[RTE_HASH_LOOKUP_BULK_MAX];
	unsigned i;

	for (i = 0; i < n; i++)
		pointer[i] = &key[i];
	rte_hash_lookup_bulk(f->table, pointer, n, position);
	for (i = 0; i < n; i++)
		f->hits += position[i] >= 0;
}

static unsigned run(void *state, struct rte_mbuf **burst, unsigned n)
{
	struct flow_key key[RTE_HASH_LOOKUP_BULK_MAX];
	unsigned i, done;

	for (done = 0; done < n; done += i) {
		for (i = 0; i < RTE_HASH_LOOKUP_BULK_MAX && done + i < n; i++) {
			const struct packet *p = packet_of(burst[done + i]);

			key[i] = (struct flow_key){p->ip.src_addr, p->ip.dst_addr, p->udp.src_port,
				p->udp.dst_port, p->ip.next_proto_id};
		}
		find(state, key, i);
	}
	return n;
}

static void lookup(void *state, uint32_t first, unsigned n)
{
	struct flows *f = state;
	unsigned done, part;

	for (done = 0; done < n; done += part) {
		part = RTE_MIN(n - done, (unsigned)RTE_HASH_LOOKUP_BULK_MAX);
		find(f, f->key + first + done, part);
	}
}

const struct nf nf_hash = {
	"hash", "flow table, rte_hash on the 5-tuple", 1000000, create, destroy, fill, run, lookup};
