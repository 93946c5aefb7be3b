/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ping-pong, compute kernels, steal time and preemptions: see probe.h. */
#include "calib/dpdk/probe.h"

#include <math.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <rte_cycles.h>
#include <rte_launch.h>
#include <rte_pause.h>

#include "calib/dpdk/robust.h"

enum { ROUNDS = 32, BATCHES = 9, ADDITIONS = 4096, TRIES = 64 };
enum { CELLS = 8, CHASES = 15, CELL_B = 256 }; /* cells lie apart: neighbours are fetched along */

static const double alone_above = 0.97; /* of the best issue ratio */

struct cell {
	_Alignas(CELL_B) struct cell *volatile next;
	volatile uint64_t value;
};

struct line {
	_Alignas(128) _Atomic uint32_t turn; /* odd: the peer's */
	_Alignas(128) uint64_t deadline;
	struct cell cell[CELLS];
};

struct distance {
	double pingpong_cycles, line_cycles; /* NAN: no answer */
};

static int echo(void *arg)
{
	struct line *line = arg;
	uint32_t expected, chases = 2 * ROUNDS * BATCHES + 1, last = chases + 2 * CHASES;
	unsigned i;

	for (expected = 1; expected <= last; expected += 2) {
		while (atomic_load_explicit(&line->turn, memory_order_acquire) != expected)
			if (rte_rdtsc() > line->deadline)
				return -1;
		for (i = 0; expected > chases && i < CELLS; i++)
			line->cell[i].value++;
		atomic_store_explicit(&line->turn, expected + 1, memory_order_release);
	}
	return 0;
}

static int round_trip(struct line *line, uint32_t *turn)
{
	atomic_store_explicit(&line->turn, ++*turn, memory_order_release);
	++*turn;
	while (atomic_load_explicit(&line->turn, memory_order_acquire) != *turn)
		if (rte_rdtsc() > line->deadline)
			return -1;
	return 0;
}

static int time_batches(struct line *line, uint32_t *turn, double *batch)
{
	int failed = round_trip(line, turn); /* the first one waits for the peer's thread to wake */
	unsigned i, j;

	for (i = 0; i < BATCHES && !failed; i++) {
		uint64_t start = rte_rdtsc();

		for (j = 0; j < ROUNDS; j++)
			failed |= round_trip(line, turn);
		batch[i] = (double)(rte_rdtsc() - start) / ROUNDS;
	}
	return failed;
}

/* Lines that the peer has just written, one after the other. */
static int time_chases(struct line *line, uint32_t *turn, double *chase)
{
	int failed = 0;
	unsigned i, j;

	for (i = 0; i < CHASES && !failed; i++) {
		struct cell *at = &line->cell[0];
		uint64_t start;

		failed = round_trip(line, turn);
		start = rte_rdtsc_precise();
		for (j = 0; j < CELLS; j++)
			at = at->next;
		chase[i] = (double)(rte_rdtsc_precise() - start) / CELLS;
	}
	return failed;
}

static void link_cells(struct line *line)
{
	unsigned i;

	for (i = 0; i < CELLS; i++)
		line->cell[i * 5 % CELLS].next = &line->cell[(i + 1) * 5 % CELLS];
}

static struct distance distance_to(uint32_t peer_lcore)
{
	struct line line = {.turn = 0, .deadline = rte_rdtsc() + rte_get_tsc_hz() / 5};
	struct distance far = {NAN, NAN};
	double batch[BATCHES], chase[CHASES];
	uint32_t turn = 0;
	int failed;

	link_cells(&line);
	if (peer_lcore == PROBE_NO_PEER || rte_eal_remote_launch(echo, &line, peer_lcore))
		return far;
	failed = time_batches(&line, &turn, batch) || time_chases(&line, &turn, chase);
	failed |= rte_eal_wait_lcore(peer_lcore);
	if (failed)
		return far;
	return (struct distance){robust_median(batch, BATCHES), robust_median(chase, CHASES)};
}

double probe_pingpong(uint32_t peer_lcore)
{
	return distance_to(peer_lcore).pingpong_cycles;
}

static uint64_t dependent_additions(void)
{
	uint64_t start = rte_rdtsc(), x = 1;
	unsigned i;

	for (i = 0; i < ADDITIONS / 8; i++)
		__asm__ volatile("add %0, %0\n\tadd %0, %0\n\tadd %0, %0\n\tadd %0, %0\n\t"
				 "add %0, %0\n\tadd %0, %0\n\tadd %0, %0\n\tadd %0, %0"
				 : "+r"(x));
	return rte_rdtsc() - start;
}

