/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/placement.h"

#include "model/datafile.h"
#include "model/resolve.h"
#include "model/wire.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Up to so many chains are simulated until their 99th percentiles are known. */
#define P99_CHAINS 4

/* The problem of plan/place.h that a scenario poses. */
struct posed {
	const struct placement_ask *ask;
	const struct scenario *s;
	struct place_problem p;
	struct place_bin *bin;
	bool **busy; /* of each bin, for each core: others use it */
	struct place_server *server;
	struct place_vnf *vnf;
	const char **names;
	struct crew *crew;
	struct arena *arena;
	struct diag *d;
};

static void pose_servers(struct posed *q)
{
	q->server = arena_alloc(q->arena, q->s->servers.n * sizeof(*q->server));
	q->bin = arena_alloc(q->arena, PLACE_MOST_BINS * sizeof(*q->bin));
	q->busy = arena_alloc(q->arena, PLACE_MOST_BINS * sizeof(*q->busy));
	for (size_t i = 0; i < q->s->servers.n; i++) {
		const struct platform *p = scenario_server(q->s, i)->platform;
		int sockets = (int)p->sockets.value.value;
		int cores = (int)p->cores_per_socket.value.value;
		q->server[i].nic_bin = q->p.n_bins + (uint32_t)p->nic.socket.value.value;
		q->server[i].port_bps = resolve_link_bps(q->s, i);
		for (int k = 0; k < sockets && q->p.n_bins < PLACE_MOST_BINS; k++) {
			q->busy[q->p.n_bins] = arena_alloc(q->arena, (size_t)cores * sizeof(bool));
			q->bin[q->p.n_bins++] = (struct place_bin){(uint32_t)i, k, cores};
		}
	}
	q->p.server = q->server;
	q->p.n_servers = (uint32_t)q->s->servers.n;
	q->p.bin = q->bin;
}

static void pose_chains(struct posed *q)
{
	struct place_chain *chains = arena_alloc(q->arena, q->s->chains.n * sizeof(*chains));
	q->vnf = arena_alloc(q->arena, PLACE_MOST_VNFS * sizeof(*q->vnf));
	q->names = arena_alloc(q->arena, PLACE_MOST_VNFS * sizeof(*q->names));
	for (size_t i = 0; i < q->s->chains.n; i++) {
		const struct chain *c = scenario_chain(q->s, i);
		double bits = 8 * (source_mean_size(&c->traffic.spec) + WIRE_OVERHEAD_B);
		chains[i] = (struct place_chain){q->p.n_vnfs, (uint32_t)c->items.n,
			(int)c->rx_queues, c->traffic.offered_pps * bits};
		for (size_t v = 0; v < c->items.n && q->p.n_vnfs < PLACE_MOST_VNFS; v++) {
			const struct chain_item *it = scenario_item(c, v);
			q->names[q->p.n_vnfs] =
				*c->name ? arena_printf(q->arena, "%s.%s", c->name, it->name)
					 : it->name;
			q->vnf[q->p.n_vnfs++] =
				(struct place_vnf){(uint32_t)i, (int)(it->vcpus * it->copies),
					(int)(it->queues * it->copies), PLACE_ANY, PLACE_ANY};
		}
	}
	q->p.chain = chains;
	q->p.n_chains = (uint32_t)q->s->chains.n;
	q->p.vnf = q->vnf;
	q->p.workers = q->s->profile->mover == MOVER_WORKER;
}

/* "a.1", "a" or "1": a server, and a socket or PLACE_ANY. */
static bool find_spot(
	const struct posed *q, const char *text, struct mark at, int *server, int *socket)
{
	size_t len = strcspn(text, ".");
	const char *number = text;
	*server = *socket = PLACE_ANY;
	for (size_t i = 0; i < q->s->servers.n; i++) {
		const char *name = scenario_server(q->s, i)->name;
		if (*name && strlen(name) == len && strncmp(name, text, len) == 0) {
			*server = (int)i;
			number = text[len] ? text + len + 1 : "";
		}
	}
	if (*server == PLACE_ANY && q->s->servers.n == 1)
		*server = 0;
	char *end = (char *)number;
	long n = *number >= '0' && *number <= '9' ? strtol(number, &end, 10) : PLACE_ANY;
	*socket = (int)n;
	for (uint32_t i = 0; *server != PLACE_ANY && !*end && i < q->p.n_bins; i++)
		if (q->bin[i].server == (uint32_t)*server &&
			(n == PLACE_ANY || q->bin[i].socket == n))
			return true;
	diag_error(q->d, at, "write a server, or server.socket", "'%s' is not a place here", text);
	return false;
}

