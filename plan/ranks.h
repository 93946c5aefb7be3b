/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ranks - the pool of worker processes on many machines, under mpirun
 *
 * Rank 0 manages and keeps the results, the others work; all run the same command and read the same
 * files. Without MPI, or not under mpirun, or with one rank, nothing here does anything and MPI is
 * never initialised. A rank that dies ends the job: mpirun stops the others, and what had been
 * recorded stays recorded.
 */
#ifndef NFVSIM_PLAN_RANKS_H
#define NFVSIM_PLAN_RANKS_H

#include "plan/pool.h"

/* Joins the job that mpirun has started, if any. Returns whether there are workers on other ranks.
 * */
bool ranks_start(void);

/* NULL, or what the program lacks that mpirun has started on several ranks. */
const char *ranks_missing(void);

/* 0 on the manager, and when there are no ranks. */
int ranks_rank(void);

/* Whether it is true on all ranks: each says what it found, all get the answer. */
bool ranks_agree(bool good);

/* As pool_run(), with the other ranks as workers. These meanwhile do as they are told in
 * ranks_serve(), until the manager calls ranks_release(). */
enum pool_end ranks_run(const struct pool_spec *spec);
void ranks_serve(pool_work *work, void *arg);
void ranks_release(void);

/* Leaves the job, if it was joined. */
void ranks_end(void);

#endif
