/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/json_out.h"
#include "cli/options.h"
#include "cli/validate_out.h"
#include "cli/verb.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What the verb's own options say. */
struct wants {
	struct ledger_options ledger;
	bool detail;
};

enum { KEY_GROUP = 'g', KEY_JOBS = 'j', KEY_POINT = 'p', KEY_DETAIL = 0x200 };
enum { MAX_JOBS = 256 };

static const struct argp_option own_options[] = {
	{"group", KEY_GROUP, "NAME", 0, "Only points of the groups whose name starts so", 0},
	{"point", KEY_POINT, "ID", 0, "Only that point", 0},
	{"detail", KEY_DETAIL, NULL, 0, "Show where packets are lost and the bottleneck", 0},
	{"jobs", KEY_JOBS, "N", 0, "Simulate N scenarios at a time (default: one a processor)", 0},
	{0}};

static unsigned whole(const char *text, unsigned most, struct argp_state *state)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || n < 1 || n > most)
		argp_error(state, "'%s' is not a whole number from 1 to %u", text, most);
	return (unsigned)n;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct wants *w = state->input;
	switch (key) {
	case KEY_GROUP:
		w->ledger.group = arg;
		return 0;
	case KEY_POINT:
		w->ledger.point = arg;
		return 0;
	case KEY_DETAIL:
		w->detail = true;
		return 0;
	case KEY_JOBS:
		w->ledger.threads = whole(arg, MAX_JOBS, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp own = {.options = own_options, .parser = parse};

static const struct options_spec spec = {.args = "[SET...]",
	.doc = "Compares predictions with measurements, point by point: the sets of validate/data, "
	       "or "
	       "those named or given as files. Points that the model was fitted to, or that its "
	       "mechanisms were chosen to explain, are counted apart from those it never saw.",
	.most = (size_t)-1,
	.groups = OPTIONS_SET | OPTIONS_JSON | OPTIONS_QUIET,
	.own = &own};

static void show_progress(void *arg, size_t done, size_t todo)
{
	(void)arg;
	fprintf(stderr, done < todo ? "\r\033[K%zu of %zu scenarios" : "\r\033[K", done, todo);
}

static const struct dataset **read_sets(struct options *o, size_t *n, struct diag *d)
{
	const char **names = o->args;
	*n = o->n_args ? o->n_args : dataset_list(&names, o->arena);
	const struct dataset **sets = arena_alloc(o->arena, (*n + 1) * sizeof *sets);
	for (size_t i = 0; i < *n; i++)
		sets[i] = dataset_read(names[i], o->arena, d);
	return sets;
}

static int answer(const struct ledger *l, const struct options *o, const struct wants *w)
{
	if (o->json)
		json_out_print(validate_json_new(l, NULL, 0));
	else
		validate_text_print(l, w->detail, stdout);
	return VERB_DONE;
}

static struct ledger *make(struct options *o, struct wants *w, struct diag *d)
{
	size_t n;
	const struct dataset **sets = read_sets(o, &n, d);
	if (diag_errors(d))
		return NULL;
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	w->ledger.sets = o->sets;
	w->ledger.n_sets = o->n_sets;
	if (!w->ledger.threads)
		w->ledger.threads = processors > 1 ? (unsigned)processors : 1;
	if (!o->quiet && isatty(STDERR_FILENO))
		w->ledger.watch = show_progress;
	return ledger_new(sets, n, &w->ledger, o->arena, d);
}

int verb_validate(int argc, char **argv)
{
	struct options o = {.arena = arena_new()};
	struct wants w = {0};
	options_parse(&spec, argc, argv, &o, &w);
	struct diag *d = diag_new();
	struct ledger *l = make(&o, &w, d);
	diag_print(d, stderr);
	int code = l ? answer(l, &o, &w) : VERB_USAGE;
	diag_free(d);
	arena_free(o.arena);
	return code;
}
