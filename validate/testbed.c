/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "validate/testbed.h"

#include "model/build.h"
#include "model/datafile.h"
#include "model/relative.h"
#include "model/table.h"
#include "validate/dataset.h"

#include <ctype.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_TRIALS = 10000, MAX_VARS = 256, MAX_ID = 200 };
enum { CRC_B = 4, PREAMBLE_AND_GAP_B = 20 };

#define TEXTS(key, type, field, def, text)                                              \
	{                                                                               \
		key, PARAM_TEXTS, offsetof(type, field), 0, 0, 0, def, NULL, NULL, text \
	}

static const char *const inputs[] = {"nothing", "text", "bess", "click", "xl", NULL};
const struct testbed_metric testbed_metrics[TESTBED_METRICS] = {{"delivered", DIM_PPS, "pps", 1},
	{"loss", DIM_RATIO, "%", 100}, {"latency", DIM_TIME, "us", 1e-6},
	{"p50", DIM_TIME, "us", 1e-6}, {"p90", DIM_TIME, "us", 1e-6},
	{"p99", DIM_TIME, "us", 1e-6}};
static const char *const metrics[] = {
	"delivered", "loss", "latency", "p50", "p90", "p99", NULL}; /* in that order */

static const struct param step_params[] = {
	TABLE_TEXT("host", struct testbed_step, host, "required", "one of the plan's hosts"),
	TEXTS("run", struct testbed_step, run, "required", "the command, word by word"),
	TEXTS("undo", struct testbed_step, undo, NULL, "the command that undoes it"),
	TABLE_ENUM("input", struct testbed_step, input, "nothing", inputs,
		"what it reads: nothing, the text, or made from the scenario a bessctl script, or "
		"a "
		"VNF's Click configuration or Xen domain"),
	TABLE_TEXT("text", struct testbed_step, text, NULL, "what it reads with input: text"),
	TABLE_TEXT(
		"save", struct testbed_step, save, NULL, "the variable that gets what it prints"),
	TABLE_BOOL("background", struct testbed_step, background, "no",
		"it goes on until the trial ends, and is then ended"),
	TABLE_BOOL("each_vnf", struct testbed_step, each_vnf, "no",
		"it runs for each VNF of the chain, ${vnf} being its number"),
	TABLE_QUANTITY(
		"wait", struct testbed_step, wait, DIM_TIME, 0, 3.6e15, "0 s", "pause behind it"),
	TABLE_QUANTITY("timeout", struct testbed_step, timeout, DIM_TIME, 1e9, 3.6e16, "60 s",
		"the trial fails when it takes longer"),
	TABLE_END};
static const struct param_table step_table = {"steps", "a command on a host",
	sizeof(struct testbed_step), step_params, NULL, TABLE_NONE,
	offsetof(struct testbed_step, mark), TABLE_NONE};

static const struct param result_params[] = {
	TABLE_ENUM("metric", struct testbed_result, metric, "required", metrics,
		"rate delivered, share lost, mean latency, or a percentile of latency"),
	TABLE_TEXT("from", struct testbed_result, from, "required", "a saved variable"),
	TABLE_TEXT("pattern", struct testbed_result, pattern, "required",
		"an extended regular expression; its first group is the number"),
	TABLE_TEXT("unit", struct testbed_result, unit, "required", "of the number"), TABLE_END};
static const struct param_table result_table = {"results", "a number that is measured",
	sizeof(struct testbed_result), result_params, NULL, TABLE_NONE,
	offsetof(struct testbed_result, mark), TABLE_NONE};

static const struct param var_params[] = {
	TABLE_TEXT("value", struct testbed_var, value, "required", "its value"), TABLE_END};
static const struct param_table var_table = {"vars", "a variable", sizeof(struct testbed_var),
	var_params, "value", TABLE_NONE, TABLE_NONE, TABLE_NONE};

static const struct param axis_params[] = {
	TEXTS("values", struct testbed_axis, values, "required", "its values"), TABLE_END};
static const struct param_table axis_table = {"axes", "a scenario key and its values",
	sizeof(struct testbed_axis), axis_params, "values", TABLE_NONE, TABLE_NONE, TABLE_NONE};

static const struct param host_params[] = {TABLE_TEXT("address", struct testbed_host, address, NULL,
						   "where the shell goes, as ssh takes it"),
	TEXTS("shell", struct testbed_host, shell, "[ssh, -oBatchMode=yes, -oConnectTimeout=10]",
		"the command that runs another on the host"),
	TABLE_END};
