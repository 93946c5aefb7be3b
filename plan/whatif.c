/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/whatif.h"

#include "model/summary.h"

#include <math.h>
#include <string.h>

#define FASTER 1024 /* a core without its work */
#define LONGER 16   /* rings */
#define LINK_FASTER 10
#define EQUALLY_FAST 0.02
#define CLOCK_STEP_HZ 200e6
#define TIMER_SHORTER 10

/* A list of cases being made. */
struct maker {
	struct whatif_cases *to;
	const struct scenario *s;
	struct arena *a;
	size_t room;
};

static struct whatif *add(struct maker *m, enum whatif_kind kind, const char *what)
{
	if (m->to->n == m->room) {
		struct whatif *old = m->to->cases;
		m->room = m->room ? 2 * m->room : 16;
		m->to->cases = arena_alloc(m->a, m->room * sizeof *m->to->cases);
		if (old)
			memcpy(m->to->cases, old, m->to->n * sizeof *old);
	}
	struct whatif *c = &m->to->cases[m->to->n++];
	*c = (struct whatif){.kind = kind, .what = what};
	return c;
}

static void set(struct whatif *c, const char *assignment)
{
	c->sets[c->n_sets++] = assignment;
}

/* Packets a second that a core could do if each of them passed all of its tasks. */
static double capacity_pps(const struct build *b, const struct core *c)
{
	double s = 0;
	for (uint32_t i = 0; i < b->n_tasks; i++)
		if (b->tasks[i].task->core == c)
			s += 1 / summary_capacity_pps(b, &b->tasks[i]);
	return s > 0 ? 1 / s : INFINITY;
}

/* From core number first on, those that are as fast as it: removing one alone would show
 * nothing. */
static size_t list_equals(
	struct maker *m, const struct build *b, uint32_t first, const char **names)
{
	const struct core *c = b->net->cores.item[first];
	double pps = capacity_pps(b, c);
	size_t n = 0;
	for (uint32_t i = 0; i < b->net->cores.n && isfinite(pps); i++) {
		const struct core *k = b->net->cores.item[i];
		if (fabs(capacity_pps(b, k) / pps - 1) > EQUALLY_FAST)
			continue;
		if (i < first)
			return 0;
		names[n++] = arena_strdup(m->a, k->name);
	}
	return n;
}

static void list_cores(struct maker *m, const struct build *b)
{
	uint32_t n = b->net->cores.n;
	for (uint32_t i = 0; i < n; i++) {
		const struct core *k = b->net->cores.item[i];
		const char *role = k->n_tasks ? k->tasks[0]->role : "idle";
		const char **names = arena_alloc(m->a, n * sizeof *names);
		names[0] = arena_strdup(m->a, k->name);
		struct whatif *c = add(m, WHATIF_CORE,
			arena_printf(m->a, "core %s (%s): its work", names[0], role));
		c->cores = names;
		c->n_cores = 1;
	}
	for (uint32_t i = 0; i < n; i++) {
		const char **names = arena_alloc(m->a, n * sizeof *names), *all = "";
		size_t equals = list_equals(m, b, i, names);
		for (size_t k = 0; k < equals; k++)
			all = arena_printf(m->a, "%s%s%s", all, k ? ", " : "", names[k]);
		if (equals < 2 || equals == n)
			continue;
		struct whatif *c =
			add(m, WHATIF_CORE, arena_printf(m->a, "cores %s: their work", all));
		c->cores = names;
		c->n_cores = equals;
	}
}

static void list_obstacles(struct maker *m, const struct build *b)
{
	bool remote = false, fills = false, stalls = false, ceilings = false;
	for (uint32_t i = 0; i < b->n_tasks; i++) {
		const struct cost *r = &b->tasks[i].remote;
		const struct task *k = b->tasks[i].task;
		remote |= r->burst.ns > 0 || r->packet.ns > 0 || r->byte.ns > 0;
		fills |= k->txbuf.threshold > 0;
		for (uint32_t p = 0; p < k->n_out; p++)
			stalls |= k->out[p].retries > 0;
	}
	for (uint32_t i = 0; i < b->net->rxs.n; i++) {
		const struct nic_rx *rx = b->net->rxs.item[i];
		ceilings |= rx->port || rx->card;
	}
	if (remote)
		add(m, WHATIF_REMOTE, "remote cache lines");
	if (fills)
		add(m, WHATIF_FILL, "filling of transmit buffers (flush timer)");
	if (stalls)
		add(m, WHATIF_STALL, "waiting for room downstream");
	add(m, WHATIF_RINGS, arena_printf(m->a, "ring sizes (%d times longer)", LONGER));
	add(m, WHATIF_WIRE, arena_printf(m->a, "links (%d times faster)", LINK_FASTER));
	if (ceilings)
		add(m, WHATIF_CEILING, "the NICs' ceilings");
	for (size_t i = 0; i < m->s->chains.n; i++)
		if (scenario_chain(m->s, i)->traffic.spec.tester_burst > 1) {
			add(m, WHATIF_TESTER, "the tester's bursts");
			return;
		}
}

