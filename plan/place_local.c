/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * place_local - good placements of large problems
 *
 * Chains are put one after another, largest first, each in the best way that those before it leave.
 * Then, over and over, all chains of a few servers are taken out and put back in another order,
 * sockets being tried in random order, and what is not worse is kept: first of all fewer cores of
 * chains for which there is no room. At last stretches of chains, and pairs of VNFs, are moved as
 * long as this helps.
 */
#include "plan/place_state.h"

#include "base/arena.h"
#include "sim/philox.h"

#include <gsl/gsl_randist.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 2000, STALE = 400, FIRST_NODES = 20000, CHAIN_NODES = 3000, MOVES = 50 };

struct local {
	struct place_search q;
	gsl_rng *rng;
	int lost; /* cores of chains that are not in place */
};

static int cores_of(const struct local *l, uint32_t chain)
{
	const struct place_problem *p = l->q.s.p;
	return l->q.tail_cores[p->chain[chain].first] - l->q.tail_cores[place_chain_end(p, chain)];
}

static bool is_put(const struct local *l, uint32_t chain)
{
	const struct place_chain *c = &l->q.s.p->chain[chain];
	return !c->n || l->q.s.bin[c->first] != PLACE_NOWHERE;
}

static void insert(struct local *l, uint32_t chain, uint64_t nodes)
{
	struct place_search *q = &l->q;
	uint32_t first = q->s.p->chain[chain].first;
	q->end = place_chain_end(q->s.p, chain);
	q->best = UINT64_MAX;
	q->found = false;
	q->nodes = 0;
	q->most_nodes = nodes;
	place_search_descend(q, first);
	if (!q->found)
		l->lost += cores_of(l, chain);
	for (uint32_t v = first; q->found && v < q->end; v++)
		place_put(&q->s, v, q->found_bin[v]);
}

static void take_out(struct local *l, uint32_t chain)
{
	for (uint32_t v = place_chain_end(l->q.s.p, chain); v-- > l->q.s.p->chain[chain].first;)
		place_remove(&l->q.s, v);
}

/* Numbers of the chains that are not in place. */
static uint32_t list_missing(const struct local *l, uint32_t *chain)
{
	uint32_t n = 0;
	for (uint32_t c = 0; c < l->q.s.p->n_chains; c++)
		if (!is_put(l, c))
			chain[n++] = c;
	return n;
}

static void sort_by_size(const struct local *l, uint32_t *chain, uint32_t n)
{
	for (uint32_t i = 1; i < n; i++)
		for (uint32_t k = i; k && cores_of(l, chain[k - 1]) < cores_of(l, chain[k]); k--) {
			uint32_t c = chain[k];
			chain[k] = chain[k - 1];
			chain[k - 1] = c;
		}
}

static void insert_all(struct local *l, bool by_size, uint64_t nodes)
{
	uint32_t chain[PLACE_MOST_VNFS], n = list_missing(l, chain);
	l->lost = 0;
	if (by_size)
		sort_by_size(l, chain, n);
	else if (n > 1) /* of none, GSL runs off */
		gsl_ran_shuffle(l->rng, chain, n, sizeof *chain);
	for (uint32_t i = 0; i < n; i++)
		insert(l, chain[i], nodes);
}

static void empty_server(struct local *l, uint32_t server)
{
	const struct place_problem *p = l->q.s.p;
	for (uint32_t c = 0; c < p->n_chains; c++) {
		bool here = false;
		for (uint32_t v = p->chain[c].first; v < place_chain_end(p, c); v++)
			here |= is_put(l, c) && p->bin[l->q.s.bin[v]].server == server;
		if (here)
			take_out(l, c);
	}
}

/* Random order; sockets with a NIC in front, or not. */
static void shuffle_order(struct local *l)
{
	const struct place_problem *p = l->q.s.p;
	uint32_t order[PLACE_MOST_BINS], n = 0;
	gsl_ran_shuffle(l->rng, l->q.order, p->n_bins, sizeof *l->q.order);
	if (gsl_rng_uniform_int(l->rng, 2))
		return;
	for (int nic = 1; nic >= 0; nic--)
		for (uint32_t i = 0; i < p->n_bins; i++) {
			uint32_t bin = l->q.order[i];
			if ((p->server[p->bin[bin].server].nic_bin == bin) == nic)
				order[n++] = bin;
		}
	memcpy(l->q.order, order, n * sizeof *order);
}

