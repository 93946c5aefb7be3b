/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/build.h"

#include "model/build_parts.h"
#include "model/resolve.h"
#include "sim/philox.h"

#include <math.h>
#include <string.h>

/* A ring that the next mover reads: a port's receive queue or the ring from a VM. */
struct outlet {
	struct ring *ring;
	bool from_nic;
	int peer_socket; /* of the NIC or the VM's core */
	int memory_socket;
	uint32_t writer; /* index of the VNF's build_task, or NO_TASK */
};

#define NO_TASK UINT32_MAX

/* Where the building of a chain has got to. */
struct walk {
	struct builder *b;
	const struct chain *chain;
	uint32_t number;
	size_t server;
	struct outlet *outlets;
	uint32_t n_outlets, movers;
	int feeder_socket; /* of the core that fed the rings of the VNF at hand */
	uint32_t fixed_size_B;
};

static const struct profile *profile_of(const struct walk *w)
{
	return w->b->scenario->profile;
}

static const char *name_in(const struct walk *w, size_t server, const char *what)
{
	const char *host = scenario_server(w->b->scenario, server)->name;
	const char *chain = w->chain->name;
	return arena_printf(w->b->net->arena, "%s%s%s%s%s", host, *host ? "." : "", chain,
		*chain ? "." : "", what);
}

static uint32_t count_of(const struct sourced *s)
{
	return (uint32_t)s->value.value;
}

static int ingress(const struct walk *w)
{
	return w->chain->reverse ? 1 : 0;
}

static void set_outlets(struct walk *w, uint32_t n)
{
	w->outlets = arena_alloc(w->b->net->arena, n * sizeof *w->outlets);
	w->n_outlets = n;
}

/* The receive side of a port for this chain, its queues being the outlets. */
static struct nic_rx *make_rx(struct walk *w, size_t server, uint32_t queues)
{
	const char *port = arena_printf(w->b->net->arena, "pnic%d", ingress(w));
	struct nic_rx *rx = net_rx(w->b->net, name_in(w, server, port), queues,
		count_of(&profile_of(w)->pnic.rx_ring));
	parts_rx(w->b, rx, server, ingress(w));
	rx->steering = (enum steering)w->chain->steering;
	set_outlets(w, queues);
	for (uint32_t q = 0; q < queues; q++) {
		w->outlets[q] = (struct outlet){&rx->queue[q], true, parts_nic_socket(w->b, server),
			parts_nic_socket(w->b, server), NO_TASK};
		parts_place(w->b, &rx->queue[q], NULL, w->number);
	}
	if (rx->port || rx->card)
		parts_place(w->b, NULL, rx, w->number);
	w->server = server;
	return rx;
}

static void spread_flows(struct walk *w, struct nic_rx *rx)
{
	uint32_t n = w->chain->traffic.spec.flows;
	if (rx->n == 1 || rx->steering != STEER_RSS)
		return;
	uint32_t *hash = arena_alloc(w->b->net->arena, n * sizeof *hash);
	for (uint32_t i = 0; i < n; i++) {
		struct pnic_flow f = pnic_flow_of(i);
		hash[i] = pnic_toeplitz(f.src, f.dst, f.src_port, f.dst_port);
	}
	rx->flow_hash = hash;
	rx->n_flows = n;
}

/* Constant-rate arrivals start at a random instant of their first gap, unless the user chose. */
static struct source_spec phased_spec(struct walk *w, const char *name)
{
	struct source_spec spec = w->chain->traffic.spec;
	if (w->chain->traffic.phase.dim) {
		spec.phase_ps = (ps_t)w->chain->traffic.phase.value;
	} else if (spec.rate_pps > 0) {
		gsl_rng *r = gsl_rng_alloc(philox_type);
		philox_stream(r, w->b->net->seed, w->b->net->replication,
			arena_printf(w->b->net->arena, "%s/phase", name));
		spec.phase_ps = (ps_t)(gsl_rng_uniform(r) * fmin(1 / spec.rate_pps, 1e3) * 1e12);
		gsl_rng_free(r);
	}
	return spec;
}

