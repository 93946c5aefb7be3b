/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/planner.h"

#include "plan/complaint.h"
#include "plan/hope.h"
#include "plan/load.h"
#include "plan/looks.h"
#include "plan/power.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RUNNER_UPS = 3 };

/* A search under way. */
struct work {
	const struct planner_ask *ask;
	struct planner *p;
	crew_progress *progress;
	void *arg;
	size_t later; /* simulations that may follow those under way */
	struct crew *crew;
	struct arena *arena;
	size_t *order;          /* numbers of candidates, least first */
	struct crew_told *told; /* of each candidate, perhaps ahead of time; zeros: not asked yet */
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

static void look_at(struct work *w, size_t c)
{
	struct planner_try *t = &w->p->tries[c];
	struct arena *a = arena_new();
	struct diag *d = diag_new();
	struct scenario *s = read_candidate(w, c, a, d);
	*t = (struct planner_try){.number = c, .state = s ? PLANNER_UNTRIED : PLANNER_IMPOSSIBLE};
	if (!s) {
		t->why = complaint_first(d, w->arena);
	} else {
		struct build *b = build_net(s, 1, 0);
		struct estimate e;
		estimate_build(b, &e);
		measure(s, b, !w->p->no_power, t->measure);
		t->hopeful = hope(&w->ask->target, &e);
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

static struct crew_ask ask_for(
	const struct work *w, const char **sets, size_t n_sets, double rate_pps)
{
	return (struct crew_ask){.scenario = w->ask->scenario,
		.sets = sets,
		.n_sets = n_sets,
		.rate_pps = rate_pps,
		.wanted = wanted(&w->ask->target),
		.target = w->ask->target_text,
		.looks = LOOKS_MOST};
}

/* Takes what was told as the result of a candidate, now that it is wanted. */
static void note(struct work *w, struct planner_try *t, const struct crew_told *told)
{
	const struct run_result *r = &told->run;
	t->state = PLANNER_TRIED;
	t->verdict = slo_verdict(&w->ask->target, r);
	for (size_t i = 0; i < w->ask->target.n; i++)
		t->check[i] = slo_check(&w->ask->target.target[i], r);
	t->limit = r->bottleneck;
	t->limit_load = r->bottleneck_load;
	if (!w->p->no_power)
		t->measure[KNOBS_ENERGY] = told->watts;
	w->p->simulated += told->simulations;
	w->p->open |= t->verdict == SLO_OPEN;
}

static void watch(void *arg, const struct crew_state *now)
{
	const struct work *w = arg;
	struct crew_state mine = *now;
	mine.doing = "simulated";
	mine.left += w->later;
	mine.about = true;
	w->progress(w->arg, &mine);
}

static size_t place_of(const struct work *w, size_t c)
{
	size_t i = 0;
	while (w->order[i] != c)
		i++;
	return i;
}

static void add(const struct work *w, size_t c, size_t *list, size_t *n)
{
	bool known = w->told[c].simulations || w->p->tries[c].state != PLANNER_UNTRIED;
	for (size_t i = 0; i < *n; i++)
		known |= list[i] == c;
	if (!known && *n < crew_size(w->crew))
		list[(*n)++] = c;
}

/* A candidate and, as far as there are workers, what will be wanted next: everything one step
 * smaller if it meets the target, and those after it. */
static size_t look_ahead(const struct work *w, size_t c, size_t *list)
{
	size_t n = 0, at = place_of(w, c);
	add(w, c, list, &n);
	for (size_t i = 0; i < w->p->knobs.n; i++) {
		size_t down = knobs_down(&w->p->knobs, c, i);
		if (down != SIZE_MAX && place_of(w, down) < at)
			add(w, down, list, &n);
	}
	for (size_t i = at + 1; i < w->p->n && n < crew_size(w->crew); i++)
		if (w->p->tries[w->order[i]].hopeful)
			add(w, w->order[i], list, &n);
	return n;
}

static size_t count_hopeful(const struct work *w)
{
	size_t n = 0;
	for (size_t i = 0; i < w->p->n; i++)
		n += w->p->tries[i].state == PLANNER_UNTRIED && w->p->tries[i].hopeful &&
		     !w->told[i].simulations;
	return n;
}

static bool ask_ahead(struct work *w, size_t c)
{
	size_t *list = xcalloc(crew_size(w->crew), sizeof *list), n = look_ahead(w, c, list);
	w->later = count_hopeful(w);
	struct arena *a = arena_new();
	struct crew_ask *asks = arena_alloc(a, n * sizeof *asks);
	struct crew_told *told = arena_alloc(a, n * sizeof *told);
	for (size_t i = 0; i < n; i++) {
		size_t n_sets;
		const char **sets =
			knobs_sets(&w->p->knobs, list[i], w->ask->sets, w->ask->n_sets, &n_sets, a);
		asks[i] = ask_for(w, sets, n_sets, 0);
		asks[i].what = knobs_words(&w->p->knobs, list[i], a);
		w->later -= w->p->tries[list[i]].hopeful;
	}
	bool good = crew_run(w->crew, asks, n, told, w->arena);
	for (size_t i = 0; good && i < n; i++)
		w->told[list[i]] = told[i];
	arena_free(a);
	free(list);
	return good;
}

static bool try(struct work *w, size_t c)
{
	struct planner_try *t = &w->p->tries[c];
	if (t->state == PLANNER_UNTRIED && (w->told[c].simulations || ask_ahead(w, c)))
		note(w, t, &w->told[c]);
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

/* The search for the clock of an hour: the answer at another clock and another rate. */
struct bisection {
	struct planner_hour *hour;
	size_t low, high, at; /* clocks that are left, the one to try */
	bool over;
};

static const char **hour_sets(
	const struct work *w, const struct knobs *clocks, size_t clock, size_t *n, struct arena *a)
{
	size_t n_base;
	const char **base = knobs_sets(
		&w->p->knobs, w->p->answer->number, w->ask->sets, w->ask->n_sets, &n_base, a);
	return knobs_sets(clocks, clock, base, n_base, n, a);
}

static void note_hour(struct work *w, const struct knobs *clocks, struct bisection *b,
	const struct crew_told *told)
{
	struct planner_try t = {0};
	note(w, &t, told);
	bool first = b->at == knobs_count(clocks) - 1;
	if (first || t.verdict == SLO_MET) {
		b->hour->verdict = t.verdict;
		b->hour->clock = b->at;
		b->hour->watts = w->p->no_power ? NAN : t.measure[KNOBS_ENERGY];
		b->high = b->at;
	} else {
		b->low = b->at + 1;
	}
	b->at = (b->low + b->high) / 2;
	b->over = b->low >= b->high || b->hour->verdict != SLO_MET;
}

/* Steps that it takes at most to halve so many clocks down to one. */
static size_t halvings(size_t n)
{
	size_t steps = 0;
	for (; n; n /= 2)
		steps++;
	return steps;
}

/* A step of all hours that are not over; false: there are none. */
static bool try_hours(struct work *w, const struct knobs *clocks, struct bisection *b, size_t n)
{
	struct crew_ask asks[PLANNER_HOURS];
	struct crew_told told[PLANNER_HOURS] = {{.simulations = 0}};
	struct arena *a = arena_new();
	size_t left = 0;
	w->later = 0;
	for (size_t i = 0; i < n; i++) {
		size_t n_sets;
		if (b[i].over)
			continue;
		const char **sets = hour_sets(w, clocks, b[i].at, &n_sets, a);
		asks[left] = ask_for(w, sets, n_sets, b[i].hour->rate_pps);
		asks[left++].what = arena_printf(a, "hour %zu: %s",
			(size_t)(b[i].hour - w->p->hour), knobs_words(clocks, b[i].at, a));
		w->later += halvings((b[i].high - b[i].low) / 2);
	}
	bool good = left && crew_run(w->crew, asks, left, told, w->arena);
	for (size_t i = 0, k = 0; good && i < n; i++)
		if (!b[i].over)
			note_hour(w, clocks, &b[i], &told[k++]);
	arena_free(a);
	return good;
}

static size_t same_rate(const struct planner *p, size_t hour)
{
	size_t same = 0;
	while (p->hour[same].rate_pps != p->hour[hour].rate_pps)
		same++;
	return same;
}

static double clock_of(const struct work *w, const struct knobs *clocks, size_t clock)
{
	struct arena *a = arena_new();
	struct diag *d = diag_new();
	size_t n;
	const char **sets = hour_sets(w, clocks, clock, &n, a);
	const struct scenario *s = scenario_read(w->ask->scenario, sets, n, a, d);
	double hz = s ? s->clock_hz : NAN;
	diag_free(d);
	arena_free(a);
	return hz;
}

/* Halves the clocks of each rate, from the highest one on: what meets the target at one clock is
 * taken to meet it at all higher ones. */
static void plan_day(struct work *w, const struct scenario *s)
{
	struct planner *p = w->p;
	const struct knobs_range range = {.clock = true, .clock_step = w->ask->range.clock_step};
	struct bisection b[PLANNER_HOURS];
	struct knobs clocks;
	size_t n = 0;
	struct diag *d = diag_new();
	knobs_make(s, &range, &clocks, w->arena, d);
	diag_free(d);
	for (; p->n_hours < w->ask->n_hours; p->n_hours++) {
		struct planner_hour *h = &p->hour[p->n_hours];
		struct quantity q = w->ask->hours[p->n_hours];
		h->rate_pps = q.dim == DIM_RATIO ? q.value * load_pps(s) : q.value;
		size_t high = knobs_count(&clocks) - 1;
		if (same_rate(p, p->n_hours) == p->n_hours)
			b[n++] = (struct bisection){h, 0, high, high, false};
	}
	while (try_hours(w, &clocks, b, n))
		;
	for (size_t i = 0; i < p->n_hours; i++) {
		size_t same = same_rate(p, i);
		if (same == i)
			p->hour[i].clock_hz = clock_of(w, &clocks, p->hour[i].clock);
		else
			p->hour[i] = p->hour[same];
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

struct planner *planner_run(const struct planner_ask *ask, struct crew *crew,
	crew_progress *progress, void *arg, struct arena *a, struct diag *d)
{
	struct planner *p = arena_alloc(a, sizeof(*p));
	struct work w = {
		.ask = ask, .p = p, .progress = progress, .arg = arg, .crew = crew, .arena = a};
	bool interrupted;
	const struct scenario *s = read_asked(ask, p, a, d);
	if (!s)
		return NULL;
	p->n = knobs_count(&p->knobs);
	p->tries = arena_alloc(a, p->n * sizeof(*p->tries));
	w.told = arena_alloc(a, p->n * sizeof(*w.told));
	for (size_t c = 0; c < p->n; c++)
		look_at(&w, c);
	sort(&w);
	crew_watch(crew, progress ? watch : NULL, &w);
	find_answer(&w);
	if (p->answer)
		plan_day(&w, s);
	crew_watch(crew, NULL, NULL);
	return crew_failure(crew, &interrupted) ? NULL : p;
}
