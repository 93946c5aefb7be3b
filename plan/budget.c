/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * budget - see the header
 *
 * The net's cores are stepped one by one, in the order of events, and what a step did is read off
 * the state before and after it. A packet that is being followed is a struct trip; trips stand in
 * queues that mirror the net's rings, bursts in hand and transmit buffers. A ring that dropped a
 * packet does not say so: its trip is found out when a later one comes up (rings keep their order).
 */
#include "plan/budget.h"

#include "model/net.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MOST_PARTS 64 /* entries of a trip: about eight a task */

const char *const budget_parts[BUDGET_PARTS] = {"tester", "wire", "dma", "nic", "wait", "nf",
	"copying", "remote", "other", "stall", "fill"};

struct trip {
	struct trip *next;
	ps_t stamp_ps, at_ps; /* accounted for up to here */
	uint32_t n;
	struct {
		uint32_t place, part;
		double ps;
	} entry[MOST_PARTS];
};

struct queue {
	struct trip *first, **last;
};

/* What is known of a task's port. */
struct seen_port {
	struct queue buffer; /* mirrors port.buf */
	uint32_t due;        /* before the step */
	uint32_t new_from;   /* before the step: the next slot of its transmit ring */
};

struct seen_task {
	const struct build_task *is;
	const struct nic_rx *rx; /* whose queue it reads, or NULL */
	struct queue waiting;    /* handed to its ring; some may be lost */
	struct trip **burst;     /* in hand */
	uint32_t n;
	struct seen_port *ports;
	ps_t stalled_ps;  /* in the job in hand */
	uint64_t packets; /* before the step */
};

/* One replication being followed. */
struct follow {
	struct build *b;
	struct seen_task *tasks; /* as in the build */
	struct budget *to;       /* places: tasks, receive sides, transmit queues of the net */
	ps_t from_ps, to_ps;
	struct trip *spare;
	struct arena *arena;
};

static void queue_put(struct queue *q, struct trip *t)
{
	if (!q->first)
		q->last = &q->first;
	t->next = NULL;
	*q->last = t;
	q->last = &t->next;
}

static struct trip *queue_take(struct queue *q)
{
	struct trip *t = q->first;
	q->first = t ? t->next : NULL;
	return t;
}

static void discard(struct follow *f, struct trip *t)
{
	t->next = f->spare;
	f->spare = t;
}

static struct trip *new_trip(struct follow *f, const struct pkt *p)
{
	struct trip *t = f->spare;
	if (t)
		f->spare = t->next;
	else
		t = arena_alloc(f->arena, sizeof *t);
	t->stamp_ps = t->at_ps = p->stamp_ps;
	t->n = 0;
	return t;
}

static void spend(struct trip *t, uint32_t place, enum budget_part part, double ps)
{
	if (ps == 0)
		return;
	assert(t->n < MOST_PARTS);
	t->entry[t->n].place = place;
	t->entry[t->n].part = part;
	t->entry[t->n++].ps = ps;
}

/* All the time up to an instant was spent on that. */
static void spend_until(struct trip *t, uint32_t place, enum budget_part part, ps_t at)
{
	spend(t, place, part, (double)(at - t->at_ps));
	t->at_ps = at;
}

static uint32_t number_of(const struct parts *p, const void *part)
{
	uint32_t i = 0;
	while (p->item[i] != part)
		i++;
	return i;
}

static uint32_t rx_place(const struct follow *f, const struct nic_rx *rx)
{
	return f->b->n_tasks + number_of(&f->b->net->rxs, rx);
}

static uint32_t txq_place(const struct follow *f, const struct txq *q)
{
	const struct net *net = f->b->net;
	return f->b->n_tasks + net->rxs.n + number_of(&net->txqs, q);
}

/* The way into a receive ring: DMA comes last, the wire before it; what is left is something
 * else. */
