/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/build_parts.h"

#include "model/resolve.h"

#include "base/arena.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CACHE_LINE_B 64
#define MOST_BURST_S 0.1

static const struct platform *platform_of(const struct builder *b, size_t server)
{
	return scenario_server(b->scenario, server)->platform;
}

void parts_init(struct builder *b, const struct scenario *s, uint64_t seed, uint32_t replication)
{
	struct net *net = net_new(seed, replication);
	struct arena *a = net->arena;
	*b = (struct builder){.scenario = s, .net = net};
	b->build = arena_alloc(a, sizeof *b->build);
	*b->build = (struct build){.net = net, .scenario = s, .n_chains = (uint32_t)s->chains.n};
	b->build->chains = arena_alloc(a, s->chains.n * sizeof *b->build->chains);
	b->dealt = arena_alloc(a, s->servers.n * sizeof *b->dealt);
	b->cards = arena_alloc(a, s->servers.n * sizeof(struct nic_card *));
	for (size_t i = 0; i < s->servers.n; i++) {
		double max_pps = platform_of(b, i)->nic.card_max.value.value;
		b->cards[i] = max_pps > 0 ? net_card(net, max_pps) : NULL;
	}
}

/* One more element at the end of an array that lives in the net's arena. */
static void *grow(struct builder *b, void *array, uint32_t n, size_t size)
{
	if (n && (n & (n - 1)))
		return array;
	char *bigger = arena_alloc(b->net->arena, (n ? 2 * (size_t)n : 1) * size);
	if (n)
		memcpy(bigger, array, n * size);
	return bigger;
}

void parts_place(
	struct builder *b, const struct ring *ring, const struct nic_rx *rx, uint32_t chain)
{
	struct build *o = b->build;
	o->places = grow(b, o->places, o->n_places, sizeof *o->places);
	const char *name = ring ? ring->name : arena_printf(b->net->arena, "%s.buffer", rx->name);
	o->places[o->n_places++] = (struct build_place){name, ring, rx, chain};
}

int parts_nic_socket(const struct builder *b, size_t server)
{
	return (int)platform_of(b, server)->nic.socket.value.value;
}

ps_t parts_dma_tx(const struct builder *b, size_t server)
{
	return (ps_t)platform_of(b, server)->nic.dma_tx.value.value;
}

static struct parts_port *port_of(struct builder *b, size_t server, int port)
{
	for (uint32_t i = 0; i < b->n_ports; i++)
		if (b->ports[i].server == server && b->ports[i].port == port)
			return &b->ports[i];
	b->ports = grow(b, b->ports, b->n_ports, sizeof *b->ports);
	struct parts_port *p = &b->ports[b->n_ports++];
	double max_pps = platform_of(b, server)->nic.port_max.value.value;
	*p = (struct parts_port){.server = server, .port = port};
	p->out = net_wire(b->net, resolve_link_bps(b->scenario, server),
		resolve_link_delay(b->scenario, server));
	p->ceiling = max_pps > 0 ? net_card(b->net, max_pps) : NULL;
	return p;
}

void parts_rx(struct builder *b, struct nic_rx *rx, size_t server, int port)
{
	const struct platform_nic *nic = &platform_of(b, server)->nic;
	rx->dma_ps = (ps_t)nic->dma_rx.value.value;
	rx->card = b->cards[server];
	rx->port = port_of(b, server, port)->ceiling;
	rx->buffer_B = (uint32_t)nic->buffer.value.value;
}

struct wire *parts_wire(struct builder *b, size_t server, int port)
{
	return port_of(b, server, port)->out;
}

struct build_task *parts_task(
	struct builder *b, struct task *task, uint32_t chain, uint32_t fixed_size_B)
{
	struct build *o = b->build;
	o->tasks = grow(b, o->tasks, o->n_tasks, sizeof *o->tasks);
	o->tasks[o->n_tasks] =
		(struct build_task){.task = task, .chain = chain, .fixed_size_B = fixed_size_B};
	return &o->tasks[o->n_tasks++];
}

void parts_ports(struct builder *b, struct build_task *t, uint32_t n)
{
	t->task->n_out = n;
	t->task->out = arena_alloc(b->net->arena, n * sizeof *t->task->out);
}

