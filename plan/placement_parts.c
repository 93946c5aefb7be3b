/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/placement_parts.h"

#include "plan/looks.h"
#include "plan/point.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN = 3 };

/* Up to so many chains, of a part and of all that are simulated, are simulated until the intervals
 * of their 99th percentiles are narrow; of more chains so many packets are enough to begin with,
 * and so many of a part. */
enum {
	P99_CHAINS = 4,
	P99_CHAINS_OF_ALL = 64,
	ROUGH_CHAIN_PACKETS = 250000,
	ROUGH_PART_PACKETS = 1000000
};

/* A chain of a part, to be put in order. */
struct described {
	uint32_t chain;
	char *text;
};

/* A part while it is cut out. */
struct cut {
	const struct scenario *s;
	struct arena *arena;
	size_t *host; /* n_hosts: numbers of its servers */
	size_t n_hosts;
};

/* Where a server is in the list, at its end if it was not. */
static size_t host_of(struct cut *c, size_t server)
{
	size_t i = 0;
	while (i < c->n_hosts && c->host[i] != server)
		i++;
	if (i == c->n_hosts)
		c->host[c->n_hosts++] = server;
	return i;
}

static struct cut cut_of(const struct scenario *s, struct arena *a)
{
	return (struct cut){s, a, arena_alloc(a, s->servers.n * sizeof(size_t)), 0};
}

/* What a server is called in a kind. Clocks of single cores name their servers. */
static const char *host_name(const struct cut *c, size_t host)
{
	if (c->s->cores.clocks.n)
		return scenario_server(c->s, c->host[host])->name;
	return arena_printf(c->arena, "s%zu", host);
}

/* A chain without the names of itself and its servers. */
static struct chain nameless(struct cut *c, uint32_t chain)
{
	struct chain x = *scenario_chain(c->s, chain);
	struct chain_item *items = arena_alloc(c->arena, (x.items.n + 1) * sizeof *items);
	for (size_t i = 0; i < x.items.n; i++) {
		items[i] = *scenario_item(&x, i);
		size_t host = host_of(c, items[i].spot.server);
		items[i].on =
			arena_printf(c->arena, "%s.%d", host_name(c, host), items[i].spot.socket);
	}
	x.items.items = items;
	x.name = "";
	return x;
}

static char *describe(const struct scenario *s, uint32_t chain, struct arena *a)
{
	struct cut own = cut_of(s, a);
	struct chain x = nameless(&own, chain);
	char *text;
	size_t len;
	FILE *to = open_memstream(&text, &len);
	for (size_t i = 0; i < own.n_hosts; i++)
		fprintf(to, "%s\n", scenario_server(s, own.host[i])->platform_name);
	param_write(scenario_chain_table, &x, to, 0);
	fclose(to);
	char *kept = arena_strdup(a, text);
	free(text);
	return kept;
}

static int by_text(const void *x, const void *y)
{
	const struct described *a = x, *b = y;
	int order = strcmp(a->text, b->text);
	return order ? order : (a->chain > b->chain) - (a->chain < b->chain);
}

/* Chains in the order of what they are, not of where they stand in the file. */
static void put_in_order(const struct scenario *s, struct part *p, struct arena *a)
{
	struct described *d = arena_alloc(a, p->n * sizeof *d);
	for (size_t i = 0; i < p->n; i++)
		d[i] = (struct described){p->chain[i], describe(s, p->chain[i], a)};
	qsort(d, p->n, sizeof *d, by_text);
	for (size_t i = 0; i < p->n; i++)
		p->chain[i] = d[i].chain;
}

