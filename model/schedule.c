/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/schedule.h"

#include "base/arena.h"
#include "model/fastloop.h"
#include "model/net.h"

#include <stdlib.h>

#define BLOCK_PACKETS 128 /* of the busiest source: their records stay near in the caches */
#define BLOCK_LEAST_PS PS_PER_US

/* Union-find over core numbers. */
static uint32_t root(uint32_t *parent, uint32_t i)
{
	while (parent[i] != i)
		i = parent[i] = parent[parent[i]];
	return i;
}

static void join(uint32_t *parent, const struct core *x, const struct core *y)
{
	uint32_t a = root(parent, x->number), b = root(parent, y->number);
	parent[a > b ? a : b] = a > b ? b : a;
}

/* Whether two ports must see each other's packets in the order of time. */
static bool shares(const struct port *x, const struct port *y)
{
	if (x->ring && x->ring == y->ring)
		return true;
	if (!x->txq || !y->txq)
		return false;
	return x->txq->wire == y->txq->wire || (x->txq->far && x->txq->far == y->txq->far);
}

static void join_sharers(const struct net *net, uint32_t *parent, const struct task *t,
	const struct port *p, uint32_t from)
{
	for (uint32_t i = from; i < net->tasks.n; i++) {
		const struct task *u = net->tasks.item[i];
		for (uint32_t k = 0; k < u->n_out; k++)
			if (shares(p, &u->out[k]))
				join(parent, t->core, u->core);
	}
}

static void join_cores(const struct net *net, uint32_t *parent)
{
	for (uint32_t i = 0; i < net->tasks.n; i++) {
		const struct task *t = net->tasks.item[i];
		for (uint32_t k = 0; k < t->n_out; k++) {
			const struct port *p = &t->out[k];
			if (p->ops->asks_for_room && p->ring->consumer)
				join(parent, t->core, p->ring->consumer);
			join_sharers(net, parent, t, p, i + 1);
		}
	}
}

typedef void edge_visit(void *arg, uint32_t from, uint32_t to);

/* Visits (sender, reader) of every way that packets take between cores. */
static void each_edge(const struct net *net, edge_visit *visit, void *arg)
{
	for (uint32_t i = 0; i < net->tasks.n; i++) {
		const struct task *t = net->tasks.item[i];
		for (uint32_t k = 0; k < t->n_out; k++) {
			const struct port *p = &t->out[k];
			const struct nic_rx *far = p->txq ? p->txq->far : NULL;
			if (p->ring && p->ring->consumer)
				visit(arg, t->core->number, p->ring->consumer->number);
			for (uint32_t q = 0; far && q < far->n; q++)
				if (far->queue[q].consumer)
					visit(arg, t->core->number, far->queue[q].consumer->number);
		}
	}
}

struct ranking {
	uint32_t *parent, *rank; /* rank of a group: longest way from a source */
	uint32_t limit; /* twice the number of cores: on a cycle all climb beyond once that */
	bool grew;
};

static void raise_rank(void *arg, uint32_t from, uint32_t to)
{
	struct ranking *r = arg;
	uint32_t a = root(r->parent, from), b = root(r->parent, to);
	if (a != b && r->rank[b] <= r->rank[a] && r->rank[a] < r->limit) {
		r->rank[b] = r->rank[a] + 1;
		r->grew = true;
	}
}

/* Groups on a cycle, or behind one, climb without end: they become one group. */
static bool rank_groups(const struct net *net, struct ranking *r)
{
	for (uint32_t i = 0; i < net->cores.n; i++)
		r->rank[i] = 0;
	do {
		r->grew = false;
		each_edge(net, raise_rank, r);
	} while (r->grew);
	const struct core *first = NULL;
	for (uint32_t i = 0; i < net->cores.n; i++) {
		const struct core *c = net->cores.item[i];
		if (r->rank[root(r->parent, i)] < net->cores.n)
			continue;
		if (first)
			join(r->parent, first, c);
		first = c;
	}
	return !first;
}