/* "chain.2." or "chains.NAME.chain.2." */
static const char *item_key(struct maker *m, const struct chain *c, size_t i)
{
	return *c->name ? arena_printf(m->a, "chains.%s.chain.%zu.", c->name, i)
			: arena_printf(m->a, "chain.%zu.", i);
}

static const char *chain_key(struct maker *m, const struct chain *c)
{
	return *c->name ? arena_printf(m->a, "chains.%s.", c->name) : "";
}

static void offer_queue(struct maker *m, const struct chain *c, size_t i)
{
	const struct chain_item *it = scenario_item(c, i);
	const char *key = item_key(m, c, i);
	struct whatif *w =
		add(m, WHATIF_SET, arena_printf(m->a, "one more queue and vCPU for %s", it->name));
	set(w, arena_printf(m->a, "%squeues=%lld", key, (long long)it->queues + 1));
	set(w, arena_printf(m->a, "%svcpus=%lld", key, (long long)it->vcpus + 1));
}

static void offer_workers(struct maker *m)
{
	long long n = m->s->cores.workers;
	if (n)
		set(add(m, WHATIF_SET, "one more worker core"),
			arena_printf(m->a, "cores.workers=%lld", n + 1));
}

static void offer_rx(struct maker *m, const struct chain *c)
{
	if (c->from != END_NIC || m->s->profile->mover == MOVER_SENDER)
		return;
	set(add(m, WHATIF_SET, "one more receive queue and its worker"),
		arena_printf(
			m->a, "%srx_queues=%lld", chain_key(m, c), (long long)c->rx_queues + 1));
}

/* Beyond what the platform can be set to, only what the cores really run at can be raised. */
static void offer_clock(struct maker *m)
{
	double hz = m->s->clock_hz + CLOCK_STEP_HZ;
	bool possible = true;
	for (size_t i = 0; i < m->s->servers.n; i++)
		possible &= hz <= scenario_server(m->s, i)->platform->clock.max.value.value;
	struct whatif *w = add(m, WHATIF_SET,
		possible ? "200 MHz more" : "200 MHz more (beyond this server's clocks)");
	set(w, arena_printf(m->a, "%s=%.9gGHz", possible ? "cpu" : "cpu_effective", hz / 1e9));
}

/* Everything on the socket of the NIC. */
static void offer_placement(struct maker *m, const struct chain *c)
{
	const char *server = "";
	struct whatif *w = NULL;
	for (size_t i = 0; i < c->items.n; i++) {
		const struct chain_item *it = scenario_item(c, i);
		const struct server_use *u = scenario_server(m->s, it->spot.server);
		int nic = (int)u->platform->nic.socket.value.value;
		bool apart = it->spot.socket != nic || it->worker_spot.socket != nic ||
			     it->memory_socket != nic;
		if (!apart)
			continue;
		server = *u->name ? arena_printf(m->a, "%s.", u->name) : "";
		if (!w)
			w = add(m, WHATIF_SET,
				arena_printf(m->a, "all on socket %s%d", server, nic));
		if (w->n_sets < sizeof w->sets / sizeof *w->sets)
			set(w, arena_printf(m->a, "%son=%s%d", item_key(m, c, i), server, nic));
	}
}

/* Key of the transmit policy that counts for a VNF, and its timer. */
static const char *timer_key(
	struct maker *m, const struct chain *c, size_t i, double *ps, bool *of_profile)
{
	const struct chain_item *it = scenario_item(c, i);
	const struct transmit *own = &it->transmit, *nf = &it->def->transmit;
	const struct transmit *x = own->given ? own : nf->given ? nf : &m->s->profile->vnf.transmit;
	*ps = x->policy == TX_IMMEDIATE ? 0 : x->timer.value.value;
	*of_profile = !own->given;
	if (own->given)
		return arena_printf(m->a, "%stransmit.timer", item_key(m, c, i));
	return nf->given ? arena_printf(m->a, "nfs.%s.transmit.timer", it->nf)
			 : "vnf.transmit.timer";
}

/* profile=[...] with what the scenario overrides already. */
static const char *profile_set(struct maker *m, const char *assignment)
{
	const char *const *old = m->s->profile_set.items, *all = "";
	for (size_t i = 0; i < m->s->profile_set.n; i++)
		all = arena_printf(m->a, "%s'%s', ", all, old[i]);
	return arena_printf(m->a, "profile=[%s'%s']", all, assignment);
}

