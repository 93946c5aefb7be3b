/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * recovered - values of a profile, found again from points that the simulator made
 *
 * A trial draws the true values, simulates the points with them, with seeds that the fit never
 * uses and four times as long as the fit does, adds 1 % of noise to each, and spoils one in twelve
 * as a neighbour on the machine would: latencies 20 to 100 % longer, rates as much lower. Then the
 * values are fitted, starting from those that the profile states.
 */
#ifndef NFVSIM_TESTS_UNIT_RECOVERED_H
#define NFVSIM_TESTS_UNIT_RECOVERED_H

#include "validate/inverse.h"
#include "validate/ledger.h"

#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RECOVERED_NOISE 0.01
#define RECOVERED_SPOILT (1 / 12.0)
#define RECOVERED_FILE "/tmp/nfvsim-recovered-XXXXXX"

enum { RECOVERED_VALUES = 4, RECOVERED_FIRST_SEED = 1000000 };

struct recovered_point {
	const char *metric;
	const char *sets; /* in YAML, as the point's `set` */
};

struct recovered_case {
	const char *name;
	const char *const *keys;              /* of the profile bess, up to NULL */
	const char *scenario;                 /* its text */
	const char *longer;                   /* assignment for the true runs */
	const struct recovered_point *points; /* n_points */
	size_t n_points;
};

/* A case that has been read. */
struct recovered {
	const struct recovered_case *is;
	struct dataset *set;
	double stated[RECOVERED_VALUES];
	size_t n_values;
	char scenario[sizeof RECOVERED_FILE]; /* the file that its points name */
	struct arena *arena;
};

/* Sums over trials, relative to the true values. */
struct recovered_count {
	unsigned trials, within[RECOVERED_VALUES];
	double off[RECOVERED_VALUES], squares[RECOVERED_VALUES], errors[RECOVERED_VALUES];
};

static inline FILE *recovered_file(char path[sizeof RECOVERED_FILE])
{
	memcpy(path, RECOVERED_FILE, sizeof RECOVERED_FILE);
	return fdopen(mkstemp(path), "w");
}

static inline void recovered_stated(void *arg, const char *key, struct sourced *s)
{
	struct recovered *r = arg;
	for (size_t i = 0; i < r->n_values; i++)
		if (strcmp(key, r->is->keys[i]) == 0)
			r->stated[i] = s->value.value;
}

/* The measurement set; its values come later. */
static inline struct dataset *recovered_set(const struct recovered *r, struct diag *d)
{
	char path[sizeof RECOVERED_FILE];
	FILE *to = recovered_file(path);
	fputs("citation: a test\npoints:\n", to);
	for (size_t i = 0; i < r->is->n_points; i++) {
		const struct recovered_point *p = &r->is->points[i];
		const char *value = strcmp(p->metric, "delivered") == 0 ? "1 Mpps"
				    : strcmp(p->metric, "loss") == 0    ? "10 %"
									: "1 us";
		fprintf(to,
			"  - {id: point-%zu, metric: %s, value: %s, mark: fit, scenario: %s, set: "
			"[%s]}\n",
			i, p->metric, value, r->scenario, p->sets);
	}
	fclose(to);
	struct dataset *set = dataset_read(path, r->arena, d);
	remove(path);
	return set;
}

static inline bool recovered_open(struct recovered *r, const struct recovered_case *is)
{
	*r = (struct recovered){.is = is, .arena = arena_new()};
	struct diag *d = diag_new();
	while (r->n_values < RECOVERED_VALUES && is->keys[r->n_values])
		r->n_values++;
	FILE *to = recovered_file(r->scenario);
	fputs(is->scenario, to);
	fclose(to);
	r->set = recovered_set(r, d);
	struct profile *p = profile_read("bess", (struct mark){0}, NULL, 0, r->arena, d);
	if (p)
		profile_each(p, recovered_stated, r);
	diag_print(d, stderr);
	diag_free(d);
	return r->set && p;
}

static inline void recovered_close(struct recovered *r)
{
	remove(r->scenario);
	arena_free(r->arena);
}

