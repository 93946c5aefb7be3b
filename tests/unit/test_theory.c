/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The engine against exact results of queueing theory
 *
 * A server is a task that takes packets one at a time and whose polls cost nothing; time unit 1 us.
 * W is the wait before service, T = W + S the sojourn, rho the load.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tests/unit/exact.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>

#define UNIT_PS 1e6

static double pps_of(double per_unit)
{
	return per_unit * PS_PER_S / UNIT_PS;
}

static struct ring *poisson_arrivals(struct net *net, double per_unit, uint32_t cap)
{
	struct source_spec spec = poisson_of(pps_of(per_unit));
	return queue_of(net, &spec, cap);
}

/* Mean sojourn in units. */
static struct interval sojourn(const struct measured *m)
{
	return (struct interval){m->sojourn_ps.value / UNIT_PS, m->sojourn_ps.half / UNIT_PS};
}

/* Pollaczek-Khinchine: W = rho S / (2 (1 - rho)) for constant service. */
static void md1_mean_wait(void **state)
{
	(void)state;
	const double loads[] = {0.5, 0.8}, packets[] = {5e6, 1e7};
	for (int i = 0; i < 2; i++) {
		struct net *net = net_new(1, 0);
		struct task *t =
			server_of(net, "server", poisson_arrivals(net, loads[i], AMPLE), UNIT_PS);
		into_sink(net, &t->out[0]);
		net_start(net);
		struct measured m = measure(net, t->out[0].sink, pps_of(loads[i]), packets[i]);
		struct interval wait = sojourn(&m);
		wait.value -= 1;
		assert_exact(wait, loads[i] / (2 * (1 - loads[i])), 0.005);
		assert_true(m.loss.value == 0);
		net_free(net);
	}
}

static struct task *mm1(struct net *net, double load, uint32_t cap)
{
	struct task *t = server_of(net, "server", poisson_arrivals(net, load, cap), UNIT_PS);
	t->law.spread = COST_EXPONENTIAL;
	into_sink(net, &t->out[0]);
	return t;
}

/* W = rho S / (1 - rho) */
static void mm1_mean_wait(void **state)
{
	(void)state;
	const double loads[] = {0.5, 0.8}, packets[] = {5e6, 2e7};
	for (int i = 0; i < 2; i++) {
		struct net *net = net_new(2, 0);
		struct task *t = mm1(net, loads[i], AMPLE);
		net_start(net);
		struct measured m = measure(net, t->out[0].sink, pps_of(loads[i]), packets[i]);
		struct interval wait = sojourn(&m);
		wait.value -= (double)t->service_ps / (double)t->packets / UNIT_PS;
		assert_exact(wait, loads[i] / (1 - loads[i]), 0.005);
		net_free(net);
	}
}

/* A sink that notes 1 for a sojourn of at most limit_ps, else 0: its mean is a distribution. */
struct share {
	struct sink sink; /* first: ports point to it */
	ps_t limit_ps;
};

static ps_t share_send(struct port *p, struct batch b, ps_t now)
{
	const struct share *s = (const struct share *)p->sink;
	for (uint32_t i = 0; i < b.n; i++) {
		struct pkt kept = *batch_at(&b, i);
		kept.stamp_ps = now - (now - kept.stamp_ps <= s->limit_ps);
		sink_take(p->sink, &kept, now);
	}
	return 0;
}

static const struct port_ops share_port = {.name = "share", .send = share_send};

static void attach_share(struct net *net, struct port *p, struct share *s)
{
	into_sink(net, p);
	net->sinks.item[net->sinks.n - 1] = s;
	p->ops = &share_port;
	p->sink = &s->sink;
}

/* P(W <= t), Erlang's alternating sum. */
static double md1_distribution(double load, double t)
{
	double sum = 0, factorial = 1;
	for (int k = 0; k <= t; k++) {
		factorial *= k ? k : 1;
		sum += pow(-load * (t - k), k) / factorial * exp(load * (t - k));
	}
	return (1 - load) * sum;
}

