/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Receiving and sending a burst through a poll-mode driver: metrics `tx` and `rx` for calls that
 * move a full burst, `poll` for a look at an empty port, `turn` for a forwarder's whole turn
 * where that can be measured without waiting. Packets must come back: by the device itself (null,
 * ring, af_packet on the loopback interface), by a cable from the port to itself, or from the
 * first --device to the second. Buffers are allocated and freed outside the timed calls, except
 * for what the driver does itself: sending includes freeing what was sent before.
 */
#include "calib/dpdk/bench.h"

#include <stdio.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>

#include "calib/dpdk/bench_each.h"
#include "calib/dpdk/calib_opts.h"
#include "calib/dpdk/echo.h"
#include "calib/dpdk/eth_port.h"
#include "calib/dpdk/packet.h"

enum {
	BURST_MAX = 256,
	PORT_SLOTS = 1024,
	PRIVATE_ETHERTYPE = 0x88b5
}; /* IEEE 802: for local experiments */
enum { RX, TX };

#define NEVER_EMPTY "net_null" /* the driver whose ports always have packets */

static const double lost_s = 2e-3; /* a packet that has not come back by now does not come */

struct path {
	const char *device; /* as named by the user, or by us */
	uint16_t tx, rx;
	unsigned burst;
	struct rte_mbuf *mbuf[BURST_MAX];
	struct windows_timer timed;
	double overhead_cycles;
	unsigned lost;
};

static uint64_t without_overhead(const struct path *p, uint64_t cycles)
{
	return cycles > p->overhead_cycles ? cycles - (uint64_t)p->overhead_cycles : 0;
}

static int make_burst(struct path *p, const struct bench_env *env)
{
	unsigned i, j;

	for (i = 0; i < p->burst; i++) {
		p->mbuf[i] = packet_make(env->pool, env->key.size_B);
		if (!p->mbuf[i])
			break;
		for (j = 0; j < 2 * RTE_ETHER_ADDR_LEN; j++)
			*rte_pktmbuf_mtod_offset(p->mbuf[i], uint8_t *, j) =
				j % RTE_ETHER_ADDR_LEN ? 0 : 2;
		packet_of(p->mbuf[i])->ether.ether_type = rte_cpu_to_be_16(PRIVATE_ETHERTYPE);
	}
	if (i < p->burst)
		rte_pktmbuf_free_bulk(p->mbuf, i);
	return i == p->burst ? 0 : -1;
}

static void send_burst(struct path *p)
{
	uint64_t start = rte_rdtsc();
	unsigned sent = rte_eth_tx_burst(p->tx, 0, p->mbuf, (uint16_t)p->burst), tries;

	if (sent == p->burst)
		windows_call(&p->timed, TX, without_overhead(p, rte_rdtsc() - start));
	for (tries = 0; sent < p->burst && tries < 1000; tries++)
		sent += rte_eth_tx_burst(p->tx, 0, p->mbuf + sent, (uint16_t)(p->burst - sent));
	if (sent < p->burst)
		rte_pktmbuf_free_bulk(p->mbuf + sent, p->burst - sent);
}

/* Only a burst that is taken whole counts; the rest is waited for, so that none is left for the
 * next turn. */
static bool receive_burst(struct path *p)
{
	uint64_t deadline = rte_rdtsc() + (uint64_t)(lost_s * (double)rte_get_tsc_hz()), start;
	unsigned got = 0, n;

	do {
		start = rte_rdtsc();
		n = rte_eth_rx_burst(p->rx, 0, p->mbuf, (uint16_t)(p->burst - got));
		if (n == p->burst)
			windows_call(&p->timed, RX, without_overhead(p, rte_rdtsc() - start));
		rte_pktmbuf_free_bulk(p->mbuf, n);
		got += n;
	} while (got < p->burst && rte_rdtsc() < deadline);
	p->lost += p->burst - got;
	return got == p->burst;
}

/* What an earlier turn gave up waiting for. A null device is never empty: a few looks do. */
static void drain(struct path *p)
{
	unsigned looks;

	for (looks = 0; looks < 100; looks++)
		rte_pktmbuf_free_bulk(p->mbuf, rte_eth_rx_burst(p->rx, 0, p->mbuf, BURST_MAX));
}

static void run_turns(struct bench_env *env, struct path *p)
{
	uint64_t now;

	p->overhead_cycles = env->plan.overhead_cycles;
	p->lost = 0;
	drain(p);
	windows_start(&p->timed, &env->plan);
	do {
		bool whole = false;

		if (!make_burst(p, env)) {
			send_burst(p);
			whole = receive_burst(p);
		}
		now = rte_rdtsc();
		windows_turn(&p->timed, now, whole);
	} while (now < p->timed.deadline && p->timed.set[TX].n < env->plan.windows);
}

/* Receives and sends on, as a forwarder does. */
static unsigned forward_burst(struct path *p)
{
	unsigned n = rte_eth_rx_burst(p->rx, 0, p->mbuf, (uint16_t)p->burst);
	unsigned sent = rte_eth_tx_burst(p->tx, 0, p->mbuf, (uint16_t)n);

	if (sent < n)
		rte_pktmbuf_free_bulk(p->mbuf + sent, n - sent);
	return sent;
}

static void forward(void *arg, unsigned calls)
{
	while (calls--)
		forward_burst(arg);
}

