/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See vhost_port.h. The device number is found by the socket's name, so that no callback has to
 * keep state. */
#include "calib/dpdk/vhost_port.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_bus.h>
#include <rte_cycles.h>
#include <rte_dev.h>
#include <rte_ethdev.h>
#include <rte_vhost.h>

#include "calib/dpdk/eth_port.h"

enum { VIDS = 64, NAME_LENGTH = 256 };

static int accept_device(int vid)
{
	(void)vid;
	return 0;
}

static void ignore_device(int vid)
{
	(void)vid;
}

static const struct rte_vhost_device_ops device_ops = {
	.new_device = accept_device, .destroy_device = ignore_device};

const char *vhost_port_open(struct vhost_port *port)
{
	*port = (struct vhost_port){.vid = -1, .folder = VHOST_PORT_FOLDER};
	if (!mkdtemp(port->folder))
		return "no folder for its socket";
	snprintf(port->path, sizeof(port->path), "%s/vhost", port->folder);
	if (rte_vhost_driver_register(port->path, 0))
		return "vhost does not register its socket";
	port->listening = true;
	if (rte_vhost_driver_callback_register(port->path, &device_ops) ||
		rte_vhost_driver_start(port->path))
		return "vhost does not listen";
	return NULL;
}

const char *vhost_port_guest(
	struct vhost_port *port, unsigned slots, struct rte_mempool *pool, uint16_t *guest)
{
	char args[160];

	snprintf(args, sizeof(args), "path=%s,queues=1,queue_size=%u", port->path, slots);
	if (rte_eal_hotplug_add("vdev", "net_virtio_user0", args))
		return "no virtio_user device";
	port->has_guest = true;
	if (rte_eth_dev_get_port_by_name("net_virtio_user0", guest))
		return "no virtio_user port";
	port->guest = *guest;
	return eth_port_start(*guest, slots, pool) ? "the virtio_user port does not start" : NULL;
}

static int find_vid(const char *path)
{
	char name[NAME_LENGTH];
	int vid;

	for (vid = 0; vid < VIDS; vid++)
		if (!rte_vhost_get_ifname(vid, name, sizeof(name)) && !strcmp(name, path))
			return vid;
	return -1;
}

/* Waits up to two seconds for a guest. */
const char *vhost_port_ready(struct vhost_port *port)
{
	unsigned tries;

	for (tries = 0; tries < 200 && port->vid < 0; tries++) {
		port->vid = find_vid(port->path);
		if (port->vid < 0)
			usleep(10000);
	}
	if (port->vid < 0)
		return "no guest connects";
	vhost_port_quiet(port);
	return NULL;
}

void vhost_port_quiet(const struct vhost_port *port)
{
	rte_vhost_enable_guest_notification(port->vid, VHOST_PORT_FROM_GUEST, 0);
	rte_vhost_enable_guest_notification(port->vid, VHOST_PORT_TO_GUEST, 0);
}

void vhost_port_close(struct vhost_port *port)
{
	if (port->has_guest) {
		eth_port_stop(port->guest);
		rte_eal_hotplug_remove("vdev", "net_virtio_user0");
	}
	if (port->listening)
		rte_vhost_driver_unregister(port->path);
	unlink(port->path);
	rmdir(port->folder);
}
