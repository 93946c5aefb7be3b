/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "validate/ledger.h"

#include "plan/ndr.h"
#include "validate/refit.h"

#include <gsl/gsl_statistics.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LINE_RATE_LOSS 0.005
#define RATE_TOLERANCE 0.05
#define LATENCY_TOLERANCE 0.15
#define Z95 1.96

static const unsigned standard_sizes_B[] = {64, 128, 256, 512, 1024, 1518};
enum { N_SIZES = sizeof standard_sizes_B / sizeof *standard_sizes_B };

/* --- From a point to runs, and back to a number --- */

static void ask_term(struct runs *runs, const struct dataset_point *p, const struct dataset_term *t,
	const struct runs_request *like, struct ledger_runs *to, struct diag *d)
{
	struct arena *a = runs_arena(runs);
	size_t times = p->metric == DATASET_LINE_RATE_SIZE ? N_SIZES : 1;
	size_t before = diag_errors(d);
	for (size_t i = 0; i < times && diag_errors(d) == before; i++) {
		const char **sets = arena_alloc(a, (t->n_sets + like->n_sets + 1) * sizeof *sets);
		size_t n = 0;
		for (size_t j = 0; j < t->n_sets; j++)
			sets[n++] = t->sets[j];
		if (times > 1)
			sets[n++] = arena_printf(a, "traffic.size=%u B", standard_sizes_B[i]);
		for (size_t j = 0; j < like->n_sets; j++)
			sets[n++] = like->sets[j];
		struct runs_request q = *like;
		ledger_want(&q, p);
		q.path = t->path;
		q.sets = sets;
		q.n_sets = n;
		to->run[to->n++] = runs_ask(runs, &q, d);
	}
	if (diag_errors(d) > before)
		diag_error(d, p->mark, NULL, "point '%s' cannot be predicted", p->id);
}

struct ledger_runs ledger_ask(struct runs *runs, const struct dataset_point *p, bool right,
	const struct runs_request *like, struct diag *d)
{
	const struct param_list *more = right ? &p->against : &p->plus;
	const struct dataset_term *terms = more->items;
	struct ledger_runs to = {0};
	to.run = arena_alloc(runs_arena(runs), (more->n + 1) * N_SIZES * sizeof *to.run);
	if (!right)
		ask_term(runs, p, &p->term, like, &to, d);
	for (size_t i = 0; i < more->n; i++)
		ask_term(runs, p, &terms[i], like, &to, d);
	return to;
}

static struct interval lost_pps(const struct runs_answer *a, const struct dataset_point *p)
{
	const char *const *wanted = p->places.items;
	struct interval lost = {0, a->delivered_pps.half};
	for (uint32_t i = 0; i < a->n_places; i++) {
		bool counts = !p->places.n;
		for (size_t j = 0; j < p->places.n; j++)
			counts |= strcmp(wanted[j], a->places[i].name) == 0;
		if (counts)
			lost.value += a->places[i].pps;
	}
	return lost;
}

static unsigned percentile_of(const struct dataset_point *p)
{
	switch ((enum dataset_metric)p->metric) {
	case DATASET_MEDIAN:
	case DATASET_P50:
		return RUN_WANTS(RUN_OF_P50);
	case DATASET_P90:
		return RUN_WANTS(RUN_OF_P90);
	case DATASET_P99:
		return RUN_WANTS(RUN_OF_P99);
	case DATASET_P999:
		return RUN_WANTS(RUN_OF_P999);
	default:
		return 0;
	}
}

void ledger_want(struct runs_request *q, const struct dataset_point *p)
{
	q->wanted |= percentile_of(p);
	q->search = dataset_is_searched(p);
	q->loss_ratio = p->loss.dim ? p->loss.value : ndr_defaults.pdr_ratio;
}

static struct interval in_ps(struct interval ns)
{
	return (struct interval){ns.value * (double)PS_PER_NS, ns.half * (double)PS_PER_NS};
}

struct interval ledger_metric(const struct runs_answer *a, const struct dataset_point *p)
{
	switch ((enum dataset_metric)p->metric) {
	case DATASET_DELIVERED:
		return a->delivered_pps;
	case DATASET_LOST:
		return lost_pps(a, p);
	case DATASET_NDR:
		return a->ndr_pps;
	case DATASET_PDR:
		return a->pdr_pps;
	case DATASET_LATENCY:
		return in_ps(a->latency_ns);
	case DATASET_MEDIAN:
	case DATASET_P50:
		return in_ps(a->p50_ns);
	case DATASET_P90:
		return in_ps(a->p90_ns);
	case DATASET_P99:
		return in_ps(a->p99_ns);
	case DATASET_P999:
		return in_ps(a->p999_ns);
	case DATASET_LOSS:
	case DATASET_LINE_RATE:
	case DATASET_LINE_RATE_SIZE:
		break;
	}
	return a->loss_ratio;
}

