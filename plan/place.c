/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/place.h"

#include <stdlib.h>
#include <string.h>

enum { NODES = 2000000, CHAIN_NODES = 100000, ROUNDS = 50 };

#define NOWHERE UINT32_MAX
#define WORST UINT32_MAX

/* Resources in use, by bin and by server. */
struct state {
	const struct place_problem *p;
	int used[PLACE_MOST_BINS];
	double in_bps[PLACE_MOST_BINS], out_bps[PLACE_MOST_BINS];
	uint32_t on[PLACE_MOST_BINS]; /* VNFs of each server */
	uint32_t servers, cost;
};

static uint32_t server_of(const struct place_problem *p, uint32_t bin)
{
	return p->bin[bin].server;
}

static bool is_first(const struct place_problem *p, uint32_t v)
{
	return v == p->chain[p->vnf[v].chain].first;
}

static bool is_last(const struct place_problem *p, uint32_t v)
{
	const struct place_chain *c = &p->chain[p->vnf[v].chain];
	return v + 1 == c->first + c->n;
}

static uint32_t nic_of(const struct place_problem *p, uint32_t bin)
{
	return p->server[server_of(p, bin)].nic_bin;
}

/* Workers that carry n queues to a bin, and out of it. */
static void carry(struct state *s, uint32_t bin, int n, int sign)
{
	if (s->p->workers)
		s->used[bin] += sign * n;
}

static void enter(struct state *s, uint32_t bin, int queues, double bps, int sign)
{
	carry(s, bin, queues, sign);
	s->in_bps[server_of(s->p, bin)] += sign * bps;
	s->cost += (uint32_t)(sign * (bin != nic_of(s->p, bin)) * PLACE_CROSSING);
}

static void leave(struct state *s, uint32_t bin, int queues, double bps, int sign)
{
	carry(s, nic_of(s->p, bin), queues, sign);
	s->out_bps[server_of(s->p, bin)] += sign * bps;
	s->cost += (uint32_t)(sign * (bin != nic_of(s->p, bin)) * PLACE_CROSSING);
}

/* Adds (sign 1) or removes (-1) a VNF whose predecessor is in place. */
static void put(struct state *s, const uint32_t *bins, uint32_t v, int sign)
{
	const struct place_problem *p = s->p;
	const struct place_vnf *vnf = &p->vnf[v];
	const struct place_chain *c = &p->chain[vnf->chain];
	uint32_t bin = bins[v], server = server_of(p, bin);
	s->used[bin] += sign * vnf->cores;
	s->servers += (uint32_t)(sign * (s->on[server] == (sign < 0)));
	s->on[server] += (uint32_t)sign;
	if (is_first(p, v)) {
		enter(s, bin, c->in, c->bps, sign);
	} else if (server_of(p, bins[v - 1]) == server) {
		carry(s, bin, p->vnf[v - 1].out, sign);
		s->cost += (uint32_t)(sign * (bins[v - 1] != bin) * PLACE_CROSSING);
	} else {
		leave(s, bins[v - 1], p->vnf[v - 1].out, c->bps, sign);
		enter(s, bin, 1, c->bps, sign);
		s->cost += (uint32_t)(sign * PLACE_HOP);
	}
	if (is_last(p, v))
		leave(s, bin, vnf->out, c->bps, sign);
}

static bool within(const struct state *s)
{
	const struct place_problem *p = s->p;
	for (uint32_t i = 0; i < p->n_bins; i++)
		if (s->used[i] > p->bin[i].cores)
			return false;
	for (uint32_t i = 0; i < p->n_servers; i++) {
		double most = p->server[i].port_bps * (1 + 1e-9);
		if (s->in_bps[i] > most || s->out_bps[i] > most)
			return false;
	}
	return true;
}

static bool pair_allowed(
	const struct place_problem *p, const struct place_rule *r, uint32_t x, uint32_t y)
{
	return r->kind == PLACE_TOGETHER ? x == y : server_of(p, x) != server_of(p, y);
}

/* Whether rules let VNF v be where it is, seen from those that are somewhere. */
static bool allowed(const struct place_problem *p, const uint32_t *bins, uint32_t v)
{
	const struct place_bin *b = &p->bin[bins[v]];
	if ((p->vnf[v].server != PLACE_ANY && (uint32_t)p->vnf[v].server != b->server) ||
		(p->vnf[v].socket != PLACE_ANY && p->vnf[v].socket != b->socket))
		return false;
	for (size_t i = 0; i < p->n_rules; i++) {
		const struct place_rule *r = &p->rule[i];
		bool mine = false;
		for (size_t k = 0; k < r->n; k++)
			mine |= r->vnf[k] == v;
		for (size_t k = 0; mine && k < r->n; k++)
			if (r->vnf[k] != v && bins[r->vnf[k]] != NOWHERE &&
				!pair_allowed(p, r, bins[v], bins[r->vnf[k]]))
				return false;
	}
	return true;
}

