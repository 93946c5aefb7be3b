/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A poll loop that takes bursts, against its exact Markov chain
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tests/unit/exact.h"
#include "tests/unit/loopchain.h"

#define UNIT_PS 1e6

/* Values of the same chain, computed independently; and how many packets it takes to tell. */
static const struct {
	struct loop loop;
	struct loop_outcome exact;
	double packets;
} vectors[] = {
	{{0.5, 64, 32, 0.2, 1, 0.5}, {2.3682908, 0, 1.2888112, 0.36204558}, 4e6},
	{{1.5, 128, 32, 0.2, 1, 0.5}, {7.5642934, 0, 6.0756437, 0.0031125793}, 4e6},
	{{1.9, 128, 32, 0.2, 1, 0.5}, {57.82619, 0.0105245, 31.334413, 2.6e-7}, 6e7},
	{{1.2, 32, 8, 0.1, 0.6, 0.7}, {9.6753289, 0.000865452, 4.8035527, 0.010967642}, 3e7},
	{{0.7, 256, 1, 0.35, 0, 1}, {2.3416667, 0, 1, 0.3}, 6e6},
	{{2.5, 128, 32, 0.2, 1, 0.5}, {78.347395, 0.247059, 32, 0}, 2e6},
};

#define N_VECTORS (sizeof vectors / sizeof *vectors)

/* To the digits that the values were noted with. */
static void the_chain_gives_the_noted_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_VECTORS; i++) {
		struct loop_outcome got = loop_solve(&vectors[i].loop), want = vectors[i].exact;
		assert_near(got.sojourn, want.sojourn, 1e-7);
		assert_near(got.batch, want.batch, 1e-7);
		if (want.idle > 1e-6)
			assert_near(got.idle, want.idle, 1e-7);
		else
			assert_true(fabs(got.idle - want.idle) < 5e-9);
		if (want.loss > 0)
			assert_near(got.loss, want.loss, 5e-6);
		else
			assert_true(fabs(got.loss) < 1e-12);
	}
}

static struct task *poll_loop(struct net *net, const struct loop *l)
{
	struct nic_rx *rx = net_rx(net, "pnic0", 1, l->r);
	struct source_spec spec = poisson_of(l->lambda * PS_PER_S / UNIT_PS);
	net_source(net, "gen", &spec, rx, NO_WIRE);
	struct task *t = net_task(net, net_core(net, "core", 1e9), "loop", &rx->queue[0], l->b, 1);
	t->law.poll_fine = fine_of_ps(l->t0 * UNIT_PS);
	t->law.burst_fine = fine_of_ps((l->ts - l->t0) * UNIT_PS);
	t->law.packet_fine = fine_of_ps(l->tp * UNIT_PS);
	into_sink(net, &t->out[0]);
	net_start(net);
	return t;
}

static void the_engine_runs_the_chain(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_VECTORS; i++) {
		const struct loop *l = &vectors[i].loop;
		struct loop_outcome want = loop_solve(l);
		struct net *net = net_new(1, (uint32_t)i);
		struct task *t = poll_loop(net, l);
		struct measured m = measure(
			net, t->out[0].sink, l->lambda * PS_PER_S / UNIT_PS, vectors[i].packets);
		m.sojourn_ps.value /= UNIT_PS;
		m.sojourn_ps.half /= UNIT_PS;
		assert_exact(m.sojourn_ps, want.sojourn, 0.003);
		if (want.loss > 1e-3)
			assert_exact(m.loss, want.loss, 0.01);
		else if (want.loss > 1e-4)
			assert_exact(m.loss, want.loss, 0.05);
		else
			assert_true(m.loss.value == 0);
		assert_near((double)t->packets / (double)t->bursts, want.batch, 0.003);
		double idle = 1 - (double)t->busy_ps / (double)net->now_ps;
		if (want.idle > 1e-3)
			assert_near(idle, want.idle, 0.01);
		else
			assert_true(idle < 1e-5);
		net_free(net);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_chain_gives_the_noted_values),
		cmocka_unit_test(the_engine_runs_the_chain),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
