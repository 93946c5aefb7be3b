/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "validate/inverse_search.h"

#include "calib/screen.h"
#include "validate/ledger.h"

#include <math.h>
#include <string.h>

#define DIFFERENCE 0.2        /* of a value, for the first differences */
#define LEAST_DIFFERENCE 0.02 /* of a value, for the last, */
#define MOST_DIFFERENCE 0.4   /* at most, */
#define NOISE 0.05         /* and the share of their squares that may be noise of the simulation */
#define FAR 0.1            /* relative steps that tell more of the differences than noise does */
#define DEAD 1e-3          /* relative change of a prediction over that of a value */
#define CONVERGED 5e-4     /* relative step, */
#define NEAR 0.02          /* and step over standard error, that are none any more */
#define CLOSE 0.5          /* steps that are good whatever the sum of errors says */
#define LEAP 3.0           /* of a value: no step raises it by more */
#define SINGULAR 1e-3      /* share of a column; differences are no better than that */
#define DEFAULT_ERROR 0.01 /* of a measurement that states none */
#define Z975 1.959963984540054

enum { MAX_STEPS = 20, MAX_HALVINGS = 5, MAX_POLISH = 4 };

/* --- Predictions --- */

static size_t ask(struct search *s, size_t scenario, const double *value)
{
	const struct inverse *v = s->inverse;
	const struct inverse_scenario *is = &s->scenarios[scenario];
	struct runs_change *changes = arena_alloc(s->arena, (v->n_values + 1) * sizeof *changes);
	for (size_t i = 0; i < v->n_values; i++)
		changes[i] = (struct runs_change){v->dataplane, v->values[i].key, value[i]};
	struct runs_request q = is->want;
	q.path = is->point->term.path;
	q.sets = is->sets;
	q.n_sets = is->n_sets;
	q.changes = changes;
	q.n_changes = v->n_values;
	return runs_ask(s->runs, &q, s->diag);
}

static double answer(const struct search *s, size_t point, size_t run)
{
	return ledger_metric(runs_answer(s->runs, run), s->inverse->points[point].point).value;
}

/* False: a point has no prediction there. */
static bool predict(struct search *s, const double *value, double *to)
{
	const struct inverse *v = s->inverse;
	size_t *run = arena_alloc(s->arena, (v->n_scenarios + 1) * sizeof *run);
	bool all = true;
	for (size_t i = 0; i < v->n_scenarios; i++)
		run[i] = ask(s, i, value);
	runs_simulate(s->runs, s->task->threads);
	for (size_t i = 0; i < v->n_scenarios; i++)
		s->answer[i] = runs_answer(s->runs, run[i]);
	for (size_t i = 0; i < v->n_points; i++) {
		to[i] = answer(s, i, run[v->points[i].scenario]);
		all &= isfinite(to[i]);
	}
	return all;
}

void search_predict_each(struct search *s, const double *const *values, double *to)
{
	const struct inverse *v = s->inverse;
	size_t *run = arena_alloc(s->arena, (v->n_points + 1) * sizeof *run);
	for (size_t i = 0; i < v->n_points; i++)
		if (values[i])
			run[i] = ask(s, v->points[i].scenario, values[i]);
	runs_simulate(s->runs, s->task->threads);
	for (size_t i = 0; i < v->n_points; i++)
		to[i] = values[i] ? answer(s, i, run[i]) : NAN;
}

/* --- Errors --- */

/* What is compared: of losses what is delivered instead, which can be told relative errors of. */
static double compared(const struct search *s, size_t point, double x)
{
	const struct inverse_point *p = &s->inverse->points[point];
	if (p->point->metric == DATASET_LOSS)
		return 1 - x;
	if (p->point->metric == DATASET_LOST)
		return s->answer[p->scenario]->offered_pps.value - x;
	return x;
}

/* The logarithm of predicted over measured. */
static double off(const struct search *s, size_t point, double predicted)
{
	double measured = compared(s, point, s->inverse->points[point].point->measured);
	return log(fmax(compared(s, point, predicted), 1e-300) / fmax(measured, 1e-300));
}

