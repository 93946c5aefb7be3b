/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * search - see the header; loads are compared in logarithms, so that widths are relative everywhere
 */
#include "plan/search.h"

#include <assert.h>
#include <math.h>

#define STEP_GROWTH 8.0     /* of moves outwards */
#define SHORT_FROM_WIDTHS 4 /* bounds further apart than this are halved by short trials */
#define SLACK 1e-9

/* What is known of one load. */
enum verdict { UNTRIED, PASSED_SHORT, FAILED_SHORT, PASSED, FAILED };

/* Two neighbouring loads that the goal lies between; NaN where there is none. */
struct bracket {
	double lower, upper;
	enum verdict lower_is, upper_is;
};

void search_init(struct search *s, const struct search_spec *spec)
{
	assert(spec->n_goals <= SEARCH_GOALS && spec->max_trials <= SEARCH_TRIALS);
	assert(spec->min_load > 0 && spec->min_load <= spec->max_load);
	*s = (struct search){.spec = *spec};
	for (size_t g = 0; g < spec->n_goals; g++)
		s->goal[g].step = -log1p(-spec->width);
}

static double loss(const struct search_trial *t)
{
	return t->sent > 0 ? t->lost / t->sent : 0;
}

static bool full(const struct search *s, const struct search_trial *t)
{
	return t->ask.length >= s->spec.full_length;
}

/* Whether one trial decides its load: what a short one lost may be too much for a full one. */
static enum verdict judge(const struct search *s, const struct search_trial *t, double allowed)
{
	bool failed = loss(t) > allowed;
	if (full(s, t))
		return failed ? FAILED : PASSED;
	if (t->sent > 0 && t->lost > allowed * t->sent * s->spec.full_length / t->ask.length)
		return FAILED;
	return failed ? FAILED_SHORT : PASSED_SHORT;
}

static enum verdict load_is(const struct search *s, double load, double allowed)
{
	enum verdict worst = UNTRIED, any = UNTRIED;
	for (size_t i = 0; i < s->n_trials; i++) {
		const struct search_trial *t = &s->trial[i];
		if (t->ask.load != load)
			continue;
		enum verdict v = judge(s, t, allowed);
		any = v > any ? v : any;
		worst = full(s, t) && v > worst ? v : worst;
	}
	return worst == UNTRIED || any == FAILED ? any : worst;
}

static bool fails(enum verdict v)
{
	return v == FAILED || v == FAILED_SHORT;
}

/* Whether a load that passed a short trial failed a full one: then short ones are too short. */
static bool misled(const struct search *s, double allowed)
{
	for (size_t i = 0; i < s->n_trials; i++) {
		const struct search_trial *t = &s->trial[i];
		if (judge(s, t, allowed) == PASSED_SHORT &&
			load_is(s, t->ask.load, allowed) == FAILED)
			return true;
	}
	return false;
}

/* only_full: the lower end must be a load that passed a full trial. */
static struct bracket bracket_of(const struct search *s, size_t goal, bool only_full)
{
	double allowed = s->spec.loss_ratio[goal];
	only_full |= misled(s, allowed);
	struct bracket b = {NAN, NAN, UNTRIED, UNTRIED};
	for (size_t i = 0; i < s->n_trials; i++) {
		double load = s->trial[i].ask.load;
		enum verdict v = load_is(s, load, allowed);
		if (fails(v) && !(load >= b.upper)) {
			b.upper = load;
			b.upper_is = v;
		}
	}
	for (size_t i = 0; i < s->n_trials; i++) {
		double load = s->trial[i].ask.load;
		enum verdict v = load_is(s, load, allowed);
		bool passes = v == PASSED || (v == PASSED_SHORT && !only_full);
		if (passes && !(load >= b.upper) && !(load <= b.lower)) {
			b.lower = load;
			b.lower_is = v;
		}
	}
	return b;
}

static bool narrow(const struct search *s, const struct bracket *b)
{
	return b->upper - b->lower <= s->spec.width * b->upper * (1 + SLACK);
}

/* What the lowest load that failed delivered is what the device can do; a goal that allows
 * losses is met a little above. */
static double guess(const struct search *s, size_t goal, const struct bracket *b)
{
	double delivered = NAN;
	for (size_t i = 0; i < s->n_trials; i++)
		if (s->trial[i].ask.load == b->upper)
			delivered = b->upper * (1 - loss(&s->trial[i]));
	return delivered / (1 - s->spec.loss_ratio[goal]) * (1 - s->spec.width / 2);
}

/* Follows what the last probe showed. */
static void turn(struct search_state *g, const struct bracket *b)
{
	if (!(g->probe > 0))
		return;
	if (g->move == SEARCH_GUESS)
		g->move = g->probe >= b->upper ? SEARCH_DOWN : SEARCH_UP;
	else if ((g->move == SEARCH_DOWN && g->probe <= b->lower) ||
		 (g->move == SEARCH_UP && g->probe >= b->upper))
		g->move = SEARCH_HALVE;
}

