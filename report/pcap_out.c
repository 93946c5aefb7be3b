/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/pcap_out.h"

#include <arpa/inet.h>
#include <endian.h>
#include <net/ethernet.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <string.h>

#define MAGIC_NS 0xa1b23c4d
#define LINKTYPE_ETHERNET 1
#define CRC_B 4
#define TTL 64

struct file_header {
	uint32_t magic;
	uint16_t major, minor;
	uint32_t zero[2], snaplen, linktype;
};

struct record_header {
	uint32_t s, ns, captured, length;
};

struct frame {
	struct ether_header eth;
	struct iphdr ip;
	struct udphdr udp;
	uint64_t number, stamp_ps;
} __attribute__((packed));

_Static_assert(sizeof(struct frame) <= PCAP_OUT_LEAST_SNAPLEN, "kept whole");

void pcap_out_start(const struct pcap_out *o)
{
	const struct file_header h = {.magic = MAGIC_NS,
		.major = 2,
		.minor = 4,
		.snaplen = o->snaplen,
		.linktype = LINKTYPE_ETHERNET};
	fwrite(&h, sizeof h, 1, o->to);
}

/* RFC 1071, over a header with a zero checksum. */
static uint16_t checksum(const struct iphdr *ip)
{
	const unsigned char *bytes = (const unsigned char *)ip;
	uint32_t sum = 0;
	for (size_t i = 0; i < sizeof *ip; i += 2)
		sum += (uint32_t)bytes[i] << 8 | bytes[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t)~sum);
}

static struct frame frame_of(const struct timeline_packet *p, uint32_t length)
{
	struct pnic_flow flow = pnic_flow_of(p->pkt->flow);
	uint16_t ip_length = (uint16_t)(length - sizeof(struct ether_header));
	struct iphdr ip = {.version = 4,
		.ihl = sizeof ip / 4,
		.tot_len = htons(ip_length),
		.id = htons((uint16_t)p->number),
		.ttl = TTL,
		.protocol = IPPROTO_UDP,
		.saddr = htonl(flow.src),
		.daddr = htonl(flow.dst)};
	ip.check = checksum(&ip);
	return (struct frame){
		.eth = {.ether_dhost = {2, 0, 0, 0, 1, 0},
			.ether_shost = {2, 0, 0, 0, 0, (uint8_t)p->chain},
			.ether_type = htons(ETHERTYPE_IP)},
		.ip = ip,
		.udp = {.source = htons(flow.src_port),
			.dest = htons(flow.dst_port),
			.len = htons((uint16_t)(ip_length - sizeof ip))},
		.number = htobe64(p->number),
		.stamp_ps = htobe64((uint64_t)p->pkt->stamp_ps),
	};
}

void pcap_out_packet(void *pcap_out, const struct timeline_packet *p)
{
	static const unsigned char zeros[4096];
	struct pcap_out *o = pcap_out;
	if (p->event != TIMELINE_DELIVERED || p->from_ps <= o->from_ps || p->from_ps > o->to_ps)
		return;
	uint32_t length = p->pkt->size_B - CRC_B;
	struct record_header h = {.s = (uint32_t)(p->to_ps / PS_PER_S),
		.ns = (uint32_t)(p->to_ps % PS_PER_S / PS_PER_NS),
		.captured = length < o->snaplen ? length : o->snaplen,
		.length = length};
	struct frame f = frame_of(p, length);
	fwrite(&h, sizeof h, 1, o->to);
	fwrite(&f, sizeof f, 1, o->to);
	for (size_t left = h.captured - sizeof f, n; left; left -= n) {
		n = left < sizeof zeros ? left : sizeof zeros;
		fwrite(zeros, n, 1, o->to);
	}
	o->packets++;
}
