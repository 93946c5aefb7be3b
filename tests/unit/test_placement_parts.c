/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Placements in parts: which chains belong together, which parts are of a kind, that a part alone
 * does what it does beside the others, and what all of them tell
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "plan/looks.h"
#include "plan/placement_parts.h"
#include "tests/unit/scenario_text.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#define FAST "{size: 64 B, rate: 13 Mpps, arrivals: poisson}"
#define SLOW "{size: 64 B, rate: 1 Mpps, arrivals: poisson}"

/* Two servers of a fast and a slow chain, in another order; one of two slow ones; a chain over two
 * servers and one beside its end. */
#define CHAINS                                                                             \
	"dataplane: bess\n"                                                                \
	"servers: {a: c6220, b: c6220, "                                                   \
	"c: c6220, d: c6220, "                                                             \
	"e: c6220}\n"                                                                      \
	"cpu: 2.6 GHz\n"                                                                   \
	"run: {warmup: 200 us, duration: 2 ms}\n"                                          \
	"chains:\n"                                                                        \
	"  a1: {traffic: " FAST ", chain: [{nf: l3fwd, on: a.0}]}\n"                       \
	"  a2: {traffic: " SLOW ", chain: [{nf: l2fwd, on: a.1}]}\n"                       \
	"  b1: {traffic: " SLOW ", chain: [{nf: l2fwd, on: b.1}]}\n"                       \
	"  b2: {traffic: " FAST ", chain: [{nf: l3fwd, on: b.0}]}\n"                       \
	"  c1: {traffic: " SLOW ", chain: [{nf: l3fwd, on: c.0}]}\n"                       \
	"  c2: {traffic: " SLOW ", chain: [{nf: l2fwd, on: c.1}]}\n"                       \
	"  de: {traffic: " SLOW ", chain: [{nf: l3fwd, on: d.0}, {nf: l2fwd, on: e.0}]}\n" \
	"  e1: {traffic: " SLOW ", chain: [{nf: l2fwd, on: e.1}]}\n"

enum { N_CHAINS = 8 };

struct world {
	struct arena *arena;
	char *path;
	const struct scenario *s;
	struct part_book book;
	struct part_list parts;
};

/* Cuts the scenario as an assignment makes it, into the parts of a book that may know others. */
static void cut(struct world *w, const char *set)
{
	const char **sets = arena_alloc(w->arena, sizeof *sets);
	*sets = set;
	w->s = scenario_text(CHAINS, sets, 1, w->arena);
	assert_non_null(w->s);
	const struct crew_ask whole = {
		.scenario = w->path, .sets = sets, .n_sets = 1, .target = "loss<1%", .looks = 1};
	w->parts = parts_cut(&w->book, w->s, &whole);
}

static struct world world_of(const char *set)
{
	struct world w = {.arena = arena_new()};
	w.book.arena = w.arena;
	w.path = arena_strdup(w.arena, "/tmp/nfvsim-parts-XXXXXX");
	FILE *to = fdopen(mkstemp(w.path), "w");
	fputs(CHAINS, to);
	fclose(to);
	cut(&w, set);
	return w;
}

static void end(struct world *w)
{
	unlink(w->path);
	free(w->book.kind);
	arena_free(w->arena);
}

static void simulate(struct world *w, size_t workers)
{
	const char *missing;
	struct crew *crew = crew_start(workers, &missing);
	assert_true(parts_look(&w->book, crew));
	crew_end(crew);
}

static void test_cut(void **state)
{
	(void)state;
	struct world w = world_of("run.seed=1");
	static const uint32_t of[] = {0, 0, 1, 1, 2, 2, 3, 3};
	assert_int_equal(w.parts.n, 4);
	for (uint32_t i = 0; i < w.parts.n; i++) {
		const struct part *p = &w.parts.part[i];
		assert_int_equal(p->n, 2);
		for (size_t c = 0; c < p->n; c++)
			assert_int_equal(of[p->chain[c]], i);
	}
	assert_int_equal(w.parts.part[3].n_hosts, 2);
	end(&w);
}

/* b is as a; c has other traffic, and another clock makes b another kind, too. */
static void test_kinds(void **state)
{
	(void)state;
	static const struct {
		const char *set;
		size_t kinds;
	} cases[] = {{"run.seed=1", 3}, {"chains.b2.traffic.rate=12Mpps", 4},
		{"chains.b2.chain.0.entries=100", 4}, {"chains.b1.chain.0.on=b.0", 4},
		{"chains.b1.chain.0.clock=1.2GHz", 4},
		{"cores={clocks: [{core: b.0.7, clock: 1.2 GHz}]}", 4}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct world w = world_of(cases[i].set);
		assert_int_equal(w.book.n, cases[i].kinds);
		end(&w);
	}
}

