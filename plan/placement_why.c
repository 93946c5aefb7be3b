/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/placement_why.h"

#include <string.h>

/* What is in the way on one server, in the order in which it is looked for. */
enum lack { LACK_RULE, LACK_CORES, LACK_PORT, LACK_SOCKET, LACK_ARRANGEMENT };

struct reason {
	enum lack lack;
	int64_t free_cores;
	const char *text;
};

static const char *server_name(const struct posed *q, uint32_t server)
{
	const char *name = scenario_server(q->s, server)->name;
	return *name ? name : "the server";
}

static int64_t free_cores(const struct posed *q, uint32_t server)
{
	int64_t n = 0;
	for (uint32_t i = 0; i < q->p.n_bins; i++)
		n += q->p.bin[i].server == server ? q->p.bin[i].cores : 0;
	return n;
}

/* Two VNFs that rules keep from being on this server together. */
static const char *broken_rule(const struct posed *q, uint32_t server)
{
	for (size_t i = 0; i < q->p.n_rules; i++) {
		const struct place_rule *r = &q->p.rule[i];
		if (r->kind == PLACE_APART && r->n > 1)
			return arena_printf(q->arena, "a rule keeps %s and %s on different servers",
				q->names[r->vnf[0]], q->names[r->vnf[1]]);
	}
	for (uint32_t v = 0; v < q->p.n_vnfs; v++) {
		int pin = q->p.vnf[v].server;
		if (pin != PLACE_ANY && pin != (int)server)
			return arena_printf(q->arena, "a rule pins %s to %s", q->names[v],
				server_name(q, (uint32_t)pin));
	}
	return NULL;
}

static const char *few_cores(const struct posed *q, uint32_t server)
{
	int64_t vcpus = 0, workers = 0, have = free_cores(q, server);
	for (uint32_t c = 0; c < q->p.n_chains && q->p.movers != PLACE_NO_WORKERS; c++)
		workers += q->p.chain[c].in;
	for (uint32_t v = 0; v < q->p.n_vnfs; v++) {
		vcpus += q->p.vnf[v].cores;
		workers += q->p.movers == PLACE_WORKERS ? q->p.vnf[v].out : 0;
	}
	if (vcpus + workers <= have)
		return NULL;
	return arena_printf(q->arena,
		"cores run out: %lld are needed (%lld vCPUs, %lld workers), %s has %lld free",
		(long long)(vcpus + workers), (long long)vcpus, (long long)workers,
		server_name(q, server), (long long)have);
}

static const char *slow_port(const struct posed *q, uint32_t server)
{
	int64_t bps = 0;
	for (uint32_t c = 0; c < q->p.n_chains; c++)
		bps += q->p.chain[c].bps;
	if (bps <= q->p.server[server].port_bps + 1000)
		return NULL;
	return arena_printf(q->arena,
		"its port runs out: chains bring %.4g Gb/s, the port of %s takes %.4g",
		(double)bps / 1e9, server_name(q, server),
		(double)q->p.server[server].port_bps / 1e9);
}

/* A VNF that no socket of the server has room for, with the workers that feed it. */
static const char *large_vnf(const struct posed *q, uint32_t server)
{
	int most = 0;
	for (uint32_t i = 0; i < q->p.n_bins; i++)
		if (q->p.bin[i].server == server && q->p.bin[i].cores > most)
			most = q->p.bin[i].cores;
	for (uint32_t v = 0; v < q->p.n_vnfs; v++) {
		const struct place_chain *c = &q->p.chain[q->p.vnf[v].chain];
		int cores = q->p.vnf[v].cores;
		if (v == c->first ? q->p.movers != PLACE_NO_WORKERS : q->p.movers == PLACE_WORKERS)
			cores += v == c->first ? c->in : q->p.vnf[v - 1].out;
		if (cores > most)
			return arena_printf(q->arena,
				"%s takes %d cores of one socket, no socket of %s has more than %d "
				"free",
				q->names[v], cores, server_name(q, server), most);
	}
	return NULL;
}

