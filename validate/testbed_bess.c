/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A chain in BESS's language (bessctl/conf and protobuf/module_msg.proto of NetSys/bess): PMDPorts
 * for the NICs and for each VM's two vhost-user devices, and for every hop a task of its own on a
 * worker of its own, which takes from a queue and splits over the queues of the next port.
 *
 * Variables: pci0 and pci1, the NICs' addresses; sockets, the folder of the vhost sockets;
 * first_core, the first worker's core, whose followers take the next ones.
 */
#include "validate/testbed.h"

#include <stdlib.h>
#include <string.h>

struct script {
	const struct testbed_trial *k;
	const struct chain *chain;
	struct mark at;
	FILE *to;
	struct arena *arena;
	struct diag *diag;
	long core;
	size_t n_workers;
};

static const char *var(struct script *b, const char *name)
{
	const char *value = testbed_expand(
		b->k, arena_printf(b->arena, "${%s}", name), b->at, b->arena, b->diag);
	return value ? value : "";
}

/* Text in a Python string. */
static const char *python(struct script *b, const char *text)
{
	char *to = arena_alloc(b->arena, 2 * strlen(text) + 3), *p = to;
	*p++ = '\'';
	for (; *text; text++) {
		if (*text == '\'' || *text == '\\')
			*p++ = '\\';
		*p++ = *text;
	}
	*p = '\'';
	return to;
}

static int64_t queues_of(const struct script *b, size_t i)
{
	return scenario_item(b->chain, i)->queues;
}

static void put_nic(struct script *b, const char *name, const char *pci, int64_t queues)
{
	fprintf(b->to, "%s = PMDPort(name='%s', pci=%s, num_inc_q=%d, num_out_q=%d)\n", name, name,
		python(b, var(b, pci)), (int)queues, (int)queues);
}

static void put_vnic(struct script *b, size_t vm, int side, int64_t queues)
{
	const char *name = arena_printf(b->arena, "vm%zu_%d", vm, side);
	const char *device = arena_printf(b->arena, "eth_vhost_%s,iface=%s/%s.sock,queues=%d", name,
		var(b, "sockets"), name, (int)queues);
	fprintf(b->to, "%s = PMDPort(name='%s', vdev=%s, num_inc_q=%d, num_out_q=%d)\n", name, name,
		python(b, device), (int)queues, (int)queues);
}

/* A task: from one queue of a port to the queues of the next one. */
static void put_task(
	struct script *b, const char *from, int64_t qid, const char *to, int64_t queues)
{
	size_t w = b->n_workers++;
	fprintf(b->to, "bess.add_worker(wid=%zu, core=%ld)\n", w, b->core++);
	fprintf(b->to, "in%zu::QueueInc(port='%s', qid=%d)\n", w, from, (int)qid);
	if (queues > 1) {
		fprintf(b->to, "rr%zu::RoundRobin(gates=[", w);
		for (int64_t i = 0; i < queues; i++)
			fprintf(b->to, "%s%d", i ? ", " : "", (int)i);
		fprintf(b->to, "], mode='batch')\nin%zu -> rr%zu\n", w, w);
	}
	for (int64_t i = 0; i < queues; i++) {
		fprintf(b->to, "out%zu_%d::QueueOut(port='%s', qid=%d)\n", w, (int)i, to, (int)i);
		if (queues > 1)
			fprintf(b->to, "rr%zu:%d -> out%zu_%d\n", w, (int)i, w, (int)i);
		else
			fprintf(b->to, "in%zu -> out%zu_%d\n", w, w, (int)i);
	}
	fprintf(b->to, "in%zu.attach_task(wid=%zu)\n", w, w);
}

static void put_hop(struct script *b, size_t hop, bool back)
{
	struct arena *a = b->arena;
	size_t n = b->chain->items.n;
	const char *before = hop ? arena_printf(a, "vm%zu_1", hop - 1) : "nic0";
	const char *behind = hop < n ? arena_printf(a, "vm%zu_0", hop) : "nic1";
	int64_t in = hop ? queues_of(b, hop - 1) : b->chain->rx_queues;
	int64_t out = hop < n ? queues_of(b, hop) : b->chain->rx_queues;
	const char *from = back ? behind : before, *to = back ? before : behind;
	int64_t n_from = back ? out : in, n_to = back ? in : out;
	for (int64_t q = 0; q < n_from; q++)
		put_task(b, from, q, to, n_to);
}

static void put_script(struct script *b)
{
	size_t n = b->chain->items.n;
	put_nic(b, "nic0", "pci0", b->chain->rx_queues);
	put_nic(b, "nic1", "pci1", b->chain->rx_queues);
	for (size_t i = 0; i < n; i++)
		for (int side = 0; side < 2; side++)
			put_vnic(b, i, side, queues_of(b, i));
	for (size_t hop = 0; hop <= n; hop++)
		put_hop(b, hop, false);
	for (size_t hop = 0; b->chain->traffic.direction == DIRECTION_BOTH && hop <= n; hop++)
		put_hop(b, hop, true);
}

/* Said of what the script would silently leave out. */
static bool can_express(struct script *b, const struct scenario *s)
{
	size_t before = diag_errors(b->diag), chains = 0;
	for (size_t i = 0; i < s->chains.n; i++)
		chains += !scenario_chain(s, i)->reverse;
	if (chains != 1 || s->servers.n != 1)
		diag_error(b->diag, b->at, NULL, "the BESS script is of one chain on one server");
	if (b->chain->from != END_NIC || b->chain->to != END_NIC)
		diag_error(b->diag, b->at, NULL, "the BESS script goes from NIC to NIC");
	if (s->cores.workers)
		diag_error(b->diag, b->at, NULL, "the BESS script has a worker for each task");
	for (size_t i = 0; i < b->chain->items.n; i++)
		if (scenario_item(b->chain, i)->copies > 1)
			diag_error(b->diag, b->at, NULL, "the BESS script has one copy of a VNF");
	return diag_errors(b->diag) == before;
}

const char *testbed_bess(const struct testbed_trial *k, struct arena *a, struct diag *d)
{
	char *text = NULL, *end;
	size_t size, before = diag_errors(d);
	struct script b = {.k = k,
		.chain = scenario_chain(k->scenario, 0),
		.at = k->scenario->mark,
		.arena = a,
		.diag = d};
	b.to = open_memstream(&text, &size);
	if (!b.to)
		return NULL;
	const char *core = var(&b, "first_core");
	b.core = strtol(core, &end, 10);
	if (*core && *end)
		diag_error(d, b.at, NULL, "first_core is the number of a core, not '%s'", core);
	if (can_express(&b, k->scenario))
		put_script(&b);
	fclose(b.to);
	const char *copy = diag_errors(d) == before ? arena_strdup(a, text) : NULL;
	free(text);
	return copy;
}
