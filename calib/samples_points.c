/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What rows say together: the second half of samples.h. */
#include "calib/samples.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LEAST_ERROR 0.01 /* relative: what repeats no better between quick runs */
#define LONE_ERROR 0.05  /* relative: of a single repetition */
#define OFF(field) offsetof(struct samples_row, field)

enum { ENOUGH = 2 }; /* repetitions without a neighbour, to do without the others */

static bool works(const struct samples_row *r)
{
	return strcmp(r->peer, "works") == 0;
}

static bool in_state(const struct samples_row *r, const char *state)
{
	return !works(r) || strcmp(r->state, state) == 0 || strcmp(r->state, "alone") == 0;
}

static bool same_number(double x, double y)
{
	return x == y || (isnan(x) && isnan(y));
}

bool samples_same(const struct samples_row *x, const struct samples_row *y)
{
	return strcmp(x->metric, y->metric) == 0 && strcmp(x->bench, y->bench) == 0 &&
	       same_number(x->burst, y->burst) && same_number(x->size_B, y->size_B) &&
	       same_number(x->entries, y->entries) && same_number(x->clock_hz, y->clock_hz) &&
	       same_number(x->socket_a, y->socket_a) && same_number(x->socket_b, y->socket_b) &&
	       strcmp(x->cache, y->cache) == 0 && strcmp(x->device, y->device) == 0 &&
	       works(x) == works(y);
}

static int by_value(const void *x, const void *y)
{
	double a = *(const double *)x, b = *(const double *)y;
	return (a > b) - (a < b);
}

/* n values of the repetitions, in core cycles. The error is what a second look would differ by. */
static void sum_up(struct samples_point *p, double *value, enum samples_estimate estimate)
{
	unsigned n = p->repeats;
	qsort(value, n, sizeof *value, by_value);
	double least = value[0], middle = (value[(n - 1) / 2] + value[n / 2]) / 2;
	p->cycles = estimate == SAMPLES_QUIET ? least : middle;
	double spread = estimate == SAMPLES_QUIET ? value[n > 1] - least
						  : (value[n * 3 / 4] - value[n / 4]) / sqrt(n);
	p->error = fmax(spread, (n > 1 ? LEAST_ERROR : LONE_ERROR) * p->cycles);
}

static double relative_error(const struct samples_point *p)
{
	return p->error / p->cycles;
}

/* The gap between two values says little of their spread, and may be small by chance: no error is
 * below the middle one of the same benchmark's, of points with more than one repetition. */
static void pool_errors(struct samples_point *points, size_t n)
{
	double *of_bench = xcalloc(n + 1, sizeof *of_bench), *least = xcalloc(n + 1, sizeof *least);
	for (size_t i = 0; i < n; i++) {
		size_t m = 0;
		for (size_t k = 0; k < n; k++)
			if (points[k].repeats > 1 &&
				strcmp(points[k].row->bench, points[i].row->bench) == 0)
				of_bench[m++] = relative_error(&points[k]);
		qsort(of_bench, m, sizeof *of_bench, by_value);
		least[i] = m ? of_bench[m / 2] : 0;
	}
	for (size_t i = 0; i < n; i++)
		points[i].error = fmax(points[i].error, least[i] * points[i].cycles);
	free(least);
	free(of_bench);
}

static double row_value(const struct samples_row *r, enum samples_estimate estimate)
{
	return (estimate == SAMPLES_QUIET ? r->p10 : r->trimmed_mean) * r->clock_ratio;
}

/* Whether a row counts; if not, why. */
static bool usable(
	const struct samples_row *r, const struct samples_choice *c, struct samples_left *left)
{
	if (r->flags & SAMPLES_UNUSABLE || !isfinite(r->clock_ratio) || !isfinite(r->p10) ||
		r->p10 <= 0)
		left->unusable++;
	else if (strcmp(r->peer, "busy") == 0)
		left->busy++;
	else if (!in_state(r, c->state))
		left->elsewhere++;
	else if (c->alone && r->flags & SAMPLES_SHARED)
		left->shared++;
	else
		return true;
	return false;
}

/* The point of each row, SIZE_MAX: none; returns how many points. */
static size_t group(const struct samples *s, const struct samples_choice *choice,
	struct samples_point *points, size_t *of, struct samples_left *left)
{
	size_t n = 0;
	for (size_t i = 0; i < s->n; i++) {
		const struct samples_row *r = &s->rows[i];
		of[i] = SIZE_MAX;
		if (!usable(r, choice, left))
			continue;
		size_t k = 0;
		while (k < n && !samples_same(points[k].row, r))
			k++;
		if (k == n)
			points[n++] = (struct samples_point){.row = r};
		points[k].repeats += !(r->flags & SAMPLES_SHARED);
		of[i] = k;
	}
	return n;
}