/* From which standard size on no more is lost; above the largest when there is none. */
static struct interval line_rate_size(const struct runs *runs, const struct ledger_runs *of)
{
	double size_B = INFINITY;
	for (size_t i = N_SIZES; i-- > 0;) {
		if (runs_answer(runs, of->run[i])->loss_ratio.value > LINE_RATE_LOSS)
			break;
		size_B = standard_sizes_B[i];
	}
	return (struct interval){size_B, 0};
}

struct interval ledger_value(
	const struct runs *runs, const struct dataset_point *p, const struct ledger_runs *of)
{
	if (p->metric == DATASET_LINE_RATE_SIZE)
		return line_rate_size(runs, of);
	struct interval sum = {0, 0};
	for (size_t i = 0; i < of->n; i++) {
		struct interval m = ledger_metric(runs_answer(runs, of->run[i]), p);
		sum.value += m.value;
		sum.half = isnan(m.half) ? sum.half : hypot(sum.half, m.half);
	}
	return sum;
}

/* --- Judging --- */

bool ledger_class_of(const struct dataset_point *p, enum ledger_class *c)
{
	bool rate = p->metric == DATASET_DELIVERED || p->metric == DATASET_LOST ||
		    dataset_is_searched(p);
	*c = p->kind == DATASET_RATIO ? LEDGER_OTHERS
	     : rate                   ? LEDGER_RATES
	     : dataset_is_latency(p)  ? LEDGER_LATENCIES
				      : LEDGER_OTHERS;
	return dataset_has_error(p);
}

static double tolerance_of(const struct dataset_point *p)
{
	if (p->tolerance.dim)
		return p->tolerance.value;
	return dataset_is_latency(p) && p->kind == DATASET_VALUE ? LATENCY_TOLERANCE
								 : RATE_TOLERANCE;
}

/* Whether x is above 0, when the simulation knows it only to +- half. */
static enum ledger_verdict above_zero(double x, double half)
{
	if (fabs(x) < half)
		return LEDGER_UNCLEAR;
	return x >= 0 ? LEDGER_GOOD : LEDGER_OFF;
}

static void judge_error(struct ledger_row *r, uint32_t draws)
{
	double measured = r->point->measured, value = r->predicted.value;
	double own = r->point->error.value;
	double repeat = Z95 * (own > 0 ? own : r->set->repeatability.value) * value;
	double drawn = draws > 1 ? stats_t975(draws - 1) * r->sd * sqrt(1 + 1.0 / draws) : 0;
	double noise = isnan(r->predicted.half) ? 0 : r->predicted.half;
	r->half = sqrt(noise * noise + repeat * repeat + drawn * drawn);
	r->error = (value - measured) / measured;
	r->covered = fabs(value - measured) <= r->half;
	r->verdict = isnan(r->error)                  ? LEDGER_UNCLEAR
		     : fabs(r->error) <= r->tolerance ? LEDGER_GOOD
						      : LEDGER_OFF;
}

static enum ledger_verdict judge_claim(const struct ledger_row *r)
{
	enum ledger_verdict reached =
		above_zero(LINE_RATE_LOSS - r->predicted.value, r->predicted.half);
	if (reached == LEDGER_UNCLEAR || r->point->truth)
		return reached;
	return reached == LEDGER_GOOD ? LEDGER_OFF : LEDGER_GOOD;
}

void ledger_judge(struct ledger_row *r, uint32_t draws)
{
	const struct dataset_point *p = r->point;
	r->tolerance = tolerance_of(p);
	r->error = NAN;
	r->half = r->predicted.half;
	r->covered = false;
	switch ((enum dataset_kind)p->kind) {
	case DATASET_VALUE:
	case DATASET_RATIO:
		judge_error(r, draws);
		break;
	case DATASET_BOUND:
		r->verdict =
			above_zero(p->sign * (r->predicted.value - p->measured), r->predicted.half);
		break;
	case DATASET_CLAIM:
		r->verdict = judge_claim(r);
		break;
	case DATASET_ORDERING:
		r->verdict = above_zero(p->sign * (r->predicted.value - r->other.value),
			hypot(r->predicted.half, r->other.half));
		break;
	case DATASET_FACT:
		r->verdict = LEDGER_NONE;
		break;
	}
}

