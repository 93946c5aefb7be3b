/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/json_out.h"
#include "cli/report_items.h"
#include "model/build.h"

#include <string.h>

/* The net as a drawing needs it: nodes (tasks, ports) and edges (rings, wires). */
struct drawing {
	const struct scenario *s;
	const struct build *b;
	json_t *nodes, *edges;
};

static const struct server_use *server_of(const struct scenario *s, const char *name)
{
	for (size_t i = 0; i < s->servers.n; i++)
		if (strcmp(scenario_server(s, i)->name, name) == 0)
			return scenario_server(s, i);
	return scenario_server(s, 0);
}

static json_t *put_node(struct drawing *g, const char *id, const char *kind, const char *server)
{
	json_t *o = json_out_append(g->nodes);
	json_out_text(o, "id", id);
	json_out_text(o, "name", id);
	json_out_text(o, "kind", kind);
	json_out_text(o, "server", server);
	return o;
}

static void put_edge(struct drawing *g, const char *from, const char *to, const char *kind,
	const struct ring *ring)
{
	json_t *o = json_out_append(g->edges);
	json_out_text(o, "from", from);
	json_out_text(o, "to", to);
	json_out_text(o, "kind", kind);
	if (ring) {
		json_out_text(o, "ring", ring->name);
		json_out_count(o, "cap", ring->cap);
	}
}

static void put_port(struct drawing *g, const char *name, const char *server, double offered_pps)
{
	const struct platform_nic *nic = &server_of(g->s, server)->platform->nic;
	const struct link_use *link = &g->s->link;
	json_t *o = put_node(g, name, "nic", server);
	json_out_count(o, "socket", (uint64_t)nic->socket.value.value);
	json_out_number(
		o, "speed_bps", link->speed.value > 0 ? link->speed.value : nic->speed.value.value);
	json_out_number(o, "offered_pps", offered_pps);
}

static void put_task(struct drawing *g, const struct task *t)
{
	json_t *o = put_node(g, t->name, "task", t->core->server);
	json_out_text(o, "core", t->core->name);
	json_out_count(o, "socket", (uint64_t)t->core->socket);
}

static double offered_at(const struct drawing *g, const struct nic_rx *rx)
{
	double pps = 0;
	for (uint32_t c = 0; c < g->b->n_chains; c++)
		if (g->b->chains[c].source && g->b->chains[c].source->rx == rx)
			pps += g->b->chains[c].chain->traffic.offered_pps;
	return pps;
}

/* A receive side, and its queues to the tasks that read them. */
static void put_rx(struct drawing *g, const struct nic_rx *rx)
{
	const char *server = "";
	for (uint32_t i = 0; i < rx->n; i++)
		if (rx->queue[i].reader)
			server = rx->queue[i].reader->core->server;
	put_port(g, rx->name, server, offered_at(g, rx));
	for (uint32_t i = 0; i < rx->n; i++)
		if (rx->queue[i].reader)
			put_edge(g, rx->name, rx->queue[i].reader->name, "ring", &rx->queue[i]);
}

static void put_ways(struct drawing *g, const struct task *t)
{
	for (uint32_t i = 0; i < t->n_out; i++) {
		const struct port *p = &t->out[i];
		if (p->ring && p->ring->reader)
			put_edge(g, t->name, p->ring->reader->name, "ring", p->ring);
		if (p->txq)
			put_edge(g, t->name, p->txq->ring.name, "ring", &p->txq->ring);
	}
}

static const char *sender_of(const struct drawing *g, const struct txq *q)
{
	for (uint32_t i = 0; i < g->b->n_tasks; i++) {
		const struct task *t = g->b->tasks[i].task;
		for (uint32_t k = 0; k < t->n_out; k++)
			if (t->out[k].txq == q)
				return t->core->server;
	}
	return "";
}

static void put_servers(json_t *list, const struct scenario *s)
{
	for (size_t i = 0; i < s->servers.n; i++) {
		const struct server_use *u = scenario_server(s, i);
		json_t *o = json_out_append(list);
		json_out_text(o, "name", u->name);
		json_out_text(o, "platform", u->platform_name);
		json_out_count(o, "sockets", (uint64_t)u->platform->sockets.value.value);
		json_out_count(
			o, "cores_per_socket", (uint64_t)u->platform->cores_per_socket.value.value);
	}
}

void report_placement_put(json_t *object, const struct scenario *s)
{
	const struct build *b = build_net(s, (uint64_t)s->run.seed, 0);
	struct net *net = b->net;
	json_t *o = json_out_object(object, "placement");
	put_servers(json_out_list(o, "servers"), s);
	struct drawing g = {s, b, json_out_list(o, "nodes"), json_out_list(o, "edges")};
	for (uint32_t i = 0; i < net->rxs.n; i++)
		put_rx(&g, net->rxs.item[i]);
	for (uint32_t i = 0; i < b->n_tasks; i++)
		put_task(&g, b->tasks[i].task);
	for (uint32_t i = 0; i < net->txqs.n; i++) {
		const struct txq *q = net->txqs.item[i];
		put_port(&g, q->ring.name, sender_of(&g, q), 0);
		if (q->far)
			put_edge(&g, q->ring.name, q->far->name, "wire", NULL);
	}
	for (uint32_t i = 0; i < b->n_tasks; i++)
		put_ways(&g, b->tasks[i].task);
	net_free(net);
}