/* The next load for a goal that is not decided; *shorter: whether a short trial will do. */
static double move(struct search *s, size_t goal, const struct bracket *b, bool *shorter)
{
	struct search_state *g = &s->goal[goal];
	double load = NAN, narrowest = -log1p(-s->spec.width);
	turn(g, b);
	if (g->move == SEARCH_GUESS) {
		load = guess(s, goal, b);
		if (!(load < b->upper) || load <= b->lower || load < s->spec.min_load)
			g->move = isnan(b->lower) ? SEARCH_DOWN : SEARCH_UP;
	}
	if (g->move != SEARCH_GUESS && isnan(b->lower))
		g->move = SEARCH_DOWN;
	else if (g->move == SEARCH_DOWN)
		g->move = SEARCH_HALVE;
	*shorter = g->step > narrowest * (1 + SLACK);
	if (g->move == SEARCH_DOWN)
		load = fmax(b->upper * exp(-g->step), s->spec.min_load);
	else if (g->move == SEARCH_UP)
		load = b->lower * exp(g->step);
	if (g->move == SEARCH_DOWN || g->move == SEARCH_UP)
		g->step *= STEP_GROWTH;
	if (g->move == SEARCH_HALVE || load >= b->upper) {
		g->move = g->move == SEARCH_GUESS ? g->move : SEARCH_HALVE;
		load = sqrt(b->lower * b->upper);
		*shorter = log(b->upper / b->lower) > SHORT_FROM_WIDTHS * narrowest;
	}
	*shorter &= g->move != SEARCH_GUESS && !misled(s, s->spec.loss_ratio[goal]);
	g->probe = load;
	return load;
}

/* A goal's next trial; false: it needs none. */
static bool goal_next(struct search *s, size_t goal, struct search_ask *ask)
{
	struct bracket b = bracket_of(s, goal, false);
	bool shorter = false;
	if (isnan(b.upper))
		return false;
	ask->length = s->spec.full_length;
	if (isnan(b.lower) && b.upper <= s->spec.min_load) {
		ask->load = b.upper;
		return b.upper_is == FAILED_SHORT;
	}
	if (!isnan(b.lower) && narrow(s, &b)) {
		ask->load = b.lower_is == PASSED_SHORT ? b.lower : b.upper;
		return b.lower_is == PASSED_SHORT || b.upper_is == FAILED_SHORT;
	}
	ask->load = move(s, goal, &b, &shorter);
	if (shorter)
		ask->length = s->spec.short_length;
	return true;
}

/* Goals whose best load has passed only a short trial. */
static size_t unconfirmed(const struct search *s, double *load)
{
	size_t n = 0;
	for (size_t g = s->spec.n_goals; g-- > 0;) {
		struct bracket b = bracket_of(s, g, false);
		if (b.lower_is == PASSED_SHORT) {
			*load = b.lower;
			n++;
		}
	}
	return n;
}

bool search_next(struct search *s, struct search_ask *ask)
{
	size_t left = s->spec.max_trials - s->n_trials;
	bool more = left > 0;
	double load = 0;
	*ask = (struct search_ask){s->spec.max_load, s->spec.full_length};
	if (more && s->n_trials) {
		if (left <= unconfirmed(s, &load)) {
			ask->load = load;
		} else {
			more = false;
			for (size_t g = 0; g < s->spec.n_goals && !more; g++)
				more = goal_next(s, g, ask);
		}
	}
	s->asked = *ask;
	return more;
}

void search_tell(struct search *s, double sent, double lost)
{
	assert(s->n_trials < s->spec.max_trials);
	s->trial[s->n_trials++] = (struct search_trial){s->asked, sent, lost};
}

struct search_bounds search_result(const struct search *s, size_t goal)
{
	struct bracket b = bracket_of(s, goal, true);
	struct search_bounds r = {SEARCH_BUDGET, b.lower, b.upper, NAN, NAN, NAN, false};
	for (size_t i = 0; i < s->n_trials; i++) {
		const struct search_trial *t = &s->trial[i];
		if (t->ask.load == b.lower && full(s, t)) {
			r.loss_ratio = loss(t);
			r.throughput = b.lower * (1 - r.loss_ratio);
		}
		r.non_monotonic |= t->ask.load > b.upper && full(s, t) &&
				   load_is(s, t->ask.load, s->spec.loss_ratio[goal]) == PASSED;
	}
	r.width = (b.upper - b.lower) / b.upper;
	if (isnan(b.upper) && s->n_trials)
		r.verdict = SEARCH_AT_MAX;
	else if (isnan(b.lower) && b.upper <= s->spec.min_load && b.upper_is == FAILED)
		r.verdict = SEARCH_NONE;
	else if (!isnan(b.lower) && narrow(s, &b) && b.upper_is == FAILED)
		r.verdict = SEARCH_FOUND;
	return r;
}