static struct reason reason_of(const struct posed *q, const struct placement *p, uint32_t server)
{
	const char *(*const looks[])(const struct posed *, uint32_t) = {[LACK_RULE] = broken_rule,
		[LACK_CORES] = few_cores,
		[LACK_PORT] = slow_port,
		[LACK_SOCKET] = large_vnf};
	struct reason r = {LACK_ARRANGEMENT, free_cores(q, server), NULL};
	for (int i = LACK_RULE; i < LACK_ARRANGEMENT && !r.text; i++) {
		r.text = looks[i](q, server);
		r.lack = r.text ? (enum lack)i : LACK_ARRANGEMENT;
	}
	if (!r.text)
		r.text = arena_printf(q->arena,
			"%s has cores enough, but not as its sockets and the rules divide them: %s",
			server_name(q, server),
			p->all ? "every arrangement was tried" : "no arrangement was found");
	return r;
}

/* Of the server that comes nearest. */
static const char *why_none(const struct posed *q, const struct placement *p)
{
	struct reason best = {LACK_RULE, -1, NULL};
	for (uint32_t s = 0; s < q->p.n_servers; s++) {
		struct reason r = reason_of(q, p, s);
		if (r.lack > best.lack || (r.lack == best.lack && r.free_cores > best.free_cores))
			best = r;
	}
	return best.text;
}

static const char *verdict_text(const struct posed *q, const struct placement_option *o)
{
	const char *text = "";
	for (size_t i = 0; i < q->ask->target.n; i++) {
		const struct slo_target *t = &q->ask->target.target[i];
		if (o->check[i].verdict != SLO_MET)
			text = arena_printf(q->arena, "%s%s%s %s", text, *text ? ", " : "", t->text,
				slo_word(o->check[i].verdict));
	}
	if (o->limit)
		text = arena_printf(q->arena, "%s; limit: %s", text, o->limit);
	return text;
}

static void explain_one(struct placement *p, const struct posed *q)
{
	for (size_t i = 0; i < p->n && !p->one.option; i++)
		if (p->option[i].answer.servers == 1)
			p->one.option = &p->option[i];
	if (!p->one.option)
		p->one.why = why_none(q, p);
	else if (p->one.option != &p->option[0])
		p->one.why = verdict_text(q, p->one.option);
}

static const char *why_more(const struct placement *p, const struct posed *q)
{
	if (p->bound >= p->fewest)
		return arena_printf(q->arena, "%s says that no placement has fewer than %u servers",
			p->bound_by, p->bound);
	if (p->all)
		return arena_printf(q->arena,
			"no arrangement on %u fits their sockets, ports and the rules",
			p->fewest - 1);
	return arena_printf(q->arena, "none was found on %u; the lower bound is %u (%s)",
		p->fewest - 1, p->bound, p->bound_by);
}

static bool names(const struct place_rule *r, uint32_t v)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->vnf[i] == v)
			return true;
	return false;
}

/* What the rules say about two VNFs cannot be. */
static const char *clash(const struct posed *q, const struct place_rule *r, uint32_t v, uint32_t w)
{
	const struct place_vnf *a = &q->p.vnf[v], *b = &q->p.vnf[w];
	bool here = a->server != PLACE_ANY && b->server != PLACE_ANY;
	bool same_server = a->server == b->server;
	bool other_socket =
		a->socket != PLACE_ANY && b->socket != PLACE_ANY && a->socket != b->socket;
	if (here && r->kind == PLACE_APART && same_server)
		return "keep them on different servers and pin both to one";
	if (here && r->kind == PLACE_TOGETHER && (!same_server || other_socket))
		return "keep them on one socket and pin them to different ones";
	for (size_t i = 0; i < q->p.n_rules; i++) {
		const struct place_rule *t = &q->p.rule[i];
		if (t->kind != r->kind && names(t, v) && names(t, w))
			return "keep them both on one socket and on different servers";
	}
	return NULL;
}

