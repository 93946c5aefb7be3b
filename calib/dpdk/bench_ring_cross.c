/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A pair of SP/SC rings between two cores, as a reflector: what a burst costs each side when
 * pointers change core. */
#include "calib/dpdk/bench.h"

#include <rte_mbuf.h>
#include <rte_ring.h>

#include "calib/dpdk/bench_each.h"
#include "calib/dpdk/reflector.h"

enum { RING_SLOTS = 1024 };

struct rings { /* alone on its lines: both cores read it all the time */
	_Alignas(128) struct rte_ring *to_guest;
	struct rte_ring *to_host;
};

static unsigned host_get(void *state, struct rte_mbuf **burst, unsigned n)
{
	return rte_ring_sc_dequeue_burst(((struct rings *)state)->to_host, (void **)burst, n, NULL);
}

static unsigned host_put(void *state, struct rte_mbuf **burst, unsigned n)
{
	return rte_ring_sp_enqueue_burst(
		((struct rings *)state)->to_guest, (void **)burst, n, NULL);
}

static unsigned guest_get(void *state, struct rte_mbuf **burst, unsigned n)
{
	return rte_ring_sc_dequeue_burst(
		((struct rings *)state)->to_guest, (void **)burst, n, NULL);
}

static unsigned guest_put(void *state, struct rte_mbuf **burst, unsigned n)
{
	return rte_ring_sp_enqueue_burst(((struct rings *)state)->to_host, (void **)burst, n, NULL);
}

static const struct reflector_ops ops = {
	.host_get = host_get,
	.host_put = host_put,
	.guest_get = guest_get,
	.guest_put = guest_put,
	.host_metric = {"dequeue", "enqueue", "turn", "round"},
};

static void measure_polls(
	struct bench_env *env, const struct bench *self, const struct reflector *reflector)
{
	struct sample_key key = bench_key(env, self->name);

	key.burst = 32;
	key.peer = "idle";
	if (bench_begin(env, &key))
		reflector_polls(env, reflector);
}

static void run(struct bench_env *env, const struct bench *self)
{
	struct bench_list burst = bench_bursts(env);
	struct rings rings = {
		rte_ring_create(
			"calib_to_guest", RING_SLOTS, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ),
		rte_ring_create(
			"calib_to_host", RING_SLOTS, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ),
	};
	struct reflector reflector = {&ops, &rings, RING_SLOTS};
	unsigned i;

	for (i = 0; i < burst.n && rings.to_guest && rings.to_host; i++) {
		struct sample_key key = bench_key_pair(env, self->name);

		key.burst = burst.value[i];
		key.size_B = 64;
		if (bench_begin(env, &key) && reflector_run(env, &reflector))
			bench_skip(env, "", "the peer did not answer");
	}
	if (rings.to_guest && rings.to_host)
		measure_polls(env, self, &reflector);
	rte_ring_free(rings.to_guest);
	rte_ring_free(rings.to_host);
}

const struct bench bench_ring_cross = {
	"ring_cross", "SP/SC rings between two cores, as a reflector", BENCH_PEER, run, NULL};
