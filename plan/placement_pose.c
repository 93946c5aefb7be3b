/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/placement_pose.h"

#include "model/datafile.h"
#include "model/resolve.h"
#include "model/wire.h"
#include "plan/power.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN_SPOTS = 12 };

static void pose_servers(struct posed *q)
{
	q->watts = !power_unknown(q->s);
	q->server = arena_alloc(q->arena, q->s->servers.n * sizeof(*q->server));
	q->bin = arena_alloc(q->arena, PLACE_MOST_BINS * sizeof(*q->bin));
	q->busy = arena_alloc(q->arena, PLACE_MOST_BINS * sizeof(*q->busy));
	for (size_t i = 0; i < q->s->servers.n; i++) {
		const struct platform *p = scenario_server(q->s, i)->platform;
		int sockets = (int)p->sockets.value.value;
		int cores = (int)p->cores_per_socket.value.value;
		q->server[i].nic_bin = q->p.n_bins + (uint32_t)p->nic.socket.value.value;
		q->server[i].port_bps = llround(resolve_link_bps(q->s, i));
		if (q->watts) {
			double core_w = power_core_w(p, resolve_clock_hz(q->s, i));
			q->server[i].idle_mw = llround(1e3 * p->power.idle.value.value);
			q->server[i].core_mw = llround(1e3 * core_w);
		}
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
			(int)c->rx_queues, llround(c->traffic.offered_pps * bits)};
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
	q->p.movers = q->s->profile->mover == MOVER_WORKER   ? PLACE_WORKERS
		      : q->s->profile->mover == MOVER_SENDER ? PLACE_RECEIVERS
							     : PLACE_NO_WORKERS;
}

/* What there is: "a.0, a.1, b.0" */
static const char *spots(const struct posed *q)
{
	const char *text = "there are ";
	for (uint32_t i = 0; i < q->p.n_bins && i < SHOWN_SPOTS; i++) {
		const char *name = scenario_server(q->s, q->bin[i].server)->name;
		text = arena_printf(q->arena, "%s%s%s%s%d", text, i ? ", " : "", name,
			*name ? "." : "", q->bin[i].socket);
	}
	return q->p.n_bins > SHOWN_SPOTS ? arena_printf(q->arena, "%s, ...", text) : text;
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
	diag_error(q->d, at, spots(q), "'%s' is not a place here", text);
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

int placement_cpu(const struct posed *q, const struct place_bin *b, int core)
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
		diag_error(q->d, t->marks[TAKEN_CORES],
			arena_printf(q->arena, "it has %lld", (long long)(t->cores - left)),
			"'%s' has no %lld cores that are free", t->on, (long long)t->cores);
}

static bool is_at(const struct posed *q, uint32_t bin, int server, int socket)
{
	return q->bin[bin].server == (uint32_t)server &&
	       (socket == PLACE_ANY || q->bin[bin].socket == socket);
}

static bool take_cpu(struct posed *q, uint32_t bin, const char *cpu)
{
	char *end;
	long wanted = strtol(cpu, &end, 10);
	for (int core = 0; core < all_cores(q, &q->bin[bin]) && !*end; core++)
		if (placement_cpu(q, &q->bin[bin], core) == wanted) {
			take(q, bin, core);
			return true;
		}
	return false;
}

static void take_cpus(struct posed *q, int server, int socket, const struct placement_taken *t)
{
	const char *const *cpu = t->cpus.items;
	for (size_t i = 0; i < t->cpus.n; i++) {
		bool taken = false;
		for (uint32_t k = 0; k < q->p.n_bins; k++)
			taken |= is_at(q, k, server, socket) && take_cpu(q, k, cpu[i]);
		if (!taken)
			diag_error(q->d, t->marks[TAKEN_CPUS],
				"a core is known by its first processor",
				"no core of '%s' has the number '%s'", t->on, cpu[i]);
	}
}

static void take_cores(struct posed *q, int server, int socket, const struct placement_taken *t)
{
	if (socket == PLACE_ANY)
		diag_error(q->d, t->marks[TAKEN_ON], arena_printf(q->arena, "such as %s.0", t->on),
			"on which socket?");
	for (uint32_t k = 0; k < q->p.n_bins && socket != PLACE_ANY; k++)
		if (is_at(q, k, server, socket))
			take_lowest(q, k, t);
}

static void take_link(struct posed *q, int server, const struct placement_taken *t)
{
	int64_t left = q->server[server].port_bps;
	q->server[server].port_bps -= llround(t->link.value);
	if (q->server[server].port_bps >= 0)
		return;
	diag_error(q->d, t->marks[TAKEN_LINK],
		arena_printf(q->arena, "%.4g Gb/s are left of them", (double)left / 1e9),
		"the ports of '%s' do not do %.4g Gb/s", t->on, t->link.value / 1e9);
	q->server[server].port_bps = 0;
}