static void arrive(struct follow *f, struct trip *t, const struct nic_rx *rx, ps_t wire_ps,
	ps_t land, enum budget_part rest)
{
	uint32_t place = rx_place(f, rx);
	double left = (double)(land - t->at_ps), dma = fmin((double)rx->dma_ps, left);
	double wire = fmin((double)wire_ps, left - dma);
	spend(t, place, rest, left - dma - wire);
	spend(t, place, BUDGET_WIRE, wire);
	spend(t, place, BUDGET_DMA, dma);
	t->at_ps = land;
}

static struct trip *start_trip(struct follow *f, const struct seen_task *s, const struct pkt *p)
{
	const struct source *src = f->b->chains[s->is->chain].source;
	struct trip *t = new_trip(f, p);
	ps_t wire_ps = wire_time(&src->wire, p->size_B) + src->wire.delay_ps;
	arrive(f, t, s->rx, wire_ps, p->land_ps,
		src->spec.stamp == STAMP_CREATE ? BUDGET_TESTER : BUDGET_CEILING);
	return t;
}

/* The trip of a packet that a task took; those before it in the ring were dropped. */
static struct trip *find_trip(struct follow *f, struct seen_task *s, const struct pkt *p)
{
	if (s->rx && s->rx->queue->feeder)
		return start_trip(f, s, p);
	struct trip *t;
	while ((t = queue_take(&s->waiting)) && t->stamp_ps != p->stamp_ps)
		discard(f, t);
	assert(t);
	return t;
}

static bool stages(const struct task *k)
{
	return k->n_out > 1 || k->txbuf.threshold;
}

static uint32_t length(const struct queue *q)
{
	uint32_t n = 0;
	for (const struct trip *t = q->first; t; t = t->next)
		n++;
	return n;
}

/* Puts the trip into the queue of the port into whose buffer its packet went. */
static void sort_trip(const struct seen_task *s, struct trip *t)
{
	const struct task *k = s->is->task;
	for (uint32_t i = 0; i < k->n_out; i++) {
		uint32_t next = length(&s->ports[i].buffer);
		if (next >= k->out[i].buffered || k->out[i].buf[next].stamp_ps != t->stamp_ps)
			continue;
		queue_put(&s->ports[i].buffer, t);
		return;
	}
	assert(!"a packet that is in no buffer");
}

/* A task has taken a burst. Staged packets have left the ring, but its slots still hold them. */
static void see_take(struct follow *f, uint32_t number)
{
	struct seen_task *s = &f->tasks[number];
	const struct task *k = s->is->task;
	uint32_t first = stages(k) ? k->in->done - k->taken : k->in->done;
	s->stalled_ps = 0;
	s->n = k->taken;
	for (uint32_t i = 0; i < s->n; i++) {
		struct trip *t = find_trip(f, s, ring_at(k->in, first + i));
		spend_until(t, number, BUDGET_WAIT, k->took_ps);
		s->burst[i] = t;
		if (stages(k))
			sort_trip(s, t);
	}
}

/* Cost of a burst at the core's clock, in ps. */
static double cost_ps(const struct cost *c, const struct task *k, uint32_t n, double size_B)
{
	double large = size_B > c->large_above_B ? n : 0;
	const struct cost_part all[] = {c->poll, c->burst, c->packet, c->byte, c->copied_byte,
		c->large_packet, c->large_byte};
	const double times[] = {1, 1, n, n * size_B, n * (double)cost_copied_B((uint32_t)size_B),
		large, large * size_B};
	double ps = 0;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		ps += times[i] * (all[i].cycles * (double)PS_PER_S / k->core->clock_hz +
					 all[i].ns * PS_PER_NS);
	return ps;
}

