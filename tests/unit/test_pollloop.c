/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A poll loop that takes bursts, against its exact Markov chain
 *
 * Poisson arrivals at rate lambda fill a ring of r packets. Each poll takes k packets, at most b;
 * their room is free at once; the poll lasts t0 when k = 0 and ts + k tp otherwise; then the k
 * packets leave. Seen at the starts of polls, the ring's content is a Markov chain on 0..r. Its
 * stationary law gives loss, mean batch and, with Little's law over a poll, the mean sojourn.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tests/unit/exact.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>

#define MAX_RING 256
#define UNIT_PS 1e6

struct loop {
	double lambda;
	unsigned r, b;
	double t0, ts, tp;
};

struct outcome {
	double sojourn, loss, batch, idle;
};

/* Values of the same chain, computed independently; and how many packets it takes to tell. */
static const struct {
	struct loop loop;
	struct outcome exact;
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

static unsigned taken(const struct loop *l, unsigned x)
{
	return x < l->b ? x : l->b;
}

static double lasts(const struct loop *l, unsigned k)
{
	return k ? l->ts + k * l->tp : l->t0;
}

/* P(Poisson(mean) >= n) */
static double tail(unsigned n, double mean)
{
	return n ? gsl_cdf_poisson_Q(n - 1, mean) : 1;
}

static void transitions(const struct loop *l, double p[MAX_RING + 1][MAX_RING + 1])
{
	for (unsigned x = 0; x <= l->r; x++) {
		unsigned stay = x - taken(l, x);
		double mean = l->lambda * lasts(l, taken(l, x));
		for (unsigned y = 0; y <= l->r; y++)
			p[x][y] = y < stay ? 0 : gsl_ran_poisson_pdf(y - stay, mean);
		p[x][l->r] = tail(l->r - stay, mean);
	}
}

/* pi = pi P by the elimination of Grassmann, Taksar and Heyman: no subtractions. Uses p up. */
static void stationary(unsigned n, double p[MAX_RING + 1][MAX_RING + 1], double *pi)
{
	for (unsigned k = n - 1; k > 0; k--) {
		double out = 0;
		for (unsigned j = 0; j < k; j++)
			out += p[k][j];
		for (unsigned i = 0; i < k; i++) {
			p[i][k] /= out;
			for (unsigned j = 0; j < k; j++)
				p[i][j] += p[i][k] * p[k][j];
		}
	}
	double sum = pi[0] = 1;
	for (unsigned k = 1; k < n; k++) {
		pi[k] = 0;
		for (unsigned i = 0; i < k; i++)
			pi[k] += pi[i] * p[i][k];
		sum += pi[k];
	}
	for (unsigned k = 0; k < n; k++)
		pi[k] /= sum;
}

/* Sums over one poll that starts with x packets waiting. */
struct poll {
	double time, arrivals, lost, packet_time;
};

static struct poll one_poll(const struct loop *l, unsigned x)
{
	unsigned k = taken(l, x), room = l->r - (x - k);
	double t = lasts(l, k), mean = l->lambda * t, accepted = 0, waiting = 0;
	for (unsigned j = 1; j <= room; j++) {
		accepted += tail(j, mean); /* expected number of arrivals among the first j */
		waiting += t - accepted / l->lambda;
	}
	return (struct poll){t, mean, mean - accepted, x * t + waiting};
}

static struct outcome solve(const struct loop *l)
{
	double(*p)[MAX_RING + 1] = xcalloc(MAX_RING + 1, sizeof *p);
	double pi[MAX_RING + 1];
	transitions(l, p);
	stationary(l->r + 1, p, pi);
	free(p);
	struct poll sum = {0, 0, 0, 0};
	double batches = 0, packets = 0;
	for (unsigned x = 0; x <= l->r; x++) {
		struct poll one = one_poll(l, x);
		sum.time += pi[x] * one.time;
		sum.arrivals += pi[x] * one.arrivals;
		sum.lost += pi[x] * one.lost;
		sum.packet_time += pi[x] * one.packet_time;
		batches += x ? pi[x] : 0;
		packets += pi[x] * taken(l, x);
	}
	return (struct outcome){sum.packet_time / (sum.arrivals - sum.lost),
		sum.lost / sum.arrivals, packets / batches, pi[0] * l->t0 / sum.time};
}

/* To the digits that the values were noted with. */
static void the_chain_gives_the_noted_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_VECTORS; i++) {
		struct outcome got = solve(&vectors[i].loop), want = vectors[i].exact;
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
		struct outcome want = solve(l);
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
