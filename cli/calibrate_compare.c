/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/calibrate_compare.h"

#include "cli/calibrate_text.h"
#include "cli/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define APART_ROUND_TRIP 0.2 /* relative: medians of one state stay within a tenth */
#define APART_CLOCK 0.02
#define APART_ISSUE 0.03 /* as much as flags a row `shared` */
#define APART_SHARE 0.25 /* of rows */
#define WITHIN 2.0       /* errors of the difference */

/* --- State --- */

static bool apart_by_ratio(double x, double y, double slack)
{
	return isfinite(x) && isfinite(y) && fabs(x / y - 1) > slack;
}

static bool apart_by_share(double x, double y)
{
	return isfinite(x) && isfinite(y) && fabs(x - y) > APART_SHARE;
}

struct line {
	const char *name;
	double x, y, scale;
	bool apart;
};

static size_t put_state(const struct calibrate_series *x, const struct calibrate_series *y,
	struct arena *a, FILE *to)
{
	static const char *const heads[] = {"<machine's state", ">first", ">second", "<", NULL};
	struct samples_machine p = samples_machine(x->samples), q = samples_machine(y->samples);
	const struct line lines[] = {
		{"round trip between the cores, TSC cycles", p.pingpong, q.pingpong, 1,
			apart_by_ratio(p.pingpong, q.pingpong, APART_ROUND_TRIP)},
		{"clock of the cores, GHz", p.core_hz, q.core_hz, 1e-9,
			apart_by_ratio(p.core_hz, q.core_hz, APART_CLOCK)},
		{"additions a TSC cycle", p.issue_ratio, q.issue_ratio, 1,
			apart_by_ratio(p.issue_ratio, q.issue_ratio, APART_ISSUE)},
		{"rows with the cores far, %", p.far, q.far, 100, apart_by_share(p.far, q.far)},
		{"rows with the cores siblings, %", p.siblings, q.siblings, 100,
			apart_by_share(p.siblings, q.siblings)},
		{"rows with a neighbour on a core, %", p.shared, q.shared, 100,
			apart_by_share(p.shared, q.shared)},
		{"rows unusable, %", p.unusable, q.unusable, 100,
			apart_by_share(p.unusable, q.unusable)},
		{"rows with stolen time, %", p.stolen, q.stolen, 100,
			apart_by_share(p.stolen, q.stolen)}};
	struct text_table t;
	size_t differ = strcmp(x->state, y->state) != 0;
	text_table_start(&t, heads, a);
	text_table_cell(&t, "rows that were fitted: cores");
	text_table_cell(&t, "%s", x->state);
	text_table_cell(&t, "%s", y->state);
	text_table_cell(&t, "%s", differ ? "differs" : "");
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		text_table_cell(&t, "%s", lines[i].name);
		text_table_cell(&t, "%.4g", lines[i].x * lines[i].scale);
		text_table_cell(&t, "%.4g", lines[i].y * lines[i].scale);
		text_table_cell(&t, "%s", lines[i].apart ? "differs" : "");
		differ += lines[i].apart;
	}
	text_table_print(&t, to);
	return differ;
}

/* --- Measurements --- */

struct count {
	size_t n, within;
};

/* Differences of the configurations that both series have. */
struct differences {
	struct count count;
	double *relative; /* count.n of them */
};

static const struct samples_point *partner(
	const struct calibrate_series *y, const struct samples_row *r)
{
	for (size_t i = 0; i < y->n_points; i++)
		if (samples_same(y->points[i].row, r))
			return &y->points[i];
	return NULL;
}

static void add_difference(
	struct differences *d, const struct samples_point *p, const struct samples_point *q)
{
	double off = fabs(q->cycles - p->cycles);
	d->relative[d->count.n++] = off / fmin(p->cycles, q->cycles);
	d->count.within += off <= WITHIN * hypot(p->error, q->error);
}

static int by_value(const void *x, const void *y)
{
	double a = *(const double *)x, b = *(const double *)y;
	return (a > b) - (a < b);
}

static void put_differences(struct text_table *t, const char *bench, struct differences *d)
{
	size_t n = d->count.n;
	qsort(d->relative, n, sizeof *d->relative, by_value);
	text_table_cell(t, "%s", bench);
	text_table_cell(t, "%zu", n);
	text_table_cell(t, "%.1f %%", 100 * d->relative[n / 2]);
	text_table_cell(t, "%.1f %%", 100 * d->relative[n * 9 / 10]);
	text_table_cell(t, "%.0f %%", 100 * (double)d->count.within / (double)n);
}