static void md1_distribution_of_the_wait(void **state)
{
	(void)state;
	double exact = md1_distribution(0.9, 2.5);
	assert_near(exact, 0.4439002979, 1e-9);
	struct share share = {.limit_ps = (ps_t)(3.5 * UNIT_PS)};
	struct net *net = net_new(3, 0);
	struct task *t = server_of(net, "server", poisson_arrivals(net, 0.9, AMPLE), UNIT_PS);
	attach_share(net, &t->out[0], &share);
	net_start(net);
	struct measured m = measure(net, &share.sink, pps_of(0.9), 5e6);
	assert_exact(m.sojourn_ps, exact, 0.005);
	net_free(net);
}

/* P(T > t) = exp(-(mu - lambda) t): here for the point that one packet in ten exceeds. */
static void mm1_distribution_of_the_sojourn(void **state)
{
	(void)state;
	struct share share = {.limit_ps = (ps_t)(log(10) / 0.5 * UNIT_PS)};
	struct net *net = net_new(4, 0);
	struct task *t = mm1(net, 0.5, AMPLE);
	attach_share(net, &t->out[0], &share);
	net_start(net);
	struct measured m = measure(net, &share.sink, pps_of(0.5), 1.2e7);
	struct interval tail = m.sojourn_ps;
	tail.value = 1 - tail.value;
	assert_exact(tail, 0.1, 0.005);
	net_free(net);
}

/* K in the system, K - 1 of them in the ring: loss (1 - rho) rho^K / (1 - rho^(K+1)). */
static void mm1k_loss(void **state)
{
	(void)state;
	const double load = 0.95, k = 8;
	double exact = (1 - load) * pow(load, k) / (1 - pow(load, k + 1));
	assert_near(exact, 0.08971188265, 1e-9);
	struct net *net = net_new(5, 0);
	struct task *t = mm1(net, load, 7);
	net_start(net);
	struct measured m = measure(net, t->out[0].sink, pps_of(load), 8e6);
	assert_exact(m.loss, exact, 0.005);
	net_free(net);
}

/* From the law pi of what a departing packet leaves behind: pi_j = pi_0 a_j + sum of pi_i
 * a_(j-i+1), with a_n = P(n arrivals during a service), gives pi_(j+1). Loss:
 * 1 - 1 / (pi_0 + rho). */
static double md1k_exact(double load, int k)
{
	double pi[64] = {1}, sum = 1;
	for (int j = 0; j + 1 < k; j++) {
		double next = pi[j] - pi[0] * gsl_ran_poisson_pdf((unsigned)j, load);
		for (int i = 1; i <= j; i++)
			next -= pi[i] * gsl_ran_poisson_pdf((unsigned)(j - i + 1), load);
		pi[j + 1] = next / gsl_ran_poisson_pdf(0, load);
		sum += pi[j + 1];
	}
	return 1 - 1 / (pi[0] / sum + load);
}

static void md1k_loss(void **state)
{
	(void)state;
	double exact = md1k_exact(0.95, 8);
	assert_near(exact, 0.04315932596, 1e-9);
	struct net *net = net_new(6, 0);
	struct task *t = server_of(net, "server", poisson_arrivals(net, 0.95, 7), UNIT_PS);
	into_sink(net, &t->out[0]);
	net_start(net);
	struct measured m = measure(net, t->out[0].sink, pps_of(0.95), 6e6);
	assert_exact(m.loss, exact, 0.005);
	net_free(net);
}

