/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/resolve.h"

#include "model/relative.h"

#include <math.h>
#include <stdlib.h>
#include <math.h>
#include <string.h>

/* Place of the value of a key in a struct whose table keeps marks. */
static struct mark mark_of(const struct param_table *t, const struct mark *marks, const char *key)
{
	for (size_t i = 0; t->params[i].key; i++)
		if (strcmp(t->params[i].key, key) == 0)
			return marks[i];
	return (struct mark){0};
}

static struct mark own_mark(const struct scenario *s, const char *key)
{
	return mark_of(&scenario_table, s->marks, key);
}

double resolve_link_bps(const struct scenario *s, size_t server)
{
	return s->link.speed.dim ? s->link.speed.value
				 : scenario_server(s, server)->platform->nic.speed.value.value;
}

ps_t resolve_link_delay(const struct scenario *s, size_t server)
{
	return (ps_t)(s->link.delay.dim
			      ? s->link.delay.value
			      : scenario_server(s, server)->platform->link_delay.value.value);
}

double scenario_effective_hz(const struct platform *p, double set_hz)
{
	double hz = set_hz > 0 ? set_hz : p->clock.max.value.value;
	const struct clock_setting *c = p->clock.effective.items;
	for (size_t i = 0; i < p->clock.effective.n; i++)
		if (c[i].set.value == hz)
			return c[i].effective.value.value;
	return hz;
}

static struct sourced configured(const struct sourced *like, int value)
{
	struct sourced s = *like;
	s.value.value = value;
	s.source = SOURCED_CONFIGURED;
	s.from = (struct param_list){0};
	s.note = "from the topology";
	return s;
}

/* A real server: the platform with the sockets, cores and card that its topology shows. */
static void resolve_topology(struct server_use *u, struct arena *a, struct diag *d)
{
	struct platform *p = u->platform;
	struct mark at = mark_of(scenario_server_table, u->marks, "topology");
	const char *path = relative_file(relative_base(at), u->topology_path, a);
	const struct topology *t = topology_read(path, u->nic, u->mark, a, d);
	u->topology = t;
	if (!t)
		return;
	struct sourced like = p->sockets;
	like.error = (struct quantity){0};
	p->sockets = configured(&like, t->sockets);
	p->cores_per_socket = configured(&like, t->cores);
	if (t->nic) {
		p->nic.socket = configured(&like, t->nic_socket);
		p->nic.ports = configured(&like, t->nic_ports);
	} else if (p->nic.socket.value.value >= t->sockets) {
		diag_error(d, u->mark, NULL,
			"'%s' has no network card, and platform '%s' has it on socket %.0f", path,
			p->name, p->nic.socket.value.value);
	}
}

static void resolve_servers(struct scenario *s, struct arena *a, struct diag *d)
{
	if (s->server && s->servers.n)
		diag_error(d, own_mark(s, "server"), "keep one of the two",
			"both 'server' and 'servers' are given");
	if (!s->server && !s->servers.n) {
		diag_error(d, s->mark, "add for example: server: c6220",
			"which server? neither 'server' nor 'servers' is given");
		return;
	}
	if (s->server) {
		struct server_use *one = arena_alloc(a, sizeof *one);
		*one = (struct server_use){
			.name = "", .mark = own_mark(s, "server"), .platform_name = s->server};
		one->marks[0] = one->mark; /* of `platform`, its first key */
		s->servers = (struct param_list){one, 1};
	}
	for (size_t i = 0; i < s->servers.n; i++) {
		struct server_use *u = scenario_server(s, i);
		struct mark at = mark_of(scenario_server_table, u->marks, "platform");
		u->platform = platform_read(u->platform_name, at, a, d);
		if (u->platform && u->topology_path)
			resolve_topology(u, a, d);
		else if (u->nic)
			diag_error(d, u->mark, "add topology: FILE.xml",
				"'nic' chooses from a topology, and there is none");
	}
}

double resolve_clock_hz(const struct scenario *s, size_t server)
{
	if (s->cpu_effective.dim)
		return s->cpu_effective.value;
	return scenario_effective_hz(scenario_server(s, server)->platform, s->cpu.value);
}

