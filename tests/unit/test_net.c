/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whole nets: nothing vanishes, idle ones do nothing, overloaded ones deliver what they can
 *
 * Conservation is checked from outside: how many frames the sources sent is known, each carries a
 * number, and when all is quiet every one has arrived once or was dropped once.
 */
#include "tests/unit/nets.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#define MAX_PARTS 8
#define MAX_RECORDS 3000
/* Replayed records start over after the last one, which therefore lies beyond the end of a test. */
#define NEVER_REACHED_PS PS_PER_S

struct maze {
	uint64_t z;
	struct net *net;
	struct core *cores[MAX_PARTS];
	uint32_t n_cores;
	struct source_record records[MAX_PARTS][MAX_RECORDS + 1];
	uint32_t n_sources, sent;
	struct trace traces[4 * MAX_PARTS];
	uint32_t n_traces;
	struct nic_card *card;
};

static struct core *some_core(struct maze *m)
{
	return m->cores[random_in(&m->z, 0, m->n_cores - 1)];
}

static fine_t some_cost(struct maze *m, int64_t max_ps)
{
	return random_in(&m->z, 0, max_ps * FINE_PER_PS);
}

static void add_cores(struct maze *m)
{
	m->n_cores = (uint32_t)random_in(&m->z, 1, MAX_PARTS);
	for (uint32_t i = 0; i < m->n_cores; i++) {
		struct core *c = m->cores[i] = net_core(m->net, "core", 1e9);
		c->interrupt = one_in(&m->z, 3);
		c->wake_delay_ps = random_in(&m->z, 0, 10 * PS_PER_US);
		c->moderation_ps = random_in(&m->z, 0, 10 * PS_PER_US);
		c->linger_ps = one_in(&m->z, 2) ? random_in(&m->z, 0, 10 * PS_PER_US) : 0;
		c->wake_fine = some_cost(m, PS_PER_US);
	}
}

static struct nic_rx *some_rx(struct maze *m, uint32_t number)
{
	char name[32];
	snprintf(name, sizeof name, "pnic%" PRIu32, number);
	struct nic_rx *rx = net_rx(
		m->net, name, (uint32_t)random_in(&m->z, 1, 4), (uint32_t)random_in(&m->z, 1, 100));
	rx->steering = (enum steering)random_in(&m->z, STEER_RSS, STEER_DIRECT);
	rx->dma_ps = random_in(&m->z, 0, PS_PER_US);
	rx->buffer_B = (uint32_t)random_in(&m->z, 2000, 100000);
	if (one_in(&m->z, 3))
		rx->port = net_card(m->net, (double)random_in(&m->z, 1000000, 20000000));
	if (one_in(&m->z, 3))
		rx->card = m->card;
	return rx;
}

static void some_source(struct maze *m, struct nic_rx *rx)
{
	struct source_record *r = m->records[m->n_sources];
	uint32_t n = (uint32_t)random_in(&m->z, 1, MAX_RECORDS);
	ps_t at = 0, gap = random_in(&m->z, 1, PS_PER_US);
	for (uint32_t i = 0; i < n; i++) {
		at += one_in(&m->z, 4) ? random_in(&m->z, 0, 4 * gap) : 0;
		r[i] = (struct source_record){at, (uint32_t)random_in(&m->z, 64, 1518), m->sent++};
	}
	r[n] = (struct source_record){NEVER_REACHED_PS, 64, 0};
	char name[32];
	snprintf(name, sizeof name, "gen%" PRIu32, m->n_sources++);
	struct source_spec spec = replay_of(r, n + 1);
	net_source(m->net, name, &spec, rx, wire_of(1e10, random_in(&m->z, 0, PS_PER_US)));
}

static void some_port(struct maze *m, struct port *p, struct ring *next);

