/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/sweep.h"

#include "model/datafile.h"
#include "model/table.h"
#include "plan/point.h"
#include "plan/ranks.h"
#include "model/relative.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN_POINTS = 3, MAX_REPLICATIONS = 10000 };

/* The form of a sweep file. */
struct sweep_file {
	const char *name, *doc, *scenario;
	struct param_list sets; /* const char * */
	struct param_list axes; /* struct axis */
	int mode;
	int64_t points, replications;
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
	s->replications = f.replications;
	add_sets(s, f.sets.items, f.sets.n, a);
}

static void read_mode(struct sweep *s, const char *mode, struct diag *d)
{
	size_t i = 0;
	while (axes_modes[i] && strcmp(axes_modes[i], mode) != 0)
		i++;
	s->axes.mode = (int)i;
	if (!axes_modes[i])
		diag_error(
			d, (struct mark){0}, NULL, "--mode is grid, zip or sobol, not '%s'", mode);
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
		s->replications = extra->replications;
}

/* Replications are one more axis: seeds that count up from the scenario's own. */
static void add_seeds(struct sweep *s, int64_t seed, struct arena *a)
{
	if (s->replications <= 1)
		return;
	struct axis axis = {.key = "run.seed", .mark = s->mark};
	const char **seeds = arena_alloc(a, (size_t)s->replications * sizeof(*seeds));
	for (int64_t i = 0; i < s->replications; i++)
		seeds[i] = arena_printf(a, "%" PRId64, seed + i);
	axis.values = (struct param_list){seeds, (size_t)s->replications};
	add_axis(&s->axes, &axis, a);
}

/* The scenario as it is before any axis moves it. An axis may still mend what is wrong with it, so
 * complaints are dropped; each point is checked later on. */
static int64_t base_seed(const struct sweep *s)
{
	struct arena *a = arena_new();
	struct diag *d = diag_new();
	const struct scenario *base = scenario_read(s->scenario, s->sets, s->n_sets, a, d);
	int64_t seed = base ? base->run.seed : 1;
	diag_free(d);
	arena_free(a);
	return seed;
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
	if (is_sweep(root))
		read_file(s, path, root, a, d);
	read_extra(s, extra, a, d);
	if (diag_errors(d) != before)
		return NULL;
	if (s->axes.mode != AXES_GRID && s->replications > 1)
		diag_error(d, s->mark, "add an axis run.seed", "replications are for grids");
	add_seeds(s, base_seed(s), a);
	if (!axes_check(&s->axes, d) || diag_errors(d) != before)
		return NULL;
	s->n = axes_count(&s->axes);
	s->settings = axes_settings(&s->axes, a);
	s->keys = arena_alloc(a, (s->n + 1) * sizeof(*s->keys));
	return s;
}

/* Everything that is set at a point. */
static const char **point_sets(const struct sweep *s, size_t point, size_t *n, struct arena *a)
{
	const char **sets = arena_alloc(a, (s->n_sets + s->axes.n + 1) * sizeof(*sets));
	*n = s->n_sets;
	if (s->n_sets)
		memcpy(sets, s->sets, s->n_sets * sizeof(*sets));
	for (size_t i = 0; i < s->axes.n; i++)
		sets[(*n)++] = arena_printf(
			a, "%s=%s", s->axes.axis[i].key, s->settings[point * s->axes.n + i]);
	return sets;
}

static struct scenario *point_scenario(
	const struct sweep *s, size_t point, struct arena *a, struct diag *d)
{
	size_t n;
	const char **sets = point_sets(s, point, &n, a);
	return scenario_read(s->scenario, sets, n, a, d);
}

static void say_point(const struct sweep *s, size_t point, FILE *to)
{
	fprintf(to, "point %zu", point);
	for (size_t i = 0; i < s->axes.n; i++) {
		const char *setting = s->settings[point * s->axes.n + i];
		fprintf(to, "%s%s=", i ? ", " : ": ", s->axes.axis[i].key);
		diag_put_escaped(to, setting, strlen(setting));
	}
	fputc('\n', to);
}

