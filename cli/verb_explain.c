/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/explain_out.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "cli/reread.h"
#include "cli/verb.h"

#include <math.h>
#include <unistd.h>

#define PRECISION 0.02   /* of the runs, unless the user allows less */
#define MOST_PACKETS 2e6 /* of each */
#define LEAST_LOSS 1e-4  /* from here on rates matter more than latencies */
#define NOTHING 1e-4     /* relative changes below this do not count */
enum { MOST_REPLICATIONS = 16 };

static const struct options_spec spec = {.args = "FILE",
	.doc = "Tells what holds the scenario in FILE back: what removing each obstacle would gain "
	       "and "
	       "what "
	       "changes would bring, each simulated with the same random numbers; where the time "
	       "of a "
	       "packet goes, hop by hop; and where packets are lost. Ranked by delivered rate if "
	       "packets are lost, else by mean latency.",
	.least = 1,
	.most = 1,
	.groups = OPTIONS_SET | OPTIONS_JSON | OPTIONS_QUIET};

/* A length that is enough for this scenario, and short enough to be repeated for each case. */
static struct paired_design find_design(struct scenario *s)
{
	struct run_use keep = s->run;
	s->run.precision.value = fmax(s->run.precision.value, PRECISION);
	s->run.max_packets = (int64_t)fmin((double)s->run.max_packets, MOST_PACKETS);
	struct run_result *r = run_scenario(s, NULL);
	struct paired_design d = paired_design_of(r);
	if (d.replications && d.samples > MOST_REPLICATIONS)
		d.samples = MOST_REPLICATIONS;
	s->run = keep;
	run_free(r);
	return d;
}

static void run_cases(
	const char *path, const struct options *o, struct explain *e, const struct paired_design *d)
{
	bool progress = progress_wanted(o);
	for (size_t i = 0; i < e->cases.n; i++) {
		struct whatif *c = &e->cases.cases[i];
		if (progress)
			fprintf(stderr, "\r\033[K%zu of %zu: %s", i + 1, e->cases.n, c->what);
		struct reread_sets sets = {c->sets, c->n_sets};
		struct scenario *s = reread_scenario(path, o, sets, o->arena, &c->why);
		if (s)
			whatif_run(c, s, d);
	}
	if (progress)
		fputs("\r\033[K", stderr);
}

/* The change when it is larger than its interval and than rounding; else 0. */
static double sure(const struct explain *e, const struct whatif *c, enum paired_metric m)
{
	struct interval d = paired_difference(e->base, c->result, m);
	double least = fmax(d.half, NOTHING * paired_value(e->base, m).value);
	return fabs(d.value) > least ? d.value : 0;
}

/* Whether x is better than y: by rate, among equals by latency. */
static bool better(const struct explain *e, const struct whatif *x, const struct whatif *y)
{
	if (!x->result || !y->result)
		return x->result && !y->result;
	double faster = sure(e, x, PAIRED_RATE) - sure(e, y, PAIRED_RATE);
	if (e->by_rate && fabs(faster) > NOTHING * paired_value(e->base, PAIRED_RATE).value)
		return faster > 0;
	return sure(e, x, PAIRED_MEAN) < sure(e, y, PAIRED_MEAN);
}

/* Best first; among equals the order stays. */
static void rank(struct explain *e)
{
	for (size_t i = 1; i < e->cases.n; i++) {
		struct whatif c = e->cases.cases[i];
		size_t k = i;
		for (; k > 0 && better(e, &c, &e->cases.cases[k - 1]); k--)
			e->cases.cases[k] = e->cases.cases[k - 1];
		e->cases.cases[k] = c;
	}
}

static void explain(const char *path, struct scenario *s, const struct options *o)
{
	struct paired_design d = find_design(s);
	struct explain e = {.s = s, .base = paired_run(s, &d, NULL, NULL)};
	struct run_result *base = (struct run_result *)e.base;
	struct budget *b = budget_of(s, e.base);
	e.budget = b;
	e.by_rate = base->chains[base->n_chains].loss_ratio.value > LEAST_LOSS;
	whatif_list(&e.cases, s, o->arena);
	run_cases(path, o, &e, &d);
	rank(&e);
	if (o->json)
		explain_json_print(&e);
	else
		explain_text_print(&e, stdout);
	for (size_t i = 0; i < e.cases.n; i++)
		run_free(e.cases.cases[i].result);
	budget_free(b);
	run_free(base);
}

int verb_explain(int argc, char **argv)
{
	struct options o = {.arena = arena_new()};
	options_parse(&spec, argc, argv, &o, NULL);
	const char *path = reread_path(o.args[0], o.arena);
	struct scenario *s =
		path ? reread_scenario(path, &o, (struct reread_sets){0}, o.arena, NULL) : NULL;
	if (s)
		explain(path, s, &o);
	arena_free(o.arena);
	return s ? VERB_DONE : VERB_USAGE;
}