/* A task that reads a ring; what it does with packets is up to chance, as long as they get on. */
static void some_task(struct maze *m, struct ring *in, struct ring *next)
{
	char name[32];
	snprintf(name, sizeof name, "task%" PRIu32, m->net->tasks.n);
	uint32_t n_out = (uint32_t)random_in(&m->z, 1, 3);
	struct task *t =
		net_task(m->net, some_core(m), name, in, (uint32_t)random_in(&m->z, 1, 64), n_out);
	t->split = n_out == 1 ? SPLIT_NONE
			      : (enum split)random_in(&m->z, SPLIT_ROUND_ROBIN, SPLIT_FLOW);
	t->law = (struct law){.poll_fine = some_cost(m, 100000),
		.burst_fine = some_cost(m, 100000),
		.packet_fine = some_cost(m, 100000),
		.byte_fine = some_cost(m, 50)};
	t->unsent.packet_fine = random_in(&m->z, 0, t->law.packet_fine);
	t->send_fine = some_cost(m, 10000);
	if (one_in(&m->z, 2))
		t->txbuf = (struct txbuf){.threshold = (uint32_t)random_in(&m->z, 1, 64),
			.bypass = one_in(&m->z, 3),
			.adaptive = one_in(&m->z, 3),
			.timer_ps = random_in(&m->z, 1, 100 * PS_PER_US),
			.after_first = one_in(&m->z, 2),
			.check_every = (uint32_t)random_in(&m->z, 0, 16)};
	for (uint32_t i = 0; i < n_out; i++)
		some_port(m, &t->out[i], next);
}

/* Onwards into the ring (NULL: there is none), or out of the net. */
static void some_port(struct maze *m, struct port *p, struct ring *next)
{
	static const struct port_ops *const ops[] = {
		&ring_port_drop, &ring_port_stall, &ring_port_reserve};
	p->retries = (uint32_t)random_in(&m->z, 0, 4);
	p->retry_wait_ps = random_in(&m->z, 1, PS_PER_US);
	if (next && !one_in(&m->z, 4)) {
		p->ops = ops[random_in(&m->z, 0, 2)];
		p->ring = next;
	} else {
		trace_attach(m->net, p, &m->traces[m->n_traces++]);
	}
}

/* A port onto a wire: to the tester, or to another port whose queues some task reads. */
static void some_hop(struct maze *m, struct ring *in)
{
	struct wire *wire = net_wire(m->net, 1e10, random_in(&m->z, 0, PS_PER_US));
	struct txq *q = net_txq(m->net, "pnic", (uint32_t)random_in(&m->z, 1, 256), wire);
	q->dma_ps = random_in(&m->z, 0, PS_PER_US);
	struct task *t = net_task(m->net, some_core(m), "hop", in, 32, 1);
	t->law.packet_fine = some_cost(m, 100000);
	t->law.poll_fine = some_cost(m, 100000);
	t->out[0].ops = &pnic_port;
	t->out[0].txq = q;
	if (one_in(&m->z, 2)) {
		q->sink = net_sink(m->net);
		return;
	}
	q->far = some_rx(m, m->net->rxs.n);
	for (uint32_t i = 0; i < q->far->n; i++)
		some_task(m, &q->far->queue[i], NULL);
}

static void build_maze(struct maze *m, uint64_t seed)
{
	*m = (struct maze){.z = seed * UINT64_C(0x9e3779b97f4a7c15), .net = net_new(seed, 0)};
	m->net->together = one_in(&m->z, 2);
	m->card = net_card(m->net, 1.5e7);
	add_cores(m);
	struct ring *last = net_ring(m->net, "last", (uint32_t)random_in(&m->z, 1, 100));
	struct ring *middle = net_ring(m->net, "middle", (uint32_t)random_in(&m->z, 1, 100));
	some_hop(m, last);
	some_task(m, middle, last);
	uint32_t ports = (uint32_t)random_in(&m->z, 1, 2);
	for (uint32_t i = 0; i < ports; i++) {
		struct nic_rx *rx = some_rx(m, i);
		for (uint32_t q = 0; q < rx->n; q++)
			some_task(m, &rx->queue[q], one_in(&m->z, 2) ? middle : last);
		some_source(m, rx);
		if (one_in(&m->z, 3))
			some_source(m, rx);
	}
	net_start(m->net);
}

static void each_arrived_once(const struct maze *m)
{
	bool *seen = xcalloc(m->sent, sizeof *seen);
	for (uint32_t i = 0; i < m->n_traces; i++)
		for (size_t k = 0; k < m->traces[i].n; k++) {
			const struct departure *d = &m->traces[i].at[k];
			assert_true(d->flow < m->sent && !seen[d->flow]);
			assert_true(d->left_ps >= d->stamp_ps);
			seen[d->flow] = true;
		}
	free(seen);
}

