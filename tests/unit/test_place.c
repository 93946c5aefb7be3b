/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Placements on small random clusters against brute force: every placement is looked at, judged by
 * a second, plain count of cores, ports, crossings and hops that shares no code with the search.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "plan/place.h"

#include <string.h>

enum { CLUSTERS = 120, VNFS = 6, BINS = 6, PLACEMENTS = 46656 /* BINS to the power of VNFS */ };

#define PORT_BPS INT64_C(10000000000)

/* Numerical Recipes' 32-bit generator: cases must be the same everywhere. */
static uint32_t draw(uint32_t *seed, uint32_t n)
{
	*seed = *seed * 1664525u + 1013904223u;
	return (uint32_t)(((uint64_t)*seed * n) >> 32);
}

struct cluster {
	struct place_vnf vnf[VNFS];
	struct place_chain chain[3];
	struct place_bin bin[BINS];
	struct place_server server[BINS];
	struct place_rule rule[2];
	uint32_t pair[2][2];
	struct place_problem p;
};

static void make_chains(struct cluster *c, uint32_t *seed)
{
	struct place_problem *p = &c->p;
	while (p->n_vnfs < VNFS && p->n_chains < 3) {
		uint32_t n = 1 + draw(seed, 3);
		if (p->n_vnfs + n > VNFS || p->n_chains == 2)
			n = VNFS - p->n_vnfs;
		c->chain[p->n_chains] = (struct place_chain){p->n_vnfs, n, 1 + (int)draw(seed, 2),
			INT64_C(1000000000) * (1 + draw(seed, 9))};
		for (uint32_t i = 0; i < n; i++) {
			int q = 1 + (int)draw(seed, 2);
			c->vnf[p->n_vnfs++] =
				(struct place_vnf){p->n_chains, q, q, PLACE_ANY, PLACE_ANY};
		}
		p->n_chains++;
	}
}

static void make_servers(struct cluster *c, uint32_t *seed)
{
	struct place_problem *p = &c->p;
	uint32_t servers = 1 + draw(seed, 3);
	for (uint32_t s = 0; s < servers; s++) {
		uint32_t sockets = 1 + draw(seed, 2);
		c->server[p->n_servers++] = (struct place_server){p->n_bins + draw(seed, sockets),
			PORT_BPS, 50000 + 50000 * draw(seed, 2), 5000 + 1000 * draw(seed, 4)};
		for (uint32_t i = 0; i < sockets; i++)
			c->bin[p->n_bins++] =
				(struct place_bin){s, (int)i, 4 + 4 * (int)draw(seed, 4)};
	}
}

static void make(struct cluster *c, uint32_t seed)
{
	static const enum place_movers kinds[] = {PLACE_WORKERS, PLACE_WORKERS, PLACE_WORKERS,
		PLACE_WORKERS, PLACE_RECEIVERS, PLACE_NO_WORKERS};
	*c = (struct cluster){0};
	c->p = (struct place_problem){.vnf = c->vnf,
		.chain = c->chain,
		.bin = c->bin,
		.server = c->server,
		.rule = c->rule,
		.movers = kinds[draw(&seed, 6)]};
	make_chains(c, &seed);
	make_servers(c, &seed);
	for (uint32_t i = 0; i < 2; i++) {
		c->pair[i][0] = draw(&seed, VNFS);
		c->pair[i][1] = draw(&seed, VNFS);
		c->rule[i] = (struct place_rule){i ? PLACE_APART : PLACE_TOGETHER, c->pair[i], 2};
		if (c->pair[i][0] != c->pair[i][1] && draw(&seed, 3) == 0)
			c->p.n_rules = i + 1;
	}
	if (c->pair[0][0] == c->pair[0][1])
		c->p.n_rules = 0;
	if (draw(&seed, 3) == 0)
		c->vnf[draw(&seed, VNFS)].server = (int)draw(&seed, c->p.n_servers);
}

/* What a placement takes and costs. */
struct count {
	int cores[BINS];
	int64_t in[BINS], out[BINS];
	uint32_t servers, cost;
	int64_t mw;
};

