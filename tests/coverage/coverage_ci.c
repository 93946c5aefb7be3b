/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * coverage_ci - the share of 95 % intervals of the shipped stopping rule that hold the truth
 *
 *   coverage_ci count [FIRST LAST [WORD]]   repeats runs with the seeds FIRST to LAST, of cases
 *                                           with WORD in "NAME, mean" or "NAME, p99"; a line for
 *                                           each CHUNK of them
 *   coverage_ci table <LINES                adds up such lines, of one count or several
 *
 * So a count can be split, continued and added up. A case ends at its last seed, the table says how
 * many runs there were. It is Markdown. Truth is theory, or else a run 1000 times as long.
 * Exit 1: below 93 % for a mean, below 92 % for a percentile (or what chance alone explains).
 */
#include "tests/unit/covered.h"

#include <string.h>

#define NOMINAL 0.95
#define PRECISION 0.05
#define BESS_PRECISION 0.01 /* as shipped */
#define LEAST_MEAN 0.93
#define LEAST_P99 0.92
#define CHANCE 4.0 /* standard errors below the least that are still chance */

enum { CHUNK = 250, QUEUE_RUNS = 10000, BESS_RUNS = 1000, TRUTH_RUNS = 1000, MAX_LINES = 100000 };

static const char bess[] = "{dataplane: bess, server: c6220, cpu: 2.6 GHz, chain: [l3fwd],"
			   " traffic: {rate: 8 Mpps, arrivals: poisson}}";

/* A queue, or without one the BESS scenario: there one run counts for the mean and for p99. */
static const struct coverage_case {
	const char *name;
	struct covered_queue (*queue)(const char *name, double load);
	double load;
	bool mean, p99;
} cases[] = {{"M/M/1, load 0.5", covered_mm1, 0.5, true, false},
	{"M/M/1, load 0.8", covered_mm1, 0.8, true, false},
	{"M/M/1, load 0.9", covered_mm1, 0.9, true, false},
	{"M/D/1, load 0.5", covered_md1, 0.5, true, false},
	{"M/D/1, load 0.8", covered_md1, 0.8, true, false},
	{"M/D/1, load 0.9", covered_md1, 0.9, true, false},
	{"poll loop, load 0.5", covered_loop, 0.5, true, false},
	{"poll loop, load 0.8", covered_loop, 0.8, true, false},
	{"poll loop, load 0.9", covered_loop, 0.9, true, false},
	{"BESS, l3fwd, 8 Mpps", NULL, 0, true, true},
	{"M/M/1, load 0.5", covered_mm1, 0.5, false, true},
	{"M/M/1, load 0.8", covered_mm1, 0.8, false, true},
	{"M/M/1, load 0.9", covered_mm1, 0.9, false, true},
	{"M/D/1, load 0.5", covered_md1, 0.5, false, true},
	{"M/D/1, load 0.8", covered_md1, 0.8, false, true},
	{"M/D/1, load 0.9", covered_md1, 0.9, false, true},
	{"poll loop, load 0.5", covered_loop, 0.5, false, true},
	{"poll loop, load 0.8", covered_loop, 0.8, false, true},
	{"poll loop, load 0.9", covered_loop, 0.9, false, true}};

#define N_CASES (sizeof cases / sizeof *cases)

static unsigned most_runs(const struct coverage_case *c)
{
	return c->queue ? QUEUE_RUNS : BESS_RUNS;
}

/* By a run as long as many. */
static struct covered_truth long_truth(struct scenario *s, const struct run_options *o)
{
	struct run_use keep = s->run;
	s->run.seed = INT32_MAX;
	struct run_result *r = run_scenario(s, o);
	s->run.duration =
		(struct quantity){r->measured_s * TRUTH_RUNS * (double)PS_PER_S, DIM_TIME};
	run_free(r);
	r = run_scenario(s, o);
	const struct run_latency *l = &r->chains[0].latency;
	struct covered_truth is = {l->mean_ns.value, l->p99_ns.value};
	run_free(r);
	s->run = keep;
	return is;
}

static void put_line(const struct coverage_case *c, unsigned first, const struct covered_count *n)
{
	double precision = c->queue ? PRECISION : BESS_PRECISION;
	if (c->mean)
		printf("%s\tmean\t%g\t%u\t%u\t%u\t%.9g\t%.9g\n", c->name, precision, first, n->runs,
			n->held, n->bias, n->packets);
	if (c->p99)
		printf("%s\tp99\t%g\t%u\t%u\t%u\t%.9g\t%.9g\n", c->name, precision, first, n->runs,
			n->held_p99, n->bias_p99, n->packets);
	fflush(stdout);
}