/* What distance adds to a cost. */
static struct cost distance(const struct builder *b, const struct build_task *t,
	const struct sourced_cost *c, struct parts_far far)
{
	int here = t->task->core->socket;
	size_t server = 0;
	for (size_t i = 0; i < b->scenario->servers.n; i++)
		if (strcmp(scenario_server(b->scenario, i)->name, t->task->core->server) == 0)
			server = i;
	const struct platform_memory *m = &platform_of(b, server)->memory;
	double extra_ns = (m->line_remote.value.value - m->line_local.value.value) / PS_PER_NS;
	struct cost add = {0};
	if (far.peer_socket != here) {
		add.burst.ns = c->lines_per_burst.value.value * extra_ns;
		add.packet.ns = c->lines_per_packet.value.value * extra_ns;
	}
	double in_flight = m->fill_buffers.value.value;
	if (c->payload && in_flight > 0 && (far.peer_socket != here || far.memory_socket != here))
		add.byte.ns = extra_ns / (in_flight * CACHE_LINE_B);
	return add;
}

void parts_pay(struct builder *b, struct build_task *t, struct cost *into,
	const struct sourced_cost *c, struct parts_far far)
{
	struct cost own = sourced_cost(c), far_away = distance(b, t, c, far);
	cost_add(into, &own, 1);
	cost_add(into, &far_away, 1);
	cost_add(&t->remote, &far_away, 1);
}

static void add_send(struct build_task *t, struct cost c)
{
	struct cost burst = {.burst = c.burst};
	c.burst = (struct cost_part){0, 0};
	cost_add(&t->send, &burst, 1);
	cost_add(&t->cost, &c, 1);
	cost_add(&t->handing, &c, 1);
}

void parts_pay_lines(
	struct builder *b, struct build_task *t, const struct sourced_cost *c, struct parts_far far)
{
	struct cost far_away = distance(b, t, c, far);
	add_send(t, far_away);
	cost_add(&t->remote, &far_away, 1);
}

void parts_pay_send(
	struct builder *b, struct build_task *t, const struct sourced_cost *c, struct parts_far far)
{
	add_send(t, sourced_cost(c));
	parts_pay_lines(b, t, c, far);
}

static bool same_spot(struct spot x, struct spot y)
{
	return x.server == y.server && x.socket == y.socket && x.core == y.core;
}

static bool named_by_user(const struct scenario *s, struct spot spot)
{
	for (size_t i = 0; i < s->chains.n; i++) {
		const struct chain *c = scenario_chain(s, i);
		if (same_spot(c->last_spot, spot))
			return true;
		for (size_t k = 0; k < c->items.n; k++)
			if (same_spot(scenario_item(c, k)->spot, spot) ||
				same_spot(scenario_item(c, k)->worker_spot, spot))
				return true;
	}
	return false;
}

static struct parts_core *find_core(struct builder *b, struct spot spot)
{
	for (uint32_t i = 0; i < b->n_cores; i++)
		if (same_spot(b->cores[i].spot, spot))
			return &b->cores[i];
	return NULL;
}

static struct spot free_spot(struct builder *b, struct spot spot)
{
	for (spot.core = 0; find_core(b, spot) || named_by_user(b->scenario, spot);)
		spot.core++;
	return spot;
}

static double clock_of(const struct builder *b, struct spot spot, double asked_hz)
{
	const struct core_clock *c = b->scenario->cores.clocks.items;
	for (size_t i = 0; i < b->scenario->cores.clocks.n; i++)
		if (same_spot(c[i].spot, spot))
			return c[i].effective.dim
				       ? c[i].effective.value
				       : scenario_effective_hz(
						 platform_of(b, spot.server), c[i].clock.value);
	if (asked_hz > 0)
		return scenario_effective_hz(platform_of(b, spot.server), asked_hz);
	return resolve_clock_hz(b->scenario, spot.server);
}

static void set_waking(struct core *c, const struct waking *w)
{
	c->interrupt = w->mode == MODE_INTERRUPT;
	c->wake_delay_ps = (ps_t)w->delay.value.value;
	c->moderation_ps = (ps_t)w->moderation.value.value;
	c->linger_ps = (ps_t)w->linger.value.value;
	c->wake_fine = cost_fine(sourced_part(&w->cost), c->clock_hz);
}

static struct parts_core *new_core(
	struct builder *b, const char *name, struct spot spot, double asked_hz)
{
	spot = spot.core >= 0 ? spot : free_spot(b, spot);
	b->cores = grow(b, b->cores, b->n_cores, sizeof *b->cores);
	struct parts_core *p = &b->cores[b->n_cores++];
	*p = (struct parts_core){.spot = spot};
	p->core = net_core(b->net, name, clock_of(b, spot, asked_hz));
	p->core->socket = spot.socket;
	p->core->server = scenario_server(b->scenario, spot.server)->name;
	return p;
}

