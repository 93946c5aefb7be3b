/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * search - the highest load at which no more than a given share of packets is lost
 *
 * RFC 2544 throughput for several loss ratios at once, after the ideas of MLRsearch
 * (draft-ietf-bmwg-mlrsearch): trials serve all goals, short ones come first, an answer needs full
 * ones. The caller does the trials:
 *
 *   search_init(&s, &spec);
 *   while (search_next(&s, &ask))
 *           search_tell(&s, sent, lost);      how the trial of ask went
 *   search_result(&s, goal);
 *
 * Bounds of a goal: upper is the lowest load of a trial that lost more than the goal allows, lower
 * the highest one below it of a full trial that did not. So what is reported was never refuted, and
 * what passes above a load that failed does not count (it is noted as non_monotonic). A full trial
 * is taken to extend a short one of the same load, as it does in a simulation with one seed:
 * packets lost in the short one are lost in the full one too.
 *
 * Order: the highest load; what it delivered; then outwards from there in growing steps until the
 * goal lies between two loads, and halving (of the logarithm) until these are close enough.
 */
#ifndef NFVSIM_PLAN_SEARCH_H
#define NFVSIM_PLAN_SEARCH_H

#include <stdbool.h>
#include <stddef.h>

enum { SEARCH_GOALS = 4, SEARCH_TRIALS = 64 };

struct search_spec {
	double max_load, min_load;       /* both above 0 */
	double loss_ratio[SEARCH_GOALS]; /* ascending */
	size_t n_goals;
	double width;                     /* (upper - lower) / upper to reach */
	double short_length, full_length; /* of trials, in packets */
	size_t max_trials;                /* at most SEARCH_TRIALS */
};

/* A trial to do. */
struct search_ask {
	double load, length;
};

struct search_trial {
	struct search_ask ask;
	double sent, lost;
};

enum search_verdict {
	SEARCH_FOUND,  /* lower and upper are close enough */
	SEARCH_AT_MAX, /* the highest load passes */
	SEARCH_NONE,   /* even the least load fails */
	SEARCH_BUDGET, /* max_trials came first: the bounds hold, but are further apart */
};

struct search_bounds {
	enum search_verdict verdict;
	double lower, upper; /* NaN: no such trial */
	double throughput;   /* delivered at lower */
	double loss_ratio;   /* at lower */
	double width;        /* (upper - lower) / upper */
	bool non_monotonic;  /* a full trial above upper passed */
};

enum search_move { SEARCH_GUESS, SEARCH_DOWN, SEARCH_UP, SEARCH_HALVE };

/* How far the search for one goal has got. */
struct search_state {
	enum search_move move;
	double probe; /* the load asked for last; 0: none */
	double step;  /* of the next move outwards, in logarithms */
};

struct search {
	struct search_spec spec;
	struct search_state goal[SEARCH_GOALS];
	struct search_trial trial[SEARCH_TRIALS];
	size_t n_trials;
	struct search_ask asked;
};

void search_init(struct search *s, const struct search_spec *spec);

/* The next trial to do; false: the search is over. */
bool search_next(struct search *s, struct search_ask *ask);

/* How the trial went that was asked for last. */
void search_tell(struct search *s, double sent, double lost);

struct search_bounds search_result(const struct search *s, size_t goal);

#endif
