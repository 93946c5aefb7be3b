/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * dataset - measured points, and the scenarios that predict them
 *
 * One YAML file holds what one publication or laboratory measured. A point says what was measured
 * (value with its unit, or a claim), which scenario predicts it, and whether the model was fitted
 * to it. Files live in validate/data; a user's own is given by its path.
 */
#ifndef NFVSIM_VALIDATE_DATASET_H
#define NFVSIM_VALIDATE_DATASET_H

#include "base/param.h"

#define DATASET_MARKS 32

enum dataset_kind {
	DATASET_VALUE,    /* a number: the error counts */
	DATASET_RATIO,    /* the scenario's metric over that of `against`: the error counts */
	DATASET_BOUND,    /* the metric is at least or at most so much */
	DATASET_CLAIM,    /* the metric is true or false */
	DATASET_ORDERING, /* the metric is greater or less than that of `against` */
	DATASET_FACT,     /* a definition, or nothing that a scenario could predict; `reason` */
};

/* What the model owes to a point. */
enum dataset_use {
	DATASET_FIT,      /* a value of a profile was computed from it */
	DATASET_INFORMED, /* a mechanism was chosen knowing it */
	DATASET_HELD_OUT, /* neither */
};

enum dataset_metric {
	DATASET_DELIVERED, /* packets a second */
	DATASET_LOST,      /* packets a second, at `places` or in all */
	DATASET_LOSS,      /* lost over offered */
	DATASET_NDR,       /* the highest rate at which nothing is lost, */
	DATASET_PDR,       /* and at most the share `loss` of what is offered */
	DATASET_LATENCY,   /* mean, end to end */
	DATASET_MEDIAN,    /* of the latency, end to end; the same as P50 */
	DATASET_P50,       /* percentiles of it */
	DATASET_P90,
	DATASET_P99,
	DATASET_P999,
	DATASET_LINE_RATE,      /* true or false: at most 0.5 % of what is offered is lost */
	DATASET_LINE_RATE_SIZE, /* smallest standard frame size from which on LINE_RATE holds */
};

/* A scenario with assignments, as on the command line. */
struct dataset_term {
	const char *scenario;  /* a name as in datafile.h, "folder/name" there, or a path */
	struct param_list set; /* const char *: "key=value" */
	struct mark mark;
	/* resolved */
	const char *path;
	const char **sets; /* n_sets: for `plus` and `against` those of the point come first */
	size_t n_sets;
};

struct dataset_point {
	const char *id;
	const char *what;  /* in words */
	const char *group; /* key of groups, or NULL */
	const char *where; /* in the publication */
	int kind, use, metric;
	const char *value;
	struct param_list places;  /* const char * */
	struct quantity loss;      /* PDR; not given: 0.5 % */
	struct quantity tolerance; /* relative error that is still good; not given: by metric */
	struct quantity
		error;     /* one standard error, relative; not given: the set's repeatability */
	const char *apart; /* why it is kept out of all statistics; NULL: it counts */
	const char *note, *reason;
	struct dataset_term term;  /* its scenario and set */
	struct param_list plus;    /* struct dataset_term: their metrics are added */
	struct param_list against; /* struct dataset_term: the other side, added up */
	uint64_t given;
	struct mark mark;
	struct mark marks[DATASET_MARKS];
	/* resolved; base units, times in ps */
	double measured; /* VALUE, RATIO; BOUND: the bound */
	int sign;        /* BOUND, ORDERING: +1 at least or greater, -1 at most or less */
	bool truth;      /* CLAIM */
};

/* A profile's value that was computed from points whose bottleneck is the core that pays it. */
struct dataset_fit {
	const char *dataplane, *key; /* "bess", "nfs.l3fwd.cost.per_packet" */
	struct param_list points;    /* const char *: ids */
	struct param_list holdouts;  /* const char *: ids of points like them, for leave-one-out */
	struct mark mark;
};

struct dataset_curve {
	const char *name;
	struct dataset_term term; /* its scenario and set */
	int64_t skip;             /* values at the start at which it makes no sense */
	struct mark mark;
};

/* A figure of the publication, to be drawn from predictions: a metric over a key of scenarios.
 * Where a point of the set is what a point of a curve predicts, it is shown there. */
struct dataset_figure {
	const char *id; /* letters, digits, '-', '_' */
	const char *title, *about;
	const char *x;            /* what the axis says */
	const char *key;          /* of the scenario, for each value */
	struct param_list values; /* const char *; "A + B": metrics at A and at B, added up */
	struct param_list labels; /* const char *, one a value; none: the values */
	int metric;               /* DATASET_DELIVERED or DATASET_LATENCY */
	struct param_list curves; /* struct dataset_curve */
	struct mark mark;
};

struct dataset_text {
	const char *name;
	struct mark mark;
	const char *text;
};

/* What the held-out points of a set must keep to; fixed before they were measured. */
struct dataset_limits {
	struct quantity rate_mape, rate_worst, latency_worst; /* not given: no limit */
	uint64_t rates, latencies; /* fewer points than these tell nothing */
	struct mark mark;
};

struct dataset {
	const char *name; /* of the file, without .yaml */
	const char *title, *citation, *retrieved, *supports;
	struct param_list testbed;         /* struct dataset_text */
	struct param_list not_recoverable; /* const char * */
	struct param_list cautions;        /* const char * */
	struct quantity repeatability;     /* standard error of a repeated measurement, relative */
	struct param_list groups;          /* struct dataset_text: headings, in order */
	struct param_list fits;            /* struct dataset_fit */
	struct param_list points;          /* struct dataset_point */
	struct param_list figures;         /* struct dataset_figure */
	struct dataset_limits limits;
	struct mark mark;
};

extern const struct param_table dataset_table;
extern const char *const dataset_kinds[], *const dataset_uses[], *const dataset_metrics[];

/* Reads a set by its name in validate/data or by its path; NULL after errors. The scenarios that it
 * names are found, not read. */
struct dataset *dataset_read(const char *name, struct arena *a, struct diag *d);

/* Names of the sets in validate/data; returns how many. */
size_t dataset_list(const char ***names, struct arena *a);

/* Path of NAME.yaml in validate/data or among the examples of scenarios/points, or NULL. */
const char *dataset_find(const char *name, struct arena *a);

/* Where the record of gate.h is, or would be: beside the sets; NULL when there are none. */
const char *dataset_gate_path(struct arena *a);

const struct dataset_point *dataset_point(const struct dataset *s, const char *id);

/* Whether the point is a time. */
static inline bool dataset_is_latency(const struct dataset_point *p)
{
	return p->metric >= DATASET_LATENCY && p->metric <= DATASET_P999;
}

/* Whether the point is a rate that was searched for. */
static inline bool dataset_is_searched(const struct dataset_point *p)
{
	return p->metric == DATASET_NDR || p->metric == DATASET_PDR;
}

/* Whether the value or bound of the point has an error or distance that says something. */
static inline bool dataset_has_error(const struct dataset_point *p)
{
	return p->kind == DATASET_VALUE || p->kind == DATASET_RATIO;
}

#endif
