/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One vhost-user port served by this process, and, if wanted, a virtio-user device in the same
 * process as its guest. Functions return NULL or what went wrong, as a constant string.
 * vhost_port_close undoes all of them.
 */
#ifndef CALIB_DPDK_VHOST_PORT_H
#define CALIB_DPDK_VHOST_PORT_H

#include <stdbool.h>
#include <stdint.h>

struct rte_mempool;

enum {
	VHOST_PORT_TO_GUEST = 0,
	VHOST_PORT_FROM_GUEST = 1
}; /* queue numbers, by the virtio standard, 5.1.2 */

/* For mkdtemp. */
#define VHOST_PORT_FOLDER "/tmp/nfvsim-calib-XXXXXX"

struct vhost_port {
	int vid;
	char folder[64], path[80];
	bool listening, has_guest;
	uint16_t guest;
};

const char *vhost_port_open(struct vhost_port *port);
const char *vhost_port_guest(
	struct vhost_port *port, unsigned slots, struct rte_mempool *pool, uint16_t *guest);
const char *vhost_port_ready(struct vhost_port *port);
/* Neither side wakes the other. Known to hold only once the guest has set up both rings, which
 * one in another process does some time after it connected. */
void vhost_port_quiet(const struct vhost_port *port);
void vhost_port_close(struct vhost_port *port);

#endif
