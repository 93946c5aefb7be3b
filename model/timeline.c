/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/timeline.h"

#include "model/timeline_numbers.h"

#include <stdlib.h>
#include <string.h>

/* A place where packets can be lost, with the watch that tells of them. */
struct place {
	struct timeline *timeline;
	struct ring_watch watch;
	uint32_t index, chain;
};

/* A task's surroundings, and the burst it works on. */
struct seen_task {
	uint32_t in, *out; /* places; out: of each port */
	struct law copying;
	struct timeline_span job;
};

/* What was seen of a core when it last acted. */
struct seen_core {
	ps_t idle_ps;   /* what it did last ended then */
	ps_t parked_ps; /* when it parked; PS_NEVER: it is not parked */
};

/* The core that acts, before its step. */
struct before {
	enum core_state state;
	ps_t now_ps, stalled_ps;
	uint64_t wakes;
	bool again;
	uint32_t task;     /* BUSY: index of the job */
	struct pkt *pkts;  /* what the job is about to hand on, port after port */
	uint32_t room;     /* for pkts */
	uint32_t *due;     /* how many of them are for each port */
	uint64_t *refused; /* by each port's transmit queue so far */
	uint32_t most_ports;
};

struct timeline {
	struct timeline_viewer viewer;
	struct build *build;
	struct observer observer;
	struct place *places;
	struct seen_task *tasks;
	struct seen_core *cores;
	struct numbers *numbers; /* of each chain */
	struct before before;
	struct timeline_packet *arriving; /* DELIVERED to come, in the order of time */
	struct pkt *arriving_pkts;
	size_t n_arriving, room_arriving;
	ps_t *refused; /* stamps of the packets lost in this step */
	size_t n_refused, room_refused;
};

struct timeline *timeline_new(const struct timeline_viewer *viewer)
{
	struct timeline *t = xcalloc(1, sizeof *t);
	t->viewer = *viewer;
	return t;
}

void timeline_free(struct timeline *t)
{
	if (!t)
		return;
	for (uint32_t i = 0; t->build && i < t->build->n_tasks; i++)
		free(t->tasks[i].out);
	for (uint32_t i = 0; t->build && i < t->build->n_chains; i++)
		numbers_free(&t->numbers[i]);
	free(t->places);
	free(t->tasks);
	free(t->cores);
	free(t->numbers);
	free(t->before.pkts);
	free(t->before.due);
	free(t->before.refused);
	free(t->refused);
	free(t->arriving);
	free(t->arriving_pkts);
	free(t);
}

static void tell_packet(struct timeline *t, struct timeline_packet p)
{
	if (!t->viewer.packet)
		return;
	if (!p.number)
		p.number = numbers_find(&t->numbers[p.chain], p.pkt->stamp_ps);
	t->viewer.packet(t->viewer.arg, &p);
}

static void tell_span(struct timeline *t, struct timeline_span s)
{
	if (t->viewer.span && s.to_ps > s.from_ps)
		t->viewer.span(t->viewer.arg, &s);
}

/* As tell_span, and if it took no time. */
static void tell_job(struct timeline *t, struct timeline_span s)
{
	if (t->viewer.span)
		t->viewer.span(t->viewer.arg, &s);
}

static void tell_level(struct timeline *t, uint32_t place, ps_t at_ps, uint32_t waiting)
{
	if (t->viewer.level && place != TIMELINE_NONE)
		t->viewer.level(t->viewer.arg, place, at_ps, waiting);
}

static void lost(void *arg, const struct pkt *p, ps_t at_ps)
{
	struct place *place = arg;
	struct timeline *t = place->timeline;
	if (t->n_refused == t->room_refused) {
		t->room_refused = t->room_refused ? 2 * t->room_refused : 64;
		t->refused = xrealloc(t->refused, t->room_refused, sizeof *t->refused);
	}
	t->refused[t->n_refused++] = p->stamp_ps;
	tell_packet(t, (struct timeline_packet){.event = TIMELINE_DROPPED,
			       .chain = place->chain,
			       .pkt = p,
			       .place = place->index,
			       .task = TIMELINE_NONE,
			       .from_ps = at_ps,
			       .to_ps = at_ps});
}

static bool stages(const struct task *t)
{
	return t->n_out > 1 || t->txbuf.threshold;
}

/* What waits in a ring into which packets were put now, as its reader will find it. */
static uint32_t level_of(const struct ring *r)
{
	uint32_t n = r->coming - r->head;
	return n < r->cap ? n : r->cap;
}

