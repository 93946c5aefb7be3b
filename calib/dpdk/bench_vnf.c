/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Packets going round through a VNF: the reflector over vhost-user and virtio-user whose guest
 * works on each burst. What the ring's two sides cost depends on who touched the packet last, so
 * the parts of a dataplane are taken from this loop. l2fwd is run with all sizes, for the copies'
 * costs; the others with small packets, for their own. Rows are those of `vhost` and of the NFs,
 * with column `device` telling the loop they come from.
 */
#include "calib/dpdk/bench.h"

#include <rte_common.h>
#include <rte_random.h>

#include "calib/dpdk/bench_each.h"
#include "calib/dpdk/calib_opts.h"
#include "calib/dpdk/crossing.h"
#include "calib/dpdk/nf.h"
#include "calib/dpdk/reflector.h"

enum { ENTRIES = 10 };

static const uint32_t bursts[] = {1, 4, 8, 32}, sizes[] = {64, 256, 320, 640, 1518};

struct loop {
	struct crossing crossing; /* first: the crossing's functions take it */
	const struct nf *nf;
	void *nf_state;
};

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

static void measure_point(
	struct bench_env *env, struct loop *l, uint32_t burst, uint32_t size_B, bool copies)
{
	static const char *const nf_only[10] = {[9] = "packet"};
	static const char *const all[10] = {"dequeue", "enqueue", "host_turn", "round", NULL,
		"guest_rx", "guest_tx", "guest_turn"};
	struct reflector_ops ops = crossing_ops;
	struct reflector reflector = {&ops, l, CROSSING_SLOTS};
	struct sample_key key = bench_key_pair(env, copies ? "vhost" : l->nf->name);
	unsigned i;

	for (i = 0; i < RTE_DIM(all); i++)
		ops.metric[i] = copies ? all[i] : nf_only[i];
	ops.guest_work = work;
	ops.fill = fill;
	key.device = copies ? l->nf->name : "vhost";
	key.size_B = size_B;
	key.burst = burst;
	key.entries = l->nf->entries_max ? ENTRIES : 0;
	if (bench_begin(env, &key) && reflector_run(env, &reflector))
		bench_skip(env, l->nf->name, "the guest did not answer");
}

static void measure_nf(struct bench_env *env, struct loop *l, const struct nf *nf)
{
	unsigned i, j;

	rte_srand(env->opts->seed);
	l->nf = nf;
	l->nf_state = nf->create(ENTRIES);
	if (!l->nf_state) {
		bench_skip(env, nf->name, "no memory for its table");
		return;
	}
	for (j = 0; j < RTE_DIM(bursts); j++) {
		measure_point(env, l, bursts[j], sizes[0], false);
		for (i = 0; i < RTE_DIM(sizes) && nf == &nf_l2fwd; i++)
			measure_point(env, l, bursts[j], sizes[i], true);
	}
	nf->destroy(l->nf_state);
}

static void measure_polls(struct bench_env *env, struct loop *l)
{
	struct reflector reflector = {&crossing_ops, l, CROSSING_SLOTS};
	struct sample_key key = bench_key(env, "vhost");

	key.burst = CROSSING_BURST_MAX;
	key.peer = "idle";
	if (bench_begin(env, &key))
		reflector_polls(env, &reflector);
}

static void run(struct bench_env *env, const struct bench *self)
{
	static const struct nf *const nfs[] = {&nf_l2fwd, &nf_lpm, &nf_acl};
	struct loop l = {.crossing = {.pool = env->pool}};
	const char *wrong = crossing_open(&l.crossing);
	unsigned i;

	(void)self;
	if (wrong)
		bench_skip(env, "", wrong);
	for (i = 0; !wrong && i < RTE_DIM(nfs); i++)
		measure_nf(env, &l, nfs[i]);
	if (!wrong)
		measure_polls(env, &l);
	crossing_close(&l.crossing);
}

const struct bench bench_vnf = {"vnf",
	"vhost-user and virtio-user with a VNF at work in the loop, for live runs",
	BENCH_PEER | BENCH_ASKED, run, NULL};
