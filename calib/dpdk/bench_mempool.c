/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Taking a burst of buffers from a pool and giving it back, through the core's own cache (256
 * objects). */
#include "calib/dpdk/bench.h"

#include <rte_mempool.h>

#include "calib/dpdk/bench_each.h"

enum { BURST_MAX = 256 };

struct work {
	struct rte_mempool *pool;
	unsigned burst;
	void *object[BURST_MAX];
};

static void get_put(void *arg, unsigned calls)
{
	struct work *w = arg;

	while (calls--)
		if (!rte_mempool_get_bulk(w->pool, w->object, w->burst))
			rte_mempool_put_bulk(w->pool, w->object, w->burst);
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
			bench_measure(env, get_put, &w, w.burst);
	}
}

const struct bench bench_mempool = {
	"mempool", "mempool get and put of a burst, one core", 0, run, NULL};
