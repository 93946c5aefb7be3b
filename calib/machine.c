/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "calib/machine.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LEAST_CHASED = 8, LEAST_STREAMED = 32 }; /* lines, from which the first matters little */

#define QUARTILES_APART 1.349 /* of a normal law, in standard deviations */

static const struct machine_value nothing = {NAN, NAN};

static bool is(const struct samples_point *p, const char *bench, const char *metric)
{
	return strcmp(p->row->bench, bench) == 0 && strcmp(p->row->metric, metric) == 0;
}

/* Mean of n values; its error has in it what they differ by. */
static struct machine_value mean_of(const struct machine_value *v, size_t n)
{
	double sum = 0, squares = 0, errors = 0;
	for (size_t i = 0; i < n; i++)
		sum += v[i].value;
	for (size_t i = 0; i < n; i++) {
		squares += pow(v[i].value - sum / (double)n, 2);
		errors = fmax(errors, v[i].error);
	}
	if (n == 0)
		return nothing;
	double spread = n > 1 ? sqrt(squares / (double)(n - 1)) : 0;
	return (struct machine_value){sum / (double)n, hypot(spread, errors)};
}

static struct machine_value ns_of(const struct samples_point *p, double share)
{
	double ns = 1e9 / p->hz / share;
	return (struct machine_value){p->cycles * ns, p->error * ns};
}

/* ns a line, over the measurements of that many lines and more. */
static struct machine_value line(
	const struct samples_point *p, size_t n, const char *metric, bool remote, double least)
{
	struct machine_value *v = xcalloc(n + 1, sizeof *v);
	size_t found = 0;
	for (size_t i = 0; i < n; i++) {
		const struct samples_row *r = p[i].row;
		if (is(&p[i], "line", metric) && r->entries >= least &&
			(r->socket_a != r->socket_b) == remote)
			v[found++] = ns_of(&p[i], r->entries);
	}
	struct machine_value mean = mean_of(v, found);
	free(v);
	return mean;
}

static struct machine_value ratio(struct machine_value x, struct machine_value y)
{
	double q = x.value / y.value;
	return (struct machine_value){q, q * hypot(x.error / x.value, y.error / y.value)};
}

static void find_lines(struct machine *m, const struct samples_point *p, size_t n)
{
	m->line_local_ns = line(p, n, "chase", false, LEAST_CHASED);
	m->line_remote_ns = line(p, n, "chase", true, LEAST_CHASED);
	m->line_stream_ns = line(p, n, "stream", false, LEAST_STREAMED);
	m->fill_buffers = ratio(m->line_local_ns, m->line_stream_ns);
}

static void find_wakes(struct machine *m, const struct samples_point *p, size_t n, struct arena *a)
{
	struct machine_wake *wakes = arena_alloc(a, (n + 1) * sizeof *wakes);
	struct machine_value *v = xcalloc(n + 1, sizeof *v);
	for (size_t i = 0; i < n; i++)
		if (is(&p[i], "wake", "wake")) {
			struct machine_value ns = ns_of(&p[i], 1);
			wakes[m->n_wakes] =
				(struct machine_wake){p[i].row->clock_hz, p[i].row->entries, ns};
			v[m->n_wakes++] = ns;
		}
	m->wakes = wakes;
	m->wake_ns = mean_of(v, m->n_wakes);
	free(v);
}

/* By clock, then by size. */
static int by_size(const void *x, const void *y)
{
	const struct machine_copy *a = x, *b = y;
	if (isfinite(a->set_hz) && isfinite(b->set_hz) && a->set_hz != b->set_hz)
		return a->set_hz < b->set_hz ? -1 : 1;
	return (a->size_B > b->size_B) - (a->size_B < b->size_B);
}

static void find_copies(struct machine *m, const struct samples_point *p, size_t n, struct arena *a)
{
	struct machine_copy *copies = arena_alloc(a, (n + 1) * sizeof *copies);
	for (size_t i = 0; i < n; i++)
		if (is(&p[i], "memcpy", "call"))
			copies[m->n_copies++] = (struct machine_copy){p[i].row->clock_hz,
				p[i].row->cache, p[i].row->size_B, {p[i].cycles, p[i].error}};
	qsort(copies, m->n_copies, sizeof *copies, by_size);
	m->copies = copies;
}

static int by_value(const void *x, const void *y)
{
	double a = *(const double *)x, b = *(const double *)y;
	return (a > b) - (a < b);
}

/* What the cores ran at: the median over the rows with that setting (NaN: over all), and what a
 * normal law with the same quartiles has as its standard deviation. */
static struct machine_value clock_at(const struct samples *s, double set_hz)
{
	double *hz = xcalloc(s->n + 1, sizeof *hz);
	size_t n = 0;
	for (size_t i = 0; i < s->n; i++)
		if (isfinite(s->rows[i].clock_ratio) &&
			(isnan(set_hz) || s->rows[i].clock_hz == set_hz))
			hz[n++] = s->rows[i].clock_ratio * s->tsc_hz;
	qsort(hz, n, sizeof *hz, by_value);
	struct machine_value v = nothing;
	if (n)
		v = (struct machine_value){
			hz[n / 2], (hz[n * 3 / 4] - hz[n / 4]) / QUARTILES_APART};
	free(hz);
	return v;
}

/* The clocks at which rows that set one ran. */
static void find_clocks(struct machine *m, const struct samples *s, struct arena *a)
{
	struct machine_clock *clocks = arena_alloc(a, (s->n + 1) * sizeof *clocks);
	for (size_t i = 0; i < s->n; i++) {
		double set = s->rows[i].clock_hz;
		size_t k = 0;
		while (k < m->n_clocks && clocks[k].set_hz != set)
			k++;
		if (isfinite(set) && k == m->n_clocks)
			clocks[m->n_clocks++] = (struct machine_clock){set, clock_at(s, set)};
	}
	m->clocks = clocks;
}

struct machine machine_of(const struct samples *s, const struct samples_choice *choice,
	const struct samples_point *points, size_t n, struct arena *a)
{
	struct machine m = {.hz = clock_at(s, NAN)};
	struct samples_choice means = {choice->state, SAMPLES_MEAN, choice->alone};
	struct samples_point *p;
	size_t n_means = samples_points(s, &means, &p, NULL, a);
	find_lines(&m, points, n);
	find_wakes(&m, p, n_means, a);
	find_copies(&m, p, n_means, a);
	find_clocks(&m, s, a);
	return m;
}
