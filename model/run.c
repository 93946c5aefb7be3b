/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/run.h"

#include "model/pilot.h"
#include "model/sample.h"
#include "model/summary.h"
#include "sim/philox.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BATCHES 32
#define MAX_REPLICATIONS 1024
#define USELESS 0.85         /* run on for as long again, precision gained less than this factor */
#define JUDGED 64            /* ... of as many replications or more */
#define GROUPS 128           /* of short replications, to be doubled ... */
#define MOST_GROUPS 256      /* ... at most */
#define TIMERS 4             /* a replication covers several flush timer periods */
#define LEAST_PACKETS 1.02e6 /* delivered: what a 99th percentile needs, unless that takes ... */
#define LEAST_PACKETS_S 40.0 /* ... longer than this in simulated time */
#define MOST_LOST 8          /* ... or more than this times as many must be offered for it */
#define START_PACKETS 8192   /* replications open their windows within so many packets */

/* A scenario being simulated. */
struct sim {
	const struct scenario *scenario;
	const struct run_options *options;
	struct build **builds; /* n_builds replications that stay alive, to be run on */
	uint32_t n_builds;
	struct run_window *windows; /* n_windows: of every replication */
	uint32_t n_windows, windows_room;
	struct tallies before, after, total;
	struct sample *samples; /* n x n_chains */
	uint32_t n, room, n_chains;
	ps_t warmup_ps, sample_ps;
	ps_t short_warmup_ps; /* for many short replications */
	bool warmup_doubtful;
	uint64_t steps, packets, delivered;
	double precision;
	struct arena *arena;
};

bool run_is_periodic(const struct scenario *s)
{
	for (size_t i = 0; i < s->chains.n; i++)
		if (scenario_chain(s, i)->traffic.arrivals == ARRIVALS_CBR)
			return true;
	return false;
}

static ps_t time_of(const struct sim *m, double packets)
{
	return pilot_time_of(m->scenario, packets);
}

static ps_t longer(ps_t x, ps_t y)
{
	return x > y ? x : y;
}

static ps_t pilot(struct sim *m, struct build *b)
{
	m->short_warmup_ps = pilot_run(m->scenario, b, &m->warmup_doubtful);
	return b->net->now_ps;
}

static struct build *new_net(const struct sim *m, uint32_t replication)
{
	const struct run_options none = {0}, *o = m->options ? m->options : &none;
	uint64_t seed = (uint64_t)m->scenario->run.seed;
	return build_tuned(m->scenario, seed, replication, o->tune, o->tune_arg);
}

/* The warm-up of replication 0 is that of all. Brings the net to its end. */
static void warm_up(struct sim *m, struct build *b, uint32_t number)
{
	const struct run_use *run = &m->scenario->run;
	if (run->warmup.dim) {
		m->warmup_ps = (ps_t)run->warmup.value;
	} else if (!m->warmup_ps && number == 0) {
		m->warmup_ps = pilot(m, b);
	} else if (!m->warmup_ps) {
		struct build *first = new_net(m, 0);
		m->warmup_ps = pilot(m, first);
		net_free(first->net);
	}
	if (b->net->now_ps < m->warmup_ps)
		net_run(b->net, m->warmup_ps);
	if (number == 0 && run->warmup.dim)
		m->warmup_doubtful = run->warmup.value > 0 && !pilot_all_deliver(m->scenario, b);
}

static double least_packets(const struct sim *m)
{
	const struct run_use *run = &m->scenario->run;
	double least = fmin(LEAST_PACKETS, LEAST_PACKETS_S * pilot_rate_pps(m->scenario));
	if (run->least_packets)
		least = (double)run->least_packets;
	return fmin(least, (double)run->max_packets);
}

/* Opens the window at a random instant, within so many packets: a periodic run's bursts would
 * otherwise be cut alike in every replication. */
static void random_start(struct sim *m, struct build *b, double within_packets)
{
	gsl_rng *r = gsl_rng_alloc(philox_type);
	philox_stream(r, b->net->seed, b->net->replication, "run/start");
	double packets = gsl_rng_uniform(r) * within_packets;
	gsl_rng_free(r);
	net_run(b->net, b->net->now_ps + time_of(m, packets));
}

static struct build *start_replication(struct sim *m, uint32_t number, double within_packets)
{
	struct build *b = new_net(m, number);
	if (!m->before.chain) {
		m->before = tallies_new(b, m->arena);
		m->after = tallies_new(b, m->arena);
		m->total = tallies_new(b, m->arena);
	}
	warm_up(m, b, number);
	if (within_packets > 0)
		random_start(m, b, within_packets);
	b->opened_ps = b->net->now_ps;
	tallies_add(&m->total, b, -1);
	return b;
}

