/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/json_out.h"
#include "cli/options.h"
#include "cli/reread.h"
#include "cli/run_out.h"
#include "cli/text.h"
#include "cli/verb.h"
#include "plan/paired.h"

#include <math.h>

enum { KEY_A = 0x200, KEY_B };

#define P_SIGNIFICANT 0.05

static const struct argp_option own_options[] = {
	{"a", KEY_A, "KEY=VALUE", 0, "Override a value of the first scenario; may be repeated", 0},
	{"b", KEY_B, "KEY=VALUE", 0, "Override a value of the second one; may be repeated", 0},
	{0}};

/* The two sides: their files and values of their own. */
struct sides {
	struct arena *arena;
	const char *path[2];
	const char **sets[2];
	size_t n[2];
	struct scenario *s[2];
	struct run_result *r[2];
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct sides *t = state->input;
	if (key != KEY_A && key != KEY_B)
		return ARGP_ERR_UNKNOWN;
	int side = key == KEY_B;
	if (!t->sets[side])
		t->sets[side] = arena_alloc(t->arena, (size_t)state->argc * sizeof *t->sets[side]);
	t->sets[side][t->n[side]++] = arg;
	return 0;
}

static const struct argp own = {.options = own_options, .parser = parse};

static const struct options_spec spec = {.args = "FILE [FILE]",
	.doc = "Compares two scenarios, or one with two sets of values (--a and --b): rates, loss "
	       "and "
	       "latencies with the 95 % interval of their differences. Both see the same random "
	       "numbers, so small differences show. Exit code 4: the budget of packets was spent "
	       "before the precision was reached.",
	.least = 1,
	.most = 2,
	.groups = OPTIONS_SET | OPTIONS_JSON | OPTIONS_QUIET,
	.own = &own};

static const char *verdict(struct interval d, uint32_t samples)
{
	if (isnan(d.value) || isnan(d.half))
		return "unknown";
	return paired_p_value(d, samples) < P_SIGNIFICANT ? (d.value > 0 ? "higher" : "lower")
							  : "same";
}

static void put_metric(const struct sides *t, enum paired_metric m, struct text_table *table)
{
	struct arena *a = table->arena;
	double scale = paired_names[m].scale;
	struct interval x = paired_value(t->r[0], m), y = paired_value(t->r[1], m);
	struct interval d = paired_difference(t->r[0], t->r[1], m);
	double p = paired_p_value(d, t->r[0]->samples);
	text_table_cell(table, "%s", paired_names[m].name);
	text_table_cell(table, "%s", paired_names[m].unit);
	text_table_cell(table, "%s", text_value(x, scale, a));
	text_table_cell(table, "%s", text_value(y, scale, a));
	text_table_cell(table, "%s", text_value(d, scale, a));
	text_table_cell(table, "%s", text_half(d, scale, a));
	text_table_cell(table, "%s",
		x.value > 0 && isfinite(d.value)
			? arena_printf(a, "%+.2f %%", 100 * d.value / x.value)
			: "-");
	text_table_cell(table, "%s",
		!(p < 1)   ? "-"
		: p < 1e-4 ? "< 0.0001"
			   : arena_printf(a, "%.4f", p));
	text_table_cell(table, "%s", verdict(d, t->r[0]->samples));
}

static const char *side_name(const struct sides *t, int side)
{
	const char *name = t->s[side]->name;
	for (size_t i = 0; i < t->n[side]; i++)
		name = arena_printf(t->arena, "%s%s%s", name, i ? ", " : ": ", t->sets[side][i]);
	return name;
}

static void put_text(const struct sides *t)
{
	static const char *const heads[] = {
		"<", "<", ">A", ">B", ">B - A", ">+- (95 %)", ">relative", ">p", "<B is", NULL};
	struct arena *a = arena_new();
	struct text_table table;
	printf("A: %s\nB: %s\n\n", side_name(t, 0), side_name(t, 1));
	text_table_start(&table, heads, a);
	for (int m = 0; m < PAIRED_METRICS; m++)
		put_metric(t, (enum paired_metric)m, &table);
	text_table_print(&table, stdout);
	printf("\n%u pairs of %s, seed %llu%s\n", t->r[0]->samples,
		t->r[0]->replications ? "replications" : "batches",
		(unsigned long long)t->r[0]->seed,
		t->r[0]->seed == t->r[1]->seed ? "" : " and another: the runs are independent");
	arena_free(a);
}

static void put_side(json_t *o, const char *key, const struct sides *t, int side)
{
	json_t *at = json_out_object(o, key);
	json_out_text(at, "scenario", t->s[side]->name);
	json_t *sets = json_out_list(at, "set");
	for (size_t i = 0; i < t->n[side]; i++)
		json_out_append_text(sets, t->sets[side][i]);
	json_out_count(at, "seed", t->r[side]->seed);
	run_json_chain(at, &t->r[side]->chains[t->r[side]->n_chains]);
}

static void put_json(const struct sides *t)
{
	json_t *o = json_out_new();
	put_side(o, "a", t, 0);
	put_side(o, "b", t, 1);
	json_out_count(o, "pairs", t->r[0]->samples);
	json_out_text(o, "pairs_of", t->r[0]->replications ? "replications" : "batches");
	json_t *list = json_out_list(o, "differences");
	for (int m = 0; m < PAIRED_METRICS; m++) {
		struct interval d = paired_difference(t->r[0], t->r[1], (enum paired_metric)m);
		json_t *at = json_out_append(list);
		json_out_text(at, "metric", paired_names[m].key);
		json_out_interval(at, "difference", d, 1);
		json_out_number(at, "p_value", paired_p_value(d, t->r[0]->samples));
		json_out_text(at, "b_is", verdict(d, t->r[0]->samples));
	}
	json_out_print(o);
}

/* Each side finds out how long it must run; then both do so for as long as the longer one. */
static int simulate(struct sides *t, bool json)
{
	struct paired_design d[2];
	bool precise = true;
	for (int i = 0; i < 2; i++) {
		struct run_result *r = run_scenario(t->s[i], NULL);
		d[i] = paired_design_of(r);
		precise &= r->verdict == RUN_PRECISE;
		run_free(r);
	}
	struct paired_design both = paired_both(d[0], d[1]);
	for (int i = 0; i < 2; i++)
		t->r[i] = paired_run(t->s[i], &both, NULL, NULL);
	if (json)
		put_json(t);
	else
		put_text(t);
	for (int i = 0; i < 2; i++)
		run_free(t->r[i]);
	return precise ? VERB_DONE : VERB_INCONCLUSIVE;
}

int verb_compare(int argc, char **argv)
{
	struct options o = {.arena = arena_new()};
	struct sides t = {.arena = o.arena};
	options_parse(&spec, argc, argv, &o, &t);
	bool ok = true;
	for (int i = 0; i < 2; i++) {
		bool same = i && o.n_args == 1;
		t.path[i] = same ? t.path[0] : reread_path(o.args[i], o.arena);
		struct reread_sets sets = {t.sets[i], t.n[i]};
		if (t.path[i])
			t.s[i] = reread_scenario(t.path[i], &o, sets, o.arena, NULL);
		ok &= t.s[i] != NULL;
	}
	int code = ok ? simulate(&t, o.json) : VERB_USAGE;
	arena_free(o.arena);
	return code;
}