static void count_case(const struct coverage_case *c, unsigned first, unsigned last)
{
	struct arena *a = arena_new();
	struct covered_queue q = {0};
	struct run_options o = {0};
	struct scenario *s = c->queue ? covered_scenario(a) : scenario_text(bess, NULL, 0, a);
	struct covered_truth is = {NAN, NAN};
	s->run.precision.value = BESS_PRECISION;
	if (c->queue) {
		q = c->queue(c->name, c->load);
		o = (struct run_options){.tune = covered_tune, .tune_arg = &q};
		is = covered_theory(&q);
		s->run.precision.value = PRECISION;
		if (c->p99)
			s->run.wanted = RUN_WANTS(RUN_OF_P99);
	}
	if (first <= last && (isnan(is.mean_ns) || (c->p99 && isnan(is.p99_ns))))
		is = long_truth(s, &o);
	while (first <= last) {
		struct covered_count n = {0};
		unsigned start = first;
		for (; first <= last && first - start < CHUNK; first++)
			covered_run(s, &o, &is, first, &n);
		put_line(c, start, &n);
	}
	arena_free(a);
}

static int count(unsigned first, unsigned last, const char *word)
{
	for (size_t i = 0; i < N_CASES; i++) {
		char label[64];
		unsigned most = most_runs(&cases[i]);
		snprintf(label, sizeof label, "%s%s%s", cases[i].name,
			cases[i].mean ? ", mean" : "", cases[i].p99 ? ", p99" : "");
		if (strstr(label, word))
			count_case(&cases[i], first, last < most ? last : most);
	}
	return 0;
}

struct line {
	char name[64], what[8];
	double precision, bias, packets;
	unsigned first, runs, held;
};

static bool read_line(FILE *f, struct line *l)
{
	return fscanf(f, " %63[^\t] %7s %lf %u %u %u %lf %lf", l->name, l->what, &l->precision,
		       &l->first, &l->runs, &l->held, &l->bias, &l->packets) == 8;
}

static bool same_case(const struct line *x, const struct line *y)
{
	return !strcmp(x->name, y->name) && !strcmp(x->what, y->what);
}

/* Adds all lines of a case to the first of them; false: the same seeds were counted twice. */
static bool add_up(struct line *lines, size_t n, size_t at)
{
	struct line sum = lines[at];
	for (size_t i = at + 1; i < n; i++) {
		if (!same_case(&lines[at], &lines[i]))
			continue;
		for (size_t j = at; j < i; j++)
			if (same_case(&lines[j], &lines[i]) &&
				lines[j].first < lines[i].first + lines[i].runs &&
				lines[i].first < lines[j].first + lines[j].runs)
				return false;
		sum.runs += lines[i].runs;
		sum.held += lines[i].held;
		sum.bias += lines[i].bias;
		sum.packets += lines[i].packets;
	}
	lines[at] = sum;
	return true;
}

static bool below(double share, double least, unsigned runs)
{
	return share < least - CHANCE * sqrt(least * (1 - least) / runs);
}

static bool put_row(const struct line *l)
{
	double share = (double)l->held / l->runs;
	printf("| %s | %s | %.0f %% | %u | %.2f %% | %.2f %% | %.2g %% | %.2g million |\n", l->name,
		l->what, 100 * l->precision, l->runs, 100 * share,
		100 * sqrt(NOMINAL * (1 - NOMINAL) / l->runs), 100 * l->bias / l->runs,
		l->packets / l->runs / 1e6);
	return !below(share, l->what[0] == 'p' ? LEAST_P99 : LEAST_MEAN, l->runs);
}

static int table(FILE *f)
{
	static struct line lines[MAX_LINES];
	size_t n = 0;
	bool ok = true;
	while (n < MAX_LINES && read_line(f, &lines[n]))
		n++;
	printf("| queue | of | precision | runs | hold the truth | +- | bias | packets |\n"
	       "|---|---|---:|---:|---:|---:|---:|---:|\n");
	for (size_t i = 0; i < n; i++) {
		size_t before = 0;
		while (before < i && !same_case(&lines[before], &lines[i]))
			before++;
		if (before < i)
			continue;
		if (!add_up(lines, n, i)) {
			fprintf(stderr, "coverage_ci: %s, %s: seeds counted twice\n", lines[i].name,
				lines[i].what);
			return 1;
		}
		ok &= put_row(&lines[i]);
	}
	return ok && n ? 0 : 1;
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "table"))
		return table(stdin);
	if (argc < 2 || strcmp(argv[1], "count") != 0 || argc == 3 || argc > 5) {
		fputs("usage: coverage_ci count [FIRST LAST [WORD]] | table\n", stderr);
		return 2;
	}
	unsigned first = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 1;
	unsigned last = argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : QUEUE_RUNS;
	return count(first ? first : 1, last, argc > 4 ? argv[4] : "");
}