static void check_clock(const struct scenario *s, size_t server, struct quantity clock,
	struct mark at, struct diag *d)
{
	const struct platform *p = scenario_server(s, server)->platform;
	double min = p->clock.min.value.value, max = p->clock.max.value.value;
	if (clock.dim && (clock.value < min || clock.value > max))
		diag_error(d, at, NULL, "a %s runs at %g to %g GHz", p->name, min / 1e9, max / 1e9);
}

static void resolve_clock(struct scenario *s, struct diag *d)
{
	for (size_t i = 0; i < s->servers.n; i++)
		check_clock(s, i, s->cpu, own_mark(s, "cpu"), d);
	s->clock_hz = resolve_clock_hz(s, 0);
}

static bool find_server(const struct scenario *s, const char *name, size_t len, size_t *server)
{
	for (size_t i = 0; i < s->servers.n; i++) {
		const char *is = scenario_server(s, i)->name;
		if (strlen(is) == len && strncmp(is, name, len) == 0) {
			*server = i;
			return true;
		}
	}
	return false;
}

static bool read_number(const char **text, int *value)
{
	char *end;
	if (**text < '0' || **text > '9')
		return false;
	long n = strtol(*text, &end, 10);
	*text = end;
	*value = n > 9999 ? 9999 : (int)n;
	return true;
}

/* Reads "[server.]socket[.core]" or "server". */
static bool parse_spot(const struct scenario *s, const char *text, struct spot *spot)
{
	*spot = (struct spot){0, 0, -1};
	if (*text < '0' || *text > '9') {
		size_t len = strcspn(text, ".");
		if (!find_server(s, text, len, &spot->server))
			return false;
		text += len;
		if (!*text)
			return true;
		text++;
	}
	if (!read_number(&text, &spot->socket))
		return false;
	if (*text == '.') {
		text++;
		if (!read_number(&text, &spot->core))
			return false;
	}
	return *text == '\0';
}

static void resolve_spot(const struct scenario *s, const char *text, struct mark at,
	struct spot *spot, struct diag *d)
{
	if (!text)
		return;
	if (!parse_spot(s, text, spot)) {
		diag_error(d, at,
			s->servers.n > 1 ? "write server.socket or server.socket.core, such as a.0"
					 : "write socket or socket.core, such as 0 or 0.3",
			"'%s' is not a place on a server of this scenario", text);
		*spot = (struct spot){0, 0, -1};
		return;
	}
	const struct platform *p = scenario_server(s, spot->server)->platform;
	double sockets = p->sockets.value.value, cores = p->cores_per_socket.value.value;
	if (spot->socket >= sockets)
		diag_error(d, at, NULL, "a %s has %g socket%s, numbered from 0", p->name, sockets,
			sockets == 1 ? "" : "s");
	else if (spot->core >= cores)
		diag_error(d, at, NULL, "a socket of a %s has %g cores, numbered from 0", p->name,
			cores);
}

static const struct nf_def *find_nf(const struct scenario *s, const char *name)
{
	const struct nf_def *own = s->nfs.items;
	for (size_t i = 0; i < s->nfs.n; i++)
		if (strcmp(own[i].name, name) == 0)
			return &own[i];
	return profile_nf(s->profile, name);
}

static void complain_nf(const struct scenario *s, const struct chain_item *it, struct mark at,
	struct arena *a, struct diag *d)
{
	size_t n = s->nfs.n + s->profile->nfs.n;
	const char **names = arena_alloc(a, (n + 1) * sizeof *names);
	const struct nf_def *own = s->nfs.items, *theirs = s->profile->nfs.items;
	char *all = arena_strdup(a, "");
	for (size_t i = 0; i < n; i++) {
		names[i] = i < s->nfs.n ? own[i].name : theirs[i - s->nfs.n].name;
		all = arena_printf(a, "%s%s%s", all, i ? ", " : "", names[i]);
	}
	const char *near = diag_nearest(it->nf, names, n);
	const char *hint =
		near ? arena_printf(a, "did you mean '%s'?", near)
		     : arena_printf(
			       a, "%s knows %s; declare your own under nfs:", s->dataplane, all);
	diag_error(d, at, hint, "no network function is called '%s'", it->nf);
}

