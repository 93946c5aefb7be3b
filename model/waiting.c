/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/waiting.h"

#include <math.h>

#define GATE_STEPS 12
#define LEAST_EMPTY 1e-4 /* of a gap: free polls count as this short */
#define MOST_LOAD 0.999
#define MANY_FILLS \
	4 /* full buffers a timer period from which on their remainder is taken as uniform */

/* First two moments of a gate's cycle, given the share of empty cycles. With Y the customers of a
 * cycle C: E[Y] = rate E[C] and E[Y^2] = rate E[C] + rate^2 E[C^2], since those of the next cycle
 * arrive during this one. */
static void gate_moments(
	const struct waiting_gate_in *in, double p_empty, double *mean, double *square)
{
	double load = in->rate * in->work_ns, busy = 1 - p_empty;
	*mean = (busy * in->fixed_ns + p_empty * in->empty_ns) / (1 - load);
	double y = in->rate * *mean;
	*square = (busy * in->fixed_ns * in->fixed_ns + p_empty * in->empty_ns * in->empty_ns +
			  2 * in->fixed_ns * in->work_ns * y + in->work_square * y) /
		  (1 - load * load);
}

/* Probability generating function of Y close to 1, to second order: u = 1 - z. */
static double gate_near_one(const struct waiting_gate_in *in, double p_empty, double u)
{
	double mean, square;
	gate_moments(in, p_empty, &mean, &square);
	return 1 - in->rate * mean * u + in->rate * in->rate * square * u * u / 2;
}

/* Of the generating function G of Y, each cycle gives
 *   G(z) = a(z) (G(e^{-rate work (1-z)}) - p) + p d(z),  p = G(0),
 *   a(z) = e^{-rate fixed (1-z)}, d(z) = e^{-rate empty (1-z)}.
 * From z = 0 the arguments run up to 1; all is linear in p. */
static double gate_p_empty(const struct waiting_gate_in *in)
{
	double u = 1, product = 1, sum = 0, load = in->rate * in->work_ns;
	for (int k = 0; k < GATE_STEPS && u > 1e-3; k++) {
		double a = exp(-in->rate * in->fixed_ns * u);
		sum += product * (exp(-in->rate * in->empty_ns * u) - a);
		product *= a;
		u = -expm1(-load * u);
	}
	double at0 = gate_near_one(in, 0, u), at1 = gate_near_one(in, 1, u);
	double p = product * at0 / (1 - sum - product * (at1 - at0));
	return fmin(fmax(p, 0), 1 - 1e-9);
}

struct waiting_gate waiting_gate(const struct waiting_gate_in *given)
{
	struct waiting_gate_in in = *given;
	in.empty_ns = fmax(in.empty_ns, LEAST_EMPTY / in.rate);
	double scale = fmin(1, MOST_LOAD / (in.rate * in.work_ns));
	in.work_ns *= scale;
	in.work_square *= scale * scale;
	struct waiting_gate g = {.p_empty = gate_p_empty(&in)};
	double square;
	gate_moments(&in, g.p_empty, &g.mean_ns, &square);
	g.seen_ns = square / g.mean_ns;
	return g;
}

/* Cycles take k or k + 1 customers, on average y = fixed / (period - work). The wait of the last
 * one to land before a poll drifts through the period less one customer's work: upward and
 * starting at that work just above a whole y, downward from the period less the work just below
 * the next. */
struct waiting_lock waiting_lock(double period_ns, double fixed_ns, double work_ns)
{
	double y = fmax(1, fixed_ns / fmax(period_ns - work_ns, 1e-3 * period_ns));
	double k = floor(y), f = y - k;
	double square = (1 - f) * k * k + f * (k + 1) * (k + 1);
	double phase = period_ns / 2 + work_ns * (0.5 - f);
	return (struct waiting_lock){.wait_ns = phase + period_ns * (square - y) / (2 * y),
		.taken = y,
		.seen_taken = square / y};
}

