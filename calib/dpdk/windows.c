/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Windows and gaps: see windows.h. Nothing here allocates. */
#include "calib/dpdk/windows.h"

#include <string.h>

#include <rte_cycles.h>

#include "calib/dpdk/probe.h"

static const double window_s = 0.25e-3;
static const double gap_s = 25e-6;
static const double chunk_s = 4e-6; /* a kernel runs this long between two looks at the clock */
static const unsigned warmup_windows = 2;

double windows_overhead_cycles(void)
{
	uint64_t best = UINT64_MAX;
	unsigned i, j;

	for (i = 0; i < 64; i++) {
		uint64_t start = rte_rdtsc(), last = start;

		for (j = 0; j < 64; j++)
			last = rte_rdtsc();
		best = last - start < best ? last - start : best;
	}
	return (double)best / 64;
}

/* Doubles the number of calls until they fill a chunk; the shortest of a few such chunks is what
 * one takes undisturbed. */
static unsigned size_chunk(double tsc_hz, windows_kernel kernel, void *arg, uint64_t *chunk_cycles)
{
	unsigned calls = 1, tries;

	for (;;) {
		uint64_t best = UINT64_MAX;

		for (tries = 0; tries < 4; tries++) {
			uint64_t start = rte_rdtsc();

			kernel(arg, calls);
			start = rte_rdtsc() - start;
			best = start < best ? start : best;
		}
		*chunk_cycles = best;
		if ((double)best >= chunk_s * tsc_hz || calls >= 1u << 20)
			return calls;
		calls *= 2;
	}
}

static bool neighbour(const struct windows_plan *plan)
{
	return plan->least_glance > 0 && probe_glance() < plan->least_glance;
}

void windows_measure(
	const struct windows_plan *plan, windows_kernel kernel, void *arg, struct robust_set *out)
{
	uint64_t chunk, gap, window, deadline, now;
	unsigned calls = size_chunk(plan->tsc_hz, kernel, arg, &chunk);

	out->n = 0;
	out->dirty = 0;
	gap = chunk * 2 + (uint64_t)(gap_s * plan->tsc_hz);
	window = RTE_MAX((uint64_t)(window_s * plan->tsc_hz), 8 * chunk);
	now = rte_rdtsc();
	deadline = now + (uint64_t)(plan->limit_s * plan->tsc_hz);
	while (out->n < plan->windows && now < deadline) {
		uint64_t opened = now, before;
		bool dirty = false;
		unsigned done = 0;

		do {
			before = now;
			kernel(arg, calls);
			done += calls;
			now = rte_rdtsc();
			dirty = now - before > gap;
		} while (!dirty && now - opened < window);
		if (dirty || neighbour(plan))
			out->dirty += (double)(now - opened) / (double)window;
		else
			robust_add(out, (double)(now - opened) / done);
	}
}

void windows_start(struct windows_timer *t, const struct windows_plan *plan)
{
	uint64_t now = rte_rdtsc();

	memset(t, 0, sizeof(*t));
	t->plan = plan;
	t->opened = t->progressed = now;
	t->deadline = now + (uint64_t)(plan->limit_s * plan->tsc_hz);
	t->window_cycles = (uint64_t)(window_s * plan->tsc_hz);
	t->gap_cycles = UINT64_MAX;
	t->shortest = UINT64_MAX;
	t->warmup = warmup_windows;
}

bool windows_wants(const struct windows_timer *t, uint64_t now)
{
	return t->set[0].n < t->plan->windows && now < t->deadline &&
	       t->visits <= t->plan->windows / WINDOWS_PER_VISIT;
}

/* What the warm-up saw fixes the limits, so that a slow burst is not taken for a gap. */
static void end_warmup(struct windows_timer *t)
{
	if (t->shortest == UINT64_MAX)
		return;
	t->gap_cycles = 2 * t->shortest + (uint64_t)(gap_s * t->plan->tsc_hz);
	t->window_cycles = RTE_MAX(t->window_cycles, 8 * t->shortest);
	t->warmup--;
}

static void keep_window(struct windows_timer *t, uint64_t length, bool dirty)
{
	unsigned i;

	for (i = 0; i < WINDOWS_METRICS; i++) {
		double mean = (double)t->cycles[i] / (double)t->calls[i];

		if (dirty)
			t->set[i].dirty += (double)length / (double)t->window_cycles;
		else if (t->calls[i])
			robust_add(&t->set[i], mean);
	}
}

void windows_close(struct windows_timer *t, uint64_t now, bool dirty)
{
	bool visited = neighbour(t->plan);

	t->visits += visited;
	if (t->warmup)
		end_warmup(t);
	else
		keep_window(t, now - t->opened, dirty || visited);
	memset(t->cycles, 0, sizeof(t->cycles));
	memset(t->calls, 0, sizeof(t->calls));
	t->opened = now;
	t->progressed = now;
}