static void fill(struct state *s, const struct place_problem *p, const uint32_t *bins)
{
	*s = (struct state){.p = p};
	for (uint32_t v = 0; v < p->n_vnfs; v++)
		put(s, bins, v, 1);
}

uint32_t place_cost(const struct place_problem *p, struct place_answer *a)
{
	struct state s;
	fill(&s, p, a->bin);
	a->servers = s.servers;
	a->crossings = s.cost / PLACE_CROSSING;
	a->hops = s.cost % PLACE_CROSSING / PLACE_HOP;
	return s.cost;
}

static bool fits(const struct place_problem *p, const uint32_t *bins, struct state *s)
{
	fill(s, p, bins);
	for (uint32_t v = 0; v < p->n_vnfs; v++)
		if (!allowed(p, bins, v))
			return false;
	return within(s);
}

bool place_fits(const struct place_problem *p, const struct place_answer *a)
{
	struct state s;
	return fits(p, a->bin, &s);
}

/* Branch and bound over VNFs in order: what is in use and what it costs only ever grow. */
struct search {
	struct state s;
	uint32_t most_servers, best_cost;
	uint32_t bins[PLACE_MOST_VNFS];
	uint32_t best[PLACE_MOST_VNFS];
	uint32_t end;   /* of the VNFs to place */
	bool symmetric; /* no VNF is pinned: empty servers of a kind are as good as each other */
	uint64_t nodes, most_nodes;
	bool found;
};

static uint32_t first_bin(const struct place_problem *p, uint32_t server)
{
	uint32_t bin = 0;
	while (server_of(p, bin) != server)
		bin++;
	return bin;
}

static bool alike(const struct search *q, uint32_t x, uint32_t y)
{
	const struct place_problem *p = q->s.p;
	uint32_t a = first_bin(p, x), b = first_bin(p, y);
	if (q->s.on[x] || q->s.on[y] || p->server[x].port_bps != p->server[y].port_bps ||
		p->server[x].nic_bin - a != p->server[y].nic_bin - b)
		return false;
	for (; a < p->n_bins && server_of(p, a) == x; a++, b++)
		if (b >= p->n_bins || server_of(p, b) != y || p->bin[a].cores != p->bin[b].cores)
			return false;
	return b >= p->n_bins || server_of(p, b) != y;
}

static bool tried_alike(const struct search *q, uint32_t bin)
{
	uint32_t server = server_of(q->s.p, bin);
	for (uint32_t other = 0; q->symmetric && other < server; other++)
		if (alike(q, other, server))
			return true;
	return false;
}

static void descend(struct search *q, uint32_t v)
{
	const struct place_problem *p = q->s.p;
	if (v == q->end) {
		q->best_cost = q->s.cost;
		q->found = true;
		memcpy(q->best, q->bins, sizeof(q->bins));
		return;
	}
	for (uint32_t bin = 0; bin < p->n_bins && q->nodes < q->most_nodes; bin++) {
		if (tried_alike(q, bin))
			continue;
		q->nodes++;
		q->bins[v] = bin;
		put(&q->s, q->bins, v, 1);
		if (q->s.servers <= q->most_servers && q->s.cost < q->best_cost &&
			allowed(p, q->bins, v) && within(&q->s))
			descend(q, v + 1);
		put(&q->s, q->bins, v, -1);
		q->bins[v] = NOWHERE;
	}
}

static bool pinned(const struct place_problem *p)
{
	for (uint32_t v = 0; v < p->n_vnfs; v++)
		if (p->vnf[v].server != PLACE_ANY)
			return true;
	return false;
}

static void start_search(struct search *q, const struct place_problem *p, uint32_t most_servers)
{
	*q = (struct search){.s = {.p = p}, .most_servers = most_servers, .best_cost = WORST};
	q->symmetric = !pinned(p);
	for (uint32_t v = 0; v < PLACE_MOST_VNFS; v++)
		q->bins[v] = NOWHERE;
}

static void solve_exactly(struct search *q)
{
	q->end = q->s.p->n_vnfs;
	q->most_nodes = NODES;
	descend(q, 0);
}

