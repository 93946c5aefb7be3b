/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/estimate_stage.h"

#include "model/estimate_share.h"
#include "model/waiting.h"

#include <math.h>

#define ROUNDS 3

/* What a stage's polls do to the packets. */
struct served {
	double wait_ns, service_ns;
	double burst, seen; /* packets taken together: mean, and as a random packet sees it */
	double gap_ns, train;
};

/* A core's round as one task on it sees it. */
struct round {
	double rate;                 /* bursts that land, of all tasks, per ns */
	double alone;                /* share of time if each were served by itself */
	double fixed_ns;             /* of all tasks that have packets */
	double work_ns, work_square; /* of a landing burst: mean over all tasks */
	double empty_ns;             /* a round of empty polls */
	double busy_wait;            /* mean residual of the other tasks' work */
	double others;               /* share of time of the other tasks */
};

double estimate_flow_latency(const struct estimate_flow *f)
{
	double sum = 0;
	for (int k = 0; k < ESTIMATE_KINDS; k++)
		sum += f->latency_ns[k];
	return sum;
}

/* Sends that a poll of n packets causes. */
static double sends(const struct estimate_stage *s, double n)
{
	const struct txbuf *t = &s->txbuf;
	if (t->threshold)
		return n >= t->threshold && !t->bypass ? n / t->threshold : 1;
	if (s->n_out < 2)
		return 0;
	double k = s->n_out;
	return s->split == SPLIT_BURST  ? 1
	       : s->split == SPLIT_FLOW ? k * (1 - pow(1 - 1 / k, n))
					: fmin(n, k);
}

/* A poll of n packets that land together costs fixed + n x packet. A transmit buffer is sent once
 * in threshold / n polls. Bursts beyond what a poll takes are several polls. */
struct burst_cost {
	double fixed_ns, packet_ns, packet_var;
};

static struct burst_cost cost_of(const struct estimate_stage *s)
{
	double n = s->in.burst, full = s->txbuf.threshold;
	struct burst_cost c = {s->fixed_ns, s->packet_ns, s->packet_var};
	if (full > n) {
		c.packet_ns += s->send_ns / full;
		c.packet_var += s->send_ns * s->send_ns / full * (1 - 1 / full);
	} else {
		c.fixed_ns += s->send_ns * sends(s, n);
	}
	if (n > s->most) {
		c.packet_ns += c.fixed_ns / s->most;
		c.fixed_ns = 0;
	}
	return c;
}

static double alone_ns(const struct estimate_stage *s)
{
	struct burst_cost c = cost_of(s);
	return c.fixed_ns + s->in.burst * c.packet_ns;
}

double estimate_stage_alone(const struct estimate_net *n, const struct estimate_core_of *c)
{
	double sum = 0;
	for (uint32_t i = 0; i < c->n; i++) {
		const struct estimate_stage *s = &n->stages[c->stage[i]];
		sum += s->in.rate / s->in.burst * alone_ns(s);
	}
	return sum;
}

/* Sums over a core's tasks. Of the parts that are paid per burst, a round in which a mean of y
 * bursts land pays those of the tasks that get one. */
static struct round round_of(const struct estimate_net *n, uint32_t me, double mean_ns)
{
	const struct estimate_core_of *core = &n->cores[n->stages[me].core];
	struct round r = {0};
	double carried = 0; /* a packet's work at the chain's stages so far */
	for (uint32_t i = 0; i < core->n; i++) {
		const struct estimate_stage *s = &n->stages[core->stage[i]];
		struct burst_cost c = cost_of(s);
		double rate = s->in.rate / s->in.burst, work = s->in.burst * c.packet_ns;
		double alone = c.fixed_ns + work;
		r.empty_ns += s->empty_ns;
		r.rate += rate;
		r.alone += rate * alone;
		r.work_ns += rate * work;
		carried = s->before == ESTIMATE_NONE ? 0 : carried;
		r.work_square +=
			s->in.rate * (c.packet_ns * (c.packet_ns + 2 * carried) + c.packet_var);
		carried += c.packet_ns;
		r.fixed_ns += c.fixed_ns * (mean_ns > 0 ? -expm1(-rate * mean_ns) : 1);
		r.others += core->stage[i] == me ? 0 : rate * alone;
		r.busy_wait += core->stage[i] == me ? 0 : rate * alone * alone / 2;
	}
	r.work_ns /= r.rate;
	r.work_square /= r.rate;
	if (mean_ns > 0)
		r.fixed_ns /= -expm1(-r.rate * mean_ns);
	return r;
}

