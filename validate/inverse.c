/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "validate/inverse.h"

#include "model/datafile.h"
#include "validate/ledger.h"

#include <gsl/gsl_blas.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_multifit.h>
#include <math.h>
#include <string.h>

#define DIFFERENCE 0.02 /* of a value, for the finite differences */
#define DEAD 1e-3       /* relative change of a prediction over that of a value */
#define CONVERGED 5e-4  /* relative step */
#define SINGULAR 1e-4   /* of singular values; differences are no better than that */
#define HIGH_CONDITION 50
#define HIGH_CORRELATION 0.95
#define Z975 1.959963984540054

enum { MAX_STEPS = 10, MAX_HALVINGS = 5 };

struct work {
	const struct inverse_task *task;
	struct inverse *inverse;
	struct runs *runs;
	struct arena *arena;
	struct diag *diag;
	double *jacobian; /* n_points rows of n_values: relative change of prediction by value */
};

/* --- Values and points --- */

struct lookup {
	const char *key;
	struct sourced *found;
};

static void match(void *arg, const char *key, struct sourced *s)
{
	struct lookup *l = arg;
	if (strcmp(l->key, key) == 0)
		l->found = s;
}

static bool take_values(struct work *w, struct profile *p)
{
	struct inverse *v = w->inverse;
	const struct mark nowhere = {0};
	v->values = arena_alloc(w->arena, (w->task->n_keys + 1) * sizeof *v->values);
	if (w->task->n_keys > INVERSE_VALUES) {
		diag_error(w->diag, nowhere, NULL, "at most %d values can be fitted at once",
			INVERSE_VALUES);
		return false;
	}
	for (size_t i = 0; i < w->task->n_keys; i++) {
		struct lookup l = {w->task->keys[i], NULL};
		profile_each(p, match, &l);
		if (!l.found) {
			diag_error(w->diag, nowhere,
				"values are named as in nfs.l3fwd.cost.per_packet",
				"profile '%s' states no '%s'", p->name, l.key);
			continue;
		}
		v->values[v->n_values++] = (struct inverse_value){
			.key = l.key, .stated = l.found->value, .value = l.found->value.value};
	}
	return v->n_values == w->task->n_keys;
}

static bool of_dataplane(struct work *w, const struct dataset_point *p)
{
	struct scenario *s =
		scenario_read(p->term.path, p->term.sets, p->term.n_sets, w->arena, w->diag);
	return s && strcmp(s->profile->name, w->inverse->dataplane) == 0;
}

static bool takes_part(struct work *w, const struct dataset_point *p)
{
	bool metric = p->metric == DATASET_DELIVERED || dataset_is_latency(p);
	return p->use == DATASET_FIT && p->kind == DATASET_VALUE && metric && !p->apart &&
	       !p->plus.n && p->measured > 0 && of_dataplane(w, p);
}

static void take_points(struct work *w)
{
	const struct param_list *list = &w->task->set->points;
	const struct dataset_point *p = list->items;
	struct inverse *v = w->inverse;
	v->points = arena_alloc(w->arena, (list->n + 1) * sizeof *v->points);
	for (size_t i = 0; i < list->n; i++)
		if (takes_part(w, &p[i]))
			v->points[v->n_points++] =
				(struct inverse_point){.point = &p[i], .left_out = NAN};
	if (!v->n_points)
		diag_error(w->diag, w->task->set->mark,
			"a point takes part with `mark: fit`: a rate, a mean latency or a "
			"percentile",
			"no point of '%s' can be fitted by dataplane '%s'", w->task->set->name,
			v->dataplane);
}

/* --- Simulating --- */

static const char **all_sets(const struct work *w, const struct dataset_point *p)
{
	size_t n = p->term.n_sets, more = w->task->n_sets;
	const char **sets = arena_alloc(w->arena, (n + more + 1) * sizeof *sets);
	for (size_t i = 0; i < n + more; i++)
		sets[i] = i < n ? p->term.sets[i] : w->task->sets[i - n];
	return sets;
}

