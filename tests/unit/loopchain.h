/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * loopchain - the exact Markov chain of a poll loop that takes bursts
 *
 * Poisson arrivals at rate lambda fill a ring of r packets. Each poll takes k packets, at most b;
 * their room is free at once; the poll lasts t0 when k = 0 and ts + k tp otherwise; then the k
 * packets leave. Seen at the starts of polls, the ring's content is a Markov chain on 0..r. Its
 * stationary law gives loss, mean batch and, with Little's law over a poll, the mean sojourn.
 */
#ifndef NFVSIM_TESTS_UNIT_LOOPCHAIN_H
#define NFVSIM_TESTS_UNIT_LOOPCHAIN_H

#include "base/arena.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <stdlib.h>

#define LOOP_MAX_RING 256

struct loop {
	double lambda;
	unsigned r, b;
	double t0, ts, tp;
};

struct loop_outcome {
	double sojourn, loss, batch, idle;
};

static inline unsigned loop_taken(const struct loop *l, unsigned x)
{
	return x < l->b ? x : l->b;
}

static inline double loop_lasts(const struct loop *l, unsigned k)
{
	return k ? l->ts + k * l->tp : l->t0;
}

/* P(Poisson(mean) >= n) */
static inline double loop_tail(unsigned n, double mean)
{
	return n ? gsl_cdf_poisson_Q(n - 1, mean) : 1;
}

static inline void loop_transitions(
	const struct loop *l, double p[LOOP_MAX_RING + 1][LOOP_MAX_RING + 1])
{
	for (unsigned x = 0; x <= l->r; x++) {
		unsigned stay = x - loop_taken(l, x);
		double mean = l->lambda * loop_lasts(l, loop_taken(l, x));
		for (unsigned y = 0; y <= l->r; y++)
			p[x][y] = y < stay ? 0 : gsl_ran_poisson_pdf(y - stay, mean);
		p[x][l->r] = loop_tail(l->r - stay, mean);
	}
}

/* pi = pi P by the elimination of Grassmann, Taksar and Heyman: no subtractions. Uses p up. */
static inline void loop_stationary(
	unsigned n, double p[LOOP_MAX_RING + 1][LOOP_MAX_RING + 1], double *pi)
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
struct loop_poll {
	double time, arrivals, lost, packet_time;
};

static inline struct loop_poll loop_poll(const struct loop *l, unsigned x)
{
	unsigned k = loop_taken(l, x), room = l->r - (x - k);
	double t = loop_lasts(l, k), mean = l->lambda * t, accepted = 0, waiting = 0;
	for (unsigned j = 1; j <= room; j++) {
		accepted += loop_tail(j, mean); /* expected number of arrivals among the first j */
		waiting += t - accepted / l->lambda;
	}
	return (struct loop_poll){t, mean, mean - accepted, x * t + waiting};
}

static inline struct loop_outcome loop_solve(const struct loop *l)
{
	double(*p)[LOOP_MAX_RING + 1] = xcalloc(LOOP_MAX_RING + 1, sizeof *p);
	double pi[LOOP_MAX_RING + 1];
	loop_transitions(l, p);
	loop_stationary(l->r + 1, p, pi);
	free(p);
	struct loop_poll sum = {0, 0, 0, 0};
	double batches = 0, packets = 0;
	for (unsigned x = 0; x <= l->r; x++) {
		struct loop_poll one = loop_poll(l, x);
		sum.time += pi[x] * one.time;
		sum.arrivals += pi[x] * one.arrivals;
		sum.lost += pi[x] * one.lost;
		sum.packet_time += pi[x] * one.packet_time;
		batches += x ? pi[x] : 0;
		packets += pi[x] * loop_taken(l, x);
	}
	return (struct loop_outcome){sum.packet_time / (sum.arrivals - sum.lost),
		sum.lost / sum.arrivals, packets / batches, pi[0] * l->t0 / sum.time};
}

#endif
