/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/planner.h"

#include "model/estimate.h"
#include "model/run.h"
#include "plan/load.h"
#include "plan/power.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RETRIES = 2, RUNNER_UPS = 3 };

#define FINER 4    /* precision of each retry */
#define DOUBT 0.02 /* what an estimate of throughput may be wrong by */

/* A search under way. */
struct work {
	const struct planner_ask *ask;
	struct planner *p;
	planner_progress *progress;
	void *arg;
	struct arena *arena;
	size_t *order; /* numbers of candidates, least first */
};

static struct scenario *read_candidate(
	const struct work *w, size_t c, struct arena *a, struct diag *d)
{
	size_t n;
	const char **sets = knobs_sets(&w->p->knobs, c, w->ask->sets, w->ask->n_sets, &n, a);
	struct scenario *s = scenario_read(w->ask->scenario, sets, n, a, d);
	if (s)
		build_check(s, d);
	return diag_errors(d) ? NULL : s;
}

/* The first complaint as a text, without its place. */
static const char *first_complaint(const struct diag *d, struct arena *a)
{
	static const char mark[] = "error: ";
	char *text = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&text, &size);
	if (!to)
		return "not possible";
	diag_print(d, to);
	fclose(to);
	const char *from = strstr(text, mark);
	from = from ? from + strlen(mark) : text;
	const char *copy = arena_strndup(a, from, strcspn(from, "\n"));
	free(text);
	return copy;
}

static void measure(const struct scenario *s, const struct build *b, bool power, double *m)
{
	for (size_t i = 0; i < s->chains.n; i++)
		for (size_t v = 0; v < scenario_chain(s, i)->items.n; v++) {
			const struct chain_item *it = scenario_item(scenario_chain(s, i), v);
			m[KNOBS_QUEUES] += (double)(it->queues * it->copies);
			m[KNOBS_VCPUS] += (double)(it->vcpus * it->copies);
		}
	m[KNOBS_CORES] = b->net->cores.n;
	m[KNOBS_CLOCK] = s->clock_hz;
	for (size_t i = 0; i < s->servers.n; i++)
		for (uint32_t k = 0; k < b->net->cores.n; k++) {
			const struct core *c = b->net->cores.item[k];
			if (strcmp(c->server, scenario_server(s, i)->name) == 0) {
				m[KNOBS_SERVERS]++;
				break;
			}
		}
	m[KNOBS_ENERGY] = power ? power_build_w(b, NULL) : NAN;
}

/* Whether the estimate leaves hope for a target: of percentiles it knows nothing. */
static bool hopeful(const struct slo_target *t, const struct estimate *e)
{
	double offered = 0, delivered = 0, loss = 0, mean = 0;
	for (uint32_t i = 0; i < e->n_chains; i++) {
		offered += e->chains[i].offered_pps;
		delivered += e->chains[i].delivered_pps;
		loss = fmax(loss, e->chains[i].loss_ratio);
		mean = fmax(mean, e->valid ? e->chains[i].mean_latency_ns * PS_PER_NS : 0);
	}
	double limit = t->limit.value;
	if (t->metric == SLO_LOSS)
		return t->above || loss < limit + DOUBT;
	if (t->metric == SLO_RATE && t->limit.dim == DIM_PPS)
		return !t->above || fmin(offered, delivered) > limit * (1 - DOUBT);
	if (t->metric == SLO_MEAN)
		return t->above || !(mean > 2 * limit);
	return true;
}

static void look_at(struct work *w, size_t c)
{
	struct planner_try *t = &w->p->tries[c];
	struct arena *a = arena_new();
	struct diag *d = diag_new();
	struct scenario *s = read_candidate(w, c, a, d);
	*t = (struct planner_try){.number = c, .state = s ? PLANNER_UNTRIED : PLANNER_IMPOSSIBLE};
	if (!s) {
		t->why = first_complaint(d, w->arena);
	} else {
		struct build *b = build_net(s, 1, 0);
		struct estimate e;
		estimate_build(b, &e);
		measure(s, b, !w->p->no_power, t->measure);
		t->hopeful = true;
		for (size_t i = 0; i < w->ask->target.n; i++)
			t->hopeful &= hopeful(&w->ask->target.target[i], &e);
		estimate_free(&e);
		net_free(b->net);
	}
	diag_free(d);
	arena_free(a);
}