static bool find_vnf(const struct posed *q, const char *name, struct mark at, uint32_t *vnf)
{
	for (*vnf = 0; *vnf < q->p.n_vnfs; ++*vnf)
		if (strcmp(q->names[*vnf], name) == 0)
			return true;
	const char *near = diag_nearest(name, q->names, q->p.n_vnfs);
	diag_error(q->d, at, near ? arena_printf(q->arena, "did you mean '%s'?", near) : NULL,
		"no VNF is called '%s'", name);
	return false;
}

/* The operating system's number of a core: of its topology, else counted through the sockets. */
static int number_of(const struct posed *q, const struct place_bin *b, int core)
{
	const struct server_use *u = scenario_server(q->s, b->server);
	int each = (int)u->platform->cores_per_socket.value.value;
	return u->topology ? u->topology->cpu[b->socket * each + core] : b->socket * each + core;
}

static int all_cores(const struct posed *q, const struct place_bin *b)
{
	return (int)scenario_server(q->s, b->server)->platform->cores_per_socket.value.value;
}

static void take(struct posed *q, uint32_t bin, int core)
{
	q->bin[bin].cores -= !q->busy[bin][core];
	q->busy[bin][core] = true;
}

static void take_lowest(struct posed *q, uint32_t bin, const struct placement_taken *t)
{
	int64_t left = t->cores;
	for (int i = 0; i < all_cores(q, &q->bin[bin]) && left; i++) {
		left -= !q->busy[bin][i];
		take(q, bin, i);
	}
	if (left)
		diag_error(q->d, t->mark, NULL, "'%s' has no %lld cores that are free", t->on,
			(long long)t->cores);
}

static void take_cpus(struct posed *q, uint32_t bin, const struct placement_taken *t)
{
	const char *const *cpu = t->cpus.items;
	for (size_t i = 0; i < t->cpus.n; i++) {
		char *end;
		long wanted = strtol(cpu[i], &end, 10);
		int core = 0, n = all_cores(q, &q->bin[bin]);
		while (core < n && (*end || number_of(q, &q->bin[bin], core) != wanted))
			core++;
		if (core < n)
			take(q, bin, core);
		else
			diag_error(q->d, t->mark, "a core is known by its first processor",
				"no core of '%s' has the number '%s'", t->on, cpu[i]);
	}
}

static void take_cores(struct posed *q, int server, int socket, const struct placement_taken *t)
{
	if (socket == PLACE_ANY)
		diag_error(q->d, t->mark, "such as a.0", "on which socket?");
	for (uint32_t k = 0; k < q->p.n_bins; k++)
		if (q->bin[k].server == (uint32_t)server && q->bin[k].socket == socket)
			(t->cores ? take_lowest : take_cpus)(q, k, t);
}

static void take_link(struct posed *q, int server, const struct placement_taken *t)
{
	q->server[server].port_bps -= t->link.value;
	if (q->server[server].port_bps < 0)
		diag_error(q->d, t->mark, NULL, "the ports of '%s' do not do %.4g Gb/s", t->on,
			t->link.value / 1e9);
}

static void pose_taken(struct posed *q)
{
	const struct placement_taken *t = q->ask->taken.items;
	for (size_t i = 0; i < q->ask->taken.n; i++) {
		int server, socket;
		if (!find_spot(q, t[i].on, t[i].mark, &server, &socket))
			continue;
		if (t[i].link.value > 0)
			take_link(q, server, &t[i]);
		else
			take_cores(q, server, socket, &t[i]);
	}
}

static void pose_rules(struct posed *q)
{
	const struct placement_rule *r = q->ask->rules.items;
	struct place_rule *rules = arena_alloc(q->arena, (q->ask->rules.n + 1) * sizeof(*rules));
	for (size_t i = 0; i < q->ask->rules.n; i++) {
		uint32_t pinned;
		if (r[i].pin) {
			if (find_vnf(q, r[i].pin, r[i].mark, &pinned))
				find_spot(q, r[i].to, r[i].mark, &q->vnf[pinned].server,
					&q->vnf[pinned].socket);
			continue;
		}
		const struct param_list *list = r[i].together.n ? &r[i].together : &r[i].apart;
		uint32_t *vnfs = arena_alloc(q->arena, list->n * sizeof(*vnfs));
		for (size_t k = 0; k < list->n; k++)
			find_vnf(q, ((const char *const *)list->items)[k], r[i].mark, &vnfs[k]);
		rules[q->p.n_rules++] = (struct place_rule){
			r[i].together.n ? PLACE_TOGETHER : PLACE_APART, vnfs, list->n};
	}
	q->p.rule = rules;
}

