/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "validate/figures.h"

#include "base/quantity.h"
#include "model/relative.h"
#include "model/source.h"
#include "model/wire.h"
#include "plan/point.h"

#include <math.h>
#include <string.h>

enum { MOST_ADDED = 8 }; /* parts of a value "A + B" */

static const char between[] = " + ";

/* The runs that a point of a curve, or a measured point, adds up. */
struct sum {
	char key[MOST_ADDED][SHA256_HEX];
	size_t run[MOST_ADDED];
	size_t n;
	double bits;
};

struct making {
	const struct figures_options *options;
	struct runs *runs;
	struct arena *arena;
	struct diag *diag;
};

/* "64 B" and "64B", "line" and its rate are the same. Sizes are part of the key anyway. */
static void plain_traffic(struct traffic *t, double offered_pps, struct arena *a)
{
	t->size = "";
	t->rate = arena_printf(a, "%.9g", offered_pps);
}

/* What the scenario is, whatever the precision that is asked for. */
static void note_scenario(
	struct sum *s, const char *path, const char *const *sets, size_t n, const struct making *m)
{
	struct scenario *is = scenario_read(path, sets, n, m->arena, m->diag);
	if (!is)
		return;
	if (s->n == MOST_ADDED) {
		diag_error(m->diag, (struct mark){0}, NULL, "%s: more than %d scenarios are added",
			path, MOST_ADDED);
		return;
	}
	const struct chain *c = scenario_chain(is, 0);
	double size_B = source_mean_size(&c->traffic.spec);
	is->run = (struct run_use){.seed = 1};
	plain_traffic(&is->single.traffic, c->traffic.offered_pps, m->arena);
	for (size_t i = 0; i < is->chains.n; i++)
		plain_traffic(&scenario_chain(is, i)->traffic,
			scenario_chain(is, i)->traffic.offered_pps, m->arena);
	point_key(is, s->key[s->n]);
	s->bits = 8 * (size_B + WIRE_OVERHEAD_B);
	s->n++;
}

/* One part of a value, from text up to end. */
static void ask_part(struct sum *s, const struct dataset_figure *f, const struct dataset_term *t,
	const char *text, size_t len, const struct making *m)
{
	const struct figures_options *o = m->options;
	const char **sets = arena_alloc(m->arena, (t->n_sets + o->n_sets + 2) * sizeof *sets);
	size_t n = 0;
	for (size_t i = 0; i < t->n_sets; i++)
		sets[n++] = t->sets[i];
	const char *set = arena_printf(m->arena, "%s=%.*s", f->key, (int)len, text);
	sets[n++] = relative_set(relative_base(f->mark), set, m->arena);
	note_scenario(s, t->path, sets, n, m);
	for (size_t i = 0; i < o->n_sets; i++)
		sets[n++] = o->sets[i];
	struct runs_request q = {.path = t->path, .sets = sets, .n_sets = n};
	if (s->n)
		s->run[s->n - 1] = runs_ask(m->runs, &q, m->diag);
}

static void ask_cell(struct sum *s, const struct dataset_figure *f, size_t curve, size_t at,
	const struct making *m)
{
	const struct dataset_curve *c = f->curves.items;
	const char *value = ((const char *const *)f->values.items)[at], *end;
	if ((int64_t)at < c[curve].skip)
		return;
	for (; (end = strstr(value, between)); value = end + strlen(between))
		ask_part(s, f, &c[curve].term, value, (size_t)(end - value), m);
	ask_part(s, f, &c[curve].term, value, strlen(value), m);
}

static struct figures_cell answer(
	const struct sum *s, const struct dataset_figure *f, const struct runs *runs)
{
	struct figures_cell cell = {.bits = s->bits, .value = {s->n ? 0 : NAN, NAN}};
	double square = 0;
	for (size_t i = 0; i < s->n; i++) {
		const struct runs_answer *a = runs_answer(runs, s->run[i]);
		struct interval x = f->metric == DATASET_LATENCY ? a->latency_ns : a->delivered_pps;
		cell.value.value += x.value;
		square += x.half * x.half;
		cell.offered_pps = a->offered_pps.value;
	}
	if (s->n)
		cell.value.half = sqrt(square);
	return cell;
}

/* Whether the point says something about the metric of the figure, at one place. */
static bool belongs(const struct dataset_point *p, const struct dataset_figure *f)
{
	bool rate = p->metric == DATASET_DELIVERED || p->metric == DATASET_LINE_RATE;
	if (f->metric == DATASET_LATENCY ? p->metric != DATASET_LATENCY : !rate)
		return false;
	if (p->kind == DATASET_CLAIM)
		return !p->apart;
	return p->kind == DATASET_VALUE || p->kind == DATASET_BOUND;
}