/* The key of a part, alone and without names. */
static void part_key(struct cut *c, const struct part *p, char key[SHA256_HEX])
{
	struct scenario own = *c->s;
	struct chain *chains = arena_alloc(c->arena, p->n * sizeof *chains);
	for (size_t i = 0; i < p->n; i++) {
		chains[i] = nameless(c, p->chain[i]);
		chains[i].name = arena_printf(c->arena, "c%zu", i);
	}
	struct server_use *servers = arena_alloc(c->arena, c->n_hosts * sizeof *servers);
	for (size_t i = 0; i < c->n_hosts; i++) {
		servers[i] = *scenario_server(c->s, c->host[i]);
		servers[i].name = host_name(c, i);
	}
	own.chains = (struct param_list){chains, p->n};
	own.servers = (struct param_list){servers, c->n_hosts};
	own.single.items = (struct param_list){NULL, 0};
	point_key(&own, key);
}

static int by_number(const void *x, const void *y)
{
	const uint32_t *a = x, *b = y;
	return (*a > *b) - (*a < *b);
}

/* "c1, c11 on s09" */
static const char *words(const struct part *p, struct arena *a)
{
	const char *text = "";
	for (size_t i = 0; i < p->n && i < SHOWN; i++)
		text = arena_printf(a, "%s%s%s", text, i ? ", " : "", p->name[i]);
	text = arena_printf(a, "%s%s on", text, p->n > SHOWN ? ", ..." : "");
	for (size_t i = 0; i < p->n_hosts && i < SHOWN; i++)
		text = arena_printf(a, "%s%s %s", text, i ? "," : "", p->host[i]);
	return p->n_hosts > SHOWN ? arena_printf(a, "%s, ...", text) : text;
}

/* Asked about are the chains of the scenario's order, as if the others were not there. */
static void start_kind(struct part_kind *k, const struct part *p, const struct scenario *s,
	const struct crew_ask *whole, struct arena *a)
{
	uint32_t *chains = arena_alloc(a, p->n * sizeof *chains);
	memcpy(chains, p->chain, p->n * sizeof *chains);
	qsort(chains, p->n, sizeof *chains, by_number);
	k->slot = arena_alloc(a, p->n * sizeof *k->slot);
	for (size_t i = 0; i < p->n; i++)
		while (chains[k->slot[i]] != p->chain[i])
			k->slot[i]++;
	k->first = p;
	k->wanted = true;
	k->ask = *whole;
	k->ask.chains = chains;
	k->ask.n_chains = p->n < s->chains.n ? p->n : 0;
	k->ask.what = words(p, a);
}

static void find_kind(struct part_book *b, struct part *p, const struct scenario *s,
	const struct crew_ask *whole, const char *key)
{
	p->kind = 0;
	while (p->kind < b->n && strcmp(b->kind[p->kind].key, key) != 0)
		p->kind++;
	if (p->kind < b->n)
		return;
	b->kind = xrealloc(b->kind, b->n + 1, sizeof *b->kind);
	struct part_kind *k = &b->kind[b->n++];
	*k = (struct part_kind){.looks = 0};
	memcpy(k->key, key, SHA256_HEX);
	start_kind(k, p, s, whole, b->arena);
}

static void finish(
	struct part_book *b, struct part *p, const struct scenario *s, const struct crew_ask *whole)
{
	struct arena *scratch = arena_new();
	struct cut c = cut_of(s, scratch);
	char key[SHA256_HEX];
	put_in_order(s, p, scratch);
	part_key(&c, p, key);
	p->n_hosts = c.n_hosts;
	p->host = arena_alloc(b->arena, c.n_hosts * sizeof *p->host);
	p->name = arena_alloc(b->arena, p->n * sizeof *p->name);
	for (size_t i = 0; i < c.n_hosts; i++)
		p->host[i] = scenario_server(s, c.host[i])->name;
	for (size_t i = 0; i < p->n; i++)
		p->name[i] = scenario_chain(s, p->chain[i])->name;
	find_kind(b, p, s, whole, key);
	arena_free(scratch);
}

