/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sweep - a parameter study: a scenario at many points, each simulated once and kept in a store
 *
 * What a point's result is follows from the point alone, and results are read by point, never by
 * the order in which they came: one worker or many, in shards or in one go, the store says the
 * same. A point may have replications, each a job of its own, until they are enough
 * (plan/replicas.h); one that turned out not to be needed may be in the store, and is not shown.
 */
#ifndef NFVSIM_PLAN_SWEEP_H
#define NFVSIM_PLAN_SWEEP_H

#include "plan/axes.h"
#include "plan/pool.h"
#include "plan/replicas.h"
#include "plan/store.h"

struct sweep {
	const char *name;
	const char *scenario; /* path or name */
	const char **sets;    /* n_sets "key=value" for all points */
	size_t n_sets;
	struct axes axes;
	struct replicas_rule rule; /* of most > 1: they follow one another in settings and keys */
	const char **settings;     /* n x axes.n, see axes.h */
	char (*keys)[SHA256_HEX];  /* n, of the points */
	size_t n;
	struct mark mark;
};

/* What the command line adds to a file; zeros and NULLs add nothing. */
struct sweep_extra {
	const char *const *sets;
	size_t n_sets;
	const char *const *axes; /* "KEY=V1,V2": replace those of the file with the same key */
	size_t n_axes;
	const char *mode;
	int64_t points, replications, batch;
	const char *until;
};

extern const struct param_table sweep_table;

/* Reads a sweep file, or a scenario file whose axes are all extra. NULL after errors. */
struct sweep *sweep_read(
	const char *path, const struct sweep_extra *extra, struct arena *a, struct diag *d);

/* Reads the scenario of every point, which gives the points their keys; prints what is wrong with
 * them (unless complaints is NULL) and says false if anything is. */
bool sweep_check(struct sweep *s, FILE *complaints);

struct sweep_counts {
	size_t points;      /* in this shard */
	size_t before, now; /* of these: were in the store, have been done by this run */
	size_t failed;      /* have failed in this run */
	size_t imprecise;   /* of those in the store: spent their budget before the precision */
	size_t simulations; /* results that this run has kept */
	size_t spare;       /* of these: replications that were not needed after all */
	double cpu_s;       /* that workers spent on them, without reading, writing and waiting */
};

typedef void sweep_progress(void *arg, const struct sweep_counts *so_far);

struct ranks;

struct sweep_run {
	struct store *store;
	size_t workers;
	const struct ranks *ranks; /* the workers are other ranks, in sweep_serve(); may be NULL */
	size_t shard, n_shards;    /* points whose number % n_shards is shard, all replications */
	sweep_progress *progress;  /* may be NULL */
	void *arg;
};

/* Runs the points that the store lacks; those that failed before are tried again. Errors of the
 * store go to d and make the end POOL_STOPPED. */
enum pool_end sweep_run(
	struct sweep *s, const struct sweep_run *run, struct sweep_counts *counts, struct diag *d);

/* What the store has of the point whose first member that is, to be freed by replicas_free(), and
 * the point's result, see replicas_result(). */
json_t *sweep_load(const struct sweep *s, struct store *store, size_t first, struct replicas *r,
	struct arena *a);

/* Works for the sweep_run() of rank 0 until that is done. */
void sweep_serve(struct sweep *s, const struct ranks *ranks);

#endif
