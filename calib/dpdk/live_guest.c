/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See live_guest.h. What does not end within five seconds of SIGTERM is killed. */
#include "calib/dpdk/live_guest.h"

#include <errno.h>
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

enum { SLOTS = 256, MBUFS = 4095, STOP_US = 10000, STOPS = 500 };

struct vnf {
	const struct nf *nf;
	void *state;
	uint16_t port;
	unsigned rx_burst, tx_burst, buffered;
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
	struct rte_mbuf *burst[NF_BURST_MAX];
	unsigned n, i;

	if (v->timer_cycles) {
		uint64_t now = rte_rdtsc();

		if (now - v->flushed > v->timer_cycles) {
			if (v->buffered)
				flush(v);
			v->flushed = now;
		}
	}
	n = rte_eth_rx_burst(v->port, 0, burst, (uint16_t)v->rx_burst);
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
	struct vnf v = {.rx_burst = g->rx_burst, .tx_burst = g->tx_burst};
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

static bool is_testpmd(const char *vnf)
{
	return !strcmp(vnf, "testpmd");
}

bool live_guest_is_switch(const char *vnf)
{
	return !strcmp(vnf, "ovs");
}

const struct nf *live_guest_nf(const char *vnf)
{
	return is_testpmd(vnf) || live_guest_is_switch(vnf) ? &nf_l2fwd : nf_find(vnf);
}

size_t live_guest_vnfs(struct live_vnf to[LIVE_VNFS])
{
	static const char *const programs[] = {"testpmd", "ovs"};
	size_t n = 0, i;

	for (i = 0; nf_table[i] && n < LIVE_VNFS; i++)
		to[n++] = (struct live_vnf){nf_table[i]->name, nf_table[i]->entries_max};
	for (i = 0; i < sizeof(programs) / sizeof(*programs) && n < LIVE_VNFS; i++)
		to[n++] = (struct live_vnf){programs[i], 0};
	return n;
}

/* Both of its threads on the guest's processor: the main one sleeps. */
static void exec_testpmd(const struct live_guest *g, const char *socket, unsigned processor)
{
	char name[] = "dpdk-testpmd", cores[64], device[160], burst[32];
	char *argv[] = {name, cores, device, "--no-huge", "-m", "256", "--no-pci", "--no-shconf",
		"--no-telemetry", "--file-prefix=nfvsim-testpmd", "--log-level=3", "--", burst,
		"--forward-mode=macswap", "--stats-period=3600", "--rxd=256", "--txd=256",
		"--total-num-mbufs=4096", "--no-lsc-interrupt", NULL};
	int nowhere = open("/dev/null", O_WRONLY);
	int errors = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);

	snprintf(cores, sizeof(cores), "--lcores=0@%u,1@%u", processor, processor);
	snprintf(device, sizeof(device), "--vdev=net_virtio_user0,path=%s,queues=1,queue_size=%d",
		socket, SLOTS);
	snprintf(burst, sizeof(burst), "--burst=%u", g->tx_burst);
	dup2(nowhere, STDOUT_FILENO);
	dup2(nowhere, STDERR_FILENO); /* it warns of what is so by intent */
	execvp(name, argv);
	dprintf(errors, "%s: %s\n", name, strerror(errno));
}

static void exec_switch(const char *program, const char *folder, unsigned processor)
{
	char cpu[16];

	snprintf(cpu, sizeof(cpu), "%u", processor);
	execl(program, program, folder, cpu, NULL);
	perror(program);
}

int live_guest_exec(
	const struct live_guest *g, const char *program, const char *path, unsigned processor)
{
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (is_testpmd(g->vnf))
		exec_testpmd(g, path, processor);
	else if (live_guest_is_switch(g->vnf))
		exec_switch(program, path, processor);
	else
		return -1;
	return EXIT_FAILURE;
}

pid_t live_guest_spawn(const struct live_guest *g, const char *program, const char *path,
	unsigned processor, uint64_t seed)
{
	char name[] = "nfvsim-live", vnf[32], where[128], runs[256], numbers[96], cores[32];
	char *argv[] = {name, vnf, where, runs, numbers, cores, NULL};
	posix_spawnattr_t own_group;
	pid_t pid;

	snprintf(vnf, sizeof(vnf), "--guest=%s", g->vnf);
	snprintf(where, sizeof(where), "--socket=%s", path);
	snprintf(runs, sizeof(runs), "--switch=%s", program);
	snprintf(numbers, sizeof(numbers), "--numbers=%u,%u,%u,%u,%llu", g->entries, g->rx_burst,
		g->tx_burst, g->timer_us, (unsigned long long)seed);
	snprintf(cores, sizeof(cores), "--cores=%u", processor);
	posix_spawnattr_init(&own_group);
	posix_spawnattr_setflags(&own_group, POSIX_SPAWN_SETPGROUP);
	if (posix_spawn(&pid, "/proc/self/exe", NULL, &own_group, argv, environ))
		pid = -1;
	posix_spawnattr_destroy(&own_group);
	return pid;
}

void live_guest_pause(pid_t pid, bool pause)
{
	kill(-pid, pause ? SIGSTOP : SIGCONT);
}

void live_guest_stop(pid_t pid)
{
	unsigned tries;

	if (pid < 0)
		return;
	kill(-pid, SIGCONT);
	kill(pid, SIGTERM);
	for (tries = 0; tries < STOPS; tries++) {
		if (waitpid(pid, NULL, WNOHANG) == pid)
			return;
		usleep(STOP_US);
	}
	kill(-pid, SIGKILL);
	waitpid(pid, NULL, 0);
}
