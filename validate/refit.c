/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "validate/refit.h"

#include "model/profile.h"

#include <math.h>
#include <string.h>

static const char *id_of(const struct param_list *ids, size_t i)
{
	return ((const char *const *)ids->items)[i];
}

static void find_value(void *arg, const char *key, struct sourced *s)
{
	struct refit *f = arg;
	if (strcmp(key, f->fit->key) != 0)
		return;
	f->stated = s->value.value;
	f->error = s->error.value;
}

static void read_value(struct refit *f, struct arena *a, struct diag *d)
{
	struct profile *p = profile_read(f->fit->dataplane, f->fit->mark, NULL, 0, a, d);
	f->stated = NAN;
	if (p)
		profile_each(p, find_value, f);
	if (p && isnan(f->stated))
		diag_error(d, f->fit->mark, NULL, "dataplane '%s' states no '%s'",
			f->fit->dataplane, f->fit->key);
}

size_t refit_list(const struct dataset *const *sets, size_t n, struct refit **to, struct arena *a,
	struct diag *d)
{
	size_t room = 0, count = 0;
	for (size_t i = 0; i < n; i++)
		room += sets[i]->fits.n;
	struct refit *list = arena_alloc(a, (room + 1) * sizeof *list);
	for (size_t i = 0; i < n; i++) {
		const struct dataset_fit *fit = sets[i]->fits.items;
		for (size_t j = 0; j < sets[i]->fits.n; j++) {
			list[count] = (struct refit){.set = sets[i], .fit = &fit[j]};
			read_value(&list[count++], a, d);
		}
	}
	*to = list;
	return count;
}

static size_t ask_point(struct runs *runs, const struct dataset_point *p,
	const struct runs_request *like, const struct runs_change *change, struct diag *d)
{
	struct arena *a = runs_arena(runs);
	struct runs_change *changes = arena_alloc(a, (like->n_changes + 1) * sizeof *changes);
	const char **sets = arena_alloc(a, (p->term.n_sets + like->n_sets + 1) * sizeof *sets);
	size_t n = p->term.n_sets;
	for (size_t i = 0; i < n + like->n_sets; i++)
		sets[i] = i < n ? p->term.sets[i] : like->sets[i - n];
	changes[0] = *change; /* the first of a key counts */
	for (size_t i = 0; i < like->n_changes; i++)
		changes[i + 1] = like->changes[i];
	struct runs_request q = {.path = p->term.path,
		.sets = sets,
		.n_sets = n + like->n_sets,
		.draw = like->draw,
		.changes = changes,
		.n_changes = like->n_changes + 1};
	return runs_ask(runs, &q, d);
}

size_t *refit_ask(struct runs *runs, const struct refit *f, const struct param_list *ids,
	const struct runs_request *like, struct diag *d)
{
	const struct runs_change stated = {f->fit->dataplane, f->fit->key, f->stated};
	size_t *asked = arena_alloc(runs_arena(runs), (ids->n + 1) * sizeof *asked);
	for (size_t i = 0; i < ids->n; i++)
		asked[i] = ask_point(runs, dataset_point(f->set, id_of(ids, i)), like, &stated, d);
	return asked;
}

double refit_value(const struct runs *runs, const struct refit *f, const struct param_list *ids,
	const size_t *asked)
{
	double sum = 0;
	for (size_t i = 0; i < ids->n; i++) {
		const struct runs_answer *a = runs_answer(runs, asked[i]);
		double measured_pps = dataset_point(f->set, id_of(ids, i))->measured;
		sum += a->clock_hz / measured_pps - a->clock_hz / a->delivered_pps.value;
	}
	return fmax(0, f->stated + sum / (double)ids->n);
}

struct runs_request *refit_draws(struct runs *runs, const struct refit *fits, size_t n_fits,
	uint32_t n, const char *const *sets, size_t n_sets, unsigned threads)
{
	struct arena *a = runs_arena(runs);
	struct diag *d = diag_new();
	struct runs_request *like = arena_alloc(a, (n + 1) * sizeof *like);
	size_t **asked = arena_alloc(a, (n * n_fits + 1) * sizeof *asked);
	for (uint32_t k = 0; k < n; k++) {
		like[k] = (struct runs_request){.sets = sets, .n_sets = n_sets, .draw = k + 1};
		for (size_t i = 0; i < n_fits; i++)
			asked[k * n_fits + i] =
				refit_ask(runs, &fits[i], &fits[i].fit->points, &like[k], d);
	}
	runs_simulate(runs, threads);
	for (uint32_t k = 0; k < n; k++) {
		struct runs_change *changes = arena_alloc(a, (n_fits + 1) * sizeof *changes);
		for (size_t i = 0; i < n_fits; i++) {
			const struct dataset_fit *f = fits[i].fit;
			double value =
				refit_value(runs, &fits[i], &f->points, asked[k * n_fits + i]);
			double z = runs_normal(f->dataplane, f->key, k + 1);
			changes[i] = (struct runs_change){
				f->dataplane, f->key, fmax(0, value + fits[i].error * z)};
		}
		like[k].changes = changes;
		like[k].n_changes = n_fits;
	}
	diag_free(d);
	return like;
}

