/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/options.h"

#include "base/quantity.h"
#include "cli/verb.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

/* What argp's parsers share while a command line is read. */
struct reading {
	const struct options_spec *spec;
	struct options *options;
	void *own_input;
	size_t n_children;
};

enum { KEY_SET = 's', KEY_QUIET = 'q', KEY_JOBS = 'j', KEY_SEED = 0x100, KEY_PRECISION, KEY_JSON };
enum { MAX_JOBS = 1024 };

static const struct argp_option set_options[] = {
	{"set", KEY_SET, "KEY=VALUE", 0,
		"Override a value of the file, as in cpu=1.2GHz or traffic.size=128B; may be "
		"repeated",
		1},
	{"seed", KEY_SEED, "N", 0, "The same as --set run.seed=N", 1},
	{"precision", KEY_PRECISION, "RATIO", 0, "The same as --set run.precision=RATIO", 1}, {0}};
static const struct argp_option json_options[] = {
	{"json", KEY_JSON, NULL, 0, "Print one JSON object", 2}, {0}};
static const struct argp_option quiet_options[] = {
	{"quiet", KEY_QUIET, NULL, 0, "Show no progress", 2}, {0}};
static const struct argp_option jobs_options[] = {
	{"jobs", KEY_JOBS, "N", 0, "N worker processes (default 1); the answer is the same", 2},
	{0}};

int64_t options_whole(
	struct argp_state *state, const char *option, const char *text, int64_t least, int64_t most)
{
	struct quantity q;
	if (quantity_parse(text, DIM_COUNT, &q) != QUANTITY_OK || q.value < (double)least ||
		q.value > (double)most || q.value != floor(q.value)) {
		argp_error(state,
			"--%s wants a whole number from %" PRId64 " to %" PRId64 ", not '%s'",
			option, least, most, text);
		return least;
	}
	return (int64_t)q.value;
}

/* Bounds are told in the unit of the first dimension. */
double options_quantity(struct argp_state *state, const char *option, const char *text,
	unsigned dims, double least, double most)
{
	char wants[128], from[64], to[64];
	struct quantity q;
	if (quantity_parse(text, dims, &q) == QUANTITY_OK && q.value >= least && q.value <= most)
		return q.value;
	enum dim dim = (enum dim)(dims & ~(dims & (dims - 1)));
	argp_error(state, "--%s wants %s, from %s to %s, not '%s'", option,
		quantity_wants(dims, wants, sizeof wants),
		quantity_print((struct quantity){least, dim}, from, sizeof from),
		quantity_print((struct quantity){most, dim}, to, sizeof to), text);
	return least;
}

static error_t parse_shared(int key, char *arg, struct argp_state *state)
{
	const struct reading *r = state->input;
	struct options *o = r->options;
	switch (key) {
	case KEY_SET:
		o->sets[o->n_sets++] = arg;
		return 0;
	case KEY_SEED:
		o->sets[o->n_sets++] = arena_printf(o->arena, "run.seed=%s", arg);
		return 0;
	case KEY_PRECISION:
		o->sets[o->n_sets++] = arena_printf(o->arena, "run.precision=%s", arg);
		return 0;
	case KEY_JSON:
		o->json = true;
		return 0;
	case KEY_QUIET:
		o->quiet = true;
		return 0;
	case KEY_JOBS:
		o->jobs = (size_t)options_whole(state, "jobs", arg, 1, MAX_JOBS);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp set_argp = {.options = set_options, .parser = parse_shared};
static const struct argp json_argp = {.options = json_options, .parser = parse_shared};
static const struct argp quiet_argp = {.options = quiet_options, .parser = parse_shared};
static const struct argp jobs_argp = {.options = jobs_options, .parser = parse_shared};

static void start(struct reading *r, struct argp_state *state)
{
	for (size_t i = 0; i < r->n_children; i++)
		state->child_inputs[i] = r;
	if (r->spec->own)
		state->child_inputs[r->n_children - 1] = r->own_input;
}

static error_t parse_args(int key, char *arg, struct argp_state *state)
{
	struct reading *r = state->input;
	struct options *o = r->options;
	switch (key) {
	case ARGP_KEY_INIT:
		start(r, state);
		return 0;
	case ARGP_KEY_ARG:
		if (o->n_args == r->spec->most)
			argp_error(state, "'%s' is one argument too many", arg);
		else
			o->args[o->n_args++] = arg;
		return 0;
	case ARGP_KEY_END:
		if (o->n_args < r->spec->least)
			argp_error(state, "%s is missing", r->spec->args);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

void options_parse(
	const struct options_spec *spec, int argc, char **argv, struct options *o, void *input)
{
	struct argp_child children[6] = {{0}};
	struct reading r = {spec, o, input, 0};
	o->args = arena_alloc(o->arena, (size_t)argc * sizeof(*o->args));
	o->sets = arena_alloc(o->arena, (size_t)argc * sizeof(*o->sets));
	if (spec->groups & OPTIONS_SET)
		children[r.n_children++].argp = &set_argp;
	if (spec->groups & OPTIONS_JSON)
		children[r.n_children++].argp = &json_argp;
	if (spec->groups & OPTIONS_QUIET)
		children[r.n_children++].argp = &quiet_argp;
	if (spec->groups & OPTIONS_JOBS)
		children[r.n_children++].argp = &jobs_argp;
	if (spec->own)
		children[r.n_children++].argp = spec->own;
	struct argp argp = {.parser = parse_args,
		.args_doc = spec->args,
		.doc = spec->doc,
		.children = children};
	argp_err_exit_status = VERB_USAGE;
	if (argp_parse(&argp, argc, argv, 0, NULL, &r) != 0)
		exit(VERB_USAGE);
}