/* Whether anything tells flows apart; if not, none are drawn. */
static bool uses_flows(const struct chain *c)
{
	bool uses = c->rx_queues > 1 && c->steering == STEER_RSS;
	for (size_t i = 0; i < c->items.n; i++)
		uses |= scenario_item(c, i)->split == ITEM_FLOW;
	return uses;
}

static void make_source(struct walk *w, struct nic_rx *rx, struct wire wire)
{
	const char *name = name_in(w, w->server, "tester");
	struct source_spec spec = phased_spec(w, name);
	if (!uses_flows(w->chain))
		spec.flows = 1;
	struct build_chain *c = &w->b->build->chains[w->number];
	spread_flows(w, rx);
	c->source = net_source(w->b->net, name, &spec, rx, wire);
	c->rx = rx;
}

static void enter_by_nic(struct walk *w)
{
	const struct scenario *s = w->b->scenario;
	size_t server = w->chain->items.n ? scenario_item(w->chain, 0)->spot.server : w->server;
	struct nic_rx *rx = make_rx(w, server, (uint32_t)w->chain->rx_queues);
	make_source(w, rx, wire_of(resolve_link_bps(s, server), resolve_link_delay(s, server)));
}

static const char *part_name(const struct walk *w, const struct chain_item *it, uint32_t copy,
	uint32_t n, uint32_t i, const char *part)
{
	struct arena *a = w->b->net->arena;
	const char *vm = it->copies > 1 ? arena_printf(a, "%s-%u", it->name, copy) : it->name;
	const char *dir = w->chain->reverse && *part ? (part[4] == '0' ? "vnic1" : "vnic0") : part;
	const char *base = *part ? arena_printf(a, "%s.%s", vm, dir) : vm;
	return name_in(w, it->spot.server, n > 1 ? arena_printf(a, "%s.q%u", base, i) : base);
}

/* The first VNF's VM creates packets: they appear in the ring that the VM sends by. */
static void enter_by_vm(struct walk *w)
{
	const struct chain_item *it = scenario_item(w->chain, 0);
	w->server = it->spot.server;
	struct nic_rx *rx = net_rx(w->b->net, name_in(w, w->server, it->name), (uint32_t)it->queues,
		count_of(&profile_of(w)->vnic.tx_ring));
	set_outlets(w, rx->n);
	for (uint32_t q = 0; q < rx->n; q++) {
		rx->queue[q].name = part_name(w, it, 0, rx->n, q, "vnic1");
		w->outlets[q] = (struct outlet){
			&rx->queue[q], false, it->spot.socket, it->memory_socket, NO_TASK};
		parts_place(w->b, &rx->queue[q], NULL, w->number);
	}
	make_source(w, rx, wire_of(RESOLVE_VM_BPS, 0));
}

/* What reading an outlet costs the mover, and what the reader's distance costs the VM behind it. */
static void pay_reading(struct walk *w, struct build_task *t, const struct outlet *o)
{
	const struct profile *p = profile_of(w);
	struct parts_far far = {o->peer_socket, o->memory_socket};
	struct cost copying = sourced_cost(&p->vnic.out_of_vm);
	if (o->from_nic) {
		parts_pay(w->b, t, &t->cost, &p->pnic.rx, far);
	} else {
		parts_pay(w->b, t, &t->cost, &p->vnic.out_of_vm, far);
		cost_add(&t->copying, &copying, 1);
	}
	if (o->writer != NO_TASK)
		parts_pay_lines(w->b, &w->b->build->tasks[o->writer], &p->vnic.guest_tx,
			(struct parts_far){t->task->core->socket, o->memory_socket});
}

/* A mover's task that reads an outlet and has n_out ports. */
static struct build_task *make_mover(
	struct walk *w, const struct outlet *o, struct spot spot, uint32_t n_out)
{
	const struct profile *p = profile_of(w);
	const char *name = arena_printf(w->b->net->arena, "tc%u", w->movers++);
	name = name_in(w, w->server, name);
	struct core *core = parts_worker_core(w->b, name, spot);
	struct task *task = net_task(w->b->net, core, name, o->ring, count_of(&p->burst), n_out);
	task->role = "worker";
	struct build_task *t = parts_task(w->b, task, w->number, w->fixed_size_B);
	struct cost forward = sourced_cost(&p->forward);
	cost_add(&t->cost, &forward, 1);
	pay_reading(w, t, o);
	return t;
}

