/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/placement_guess.h"

#include "model/estimate.h"
#include "plan/hope.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Estimates for each problem, over the VNFs that it has; a hundred VNFs take about 3 ms. */
enum { LOOKS = 60000, MOVED_LOOKS = 20000, FRONT = 3, MORE_SERVERS = 3, MORE_LOOKS = 2, SEEN = 16 };

#define LESS 0.02  /* loss that an estimate does not tell apart */
#define SAME 0.002 /* share of latency that is not worth a simulation */

/* Estimates under way. */
struct guesser {
	struct guesses *g;
	struct posed *q;
	struct scenario s; /* a copy whose VNFs are moved about */
};

static void copy_chains(struct guesser *w)
{
	struct arena *a = w->q->arena;
	w->s = *w->q->s;
	struct chain *chains = arena_alloc(a, w->s.chains.n * sizeof *chains);
	for (size_t i = 0; i < w->s.chains.n; i++) {
		chains[i] = *scenario_chain(w->q->s, i);
		size_t n = chains[i].items.n;
		struct chain_item *items = arena_alloc(a, n * sizeof *items);
		memcpy(items, chains[i].items.items, n * sizeof *items);
		chains[i].items.items = items;
	}
	w->s.chains.items = chains;
}

static void move_vnf(struct chain_item *it, const struct place_bin *b)
{
	it->spot = it->worker_spot = (struct spot){b->server, b->socket, -1};
	it->memory_socket = b->socket;
}

static void arrange(struct guesser *w, const struct place_answer *a)
{
	for (size_t i = 0, v = 0; i < w->s.chains.n; i++) {
		struct chain *c = scenario_chain(&w->s, i);
		for (size_t k = 0; k < c->items.n; k++, v++)
			move_vnf(scenario_item(c, k), &w->q->bin[a->bin[v]]);
		size_t last = scenario_item(c, c->items.n - 1)->spot.server;
		int nic = (int)scenario_server(&w->s, last)->platform->nic.socket.value.value;
		c->last_spot = (struct spot){last, nic, -1};
	}
}

static struct guess judge(struct guesser *w, const struct place_answer *a)
{
	struct guess x = {.q = w->q, .answer = *a};
	struct estimate e;
	arrange(w, a);
	estimate_scenario(&w->s, &e);
	x.hopeful = hope(&w->q->ask->target, &e);
	for (uint32_t i = 0; i < e.n_chains; i++) {
		x.loss = fmax(x.loss, e.chains[i].loss_ratio);
		x.worst_ns = fmax(x.worst_ns, e.chains[i].mean_latency_ns);
		x.all_ns += e.chains[i].mean_latency_ns;
	}
	x.load = e.valid ? 0 : e.load;
	estimate_free(&e);
	if (++w->g->looked_at % SEEN == 0 && w->g->see)
		w->g->see(w->g->see_arg, w->g->looked_at);
	return x;
}

bool guess_better(const struct guess *a, const struct guess *b)
{
	if (a->hopeful != b->hopeful)
		return a->hopeful;
	if (!a->hopeful && (a->loss < b->loss || a->loss > b->loss))
		return a->loss < b->loss;
	if (a->load < b->load || a->load > b->load)
		return a->load < b->load;
	if (a->worst_ns < b->worst_ns || a->worst_ns > b->worst_ns)
		return a->worst_ns < b->worst_ns;
	return a->all_ns < b->all_ns;
}

static struct guess_group *group_of(struct guesses *g, const struct place_answer *a)
{
	size_t i = 0;
	while (i < g->n && (g->group[i].servers < a->servers ||
				   (g->group[i].servers == a->servers && g->group[i].mw < a->mw)))
		i++;
	if (i == g->n || g->group[i].servers != a->servers || g->group[i].mw != a->mw) {
		g->group = xrealloc(g->group, g->n + 1, sizeof *g->group);
		memmove(g->group + i + 1, g->group + i, (g->n - i) * sizeof *g->group);
		g->group[i] = (struct guess_group){.servers = a->servers, .mw = a->mw};
		g->n++;
	}
	return &g->group[i];
}

/* Estimates that are the same to the last digits are of placements that differ in names only. */
static bool alike(const struct guess *a, const struct guess *b)
{
	return fabs(a->worst_ns - b->worst_ns) <= 1e-9 * b->worst_ns &&
	       fabs(a->all_ns - b->all_ns) <= 1e-9 * b->all_ns && fabs(a->loss - b->loss) <= 1e-9;
}

static void keep(struct guesses *g, const struct guess *x)
{
	struct guess_group *k = group_of(g, &x->answer);
	size_t at = k->n;
	for (size_t i = 0; i < k->n; i++)
		if (alike(x, &k->best[i]))
			return;
	while (at > 0 && guess_better(x, &k->best[at - 1]))
		at--;
	if (at == GUESS_BEST)
		return;
	k->n += k->n < GUESS_BEST;
	memmove(k->best + at + 1, k->best + at, (k->n - at - 1) * sizeof *k->best);
	k->best[at] = *x;
}

static bool look(void *arg, const struct place_answer *a)
{
	struct guesser *w = arg;
	const struct guess x = judge(w, a);
	keep(w->g, &x);
	return true;
}