/* What is to be precise for the targets to be decided. */
static unsigned wanted(const struct slo *slo)
{
	static const unsigned of[] = {[SLO_MEAN] = RUN_WANTS(RUN_OF_MEAN),
		[SLO_P50] = RUN_WANTS(RUN_OF_P50),
		[SLO_P90] = RUN_WANTS(RUN_OF_P90),
		[SLO_P99] = RUN_WANTS(RUN_OF_P99),
		[SLO_P999] = RUN_WANTS(RUN_OF_P999),
		[SLO_MAX] = 0,
		[SLO_LOSS] = 0,
		[SLO_RATE] = RUN_WANTS(RUN_OF_RATE)};
	unsigned all = RUN_WANTS(RUN_OF_RATE);
	for (size_t i = 0; i < slo->n; i++)
		all |= of[slo->target[i].metric];
	return all;
}

static void note(
	struct work *w, struct planner_try *t, const struct scenario *s, const struct run_result *r)
{
	t->verdict = slo_verdict(&w->ask->target, r);
	for (size_t i = 0; i < w->ask->target.n; i++)
		t->check[i] = slo_check(&w->ask->target.target[i], r);
	t->limit = r->bottleneck ? arena_strdup(w->arena, r->bottleneck) : NULL;
	t->limit_load = r->bottleneck_load;
	if (w->p->no_power)
		return;
	struct build *b = build_net(s, 1, 0);
	t->measure[KNOBS_ENERGY] = power_build_w(b, r);
	net_free(b->net);
}

/* Simulates at the scenario's rate or another, finer and finer as long as the verdict is open. */
static void simulate(struct work *w, struct scenario *s, double rate_pps, struct planner_try *t)
{
	const struct run_options options = {0};
	s->run.wanted |= wanted(&w->ask->target);
	if (rate_pps > 0)
		load_set(s, rate_pps);
	for (int i = 0; i <= RETRIES; i++) {
		struct run_result *r = run_scenario(s, &options);
		note(w, t, s, r);
		run_free(r);
		w->p->simulated++;
		if (w->progress)
			w->progress(w->arg, w->p->simulated);
		if (t->verdict != SLO_OPEN)
			break;
		s->run.precision.value /= FINER;
	}
	t->state = PLANNER_TRIED;
	w->p->open |= t->verdict == SLO_OPEN;
}

static bool try(struct work *w, size_t c)
{
	struct planner_try *t = &w->p->tries[c];
	if (t->state == PLANNER_UNTRIED) {
		struct arena *a = arena_new();
		struct diag *d = diag_new();
		simulate(w, read_candidate(w, c, a, d), 0, t);
		diag_free(d);
		arena_free(a);
	}
	return t->state == PLANNER_TRIED && t->verdict == SLO_MET;
}

/* By what is to be least, then by energy, cores and clock. */
static int by_measure(const void *x, const void *y, void *arg)
{
	const struct work *w = arg;
	const struct planner_try *a = &w->p->tries[*(const size_t *)x];
	const struct planner_try *b = &w->p->tries[*(const size_t *)y];
	const enum knobs_least keys[] = {
		w->ask->least, KNOBS_ENERGY, KNOBS_CORES, KNOBS_CLOCK, KNOBS_VCPUS};
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		double p = a->measure[keys[i]], q = b->measure[keys[i]];
		if (p < q || p > q)
			return p < q ? -1 : 1;
	}
	return (a->number > b->number) - (a->number < b->number);
}

static void sort(struct work *w)
{
	w->order = arena_alloc(w->arena, w->p->n * sizeof(*w->order));
	for (size_t i = 0; i < w->p->n; i++)
		w->order[i] = i;
	qsort_r(w->order, w->p->n, sizeof(*w->order), by_measure, w);
}

/* The first candidate from a place in the order on that simulation confirms; n: none. */
static size_t first_good(struct work *w, size_t from)
{
	for (; from < w->p->n; from++) {
		const struct planner_try *t = &w->p->tries[w->order[from]];
		if (t->state == PLANNER_IMPOSSIBLE || !t->hopeful)
			continue;
		w->p->nearest = t;
		if (try(w, t->number))
			break;
	}
	return from;
}

