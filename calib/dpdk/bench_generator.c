/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The traffic source and sink of live runs, on one core: `rx` is what a burst costs the source,
 * `turn` what both do. The rows are those of a NIC's driver, whose place the two take.
 */
#include "calib/dpdk/bench.h"

#include <stdlib.h>

#include <rte_cycles.h>
#include <rte_mbuf.h>

#include "calib/dpdk/bench_each.h"
#include "calib/dpdk/generator.h"

enum { RX, TURN, LATENCIES = 1 << 16 };

static const double overload_pps = 1e9; /* so that a burst is always due */

static void measure(struct bench_env *env, struct generator *g)
{
	uint64_t overhead = (uint64_t)env->plan.overhead_cycles, start, made, end;
	struct rte_mbuf *burst[NF_BURST_MAX];
	struct windows_timer timed;
	unsigned n;
	struct sample_row row[2];

	windows_start(&timed, &env->plan);
	generator_start(g, overload_pps, env->plan.tsc_hz, env->key.size_B);
	do {
		start = rte_rdtsc();
		n = generator_get(g, burst, env->key.burst);
		made = rte_rdtsc();
		generator_put(g, burst, n);
		g->n_latencies %= LATENCIES / 2;
		end = rte_rdtsc();
		if (n == env->key.burst) {
			windows_call(&timed, RX, made - start - overhead);
			windows_call(&timed, TURN, end - start - 2 * overhead);
		}
		windows_turn(&timed, end, n == env->key.burst);
	} while (windows_wants(&timed, end) && !env->interrupted());
	row[0] = bench_timed_row(env, "rx", &timed.set[RX], env->key.burst);
	row[1] = bench_timed_row(env, "turn", &timed.set[TURN], env->key.burst);
	bench_end(env, row, 2);
}

static void nothing_due(void *arg, unsigned calls)
{
	struct rte_mbuf *burst[NF_BURST_MAX];

	while (calls--)
		generator_get(arg, burst, NF_BURST_MAX);
}

static void measure_polls(struct bench_env *env, struct generator *g)
{
	struct rte_mbuf *first;
	struct robust_set set;
	struct sample_row row;

	generator_start(g, 1e-3, env->plan.tsc_hz, 64);
	if (generator_get(g, &first, 1))
		rte_pktmbuf_free(first);
	windows_measure(&env->plan, nothing_due, g, &set);
	row = bench_row("poll", &set, 1);
	bench_end(env, &row, 1);
}

static void run(struct bench_env *env, const struct bench *self)
{
	static const uint32_t bursts[] = {1, 4, 8, 32}, sizes[] = {64, 320, 1518};
	struct generator *g = calloc(1, sizeof(*g));
	uint64_t *latency = calloc(LATENCIES, sizeof(*latency));
	unsigned i, j;

	*g = (struct generator){
		.pool = env->pool, .latency_cycles = latency, .latency_room = LATENCIES};
	for (i = 0; i < RTE_DIM(sizes); i++)
		for (j = 0; j < RTE_DIM(bursts); j++) {
			struct sample_key key = bench_key(env, "pmd");

			key.device = self->name;
			key.size_B = sizes[i];
			key.burst = bursts[j];
			if (bench_begin(env, &key))
				measure(env, g);
		}
	struct sample_key key = bench_key(env, "pmd");
	key.device = self->name;
	if (bench_begin(env, &key))
		measure_polls(env, g);
	free(latency);
	free(g);
}

const struct bench bench_generator = {"generator",
	"the traffic source and sink of live runs, as a device", BENCH_ASKED, run, NULL};
