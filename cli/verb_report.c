/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/json_out.h"
#include "cli/options.h"
#include "cli/outfile.h"
#include "cli/report_items.h"
#include "cli/reread.h"
#include "cli/verb.h"
#include "report/page.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { KEY_OUTPUT = 'o', KEY_JOBS = 'j', KEY_TITLE = 't', KEY_SWEEP = 0x200, KEY_NO_CURVES };
enum { MAX_JOBS = 256 };

static const char store_magic[] = "SQLite format 3";

/* What an argument turned out to be. */
struct input {
	const char *path, *name;
	struct scenario *scenario; /* or */
	json_t *answer;            /* what a verb printed or a store holds, of that kind */
	const char *kind;
};

struct wishes {
	struct options *o;
	const char *output, *title, *sweep;
	unsigned threads;
	bool curves;
	struct input *inputs;
	bool broken; /* a complaint has been printed */
	struct diag *diag;
};

static const struct argp_option own_options[] = {
	{"output", KEY_OUTPUT, "FILE", 0,
		"Write to FILE (default report.html; - is standard output)", 0},
	{"title", KEY_TITLE, "TEXT", 0, "Heading of the report", 0},
	{"sweep", KEY_SWEEP, "NAME", 0,
		"This sweep of a store, by name or start of its id; default the latest", 0},
	{"no-curves", KEY_NO_CURVES, NULL, 0,
		"Run scenarios as they are, without other sizes, clocks and rates", 0},
	{"jobs", KEY_JOBS, "N", 0, "Simulate N points at a time (default: one a processor)", 0},
	{0}};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct wishes *w = state->input;
	switch (key) {
	case KEY_OUTPUT:
		w->output = arg;
		return 0;
	case KEY_TITLE:
		w->title = arg;
		return 0;
	case KEY_SWEEP:
		w->sweep = arg;
		return 0;
	case KEY_NO_CURVES:
		w->curves = false;
		return 0;
	case KEY_JOBS:
		w->threads = (unsigned)options_whole(state, "jobs", arg, 1, MAX_JOBS);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp own = {.options = own_options, .parser = parse};
static const struct options_spec spec = {.args = "INPUT...",
	.doc = "Writes an HTML file that shows its inputs and opens offline in any browser. An "
	       "input is a scenario (a file or a name), which is run; a store that `nfvsim sweep' "
	       "made; or what `run', `validate' or `figures' printed with --json.",
	.least = 1,
	.most = (size_t)-1,
	.groups = OPTIONS_SET | OPTIONS_JSON | OPTIONS_QUIET,
	.own = &own};

/* Kinds of answers, and the keys by which they are known. */
static const struct {
	const char *kind, *list, *key;
} answers[] = {{"ledger", "sets", "accuracy"}, {"figures", "figures", "citation"},
	{"run", "cores", "drops"}};

static void complain(struct wishes *w, const struct input *in, const char *why)
{
	fputs("nfvsim report: ", stderr);
	diag_put_escaped(stderr, in->path, strlen(in->path));
	fputs(": ", stderr);
	diag_put_escaped(stderr, why, strlen(why));
	fputc('\n', stderr);
	w->broken = true;
}

static void open_answer(struct wishes *w, struct input *in)
{
	json_error_t error;
	in->answer = json_load_file(in->path, JSON_REJECT_DUPLICATES, &error);
	if (!in->answer) {
		complain(w, in, arena_printf(w->o->arena, "line %d: %s", error.line, error.text));
		return;
	}
	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
		if (json_is_array(json_object_get(in->answer, answers[i].list)) &&
			json_object_get(in->answer, answers[i].key)) {
			in->kind = answers[i].kind;
			break;
		}
	if (!in->kind)
		complain(w, in, "no answer of `nfvsim run', `validate' or `figures'");
}

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash && slash[1] ? slash + 1 : path;
}

/* The first bytes of a file, none of what cannot be read: that is told later. */
static void peek(const char *path, char *to, size_t size)
{
	memset(to, 0, size);
	struct stat is;
	FILE *f = stat(path, &is) == 0 && S_ISREG(is.st_mode) ? fopen(path, "r") : NULL;
	if (f && fread(to, 1, size - 1, f) == 0)
		to[0] = 0;
	if (f)
		fclose(f);
}

