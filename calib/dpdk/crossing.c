/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See crossing.h. */
#include "calib/dpdk/crossing.h"

#include <rte_ethdev.h>
#include <rte_vhost.h>

static unsigned host_get(void *state, struct rte_mbuf **burst, unsigned n)
{
	struct crossing *c = state;

	return rte_vhost_dequeue_burst(
		c->host.vid, VHOST_PORT_FROM_GUEST, c->pool, burst, (uint16_t)n);
}

static unsigned host_put(void *state, struct rte_mbuf **burst, unsigned n)
{
	struct crossing *c = state;

	return rte_vhost_enqueue_burst(c->host.vid, VHOST_PORT_TO_GUEST, burst, (uint16_t)n);
}

static unsigned guest_get(void *state, struct rte_mbuf **burst, unsigned n)
{
	return rte_eth_rx_burst(((struct crossing *)state)->guest, 0, burst, (uint16_t)n);
}

static unsigned guest_put(void *state, struct rte_mbuf **burst, unsigned n)
{
	return rte_eth_tx_burst(((struct crossing *)state)->guest, 0, burst, (uint16_t)n);
}

const struct reflector_ops crossing_ops = {
	.host_get = host_get,
	.host_put = host_put,
	.guest_get = guest_get,
	.guest_put = guest_put,
	.host_put_copies = true,
	.host_metric = {"dequeue", "enqueue", "host_turn", "round"},
	.guest_metric = {"guest_rx", "guest_tx",
		"guest_turn", [REFLECTOR_PUT_ONLY] = "guest_tx_only"},
};

const char *crossing_open(struct crossing *c)
{
	const char *wrong = vhost_port_open(&c->host);

	if (!wrong)
		wrong = vhost_port_guest(&c->host, CROSSING_SLOTS, c->pool, &c->guest);
	return wrong ? wrong : vhost_port_ready(&c->host);
}

void crossing_close(struct crossing *c)
{
	vhost_port_close(&c->host);
}
