/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/json_out.h"
#include "cli/options.h"
#include "cli/run_out.h"
#include "cli/verb.h"
#include "model/build.h"

#include <unistd.h>

static const struct options_spec spec = {.args = "FILE",
	.doc = "Simulates the scenario in FILE (- is standard input; a name without a slash or "
	       ".yaml is "
	       "looked for among the examples) and prints throughput, loss by place, latency "
	       "percentiles, the use of every core and the bottleneck, with 95 % intervals. Exit "
	       "code "
	       "4: the budget of packets was spent before the precision was reached.",
	.least = 1,
	.most = 1,
	.groups = OPTIONS_SET | OPTIONS_JSON | OPTIONS_QUIET};

static void show_progress(void *arg, uint64_t packets, uint64_t budget, double precision)
{
	(void)arg;
	fprintf(stderr, "\r\033[K%.1f of at most %.0f million packets", (double)packets / 1e6,
		(double)budget / 1e6);
	if (precision > 0)
		fprintf(stderr, ", precision %.2f %%", 100 * precision);
}

static bool wants_progress(const struct options *o)
{
	return !o->quiet && isatty(STDERR_FILENO) && (!o->json || isatty(STDOUT_FILENO));
}

static int simulate(const struct scenario *s, const struct options *o)
{
	bool progress = wants_progress(o);
	const struct run_options ro = {.progress = progress ? show_progress : NULL};
	struct run_result *r = run_scenario(s, &ro);
	if (progress)
		fputs("\r\033[K", stderr);
	if (o->json)
		json_out_print(run_json_new(s, r));
	else
		run_text_print(s, r, stdout);
	int code = r->verdict == RUN_PRECISE ? VERB_DONE : VERB_INCONCLUSIVE;
	run_free(r);
	return code;
}

int verb_run(int argc, char **argv)
{
	struct options o = {.arena = arena_new()};
	options_parse(&spec, argc, argv, &o, NULL);
	struct diag *d = diag_new();
	struct scenario *s = scenario_read(o.args[0], o.sets, o.n_sets, o.arena, d);
	if (s)
		build_check(s, d);
	diag_print(d, stderr);
	int code = diag_errors(d) ? VERB_USAGE : simulate(s, &o);
	diag_free(d);
	arena_free(o.arena);
	return code;
}