static struct build *keep(struct sim *m, struct build *b)
{
	m->builds = xrealloc(m->builds, m->n_builds + 1, sizeof(struct build *));
	return m->builds[m->n_builds++] = b;
}

static void end_replication(struct sim *m, const struct build *b)
{
	const struct net *net = b->net;
	tallies_add(&m->total, b, 1);
	net_check(net);
	for (uint32_t k = 0; k < net->cores.n; k++)
		m->steps += ((const struct core *)net->cores.item[k])->steps;
	if (m->n_windows == m->windows_room) {
		m->windows_room = m->windows_room ? 2 * m->windows_room : RUN_REPLICATIONS;
		m->windows = xrealloc(m->windows, m->windows_room, sizeof *m->windows);
	}
	m->windows[m->n_windows++] =
		(struct run_window){net->replication, b->opened_ps, net->now_ps};
}

static void free_samples(struct sim *m)
{
	for (uint32_t i = 0; i < m->n * m->n_chains; i++)
		hist_clear(&m->samples[i].latency_ps);
	m->n = 0;
}

static void free_builds(struct sim *m)
{
	for (uint32_t i = 0; i < m->n_builds; i++)
		net_free(m->builds[i]->net);
	m->n_builds = 0;
}

static struct sample *add_samples(struct sim *m)
{
	if (m->n == m->room) {
		m->room = m->room ? 2 * m->room : BATCHES;
		m->samples =
			xrealloc(m->samples, (size_t)m->room * m->n_chains, sizeof *m->samples);
	}
	struct sample *s = m->samples + (size_t)m->n++ * m->n_chains;
	for (uint32_t c = 0; c < m->n_chains; c++)
		s[c] = (struct sample){0};
	return s;
}

/* Runs a replication on and adds what it saw to its samples. */
static void measure(struct sim *m, struct build *b, ps_t span, struct sample *s)
{
	for (uint32_t c = 0; c < m->n_chains; c++) {
		m->packets -= (uint64_t)s[c].offered;
		m->delivered -= (uint64_t)s[c].delivered;
	}
	sample_window(b, span, s, &m->before, &m->after);
	for (uint32_t c = 0; c < m->n_chains; c++) {
		m->packets += (uint64_t)s[c].offered;
		m->delivered += (uint64_t)s[c].delivered;
	}
	if (m->options && m->options->progress)
		m->options->progress(m->options->arg,
			&(struct run_state){m->packets, (uint64_t)m->scenario->run.max_packets,
				m->precision, b, m});
}

void run_state_intervals(const struct run_state *now, struct run_chain *r)
{
	const struct sim *m = now->sim;
	summary_intervals(m->samples, m->n, m->n_chains, m->n_chains, r);
}

static void merge_pairs(struct sim *m)
{
	for (uint32_t i = 0; i < m->n / 2; i++)
		for (uint32_t c = 0; c < m->n_chains; c++) {
			struct sample *to = &m->samples[i * m->n_chains + c];
			struct sample *one = &m->samples[2 * i * m->n_chains + c];
			struct sample *two = &m->samples[(2 * i + 1) * m->n_chains + c];
			if (to != one) {
				*to = (struct sample){0};
				sample_merge(to, one);
			}
			sample_merge(to, two);
		}
	m->n /= 2;
}

static double relative(struct interval i)
{
	return i.value > 0 ? i.half / i.value : 0;
}

/* Packets move in bursts, so the edges of a window make its count uncertain by about one burst: the
 * largest such share of any task. In a periodic run no spread between samples would show it. */
static double edges(const struct sim *m)
{
	const struct build *b = m->builds[0];
	double worst = 0, windows = m->n_windows ? 1 : (double)m->n / m->n_builds;
	for (uint32_t i = 0; i < b->n_tasks; i++) {
		const struct task *t = b->tasks[i].task;
		if (t->bursts)
			worst = fmax(worst, windows / (double)t->bursts);
	}
	return worst;
}

/* Of the percentiles asked for; without a half-width there is no end yet. */
static double reached_quantiles(const struct sim *m, uint32_t c)
{
	static const double q[] = {
		[RUN_OF_P50] = 0.5, [RUN_OF_P90] = 0.9, [RUN_OF_P99] = 0.99, [RUN_OF_P999] = 0.999};
	double widest = 0;
	for (enum run_of of = RUN_OF_P50; of <= RUN_OF_P999; of++) {
		if (!(m->scenario->run.wanted & RUN_WANTS(of)))
			continue;
		struct interval i = summary_quantile(m->samples, m->n, m->n_chains, c, q[of]);
		widest = isnan(i.half) ? INFINITY : fmax(widest, relative(i));
	}
	return widest;
}