static bool check_point(struct sweep *s, size_t point, FILE *complaints)
{
	struct arena *a = arena_new();
	struct diag *d = diag_new();
	const struct scenario *scenario = point_scenario(s, point, a, d);
	if (scenario)
		build_check(scenario, d);
	bool good = diag_errors(d) == 0;
	if (good) {
		point_key(scenario, s->keys[point]);
	} else if (complaints) {
		say_point(s, point, complaints);
		diag_print(d, complaints);
	}
	diag_free(d);
	arena_free(a);
	return good;
}

bool sweep_check(struct sweep *s, FILE *complaints)
{
	size_t bad = 0;
	for (size_t i = 0; i < s->n; i++)
		bad += !check_point(s, i, bad < SHOWN_POINTS ? complaints : NULL);
	if (bad > SHOWN_POINTS && complaints)
		fprintf(complaints, "and %zu more of %zu points\n", bad - SHOWN_POINTS, s->n);
	return bad == 0;
}

static char *dump(json_t *o)
{
	char *text = json_dumps(o, JSON_COMPACT | JSON_REAL_PRECISION(17));
	json_decref(o);
	return text ? text : strdup("{}");
}

static json_t *error_result(const char *why)
{
	json_t *o = json_object();
	json_object_set_new(o, "error", json_string(why));
	return o;
}

static json_t *simulate(const struct scenario *scenario)
{
	const struct run_options options = {0};
	struct run_result *r = run_scenario(scenario, &options);
	json_t *o = point_result(r);
	run_free(r);
	return o;
}

/* What the calling process knows while workers work. */
struct boss {
	struct sweep *sweep;
	const struct sweep_run *run;
	struct sweep_counts *counts;
	struct diag *diag;
	const size_t *jobs; /* n_jobs, of which next are handed out */
	size_t n_jobs, next, workers;
};

/* Near the end nothing waits behind another while a worker might become idle. */
static bool next(void *arg, bool idle, size_t *job)
{
	struct boss *b = arg;
	if (b->next == b->n_jobs || (!idle && b->n_jobs - b->next <= b->workers))
		return false;
	*job = b->jobs[b->next++];
	return true;
}

/* In a worker. The files may have changed since the points got their keys. */
static char *work(void *arg, size_t point)
{
	const struct sweep *s = ((const struct boss *)arg)->sweep;
	struct arena *a = arena_new();
	struct diag *d = diag_new();
	char key[SHA256_HEX] = "";
	const struct scenario *scenario = point_scenario(s, point, a, d);
	if (scenario)
		point_key(scenario, key);
	char *text = dump(strcmp(key, s->keys[point]) == 0
				  ? simulate(scenario)
				  : error_result("a file was changed during the sweep"));
	diag_free(d);
	arena_free(a);
	return text;
}

static bool keep(void *arg, size_t point, const char *result, const char *why)
{
	struct boss *b = arg;
	json_t *o = result ? json_loads(result, 0, NULL) : error_result(why);
	struct store_point p = {b->sweep->keys[point], STORE_DONE, result};
	if (!o || json_object_get(o, "error"))
		p.status = STORE_FAILED;
	const char *verdict = json_string_value(json_object_get(o, "verdict"));
	b->counts->imprecise += verdict && strcmp(verdict, "budget") == 0;
	if (!result)
		p.result = dump(json_incref(o));
	bool kept = store_put(b->run->store, &p, b->diag);
	b->counts->now += p.status == STORE_DONE;
	b->counts->failed += p.status == STORE_FAILED;
	if (!result)
		free((char *)p.result);
	json_decref(o);
	if (kept && b->run->progress)
		b->run->progress(b->run->arg, b->counts);
	return kept;
}

static const char *list_text(const char *const *texts, size_t n, struct arena *a)
{
	json_t *list = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, json_string(texts[i]));
	char *text = dump(list);
	const char *copy = arena_strdup(a, text);
	free(text);
	return copy;
}

