/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See eth_port.h. Not every device knows promiscuous mode: a failure there is nothing to us. */
#include "calib/dpdk/eth_port.h"

#include <stdio.h>
#include <string.h>

#include <rte_bus.h>
#include <rte_dev.h>
#include <rte_ethdev.h>

#include "calib/dpdk/calib_eal.h"

enum { NAME_LENGTH = 64 };

static void name_of(const char *device, char *name)
{
	snprintf(name, NAME_LENGTH, "%.*s", (int)strcspn(device, ","), device);
}

const char *eth_port_open(
	const char *device, unsigned slots, struct rte_mempool *pool, uint16_t *port)
{
	const char *args = strchr(device, ',');
	char name[NAME_LENGTH];

	name_of(device, name);
	if (!calib_eal_is_pci(device) && rte_eal_hotplug_add("vdev", name, args ? args + 1 : ""))
		return "DPDK cannot make this device (no such driver, interface or permission)";
	if (rte_eth_dev_get_port_by_name(name, port))
		return "DPDK does not find this device (is vfio-pci or the like bound to it?)";
	return eth_port_start(*port, slots, pool) ? "its port does not start" : NULL;
}

void eth_port_remove(const char *device, uint16_t port)
{
	char name[NAME_LENGTH];

	name_of(device, name);
	if (calib_eal_is_pci(device)) {
		rte_eth_dev_stop(port);
		return;
	}
	eth_port_stop(port);
	rte_eal_hotplug_remove("vdev", name);
}

int eth_port_start(uint16_t port, unsigned slots, struct rte_mempool *pool)
{
	struct rte_eth_conf conf = {.rxmode = {.mq_mode = RTE_ETH_MQ_RX_NONE}};
	uint16_t rx_slots = (uint16_t)slots, tx_slots = (uint16_t)slots;
	int socket = rte_eth_dev_socket_id(port), status;

	status = rte_eth_dev_configure(port, 1, 1, &conf);
	if (!status)
		status = rte_eth_dev_adjust_nb_rx_tx_desc(port, &rx_slots, &tx_slots);
	if (!status)
		status = rte_eth_rx_queue_setup(port, 0, rx_slots, (unsigned)socket, NULL, pool);
	if (!status)
		status = rte_eth_tx_queue_setup(port, 0, tx_slots, (unsigned)socket, NULL);
	if (!status)
		status = rte_eth_dev_start(port);
	if (!status)
		rte_eth_promiscuous_enable(port);
	return status;
}

void eth_port_stop(uint16_t port)
{
	rte_eth_dev_stop(port);
	rte_eth_dev_close(port);
}
