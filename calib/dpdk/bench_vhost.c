/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A vhost-user port and its virtio-user guest, each polled by its own core, with packets going
 * round: what copying into and out of the guest's ring costs the host, and what receiving and
 * sending costs the guest. The library is called directly (rte_vhost_enqueue_burst), as a switch
 * does. The guest's side is the virtio PMD on a split ring of 256 with mergeable buffers. Kicks
 * are off on both sides, as between two poll loops.
 */
#include "calib/dpdk/bench.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <rte_ethdev.h>
#include <rte_vhost.h>

#include "calib/dpdk/bench_each.h"
#include "calib/dpdk/reflector.h"
#include "calib/dpdk/vhost_port.h"

enum {
	RING_SLOTS = 256,
	BURST_MAX = 32
}; /* the library takes at most 32 packets a call out of a ring */

struct crossing { /* alone on its lines: both cores read it all the time */
	_Alignas(128) struct vhost_port host;
	uint16_t guest;
	struct rte_mempool *pool;
};

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

static const struct reflector_ops ops = {
	.host_get = host_get,
	.host_put = host_put,
	.guest_get = guest_get,
	.guest_put = guest_put,
	.host_put_copies = true,
	.metric = {"dequeue", "enqueue", "host_turn", "round", "guest_rx", "guest_tx", "guest_turn",
		NULL},
};

static void measure(struct bench_env *env, const struct bench *self, struct crossing *crossing)
{
	struct bench_list size = bench_sizes(env), burst = bench_bursts(env);
	struct reflector reflector = {&ops, crossing, RING_SLOTS};
	unsigned i, j;

	for (i = 0; i < size.n; i++)
		for (j = 0; j < burst.n && burst.value[j] <= BURST_MAX; j++) {
			struct sample_key key = bench_key_pair(env, self->name);

			key.size_B = size.value[i];
			key.burst = burst.value[j];
			if (bench_begin(env, &key) && reflector_run(env, &reflector))
				bench_skip(env, "", "the guest did not answer");
		}
}

static void measure_polls(
	struct bench_env *env, const struct bench *self, struct crossing *crossing)
{
	struct reflector reflector = {&ops, crossing, RING_SLOTS};
	struct sample_key key = bench_key(env, self->name);

	key.burst = BURST_MAX;
	key.peer = "idle";
	if (bench_begin(env, &key))
		reflector_polls(env, &reflector);
}

static void run(struct bench_env *env, const struct bench *self)
{
	struct crossing c = {.pool = env->pool};
	const char *wrong = vhost_port_open(&c.host);

	if (!wrong)
		wrong = vhost_port_guest(&c.host, RING_SLOTS, env->pool, &c.guest);
	if (!wrong)
		wrong = vhost_port_ready(&c.host);
	if (wrong) {
		bench_skip(env, "", wrong);
	} else {
		measure(env, self, &c);
		measure_polls(env, self, &c);
	}
	vhost_port_close(&c.host);
}

const struct bench bench_vhost = {"vhost",
	"vhost-user and virtio-user as a reflector: host's and guest's costs", BENCH_PEER, run,
	NULL};