/* A packet leaves with its burst; of more than a poll takes, after its share of them. */
static double service_ns(const struct estimate_stage *s, const struct burst_cost *c, double seen)
{
	double most = fmax(s->most, 1), send = s->txbuf.threshold > s->in.burst ? s->send_ns : 0;
	if (seen <= most)
		return c->fixed_ns + seen * c->packet_ns + send;
	double full = s->fixed_ns + most * s->packet_ns + s->send_ns * sends(s, most);
	return (seen + most) / 2 * full / most;
}

/* A burst that meets the others' work, or an idle round of polls, at any time of it. */
static double wait_alone(const struct round *r)
{
	return r->busy_wait + (1 - r->others) * r->empty_ns / 2;
}

/* Packets whose count over long times varies as if they came at random. In bursts that keep the
 * core busy they wait for its round; in bursts so large that it can idle between them, for those
 * before. */
static struct served serve_random(const struct estimate_net *n, uint32_t i)
{
	const struct estimate_stage *s = &n->stages[i];
	struct burst_cost c = cost_of(s);
	struct waiting_gate g = {0};
	struct round r = {0};
	double mean = 0;
	for (int k = 0; k < ROUNDS; k++) {
		r = round_of(n, i, mean);
		g = waiting_gate(&(struct waiting_gate_in){
			r.rate, r.fixed_ns, r.work_ns, r.work_square, r.empty_ns});
		mean = (g.mean_ns - g.p_empty * r.empty_ns) / (1 - g.p_empty);
		mean = fmax(mean, r.fixed_ns + r.work_ns);
		if (n->cores[s->core].n == 1)
			break;
	}
	double mine = s->in.rate / s->in.burst, alone = alone_ns(s);
	double hit = expm1(-mine * mean) / expm1(-r.rate * mean); /* a busy round has some for me */
	struct served v = {.wait_ns = g.seen_ns / 2,
		.burst = s->in.rate * g.mean_ns / ((1 - g.p_empty) * hit),
		.seen = fmax(s->in.seen, 1 + s->in.rate * g.seen_ns)};
	if (r.alone < 1)
		v.wait_ns = fmin(v.wait_ns,
			wait_alone(&r) + waiting_queue(alone, r.alone, fmin(1, 1 / s->in.burst)));
	v.burst = fmin(fmax(v.burst, s->in.burst), v.seen);
	v.service_ns = service_ns(s, &c, v.seen);
	return v;
}

/* Bursts that land at a constant rate. */
static struct served serve_regular(const struct estimate_net *n, uint32_t i)
{
	const struct estimate_stage *s = &n->stages[i];
	struct burst_cost c = cost_of(s);
	struct round r = round_of(n, i, 0);
	double period = s->in.burst / s->in.rate;
	struct served v = {.burst = s->in.burst, .seen = s->in.seen};
	if (r.alone < 1) {
		v.wait_ns = wait_alone(&r);
		v.service_ns = service_ns(s, &c, v.seen);
		return v;
	}
	double work = fmin(r.work_ns * r.rate, 0.999) * period;
	struct waiting_lock l = waiting_lock(period, r.fixed_ns, work);
	v.wait_ns = s->before == ESTIMATE_NONE ? l.wait_ns : l.taken * period / 2;
	v.burst = l.taken * s->in.burst;
	v.seen = s->in.seen + (l.seen_taken - 1) * s->in.burst;
	v.service_ns = service_ns(s, &c, v.seen);
	return v;
}