static const struct param_table host_table = {"hosts", "a machine", sizeof(struct testbed_host),
	host_params, "address", TABLE_NONE, TABLE_NONE, TABLE_NONE};

#define TEMPLATE_PARAMS(type, base)                                                               \
	{"steps", PARAM_LIST, (base) + offsetof(struct testbed_template, steps), 0, 0, 0, NULL,   \
		NULL, &step_table, "the commands, in order"},                                     \
	{                                                                                         \
		"results", PARAM_LIST, (base) + offsetof(struct testbed_template, results), 0, 0, \
			0, NULL, NULL, &result_table, "what is found in their outputs"            \
	}

static const struct param template_params[] = {
	TABLE_TEXT("doc", struct testbed_template, doc, NULL, "what it is for"),
	TABLE_MAP("vars", struct testbed_template, vars, &var_table, "variables and defaults"),
	TEMPLATE_PARAMS(struct testbed_template, 0), TABLE_END};
const struct param_table testbed_template_table = {"testbed template", "commands as data",
	sizeof(struct testbed_template), template_params, NULL, TABLE_NONE, TABLE_NONE, TABLE_NONE};

static const struct param plan_params[] = {
	TABLE_TEXT("title", struct testbed, title, "trials of a testbed", "heading of the set"),
	TABLE_MAP("hosts", struct testbed, hosts, &host_table, "the machines"),
	TABLE_TEXT("scenario", struct testbed, scenario, "required", "what is measured"),
	TEXTS("set", struct testbed, set, NULL, "assignments as for --set"),
	TABLE_MAP("axes", struct testbed, axes, &axis_table, "every combination is a trial"),
	TEXTS("use", struct testbed, use, NULL,
		"templates: names in scenarios/testbed, or paths; their steps come in this order"),
	TABLE_MAP("vars", struct testbed, vars, &var_table, "variables, before the templates'"),
	TEMPLATE_PARAMS(struct testbed, offsetof(struct testbed, own)),
	TABLE_COUNT("repeat", struct testbed, repeat, 1, 1000, "1",
		"trials of each combination; the set has their median"),
	TABLE_ENUM("mark", struct testbed, mark_as, "held-out", dataset_uses,
		"of the points in the set"),
	TABLE_END};
const struct param_table testbed_table = {"testbed", "trials on real machines",
	sizeof(struct testbed), plan_params, NULL, TABLE_NONE, offsetof(struct testbed, mark),
	TABLE_NONE};

const struct testbed_host *testbed_host(const struct testbed *t, const char *name)
{
	const struct testbed_host *h = t->hosts.items;
	for (size_t i = 0; i < t->hosts.n; i++)
		if (strcmp(h[i].name, name) == 0)
			return &h[i];
	return NULL;
}

static void check_result(const struct testbed_result *r, struct arena *a, struct diag *d)
{
	regex_t re;
	if (regcomp(&re, r->pattern, REG_EXTENDED | REG_NEWLINE) != 0) {
		diag_error(d, r->mark, NULL, "'%s' is no regular expression", r->pattern);
		return;
	}
	if (re.re_nsub < 1)
		diag_error(d, r->mark, "put the number in parentheses",
			"the pattern '%s' has no group", r->pattern);
	regfree(&re);
	struct quantity q;
	if (quantity_parse(arena_printf(a, "1 %s", r->unit), testbed_metrics[r->metric].dim, &q) !=
		QUANTITY_OK)
		diag_error(d, r->mark,
			arena_printf(a, "such as %s", testbed_metrics[r->metric].unit),
			"'%s' is no unit of %s", r->unit, testbed_metrics[r->metric].name);
}

/* What put_scenario_vars gives: the model and the programs must agree on these. */
static const char *const scenario_vars[] = {
	"khz", "rate_pps", "vnfs", "trial", "vnf", "size", "size_without_crc", "wire_Mbps", NULL};

static bool is_scenario_var(const char *name)
{
	for (size_t i = 0; scenario_vars[i]; i++)
		if (strcmp(scenario_vars[i], name) == 0)
			return true;
	return false;
}

static void check_vars(const struct param_list *list, struct diag *d)
{
	const struct testbed_var *v = list->items;
	for (size_t i = 0; i < list->n; i++)
		if (is_scenario_var(v[i].name))
			diag_error(d, v[i].mark,
				"change it in the scenario (`set`), or take another name",
				"'%s' is a variable of the scenario", v[i].name);
}

