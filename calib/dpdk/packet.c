/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See packet.h. */
#include "calib/dpdk/packet.h"

#include <string.h>

#include "calib/dpdk/bench.h"

static const struct rte_ether_addr here = {{2, 0, 0, 0, 0, 1}},
				   there = {{2, 0, 0, 0, 0, 2}}; /* locally administered */

void packet_fill(struct rte_mbuf *m, const struct packet_flow *flow)
{
	struct packet *p = packet_of(m);
	uint16_t length = (uint16_t)(rte_pktmbuf_data_len(m) - sizeof(p->ether));

	memset(p, 0, sizeof(*p));
	p->ether = (struct rte_ether_hdr){there, here, rte_cpu_to_be_16(RTE_ETHER_TYPE_IPV4)};
	p->ip.version_ihl = RTE_IPV4_VHL_DEF;
	p->ip.total_length = rte_cpu_to_be_16(length);
	p->ip.time_to_live = 64;
	p->ip.next_proto_id = flow->protocol;
	p->ip.src_addr = rte_cpu_to_be_32(flow->src);
	p->ip.dst_addr = rte_cpu_to_be_32(flow->dst);
	p->ip.hdr_checksum = rte_ipv4_cksum(&p->ip);
	p->udp.src_port = rte_cpu_to_be_16(flow->src_port);
	p->udp.dst_port = rte_cpu_to_be_16(flow->dst_port);
	p->udp.dgram_len = rte_cpu_to_be_16((uint16_t)(length - sizeof(p->ip)));
}

/* The checksum follows a TTL lower by one as in RFC 1624; a TTL that runs out starts again, as
 * packets go in circles here. */
void packet_forward(struct packet *p)
{
	uint32_t sum = (uint32_t)p->ip.hdr_checksum + rte_cpu_to_be_16(0x0100);

	p->ip.time_to_live--;
	p->ip.hdr_checksum = (uint16_t)(sum + (sum >= 0xffff));
	p->ether.dst_addr = there;
	p->ether.src_addr = here;
}

struct rte_mbuf *packet_make(struct rte_mempool *pool, unsigned size_B)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(pool);
	char *data = m ? rte_pktmbuf_append(m, (uint16_t)(size_B - BENCH_CRC_B)) : NULL;

	if (data)
		memset(data, 0, size_B - BENCH_CRC_B);
	return m;
}