static inline size_t recovered_ask(const struct recovered *r, size_t point, unsigned trial,
	const double *truth, struct runs *runs, struct diag *d)
{
	struct arena *a = runs_arena(runs);
	const struct dataset_term *t = &((struct dataset_point *)r->set->points.items)[point].term;
	const char **sets = arena_alloc(a, (t->n_sets + 2) * sizeof *sets);
	struct runs_change *change = arena_alloc(a, RECOVERED_VALUES * sizeof *change);
	for (size_t j = 0; j < r->n_values; j++)
		change[j] = (struct runs_change){"bess", r->is->keys[j], truth[j]};
	for (size_t k = 0; k < t->n_sets; k++)
		sets[k] = t->sets[k];
	sets[t->n_sets] = arena_printf(
		a, "run.seed=%zu", RECOVERED_FIRST_SEED + trial * r->is->n_points + point);
	sets[t->n_sets + 1] = r->is->longer;
	struct runs_request q = {.path = t->path,
		.sets = sets,
		.n_sets = t->n_sets + 2,
		.changes = change,
		.n_changes = r->n_values};
	return runs_ask(runs, &q, d);
}

/* What was measured where the simulator says x: noise, and now and then a neighbour. */
static inline double recovered_measure(const struct dataset_point *p, double x, const gsl_rng *rng)
{
	double noise = 1 + gsl_ran_gaussian(rng, RECOVERED_NOISE);
	double worse = gsl_ran_flat(rng, 1.2, 2);
	if (gsl_rng_uniform(rng) >= RECOVERED_SPOILT)
		worse = 1;
	if (dataset_is_latency(p))
		return x * noise * worse;
	return p->metric == DATASET_LOSS ? 1 - (1 - x) * noise / worse : x * noise / worse;
}

/* Sets the measured values. False: a point has none. */
static inline bool recovered_make(
	struct recovered *r, unsigned trial, const double *truth, const gsl_rng *rng)
{
	struct arena *a = arena_new();
	struct runs *runs = runs_new(a);
	struct diag *d = diag_new();
	struct dataset_point *p = r->set->points.items;
	size_t n = r->is->n_points, *run = arena_alloc(a, (n + 1) * sizeof *run);
	bool good = true;
	for (size_t i = 0; i < n; i++)
		run[i] = recovered_ask(r, i, trial, truth, runs, d);
	runs_simulate(runs, 1);
	for (size_t i = 0; i < n; i++) {
		double x = ledger_metric(runs_answer(runs, run[i]), &p[i]).value;
		p[i].measured = recovered_measure(&p[i], x, rng);
		good &= p[i].measured > 0;
	}
	diag_free(d);
	arena_free(a);
	return good;
}

/* One more trial. False: it could not be made or fitted. */
static inline bool recovered_trial(struct recovered *r, unsigned trial, struct recovered_count *c)
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	gsl_rng_set(rng, 20170907 + trial);
	double truth[RECOVERED_VALUES];
	for (size_t j = 0; j < r->n_values; j++)
		truth[j] = r->stated[j] * gsl_ran_flat(rng, 0.8, 1.25);
	bool good = recovered_make(r, trial, truth, rng);
	gsl_rng_free(rng);
	struct arena *a = arena_new();
	struct diag *d = diag_new();
	struct inverse_task task = {.set = r->set,
		.profile = "bess",
		.keys = r->is->keys,
		.n_keys = r->n_values,
		.threads = 1};
	struct inverse *v = good ? inverse_fit(&task, runs_new(a), d) : NULL;
	diag_print(d, stderr);
	c->trials++;
	for (size_t j = 0; v && j < r->n_values; j++) {
		double off = v->values[j].value / truth[j] - 1;
		double error = v->values[j].error / truth[j];
		c->within[j] += fabs(off) < 2 * error;
		c->off[j] += off;
		c->squares[j] += off * off;
		c->errors[j] += isfinite(error) ? error : 0;
	}
	diag_free(d);
	arena_free(a);
	return v;
}

#endif