static void check_template(
	const struct testbed *t, const struct testbed_template *of, struct arena *a, struct diag *d)
{
	const struct testbed_step *s = of->steps.items;
	const struct testbed_result *r = of->results.items;
	for (size_t i = 0; i < of->steps.n; i++) {
		if (!testbed_host(t, s[i].host))
			diag_error(d, s[i].mark, NULL, "the plan has no host '%s'", s[i].host);
		if (!s[i].run.n)
			diag_error(d, s[i].mark, NULL, "'run' has no words");
		if ((s[i].input == TESTBED_TEXT) != (s[i].text != NULL))
			diag_error(d, s[i].mark, NULL, "'text' and input: text belong together");
		if ((s[i].background || s[i].each_vnf) && s[i].save)
			diag_error(d, s[i].mark, NULL,
				"what a step in the background or of each VNF prints cannot be "
				"saved");
	}
	check_vars(&of->vars, d);
	for (size_t i = 0; i < of->results.n; i++)
		check_result(&r[i], a, d);
}

static const struct testbed_template *read_template(
	const char *name, struct mark at, struct arena *a, struct diag *d)
{
	struct testbed_template *to = arena_alloc(a, sizeof *to);
	const struct ynode *root = datafile_read("testbed", "testbed template", name, at, a, d);
	return root && param_read(&testbed_template_table, root, to, a, d) ? to : NULL;
}

static void resolve(struct testbed *t, struct arena *a, struct diag *d)
{
	const char *const *use = t->use.items;
	const struct testbed_axis *x = t->axes.items;
	t->templates = arena_alloc(a, (t->use.n + 1) * sizeof *t->templates);
	for (size_t i = 0; i < t->use.n; i++) {
		const struct testbed_template *of = read_template(use[i], t->mark, a, d);
		if (of)
			t->templates[t->n_templates++] = of;
	}
	t->templates[t->n_templates++] = &t->own;
	check_vars(&t->vars, d);
	for (size_t i = 0; i < t->n_templates; i++)
		check_template(t, t->templates[i], a, d);
	t->n_trials = (size_t)t->repeat;
	for (size_t i = 0; i < t->axes.n && t->n_trials <= MAX_TRIALS; i++) {
		t->n_trials *= x[i].values.n;
		if (!x[i].values.n)
			diag_error(d, x[i].mark, NULL, "axis '%s' has no values", x[i].name);
	}
	if (t->n_trials > MAX_TRIALS)
		diag_error(d, t->mark, NULL, "these are more than %d trials", MAX_TRIALS);
}

struct testbed *testbed_read(const char *path, struct arena *a, struct diag *d)
{
	size_t before = diag_errors(d);
	struct testbed *t = arena_alloc(a, sizeof *t);
	const struct ynode *root = ytree_read(path, a, d);
	if (!root || !param_read(&testbed_table, root, t, a, d))
		return NULL;
	t->path = path;
	t->base = relative_anywhere(path, a);
	t->stem = datafile_stem(path, a);
	t->scenario_path = t->scenario ? relative_path(t->base, t->scenario, a) : NULL;
	resolve(t, a, d);
	for (size_t i = 0; i < t->n_trials && diag_errors(d) == before; i++)
		testbed_trial(t, i, a, d);
	return diag_errors(d) == before ? t : NULL;
}

/* --- Trials --- */

void testbed_save(struct testbed_trial *k, const char *name, const char *value)
{
	if (k->n_vars < MAX_VARS)
		k->vars[k->n_vars++] = (struct testbed_var){.name = name, .value = value};
}

static void put_vars(struct testbed_trial *k, const struct param_list *list)
{
	const struct testbed_var *v = list->items;
	for (size_t i = 0; i < list->n; i++)
		testbed_save(k, v[i].name, v[i].value);
}

/* Names of files: what is no letter, digit, dot or hyphen becomes a hyphen. */
static const char *id_of(const char *const *sets, size_t n, struct arena *a)
{
	const char *id = n ? "" : "trial";
	for (size_t i = 0; i < n; i++)
		id = arena_printf(a, "%s%s%s", id, i ? "_" : "", sets[i]);
	char *plain = arena_strdup(a, id);
	for (char *p = plain; *p; p++)
		if (!isalnum((unsigned char)*p) && *p != '.' && *p != '_')
			*p = '-';
	return plain;
}

