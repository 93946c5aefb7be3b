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

struct ranks *ranks_start(const char **missing)
{
	*missing = several() ? "libopenmpi-dev and build again" : NULL;
	return NULL;
}

int ranks_rank(const struct ranks *r)
{
	(void)r;
	return 0;
}

bool ranks_agree(const struct ranks *r, bool good)
{
	(void)r;
	return good;
}

size_t ranks_workers(const struct ranks *r)
{
	(void)r;
	return 0;
}

char *ranks_share(const struct ranks *r, const char *text)
{
	(void)r;
	return strdup(text);
}

enum pool_end ranks_run(const struct ranks *r, const struct pool_spec *spec)
{
	(void)r;
	return pool_run(spec);
}

void ranks_serve(const struct ranks *r, pool_work *work, void *arg)
{
	(void)r;
	(void)work;
	(void)arg;
}

void ranks_release(const struct ranks *r)
{
	(void)r;
}

void ranks_end(struct ranks *r)
{
	(void)r;
}

#else

#include "base/arena.h"
#include "base/library.h"

#include <mpi.h>
#include <stdint.h>
#include <time.h>

enum { TAG_JOB, TAG_RESULT, TAG_STOP, TAG_TEXT };
enum { DEPTH = 2, NAP_NS = 100000 };

/* The library, loaded: its functions by their names, and the objects behind its constants. */
struct ranks {
	__typeof__(&MPI_Init) MPI_Init;
	__typeof__(&MPI_Finalize) MPI_Finalize;
	__typeof__(&MPI_Comm_rank) MPI_Comm_rank;
	__typeof__(&MPI_Comm_size) MPI_Comm_size;
	__typeof__(&MPI_Allreduce) MPI_Allreduce;
	__typeof__(&MPI_Iprobe) MPI_Iprobe;
	__typeof__(&MPI_Get_count) MPI_Get_count;
	__typeof__(&MPI_Send) MPI_Send;
	__typeof__(&MPI_Recv) MPI_Recv;
	MPI_Comm world;
	MPI_Datatype an_int, a_uint64, a_byte;
	MPI_Op least;
	int rank, n;
};

static bool load(struct ranks *r)
{
	const struct library_symbol symbols[] = {
		LIBRARY_SYMBOL(r, MPI_Init),
		LIBRARY_SYMBOL(r, MPI_Finalize),
		LIBRARY_SYMBOL(r, MPI_Comm_rank),
		LIBRARY_SYMBOL(r, MPI_Comm_size),
		LIBRARY_SYMBOL(r, MPI_Allreduce),
		LIBRARY_SYMBOL(r, MPI_Iprobe),
		LIBRARY_SYMBOL(r, MPI_Get_count),
		LIBRARY_SYMBOL(r, MPI_Send),
		LIBRARY_SYMBOL(r, MPI_Recv),
		{"ompi_mpi_comm_world", &r->world},
		{"ompi_mpi_int", &r->an_int},
		{"ompi_mpi_uint64_t", &r->a_uint64},
		{"ompi_mpi_byte", &r->a_byte},
		{"ompi_mpi_op_min", &r->least},
	};
	return library_load(HAVE_MPI, symbols, sizeof symbols / sizeof symbols[0]);
}

struct ranks *ranks_start(const char **missing)
{
	*missing = NULL;
	if (!several())
		return NULL;
	struct ranks *r = xcalloc(1, sizeof *r);
	if (!load(r)) {
		*missing = "libopenmpi3";
		free(r);
		return NULL;
	}
	r->MPI_Init(NULL, NULL);
	r->MPI_Comm_rank(r->world, &r->rank);
	r->MPI_Comm_size(r->world, &r->n);
	return r;
}

int ranks_rank(const struct ranks *r)
{
	return r ? r->rank : 0;
}

bool ranks_agree(const struct ranks *r, bool good)
{
	int mine = good, all = good;
	if (r)
		r->MPI_Allreduce(&mine, &all, 1, r->an_int, r->least, r->world);
	return all;
}

/* Hands out jobs, how many each rank has being in has[]; nobody gets a second one before all have
 * one. */