static void check_vcpus(const struct scenario *s, const struct chain_item *it, struct diag *d)
{
	const struct profile_vnf *v = &s->profile->vnf;
	struct mark at = mark_of(scenario_item_table, it->marks, "vcpus");
	if (sourced_given(&v->max_vcpus) && (double)it->vcpus > v->max_vcpus.value.value)
		diag_error(d, at, v->max_vcpus_why, "a VNF of %s has at most %g vCPU", s->dataplane,
			v->max_vcpus.value.value);
	if (it->vcpus > it->queues)
		diag_error(d, at,
			"give it as many queues: a vCPU without a queue has nothing to do",
			"%lld vCPUs share %lld queue%s", (long long)it->vcpus,
			(long long)it->queues, it->queues == 1 ? "" : "s");
	if (it->queues > 1 && !s->profile->can_split)
		diag_error(d, mark_of(scenario_item_table, it->marks, "queues"),
			"put the NF lb in front and use copies, or take another dataplane",
			"the switch of %s cannot spread packets over queues", s->dataplane);
}

static void check_transmit(const struct transmit *x, struct mark at, struct diag *d)
{
	double burst = x->burst.value.value;
	if (!x->given)
		return;
	if (x->policy == TX_IMMEDIATE && (sourced_given(&x->burst) || sourced_given(&x->timer)))
		diag_error(d, at, "add policy: burst, or adaptive",
			"packets that are sent at once wait for no burst and no timer");
	if (x->policy != TX_IMMEDIATE && (burst < 1 || burst > 65536 || burst != floor(burst)))
		diag_error(d, at, "add for example burst: 32",
			"'transmit' wants a burst, a whole number from 1 to 65536");
}

static void resolve_nf(struct scenario *s, struct chain_item *it, struct arena *a, struct diag *d)
{
	it->def = find_nf(s, it->nf);
	if (!it->def)
		complain_nf(s, it, mark_of(scenario_item_table, it->marks, "nf"), a, d);
	check_vcpus(s, it, d);
	check_transmit(&it->transmit, mark_of(scenario_item_table, it->marks, "transmit"), d);
	if (it->def)
		check_transmit(&it->def->transmit, it->def->mark, d);
}

static void resolve_place(struct scenario *s, struct chain_item *it, struct diag *d)
{
	resolve_spot(s, it->on, mark_of(scenario_item_table, it->marks, "on"), &it->spot, d);
	if (!it->on)
		it->spot = (struct spot){0, 0, -1};
	it->worker_spot = (struct spot){it->spot.server, it->spot.socket, -1};
	struct mark worker_at = mark_of(scenario_item_table, it->marks, "worker");
	resolve_spot(s, it->worker, worker_at, &it->worker_spot, d);
	check_clock(
		s, it->spot.server, it->clock, mark_of(scenario_item_table, it->marks, "clock"), d);
	if (it->worker_spot.server != it->spot.server)
		diag_error(d, worker_at, NULL, "a worker feeds VNFs of its own server only");
	struct spot memory = it->spot;
	resolve_spot(s, it->memory, mark_of(scenario_item_table, it->marks, "memory"), &memory, d);
	it->memory_socket = memory.socket;
	if (it->vcpus > 1 && it->spot.core >= 0)
		diag_error(d, mark_of(scenario_item_table, it->marks, "on"), "name the socket only",
			"several vCPUs do not fit on one core");
}

/* A splitting switch aside, only a VNF called lb spreads packets over the copies behind it; as many
 * copies again take them one from one. */
static void check_balancer(const struct scenario *s, const struct chain *c, struct diag *d)
{
	for (size_t i = 0; i < c->items.n && !s->profile->can_split; i++) {
		const struct chain_item *it = scenario_item(c, i), *before = i ? it - 1 : NULL;
		bool spread = before && (before->copies == it->copies ||
						(before->nf && strcmp(before->nf, "lb") == 0));
		if (it->copies > 1 && !spread)
			diag_error(d, mark_of(scenario_item_table, it->marks, "copies"),
				"put the NF lb in front of it, or take another dataplane",
				"the switch of %s cannot spread packets over copies of a VNF",
				s->dataplane);
	}
}

/* Whether an item before the upto-th, or a later one by the user's word, has the name. */
static bool name_taken(const struct chain *c, size_t upto, const char *name)
{
	for (size_t i = 0; i < c->items.n; i++) {
		const char *other = scenario_item(c, i)->name;
		if (i != upto && other && strcmp(other, name) == 0)
			return true;
	}
	return false;
}