/* The next core of a server's worker pool, in turn. */
static struct core *pool_core(struct builder *b, struct spot spot, uint32_t size)
{
	uint32_t k = b->dealt[spot.server]++ % size, seen = 0;
	for (uint32_t i = 0; i < b->n_cores; i++)
		if (b->cores[i].pool && b->cores[i].spot.server == spot.server && seen++ == k)
			return b->cores[i].core;
	const char *host = scenario_server(b->scenario, spot.server)->name;
	const char *name = arena_printf(b->net->arena, "%s%sworker%u", host, *host ? "." : "", k);
	struct parts_core *p = new_core(b, name, spot, 0);
	p->pool = true;
	set_waking(p->core, &b->scenario->profile->worker);
	return p->core;
}

struct core *parts_worker_core(struct builder *b, const char *name, struct spot spot)
{
	struct parts_core *named = spot.core >= 0 ? find_core(b, spot) : NULL;
	if (named)
		return named->core;
	bool shared = b->scenario->profile->mover == MOVER_SHARED;
	uint32_t pool = b->scenario->cores.workers ? (uint32_t)b->scenario->cores.workers : shared;
	if (spot.core < 0 && pool)
		return pool_core(b, spot, pool);
	struct core *c = new_core(b, name, spot, 0)->core;
	set_waking(c, &b->scenario->profile->worker);
	return c;
}

static bool same_mark(struct mark x, struct mark y)
{
	return x.source == y.source && x.line == y.line && x.column == y.column;
}

struct core *parts_vcpu(struct builder *b, const struct chain_item *it, uint32_t copy,
	uint32_t vcpu, const char *name)
{
	for (uint32_t i = 0; i < b->n_cores; i++) {
		const struct parts_core *p = &b->cores[i];
		if (p->vnf.line && same_mark(p->vnf, it->mark) && p->copy == copy &&
			p->vcpu == vcpu)
			return p->core;
	}
	struct parts_core *p = it->spot.core >= 0 ? find_core(b, it->spot) : NULL;
	if (!p) {
		p = new_core(b, name, it->spot, it->clock.value);
		set_waking(p->core, &b->scenario->profile->vnf.waking);
	}
	p->vnf = it->mark;
	p->copy = copy;
	p->vcpu = vcpu;
	return p->core;
}

void parts_finish(struct builder *b)
{
	for (uint32_t i = 0; i < b->build->n_tasks; i++) {
		struct build_task *t = &b->build->tasks[i];
		struct task *task = t->task;
		double hz = task->core->clock_hz;
		task->law = cost_law(&t->cost, hz, t->fixed_size_B);
		task->unsent = cost_law(&t->handing, hz, t->fixed_size_B);
		if (task->law.free_packet_fine > task->unsent.free_packet_fine)
			task->law.free_packet_fine = task->unsent.free_packet_fine;
		fine_t send = cost_fine(t->send.burst, hz);
		if (task->n_out > 1 || task->txbuf.threshold)
			task->send_fine = send;
		else
			task->law.burst_fine += send;
	}
}

void parts_check_costs(struct builder *b, struct diag *d)
{
	for (uint32_t i = 0; i < b->build->n_tasks; i++) {
		const struct build_task *t = &b->build->tasks[i];
		const struct chain *c = scenario_chain(b->scenario, t->chain);
		const struct source_spec *spec = &c->traffic.spec;
		struct cost all = t->cost;
		cost_add(&all, &t->send, 1);
		double longest = 0;
		for (uint32_t k = 0; k < spec->n_sizes; k++)
			longest = fmax(longest, cost_burst_s(&all, t->task->core->clock_hz,
							t->task->burst, spec->sizes_B[k]));
		if (longest > MOST_BURST_S)
			diag_error(d, c->mark.source ? c->mark : b->scenario->mark,
				"is the unit of each of its costs right?",
				"'%s' takes %.3g s for a burst of %u packets; at most %g s can be "
				"simulated",
				t->task->name, longest, t->task->burst, MOST_BURST_S);
	}
}

void parts_check_cores(struct builder *b, struct diag *d)
{
	const struct scenario *s = b->scenario;
	for (size_t server = 0; server < s->servers.n; server++) {
		const struct platform *p = platform_of(b, server);
		int cores = (int)p->cores_per_socket.value.value;
		for (int socket = 0; socket < (int)p->sockets.value.value; socket++) {
			int needed = 0;
			for (uint32_t i = 0; i < b->n_cores; i++)
				needed += b->cores[i].spot.server == server &&
					  b->cores[i].spot.socket == socket;
			const char *host = scenario_server(s, server)->name;
			if (needed > cores)
				diag_error(d, scenario_server(s, server)->mark,
					"place some VNFs with on: on another socket or server, or "
					"share "
					"cores with cores: {workers: N}",
					"socket %d of %s%s%s%s has %d cores, this placement needs "
					"%d",
					socket, host, *host ? " (" : "a ", p->name,
					*host ? ")" : "", cores, needed);
		}
	}
}
