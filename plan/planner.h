/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * planner - the least of something (cores, queues, clock, servers, watts) that meets a target
 *
 * Candidates (plan/knobs.h) are sorted by what is to be least. The analytic estimate says which of
 * them are worth a simulation; simulation alone decides: an answer meets all targets with its
 * whole 95 % intervals, and everything one step smaller is simulated too and does not. Where a
 * smaller one turns out to meet them, that is the answer.
 */
#ifndef NFVSIM_PLAN_PLANNER_H
#define NFVSIM_PLAN_PLANNER_H

#include "plan/crew.h"
#include "plan/knobs.h"
#include "plan/slo.h"

enum { PLANNER_HOURS = 24 };

/* What a plan is asked for, from a file and the command line. */
struct planner_ask {
	const char *name, *scenario; /* a path */
	const char **sets;           /* n_sets */
	size_t n_sets;
	const char *target_text;
	struct slo target;
	enum knobs_least least;
	struct knobs_range range;
	struct quantity hours[PLANNER_HOURS]; /* pps, or shares of the scenario's rate */
	size_t n_hours;                       /* 0: no profile of a day */
};

extern const struct param_table planner_table;

/* What the command line says; NULLs say nothing. */
struct planner_extra {
	const char *const *sets;
	size_t n_sets;
	const char *target, *least;
};

/* Reads a plan file, or a scenario file with the rest from the command line. False after errors;
 * what is wrong with the scenario, too, has then been told. */
bool planner_read(const char *path, const struct planner_extra *extra, struct planner_ask *ask,
	struct arena *a, struct diag *d);

enum planner_state {
	PLANNER_IMPOSSIBLE, /* does not fit the servers, or the dataplane cannot do it */
	PLANNER_UNTRIED,
	PLANNER_TRIED, /* simulated */
};

/* A candidate and what is known of it. */
struct planner_try {
	size_t number; /* of the candidate */
	enum planner_state state;
	double measure[KNOBS_MEASURES]; /* Hz for the clock, W for energy */
	bool hopeful;                   /* by the estimate */
	enum slo_verdict verdict;       /* when simulated */
	struct slo_check check[SLO_TARGETS];
	const char *limit; /* what keeps it from more: a core, the wire; may be NULL */
	double limit_load;
	const char *why; /* IMPOSSIBLE: the first complaint */
};

/* An hour of a day: the least clock that its rate needs. */
struct planner_hour {
	double rate_pps;
	size_t clock; /* its number, from the lowest on */
	double clock_hz, watts;
	enum slo_verdict verdict;
};

struct planner_smaller {
	const char *knob, *word;       /* what was turned down, and to what */
	const struct planner_try *try; /* NULL: it is at its floor */
	const char *floor;
};

struct planner {
	struct knobs knobs;
	struct planner_try *tries; /* n, by number */
	size_t n, simulated;
	const struct planner_try *answer;    /* NULL: nothing meets the target */
	const struct planner_try *runner_up; /* may be NULL */
	const struct planner_try *nearest;   /* without an answer: the most that was tried */
	struct planner_smaller smaller[KNOBS_MOST];
	size_t n_smaller;
	struct planner_hour hour[PLANNER_HOURS];
	size_t n_hours;
	bool open;            /* some verdict was left open */
	bool assumed_power;   /* watts lean on assumed values */
	const char *no_power; /* a platform that states no power; NULL: watts are known */
};

/* Whether scenario, knobs, hours and platforms go together; complains about what does not. */
bool planner_check(const struct planner_ask *ask, struct arena *a, struct diag *d);

/* NULL after errors, or when the crew failed. The answer is the same for any crew. progress may be
 * NULL. Everything lives in the arena. */
struct planner *planner_run(const struct planner_ask *ask, struct crew *crew,
	crew_progress *progress, void *arg, struct arena *a, struct diag *d);

#endif
