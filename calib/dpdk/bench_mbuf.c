/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Allocating and freeing a burst of packet buffers: the mempool's work plus resetting each mbuf. */
#include "calib/dpdk/bench.h"

#include <rte_mbuf.h>

#include "calib/dpdk/bench_each.h"

enum { BURST_MAX = 256 };

struct work {
	struct rte_mempool *pool;
	unsigned burst;
	struct rte_mbuf *mbuf[BURST_MAX];
};

static void alloc_free(void *arg, unsigned calls)
{
	struct work *w = arg;

	while (calls--)
		if (!rte_pktmbuf_alloc_bulk(w->pool, w->mbuf, w->burst))
			rte_pktmbuf_free_bulk(w->mbuf, w->burst);
}

static void run(struct bench_env *env, const struct bench *self)
{
	struct bench_list burst = bench_bursts(env);
	struct work w = {.pool = env->pool};
	unsigned i;

	for (i = 0; i < burst.n; i++) {
		struct sample_key key = bench_key(env, self->name);

		key.burst = w.burst = burst.value[i];
		if (bench_begin(env, &key))
			bench_measure(env, alloc_free, &w, w.burst);
	}
}

const struct bench bench_mbuf = {
	"mbuf", "mbuf allocation and release of a burst, one core", 0, run, NULL};