static uint32_t place_of(const struct build *b, const struct ring *r)
{
	for (uint32_t i = 0; r && i < b->n_places; i++)
		if (b->places[i].ring == r)
			return i;
	return TIMELINE_NONE;
}

static uint32_t index_of(const struct build *b, const struct task *task)
{
	for (uint32_t i = 0; i < b->n_tasks; i++)
		if (b->tasks[i].task == task)
			return i;
	return TIMELINE_NONE;
}

/* Rings and receive sides are the builder's; watching them changes only what they tell. */
static void watch_places(struct timeline *t, struct build *b)
{
	t->places = xcalloc(b->n_places + 1, sizeof *t->places);
	for (uint32_t i = 0; i < b->n_places; i++) {
		struct place *p = &t->places[i];
		*p = (struct place){t, {lost, p}, i, b->places[i].chain};
	}
	for (uint32_t i = 0; i < b->net->rings.n; i++) {
		struct ring *r = b->net->rings.item[i];
		uint32_t at = place_of(b, r);
		r->watch = at == TIMELINE_NONE ? NULL : &t->places[at].watch;
	}
	for (uint32_t i = 0; i < b->net->txqs.n; i++) {
		struct ring *r = &((struct txq *)b->net->txqs.item[i])->ring;
		uint32_t at = place_of(b, r);
		r->watch = at == TIMELINE_NONE ? NULL : &t->places[at].watch;
	}
	for (uint32_t i = 0; i < b->net->rxs.n; i++) {
		struct nic_rx *rx = b->net->rxs.item[i];
		for (uint32_t k = 0; k < b->n_places; k++)
			if (b->places[k].rx == rx)
				rx->watch = &t->places[k].watch;
	}
}

static void see_task(struct timeline *t, const struct build *b, uint32_t i)
{
	const struct build_task *is = &b->tasks[i];
	const struct task *task = is->task;
	struct seen_task *s = &t->tasks[i];
	s->in = place_of(b, task->in);
	s->out = xcalloc(task->n_out + 1, sizeof *s->out);
	for (uint32_t k = 0; k < task->n_out; k++) {
		const struct port *o = &task->out[k];
		s->out[k] = place_of(b, o->txq ? &o->txq->ring : o->ring);
	}
	s->copying = cost_law(&is->copying, task->core->clock_hz, is->fixed_size_B);
	uint32_t room = task->burst + task->txbuf.threshold + 1;
	t->before.room = room > t->before.room ? room : t->before.room;
	if (task->n_out + 1 > t->before.most_ports)
		t->before.most_ports = task->n_out + 1;
}

/* More than all rings and wires can hold. */
static uint64_t most_under_way(const struct net *net)
{
	uint64_t most = 1024;
	for (uint32_t i = 0; i < net->rings.n; i++)
		most += 2 * ((const struct ring *)net->rings.item[i])->mask;
	for (uint32_t i = 0; i < net->txqs.n; i++)
		most += 2 * ((const struct txq *)net->txqs.item[i])->ring.mask;
	for (uint32_t i = 0; i < net->tasks.n; i++) {
		const struct task *t = net->tasks.item[i];
		most += (uint64_t)t->n_out * (t->burst + t->txbuf.threshold);
	}
	return most;
}

/* What the tester has sent by now. */
static void tell_sent(struct timeline *t, ps_t now)
{
	for (uint32_t c = 0; c < t->build->n_chains; c++) {
		struct numbers *n = &t->numbers[c];
		const struct wire *w = &n->source.wire;
		const struct pkt *p;
		uint64_t number;
		while ((p = numbers_next(n, now, &number))) {
			ps_t end = p->land_ps - w->delay_ps;
			tell_packet(t, (struct timeline_packet){.event = TIMELINE_SENT,
					       .chain = c,
					       .number = number,
					       .pkt = p,
					       .place = TIMELINE_NONE,
					       .task = TIMELINE_NONE,
					       .from_ps = end - wire_time(w, p->size_B),
					       .to_ps = end});
		}
	}
}

/* What has been delivered by now. */
static void tell_delivered(struct timeline *t, ps_t now)
{
	size_t n = 0;
	for (; n < t->n_arriving && t->arriving[n].to_ps <= now; n++) {
		t->arriving[n].pkt = &t->arriving_pkts[n];
		tell_packet(t, t->arriving[n]);
	}
	if (!n)
		return;
	t->n_arriving -= n;
	memmove(t->arriving, t->arriving + n, t->n_arriving * sizeof *t->arriving);
	memmove(t->arriving_pkts, t->arriving_pkts + n, t->n_arriving * sizeof *t->arriving_pkts);
}