static void name_items(struct chain *c, struct arena *a, struct diag *d)
{
	for (size_t i = 0; i < c->items.n; i++) {
		struct chain_item *it = scenario_item(c, i);
		const char *want = it->name ? it->name : it->nf;
		if (it->name && name_taken(c, i, want))
			diag_error(d, mark_of(scenario_item_table, it->marks, "name"), NULL,
				"two VNFs of a chain are called '%s'", want);
		for (unsigned k = 2; name_taken(c, i, want); k++)
			want = arena_printf(a, "%s%u", it->nf, k);
		it->name = want;
	}
}

/* Without a switch the first VNF's vCPUs read the NIC's queues one to one. */
static void check_no_switch(const struct scenario *s, const struct chain *c, struct diag *d)
{
	if (!c->items.n) {
		diag_error(d, s->mark, NULL, "%s has no switch: a chain needs a VNF", s->dataplane);
		return;
	}
	if (c->from == END_VM)
		diag_error(d, scenario_item(c, 0)->mark, NULL,
			"%s has no switch: packets cannot come from a VM", s->dataplane);
	for (size_t i = 0; i < c->items.n; i++) {
		const struct chain_item *it = scenario_item(c, i);
		bool hop = i && it->spot.server != scenario_item(c, i - 1)->spot.server;
		int64_t readers = it->queues * it->copies, rings = i ? readers : c->rx_queues;
		rings = hop ? 1 : rings;
		if (readers != rings)
			diag_error(d, it->mark, "make rx_queues and the VNF's queues alike",
				"without a switch %lld NIC queues cannot feed %lld VNF queues",
				(long long)rings, (long long)readers);
	}
}

static void check_ends(const struct scenario *s, const struct chain *c, struct diag *d)
{
	size_t vms = (c->from == END_VM) + (c->to == END_VM);
	if (c->items.n < vms || (vms == 2 && c->items.n < 2))
		diag_error(d, c->mark.source ? c->mark : s->mark, NULL,
			"a chain that starts or ends in a VM needs %zu VNF%s", vms,
			vms == 1 ? "" : "s");
	if (c->from == END_VM && c->traffic.arrivals != ARRIVALS_PCAP &&
		strcmp(c->traffic.rate, "line") == 0)
		diag_error(d, c->traffic.mark, "say a rate, such as 2 Mpps",
			"a VM that creates packets has no line rate");
	if (s->profile->mover == MOVER_NONE)
		check_no_switch(s, c, d);
	if (c->traffic.direction == DIRECTION_BOTH && (c->from == END_VM || c->to == END_VM))
		diag_error(d, c->traffic.mark, "describe the way back as a chain of its own",
			"'direction: both' is for chains from NIC to NIC");
	if (c->from == END_VM && c->items.n && scenario_item(c, 0)->copies > 1)
		diag_error(d, scenario_item(c, 0)->mark, "use queues, or several chains",
			"a VM that creates packets has no copies");
}

/* What can be checked without knowing the servers. */
static void resolve_names(struct scenario *s, struct chain *c, struct arena *a, struct diag *d)
{
	for (size_t i = 0; i < c->items.n; i++) {
		struct chain_item *it = scenario_item(c, i);
		if (it->nf && !*it->nf)
			diag_error(d, it->mark, NULL, "a network function needs a name");
		it->nf = it->nf ? it->nf : ""; /* its lack has been complained about */
		if (*it->nf)
			resolve_nf(s, it, a, d);
	}
	name_items(c, a, d);
	check_balancer(s, c, d);
}

static bool platforms_known(const struct scenario *s)
{
	for (size_t i = 0; i < s->servers.n; i++)
		if (!scenario_server(s, i)->platform)
			return false;
	return s->servers.n > 0;
}

static void resolve_chain(struct scenario *s, struct chain *c, struct arena *a, struct diag *d)
{
	for (size_t i = 0; i < c->items.n; i++)
		resolve_place(s, scenario_item(c, i), d);
	size_t last = c->items.n ? scenario_item(c, c->items.n - 1)->spot.server : 0;
	size_t first = c->items.n ? scenario_item(c, 0)->spot.server : 0;
	int nic = (int)scenario_server(s, last)->platform->nic.socket.value.value;
	c->last_spot = (struct spot){last, nic, -1};
	resolve_spot(s, c->last_worker, mark_of(scenario_chain_table, c->marks, "last_worker"),
		&c->last_spot, d);
	double wire_bps = c->from == END_VM ? RESOLVE_VM_BPS : resolve_link_bps(s, first);
	traffic_resolve(&c->traffic, wire_bps, a, d);
	check_ends(s, c, d);
}