static void fill_group(struct group *g, const struct net *net, uint32_t *parent, uint32_t of)
{
	g->cores = xcalloc(net->cores.n, sizeof(struct core *));
	for (uint32_t i = 0; i < net->cores.n; i++)
		if (root(parent, i) == of && ((struct core *)net->cores.item[i])->n_tasks)
			g->cores[g->n++] = net->cores.item[i];
	if (g->n == 1 && !net->observer)
		g->fast = fastloop_fits(g->cores[0]);
	if (g->n < 2 && !net->observer)
		return;
	events_init(&g->events, g->n);
	for (uint32_t i = 0; i < g->n; i++) {
		g->cores[i]->events = &g->events;
		g->cores[i]->slot = i;
		events_set(&g->events, i, 0);
	}
}

static ps_t block_of(const struct net *net)
{
	double fastest_pps = 0;
	for (uint32_t i = 0; i < net->sources.n; i++) {
		double pps = ((const struct source *)net->sources.item[i])->spec.rate_pps;
		fastest_pps = pps > fastest_pps ? pps : fastest_pps;
	}
	double ps = fastest_pps > 0 ? BLOCK_PACKETS / fastest_pps * (double)PS_PER_S : 1e12;
	return ps > (double)BLOCK_LEAST_PS ? (ps_t)ps : BLOCK_LEAST_PS;
}

void schedule_init(struct schedule *s, struct net *net, bool together)
{
	uint32_t n = net->cores.n;
	struct ranking r = {.parent = xcalloc(n + 1, sizeof *r.parent),
		.rank = xcalloc(n + 1, sizeof *r.rank),
		.limit = 2 * n};
	for (uint32_t i = 0; i < n; i++)
		r.parent[i] = together ? 0 : i;
	join_cores(net, r.parent);
	while (n && !rank_groups(net, &r))
		continue;
	*s = (struct schedule){.groups = xcalloc(n + 1, sizeof *s->groups),
		.block_ps = block_of(net),
		.observer = net->observer};
	for (uint32_t rank = 0; rank < n; rank++)
		for (uint32_t i = 0; i < n; i++)
			if (root(r.parent, i) == i && r.rank[i] == rank)
				fill_group(&s->groups[s->n++], net, r.parent, i);
	free(r.parent);
	free(r.rank);
}

void schedule_free(struct schedule *s)
{
	for (uint32_t i = 0; i < s->n; i++) {
		free(s->groups[i].cores);
		events_free(&s->groups[i].events);
	}
	free(s->groups);
	*s = (struct schedule){0};
}

static void run_alone(struct core *c, ps_t until_ps)
{
	ps_t at = c->state == CORE_PARKED ? core_wake_time(c) : c->next_ps;
	while (at <= until_ps)
		at = core_step(c, at);
	c->next_ps = at;
}

static void wake_parked(struct group *g)
{
	for (uint32_t i = 0; i < g->n; i++)
		if (g->cores[i]->state == CORE_PARKED)
			events_set(&g->events, i, core_wake_time(g->cores[i]));
}

static void run_observed(struct group *g, const struct observer *o, ps_t until_ps)
{
	wake_parked(g);
	for (struct event e; (e = events_first(&g->events)).at_ps <= until_ps;) {
		struct core *c = g->cores[e.actor];
		o->before(o->arg, c, e.at_ps);
		events_set(&g->events, e.actor, core_step(c, e.at_ps));
		o->after(o->arg, c);
	}
}

static void run_group(struct group *g, ps_t until_ps)
{
	wake_parked(g);
	for (struct event e; (e = events_first(&g->events)).at_ps <= until_ps;)
		events_set(&g->events, e.actor, core_step(g->cores[e.actor], e.at_ps));
}

void schedule_run(struct schedule *s, ps_t from_ps, ps_t until_ps)
{
	for (ps_t end = from_ps; end < until_ps || end == from_ps;) {
		end = until_ps - end > s->block_ps ? end + s->block_ps : until_ps;
		for (uint32_t i = 0; i < s->n; i++) {
			struct group *g = &s->groups[i];
			if (s->observer)
				run_observed(g, s->observer, end);
			else if (g->fast)
				fastloop_run(g->cores[0], end);
			else if (g->n == 1)
				run_alone(g->cores[0], end);
			else if (g->n)
				run_group(g, end);
		}
		if (end == until_ps)
			return;
	}
}