/* The points of a fit and those like them, one after the other. */
static struct param_list all_ids(const struct dataset_fit *f, struct arena *a)
{
	size_t n = f->points.n + f->holdouts.n;
	const char **ids = arena_alloc(a, (n + 1) * sizeof *ids);
	for (size_t i = 0; i < n; i++)
		ids[i] = i < f->points.n ? id_of(&f->points, i)
					 : id_of(&f->holdouts, i - f->points.n);
	return (struct param_list){ids, n};
}

/* The same value of another dataplane, or NULL. */
static const struct refit *other_dataplane(
	const struct refit *fits, size_t n, const struct refit *of)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(fits[i].fit->key, of->fit->key) == 0 &&
			strcmp(fits[i].fit->dataplane, of->fit->dataplane) != 0)
			return &fits[i];
	return NULL;
}

/* The runs of one point: with the stated value, the one fitted without it, another dataplane's. */
struct left_out_runs {
	size_t stated, left_out, other;
};

static double error_of(const struct runs *runs, size_t run, const struct dataset_point *p)
{
	return (runs_answer(runs, run)->delivered_pps.value - p->measured) / p->measured;
}

static double fit_without(const struct runs *runs, const struct refit *f,
	const struct param_list *ids, const struct left_out_runs *own, size_t out)
{
	struct arena *a = runs_arena(runs);
	const char **kept = arena_alloc(a, ids->n * sizeof *kept);
	size_t *asked = arena_alloc(a, ids->n * sizeof *asked), n = 0;
	for (size_t i = 0; i < ids->n; i++)
		if (i != out) {
			kept[n] = id_of(ids, i);
			asked[n++] = own[i].stated;
		}
	return refit_value(runs, f, &(struct param_list){kept, n}, asked);
}

/* What the steps of leaving out share. */
struct leaving_out {
	struct runs *runs;
	const struct refit *fits;
	size_t n_fits;
	const struct runs_request *like;
	struct refit_row *rows; /* n */
	struct left_out_runs *own;
	size_t n;
	struct diag *diag; /* nothing can be wrong: these scenarios have been checked */
};

static size_t ask_with(const struct leaving_out *o, size_t i, double value)
{
	const struct dataset_fit *f = o->rows[i].refit->fit;
	const struct runs_change change = {f->dataplane, f->key, value};
	return ask_point(o->runs, o->rows[i].point, o->like, &change, o->diag);
}

/* The rows of one fit, with all that does not depend on other runs. */
static void start_fit(struct leaving_out *o, const struct refit *f)
{
	const struct param_list ids = all_ids(f->fit, runs_arena(o->runs));
	const struct refit *other = other_dataplane(o->fits, o->n_fits, f);
	const size_t *asked = refit_ask(o->runs, f, &ids, o->like, o->diag);
	for (size_t i = 0; i < ids.n; i++, o->n++) {
		o->rows[o->n] = (struct refit_row){.set = f->set,
			.point = dataset_point(f->set, id_of(&ids, i)),
			.refit = f,
			.fitted = i < f->fit->points.n};
		o->own[o->n].stated = asked[i];
		o->own[o->n].other = other ? ask_with(o, o->n, other->stated) : asked[i];
	}
}

/* Fits to the others, and asks what that predicts. */
static void leave_out(struct leaving_out *o, const struct refit *f, size_t first)
{
	const struct param_list ids = all_ids(f->fit, runs_arena(o->runs));
	for (size_t i = 0; i < ids.n; i++) {
		o->rows[first + i].value = fit_without(o->runs, f, &ids, o->own + first, i);
		o->own[first + i].left_out = ask_with(o, first + i, o->rows[first + i].value);
	}
}

static void sum_up(struct leaving_out *o)
{
	for (size_t i = 0; i < o->n; i++) {
		struct refit_row *r = &o->rows[i];
		bool other = other_dataplane(o->fits, o->n_fits, r->refit);
		r->shipped = error_of(o->runs, o->own[i].stated, r->point);
		r->left_out = error_of(o->runs, o->own[i].left_out, r->point);
		r->other = other ? error_of(o->runs, o->own[i].other, r->point) : NAN;
	}
}

size_t refit_leave_out(struct runs *runs, const struct refit *fits, size_t n_fits,
	const struct runs_request *like, unsigned threads, struct refit_row **to)
{
	struct leaving_out o = {runs, fits, n_fits, like, NULL, NULL, 0, diag_new()};
	size_t room = 1, first = 0;
	for (size_t i = 0; i < n_fits; i++)
		room += fits[i].fit->points.n + fits[i].fit->holdouts.n;
	o.rows = arena_alloc(runs_arena(runs), room * sizeof *o.rows);
	o.own = arena_alloc(runs_arena(runs), room * sizeof *o.own);
	for (size_t i = 0; i < n_fits; i++)
		start_fit(&o, &fits[i]);
	runs_simulate(runs, threads);
	for (size_t i = 0; i < n_fits; i++) {
		leave_out(&o, &fits[i], first);
		first += fits[i].fit->points.n + fits[i].fit->holdouts.n;
	}
	runs_simulate(runs, threads);
	sum_up(&o);
	diag_free(o.diag);
	*to = o.rows;
	return o.n;
}