static size_t ask(struct work *w, const struct dataset_point *p, const double *value)
{
	const struct inverse *v = w->inverse;
	struct runs_change *changes = arena_alloc(w->arena, (v->n_values + 1) * sizeof *changes);
	for (size_t i = 0; i < v->n_values; i++)
		changes[i] = (struct runs_change){v->dataplane, v->values[i].key, value[i]};
	struct runs_request q = {.path = p->term.path,
		.sets = all_sets(w, p),
		.n_sets = p->term.n_sets + w->task->n_sets,
		.changes = changes,
		.n_changes = v->n_values,
		.wanted = ledger_wants(p)};
	return runs_ask(w->runs, &q, w->diag);
}

static double answer(const struct work *w, const struct dataset_point *p, size_t run)
{
	return ledger_metric(runs_answer(w->runs, run), p).value;
}

static void predict(struct work *w, const double *value, double *to)
{
	const struct inverse *v = w->inverse;
	size_t *run = arena_alloc(w->arena, (v->n_points + 1) * sizeof *run);
	for (size_t i = 0; i < v->n_points; i++)
		run[i] = ask(w, v->points[i].point, value);
	runs_simulate(w->runs, w->task->threads);
	for (size_t i = 0; i < v->n_points; i++)
		to[i] = answer(w, v->points[i].point, run[i]);
}

static double difference(const struct inverse_value *p, double value)
{
	return fmax(DIFFERENCE * value, fmax(1e-3 * p->stated.value, 1e-6));
}

/* Relative to the measured values, as the errors are. */
static void differentiate(struct work *w, const double *value, const double *at_value)
{
	const struct inverse *v = w->inverse;
	size_t n = v->n_values, m = v->n_points;
	size_t *run = arena_alloc(w->arena, (n * m + 1) * sizeof *run);
	double changed[INVERSE_VALUES];
	for (size_t j = 0; j < n; j++) {
		memcpy(changed, value, n * sizeof *changed);
		changed[j] += difference(&v->values[j], value[j]);
		for (size_t i = 0; i < m; i++)
			run[i * n + j] = ask(w, v->points[i].point, changed);
	}
	runs_simulate(w->runs, w->task->threads);
	for (size_t i = 0; i < m; i++)
		for (size_t j = 0; j < n; j++) {
			const struct dataset_point *p = v->points[i].point;
			double change = answer(w, p, run[i * n + j]) - at_value[i];
			w->jacobian[i * n + j] =
				change / difference(&v->values[j], value[j]) / p->measured;
		}
}

/* --- Least squares --- */

/* The columns of the values in use, each of length 1, and their lengths before. */
struct system {
	size_t column[INVERSE_VALUES], n, m;
	double length[INVERSE_VALUES];
	gsl_matrix *x;
	gsl_vector *y;
};

/* skip: a point that is left out, or n_points. */
static struct system system_new(const struct work *w, const double *error, size_t skip)
{
	const struct inverse *v = w->inverse;
	struct system s = {.m = v->n_points - (skip < v->n_points)};
	for (size_t j = 0; j < v->n_values; j++)
		if (!v->values[j].dead)
			s.column[s.n++] = j;
	if (s.n == 0 || s.m < s.n)
		return s;
	s.x = gsl_matrix_alloc(s.m, s.n);
	s.y = gsl_vector_alloc(s.m);
	for (size_t i = 0, row = 0; i < v->n_points; i++) {
		if (i == skip)
			continue;
		gsl_vector_set(s.y, row, -error[i]);
		for (size_t j = 0; j < s.n; j++)
			gsl_matrix_set(s.x, row, j, w->jacobian[i * v->n_values + s.column[j]]);
		row++;
	}
	for (size_t j = 0; j < s.n; j++) {
		gsl_vector_view c = gsl_matrix_column(s.x, j);
		s.length[j] = fmax(gsl_blas_dnrm2(&c.vector), 1e-300);
		gsl_vector_scale(&c.vector, 1 / s.length[j]);
	}
	return s;
}

