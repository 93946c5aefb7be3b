/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * workload - W1 for programs that are not nfvsim: arrivals, costs, the latency histogram, one
 * line of figures. For C and C++.
 *
 * The unit of time is 1/65 ns: a cycle of 2.6 GHz is 25 of them and a frame of 64 B on 10GbE
 * 4368, so everything is exact in integers. A packet that lands at the instant of a poll is seen
 * by it.
 */
#ifndef NFVSIM_BENCH_WORKLOAD_H
#define NFVSIM_BENCH_WORKLOAD_H

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define UNITS_PER_NS 65
#define CYCLE 25
#define FRAME 4368 /* 84 B at 10 Gb/s */
#define BURST 32
#define FIRST_RING 512
#define NEXT_RING 256
#define FIRST_POLL (40 * CYCLE)
#define FIRST_PHASE 8632 /* of the first constant-rate frame: 132.8 ns, as in the scenario */
#define BINS 131072      /* of a cycle each; the last one takes all above */

struct workload {
	int poisson;
	double mean_gap;
	int64_t gap, created, arrived;
	uint64_t random;
	long packets;
	int stations;
	/* figures */
	uint64_t delivered, dropped, sum;
	uint32_t bin[BINS];
	clock_t begin;
};

/* ARRIVALS MPPS PACKETS STATIONS */
static inline void workload_init(struct workload *w, int argc, char **argv)
{
	memset(w, 0, sizeof *w);
	w->poisson = argc > 1 && strcmp(argv[1], "poisson") == 0;
	w->mean_gap = 1000.0 * UNITS_PER_NS / (argc > 2 ? strtod(argv[2], NULL) : 5);
	w->gap = (int64_t)w->mean_gap;
	w->packets = argc > 3 ? strtol(argv[3], NULL, 10) : 2000000;
	w->stations = argc > 4 ? (int)strtol(argv[4], NULL, 10) : 3;
	w->created = w->poisson ? 0 : FIRST_PHASE - w->gap;
	w->begin = clock();
}

/* Uniform in (0, 1]: Steele, Lea, Flood, "Fast splittable pseudorandom generators" (2014). */
static inline double workload_uniform(struct workload *w)
{
	uint64_t x = w->random += UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return (double)(int64_t)(((x ^ x >> 31) >> 11) + 1) * 0x1p-53;
}

/* When the last bit of the next frame arrives. */
static inline int64_t workload_arrival(struct workload *w)
{
	if (w->poisson)
		w->created += (int64_t)(-log(workload_uniform(w)) * w->mean_gap + 0.5);
	else
		w->created += w->gap;
	int64_t wire_free = w->arrived;
	w->arrived = (w->created > wire_free ? w->created : wire_free) + FRAME;
	return w->arrived;
}

static inline int64_t workload_cost(const struct workload *w, int station)
{
	if (station == 0)
		return 100 * CYCLE;
	return station == w->stations - 1 ? 60 * CYCLE : 278 * CYCLE;
}

static inline void workload_deliver(struct workload *w, int64_t latency)
{
	uint64_t bin = (uint64_t)latency / CYCLE;
	w->bin[bin < BINS ? bin : BINS - 1]++;
	w->sum += (uint64_t)latency;
	w->delivered++;
}

static inline double workload_p99_ns(const struct workload *w)
{
	uint64_t rank = (w->delivered * 99 + 99) / 100, below = 0;
	int bin = 0;
	while (bin < BINS - 1 && (below += w->bin[bin]) < rank)
		bin++;
	return (double)bin * CYCLE / UNITS_PER_NS;
}

/* "CPU seconds, packets, delivered, dropped, mean and 99th percentile of latency in ns" */
static inline void workload_report(const struct workload *w)
{
	double cpu_s = (double)(clock() - w->begin) / CLOCKS_PER_SEC;
	printf("%.6f %ld %" PRIu64 " %" PRIu64 " %.3f %.2f\n", cpu_s, w->packets, w->delivered,
		w->dropped,
		w->delivered ? (double)w->sum / (double)w->delivered / UNITS_PER_NS : 0.0,
		workload_p99_ns(w));
}

#endif
