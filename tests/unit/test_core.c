/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Cores and tasks against a reference that carries out every poll: not one departure may differ
 *
 * Parking, round robin, flush timers and stalls are arithmetic in the engine and plain steps in the
 * reference, so equality to the picosecond over many random nets leaves the arithmetic no room.
 */
#include "tests/unit/everypoll.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define MAX_RECORDS 400
#define MAX_TASKS 6
#define MAX_SINKS (2 * MAX_TASKS)
/* Replayed records start over after the last one, which therefore lies beyond the end of a test. */
#define NEVER_REACHED_PS PS_PER_S

struct bench {
	uint64_t z;
	ps_t grid_ps; /* all times are multiples of it; coarse: much happens at one instant */
	struct net *net;
	struct source_record records[MAX_TASKS][MAX_RECORDS + 1];
	struct trace traces[MAX_SINKS]; /* by the number of the sink; empty if it is only a sink */
	bool traced[MAX_SINKS];
	uint32_t n_records;
	ps_t last_ps;
};

static void fail_at(
	const struct bench *b, uint64_t seed, const char *what, uint64_t engine, uint64_t reference)
{
	if (engine != reference)
		fail_msg("case %" PRIu64 " (%" PRIu32 " tasks): %s is %" PRIu64
			 ", reference %" PRIu64,
			seed, b->net->tasks.n, what, engine, reference);
}

static void compare_trace(
	const struct bench *b, uint64_t seed, uint32_t sink, const struct trace *want)
{
	const struct trace *got = &b->traces[sink];
	for (size_t i = 0; i < got->n && i < want->n; i++) {
		const struct departure *g = &got->at[i], *w = &want->at[i];
		if (g->left_ps != w->left_ps || g->stamp_ps != w->stamp_ps || g->flow != w->flow)
			fail_msg("case %" PRIu64 " (%" PRIu32 " tasks): sink %" PRIu32
				 ", packet %zu: "
				 "flow %" PRIu32 " left at %" PRId64 " ps, reference: flow %" PRIu32
				 " at %" PRId64 " ps",
				seed, b->net->tasks.n, sink, i, g->flow, g->left_ps, w->flow,
				w->left_ps);
	}
	fail_at(b, seed, "packets at a sink", got->n, want->n);
}

/* Of a sink only the histogram is left. */
static void compare_sink(
	const struct bench *b, uint64_t seed, const struct sink *got, const struct trace *want)
{
	struct hist h;
	hist_init(&h);
	for (size_t i = 0; i < want->n; i++)
		hist_add(&h, want->at[i].left_ps - want->at[i].stamp_ps);
	fail_at(b, seed, "packets at a sink", got->packets, want->n);
	fail_at(b, seed, "sum of latencies", (uint64_t)got->latency_ps.sum, (uint64_t)h.sum);
	for (int thousandth = 0; thousandth <= 1000 && h.n; thousandth += 50)
		assert_true(hist_quantile(&got->latency_ps, thousandth / 1000.0) ==
			    hist_quantile(&h, thousandth / 1000.0));
	hist_clear(&h);
}

static void compare_task(
	const struct bench *b, uint64_t seed, const struct task *t, const struct every_task *want)
{
	fail_at(b, seed, "packets", t->packets, want->packets);
	fail_at(b, seed, "bursts", t->bursts, want->bursts);
	fail_at(b, seed, "flushes", t->flushes, want->flushes);
	fail_at(b, seed, "wait_ps", (uint64_t)t->wait_ps, (uint64_t)want->wait_ps);
	fail_at(b, seed, "service_ps", (uint64_t)t->service_ps, (uint64_t)want->service_ps);
	fail_at(b, seed, "busy_ps", (uint64_t)t->busy_ps, (uint64_t)want->busy_ps);
	fail_at(b, seed, "buffered", task_buffered(t), every_buffered(want));
	for (uint32_t i = 0; i < t->n_out; i++) {
		fail_at(b, seed, "sends", t->out[i].sends, want->out[i].sends);
		if (t->out[i].txq)
			fail_at(b, seed, "overflow", t->out[i].txq->ring.dropped,
				want->out[i].overflow);
	}
}