static void count_chain(
	const struct cluster *c, const struct place_chain *k, const uint32_t *bin, struct count *n)
{
	int queues = k->in, w = c->p.movers == PLACE_WORKERS,
	    nics = c->p.movers != PLACE_NO_WORKERS;
	uint32_t at = UINT32_MAX; /* server */
	for (uint32_t v = k->first; v < k->first + k->n; v++) {
		uint32_t server = c->bin[bin[v]].server, nic = c->server[server].nic_bin;
		bool enters = at != server;
		if (enters) { /* through NICs */
			if (at != UINT32_MAX) {
				uint32_t old = c->server[at].nic_bin;
				n->cores[old] += w * queues;
				n->cost += PLACE_HOP + (bin[v - 1] != old) * PLACE_CROSSING;
				n->out[at] += k->bps;
				queues = 1;
			}
			n->in[server] += k->bps;
			n->cost += (bin[v] != nic) * PLACE_CROSSING;
			at = server;
		} else if (bin[v] != bin[v - 1]) {
			n->cost += PLACE_CROSSING;
		}
		n->cores[bin[v]] += (enters ? nics : w) * queues + c->vnf[v].cores;
		queues = c->vnf[v].out;
	}
	uint32_t last = bin[k->first + k->n - 1], nic = c->server[at].nic_bin;
	n->cores[nic] += w * queues;
	n->cost += (last != nic) * PLACE_CROSSING;
	n->out[at] += k->bps;
}

static bool rules_hold(const struct cluster *c, const uint32_t *bin)
{
	for (uint32_t v = 0; v < VNFS; v++)
		if (c->vnf[v].server >= 0 && c->bin[bin[v]].server != (uint32_t)c->vnf[v].server)
			return false;
	for (size_t i = 0; i < c->p.n_rules; i++) {
		uint32_t x = bin[c->pair[i][0]], y = bin[c->pair[i][1]];
		bool same = c->pair[i][0] == c->pair[i][1];
		if (!same && (i ? c->bin[x].server == c->bin[y].server : x != y))
			return false;
	}
	return true;
}

static bool judge(const struct cluster *c, const uint32_t *bin, struct count *n)
{
	*n = (struct count){.servers = 0};
	bool used[BINS] = {0};
	for (uint32_t i = 0; i < c->p.n_chains; i++)
		count_chain(c, &c->chain[i], bin, n);
	for (uint32_t v = 0; v < VNFS; v++) {
		uint32_t server = c->bin[bin[v]].server;
		n->servers += !used[server];
		n->mw += used[server] ? 0 : c->server[server].idle_mw;
		used[server] = true;
	}
	for (uint32_t i = 0; i < c->p.n_bins; i++)
		n->mw += n->cores[i] * c->server[c->bin[i].server].core_mw;
	for (uint32_t i = 0; i < c->p.n_bins; i++)
		if (n->cores[i] > c->bin[i].cores)
			return false;
	for (uint32_t s = 0; s < c->p.n_servers; s++)
		if (n->in[s] > PORT_BPS || n->out[s] > PORT_BPS)
			return false;
	return rules_hold(c, bin);
}

/* All placements that fit. */
struct all {
	struct count of[PLACEMENTS];
	uint32_t n;
};

static void brute_force(const struct cluster *c, struct all *all)
{
	uint32_t bin[VNFS] = {0}, v = 0;
	all->n = 0;
	while (v < VNFS) {
		all->n += judge(c, bin, &all->of[all->n]);
		for (v = 0; v < VNFS && ++bin[v] == c->p.n_bins; v++)
			bin[v] = 0;
	}
}

/* The cheapest of all within limits, then the one with the fewest watts; NULL: there is none. */
static const struct count *cheapest(const struct all *all, const struct place_limits *most)
{
	const struct count *best = NULL;
	for (uint32_t i = 0; i < all->n; i++) {
		const struct count *n = &all->of[i];
		if (n->servers > most->servers || n->mw > most->mw)
			continue;
		if (!best || n->cost < best->cost || (n->cost == best->cost && n->mw < best->mw))
			best = n;
	}
	return best;
}

/* Along the front of crossings and watts: each next placement must take fewer watts. */
static void compare_front(const struct cluster *c, const struct all *all, uint32_t servers)
{
	struct place_limits most = {servers, INT64_MAX};
	const struct count *best;
	do {
		struct place_answer a;
		struct count n;
		best = cheapest(all, &most);
		bool found = place_solve(&c->p, &most, &a);
		assert_true(a.proven);
		assert_int_equal(found, best != NULL);
		if (!found)
			break;
		assert_true(judge(c, a.bin, &n));
		assert_int_equal(n.cost, best->cost);
		assert_int_equal(n.mw, best->mw);
		assert_int_equal(place_cost(&c->p, &a), best->cost);
		assert_int_equal(a.servers, n.servers);
		assert_int_equal(a.mw, n.mw);
		assert_true(place_fits(&c->p, &a));
		most.mw = best->mw - 1;
	} while (best);
}

static void compare_bounds(const struct cluster *c, const struct all *all)
{
	const char *method;
	uint32_t servers = place_bound(&c->p, &method);
	int64_t mw = place_bound_mw(&c->p);
	for (uint32_t i = 0; i < all->n; i++) {
		assert_true(servers <= all->of[i].servers);
		assert_true(mw <= all->of[i].mw);
	}
}

static struct all brute;

