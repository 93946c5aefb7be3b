/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/json_out.h"
#include "cli/report_items.h"
#include "cli/reread.h"
#include "model/wire.h"
#include "validate/runs.h"

#include <math.h>
#include <string.h>

enum { MOST_CLOCKS = 3, MOST_POINTS = 32, MOST_AXES = 2 };

#define ENOUGH_FOR_P99 "run.max_packets=2200000"

static const char *const sizes[] = {"64 B", "128 B", "256 B", "512 B", "1024 B", "1518 B"};

/* Of the rate that the scenario carries: sparse where nothing happens but timers, dense near the
 * end. */
static const double loads[] = {
	0.0001, 0.001, 0.01, 0.03, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95, 1, 1.1, 1.3};

enum { N_SIZES = sizeof sizes / sizeof *sizes, N_LOADS = sizeof loads / sizeof *loads };

/* Points of a curve. */
struct curve {
	const struct report_wish *wish;
	struct runs *runs;
	struct arena *arena;
	const char *axes[MOST_AXES];
	size_t n_axes;
	const char *budget; /* an assignment */
	struct {
		const char *setting[MOST_AXES];
		size_t run;
	} point[MOST_POINTS];
	size_t n;
};

/* A point at n further assignments, unless the scenario does not make sense there. */
static void add(struct curve *c, const char *const *setting, const char *const *sets, size_t n)
{
	const struct options *o = c->wish->options;
	const char **all = arena_alloc(c->arena, (o->n_sets + n + 3) * sizeof *all);
	size_t k = 0;
	all[k++] = "run.precision=5%";
	all[k++] = c->budget;
	for (size_t i = 0; i < o->n_sets; i++)
		all[k++] = o->sets[i];
	for (size_t i = 0; i < n; i++)
		all[k++] = sets[i];
	struct diag *d = diag_new();
	struct scenario *s = scenario_read(c->wish->path, all, k, c->arena, d);
	if (s)
		build_check(s, d);
	if (!diag_errors(d)) {
		struct runs_request q = {.path = c->wish->path, .sets = all, .n_sets = k};
		c->point[c->n].run = runs_ask(c->runs, &q, d);
		memcpy(c->point[c->n].setting, setting, c->n_axes * sizeof *setting);
		c->n++;
	}
	diag_free(d);
}

static struct query_cell number(double value)
{
	return (struct query_cell){QUERY_NUMBER, value, NULL};
}

/* Drops under the names of the first answer: all are of one net. */
static json_t *curve_json(struct curve *c)
{
	static const char *const usual[] = {"offered_pps", "delivered_pps", "delivered_pps_ci95",
		"loss_ratio", "latency_mean_ns", "latency_mean_ns_ci95", "latency_p99_ns",
		"latency_p99_ns_ci95"};
	enum { USUAL = sizeof usual / sizeof *usual };
	const struct runs_answer *first = runs_answer(c->runs, c->point[0].run);
	size_t columns = c->n_axes + USUAL + first->n_places;
	struct query_table t = {.sweep = {.name = "", .n = c->n},
		.axes = c->axes,
		.n_axes = c->n_axes,
		.columns = arena_alloc(c->arena, columns * sizeof *t.columns),
		.n_columns = columns,
		.cells = arena_alloc(c->arena, c->n * columns * sizeof *t.cells),
		.n_rows = c->n};
	size_t k = 0;
	for (size_t i = 0; i < c->n_axes; i++)
		t.columns[k++] = c->axes[i];
	for (size_t i = 0; i < USUAL; i++)
		t.columns[k++] = usual[i];
	for (uint32_t i = 0; i < first->n_places; i++)
		t.columns[k++] = arena_printf(c->arena, "drops.%s", first->places[i].name);
	for (size_t p = 0; p < c->n; p++) {
		const struct runs_answer *a = runs_answer(c->runs, c->point[p].run);
		struct query_cell *to = t.cells + p * columns;
		for (size_t i = 0; i < c->n_axes; i++)
			*to++ = (struct query_cell){QUERY_TEXT, NAN, c->point[p].setting[i]};
		const double values[USUAL] = {a->offered_pps.value, a->delivered_pps.value,
			a->delivered_pps.half, a->loss_ratio.value, a->latency_ns.value,
			a->latency_ns.half, a->p99_ns.value, a->p99_ns.half};
		for (size_t i = 0; i < USUAL; i++)
			*to++ = number(values[i]);
		for (uint32_t i = 0; i < first->n_places && i < a->n_places; i++)
			*to++ = number(a->places[i].pps);
	}
	return report_points_new(&t);
}

