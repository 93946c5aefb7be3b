/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ledger - predicted against measured, point by point, and what that says about the model
 *
 * A number that the model was fitted to is never counted with the ones that it predicts:
 * statistics are kept apart by what the model owes to a point. Points with a reason to stand
 * apart are in none.
 *
 * An interval says where a measurement is expected: the noise of the simulation, the
 * repeatability that the set states and, when asked for, the errors of all profile and platform
 * values. For those every value is drawn from its distribution several times, the fitted values
 * are fitted again to their points each time, and the spread of the predictions is taken (Student
 * t).
 */
#ifndef NFVSIM_VALIDATE_LEDGER_H
#define NFVSIM_VALIDATE_LEDGER_H

#include "validate/dataset.h"
#include "validate/runs.h"

enum ledger_verdict {
	LEDGER_GOOD,    /* within the tolerance; claim holds */
	LEDGER_OFF,     /* outside of it; claim does not hold */
	LEDGER_UNCLEAR, /* the simulation's interval spans the answer */
	LEDGER_NONE,    /* a fact */
};

struct ledger_runs {
	size_t *run; /* n, of struct runs */
	size_t n;
};

struct ledger_row {
	const struct dataset *set;
	const struct dataset_point *point;
	struct ledger_runs left, right;
	/* Base units. RATIO: left over right; CLAIM: the loss ratio, or NaN. half: 95 %, of what is
	 * in the interval. sd: standard deviation over draws */
	struct interval predicted, other;
	double sd, half;
	double tolerance;
	double error; /* (predicted - measured) / measured; NaN when there is none */
	bool covered; /* the measured value lies in predicted +- half */
	enum ledger_verdict verdict;
};

/* Points that have an error, by what is measured; others: ratios and sizes. */
enum ledger_class { LEDGER_RATES, LEDGER_LATENCIES, LEDGER_OTHERS, LEDGER_CLASSES };

struct ledger_stats {
	size_t n, good, covered;
	double mape, bias, rank;        /* NaN: too few points */
	double widest;                  /* largest half-width over the measured value; NaN */
	const struct ledger_row *worst; /* NULL: no points */
};

/* Bounds, claims and orderings. */
struct ledger_claims {
	size_t n, pass, unclear;
};

struct ledger {
	struct arena *arena;
	struct runs *runs;
	const struct dataset *const *sets; /* n_sets */
	size_t n_sets;
	struct ledger_row *rows; /* n, in the order of the files */
	size_t n;
	uint32_t draws; /* 0: no calibration errors in the intervals */
};

struct ledger_options {
	const char *group, *point; /* only these; NULL: all. A group also matches as a prefix */
	const char *const *sets;   /* n_sets, put after those of the points */
	size_t n_sets;
	uint32_t draws; /* for the errors of profile values; 0: leave them out */
	unsigned threads;
	void (*watch)(void *arg, size_t done, size_t todo);
	void *watch_arg;
};

/* Simulates all scenarios of the sets and judges. NULL after errors in a scenario. Lives in the
 * arena; the sets must stay. */
struct ledger *ledger_new(const struct dataset *const *sets, size_t n,
	const struct ledger_options *o, struct arena *a, struct diag *d);

/* Statistics of the points of a class with that use; set NULL: over all sets. */
struct ledger_stats ledger_stats(const struct ledger *l, const struct dataset *set,
	enum ledger_class c, enum dataset_use use);
struct ledger_claims ledger_claims(
	const struct ledger *l, const struct dataset *set, enum dataset_use use);

/* Whether the row has an error, and of which class; false for claims and facts. */
bool ledger_class_of(const struct dataset_point *p, enum ledger_class *c);

/* Fills tolerance, error, covered and verdict from point, predicted, other, sd and set. */
void ledger_judge(struct ledger_row *r, uint32_t draws);

/* Statistics of rows that have been judged, all taken together. */
struct ledger_stats ledger_sum(const struct ledger_row *const *rows, size_t n);

/* Asks for what the metric of a point needs: precision in it, or a search. */
void ledger_want(struct runs_request *q, const struct dataset_point *p);

/* That metric of the answer; NaN: too few packets for a percentile, or trials for a search. */
struct interval ledger_metric(const struct runs_answer *a, const struct dataset_point *p);

/* Asks for the runs of one side of a point, with the draw, changes and further sets of `like`. */
struct ledger_runs ledger_ask(struct runs *runs, const struct dataset_point *p, bool right,
	const struct runs_request *like, struct diag *d);

/* What those runs say once they are simulated. */
struct interval ledger_value(
	const struct runs *runs, const struct dataset_point *p, const struct ledger_runs *of);

#endif