struct waiting_train waiting_train(const struct waiting_train_in *in)
{
	double now = 0, wait = 0, square = 0;
	uint32_t taken = 0, cycles = 0;
	while (taken < in->n) {
		now = fmax(now, taken * in->gap_ns);
		double landed = fmax(floor(now / in->gap_ns) + 1 - taken, 1);
		double n = fmin(fmin(landed, in->n - taken), fmax(floor(in->most), 1));
		wait += n * now - in->gap_ns * n * (taken + (n - 1) / 2);
		square += n * n;
		taken += (uint32_t)n;
		cycles++;
		now += in->fixed_ns + n * in->work_ns;
	}
	double all = in->n;
	return (struct waiting_train){.wait_ns = wait / all,
		.taken = all / cycles,
		.seen_taken = square / all,
		.span_ns = now};
}

/* With A packets a period, a packet that finds i before it in the period waits until `full` are
 * together: the mean number waiting over the period, sum over i of (i mod full) P(A > i) / rate.
 * For many fills the remainder is uniform over 0 .. full-1. */
struct waiting_fill waiting_fill_free(double rate, double full, double period_ns)
{
	double a = rate * period_ns, sum = 0, sends = 0;
	if (a > MANY_FILLS * full) {
		sum = (a - (full - 1) / 2) * (full - 1) / 2 + (full - 1) * (full - 2) / 6;
		sends = a / full + (full - 1) / (2 * full);
	} else {
		double term = exp(-a), above = 1 - term; /* P(A = i), P(A > i) */
		for (double i = 0; above > 1e-9; i++) {
			sum += fmod(i, full) * above;
			sends += fmod(i, full) == 0 ? above : 0;
			term *= a / (i + 1);
			above -= term;
		}
	}
	double wait = sum / rate / a;
	return (struct waiting_fill){wait, a / sends, 1 + 2 * rate * wait};
}

/* Whole buffers wait (full - 1) / 2 gaps on average; the last r packets of a period, which the
 * timer sends, r / 2 gaps. */
struct waiting_fill waiting_fill_free_cbr(double rate, double full, double period_ns)
{
	double a = rate * period_ns, q = floor(a / full), r = a - q * full;
	double sum = q * full * (full - 1) / 2 + r * r / 2;
	double squares = q * full * full + fmax(r * r, r);
	return (struct waiting_fill){sum / rate / a, a / (q + fmin(r, 1)), squares / a};
}

/* A buffer that k packets are in waits for one more or the timer; A packets come in a period:
 *   E[wait] = sum_{i=0}^{full-2} (i+1) P(A > i) / rate / (1 + sum_{i=1}^{full-1} P(A >= i)). */
struct waiting_fill waiting_fill_first(double rate, double full, double period_ns)
{
	double a = rate * period_ns, sum = 0, sent = 1;
	double term = exp(-a), above = 1 - term;
	for (double i = 0; i + 1 < full; i++) {
		double sure = a > 700 ? 1 : fmax(above, 0); /* e^-a is 0 beyond */
		sum += (i + 1) * sure;
		sent += sure;
		term *= a / (i + 1);
		above -= term;
	}
	double wait = sum / rate / sent;
	return (struct waiting_fill){wait, sent, fmin(full, 1 + 2 * rate * wait)};
}

struct waiting_fill waiting_fill_untimed(double rate, double full)
{
	return (struct waiting_fill){(full - 1) / (2 * rate), full, full};
}

/* Pollaczek-Khinchine for constant work, arrivals' variation as in Kingman's heavy traffic
 * limit. */
double waiting_queue(double work_ns, double load, double scv)
{
	load = fmin(load, MOST_LOAD);
	return scv * load * work_ns / (2 * (1 - load));
}

/* An idle period ends in sleep with probability e^{-rate linger}. The packets that end the sleep
 * wait for delay, those behind them delay / 2; idle periods come at (1 - busy) / (1 / rate +
 * e^{-rate linger} delay) a ns. */
double waiting_wake(const struct waiting_wake_in *in)
{
	double asleep = exp(-in->rate * in->linger_ns);
	double periods = fmax(1 - in->busy, 0) / (1 / in->rate + asleep * in->delay_ns);
	double late = 1 + in->rate * in->held_ns + in->rate * in->delay_ns / 2;
	return periods * asleep * in->delay_ns * late / in->rate;
}
