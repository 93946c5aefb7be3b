/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The state the machine is in around a sample.
 *
 * Virtual cores move between physical ones and neighbours come and go, so the same call costs up
 * to twice as much a second later. A probe takes well under a millisecond and is made before and
 * after each measurement; samples are only comparable within one state.
 */
#ifndef CALIB_DPDK_PROBE_H
#define CALIB_DPDK_PROBE_H

#include <stdbool.h>
#include <stdint.h>

#define PROBE_NO_PEER UINT32_MAX

struct probe {
	double pingpong_cycles; /* for a line to go to the peer and back; NAN: no answer */
	double line_cycles;     /* to read a line that the peer has just written; NAN as above */
	double clock_ratio;     /* core clock / TSC clock, from a chain of dependent additions */
	double issue_ratio;     /* independent additions per TSC cycle, of the slower of the two
				 * cores, each alone: less if a stranger is on its sibling */
	uint64_t steal_ticks;   /* of /proc/stat, all processors, since boot */
	uint64_t preemptions;   /* of this thread, since it started */
};

/* The far end of a ping-pong is where the two cores share no more than a die: the middle between
 * the two kinds seen. Of the near ones, sibling threads of a core are found by lines that do not
 * leave it (19 cycles seen, 76 from another core): handing over takes both kinds the same time. */
enum { PROBE_NEAR_BELOW_CYCLES = 500, PROBE_SIBLINGS_BELOW_CYCLES = 40 };

/* The best issue ratio seen tells what a core does that is left alone; a sibling slows the other a
 * little even while it waits, so siblings have one of their own. */
struct probe_best {
	double issue_ratio, issue_ratio_of_siblings;
};

struct probe probe_take(uint32_t peer_lcore);
/* Again and again until no neighbour is on either core, wait_s at most. */
struct probe probe_alone(uint32_t peer_lcore, struct probe_best *best, double wait_s);
/* Whether one was there, by the mean of two probes around a measurement; notes the best ratio. */
bool probe_shared(struct probe_best *best, const struct probe *before, const struct probe *after);
double probe_pingpong(uint32_t peer_lcore);
double probe_clock_ratio(void);
/* Independent additions per TSC cycle on this core, in a third of a microsecond: falls by a third
 * when a neighbour is there, more than the steps of the clock make it differ. */
double probe_glance(void);
#define PROBE_ALONE_GLANCE 0.85 /* of the best */
/* siblings, near, far, moved or alone */
const char *probe_state(const struct probe *before, const struct probe *after);

#endif
