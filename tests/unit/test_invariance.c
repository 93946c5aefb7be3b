/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Changes that must not matter: each is made, and no departure may move by a picosecond
 */
#include "tests/unit/nets.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

/* Replayed records start over after the last one, which therefore lies beyond the end of a test. */
#define NEVER_REACHED_PS (10 * PS_PER_S)

/* A chain of a rx queue and two rings; times are multiples of scale. */
struct chain {
	const char *name;
	uint64_t seed;
	const struct source_record *records; /* NULL: Poisson */
	uint32_t n_records;
	uint32_t cap; /* 0: at random */
	int64_t scale;
	struct trace trace;
};

static fine_t whole_cost(struct chain *c, uint64_t *z, int64_t max_ps)
{
	return random_in(z, 1, max_ps) * c->scale * FINE_PER_PS;
}

static void choose_task(struct chain *c, struct task *t, uint64_t *z)
{
	t->law = (struct law){.poll_fine = whole_cost(c, z, 100000),
		.burst_fine = whole_cost(c, z, 100000),
		.packet_fine = whole_cost(c, z, 200000)};
	t->send_fine = whole_cost(c, z, 10000);
	uint32_t threshold = (uint32_t)random_in(z, 1, 32);
	ps_t timer_ps = random_in(z, 1, 100 * PS_PER_US) * c->scale;
	if (one_in(z, 2))
		t->txbuf = (struct txbuf){.threshold = threshold,
			.timer_ps = timer_ps,
			.check_every = (uint32_t)random_in(z, 1, 16)};
}

static void add_chain(struct net *net, struct chain *c)
{
	uint64_t z = c->seed;
	char name[64];
	struct core *cores[2] = {net_core(net, c->name, 1e9), net_core(net, c->name, 1e9)};
	struct nic_rx *rx =
		net_rx(net, c->name, 1, c->cap ? c->cap : (uint32_t)random_in(&z, 1, 64));
	struct source_spec spec =
		c->records ? replay_of(c->records, c->n_records) : poisson_of(1.5e6);
	net_source(net, c->name, &spec, rx, NO_WIRE);
	struct ring *in = &rx->queue[0];
	for (int i = 0; i < 3; i++) {
		snprintf(name, sizeof name, "%s.task%d", c->name, i);
		struct task *t = net_task(net, cores[random_in(&z, 0, 1) | (i == 1)], name, in,
			(uint32_t)random_in(&z, 1, 32), 1);
		choose_task(c, t, &z);
		if (i == 2) {
			trace_attach(net, &t->out[0], &c->trace);
			break;
		}
		in = net_ring(net, name, c->cap ? c->cap : (uint32_t)random_in(&z, 1, 64));
		t->out[0].ops = one_in(&z, 2) ? &ring_port_drop : &ring_port_stall;
		t->out[0].ring = in;
		t->out[0].retries = 3;
		t->out[0].retry_wait_ps = random_in(&z, 1, PS_PER_US) * c->scale;
	}
}

/* Random phases of timers are drawn anew as multiples of scale. */
static void phases(struct net *net, int64_t scale)
{
	uint64_t z = 1;
	for (uint32_t i = 0; i < net->tasks.n; i++)
		((struct task *)net->tasks.item[i])->deadline_ps =
			random_in(&z, 0, 100 * PS_PER_US) * scale;
}

static void run_chains(struct chain *const *chains, uint32_t n, ps_t end_ps)
{
	struct net *net = net_new(5, 0);
	for (uint32_t i = 0; i < n; i++)
		add_chain(net, chains[i]);
	net_start(net);
	net_run(net, end_ps);
	net_check(net);
	net_free(net);
}

/* Disjoint chains know nothing of each other: alone, first or second, with the same draws. */
static void disjoint_chains_do_not_matter_to_each_other(void **state)
{
	(void)state;
	const ps_t end = 2 * PS_PER_MS;
	for (uint64_t seed = 1; seed <= 30; seed++) {
		struct chain a[3], b[3];
		for (int i = 0; i < 3; i++) {
			a[i] = (struct chain){.name = "a", .seed = seed, .scale = 1};
			b[i] = (struct chain){.name = "b", .seed = seed + 1000, .scale = 1};
		}
		run_chains((struct chain *[]){&a[0]}, 1, end);
		run_chains((struct chain *[]){&b[0]}, 1, end);
		run_chains((struct chain *[]){&a[1], &b[1]}, 2, end);
		run_chains((struct chain *[]){&b[2], &a[2]}, 2, end);
		assert_true(a[0].trace.n > 100 && b[0].trace.n > 100);
		for (int i = 1; i < 3; i++) {
			assert_true(trace_same(&a[i].trace, &a[0].trace));
			assert_true(trace_same(&b[i].trace, &b[0].trace));
		}
		assert_false(trace_same(&a[0].trace, &b[0].trace));
		for (int i = 0; i < 3; i++) {
			trace_free(&a[i].trace);
			trace_free(&b[i].trace);
		}
	}
}

