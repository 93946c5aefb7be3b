/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/placement.h"

#include "model/datafile.h"
#include "model/table.h"
#include "model/relative.h"

#include <string.h>

/* The form of a placement file. */
struct placement_file {
	const char *name, *doc, *scenario, *target;
	struct param_list sets, clocks;
	struct param_list rules, taken;
	uint64_t given;
	struct mark mark, marks[16];
};

#define RULE(field) offsetof(struct placement_rule, field)
#define FIELD(field) offsetof(struct placement_file, field)

static const struct param rule_params[] = {
	{"together", PARAM_TEXTS, RULE(together), 0, 0, 0, NULL, NULL, NULL,
		"VNFs that share a socket, as chain.vnf"},
	{"apart", PARAM_TEXTS, RULE(apart), 0, 0, 0, NULL, NULL, NULL,
		"VNFs of which no two share a server"},
	TABLE_TEXT("pin", struct placement_rule, pin, NULL, "a VNF that stays where `to' says"),
	TABLE_TEXT("to", struct placement_rule, to, NULL, "server, or [server.]socket"), TABLE_END};
static const struct param_table rule_table = {"rules", "what a placement must keep to",
	sizeof(struct placement_rule), rule_params, NULL, TABLE_NONE, RULE(mark), RULE(marks)};

static const struct param taken_params[] = {TABLE_TEXT("on", struct placement_taken, on, "required",
						    "[server.]socket; with link just the server"),
	TABLE_COUNT("cores", struct placement_taken, cores, 1, 4096, NULL,
		"so many cores, those with the lowest numbers"),
	{"cpus", PARAM_TEXTS, offsetof(struct placement_taken, cpus), 0, 0, 0, NULL, NULL, NULL,
		"the cores with these numbers of the operating system"},
	TABLE_QUANTITY("link", struct placement_taken, link, DIM_BPS, 0, 0, NULL,
		"rate on the server's ports, in each direction"),
	TABLE_END};
static const struct param_table taken_table = {"taken", "what others use",
	sizeof(struct placement_taken), taken_params, NULL, TABLE_NONE,
	offsetof(struct placement_taken, mark), offsetof(struct placement_taken, marks)};

static const struct param placement_params[] = {
	TABLE_TEXT("name", struct placement_file, name, NULL, "what to call it"),
	TABLE_TEXT("doc", struct placement_file, doc, NULL, "what it is for"),
	TABLE_TEXT("scenario", struct placement_file, scenario, "required",
		"servers and chains: name of a scenario, or path, seen from this file"),
	{"set", PARAM_TEXTS, FIELD(sets), 0, 0, 0, NULL, NULL, NULL,
		"values of the scenario to override, as key=value"},
	TABLE_TEXT("target", struct placement_file, target, "loss<0.1%",
		"what every chain must meet, as in loss<0.1%, p99<100us"),
	{"clocks", PARAM_TEXTS, FIELD(clocks), 0, 0, 0, NULL, NULL, NULL,
		"clocks that all cores may run at; default the scenario's"},
	TABLE_LIST("rules", struct placement_file, rules, &rule_table, "what to keep to"),
	TABLE_LIST("taken", struct placement_file, taken, &taken_table,
		"cores and links that others use"),
	TABLE_END};
const struct param_table placement_table = {"placement", "chains to be placed on servers",
	sizeof(struct placement_file), placement_params, NULL, FIELD(given), FIELD(mark),
	FIELD(marks)};

static struct mark mark_of(const struct placement_file *f, const char *key)
{
	size_t i = 0;
	while (strcmp(placement_params[i].key, key) != 0)
		i++;
	return f->marks[i];
}

static void check_rules(const struct placement_file *f, struct diag *d)
{
	const struct placement_rule *r = f->rules.items;
	for (size_t i = 0; i < f->rules.n; i++) {
		int kinds = (r[i].together.n > 0) + (r[i].apart.n > 0) + (r[i].pin != NULL);
		if (kinds != 1 || !r[i].pin != !r[i].to)
			diag_error(d, r[i].mark, NULL,
				"a rule is one of {together: [...]}, {apart: [...]}, {pin: VNF, "
				"to: PLACE}");
		if (r[i].together.n == 1 || r[i].apart.n == 1)
			diag_error(d, r[i].marks[r[i].apart.n ? RULE_APART : RULE_TOGETHER], NULL,
				"it takes two VNFs");
	}
}

static void check_taken(const struct placement_file *f, struct diag *d)
{
	const struct placement_taken *t = f->taken.items;
	for (size_t i = 0; i < f->taken.n; i++)
		if ((t[i].cores > 0) + (t[i].cpus.n > 0) + (t[i].link.value > 0) != 1)
			diag_error(d, t[i].mark, NULL,
				"taken is one of {on: a.0, cores: 2}, {on: a.0, cpus: [0, 1]}, "
				"{on: a, link: 3 Gb/s}");
}

static void set_all(struct placement_ask *ask, const char *path, const struct param_list *own,
	const char *const *more, size_t n, struct arena *a)
{
	const char *const *set = own->items;
	ask->sets = arena_alloc(a, (own->n + n + 1) * sizeof(*ask->sets));
	for (size_t i = 0; i < own->n; i++)
		ask->sets[i] = relative_set(path, set[i], a);
	if (n)
		memcpy(ask->sets + own->n, more, n * sizeof(*ask->sets));
	ask->n_sets = own->n + n;
}

bool placement_read(const char *path, const char *const *sets, size_t n_sets, const char *target,
	struct placement_ask *ask, struct arena *a, struct diag *d)
{
	size_t before = diag_errors(d);
	const char *found = datafile_find("", path, a);
	path = found ? found : path;
	const struct ynode *root = ytree_read(path, a, d);
	struct placement_file f = {.scenario = path, .target = "loss<0.1%"};
	if (!root)
		return false;
	if (ytree_get(root, "scenario")) {
		param_read(&placement_table, root, &f, a, d);
		f.scenario = f.scenario ? relative_path(path, f.scenario, a) : NULL;
		check_rules(&f, d);
		check_taken(&f, d);
	}
	*ask = (struct placement_ask){.name = f.name ? f.name : datafile_stem(path, a),
		.scenario = f.scenario,
		.target_text = target ? target : f.target,
		.clocks = f.clocks,
		.clocks_mark = mark_of(&f, "clocks"),
		.rules = f.rules,
		.taken = f.taken};
	set_all(ask, path, &f.sets, sets, n_sets, a);
	if (ask->target_text)
		slo_parse_value(ask->target_text, target ? (struct mark){0} : mark_of(&f, "target"),
			"--target", &ask->target, a, d);
	if (diag_errors(d) == before)
		return true;
	if (ask->scenario)
		placement_check(ask, a, d);
	return false;
}