static double sum_of_errors(const struct search *s, const double *predicted)
{
	double sum = 0;
	for (size_t i = 0; i < s->inverse->n_points; i++)
		sum += fabs(off(s, i, predicted[i])) / s->inverse->points[i].error;
	return sum;
}

/* Of the measurement, and of the simulation where the search is. */
static void find_errors(struct search *s)
{
	const struct dataset *set = s->task->set;
	double others = set->repeatability.value > 0 ? set->repeatability.value : DEFAULT_ERROR;
	for (size_t i = 0; i < s->inverse->n_points; i++) {
		struct inverse_point *p = &s->inverse->points[i];
		struct interval is = ledger_metric(s->answer[p->scenario], p->point);
		double measured = p->point->measured, own = p->point->error.value;
		/* of a loss: over what is delivered */
		double share = fabs(measured / fmax(compared(s, i, measured), 1e-300));
		bool loss = p->point->metric == DATASET_LOSS || p->point->metric == DATASET_LOST;
		p->simulated = isfinite(is.half) ? is.half / Z975 / measured * share : 0;
		p->error = hypot(own > 0 ? own * (loss ? share : 1) : others, p->simulated);
	}
}

/* --- How predictions change with the values --- */

/* A value that is nothing gets a cycle, a nanosecond or a hundredth. */
static double least_change(const struct inverse_value *v)
{
	size_t n = strlen(v->key);
	bool byte = n > 4 && strcmp(v->key + n - 4, "byte") == 0;
	double one = v->stated.dim == DIM_CYCLES ? 1
		     : v->stated.dim == DIM_TIME ? (double)PS_PER_NS
						 : 0.01;
	return fmax(1e-3 * v->stated.value, v->stated.value > 0 ? 1e-6 : byte ? one / 64 : one);
}

/* Predictions with one value changed, for each value; the changes are in by. */
static double *predict_changed(struct search *s, const double *by)
{
	const struct inverse *v = s->inverse;
	size_t n = v->n_values, m = v->n_points;
	size_t *run = arena_alloc(s->arena, (n * v->n_scenarios + 1) * sizeof *run);
	double *to = arena_alloc(s->arena, (n * m + 1) * sizeof *to), changed[INVERSE_VALUES];
	for (size_t j = 0; j < n; j++) {
		memcpy(changed, s->value, n * sizeof *changed);
		changed[j] += by[j];
		for (size_t i = 0; i < v->n_scenarios; i++)
			run[j * v->n_scenarios + i] = ask(s, i, changed);
	}
	runs_simulate(s->runs, s->task->threads);
	for (size_t i = 0; i < m; i++)
		for (size_t j = 0; j < n; j++)
			to[i * n + j] =
				answer(s, i, run[j * v->n_scenarios + v->points[i].scenario]);
	return to;
}

static void differentiate(struct search *s)
{
	const struct inverse *v = s->inverse;
	size_t n = v->n_values;
	double by[INVERSE_VALUES];
	for (size_t j = 0; j < n; j++)
		by[j] = fmax(DIFFERENCE * s->value[j], least_change(&v->values[j]));
	const double *changed = predict_changed(s, by);
	for (size_t i = 0; i < v->n_points; i++)
		for (size_t j = 0; j < n; j++) {
			double d = (off(s, i, changed[i * n + j]) - off(s, i, s->predicted[i])) /
				   by[j];
			s->jacobian[i * n + j] = isfinite(d) ? d : 0;
		}
}

/* So long that the noise of the simulation is small beside what it changes: that of a difference
 * over twice the length, summed over the points. */
static double quiet_length(const struct search *s, size_t j)
{
	const struct inverse *v = s->inverse;
	double change = 0, noise = 0;
	for (size_t i = 0; i < v->n_points; i++) {
		const struct inverse_point *p = &v->points[i];
		double d = s->jacobian[i * v->n_values + j] / p->error;
		double e = p->simulated / p->error;
		change += d * d;
		noise += e * e / 2;
	}
	return change > 0 ? sqrt(noise / NOISE / change) : 0;
}

/* Over as much as the values are uncertain by, and far enough for the noise of the simulation; to
 * both sides, where 0 is not in the way. */
