/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ranks - the pool of worker processes on many machines, under mpirun
 *
 * Rank 0 manages and keeps the results, the others work; all run the same command and read the same
 * files. Without MPI, or not under mpirun, or with one rank, nothing here does anything and MPI is
 * never loaded. A rank that dies ends the job: mpirun stops the others, and what had been
 * recorded stays recorded.
 */
#ifndef NFVSIM_PLAN_RANKS_H
#define NFVSIM_PLAN_RANKS_H

#include "plan/pool.h"

/* The job that mpirun has started; NULL: there is none, and nobody else. */
struct ranks;

/* Joins the job, if any. missing: NULL, or the package to install for the job that mpirun has
 * started. */
struct ranks *ranks_start(const char **missing);

/* 0 on the manager, and when there are no ranks. */
int ranks_rank(const struct ranks *r);

/* Ranks that work for the manager. */
size_t ranks_workers(const struct ranks *r);

/* The text of rank 0, on every rank; freed by free(). The others wait for it and give NULL. */
char *ranks_share(const struct ranks *r, const char *text);

/* Whether it is true on all ranks: each says what it found, all get the answer. */
bool ranks_agree(const struct ranks *r, bool good);

/* As pool_run(), with the other ranks as workers. These meanwhile do as they are told in
 * ranks_serve(), until the manager calls ranks_release(). */
enum pool_end ranks_run(const struct ranks *r, const struct pool_spec *spec);
void ranks_serve(const struct ranks *r, pool_work *work, void *arg);
void ranks_release(const struct ranks *r);

/* Leaves the job, if it was joined, and frees r. */
void ranks_end(struct ranks *r);

#endif
