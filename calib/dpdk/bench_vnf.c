/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Packets going through a VNF, as in a live run: a source and a sink on the host's core, vhost-user
 * and virtio-user, and a guest that works on each burst. What a side of the ring costs depends on
 * who touched the packet last, on what the other core does, and on what else its own core does; so
 * the parts are timed within this loop. l2fwd is run with all sizes, for the copies' costs; the
 * others with small packets, for their own. Rows are those of `vhost`, of the NFs, and of `pmd` for
 * source and sink, whose place is that of a NIC; column `device` tells the loop they come from.
 */
#include "calib/dpdk/bench.h"

#include <stdlib.h>
#include <string.h>

#include <rte_common.h>
#include <rte_cycles.h>
#include <rte_mbuf.h>
#include <rte_random.h>

#include "calib/dpdk/bench_each.h"
#include "calib/dpdk/calib_opts.h"
#include "calib/dpdk/crossing.h"
#include "calib/dpdk/generator.h"
#include "calib/dpdk/nf.h"
#include "calib/dpdk/reflector.h"

enum { ENTRIES = 10, LATENCIES = 1 << 16 };

static const double overload_pps = 1e9; /* so that a burst is always due */

/* The source gives single packets or, when it is ahead, full bursts, and nothing between. */
static const uint32_t bursts[] = {1, 4, 16, 32}, nf_bursts[] = {1, 8, 16, 24, 32},
		      source_bursts[] = {1, 32}, sizes[] = {64, 256, 320, 640, 1518},
		      source_sizes[] = {64, 640, 1518};

struct loop {
	struct crossing crossing; /* first: the crossing's functions take it */
	struct generator generator;
	const struct nf *nf;
	void *nf_state;
	_Alignas(128) uint64_t flushed;
};

static void sink(void *state, struct rte_mbuf **burst, unsigned n)
{
	struct loop *l = state;

	generator_put(&l->generator, burst, n);
	l->generator.n_latencies %= LATENCIES / 2;
}

static void source(void *state, struct rte_mbuf **burst, unsigned n)
{
	struct loop *l = state;
	unsigned got = 0;

	while (got < n)
		got += generator_get(&l->generator, burst + got, n - got);
}

/* A guest looks at its flush timer on each turn. */
static unsigned guest_get(void *state, struct rte_mbuf **burst, unsigned n)
{
	struct loop *l = state;

	if (rte_rdtsc() - l->flushed > UINT64_MAX / 2)
		l->flushed = 0;
	return crossing_ops.guest_get(state, burst, n);
}

static void work(void *state, struct rte_mbuf **burst, unsigned n)
{
	struct loop *l = state;

	l->nf->run(l->nf_state, burst, n);
}

static void fill(void *state, struct rte_mbuf *packet)
{
	struct loop *l = state;

	l->nf->fill(l->nf_state, packet);
}

/* What of the loop is written: the crossing's costs, the NF's, or those of source and sink. */
enum part { PART_CROSSING, PART_NF, PART_GENERATOR };

static void choose_metrics(struct reflector_ops *ops, enum part part)
{
	static const struct reflector_ops none;

	if (part != PART_CROSSING) {
		memcpy(ops->host_metric, none.host_metric, sizeof(none.host_metric));
		memcpy(ops->guest_metric, none.guest_metric, sizeof(none.guest_metric));
	}
	if (part == PART_NF)
		ops->guest_metric[4] = "packet";
	if (part == PART_GENERATOR) {
		ops->host_metric[4] = "tx";
		ops->host_metric[5] = "rx";
	}
}

static void measure_point(
	struct bench_env *env, struct loop *l, enum part part, uint32_t burst, uint32_t size_B)
{
	const char *const name[] = {"vhost", l->nf->name, "pmd"};
	const char *const device[] = {l->nf->name, "vhost", "generator"};
	struct sample_key key = bench_key_pair(env, name[part]);
	struct reflector_ops ops = crossing_ops;
	struct reflector reflector = {&ops, l, CROSSING_SLOTS};