static void offer_timer(struct maker *m, const struct chain *c, size_t i)
{
	double ps;
	bool of_profile;
	const char *key = timer_key(m, c, i, &ps, &of_profile);
	if (!(ps > 0))
		return;
	double us = ps / TIMER_SHORTER / (double)PS_PER_US;
	const char *what = arena_printf(m->a, "a flush timer of %g us for %s", us,
		of_profile && key[0] == 'v' ? "all VNFs" : scenario_item(c, i)->name);
	for (size_t k = 0; k < m->to->n; k++)
		if (strcmp(m->to->cases[k].what, what) == 0)
			return;
	const char *assignment = arena_printf(m->a, "%s=%.9gus", key, us);
	set(add(m, WHATIF_SET, what), of_profile ? profile_set(m, assignment) : assignment);
}

static void list_offers(struct maker *m)
{
	const struct scenario *s = m->s;
	for (size_t i = 0; i < s->chains.n; i++) {
		const struct chain *c = scenario_chain(s, i);
		for (size_t k = 0; k < c->items.n && !c->reverse; k++)
			offer_queue(m, c, k);
	}
	offer_workers(m);
	for (size_t i = 0; i < s->chains.n; i++) {
		const struct chain *c = scenario_chain(s, i);
		if (c->reverse)
			continue;
		offer_rx(m, c);
		offer_placement(m, c);
		for (size_t k = 0; k < c->items.n; k++)
			offer_timer(m, c, k);
	}
	offer_clock(m);
}

void whatif_list(struct whatif_cases *c, const struct scenario *s, struct arena *a)
{
	*c = (struct whatif_cases){0};
	struct maker m = {.to = c, .s = s, .a = a};
	struct build *b = build_net(s, 1, 0);
	list_cores(&m, b);
	list_obstacles(&m, b);
	net_free(b->net);
	list_offers(&m);
}

static bool named(const struct whatif *c, const char *core)
{
	for (size_t i = 0; i < c->n_cores; i++)
		if (strcmp(c->cores[i], core) == 0)
			return true;
	return false;
}

static void speed_up(const struct build *b, const struct whatif *c)
{
	for (uint32_t i = 0; i < b->n_tasks; i++) {
		struct task *k = b->tasks[i].task;
		struct law *l = &k->law, *u = &k->unsent;
		if (!named(c, k->core->name))
			continue;
		fine_t *all[] = {&l->poll_fine, &l->burst_fine, &l->packet_fine, &l->byte_fine,
			&l->copied_byte_fine, &l->large_packet_fine, &l->large_byte_fine,
			&k->send_fine, &u->packet_fine, &u->byte_fine, &u->copied_byte_fine,
			&u->large_packet_fine, &u->large_byte_fine};
		for (size_t f = 0; f < sizeof all / sizeof *all; f++)
			*all[f] /= FASTER;
	}
}

static void lengthen(const struct build *b)
{
	for (uint32_t i = 0; i < b->net->rings.n; i++)
		((struct ring *)b->net->rings.item[i])->cap *= LONGER;
	for (uint32_t i = 0; i < b->net->txqs.n; i++)
		((struct txq *)b->net->txqs.item[i])->ring.cap *= LONGER;
}

/* A task that hands on each burst pays for sending with the burst. */
static void send_at_once(struct task *k)
{
	if (k->n_out == 1 && k->txbuf.threshold)
		k->law.burst_fine += k->send_fine;
	k->txbuf = (struct txbuf){0};
}

static void tune(void *arg, struct build *b)
{
	const struct whatif *c = arg;
	for (uint32_t i = 0; i < b->n_tasks; i++) {
		struct task *k = b->tasks[i].task;
		if (c->kind == WHATIF_FILL)
			send_at_once(k);
		for (uint32_t p = 0; p < k->n_out && c->kind == WHATIF_STALL; p++)
			k->out[p].retries = 0;
	}
	for (uint32_t i = 0; i < b->net->rxs.n && c->kind == WHATIF_CEILING; i++) {
		struct nic_rx *rx = b->net->rxs.item[i];
		rx->port = rx->card = NULL;
	}
	if (c->kind == WHATIF_CORE)
		speed_up(b, c);
	else if (c->kind == WHATIF_RINGS)
		lengthen(b);
}

/* What belongs to the scenario, not to the net. */
static void change(const struct whatif *c, struct scenario *s)
{
	for (size_t i = 0; i < s->servers.n; i++) {
		struct platform *p = scenario_server(s, i)->platform;
		if (c->kind == WHATIF_REMOTE)
			p->memory.line_remote = p->memory.line_local;
		if (c->kind == WHATIF_WIRE)
			p->nic.speed.value.value *= LINK_FASTER;
	}
	if (c->kind == WHATIF_WIRE)
		s->link.speed.value *= LINK_FASTER;
	for (size_t i = 0; i < s->chains.n && c->kind == WHATIF_TESTER; i++)
		scenario_chain(s, i)->traffic.spec.tester_burst = 1;
}

void whatif_run(struct whatif *c, struct scenario *s, const struct paired_design *d)
{
	change(c, s);
	c->result = paired_run(s, d, tune, c);
}
