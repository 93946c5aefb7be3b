/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * crew - simulations asked for together, done by worker processes or by the ranks of mpirun
 *
 * What is told about an ask follows from the ask alone, down to the last bit: it always comes as
 * the text of plan/point.h, from whoever did the work. Without workers or ranks this process does
 * it all. A search that wants the same answer for any crew may ask ahead, but must only look at
 * what it would have asked for alone. Intervals are those of plan/looks.h.
 */
#ifndef NFVSIM_PLAN_CREW_H
#define NFVSIM_PLAN_CREW_H

#include "model/run.h"
#include "plan/slo.h"

struct crew_ask {
	const char *scenario; /* a path */
	const char **sets;    /* n_sets; valid together with the scenario */
	size_t n_sets;
	double rate_pps;    /* 0: the scenario's */
	unsigned wanted;    /* of RUN_WANTS, besides what the scenario wants */
	const char *target; /* as slo_parse() reads it */
	int looks;          /* at most, as long as the target is open; the first one counts */
	/* Only these chains, as if the others were not there; n_chains 0: all. */
	const uint32_t *chains;
	size_t n_chains;
	bool coarse;      /* what the scenario leaves open of precision and packets is less */
	int look;         /* how many there were before, and ... */
	int64_t packets;  /* ... at least so many packets this time; 0: none before */
	const char *what; /* for whoever watches; may be NULL */
};

struct crew_told {
	struct run_result run; /* chains, bottleneck and its load */
	double watts;          /* NaN: a platform states no power */
	const double *p99_ns;  /* of each chain, however few its packets; NaN: there were none */
	int64_t packets;       /* offered in the last look */
	size_t simulations;
};

/* How far a search has got. */
struct crew_state {
	size_t done;
	const char *doing; /* "simulations": what done counts */
	size_t left;       /* 0: not known */
	bool about;        /* left */
	const char *what;  /* begun last; may be NULL */
};

typedef void crew_progress(void *arg, const struct crew_state *now);

struct crew;

/* Joins the job that mpirun has started, if any; else there are that many workers. NULL: *missing
 * is the package to install for that job. */
struct crew *crew_start(size_t workers, const char **missing);

/* On ranks but the first: works until the first one ends, and says true. False: this one asks. */
bool crew_serve(struct crew *c);

/* How many asks are done at a time. */
size_t crew_size(const struct crew *c);

/* Shows whenever something is begun or done; progress may be NULL. */
void crew_watch(struct crew *c, crew_progress *progress, void *arg);

/* told[n], in the arena. False, from then on: see crew_failure(). */
bool crew_run(struct crew *c, const struct crew_ask *asks, size_t n, struct crew_told *told,
	struct arena *a);

/* NULL, or why there is no more work to be had; interrupted: by the user. */
const char *crew_failure(const struct crew *c, bool *interrupted);

void crew_end(struct crew *c);

#endif