/* Wires deliver in order, but several of them in turn. */
static void add_arriving(struct timeline *t, struct timeline_packet p)
{
	if (t->n_arriving == t->room_arriving) {
		t->room_arriving = t->room_arriving ? 2 * t->room_arriving : 256;
		t->arriving = xrealloc(t->arriving, t->room_arriving, sizeof *t->arriving);
		t->arriving_pkts =
			xrealloc(t->arriving_pkts, t->room_arriving, sizeof *t->arriving_pkts);
	}
	size_t i = t->n_arriving++;
	for (; i && t->arriving[i - 1].to_ps > p.to_ps; i--) {
		t->arriving[i] = t->arriving[i - 1];
		t->arriving_pkts[i] = t->arriving_pkts[i - 1];
	}
	t->arriving[i] = p;
	t->arriving_pkts[i] = *p.pkt;
}

static void keep_due(struct before *b, const struct task *task)
{
	uint32_t n = 0;
	bool staged = stages(task);
	for (uint32_t k = 0; staged && k < task->n_out; k++) {
		const struct port *o = &task->out[k];
		b->due[k] = o->due;
		n += o->due;
		if (n > b->room)
			b->pkts = xrealloc(b->pkts, b->room = 2 * n, sizeof *b->pkts);
		memcpy(b->pkts + n - o->due, o->buf, o->due * sizeof *o->buf);
	}
	for (uint32_t i = 0; !staged && i < task->taken; i++)
		b->pkts[i] = *ring_at(task->in, task->in->done + i);
	if (!staged && task->n_out)
		b->due[0] = task->taken;
	for (uint32_t k = 0; k < task->n_out; k++)
		b->refused[k] = task->out[k].txq ? task->out[k].txq->ring.dropped : 0;
}

static void before_step(void *arg, const struct core *c, ps_t at_ps)
{
	struct timeline *t = arg;
	struct before *b = &t->before;
	tell_sent(t, at_ps);
	tell_delivered(t, at_ps);
	t->n_refused = 0;
	b->again = c->wake.again;
	b->state = c->state;
	b->now_ps = c->now_ps;
	b->stalled_ps = c->stalled_ps;
	b->wakes = c->wakes;
	if (c->state == CORE_BUSY) {
		b->task = index_of(t->build, c->job);
		keep_due(b, c->job);
	}
}

static bool was_refused(const struct timeline *t, const struct pkt *p)
{
	for (size_t i = 0; i < t->n_refused; i++)
		if (t->refused[i] == p->stamp_ps)
			return true;
	return false;
}

/* The last n packets of a transmit queue were put there now. */
static void tell_wire(struct timeline *t, struct timeline_packet p, const struct txq *q, uint32_t n)
{
	for (uint32_t i = q->ring.coming - n; i != q->ring.coming; i++) {
		p.pkt = ring_at(&q->ring, i);
		p.number = 0;
		p.event = TIMELINE_ON_WIRE;
		p.to_ps = p.pkt->land_ps;
		p.from_ps = p.to_ps - wire_time(q->wire, p.pkt->size_B);
		tell_packet(t, p);
		p.event = TIMELINE_DELIVERED;
		p.from_ps = p.to_ps;
		p.to_ps += q->wire->delay_ps;
		if (q->sink)
			add_arriving(t, p);
	}
}

static void tell_port(struct timeline *t, const struct port *o, struct timeline_packet p,
	const struct pkt *pkts, uint32_t n, uint64_t refused)
{
	for (uint32_t i = 0; i < n; i++) {
		p.pkt = &pkts[i];
		p.event = TIMELINE_HANDED_ON;
		if (!was_refused(t, p.pkt))
			tell_packet(t, p);
		p.event = TIMELINE_DELIVERED;
		if (o->sink)
			add_arriving(t, p);
	}
	if (o->txq)
		tell_wire(t, p, o->txq, n - (uint32_t)(o->txq->ring.dropped - refused));
	else if (o->ring && n)
		tell_level(t, p.place, p.to_ps, level_of(o->ring));
}