static void feed(const struct ranks *r, const struct pool_spec *spec, int *has)
{
	size_t number;
	for (int depth = 0; depth < DEPTH; depth++)
		for (int rank = 1; rank < r->n; rank++) {
			if (has[rank] != depth || !spec->next(spec->arg, depth == 0, &number))
				continue;
			uint64_t job = number;
			r->MPI_Send(&job, 1, r->a_uint64, rank, TAG_JOB, r->world);
			has[rank]++;
		}
}

static int busy(const struct ranks *r, const int *has)
{
	int jobs = 0;
	for (int rank = 1; rank < r->n; rank++)
		jobs += has[rank];
	return jobs;
}

/* Waits without keeping a core busy; *len: of the message that is there. */
static void await(const struct ranks *r, int from, int tag, MPI_Status *status, int *len)
{
	const struct timespec nap = {0, NAP_NS};
	int there = 0;
	for (;;) {
		r->MPI_Iprobe(from, tag, r->world, &there, status);
		if (there)
			break;
		nanosleep(&nap, NULL);
	}
	r->MPI_Get_count(status, r->a_byte, len);
}

size_t ranks_workers(const struct ranks *r)
{
	return r ? (size_t)r->n - 1 : 0;
}

char *ranks_share(const struct ranks *r, const char *text)
{
	MPI_Status status;
	int len;
	for (int rank = 1; text && rank < r->n; rank++)
		r->MPI_Send(text, (int)strlen(text), r->a_byte, rank, TAG_TEXT, r->world);
	if (text)
		return strdup(text);
	await(r, 0, TAG_TEXT, &status, &len);
	char *mine = xcalloc((size_t)len + 1, 1);
	r->MPI_Recv(mine, len, r->a_byte, 0, TAG_TEXT, r->world, MPI_STATUS_IGNORE);
	return mine;
}

/* Waits for a result and takes it: its job in front, then the text. */
static char *take(const struct ranks *r, uint64_t *job, int *rank)
{
	MPI_Status status;
	int len = 0;
	await(r, MPI_ANY_SOURCE, TAG_RESULT, &status, &len);
	char *text = xcalloc((size_t)len + 1, 1);
	*rank = status.MPI_SOURCE;
	r->MPI_Recv(text, len, r->a_byte, *rank, TAG_RESULT, r->world, MPI_STATUS_IGNORE);
	memcpy(job, text, sizeof(*job));
	return text;
}

enum pool_end ranks_run(const struct ranks *r, const struct pool_spec *spec)
{
	int *has = xcalloc((size_t)r->n, sizeof *has);
	enum pool_end end = POOL_DONE;
	for (feed(r, spec, has); busy(r, has);) {
		uint64_t job;
		int rank;
		char *text = take(r, &job, &rank);
		has[rank]--;
		if (end == POOL_DONE &&
			!spec->done(spec->arg, (size_t)job, text + sizeof(job), NULL))
			end = POOL_STOPPED;
		if (end == POOL_DONE)
			feed(r, spec, has);
		free(text);
	}
	free(has);
	return end;
}

void ranks_serve(const struct ranks *r, pool_work *work, void *arg)
{
	for (;;) {
		uint64_t job;
		MPI_Status status;
		r->MPI_Recv(&job, 1, r->a_uint64, 0, MPI_ANY_TAG, r->world, &status);
		if (status.MPI_TAG == TAG_STOP)
			return;
		char *text = work(arg, (size_t)job);
		size_t len = strlen(text);
		char *message = xcalloc(sizeof(job) + len, 1);
		memcpy(message, &job, sizeof(job));
		memcpy(message + sizeof(job), text, len);
		r->MPI_Send(message, (int)(sizeof(job) + len), r->a_byte, 0, TAG_RESULT, r->world);
		free(message);
		free(text);
	}
}

void ranks_release(const struct ranks *r)
{
	uint64_t nothing = 0;
	for (int rank = 1; r && rank < r->n; rank++)
		r->MPI_Send(&nothing, 1, r->a_uint64, rank, TAG_STOP, r->world);
}

void ranks_end(struct ranks *r)
{
	if (r)
		r->MPI_Finalize();
	free(r);
}

#endif