static void renew(struct local *l)
{
	unsigned long n = l->q.s.p->n_servers, some = 2 + (gsl_rng_uniform_int(l->rng, 4) == 0);
	for (unsigned long i = 0; i < some && i < n; i++)
		empty_server(l, (uint32_t)gsl_rng_uniform_int(l->rng, n));
	shuffle_order(l);
	insert_all(l, gsl_rng_uniform_int(l->rng, 2), CHAIN_NODES);
}

static uint64_t key_of(const struct place_state *s)
{
	return place_key(s->cost, s->mw);
}

static void search(struct local *l)
{
	int stale = 0;
	insert_all(l, true, FIRST_NODES);
	for (int round = 0; round < ROUNDS && stale < STALE; round++) {
		const struct place_state before = l->q.s;
		int lost = l->lost;
		renew(l);
		bool better =
			l->lost < lost || (l->lost == lost && key_of(&l->q.s) < key_of(&before));
		bool worse =
			l->lost > lost || (l->lost == lost && key_of(&l->q.s) > key_of(&before));
		stale = better ? 0 : stale + 1;
		if (!worse)
			continue;
		l->q.s = before;
		l->lost = lost;
	}
}

static bool keep_if_better(const struct place_limits *most, struct place_answer *a,
	struct place_answer *b, const struct place_problem *p)
{
	uint32_t cost = place_cost(p, b);
	bool good = b->servers <= most->servers && b->mw <= most->mw &&
		    place_key(cost, b->mw) < place_key(place_cost(p, a), a->mw) && place_fits(p, b);
	if (good)
		*a = *b;
	return good;
}

static bool move(const struct place_problem *p, const struct place_limits *most,
	struct place_answer *a, uint32_t first, uint32_t n)
{
	bool moved = false;
	for (uint32_t bin = 0; bin < p->n_bins; bin++) {
		struct place_answer b = *a;
		for (uint32_t v = first; v < first + n; v++)
			b.bin[v] = bin;
		moved |= keep_if_better(most, a, &b, p);
	}
	return moved;
}

static bool exchange(const struct place_problem *p, const struct place_limits *most,
	struct place_answer *a, uint32_t v)
{
	bool moved = false;
	for (uint32_t w = v + 1; w < p->n_vnfs; w++) {
		struct place_answer b = *a;
		b.bin[v] = a->bin[w];
		b.bin[w] = a->bin[v];
		moved |= b.bin[v] != b.bin[w] && keep_if_better(most, a, &b, p);
	}
	return moved;
}

/* Stretches of each chain, longest first, then single exchanges, until nothing helps. */
static void improve(
	const struct place_problem *p, const struct place_limits *most, struct place_answer *a)
{
	bool moved = true;
	for (int round = 0; moved && round < MOVES; round++) {
		moved = false;
		for (uint32_t c = 0; c < p->n_chains; c++)
			for (uint32_t n = p->chain[c].n; n > 0; n--)
				for (uint32_t at = 0; at + n <= p->chain[c].n; at++)
					moved |= move(p, most, a, p->chain[c].first + at, n);
		for (uint32_t v = 0; v < p->n_vnfs; v++)
			moved |= exchange(p, most, a, v);
	}
}

bool place_local(
	const struct place_problem *p, const struct place_limits *most, struct place_answer *a)
{
	struct local *l = xcalloc(1, sizeof *l);
	l->rng = gsl_rng_alloc(philox_type);
	philox_stream(l->rng, 1, most->servers, "place_local");
	place_search_start(&l->q, p, most, 0);
	search(l);
	bool found = l->lost == 0;
	*a = (struct place_answer){.proven = false};
	memcpy(a->bin, l->q.s.bin, sizeof a->bin);
	if (found)
		improve(p, most, a);
	gsl_rng_free(l->rng);
	free(l);
	return found;
}