static const char *hertz(double hz, struct arena *a)
{
	return arena_printf(a, "%.4g GHz", hz / 1e9);
}

/* The lowest and the highest clock, and the scenario's own or the one between. */
static size_t clocks(const struct scenario *s, const char **to, struct arena *a)
{
	const struct platform_clock *c = &scenario_server(s, 0)->platform->clock;
	double least = c->min.value.value, most = c->max.value.value, own = s->clock_hz;
	bool fixed = s->cpu_effective.value > 0 || s->cores.clocks.n || !(most > least);
	if (fixed) {
		to[0] = hertz(own, a);
		return 1;
	}
	to[0] = hertz(least, a);
	to[1] = hertz(own > least && own < most ? own : (least + most) / 2, a);
	to[2] = hertz(most, a);
	return MOST_CLOCKS;
}

static void ask_sizes(struct curve *c, const struct scenario *s)
{
	const char *clock[MOST_CLOCKS], **sets;
	size_t n_clocks = clocks(s, clock, c->arena);
	c->n_axes = 2;
	c->axes[0] = "cpu";
	c->axes[1] = "traffic.size";
	for (size_t i = 0; i < n_clocks; i++)
		for (size_t k = 0; k < N_SIZES; k++) {
			size_t n = reread_traffic_sets(s, "size", sizes[k], &sets, c->arena);
			if (n_clocks > 1)
				sets[n++] = arena_printf(c->arena, "cpu=%s", clock[i]);
			const char *setting[] = {clock[i], sizes[k]};
			add(c, setting, sets, n);
		}
}

static void ask_loads(struct curve *c, const struct scenario *s, const struct run_result *r)
{
	const struct run_chain *all = &r->chains[r->n_chains];
	bool lossy = all->loss_ratio.value > 1e-4;
	double carried = (lossy ? all->delivered_pps : all->offered_pps).value / r->n_chains;
	c->n_axes = 1;
	c->axes[0] = "traffic.rate";
	for (size_t i = 0; i < N_LOADS; i++) {
		const char **sets;
		const char *rate = arena_printf(c->arena, "%.4g kpps", loads[i] * carried / 1e3);
		size_t n = reread_traffic_sets(s, "rate", rate, &sets, c->arena);
		add(c, &rate, sets, n);
	}
}

static bool replays(const struct scenario *s)
{
	for (size_t i = 0; i < s->chains.n; i++)
		if (scenario_chain(s, i)->traffic.pcap)
			return true;
	return false;
}

void report_curves_put(json_t *object, const struct report_wish *wish, const struct scenario *s,
	const struct run_result *r)
{
	if (replays(s))
		return;
	struct arena *a = arena_new();
	struct runs *runs = runs_new(a);
	struct curve size = {wish, runs, a, .budget = "run.max_packets=500000"};
	struct curve load = {wish, runs, a, .budget = ENOUGH_FOR_P99};
	ask_sizes(&size, s);
	ask_loads(&load, s, r);
	runs_simulate(runs, wish->threads);
	if (size.n)
		json_object_set_new(object, "sizes", curve_json(&size));
	if (load.n)
		json_object_set_new(object, "loads", curve_json(&load));
	arena_free(a);
}