/* The last port of a task: transmit queue i of n of its server's egress port. */
static void to_nic(struct walk *w, struct build_task *t, struct nic_rx *far, uint32_t i, uint32_t n)
{
	const struct profile *p = profile_of(w);
	struct port *out = t->task->out;
	int egress = 1 - ingress(w), nic = parts_nic_socket(w->b, w->server);
	const char *port = n > 1 ? arena_printf(w->b->net->arena, "pnic%d.q%u", egress, i)
				 : arena_printf(w->b->net->arena, "pnic%d", egress);
	struct txq *q = net_txq(w->b->net, name_in(w, w->server, port), count_of(&p->pnic.tx_ring),
		parts_wire(w->b, w->server, egress));
	q->dma_ps = parts_dma_tx(w->b, w->server);
	q->far = far;
	q->sink = far ? NULL : w->b->build->chains[w->number].sink;
	out->ops = &pnic_port;
	out->txq = q;
	parts_place(w->b, &q->ring, NULL, w->number);
	parts_pay_send(w->b, t, &p->pnic.tx, (struct parts_far){nic, nic});
}

/* Whether a VNF's thread hands its packets on itself, instead of a mover. */
static bool sends_itself(const struct walk *w, const struct outlet *o)
{
	int mover = profile_of(w)->mover;
	return o->writer != NO_TASK && (mover == MOVER_SENDER || mover == MOVER_NONE);
}

static void leave_by_nic(struct walk *w, struct spot spot, struct nic_rx *far)
{
	for (uint32_t i = 0; i < w->n_outlets; i++) {
		const struct outlet *o = &w->outlets[i];
		struct build_task *t = sends_itself(w, o) ? &w->b->build->tasks[o->writer]
							  : make_mover(w, o, spot, 1);
		to_nic(w, t, far, i, w->n_outlets);
	}
}

/* To the next server: out by one port, in by the other server's. */
static void hop(struct walk *w, size_t to_server)
{
	struct walk here = *w;
	struct nic_rx *rx = make_rx(w, to_server, 1);
	spread_flows(w, rx);
	struct spot nic = {here.server, parts_nic_socket(w->b, here.server), -1};
	leave_by_nic(&here, nic, rx);
	w->movers = here.movers;
}

static void ring_to(struct port *out, struct ring *to, const struct full_policy *full)
{
	out->ring = to;
	static const struct port_ops *const ops[] = {
		[FULL_DROP] = &ring_port_drop,
		[FULL_STALL] = &ring_port_stall,
		[FULL_RESERVE] = &ring_port_reserve,
	};
	out->ops = ops[full->policy];
	out->retries = (uint32_t)full->retries.value.value;
	out->retry_wait_ps = (ps_t)full->wait.value.value;
	if (!out->retry_wait_ps)
		out->retries = 0;
}

static enum split split_of(const struct profile *p, const struct chain_item *it)
{
	if (it->split == ITEM_FLOW)
		return SPLIT_FLOW;
	bool burst = it->split == ITEM_BURST ||
		     (it->split == ITEM_ROUND_ROBIN && p->round_robin == ROUND_ROBIN_BURST);
	return burst ? SPLIT_BURST : SPLIT_ROUND_ROBIN;
}

/* Who hands packets to a VNF's rings: each outlet's mover (or sender) to all of them, or one to one
 * when there are as many. */
static void feed(struct walk *w, const struct chain_item *it, struct ring **rings, uint32_t n)
{
	const struct profile *p = profile_of(w);
	const struct sourced_cost *handing =
		p->mover == MOVER_NONE ? &p->pnic.tx : &p->vnic.into_vm;
	bool paired = w->n_outlets == n;
	uint32_t n_out = paired ? 1 : n;
	for (uint32_t i = 0; i < w->n_outlets; i++) {
		const struct outlet *o = &w->outlets[i];
		struct build_task *t = sends_itself(w, o)
					       ? &w->b->build->tasks[o->writer]
					       : make_mover(w, o, it->worker_spot, n_out);
		if (sends_itself(w, o))
			parts_ports(w->b, t, n_out);
		w->feeder_socket = t->task->core->socket;
		t->task->split = n_out > 1 ? split_of(p, it) : SPLIT_NONE;
		for (uint32_t k = 0; k < n_out; k++)
			ring_to(&t->task->out[k], rings[paired ? i : k], &p->vnic.when_full);
		parts_pay_send(
			w->b, t, handing, (struct parts_far){it->spot.socket, it->memory_socket});
		struct cost copying = sourced_cost(handing);
		if (p->mover != MOVER_NONE)
			cost_add(&t->copying, &copying, 1);
	}
}