	choose_metrics(&ops, part);
	ops.host_work[0] = sink;
	ops.host_work[1] = source;
	ops.guest_get = guest_get;
	ops.guest_work[0] = work;
	ops.fill = fill;
	key.device = device[part];
	key.size_B = size_B;
	key.burst = burst;
	key.entries = part == PART_NF && l->nf->entries_max ? ENTRIES : 0;
	if (!bench_begin(env, &key))
		return;
	generator_start(&l->generator, overload_pps, env->plan.tsc_hz, size_B);
	if (reflector_run(env, &reflector))
		bench_skip(env, l->nf->name, "the guest did not answer");
}

static void measure_crossing(struct bench_env *env, struct loop *l)
{
	unsigned i, j;

	for (j = 0; j < RTE_DIM(bursts); j++)
		for (i = 0; i < RTE_DIM(sizes); i++)
			measure_point(env, l, PART_CROSSING, bursts[j], sizes[i]);
	for (j = 0; j < RTE_DIM(source_bursts); j++)
		for (i = 0; i < RTE_DIM(source_sizes); i++)
			measure_point(env, l, PART_GENERATOR, source_bursts[j], source_sizes[i]);
}

static void measure_nf(struct bench_env *env, struct loop *l, const struct nf *nf)
{
	unsigned j;

	rte_srand(env->opts->seed);
	l->nf = nf;
	l->nf_state = nf->create(ENTRIES);
	if (!l->nf_state || generator_headers(&l->generator, nf, l->nf_state)) {
		bench_skip(env, nf->name, "no memory for its table");
		return;
	}
	for (j = 0; j < RTE_DIM(nf_bursts); j++)
		measure_point(env, l, PART_NF, nf_bursts[j], sizes[0]);
	if (nf == &nf_l2fwd)
		measure_crossing(env, l);
	nf->destroy(l->nf_state);
}

static void measure_polls(struct bench_env *env, struct loop *l)
{
	struct reflector_ops ops = crossing_ops;
	struct reflector reflector = {&ops, l, CROSSING_SLOTS};
	struct sample_key key = bench_key(env, "vhost");

	ops.guest_get = guest_get;
	key.burst = CROSSING_BURST_MAX;
	key.peer = "idle";
	if (bench_begin(env, &key))
		reflector_polls(env, &reflector);
}

static void look_at_source(void *arg, unsigned calls)
{
	struct rte_mbuf *burst[CROSSING_BURST_MAX];

	while (calls--)
		generator_get(arg, burst, CROSSING_BURST_MAX);
}

static void measure_source_polls(struct bench_env *env, struct generator *g)
{
	struct sample_key key = bench_key(env, "pmd");
	struct rte_mbuf *first;
	struct robust_set set;
	struct sample_row row;

	key.device = "generator";
	key.peer = "idle";
	if (!bench_begin(env, &key))
		return;
	generator_start(g, 1e-3, env->plan.tsc_hz, sizes[0]);
	if (generator_get(g, &first, 1))
		rte_pktmbuf_free(first);
	windows_measure(&env->plan, look_at_source, g, &set);
	row = bench_row("poll", &set, 1);
	bench_end(env, &row, 1);
}

static void run(struct bench_env *env, const struct bench *self)
{
	static const struct nf *const nfs[] = {&nf_l2fwd, &nf_lpm, &nf_acl};
	struct loop l = {.crossing = {.pool = env->pool},
		.generator = {.pool = env->pool, .latency_room = LATENCIES}};
	const char *wrong = crossing_open(&l.crossing);
	unsigned i;

	(void)self;
	l.generator.latency_cycles = calloc(LATENCIES, sizeof(*l.generator.latency_cycles));
	if (wrong)
		bench_skip(env, "", wrong);
	for (i = 0; !wrong && i < RTE_DIM(nfs); i++)
		measure_nf(env, &l, nfs[i]);
	if (!wrong) {
		measure_polls(env, &l);
		measure_source_polls(env, &l.generator);
	}
	crossing_close(&l.crossing);
	free(l.generator.latency_cycles);
}

const struct bench bench_vnf = {"vnf",
	"vhost-user and virtio-user with a VNF at work in the loop, for live runs",
	BENCH_PEER | BENCH_ASKED, run, NULL};