/* The widest relative half-width of what was asked for, of any chain. A loss that was never seen
 * has a bound and no width. */
static double reached(const struct sim *m)
{
	unsigned wanted = m->scenario->run.wanted;
	double widest = 0;
	for (uint32_t c = 0; c < m->n_chains; c++) {
		struct run_chain r;
		summary_intervals(m->samples, m->n, m->n_chains, c, &r);
		if (wanted & RUN_WANTS(RUN_OF_RATE))
			widest = fmax(widest, relative(r.delivered_pps));
		if ((wanted & RUN_WANTS(RUN_OF_LOSS)) && r.dropped)
			widest = fmax(widest, relative(r.loss_ratio));
		if ((wanted & RUN_WANTS(RUN_OF_MEAN)) && r.delivered)
			widest = fmax(widest, relative(r.latency.mean_ns));
		if (r.delivered)
			widest = fmax(widest, reached_quantiles(m, c));
	}
	return widest;
}

/* Whether to stop: precise enough, or out of budget. */
static bool enough(struct sim *m, double least_packets, enum run_verdict *verdict)
{
	const struct run_use *run = &m->scenario->run;
	m->precision = fmax(reached(m), edges(m));
	*verdict = RUN_PRECISE;
	bool many = (double)m->delivered >= least_packets ||
		    (double)m->packets >= MOST_LOST * least_packets;
	if (m->precision <= run->precision.value && many)
		return true;
	*verdict = m->precision <= run->precision.value ? RUN_PRECISE : RUN_BUDGET;
	return 2 * m->packets > (uint64_t)run->max_packets || pilot_rate_pps(m->scenario) <= 0;
}

static enum run_verdict run_long(struct sim *m, uint32_t replication)
{
	enum run_verdict verdict = RUN_PRECISE;
	const struct run_use *run = &m->scenario->run;
	struct build *b = keep(m, start_replication(m, replication, 0));
	m->sample_ps = longer(
		time_of(m, least_packets(m) / BATCHES / 4), pilot_longest_timer(m->scenario, b));
	if (run->duration.dim)
		m->sample_ps = ((ps_t)run->duration.value + BATCHES - 1) / BATCHES;
	for (;;) {
		while (m->n < BATCHES)
			measure(m, b, m->sample_ps, add_samples(m));
		bool stop = enough(m, least_packets(m), &verdict);
		if (run->duration.dim)
			return RUN_PRECISE;
		if (stop)
			return verdict;
		merge_pairs(m);
		m->sample_ps *= 2;
	}
}

/* One more replication into a sample, over at once: only the first net stays, for its names. */
static void add_short(struct sim *m, uint32_t number, struct sample *s)
{
	double packets = pilot_rate_pps(m->scenario) * (double)m->sample_ps / (double)PS_PER_S;
	struct build *b = start_replication(m, number, fmin(START_PACKETS, packets));
	measure(m, b, m->sample_ps, s);
	end_replication(m, b);
	if (m->n_builds)
		net_free(b->net);
	else
		keep(m, b);
}

static struct interval mean_latency(const struct sim *m)
{
	struct run_chain all;
	summary_intervals(m->samples, m->n, m->n_chains, m->n_chains, &all);
	return all.latency.mean_ns;
}

/* Empties the samples, to be filled by short replications. */
static void start_short(struct sim *m)
{
	ps_t timers = TIMERS * pilot_longest_timer(m->scenario, m->builds[0]);
	free_samples(m);
	free_builds(m);
	m->before.chain = NULL;
	m->delivered = 0;
	if (!m->scenario->run.warmup.dim)
		m->warmup_ps = m->short_warmup_ps;
	m->sample_ps = longer(m->warmup_ps, timers);
}

/* Where phases stay as they are, what counts is how many there were: everything anew with short
 * replications, in groups of a size that doubles until the intervals between groups are narrow.
 * They warm up without waiting for MSER-5; what the long ones saw must agree. */
static enum run_verdict run_short_replications(struct sim *m, uint32_t first)
{
	enum run_verdict verdict = RUN_PRECISE;
	struct interval was = mean_latency(m);
	start_short(m);
	for (uint32_t size = 1, target = GROUPS;; target = MOST_GROUPS) {
		while (m->n < target) {
			struct sample *s = add_samples(m);
			for (uint32_t i = 0; i < size; i++)
				add_short(m, first + m->n_windows, s);
		}
		if (enough(m, least_packets(m), &verdict)) {
			struct interval is = mean_latency(m);
			m->warmup_doubtful |=
				fabs(is.value - was.value) > 1.5 * hypot(is.half, was.half);
			return verdict;
		}
		if (target == MOST_GROUPS) {
			merge_pairs(m);
			size *= 2;
		}
	}
}

