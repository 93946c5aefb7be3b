/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See eth_port.h. Promiscuous mode and link state are not all devices' business: failures there
 * are not ours. */
#include "calib/dpdk/eth_port.h"

#include <rte_ethdev.h>

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
