/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An Ethernet port with one receive and one send queue, by DPDK's own steps. Returns 0 or a
 * negative errno. */
#ifndef CALIB_DPDK_ETH_PORT_H
#define CALIB_DPDK_ETH_PORT_H

#include <stdint.h>

struct rte_mempool;

/* A virtual device ("net_null0,size=64") is plugged in; a PCI one must have been found at start-up.
 * Returns NULL or what went wrong. eth_port_remove unplugs what was plugged in. */
const char *eth_port_open(
	const char *device, unsigned slots, struct rte_mempool *pool, uint16_t *port);
void eth_port_remove(const char *device, uint16_t port);
int eth_port_start(uint16_t port, unsigned slots,
	struct rte_mempool *pool); /* slots: adjusted to what the port allows */
void eth_port_stop(uint16_t port);

#endif