/* Service in proportion to size: W = lambda E[S^2] / (2 (1 - rho)); 95 % last 0.4, 5 % last 8. */
static void mg1_bimodal(void **state)
{
	(void)state;
	static const uint32_t sizes_B[] = {64, 1280};
	static const double weights[] = {0.95, 0.05};
	double mean = 0.95 * 0.4 + 0.05 * 8, square = 0.95 * 0.4 * 0.4 + 0.05 * 8 * 8;
	double exact = 0.8 / mean * square / (2 * (1 - 0.8));
	assert_near(exact, 8.59487, 1e-6);
	struct source_spec spec = poisson_of(pps_of(0.8 / mean));
	spec.sizes_B = sizes_B;
	spec.weights = weights;
	spec.n_sizes = 2;
	struct net *net = net_new(7, 0);
	struct task *t = server_of(net, "server", queue_of(net, &spec, AMPLE), 0);
	t->law.byte_fine = fine_of_ps(0.4 / 64 * UNIT_PS);
	into_sink(net, &t->out[0]);
	net_start(net);
	struct measured m = measure(net, t->out[0].sink, spec.rate_pps, 1e7);
	struct interval wait = sojourn(&m);
	wait.value -= (double)t->service_ps / (double)t->packets / UNIT_PS;
	assert_exact(wait, exact, 0.02);
	net_free(net);
}

/* Empty polls of constant length V: W = rho S / (1 - rho) + V / 2. */
static void mm1_with_vacations(void **state)
{
	(void)state;
	const double load = 0.5, vacation = 3;
	struct net *net = net_new(8, 0);
	struct task *t = mm1(net, load, AMPLE);
	t->law.poll_fine = fine_of_ps(vacation * UNIT_PS);
	t->law.burst_fine = -t->law.poll_fine;
	net_start(net);
	struct measured m = measure(net, t->out[0].sink, pps_of(load), 2e6);
	struct interval wait = sojourn(&m);
	wait.value -= (double)t->service_ps / (double)t->packets / UNIT_PS;
	assert_exact(wait, load / (1 - load) + vacation / 2, 0.005);
	net_free(net);
}

/* Boxma and Groenendijk's pseudo-conservation law for a server that visits queues in turn, serves
 * at most one packet a visit and takes r_i to move on; the move is the poll's cost. */
static void polling_one_packet_a_visit(void **state)
{
	(void)state;
	const double rate[] = {0.1, 0.3, 0.2}, service[] = {2, 0.5, 0.75},
		     move[] = {0.1, 0.2, 0.15};
	double load = 0, total_move = 0, squares = 0, second = 0;
	for (int i = 0; i < 3; i++) {
		load += rate[i] * service[i];
		squares += rate[i] * service[i] * rate[i] * service[i];
		second += rate[i] * service[i] * service[i];
		total_move += move[i];
	}
	double want = load * second / (2 * (1 - load)) + load * total_move / 2 +
		      total_move / (2 * (1 - load)) * (load * load + squares);
	struct net *net = net_new(9, 0);
	struct core *core = net_core(net, "core", 1e9);
	for (int i = 0; i < 3; i++) {
		char name[] = {'q', (char)('0' + i), 0};
		struct nic_rx *rx = net_rx(net, name, 1, AMPLE);
		struct source_spec spec = poisson_of(pps_of(rate[i]));
		net_source(net, name, &spec, rx, NO_WIRE);
		struct task *t = net_task(net, core, name, &rx->queue[0], 1, 1);
		t->law.poll_fine = fine_of_ps(move[i] * UNIT_PS);
		t->law.packet_fine = fine_of_ps(service[i] * UNIT_PS);
		into_sink(net, &t->out[0]);
	}
	net_start(net);
	double got[EXACT_BATCHES] = {0};
	for (int k = 0; k < EXACT_BATCHES; k++) {
		ps_t wait_ps[3];
		uint64_t packets[3];
		for (int i = 0; i < 3; i++) {
			wait_ps[i] = core->tasks[i]->wait_ps;
			packets[i] = core->tasks[i]->packets;
		}
		net_run(net, net->now_ps + PS_PER_S / 5);
		for (int i = 0; i < 3; i++) {
			double wait = (double)(core->tasks[i]->wait_ps - wait_ps[i]) / UNIT_PS /
				      (double)(core->tasks[i]->packets - packets[i]);
			got[k] += rate[i] * service[i] * (1 - rate[i] * total_move / (1 - load)) *
				  wait;
		}
	}
	assert_exact(stats_mean(got, EXACT_BATCHES), want, 0.005);
	net_free(net);
}

