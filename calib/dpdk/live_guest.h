/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The guest's side of a live run: a process whose virtio-user port is polled by one VNF, until
 * SIGTERM or until its host is gone. Packets wait in a transmit buffer until a burst is full or a
 * free-running timer fires, as in DPDK's l2fwd.
 */
#ifndef CALIB_DPDK_LIVE_GUEST_H
#define CALIB_DPDK_LIVE_GUEST_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct nf;

struct live_guest {
	char vnf[16]; /* an NF of nf.h, or "testpmd": DPDK's own program, which swaps MAC addresses
		       * and sends each burst as it came; entries and timer_us mean nothing then */
	uint32_t entries, tx_burst, timer_us;
};

int live_guest_run(const struct live_guest *g, const char *socket, uint64_t seed,
	bool (*interrupted)(void)); /* after DPDK is up; an exit status */

/* The NF that makes packets for a VNF; NULL if there is no such VNF. */
const struct nf *live_guest_nf(const char *vnf);

bool live_guest_is_testpmd(const char *vnf);

/* Becomes testpmd; returns only if there is none, an exit status. */
int live_guest_exec(const struct live_guest *g, const char *socket, unsigned processor);

/* Starts this program as a guest on a processor; -1 if it cannot be started. */
pid_t live_guest_spawn(
	const struct live_guest *g, const char *socket, unsigned processor, uint64_t seed);
void live_guest_pause(pid_t pid, bool pause);
void live_guest_stop(pid_t pid);

#endif
