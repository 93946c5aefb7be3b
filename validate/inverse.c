/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "validate/inverse.h"

#include "plan/load.h"
#include "validate/inverse_search.h"
#include "validate/ledger.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <string.h>

#define OUTLIER 3.9 /* residual over robust scale; the bisquare's weight is 0.1 there */
#define Z975 1.959963984540054

/* --- Values and points --- */

struct lookup {
	const char *key;
	struct sourced *found;
	const char **names; /* n, room: all there are */
	size_t n, room;
	struct arena *arena;
};

static void match(void *arg, const char *key, struct sourced *s)
{
	struct lookup *l = arg;
	if (strcmp(l->key, key) == 0)
		l->found = s;
	if (l->n == l->room) {
		size_t room = l->room ? 2 * l->room : 64;
		const char **more = arena_alloc(l->arena, room * sizeof *more);
		if (l->n)
			memcpy(more, l->names, l->n * sizeof *more);
		l->names = more;
		l->room = room;
	}
	l->names[l->n++] = arena_strdup(l->arena, key);
}

static const char *hint_for(const struct lookup *l, struct arena *a)
{
	const char *near = diag_nearest(l->key, l->names, l->n);
	return near ? arena_printf(a, "did you mean '%s'?", near)
		    : "values are named as in nfs.l3fwd.cost.per_packet";
}

static bool named_before(const struct inverse *v, const char *key)
{
	for (size_t i = 0; i < v->n_values; i++)
		if (strcmp(v->values[i].key, key) == 0)
			return true;
	return false;
}

static bool take_values(struct search *s, struct profile *p)
{
	struct inverse *v = s->inverse;
	const struct mark nowhere = {0};
	size_t before = diag_errors(s->diag);
	v->values = arena_alloc(s->arena, (s->task->n_keys + 1) * sizeof *v->values);
	if (s->task->n_keys > INVERSE_VALUES) {
		diag_error(s->diag, nowhere, NULL, "at most %d values can be fitted at once",
			INVERSE_VALUES);
		return false;
	}
	for (size_t i = 0; i < s->task->n_keys; i++) {
		struct lookup l = {.key = s->task->keys[i], .arena = s->arena};
		profile_each(p, match, &l);
		if (!l.found)
			diag_error(s->diag, nowhere, hint_for(&l, s->arena),
				"profile '%s' states no '%s'", p->name, l.key);
		else if (named_before(v, l.key))
			diag_error(s->diag, nowhere, NULL, "'%s' is named twice", l.key);
		else
			v->values[v->n_values++] = (struct inverse_value){.key = l.key,
				.stated = l.found->value,
				.value = l.found->value.value};
	}
	return diag_errors(s->diag) == before;
}

static const char **all_sets(const struct search *s, const struct dataset_point *p)
{
	size_t n = p->term.n_sets, more = s->task->n_sets;
	const char **sets = arena_alloc(s->arena, (n + more + 2) * sizeof *sets);
	for (size_t i = 0; i < n + more; i++)
		sets[i] = i < n ? p->term.sets[i] : s->task->sets[i - n];
	return sets;
}

static bool same_run(const struct dataset_point *p, const struct dataset_point *q)
{
	const struct dataset_term *x = &p->term, *y = &q->term;
	struct runs_request wants = {0}, other = {0};
	ledger_want(&wants, p);
	ledger_want(&other, q);
	bool same = strcmp(x->path, y->path) == 0 && x->n_sets == y->n_sets &&
		    wants.search == other.search;
	if (wants.search)
		same &= wants.loss_ratio == other.loss_ratio;
	for (size_t i = 0; same && i < x->n_sets; i++)
		same = strcmp(x->sets[i], y->sets[i]) == 0;
	return same;
}

/* The number of a point's scenario, which is new or that of a point before it. */
static size_t take_scenario(struct search *s, const struct dataset_point *p, int64_t seed)
{
	struct inverse *v = s->inverse;
	size_t i = 0;
	while (i < v->n_scenarios && !same_run(s->scenarios[i].point, p))
		i++;
	struct inverse_scenario *is = &s->scenarios[i];
	ledger_want(&is->want, p);
	if (i < v->n_scenarios)
		return i;
	is->point = p;
	is->sets = all_sets(s, p);
	is->n_sets = p->term.n_sets + s->task->n_sets;
	is->sets[is->n_sets++] =
		arena_printf(s->arena, "run.seed=%lld", (long long)seed + (long long)i);
	return v->n_scenarios++;
}

