/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/place_state.h"

#include <stdlib.h>
#include <string.h>

/* Larger problems are not tried exactly: that would end without a proof. */
enum { EXACT_VNFS = 24, NODES = 2000000 };

/* Servers named by a rule are like no others. */
static bool is_pinned(const struct place_problem *p, uint32_t server)
{
	for (uint32_t v = 0; v < p->n_vnfs; v++)
		if (p->vnf[v].server == (int)server)
			return true;
	return false;
}

static uint32_t first_bin(const struct place_problem *p, uint32_t server)
{
	uint32_t bin = 0;
	while (p->bin[bin].server != server)
		bin++;
	return bin;
}

static bool are_alike(const struct place_problem *p, uint32_t x, uint32_t y)
{
	const struct place_server *s = &p->server[x], *t = &p->server[y];
	uint32_t a = first_bin(p, x), b = first_bin(p, y);
	if (s->port_bps != t->port_bps || s->nic_bin - a != t->nic_bin - b ||
		s->idle_mw != t->idle_mw || s->core_mw != t->core_mw || is_pinned(p, x) ||
		is_pinned(p, y))
		return false;
	for (; a < p->n_bins && p->bin[a].server == x; a++, b++)
		if (b >= p->n_bins || p->bin[b].server != y || p->bin[a].cores != p->bin[b].cores)
			return false;
	return b >= p->n_bins || p->bin[b].server != y;
}

void place_search_start(struct place_search *q, const struct place_problem *p,
	const struct place_limits *most, uint64_t most_nodes)
{
	*q = (struct place_search){.most = *most, .best = UINT64_MAX, .most_nodes = most_nodes};
	place_start(&q->s, p);
	q->end = p->n_vnfs;
	int64_t core_mw = p->server[0].core_mw;
	for (uint32_t s = 0; s < p->n_servers; s++) {
		int cores = 0;
		for (uint32_t i = 0; i < p->n_bins; i++)
			cores += p->bin[i].server == s ? p->bin[i].cores : 0;
		q->largest = cores > q->largest ? cores : q->largest;
		core_mw = p->server[s].core_mw < core_mw ? p->server[s].core_mw : core_mw;
		while (q->alike[s] < s && !are_alike(p, q->alike[s], s))
			q->alike[s]++;
	}
	for (uint32_t i = 0; i < p->n_bins; i++)
		q->order[i] = i;
	for (uint32_t v = p->n_vnfs; v-- > 0;) {
		q->tail_cores[v] = q->tail_cores[v + 1] + place_least_cores(p, v);
		q->tail_mw[v] = q->tail_mw[v + 1] + place_least_cores(p, v) * core_mw;
	}
}

/* Of empty servers that are alike only the first is tried. */
static bool tried_alike(const struct place_search *q, uint32_t bin)
{
	uint32_t server = q->s.p->bin[bin].server;
	for (uint32_t other = q->alike[server]; !q->s.on[server] && other < server; other++)
		if (!q->s.on[other] && q->alike[other] == q->alike[server])
			return true;
	return false;
}

/* Whether what follows has room, were sockets no matter. */
static bool has_room(const struct place_search *q, uint32_t next)
{
	const struct place_problem *p = q->s.p;
	int64_t room = (int64_t)(q->most.servers - q->s.servers) * q->largest;
	for (uint32_t i = 0; i < p->n_bins; i++)
		room += q->s.on[p->bin[i].server] ? p->bin[i].cores - q->s.used[i] : 0;
	return q->tail_cores[next] - q->tail_cores[q->end] <= room;
}

/* Whether a VNF may be where it has just been put, and what follows can still be good. */
static bool promising(const struct place_search *q, uint32_t v)
{
	const struct place_state *s = &q->s;
	int64_t mw = s->mw + q->tail_mw[v + 1] - q->tail_mw[q->end];
	return !s->over && s->servers <= q->most.servers && mw <= q->most.mw &&
	       place_key(s->cost, mw) < q->best && place_allowed(s, v) && has_room(q, v + 1);
}

static void look_at(struct place_search *q)
{
	struct place_answer a = {.proven = true};
	memcpy(a.bin, q->s.bin, sizeof a.bin);
	place_cost(q->s.p, &a);
	if (!q->left-- || !q->look(q->arg, &a))
		q->most_nodes = 0;
}

static void arrive(struct place_search *q)
{
	q->found = true;
	if (q->look) {
		look_at(q);
		return;
	}
	q->best = place_key(q->s.cost, q->s.mw);
	memcpy(q->found_bin, q->s.bin, sizeof q->found_bin);
}

static void try_bin(struct place_search *q, uint32_t v, uint32_t bin)
{
	if (q->nodes >= q->most_nodes || tried_alike(q, bin))
		return;
	q->nodes++;
	place_put(&q->s, v, bin);
	if (promising(q, v))
		place_search_descend(q, v + 1);
	place_remove(&q->s, v);
}

void place_search_descend(struct place_search *q, uint32_t v)
{
	const struct place_problem *p = q->s.p;
	if (v == q->end) {
		arrive(q);
		return;
	}
	uint32_t before = v == p->chain[p->vnf[v].chain].first ? PLACE_NOWHERE : q->s.bin[v - 1];
	if (before != PLACE_NOWHERE)
		try_bin(q, v, before);
	for (uint32_t i = 0; i < p->n_bins; i++)
		if (q->order[i] != before)
			try_bin(q, v, q->order[i]);
}

bool place_solve(
	const struct place_problem *p, const struct place_limits *most, struct place_answer *a)
{
	struct place_search *q = malloc(sizeof *q);
	*a = (struct place_answer){.proven = false};
	if (!q)
		return false;
	place_search_start(q, p, most, NODES);
	if (p->n_vnfs <= EXACT_VNFS) {
		place_search_descend(q, 0);
		a->proven = q->nodes < q->most_nodes;
	}
	bool found = a->proven && q->found;
	if (found)
		memcpy(a->bin, q->found_bin, sizeof a->bin);
	else if (!a->proven)
		found = place_local(p, most, a);
	if (!a->proven && q->found) {
		struct place_answer other = {.proven = false};
		memcpy(other.bin, q->found_bin, sizeof other.bin);
		place_cost(p, &other);
		if (!found || q->best < place_key(place_cost(p, a), a->mw))
			*a = other;
		found = true;
	}
	free(q);
	if (found)
		place_cost(p, a);
	return found;
}

bool place_each(const struct place_problem *p, uint32_t most_servers, size_t most_placements,
	place_look *look, void *arg)
{
	const struct place_limits most = {most_servers, INT64_MAX};
	struct place_search *q = malloc(sizeof *q);
	if (!q)
		return false;
	place_search_start(q, p, &most, NODES);
	q->look = look;
	q->arg = arg;
	q->left = most_placements;
	place_search_descend(q, 0);
	bool all = q->nodes < q->most_nodes;
	free(q);
	return all;
}