/* The same streams, warm-up and duration: to the last bit, wherever the chain was simulated. */
static void test_alone(void **state)
{
	(void)state;
	struct world w = world_of("run.seed=1");
	const char *missing;
	struct crew *crew = crew_start(1, &missing);
	const struct crew_ask ask = {.scenario = w.path, .target = "loss<1%", .looks = 1};
	struct crew_told told;
	assert_true(crew_run(crew, &ask, 1, &told, w.arena));
	crew_end(crew);
	simulate(&w, 1);
	for (size_t i = 0; i < w.parts.n; i++) {
		const struct part *p = &w.parts.part[i];
		const struct part_kind *k = &w.book.kind[p->kind];
		for (size_t c = 0; c < p->n && k->first == p; c++) {
			const struct run_chain *own = &k->told.run.chains[k->slot[c]];
			const struct run_chain *beside = &told.run.chains[p->chain[c]];
			assert_true(own->delivered_pps.value == beside->delivered_pps.value);
			assert_true(own->latency.mean_ns.value == beside->latency.mean_ns.value);
		}
	}
	end(&w);
}

static void test_sum(void **state)
{
	(void)state;
	struct world w = world_of("run.seed=1");
	struct diag *d = diag_new();
	struct slo target;
	assert_true(slo_parse("loss<1%", &target, w.arena, d));
	simulate(&w, 2);
	struct crew_told sum = parts_sum(&w.book, &w.parts, &target);
	const struct run_chain *c = sum.run.chains;
	double pps = 0;
	assert_int_equal(sum.run.n_chains, N_CHAINS);
	assert_true(c[3].delivered_pps.value == c[0].delivered_pps.value);
	assert_true(c[2].latency.mean_ns.value == c[1].latency.mean_ns.value);
	for (uint32_t i = 0; i < N_CHAINS; i++)
		pps += c[i].delivered_pps.value;
	assert_true(fabs(c[N_CHAINS].delivered_pps.value - pps) < 1e-6 * pps);
	assert_true(c[N_CHAINS].delivered_pps.half >= 2 * c[0].delivered_pps.half);
	assert_int_equal(slo_verdict(&target, &sum.run), SLO_MISSED);
	assert_int_equal(strncmp(sum.run.bottleneck, "a.a1", 4), 0);
	diag_free(d);
	end(&w);
}

/* Of a kind that another placement's part, of other names, was simulated for. */
static void test_names(void **state)
{
	(void)state;
	struct world w = world_of("run.seed=1");
	struct diag *d = diag_new();
	struct slo target;
	assert_true(slo_parse("loss<1%", &target, w.arena, d));
	cut(&w, "chains.a1.traffic.rate=1Mpps");
	simulate(&w, 2);
	struct crew_told sum = parts_sum(&w.book, &w.parts, &target);
	assert_int_equal(w.book.n, 4);
	assert_int_equal(strncmp(sum.run.bottleneck, "b.b2", 4), 0);
	diag_free(d);
	end(&w);
}

/* A rate is that of all parts, so all of them are looked at again; of a latency one kind is. */
static void test_reopen(void **state)
{
	(void)state;
	struct world w = world_of("run={max_packets: 400000, precision: 5%}");
	struct diag *d = diag_new();
	simulate(&w, 2);
	for (size_t i = 0; i < w.book.n; i++)
		w.book.kind[i].told.packets = 100000;
	const struct slo none = {.n = 0};
	struct crew_told sum = parts_sum(&w.book, &w.parts, &none);
	double rate = sum.run.chains[N_CHAINS].delivered_pps.value;
	double mean = sum.run.chains[0].latency.mean_ns.value;
	const char *const texts[] = {arena_printf(w.arena, "rate>%.17gpps", rate),
		arena_printf(w.arena, "mean<%.17gns", mean), "loss<1%"};
	static const size_t wanted[] = {3, 1, 0};
	for (size_t i = 0; i < 3; i++) {
		struct slo target;
		size_t n = 0;
		assert_true(slo_parse(texts[i], &target, w.arena, d));
		assert_int_equal(parts_reopen(&w.book, &w.parts, w.s, &target), wanted[i] > 0);
		for (size_t k = 0; k < w.book.n; k++) {
			n += w.book.kind[k].wanted;
			w.book.kind[k].wanted = false;
		}
		assert_int_equal(n, wanted[i]);
	}
	for (size_t i = 0; i < w.book.n; i++)
		w.book.kind[i].told.packets = 100001; /* four times as many are too many */
	struct slo target;
	assert_true(slo_parse(texts[0], &target, w.arena, d));
	assert_false(parts_reopen(&w.book, &w.parts, w.s, &target));
	diag_free(d);
	end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_cut), cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_alone), cmocka_unit_test(test_sum),
		cmocka_unit_test(test_names), cmocka_unit_test(test_reopen)};
	setenv("NFVSIM_DATA", "scenarios", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
