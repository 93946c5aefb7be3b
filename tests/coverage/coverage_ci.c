/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * coverage_ci - the share of 95 % intervals of the shipped stopping rule that hold the truth
 *
 *   coverage_ci [RUNS [WORD]]   default 10000 of each queue, a tenth of that where runs are long;
 *                               only queues with that word in their name
 *
 * Prints a table in Markdown. Truth is theory, and for the scenario a run as long as 1000 of them.
 * Exit 1: below 93 % for a mean, below 92 % for a percentile (or what chance alone explains).
 */
#include "tests/unit/covered.h"

#include <string.h>

#define NOMINAL 0.95
#define PRECISION 0.05
#define BESS "BESS, l3fwd, 8 Mpps"
#define LEAST_MEAN 0.93
#define LEAST_P99 0.92
#define CHANCE 4.0 /* standard errors below the least that are still chance */

enum { RUNS = 10000, LONG_SHARE = 10, TRUTH_RUNS = 1000 };

static bool below(double share, double least, unsigned runs)
{
	return share < least - CHANCE * sqrt(least * (1 - least) / runs);
}

static bool put(const char *name, const char *what, double precision, unsigned held,
	const struct covered_count *c)
{
	double share = (double)held / c->runs, least = what[0] == 'p' ? LEAST_P99 : LEAST_MEAN;
	printf("| %s | %s | %.0f %% | %u | %.2f %% | %.2f %% | %.2g %% | %.2g million |\n", name,
		what, 100 * precision, c->runs, 100 * share,
		100 * sqrt(NOMINAL * (1 - NOMINAL) / c->runs), 100 * c->bias / c->runs,
		c->packets / c->runs / 1e6);
	fflush(stdout);
	return !below(share, least, c->runs);
}

static bool check_mean(struct covered_queue q, double precision, unsigned runs)
{
	struct arena *a = arena_new();
	struct scenario *s = covered_scenario(a);
	struct covered_count c = {0};
	s->run.precision.value = precision;
	for (unsigned i = 0; i < runs; i++)
		covered_run(s, &q, i + 1, &c);
	arena_free(a);
	return put(q.name, "mean", precision, c.held, &c);
}

static bool check_p99(struct covered_queue q, double precision, unsigned runs)
{
	struct arena *a = arena_new();
	struct scenario *s = covered_scenario(a);
	struct covered_count c = {0};
	s->run.precision.value = precision;
	s->run.wanted = RUN_WANTS(RUN_OF_P99);
	for (unsigned i = 0; i < runs; i++)
		covered_run(s, &q, i + 1, &c);
	arena_free(a);
	return put(q.name, "p99", precision, c.held_p99, &c);
}

static const char bess[] = "{dataplane: bess, server: c6220, cpu: 2.6 GHz, chain: [l3fwd],"
			   " traffic: {rate: 8 Mpps, arrivals: poisson}}";

/* A whole scenario: as shipped, precision 1 % of rate and mean. */
static bool check_scenario(unsigned runs)
{
	struct arena *a = arena_new();
	struct scenario *s = scenario_text(bess, NULL, 0, a);
	struct covered_count mean = {0}, p99 = {0};
	if (!s || !runs)
		return false;
	struct run_result *r = run_scenario(s, NULL);
	struct run_use keep = s->run;
	s->run.duration =
		(struct quantity){r->measured_s * TRUTH_RUNS * (double)PS_PER_S, DIM_TIME};
	run_free(r);
	s->run.seed = INT32_MAX;
	struct run_result *truth = run_scenario(s, NULL);
	s->run = keep;
	const struct run_latency is = truth->chains[0].latency;
	run_free(truth);
	for (unsigned i = 0; i < runs; i++) {
		s->run.seed = i + 1;
		r = run_scenario(s, NULL);
		const struct run_latency *l = &r->chains[0].latency;
		mean.held += covered_holds(l->mean_ns, is.mean_ns.value);
		p99.held += covered_holds(l->p99_ns, is.p99_ns.value);
		mean.bias += l->mean_ns.value / is.mean_ns.value - 1;
		p99.bias += l->p99_ns.value / is.p99_ns.value - 1;
		mean.packets += (double)r->chains[0].offered;
		run_free(r);
	}
	mean.runs = p99.runs = runs;
	p99.packets = mean.packets;
	arena_free(a);
	bool ok = put(BESS, "mean", 0.01, mean.held, &mean);
	return put(BESS, "p99", 0.01, p99.held, &p99) && ok;
}

/* Those with a share get a part of the runs: they are long. */
static const struct {
	bool (*check)(struct covered_queue q, double precision, unsigned runs);
	struct covered_queue (*queue)(const char *name, double rho);
	const char *name;
	double rho;
	unsigned share;
} theory[] = {{check_mean, covered_mm1, "M/M/1, load 0.5", 0.5, 1},
	{check_mean, covered_mm1, "M/M/1, load 0.8", 0.8, 1},
	{check_mean, covered_mm1, "M/M/1, load 0.9", 0.9, LONG_SHARE},
	{check_mean, covered_md1, "M/D/1, load 0.5", 0.5, 1},
	{check_mean, covered_md1, "M/D/1, load 0.8", 0.8, 1},
	{check_mean, covered_md1, "M/D/1, load 0.9", 0.9, LONG_SHARE},
	{check_mean, covered_loop, "poll loop, 0.5", 0.5, 1},
	{check_mean, covered_loop, "poll loop, 1.5", 1.5, 1},
	{check_p99, covered_mm1, "M/M/1, load 0.5", 0.5, LONG_SHARE},
	{check_p99, covered_mm1, "M/M/1, load 0.8", 0.8, LONG_SHARE}};

int main(int argc, char **argv)
{
	const char *word = argc > 2 ? argv[2] : "";
	long asked = argc > 1 ? strtol(argv[1], NULL, 10) : RUNS;
	unsigned runs = asked > 0 ? (unsigned)asked : RUNS;
	bool ok = true;
	printf("| queue | of | precision | runs | hold the truth | +- | bias | packets |\n"
	       "|---|---|---:|---:|---:|---:|---:|---:|\n");
	for (size_t i = 0; i < sizeof theory / sizeof *theory; i++)
		if (strstr(theory[i].name, word))
			ok &= theory[i].check(theory[i].queue(theory[i].name, theory[i].rho),
				PRECISION, runs / theory[i].share);
	if (strstr(BESS, word))
		ok &= check_scenario(runs / LONG_SHARE);
	return ok ? 0 : 1;
}
