/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * covered - queues with known answers, simulated by the shipped stopping rule
 *
 * A queue is a scenario whose only task is tuned to be a single server (or a poll loop): arrivals
 * without a wire, a long ring, a sink behind it. Time is scaled so that 2500 packets arrive a
 * second: a run may then stop as soon as it is precise, without the million packets that faster
 * traffic gets.
 */
#ifndef NFVSIM_TESTS_UNIT_COVERED_H
#define NFVSIM_TESTS_UNIT_COVERED_H

#include "model/run.h"
#include "tests/unit/loopchain.h"
#include "tests/unit/scenario_text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define COVERED_PPS 2500.0
#define COVERED_RING (1u << 20)

/* In units of time in which the arrival rate is lambda. */
struct covered_queue {
	const char *name;
	double lambda, poll, burst, packet;
	uint32_t ring, batch;
	enum cost_spread spread;
	double mean, p99; /* of the sojourn time; NaN: not asked for */
};

/* M/M/1 with service 1: sojourn times are exponential with mean 1 / (1 - rho). */
static inline struct covered_queue covered_mm1(const char *name, double rho)
{
	return (struct covered_queue){name, rho, 0, 0, 1, COVERED_RING, 1, COST_EXPONENTIAL,
		1 / (1 - rho), log(100) / (1 - rho)};
}

/* P(wait <= t) in M/D/1 with service 1 (Erlang 1909). The terms alternate: good to 1e-6 up to load
 * 0.9 and the 99.9th percentile. */
static inline double covered_md1_wait(double rho, double t)
{
	double sum = 0;
	for (int k = 0; k <= (int)t; k++)
		sum += exp(rho * (t - k)) * pow(rho * (k - t), k) / tgamma(k + 1);
	return (1 - rho) * sum;
}

/* M/D/1 (Pollaczek and Khinchine). */
static inline struct covered_queue covered_md1(const char *name, double rho)
{
	double lo = 0, hi = 5 / (1 - rho);
	for (int i = 0; i < 60; i++) {
		double mid = (lo + hi) / 2;
		*(covered_md1_wait(rho, mid) < 0.99 ? &lo : &hi) = mid;
	}
	return (struct covered_queue){name, rho, 0, 0, 1, COVERED_RING, 1, COST_CONSTANT,
		1 + rho / (2 * (1 - rho)), 1 + hi};
}

/* A loop that takes up to 32 of a ring of 128: an empty poll lasts 0.2, one of k packets 1 + 0.5 k.
 * Load is the arrival rate over what full bursts can do. */
static inline struct covered_queue covered_loop(const char *name, double load)
{
	double lambda = load * 32 / (1 + 0.5 * 32);
	const struct loop l = {lambda, 128, 32, 0.2, 1, 0.5};
	return (struct covered_queue){
		name, lambda, 0.2, 0.8, 0.5, 128, 32, COST_CONSTANT, loop_solve(&l).sojourn, NAN};
}

static inline void covered_tune(void *arg, struct build *b)
{
	const struct covered_queue *q = arg;
	double unit_ps = q->lambda / COVERED_PPS * (double)PS_PER_S;
	struct task *t = b->tasks[0].task;
	double fine = unit_ps * (double)FINE_PER_PS;
	t->law = (struct law){.poll_fine = (fine_t)(q->poll * fine),
		.burst_fine = (fine_t)(q->burst * fine),
		.packet_fine = (fine_t)(q->packet * fine),
		.spread = q->spread};
	t->burst = q->batch;
	t->in->cap = q->ring;
	b->chains[0].source->wire = (struct wire){0};
	b->chains[0].rx->dma_ps = 0;
	b->chains[0].rx->port = b->chains[0].rx->card = NULL;
}

static inline struct scenario *covered_scenario(struct arena *a)
{
	return scenario_text(
		"{dataplane: tests/cli/data/profiles/plain.yaml,"
		" server: tests/cli/data/platforms/plain.yaml, to: vm, chain: [work],"
		" traffic: {rate: 2500 pps, arrivals: poisson}, run: {max_packets: 1000000000}}",
		NULL, 0, a);
}

struct covered_truth {
	double mean_ns, p99_ns;
};

static inline struct covered_truth covered_theory(const struct covered_queue *q)
{
	double unit_ns = q->lambda / COVERED_PPS * 1e9;
	return (struct covered_truth){q->mean * unit_ns, q->p99 * unit_ns};
}

/* Runs and how their intervals did. */
struct covered_count {
	unsigned runs, held, held_p99;
	double bias, bias_p99, half; /* sums, relative */
	double packets;
};

static inline bool covered_holds(struct interval i, double truth)
{
	return fabs(i.value - truth) <= i.half;
}

/* One more run, with a seed of its own. */
static inline void covered_run(struct scenario *s, const struct run_options *o,
	const struct covered_truth *is, uint64_t seed, struct covered_count *c)
{
	s->run.seed = (int64_t)seed;
	struct run_result *r = run_scenario(s, o);
	const struct run_latency *l = &r->chains[0].latency;
	c->runs++;
	c->held += covered_holds(l->mean_ns, is->mean_ns);
	c->held_p99 += covered_holds(l->p99_ns, is->p99_ns);
	c->bias += l->mean_ns.value / is->mean_ns - 1;
	c->bias_p99 += l->p99_ns.value / is->p99_ns - 1;
	c->half += l->mean_ns.half / l->mean_ns.value;
	c->packets += (double)r->chains[0].offered;
	run_free(r);
}

#endif