static void open_store(struct wishes *w, struct input *in)
{
	const char *name = "";
	struct store *s = store_open(in->path, false, w->diag);
	in->answer = s ? report_store_new(s, w->sweep, &name, w->o->arena, w->diag) : NULL;
	in->kind = "sweep";
	in->name = *name ? name : in->name;
	store_close(s);
}

static void open_input(struct wishes *w, struct input *in, const char *arg)
{
	char start[sizeof store_magic];
	in->path = reread_path(arg, w->o->arena);
	in->name = base_of(arg);
	if (!in->path) {
		w->broken = true;
		return;
	}
	peek(in->path, start, sizeof start);
	if (memcmp(start, store_magic, sizeof start) == 0) {
		open_store(w, in);
	} else if (start[strspn(start, " \t\r\n")] == '{') {
		open_answer(w, in);
	} else {
		in->scenario =
			reread_scenario(in->path, w->o, (struct reread_sets){0}, w->o->arena, NULL);
		w->broken |= !in->scenario;
	}
}

static const char *text_in(const json_t *o, const char *group, const char *key)
{
	return json_string_value(json_object_get(json_object_get(o, group), key));
}

static json_t *answer_item(struct input *in)
{
	const char *name = strcmp(in->kind, "ledger") == 0 ? "Accuracy"
			   : strcmp(in->kind, "run") == 0
				   ? text_in(in->answer, "scenario", "name")
				   : json_string_value(json_object_get(in->answer, "title"));
	json_t *item = report_item(in->kind, name && *name ? name : in->name, in->answer);
	in->answer = NULL;
	return item;
}

static json_t *scenario_item_of(struct wishes *w, struct input *in)
{
	const struct report_wish wish = {in->path, w->o, w->curves, w->threads};
	json_t *data = report_run_new(in->scenario, &wish);
	return report_item("run", in->scenario->name, data);
}

static void show_progress(const struct wishes *w, size_t i)
{
	if (!w->o->quiet && isatty(STDERR_FILENO))
		fprintf(stderr, "\r\033[K%zu of %zu inputs", i + 1, w->o->n_args);
}

static json_t *make_items(struct wishes *w)
{
	json_t *items = json_array();
	for (size_t i = 0; i < w->o->n_args; i++) {
		struct input *in = &w->inputs[i];
		show_progress(w, i);
		json_array_append_new(
			items, in->answer ? answer_item(in) : scenario_item_of(w, in));
	}
	if (!w->o->quiet && isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
	return items;
}

static json_t *make_data(struct wishes *w)
{
	json_t *o = json_out_new(), *items = make_items(w);
	const json_t *first = json_array_get(items, 0);
	const char *name = json_string_value(json_object_get(first, "name"));
	json_out_text(o, "title", w->title ? w->title : name ? name : "nfvsim");
	json_object_set_new(o, "items", items);
	return o;
}

static int write_report(const struct wishes *w, json_t *data)
{
	if (w->o->json) {
		json_out_print(data);
		return VERB_DONE;
	}
	const char *title = json_string_value(json_object_get(data, "title"));
	struct outfile f = outfile_begin(w->output);
	bool good = f.to && page_write(title, data, f.to);
	json_decref(data);
	return outfile_end(&f, good) ? VERB_DONE : VERB_FAILED;
}

/* Reads all inputs first: everything wrong with any of them is told, and nothing is run. */
static int report(struct wishes *w)
{
	w->inputs = arena_alloc(w->o->arena, w->o->n_args * sizeof *w->inputs);
	for (size_t i = 0; i < w->o->n_args; i++)
		open_input(w, &w->inputs[i], w->o->args[i]);
	int code = VERB_USAGE;
	if (!w->broken && !diag_errors(w->diag)) {
		bool possible = w->o->json || outfile_possible(w->output);
		code = possible ? write_report(w, make_data(w)) : VERB_FAILED;
	}
	diag_print(w->diag, stderr);
	for (size_t i = 0; i < w->o->n_args; i++)
		json_decref(w->inputs[i].answer);
	return code;
}

int verb_report(int argc, char **argv)
{
	struct options o = {.arena = arena_new()};
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	struct wishes w = {.o = &o,
		.output = "report.html",
		.threads = processors > 1 ? (unsigned)processors : 1,
		.curves = true,
		.diag = diag_new()};
	options_parse(&spec, argc, argv, &o, &w);
	int code = report(&w);
	diag_free(w.diag);
	arena_free(o.arena);
	return code;
}
