/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * exact - simulated means beside exact ones; to be included after <cmocka.h>
 *
 * Seeds are fixed, so that a comparison always comes out the same. It fails if the value is off by
 * more than the tolerance, if it is off by more than chance explains (4.5 standard errors, 7e-6 a
 * test), and if the run is too short to tell: half-width of the 95 % interval beyond the
 * tolerance.
 */
#ifndef NFVSIM_TESTS_UNIT_EXACT_H
#define NFVSIM_TESTS_UNIT_EXACT_H

#include "sim/stats.h"
#include "tests/unit/nets.h"

#include <math.h>

#define EXACT_BATCHES 50

/* What was counted in each batch. */
struct batches {
	double latency_ps[EXACT_BATCHES], packets[EXACT_BATCHES];
	double lost[EXACT_BATCHES], offered[EXACT_BATCHES];
};

struct measured {
	struct interval sojourn_ps, loss;
};

/* Sum x / sum y. The number of arrivals in a batch, whose mean is known, explains much of the
 * scatter and takes it away (control variate: regression of the residuals x - ratio y on it). */
static inline struct interval controlled(
	const double *x, const double *y, const double *arrivals, double mean)
{
	double sum_x = 0, sum_y = 0, off = 0, cross = 0, square = 0, error = 0;
	for (int i = 0; i < EXACT_BATCHES; i++) {
		sum_x += x[i];
		sum_y += y[i];
		off += (arrivals[i] - mean) / EXACT_BATCHES;
	}
	double ratio = sum_x / sum_y;
	for (int i = 0; i < EXACT_BATCHES; i++) {
		cross += (x[i] - ratio * y[i]) * (arrivals[i] - mean - off);
		square += (arrivals[i] - mean - off) * (arrivals[i] - mean - off);
	}
	double slope = square > 0 ? cross / square : 0;
	for (int i = 0; i < EXACT_BATCHES; i++)
		error += pow(x[i] - ratio * y[i] - slope * (arrivals[i] - mean - off), 2);
	double se = sqrt(error / (EXACT_BATCHES - 2) / EXACT_BATCHES);
	double per_batch = sum_y / EXACT_BATCHES;
	return (struct interval){
		ratio - slope * off / per_batch, stats_t975(EXACT_BATCHES - 2) * se / per_batch};
}

/* After a warm-up of one batch: mean latency at a sink, and share of the offered packets dropped.
 * Batches last as long as `packets` arrivals do in all of them together. */
static inline struct measured measure(
	struct net *net, struct sink *s, double rate_pps, double packets)
{
	struct batches b;
	ps_t batch_ps = (ps_t)(packets / EXACT_BATCHES / rate_pps * (double)PS_PER_S);
	net_run(net, net->now_ps + batch_ps);
	struct net_totals before = net_totals(net);
	for (int i = 0; i < EXACT_BATCHES; i++) {
		hist_clear(&s->latency_ps);
		net_run(net, net->now_ps + batch_ps);
		struct net_totals after = net_totals(net);
		b.latency_ps[i] = (double)s->latency_ps.sum;
		b.packets[i] = (double)s->latency_ps.n;
		b.lost[i] = (double)(after.dropped - before.dropped);
		b.offered[i] = (double)(after.offered - before.offered);
		before = after;
	}
	net_check(net);
	double mean = rate_pps * (double)batch_ps / (double)PS_PER_S;
	return (struct measured){controlled(b.latency_ps, b.packets, b.offered, mean),
		controlled(b.lost, b.offered, b.offered, mean)};
}

#define assert_exact(got, exact, tolerance)                                                      \
	do {                                                                                     \
		struct interval exact_got = (got);                                               \
		double exact_off = exact_got.value - (exact);                                    \
		double exact_se = exact_got.half / stats_t975(EXACT_BATCHES - 2);                \
		if (!(fabs(exact_off) <= (tolerance) * (exact)) ||                               \
			!(fabs(exact_off) <= 4.5 * exact_se) ||                                  \
			!(exact_got.half <= (tolerance) * (exact)))                              \
			fail_msg("%s: %.6g +- %.3g, exact %.6g: off by %+.3f %% (%+.2f errors)", \
				#got, exact_got.value, exact_got.half, (double)(exact),          \
				100 * exact_off / (exact), exact_off / exact_se);                \
	} while (0)

#define assert_near(got, exact, tolerance)                                                 \
	do {                                                                               \
		double near_got = (got), near_exact = (exact);                             \
		if (!(fabs(near_got - near_exact) <= (tolerance)*fabs(near_exact)))        \
			fail_msg("%s: %.10g, expected %.10g", #got, near_got, near_exact); \
	} while (0)

#endif
