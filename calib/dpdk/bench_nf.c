/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A network function on one core: metric `packet` is its cost on packets whose headers are in the
 * near caches (they have just been received), `lookup` that of its bare table access with 65,536
 * different keys. Both are measured with the other core idle and busy, as a busy sibling or a
 * shared cache makes the same code slower.
 */
#include "calib/dpdk/bench.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include <rte_common.h>
#include <rte_launch.h>
#include <rte_mbuf.h>

#include "calib/dpdk/bench_each.h"
#include "calib/dpdk/nf.h"
#include "calib/dpdk/packet.h"

enum { PACKETS = 512, SIZE_B = 64, BUSY_B = 1024 };

struct work {
	const struct nf *nf;
	void *state;
	unsigned burst;
	uint32_t next_packet, next_key;
	unsigned n; /* packets made */
	struct rte_mbuf *packet[PACKETS];
};

struct busy { /* alone on its lines, or it would slow down its neighbours on the stack */
	_Alignas(128) _Atomic bool stop;
	_Alignas(128) char from[BUSY_B];
	char to[BUSY_B];
};

/* Copies, as a dataplane's other cores would. */
static int keep_busy(void *arg)
{
	struct busy *b = arg;

	while (!atomic_load_explicit(&b->stop, memory_order_relaxed)) {
		memcpy(b->to, b->from, sizeof(b->to));
		__asm__ volatile("" : : "r"(b->to) : "memory");
	}
	return 0;
}

/* The pointers are packed in place, which changes nothing as long as every packet passes. */
static void run_packets(void *arg, unsigned calls)
{
	struct work *w = arg;

	while (calls--) {
		w->nf->run(w->state, w->packet + w->next_packet, w->burst);
		w->next_packet = (w->next_packet + w->burst) % PACKETS;
	}
}

static void run_lookups(void *arg, unsigned calls)
{
	struct work *w = arg;

	while (calls--) {
		w->nf->lookup(w->state, w->next_key, w->burst);
		w->next_key = (w->next_key + w->burst) % NF_KEYS;
	}
}

static void measure_point(struct bench_env *env, struct work *w, const struct sample_key *key)
{
	struct busy busy = {.stop = false};
	struct robust_set set[2];
	struct sample_row row[2];
	bool loaded = !strcmp(key->peer, "busy");
	unsigned n = w->nf->lookup ? 2 : 1;

	if (!bench_begin(env, key))
		return;
	w->burst = key->burst;
	w->next_packet = w->next_key = 0;
	if (loaded)
		rte_eal_remote_launch(keep_busy, &busy, env->peer);
	windows_measure(&env->plan, run_packets, w, &set[0]);
	if (n > 1)
		windows_measure(&env->plan, run_lookups, w, &set[1]);
	atomic_store(&busy.stop, true);
	if (loaded)
		rte_eal_wait_lcore(env->peer);
	row[0] = bench_row("packet", &set[0], key->burst);
	if (n > 1)
		row[1] = bench_row("lookup", &set[1], key->burst);
	bench_end(env, row, n);
}

static void measure_bursts(struct bench_env *env, struct work *w, uint32_t entries)
{
	struct bench_list burst = bench_bursts(env);
	unsigned i, loaded, states = env->peer == PROBE_NO_PEER ? 1 : 2;

	for (i = 0; i < burst.n; i++)
		for (loaded = 0; loaded < states; loaded++) {
			struct sample_key key = loaded ? bench_key_pair(env, w->nf->name)
						       : bench_key(env, w->nf->name);

			key.peer = loaded ? "busy" : "idle";
			key.burst = burst.value[i];
			key.entries = entries;
			key.size_B = SIZE_B;
			measure_point(env, w, &key);
		}
}

/* Packets are of one size: no function here reads the payload. Returns whether the function lets
 * all of them pass. */
static bool make_packets(struct bench_env *env, struct work *w)
{
	unsigned i;

	for (i = 0; i < PACKETS; i++) {
		w->packet[i] = packet_make(env->pool, SIZE_B);
		if (!w->packet[i])
			return false;
		w->n++;
		w->nf->fill(w->state, w->packet[i]);
	}
	for (i = 0, w->n = 0; i < PACKETS; i += NF_BURST_MAX)
		w->n += w->nf->run(w->state, w->packet + i, NF_BURST_MAX);
	return w->n == PACKETS;
}

static void measure_table(struct bench_env *env, const struct nf *nf, uint32_t entries)
{
	struct work w = {.nf = nf, .state = nf->create(entries)};
	char what[32];

	snprintf(what, sizeof(what), "%u entries", entries);
	if (!w.state)
		bench_skip(env, what, "no memory for its table (--memory)");
	else if (make_packets(env, &w))
		measure_bursts(env, &w, entries);
	else
		bench_skip(env, what, "no memory for packets, or its table refuses them");
	rte_pktmbuf_free_bulk(w.packet, w.n);
	if (w.state)
		nf->destroy(w.state);
}

static void run(struct bench_env *env, const struct bench *self)
{
	const struct nf *nf = self->arg;
	struct bench_list entries = bench_entries(env, nf->entries_max);
	unsigned i;

	if (!nf->entries_max)
		measure_table(env, nf, 0);
	for (i = 0; i < entries.n && !bench_stopped(env); i++)
		measure_table(env, nf, entries.value[i]);
}

const struct bench bench_l2fwd = {"l2fwd", "layer-2 forwarding", 0, run, &nf_l2fwd};
const struct bench bench_touch = {"touch", "one-byte touch of each packet", 0, run, &nf_touch};
const struct bench bench_lpm = {
	"lpm", "IPv4 longest-prefix match, rte_lpm, 10 to 100 k routes", 0, run, &nf_lpm};
const struct bench bench_fib = {
	"fib", "IPv4 longest-prefix match, rte_fib, 10 to 1 M routes", 0, run, &nf_fib};
const struct bench bench_acl = {"acl", "firewall, rte_acl, 10 to 10 k rules", 0, run, &nf_acl};
const struct bench bench_hash = {"hash", "flow table, rte_hash, 10 to 1 M flows", 0, run, &nf_hash};