static struct txbuf txbuf_of(const struct transmit *x)
{
	struct txbuf b = {0};
	if (x->policy == TX_IMMEDIATE)
		return b;
	b.threshold = (uint32_t)x->burst.value.value;
	b.adaptive = x->policy == TX_ADAPTIVE;
	b.bypass = x->full_burst_bypass;
	b.pay_when_sent = x->pay_when_sent;
	b.timer_ps = (ps_t)x->timer.value.value;
	b.after_first = x->timer_starts == 1;
	b.check_every = (uint32_t)x->check_every.value.value;
	return b;
}

/* The transmit policy that counts for a VNF: its own, its NF's, the profile's. */
static const struct transmit *transmit_of(const struct walk *w, const struct chain_item *it)
{
	if (it->transmit.given)
		return &it->transmit;
	return it->def->transmit.given ? &it->def->transmit : &profile_of(w)->vnf.transmit;
}

/* The VNF's own work: more entries than the cost was stated for make it dearer. */
static struct cost nf_cost(const struct chain_item *it)
{
	const struct nf_def *def = it->def;
	struct cost c = sourced_cost(&def->cost);
	double base = def->entries.value.value;
	double n = it->entries > 0 ? (double)it->entries : base;
	if (base < 1)
		return c;
	struct cost one = {.packet = sourced_part(&def->per_entry)};
	struct cost twice = {.packet = sourced_part(&def->per_doubling)};
	cost_add(&c, &one, n - base);
	cost_add(&c, &twice, log2(n / base));
	return c;
}

/* The vCPU task that serves one queue; in is the VM's ring (or the NIC's queue, without a
 * switch). */
static uint32_t make_vnf_task(struct walk *w, const struct chain_item *it, struct ring *in,
	struct core *core, const char *name)
{
	const struct profile *p = profile_of(w);
	struct task *task = net_task(w->b->net, core, name, in, count_of(&p->vnf.burst), 1);
	task->role = "vnf";
	task->txbuf = txbuf_of(transmit_of(w, it));
	struct build_task *t = parts_task(w->b, task, w->number, w->fixed_size_B);
	struct cost nf = nf_cost(it);
	cost_add(&t->cost, &nf, 1);
	t->nf = nf;
	int nic = parts_nic_socket(w->b, it->spot.server);
	if (p->mover == MOVER_NONE)
		parts_pay(w->b, t, &t->cost, &p->pnic.rx, (struct parts_far){nic, nic});
	else
		parts_pay(w->b, t, &t->cost, &p->vnic.guest_rx,
			(struct parts_far){w->feeder_socket, it->memory_socket});
	return w->b->build->n_tasks - 1;
}

/* One ring from the VM for each task, to be read by the next mover; a sending thread that copies
 * itself needs none. */
static void leave_vm(
	struct walk *w, const struct chain_item *it, uint32_t copy, uint32_t q, uint32_t task)
{
	const struct profile *p = profile_of(w);
	struct build_task *t = &w->b->build->tasks[task];
	struct outlet *o = &w->outlets[copy * (uint32_t)it->queues + q];
	*o = (struct outlet){NULL, false, it->spot.socket, it->memory_socket, task};
	if (p->mover == MOVER_NONE)
		return;
	parts_pay_send(
		w->b, t, &p->vnic.guest_tx, (struct parts_far){it->spot.socket, it->memory_socket});
	if (p->mover == MOVER_SENDER)
		return;
	o->ring = net_ring(w->b->net, part_name(w, it, copy, (uint32_t)it->queues, q, "vnic1"),
		count_of(&p->vnic.tx_ring));
	parts_place(w->b, o->ring, NULL, w->number);
	ring_to(t->task->out, o->ring, &p->vnic.when_full_guest);
}

