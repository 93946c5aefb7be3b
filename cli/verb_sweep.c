/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/json_out.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "cli/text.h"
#include "cli/verb.h"
#include "model/datafile.h"
#include "plan/point.h"
#include "plan/ranks.h"
#include "plan/sweep.h"

#include <stdlib.h>
#include <string.h>

enum {
	KEY_AXIS = 'a',
	KEY_JOBS = 'j',
	KEY_OUTPUT = 'o',
	KEY_MODE = 0x200,
	KEY_POINTS,
	KEY_REPLICATIONS,
	KEY_UNTIL,
	KEY_BATCH,
	KEY_SHARD,
	KEY_SLO
};
enum { MAX_WORKERS = 1024, MAX_SHARDS = 1000000 };

struct asked {
	struct ranks *ranks; /* under mpirun */
	struct sweep_extra extra;
	const char *targets; /* as given by --slo, or NULL */
	struct slo slo;
	const char **axes;
	const char *output;
	size_t workers, shard, n_shards;
};

static const struct argp_option own_options[] = {
	{"axis", KEY_AXIS, "KEY=VALUES", 0,
		"Vary a key of the scenario, as in cpu=1.2GHz,1.6GHz or "
		"traffic.rate=1Mpps..8Mpps:8 "
		"(8 steps, :log after it for even ratios); may be repeated",
		0},
	{"mode", KEY_MODE, "WORD", 0, "Combine axes by grid (default), zip or sobol", 0},
	{"points", KEY_POINTS, "N", 0, "Number of points of sobol", 0},
	{"replications", KEY_REPLICATIONS, "N", 0, "N results a point, with seeds of their own", 0},
	{"until", KEY_UNTIL, "RATIO", 0,
		"As many replications, up to N, as make 95 % intervals so narrow, as in 0.5%", 0},
	{"batch", KEY_BATCH, "N", 0,
		"Look whether they are narrow after N replications (default 8), and again when "
		"they have "
		"doubled",
		0},
	{"jobs", KEY_JOBS, "N", 0, "N worker processes (default 1)", 0},
	{"shard", KEY_SHARD, "I/N", 0, "Only every Nth point from the Ith on, 1 <= I <= N", 0},
	{"slo", KEY_SLO, "TARGETS", 0,
		"Judge every point by targets such as 'p99<50us,loss<0.01%,rate>8Mpps': exit 0 "
		"when all meet them, 3 when one misses, 4 when an interval spans its limit",
		0},
	{"output", KEY_OUTPUT, "STORE", 0,
		"Keep results in STORE; default the name of FILE with .db, in this folder", 0},
	{0}};

