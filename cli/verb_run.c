/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/analytic.h"
#include "cli/json_out.h"
#include "cli/options.h"
#include "cli/outfile.h"
#include "cli/progress.h"
#include "cli/reread.h"
#include "cli/run_out.h"
#include "cli/slo_out.h"
#include "cli/uncertainty_out.h"
#include "cli/verb.h"
#include "cli/watch.h"
#include "model/build.h"
#include "report/hdr_log.h"

#include <stdlib.h>
#include <unistd.h>

enum {
	KEY_SLO = 0x200,
	KEY_REPLICATIONS,
	KEY_FIRST,
	KEY_ANALYTIC,
	KEY_UNCERTAINTY,
	KEY_HDR,
	KEY_WATCH
};
enum { DRAWS = 32 }; /* of --uncertainty */

static const struct argp_option own_options[] = {
	{"slo", KEY_SLO, "TARGETS", 0,
		"Targets, as in 'p99<50us,loss<0.01%,rate>8Mpps'. Exit code 3: not met, 4: the "
		"interval "
		"spans one",
		0},
	{"replications", KEY_REPLICATIONS, "N", 0, "The same as --set run.replications=N", 0},
	{"first-replication", KEY_FIRST, "N", 0,
		"Number of the first replication (0), to extend an earlier run", 0},
	{"uncertainty", KEY_UNCERTAINTY, "N", OPTION_ARG_OPTIONAL,
		"Show what the errors of the profile's values do to the answer, by N simulations "
		"(32) "
		"over a Latin hypercube of them",
		0},
	{"hdr", KEY_HDR, "FILE", 0,
		"Also write the latencies as an HdrHistogram log (V2 compressed), in ns", 0},
	{"watch", KEY_WATCH, NULL, 0,
		"Show the run as it goes on standard error: rates, busy cores, filling queues", 0},
	{"analytic", KEY_ANALYTIC, NULL, 0,
		"Estimate rates and mean latency by formulas, in milliseconds, instead of "
		"simulating",
		0},
	{0}};

/* The options that only this verb has. */
struct wishes {
	struct options *o;
	const char *slo, *hdr_path;
	const char *path; /* can be read again */
	uint32_t first_replication, draws;
	bool analytic, watch;
	struct slo targets;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct wishes *w = state->input;
	switch (key) {
	case KEY_SLO:
		w->slo = arg;
		return 0;
	case KEY_REPLICATIONS:
		w->o->sets[w->o->n_sets++] = arena_printf(w->o->arena, "run.replications=%s", arg);
		return 0;
	case KEY_FIRST:
		w->first_replication =
			(uint32_t)options_whole(state, "first-replication", arg, 0, UINT32_MAX / 2);
		return 0;
	case KEY_HDR:
		if (!hdr_log_available())
			argp_error(state, "this nfvsim was built without zlib, which --hdr needs");
		w->hdr_path = arg;
		return 0;
	case KEY_WATCH:
		w->watch = true;
		return 0;
	case KEY_ANALYTIC:
		w->analytic = true;
		return 0;
	case KEY_UNCERTAINTY:
		w->draws = arg ? (uint32_t)options_whole(state, "uncertainty", arg,
					 UNCERTAINTY_LEAST_DRAWS, UNCERTAINTY_MOST_DRAWS)
			       : DRAWS;
		return 0;
	case ARGP_KEY_END:
		if (w->analytic && w->draws)
			argp_error(state, "--analytic and --uncertainty do not go together");
		if (w->watch && (w->analytic || w->o->quiet))
			argp_error(state, "--watch goes neither with --analytic nor with --quiet");
		if (w->analytic && w->hdr_path)
			argp_error(state, "--analytic has no latencies to write with --hdr");
		if (w->analytic && w->slo)
			argp_error(state, "--analytic has no percentiles and no intervals to hold "
					  "against --slo");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp own = {.options = own_options, .parser = parse};

static const struct options_spec spec = {.args = "FILE",
	.doc = "Simulates the scenario in FILE (- is standard input; a name without a slash or "
	       ".yaml is "
	       "looked for among the examples) and prints throughput, loss by place, latency "
	       "percentiles, the use of every core and the bottleneck, with 95 % intervals. Exit "
	       "code "
	       "4: the budget of packets was spent before the precision was reached.",
	.least = 1,
	.most = 1,
	.groups = OPTIONS_SET | OPTIONS_JSON | OPTIONS_QUIET,
	.own = &own};

static void show_progress(void *arg, const struct run_state *now)
{
	(void)arg;
	fprintf(stderr, "\r\033[K%.1f of at most %.0f million packets", (double)now->packets / 1e6,
		(double)now->budget / 1e6);
	if (now->precision > 0)
		fprintf(stderr, ", precision %.2f %%", 100 * now->precision);
}

/* Shows the answer; returns the exit code. */
static int answer(const struct scenario *s, const struct run_result *r, const struct wishes *w)
{
	int code = r->verdict == RUN_PRECISE ? VERB_DONE : VERB_INCONCLUSIVE;
	struct uncertainty *u =
		w->draws ? uncertainty_measure(w->path, w->o, s, r, w->draws) : NULL;
	if (w->o->json) {
		json_t *object = run_json_new(s, r);
		if (u)
			uncertainty_json_put(object, u, r);
		if (w->slo)
			code = slo_report(&w->targets, r, object);
		json_out_print(object);
		return code;
	}
	run_text_print(s, r, stdout);
	if (u) {
		putchar('\n');
		uncertainty_text_print(u, r, stdout);
	}
	if (w->slo) {
		putchar('\n');
		code = slo_report(&w->targets, r, NULL);
	}
	return code;
}

static bool write_hdr(const struct scenario *s, const struct run_result *r, const struct wishes *w)
{
	if (!w->hdr_path)
		return true;
	FILE *to = outfile_open(w->hdr_path);
	if (!to)
		return false;
	hdr_log_write(s, r, to);
	return outfile_close(to, w->hdr_path);
}

static int simulate(const struct scenario *s, const struct wishes *w)
{
	if (w->analytic)
		return analytic_run(s, w->o->json);
	bool progress = !w->watch && progress_wanted(w->o);
	struct watch *watch = w->watch ? watch_new(s) : NULL;
	const struct run_options ro = {.progress = watch      ? watch_see
						   : progress ? show_progress
							      : NULL,
		.arg = watch,
		.first_replication = w->first_replication};
	struct run_result *r = run_scenario(s, &ro);
	if (watch)
		watch_end(watch);
	if (progress)
		fputs("\r\033[K", stderr);
	int code = answer(s, r, w);
	if (!write_hdr(s, r, w))
		code = VERB_FAILED;
	run_free(r);
	return code;
}

int verb_run(int argc, char **argv)
{
	struct options o = {.arena = arena_new()};
	struct wishes w = {.o = &o};
	options_parse(&spec, argc, argv, &o, &w);
	struct diag *d = diag_new();
	if (w.slo)
		slo_parse(w.slo, &w.targets, o.arena, d);
	w.path = w.draws ? reread_path(o.args[0], o.arena) : o.args[0];
	if (!w.path)
		return VERB_FAILED;
	struct scenario *s = scenario_read(w.path, o.sets, o.n_sets, o.arena, d);
	if (s)
		build_check(s, d);
	diag_print(d, stderr);
	int code = diag_errors(d) ? VERB_USAGE : simulate(s, &w);
	diag_free(d);
	arena_free(o.arena);
	return code;
}
