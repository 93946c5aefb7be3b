/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Putting a burst of pointers into a single-producer, single-consumer ring and taking it out
 * again, on one core. */
#include "calib/dpdk/bench.h"

#include <rte_ring.h>

#include "calib/dpdk/bench_each.h"

enum { BURST_MAX = 256, RING_SLOTS = 1024 };

struct work {
	struct rte_ring *ring;
	unsigned burst;
	void *object[BURST_MAX];
};

static void put_get(void *arg, unsigned calls)
{
	struct work *w = arg;

	while (calls--) {
		rte_ring_sp_enqueue_burst(w->ring, w->object, w->burst, NULL);
		rte_ring_sc_dequeue_burst(w->ring, w->object, w->burst, NULL);
	}
}

static void run(struct bench_env *env, const struct bench *self)
{
	struct bench_list burst = bench_bursts(env);
	struct work w = {.ring = rte_ring_create("calib_ring", RING_SLOTS, SOCKET_ID_ANY,
				 RING_F_SP_ENQ | RING_F_SC_DEQ)};
	unsigned i;

	if (!w.ring) {
		bench_skip(env, "", "no memory for a ring");
		return;
	}
	for (i = 0; i < burst.n; i++) {
		struct sample_key key = bench_key(env, self->name);

		key.burst = w.burst = burst.value[i];
		if (bench_begin(env, &key))
			bench_measure(env, put_get, &w, w.burst);
	}
	rte_ring_free(w.ring);
}

const struct bench bench_ring = {
	"ring", "SP/SC ring, enqueue and dequeue of a burst on one core", 0, run, NULL};