/* A train that the core can work off before the next, unless it follows the one before too closely
 * by chance. False: it cannot. */
static bool serve_train(const struct estimate_net *n, uint32_t i, struct served *v)
{
	const struct estimate_stage *s = &n->stages[i];
	struct burst_cost c = cost_of(s);
	struct round r = round_of(n, i, 0);
	double items = round(s->in.train / s->in.burst), period = s->in.train / s->in.rate;
	if (s->in.gap_ns <= 0 || items < 2)
		return false;
	struct waiting_train t = waiting_train(
		&(struct waiting_train_in){(uint32_t)items, s->in.gap_ns * s->in.burst, r.fixed_ns,
			r.work_ns * r.rate / s->in.rate * s->in.burst, s->most / s->in.burst});
	if (t.span_ns > period)
		return false;
	double queue = waiting_queue(t.span_ns, t.span_ns / period, s->in.spread / s->in.train);
	*v = (struct served){.wait_ns = t.wait_ns + r.empty_ns / 2 + queue,
		.burst = t.taken * s->in.burst,
		.seen = t.seen_taken * s->in.seen,
		.train = s->in.train};
	v->gap_ns = t.taken < items ? t.span_ns / s->in.train : 0;
	v->service_ns = service_ns(s, &c, v->seen);
	return true;
}

static double between(double x, double y, double share_of_y)
{
	return x + (y - x) * share_of_y;
}

/* Packets that vary less than random ones: between regular and random. */
static struct served serve(const struct estimate_net *n, uint32_t i)
{
	double chance = fmin(n->stages[i].in.spread, 1);
	struct served x, y;
	if (serve_train(n, i, &x))
		return x;
	x = serve_regular(n, i);
	if (chance <= 0)
		return x;
	y = serve_random(n, i);
	x.wait_ns = between(x.wait_ns, y.wait_ns, chance);
	x.service_ns = between(x.service_ns, y.service_ns, chance);
	x.burst = between(x.burst, y.burst, chance);
	x.seen = between(x.seen, y.seen, chance);
	return x;
}

/* Mean wait in a buffer that whole bursts come to and leave at once, given that of one filled bit
 * by bit. Some bursts are cut short by a timer upstream, anywhere, which makes their packets a
 * share full / burst - 1 of all. With bypass these wait for the next burst (or the timer, at any
 * time of its period). Without, they shift what follows until this buffer's own timer empties
 * it. */
static double wait_between_bursts(const struct txbuf *t, const struct estimate_flow *f,
	double period_ns, double bit_by_bit_ns)
{
	double full = t->threshold, next = f->burst / f->rate;
	double cut = fmax(full / f->burst - 1, 0);
	if (f->gap_ns > 0 || cut >= 1)
		return bit_by_bit_ns;
	if (t->bypass)
		return cut *
		       (t->timer_ps ? fmin(next - next * next / (2 * period_ns), period_ns / 2)
				    : next);
	double shifted = 2 * cut * f->burst / full / next * period_ns / 2;
	return bit_by_bit_ns * (t->timer_ps ? fmin(1, shifted) : cut > 0);
}