static bool put_sweep(const struct sweep *s, struct store *store, struct diag *d)
{
	struct arena *a = arena_new();
	const char **names = arena_alloc(a, (s->axes.n + 1) * sizeof(*names));
	struct store_sweep list = {.name = s->name, .n = s->n};
	list.members = arena_alloc(a, (s->n + 1) * sizeof(*list.members));
	for (size_t i = 0; i < s->axes.n; i++)
		names[i] = s->axes.axis[i].key;
	list.axes = list_text(names, s->axes.n, a);
	for (size_t i = 0; i < s->n; i++)
		list.members[i] = (struct store_member){
			s->keys[i], list_text(s->settings + i * s->axes.n, s->axes.n, a)};
	bool good = store_put_sweep(store, &list, d);
	arena_free(a);
	return good;
}

static bool is_imprecise(struct store *store, const char *key)
{
	struct arena *a = arena_new();
	const char *result = NULL;
	store_get(store, key, a, &result);
	json_t *o = result ? json_loads(result, 0, NULL) : NULL;
	const char *verdict = json_string_value(json_object_get(o, "verdict"));
	bool imprecise = verdict && strcmp(verdict, "budget") == 0;
	json_decref(o);
	arena_free(a);
	return imprecise;
}

static int by_key(const void *x, const void *y, void *keys)
{
	const size_t *i = x, *k = y;
	int order = strcmp(((char(*)[SHA256_HEX])keys)[*i], ((char(*)[SHA256_HEX])keys)[*k]);
	return order ? order : (*i > *k) - (*i < *k);
}

static int by_number(const void *x, const void *y)
{
	const size_t *i = x, *k = y;
	return (*i > *k) - (*i < *k);
}

/* Of points with the same key (chain.0.copies=1 and its default) only the first is run. */
static size_t drop_repeats(const struct sweep *s, size_t *jobs, size_t n)
{
	size_t kept = 0;
	qsort_r(jobs, n, sizeof(*jobs), by_key, s->keys);
	for (size_t i = 0; i < n; i++)
		if (!kept || strcmp(s->keys[jobs[kept - 1]], s->keys[jobs[i]]) != 0)
			jobs[kept++] = jobs[i];
	qsort(jobs, kept, sizeof(*jobs), by_number);
	return kept;
}

static size_t find_missing(const struct sweep *s, const struct sweep_run *run, size_t *jobs,
	struct sweep_counts *counts)
{
	size_t n = 0, missing = 0;
	for (size_t i = run->shard; i < s->n; i += run->n_shards)
		jobs[n++] = i;
	n = drop_repeats(s, jobs, n);
	*counts = (struct sweep_counts){.points = n};
	for (size_t i = 0; i < n; i++) {
		const char *key = s->keys[jobs[i]];
		if (store_get(run->store, key, NULL, NULL) != STORE_DONE) {
			jobs[missing++] = jobs[i];
			continue;
		}
		counts->before++;
		counts->imprecise += is_imprecise(run->store, key);
	}
	return missing;
}

enum pool_end sweep_run(
	struct sweep *s, const struct sweep_run *run, struct sweep_counts *counts, struct diag *d)
{
	struct boss boss = {.sweep = s, .run = run, .counts = counts, .diag = d};
	size_t *jobs = xcalloc(s->n, sizeof(*jobs));
	enum pool_end end = POOL_STOPPED;
	if (put_sweep(s, run->store, d)) {
		size_t n = find_missing(s, run, jobs, counts);
		boss.jobs = jobs;
		boss.n_jobs = n;
		boss.workers = run->ranks ? ranks_workers(run->ranks) : run->workers;
		struct pool_spec pool = {.n_workers = run->workers < n ? run->workers : n,
			.next = next,
			.work = work,
			.done = keep,
			.arg = &boss};
		if (n)
			end = run->ranks ? ranks_run(run->ranks, &pool) : pool_run(&pool);
		else
			end = POOL_DONE;
	}
	free(jobs);
	return end;
}

void sweep_serve(struct sweep *s, const struct ranks *ranks)
{
	struct boss boss = {.sweep = s};
	ranks_serve(ranks, work, &boss);
}