static double poisson_tail(unsigned n, double mean)
{
	return n ? gsl_cdf_poisson_Q(n - 1, mean) : 1;
}

static struct measured drain_timer(double rate, uint32_t full, double timer, bool after_first)
{
	struct net *net = net_new(10, after_first);
	struct task *t = server_of(net, "server", poisson_arrivals(net, rate, AMPLE), 0);
	t->txbuf = (struct txbuf){
		.threshold = full, .timer_ps = (ps_t)(timer * UNIT_PS), .after_first = after_first};
	into_sink(net, &t->out[0]);
	net_start(net);
	struct measured m = measure(net, t->out[0].sink, pps_of(rate), 4e5);
	net_free(net);
	return m;
}

/* A buffer that is sent when it holds B packets, or T after the first of them. */
static void drain_timer_after_the_first_packet(void **state)
{
	(void)state;
	const double rate = 2, timer = 2.5;
	const unsigned full = 8;
	double delay = 0, sent = 1;
	for (unsigned i = 0; i + 2 <= full; i++)
		delay += (i + 1) * poisson_tail(i + 1, rate * timer) / rate;
	for (unsigned i = 1; i < full; i++)
		sent += poisson_tail(i, rate * timer);
	assert_near(delay / sent, 1.3269, 2e-5);
	struct measured m = drain_timer(rate, full, timer, true);
	assert_exact(sojourn(&m), delay / sent, 0.005);
}

/* The same with a timer that runs freely. */
static void drain_timer_that_runs_freely(void **state)
{
	(void)state;
	const double rate = 2, timer = 2.5;
	const unsigned full = 8;
	double delay = 0;
	for (unsigned i = 0; i < 100; i++)
		delay += i % full * poisson_tail(i + 1, rate * timer) / rate;
	delay /= rate * timer;
	assert_near(delay, 1.152291, 1e-6);
	struct measured m = drain_timer(rate, full, timer, false);
	assert_exact(sojourn(&m), delay, 0.005);
}

/* Sparse packets: they wait for the timer all alone, half its period or the whole of it. */
static void drain_timer_of_lone_packets(void **state)
{
	(void)state;
	struct measured freely = drain_timer(1e-4, 32, 1, false);
	assert_exact(sojourn(&freely), 0.5, 0.005);
	struct measured first = drain_timer(1e-4, 32, 1, true);
	assert_near(first.sojourn_ps.value / UNIT_PS, 1, 1e-4);
}

/* Jackson: T is the sum of 1 / (mu_i - lambda). */
static void jackson_tandem(void **state)
{
	(void)state;
	const double service[STAGES] = {1, 0.6, 0.9}, rate = 0.6;
	double exact = 0, service_ps[STAGES];
	for (int i = 0; i < STAGES; i++) {
		exact += 1 / (1 / service[i] - rate);
		service_ps[i] = service[i] * UNIT_PS;
	}
	struct net *net = net_new(11, 0);
	struct trace trace = {.n = 0};
	chain_of(net, poisson_arrivals(net, rate, AMPLE), service_ps, COST_EXPONENTIAL, &trace);
	((struct task *)net->tasks.item[STAGES - 1])->out[0].ops = &sink_port;
	struct measured m = measure(net, &trace.sink, pps_of(rate), 1e6);
	assert_exact(sojourn(&m), exact, 0.005);
	net_free(net);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(md1_mean_wait),
		cmocka_unit_test(mm1_mean_wait),
		cmocka_unit_test(md1_distribution_of_the_wait),
		cmocka_unit_test(mm1_distribution_of_the_sojourn),
		cmocka_unit_test(mm1k_loss),
		cmocka_unit_test(md1k_loss),
		cmocka_unit_test(mg1_bimodal),
		cmocka_unit_test(mm1_with_vacations),
		cmocka_unit_test(polling_one_packet_a_visit),
		cmocka_unit_test(drain_timer_after_the_first_packet),
		cmocka_unit_test(drain_timer_that_runs_freely),
		cmocka_unit_test(drain_timer_of_lone_packets),
		cmocka_unit_test(jackson_tandem),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