static int chain_cores(const struct place_problem *p, uint32_t c)
{
	int n = p->chain[c].in;
	for (uint32_t v = p->chain[c].first; v < p->chain[c].first + p->chain[c].n; v++)
		n += p->vnf[v].cores + p->vnf[v].out;
	return n;
}

/* The chain with the most cores that has not been placed. */
static uint32_t largest(const struct place_problem *p, const uint32_t *bins)
{
	uint32_t best = NOWHERE;
	for (uint32_t c = 0; c < p->n_chains; c++)
		if (p->chain[c].n && bins[p->chain[c].first] == NOWHERE &&
			(best == NOWHERE || chain_cores(p, c) > chain_cores(p, best)))
			best = c;
	return best;
}

/* Chain by chain, largest first, each in the best way that the ones before it leave. */
static bool solve_greedily(struct search *q)
{
	const struct place_problem *p = q->s.p;
	for (uint32_t c = largest(p, q->bins); c != NOWHERE; c = largest(p, q->bins)) {
		const struct place_chain *chain = &p->chain[c];
		q->end = chain->first + chain->n;
		q->best_cost = WORST;
		q->nodes = 0;
		q->most_nodes = CHAIN_NODES;
		q->found = false;
		descend(q, chain->first);
		if (!q->found)
			return false;
		memcpy(q->bins, q->best, sizeof(q->bins));
		for (uint32_t v = chain->first; v < q->end; v++)
			put(&q->s, q->bins, v, 1);
	}
	memcpy(q->best, q->bins, sizeof(q->bins));
	return true;
}

/* A chain (or a VNF) on each bin in turn; keeps the best that fits. */
struct local {
	const struct place_problem *p;
	uint32_t most_servers, cost;
	struct place_answer *answer;
};

static bool better(struct local *l, const uint32_t *bins)
{
	struct state s;
	if (!fits(l->p, bins, &s) || s.servers > l->most_servers || s.cost >= l->cost)
		return false;
	l->cost = s.cost;
	memcpy(l->answer->bin, bins, sizeof(l->answer->bin));
	return true;
}

static bool move(struct local *l, uint32_t first, uint32_t n)
{
	bool moved = false;
	for (uint32_t bin = 0; bin < l->p->n_bins; bin++) {
		uint32_t bins[PLACE_MOST_VNFS];
		memcpy(bins, l->answer->bin, sizeof(bins));
		for (uint32_t v = first; v < first + n; v++)
			bins[v] = bin;
		moved |= better(l, bins);
	}
	return moved;
}

static bool exchange(struct local *l, uint32_t v)
{
	bool moved = false;
	for (uint32_t w = v + 1; w < l->p->n_vnfs; w++) {
		uint32_t bins[PLACE_MOST_VNFS];
		memcpy(bins, l->answer->bin, sizeof(bins));
		bins[v] = l->answer->bin[w];
		bins[w] = l->answer->bin[v];
		moved |= bins[v] != bins[w] && better(l, bins);
	}
	return moved;
}

/* Stretches of each chain, longest first, then single exchanges, until nothing helps. */
static void improve(struct local *l)
{
	bool moved = true;
	for (int round = 0; moved && round < ROUNDS; round++) {
		moved = false;
		for (uint32_t c = 0; c < l->p->n_chains; c++) {
			const struct place_chain *chain = &l->p->chain[c];
			for (uint32_t n = chain->n; n > 0; n--)
				for (uint32_t at = 0; at + n <= chain->n; at++)
					moved |= move(l, chain->first + at, n);
		}
		for (uint32_t v = 0; v < l->p->n_vnfs; v++)
			moved |= exchange(l, v);
	}
}

bool place_solve(const struct place_problem *p, uint32_t most_servers, struct place_answer *a)
{
	struct search *q = malloc(sizeof(*q));
	if (!q)
		return false;
	start_search(q, p, most_servers);
	solve_exactly(q);
	*a = (struct place_answer){.proven = q->nodes < q->most_nodes};
	bool found = q->found;
	if (found)
		memcpy(a->bin, q->best, sizeof(a->bin));
	if (!a->proven) {
		struct local l = {p, most_servers, found ? q->best_cost : WORST, a};
		start_search(q, p, most_servers);
		if (solve_greedily(q))
			found |= better(&l, q->best);
		if (found)
			improve(&l);
	}
	free(q);
	if (found)
		place_cost(p, a);
	return found;
}
