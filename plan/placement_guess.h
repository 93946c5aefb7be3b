/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * placement_guess - which placements are worth a simulation
 *
 * Every placement of a small problem, and good ones of a large one, are judged by the analytic
 * estimate. Of those that take as many servers and watts the best are kept; of these groups those
 * that no other beats, by the estimate, in servers, watts and the latency of the slowest chain, and
 * the fastest on each of the fewest numbers of servers: tails differ where means hardly do.
 */
#ifndef NFVSIM_PLAN_PLACEMENT_GUESS_H
#define NFVSIM_PLAN_PLACEMENT_GUESS_H

#include "plan/placement_pose.h"

enum { GUESS_BEST = 2 };

struct guess {
	struct posed *q; /* whose placement it is */
	struct place_answer answer;
	bool hopeful;    /* that the target is met */
	double loss;     /* worst chain */
	double load;     /* of the busiest core where latency is a matter of chance, else 0 */
	double worst_ns; /* mean latency of the slowest chain */
	double all_ns;   /* sum of all chains */
};

/* Placements on as many servers that take as many watts. */
struct guess_group {
	uint32_t servers;
	int64_t mw;
	struct guess best[GUESS_BEST]; /* n, best first */
	size_t n;
};

struct guesses {
	struct guess_group *group; /* n, by servers, then by watts */
	size_t n;
	size_t looked_at;
	bool all;                                 /* every placement has been looked at */
	void (*see)(void *arg, size_t looked_at); /* now and then; may be NULL */
	void *see_arg;
};

/* Adds the placements of a problem. The group list is freed by free(). */
void guesses_add(struct guesses *g, struct posed *q, uint32_t fewest_servers);

/* Leaves up to so many groups that no other beats: the first of them has the fewest servers. */
void guesses_choose(struct guesses *g, size_t most);

/* Whether a comes before b: hope first, then loss, load or latency. */
bool guess_better(const struct guess *a, const struct guess *b);

#endif
