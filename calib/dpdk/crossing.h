/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A vhost-user port and its virtio-user guest in one process, as the two ends of a reflector. The
 * library is called directly (rte_vhost_enqueue_burst), as a switch does. The guest's side is the
 * virtio PMD on a split ring of 256 with mergeable buffers. Kicks are off on both sides, as between
 * two poll loops.
 */
#ifndef CALIB_DPDK_CROSSING_H
#define CALIB_DPDK_CROSSING_H

#include <stdint.h>

#include "calib/dpdk/reflector.h"
#include "calib/dpdk/vhost_port.h"

enum {
	CROSSING_SLOTS = 256,
	CROSSING_BURST_MAX = 32
}; /* the library takes at most 32 packets a call out of a ring */

struct crossing { /* alone on its lines: both cores read it all the time */
	_Alignas(128) struct vhost_port host;
	uint16_t guest;
	struct rte_mempool *pool;
};

const char *crossing_open(struct crossing *c); /* NULL or what went wrong; with pool set */
void crossing_close(struct crossing *c);

extern const struct reflector_ops crossing_ops; /* take a struct crossing */

#endif
