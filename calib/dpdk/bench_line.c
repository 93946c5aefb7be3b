/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lines that another core has just written. For each pair of cores: the round trip of one line
 * (`pingpong`), and what it costs to read n lines the other core has dirtied, one after the other
 * as in a pointer chase (`chase`) and all at once (`stream`), per line. Column `entries` is n.
 * With cores on several sockets this is the NUMA matrix.
 *
 * The main core takes part in each pair as the one that measures; so the pairs are (A,B), (A,C),
 * ... in both directions only where the table is run with the cores in another order.
 */
#include "calib/dpdk/bench.h"

#include <math.h>
#include <stdatomic.h>

#include <rte_cycles.h>
#include <rte_launch.h>
#include <rte_malloc.h>
#include <rte_pause.h>

#include "calib/dpdk/bench_each.h"
#include "calib/dpdk/calib_opts.h"
#include "calib/dpdk/fingerprint.h"

enum {
	LINES_MAX = 32,
	CELL_B = 256
}; /* lines lie apart, so that neighbours are not fetched along */

struct cell {
	_Alignas(CELL_B) struct cell *volatile next;
	volatile uint64_t value;
};

struct shared {
	_Alignas(CELL_B) _Atomic uint32_t round; /* odd: the writer's turn */
	_Atomic bool stop;
	unsigned lines;                  /* a power of two */
	_Alignas(CELL_B) uint32_t asked; /* the reader's own count of rounds */
	struct cell cell[LINES_MAX];
};

static int write_lines(void *arg)
{
	struct shared *s = arg;
	uint32_t round = 1;
	unsigned i;

	while (!atomic_load_explicit(&s->stop, memory_order_relaxed)) {
		if (atomic_load_explicit(&s->round, memory_order_acquire) != round)
			continue;
		for (i = 0; i < s->lines; i++)
			s->cell[i].value++;
		atomic_store_explicit(&s->round, round + 1, memory_order_release);
		round += 2;
	}
	return 0;
}

static void chase(struct shared *s)
{
	struct cell *at = &s->cell[0];
	unsigned i;

	for (i = 0; i < s->lines; i++)
		at = at->next;
}

static void stream(struct shared *s)
{
	uint64_t sum = 0;
	unsigned i;

	for (i = 0; i < s->lines; i++)
		sum += s->cell[i].value;
	__asm__ volatile("" : : "r"(sum));
}

/* Returns the cycles of one reading of freshly written lines; gives up when the writer does not
 * answer. */
static uint64_t read_once(struct shared *s, void (*read)(struct shared *))
{
	uint64_t start, deadline = rte_rdtsc() + rte_get_tsc_hz();

	atomic_store_explicit(&s->round, s->asked + 1, memory_order_release);
	s->asked += 2;
	while (atomic_load_explicit(&s->round, memory_order_acquire) != s->asked)
		if (rte_rdtsc() > deadline)
			return 0;
	start = rte_rdtsc_precise();
	read(s);
	return rte_rdtsc_precise() - start;
}

static void measure_read(struct bench_env *env, struct shared *s, void (*read)(struct shared *),
	struct windows_timer *timed)
{
	double overhead = 2 * env->plan.overhead_cycles;
	uint64_t now, cycles;

	windows_start(timed, &env->plan);
	do {
		cycles = read_once(s, read);
		if (cycles)
			windows_call(timed, 0, cycles > overhead ? cycles - (uint64_t)overhead : 0);
		now = rte_rdtsc();
		windows_turn(timed, now, cycles);
	} while (windows_wants(timed, now));
}

/* The chain visits the first n cells in an order no stride predictor follows: an odd multiple,
 * modulo a power of two. */
static void link_cells(struct shared *s, unsigned n)
{
	unsigned i;

	for (i = 0; i < n; i++)
		s->cell[i * 13 % n].next = &s->cell[(i + 1) * 13 % n];
	s->lines = n;
	s->asked = 0;
	atomic_store(&s->round, 0);
	atomic_store(&s->stop, false);
}

static void measure_lines(struct bench_env *env, struct shared *s, unsigned lcore, unsigned lines)
{
	struct windows_timer chased, streamed;
	struct sample_row row[2];

	link_cells(s, lines);
	rte_eal_remote_launch(write_lines, s, lcore);
	measure_read(env, s, chase, &chased);
	measure_read(env, s, stream, &streamed);
	atomic_store(&s->stop, true);
	rte_eal_wait_lcore(lcore);
	row[0] = bench_row("chase", &chased.set[0], lines);
	row[1] = bench_row("stream", &streamed.set[0], lines);
	bench_end(env, row, 2);
}

static void measure_pingpong(struct bench_env *env, unsigned lcore)
{
	struct robust_set set = {.n = 0};
	struct sample_row row;
	double cycles;
	unsigned i;

	for (i = 0; i < env->plan.windows; i++) {
		cycles = probe_pingpong(lcore);
		if (isnan(cycles))
			set.dirty++;
		else
			robust_add(&set, cycles);
	}
	row = bench_row("pingpong", &set, 1);
	bench_end(env, &row, 1);
}

static void run(struct bench_env *env, const struct bench *self)
{
	static const unsigned lines[] = {1, 8, 32};
	struct shared *s = rte_zmalloc(NULL, sizeof(*s), CELL_B);
	unsigned lcore, i;

	for (lcore = 1; s && lcore < env->opts->n_cores; lcore++) {
		struct sample_key key = bench_key_pair(env, self->name);

		key.core_b = env->opts->core[lcore];
		key.socket_b = fingerprint_socket(env->fp, key.core_b);
		if (bench_begin(env, &key))
			measure_pingpong(env, lcore);
		for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
			key.entries = lines[i];
			if (bench_begin(env, &key))
				measure_lines(env, s, lcore, lines[i]);
		}
	}
	rte_free(s);
}

const struct bench bench_line = {"line",
	"cache lines that another core has dirtied, each pair of cores", BENCH_PEER, run, NULL};