/* The rows of point k: those with no neighbour on the core if there are enough of them, or all. */
static void fill(const struct samples *s, struct samples_point *p, const size_t *of, size_t k,
	enum samples_estimate estimate, struct samples_left *left)
{
	double *value = xcalloc(s->n + 1, sizeof *value);
	bool all = p->repeats < ENOUGH;
	p->repeats = 0;
	for (size_t i = 0; i < s->n; i++) {
		const struct samples_row *r = &s->rows[i];
		bool shared = r->flags & SAMPLES_SHARED;
		if (of[i] != k)
			continue;
		left->shared += shared && !all;
		if (shared && !all)
			continue;
		p->shared |= shared;
		p->hz += r->clock_ratio * s->tsc_hz;
		value[p->repeats++] = row_value(r, estimate);
	}
	p->hz /= p->repeats;
	sum_up(p, value, estimate);
	free(value);
}

size_t samples_points(const struct samples *s, const struct samples_choice *choice,
	struct samples_point **to, struct samples_left *left, struct arena *a)
{
	struct samples_left ignored = {0};
	struct samples_point *points = arena_alloc(a, (s->n + 1) * sizeof *points);
	size_t *of = xcalloc(s->n + 1, sizeof *of);
	left = left ? left : &ignored;
	size_t n = group(s, choice, points, of, left);
	for (size_t k = 0; k < n; k++)
		fill(s, &points[k], of, k, choice->estimate, left);
	pool_errors(points, n);
	free(of);
	*to = points;
	return n;
}

const char *const samples_states[] = {"far", "near", "siblings", NULL};

bool samples_is_state(const char *word)
{
	for (size_t i = 0; samples_states[i]; i++)
		if (strcmp(word, samples_states[i]) == 0)
			return true;
	return false;
}

const char *samples_state(const struct samples *s)
{
	const char *found = "alone";
	size_t most = 0;
	for (size_t k = 0; samples_states[k]; k++) {
		size_t n = 0;
		for (size_t i = 0; i < s->n; i++)
			n += !(s->rows[i].flags & SAMPLES_UNUSABLE) && works(&s->rows[i]) &&
			     strcmp(s->rows[i].state, samples_states[k]) == 0;
		if (n <= most)
			continue;
		most = n;
		found = samples_states[k];
	}
	return found;
}

/* Of the rows that tell a value above 0. */
static double median_of(const struct samples *s, size_t offset)
{
	double *value = xcalloc(s->n + 1, sizeof *value);
	size_t n = 0;
	for (size_t i = 0; i < s->n; i++) {
		double x = *(const double *)((const char *)&s->rows[i] + offset);
		if (isfinite(x) && x > 0)
			value[n++] = x;
	}
	qsort(value, n, sizeof *value, by_value);
	double middle = n ? value[n / 2] : NAN;
	free(value);
	return middle;
}

double samples_core_hz(const struct samples *s)
{
	return median_of(s, OFF(clock_ratio)) * s->tsc_hz;
}

struct samples_machine samples_machine(const struct samples *s)
{
	size_t far = 0, siblings = 0, both = 0, unusable = 0, shared = 0, stolen = 0;
	for (size_t i = 0; i < s->n; i++) {
		const struct samples_row *r = &s->rows[i];
		unusable += (r->flags & SAMPLES_UNUSABLE) != 0;
		shared += (r->flags & SAMPLES_SHARED) != 0;
		stolen += (r->flags & SAMPLES_STEAL) != 0;
		both += works(r) && samples_is_state(r->state);
		far += works(r) && strcmp(r->state, "far") == 0;
		siblings += works(r) && strcmp(r->state, "siblings") == 0;
	}
	double n = (double)s->n;
	return (struct samples_machine){.core_hz = samples_core_hz(s),
		.pingpong = median_of(s, OFF(pingpong)),
		.issue_ratio = median_of(s, OFF(issue_ratio)),
		.far = both ? (double)far / (double)both : NAN,
		.siblings = both ? (double)siblings / (double)both : NAN,
		.unusable = (double)unusable / n,
		.shared = (double)shared / n,
		.stolen = (double)stolen / n};
}
