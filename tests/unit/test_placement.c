/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Placements on random small clusters against brute force by simulation: every VNF on every socket,
 * each placement that has cores enough simulated, and none better than what placement_run() says.
 *
 * PLACE_CLUSTERS is the number of clusters (default 4; `make place-brute` takes 50), PLACE_FIRST
 * the number of the first one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "plan/placement.h"
#include "plan/power.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { VNFS = 3, SOCKETS = 6 };

/* Latencies of two placements that differ by less are as good as each other: an estimate chose. */
#define SAME 0.05

#define TARGET "loss<0.1%"

/* Numerical Recipes' 32-bit generator: cases must be the same everywhere. */
static uint32_t draw(uint32_t *seed, uint32_t n)
{
	*seed = *seed * 1664525u + 1013904223u;
	return (uint32_t)(((uint64_t)*seed * n) >> 32);
}

struct socket {
	char name[8]; /* "a.0" */
	int free;
};

/* A scenario and a placement file that names it. */
struct cluster {
	char scenario[64], placement[64];
	struct socket socket[SOCKETS];
	uint32_t seed, n_sockets, first_vnfs; /* VNFs of the first of two chains, or all */
};

static void put_servers(struct cluster *c, uint32_t *seed, FILE *scenario, FILE *placement)
{
	uint32_t servers = 2 + draw(seed, 2), sockets = 0;
	fprintf(scenario, "servers: {");
	fprintf(placement, "taken:\n");
	for (uint32_t s = 0; s < servers; s++) {
		bool two = draw(seed, 2);
		fprintf(scenario, "%s%c: %s", s ? ", " : "", 'a' + (char)s,
			two ? "c6220" : "e5-2640v2");
		for (int k = 0; k < 1 + two; k++, sockets++) {
			int taken = (int)draw(seed, 7);
			struct socket *x = &c->socket[sockets];
			snprintf(x->name, sizeof x->name, "%c.%d", 'a' + (char)s, k);
			x->free = 8 - taken;
			if (taken)
				fprintf(placement, "  - {on: %s, cores: %d}\n", x->name, taken);
		}
	}
	fprintf(placement, "  - {on: a, link: 0.001 Gb/s}\n"); /* so that the list is not empty */
	fprintf(scenario, "}\n");
	c->n_sockets = sockets;
}

static void put_chains(struct cluster *c, uint32_t *seed, FILE *to)
{
	static const char *const nfs[] = {"l3fwd", "l2fwd", "firewall", "nat"};
	static const unsigned sizes_B[] = {64, 128, 256, 512};
	unsigned size = sizes_B[draw(seed, 4)];
	c->first_vnfs = 1 + draw(seed, VNFS);
	fprintf(to, "traffic: {size: %u B, arrivals: poisson}\nchains:\n", size);
	for (uint32_t v = 0; v < VNFS;) {
		uint32_t end = v < c->first_vnfs ? c->first_vnfs : VNFS;
		double kpps = fmin(200 + draw(seed, 4000), 4e6 / (size + 20) / 8);
		fprintf(to,
			"  c%u:\n    traffic: {size: %u B, rate: %.0f kpps, arrivals: poisson}\n"
			"    chain: [",
			v ? 1 : 0, size, kpps);
		for (; v < end; v++)
			fprintf(to, "{nf: %s, name: v%u}%s", nfs[draw(seed, 4)], v,
				v + 1 < end ? ", " : "]\n");
	}
}

static void make(struct cluster *c, uint32_t seed, const char *dir)
{
	*c = (struct cluster){.seed = seed};
	snprintf(c->scenario, sizeof c->scenario, "%s/s.yaml", dir);
	snprintf(c->placement, sizeof c->placement, "%s/p.yaml", dir);
	FILE *s = fopen(c->scenario, "w"), *p = fopen(c->placement, "w");
	assert_non_null(s);
	assert_non_null(p);
	fputs("scenario: ./s.yaml\ntarget: " TARGET "\n", p);
	fputs("dataplane: bess\ncpu: 2 GHz\nrun: {max_packets: 300000, precision: 5%}\n", s);
	put_servers(c, &seed, s, p);
	put_chains(c, &seed, s);
	fclose(s);
	fclose(p);
}

/* What counts about a placement. */
struct point {
	uint32_t servers;
	double watts, p99_ns;
	enum slo_verdict verdict;
	bool feasible;
};

static uint32_t servers_of(const struct cluster *c, const uint32_t *at)
{
	bool used[26] = {false};
	uint32_t n = 0;
	for (uint32_t v = 0; v < VNFS; v++) {
		int server = c->socket[at[v]].name[0] - 'a';
		n += !used[server];
		used[server] = true;
	}
	return n;
}

static bool has_cores(const struct cluster *c, const struct build *b)
{
	for (uint32_t i = 0; i < c->n_sockets; i++) {
		int n = 0;
		for (uint32_t k = 0; k < b->net->cores.n; k++) {
			const struct core *core = b->net->cores.item[k];
			n += core->server[0] == c->socket[i].name[0] &&
			     core->socket == c->socket[i].name[2] - '0';
		}
		if (n > c->socket[i].free)
			return false;
	}
	return true;
}

static double worst_p99_ns(const struct run_result *r)
{
	double worst = 0;
	for (uint32_t i = 0; i < r->n_chains; i++) {
		const struct run_chain *c = &r->chains[i];
		double p99 = c->latency.p99_ns.value;
		worst = fmax(worst,
			isnan(p99) && c->hist.n ? hist_quantile(&c->hist, 0.99) / PS_PER_NS : p99);
	}
	return worst;
}