/* Whether running on for as long again gained little, with much still to gain. */
static bool useless(const struct sim *m, double before)
{
	const struct run_use *run = &m->scenario->run;
	return !run->replications && !run->duration.dim && m->precision > USELESS * before &&
	       m->precision > 2 * run->precision.value;
}

/* Samples are replications. When they are too few or too short, they are run on for as long
 * again, and the next time as many more are added: phases that drift need the first, fixed ones
 * the second. */
static enum run_verdict run_replications(struct sim *m, uint32_t first)
{
	enum run_verdict verdict = RUN_PRECISE;
	const struct run_use *run = &m->scenario->run;
	uint32_t target = run->replications         ? (uint32_t)run->replications
			  : run->least_replications ? run->least_replications
						    : RUN_REPLICATIONS;
	bool fixed = run->replications && run->duration.dim;
	double within = fmin(START_PACKETS, least_packets(m) / RUN_REPLICATIONS);
	double before = INFINITY;
	for (bool lengthen = true;; lengthen = !lengthen) {
		while (m->n < target) {
			struct build *b = keep(m, start_replication(m, first + m->n, within));
			if (!m->sample_ps)
				m->sample_ps =
					run->duration.dim
						? (ps_t)run->duration.value
						: longer(time_of(m, least_packets(m) / target),
							  TIMERS * pilot_longest_timer(
									   m->scenario, b));
			measure(m, b, m->sample_ps, add_samples(m));
		}
		bool stop = enough(m, least_packets(m), &verdict);
		if (fixed)
			return RUN_PRECISE;
		if (stop)
			return verdict;
		if (!lengthen && target >= JUDGED && useless(m, before))
			return run_short_replications(m, first);
		before = m->precision;
		lengthen |= edges(m) > run->precision.value;
		if (!run->duration.dim &&
			(lengthen || run->replications || target >= MAX_REPLICATIONS)) {
			for (uint32_t i = 0; i < m->n; i++)
				measure(m, m->builds[i], m->sample_ps,
					m->samples + (size_t)i * m->n_chains);
			m->sample_ps *= 2;
		} else if (target < MAX_REPLICATIONS) {
			target *= 2;
		} else {
			return verdict;
		}
	}
}

static bool wants_replications(const struct scenario *s)
{
	if (s->run.replications)
		return s->run.replications > 1;
	return (run_is_periodic(s) || s->run.least_replications) && !s->run.duration.dim;
}

struct run_result *run_scenario(const struct scenario *s, const struct run_options *o)
{
	struct sim m = {.scenario = s, .options = o, .n_chains = (uint32_t)s->chains.n};
	m.arena = arena_new();
	m.precision = NAN;
	uint32_t first = o ? o->first_replication : 0;
	bool many = wants_replications(s);
	enum run_verdict verdict = many ? run_replications(&m, first) : run_long(&m, first);
	bool ended = m.n_windows;
	for (uint32_t i = 0; i < m.n_builds && !ended; i++)
		end_replication(&m, m.builds[i]);
	struct summary_input in = {m.builds[0], &m.total, m.samples, m.n, m.n_chains};
	struct run_result *r = summary_make(&in, m.arena);
	r->verdict = verdict;
	r->precision = m.precision;
	r->warmup_ps = m.warmup_ps;
	r->sample_ps = m.sample_ps;
	r->first_replication = first;
	r->n_windows = m.n_windows;
	r->windows = arena_alloc(m.arena, m.n_windows * sizeof *r->windows);
	memcpy(r->windows, m.windows, m.n_windows * sizeof *r->windows);
	r->warmup_s = (double)m.warmup_ps / (double)PS_PER_S;
	r->warmup_doubtful = m.warmup_doubtful;
	r->replications = many;
	r->samples = m.n;
	r->seed = (uint64_t)s->run.seed;
	r->steps = m.steps;
	r->latency_ps = arena_alloc(m.arena, ((size_t)m.n * m.n_chains + 1) * sizeof(struct hist));
	for (uint32_t i = 0; i < m.n * m.n_chains; i++)
		r->latency_ps[i] = m.samples[i].latency_ps;
	free_builds(&m);
	free(m.samples);
	free(m.builds);
	free(m.windows);
	return r;
}

void run_free(struct run_result *r)
{
	if (!r)
		return;
	for (uint32_t i = 0; i <= r->n_chains; i++)
		hist_clear(&r->chains[i].hist);
	for (uint32_t i = 0; i < r->samples * r->n_chains; i++)
		hist_clear(&r->latency_ps[i]);
	arena_free(r->arena);
}