static void compare(const struct bench *b, uint64_t seed, const struct everypoll *e)
{
	for (uint32_t i = 0; i < b->net->sinks.n; i++)
		if (b->traced[i])
			compare_trace(b, seed, i, &e->traces[i]);
		else
			compare_sink(b, seed, b->net->sinks.item[i], &e->traces[i]);
	for (uint32_t i = 0; i < b->net->tasks.n; i++)
		compare_task(b, seed, b->net->tasks.item[i], &e->tasks[i]);
	for (uint32_t i = 0; i < b->net->rings.n; i++)
		fail_at(b, seed, "drops", ((struct ring *)b->net->rings.item[i])->dropped,
			e->rings[i].dropped);
	for (uint32_t i = 0; i < b->net->cores.n; i++) {
		const struct core *c = b->net->cores.item[i];
		fail_at(b, seed, "stalled_ps", (uint64_t)c->stalled_ps,
			(uint64_t)e->cores[i].stalled_ps);
		fail_at(b, seed, "wakes", c->wakes, e->cores[i].wakes);
	}
}

/* Runs the engine in a few slices and the reference in one, and compares all there is. */
static uint64_t run_both(struct bench *b, uint64_t seed)
{
	net_start(b->net);
	for (uint32_t i = 0; i < b->net->tasks.n; i++) {
		struct task *t = b->net->tasks.item[i];
		t->deadline_ps -= t->deadline_ps % b->grid_ps;
	}
	struct everypoll *e = every_new(b->net);
	ps_t end = b->last_ps + random_in(&b->z, 0, 300) * PS_PER_US;
	for (int slices = (int)random_in(&b->z, 0, 3); slices; slices--)
		net_run(b->net, b->net->now_ps + random_in(&b->z, 0, (end - b->net->now_ps) / 2));
	net_run(b->net, end);
	net_check(b->net);
	every_run(e, end);
	compare(b, seed, e);
	uint64_t polls = e->polls;
	every_free(e);
	net_free(b->net);
	for (uint32_t i = 0; i < MAX_SINKS; i++)
		trace_free(&b->traces[i]);
	return polls;
}

static ps_t some_ps(struct bench *b, ps_t least, ps_t most)
{
	ps_t ps = random_in(&b->z, least, most) + b->grid_ps - 1;
	return ps - ps % b->grid_ps;
}

/* Arrivals with bursts, steady stretches and pauses that let cores park for long. */
static void add_source(struct bench *b, uint32_t number, struct nic_rx *rx, ps_t gap_ps)
{
	struct source_record *r = b->records[number];
	uint32_t n = (uint32_t)random_in(&b->z, 1, b->n_records);
	ps_t at = one_in(&b->z, 4) ? 0 : some_ps(b, 0, 2 * gap_ps);
	int64_t bursty = one_in(&b->z, 10) ? 200 : random_in(&b->z, 1, 8);
	for (uint32_t i = 0; i < n; i++) {
		r[i] = (struct source_record){at, (uint32_t)random_in(&b->z, 64, 1518), i};
		if (one_in(&b->z, bursty))
			at += some_ps(b, 0, 2 * bursty * gap_ps);
		if (one_in(&b->z, 40))
			at += some_ps(b, 0, 100 * gap_ps);
	}
	b->last_ps = b->last_ps > at ? b->last_ps : at;
	r[n] = (struct source_record){NEVER_REACHED_PS, 64, n};
	char name[32];
	snprintf(name, sizeof name, "gen%" PRIu32, number);
	struct source_spec spec = replay_of(r, n + 1);
	net_source(b->net, name, &spec, rx, NO_WIRE);
}

static struct nic_rx *add_rx(struct bench *b, uint32_t number, uint32_t queues)
{
	char name[32];
	snprintf(name, sizeof name, "pnic%" PRIu32, number);
	return net_rx(b->net, name, queues, (uint32_t)random_in(&b->z, 1, 64));
}

