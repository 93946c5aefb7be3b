/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/json_out.h"
#include "cli/options.h"
#include "cli/verb.h"
#include "model/scenario.h"
#include "model/sizemix.h"
#include "plan/placement.h"
#include "plan/planner.h"
#include "plan/sweep.h"
#include "validate/dataset.h"
#include "validate/testbed.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const struct options_spec spec = {
	.args = "[scenario|profile|platform|traffic|sweep|plan|placement|points|testbed]",
	.doc = "Describes every key of scenarios, profiles, platforms, size mixes, sweeps, plans "
	       "and "
	       "placements: type, unit, range, default and meaning.",
	.most = 1,
	.groups = OPTIONS_JSON};

static const struct kind {
	const char *name;
	const struct param_table *table;
} kinds[] = {{"scenario", &scenario_table}, {"profile", &profile_table},
	{"platform", &platform_table}, {"traffic", &sizemix_table}, {"sweep", &sweep_table},
	{"plan", &planner_table}, {"placement", &placement_table}, {"points", &dataset_table},
	{"testbed", &testbed_table}};

enum { N_KINDS = sizeof(kinds) / sizeof(kinds[0]) };

static const char *type_name(enum param_type type)
{
	static const char *const names[] = {[PARAM_QUANTITY] = "quantity",
		[PARAM_COUNT] = "count",
		[PARAM_BOOL] = "bool",
		[PARAM_ENUM] = "enum",
		[PARAM_TEXT] = "text",
		[PARAM_GROUP] = "group",
		[PARAM_LIST] = "list",
		[PARAM_MAP] = "map",
		[PARAM_TEXTS] = "texts"};
	return names[type];
}

/* Dimensions, and the range in the unit of the first of them. */
static void put_range(json_t *o, const struct param *p)
{
	char range[128], unit[64];
	unsigned dims = p->type == PARAM_COUNT ? DIM_COUNT : p->dims;
	json_t *list = json_out_list(o, "quantities");
	for (unsigned dim = 1; dim <= dims; dim <<= 1)
		if (dims & dim)
			json_out_append_text(list, quantity_dim_name((enum dim)dim));
	json_out_text(o, "example", quantity_example(dims, unit, sizeof(unit)));
	json_out_text(o, "range",
		param_quantity_range(p, (enum dim)(dims & -dims), range, sizeof(range)));
}

static void put_table(json_t *list, const struct param_table *t)
{
	for (const struct param *p = t->params; p->key; p++) {
		bool required = p->def && strcmp(p->def, "required") == 0;
		json_t *o = json_out_append(list);
		json_out_text(o, "key", p->key);
		json_out_text(o, "type", type_name(p->type));
		json_out_text(o, "doc", p->doc);
		json_object_set_new(o, "required", json_boolean(required));
		json_out_text(o, "default", required ? NULL : p->def);
		if (p->type == PARAM_QUANTITY || p->type == PARAM_COUNT)
			put_range(o, p);
		if (p->choices) {
			json_t *choices = json_out_list(o, "choices");
			for (size_t i = 0; p->choices[i]; i++)
				json_out_append_text(choices, p->choices[i]);
		}
		if (p->sub) {
			json_out_text(o, "shorthand", p->sub->shorthand);
			put_table(json_out_list(o, "keys"), p->sub);
		}
	}
}

static void print_json(const struct kind *first, size_t n)
{
	json_t *o = json_out_new();
	for (size_t i = 0; i < n; i++) {
		json_t *table = json_out_object(o, first[i].name);
		json_out_text(table, "doc", first[i].table->doc);
		put_table(json_out_list(table, "keys"), first[i].table);
	}
	json_out_print(o);
}

static void print_text(const struct kind *first, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (i)
			putchar('\n');
		param_schema_text(first[i].table, stdout);
	}
}

static int describe(const struct options *o)
{
	size_t first = 0, n = N_KINDS;
	if (o->n_args) {
		for (; first < N_KINDS && strcmp(kinds[first].name, o->args[0]) != 0; first++)
			;
		n = 1;
	}
	if (first == N_KINDS) {
		fprintf(stderr, "nfvsim schema: give one of %s\n", spec.args);
		return VERB_USAGE;
	}
	(o->json ? print_json : print_text)(&kinds[first], n);
	return VERB_DONE;
}

int verb_schema(int argc, char **argv)
{
	struct options o = {.arena = arena_new()};
	options_parse(&spec, argc, argv, &o, NULL);
	int code = describe(&o);
	arena_free(o.arena);
	return code;
}