static struct trace run_scaled(uint64_t seed, int64_t scale)
{
	struct source_record records[1001];
	uint64_t z = seed;
	ps_t at = 0;
	for (int i = 0; i < 1000; i++) {
		at += one_in(&z, 20) ? random_in(&z, 0, 30 * PS_PER_US)
				     : random_in(&z, 0, PS_PER_US);
		records[i] = (struct source_record){at * scale, 64, (uint32_t)i};
	}
	records[1000] = (struct source_record){NEVER_REACHED_PS * scale, 64, 0};
	struct chain c = {
		.name = "a", .seed = seed, .records = records, .n_records = 1001, .scale = scale};
	struct net *net = net_new(1, 0);
	add_chain(net, &c);
	net_start(net);
	phases(net, scale);
	net_run(net, 10 * PS_PER_MS * scale);
	net_check(net);
	net_free(net);
	return c.trace;
}

/* All times an integer factor longer: so are all latencies, exactly. */
static void times_scale(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 50; seed++) {
		struct trace one = run_scaled(seed, 1), seven = run_scaled(seed, 7);
		assert_int_equal(one.n, seven.n);
		for (size_t i = 0; i < one.n; i++) {
			assert_int_equal(one.at[i].flow, seven.at[i].flow);
			assert_true(one.at[i].left_ps * 7 == seven.at[i].left_ps);
		}
		trace_free(&one);
		trace_free(&seven);
	}
}

/* As long as nothing finds a ring full, its size is of no consequence. */
static void room_to_spare_does_not_matter(void **state)
{
	(void)state;
	const uint32_t caps[] = {3000, 3001, 20000};
	for (uint64_t seed = 1; seed <= 20; seed++) {
		struct chain c[3];
		for (int i = 0; i < 3; i++) {
			c[i] = (struct chain){
				.name = "a", .seed = seed, .cap = caps[i], .scale = 1};
			run_chains((struct chain *[]){&c[i]}, 1, PS_PER_MS);
			assert_true(trace_same(&c[i].trace, &c[0].trace));
		}
		for (int i = 0; i < 3; i++)
			trace_free(&c[i].trace);
	}
}

/* Polls a ring of its own, in which there is never anything, for nothing. */
static void add_idler(struct net *net, struct core *core)
{
	struct task *t = net_task(net, core, "idler", net_ring(net, "empty", 1), 1, 1);
	into_sink(net, &t->out[0]);
}

/* Hands on at once, for nothing, what is put into the ring that it returns. */
static struct ring *add_null_stage(struct net *net, struct ring *to)
{
	struct ring *in = net_ring(net, "null", 50);
	struct task *t = net_task(net, net_core(net, "null", 1e9), "null", in, 64, 1);
	into_ring(&t->out[0], to);
	return in;
}

static struct task *add_stage(struct net *net, const char *name, struct ring *in, uint64_t *z)
{
	struct task *t = net_task(net, net_core(net, name, 1e9), name, in, 32, 1);
	t->law = (struct law){.poll_fine = random_in(z, FINE_PER_PS, 100000 * FINE_PER_PS),
		.packet_fine = random_in(z, 0, 300000 * FINE_PER_PS)};
	return t;
}

static struct trace run_padded(uint64_t seed, bool nulls)
{
	uint64_t z = seed;
	struct trace trace = {.n = 0};
	struct net *net = net_new(seed, 0);
	struct source_spec spec = poisson_of(2e6);
	struct ring *ring = net_ring(net, "ring", 50);
	struct task *first = add_stage(net, "first", queue_of(net, &spec, 50), &z);
	if (nulls)
		add_idler(net, first->core);
	into_ring(&first->out[0], nulls ? add_null_stage(net, ring) : ring);
	struct task *second = add_stage(net, "second", ring, &z);
	if (nulls)
		add_idler(net, second->core);
	trace_attach(net, &second->out[0], &trace);
	net_start(net);
	net_run(net, 2 * PS_PER_MS);
	net_check(net);
	net_free(net);
	return trace;
}

static void null_stages_do_not_matter(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 50; seed++) {
		struct trace without = run_padded(seed, false), with = run_padded(seed, true);
		assert_true(without.n > 1000 && trace_same(&with, &without));
		trace_free(&without);
		trace_free(&with);
	}
}