static bool can_pose(const struct posed *q)
{
	size_t before = diag_errors(q->d), vnfs = 0, bins = 0;
	for (size_t i = 0; i < q->s->chains.n; i++) {
		const struct chain *c = scenario_chain(q->s, i);
		vnfs += c->items.n;
		if (!c->items.n)
			diag_error(q->d, q->s->mark, NULL,
				"a chain without VNFs has nothing to place");
		if (c->reverse || c->from != END_NIC || c->to != END_NIC)
			diag_error(q->d, q->s->mark, NULL,
				"only chains from NIC to NIC in one direction can be placed");
	}
	for (size_t i = 0; i < q->s->servers.n; i++)
		bins += (size_t)scenario_server(q->s, i)->platform->sockets.value.value;
	if (vnfs > PLACE_MOST_VNFS || bins > PLACE_MOST_BINS)
		diag_error(q->d, q->s->mark, NULL, "more than %d VNFs or %d sockets",
			PLACE_MOST_VNFS, PLACE_MOST_BINS);
	if (q->s->cores.workers || q->s->profile->mover == MOVER_SHARED)
		diag_error(q->d, q->s->mark, NULL,
			"only dataplanes with a worker for each task, or none, can be placed");
	return diag_errors(q->d) == before;
}

static void name_places(const struct posed *q, struct placement_option *o)
{
	o->on = arena_alloc(q->arena, (q->p.n_vnfs + 1) * sizeof(*o->on));
	o->sets = arena_alloc(q->arena, (q->p.n_vnfs + 1) * sizeof(*o->sets));
	for (uint32_t v = 0; v < q->p.n_vnfs; v++) {
		const struct place_bin *b = &q->bin[o->answer.bin[v]];
		const struct chain *c = scenario_chain(q->s, q->vnf[v].chain);
		const char *server = scenario_server(q->s, b->server)->name;
		o->on[v] = arena_printf(q->arena, "%s%s%d", server, *server ? "." : "", b->socket);
		o->sets[v] = arena_printf(q->arena, "%s%s%schain.%u.on=%s",
			*c->name ? "chains." : "", c->name, *c->name ? "." : "",
			v - q->p.chain[q->vnf[v].chain].first, o->on[v]);
	}
	o->n_sets = q->p.n_vnfs;
}

static const char **all_sets(
	const struct posed *q, const struct placement_option *o, size_t *n, struct arena *a)
{
	const char **sets = arena_alloc(a, (q->ask->n_sets + o->n_sets + 1) * sizeof(*sets));
	if (q->ask->n_sets)
		memcpy(sets, q->ask->sets, q->ask->n_sets * sizeof(*sets));
	memcpy(sets + q->ask->n_sets, o->sets, o->n_sets * sizeof(*sets));
	*n = q->ask->n_sets + o->n_sets;
	return sets;
}

static int node_of(const struct posed *q, const struct place_bin *b)
{
	const struct topology *t = scenario_server(q->s, b->server)->topology;
	return t ? t->node[b->socket] : b->socket;
}

/* Cores of a socket in the order in which the build makes them, without those that are taken. */
static void number_cores(const struct posed *q, const struct build *b, struct placement_option *o)
{
	int next[PLACE_MOST_BINS] = {0};
	const struct parts *cores = &b->net->cores;
	o->n_cores = cores->n;
	o->core = arena_alloc(q->arena, cores->n * sizeof(*o->core));
	for (uint32_t i = 0; i < cores->n; i++) {
		const struct core *c = cores->item[i];
		uint32_t at = 0;
		while (strcmp(scenario_server(q->s, q->bin[at].server)->name, c->server) != 0 ||
			q->bin[at].socket != c->socket)
			at++;
		const struct place_bin *bin = &q->bin[at];
		while (q->busy[at][next[at]])
			next[at]++;
		o->core[i] = (struct placement_core){arena_strdup(q->arena, c->name),
			c->n_tasks ? c->tasks[0]->role : "idle", bin->server, c->socket,
			node_of(q, bin), number_of(q, bin, next[at]++)};
	}
}