static struct ring **make_vm_rings(struct walk *w, const struct chain_item *it, uint32_t n)
{
	uint32_t queues = (uint32_t)it->queues;
	struct ring **rings = arena_alloc(w->b->net->arena, n * sizeof *rings);
	for (uint32_t i = 0; i < n; i++) {
		rings[i] = net_ring(w->b->net,
			part_name(w, it, i / queues, queues, i % queues, "vnic0"),
			count_of(&profile_of(w)->vnic.ring));
		parts_place(w->b, rings[i], NULL, w->number);
	}
	return rings;
}

/* Without a switch the first VNF reads the NIC's queues itself; later ones are reached through the
 * NIC, which puts their packets into a ring. */
static struct ring **rings_towards(struct walk *w, const struct chain_item *it, uint32_t *n)
{
	struct ring **rings;
	if (profile_of(w)->mover == MOVER_NONE && w->outlets[0].writer == NO_TASK) {
		*n = w->n_outlets;
		rings = arena_alloc(w->b->net->arena, *n * sizeof *rings);
		for (uint32_t i = 0; i < *n; i++)
			rings[i] = w->outlets[i].ring;
		return rings;
	}
	rings = make_vm_rings(w, it, *n);
	feed(w, it, rings, *n);
	return rings;
}

static void add_vnf(struct walk *w, const struct chain_item *it, bool consumes)
{
	uint32_t queues = (uint32_t)it->queues, n = queues * (uint32_t)it->copies;
	struct ring **rings = rings_towards(w, it, &n);
	set_outlets(w, n);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t copy = i / queues, q = i % queues;
		const char *name = part_name(w, it, copy, queues, q, "");
		struct core *core = parts_vcpu(w->b, it, copy, q % (uint32_t)it->vcpus, name);
		uint32_t task = make_vnf_task(w, it, rings[i], core, name);
		if (consumes) {
			struct task *t = w->b->build->tasks[task].task;
			t->txbuf = (struct txbuf){0}; /* it sends nothing on */
			t->out->ops = &sink_port;
			t->out->sink = w->b->build->chains[w->number].sink;
		} else {
			leave_vm(w, it, copy, q, task);
		}
	}
}

static void build_chain(struct builder *b, uint32_t number)
{
	const struct chain *c = scenario_chain(b->scenario, number);
	const struct source_spec *spec = &c->traffic.spec;
	struct walk w = {.b = b,
		.chain = c,
		.number = number,
		.fixed_size_B = spec->n_sizes == 1 ? spec->sizes_B[0] : 0};
	w.server = c->last_spot.server;
	b->build->chains[number] = (struct build_chain){.chain = c, .sink = net_sink(b->net)};
	if (c->from == END_VM)
		enter_by_vm(&w);
	else
		enter_by_nic(&w);
	for (size_t i = c->from == END_VM; i < c->items.n; i++) {
		const struct chain_item *it = scenario_item(c, i);
		if (it->spot.server != w.server)
			hop(&w, it->spot.server);
		add_vnf(&w, it, c->to == END_VM && i + 1 == c->items.n);
	}
	if (c->to == END_NIC)
		leave_by_nic(&w, c->last_spot, NULL);
}

struct build *build_net(const struct scenario *s, uint64_t seed, uint32_t replication)
{
	return build_tuned(s, seed, replication, NULL, NULL);
}

struct build *build_tuned(
	const struct scenario *s, uint64_t seed, uint32_t replication, build_tune *tune, void *arg)
{
	struct builder b;
	parts_init(&b, s, seed, replication);
	for (uint32_t i = 0; i < b.build->n_chains; i++)
		build_chain(&b, i);
	parts_finish(&b);
	if (tune)
		tune(arg, b.build);
	net_start(b.net);
	return b.build;
}

void build_check(const struct scenario *s, struct diag *d)
{
	struct builder b;
	parts_init(&b, s, 1, 0);
	for (uint32_t i = 0; i < b.build->n_chains; i++)
		build_chain(&b, i);
	parts_check_cores(&b, d);
	parts_check_costs(&b, d);
	net_free(b.net);
}