/* Divides the work on the burst in hand among its causes; then the core stalled. */
static void spend_work(struct follow *f, uint32_t number, ps_t end)
{
	struct seen_task *s = &f->tasks[number];
	const struct build_task *is = s->is;
	const struct task *k = is->task;
	double size_B = source_mean_size(&f->b->chains[is->chain].source->spec);
	double worked = s->n ? (double)(end - s->burst[0]->at_ps - s->stalled_ps) : 0;
	double whole = cost_ps(&is->cost, k, s->n, size_B), send = cost_ps(&is->send, k, 1, 0);
	whole = stages(k) ? fmax(whole, fmin(worked, whole + k->n_out * send)) : whole + send;
	double share[BUDGET_PARTS] = {[BUDGET_NF] = cost_ps(&is->nf, k, s->n, size_B),
		[BUDGET_COPY] = cost_ps(&is->copying, k, s->n, size_B),
		[BUDGET_REMOTE] = cost_ps(&is->remote, k, s->n, size_B)};
	double named = share[BUDGET_NF] + share[BUDGET_COPY] + share[BUDGET_REMOTE];
	whole = fmax(whole, named);
	share[BUDGET_OTHER] = whole - named;
	for (uint32_t i = 0; i < s->n; i++) {
		struct trip *t = s->burst[i];
		for (int part = BUDGET_NF; part <= BUDGET_OTHER && whole > 0; part++)
			spend(t, number, (enum budget_part)part, share[part] / whole * worked);
		spend(t, number, BUDGET_STALL, (double)s->stalled_ps);
		t->at_ps = end;
	}
}

static void deliver(struct follow *f, uint32_t chain, const struct trip *t, ps_t counted_ps)
{
	if (counted_ps <= f->from_ps || counted_ps > f->to_ps)
		return;
	struct budget_chain *c = &f->to->chains[chain];
	c->packets++;
	c->mean_ns += (double)(t->at_ps - t->stamp_ps) / PS_PER_NS;
	double since_ns = 0;
	for (uint32_t i = 0; i < t->n; i++) {
		struct budget_place *p = &f->to->places[t->entry[i].place];
		p->chain = chain;
		p->ns[t->entry[i].part] += t->entry[i].ps / PS_PER_NS;
		if (i == 0 || t->entry[i].place != t->entry[i - 1].place) {
			p->reached_ns += since_ns;
			p->visits++;
		}
		since_ns += t->entry[i].ps / PS_PER_NS;
	}
}

static struct seen_task *reader_of(const struct follow *f, const struct ring *ring)
{
	uint32_t i = 0;
	while (f->tasks[i].is->task->in != ring)
		i++;
	return &f->tasks[i];
}

/* Off to another server's receive queues, unless its NIC overran. */
static void pass_on(struct follow *f, struct trip *t, const struct txq *q)
{
	for (uint32_t i = 0; i < q->far->n; i++) {
		const struct ring *r = &q->far->queue[i];
		for (uint32_t k = r->coming; k != r->tail; k--) {
			const struct pkt *p = ring_at(r, k - 1);
			if (p->stamp_ps != t->stamp_ps)
				continue;
			arrive(f, t, q->far, q->wire->delay_ps, p->land_ps, BUDGET_CEILING);
			queue_put(&reader_of(f, r)->waiting, t);
			return;
		}
	}
	discard(f, t);
}

static void leave(
	struct follow *f, struct trip *t, const struct txq *q, const struct pkt *p, uint32_t chain)
{
	uint32_t place = txq_place(f, q);
	ps_t wire = wire_time(q->wire, p->size_B), counted_ps = p->land_ps;
	spend_until(t, place, BUDGET_DMA, t->at_ps + q->dma_ps);
	spend_until(t, place, BUDGET_WAIT, p->land_ps - wire);
	spend_until(t, place, BUDGET_WIRE, p->land_ps);
	if (!q->sink) {
		pass_on(f, t, q);
		return;
	}
	spend_until(t, place, BUDGET_WIRE, p->land_ps + q->wire->delay_ps);
	deliver(f, chain, t, counted_ps);
	discard(f, t);
}

