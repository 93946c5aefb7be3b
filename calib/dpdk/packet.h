/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A UDP packet as all network functions here expect it: Ethernet, IPv4 without options, UDP, no
 * VLAN tag. */
#ifndef CALIB_DPDK_PACKET_H
#define CALIB_DPDK_PACKET_H

#include <stdint.h>

#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_mbuf.h>
#include <rte_udp.h>

struct packet {
	struct rte_ether_hdr ether;
	struct rte_ipv4_hdr ip;
	struct rte_udp_hdr udp;
} __attribute__((packed, aligned(2)));

struct packet_flow { /* host byte order */
	uint32_t src, dst;
	uint16_t src_port, dst_port;
	uint8_t protocol;
};

static inline struct packet *packet_of(struct rte_mbuf *m)
{
	return rte_pktmbuf_mtod(m, struct packet *);
}

void packet_fill(struct rte_mbuf *m, const struct packet_flow *flow);
void packet_forward(
	struct packet *p); /* what every router does: TTL, checksum, addresses of the next link */
struct rte_mbuf *packet_make(
	struct rte_mempool *pool, unsigned size_B); /* frame size with CRC; NULL without a buffer */

#endif
