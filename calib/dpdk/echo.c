/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See echo.h. The process is this program with --echo. */
#include "calib/dpdk/echo.h"

#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>

#include "calib/dpdk/calib_eal.h"
#include "calib/dpdk/eth_port.h"

enum { SLOTS = 1024, BURST = 256, MBUFS = 8191, NAP_US = 200 };

/* A memif client only starts once its server listens, which is given two seconds. */
static const char *open_port(const char *device, struct rte_mempool *pool, uint16_t *port)
{
	const char *wrong = eth_port_open(device, SLOTS, pool, port);
	unsigned tries;

	for (tries = 0; wrong && tries < 100 && rte_eth_dev_is_valid_port(*port); tries++) {
		usleep(20000);
		if (!eth_port_start(*port, SLOTS, pool))
			wrong = NULL;
	}
	return wrong;
}

static void send_all(uint16_t port, struct rte_mbuf **burst, unsigned n)
{
	unsigned sent = 0, tries;

	for (tries = 0; sent < n && tries < 1000; tries++)
		sent += rte_eth_tx_burst(port, 0, burst + sent, (uint16_t)(n - sent));
	rte_pktmbuf_free_bulk(burst + sent, n - sent);
}

int echo_run(const char *device, bool (*interrupted)(void))
{
	struct rte_mempool *pool = calib_eal_pool("echo", MBUFS);
	uint64_t patience = rte_get_tsc_hz() / 1000, last = 0;
	struct rte_mbuf *burst[BURST];
	uint16_t port = RTE_MAX_ETHPORTS;
	const char *wrong = pool ? open_port(device, pool, &port) : "no memory for packets";

	if (wrong) {
		fprintf(stderr, "nfvsim-calib: %s: %s\n", device, wrong);
		return EXIT_FAILURE;
	}
	while (!interrupted()) {
		unsigned n = rte_eth_rx_burst(port, 0, burst, BURST);

		if (n) {
			send_all(port, burst, n);
			last = rte_rdtsc();
		} else if (rte_rdtsc() - last > patience) {
			usleep(NAP_US);
		}
	}
	eth_port_remove(device, port);
	return EXIT_SUCCESS;
}

pid_t echo_spawn(const char *device, unsigned processor)
{
	char name[] = "nfvsim-calib", memory[] = "--memory=128", echo[128], cores[32];
	char *argv[] = {name, echo, cores, memory, NULL};
	pid_t pid;

	snprintf(echo, sizeof(echo), "--echo=%s", device);
	snprintf(cores, sizeof(cores), "--cores=%u", processor);
	return posix_spawn(&pid, "/proc/self/exe", NULL, NULL, argv, environ) ? -1 : pid;
}

void echo_stop(pid_t pid)
{
	if (pid < 0)
		return;
	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);
}