/* What the job has handed on in this step. */
static void tell_handed_on(struct timeline *t, const struct task *task, bool stalled)
{
	const struct before *b = &t->before;
	const struct pkt *pkts = b->pkts;
	bool staged = stages(task);
	for (uint32_t k = 0; k < task->n_out; k++) {
		const struct port *o = &task->out[k];
		uint32_t n = !stalled ? b->due[k] : staged ? b->due[k] - o->due : 0;
		struct timeline_packet p = {.chain = t->build->tasks[b->task].chain,
			.place = t->tasks[b->task].out[k],
			.task = b->task,
			.from_ps = b->now_ps,
			.to_ps = b->now_ps};
		tell_port(t, o, p, pkts, n, b->refused[k]);
		pkts += b->due[k];
	}
}

/* From what it did last to the wake-up or burst that starts now. */
static void tell_idle(struct timeline *t, const struct core *c, ps_t now)
{
	struct seen_core *s = &t->cores[c->number];
	struct timeline_span span = {
		.core = c->number, .task = TIMELINE_NONE, .from_ps = s->idle_ps, .to_ps = now};
	ps_t asleep_ps = s->parked_ps < PS_NEVER ? s->parked_ps + c->linger_ps : PS_NEVER;
	if (c->interrupt && asleep_ps < now) {
		span.to_ps = asleep_ps;
		span.doing = TIMELINE_POLLING;
		tell_span(t, span);
		span.from_ps = asleep_ps;
		span.to_ps = now;
		span.doing = TIMELINE_ASLEEP;
	} else {
		span.doing = TIMELINE_POLLING;
	}
	tell_span(t, span);
	s->idle_ps = now;
}

static void tell_wake(struct timeline *t, const struct core *c)
{
	ps_t polls_ps = c->last_irq_ps + c->wake_delay_ps + (c->wake_fine >> FINE_BITS);
	tell_idle(t, c, c->last_irq_ps);
	tell_span(t, (struct timeline_span){.doing = TIMELINE_WAKING,
			     .core = c->number,
			     .task = TIMELINE_NONE,
			     .from_ps = c->last_irq_ps,
			     .to_ps = polls_ps});
	t->cores[c->number].idle_ps = polls_ps;
	t->cores[c->number].parked_ps = PS_NEVER;
}

/* Copied packets are those that are not refused for want of room. */
static ps_t copying(
	const struct task *task, const struct law *l, uint64_t bytes_B, uint64_t copied_B)
{
	uint32_t n = task->taken;
	bool reserves = !stages(task) && task->n_out && task->out->ops->reserve;
	uint32_t done = reserves ? task->out->reserved : n;
	fine_t bytes = (fine_t)bytes_B * l->byte_fine + (fine_t)copied_B * l->copied_byte_fine;
	fine_t all = (fine_t)n * l->packet_fine + bytes;
	return (l->burst_fine + (n ? all / n * done : 0)) >> FINE_BITS;
}

/* A burst's packets, and what they add up to. */
static void take(struct timeline *t, const struct task *task, uint32_t i, struct timeline_span *s)
{
	uint64_t copied_B = 0;
	struct timeline_packet p = {.event = TIMELINE_TAKEN,
		.chain = t->build->tasks[i].chain,
		.place = t->tasks[i].in,
		.task = i,
		.to_ps = s->from_ps};
	for (uint32_t k = 0; k < task->taken; k++) {
		p.pkt = ring_at(task->in, task->in->head - task->taken + k);
		p.number = numbers_find(&t->numbers[p.chain], p.pkt->stamp_ps);
		p.from_ps = p.pkt->land_ps;
		ps_t wait = s->from_ps - p.pkt->land_ps;
		s->bytes_B += p.pkt->size_B;
		copied_B += cost_copied_B(p.pkt->size_B);
		s->wait_ps += wait;
		s->longest_wait_ps = wait > s->longest_wait_ps ? wait : s->longest_wait_ps;
		s->first = k ? s->first : p.number;
		s->last = p.number;
		tell_packet(t, p);
	}
	s->copying_ps = copying(task, &t->tasks[i].copying, s->bytes_B, copied_B);
}

static void start_job(struct timeline *t, const struct core *c)
{
	const struct task *task = c->job;
	uint32_t i = index_of(t->build, task);
	struct timeline_span s = {.doing = task->flushing ? TIMELINE_FLUSH : TIMELINE_BURST,
		.core = c->number,
		.task = i,
		.from_ps = task->took_ps,
		.packets = task->taken};
	tell_idle(t, c, task->took_ps);
	for (uint32_t k = 0; task->flushing && k < task->n_out; k++) {
		const struct port *o = &task->out[k];
		s.packets += o->due;
		for (uint32_t n = 0; n < o->due; n++)
			s.bytes_B += o->buf[n].size_B;
	}
	if (!task->flushing) {
		tell_level(t, t->tasks[i].in, s.from_ps, ring_waiting(task->in) + task->taken);
		take(t, task, i, &s);
		tell_level(t, t->tasks[i].in, s.from_ps, ring_waiting(task->in));
	}
	t->tasks[i].job = s;
}