/* Frames that a port has no buffer for count as soon as they are drawn, so some of these may
 * belong to the time after the end. */
static uint64_t turned_away(const struct maze *m)
{
	uint64_t n = 0;
	for (uint32_t i = 0; i < m->net->rxs.n; i++)
		n += ((const struct nic_rx *)m->net->rxs.item[i])->overrun;
	return n < SOURCE_BLOCK * m->n_sources ? n : SOURCE_BLOCK * m->n_sources;
}

static void nothing_vanishes(void **state)
{
	(void)state;
	struct maze *m = xcalloc(1, sizeof *m);
	for (uint64_t seed = 1; seed <= 150; seed++) {
		build_maze(m, seed);
		for (int i = 0; i < 10; i++) {
			net_run(m->net, m->net->now_ps + random_in(&m->z, 0, PS_PER_MS));
			net_check(m->net);
		}
		net_run(m->net, NEVER_REACHED_PS - 1);
		net_check(m->net);
		struct net_totals t = net_totals(m->net);
		assert_true(t.offered >= m->sent && t.offered <= m->sent + turned_away(m));
		assert_int_equal(t.in_flight, 0);
		assert_int_equal(t.delivered + t.dropped, t.offered);
		each_arrived_once(m);
		net_free(m->net);
		for (uint32_t i = 0; i < m->n_traces; i++)
			trace_free(&m->traces[i]);
	}
	free(m);
}

/* What the sources offered up to an instant, drawn a second time. */
static void offered_is_what_the_source_sent(void **state)
{
	(void)state;
	static const uint32_t sizes_B[] = {64, 1518};
	static const double weights[] = {3, 1};
	for (int kind = ARRIVALS_CBR; kind <= ARRIVALS_ONOFF; kind++) {
		struct source_spec spec = poisson_of(1.234e6);
		spec.arrivals = (enum arrivals)kind;
		spec.on_ps = spec.off_ps = 1e7;
		spec.sizes_B = sizes_B;
		spec.weights = weights;
		spec.n_sizes = 2;
		spec.tester_burst = 1 + 6 * (uint32_t)kind;
		const struct wire wire = wire_of(1e10, 12345);
		struct net *net = net_new(1, 2);
		struct nic_rx *rx = net_rx(net, "pnic0", 1, 100);
		net_source(net, "gen", &spec, rx, wire);
		into_sink(net, &server_of(net, "server", &rx->queue[0], 600000)->out[0]);
		net_start(net);
		struct source again = {.wire = wire};
		source_init(&again, &spec, "gen", 1, 2);
		source_draw(&again);
		uint64_t sent = 0;
		for (int i = 1; i <= 1000; i++) {
			net_run(net, i * PS_PER_US * 7);
			while (again.ready[again.next_ready].land_ps <= net->now_ps) {
				sent++;
				if (++again.next_ready == again.n_ready)
					source_draw(&again);
			}
			assert_int_equal(net_totals(net).offered, sent);
		}
		assert_true(sent > 7000);
		source_free(&again);
		net_free(net);
	}
}

/* Without traffic cores park, whatever timers they have, and nothing happens any more. */
static void without_traffic_nothing_happens(void **state)
{
	(void)state;
	struct net *net = net_new(1, 0);
	struct source_spec spec = poisson_of(0);
	struct nic_rx *rx = net_rx(net, "pnic0", 3, 64);
	net_source(net, "gen", &spec, rx, wire_of(1e10, 0));
	for (uint32_t i = 0; i < 3; i++) {
		struct core *c = net_core(net, "core", 1e9);
		c->interrupt = i == 1;
		struct task *t = net_task(net, c, "task", &rx->queue[i], 32, 1);
		t->law.poll_fine = i == 2 ? 0 : fine_of_ps(30000);
		t->txbuf =
			(struct txbuf){.threshold = 32, .timer_ps = PS_PER_MS, .check_every = 16};
		into_sink(net, &t->out[0]);
	}
	net_start(net);
	net_run(net, 2 * PS_PER_S);
	for (uint32_t i = 0; i < 3; i++)
		assert_true(((struct core *)net->cores.item[i])->steps <= 2);
	struct net_totals t = net_totals(net);
	assert_true(t.offered == 0 && t.delivered == 0 && t.dropped == 0 && t.in_flight == 0);
	net_free(net);
}

