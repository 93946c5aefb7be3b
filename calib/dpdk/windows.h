/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Timing that survives a busy machine.
 *
 * Time is cut into windows of a quarter of a millisecond. A window in which the thread (or the peer
 * it works with) stood still for longer than a gap limit is thrown away, and the next begins after
 * the gap; so is one at whose end a neighbour is on the core, where that is asked for. Each clean
 * window gives one value, the mean cost of its calls in TSC cycles, because throughput follows
 * means.
 *
 * windows_measure times a kernel that can be called over and over on one core; struct windows_timer
 * belongs to a loop that times several kinds of call itself, each thread having its own.
 */
#ifndef CALIB_DPDK_WINDOWS_H
#define CALIB_DPDK_WINDOWS_H

#include <stdbool.h>
#include <stdint.h>

#include "calib/dpdk/robust.h"

enum { WINDOWS_METRICS = 8, WINDOWS_PER_VISIT = 4 };

struct windows_plan {
	double tsc_hz;
	double overhead_cycles; /* of one timed call, taken off each */
	unsigned windows;       /* clean windows wanted */
	double limit_s;         /* give up after this long */
	double least_glance;    /* probe_glance() below which a window is thrown away */
};

typedef void (*windows_kernel)(void *arg, unsigned calls);

void windows_measure(
	const struct windows_plan *plan, windows_kernel kernel, void *arg, struct robust_set *out);
double windows_overhead_cycles(void); /* of reading the TSC */

struct windows_timer {
	const struct windows_plan *plan;
	uint64_t opened, progressed, deadline; /* TSC */
	uint64_t window_cycles, gap_cycles;
	uint64_t shortest;       /* between two steps of progress, seen while warming up */
	unsigned warmup, visits; /* windows still to come; windows with a neighbour */
	uint64_t cycles[WINDOWS_METRICS];
	uint64_t calls[WINDOWS_METRICS];
	struct robust_set set[WINDOWS_METRICS];
};

void windows_start(struct windows_timer *t, const struct windows_plan *plan);
void windows_close(struct windows_timer *t, uint64_t now, bool dirty);
/* More windows, with time left, and neighbours not staying. */
bool windows_wants(const struct windows_timer *t, uint64_t now);

static inline void windows_call(struct windows_timer *t, unsigned metric, uint64_t cycles)
{
	t->cycles[metric] += cycles;
	t->calls[metric]++;
}

/* To be called on each turn of the loop; progress: the turn moved a full burst. */
static inline void windows_turn(struct windows_timer *t, uint64_t now, bool progress)
{
	uint64_t still = now - t->progressed;

	if (progress) {
		t->progressed = now;
		if (t->warmup && still < t->shortest)
			t->shortest = still;
	}
	if (still > t->gap_cycles || now - t->opened >= t->window_cycles)
		windows_close(t, now, still > t->gap_cycles);
}

#endif