static bool same(const struct sum *x, const struct sum *y)
{
	bool equal = x->n == y->n && x->n;
	for (size_t i = 0; equal && i < x->n; i++)
		equal = strcmp(x->key[i], y->key[i]) == 0;
	return equal;
}

static struct sum sum_of(const struct dataset_point *p, const struct making *m)
{
	struct sum s = {.n = 0};
	const struct dataset_term *plus = p->plus.items;
	note_scenario(&s, p->term.path, p->term.sets, p->term.n_sets, m);
	for (size_t i = 0; i < p->plus.n; i++)
		note_scenario(&s, plus[i].path, plus[i].sets, plus[i].n_sets, m);
	return s;
}

static struct figures_known known_at(const struct dataset_point *p, const struct dataset_figure *f,
	const struct figures_cell *cell, size_t number)
{
	struct figures_known k = {number / f->values.n, number % f->values.n, p, p->measured, 0};
	if (p->kind == DATASET_BOUND)
		k.sign = p->sign;
	if (f->metric == DATASET_LATENCY)
		k.value /= 1e3; /* ps */
	if (p->kind == DATASET_CLAIM) {
		k.value = cell->offered_pps;
		k.sign = p->truth ? 0 : -1;
	}
	return k;
}

static void find_known(struct figures_one *f, const struct sum *cells, const struct sum *points,
	const struct dataset *set, struct arena *a)
{
	const struct dataset_point *p = set->points.items;
	size_t n = f->is->curves.n * f->is->values.n;
	f->known = arena_alloc(a, n * set->points.n * sizeof *f->known);
	for (size_t i = 0; i < set->points.n; i++)
		for (size_t k = 0; belongs(&p[i], f->is) && k < n; k++)
			if (same(&points[i], &cells[k]))
				f->known[f->n_known++] = known_at(&p[i], f->is, &f->cells[k], k);
}

static bool wanted(const struct dataset_figure *f, const char *only)
{
	return !only || strncmp(f->id, only, strlen(only)) == 0;
}

static void choose(struct figures *to, const struct figures_options *o, struct arena *a)
{
	const struct dataset_figure *f = to->set->figures.items;
	to->figure = arena_alloc(a, (to->set->figures.n + 1) * sizeof *to->figure);
	for (size_t i = 0; i < to->set->figures.n; i++)
		if (wanted(&f[i], o->only))
			to->figure[to->n++].is = &f[i];
}

struct figures *figures_new(
	const struct dataset *set, const struct figures_options *o, struct arena *a, struct diag *d)
{
	size_t before = diag_errors(d);
	struct figures *to = arena_alloc(a, sizeof *to);
	struct making m = {o, runs_new(a), a, d};
	to->set = set;
	choose(to, o, a);
	struct sum **cells = arena_alloc(a, (to->n + 1) * sizeof *cells);
	for (size_t i = 0; i < to->n; i++) {
		const struct dataset_figure *f = to->figure[i].is;
		size_t n = f->curves.n * f->values.n;
		cells[i] = arena_alloc(a, n * sizeof **cells);
		for (size_t k = 0; k < n; k++)
			ask_cell(&cells[i][k], f, k / f->values.n, k % f->values.n, &m);
	}
	struct sum *points = arena_alloc(a, (set->points.n + 1) * sizeof *points);
	const struct dataset_point *p = set->points.items;
	for (size_t i = 0; i < set->points.n; i++)
		if (p[i].kind != DATASET_FACT)
			points[i] = sum_of(&p[i], &m);
	if (diag_errors(d) != before)
		return NULL;
	runs_watch(m.runs, o->watch, NULL);
	runs_simulate(m.runs, o->threads);
	for (size_t i = 0; i < to->n; i++) {
		struct figures_one *f = &to->figure[i];
		size_t n = f->is->curves.n * f->is->values.n;
		f->cells = arena_alloc(a, n * sizeof *f->cells);
		for (size_t k = 0; k < n; k++)
			f->cells[k] = answer(&cells[i][k], f->is, m.runs);
		find_known(f, cells[i], points, set, a);
	}
	return to;
}

const char *figures_label(const struct dataset_figure *f, size_t at)
{
	const struct param_list *from = f->labels.n ? &f->labels : &f->values;
	return ((const char *const *)from->items)[at];
}

bool figures_numbers(const struct dataset_figure *f, double *to)
{
	const char *const *text = f->values.items;
	enum dim dim = 0;
	for (size_t i = 0; i < f->values.n; i++) {
		struct quantity q;
		if (f->labels.n ||
			quantity_parse(text[i], DIM_SIZE | DIM_FREQ, &q) != QUANTITY_OK ||
			(i && q.dim != dim))
			return false;
		dim = q.dim;
		to[i] = q.value;
	}
	return true;
}