/* One chain at top level, or several under chains:; those without traffic of their own share the
 * top level's description. */
static void collect_chains(struct scenario *s, struct arena *a, struct diag *d)
{
	bool top = param_given(&scenario_table, s, "chain");
	if (top && s->chains.n)
		diag_error(d, own_mark(s, "chain"), "keep one of the two",
			"both 'chain' and 'chains' are given");
	if (!top && !s->chains.n)
		diag_error(d, s->mark, "add for example: chain: [l3fwd]   ([] is NIC to NIC)",
			"no 'chain' is given");
	for (size_t i = 0; i < s->chains.n; i++) {
		struct chain *c = scenario_chain(s, i);
		if (!param_given(scenario_chain_table, c, "traffic"))
			c->traffic = s->single.traffic;
	}
	if (s->chains.n)
		return;
	struct chain *one = arena_alloc(a, sizeof *one);
	*one = s->single;
	one->name = "";
	for (size_t i = 0; scenario_chain_table->params[i].key; i++)
		one->marks[i] = own_mark(s, scenario_chain_table->params[i].key);
	s->chains = (struct param_list){one, 1};
}

/* direction: both makes a second chain with the same VNFs in the opposite order. */
static void mirror_chains(struct scenario *s, struct arena *a, struct diag *d)
{
	size_t n = s->chains.n, total = n;
	for (size_t i = 0; i < n; i++)
		total += scenario_chain(s, i)->traffic.direction == DIRECTION_BOTH;
	if (total == n)
		return;
	struct chain *all = arena_alloc(a, total * sizeof *all);
	memcpy(all, s->chains.items, n * sizeof *all);
	for (size_t i = 0, k = n; i < n; i++) {
		if (all[i].traffic.direction != DIRECTION_BOTH)
			continue;
		struct chain *back = &all[k++];
		*back = all[i];
		back->reverse = true;
		back->name = *all[i].name ? arena_printf(a, "%s.back", all[i].name) : "back";
		struct chain_item *items = arena_alloc(a, back->items.n * sizeof *items + 1);
		for (size_t j = 0; j < back->items.n; j++)
			items[j] = *scenario_item(&all[i], back->items.n - 1 - j);
		back->items.items = items;
		size_t server = back->items.n ? items[back->items.n - 1].spot.server : 0;
		const struct platform *p = scenario_server(s, server)->platform;
		back->last_spot = (struct spot){server, (int)p->nic.socket.value.value, -1};
		check_balancer(s, back, d);
	}
	s->chains = (struct param_list){all, total};
}

/* Whether a chain's packets come in from the tester by this port of a server. */
static bool enters_by(const struct chain *c, size_t server, bool port)
{
	size_t first = c->items.n ? scenario_item(c, 0)->spot.server : c->last_spot.server;
	return c->from == END_NIC && first == server && c->reverse == port;
}

/* Chains that share a port share its line rate. */
static void check_port(const struct scenario *s, size_t server, bool port, struct diag *d)
{
	double bps = resolve_link_bps(s, server), share = 0;
	struct mark at = s->mark;
	for (size_t i = 0; i < s->chains.n; i++) {
		const struct chain *c = scenario_chain(s, i);
		if (!enters_by(c, server, port))
			continue;
		share += c->traffic.offered_pps /
			 wire_line_rate_pps(bps, source_mean_size(&c->traffic.spec));
		at = c->traffic.mark.source ? c->traffic.mark : at;
	}
	if (share > 1 + 1e-9)
		diag_error(d, at, "lower their rates, or let them enter by different servers",
			"the chains that come in by port %d ask for %.3g %% of its line rate", port,
			100 * share);
}

static void check_ring(
	const struct sourced *ring, const char *key, const struct platform *p, struct diag *d)
{
	double slots = ring->value.value, min = p->nic.min_ring.value.value;
	double max = sourced_given(&p->nic.max_ring) ? p->nic.max_ring.value.value : INFINITY;
	if (slots < min || slots > max)
		diag_error(d, ring->mark, NULL, "'%s' is %g; the NIC of a %s takes %g to %g", key,
			slots, p->name, min, max);
}