/* One stage, or two that share its core and its costs. */
static struct trace run_split(uint64_t seed, bool split)
{
	uint64_t z = seed;
	struct net *net = net_new(seed, 0);
	struct source_spec spec = poisson_of(2e6);
	struct ring *in = queue_of(net, &spec, 50);
	struct core *core = net_core(net, "core", 1e9);
	struct trace trace = {.n = 0};
	struct law law[2], both = {0};
	for (int i = 0; i < 2; i++) {
		law[i] = (struct law){.poll_fine = random_in(&z, 1, 50000 * FINE_PER_PS),
			.burst_fine = random_in(&z, 0, 50000 * FINE_PER_PS),
			.packet_fine = random_in(&z, 0, 200000 * FINE_PER_PS)};
		both.poll_fine += law[i].poll_fine;
		both.burst_fine += law[i].burst_fine;
		both.packet_fine += law[i].packet_fine;
	}
	struct task *t = net_task(net, core, "first", in, 32, 1);
	t->law = both;
	if (split) {
		t->law = law[0];
		into_ring(&t->out[0], net_ring(net, "between", 32));
		t = net_task(net, core, "second", t->out[0].ring, 32, 1);
		t->law = law[1];
	}
	trace_attach(net, &t->out[0], &trace);
	net_start(net);
	net_run(net, 2 * PS_PER_MS);
	net_free(net);
	return trace;
}

static void a_stage_may_be_split_in_two(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 50; seed++) {
		struct trace one = run_split(seed, false), two = run_split(seed, true);
		assert_true(one.n > 1000 && trace_same(&one, &two));
		trace_free(&one);
		trace_free(&two);
	}
}

/* First in, first out, one at a time, no polls to wait for, no drops: with a cheaper stage, drawn
 * alike, no packet leaves later. */
static void a_cheaper_stage_delays_nobody(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 20; seed++) {
		uint64_t z = seed;
		double service_ps[STAGES];
		struct trace trace[2] = {{.n = 0}, {.n = 0}};
		for (int i = 0; i < STAGES; i++)
			service_ps[i] = (double)random_in(&z, 100000, 600000);
		for (int cheaper = 0; cheaper < 2; cheaper++) {
			struct net *net = net_new(seed, 0);
			struct source_spec spec = poisson_of(1.5e6);
			service_ps[seed % STAGES] *= cheaper ? 0.9 : 1;
			chain_of(net, queue_of(net, &spec, AMPLE), service_ps, COST_EXPONENTIAL,
				&trace[cheaper]);
			net_run(net, 2 * PS_PER_MS);
			net_free(net);
		}
		assert_true(trace[1].n >= trace[0].n && trace[0].n > 1000);
		for (size_t i = 0; i < trace[0].n; i++)
			assert_true(trace[1].at[i].left_ps <= trace[0].at[i].left_ps);
		trace_free(&trace[0]);
		trace_free(&trace[1]);
	}
}

/* What a generator sends, recorded and replayed over the same wire. */
static void a_replay_is_the_generator(void **state)
{
	(void)state;
	static const uint32_t sizes_B[] = {64, 1518};
	static const double weights[] = {3, 1};
	struct source_spec spec = poisson_of(2e6);
	spec.sizes_B = sizes_B;
	spec.weights = weights;
	spec.n_sizes = 2;
	spec.flows = 1000;
	struct source_record records[4001];
	struct source source = {.rx = NULL};
	source_init(&source, &spec, "gen", 1, 0);
	for (int i = 0; i < 4000; i++) {
		if (source.next_ready == source.n_ready)
			source_draw(&source);
		const struct pkt *p = &source.ready[source.next_ready++];
		records[i] = (struct source_record){p->land_ps, p->size_B, p->flow};
	}
	source_free(&source);
	records[4000] = (struct source_record){NEVER_REACHED_PS, 64, 0};
	const struct source_spec specs[] = {spec, replay_of(records, 4001)};
	struct trace trace[2] = {{.n = 0}, {.n = 0}};
	for (int i = 0; i < 2; i++) {
		struct net *net = net_new(1, 0);
		struct nic_rx *rx = net_rx(net, "pnic0", 1, 50);
		net_source(net, "gen", &specs[i], rx, wire_of(1e10, 0));
		struct task *t = server_of(net, "server", &rx->queue[0], 400000);
		trace_attach(net, &t->out[0], &trace[i]);
		net_start(net);
		net_run(net, records[3999].at_ps);
		net_free(net);
	}
	assert_true(trace[0].n > 3000 && trace_same(&trace[0], &trace[1]));
	trace_free(&trace[0]);
	trace_free(&trace[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(disjoint_chains_do_not_matter_to_each_other),
		cmocka_unit_test(times_scale),
		cmocka_unit_test(room_to_spare_does_not_matter),
		cmocka_unit_test(null_stages_do_not_matter),
		cmocka_unit_test(a_stage_may_be_split_in_two),
		cmocka_unit_test(a_cheaper_stage_delays_nobody),
		cmocka_unit_test(a_replay_is_the_generator),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