/* keep gets covariance and condition; may be NULL. False when the points do not suffice. */
static bool solve(
	const struct work *w, const double *error, size_t skip, double *step, struct inverse *keep)
{
	struct system s = system_new(w, error, skip);
	for (size_t j = 0; j < w->inverse->n_values; j++)
		step[j] = 0;
	if (!s.x)
		return false;
	gsl_matrix *cov = gsl_matrix_alloc(s.n, s.n);
	gsl_vector *c = gsl_vector_alloc(s.n);
	gsl_multifit_linear_workspace *space = gsl_multifit_linear_alloc(s.m, s.n);
	double squares;
	size_t rank;
	gsl_multifit_linear_tsvd(s.x, s.y, SINGULAR, c, cov, &squares, &rank, space);
	double wider = s.m > s.n ? gsl_cdf_tdist_Pinv(0.975, (double)(s.m - s.n)) / Z975 : NAN;
	if (rank < s.n) /* what cannot be told apart has no error */
		wider = NAN;
	for (size_t i = 0; i < s.n; i++) {
		step[s.column[i]] = gsl_vector_get(c, i) / s.length[i];
		for (size_t j = 0; keep && j < s.n; j++)
			keep->cov[s.column[i]][s.column[j]] = gsl_matrix_get(cov, i, j) * wider *
							      wider / s.length[i] / s.length[j];
	}
	if (keep)
		keep->condition = rank < s.n ? INFINITY : 1 / gsl_multifit_linear_rcond(space);
	gsl_multifit_linear_free(space);
	gsl_matrix_free(s.x);
	gsl_vector_free(s.y);
	gsl_matrix_free(cov);
	gsl_vector_free(c);
	return rank == s.n;
}

static double errors(const struct inverse *v, const double *predicted, double *to)
{
	double sum = 0;
	for (size_t i = 0; i < v->n_points; i++) {
		to[i] = predicted[i] / v->points[i].point->measured - 1;
		sum += to[i] * to[i];
	}
	return sum;
}

static void find_dead(struct work *w)
{
	struct inverse *v = w->inverse;
	for (size_t j = 0; j < v->n_values; j++) {
		double most = 0, size = fmax(v->values[j].value, v->values[j].stated.value);
		for (size_t i = 0; i < v->n_points; i++)
			most = fmax(most, fabs(w->jacobian[i * v->n_values + j]) * size);
		v->values[j].dead = most < DEAD;
	}
}

/* Takes the step, or half of it as long as that is worse. Returns its relative length. */
static double advance(struct work *w, double *value, double *predicted, const double *step)
{
	struct inverse *v = w->inverse;
	double *error = arena_alloc(w->arena, (v->n_points + 1) * sizeof *error);
	double *tried = arena_alloc(w->arena, (v->n_points + 1) * sizeof *tried);
	double before = errors(v, predicted, error), next[INVERSE_VALUES], factor = 1;
	for (int k = 0; k < MAX_HALVINGS; k++, factor /= 2) {
		double longest = 0;
		for (size_t j = 0; j < v->n_values; j++) {
			next[j] = fmax(0, value[j] + factor * step[j]);
			double size = fmax(value[j], 1e-3 * v->values[j].stated.value + 1e-9);
			longest = fmax(longest, fabs(next[j] - value[j]) / size);
		}
		predict(w, next, tried);
		if (errors(v, tried, error) > before && longest > CONVERGED)
			continue;
		memcpy(value, next, v->n_values * sizeof *value);
		memcpy(predicted, tried, v->n_points * sizeof *predicted);
		return longest;
	}
	return 0; /* nothing along this line is better */
}

static void descend(struct work *w, double *value, double *predicted)
{
	struct inverse *v = w->inverse;
	double *error = arena_alloc(w->arena, (v->n_points + 1) * sizeof *error);
	double step[INVERSE_VALUES];
	while (v->steps < MAX_STEPS && !v->converged) {
		differentiate(w, value, predicted);
		if (v->steps == 0)
			find_dead(w);
		errors(v, predicted, error);
		solve(w, error, v->n_points, step, NULL);
		v->converged = advance(w, value, predicted, step) < CONVERGED;
		v->steps++;
	}
}

