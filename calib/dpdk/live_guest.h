/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The other side of a live run: a process on a core of its own, until SIGTERM or until its host is
 * gone. Mostly a guest whose virtio-user port is polled by one VNF; packets wait in a transmit
 * buffer until a burst is full or a free-running timer fires, as in DPDK's l2fwd. Or a switch
 * between the ports of two VMs for which the host stands in.
 */
#ifndef CALIB_DPDK_LIVE_GUEST_H
#define CALIB_DPDK_LIVE_GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct nf;

struct live_guest {
	char vnf[16]; /* an NF of nf.h; "testpmd": DPDK's own program, which swaps MAC addresses;
		       * or "ovs": Open vSwitch. These two send each burst as it came: entries and
		       * timer_us mean nothing then, nor does rx_burst, which is tx_burst or, for
		       * Open vSwitch, 32 */
	uint32_t entries, rx_burst, tx_burst, timer_us;
};

int live_guest_run(const struct live_guest *g, const char *socket, uint64_t seed,
	bool (*interrupted)(void)); /* after DPDK is up; an exit status */

/* A VNF that a guest may run. */
struct live_vnf {
	const char *name;
	uint32_t entries_max; /* 0: it has no table */
};

enum { LIVE_VNFS = 16 };

size_t live_guest_vnfs(struct live_vnf to[LIVE_VNFS]); /* returns how many there are */

/* The NF that makes packets for a VNF; NULL if there is no such VNF. */
const struct nf *live_guest_nf(const char *vnf);

bool live_guest_is_switch(const char *vnf);

/* Becomes testpmd, or the program that runs a switch (called with folder and processor); returns
 * only if it is none of these (-1), or there is none (an exit status). */
int live_guest_exec(
	const struct live_guest *g, const char *program, const char *path, unsigned processor);

/* Starts this program as a guest on a processor, in a process group of its own; -1 if it cannot be
 * started. path: the socket, a switch's folder. program: runs a switch. */
pid_t live_guest_spawn(const struct live_guest *g, const char *program, const char *path,
	unsigned processor, uint64_t seed);
void live_guest_pause(pid_t pid, bool pause);
void live_guest_stop(pid_t pid);

#endif
