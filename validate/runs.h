/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * runs - many scenarios, each simulated once, several at a time
 *
 * Scenarios are asked for first and simulated together; asking twice for the same gives the same
 * run. What a run answers does not depend on the number of threads.
 */
#ifndef NFVSIM_VALIDATE_RUNS_H
#define NFVSIM_VALIDATE_RUNS_H

#include "model/run.h"

/* A value of a profile that a run uses instead of the file's. */
struct runs_change {
	const char *dataplane, *key;
	double value; /* in the unit of the file's value */
};

/* Which scenario, and what is different in it. */
struct runs_request {
	const char *path;
	const char *const *sets; /* n_sets */
	size_t n_sets;
	/* 0: values as stated. Else every value of profiles and platforms that states an error is
	 * drawn from a normal distribution, the same one for all runs with the same number. */
	uint32_t draw;
	const struct runs_change *changes; /* n_changes; what is changed is not drawn */
	size_t n_changes;
	/* Instead of one simulation: the search for the highest rates at which nothing is lost, and
	 * at most this share (plan/ndr.h) */
	bool search;
	double loss_ratio;
	unsigned wanted; /* of RUN_WANTS: precise in these too, beside what the scenario asks for */
};

struct runs_place {
	const char *name;
	double pps;
};

/* What is kept of a result. All chains together when there are several. A search answers only the
 * two rates, half: what its bounds leave open; NaN: too few trials. */
struct runs_answer {
	struct interval offered_pps, delivered_pps, loss_ratio, latency_ns;
	struct interval p50_ns, p90_ns, p99_ns, p999_ns; /* NaN: too few packets */
	struct interval ndr_pps, pdr_pps;
	struct runs_place *places; /* n_places */
	uint32_t n_places;
	const char *bottleneck; /* or NULL */
	double clock_hz;
	bool precise;
};

struct runs;

struct runs *runs_new(struct arena *a);

/* Reads and checks the scenario; complaints go to d. Returns the run's number (valid only without
 * errors). What the request points to must stay. */
size_t runs_ask(struct runs *r, const struct runs_request *q, struct diag *d);

/* Simulates what has been asked for since the last time, on that many threads. */
void runs_simulate(struct runs *r, unsigned threads);

const struct runs_answer *runs_answer(const struct runs *r, size_t run);
/* How many there are: simulated, or asked for. */
size_t runs_count(const struct runs *r);

struct arena *runs_arena(const struct runs *r);

/* What a value is drawn with: standard normal, by the name of its file, its key and the draw. */
double runs_normal(const char *file, const char *key, uint32_t draw);

/* Called after each simulation with the number done and the number to do; may be NULL. */
void runs_watch(struct runs *r, void (*watch)(void *arg, size_t done, size_t todo), void *arg);

#endif