/* Tries a stretch of a chain on each socket; keeps the best. */
static bool move_stretch(
	struct guesser *w, struct guess *x, uint32_t first, uint32_t n, size_t *looks)
{
	const struct place_problem *p = &w->q->p;
	bool moved = false;
	for (uint32_t bin = 0; bin < p->n_bins && *looks; bin++) {
		struct place_answer a = x->answer;
		for (uint32_t v = first; v < first + n; v++)
			a.bin[v] = bin;
		if (memcmp(a.bin, x->answer.bin, sizeof a.bin) == 0 || !place_fits(p, &a))
			continue;
		place_cost(p, &a);
		a.proven = false;
		if (a.servers > x->answer.servers || a.mw > x->answer.mw)
			continue;
		--*looks;
		const struct guess y = judge(w, &a);
		keep(w->g, &y);
		moved |= guess_better(&y, x);
		if (guess_better(&y, x))
			*x = y;
	}
	return moved;
}

/* Moves stretches of chains as long as the estimate likes it better. */
static void improve(struct guesser *w, struct guess x)
{
	const struct place_problem *p = &w->q->p;
	size_t looks = MOVED_LOOKS / (p->n_vnfs * 4);
	bool moved = true;
	while (moved && looks) {
		moved = false;
		for (uint32_t c = 0; c < p->n_chains; c++)
			for (uint32_t n = p->chain[c].n; n > 0; n--)
				for (uint32_t at = 0; at + n <= p->chain[c].n && looks; at++)
					moved |= move_stretch(
						w, &x, p->chain[c].first + at, n, &looks);
	}
}

/* Along the front of crossings and watts: each next placement takes fewer watts. Returns how many
 * servers the first one takes; 0: none was found. */
static uint32_t search_front(struct guesser *w, uint32_t most_servers)
{
	struct place_limits most = {most_servers, INT64_MAX};
	struct place_answer a;
	uint32_t servers = 0;
	for (int i = 0; i < FRONT && place_solve(&w->q->p, &most, &a); i++) {
		const struct guess x = judge(w, &a);
		servers = i ? servers : a.servers;
		keep(w->g, &x);
		improve(w, x);
		most.mw = a.mw - 1;
	}
	return servers;
}

void guesses_add(struct guesses *g, struct posed *q, uint32_t fewest_servers)
{
	struct guesser w = {.g = g, .q = q};
	uint32_t most = q->p.n_servers;
	copy_chains(&w);
	g->all = place_each(&q->p, most, LOOKS / q->p.n_vnfs, look, &w);
	for (uint32_t k = fewest_servers; !g->all && k <= most; k++) {
		uint32_t found = search_front(&w, k);
		if (found && found + MORE_SERVERS < most)
			most = found + MORE_SERVERS;
	}
}

/* Whether a group is beaten by another, as far as estimates can tell. */
static bool beaten(const struct guess_group *x, const struct guess_group *y)
{
	const struct guess *a = &x->best[0], *b = &y->best[0];
	bool cheaper = y->servers <= x->servers && y->mw <= x->mw &&
		       (y->servers < x->servers || y->mw < x->mw);
	if (!cheaper || b->hopeful != a->hopeful)
		return cheaper && b->hopeful;
	return a->hopeful ? b->worst_ns <= a->worst_ns * (1 + SAME) : b->loss <= a->loss + LESS;
}

static void drop(struct guesses *g, size_t i)
{
	memmove(g->group + i, g->group + i + 1, (g->n - i - 1) * sizeof *g->group);
	g->n--;
}

/* What a group has over the one before it: little, if it has no hope or is hardly faster. The first
 * and the last one have most. */
static double gain(const struct guesses *g, size_t i)
{
	if (i == 0 || i + 1 == g->n)
		return INFINITY;
	const struct guess *x = &g->group[i].best[0], *before = &g->group[i - 1].best[0];
	if (!x->hopeful)
		return -1;
	return before->hopeful ? fabs(before->worst_ns - x->worst_ns) / x->worst_ns : 1;
}

/* Whether no placement on as many servers is faster, and these are few. */
static bool is_fastest(const struct guesses *g, size_t i)
{
	const struct guess_group *x = &g->group[i];
	if (x->servers > g->group[0].servers + MORE_LOOKS)
		return false;
	for (size_t k = 0; k < g->n; k++)
		if (g->group[k].servers == x->servers && k != i &&
			guess_better(&g->group[k].best[0], &x->best[0]))
			return false;
	return true;
}

void guesses_choose(struct guesses *g, size_t most)
{
	for (size_t i = 0; i < g->n; i++) {
		bool front = true;
		for (size_t k = 0; k < g->n; k++)
			front &= !beaten(&g->group[i], &g->group[k]);
		g->group[i].n = front || i == 0 || is_fastest(g, i) ? g->group[i].n : 0;
	}
	for (size_t i = g->n; i-- > 0;)
		if (!g->group[i].n)
			drop(g, i);
	while (g->n > most) {
		size_t least = 0;
		for (size_t i = 0; i < g->n; i++)
			if (gain(g, i) < gain(g, least))
				least = i;
		drop(g, least);
	}
}
