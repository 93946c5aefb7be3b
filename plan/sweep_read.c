/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/sweep.h"

#include "model/datafile.h"
#include "model/relative.h"
#include "model/scenario.h"
#include "model/table.h"

#include <inttypes.h>
#include <string.h>

enum { MAX_REPLICATIONS = 10000, BATCH = 8 };
#define LEAST_UNTIL 1e-6
#define MOST_UNTIL 0.5

/* The form of a sweep file. */
struct sweep_file {
	const char *name, *doc, *scenario;
	struct param_list sets; /* const char * */
	struct param_list axes; /* struct axis */
	int mode;
	int64_t points, replications, batch;
	struct quantity until;
	uint64_t given;
	struct mark mark;
};

static const struct param sweep_params[] = {TABLE_TEXT("name", struct sweep_file, name, NULL,
						    "what to call it; default the file's name"),
	TABLE_TEXT("doc", struct sweep_file, doc, NULL, "what it is for"),
	TABLE_TEXT("scenario", struct sweep_file, scenario, "required",
		"name of a scenario, or path, seen from this file"),
	{"set", PARAM_TEXTS, offsetof(struct sweep_file, sets), 0, 0, 0, NULL, NULL, NULL,
		"values of the scenario to override at all points, as key=value"},
	TABLE_MAP("axes", struct sweep_file, axes, &axes_axis_table,
		"keys of the scenario with their values, or a range of them"),
	TABLE_ENUM("mode", struct sweep_file, mode, "grid", axes_modes,
		"every combination of values, values side by side, or a Sobol sequence"),
	TABLE_COUNT("points", struct sweep_file, points, 1, AXES_MAX_POINTS, NULL,
		"sobol: number of points"),
	TABLE_COUNT("replications", struct sweep_file, replications, 1, MAX_REPLICATIONS, "1",
		"results for each point, with seeds of their own"),
	TABLE_QUANTITY("until", struct sweep_file, until, DIM_RATIO, LEAST_UNTIL, MOST_UNTIL, NULL,
		"relative half-width of 95 % intervals over replications at which there are enough "
		"of "
		"these; default all of them run"),
	TABLE_COUNT("batch", struct sweep_file, batch, 2, MAX_REPLICATIONS, "8",
		"until: replications after which to look, and again when they have doubled"),
	TABLE_END};
const struct param_table sweep_table = {"sweep", "a parameter study", sizeof(struct sweep_file),
	sweep_params, NULL, offsetof(struct sweep_file, given), offsetof(struct sweep_file, mark),
	TABLE_NONE};

static void add_sets(struct sweep *s, const char *const *sets, size_t n, struct arena *a)
{
	const char **all = arena_alloc(a, (s->n_sets + n + 1) * sizeof(*all));
	if (s->n_sets)
		memcpy(all, s->sets, s->n_sets * sizeof(*all));
	if (n)
		memcpy(all + s->n_sets, sets, n * sizeof(*all));
	s->sets = all;
	s->n_sets += n;
}

/* An axis takes the place of one with the same key. */
static void add_axis(struct axes *axes, const struct axis *axis, struct arena *a)
{
	for (size_t i = 0; i < axes->n; i++)
		if (strcmp(axes->axis[i].key, axis->key) == 0) {
			axes->axis[i] = *axis;
			return;
		}
	struct axis *all = arena_alloc(a, (axes->n + 1) * sizeof(*all));
	if (axes->n)
		memcpy(all, axes->axis, axes->n * sizeof(*all));
	all[axes->n++] = *axis;
	axes->axis = all;
}

static void read_file(struct sweep *s, const char *path, const struct ynode *root, struct arena *a,
	struct diag *d)
{
	struct sweep_file f;
	if (!param_read(&sweep_table, root, &f, a, d))
		return;
	s->name = f.name ? f.name : s->name;
	s->scenario = relative_path(path, f.scenario, a);
	s->mark = f.mark;
	s->axes = (struct axes){f.axes.items, f.axes.n, f.mode, f.points};
	s->rule.most = (size_t)f.replications;
	s->rule.batch = (size_t)f.batch;
	s->rule.until = f.until.dim ? f.until.value : 0;
	for (size_t i = 0; i < f.sets.n; i++) {
		const char *set = relative_set(path, ((const char *const *)f.sets.items)[i], a);
		add_sets(s, &set, 1, a);
	}
}

static void read_mode(struct sweep *s, const char *mode, struct diag *d)
{
	size_t i = 0;
	while (axes_modes[i] && strcmp(axes_modes[i], mode) != 0)
		i++;
	s->axes.mode = axes_modes[i] ? (int)i : AXES_GRID;
	if (!axes_modes[i])
		diag_error(
			d, (struct mark){0}, NULL, "--mode is grid, zip or sobol, not '%s'", mode);
}

static void read_until(struct sweep *s, const char *text, struct diag *d)
{
	struct quantity q;
	if (quantity_parse(text, DIM_RATIO, &q) == QUANTITY_OK && q.value >= LEAST_UNTIL &&
		q.value <= MOST_UNTIL)
		s->rule.until = q.value;
	else
		diag_error(d, (struct mark){0}, "such as 1% or 0.5%",
			"--until is a ratio from 0.0001 %% to 50 %%, not '%s'", text);
}