/* The most of everything that is possible; n: nothing is. */
static size_t last_possible(const struct work *w)
{
	size_t i = w->p->n;
	while (i > 0 && w->p->tries[w->order[i - 1]].state == PLANNER_IMPOSSIBLE)
		i--;
	return i ? i - 1 : w->p->n;
}

static size_t place_of(const struct work *w, size_t c)
{
	size_t i = 0;
	while (w->order[i] != c)
		i++;
	return i;
}

/* A candidate one step smaller in one knob that meets the target all the same, or SIZE_MAX. */
static size_t smaller_good(struct work *w, size_t c)
{
	for (size_t i = 0; i < w->p->knobs.n; i++) {
		size_t down = knobs_down(&w->p->knobs, c, i);
		if (down != SIZE_MAX && place_of(w, down) < place_of(w, c) && try(w, down))
			return down;
	}
	return SIZE_MAX;
}

static void list_smaller(struct work *w, size_t c)
{
	struct planner *p = w->p;
	for (size_t i = 0; i < p->knobs.n; i++) {
		size_t down = knobs_down(&p->knobs, c, i);
		if (down != SIZE_MAX && place_of(w, down) > place_of(w, c))
			continue; /* smaller in this, but not in what is to be least */
		struct planner_smaller *s = &p->smaller[p->n_smaller++];
		*s = (struct planner_smaller){
			.knob = p->knobs.knob[i].name, .floor = p->knobs.knob[i].floor};
		if (down == SIZE_MAX)
			continue;
		s->word = p->knobs.knob[i].words[knobs_at(&p->knobs, down, i)];
		s->try = &p->tries[down];
	}
}

/* Better than an answer in nothing: each knob as high or higher. */
static bool only_more(const struct knobs *k, size_t c, size_t answer)
{
	for (size_t i = 0; i < k->n; i++)
		if (knobs_at(k, c, i) < knobs_at(k, answer, i))
			return false;
	return true;
}

/* The next candidate that meets the target, if possible not just by more of everything. */
static void find_runner_up(struct work *w, size_t from)
{
	struct planner *p = w->p;
	const struct planner_try *more = NULL;
	for (size_t i = from, tried = 0; i < p->n && tried < RUNNER_UPS && !p->runner_up; i++) {
		const struct planner_try *t = &p->tries[w->order[i]];
		if (t->state == PLANNER_IMPOSSIBLE || !t->hopeful)
			continue;
		bool dull = only_more(&p->knobs, t->number, p->answer->number);
		if (dull && more)
			continue;
		tried += t->state == PLANNER_UNTRIED;
		if (try(w, t->number))
			*(dull ? &more : &p->runner_up) = t;
	}
	if (!p->runner_up)
		p->runner_up = more;
}

static void find_answer(struct work *w)
{
	struct planner *p = w->p;
	size_t at = first_good(w, 0), last = last_possible(w);
	if (at == p->n && last < p->n) { /* no hope is an estimate too */
		p->nearest = &p->tries[w->order[last]];
		at = try(w, p->nearest->number) ? last : p->n;
	}
	if (at == p->n)
		return;
	size_t c = w->order[at];
	for (size_t down = c; down != SIZE_MAX; down = smaller_good(w, c))
		c = down;
	p->answer = &p->tries[c];
	p->open = false;
	list_smaller(w, c);
	find_runner_up(w, place_of(w, c) + 1);
}

/* The answer with another clock at another rate. */
static void try_hour(struct work *w, const struct knobs *clocks, size_t clock, double rate_pps,
	struct planner_try *t)
{
	struct arena *a = arena_new();
	struct diag *d = diag_new();
	size_t n, all;
	const char **base =
		knobs_sets(&w->p->knobs, w->p->answer->number, w->ask->sets, w->ask->n_sets, &n, a);
	const char **sets = knobs_sets(clocks, clock, base, n, &all, a);
	struct scenario *s = scenario_read(w->ask->scenario, sets, all, a, d);
	if (s)
		simulate(w, s, rate_pps, t);
	t->measure[KNOBS_CLOCK] = s ? s->clock_hz : NAN;
	diag_free(d);
	arena_free(a);
}

