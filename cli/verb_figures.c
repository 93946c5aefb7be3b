/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/json_out.h"
#include "cli/options.h"
#include "cli/verb.h"
#include "report/gnuplot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEFAULT_SET "niu-can17"

enum { KEY_OUTPUT = 'o', KEY_JOBS = 'j', KEY_FORMAT = 'f', KEY_ONLY = 0x200 };
enum { MAX_JOBS = 256 };

struct asked {
	struct figures_options figures;
	const char *folder;
	unsigned formats; /* bits by enum gnuplot_format */
};

static const struct argp_option own_options[] = {
	{"output", KEY_OUTPUT, "FOLDER", 0, "Write the files into FOLDER (default figures)", 0},
	{"format", KEY_FORMAT, "WORD", 0, "Only svg, pdf or png; may be repeated", 0},
	{"only", KEY_ONLY, "ID", 0, "Only figures whose id starts so, as in figure-2", 0},
	{"jobs", KEY_JOBS, "N", 0, "Simulate N points at a time (default: one a processor)", 0},
	{0}};

static void add_format(struct asked *q, const char *word, struct argp_state *state)
{
	for (unsigned i = 0; i < GNUPLOT_FORMATS; i++)
		if (strcmp(word, gnuplot_formats[i]) == 0) {
			q->formats |= 1u << i;
			return;
		}
	argp_error(state, "--format is svg, pdf or png, not '%s'", word);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct asked *q = state->input;
	switch (key) {
	case KEY_OUTPUT:
		q->folder = arg;
		return 0;
	case KEY_FORMAT:
		add_format(q, arg, state);
		return 0;
	case KEY_ONLY:
		q->figures.only = arg;
		return 0;
	case KEY_JOBS:
		q->figures.threads = (unsigned)options_whole(state, "jobs", arg, 1, MAX_JOBS);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp own = {.options = own_options, .parser = parse};
static const struct options_spec spec = {.args = "[SET]",
	.doc = "Draws the figures of a publication from predictions, with their intervals and the "
	       "measured points that are known: those of " DEFAULT_SET ", or of a measurement set "
	       "by its name or file. Makes SVG, PDF and PNG files with gnuplot; with --json it "
	       "prints the numbers instead, which `nfvsim report' shows.",
	.most = 1,
	.groups = OPTIONS_SET | OPTIONS_JSON | OPTIONS_QUIET,
	.own = &own};

static void show_progress(void *arg, size_t done, size_t todo)
{
	(void)arg;
	fprintf(stderr, done < todo ? "\r\033[K%zu of %zu points" : "\r\033[K", done, todo);
}

static void put_known(json_t *list, const struct figures_known *k)
{
	json_t *o = json_out_append(list);
	json_out_text(o, "id", k->point->id);
	json_out_text(o, "what", k->point->what);
	json_out_text(o, "mark", dataset_uses[k->point->use]);
	json_out_count(o, "series", k->curve);
	json_out_count(o, "at", k->at);
	json_out_number(o, "value", k->value);
	json_object_set_new(o, "sign", json_integer(k->sign));
}

static void put_curve(json_t *list, const struct figures_one *f, size_t curve)
{
	const struct dataset_curve *c = f->is->curves.items;
	json_t *o = json_out_append(list);
	json_out_text(o, "name", c[curve].name);
	json_t *points = json_out_list(o, "points");
	for (size_t i = 0; i < f->is->values.n; i++) {
		const struct figures_cell *cell = &f->cells[curve * f->is->values.n + i];
		json_t *p = json_out_append(points);
		json_out_number(p, "value", cell->value.value);
		json_out_number(p, "half", cell->value.half);
		json_out_number(p, "bits", cell->bits);
	}
}

static void put_figure(json_t *list, const struct figures_one *f)
{
	json_t *o = json_out_append(list);
	json_out_text(o, "id", f->is->id);
	json_out_text(o, "title", f->is->title);
	json_out_text(o, "about", f->is->about);
	json_out_text(o, "x", f->is->x);
	json_out_text(o, "metric", dataset_metrics[f->is->metric]);
	json_t *values = json_out_list(o, "values"), *labels = json_out_list(o, "labels");
	for (size_t i = 0; i < f->is->values.n; i++) {
		json_out_append_text(values, ((const char *const *)f->is->values.items)[i]);
		json_out_append_text(labels, figures_label(f->is, i));
	}
	double *x = xcalloc(f->is->values.n, sizeof *x);
	json_t *numbers = figures_numbers(f->is, x) ? json_out_list(o, "numbers") : NULL;
	for (size_t i = 0; numbers && i < f->is->values.n; i++)
		json_array_append_new(numbers, json_real(x[i]));
	free(x);
	json_t *series = json_out_list(o, "series"), *known = json_out_list(o, "known");
	for (size_t i = 0; i < f->is->curves.n; i++)
		put_curve(series, f, i);
	for (size_t i = 0; i < f->n_known; i++)
		put_known(known, &f->known[i]);
}

static int print_json(const struct figures *f)
{
	json_t *o = json_out_new();
	json_out_text(o, "set", f->set->name);
	json_out_text(o, "title", f->set->title);
	json_out_text(o, "citation", f->set->citation);
	json_t *list = json_out_list(o, "figures");
	for (size_t i = 0; i < f->n; i++)
		put_figure(list, &f->figure[i]);
	json_out_print(o);
	return VERB_DONE;
}

static int draw_one(
	const struct figures_one *f, enum gnuplot_unit unit, const struct asked *q, struct arena *a)
{
	static const char *const names[] = {"mpps", "gbps", "us"};
	for (unsigned i = 0; i < GNUPLOT_FORMATS; i++) {
		const char *path = arena_printf(
			a, "%s/%s-%s.%s", q->folder, f->is->id, names[unit], gnuplot_formats[i]);
		if (!(q->formats & 1u << i))
			continue;
		if (!gnuplot_draw(f, unit, (enum gnuplot_format)i, path)) {
			fprintf(stderr, "nfvsim figures: gnuplot could not draw %s\n", path);
			return VERB_FAILED;
		}
		puts(path);
	}
	return VERB_DONE;
}

static int draw(const struct figures *f, const struct asked *q, struct arena *a)
{
	int code = VERB_DONE;
	for (size_t i = 0; i < f->n && code == VERB_DONE; i++) {
		const struct figures_one *one = &f->figure[i];
		if (one->is->metric == DATASET_LATENCY) {
			code = draw_one(one, GNUPLOT_US, q, a);
			continue;
		}
		code = draw_one(one, GNUPLOT_MPPS, q, a);
		if (code == VERB_DONE)
			code = draw_one(one, GNUPLOT_GBPS, q, a);
	}
	return code;
}

/* What stands in the way of drawing, told before anything is simulated. */
static bool ready(const struct asked *q)
{
	if (!gnuplot_found()) {
		fputs("nfvsim figures: gnuplot is missing; it is in Debian's package gnuplot-nox "
		      "(--json works without it)\n",
			stderr);
		return false;
	}
	if (mkdir(q->folder, 0777) == 0 || (errno == EEXIST && access(q->folder, W_OK) == 0))
		return true;
	fprintf(stderr, "nfvsim figures: cannot write into '%s': %s\n", q->folder, strerror(errno));
	return false;
}

static int figures(struct options *o, struct asked *q, struct diag *d)
{
	const char *name = o->n_args ? o->args[0] : DEFAULT_SET;
	const struct dataset *set = dataset_read(name, o->arena, d);
	if (set && !set->figures.n)
		diag_error(d, set->mark, NULL, "measurement set '%s' has no figures", set->name);
	if (!diag_errors(d) && !o->json && !ready(q))
		return VERB_FAILED;
	if (!o->quiet && isatty(STDERR_FILENO))
		q->figures.watch = show_progress;
	q->figures.sets = o->sets;
	q->figures.n_sets = o->n_sets;
	const struct figures *f =
		diag_errors(d) ? NULL : figures_new(set, &q->figures, o->arena, d);
	if (f && !f->n)
		diag_error(d, set->mark, NULL, "no figure's id starts with '%s'", q->figures.only);
	if (diag_errors(d)) {
		diag_print(d, stderr);
		return VERB_USAGE;
	}
	return o->json ? print_json(f) : draw(f, q, o->arena);
}

int verb_figures(int argc, char **argv)
{
	struct options o = {.arena = arena_new()};
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	struct asked q = {
		.folder = "figures", .figures.threads = processors > 1 ? (unsigned)processors : 1};
	options_parse(&spec, argc, argv, &o, &q);
	if (!q.formats)
		q.formats = (1u << GNUPLOT_FORMATS) - 1;
	struct diag *d = diag_new();
	int code = figures(&o, &q, d);
	diag_free(d);
	arena_free(o.arena);
	return code;
}