/* How well single measurements repeat, by benchmark (NULL: all), without any law. */
static void put_bench(struct text_table *t, const struct calibrate_series *x,
	const struct calibrate_series *y, const char *bench)
{
	struct differences d = {.relative = xcalloc(x->n_points + 1, sizeof(double))};
	for (size_t i = 0; i < x->n_points; i++) {
		const struct samples_row *r = x->points[i].row;
		const struct samples_point *q = partner(y, r);
		if (q && (!bench || strcmp(r->bench, bench) == 0))
			add_difference(&d, &x->points[i], q);
	}
	if (d.count.n)
		put_differences(t, bench ? bench : "all", &d);
	free(d.relative);
}

static bool first_of_bench(const struct calibrate_series *x, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (strcmp(x->points[k].row->bench, x->points[i].row->bench) == 0)
			return false;
	return true;
}

static void put_measurements(const struct calibrate_series *x, const struct calibrate_series *y,
	struct arena *a, FILE *to)
{
	static const char *const heads[] = {"<measured in both", ">configurations", ">differ by",
		">nine in ten less than", ">within 2 errors", NULL};
	struct text_table t;
	text_table_start(&t, heads, a);
	for (size_t i = 0; i < x->n_points; i++)
		if (first_of_bench(x, i))
			put_bench(&t, x, y, x->points[i].row->bench);
	put_bench(&t, x, y, NULL);
	text_table_print(&t, to);
}

/* --- Values --- */

static void put_value(struct text_table *t, struct count *c, const char *name, const double v[2],
	const double e[2], struct arena *a)
{
	double off = (v[1] - v[0]) / hypot(e[0], e[1]);
	text_table_cell(t, "%s", name);
	for (int i = 0; i < 2; i++)
		text_table_cell(t, "%s", calibrate_text_error(v[i], e[i], a));
	text_table_cell(t, "%+.1f", off);
	text_table_cell(t, "%s", fabs(off) > WITHIN ? "differs" : "");
	c->n++;
	c->within += fabs(off) <= WITHIN;
}

/* The terms that both fits have; in pieces when both are. */
static void put_law(struct text_table *t, struct count *c, const struct laws_law *x,
	const struct laws_law *y, struct arena *a)
{
	bool pieces = x->two_pieces && y->two_pieces;
	const struct fit *f = pieces ? &x->pieces : &x->fit, *g = pieces ? &y->pieces : &y->fit;
	for (size_t k = 0; k < f->terms && k < g->terms; k++)
		if (f->used[k] && g->used[k])
			put_value(t, c,
				arena_printf(
					a, "%s %s", x->key, calibrate_text_term(x, k, pieces, a)),
				(double[]){f->c[k], g->c[k]}, (double[]){f->error[k], g->error[k]},
				a);
	if (x->has_poll && y->has_poll)
		put_value(t, c, arena_printf(a, "%s per poll", x->key),
			(double[]){x->poll_cycles, y->poll_cycles},
			(double[]){x->poll_error, y->poll_error}, a);
}

static struct count put_values(const struct calibrate_series *x, const struct calibrate_series *y,
	struct arena *a, FILE *to)
{
	static const char *const heads[] = {
		"<value, core cycles", ">first", ">second", ">errors apart", "<", NULL};
	struct text_table t;
	struct count c = {0};
	text_table_start(&t, heads, a);
	for (size_t i = 0; i < x->n_laws && i < y->n_laws; i++)
		if (x->laws[i].good && y->laws[i].good)
			put_law(&t, &c, &x->laws[i], &y->laws[i], a);
	text_table_print(&t, to);
	return c;
}

void calibrate_compare(const struct calibrate_series *x, const struct calibrate_series *y,
	struct arena *a, FILE *to)
{
	if (strcmp(x->samples->machine_id, y->samples->machine_id) != 0)
		fputs("warning: the two files come from different machines\n", to);
	size_t differ = put_state(x, y, a, to);
	fputc('\n', to);
	put_measurements(x, y, a, to);
	fputc('\n', to);
	struct count c = put_values(x, y, a, to);
	fprintf(to, "\n%zu of %zu values agree within %g errors of their difference\n", c.within,
		c.n, WITHIN);
	fputs(differ ? "The machine's state differed between the two: values may differ by more "
		       "than their errors.\n"
		     : "The machine's state was the same in both.\n",
		to);
}
