/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/ranks.h"

#include <stdlib.h>
#include <string.h>

/* Whether Open MPI's mpirun has started several of us; known before MPI is. */
static bool several(void)
{
	const char *size = getenv("OMPI_COMM_WORLD_SIZE");
	return size && strcmp(size, "1") != 0;
}

#ifndef HAVE_MPI

const char *ranks_missing(void)
{
	return several() ? "libopenmpi-dev" : NULL;
}

bool ranks_start(void)
{
	return false;
}

int ranks_rank(void)
{
	return 0;
}

bool ranks_agree(bool good)
{
	return good;
}

enum pool_end ranks_run(const struct pool_spec *spec)
{
	return pool_run(spec);
}

void ranks_serve(pool_work *work, void *arg)
{
	(void)work;
	(void)arg;
}

void ranks_release(void)
{
}

void ranks_end(void)
{
}

#else

#include "base/arena.h"

#include <mpi.h>
#include <stdint.h>
#include <time.h>

enum { TAG_JOB, TAG_RESULT, TAG_STOP };
enum { DEPTH = 2, NAP_NS = 100000 };

const char *ranks_missing(void)
{
	return NULL;
}

static bool joined(void)
{
	int is = 0;
	MPI_Initialized(&is);
	return is;
}

bool ranks_start(void)
{
	if (!several())
		return false;
	MPI_Init(NULL, NULL);
	return true;
}

int ranks_rank(void)
{
	int rank = 0;
	if (joined())
		MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	return rank;
}

bool ranks_agree(bool good)
{
	int mine = good, all = good;
	if (joined())
		MPI_Allreduce(&mine, &all, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD);
	return all;
}

/* Hands the next job to a rank; false: there is none. */
static bool feed(const struct pool_spec *spec, size_t *next, int rank)
{
	if (*next == spec->n_jobs)
		return false;
	uint64_t job = spec->jobs[(*next)++];
	MPI_Send(&job, 1, MPI_UINT64_T, rank, TAG_JOB, MPI_COMM_WORLD);
	return true;
}

/* Waits without keeping a core busy, and takes a result: its job in front, then the text. */
static char *take(uint64_t *job, int *rank)
{
	const struct timespec nap = {0, NAP_NS};
	MPI_Status status;
	int there = 0, len = 0;
	for (;;) {
		MPI_Iprobe(MPI_ANY_SOURCE, TAG_RESULT, MPI_COMM_WORLD, &there, &status);
		if (there)
			break;
		nanosleep(&nap, NULL);
	}
	MPI_Get_count(&status, MPI_BYTE, &len);
	char *text = xcalloc((size_t)len + 1, 1);
	*rank = status.MPI_SOURCE;
	MPI_Recv(text, len, MPI_BYTE, *rank, TAG_RESULT, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
	memcpy(job, text, sizeof(*job));
	return text;
}

static enum pool_end manage(const struct pool_spec *spec, int n_ranks)
{
	size_t next = 0, out = 0;
	enum pool_end end = POOL_DONE;
	for (int i = 0; i < DEPTH; i++)
		for (int rank = 1; rank < n_ranks; rank++)
			out += feed(spec, &next, rank);
	while (out) {
		uint64_t job;
		int rank;
		char *text = take(&job, &rank);
		out--;
		if (end == POOL_DONE &&
			!spec->done(spec->arg, (size_t)job, text + sizeof(job), NULL))
			end = POOL_STOPPED;
		if (end == POOL_DONE)
			out += feed(spec, &next, rank);
		free(text);
	}
	return end;
}

enum pool_end ranks_run(const struct pool_spec *spec)
{
	int n_ranks;
	MPI_Comm_size(MPI_COMM_WORLD, &n_ranks);
	return manage(spec, n_ranks);
}

void ranks_serve(pool_work *work, void *arg)
{
	for (;;) {
		uint64_t job;
		MPI_Status status;
		MPI_Recv(&job, 1, MPI_UINT64_T, 0, MPI_ANY_TAG, MPI_COMM_WORLD, &status);
		if (status.MPI_TAG == TAG_STOP)
			return;
		char *text = work(arg, (size_t)job);
		size_t len = strlen(text);
		char *message = xcalloc(sizeof(job) + len, 1);
		memcpy(message, &job, sizeof(job));
		memcpy(message + sizeof(job), text, len);
		MPI_Send(
			message, (int)(sizeof(job) + len), MPI_BYTE, 0, TAG_RESULT, MPI_COMM_WORLD);
		free(message);
		free(text);
	}
}

void ranks_release(void)
{
	int n_ranks = 0;
	uint64_t nothing = 0;
	if (joined())
		MPI_Comm_size(MPI_COMM_WORLD, &n_ranks);
	for (int rank = 1; rank < n_ranks; rank++)
		MPI_Send(&nothing, 1, MPI_UINT64_T, rank, TAG_STOP, MPI_COMM_WORLD);
}

void ranks_end(void)
{
	if (!joined())
		return;
	MPI_Finalize();
}

#endif