/* Mostly not whole picoseconds. */
static fine_t some_cost(struct bench *b, int64_t max_ps)
{
	if (b->grid_ps > 1)
		return some_ps(b, 0, max_ps) * FINE_PER_PS;
	return one_in(&b->z, 4) ? random_in(&b->z, 0, max_ps) * FINE_PER_PS
				: random_in(&b->z, 0, max_ps * FINE_PER_PS);
}

static void choose_law(struct bench *b, struct law *l)
{
	l->poll_fine = some_cost(b, 100000) + some_ps(b, 1000, 1000) * FINE_PER_PS;
	l->burst_fine = some_cost(b, 200000);
	l->packet_fine = some_cost(b, 200000);
	if (one_in(&b->z, 4)) {
		l->free_above = (uint32_t)random_in(&b->z, 1, 100);
		l->free_packet_fine = some_cost(b, 100000);
		if (l->free_packet_fine > l->packet_fine)
			l->free_packet_fine = l->packet_fine;
	}
	if (b->grid_ps > 1 || one_in(&b->z, 2))
		return;
	if (one_in(&b->z, 2))
		l->byte_fine = some_cost(b, 50);
	if (one_in(&b->z, 2))
		l->copied_byte_fine = some_cost(b, 50);
	if (!l->free_above && one_in(&b->z, 4)) {
		l->large_above_B = (uint32_t)random_in(&b->z, 64, 1518);
		l->large_packet_fine = random_in(&b->z, 0, 2 * l->packet_fine) - l->packet_fine;
		l->large_byte_fine = random_in(&b->z, 0, 2 * l->byte_fine) - l->byte_fine;
	}
	if (!l->free_above && one_in(&b->z, 2))
		l->spread = COST_EXPONENTIAL;
}

static void choose_buffer(struct bench *b, struct task *t)
{
	struct txbuf *x = &t->txbuf;
	x->threshold = (uint32_t)random_in(&b->z, 1, 40);
	x->bypass = one_in(&b->z, 4);
	x->adaptive = !x->bypass && one_in(&b->z, 4);
	t->send_fine = some_cost(b, 100000);
	if (one_in(&b->z, 5))
		return;
	x->timer_ps = some_ps(b, 1, 100 * PS_PER_US);
	x->after_first = one_in(&b->z, 2);
	x->check_every = one_in(&b->z, 2) ? 0 : (uint32_t)random_in(&b->z, 1, 16);
}

static struct task *add_task(struct bench *b, struct core *core, struct ring *in, uint32_t n_out)
{
	char name[32];
	snprintf(name, sizeof name, "task%" PRIu32, b->net->tasks.n);
	struct task *t = net_task(b->net, core, name, in, (uint32_t)random_in(&b->z, 1, 40), n_out);
	t->split = n_out == 1 ? SPLIT_NONE
			      : (enum split)random_in(&b->z, SPLIT_ROUND_ROBIN, SPLIT_FLOW);
	choose_law(b, &t->law);
	if (t->law.spread == COST_CONSTANT)
		t->unsent.packet_fine = t->law.packet_fine * random_in(&b->z, 0, 1);
	return t;
}

static void transmit(struct bench *b, struct port *p)
{
	struct wire *w = net_wire(b->net, 1e10, some_ps(b, 0, PS_PER_US));
	p->ops = &pnic_port;
	p->txq = net_txq(b->net, "pnic", (uint32_t)random_in(&b->z, 1, 64), w);
	p->txq->dma_ps = some_ps(b, 0, PS_PER_US);
	p->txq->sink = net_sink(b->net);
}

/* Out of the net: to a sink, over a wire, or where each packet is written down. */
static void end_in_sinks(struct bench *b, struct task *t)
{
	for (uint32_t i = 0; i < t->n_out; i++) {
		uint32_t sink = b->net->sinks.n;
		assert_true(sink < MAX_SINKS);
		if (one_in(&b->z, 3)) {
			into_sink(b->net, &t->out[i]);
		} else if (one_in(&b->z, 3)) {
			transmit(b, &t->out[i]);
		} else {
			b->traced[sink] = true;
			trace_attach(b->net, &t->out[i], &b->traces[sink]);
		}
	}
}

