/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/planner.h"

#include "model/datafile.h"
#include "model/table.h"
#include "model/relative.h"

#include <string.h>

struct vary {
	struct quantity clock_step;
	bool clock, workers;
	int64_t queues, rx_queues, servers;
	uint64_t given;
};

struct hour {
	struct quantity rate;
	int64_t hours;
};

/* The form of a plan file. */
struct plan_file {
	const char *name, *doc, *scenario, *target;
	struct param_list sets;
	int least;
	struct vary vary;
	struct param_list day; /* struct hour */
	uint64_t given;
	struct mark mark, marks[16];
};

static const struct param vary_params[] = {
	TABLE_BOOL("clock", struct vary, clock, NULL, "the clock of all cores"),
	TABLE_QUANTITY("clock_step", struct vary, clock_step, DIM_FREQ, 1e6, 1e10, "100 MHz",
		"from one clock to the next"),
	TABLE_COUNT("queues", struct vary, queues, 1, 64, NULL,
		"vNIC queues and vCPUs of each VNF, up to so many"),
	TABLE_COUNT("rx_queues", struct vary, rx_queues, 1, 128, NULL,
		"receive queues of each chain's first port, up to so many"),
	TABLE_BOOL("workers", struct vary, workers, NULL,
		"worker cores, from one for all tasks to one for each"),
	TABLE_COUNT("servers", struct vary, servers, 1, 64, NULL,
		"servers, up to so many; chains are cut into even stretches"),
	TABLE_END};
static const struct param_table vary_table = {"vary", "what may change", sizeof(struct vary),
	vary_params, NULL, offsetof(struct vary, given), TABLE_NONE, TABLE_NONE};

static const struct param hour_params[] = {
	TABLE_QUANTITY("rate", struct hour, rate, DIM_PPS | DIM_RATIO, 0, 0, "required",
		"packets a second, or a share of the scenario's rate"),
	TABLE_COUNT("hours", struct hour, hours, 1, PLANNER_HOURS, "1", "for so many hours"),
	TABLE_END};
static const struct param_table hour_table = {"day", "hours of a day", sizeof(struct hour),
	hour_params, "rate", TABLE_NONE, TABLE_NONE, TABLE_NONE};

#define FIELD(field) offsetof(struct plan_file, field)

static const struct param plan_params[] = {TABLE_TEXT("name", struct plan_file, name, NULL,
						   "what to call it; default the file's name"),
	TABLE_TEXT("doc", struct plan_file, doc, NULL, "what it is for"),
	TABLE_TEXT("scenario", struct plan_file, scenario, "required",
		"name of a scenario, or path, seen from this file"),
	{"set", PARAM_TEXTS, FIELD(sets), 0, 0, 0, NULL, NULL, NULL,
		"values of the scenario to override, as key=value"},
	TABLE_TEXT("target", struct plan_file, target, "loss<0.01%",
		"targets to meet, as in loss<0.01%, p99<50us, rate>8Mpps"),
	TABLE_ENUM(
		"least", struct plan_file, least, "cores", knobs_least_words, "what to make least"),
	TABLE_GROUP("vary", struct plan_file, vary, &vary_table,
		"what may change; default as suits what is to be least"),
	TABLE_LIST("day", struct plan_file, day, &hour_table,
		"rates by hour, 24 of them: the clock that each needs"),
	TABLE_END};
const struct param_table planner_table = {"plan", "the least that meets a target",
	sizeof(struct plan_file), plan_params, NULL, FIELD(given), FIELD(mark), FIELD(marks)};

static struct mark mark_of(const struct plan_file *f, const char *key)
{
	size_t i = 0;
	while (strcmp(plan_params[i].key, key) != 0)
		i++;
	return f->marks[i];
}