static void read_extra(
	struct sweep *s, const struct sweep_extra *extra, struct arena *a, struct diag *d)
{
	add_sets(s, extra->sets, extra->n_sets, a);
	for (size_t i = 0; i < extra->n_axes; i++) {
		struct axis axis;
		if (axes_parse(extra->axes[i], &axis, a, d))
			add_axis(&s->axes, &axis, a);
	}
	if (extra->mode)
		read_mode(s, extra->mode, d);
	if (extra->points)
		s->axes.points = extra->points;
	if (extra->replications)
		s->rule.most = (size_t)extra->replications;
	if (extra->until)
		read_until(s, extra->until, d);
	if (extra->batch)
		s->rule.batch = (size_t)extra->batch;
}

/* The scenario as it is before any axis moves it. An axis may still mend what is wrong with it, so
 * complaints are dropped; each point is checked later on. Says what it wants precise. */
static int64_t base_seed(const struct sweep *s, unsigned *wanted)
{
	struct arena *a = arena_new();
	struct diag *d = diag_new();
	const struct scenario *base = scenario_read(s->scenario, s->sets, s->n_sets, a, d);
	int64_t seed = base ? base->run.seed : 1;
	*wanted = base ? base->run.wanted : RUN_WANTS(RUN_OF_RATE) | RUN_WANTS(RUN_OF_MEAN);
	diag_free(d);
	arena_free(a);
	return seed;
}

static void name_intervals(struct replicas_rule *r, unsigned wanted, struct arena *a)
{
	static const char *const keys[] = {[RUN_OF_RATE] = "delivered_pps",
		[RUN_OF_MEAN] = "latency_mean_ns",
		[RUN_OF_P50] = "latency_p50_ns",
		[RUN_OF_P90] = "latency_p90_ns",
		[RUN_OF_P99] = "latency_p99_ns",
		[RUN_OF_P999] = "latency_p999_ns",
		[RUN_OF_LOSS] = "loss_ratio"};
	r->of = arena_alloc(a, sizeof keys);
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (wanted & RUN_WANTS(i))
			r->of[r->n_of++] = keys[i];
}

/* Each point once for each seed, counting up from the scenario's own; the seed is the last axis. */
static void add_seeds(struct sweep *s, struct arena *a)
{
	size_t n = s->axes.n, most = s->rule.most, points = s->n;
	const char **old = s->settings;
	const char **all = arena_alloc(a, (points * most * (n + 1) + 1) * sizeof(*all));
	unsigned wanted;
	int64_t seed = base_seed(s, &wanted);
	const struct axis axis = {.key = REPLICAS_AXIS, .mark = s->mark};
	add_axis(&s->axes, &axis, a);
	name_intervals(&s->rule, wanted, a);
	s->settings = all;
	s->n = points * most;
	for (size_t i = 0; i < most; i++) {
		const char *text = arena_printf(a, "%" PRId64, seed + (int64_t)i);
		for (size_t p = 0; p < points; p++) {
			const char **row = all + (p * most + i) * (n + 1);
			for (size_t k = 0; k < n; k++)
				row[k] = old[p * n + k];
			row[n] = text;
		}
	}
}

static void check_replications(const struct sweep *s, struct diag *d)
{
	const struct replicas_rule *r = &s->rule;
	for (size_t i = 0; r->most > 1 && i < s->axes.n; i++)
		if (strcmp(s->axes.axis[i].key, REPLICAS_AXIS) == 0)
			diag_error(d, s->axes.axis[i].mark,
				"replications have seeds of their own, from the scenario's on",
				"an axis " REPLICAS_AXIS " and replications exclude each other");
	if (r->until > 0 && r->most < 2)
		diag_error(d, s->mark, "add replications: 64, or --replications 64",
			"`until' needs the number of replications to end at");
	if (axes_count(&s->axes) * r->most > AXES_MAX_POINTS)
		diag_error(d, s->mark, NULL,
			"these axes and replications make more than %d simulations",
			AXES_MAX_POINTS);
}

static bool is_sweep(const struct ynode *root)
{
	return ytree_get(root, "axes") || ytree_get(root, "scenario");
}

struct sweep *sweep_read(
	const char *path, const struct sweep_extra *extra, struct arena *a, struct diag *d)
{
	size_t before = diag_errors(d);
	const char *found = datafile_find("", path, a);
	path = found ? found : path;
	const struct ynode *root = ytree_read(path, a, d);
	if (!root)
		return NULL;
	struct sweep *s = arena_alloc(a, sizeof(*s));
	s->name = datafile_stem(path, a);
	s->scenario = path;
	s->mark = root->mark;
	s->rule = (struct replicas_rule){.most = 1, .batch = BATCH};
	if (is_sweep(root))
		read_file(s, path, root, a, d);
	read_extra(s, extra, a, d);
	if (s->scenario && axes_check(&s->axes, d))
		check_replications(s, d);
	if (diag_errors(d) != before)
		return NULL;
	s->n = axes_count(&s->axes);
	s->settings = axes_settings(&s->axes, a);
	if (s->rule.most > 1)
		add_seeds(s, a);
	s->keys = arena_alloc(a, (s->n + 1) * sizeof(*s->keys));
	return s;
}
