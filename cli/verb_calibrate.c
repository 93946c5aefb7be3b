/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "calib/laws_values.h"
#include "calib/yamlout.h"
#include "cli/calibrate_compare.h"
#include "cli/calibrate_json.h"
#include "cli/calibrate_machine.h"
#include "cli/calibrate_text.h"
#include "cli/options.h"
#include "cli/verb.h"
#include "model/datafile.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What the verb's own options say. */
struct wants {
	const char *state, *base, *server, *device, *output;
	const char *from, *fit; /* points, and the values to fit to them */
	const char *compare;    /* other samples */
	bool mean, alone;
	FILE *say; /* what is no answer: stdout, or stderr beside JSON */
	unsigned threads;
};

enum {
	KEY_BASE = 'b',
	KEY_OUTPUT = 'o',
	KEY_JOBS = 'j',
	KEY_STATE = 0x300,
	KEY_SERVER,
	KEY_DEVICE,
	KEY_MEAN,
	KEY_ALONE,
	KEY_FROM,
	KEY_PROFILE,
	KEY_FIT,
	KEY_COMPARE
};
enum { MAX_JOBS = 256 };

static const struct argp_option own_options[] = {
	{"output", KEY_OUTPUT, "DIR", 0, "Folder for profile.yaml and platform.yaml", 0},
	{"base", KEY_BASE, "PROFILE", 0, "Profile that tells what was not measured (default: bess)",
		0},
	{"profile", KEY_PROFILE, "PROFILE", 0, "The same; with --from, the profile that is fitted",
		0},
	{"server", KEY_SERVER, "PLATFORM", 0,
		"Platform that tells what was not measured (default: c6220)", 0},
	{"state", KEY_STATE, "WORD", 0,
		"Distance of the two cores: far, near or siblings (default: what most samples "
		"have)",
		0},
	{"device", KEY_DEVICE, "NAME", 0,
		"Take receiving and sending from devices whose name starts so", 0},
	{"mean", KEY_MEAN, NULL, 0, "Fit what neighbours leave, not the cost on a quiet machine",
		0},
	{"alone", KEY_ALONE, NULL, 0,
		"Leave out all rows with a neighbour on a core, also of what was never measured "
		"without one",
		0},
	{"from", KEY_FROM, "POINTS", 0,
		"Fit to the points marked `fit' of a measurement set, by name or as a file", 0},
	{"fit", KEY_FIT, "KEYS", 0, "The values to fit to them, with commas between", 0},
	{"compare", KEY_COMPARE, "SAMPLES", 0,
		"Say whether the fit to these samples agrees, and whether the machine's state did",
		0},
	{"jobs", KEY_JOBS, "N", 0, "Simulate N scenarios at a time (default: one a processor)", 0},
	{0}};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct wants *w = state->input;
	switch (key) {
	case KEY_STATE:
		if (!samples_is_state(arg))
			argp_error(state, "--state is far, near or siblings, not '%s'", arg);
		w->state = arg;
		return 0;
	case KEY_BASE:
	case KEY_PROFILE:
		w->base = arg;
		return 0;
	case KEY_SERVER:
		w->server = arg;
		return 0;
	case KEY_DEVICE:
		w->device = arg;
		return 0;
	case KEY_OUTPUT:
		w->output = arg;
		return 0;
	case KEY_MEAN:
		w->mean = true;
		return 0;
	case KEY_ALONE:
		w->alone = true;
		return 0;
	case KEY_FROM:
		w->from = arg;
		return 0;
	case KEY_FIT:
		w->fit = arg;
		return 0;
	case KEY_COMPARE:
		w->compare = arg;
		return 0;
	case KEY_JOBS:
		w->threads = (unsigned)options_whole(state, "jobs", arg, 1, MAX_JOBS);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp own = {.options = own_options, .parser = parse};

static const struct options_spec spec = {.args = "[SAMPLES.csv]",
	.doc = "Fits the costs of a profile: to the samples that nfvsim-calib measured on a "
	       "machine, or (--from) chosen values to rates, losses, mean latencies and "
	       "percentiles measured end to end, through the simulator. "
	       "Says how well they fit and what the data cannot tell apart, and writes files that "
	       "`run' "
	       "accepts.",
	.most = 1,
	.groups = OPTIONS_SET | OPTIONS_QUIET | OPTIONS_JSON,
	.own = &own};

/* --- Writing --- */

/* Written beside and renamed: an interrupted program leaves no half file. */
static int write_tree(const struct ynode *root, const char *path, FILE *say, struct arena *a)
{
	const char *fresh = arena_printf(a, "%s.new", path);
	FILE *to = fopen(fresh, "w");
	bool written = to;
	if (to) {
		fputs("# Written by nfvsim calibrate.\n", to);
		yamlout_write(root, to);
		written = !ferror(to);
		written &= fclose(to) == 0;
	}
	if (written && rename(fresh, path) == 0) {
		fprintf(say, "wrote %s\n", path);
		return VERB_DONE;
	}
	fprintf(stderr, "nfvsim: cannot write %s: %s\n", path, strerror(errno));
	return VERB_FAILED;
}

static const char *plain_text(const char *text, struct arena *a)
{
	char *to = arena_strdup(a, text);
	for (char *p = to; *p; p++)
		if (*p == '\'' || (unsigned char)*p < ' ')
			*p = ' ';
	return to;
}

/* The tree of a file of the data folder with values set; NULL after errors. */
static struct ynode *set_values(const char *folder, const char *key, const char *name,
	const char *const *assignments, size_t n, struct arena *a, struct diag *d)
{
	size_t before = diag_errors(d);
	struct ynode *root = datafile_read(folder, key, name, (struct mark){0}, a, d);
	for (size_t i = 0; root && i < n; i++)
		ytree_set(root, assignments[i], a, d);
	return diag_errors(d) == before ? root : NULL;
}

static const char **assignments(
	const struct laws_value *v, size_t n, const char *title, const char *doc, struct arena *a)
{
	const char **to = arena_alloc(a, (n + 2) * sizeof *to);
	to[0] = arena_printf(a, "title='%s'", plain_text(title, a));
	to[1] = arena_printf(a, "doc='%s'", plain_text(doc, a));
	for (size_t i = 0; i < n; i++)
		to[i + 2] = laws_assignment(&v[i], a);
	return to;
}

static bool make_folder(const char *path)
{
	struct stat s;
	if (mkdir(path, 0777) == 0)
		return true;
	if (errno == EEXIST && stat(path, &s) == 0 && S_ISDIR(s.st_mode))
		return true;
	fprintf(stderr, "nfvsim: cannot make folder %s: %s\n", path, strerror(errno));
	return false;
}

/* --- Samples --- */

struct calibration {
	const struct samples *samples;
	struct samples_choice choice;
	struct samples_point *points;
	size_t n_points;
	struct samples_left left;
	struct laws_law *laws;
	size_t n_laws;
	struct machine machine;
	struct profile *profile; /* the base */
	struct platform *platform;
};

static void put_machine(const struct calibration *c, struct arena *a)
{
	const struct samples *s = c->samples;
	printf("%s, %s, %s\n", s->cpu ? plain_text(s->cpu, a) : "?",
		s->dpdk ? plain_text(s->dpdk, a) : "?", s->date ? plain_text(s->date, a) : "?");
}

/* The setting to ask for. */
static double highest_hz(const struct machine *m)
{
	double hz = m->n_clocks ? 0 : m->hz.value;
	for (size_t i = 0; i < m->n_clocks; i++)
		hz = fmax(hz, m->clocks[i].set_hz);
	return hz;
}

static int write_both(
	const struct calibration *c, const struct wants *w, struct arena *a, struct diag *d)
{
	struct laws_value *v;
	const char *cpu = c->samples->cpu ? c->samples->cpu : "a machine";
	const char *when = c->samples->date ? c->samples->date : "an unknown date";
	size_t n = laws_profile(c->laws, c->n_laws, &c->machine, c->profile, &v, a);
	const char *doc = arena_printf(a,
		"Values with source measured come from %s (cores %s, machine %s, %s); all others "
		"are those of %s.",
		c->samples->path, c->choice.state, c->samples->machine_id, when, w->base);
	const char **sets =
		assignments(v, n, arena_printf(a, "%s, measured on %s", w->base, cpu), doc, a);
	struct ynode *profile = set_values("profiles", "profile", w->base, sets, n + 2, a, d);
	n = laws_platform(c->samples, &c->machine, c->platform, &v, a);
	sets = assignments(v, n, cpu, doc, a);
	struct ynode *platform = set_values("platforms", "server", w->server, sets, n + 2, a, d);
	if (!profile || !platform)
		return VERB_USAGE;
	const char *at[] = {arena_printf(a, "%s/profile.yaml", w->output),
		arena_printf(a, "%s/platform.yaml", w->output)};
	if (!make_folder(w->output) || write_tree(profile, at[0], w->say, a) ||
		write_tree(platform, at[1], w->say, a))
		return VERB_FAILED;
	profile_read(at[0], (struct mark){0}, NULL, 0, a, d);
	platform_read(at[1], (struct mark){0}, a, d);
	if (diag_errors(d))
		return VERB_FAILED;
	/* l3fwd takes a worker for each side and a core for the VM */
	const char *share = c->samples->processors < 3 ? " --set cores.workers=1" : "";
	fprintf(w->say,
		"try: nfvsim run l3fwd --set dataplane=%s --set server=%s --set cpu=%.4gGHz%s\n",
		at[0], at[1], highest_hz(&c->machine) / 1e9, share);
	return VERB_DONE;
}

static bool prepare(struct calibration *c, const char *path, const struct wants *w, struct arena *a,
	struct diag *d)
{
	const struct mark nowhere = {0};
	c->profile = profile_read(w->base, nowhere, NULL, 0, a, d);
	c->platform = platform_read(w->server, nowhere, a, d);
	c->samples = samples_read(path, a, d);
	if (diag_errors(d))
		return false;
	c->choice = (struct samples_choice){w->state ? w->state : samples_state(c->samples),
		w->mean ? SAMPLES_MEAN : SAMPLES_QUIET, w->alone};
	c->n_points = samples_points(c->samples, &c->choice, &c->points, &c->left, a);
	c->n_laws = laws_fit(c->points, c->n_points, w->device, &c->laws, a);
	c->machine = machine_of(c->samples, &c->choice, c->points, c->n_points, a);
	size_t good = 0;
	for (size_t i = 0; i < c->n_laws; i++)
		good += c->laws[i].good;
	if (!good)
		diag_error(d, (struct mark){0},
			"measure more with nfvsim-calib --resume, or choose another --state",
			"no law has enough usable samples: %zu of %zu rows are unusable, %zu not "
			"'%s'",
			c->left.unusable, c->samples->n, c->left.elsewhere, c->choice.state);
	return good > 0;
}

static struct calibrate_series series(const struct calibration *c)
{
	return (struct calibrate_series){
		c->samples, c->choice.state, c->points, c->n_points, c->laws, c->n_laws};
}

static bool compare(
	const struct calibration *c, const struct wants *w, struct arena *a, struct diag *d)
{
	struct calibration other = {0};
	if (!prepare(&other, w->compare, w, a, d))
		return false;
	struct calibrate_series x = series(c), y = series(&other);
	printf("\nfirst: %s, second: %s\n", c->samples->path, w->compare);
	calibrate_compare(&x, &y, a, stdout);
	return true;
}

static void put_text(const struct calibration *c, struct arena *a)
{
	put_machine(c, a);
	size_t shared = 0;
	for (size_t i = 0; i < c->n_points; i++)
		shared += c->points[i].shared;
	printf("%zu rows, cores %s: %zu configurations, %zu of them never without a neighbour on "
	       "a core; left out: %zu rows by their flags, %zu with a neighbour, %zu with cores "
	       "elsewhere, %zu with the other core kept busy\n\n",
		c->samples->n, c->choice.state, c->n_points, shared, c->left.unusable,
		c->left.shared, c->left.elsewhere, c->left.busy);
	calibrate_text_laws(c->laws, c->n_laws, a, stdout);
	calibrate_machine_text(&c->machine, a, stdout);
	if (2 * c->left.unusable > c->samples->n)
		puts("warning: most rows are unusable, mostly because the machine was crowded: "
		     "errors are wide");
	if (2 * shared > c->n_points)
		puts("warning: most configurations were measured with a neighbour on a core: costs "
		     "may be those of a core that is shared");
}

static int from_samples(struct options *o, struct wants *w, struct diag *d)
{
	struct calibration c = {0};
	if (!prepare(&c, o->args[0], w, o->arena, d))
		return VERB_USAGE;
	if (o->json)
		calibrate_json_laws(c.samples, &c.machine, c.choice.state, c.laws, c.n_laws);
	else
		put_text(&c, o->arena);
	if (w->compare && !compare(&c, w, o->arena, d))
		return VERB_USAGE;
	if (!w->output)
		return VERB_DONE;
	return write_both(&c, w, o->arena, d);
}

/* --- Points --- */

static const char **split(const char *text, size_t *n, struct arena *a)
{
	const char **to = arena_alloc(a, (strlen(text) + 2) * sizeof *to);
	for (const char *p = text; p; (*n)++) {
		const char *comma = strchr(p, ',');
		to[*n] = arena_strndup(a, p, comma ? (size_t)(comma - p) : strlen(p));
		p = comma ? comma + 1 : NULL;
	}
	return to;
}

static int write_fitted(
	const struct inverse *v, const struct wants *w, struct arena *a, struct diag *d)
{
	const char **sets = arena_alloc(a, (v->n_values + 1) * sizeof *sets);
	size_t n = 0;
	for (size_t i = 0; i < v->n_values; i++) {
		const struct inverse_value *x = &v->values[i];
		struct laws_value to = {.key = x->key,
			.value = {x->value, x->stated.dim},
			.error = {isfinite(x->error) ? x->error : 0, x->stated.dim},
			.source = SOURCED_FITTED,
			.note = arena_printf(a, "fitted to %zu points of %s, rms %.2f %%",
				v->n_points, w->from, 100 * v->rms)};
		if (x->state == INVERSE_FITTED || x->state == INVERSE_BOUND)
			sets[n++] = laws_assignment(&to, a);
	}
	struct ynode *root = set_values("profiles", "profile", w->base, sets, n, a, d);
	if (!root || !make_folder(w->output))
		return root ? VERB_FAILED : VERB_USAGE;
	const char *path = arena_printf(a, "%s/profile.yaml", w->output);
	int code = write_tree(root, path, w->say, a);
	if (code == VERB_DONE)
		profile_read(path, (struct mark){0}, NULL, 0, a, d);
	return diag_errors(d) ? VERB_FAILED : code;
}

static void show_progress(void *arg, size_t done, size_t todo)
{
	(void)arg;
	fprintf(stderr, done < todo ? "\r\033[K%zu of %zu scenarios" : "\r\033[K", done, todo);
}

static int from_points(struct options *o, struct wants *w, struct diag *d)
{
	struct inverse_task task = {.profile = w->base,
		.sets = o->sets,
		.n_sets = o->n_sets,
		.threads = w->threads,
		.set = dataset_read(w->from, o->arena, d)};
	task.keys = split(w->fit, &task.n_keys, o->arena);
	struct runs *runs = runs_new(o->arena);
	if (!o->quiet && isatty(STDERR_FILENO))
		runs_watch(runs, show_progress, NULL);
	struct inverse *v = task.set ? inverse_fit(&task, runs, d) : NULL;
	if (!v)
		return VERB_USAGE;
	if (o->json)
		calibrate_json_inverse(v);
	else
		calibrate_text_inverse(v, o->arena, stdout);
	return w->output ? write_fitted(v, w, o->arena, d) : VERB_DONE;
}

static int run(struct options *o, struct wants *w, struct diag *d)
{
	const struct mark nowhere = {0};
	if (!w->from == !o->n_args)
		diag_error(d, nowhere, NULL, "calibrate takes a file of samples, or --from");
	else if (!w->from != !w->fit)
		diag_error(d, nowhere, "name values as in nfs.l3fwd.cost.per_packet",
			"--from and --fit go together");
	if (w->from && w->compare)
		diag_error(d, nowhere, NULL, "--compare is for samples, not for --from");
	if (w->compare && o->json)
		diag_error(d, nowhere, NULL, "--compare prints no JSON");
	if (!w->from && o->n_sets)
		diag_error(d, nowhere, NULL, "--set is for --from: samples have no scenario");
	if (diag_errors(d))
		return VERB_USAGE;
	return w->from ? from_points(o, w, d) : from_samples(o, w, d);
}

int verb_calibrate(int argc, char **argv)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	struct options o = {.arena = arena_new()};
	struct wants w = {.base = "bess",
		.server = "c6220",
		.threads = processors > 1 ? (unsigned)processors : 1};
	options_parse(&spec, argc, argv, &o, &w);
	w.say = o.json ? stderr : stdout;
	struct diag *d = diag_new();
	int code = run(&o, &w, d);
	diag_print(d, stderr);
	diag_free(d);
	arena_free(o.arena);
	return code;
}