static const char *contradiction(const struct posed *q)
{
	for (size_t i = 0; i < q->p.n_rules; i++) {
		const struct place_rule *r = &q->p.rule[i];
		for (size_t k = 0; k < r->n; k++)
			for (size_t m = k + 1; m < r->n; m++) {
				const char *text = clash(q, r, r->vnf[k], r->vnf[m]);
				if (text)
					return arena_printf(q->arena, "of %s and %s, rules %s",
						q->names[r->vnf[k]], q->names[r->vnf[m]], text);
			}
		if (r->kind == PLACE_APART && r->n > q->p.n_servers)
			return arena_printf(q->arena,
				"a rule wants %zu VNFs on different servers, there are %u", r->n,
				q->p.n_servers);
	}
	return NULL;
}

static const char *too_few_cores(const struct posed *q)
{
	int64_t needed = 0, have = 0;
	for (uint32_t v = 0; v < q->p.n_vnfs; v++)
		needed += place_least_cores(&q->p, v);
	for (uint32_t s = 0; s < q->p.n_servers; s++)
		have += free_cores(q, s);
	if (needed <= have)
		return NULL;
	return arena_printf(q->arena,
		"cores run out: at least %lld are needed with workers, all servers have %lld free",
		(long long)needed, (long long)have);
}

/* A VNF with what a rule keeps on its socket, that no socket has room for. */
static const char *too_large(const struct posed *q)
{
	int most = 0;
	for (uint32_t i = 0; i < q->p.n_bins; i++)
		most = q->p.bin[i].cores > most ? q->p.bin[i].cores : most;
	for (uint32_t v = 0; v < q->p.n_vnfs; v++)
		if (q->p.vnf[v].cores > most)
			return arena_printf(q->arena,
				"%s has %d vCPUs, no socket more than %d free cores", q->names[v],
				q->p.vnf[v].cores, most);
	for (size_t i = 0; i < q->p.n_rules; i++) {
		const struct place_rule *r = &q->p.rule[i];
		int cores = 0;
		for (size_t k = 0; k < r->n && r->kind == PLACE_TOGETHER; k++)
			cores += q->p.vnf[r->vnf[k]].cores + (q->p.movers == PLACE_WORKERS);
		if (cores > most)
			return arena_printf(q->arena,
				"what a rule keeps together with %s takes at least %d cores of one "
				"socket, none has more than %d free",
				q->names[r->vnf[0]], cores, most);
	}
	return NULL;
}

static const char *too_fast(const struct posed *q)
{
	int64_t most = 0;
	for (uint32_t s = 0; s < q->p.n_servers; s++)
		most = q->p.server[s].port_bps > most ? q->p.server[s].port_bps : most;
	for (uint32_t c = 0; c < q->p.n_chains; c++)
		if (q->p.chain[c].bps > most + 1000)
			return arena_printf(q->arena,
				"the chain of %s brings %.4g Gb/s, no port takes more than %.4g",
				q->names[q->p.chain[c].first], (double)q->p.chain[c].bps / 1e9,
				(double)most / 1e9);
	return NULL;
}

static const char *why_none_at_all(const struct posed *q, const struct placement *p)
{
	const char *(*const looks[])(const struct posed *) = {
		contradiction, too_few_cores, too_large, too_fast};
	for (size_t i = 0; i < sizeof looks / sizeof *looks; i++) {
		const char *text = looks[i](q);
		if (text)
			return text;
	}
	return p->all ? "every arrangement was tried: free cores, ports and rules allow none"
		      : "no arrangement was found that free cores, ports and rules allow";
}

void placement_explain(struct placement *p, const struct posed *q)
{
	if (!p->n) {
		p->why_none = why_none_at_all(q, p);
		return;
	}
	if (p->fewest > 1)
		p->why_more = why_more(p, q);
	explain_one(p, q);
}
