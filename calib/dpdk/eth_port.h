/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An Ethernet port with one receive and one send queue, by DPDK's own steps. Returns 0 or a
 * negative errno. */
#ifndef CALIB_DPDK_ETH_PORT_H
#define CALIB_DPDK_ETH_PORT_H

#include <stdint.h>

struct rte_mempool;

int eth_port_start(uint16_t port, unsigned slots,
	struct rte_mempool *pool); /* slots: adjusted to what the port allows */
void eth_port_stop(uint16_t port);

#endif