/* --- What is told --- */

static void worst_pair(struct inverse *v)
{
	for (size_t i = 0; i < v->n_values; i++)
		for (size_t j = i + 1; j < v->n_values; j++) {
			double r = v->cov[i][j] / sqrt(v->cov[i][i] * v->cov[j][j]);
			if (fabs(r) > fabs(v->correlation)) {
				v->correlation = r;
				v->pair[0] = i;
				v->pair[1] = j;
			}
		}
	v->doubtful = v->condition > HIGH_CONDITION || fabs(v->correlation) > HIGH_CORRELATION;
}

/* The fit without a point follows from the differences at the solution; what it predicts is
 * simulated. */
static void leave_out(struct work *w, const double *value, const double *error)
{
	struct inverse *v = w->inverse;
	size_t *run = arena_alloc(w->arena, (v->n_points + 1) * sizeof *run);
	double step[INVERSE_VALUES];
	for (size_t i = 0; i < v->n_points; i++) {
		run[i] = SIZE_MAX;
		if (!solve(w, error, i, step, NULL))
			continue;
		for (size_t j = 0; j < v->n_values; j++)
			step[j] = fmax(0, value[j] + step[j]);
		run[i] = ask(w, v->points[i].point, step);
	}
	runs_simulate(w->runs, w->task->threads);
	for (size_t i = 0; i < v->n_points; i++)
		if (run[i] != SIZE_MAX)
			v->points[i].left_out = answer(w, v->points[i].point, run[i]);
}

static void fit(struct work *w)
{
	struct inverse *v = w->inverse;
	double value[INVERSE_VALUES] = {0}, step[INVERSE_VALUES];
	double *predicted = arena_alloc(w->arena, (v->n_points + 1) * sizeof *predicted);
	double *error = arena_alloc(w->arena, (v->n_points + 1) * sizeof *error);
	w->jacobian = arena_alloc(w->arena, (v->n_points * v->n_values + 1) * sizeof *w->jacobian);
	for (size_t j = 0; j < v->n_values; j++)
		value[j] = v->values[j].value;
	predict(w, value, predicted);
	for (size_t i = 0; i < v->n_points; i++)
		v->points[i].stated = predicted[i];
	descend(w, value, predicted);
	differentiate(w, value, predicted);
	v->rms = sqrt(errors(v, predicted, error) / (double)v->n_points);
	solve(w, error, v->n_points, step, v);
	for (size_t j = 0; j < v->n_values; j++) {
		v->values[j].value = value[j];
		v->values[j].error = sqrt(v->cov[j][j]);
		v->values[j].bound = !v->values[j].dead && value[j] <= 0;
	}
	for (size_t i = 0; i < v->n_points; i++)
		v->points[i].fitted = predicted[i];
	worst_pair(v);
	leave_out(w, value, error);
}

/* With --set a scenario may have become wrong. */
static void check(struct work *w, const struct dataset_point *p)
{
	size_t n = p->term.n_sets + w->task->n_sets;
	struct scenario *s = scenario_read(p->term.path, all_sets(w, p), n, w->arena, w->diag);
	if (s)
		build_check(s, w->diag);
}

struct inverse *inverse_fit(const struct inverse_task *task, struct runs *runs, struct diag *d)
{
	struct arena *a = runs_arena(runs);
	size_t before = diag_errors(d);
	struct work w = {task, arena_alloc(a, sizeof *w.inverse), runs, a, d, NULL};
	struct profile *p = profile_read(task->profile, (struct mark){0}, NULL, 0, a, d);
	if (!p)
		return NULL;
	w.inverse->dataplane = p->name;
	if (take_values(&w, p))
		take_points(&w);
	for (size_t i = 0; i < w.inverse->n_points; i++)
		check(&w, w.inverse->points[i].point);
	if (diag_errors(d) > before)
		return NULL;
	fit(&w);
	return w.inverse;
}