static void start_bench(struct bench *b, uint64_t seed)
{
	b->z = seed * UINT64_C(0x9e3779b97f4a7c15);
	b->net = net_new(seed, 0);
	b->grid_ps = one_in(&b->z, 3) ? 16000 : 1;
	memset(b->traced, 0, sizeof b->traced);
	b->n_records = (uint32_t)random_in(&b->z, 1, MAX_RECORDS);
	b->last_ps = 0;
}

/* One core, one task, nothing buffered. */
static void a_poll_loop(struct bench *b)
{
	struct nic_rx *rx = add_rx(b, 0, 1);
	add_source(b, 0, rx, random_in(&b->z, 1, PS_PER_US));
	end_in_sinks(b, add_task(b, net_core(b->net, "core", 1e9), &rx->queue[0], 1));
}

/* One core, one task with a transmit buffer. */
static void a_flush_timer(struct bench *b)
{
	struct nic_rx *rx = add_rx(b, 0, 1);
	add_source(b, 0, rx, random_in(&b->z, 1, PS_PER_US));
	struct task *t = add_task(
		b, net_core(b->net, "core", 1e9), &rx->queue[0], (uint32_t)random_in(&b->z, 1, 2));
	choose_buffer(b, t);
	end_in_sinks(b, t);
}

/* One core that serves several tasks, with a poll that costs nothing here and there. */
static void a_round_robin(struct bench *b)
{
	struct core *core = net_core(b->net, "core", 1e9);
	uint32_t tasks = (uint32_t)random_in(&b->z, 2, MAX_TASKS);
	for (uint32_t i = 0; i < tasks; i++) {
		struct nic_rx *rx = add_rx(b, i, 1);
		add_source(b, i, rx, random_in(&b->z, 1, 2 * PS_PER_US));
		struct task *t = add_task(b, core, &rx->queue[0], (uint32_t)random_in(&b->z, 1, 2));
		if (i && one_in(&b->z, 3))
			t->law.poll_fine = 0;
		if (one_in(&b->z, 2))
			choose_buffer(b, t);
		end_in_sinks(b, t);
	}
}

static void choose_ring_port(struct bench *b, struct port *p, struct ring *r)
{
	const struct port_ops *ops[] = {&ring_port_drop, &ring_port_stall, &ring_port_reserve};
	p->ops = ops[random_in(&b->z, 0, 2)];
	p->ring = r;
	p->retries = (uint32_t)random_in(&b->z, 0, 4);
	p->retry_wait_ps = some_ps(b, 1, PS_PER_US);
}

/* Several stages, spread over some cores in any order, with rings of each kind between them. */
static void a_chain(struct bench *b)
{
	uint32_t stages = (uint32_t)random_in(&b->z, 2, MAX_TASKS);
	struct core *cores[3];
	uint32_t n_cores = (uint32_t)random_in(&b->z, 1, 3);
	n_cores = n_cores < stages ? n_cores : stages;
	for (uint32_t i = 0; i < n_cores; i++)
		cores[i] = net_core(b->net, "core", 1e9);
	struct nic_rx *rx = add_rx(b, 0, 1);
	add_source(b, 0, rx, random_in(&b->z, 1, PS_PER_US));
	struct ring *in = &rx->queue[0];
	uint32_t shift = (uint32_t)random_in(&b->z, 0, 2);
	for (uint32_t i = 0; i < stages; i++) {
		struct task *t = add_task(b, cores[(i + shift) % n_cores], in, 1);
		if (one_in(&b->z, 3))
			choose_buffer(b, t);
		if (i + 1 == stages) {
			end_in_sinks(b, t);
			return;
		}
		in = net_ring(b->net, "ring", (uint32_t)random_in(&b->z, 1, 64));
		choose_ring_port(b, &t->out[0], in);
	}
}