/* A trip's packet went through a port now. What a transmit ring had no room for is not in it. */
static void hand_over(struct follow *f, uint32_t number, uint32_t port, struct trip *t, ps_t now)
{
	struct seen_task *s = &f->tasks[number];
	const struct port *o = &s->is->task->out[port];
	uint32_t *next = &s->ports[port].new_from;
	spend_until(t, number, s->is->task->txbuf.threshold ? BUDGET_FILL : BUDGET_STALL, now);
	if (o->ring) {
		queue_put(&reader_of(f, o->ring)->waiting, t);
	} else if (o->txq) {
		const struct ring *r = &o->txq->ring;
		bool room = *next != r->coming && ring_at(r, *next)->stamp_ps == t->stamp_ps;
		if (room)
			leave(f, t, o->txq, ring_at(r, (*next)++), s->is->chain);
		else
			discard(f, t);
	} else {
		deliver(f, s->is->chain, t, now);
		discard(f, t);
	}
}

/* A busy core came to the end of its work, and may have to wait for room. */
static void see_end(struct follow *f, uint32_t number, ps_t stalled_ps, ps_t now)
{
	struct seen_task *s = &f->tasks[number];
	const struct task *k = s->is->task;
	uint32_t n = s->n;
	if (stages(k) || !stalled_ps) {
		spend_work(f, number, now);
		s->n = 0;
	}
	for (uint32_t i = 0; i < k->n_out && stages(k); i++) {
		uint32_t sent = s->ports[i].due - (stalled_ps ? k->out[i].due : 0);
		while (sent--)
			hand_over(f, number, i, queue_take(&s->ports[i].buffer), now);
	}
	for (uint32_t i = 0; i < n && !stages(k) && !stalled_ps; i++)
		hand_over(f, number, 0, s->burst[i], now);
	s->stalled_ps += stalled_ps;
}

static uint32_t task_number(const struct follow *f, const struct task *k)
{
	uint32_t i = 0;
	while (f->tasks[i].is->task != k)
		i++;
	return i;
}

static void look_before(struct follow *f, const struct core *c)
{
	for (uint32_t i = 0; i < c->n_tasks; i++) {
		const struct task *k = c->tasks[i];
		struct seen_task *s = &f->tasks[task_number(f, k)];
		s->packets = k->packets;
		for (uint32_t p = 0; p < k->n_out; p++) {
			s->ports[p].due = k->out[p].due;
			s->ports[p].new_from = k->out[p].txq ? k->out[p].txq->ring.coming : 0;
		}
	}
}

static ps_t step(struct follow *f, struct core *c, ps_t at_ps)
{
	bool busy = c->state == CORE_BUSY;
	uint32_t job = busy ? task_number(f, c->job) : 0;
	ps_t stalled_ps = c->stalled_ps;
	look_before(f, c);
	ps_t next = core_step(c, at_ps);
	if (busy)
		see_end(f, job, c->stalled_ps - stalled_ps, at_ps);
	for (uint32_t i = 0; i < c->n_tasks; i++) {
		uint32_t number = task_number(f, c->tasks[i]);
		if (c->tasks[i]->packets != f->tasks[number].packets)
			see_take(f, number);
	}
	return next;
}

/* All cores act in the order of events: one group, or one core alone. */
static void follow_run(struct follow *f)
{
	struct group *g = NULL;
	for (uint32_t i = 0; i < f->b->net->schedule.n; i++)
		if (f->b->net->schedule.groups[i].n)
			g = &f->b->net->schedule.groups[i];
	if (g && g->n == 1)
		for (ps_t at = 0; at <= f->to_ps;)
			at = step(f, g->cores[0], at);
	else if (g)
		for (struct event e; (e = events_first(&g->events)).at_ps <= f->to_ps;)
			events_set(&g->events, e.actor, step(f, g->cores[e.actor], e.at_ps));
}

static const struct nic_rx *rx_of(const struct net *net, const struct ring *ring)
{
	for (uint32_t i = 0; i < net->rxs.n; i++) {
		const struct nic_rx *rx = net->rxs.item[i];
		if (ring >= rx->queue && ring < rx->queue + rx->n)
			return rx;
	}
	return NULL;
}