/* Whole turns of a forwarder, where one burst sent is there again at the next look: no time is
 * spent waiting then. */
static unsigned measure_turns(struct bench_env *env, struct path *p, struct sample_row *row)
{
	struct robust_set set;
	unsigned tries = 0;

	if (make_burst(p, env))
		return 0;
	send_burst(p);
	while (tries < 100 && forward_burst(p) == p->burst)
		tries++;
	if (tries == 100)
		windows_measure(&env->plan, forward, p, &set);
	if (strncmp(p->device, NEVER_EMPTY, strlen(NEVER_EMPTY)))
		receive_burst(p);
	if (tries == 100)
		*row = bench_row("turn", &set, p->burst);
	return tries == 100;
}

static void measure_point(struct bench_env *env, struct path *p, unsigned size_B)
{
	struct sample_key key = bench_key(env, "pmd");
	struct sample_row row[3];

	key.device = p->device;
	key.burst = p->burst;
	key.size_B = size_B;
	if (!bench_begin(env, &key))
		return;
	run_turns(env, p);
	row[0] = bench_timed_row(env, "rx", &p->timed.set[RX], p->burst);
	row[1] = bench_timed_row(env, "tx", &p->timed.set[TX], p->burst);
	if (p->lost)
		row[0].flag = row[1].flag = "lost";
	bench_end(env, row, 2 + measure_turns(env, p, &row[2]));
}

static void poll_port(void *arg, unsigned calls)
{
	struct path *p = arg;

	while (calls--)
		rte_pktmbuf_free_bulk(p->mbuf, rte_eth_rx_burst(p->rx, 0, p->mbuf, 32));
}

static void measure_poll(struct bench_env *env, struct path *p)
{
	struct sample_key key = bench_key(env, "pmd");
	struct robust_set set;
	struct sample_row row;

	key.device = p->device;
	if (!strncmp(p->device, NEVER_EMPTY, strlen(NEVER_EMPTY))) {
		bench_skip(env, p->device, "poll: this device is never empty");
		return;
	}
	if (!bench_begin(env, &key))
		return;
	windows_measure(&env->plan, poll_port, p, &set);
	row = bench_row("poll", &set, 1);
	bench_end(env, &row, 1);
}

static void measure_path(struct bench_env *env, struct path *p)
{
	struct bench_list size = bench_sizes(env), burst = bench_bursts(env);
	unsigned i, j;

	for (i = 0; i < size.n; i++)
		for (j = 0; j < burst.n; j++) {
			p->burst = burst.value[j];
			measure_point(env, p, size.value[i]);
		}
	measure_poll(env, p);
}

/* Whether a packet sent comes back at all. */
static bool comes_back(struct bench_env *env, struct path *p)
{
	unsigned tries;

	p->burst = 1;
	env->key.size_B = 64;
	windows_start(&p->timed, &env->plan);
	for (tries = 0; tries < 200; tries++) {
		if (make_burst(p, env))
			return false;
		send_burst(p);
		if (receive_burst(p))
			return true;
		rte_delay_us_sleep(10000);
	}
	return false;
}

static void measure_device(struct bench_env *env, const char *tx, const char *rx)
{
	struct path p = {.device = tx};
	const char *wrong = eth_port_open(tx, PORT_SLOTS, env->pool, &p.tx);

	if (wrong) {
		bench_skip(env, tx, wrong);
		return;
	}
	p.rx = p.tx;
	wrong = rx ? eth_port_open(rx, PORT_SLOTS, env->pool, &p.rx) : NULL;
	if (!wrong && !comes_back(env, &p))
		wrong = "what is sent does not come back: loop the port, or name a second --device "
			"that receives it";
	if (wrong)
		bench_skip(env, wrong && rx ? rx : tx, wrong);
	else
		measure_path(env, &p);
	if (p.rx != p.tx)
		eth_port_remove(rx, p.rx);
	eth_port_remove(tx, p.tx);
}

/* memif joins two processes: the other one is this program again, sending back what it gets. */
static void measure_memif(struct bench_env *env)
{
	static const char device[] = "net_memif0,role=server,socket=nfvsim-calib";
	pid_t peer;

	if (env->peer == PROBE_NO_PEER) {
		bench_skip(env, "memif", "needs a second core (--cores A,B)");
		return;
	}
	peer = echo_spawn("net_memif0,role=client,socket=nfvsim-calib", env->opts->core[1]);
	if (peer < 0)
		bench_skip(env, "memif", "its peer does not start");
	else
		measure_device(env, device, NULL);
	echo_stop(peer);
}

static void run(struct bench_env *env, const struct bench *self)
{
	static const char *const built_in[] = {"net_null0", "net_ring0", "net_af_packet0,iface=lo"};
	const struct calib_opts *opts = env->opts;
	unsigned i;

	(void)self;
	if (opts->n_devices) {
		measure_device(env, opts->device[0], opts->n_devices > 1 ? opts->device[1] : NULL);
		return;
	}
	bench_skip(env, "NIC", "no device given (--device PCI-address)");
	for (i = 0; i < sizeof(built_in) / sizeof(built_in[0]); i++)
		measure_device(env, built_in[i], NULL);
	measure_memif(env);
}

const struct bench bench_pmd = {"pmd",
	"rx and tx of a burst on --device, or on null, ring and af_packet devices", 0, run, NULL};
