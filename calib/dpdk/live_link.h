/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The ends of a line on the host's core: where packets go in and where they come out.
 *
 * The host is the switch itself (vhost-user, rte_vhost called directly), or it stands in for two
 * VMs on either side of a switch that runs as a process of its own (virtio-user, sockets "in" and
 * then "out" in a folder, which the switch connects to as they appear). Functions return NULL or
 * what went wrong, as a constant string; live_link_close undoes all of them.
 */
#ifndef CALIB_DPDK_LIVE_LINK_H
#define CALIB_DPDK_LIVE_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "calib/dpdk/vhost_port.h"

struct rte_mbuf;

struct live_link {
	bool is_switch; /* the host's core */
	struct rte_mempool *pool;
	struct vhost_port vhost; /* its folder and path; if not a switch, no more than these */
	uint16_t in, out;        /* the VMs' ports */
	unsigned ports;          /* of them there are */
};

const char *live_link_open(struct live_link *l, bool is_switch, struct rte_mempool *pool);
/* After the other side was started; waits until it is there. */
const char *live_link_ready(struct live_link *l);
/* Neither side wakes the other. */
void live_link_quiet(const struct live_link *l);
/* Takes all n packets; returns how many found room. */
unsigned live_link_send(const struct live_link *l, struct rte_mbuf **burst, unsigned n);
unsigned live_link_receive(const struct live_link *l, struct rte_mbuf **burst, unsigned n);
void live_link_close(struct live_link *l);

#endif