static uint64_t independent_additions(void)
{
	uint64_t start = rte_rdtsc(), a = 1, b = 1, c = 1, d = 1;
	unsigned i;

	for (i = 0; i < ADDITIONS / 8; i++)
		__asm__ volatile("add %0, %0\n\tadd %1, %1\n\tadd %2, %2\n\tadd %3, %3\n\t"
				 "add %0, %0\n\tadd %1, %1\n\tadd %2, %2\n\tadd %3, %3"
				 : "+r"(a), "+r"(b), "+r"(c), "+r"(d));
	return rte_rdtsc() - start;
}

double probe_glance(void)
{
	return ADDITIONS / (double)independent_additions();
}

/* The median and not the best of the tries, as a neighbour on the core comes and goes. */
static double additions_per_cycle(uint64_t (*kernel)(void))
{
	double cycles[TRIES];
	unsigned i;

	for (i = 0; i < TRIES; i++)
		cycles[i] = (double)kernel();
	return ADDITIONS / robust_median(cycles, TRIES);
}

double probe_clock_ratio(void)
{
	return additions_per_cycle(dependent_additions);
}

static int peer_issue(void *arg)
{
	*(double *)arg = additions_per_cycle(independent_additions);
	return 0;
}

/* One core after the other: at once, siblings would take each other for a stranger. */
static double issue_ratio(uint32_t peer_lcore)
{
	double own = additions_per_cycle(independent_additions), peer = INFINITY;

	if (peer_lcore != PROBE_NO_PEER && !rte_eal_remote_launch(peer_issue, &peer, peer_lcore))
		rte_eal_wait_lcore(peer_lcore);
	return fmin(own, peer);
}

/* /proc/stat, first line: user nice system idle iowait irq softirq steal, in ticks (proc(5)). */
static uint64_t read_steal(void)
{
	unsigned long long steal = 0;
	FILE *f = fopen("/proc/stat", "r");

	if (!f)
		return 0;
	if (fscanf(f, "cpu %*u %*u %*u %*u %*u %*u %*u %llu", &steal) != 1)
		steal = 0;
	fclose(f);
	return steal;
}

struct probe probe_take(uint32_t peer_lcore)
{
	struct distance to = distance_to(peer_lcore);
	struct probe p = {.pingpong_cycles = to.pingpong_cycles, .line_cycles = to.line_cycles};
	struct rusage usage;

	p.clock_ratio = probe_clock_ratio();
	p.issue_ratio = issue_ratio(peer_lcore);
	p.steal_ticks = read_steal();
	if (!getrusage(RUSAGE_THREAD, &usage))
		p.preemptions = (uint64_t)usage.ru_nivcsw;
	return p;
}

static bool are_siblings(const struct probe *p)
{
	return p->line_cycles < PROBE_SIBLINGS_BELOW_CYCLES;
}

bool probe_shared(struct probe_best *best, const struct probe *before, const struct probe *after)
{
	bool siblings = are_siblings(before) && are_siblings(after);
	double ratio = (before->issue_ratio + after->issue_ratio) / 2;
	double *most = siblings ? &best->issue_ratio_of_siblings : &best->issue_ratio;

	*most = fmax(*most, ratio);
	return ratio < alone_above * *most;
}

struct probe probe_alone(uint32_t peer_lcore, struct probe_best *best, double wait_s)
{
	uint64_t deadline = rte_rdtsc() + (uint64_t)(wait_s * (double)rte_get_tsc_hz());
	struct probe p;

	do
		p = probe_take(peer_lcore);
	while (probe_shared(best, &p, &p) && rte_rdtsc() < deadline);
	return p;
}

static const char *place(const struct probe *p)
{
	if (isnan(p->pingpong_cycles))
		return "alone";
	if (are_siblings(p))
		return "siblings";
	return p->pingpong_cycles < PROBE_NEAR_BELOW_CYCLES ? "near" : "far";
}

const char *probe_state(const struct probe *before, const struct probe *after)
{
	const char *a = place(before), *b = place(after);

	if (!strcmp(a, "alone") || !strcmp(b, "alone"))
		return "alone";
	return strcmp(a, b) ? "moved" : a;
}
