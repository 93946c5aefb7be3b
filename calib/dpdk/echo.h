/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The other end of a device that joins two processes (memif): a process that sends back whatever
 * it receives, until SIGTERM. It polls while packets come and naps when none came for a
 * millisecond, so that a core shared with an idle thread stays usable.
 */
#ifndef CALIB_DPDK_ECHO_H
#define CALIB_DPDK_ECHO_H

#include <stdbool.h>
#include <sys/types.h>

int echo_run(const char *device, bool (*interrupted)(void)); /* after DPDK is up; an exit status */
pid_t echo_spawn(const char *device, unsigned processor);    /* -1 if it cannot be started */
void echo_stop(pid_t pid);                                   /* nothing if pid is negative */

#endif
