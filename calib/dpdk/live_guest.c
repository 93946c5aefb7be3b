/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See live_guest.h. A guest that does not end within two seconds of SIGTERM is killed. */
#include "calib/dpdk/live_guest.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rte_bus.h>
#include <rte_cycles.h>
#include <rte_dev.h>
#include <rte_ethdev.h>
#include <rte_random.h>

#include "calib/dpdk/calib_eal.h"
#include "calib/dpdk/eth_port.h"
#include "calib/dpdk/nf.h"

enum { SLOTS = 256, RX_BURST = 32, MBUFS = 4095 };

struct vnf {
	const struct nf *nf;
	void *state;
	uint16_t port;
	unsigned tx_burst, buffered;
	uint64_t timer_cycles, flushed; /* timer_cycles 0: no timer */
	struct rte_mbuf *buffer[NF_BURST_MAX];
};

static void flush(struct vnf *v)
{
	unsigned sent = rte_eth_tx_burst(v->port, 0, v->buffer, (uint16_t)v->buffered);

	rte_pktmbuf_free_bulk(v->buffer + sent, v->buffered - sent);
	v->buffered = 0;
}

static void turn(struct vnf *v)
{
	struct rte_mbuf *burst[RX_BURST];
	unsigned n, i;

	if (v->timer_cycles) {
		uint64_t now = rte_rdtsc();

		if (now - v->flushed > v->timer_cycles) {
			if (v->buffered)
				flush(v);
			v->flushed = now;
		}
	}
	n = rte_eth_rx_burst(v->port, 0, burst, RX_BURST);
	if (!n)
		return;
	n = v->nf->run(v->state, burst, n);
	for (i = 0; i < n; i++) {
		v->buffer[v->buffered++] = burst[i];
		if (v->buffered == v->tx_burst)
			flush(v);
	}
}

static const char *open_vnf(
	struct vnf *v, const struct live_guest *g, const char *socket, uint64_t seed)
{
	struct rte_mempool *pool = calib_eal_pool("guest", MBUFS);
	char args[160];

	rte_srand(seed);
	v->nf = nf_find(g->vnf);
	v->state = v->nf ? v->nf->create(g->entries) : NULL;
	if (!pool || !v->state)
		return "no such VNF, or no memory";
	snprintf(args, sizeof(args), "path=%s,queues=1,queue_size=%d", socket, SLOTS);
	if (rte_eal_hotplug_add("vdev", "net_virtio_user0", args) ||
		rte_eth_dev_get_port_by_name("net_virtio_user0", &v->port))
		return "no virtio_user device";
	return eth_port_start(v->port, SLOTS, pool) ? "its port does not start" : NULL;
}

int live_guest_run(
	const struct live_guest *g, const char *socket, uint64_t seed, bool (*interrupted)(void))
{
	struct vnf v = {.tx_burst = g->tx_burst};
	const char *wrong;

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	wrong = open_vnf(&v, g, socket, seed);
	if (wrong) {
		fprintf(stderr, "nfvsim-live: guest %s: %s\n", g->vnf, wrong);
		return EXIT_FAILURE;
	}
	v.timer_cycles = g->timer_us * rte_get_tsc_hz() / 1000000;
	v.flushed = rte_rdtsc();
	while (!interrupted())
		turn(&v);
	eth_port_stop(v.port);
	v.nf->destroy(v.state);
	return EXIT_SUCCESS;
}

bool live_guest_is_testpmd(const char *vnf)
{
	return !strcmp(vnf, "testpmd");
}

const struct nf *live_guest_nf(const char *vnf)
{
	return live_guest_is_testpmd(vnf) ? &nf_l2fwd : nf_find(vnf);
}

/* Both of its threads on the guest's processor: the main one sleeps. */
int live_guest_exec(const struct live_guest *g, const char *socket, unsigned processor)
{
	char name[] = "dpdk-testpmd", cores[64], device[160], burst[32];
	char *argv[] = {name, cores, device, "--no-huge", "-m", "256", "--no-pci", "--no-shconf",
		"--no-telemetry", "--file-prefix=nfvsim-testpmd", "--log-level=3", "--", burst,
		"--forward-mode=macswap", "--stats-period=3600", "--rxd=256", "--txd=256",
		"--total-num-mbufs=4096", "--no-lsc-interrupt", NULL};
	int nowhere = open("/dev/null", O_WRONLY);

	snprintf(cores, sizeof(cores), "--lcores=0@%u,1@%u", processor, processor);
	snprintf(device, sizeof(device), "--vdev=net_virtio_user0,path=%s,queues=1,queue_size=%d",
		socket, SLOTS);
	snprintf(burst, sizeof(burst), "--burst=%u", g->tx_burst);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	dup2(nowhere, STDOUT_FILENO);
	execvp(name, argv);
	perror(name);
	return EXIT_FAILURE;
}

pid_t live_guest_spawn(
	const struct live_guest *g, const char *socket, unsigned processor, uint64_t seed)
{
	char name[] = "nfvsim-live", vnf[32], path[128], numbers[96], cores[32];
	char *argv[] = {name, vnf, path, numbers, cores, NULL};
	pid_t pid;

	snprintf(vnf, sizeof(vnf), "--guest=%s", g->vnf);
	snprintf(path, sizeof(path), "--socket=%s", socket);
	snprintf(numbers, sizeof(numbers), "--numbers=%u,%u,%u,%llu", g->entries, g->tx_burst,
		g->timer_us, (unsigned long long)seed);
	snprintf(cores, sizeof(cores), "--cores=%u", processor);
	return posix_spawn(&pid, "/proc/self/exe", NULL, NULL, argv, environ) ? -1 : pid;
}

void live_guest_pause(pid_t pid, bool pause)
{
	kill(pid, pause ? SIGSTOP : SIGCONT);
}

void live_guest_stop(pid_t pid)
{
	unsigned tries;

	if (pid < 0)
		return;
	kill(pid, SIGCONT);
	kill(pid, SIGTERM);
	for (tries = 0; tries < 200; tries++) {
		if (waitpid(pid, NULL, WNOHANG) == pid)
			return;
		usleep(10000);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}