static void differentiate_well(struct search *s, const struct fit *f)
{
	const struct inverse *v = s->inverse;
	size_t n = v->n_values;
	double up[INVERSE_VALUES], down[INVERSE_VALUES];
	for (size_t j = 0; j < n; j++) {
		double least = fmax(LEAST_DIFFERENCE * s->value[j], least_change(&v->values[j]));
		double most = fmax(MOST_DIFFERENCE * s->value[j], least);
		up[j] = fmin(fmax(fmax(f->error[j], quiet_length(s, j)), least), most);
		down[j] = -fmin(up[j], s->value[j]);
	}
	const double *above = predict_changed(s, up), *below = predict_changed(s, down);
	for (size_t i = 0; i < v->n_points; i++)
		for (size_t j = 0; j < n; j++) {
			double d = (off(s, i, above[i * n + j]) - off(s, i, below[i * n + j])) /
				   (up[j] - down[j]);
			s->jacobian[i * n + j] = isfinite(d) ? d : 0;
		}
}

static double size_of(const struct search *s, size_t j)
{
	const struct inverse_value *v = &s->inverse->values[j];
	return fmax(s->value[j], fmax(1e-3 * v->stated.value, least_change(v)));
}

/* Broyden's update: the least change that explains what the step from there to here did. */
static void update(struct search *s, const double *from, const double *before)
{
	const struct inverse *v = s->inverse;
	size_t n = v->n_values;
	double d[INVERSE_VALUES], square = 0;
	for (size_t j = 0; j < n; j++) {
		d[j] = (s->value[j] - from[j]) / size_of(s, j);
		square += d[j] * d[j];
	}
	for (size_t i = 0; square > FAR * FAR && i < v->n_points; i++) {
		double *row = &s->jacobian[i * n];
		double miss = off(s, i, s->predicted[i]) - off(s, i, before[i]);
		for (size_t j = 0; j < n; j++)
			miss -= row[j] * (s->value[j] - from[j]);
		for (size_t j = 0; j < n; j++)
			row[j] += miss * d[j] / square / size_of(s, j);
	}
}

static void find_dead(struct search *s)
{
	struct inverse *v = s->inverse;
	for (size_t j = 0; j < v->n_values; j++) {
		double most = 0, size = fmax(s->value[j], v->values[j].stated.value);
		size = fmax(size, least_change(&v->values[j]));
		for (size_t i = 0; i < v->n_points; i++)
			most = fmax(most, fabs(s->jacobian[i * v->n_values + j]) * size);
		v->values[j].state = most < DEAD ? INVERSE_DEAD : INVERSE_FITTED;
	}
}

/* --- Steps --- */

struct fit_point *search_observations(const struct search *s)
{
	const struct inverse *v = s->inverse;
	struct fit_point *to = arena_alloc(s->arena, (v->n_points + 1) * sizeof *to);
	for (size_t i = 0; i < v->n_points; i++) {
		to[i] = (struct fit_point){
			.y = -off(s, i, s->predicted[i]), .error = v->points[i].error};
		for (size_t j = 0; j < v->n_values; j++)
			if (v->values[j].state != INVERSE_DEAD)
				to[i].x[j] = s->jacobian[i * v->n_values + j];
	}
	return to;
}

size_t search_screen(const struct search *s, struct fit_point *points, size_t *kept)
{
	const struct inverse *v = s->inverse;
	bool *outlier = arena_alloc(s->arena, (v->n_points + 1) * sizeof *outlier);
	size_t n = 0;
	screen_outliers(points, v->n_points, v->n_values, outlier);
	for (size_t i = 0; i < v->n_points; i++)
		if (!outlier[i]) {
			points[n] = points[i];
			kept[n++] = i;
		}
	return n;
}

bool search_fit(const struct search *s, const struct fit_point *points, size_t n, struct fit *to)
{
	struct fit_rule rule = {.singular = SINGULAR, .plain = true};
	for (size_t j = 0; j < s->inverse->n_values; j++)
		rule.least[j] = -s->value[j];
	return fit_by(points, n, s->inverse->n_values, &rule, to);
}