/* The job under way goes on, or has ended: true. */
static bool end_job(struct timeline *t, const struct core *c)
{
	const struct before *b = &t->before;
	bool stalled = c->stalled_ps > b->stalled_ps;
	tell_handed_on(t, t->build->tasks[b->task].task, stalled);
	struct timeline_span s = t->tasks[b->task].job;
	if (stalled) {
		t->tasks[b->task].job.stalled_ps += c->now_ps - b->now_ps;
		s = (struct timeline_span){.doing = TIMELINE_STALL,
			.core = c->number,
			.task = b->task,
			.from_ps = b->now_ps,
			.to_ps = c->now_ps};
		tell_span(t, s);
		return false;
	}
	s.to_ps = b->now_ps;
	tell_job(t, s);
	t->cores[c->number].idle_ps = b->now_ps;
	t->cores[c->number].parked_ps = PS_NEVER;
	return true;
}

static void after_step(void *arg, const struct core *c)
{
	struct timeline *t = arg;
	const struct before *b = &t->before;
	if (b->state == CORE_BUSY && !end_job(t, c))
		return;
	if (c->wakes > b->wakes)
		tell_wake(t, c);
	if (c->state == CORE_BUSY)
		start_job(t, c);
	else if (c->state == CORE_PARKED && !(b->state == CORE_PARKED && b->again))
		t->cores[c->number].parked_ps = c->now_ps;
}

void timeline_attach(void *timeline, struct build *b)
{
	struct timeline *t = timeline;
	t->build = b;
	t->tasks = xcalloc(b->n_tasks + 1, sizeof *t->tasks);
	for (uint32_t i = 0; i < b->n_tasks; i++)
		see_task(t, b, i);
	t->cores = xcalloc(b->net->cores.n + 1, sizeof *t->cores);
	for (uint32_t i = 0; i < b->net->cores.n; i++)
		t->cores[i].parked_ps = PS_NEVER;
	t->numbers = xcalloc(b->n_chains + 1, sizeof *t->numbers);
	uint64_t most = most_under_way(b->net);
	for (uint32_t i = 0; i < b->n_chains; i++)
		numbers_init(&t->numbers[i], b->chains[i].source, b->net->seed, b->net->replication,
			most);
	struct before *now = &t->before;
	now->pkts = xcalloc(now->room, sizeof *now->pkts);
	now->due = xcalloc(now->most_ports, sizeof *now->due);
	now->refused = xcalloc(now->most_ports, sizeof *now->refused);
	watch_places(t, b);
	t->observer = (struct observer){before_step, after_step, t};
	b->net->observer = &t->observer;
}

static void tell_waiting(struct timeline *t, const struct ring *r)
{
	uint32_t place = place_of(t->build, r);
	if (place == TIMELINE_NONE)
		return;
	for (uint32_t i = r->head; i != r->coming; i++)
		tell_packet(t, (struct timeline_packet){.event = TIMELINE_WAITING,
				       .chain = t->build->places[place].chain,
				       .pkt = ring_at(r, i),
				       .place = place,
				       .task = TIMELINE_NONE,
				       .from_ps = ring_at(r, i)->land_ps,
				       .to_ps = t->build->net->now_ps});
}

void timeline_end(struct timeline *t)
{
	const struct net *net = t->build->net;
	tell_sent(t, net->now_ps);
	tell_delivered(t, net->now_ps);
	for (size_t i = 0; i < t->n_arriving; i++) {
		t->arriving[i].pkt = &t->arriving_pkts[i];
		if (t->arriving[i].from_ps <= net->now_ps)
			tell_packet(t, t->arriving[i]);
	}
	for (uint32_t i = 0; i < net->cores.n; i++) {
		const struct core *c = net->cores.item[i];
		if (c->n_tasks && c->state == CORE_BUSY) {
			struct timeline_span s = t->tasks[index_of(t->build, c->job)].job;
			s.to_ps = c->now_ps;
			s.open = true;
			tell_job(t, s);
		} else if (c->n_tasks) {
			tell_idle(t, c, net->now_ps);
		}
	}
	for (uint32_t i = 0; i < net->rings.n; i++)
		tell_waiting(t, net->rings.item[i]);
}