static void read_day(const struct plan_file *f, struct planner_ask *ask, struct diag *d)
{
	const struct hour *h = f->day.items;
	for (size_t i = 0; i < f->day.n; i++)
		for (int64_t k = 0; k < h[i].hours && ask->n_hours <= PLANNER_HOURS; k++) {
			if (ask->n_hours < PLANNER_HOURS)
				ask->hours[ask->n_hours] = h[i].rate;
			ask->n_hours++;
		}
	if (ask->n_hours && ask->n_hours != PLANNER_HOURS)
		diag_error(d, mark_of(f, "day"), "write {rate: 1 Mpps, hours: 8}",
			"a day has 24 hours, not %zu%s", ask->n_hours,
			ask->n_hours > PLANNER_HOURS ? " or more" : "");
}

static void read_range(const struct plan_file *f, struct planner_ask *ask)
{
	const struct vary *v = &f->vary;
	ask->range = (struct knobs_range){.clock = v->clock,
		.clock_step = v->clock_step,
		.queues = v->queues,
		.rx_queues = v->rx_queues,
		.workers = v->workers,
		.servers = v->servers};
}

static void add_sets(struct planner_ask *ask, const char *const *sets, size_t n, struct arena *a)
{
	const char **all = arena_alloc(a, (ask->n_sets + n + 1) * sizeof(*all));
	if (ask->n_sets)
		memcpy(all, ask->sets, ask->n_sets * sizeof(*all));
	if (n)
		memcpy(all + ask->n_sets, sets, n * sizeof(*all));
	ask->sets = all;
	ask->n_sets += n;
}

/* Of a file. */
static void add_own_sets(
	struct planner_ask *ask, const char *path, const struct param_list *sets, struct arena *a)
{
	for (size_t i = 0; i < sets->n; i++) {
		const char *set = relative_set(path, ((const char *const *)sets->items)[i], a);
		add_sets(ask, &set, 1, a);
	}
}

static void read_file(const char *path, const struct ynode *root, struct planner_ask *ask,
	struct plan_file *f, struct arena *a, struct diag *d)
{
	bool good = param_read(&planner_table, root, f, a, d);
	ask->name = f->name ? f->name : ask->name;
	ask->scenario = f->scenario ? relative_path(path, f->scenario, a) : NULL;
	ask->target_text = f->target;
	ask->least = (enum knobs_least)f->least;
	add_own_sets(ask, path, &f->sets, a);
	if (good)
		read_day(f, ask, d);
}

static void read_least(const char *word, struct planner_ask *ask, struct diag *d)
{
	for (size_t i = 0; knobs_least_words[i]; i++)
		if (strcmp(knobs_least_words[i], word) == 0) {
			ask->least = (enum knobs_least)i;
			return;
		}
	diag_error(d, (struct mark){0}, NULL,
		"--least is queues, vcpus, cores, clock, servers or energy, not '%s'", word);
}

bool planner_read(const char *path, const struct planner_extra *extra, struct planner_ask *ask,
	struct arena *a, struct diag *d)
{
	size_t before = diag_errors(d);
	const char *found = datafile_find("", path, a);
	path = found ? found : path;
	const struct ynode *root = ytree_read(path, a, d);
	if (!root)
		return false;
	struct plan_file f = {0};
	*ask = (struct planner_ask){.name = datafile_stem(path, a),
		.scenario = path,
		.target_text = "loss<0.01%",
		.least = KNOBS_CORES};
	if (ytree_get(root, "scenario"))
		read_file(path, root, ask, &f, a, d);
	add_sets(ask, extra->sets, extra->n_sets, a);
	if (extra->least)
		read_least(extra->least, ask, d);
	if (extra->target)
		ask->target_text = extra->target;
	if (ask->target_text)
		slo_parse_value(ask->target_text,
			extra->target ? (struct mark){0} : mark_of(&f, "target"), "--target",
			&ask->target, a, d);
	if (f.vary.given)
		read_range(&f, ask);
	else
		ask->range = knobs_default(ask->least);
	if (diag_errors(d) == before)
		return true;
	if (ask->scenario)
		planner_check(ask, a, d);
	return false;
}