/* Packets wait for a full buffer or the flush timer; afterwards they leave in such bursts. */
static void fill_buffer(
	const struct estimate_net *n, const struct estimate_stage *s, struct estimate_flow *f)
{
	const struct txbuf *t = &s->txbuf;
	double full = t->threshold, rate = f->rate;
	if (!full || t->adaptive)
		return;
	double poll = n->cores[s->core].n == 1 ? s->empty_ns : 0;
	double period =
		(double)t->timer_ps / PS_PER_NS + (t->check_every ? t->check_every : 1) * poll / 2;
	struct waiting_fill w = !t->timer_ps     ? waiting_fill_untimed(rate, full)
				: t->after_first ? waiting_fill_first(rate, full, period)
						 : waiting_fill_free(rate, full, period);
	if (t->timer_ps && !t->after_first && s->in.spread < 0.5)
		w = waiting_fill_free_cbr(rate, full, period);
	double duty = f->gap_ns > 0 ? rate * f->gap_ns : 1;
	double rest = fmod(f->train + 0.5, full);
	if (f->gap_ns > 0 && rest < 1)
		w.wait_ns = between(fmax(full - f->seen, 0) / 2 * f->gap_ns, w.wait_ns, duty);
	f->latency_ns[ESTIMATE_FILL] += wait_between_bursts(t, f, period, w.wait_ns);
	f->burst = fmax(f->burst, w.sent);
	f->seen = fmax(f->burst, w.seen_sent);
	f->gap_ns = 0;
}

/* A core that sleeps: packets that end its sleep, or land while it wakes; what sleeping cores
 * before it held back lands at once. A packet that comes back to a core finds it awake if it comes
 * back soon. *held: delays of wake-ups so far, of a packet that ends the sleep of all. */
static double wake_ns(const struct estimate_net *n, uint32_t i, double *held)
{
	const struct estimate_stage *s = &n->stages[i];
	const struct estimate_core_of *c = &n->cores[s->core];
	if (!c->interrupt)
		return 0;
	double rate = 0;
	for (uint32_t k = 0; k < c->n; k++) {
		const struct estimate_stage *o = &n->stages[c->stage[k]];
		double together = o->in.gap_ns > 0 ? o->in.train : o->in.burst;
		rate += o->before == ESTIMATE_NONE ? o->in.rate / together : 0;
	}
	double linger = c->linger_ns;
	if (s->before != ESTIMATE_NONE) {
		double away = estimate_flow_latency(&s->in) - n->stages[s->before].done_ns;
		return away <= linger ? 0 : exp(-rate * away) * c->delay_ns;
	}
	linger += c->span_ns;
	double busy = fmin(estimate_stage_alone(n, c), 1), chance = fmin(s->in.spread, 1);
	double random = waiting_wake(
		&(struct waiting_wake_in){rate, busy, linger, c->delay_ns, s->in.held_ns});
	*held += c->delay_ns;
	double regular = (1 - busy) / rate > linger ? c->delay_ns : 0;
	return between(regular, random, chance);
}

/* At an overload: a full ring is passed at the rate that is served; other tasks of a core with a
 * full one wait for its rounds. */
static struct served serve_full(const struct estimate_stage *s, double round_ns)
{
	struct burst_cost c = cost_of(s);
	double rate = estimate_share_served(s);
	double n = s->full ? fmin(s->most, s->room) : fmin(fmax(rate * round_ns, 1), s->most);
	return (struct served){.wait_ns = s->full ? s->room / rate : round_ns / 2,
		.service_ns = service_ns(s, &c, n),
		.burst = n,
		.seen = n};
}

struct estimate_flow estimate_stage_pass(const struct estimate_net *n, uint32_t i)
{
	const struct estimate_stage *s = &n->stages[i];
	struct estimate_flow f = s->in;
	f.rate = estimate_share_served(s);
	if (f.rate <= 0)
		return f;
	double round_ns = n->cores[s->core].round_ns;
	struct served v = s->full || round_ns > 0 ? serve_full(s, round_ns) : serve(n, i);
	f.latency_ns[ESTIMATE_QUEUE] += v.wait_ns;
	f.latency_ns[ESTIMATE_SERVICE] += v.service_ns;
	f.latency_ns[ESTIMATE_WAKE] += s->full || round_ns > 0 ? 0 : wake_ns(n, i, &f.held_ns);
	f.burst = fmin(v.burst, s->most);
	f.seen = v.seen;
	f.gap_ns = v.gap_ns;
	f.train = v.gap_ns > 0 ? v.train : f.burst;
	fill_buffer(n, s, &f);
	return f;
}
