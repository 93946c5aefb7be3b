/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ping-pong, compute kernels, steal time and preemptions: see probe.h. */
#include "calib/dpdk/probe.h"

#include <math.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include <rte_cycles.h>
#include <rte_launch.h>
#include <rte_pause.h>

#include "calib/dpdk/robust.h"

enum { ROUNDS = 32, BATCHES = 9, ADDITIONS = 4096, TRIES = 64 };

struct line {
	_Alignas(128) _Atomic uint32_t turn; /* odd: the peer's */
	_Alignas(128) uint64_t deadline;
};

static int echo(void *arg)
{
	struct line *line = arg;
	uint32_t expected, last = 2 * ROUNDS * BATCHES + 1;

	for (expected = 1; expected <= last; expected += 2) {
		while (atomic_load_explicit(&line->turn, memory_order_acquire) != expected)
			if (rte_rdtsc() > line->deadline)
				return -1;
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

static int time_batches(struct line *line, double *batch)
{
	uint32_t turn = 0;
	int failed =
		round_trip(line, &turn); /* the first one waits for the peer's thread to wake */
	unsigned i, j;

	for (i = 0; i < BATCHES && !failed; i++) {
		uint64_t start = rte_rdtsc();

		for (j = 0; j < ROUNDS; j++)
			failed |= round_trip(line, &turn);
		batch[i] = (double)(rte_rdtsc() - start) / ROUNDS;
	}
	return failed;
}

double probe_pingpong(uint32_t peer_lcore)
{
	struct line line = {.turn = 0, .deadline = rte_rdtsc() + rte_get_tsc_hz() / 5};
	double batch[BATCHES];
	int failed;

	if (peer_lcore == PROBE_NO_PEER || rte_eal_remote_launch(echo, &line, peer_lcore))
		return NAN;
	failed = time_batches(&line, batch);
	failed |= rte_eal_wait_lcore(peer_lcore);
	return failed ? NAN : robust_median(batch, BATCHES);
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
	struct probe p = {.pingpong_cycles = probe_pingpong(peer_lcore)};
	struct rusage usage;

	p.clock_ratio = probe_clock_ratio();
	p.issue_ratio = issue_ratio(peer_lcore);
	p.steal_ticks = read_steal();
	if (!getrusage(RUSAGE_THREAD, &usage))
		p.preemptions = (uint64_t)usage.ru_nivcsw;
	return p;
}

const char *probe_state(const struct probe *before, const struct probe *after)
{
	double a = before->pingpong_cycles, b = after->pingpong_cycles;

	if (isnan(a) || isnan(b))
		return "alone";
	if ((a < PROBE_NEAR_BELOW_CYCLES) != (b < PROBE_NEAR_BELOW_CYCLES))
		return "moved";
	return a < PROBE_NEAR_BELOW_CYCLES ? "near" : "far";
}
