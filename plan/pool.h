/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pool - worker processes that do numbered jobs
 *
 * The caller hands out jobs, one when one is wanted, and gets their results, as texts, in the order
 * in which they finish; what a result is must depend on the job's number alone. A worker that dies
 * loses the job it was at; the others are done all the same, by a worker that takes its place.
 * Workers die with this process. SIGINT and SIGTERM end the pool: workers are stopped, unfinished
 * jobs are dropped.
 */
#ifndef NFVSIM_PLAN_POOL_H
#define NFVSIM_PLAN_POOL_H

#include <stdbool.h>
#include <stddef.h>

/* In the calling process: the next job; false: none for now, and none at all once no worker has
 * any. idle: a worker waits for it; else it lies ready for when a worker is done with another. */
typedef bool pool_next(void *arg, bool idle, size_t *job);

/* In a worker: does a job; the result is freed by free(). */
typedef char *pool_work(void *arg, size_t job);

/* In the calling process: takes a result; when a worker died at the job, result is NULL and why
 * says how. False stops the pool, and what workers are at. */
typedef bool pool_done(void *arg, size_t job, const char *result, const char *why);

struct pool_spec {
	size_t n_workers;
	pool_next *next;
	pool_work *work;
	pool_done *done;
	void *arg; /* of all three; a worker sees it as it was when the worker was forked */
};

enum pool_end { POOL_DONE, POOL_STOPPED, POOL_INTERRUPTED, POOL_BROKEN /* no processes, say */ };

enum pool_end pool_run(const struct pool_spec *spec);

#endif