static bool can_be_fitted(const struct dataset_point *p)
{
	bool metric = p->metric != DATASET_LINE_RATE && p->metric != DATASET_LINE_RATE_SIZE;
	return p->use == DATASET_FIT && p->kind == DATASET_VALUE && metric && !p->apart &&
	       !p->plus.n && p->measured > 0;
}

/* The scenario with all assignments; with --set it may have become wrong. */
static struct scenario *read_scenario(struct search *s, const struct dataset_point *p)
{
	size_t n = p->term.n_sets + s->task->n_sets;
	struct scenario *is = scenario_read(p->term.path, all_sets(s, p), n, s->arena, s->diag);
	if (is)
		build_check(is, s->diag);
	const char *fixed = is && dataset_is_searched(p) ? load_fixed(is) : NULL;
	if (fixed)
		diag_error(s->diag, p->mark, NULL, "no rate can be searched for: %s", fixed);
	return is;
}

static void take_points(struct search *s)
{
	const struct dataset *set = s->task->set;
	const struct dataset_point *p = set->points.items;
	struct inverse *v = s->inverse;
	v->points = arena_alloc(s->arena, (set->points.n + 1) * sizeof *v->points);
	s->scenarios = arena_alloc(s->arena, (set->points.n + 1) * sizeof *s->scenarios);
	s->stated = true;
	for (size_t i = 0; i < set->points.n; i++) {
		struct scenario *is = can_be_fitted(&p[i]) ? read_scenario(s, &p[i]) : NULL;
		if (!is || strcmp(is->profile->name, v->dataplane) != 0)
			continue;
		s->stated &= p[i].error.value > 0 || set->repeatability.value > 0;
		v->points[v->n_points++] = (struct inverse_point){.point = &p[i],
			.left_out = NAN,
			.scenario = take_scenario(s, &p[i], is->run.seed)};
	}
	if (!v->n_points)
		diag_error(s->diag, set->mark,
			"a point takes part with `mark: fit`: a rate, a loss, a mean latency or a "
			"percentile",
			"no point of '%s' can be fitted by dataplane '%s'", set->name,
			v->dataplane);
	else if (v->n_points < v->n_values)
		diag_error(s->diag, set->mark, NULL, "%zu values cannot be fitted to %zu points",
			v->n_values, v->n_points);
}

/* --- What is told --- */

/* The last fit, to the points that are no outliers. */
struct result {
	struct fit fit;
	struct fit_point *points; /* n */
	size_t *kept;             /* their numbers in the inverse */
	size_t n;
};

static void mark_outliers(struct search *s, const struct result *r)
{
	struct inverse *v = s->inverse;
	double squares = 0, noise = 0;
	for (size_t i = 0; i < v->n_points; i++)
		v->points[i].outlier = true;
	for (size_t i = 0; i < r->n; i++) {
		struct inverse_point *p = &v->points[r->kept[i]];
		double left = r->points[i].y - fit_predict(&r->fit, r->points[i].x);
		p->outlier = r->n > v->n_values &&
			     fabs(left) > OUTLIER * r->fit.scale * fmax(r->points[i].error, 1e-12);
	}
	for (size_t i = 0; i < v->n_points; i++) {
		const struct inverse_point *p = &v->points[i];
		double relative = p->fitted / p->point->measured - 1;
		v->n_outliers += p->outlier;
		squares += p->outlier ? 0 : relative * relative;
		if (!p->outlier && !dataset_is_searched(p->point))
			noise += p->simulated * p->simulated;
	}
	double n = (double)(v->n_points - v->n_outliers);
	v->rms = sqrt(squares / n);
	v->noise = sqrt(noise / n);
}

/* Where all points state their errors, what they leave can be less by luck. Where none is left
 * over, only stated errors tell anything. */
static void judge_errors(const struct search *s, struct result *r)
{
	struct fit *f = &r->fit;
	size_t fitted = 0;
	double factor = 1;
	for (size_t j = 0; j < f->terms; j++)
		fitted += f->used[j];
	if (r->n > fitted) {
		double t = gsl_cdf_tdist_Pinv(0.975, (double)(r->n - fitted)) / Z975;
		if (s->stated && f->scale > 0)
			factor = fmax(1, 1 / (f->scale * t));
	} else if (!s->stated) {
		factor = NAN;
	}
	for (size_t i = 0; i < f->terms; i++) {
		f->error[i] *= factor;
		for (size_t j = 0; j < f->terms; j++)
			f->cov[i][j] *= factor * factor;
	}
}

