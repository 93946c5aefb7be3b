/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/sweep.h"

#include "model/relative.h"
#include "plan/agenda.h"
#include "plan/point.h"
#include "plan/ranks.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SHOWN_POINTS = 3 };

/* Everything that is set at a point. */
static const char **point_sets(const struct sweep *s, size_t point, size_t *n, struct arena *a)
{
	const char **sets = arena_alloc(a, (s->n_sets + s->axes.n + 1) * sizeof(*sets));
	*n = s->n_sets;
	if (s->n_sets)
		memcpy(sets, s->sets, s->n_sets * sizeof(*sets));
	for (size_t i = 0; i < s->axes.n; i++) {
		const struct axis *x = &s->axes.axis[i];
		const char *set =
			arena_printf(a, "%s=%s", x->key, s->settings[point * s->axes.n + i]);
		sets[(*n)++] = relative_set(relative_base(x->mark), set, a);
	}
	return sets;
}

static struct scenario *point_scenario(
	const struct sweep *s, size_t point, struct arena *a, struct diag *d)
{
	size_t n;
	const char **sets = point_sets(s, point, &n, a);
	return scenario_read(s->scenario, sets, n, a, d);
}

static void say_point(const struct sweep *s, size_t point, size_t member, FILE *to)
{
	fprintf(to, "point %zu", point);
	for (size_t i = 0; i < s->axes.n; i++) {
		const char *setting = s->settings[member * s->axes.n + i];
		fprintf(to, "%s%s=", i ? ", " : ": ", s->axes.axis[i].key);
		diag_put_escaped(to, setting, strlen(setting));
	}
	fputc('\n', to);
}

/* Of a point with replications only the first is read: the others differ in their seeds. */
static bool check_point(struct sweep *s, size_t first, FILE *complaints)
{
	struct arena *a = arena_new();
	struct diag *d = diag_new();
	struct scenario *scenario = point_scenario(s, first, a, d);
	if (scenario)
		build_check(scenario, d);
	bool good = diag_errors(d) == 0;
	for (size_t i = first; good && i < first + s->rule.most; i++, scenario->run.seed++)
		point_key(scenario, s->keys[i]);
	if (!good && complaints) {
		say_point(s, first / s->rule.most, first, complaints);
		diag_print(d, complaints);
	}
	diag_free(d);
	arena_free(a);
	return good;
}

bool sweep_check(struct sweep *s, FILE *complaints)
{
	size_t bad = 0, most = s->rule.most;
	for (size_t i = 0; i < s->n; i += most)
		bad += !check_point(s, i, bad < SHOWN_POINTS ? complaints : NULL);
	if (bad > SHOWN_POINTS && complaints)
		fprintf(complaints, "and %zu more of %zu points\n", bad - SHOWN_POINTS,
			s->n / most);
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
	struct agenda agenda;
};

static double cpu_now_s(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* What a worker says: how long it took, then the result. */
static char *with_cost(double cpu_s, char *result)
{
	size_t room = strlen(result) + 32;
	char *text = xcalloc(room, 1);
	snprintf(text, room, "%.9f %s", cpu_s, result);
	free(result);
	return text;
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
	bool same = strcmp(key, s->keys[point]) == 0;
	double start_s = cpu_now_s();
	json_t *o = same ? simulate(scenario) : error_result("a file was changed during the sweep");
	double cpu_s = cpu_now_s() - start_s;
	diag_free(d);
	arena_free(a);
	return with_cost(cpu_s, dump(o));
}

static bool next(void *arg, bool idle, size_t *job)
{
	struct boss *b = arg;
	return agenda_next(&b->agenda, idle, job);
}

static bool keep(void *arg, size_t job, const char *result, const char *why)
{
	struct boss *b = arg;
	const char *space = result ? strchr(result, ' ') : NULL;
	if (space) {
		b->counts->cpu_s += strtod(result, NULL);
		result = space + 1;
	}
	json_t *o = result ? json_loads(result, 0, NULL) : error_result(why);
	struct store_point p = {b->sweep->keys[job], STORE_DONE, result};
	if (!o || json_object_get(o, "error"))
		p.status = STORE_FAILED;
	if (!result)
		p.result = dump(json_incref(o));
	bool kept = store_put(b->run->store, &p, b->diag);
	if (!result)
		free((char *)p.result);
	json_decref(o);
	if (kept)
		agenda_done(&b->agenda, job, p.status);
	if (kept && b->run->progress)
		b->run->progress(b->run->arg, b->counts);
	return kept && !agenda_over(&b->agenda);
}

json_t *sweep_load(const struct sweep *s, struct store *store, size_t first, struct replicas *r,
	struct arena *a)
{
	struct store_member *m = arena_alloc(a, s->rule.most * sizeof *m);
	for (size_t i = 0; i < s->rule.most; i++)
		m[i].key = s->keys[first + i];
	replicas_load(store, &s->rule, m, r, a);
	return replicas_result(&s->rule, r);
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
	struct store_sweep list = {.name = s->name, .n = s->n, .rule = replicas_write(&s->rule, a)};
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

enum pool_end sweep_run(
	struct sweep *s, const struct sweep_run *run, struct sweep_counts *counts, struct diag *d)
{
	struct boss boss = {.sweep = s, .run = run, .counts = counts, .diag = d};
	enum pool_end end = POOL_DONE;
	*counts = (struct sweep_counts){0};
	if (!put_sweep(s, run->store, d))
		return POOL_STOPPED;
	agenda_start(&boss.agenda, s, run, counts);
	size_t left = agenda_left(&boss.agenda);
	const struct pool_spec pool = {
		.n_workers = run->workers < left || s->rule.until > 0 ? run->workers : left,
		.next = next,
		.work = work,
		.done = keep,
		.arg = &boss};
	if (left)
		end = run->ranks ? ranks_run(run->ranks, &pool) : pool_run(&pool);
	if (end == POOL_STOPPED && agenda_over(&boss.agenda))
		end = POOL_DONE;
	agenda_end(&boss.agenda);
	return end;
}

void sweep_serve(struct sweep *s, const struct ranks *ranks)
{
	struct boss boss = {.sweep = s};
	ranks_serve(ranks, work, &boss);
}