/* --- Statistics --- */

struct ledger_stats ledger_sum(const struct ledger_row *const *rows, size_t n)
{
	struct ledger_stats s = {.n = n, .mape = NAN, .bias = NAN, .rank = NAN, .widest = NAN};
	double *x = xcalloc(4 * n + 1, sizeof *x);
	double *y = x + n, *work = y + n;
	double sum = 0, absolute = 0;
	for (size_t i = 0; i < n; i++) {
		x[i] = rows[i]->point->measured;
		y[i] = rows[i]->predicted.value;
		sum += rows[i]->error;
		absolute += fabs(rows[i]->error);
		s.good += rows[i]->verdict == LEDGER_GOOD;
		s.covered += rows[i]->covered;
		s.widest = fmax(s.widest, rows[i]->half / rows[i]->point->measured);
		if (!s.worst || fabs(rows[i]->error) > fabs(s.worst->error))
			s.worst = rows[i];
	}
	if (n > 0) {
		s.mape = absolute / (double)n;
		s.bias = sum / (double)n;
	}
	if (n > 2)
		s.rank = gsl_stats_spearman(x, 1, y, 1, n, work);
	free(x);
	return s;
}

static bool counts(const struct ledger_row *r, const struct dataset *set, enum dataset_use use)
{
	return (!set || r->set == set) && r->point->use == (int)use && !r->point->apart &&
	       r->point->kind != DATASET_FACT;
}

struct ledger_stats ledger_stats(const struct ledger *l, const struct dataset *set,
	enum ledger_class c, enum dataset_use use)
{
	const struct ledger_row **rows = xcalloc(l->n + 1, sizeof *rows);
	size_t n = 0;
	for (size_t i = 0; i < l->n; i++) {
		enum ledger_class own;
		const struct ledger_row *r = &l->rows[i];
		if (counts(r, set, use) && ledger_class_of(r->point, &own) && own == c &&
			!isnan(r->error))
			rows[n++] = r;
	}
	struct ledger_stats s = ledger_sum(rows, n);
	free(rows);
	return s;
}

struct ledger_claims ledger_claims(
	const struct ledger *l, const struct dataset *set, enum dataset_use use)
{
	struct ledger_claims c = {0};
	for (size_t i = 0; i < l->n; i++) {
		const struct ledger_row *r = &l->rows[i];
		if (!counts(r, set, use) || dataset_has_error(r->point))
			continue;
		c.n++;
		c.pass += r->verdict == LEDGER_GOOD;
		c.unclear += r->verdict == LEDGER_UNCLEAR;
	}
	return c;
}

/* --- The whole --- */

static bool wanted(const struct dataset_point *p, const struct ledger_options *o)
{
	if (o->point && strcmp(o->point, p->id) != 0)
		return false;
	return !o->group || (p->group && strncmp(p->group, o->group, strlen(o->group)) == 0);
}

static void list_rows(struct ledger *l, const struct ledger_options *o)
{
	size_t room = 0;
	for (size_t i = 0; i < l->n_sets; i++)
		room += l->sets[i]->points.n;
	l->rows = arena_alloc(l->arena, (room + 1) * sizeof *l->rows);
	for (size_t i = 0; i < l->n_sets; i++) {
		const struct dataset_point *p = l->sets[i]->points.items;
		for (size_t j = 0; j < l->sets[i]->points.n; j++)
			if (wanted(&p[j], o))
				l->rows[l->n++] =
					(struct ledger_row){.set = l->sets[i], .point = &p[j]};
	}
}

static void ask_rows(struct ledger *l, const struct runs_request *like, struct diag *d)
{
	for (size_t i = 0; i < l->n; i++) {
		struct ledger_row *r = &l->rows[i];
		if (r->point->kind == DATASET_FACT)
			continue;
		r->left = ledger_ask(l->runs, r->point, false, like, d);
		r->right = ledger_ask(l->runs, r->point, true, like, d);
	}
}

static struct interval ratio(struct interval x, struct interval y)
{
	double q = x.value / y.value;
	return (struct interval){q, fabs(q) * hypot(x.half / x.value, y.half / y.value)};
}