/* Halves the clocks: what meets the target at one clock is taken to meet it at all higher ones. */
static void plan_hour(struct work *w, const struct knobs *clocks, struct planner_hour *h)
{
	size_t low = 0, high = knobs_count(clocks) - 1;
	struct planner_try best = {0}, t = {0};
	try_hour(w, clocks, high, h->rate_pps, &best);
	while (low < high && best.verdict == SLO_MET) {
		size_t mid = (low + high) / 2;
		t = (struct planner_try){0};
		try_hour(w, clocks, mid, h->rate_pps, &t);
		if (t.verdict == SLO_MET) {
			best = t;
			high = mid;
		} else {
			low = mid + 1;
		}
	}
	h->verdict = best.verdict;
	h->clock_hz = best.measure[KNOBS_CLOCK];
	h->watts = best.measure[KNOBS_ENERGY];
}

static void plan_day(struct work *w, const struct scenario *s)
{
	struct planner *p = w->p;
	const struct knobs_range range = {.clock = true, .clock_step = w->ask->range.clock_step};
	struct knobs clocks;
	struct diag *d = diag_new();
	knobs_make(s, &range, &clocks, w->arena, d);
	diag_free(d);
	for (; p->n_hours < w->ask->n_hours; p->n_hours++) {
		struct planner_hour *h = &p->hour[p->n_hours];
		struct quantity q = w->ask->hours[p->n_hours];
		h->rate_pps = q.dim == DIM_RATIO ? q.value * load_pps(s) : q.value;
		size_t same = 0;
		while (p->hour[same].rate_pps != h->rate_pps)
			same++;
		if (same < p->n_hours)
			*h = p->hour[same];
		else
			plan_hour(w, &clocks, h);
	}
}

static bool check_power(
	const struct planner_ask *ask, const struct scenario *s, struct planner *p, struct diag *d)
{
	p->no_power = power_unknown(s);
	p->assumed_power = !p->no_power && power_assumed(s);
	if (p->no_power && ask->least == KNOBS_ENERGY)
		diag_error(d, s->mark, "add power: {idle: 95 W, core_active: 9 W} to the platform",
			"platform '%s' states no power", p->no_power);
	return !p->no_power || ask->least != KNOBS_ENERGY;
}

static bool check_day(const struct planner_ask *ask, const struct scenario *s, struct diag *d)
{
	size_t before = diag_errors(d);
	const char *fixed = ask->n_hours ? load_fixed(s) : NULL;
	if (fixed)
		diag_error(d, s->mark, NULL, "no profile of a day: %s", fixed);
	for (size_t i = 0; !fixed && i < ask->n_hours; i++) {
		struct quantity q = ask->hours[i];
		double pps = q.dim == DIM_RATIO ? q.value * load_pps(s) : q.value;
		if (pps <= 0 || pps > load_max_pps(s) * (1 + 1e-9))
			diag_error(d, s->mark, NULL,
				"hour %zu: %.6g Mpps is outside 0 to line rate, %.6g Mpps", i,
				pps / 1e6, load_max_pps(s) / 1e6);
	}
	return diag_errors(d) == before;
}

static const struct scenario *read_asked(
	const struct planner_ask *ask, struct planner *p, struct arena *a, struct diag *d)
{
	const struct scenario *s = scenario_read(ask->scenario, ask->sets, ask->n_sets, a, d);
	bool good = s && check_power(ask, s, p, d) && check_day(ask, s, d) &&
		    knobs_make(s, &ask->range, &p->knobs, a, d);
	return good ? s : NULL;
}

bool planner_check(const struct planner_ask *ask, struct arena *a, struct diag *d)
{
	return read_asked(ask, arena_alloc(a, sizeof(struct planner)), a, d);
}

struct planner *planner_run(const struct planner_ask *ask, planner_progress *progress, void *arg,
	struct arena *a, struct diag *d)
{
	struct planner *p = arena_alloc(a, sizeof(*p));
	struct work w = {ask, p, progress, arg, a, NULL};
	const struct scenario *s = read_asked(ask, p, a, d);
	if (!s)
		return NULL;
	p->n = knobs_count(&p->knobs);
	p->tries = arena_alloc(a, p->n * sizeof(*p->tries));
	for (size_t c = 0; c < p->n; c++)
		look_at(&w, c);
	sort(&w);
	find_answer(&w);
	if (p->answer)
		plan_day(&w, s);
	return p;
}
