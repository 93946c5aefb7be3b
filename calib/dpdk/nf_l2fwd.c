/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Layer-2 forwarding: the two MAC addresses change places. */
#include "calib/dpdk/nf.h"

#include <stddef.h>

#include "calib/dpdk/packet.h"

static const struct packet_flow any_flow = {.src = 0x0a000001, .dst = 0x0a000002, .protocol = 17};

static void *create(uint32_t entries)
{
	(void)entries;
	return (void *)(uintptr_t)&any_flow; /* anything but NULL: there is no state */
}

static void destroy(void *state)
{
	(void)state;
}

static void fill(void *state, struct rte_mbuf *packet)
{
	(void)state;
	packet_fill(packet, &any_flow);
}

static unsigned run(void *state, struct rte_mbuf **burst, unsigned n)
{
	unsigned i;

	(void)state;
	for (i = 0; i < n; i++) {
		struct rte_ether_hdr *h = &packet_of(burst[i])->ether;
		struct rte_ether_addr old = h->dst_addr;

		h->dst_addr = h->src_addr;
		h->src_addr = old;
	}
	return n;
}

const struct nf nf_l2fwd = {
	"l2fwd", "layer-2 forwarding: MAC addresses swapped", 0, create, destroy, fill, run, NULL};
