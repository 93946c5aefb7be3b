/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/options.h"
#include "cli/verb.h"
#include "model/build.h"
#include "model/datafile.h"
#include "model/sizemix.h"
#include "plan/load.h"
#include "plan/placement.h"
#include "plan/planner.h"
#include "plan/sweep.h"
#include "validate/dataset.h"
#include "validate/testbed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct options_spec spec = {.args = "FILE...",
	.doc = "Checks scenarios, profiles, platforms, size mixes, sweeps, plans, placements, "
	       "measurement sets and testbed plans, and "
	       "shows everything that is wrong with them. What a file is follows from its folder "
	       "(profiles, platforms, traffic, sweeps, plans, placements, points, testbed) or "
	       "else from its keys. "
	       "--set applies to scenarios, also to those that sweeps, plans, placements and "
	       "points name.",
	.least = 1,
	.most = (size_t)-1,
	.groups = OPTIONS_SET};

static void check_scenario(const char *path, const struct options *o, struct diag *d)
{
	struct scenario *s = scenario_read(path, o->sets, o->n_sets, o->arena, d);
	if (s)
		build_check(s, d);
}

static void check_profile(const char *path, const struct options *o, struct diag *d)
{
	profile_read(path, (struct mark){0}, NULL, 0, o->arena, d);
}

static void check_platform(const char *path, const struct options *o, struct diag *d)
{
	platform_read(path, (struct mark){0}, o->arena, d);
}

static void check_mix(const char *path, const struct options *o, struct diag *d)
{
	const uint32_t *sizes_B;
	const double *weights;
	sizemix_read(path, (struct mark){0}, &sizes_B, &weights, o->arena, d);
}

static void check_sweep(const char *path, const struct options *o, struct diag *d)
{
	const struct sweep_extra extra = {.sets = o->sets, .n_sets = o->n_sets};
	struct sweep *s = sweep_read(path, &extra, o->arena, d);
	if (s && !sweep_check(s, stderr))
		diag_error(d, s->mark, NULL, "points of this sweep are no scenarios");
}

static void check_plan(const char *path, const struct options *o, struct diag *d)
{
	const struct planner_extra extra = {.sets = o->sets, .n_sets = o->n_sets};
	struct planner_ask ask;
	if (planner_read(path, &extra, &ask, o->arena, d))
		planner_check(&ask, o->arena, d);
}

static void check_placement(const char *path, const struct options *o, struct diag *d)
{
	struct placement_ask ask;
	if (placement_read(path, o->sets, o->n_sets, NULL, &ask, o->arena, d))
		placement_check(&ask, o->arena, d);
}

/* A plan has hosts; a template is used by one. */
static void check_testbed(const char *path, const struct options *o, struct diag *d)
{
	struct testbed_template of;
	const struct ynode *root = ytree_read(path, o->arena, d);
	if (root && !ytree_get(root, "hosts"))
		param_read(&testbed_template_table, root, &of, o->arena, d);
	else if (root)
		testbed_read(path, o->arena, d);
}

/* A measurement set, with the scenarios that its points name. */
static void check_points(const char *path, const struct options *o, struct diag *d)
{
	const struct dataset *set = dataset_read(path, o->arena, d);
	const struct dataset_point *p = set ? set->points.items : NULL;
	for (size_t i = 0; set && i < set->points.n; i++) {
		if (p[i].kind == DATASET_FACT)
			continue;
		size_t n = p[i].term.n_sets + o->n_sets;
		const char **sets = arena_alloc(o->arena, (n + 1) * sizeof *sets);
		for (size_t k = 0; k < n; k++)
			sets[k] = k < p[i].term.n_sets ? p[i].term.sets[k]
						       : o->sets[k - p[i].term.n_sets];
		struct scenario *s = scenario_read(p[i].term.path, sets, n, o->arena, d);
		if (s)
			build_check(s, d);
		const char *fixed = s && dataset_is_searched(&p[i]) ? load_fixed(s) : NULL;
		if (fixed)
			diag_error(d, p[i].mark, NULL, "no rate can be searched for: %s", fixed);
	}
}

/* The first is what a file is that nothing tells apart. */
static const struct kind {
	const char *folder;
	const char *tells[10]; /* keys that only this kind has; the first one found decides */
	void (*check)(const char *path, const struct options *o, struct diag *d);
} kinds[] = {{NULL, {"dataplane", "chain", "chains"}, check_scenario},
	{"profiles", {"mover", "vnic", "vnf"}, check_profile},
	{"platforms", {"sockets", "cores_per_socket", "nic"}, check_platform},
	{"traffic", {"sizes"}, check_mix}, {"points", {"citation"}, check_points},
	{"sweeps", {"axes", "mode", "points", "replications"}, check_sweep},
	{"placements", {"rules", "taken"}, check_placement},
	{"testbed", {"hosts", "steps"}, check_testbed},
	{"plans", {"least", "vary", "day", "scenario"}, check_plan}};

enum { N_KINDS = sizeof(kinds) / sizeof(kinds[0]) };

static const struct kind *kind_by_folder(const char *path)
{
	const struct kind *found = NULL;
	char *full = realpath(path, NULL);
	for (size_t i = 1; full && i < N_KINDS; i++) {
		char *slash = strrchr(full, '/');
		size_t n = strlen(kinds[i].folder), before = (size_t)(slash - full);
		if (before > n && slash[-(ptrdiff_t)n - 1] == '/' &&
			strncmp(slash - n, kinds[i].folder, n) == 0)
			found = &kinds[i];
	}
	free(full);
	return found;
}

static const struct kind *kind_by_keys(const struct ynode *root)
{
	for (size_t i = 0; i < N_KINDS; i++)
		for (const char *const *key = kinds[i].tells; *key; key++)
			if (ytree_get(root, *key))
				return &kinds[i];
	return &kinds[0];
}

static void check(const char *name, const struct options *o, struct diag *d)
{
	struct arena *a = o->arena;
	if (strcmp(name, "-") == 0) { /* can be read once only */
		check_scenario(name, o, d);
		return;
	}
	const char *found = datafile_find("", name, a), *path = found ? found : name;
	const struct ynode *root = ytree_read(path, a, d);
	if (!root)
		return;
	if (!strchr(path, '/')) /* a name would be looked for elsewhere */
		path = arena_printf(a, "./%s", path);
	const struct kind *kind = kind_by_folder(path);
	kind = kind ? kind : kind_by_keys(root);
	kind->check(kind == &kinds[0] ? name : path, o, d);
}

int verb_check(int argc, char **argv)
{
	struct options o = {.arena = arena_new()};
	options_parse(&spec, argc, argv, &o, NULL);
	int code = VERB_DONE;
	for (size_t i = 0; i < o.n_args; i++) {
		struct diag *d = diag_new();
		check(o.args[i], &o, d);
		diag_print(d, stderr);
		if (diag_errors(d))
			code = VERB_USAGE;
		else
			printf("%s: ok\n", o.args[i]);
		diag_free(d);
	}
	arena_free(o.arena);
	return code;
}