/* Gives all servers that chains join the number of one of them. */
static void join(const struct scenario *s, size_t *group)
{
	for (size_t i = 0; i < s->servers.n; i++)
		group[i] = i;
	for (size_t i = 0; i < s->chains.n; i++) {
		const struct chain *c = scenario_chain(s, i);
		size_t one = group[scenario_item(c, 0)->spot.server];
		for (size_t k = 1; k < c->items.n; k++) {
			size_t other = group[scenario_item(c, k)->spot.server];
			for (size_t n = 0; n < s->servers.n; n++)
				group[n] = group[n] == other ? one : group[n];
		}
	}
}

struct part_list parts_cut(
	struct part_book *b, const struct scenario *s, const struct crew_ask *whole)
{
	struct arena *a = b->arena;
	size_t *group = arena_alloc(a, s->servers.n * sizeof *group);
	size_t *at = arena_alloc(a, s->servers.n * sizeof *at);
	struct part_list p = {arena_alloc(a, s->servers.n * sizeof *p.part), 0};
	join(s, group);
	for (uint32_t i = 0; i < s->chains.n; i++) {
		size_t g = group[scenario_item(scenario_chain(s, i), 0)->spot.server];
		if (!at[g]) {
			at[g] = ++p.n;
			p.part[p.n - 1].chain = arena_alloc(a, s->chains.n * sizeof(uint32_t));
		}
		struct part *mine = &p.part[at[g] - 1];
		mine->chain[mine->n++] = i;
	}
	for (size_t i = 0; i < p.n; i++)
		finish(b, &p.part[i], s, whole);
	return p;
}

/* Says how long the first look of all kinds is. */
static void set_lengths(struct part_book *b)
{
	size_t all = 0;
	for (size_t i = 0; i < b->n; i++)
		all += b->kind[i].first->n;
	for (size_t i = 0; i < b->n; i++) {
		struct part_kind *k = &b->kind[i];
		size_t n = k->first->n;
		if (n <= P99_CHAINS && all <= P99_CHAINS_OF_ALL)
			k->ask.wanted |= RUN_WANTS(RUN_OF_P99);
		else
			k->ask.packets = n < P99_CHAINS ? (int64_t)n * ROUGH_CHAIN_PACKETS
							: ROUGH_PART_PACKETS;
	}
}

bool parts_look(struct part_book *b, struct crew *crew)
{
	if (b->n && !b->kind[0].looks)
		set_lengths(b);
	struct crew_ask *asks = arena_alloc(b->arena, (b->n + 1) * sizeof *asks);
	struct crew_told *told = arena_alloc(b->arena, (b->n + 1) * sizeof *told);
	size_t n = 0, next = 0;
	for (size_t i = 0; i < b->n; i++)
		if (b->kind[i].wanted)
			asks[n++] = b->kind[i].ask;
	if (n && !crew_run(crew, asks, n, told, b->arena))
		return false;
	for (size_t i = 0; i < b->n; i++) {
		struct part_kind *k = &b->kind[i];
		if (!k->wanted)
			continue;
		k->told = told[next++];
		k->looks++;
		k->wanted = false;
	}
	return true;
}

/* Without targets of the rate, which is that of all parts together. */
static enum slo_verdict verdict_alone(const struct slo *target, const struct run_result *r)
{
	enum slo_verdict worst = SLO_MET;
	for (size_t i = 0; i < target->n; i++) {
		if (target->target[i].metric == SLO_RATE)
			continue;
		enum slo_verdict v = slo_check(&target->target[i], r).verdict;
		worst = v > worst ? v : worst;
	}
	return worst;
}

static const char *qualified(const char *host, const char *chain, struct arena *a)
{
	return arena_printf(a, "%s%s%s%s", host, *host ? "." : "", chain, *chain ? "." : "");
}

/* A name of the kind's first part, such as "a.web.tc1", in another part. */
static const char *rename_in(
	const struct part *p, const struct part *first, const char *name, struct arena *a)
{
	for (size_t h = 0; h < p->n_hosts; h++)
		for (size_t c = 0; c < p->n; c++) {
			const char *front = qualified(first->host[h], first->name[c], a);
			if (*front && strncmp(name, front, strlen(front)) == 0)
				return arena_printf(a, "%s%s", qualified(p->host[h], p->name[c], a),
					name + strlen(front));
		}
	return name;
}

