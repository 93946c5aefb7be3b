/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Timing that survives a busy machine.
 *
 * Time is cut into windows of a quarter of a millisecond. A window in which the thread (or the
 * peer it works with) stood still for longer than a gap limit is thrown away, and the next begins
 * after the gap; each clean window gives one value, the mean cost of its calls, because
 * throughput follows means. A set of such values is then summarised by its median, by a mean
 * trimmed of outliers, and by its median absolute deviation. All figures are TSC cycles.
 *
 * Two ways to fill a set: robust_measure times a kernel that can be called over and over on one
 * core; struct robust_timed belongs to a loop that times several kinds of call itself, each
 * thread having its own.
 */
#ifndef CALIB_DPDK_ROBUST_H
#define CALIB_DPDK_ROBUST_H

#include <stdbool.h>
#include <stdint.h>

enum { ROBUST_WINDOWS = 512, ROBUST_METRICS = 8 };

struct robust_plan {
	double tsc_hz;
	double overhead_cycles; /* of one timed call, taken off each */
	unsigned windows;       /* clean windows wanted */
	double limit_s;         /* give up after this long */
};

struct robust_set {
	double value[ROBUST_WINDOWS]; /* cycles per call, one per clean window */
	unsigned n, dirty;
};

struct robust_summary {
	double median, trimmed_mean, mad; /* cycles per call; NAN without a clean window */
	double clean_share;
	unsigned windows;
};

typedef void (*robust_kernel)(void *arg, unsigned calls);

void robust_measure(
	const struct robust_plan *plan, robust_kernel kernel, void *arg, struct robust_set *out);
double robust_overhead_cycles(void);
void robust_add(struct robust_set *set, double value);
struct robust_summary robust_summarise(const struct robust_set *set);
double robust_median(double *value, unsigned n); /* sorts */

struct robust_timed {
	const struct robust_plan *plan;
	uint64_t opened, progressed, deadline; /* TSC */
	uint64_t window_cycles, gap_cycles;
	uint64_t shortest; /* between two steps of progress, seen while warming up */
	unsigned warmup;
	uint64_t cycles[ROBUST_METRICS];
	uint64_t calls[ROBUST_METRICS];
	struct robust_set set[ROBUST_METRICS];
};

void robust_timed_begin(struct robust_timed *t, const struct robust_plan *plan);
void robust_timed_close(struct robust_timed *t, uint64_t now, bool dirty);
bool robust_timed_wants(
	const struct robust_timed *t, uint64_t now); /* more windows, and time left */

static inline void robust_timed_call(struct robust_timed *t, unsigned metric, uint64_t cycles)
{
	t->cycles[metric] += cycles;
	t->calls[metric]++;
}

/* To be called on each turn of the loop; progress: the turn moved a full burst. */
static inline void robust_timed_turn(struct robust_timed *t, uint64_t now, bool progress)
{
	uint64_t still = now - t->progressed;

	if (progress) {
		t->progressed = now;
		if (t->warmup && still < t->shortest)
			t->shortest = still;
	}
	if (still > t->gap_cycles || now - t->opened >= t->window_cycles)
		robust_timed_close(t, now, still > t->gap_cycles);
}

#endif
