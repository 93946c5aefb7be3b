/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pcap_out - delivered packets as a capture for Wireshark, with simulated times in ns
 *
 * The classic file format with the magic number of nanosecond times (draft-ietf-opsawg-pcap:
 * 0xa1b23c4d), written in this machine's byte order as the format allows. Packets are Ethernet,
 * IPv4 and UDP with the addresses and ports of their flow (pnic_flow_of); lengths are frame sizes
 * without the CRC, as captures have them. The payload starts with the packet's number and the
 * instant in ps at which its latency starts to count, each 8 B in network order; zeros follow.
 * The source's MAC address ends in the chain's number, from 0; the IPv4 identification is the
 * packet's number modulo 2^16.
 */
#ifndef NFVSIM_REPORT_PCAP_OUT_H
#define NFVSIM_REPORT_PCAP_OUT_H

#include "model/timeline.h"

#include <stdio.h>

#define PCAP_OUT_LEAST_SNAPLEN 60 /* all headers and both numbers */
#define PCAP_OUT_MOST_SNAPLEN 262144

struct pcap_out {
	FILE *to;
	uint32_t snaplen;    /* bytes kept of a packet */
	ps_t from_ps, to_ps; /* packets that leave the last port after from_ps, up to to_ps */
	uint64_t packets;    /* written */
};

void pcap_out_start(const struct pcap_out *o);

/* Part of a timeline_viewer. */
void pcap_out_packet(void *pcap_out, const struct timeline_packet *p);

#endif