/* The linear fit of the step from here. False: the points do not suffice. */
static bool find_step(const struct search *s, struct fit *to)
{
	struct fit_point *points = search_observations(s);
	size_t *kept = arena_alloc(s->arena, (s->inverse->n_points + 1) * sizeof *kept);
	return search_fit(s, points, search_screen(s, points, kept), to);
}

/* The longest part of a step, over the standard errors of the values. */
static double length_of(const struct search *s, const struct fit *f)
{
	double longest = 0;
	for (size_t j = 0; j < s->inverse->n_values; j++)
		if (f->c[j] != 0)
			longest = fmax(longest,
				fabs(f->c[j]) /
					fmax(f->error[j], CONVERGED / NEAR * size_of(s, j)));
	return longest;
}

/* Takes the step, or half of it as long as that is worse. False: nothing along it is better. */
static bool advance(struct search *s, const struct fit *f)
{
	const struct inverse *v = s->inverse;
	size_t n = v->n_values, m = v->n_points;
	double *tried = arena_alloc(s->arena, (m + 1) * sizeof *tried), next[INVERSE_VALUES];
	double before = sum_of_errors(s, s->predicted), factor = 1, length = length_of(s, f);
	for (size_t j = 0; j < n; j++)
		if (f->c[j] > 0)
			factor = fmin(
				factor, LEAP * fmax(size_of(s, j), v->values[j].stated.value / 4) /
						f->c[j]);
	for (int k = 0; k < MAX_HALVINGS; k++, factor /= 2) {
		for (size_t j = 0; j < n; j++)
			next[j] = fmax(0, s->value[j] + factor * f->c[j]);
		if (!predict(s, next, tried))
			continue;
		if (sum_of_errors(s, tried) > before && factor * length > CLOSE)
			continue;
		double from[INVERSE_VALUES], *old = s->predicted;
		memcpy(from, s->value, sizeof from);
		memcpy(s->value, next, n * sizeof *next);
		s->predicted = tried;
		update(s, from, old);
		return true;
	}
	return false;
}

bool search_start(struct search *s)
{
	struct inverse *v = s->inverse;
	s->predicted = arena_alloc(s->arena, (v->n_points + 1) * sizeof *s->predicted);
	s->jacobian = arena_alloc(s->arena, (v->n_points * v->n_values + 1) * sizeof *s->jacobian);
	s->answer = arena_alloc(s->arena, (v->n_scenarios + 1) * sizeof *s->answer);
	for (size_t j = 0; j < v->n_values; j++)
		s->value[j] = v->values[j].value;
	if (predict(s, s->value, s->predicted)) {
		find_errors(s);
		return true;
	}
	for (size_t i = 0; i < v->n_points; i++)
		if (!isfinite(s->predicted[i]))
			diag_error(s->diag, v->points[i].point->mark,
				"a longer run.duration or more run.max_packets; p99.9 takes 10 "
				"million packets",
				"the scenario of point '%s' delivers too few packets for its "
				"metric",
				v->points[i].point->id);
	return false;
}

/* Until no step is left, with differences that are brought up to date. */
static void descend(struct search *s)
{
	struct inverse *v = s->inverse;
	bool fresh = true;
	struct fit f;
	differentiate(s);
	find_dead(s);
	while (v->steps < MAX_STEPS && find_step(s, &f)) {
		if (length_of(s, &f) < CLOSE) {
			v->converged = true;
			return;
		}
		v->steps++;
		if (advance(s, &f)) {
			fresh = false;
		} else if (fresh) {
			v->converged = true;
			return;
		} else {
			differentiate(s);
			fresh = true;
		}
	}
}

/* The last steps, with differences and errors as they are there. */
static void polish(struct search *s)
{
	struct inverse *v = s->inverse;
	struct fit f;
	for (int k = 0; k < MAX_POLISH && find_step(s, &f); k++) {
		find_errors(s);
		if (k % 2 == 0)
			differentiate_well(s, &f);
		if (!find_step(s, &f) || length_of(s, &f) < NEAR)
			return;
		v->steps++;
		if (!advance(s, &f))
			return;
	}
}

void search_solve(struct search *s)
{
	descend(s);
	polish(s);
}
