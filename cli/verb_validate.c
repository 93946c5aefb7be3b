/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/json_out.h"
#include "cli/options.h"
#include "cli/validate_out.h"
#include "cli/verb.h"
#include "model/relative.h"
#include "validate/gate.h"
#include "validate/import.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define GATE_SLACK 0.01 /* as relative errors go */

/* What the verb's own options say. */
struct wants {
	struct ledger_options ledger;
	bool detail, leave_out, markdown;
	bool gate, record;
	const char *gate_path; /* NULL: the one that comes with the program */
	const char *import;    /* a file of results; NULL: none */
	struct import_extra extra;
};

enum {
	KEY_GROUP = 'g',
	KEY_JOBS = 'j',
	KEY_POINT = 'p',
	KEY_DETAIL = 0x200,
	KEY_UNCERTAINTY,
	KEY_LEAVE_OUT,
	KEY_MARKDOWN,
	KEY_GATE,
	KEY_RECORD,
	KEY_IMPORT,
	KEY_SCENARIO,
	KEY_MARK
};
enum { MAX_JOBS = 256, DRAWS = 20, MAX_DRAWS = 10000 };

static const struct argp_option own_options[] = {
	{"group", KEY_GROUP, "NAME", 0, "Only points of the groups whose name starts so", 0},
	{"point", KEY_POINT, "ID", 0, "Only that point", 0},
	{"detail", KEY_DETAIL, NULL, 0, "Show where packets are lost and the bottleneck", 0},
	{"uncertainty", KEY_UNCERTAINTY, "N", OPTION_ARG_OPTIONAL,
		"Widen the intervals by the errors of all profile and platform values, from N "
		"draws (20)",
		0},
	{"leave-one-out", KEY_LEAVE_OUT, NULL, 0,
		"Also predict each point with a fit from a fit to the others, and from another "
		"dataplane's",
		0},
	{"gate", KEY_GATE, "FILE", OPTION_ARG_OPTIONAL,
		"Exit 5 if an error has grown beyond what FILE records (default: gate.yaml of the "
		"sets)",
		0},
	{"record", KEY_RECORD, "FILE", OPTION_ARG_OPTIONAL, "Write that record anew", 0},
	{"import", KEY_IMPORT, "FILE", 0,
		"Print results (JSON of NFVbench or TRex, tables of CSIT, CSV) as a measurement "
		"set, and do nothing else; --set goes into its points",
		0},
	{"scenario", KEY_SCENARIO, "NAME", 0, "With --import: the scenario of its points", 0},
	{"mark", KEY_MARK, "MARK", 0,
		"With --import: fit, informed or held-out (default: held-out)", 0},
	{"markdown", KEY_MARKDOWN, NULL, 0, "Print the tables of docs/accuracy.md", 0},
	{"jobs", KEY_JOBS, "N", 0, "Simulate N scenarios at a time (default: one a processor)", 0},
	{0}};

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
	case KEY_UNCERTAINTY:
		w->ledger.draws =
			arg ? (unsigned)options_whole(state, "uncertainty", arg, 2, MAX_DRAWS)
			    : DRAWS;
		return 0;
	case KEY_LEAVE_OUT:
		w->leave_out = true;
		return 0;
	case KEY_IMPORT:
		w->import = arg;
		return 0;
	case KEY_SCENARIO:
		w->extra.scenario = arg;
		return 0;
	case KEY_MARK:
		if (strcmp(arg, "fit") != 0 && strcmp(arg, "informed") != 0 &&
			strcmp(arg, "held-out") != 0)
			argp_error(state, "--mark is fit, informed or held-out, not '%s'", arg);
		w->extra.mark = arg;
		return 0;
	case KEY_MARKDOWN:
		w->markdown = true;
		return 0;
	case KEY_GATE:
	case KEY_RECORD:
		*(key == KEY_GATE ? &w->gate : &w->record) = true;
		w->gate_path = arg ? arg : w->gate_path;
		return 0;
	case KEY_JOBS:
		w->ledger.threads = (unsigned)options_whole(state, "jobs", arg, 1, MAX_JOBS);
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

static size_t leave_out(const struct ledger *l, const struct options *o, const struct wants *w,
	struct refit_row **rows)
{
	struct diag *d = diag_new(); /* what is wrong with profiles has been told */
	struct refit *fits;
	size_t n = refit_list(l->sets, l->n_sets, &fits, o->arena, d);
	const struct runs_request like = {.sets = o->sets, .n_sets = o->n_sets};
	n = refit_leave_out(l->runs, fits, n, &like, w->ledger.threads, rows);
	diag_free(d);
	return n;
}