static void test_brute_force(void **state)
{
	uint32_t feasible = 0;
	(void)state;
	for (uint32_t seed = 1; seed <= CLUSTERS; seed++) {
		struct cluster c;
		make(&c, seed);
		brute_force(&c, &brute);
		feasible += brute.n > 0;
		for (uint32_t k = 1; k <= c.p.n_servers; k++)
			compare_front(&c, &brute, k);
		compare_bounds(&c, &brute);
	}
	assert_in_range(feasible, 50, CLUSTERS - 1); /* cases of both kinds */
}

/* What place_each() shows, as marks on brute force's list. */
struct seen {
	const struct cluster *c;
	uint32_t n;
	bool mark[PLACEMENTS];
};

static bool same(const struct count *x, const struct count *y)
{
	return x->servers == y->servers && x->cost == y->cost && x->mw == y->mw;
}

static bool mark(void *arg, const struct place_answer *a)
{
	struct seen *s = arg;
	struct count n;
	bool known = false;
	assert_true(judge(s->c, a->bin, &n));
	for (uint32_t i = 0; i < brute.n; i++) {
		s->mark[i] |= same(&n, &brute.of[i]);
		known |= s->mark[i];
	}
	s->n++;
	return known;
}

/* Every placement is shown, or one that is like it in servers, cost and watts. */
static void test_each(void **state)
{
	static struct seen seen;
	(void)state;
	for (uint32_t seed = 1; seed <= 30; seed++) {
		struct cluster c;
		make(&c, seed);
		brute_force(&c, &brute);
		memset(&seen, 0, sizeof seen);
		seen.c = &c;
		assert_true(place_each(&c.p, c.p.n_servers, PLACEMENTS, mark, &seen));
		assert_true(seen.n <= brute.n);
		for (uint32_t i = 0; i < brute.n; i++)
			assert_true(seen.mark[i]);
		if (seen.n > 1)
			assert_false(place_each(&c.p, c.p.n_servers, seen.n - 1, mark, &seen));
	}
}

/* What fits and what does not, for placements at random. */
static void test_fits(void **state)
{
	uint32_t seed = 7, good = 0, all = 0;
	(void)state;
	for (uint32_t i = 1; i <= CLUSTERS; i++) {
		struct cluster c;
		make(&c, i);
		for (int k = 0; k < 200; k++, all++) {
			struct place_answer a = {.proven = false};
			struct count n;
			for (uint32_t v = 0; v < VNFS; v++)
				a.bin[v] = draw(&seed, c.p.n_bins);
			bool fits = judge(&c, a.bin, &n);
			assert_int_equal(place_fits(&c.p, &a), fits);
			good += fits;
		}
	}
	assert_in_range(good, all / 100, all - all / 100);
}

/* A hundred VNFs in thirty chains on twenty servers: too many to try, so a bound and a fit must
 * do. */
static void test_large(void **state)
{
	static struct place_vnf vnf[100];
	static struct place_chain chain[30];
	static struct place_bin bin[40];
	static struct place_server server[20];
	struct place_problem p = {vnf, 0, chain, 30, bin, 40, server, 20, NULL, 0, PLACE_WORKERS};
	struct place_answer a;
	(void)state;
	for (uint32_t c = 0; c < 30; c++) {
		chain[c] = (struct place_chain){p.n_vnfs, c < 10 ? 4 : 3, 1, PORT_BPS / 10};
		for (uint32_t i = 0; i < chain[c].n; i++)
			vnf[p.n_vnfs++] = (struct place_vnf){c, 1, 1, PLACE_ANY, PLACE_ANY};
	}
	for (uint32_t s = 0; s < 20; s++) {
		server[s] = (struct place_server){2 * s, PORT_BPS, 95000, 9000};
		bin[2 * s] = (struct place_bin){s, 0, 8};
		bin[2 * s + 1] = (struct place_bin){s, 1, 8};
	}
	assert_int_equal(p.n_vnfs, 100);
	/* 100 x 2 + 30 cores on servers of 16 */
	const char *method;
	assert_int_equal(place_bound(&p, &method), 15);
	const struct place_limits all_of_them = {20, INT64_MAX}, fewest = {15, INT64_MAX};
	assert_true(place_solve(&p, &all_of_them, &a));
	assert_true(place_fits(&p, &a));
	assert_true(a.servers <= 20);
	/* A chain of four on the socket without the NIC, and one of three on the other, fill ten
	 * servers; the other ten chains take five. */
	assert_true(place_solve(&p, &fewest, &a));
	assert_true(place_fits(&p, &a));
	assert_int_equal(a.servers, 15);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_brute_force),
		cmocka_unit_test(test_each),
		cmocka_unit_test(test_fits),
		cmocka_unit_test(test_large),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
