/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See live_link.h. A virtio-user device that serves its socket is only there once somebody has
 * connected; an alarm ends the wait. */
#include "calib/dpdk/live_link.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <rte_bus.h>
#include <rte_dev.h>
#include <rte_ethdev.h>
#include <rte_vhost.h>

#include "calib/dpdk/eth_port.h"

enum { SLOTS = 256, PORTS = 2, WAIT_S = 20 };

static const char *const device[PORTS] = {"net_virtio_user0", "net_virtio_user1"};
static const char *const socket_name[PORTS] = {"in", "out"};

static const char *open_vm(struct live_link *l, unsigned i, uint16_t *port)
{
	char args[160];

	snprintf(args, sizeof(args), "path=%s/%s,server=1,queues=1,queue_size=%d", l->vhost.folder,
		socket_name[i], SLOTS);
	if (rte_eal_hotplug_add("vdev", device[i], args))
		return "no switch connects, or no virtio_user device";
	l->ports++;
	if (rte_eth_dev_get_port_by_name(device[i], port))
		return "no virtio_user port";
	return eth_port_start(*port, SLOTS, l->pool) ? "a virtio_user port does not start" : NULL;
}

const char *live_link_open(struct live_link *l, bool is_switch, struct rte_mempool *pool)
{
	*l = (struct live_link){.is_switch = is_switch, .pool = pool};
	if (is_switch)
		return vhost_port_open(&l->vhost);
	l->vhost = (struct vhost_port){.vid = -1, .folder = VHOST_PORT_FOLDER};
	return mkdtemp(l->vhost.folder) ? NULL : "no folder for sockets";
}

static void ignore(int number)
{
	(void)number;
}

const char *live_link_ready(struct live_link *l)
{
	struct sigaction wake = {.sa_handler = ignore};
	const char *wrong;

	if (l->is_switch)
		return vhost_port_ready(&l->vhost);
	sigaction(SIGALRM, &wake, NULL);
	alarm(WAIT_S);
	wrong = open_vm(l, 0, &l->in);
	if (!wrong)
		wrong = open_vm(l, 1, &l->out);
	alarm(0);
	return wrong;
}

void live_link_quiet(const struct live_link *l)
{
	if (l->is_switch)
		vhost_port_quiet(&l->vhost);
}

unsigned live_link_send(const struct live_link *l, struct rte_mbuf **burst, unsigned n)
{
	unsigned sent;

	if (l->is_switch) {
		sent = rte_vhost_enqueue_burst(
			l->vhost.vid, VHOST_PORT_TO_GUEST, burst, (uint16_t)n);
		rte_pktmbuf_free_bulk(burst, n);
	} else {
		sent = rte_eth_tx_burst(l->in, 0, burst, (uint16_t)n);
		rte_pktmbuf_free_bulk(burst + sent, n - sent);
	}
	return sent;
}

unsigned live_link_receive(const struct live_link *l, struct rte_mbuf **burst, unsigned n)
{
	if (l->is_switch)
		return rte_vhost_dequeue_burst(
			l->vhost.vid, VHOST_PORT_FROM_GUEST, l->pool, burst, (uint16_t)n);
	return rte_eth_rx_burst(l->out, 0, burst, (uint16_t)n);
}

void live_link_close(struct live_link *l)
{
	const uint16_t port[PORTS] = {l->in, l->out};
	char path[96];
	unsigned i;

	if (l->is_switch) {
		vhost_port_close(&l->vhost);
		return;
	}
	while (l->ports) {
		l->ports--;
		eth_port_stop(port[l->ports]);
		rte_eal_hotplug_remove("vdev", device[l->ports]);
	}
	for (i = 0; i < PORTS; i++) {
		snprintf(path, sizeof(path), "%s/%s", l->vhost.folder, socket_name[i]);
		unlink(path);
	}
	rmdir(l->vhost.folder);
}