/* More than it can carry: a chain delivers what its slowest stage can, give or take a burst. */
static void overload_shows_the_slowest_stage(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 20; seed++) {
		uint64_t z = seed;
		struct net *net = net_new(seed, 0);
		struct source_spec spec = cbr_of(20e6);
		struct ring *in = queue_of(net, &spec, 512);
		double slowest_ps = 0;
		struct task *t = NULL;
		for (int i = 0; i < 3; i++) {
			t = net_task(net, net_core(net, "core", 1e9), "task", in, 32, 1);
			t->law = (struct law){.poll_fine = fine_of_ps(20000),
				.burst_fine = fine_of_ps((double)random_in(&z, 0, 500000)),
				.packet_fine = fine_of_ps((double)random_in(&z, 50000, 200000))};
			double burst_ps = (double)(t->law.poll_fine + t->law.burst_fine +
						   32 * t->law.packet_fine) /
					  (double)FINE_PER_PS;
			slowest_ps = burst_ps > slowest_ps ? burst_ps : slowest_ps;
			in = net_ring(net, "ring", 512);
			into_ring(&t->out[0], in);
		}
		into_sink(net, &t->out[0]);
		net_start(net);
		net_run(net, PS_PER_MS);
		uint64_t before = t->out[0].sink->packets;
		net_run(net, 101 * PS_PER_MS);
		double want = 32 * 100 * (double)PS_PER_MS / slowest_ps;
		double got = (double)(t->out[0].sink->packets - before);
		assert_true(got >= want - 32 && got <= want + 32);
		net_free(net);
	}
}

__extension__ typedef __int128 wide_t;

/* Pauses that go beyond what a parked core reckons in one go: each packet leaves a burst's cost
 * after the first poll that sees it. */
static void pauses_of_seconds(void **state)
{
	(void)state;
	const fine_t poll = fine_of_ps(30000.123), packet = fine_of_ps(70000.77);
	struct source_record records[9];
	for (int i = 0; i < 9; i++)
		records[i] = (struct source_record){(i * i + 1) * PS_PER_S / 3 + 7 * i, 64, 0};
	struct source_spec spec = replay_of(records, 9);
	struct net *net = net_new(1, 0);
	struct task *t = server_of(net, "server", queue_of(net, &spec, 4), 0);
	t->law = (struct law){.poll_fine = poll, .packet_fine = packet};
	struct trace trace = {.n = 0};
	trace_attach(net, &t->out[0], &trace);
	net_start(net);
	net_run(net, 22 * PS_PER_S);
	assert_int_equal(trace.n, 9);
	wide_t now = 0;
	for (int i = 0; i < 9; i++) {
		wide_t wait = ((wide_t)records[i].at_ps << FINE_BITS) - now;
		now += (wait + poll - 1) / poll * poll + poll + packet;
		assert_true(trace.at[i].left_ps == (ps_t)(now >> FINE_BITS));
	}
	net_free(net);
	trace_free(&trace);
}

/* The same for a core that sleeps: it wakes for each packet, and for nothing else. */
static void sleeps_of_seconds(void **state)
{
	(void)state;
	struct source_record records[9];
	for (int i = 0; i < 9; i++)
		records[i] = (struct source_record){(i * i + 1) * PS_PER_S / 3 + 7 * i, 64, 0};
	struct source_spec spec = replay_of(records, 9);
	struct net *net = net_new(1, 0);
	struct task *t = server_of(net, "server", queue_of(net, &spec, 4), 70000);
	t->core->interrupt = true;
	t->core->wake_delay_ps = 5 * PS_PER_US;
	t->core->wake_fine = fine_of_ps(300000);
	into_sink(net, &t->out[0]);
	net_start(net);
	net_run(net, 22 * PS_PER_S);
	const struct hist *h = &t->out[0].sink->latency_ps;
	assert_int_equal(h->n, 9);
	assert_true(h->min == 5370000 && h->max == 5370000);
	assert_int_equal(t->core->wakes, 9);
	net_free(net);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_vanishes),
		cmocka_unit_test(offered_is_what_the_source_sent),
		cmocka_unit_test(without_traffic_nothing_happens),
		cmocka_unit_test(overload_shows_the_slowest_stage),
		cmocka_unit_test(pauses_of_seconds),
		cmocka_unit_test(sleeps_of_seconds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