static void follow_start(struct follow *f)
{
	struct build *b = f->b;
	f->tasks = arena_alloc(f->arena, (b->n_tasks + 1) * sizeof *f->tasks);
	for (uint32_t i = 0; i < b->n_tasks; i++) {
		const struct task *k = b->tasks[i].task;
		f->tasks[i].is = &b->tasks[i];
		f->tasks[i].rx = rx_of(b->net, k->in);
		f->tasks[i].burst = arena_alloc(f->arena, k->burst * sizeof(struct trip *));
		f->tasks[i].ports = arena_alloc(f->arena, k->n_out * sizeof *f->tasks[i].ports);
	}
}

/* Places are numbered alike in every replication. */
static void name_places(const struct follow *f)
{
	struct budget *to = f->to;
	const struct net *net = f->b->net;
	uint32_t n = 0;
	to->n_places = f->b->n_tasks + net->rxs.n + net->txqs.n;
	to->places = arena_alloc(to->arena, to->n_places * sizeof *to->places);
	for (uint32_t i = 0; i < f->b->n_tasks; i++)
		to->places[n++].name = arena_strdup(to->arena, f->b->tasks[i].task->name);
	for (uint32_t i = 0; i < net->rxs.n; i++)
		to->places[n++].name = arena_printf(
			to->arena, "%s.rx", ((const struct nic_rx *)net->rxs.item[i])->name);
	for (uint32_t i = 0; i < net->txqs.n; i++)
		to->places[n++].name =
			arena_strdup(to->arena, ((const struct txq *)net->txqs.item[i])->ring.name);
}

static void stay_together(void *arg, struct build *b)
{
	(void)arg;
	b->net->together = true;
}

static void follow(const struct scenario *s, const struct run_window *w, struct budget *to)
{
	struct follow f = {
		.to = to, .from_ps = w->from_ps, .to_ps = w->to_ps, .arena = arena_new()};
	f.b = build_tuned(s, (uint64_t)s->run.seed, w->replication, stay_together, NULL);
	if (!to->places)
		name_places(&f);
	follow_start(&f);
	follow_run(&f);
	net_free(f.b->net);
	arena_free(f.arena);
}

/* Along the way; what no packet visited comes last. */
static int by_order(const void *x, const void *y)
{
	const struct budget_place *a = x, *b = y;
	if (!a->visits || !b->visits)
		return !a->visits - !b->visits;
	return (a->reached_ns > b->reached_ns) - (a->reached_ns < b->reached_ns);
}

struct budget *budget_of(const struct scenario *s, const struct run_result *r)
{
	struct arena *a = arena_new();
	struct budget *b = arena_alloc(a, sizeof *b);
	b->arena = a;
	b->n_chains = r->n_chains;
	b->chains = arena_alloc(a, r->n_chains * sizeof *b->chains);
	for (uint32_t i = 0; i < r->n_windows; i++)
		follow(s, &r->windows[i], b);
	for (uint32_t i = 0; i < b->n_places; i++)
		b->places[i].reached_ns /= fmax(1, (double)b->places[i].visits);
	qsort(b->places, b->n_places, sizeof *b->places, by_order);
	while (b->n_places && !b->places[b->n_places - 1].visits)
		b->n_places--;
	for (uint32_t i = 0; i < b->n_places; i++)
		for (int part = 0; part < BUDGET_PARTS; part++)
			b->places[i].ns[part] /= (double)b->chains[b->places[i].chain].packets;
	for (uint32_t c = 0; c < b->n_chains; c++)
		b->chains[c].mean_ns /= (double)b->chains[c].packets;
	return b;
}

void budget_free(struct budget *b)
{
	arena_free(b->arena);
}

double budget_sum_ns(const struct budget *b, uint32_t chain)
{
	double ns = 0;
	for (uint32_t i = 0; i < b->n_places; i++)
		for (int part = 0; part < BUDGET_PARTS && b->places[i].chain == chain; part++)
			ns += b->places[i].ns[part];
	return ns;
}