static void take_result(struct search *s, const struct fit *f)
{
	struct inverse *v = s->inverse;
	for (size_t j = 0; j < v->n_values; j++) {
		struct inverse_value *x = &v->values[j];
		x->value = s->value[j];
		x->error = f->error[j];
		if (x->state != INVERSE_DEAD && !f->used[j])
			x->state = f->negative[j] ? INVERSE_BOUND : INVERSE_MIXED;
		for (size_t k = 0; k < v->n_values; k++)
			v->cov[j][k] = f->cov[j][k];
	}
	v->condition = f->condition;
	v->correlation = f->correlation;
	memcpy(v->pair, f->pair, sizeof v->pair);
	v->doubtful = f->doubtful;
}

/* Which point would narrow the values most, if it were measured once more. */
static void find_next(struct search *s, const struct result *r)
{
	struct inverse *v = s->inverse;
	struct fit f = r->fit;
	for (size_t j = 0; j < v->n_values; j++)
		f.c[j] = s->value[j]; /* errors are relative to the values, not to the step */
	for (size_t i = 0; i < r->n; i++) {
		double worth = fit_worth(&f, r->points[i].x, f.scale * r->points[i].error);
		if (!(worth > v->worth))
			continue;
		v->worth = worth;
		v->next = r->kept[i];
	}
}

/* The values fitted without a point; NULL: the others do not suffice. */
static double *values_without(struct search *s, const struct result *r, size_t point)
{
	struct inverse *v = s->inverse;
	struct fit_point *rest = arena_alloc(s->arena, (r->n + 1) * sizeof *rest);
	size_t n = 0;
	for (size_t i = 0; i < r->n; i++)
		if (r->kept[i] != point)
			rest[n++] = r->points[i];
	struct fit f;
	bool known = search_fit(s, rest, n, &f);
	for (size_t j = 0; known && j < v->n_values; j++)
		known = v->values[j].state != INVERSE_FITTED || f.used[j] || f.negative[j];
	double *to = arena_alloc(s->arena, (v->n_values + 1) * sizeof *to);
	for (size_t j = 0; known && j < v->n_values; j++)
		to[j] = fmax(0, s->value[j] + f.c[j]);
	return known ? to : NULL;
}

/* The fit without a point follows from the differences at the solution; what it predicts is
 * simulated. */
static void leave_out(struct search *s, const struct result *r)
{
	struct inverse *v = s->inverse;
	const double **values = arena_alloc(s->arena, (v->n_points + 1) * sizeof *values);
	double *predicted = arena_alloc(s->arena, (v->n_points + 1) * sizeof *predicted);
	for (size_t i = 0; i < v->n_points; i++)
		values[i] = values_without(s, r, i);
	search_predict_each(s, values, predicted);
	for (size_t i = 0; i < v->n_points; i++)
		v->points[i].left_out = predicted[i];
}

/* The jackknife leaves out all points of a scenario at once: what its run is off by they share. */
static void widen(struct search *s, struct result *r)
{
	size_t *group = arena_alloc(s->arena, (r->n + 1) * sizeof *group);
	for (size_t i = 0; i < r->n; i++)
		group[i] = s->inverse->points[r->kept[i]].scenario;
	fit_widen(&r->fit, r->points, group, s->inverse->n_scenarios);
}

static void tell(struct search *s)
{
	struct inverse *v = s->inverse;
	struct result r = {.points = search_observations(s)};
	r.kept = arena_alloc(s->arena, (v->n_points + 1) * sizeof *r.kept);
	r.n = search_screen(s, r.points, r.kept);
	for (size_t i = 0; i < v->n_points; i++)
		v->points[i].fitted = s->predicted[i];
	if (!search_fit(s, r.points, r.n, &r.fit)) {
		for (size_t j = 0; j < v->n_values; j++)
			v->values[j].error = NAN;
		return;
	}
	widen(s, &r);
	judge_errors(s, &r);
	mark_outliers(s, &r);
	take_result(s, &r.fit);
	find_next(s, &r);
	leave_out(s, &r);
}

struct inverse *inverse_fit(const struct inverse_task *task, struct runs *runs, struct diag *d)
{
	struct arena *a = runs_arena(runs);
	size_t before = diag_errors(d);
	struct inverse *v = arena_alloc(a, sizeof *v);
	struct search s = {.task = task, .inverse = v, .runs = runs, .arena = a, .diag = d};
	struct profile *p = profile_read(task->profile, (struct mark){0}, NULL, 0, a, d);
	if (!p)
		return NULL;
	v->dataplane = p->name;
	if (take_values(&s, p))
		take_points(&s);
	if (diag_errors(d) > before || !search_start(&s))
		return NULL;
	for (size_t i = 0; i < v->n_points; i++)
		v->points[i].stated = s.predicted[i];
	search_solve(&s);
	tell(&s);
	v->simulations = runs_count(runs);
	return v;
}