/* Whether what limits a part counts more than what limits the sum so far. */
static bool limits_more(enum slo_verdict v, const struct run_result *r, enum slo_verdict worst,
	const struct run_result *sum)
{
	if (!r->bottleneck || !sum->bottleneck)
		return r->bottleneck;
	return v != worst ? v > worst : r->bottleneck_load > sum->bottleneck_load;
}

/* Rates of a kind are counted as often as it is there, with whatever chance did to them. */
static void add_rates(const struct part_book *b, const struct part_list *p, struct run_chain *all)
{
	double squares = 0;
	for (size_t i = 0; i < b->n; i++) {
		const struct run_result *r = &b->kind[i].told.run;
		double times = 0;
		for (size_t k = 0; k < p->n; k++)
			times += p->part[k].kind == i;
		if (times == 0)
			continue;
		const struct run_chain *own = &r->chains[r->n_chains];
		double half = times * own->delivered_pps.half;
		all->delivered_pps.value += times * own->delivered_pps.value;
		all->delivered_bps += times * own->delivered_bps;
		squares += half * half;
	}
	all->delivered_pps.half = sqrt(squares);
}

struct crew_told parts_sum(
	const struct part_book *b, const struct part_list *p, const struct slo *target)
{
	struct crew_told sum = {.watts = 0};
	enum slo_verdict worst = SLO_MET;
	for (size_t i = 0; i < p->n; i++)
		sum.run.n_chains += (uint32_t)p->part[i].n;
	double *p99_ns = arena_alloc(b->arena, sum.run.n_chains * sizeof *p99_ns);
	sum.run.chains = arena_alloc(b->arena, (sum.run.n_chains + 1) * sizeof *sum.run.chains);
	for (size_t i = 0; i < p->n; i++) {
		const struct part *part = &p->part[i];
		const struct part_kind *k = &b->kind[part->kind];
		const struct run_result *r = &k->told.run;
		for (size_t c = 0; c < part->n; c++) {
			sum.run.chains[part->chain[c]] = r->chains[k->slot[c]];
			p99_ns[part->chain[c]] = k->told.p99_ns[k->slot[c]];
		}
		sum.watts += k->told.watts;
		enum slo_verdict v = verdict_alone(target, r);
		if (!limits_more(v, r, worst, &sum.run))
			continue;
		worst = v;
		sum.run.bottleneck = rename_in(part, k->first, r->bottleneck, b->arena);
		sum.run.bottleneck_load = r->bottleneck_load;
	}
	add_rates(b, p, &sum.run.chains[sum.run.n_chains]);
	sum.p99_ns = p99_ns;
	return sum;
}

static bool is_open(const struct slo_target *t, const struct run_result *r)
{
	return t->metric == SLO_RATE && slo_check(t, r).verdict == SLO_OPEN;
}

bool parts_reopen(struct part_book *b, const struct part_list *p, const struct scenario *s,
	const struct slo *target)
{
	const struct crew_told sum = parts_sum(b, p, target);
	bool all = false, any = false;
	if (slo_verdict(target, &sum.run) != SLO_OPEN)
		return false;
	for (size_t i = 0; i < target->n; i++)
		all |= is_open(&target->target[i], &sum.run);
	for (size_t i = 0; i < p->n; i++) {
		struct part_kind *k = &b->kind[p->part[i].kind];
		bool open = all || verdict_alone(target, &k->told.run) == SLO_OPEN;
		if (!open || k->looks == LOOKS_MOST || k->wanted)
			continue;
		k->ask.look = k->looks;
		k->ask.packets = looks_next(s, k->told.packets);
		k->wanted = k->ask.packets;
		any |= k->wanted;
	}
	return any;
}