static void parse_shard(char *text, struct asked *q, struct argp_state *state)
{
	char *slash = strchr(text, '/');
	if (!slash) {
		argp_error(state, "--shard wants I/N, such as 2/8, not '%s'", text);
		return;
	}
	q->n_shards = (size_t)options_whole(state, "shard", slash + 1, 1, MAX_SHARDS);
	*slash = '\0';
	q->shard = (size_t)options_whole(state, "shard", text, 1, (int64_t)q->n_shards) - 1;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct asked *q = state->input;
	switch (key) {
	case KEY_AXIS:
		q->axes = xrealloc(q->axes, q->extra.n_axes + 1, sizeof(*q->axes));
		q->axes[q->extra.n_axes++] = arg;
		return 0;
	case KEY_MODE:
		q->extra.mode = arg;
		return 0;
	case KEY_POINTS:
		q->extra.points = options_whole(state, "points", arg, 1, AXES_MAX_POINTS);
		return 0;
	case KEY_REPLICATIONS:
		q->extra.replications =
			options_whole(state, "replications", arg, 1, AXES_MAX_POINTS);
		return 0;
	case KEY_UNTIL:
		q->extra.until = arg;
		return 0;
	case KEY_BATCH:
		q->extra.batch = options_whole(state, "batch", arg, 2, AXES_MAX_POINTS);
		return 0;
	case KEY_JOBS:
		q->workers = (size_t)options_whole(state, "jobs", arg, 1, MAX_WORKERS);
		return 0;
	case KEY_SHARD:
		parse_shard(arg, q, state);
		return 0;
	case KEY_SLO:
		q->targets = arg;
		return 0;
	case KEY_OUTPUT:
		q->output = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp own = {.options = own_options, .parser = parse};
static const struct options_spec spec = {.args = "FILE\nmerge STORE...",
	.doc = "Simulates a scenario at many points and keeps the results in a store. FILE is a "
	       "sweep "
	       "file, or a scenario whose axes are given by --axis. Points that are in the store "
	       "are "
	       "not run again, so the same command goes on where an earlier one was stopped. "
	       "`merge' "
	       "adds the contents of stores to one (-o), as of the shards of a sweep. Exit code 1: "
	       "a "
	       "point failed; 4: a point spent its budget of packets before its precision; 130: "
	       "interrupted.",
	.least = 1,
	.most = (size_t)-1,
	.groups = OPTIONS_SET | OPTIONS_JSON | OPTIONS_QUIET,
	.own = &own};

static void show_progress(void *arg, const struct sweep_counts *c)
{
	const struct progress *p = arg;
	char pace[80], simulations[40] = "", failed[40] = "";
	size_t run = c->now + c->failed, left = c->points - c->before - run;
	if (c->simulations > run)
		snprintf(simulations, sizeof simulations, ", %zu simulations", c->simulations);
	if (c->failed)
		snprintf(failed, sizeof failed, ", %zu failed", c->failed);
	progress_show(p, "%zu of %zu points%s%s%s", c->before + run, c->points, simulations,
		progress_pace(p, run, left, pace, sizeof pace), failed);
}

/* What the points of this shard that are in the store say to the targets. */
struct judged {
	size_t n[SLO_MISSED + 1];
	enum slo_verdict *verdict; /* of the first member of each point; NULL: no targets */
	bool *known;
};

static struct judged judge(
	const struct sweep *s, const struct asked *q, struct store *store, struct arena *a)
{
	struct judged j = {0};
	if (!q->targets || !store)
		return j;
	j.verdict = arena_alloc(a, (s->n + 1) * sizeof *j.verdict);
	j.known = arena_alloc(a, (s->n + 1) * sizeof *j.known);
	size_t most = s->rule.most;
	for (size_t i = q->shard * most; i < s->n; i += q->n_shards * most) {
		struct arena *one = arena_new();
		struct replicas r;
		json_t *result = sweep_load(s, store, i, &r, one);
		if (result) {
			j.known[i] = true;
			j.verdict[i] = point_slo(result, &q->slo);
			j.n[j.verdict[i]]++;
		}
		json_decref(result);
		replicas_free(&s->rule, &r);
		arena_free(one);
	}
	return j;
}

enum { SHOWN_MISSES = 20 };

/* Without that of the seeds of replications, the last. */
static size_t shown_axes(const struct sweep *s)
{
	return s->axes.n - (s->rule.most > 1);
}

/* The points that do not meet the targets, by their settings. */
static void print_judged(
	const struct sweep *s, const struct asked *q, const struct judged *j, struct arena *a)
{
	size_t shown = 0, others = j->n[SLO_OPEN] + j->n[SLO_MISSED];
	printf("targets %s: %zu met, %zu open, %zu missed\n", q->targets, j->n[SLO_MET],
		j->n[SLO_OPEN], j->n[SLO_MISSED]);
	for (size_t i = 0; i < s->n && shown < SHOWN_MISSES; i++) {
		const char *settings = "";
		if (!j->known[i] || j->verdict[i] == SLO_MET)
			continue;
		for (size_t k = 0; k < shown_axes(s); k++)
			settings = arena_printf(a, "%s %s=%s", settings, s->axes.axis[k].key,
				s->settings[i * s->axes.n + k]);
		printf("  %-6s%s\n", slo_word(j->verdict[i]), settings);
		shown++;
	}
	if (others > shown)
		printf("  and %zu more\n", others - shown);
}

static void put_judged(json_t *o, const struct sweep *s, const struct judged *j)
{
	json_t *counts = json_out_object(o, "slo");
	for (int v = SLO_MET; v <= SLO_MISSED; v++)
		json_out_count(counts, slo_word((enum slo_verdict)v), j->n[v]);
	json_t *points = json_out_list(counts, "points");
	for (size_t i = 0; i < s->n; i++) {
		if (!j->known[i])
			continue;
		json_t *point = json_out_append(points);
		for (size_t k = 0; k < shown_axes(s); k++)
			json_out_text(point, s->axes.axis[k].key, s->settings[i * s->axes.n + k]);
		json_out_text(point, "verdict", slo_word(j->verdict[i]));
	}
}

static void print_json(const struct sweep *s, const char *store, const struct sweep_counts *c,
	enum pool_end end, const struct judged *j)
{
	json_t *o = json_out_new();
	json_out_text(o, "sweep", s->name);
	json_out_text(o, "store", store);
	json_out_count(o, "points", c->points);
	json_out_count(o, "before", c->before);
	json_out_count(o, "now", c->now);
	json_out_count(o, "failed", c->failed);
	json_out_count(o, "imprecise", c->imprecise);
	json_out_count(o, "simulations", c->simulations);
	json_out_count(o, "spare_simulations", c->spare);
	json_out_number(o, "simulating_cpu_s", c->cpu_s);
	json_object_set_new(o, "interrupted", json_boolean(end == POOL_INTERRUPTED));
	if (j->verdict)
		put_judged(o, s, j);
	json_out_print(o);
}

static void print_text(const struct sweep *s, const char *store, const struct sweep_counts *c)
{
	printf("%s: %zu points, %zu done now, %zu before", s->name, c->points, c->now, c->before);
	if (c->failed)
		printf(", %zu failed", c->failed);
	if (c->imprecise)
		printf(", %zu less precise than asked for", c->imprecise);
	if (s->rule.most > 1)
		printf("\nreplications: %zu simulated now", c->simulations);
	if (c->spare)
		printf(", %zu of them not needed", c->spare);
	printf("\nstore: %s\n", store);
}

static int code_of(enum pool_end end, const struct sweep_counts *c, const struct judged *j)
{
	if (end == POOL_INTERRUPTED)
		return VERB_INTERRUPTED;
	if (end != POOL_DONE || c->failed)
		return VERB_FAILED;
	if (j->n[SLO_MISSED])
		return VERB_UNMET;
	return c->imprecise || j->n[SLO_OPEN] ? VERB_INCONCLUSIVE : VERB_DONE;
}

static int simulate(struct sweep *s, const struct asked *q, const struct options *o)
{
	struct diag *d = diag_new();
	struct sweep_counts counts = {0};
	enum pool_end end = POOL_STOPPED;
	struct progress progress = progress_start(o);
	struct sweep_run run = {.store = store_open(q->output, true, d),
		.workers = q->workers,
		.ranks = q->ranks,
		.shard = q->shard,
		.n_shards = q->n_shards,
		.progress = show_progress,
		.arg = &progress};
	if (run.store)
		end = sweep_run(s, &run, &counts, d);
	progress_end(&progress);
	bool opened = run.store != NULL;
	const struct judged j = judge(s, q, run.store, o->arena);
	store_close(run.store);
	diag_print(d, stderr);
	diag_free(d);
	if (opened && o->json)
		print_json(s, q->output, &counts, end, &j);
	else if (opened)
		print_text(s, q->output, &counts);
	if (j.verdict && !o->json)
		print_judged(s, q, &j, o->arena);
	if (end == POOL_INTERRUPTED)
		fprintf(stderr,
			"nfvsim sweep: interrupted; the same command goes on from the store\n");
	return code_of(end, &counts, &j);
}

/* Reads the sweep; under mpirun all ranks do, and rank 0 speaks. */
static struct sweep *read_sweep(struct asked *q, const struct options *o)
{
	bool quiet = ranks_rank(q->ranks) > 0;
	struct diag *d = diag_new();
	q->extra.sets = o->sets;
	q->extra.n_sets = o->n_sets;
	q->extra.axes = q->axes;
	bool targets = !q->targets || slo_parse(q->targets, &q->slo, o->arena, d);
	struct sweep *s = sweep_read(o->args[0], &q->extra, o->arena, d);
	if (!quiet)
		diag_print(d, stderr);
	diag_free(d);
	bool good = s && targets && sweep_check(s, quiet ? NULL : stderr);
	if (ranks_agree(q->ranks, good))
		return s;
	if (good && !quiet)
		fprintf(stderr, "nfvsim sweep: another rank cannot read the files\n");
	return NULL;
}

static int sweep(struct asked *q, const struct options *o)
{
	const char *missing;
	q->ranks = ranks_start(&missing);
	if (missing) {
		fprintf(stderr, "nfvsim sweep: mpirun has started this, without MPI; install %s\n",
			missing);
		return VERB_FAILED;
	}
	struct sweep *s = read_sweep(q, o);
	int code = s ? VERB_DONE : VERB_USAGE;
	if (!q->output)
		q->output = arena_printf(o->arena, "%s.db", datafile_stem(o->args[0], o->arena));
	if (s && ranks_rank(q->ranks) > 0) {
		sweep_serve(s, q->ranks);
	} else if (s) {
		code = simulate(s, q, o);
		ranks_release(q->ranks);
	}
	ranks_end(q->ranks);
	return code;
}

static int merge(const struct asked *q, const struct options *o)
{
	if (!q->output || o->n_args < 2) {
		fprintf(stderr, "nfvsim sweep: write `nfvsim sweep merge STORE... -o STORE'\n");
		return VERB_USAGE;
	}
	struct diag *d = diag_new();
	struct store *into = store_open(q->output, true, d);
	bool good = into;
	for (size_t i = 1; good && i < o->n_args; i++)
		good = store_merge(into, o->args[i], d);
	store_close(into);
	diag_print(d, stderr);
	diag_free(d);
	return good ? VERB_DONE : VERB_FAILED;
}

static int dispatch(struct asked *q, const struct options *o)
{
	if (strcmp(o->args[0], "merge") == 0)
		return merge(q, o);
	if (o->n_args > 1) {
		fprintf(stderr, "nfvsim sweep: one FILE at a time\n");
		return VERB_USAGE;
	}
	if (strcmp(o->args[0], "-") == 0) {
		fprintf(stderr,
			"nfvsim sweep: every point reads the FILE again, so it cannot be -\n");
		return VERB_USAGE;
	}
	return sweep(q, o);
}

int verb_sweep(int argc, char **argv)
{
	struct options o = {.arena = arena_new()};
	struct asked q = {.workers = 1, .n_shards = 1};
	options_parse(&spec, argc, argv, &o, &q);
	int code = dispatch(&q, &o);
	free(q.axes);
	arena_free(o.arena);
	return code;
}