static void note_chains(
	const struct posed *q, const struct run_result *r, struct placement_option *o)
{
	o->chain = arena_alloc(q->arena, r->n_chains * sizeof(*o->chain));
	for (uint32_t i = 0; i < r->n_chains; i++) {
		const struct run_chain *c = &r->chains[i];
		o->chain[i] = (struct placement_chain){c->offered_pps.value, c->delivered_pps.value,
			c->loss_ratio.value, c->latency.mean_ns.value, c->latency.p99_ns.value};
		o->mean_only |= isnan(o->chain[i].p99_ns);
	}
	for (uint32_t i = 0; i < r->n_chains; i++)
		o->worst_ns =
			fmax(o->worst_ns, o->mean_only ? o->chain[i].mean_ns : o->chain[i].p99_ns);
}

/* What is to be asked about an option; its cores are numbered. False after errors. */
static bool prepare(struct posed *q, struct placement_option *o, struct crew_ask *ask)
{
	size_t n;
	const char **sets = all_sets(q, o, &n, q->arena);
	struct scenario *s = scenario_read(q->ask->scenario, sets, n, q->arena, q->d);
	if (s)
		build_check(s, q->d);
	if (diag_errors(q->d))
		return false;
	*ask = (struct crew_ask){.scenario = q->ask->scenario,
		.sets = sets,
		.n_sets = n,
		.wanted = s->chains.n <= P99_CHAINS ? RUN_WANTS(RUN_OF_P99) : 0,
		.target = q->ask->target_text};
	struct build *b = build_net(s, 1, 0);
	number_cores(q, b, o);
	net_free(b->net);
	return true;
}

static void note(const struct posed *q, struct placement_option *o, const struct crew_told *told)
{
	const struct run_result *r = &told->run;
	o->verdict = slo_verdict(&q->ask->target, r);
	for (size_t i = 0; i < q->ask->target.n; i++)
		o->check[i] = slo_check(&q->ask->target.target[i], r);
	o->limit = r->bottleneck;
	o->limit_load = r->bottleneck_load;
	o->watts = told->watts;
	note_chains(q, r, o);
}

static bool simulate(struct posed *q, struct placement *p)
{
	struct crew_ask asks[PLACEMENT_OPTIONS];
	struct crew_told told[PLACEMENT_OPTIONS] = {{.simulations = 0}};
	for (size_t i = 0; i < p->n; i++) {
		name_places(q, &p->option[i]);
		if (!prepare(q, &p->option[i], &asks[i]))
			return false;
	}
	if (!crew_run(q->crew, asks, p->n, told, q->arena))
		return false;
	for (size_t i = 0; i < p->n; i++)
		note(q, &p->option[i], &told[i]);
	return true;
}

static int by_rank(const void *x, const void *y)
{
	const struct placement_option *a = x, *b = y;
	if ((a->verdict == SLO_MET) != (b->verdict == SLO_MET))
		return a->verdict == SLO_MET ? -1 : 1;
	const double p[] = {a->answer.servers, a->watts, a->worst_ns};
	const double q[] = {b->answer.servers, b->watts, b->worst_ns};
	for (int i = 0; i < 3; i++)
		if (p[i] < q[i] || p[i] > q[i])
			return p[i] < q[i] ? -1 : 1;
	return 0;
}

/* Whether b is as good as a in everything and better in something. */
static bool beaten(const struct placement_option *a, const struct placement_option *b)
{
	bool as_good = b->answer.servers <= a->answer.servers && !(b->watts > a->watts) &&
		       b->worst_ns <= a->worst_ns && b->verdict <= a->verdict;
	bool better = b->answer.servers < a->answer.servers || b->watts < a->watts ||
		      b->worst_ns < a->worst_ns || b->verdict < a->verdict;
	return as_good && better;
}

static bool same(const struct posed *q, const struct place_answer *a, const struct place_answer *b)
{
	return memcmp(a->bin, b->bin, q->p.n_vnfs * sizeof(*a->bin)) == 0;
}

