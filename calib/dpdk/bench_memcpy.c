/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Copying a packet's bytes with rte_memcpy, as packet code here would. Column `cache` says where
 * both ends are:
 *	warm	a few buffers in the near caches
 *	llc	8 MiB at each end: beyond the second level, within the last one
 *	cold	every line flushed to memory before each copy, which alone is timed, fenced
 * With several sockets the source is also placed on each of them (core_b is then a core there,
 * its socket is socket_b).
 */
#include "calib/dpdk/bench.h"

#include <string.h>

#include <hwloc.h>
#include <rte_cycles.h>
#include <rte_malloc.h>
#include <rte_memcpy.h>
#include <rte_random.h>

#include "calib/dpdk/bench_each.h"
#include "calib/dpdk/calib_opts.h"
#include "calib/dpdk/fingerprint.h"

enum { SLOT_B = 2048, WARM_SLOTS = 4, LLC_SLOTS = 4096, LINE_B = 64 };

struct work {
	char *from, *to;
	uint32_t slots, next;
	uint32_t size_B;
	uint32_t order[LLC_SLOTS]; /* a random one, so that no prefetcher knows the next */
};

static void copy(void *arg, unsigned calls)
{
	struct work *w = arg;

	while (calls--) {
		size_t at = (size_t)w->order[w->next] * SLOT_B;

		rte_memcpy(w->to + at, w->from + at, w->size_B);
		w->next = w->next + 1 == w->slots ? 0 : w->next + 1;
	}
}

static void flush(const char *at, uint32_t size_B)
{
	uint32_t i;

	for (i = 0; i < size_B; i += LINE_B)
		__builtin_ia32_clflush(at + i);
}

static uint64_t copy_flushed(struct work *w)
{
	size_t at = (size_t)w->order[w->next] * SLOT_B;
	uint64_t start;

	w->next = w->next + 1 == w->slots ? 0 : w->next + 1;
	flush(w->from + at, w->size_B);
	flush(w->to + at, w->size_B);
	rte_mb();
	start = rte_rdtsc_precise();
	rte_memcpy(w->to + at, w->from + at, w->size_B);
	rte_mb();
	return rte_rdtsc_precise() - start;
}

/* What the fences and the clock cost by themselves, to be taken off. */
static double fence_cycles(void)
{
	double value[32];
	unsigned i;

	for (i = 0; i < 32; i++) {
		uint64_t start = rte_rdtsc_precise();

		rte_mb();
		value[i] = (double)(rte_rdtsc_precise() - start);
	}
	return robust_median(value, 32);
}

static void measure_cold(struct bench_env *env, struct work *w)
{
	double fence = fence_cycles();
	struct windows_timer timed;
	struct sample_row row;
	uint64_t now;

	windows_start(&timed, &env->plan);
	do {
		uint64_t cycles = copy_flushed(w);

		windows_call(&timed, 0, cycles > fence ? cycles - (uint64_t)fence : 0);
		now = rte_rdtsc();
		windows_turn(&timed, now, true);
	} while (windows_wants(&timed, now));
	row = bench_row("call", &timed.set[0], 1);
	bench_end(env, &row, 1);
}

static void shuffle(struct work *w)
{
	uint32_t i;

	for (i = 0; i < w->slots; i++) {
		uint32_t other = (uint32_t)rte_rand_max(i + 1);

		w->order[i] = w->order[other];
		w->order[other] = i;
	}
	w->next = 0;
}

static void measure_sizes(struct bench_env *env, struct work *w, struct sample_key key)
{
	struct bench_list size = bench_sizes(env);
	unsigned i;

	w->slots = strcmp(key.cache, "warm") ? LLC_SLOTS : WARM_SLOTS;
	shuffle(w);
	for (i = 0; i < size.n; i++) {
		key.size_B = w->size_B = size.value[i];
		if (!bench_begin(env, &key))
			continue;
		if (strcmp(key.cache, "cold"))
			bench_measure(env, copy, w, 1);
		else
			measure_cold(env, w);
	}
}

static void measure_states(struct bench_env *env, struct work *w, struct sample_key key)
{
	static const char *const cache[] = {"warm", "llc", "cold"};
	unsigned i;

	for (i = 0; i < sizeof(cache) / sizeof(cache[0]); i++) {
		key.cache = cache[i];
		measure_sizes(env, w, key);
	}
}

static char *allocate(struct bench_env *env, unsigned core)
{
	hwloc_obj_t pu = hwloc_get_pu_obj_by_os_index(env->fp->topology, core);
	char *memory = NULL;

	if (pu)
		memory = hwloc_alloc_membind(env->fp->topology, (size_t)LLC_SLOTS * SLOT_B,
			pu->nodeset, HWLOC_MEMBIND_BIND, HWLOC_MEMBIND_BYNODESET);
	if (!memory)
		memory = hwloc_alloc(env->fp->topology, (size_t)LLC_SLOTS * SLOT_B);
	if (memory)
		memset(memory, 1, (size_t)LLC_SLOTS * SLOT_B);
	return memory;
}

static void release(struct bench_env *env, char *memory)
{
	if (memory)
		hwloc_free(env->fp->topology, memory, (size_t)LLC_SLOTS * SLOT_B);
}

/* One core on each further socket, if --cores names one there. */
static void measure_far_sockets(struct bench_env *env, struct work *w, const char *name)
{
	const struct calib_opts *opts = env->opts;
	unsigned done = 1u << (fingerprint_socket(env->fp, opts->core[0]) & 31), i;
	char *near = w->from;

	for (i = 1; i < opts->n_cores; i++) {
		unsigned socket = fingerprint_socket(env->fp, opts->core[i]);
		struct sample_key key = bench_key(env, name);

		if (done & 1u << (socket & 31))
			continue;
		done |= 1u << (socket & 31);
		key.core_b = opts->core[i];
		key.socket_b = socket;
		w->from = allocate(env, opts->core[i]);
		if (w->from)
			measure_states(env, w, key);
		release(env, w->from);
	}
	w->from = near;
	if (env->fp->sockets == 1)
		bench_skip(env, "by socket", "this machine has one socket");
}

static void run(struct bench_env *env, const struct bench *self)
{
	unsigned core = env->opts->core[0];
	struct work w = {.from = allocate(env, core), .to = allocate(env, core)};

	if (w.from && w.to) {
		measure_states(env, &w, bench_key(env, self->name));
		measure_far_sockets(env, &w, self->name);
	} else {
		bench_skip(env, "", "no memory");
	}
	release(env, w.from);
	release(env, w.to);
}

const struct bench bench_memcpy = {"memcpy",
	"copy of a packet's bytes: warm, in the last-level cache, cold; by socket", 0, run, NULL};