static struct point judge(const struct cluster *c, const uint32_t *at)
{
	struct point x = {.servers = servers_of(c, at)};
	struct arena *a = arena_new();
	struct diag *d = diag_new();
	struct slo target;
	const char *sets[VNFS];
	for (uint32_t v = 0; v < VNFS; v++)
		sets[v] = arena_printf(a, "chains.c%d.chain.%u.on=%s", v >= c->first_vnfs,
			v < c->first_vnfs ? v : v - c->first_vnfs, c->socket[at[v]].name);
	struct scenario *s = scenario_read(c->scenario, sets, VNFS, a, d);
	struct build *b = s ? build_net(s, 1, 0) : NULL;
	x.feasible = b && has_cores(c, b);
	if (x.feasible) {
		const struct run_options options = {0};
		s->run.wanted |= RUN_WANTS(RUN_OF_P99);
		s->run.least_replications = RUN_REPLICATIONS; /* of timers' phases, as place does */
		struct run_result *r = run_scenario(s, &options);
		assert_true(slo_parse(TARGET, &target, a, d));
		x.verdict = slo_verdict(&target, r);
		x.watts = power_build_w(b, r);
		x.p99_ns = worst_p99_ns(r);
		run_free(r);
	}
	if (b)
		net_free(b->net);
	diag_free(d);
	arena_free(a);
	return x;
}

/* Whether an option is as good as a point in everything. */
static bool as_good(const struct placement_option *o, const struct point *x)
{
	return o->answer.servers <= x->servers && o->watts <= x->watts * (1 + 1e-9) &&
	       o->verdict <= x->verdict && o->worst_ns <= x->p99_ns * (1 + SAME);
}

/* Whether what ranks first comes after a point that meets the target, in servers and watts. */
static bool outranked(const struct placement *p, const struct point *x)
{
	const struct placement_option *o = &p->option[0];
	if (x->verdict != SLO_MET)
		return false;
	return o->verdict != SLO_MET || x->servers < o->answer.servers ||
	       (x->servers == o->answer.servers && x->watts < o->watts * (1 - 1e-9));
}

/* What brute force saw. */
struct seen {
	uint32_t feasible;
	uint32_t better; /* than what ranks first: fewer servers or watts, and meets the target */
	uint32_t uncovered; /* meets the target, and no option is as good in everything */
	uint32_t unbounded; /* below a lower bound */
};

static void compare(const struct cluster *c, const struct placement *p, struct seen *seen)
{
	uint32_t at[VNFS] = {0}, v = 0;
	while (v < VNFS) {
		const struct point x = judge(c, at);
		bool covered = x.verdict != SLO_MET; /* what misses it anyhow may be slow, too */
		for (size_t i = 0; x.feasible && i < p->n; i++)
			covered |= as_good(&p->option[i], &x);
		seen->feasible += x.feasible;
		seen->better += x.feasible && outranked(p, &x);
		seen->uncovered += x.feasible && !covered;
		seen->unbounded += x.feasible && (p->bound > x.servers || p->bound_w > x.watts);
		if (x.feasible && !covered)
			print_message(
				"cluster %u: %s %s %s: %.1f W, %.2f us; rank 1: %.1f W, %.2f us\n",
				c->seed, c->socket[at[0]].name, c->socket[at[1]].name,
				c->socket[at[2]].name, x.watts, x.p99_ns / 1e3, p->option[0].watts,
				p->option[0].worst_ns / 1e3);
		for (v = 0; v < VNFS && ++at[v] == c->n_sockets; v++)
			at[v] = 0;
	}
}

static struct placement *place(const struct cluster *c, struct arena *a, struct diag *d)
{
	struct placement_ask ask;
	const char *missing;
	struct crew *crew = crew_start(1, &missing);
	struct placement *p = NULL;
	if (placement_read(c->placement, NULL, 0, NULL, &ask, a, d))
		p = placement_run(&ask, crew, NULL, NULL, a, d);
	crew_end(crew);
	return p;
}

static void test_brute_force(void **state)
{
	const char *wanted = getenv("PLACE_CLUSTERS"), *first = getenv("PLACE_FIRST");
	uint32_t seed = first ? (uint32_t)strtoul(first, NULL, 10) : 1;
	uint32_t n = wanted ? (uint32_t)strtoul(wanted, NULL, 10) : 4;
	struct seen all = {.feasible = 0};
	(void)state;
	setenv("NFVSIM_DATA", "scenarios", 1);
	for (uint32_t end = seed + n; seed < end; seed++) {
		char dir[] = "/tmp/nfvsim-place-XXXXXX";
		struct cluster c;
		struct arena *a = arena_new();
		struct diag *d = diag_new();
		uint32_t before = all.feasible;
		assert_non_null(mkdtemp(dir));
		make(&c, seed, dir);
		const struct placement *p = place(&c, a, d);
		diag_print(d, stderr);
		assert_non_null(p);
		compare(&c, p, &all);
		assert_int_equal(p->n == 0, all.feasible == before);
		unlink(c.scenario);
		unlink(c.placement);
		rmdir(dir);
		diag_free(d);
		arena_free(a);
	}
	print_message("%u clusters, %u placements simulated: %u better than rank 1, %u not covered "
		      "by the front, %u below a bound\n",
		n, all.feasible, all.better, all.uncovered, all.unbounded);
	assert_int_equal(all.better, 0);
	assert_true(all.uncovered <= all.feasible / 100); /* the estimate may misjudge a few */
	assert_int_equal(all.unbounded, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_brute_force)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
