/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/place_state.h"

#include <string.h>

/* Sums of rates that were rounded to whole b/s may be over by this. */
#define SLACK_BPS 1000

static uint32_t server_of(const struct place_problem *p, uint32_t bin)
{
	return p->bin[bin].server;
}

static uint32_t nic_of(const struct place_problem *p, uint32_t bin)
{
	return p->server[server_of(p, bin)].nic_bin;
}

static void use_cores(struct place_state *s, uint32_t bin, int n)
{
	int most = s->p->bin[bin].cores;
	s->over -= s->used[bin] > most;
	s->used[bin] += n;
	s->over += s->used[bin] > most;
	s->mw += n * s->p->server[server_of(s->p, bin)].core_mw;
}

static void use_port(struct place_state *s, int64_t *used_bps, uint32_t server, int64_t bps)
{
	int64_t most = s->p->server[server].port_bps + SLACK_BPS;
	s->over -= used_bps[server] > most;
	used_bps[server] += bps;
	s->over += used_bps[server] > most;
}

/* Workers on a socket that read so many queues of VMs, or of a NIC. */
static void carry(struct place_state *s, uint32_t bin, int queues)
{
	if (s->p->movers == PLACE_WORKERS)
		use_cores(s, bin, queues);
}

static void receive(struct place_state *s, uint32_t bin, int queues)
{
	if (s->p->movers != PLACE_NO_WORKERS)
		use_cores(s, bin, queues);
}

static void cross(struct place_state *s, bool crosses, int sign)
{
	s->cost += (uint32_t)(sign * crosses * PLACE_CROSSING);
}

static void enter(struct place_state *s, uint32_t bin, int queues, int64_t bps, int sign)
{
	receive(s, bin, sign * queues);
	use_port(s, s->in_bps, server_of(s->p, bin), sign * bps);
	cross(s, bin != nic_of(s->p, bin), sign);
}

static void leave(struct place_state *s, uint32_t bin, int queues, int64_t bps, int sign)
{
	carry(s, nic_of(s->p, bin), sign * queues);
	use_port(s, s->out_bps, server_of(s->p, bin), sign * bps);
	cross(s, bin != nic_of(s->p, bin), sign);
}

static void count_server(struct place_state *s, uint32_t server, int sign)
{
	if (s->on[server] == (sign < 0)) {
		s->servers += (uint32_t)sign;
		s->mw += sign * s->p->server[server].idle_mw;
	}
	s->on[server] += (uint32_t)sign;
}

/* Adds (sign 1) or removes (-1) a VNF. */
static void change(struct place_state *s, uint32_t v, int sign)
{
	const struct place_problem *p = s->p;
	const struct place_vnf *vnf = &p->vnf[v];
	const struct place_chain *c = &p->chain[vnf->chain];
	uint32_t bin = s->bin[v], server = server_of(p, bin);
	use_cores(s, bin, sign * vnf->cores);
	count_server(s, server, sign);
	if (place_is_first(p, v)) {
		enter(s, bin, c->in, c->bps, sign);
	} else if (server_of(p, s->bin[v - 1]) == server) {
		carry(s, bin, sign * p->vnf[v - 1].out);
		cross(s, s->bin[v - 1] != bin, sign);
	} else {
		leave(s, s->bin[v - 1], p->vnf[v - 1].out, c->bps, sign);
		enter(s, bin, 1, c->bps, sign);
		s->cost += (uint32_t)(sign * PLACE_HOP);
	}
	if (place_is_last(p, v))
		leave(s, bin, vnf->out, c->bps, sign);
}

void place_start(struct place_state *s, const struct place_problem *p)
{
	*s = (struct place_state){.p = p};
	memset(s->bin, 0xff, sizeof s->bin);
}

void place_put(struct place_state *s, uint32_t v, uint32_t bin)
{
	s->bin[v] = bin;
	change(s, v, 1);
}

void place_remove(struct place_state *s, uint32_t v)
{
	change(s, v, -1);
	s->bin[v] = PLACE_NOWHERE;
}

static bool pair_allowed(
	const struct place_problem *p, const struct place_rule *r, uint32_t x, uint32_t y)
{
	return r->kind == PLACE_TOGETHER ? x == y : server_of(p, x) != server_of(p, y);
}

static bool rule_allows(const struct place_state *s, const struct place_rule *r, uint32_t v)
{
	bool mine = false, good = true;
	for (size_t k = 0; k < r->n; k++) {
		uint32_t w = r->vnf[k];
		mine |= w == v;
		if (w != v && s->bin[w] != PLACE_NOWHERE)
			good &= pair_allowed(s->p, r, s->bin[v], s->bin[w]);
	}
	return good || !mine;
}

bool place_allowed(const struct place_state *s, uint32_t v)
{
	const struct place_problem *p = s->p;
	const struct place_bin *b = &p->bin[s->bin[v]];
	if ((p->vnf[v].server != PLACE_ANY && (uint32_t)p->vnf[v].server != b->server) ||
		(p->vnf[v].socket != PLACE_ANY && p->vnf[v].socket != b->socket))
		return false;
	for (size_t i = 0; i < p->n_rules; i++)
		if (!rule_allows(s, &p->rule[i], v))
			return false;
	return true;
}

static void fill(struct place_state *s, const struct place_problem *p, const uint32_t *bins)
{
	place_start(s, p);
	for (uint32_t v = 0; v < p->n_vnfs; v++)
		place_put(s, v, bins[v]);
}

uint32_t place_cost(const struct place_problem *p, struct place_answer *a)
{
	struct place_state s;
	fill(&s, p, a->bin);
	a->servers = s.servers;
	a->crossings = s.cost / PLACE_CROSSING;
	a->hops = s.cost % PLACE_CROSSING / PLACE_HOP;
	a->mw = s.mw;
	return s.cost;
}

bool place_fits(const struct place_problem *p, const struct place_answer *a)
{
	struct place_state s;
	fill(&s, p, a->bin);
	for (uint32_t v = 0; v < p->n_vnfs; v++)
		if (!place_allowed(&s, v))
			return false;
	return s.over == 0;
}