static void predict(struct ledger *l, struct ledger_row *r)
{
	if (r->point->kind == DATASET_FACT)
		return;
	r->predicted = ledger_value(l->runs, r->point, &r->left);
	r->other = ledger_value(l->runs, r->point, &r->right);
	if (r->point->kind == DATASET_RATIO)
		r->predicted = ratio(r->predicted, r->other);
}

/* Further assignments of the runs of a draw: their noise makes the spread a little wider. */
static const char **sets_of_draws(struct ledger *l, const struct ledger_options *o)
{
	const char **sets = arena_alloc(l->arena, (o->n_sets + 2) * sizeof *sets);
	sets[0] = "run.precision=3%";
	sets[1] = "run.max_packets=2000000";
	for (size_t i = 0; i < o->n_sets; i++)
		sets[i + 2] = o->sets[i];
	return sets;
}

/* Standard deviations of the predictions of points with an error, over draws of all values. */
static void spread(struct ledger *l, const struct ledger_options *o)
{
	struct diag *d = diag_new(); /* these scenarios have been checked */
	struct refit *fits;
	size_t n_fits = refit_list(l->sets, l->n_sets, &fits, l->arena, d);
	struct runs_request *like = refit_draws(
		l->runs, fits, n_fits, o->draws, sets_of_draws(l, o), o->n_sets + 2, o->threads);
	size_t cells = l->n * o->draws;
	struct ledger_runs *asked = xcalloc(2 * cells + 1, sizeof *asked);
	double *drawn = xcalloc(o->draws + 1, sizeof *drawn);
	for (size_t i = 0; i < cells; i++) {
		const struct dataset_point *p = l->rows[i / o->draws].point;
		if (!dataset_has_error(p))
			continue;
		asked[2 * i] = ledger_ask(l->runs, p, false, &like[i % o->draws], d);
		asked[2 * i + 1] = ledger_ask(l->runs, p, true, &like[i % o->draws], d);
	}
	runs_simulate(l->runs, o->threads);
	for (size_t i = 0; i < l->n; i++) {
		const struct dataset_point *p = l->rows[i].point;
		for (size_t k = 0; k < o->draws && dataset_has_error(p); k++) {
			const struct ledger_runs *of = &asked[2 * (i * o->draws + k)];
			drawn[k] = ledger_value(l->runs, p, of).value;
			if (p->kind == DATASET_RATIO)
				drawn[k] /= ledger_value(l->runs, p, of + 1).value;
		}
		if (dataset_has_error(p))
			l->rows[i].sd = gsl_stats_sd(drawn, 1, o->draws);
	}
	free(asked);
	free(drawn);
	diag_free(d);
}

/* What was asked for is in no set. */
static void complain_nothing(struct ledger *l, const struct ledger_options *o, struct diag *d)
{
	const char *asked = o->point ? o->point : o->group, *near = NULL;
	for (size_t i = 0; i < l->n_sets && !near; i++) {
		const struct dataset_point *p = l->sets[i]->points.items;
		const struct dataset_text *g = l->sets[i]->groups.items;
		size_t n = o->point ? l->sets[i]->points.n : l->sets[i]->groups.n;
		const char **names = arena_alloc(l->arena, (n + 1) * sizeof *names);
		for (size_t j = 0; j < n; j++)
			names[j] = o->point ? p[j].id : g[j].name;
		near = diag_nearest(asked, names, n);
	}
	const char *hint = near ? arena_printf(l->arena, "did you mean '%s'?", near) : NULL;
	diag_error(d, (struct mark){0}, hint, "no %s '%s'%s",
		o->point ? "point is called" : "group's name starts with", asked,
		o->point && o->group ? " in that group" : "");
}

struct ledger *ledger_new(const struct dataset *const *sets, size_t n,
	const struct ledger_options *o, struct arena *a, struct diag *d)
{
	struct ledger *l = arena_alloc(a, sizeof *l);
	*l = (struct ledger){
		.arena = a, .runs = runs_new(a), .sets = sets, .n_sets = n, .draws = o->draws};
	list_rows(l, o);
	if (!l->n && (o->point || o->group))
		complain_nothing(l, o, d);
	runs_watch(l->runs, o->watch, o->watch_arg);
	ask_rows(l, &(struct runs_request){.sets = o->sets, .n_sets = o->n_sets}, d);
	if (diag_errors(d))
		return NULL;
	runs_simulate(l->runs, o->threads);
	if (o->draws > 1)
		spread(l, o);
	for (size_t i = 0; i < l->n; i++) {
		predict(l, &l->rows[i]);
		ledger_judge(&l->rows[i], l->draws);
	}
	return l;
}