static void pose_taken(struct posed *q)
{
	const struct placement_taken *t = q->ask->taken.items;
	for (size_t i = 0; i < q->ask->taken.n; i++) {
		int server, socket;
		if (!t[i].on || !find_spot(q, t[i].on, t[i].marks[TAKEN_ON], &server, &socket))
			continue;
		if (t[i].link.value > 0)
			take_link(q, server, &t[i]);
		if (t[i].cpus.n)
			take_cpus(q, server, socket, &t[i]);
		if (t[i].cores)
			take_cores(q, server, socket, &t[i]);
	}
}

static void pin(struct posed *q, const struct placement_rule *r)
{
	uint32_t v;
	int server, socket;
	bool known = r->pin && find_vnf(q, r->pin, r->marks[RULE_PIN], &v);
	if (!r->to || !find_spot(q, r->to, r->marks[RULE_TO], &server, &socket) || !known)
		return;
	struct place_vnf *vnf = &q->vnf[v];
	if ((vnf->server != PLACE_ANY && vnf->server != server) ||
		(vnf->socket != PLACE_ANY && socket != PLACE_ANY && vnf->socket != socket))
		diag_error(q->d, r->marks[RULE_TO], NULL,
			"'%s' is pinned elsewhere by another rule", r->pin);
	vnf->server = server;
	vnf->socket = socket != PLACE_ANY ? socket : vnf->socket;
}

static void pose_rules(struct posed *q)
{
	const struct placement_rule *r = q->ask->rules.items;
	struct place_rule *rules = arena_alloc(q->arena, (q->ask->rules.n + 1) * sizeof(*rules));
	for (size_t i = 0; i < q->ask->rules.n; i++) {
		if (r[i].pin || r[i].to) {
			pin(q, &r[i]);
			continue;
		}
		const struct param_list *list = r[i].together.n ? &r[i].together : &r[i].apart;
		uint32_t *vnfs = arena_alloc(q->arena, list->n * sizeof(*vnfs));
		for (size_t k = 0; k < list->n; k++)
			find_vnf(q, ((const char *const *)list->items)[k],
				r[i].marks[r[i].together.n ? RULE_TOGETHER : RULE_APART], &vnfs[k]);
		rules[q->p.n_rules++] = (struct place_rule){
			r[i].together.n ? PLACE_TOGETHER : PLACE_APART, vnfs, list->n};
	}
	q->p.rule = rules;
}

static struct mark mark_of(const struct param_table *t, const struct mark *marks, const char *key)
{
	size_t i = 0;
	while (strcmp(t->params[i].key, key) != 0)
		i++;
	return marks[i];
}

/* Places are what is looked for. */
static void complain_places(const struct posed *q, const struct chain *c)
{
	static const char hint[] = "leave it out: workers and memory are at the VNF";
	for (size_t i = 0; i < c->items.n; i++) {
		const struct chain_item *it = scenario_item(c, i);
		if (it->worker)
			diag_error(q->d, mark_of(scenario_item_table, it->marks, "worker"), hint,
				"where the worker of '%s' runs cannot be kept", it->name);
		if (it->memory)
			diag_error(q->d, mark_of(scenario_item_table, it->marks, "memory"), hint,
				"where the memory of '%s' is cannot be kept", it->name);
	}
	if (c->last_worker)
		diag_error(q->d, mark_of(scenario_chain_table, c->marks, "last_worker"), hint,
			"where the last worker runs cannot be kept");
}

static bool can_pose(const struct posed *q)
{
	size_t before = diag_errors(q->d), vnfs = 0, bins = 0;
	for (size_t i = 0; i < q->s->chains.n; i++) {
		const struct chain *c = scenario_chain(q->s, i);
		vnfs += c->items.n;
		complain_places(q, c);
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
		diag_error(q->d,
			mark_of(&scenario_table, q->s->marks,
				q->s->cores.workers ? "cores" : "dataplane"),
			NULL,
			"only dataplanes with a worker for each task, or none, can be placed");
	return diag_errors(q->d) == before;
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
	size_t before = diag_errors(d), n = spread(ask, &sets, a, d);
	return diag_errors(d) > before ? NULL : scenario_read(ask->scenario, sets, n, a, d);
}

/* The ask with one more assignment. */
static const struct placement_ask *ask_at(
	const struct placement_ask *ask, const char *clock, struct arena *a)
{
	struct placement_ask *own = arena_alloc(a, sizeof *own);
	*own = *ask;
	own->sets = arena_alloc(a, (ask->n_sets + 1) * sizeof *own->sets);
	if (ask->n_sets)
		memcpy(own->sets, ask->sets, ask->n_sets * sizeof *own->sets);
	own->sets[own->n_sets++] = arena_printf(a, "cpu=%s", clock);
	return own;
}

bool placement_pose(struct posed *q)
{
	size_t before = diag_errors(q->d);
	if (q->clock)
		q->ask = ask_at(q->ask, q->clock, q->arena);
	q->s = read_spread(q->ask, q->arena, q->d);
	if (!q->s || !can_pose(q))
		return false;
	pose_servers(q);
	pose_chains(q);
	pose_taken(q);
	pose_rules(q);
	return diag_errors(q->d) == before;
}