static const char *explain(struct posed *q, const struct placement *p, bool proven)
{
	if (p->bound >= p->fewest)
		return arena_printf(q->arena, "%s says that no placement has fewer than %u servers",
			p->bound_by, p->bound);
	if (proven)
		return arena_printf(q->arena,
			"no arrangement on %u fits their sockets, ports and the rules",
			p->fewest - 1);
	return arena_printf(q->arena, "none was found on %u; the lower bound is %u (%s)",
		p->fewest - 1, p->bound, p->bound_by);
}

static void search(struct posed *q, struct placement *p)
{
	bool proven = true;
	for (uint32_t k = p->bound; k <= q->p.n_servers && p->n < PLACEMENT_OPTIONS; k++) {
		struct placement_option *o = &p->option[p->n];
		*o = (struct placement_option){.watts = NAN};
		if (!place_solve(&q->p, k, &o->answer)) {
			proven = o->answer.proven;
			continue;
		}
		if (p->n && same(q, &o->answer, &p->option[p->n - 1].answer))
			continue;
		if (!p->n++)
			p->fewest = o->answer.servers;
	}
	if (p->fewest > 1)
		p->why_more = explain(q, p, proven);
}

static void rank(struct placement *p)
{
	qsort(p->option, p->n, sizeof(*p->option), by_rank);
	for (size_t i = 0; i < p->n; i++) {
		p->option[i].front = true;
		for (size_t k = 0; k < p->n; k++)
			p->option[i].front &= !beaten(&p->option[i], &p->option[k]);
	}
}

/* Chain i on server i mod n: by default all chains are on the first one, which may be too much for
 * its ports and then no scenario at all. Returns the number of sets, those of the file in front.
 * */
static size_t spread(
	const struct placement_ask *ask, const char ***sets, struct arena *a, struct diag *d)
{
	const char *path = datafile_find("", ask->scenario, a);
	struct ynode *root = ytree_read(path ? path : ask->scenario, a, d);
	size_t n = ask->n_sets;
	*sets = arena_alloc(a, (n + PLACE_MOST_VNFS) * sizeof(**sets));
	if (n)
		memcpy(*sets, ask->sets, n * sizeof(**sets));
	for (size_t i = 0; root && i < ask->n_sets; i++)
		ytree_set(root, ask->sets[i], a, d);
	const struct ynode *servers = ytree_get(root, "servers"),
			   *chains = ytree_get(root, "chains");
	if (!servers || !chains || servers->kind != YNODE_MAP || chains->kind != YNODE_MAP)
		return n;
	const struct ynode *server = servers->first;
	for (const struct ynode *c = chains->first; server && c; c = c->next) {
		const struct ynode *list = ytree_get(c, "chain");
		size_t vnfs = list && list->kind == YNODE_LIST ? list->n : 0;
		for (size_t v = 0; v < vnfs && n < ask->n_sets + PLACE_MOST_VNFS; v++)
			(*sets)[n++] = arena_printf(
				a, "chains.%s.chain.%zu.on=%s.0", c->key, v, server->key);
		server = server->next ? server->next : servers->first;
	}
	return n;
}

static struct scenario *read_spread(
	const struct placement_ask *ask, struct arena *a, struct diag *d)
{
	const char **sets;
	size_t n = spread(ask, &sets, a, d);
	return diag_errors(d) ? NULL : scenario_read(ask->scenario, sets, n, a, d);
}

/* Reads the scenario and poses the problem; false after errors. */
static bool pose(struct posed *q)
{
	q->s = read_spread(q->ask, q->arena, q->d);
	if (!q->s || !can_pose(q))
		return false;
	pose_servers(q);
	pose_chains(q);
	pose_taken(q);
	pose_rules(q);
	return diag_errors(q->d) == 0;
}

bool placement_check(const struct placement_ask *ask, struct arena *a, struct diag *d)
{
	struct posed q = {.ask = ask, .arena = a, .d = d};
	return pose(&q);
}

struct placement *placement_run(
	const struct placement_ask *ask, struct crew *crew, struct arena *a, struct diag *d)
{
	struct placement *p = arena_alloc(a, sizeof(*p));
	struct posed q = {.ask = ask, .crew = crew, .arena = a, .d = d};
	if (!pose(&q))
		return NULL;
	p->scenario = q.s;
	p->vnf = q.names;
	p->n_vnfs = q.p.n_vnfs;
	p->bound = place_bound(&q.p, &p->bound_by);
	search(&q, p);
	if (!simulate(&q, p))
		return NULL;
	rank(p);
	return p;
}