/* What the NICs' drivers would refuse. */
static void check_nics(const struct scenario *s, struct diag *d)
{
	for (size_t i = 0; i < s->servers.n; i++) {
		check_ring(&s->profile->pnic.rx_ring, "pnic.rx_ring",
			scenario_server(s, i)->platform, d);
		check_ring(&s->profile->pnic.tx_ring, "pnic.tx_ring",
			scenario_server(s, i)->platform, d);
	}
	for (size_t i = 0; i < s->chains.n; i++) {
		const struct chain *c = scenario_chain(s, i);
		const struct platform *p = scenario_server(s, c->last_spot.server)->platform;
		if (c->items.n)
			p = scenario_server(s, scenario_item(c, 0)->spot.server)->platform;
		double most = p->nic.max_queues.value.value;
		if (sourced_given(&p->nic.max_queues) && (double)c->rx_queues > most)
			diag_error(d, c->mark.source ? c->mark : s->mark, NULL,
				"'rx_queues' is %lld; a port of a %s has %g",
				(long long)c->rx_queues, p->name, most);
	}
}

static void resolve_clocks(struct scenario *s, struct diag *d)
{
	struct core_clock *c = s->cores.clocks.items;
	for (size_t i = 0; i < s->cores.clocks.n; i++) {
		resolve_spot(s, c[i].core, c[i].mark, &c[i].spot, d);
		check_clock(s, c[i].spot.server, c[i].clock, c[i].mark, d);
		if (c[i].spot.core < 0)
			diag_error(d, c[i].mark, "write socket.core, such as 0.3",
				"'%s' does not name a core", c[i].core);
	}
}

static void resolve_run(struct run_use *run, struct arena *a, struct diag *d)
{
	static const char *const words[] = {[RUN_OF_RATE] = "rate",
		[RUN_OF_MEAN] = "mean",
		[RUN_OF_P50] = "p50",
		[RUN_OF_P90] = "p90",
		[RUN_OF_P99] = "p99",
		[RUN_OF_P999] = "p99.9",
		[RUN_OF_LOSS] = "loss"};
	const size_t n = sizeof words / sizeof *words;
	const char *const *of = run->of.items;
	struct mark at = mark_of(&scenario_run_table, run->marks, "of");
	run->wanted = run->of.n ? 0 : RUN_WANTS(RUN_OF_RATE) | RUN_WANTS(RUN_OF_MEAN);
	for (size_t i = 0; i < run->of.n; i++) {
		size_t k = 0;
		while (k < n && strcmp(of[i], words[k]) != 0)
			k++;
		if (k < n) {
			run->wanted |= RUN_WANTS(k);
			continue;
		}
		const char *near = diag_nearest(of[i], words, n);
		diag_error(d, at,
			near ? arena_printf(a, "did you mean '%s'?", near)
			     : "there are rate, mean, p50, p90, p99, p99.9 and loss",
			"nothing is measured that is called '%s'", of[i]);
	}
	if (run->precision.value > 0.05)
		diag_warning(d, mark_of(&scenario_run_table, run->marks, "precision"), NULL,
			"intervals wider than 5 %% hold the truth less often than 95 %% of the "
			"time");
}

void resolve_scenario(struct scenario *s, struct arena *a, struct diag *d)
{
	size_t before = diag_errors(d);
	if (s->dataplane)
		s->profile = profile_read(s->dataplane, own_mark(s, "dataplane"),
			s->profile_set.items, s->profile_set.n, a, d);
	if (s->profile)
		profile_check_nfs(s->profile, &s->nfs, d);
	resolve_servers(s, a, d);
	resolve_run(&s->run, a, d);
	collect_chains(s, a, d);
	for (size_t i = 0; s->profile && i < s->chains.n; i++)
		resolve_names(s, scenario_chain(s, i), a, d);
	if (!platforms_known(s))
		return;
	resolve_clock(s, d);
	resolve_clocks(s, d);
	for (size_t i = 0; s->profile && i < s->chains.n; i++)
		resolve_chain(s, scenario_chain(s, i), a, d);
	if (diag_errors(d) == before && s->profile)
		check_nics(s, d);
	if (diag_errors(d) == before)
		mirror_chains(s, a, d);
	for (size_t i = 0; i < 2 * s->servers.n && diag_errors(d) == before; i++)
		check_port(s, i / 2, i % 2, d);
}