static void put_scenario_vars(struct testbed_trial *k, struct arena *a)
{
	const struct scenario *s = k->scenario;
	const struct chain *c = scenario_chain(s, 0);
	struct quantity size;
	double pps = c->traffic.offered_pps;
	testbed_save(k, "khz", arena_printf(a, "%.0f", s->clock_hz / 1e3));
	testbed_save(k, "rate_pps", arena_printf(a, "%.0f", pps));
	testbed_save(k, "vnfs", arena_printf(a, "%zu", c->items.n));
	testbed_save(k, "trial", k->id);
	testbed_save(k, "vnf", "0");
	if (quantity_parse(c->traffic.size, DIM_SIZE, &size) != QUANTITY_OK)
		return; /* a mix has no one size */
	testbed_save(k, "size", arena_printf(a, "%.0f", size.value));
	testbed_save(k, "size_without_crc", arena_printf(a, "%.0f", size.value - CRC_B));
	testbed_save(k, "wire_Mbps",
		arena_printf(a, "%.3f", pps * (size.value + PREAMBLE_AND_GAP_B) * 8 / 1e6));
}

struct testbed_trial *testbed_trial(
	const struct testbed *t, size_t i, struct arena *a, struct diag *d)
{
	struct testbed_trial *k = arena_alloc(a, sizeof *k);
	const struct testbed_axis *x = t->axes.items;
	size_t rest = i / (size_t)t->repeat, n = t->set.n + t->axes.n;
	const char **sets = arena_alloc(a, (n + 1) * sizeof *sets);
	for (size_t j = 0; j < t->set.n; j++)
		sets[j] = ((const char *const *)t->set.items)[j];
	for (size_t j = t->axes.n; j-- > 0; rest /= x[j].values.n) {
		const char *const *values = x[j].values.items;
		sets[t->set.n + j] =
			arena_printf(a, "%s=%s", x[j].name, values[rest % x[j].values.n]);
	}
	const char **seen = arena_alloc(a, (n + 1) * sizeof *seen);
	for (size_t j = 0; j < n; j++)
		seen[j] = relative_set(t->base, sets[j], a);
	k->sets = sets;
	k->seen = seen;
	k->n_sets = n;
	k->id = arena_printf(
		a, "%s.%zu", id_of(sets + t->set.n, t->axes.n, a), i % (size_t)t->repeat + 1);
	if (strlen(k->id) > MAX_ID)
		diag_error(d, t->mark, NULL, "the trial's name is too long: %s", k->id);
	k->scenario = scenario_read(t->scenario_path, seen, n, a, d);
	if (!k->scenario)
		return NULL;
	build_check(k->scenario, d);
	k->vars = arena_alloc(a, MAX_VARS * sizeof *k->vars);
	put_scenario_vars(k, a);
	put_vars(k, &t->vars);
	for (size_t j = 0; j < t->n_templates; j++)
		put_vars(k, &t->templates[j]->vars);
	return k;
}

const char *testbed_value(const struct testbed_trial *k, const char *name, size_t len)
{
	for (size_t i = 0; i < k->n_vars; i++)
		if (strlen(k->vars[i].name) == len && strncmp(k->vars[i].name, name, len) == 0)
			return k->vars[i].value;
	return NULL;
}

size_t testbed_turns(const struct testbed_trial *k, const struct testbed_step *s)
{
	return s->each_vnf ? scenario_chain(k->scenario, 0)->items.n : 1;
}

void testbed_turn(struct testbed_trial *k, size_t i, struct arena *a)
{
	for (size_t j = 0; j < k->n_vars; j++)
		if (strcmp(k->vars[j].name, "vnf") == 0)
			k->vars[j].value = arena_printf(a, "%zu", i);
}

const char *testbed_expand(const struct testbed_trial *k, const char *text, struct mark at,
	struct arena *a, struct diag *d)
{
	const char *done = "";
	for (const char *open; (open = strstr(text, "${"));) {
		size_t len = strcspn(open + 2, "}");
		const char *value = testbed_value(k, open + 2, len);
		if (!open[2 + len] || !value) {
			diag_error(d, at, NULL, "no variable is called '%.*s'", (int)len, open + 2);
			return NULL;
		}
		done = arena_printf(a, "%s%.*s%s", done, (int)(open - text), text, value);
		text = open + 2 + len + 1;
	}
	return arena_printf(a, "%s%s", done, text);
}

const char *testbed_input(const struct testbed_trial *k, const struct testbed_step *s,
	struct arena *a, struct diag *d)
{
	switch ((enum testbed_input)s->input) {
	case TESTBED_TEXT:
		return testbed_expand(k, s->text, s->mark, a, d);
	case TESTBED_BESS:
		return testbed_bess(k, a, d);
	case TESTBED_CLICK:
		return testbed_click(k, a, d);
	case TESTBED_XL:
		return testbed_xl(k, a, d);
	case TESTBED_NOTHING:
		break;
	}
	return NULL;
}