/* gate: how many points are worse than recorded, or NULL without a gate. */
static void print(
	const struct ledger *l, const struct options *o, const struct wants *w, const size_t *gate)
{
	struct refit_row *rows = NULL;
	size_t n = w->leave_out ? leave_out(l, o, w, &rows) : 0;
	if (o->json) {
		json_t *answer = validate_json_new(l);
		if (w->leave_out)
			validate_json_left_out(answer, rows, n);
		if (gate)
			json_out_count(json_out_object(answer, "gate"), "worse", *gate);
		json_out_print(answer);
		return;
	}
	if (w->markdown)
		validate_text_markdown(l, stdout);
	else
		validate_text_print(l, w->detail, stdout);
	if (w->leave_out)
		validate_text_left_out(rows, n, o->arena, stdout);
	if (gate)
		printf("gate: %zu of %zu points are worse than recorded\n", *gate, l->n);
}

static bool everything(const struct options *o, const struct wants *w)
{
	return !o->n_args && !w->ledger.group && !w->ledger.point;
}

/* Written beside and renamed: an interrupted program leaves the old record. */
static int record(const struct ledger *l, const char *path, struct arena *a)
{
	const char *fresh = arena_printf(a, "%s.new", path);
	FILE *to = fopen(fresh, "w");
	bool written = to;
	if (to) {
		gate_write(l, GATE_SLACK, to);
		written = !ferror(to);
		written &= fclose(to) == 0;
	}
	if (written && rename(fresh, path) == 0)
		return VERB_DONE;
	fprintf(stderr, "nfvsim: cannot write %s: %s\n", path, strerror(errno));
	return VERB_FAILED;
}

static int keep_limits(const struct ledger *l)
{
	switch (limits_verdict(l)) {
	case LIMITS_BROKEN:
		return VERB_INACCURATE;
	case LIMITS_TOO_FEW:
		return VERB_INCONCLUSIVE;
	case LIMITS_KEPT:
		break;
	}
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

/* Reads the record first: a bad one is told before anything is simulated. */
static int run(struct options *o, struct wants *w, struct diag *d)
{
	const char *path = w->gate_path ? w->gate_path : dataset_gate_path(o->arena);
	const struct gate *g = w->gate && path ? gate_read(path, o->arena, d) : NULL;
	if ((w->gate || w->record) && !path)
		diag_error(d, (struct mark){0}, NULL, "there is no folder of measurement sets");
	struct ledger *l = diag_errors(d) ? NULL : make(o, w, d);
	diag_print(d, stderr);
	if (!l)
		return VERB_USAGE;
	size_t worse = g ? gate_compare(g, l, everything(o, w), stderr) : 0;
	print(l, o, w, g ? &worse : NULL);
	if (w->record)
		return record(l, path, o->arena);
	if (worse)
		return VERB_INACCURATE;
	return w->ledger.group || w->ledger.point ? VERB_DONE : keep_limits(l);
}

/* The set may be kept in another folder. */
static int import(struct options *o, struct wants *w, struct diag *d)
{
	const char *here = relative_anywhere("-", o->arena);
	const char **sets = arena_alloc(o->arena, (o->n_sets + 1) * sizeof *sets);
	for (size_t i = 0; i < o->n_sets; i++)
		sets[i] = relative_set(here, o->sets[i], o->arena);
	w->extra.sets = sets;
	w->extra.n_sets = o->n_sets;
	if (w->extra.scenario)
		w->extra.scenario = relative_path(here, w->extra.scenario, o->arena);
	if (!w->extra.mark)
		w->extra.mark = "held-out";
	bool good = import_file(w->import, &w->extra, stdout, o->arena, d);
	diag_print(d, stderr);
	return good ? VERB_DONE : VERB_USAGE;
}

int verb_validate(int argc, char **argv)
{
	struct options o = {.arena = arena_new()};
	struct wants w = {0};
	options_parse(&spec, argc, argv, &o, &w);
	struct diag *d = diag_new();
	if (w.record && (w.gate || !everything(&o, &w)))
		diag_error(d, (struct mark){0}, NULL, "--record takes all points, and no --gate");
	if (!w.import && (w.extra.scenario || w.extra.mark))
		diag_error(d, (struct mark){0}, NULL, "--scenario and --mark belong to --import");
	int code = w.import ? import(&o, &w, d) : run(&o, &w, d);
	diag_free(d);
	arena_free(o.arena);
	return code;
}