/* Several receive queues, a core each, into one ring that one core drains. */
static void a_merge(struct bench *b)
{
	uint32_t queues = (uint32_t)random_in(&b->z, 2, MAX_TASKS - 1);
	struct nic_rx *rx = add_rx(b, 0, queues);
	rx->steering = one_in(&b->z, 2) ? STEER_ROUND_ROBIN : STEER_RSS;
	add_source(b, 0, rx, random_in(&b->z, 1, PS_PER_US));
	struct core *last = net_core(b->net, "last", 1e9);
	struct ring *r = net_ring(b->net, "ring", (uint32_t)random_in(&b->z, 1, 64));
	end_in_sinks(b, add_task(b, last, r, 1));
	for (uint32_t i = 0; i < queues; i++) {
		struct task *t = add_task(b, net_core(b->net, "core", 1e9), &rx->queue[i], 1);
		if (one_in(&b->z, 3))
			choose_buffer(b, t);
		choose_ring_port(b, &t->out[0], r);
	}
}

static void choose_interrupts(struct bench *b, struct core *c)
{
	c->interrupt = true;
	if (!one_in(&b->z, 4))
		c->wake_delay_ps = some_ps(b, 0, 20 * PS_PER_US);
	if (one_in(&b->z, 2))
		c->moderation_ps = some_ps(b, 0, 20 * PS_PER_US);
	if (one_in(&b->z, 2))
		c->linger_ps = some_ps(b, 1, 5 * PS_PER_US);
	if (one_in(&b->z, 2))
		c->wake_fine = some_cost(b, PS_PER_US);
}

/* Receive queues and rings between cores, some of which sleep. */
static void some_interrupts(struct bench *b)
{
	uint32_t queues = (uint32_t)random_in(&b->z, 1, MAX_TASKS / 2);
	uint32_t n_cores = (uint32_t)random_in(&b->z, 1, 3);
	struct core *cores[3];
	for (uint32_t i = 0; i < n_cores; i++) {
		cores[i] = net_core(b->net, "core", 1e9);
		if (!one_in(&b->z, 4))
			choose_interrupts(b, cores[i]);
	}
	struct nic_rx *rx = add_rx(b, 0, queues);
	rx->steering = one_in(&b->z, 2) ? STEER_ROUND_ROBIN : STEER_RSS;
	add_source(b, 0, rx, random_in(&b->z, 1, 4 * PS_PER_US));
	for (uint32_t i = 0; i < queues || i < n_cores; i++) {
		struct core *c = cores[i % n_cores];
		if (i >= queues && c->n_tasks)
			continue;
		bool last = i >= queues || one_in(&b->z, 2);
		struct ring *in = i < queues ? &rx->queue[i] : net_ring(b->net, "idle", 1);
		struct task *t = add_task(b, c, in, 1);
		if (last) {
			end_in_sinks(b, t);
			continue;
		}
		struct ring *r = net_ring(b->net, "ring", (uint32_t)random_in(&b->z, 1, 64));
		choose_ring_port(b, &t->out[0], r);
		end_in_sinks(b, add_task(b, cores[random_in(&b->z, 0, n_cores - 1)], r, 1));
	}
}

static void many(void (*build)(struct bench *), uint64_t first, uint64_t cases)
{
	struct bench *b = xcalloc(1, sizeof *b);
	for (uint64_t seed = first; seed < first + cases; seed++) {
		for (int together = 0; together < 2; together++) {
			start_bench(b, seed);
			b->net->together = together;
			build(b);
			run_both(b, seed);
		}
	}
	free(b);
}

static void poll_loops_match_every_poll(void **state)
{
	(void)state;
	many(a_poll_loop, 1, 400);
}

static void flush_timers_match_every_poll(void **state)
{
	(void)state;
	many(a_flush_timer, 10001, 600);
}

static void round_robin_matches_every_poll(void **state)
{
	(void)state;
	many(a_round_robin, 20001, 400);
}

static void chains_match_every_poll(void **state)
{
	(void)state;
	many(a_chain, 30001, 500);
}

static void merges_match_every_poll(void **state)
{
	(void)state;
	many(a_merge, 40001, 300);
}

static void interrupts_match_every_poll(void **state)
{
	(void)state;
	many(some_interrupts, 50001, 500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(poll_loops_match_every_poll),
		cmocka_unit_test(flush_timers_match_every_poll),
		cmocka_unit_test(round_robin_matches_every_poll),
		cmocka_unit_test(chains_match_every_poll),
		cmocka_unit_test(merges_match_every_poll),
		cmocka_unit_test(interrupts_match_every_poll),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
