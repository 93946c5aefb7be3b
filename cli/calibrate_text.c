/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/calibrate_text.h"

#include "cli/text.h"

#include <math.h>

static const char *const term_names[LAWS_TERMS] = {
	"per burst", "per packet", "per byte", "per doubling"};
static const char *const piece_names[] = {
	"per burst", "per packet", "per byte", "per packet above", "per byte above"};

const char *calibrate_text_error(double value, double error, struct arena *a)
{
	if (!(error > 0))
		return arena_printf(a, "%.4g", value);
	int decimals = 1 - (int)floor(log10(error));
	decimals = decimals < 0 ? 0 : decimals > 6 ? 6 : decimals;
	return arena_printf(a, "%.*f +- %.*f", decimals, value, decimals, error);
}

static const char *term(const struct laws_law *law, int t, struct arena *a)
{
	if (!law->good || (!law->fit.used[t] && !law->fit.negative[t]))
		return "-";
	if (law->fit.negative[t])
		return "0 (held)";
	const char *cycles = calibrate_text_error(law->fit.c[t], law->fit.error[t], a);
	if (!law->clocks || !law->fit.used[LAWS_TERMS + t])
		return cycles;
	return arena_printf(a, "%s, %s ns", cycles,
		calibrate_text_error(
			law->fit.c[LAWS_TERMS + t], law->fit.error[LAWS_TERMS + t], a));
}

static void put_table(const struct laws_law *laws, size_t n, struct arena *a, FILE *to)
{
	static const char *const heads[] = {"<law", "<from", ">points", ">per poll", ">per burst",
		">per packet", ">per byte", ">per doubling", ">R2", ">rms", ">outliers", NULL};
	struct text_table t;
	text_table_start(&t, heads, a);
	for (size_t i = 0; i < n; i++) {
		const struct laws_law *l = &laws[i];
		if (!l->points)
			continue;
		text_table_cell(&t, "%s", l->key);
		text_table_cell(&t, "%s", l->bench);
		text_table_cell(&t, "%zu", l->points);
		text_table_cell(&t, "%s",
			l->has_poll ? calibrate_text_error(l->poll_cycles, l->poll_error, a) : "-");
		for (int k = 0; k < LAWS_TERMS; k++)
			text_table_cell(&t, "%s", term(l, k, a));
		text_table_cell(&t, "%s", l->good ? arena_printf(a, "%.3f", l->fit.r2) : "-");
		text_table_cell(
			&t, "%s", l->good ? arena_printf(a, "%.1f %%", 100 * l->fit.rms) : "-");
		text_table_cell(&t, "%s", l->good ? arena_printf(a, "%zu", l->fit.outliers) : "-");
	}
	text_table_print(&t, to);
	fputs("Core cycles +- one standard error; per burst includes the look at the queue.\n", to);
}

static void put_missing(const struct laws_law *laws, size_t n, FILE *to)
{
	size_t missing = 0;
	for (size_t i = 0; i < n; i++) {
		if (laws[i].good)
			continue;
		fputs(missing++ ? ", " : "\nLeft as in the base, for want of samples: ", to);
		fprintf(to, "%s (%s)", laws[i].key, laws[i].bench);
	}
	fputs(missing ? "\n" : "", to);
}

const char *calibrate_text_term(
	const struct laws_law *law, size_t term_at, bool pieces, struct arena *a)
{
	if (pieces)
		return piece_names[term_at];
	const char *name = term_names[term_at % LAWS_TERMS];
	return law->clocks
		       ? arena_printf(a, "%s (%s)", name, term_at < LAWS_TERMS ? "cycles" : "ns")
		       : name;
}

static void put_doubts(const struct laws_law *law, struct arena *a, FILE *to)
{
	const struct fit *f = &law->fit;
	if (!law->good)
		return;
	if (f->doubtful)
		fprintf(to,
			"warning: %s: the samples hardly tell '%s' and '%s' apart (correlation "
			"%.3f, condition %.0f)\n",
			law->key, calibrate_text_term(law, f->pair[0], false, a),
			calibrate_text_term(law, f->pair[1], false, a), f->correlation,
			f->condition);
	for (size_t t = 0; t < LAWS_TERMS; t++)
		if (f->negative[t])
			fprintf(to, "warning: %s: '%s' came out below 0 and is held there\n",
				law->key, term_names[t]);
	if (f->rms > 0.1)
		fprintf(to, "warning: %s: costs differ from the law by %.0f %%\n", law->key,
			100 * f->rms);
}

static void put_pieces(const struct laws_law *law, struct arena *a, FILE *to)
{
	if (!law->two_pieces)
		return;
	fprintf(to, "%s copies in two pieces, rms %.1f %% instead of %.1f %%:", law->key,
		100 * law->pieces.rms, 100 * law->fit.rms);
	for (size_t i = 0; i < sizeof piece_names / sizeof *piece_names; i++)
		fprintf(to, "%s %s %s", i ? "," : "", piece_names[i],
			calibrate_text_error(law->pieces.c[i], law->pieces.error[i], a));
	fprintf(to, " (above %d B)\n", LAWS_STEP_B);
}

static void put_next(const struct laws_law *laws, size_t n, FILE *to)
{
	const struct laws_law *best = NULL;
	for (size_t i = 0; i < n; i++)
		if (laws[i].good && isfinite(laws[i].next_burst) &&
			(!best || laws[i].next_worth * laws[i].fit.rms >
					  best->next_worth * best->fit.rms))
			best = &laws[i];
	if (!best)
		return;
	fprintf(to, "Narrowing most: %s with bursts of %.0f", best->bench, best->next_burst);
	if (isfinite(best->next_size_B))
		fprintf(to, ", %.0f B", best->next_size_B);
	if (isfinite(best->next_entries))
		fprintf(to, ", %.0f entries", best->next_entries);
	if (best->next_worth < 1)
		fprintf(to, "; once more would take %.0f %% off the squared relative errors of %s",
			100 * best->next_worth, best->key);
	else
		fprintf(to, ": %s has samples of one size only", best->key);
	fputc('\n', to);
}

void calibrate_text_laws(const struct laws_law *laws, size_t n, struct arena *a, FILE *to)
{
	put_table(laws, n, a, to);
	put_missing(laws, n, to);
	fputc('\n', to);
	for (size_t i = 0; i < n; i++)
		put_pieces(&laws[i], a, to);
	for (size_t i = 0; i < n; i++)
		put_doubts(&laws[i], a, to);
	put_next(laws, n, to);
}

/* --- Points --- */

/* A fit that leaves more is no explanation of its points: rates repeat within 1 to 2 %. */
#define POOR_RMS 0.05

#define NOISY 0.002 /* of the simulation, relative */

enum { OUTLIERS_MANY = 5 }; /* one in so many */

const char *calibrate_text_unit(const struct inverse_value *v, double *scale)
{
	*scale = v->stated.dim == DIM_TIME ? 1 / (double)PS_PER_NS : 1;
	return v->stated.dim == DIM_TIME     ? "ns"
	       : v->stated.dim == DIM_CYCLES ? "cycles"
	       : v->stated.dim == DIM_PPS    ? "pps"
	       : v->stated.dim == DIM_BPS    ? "b/s"
	       : v->stated.dim == DIM_FREQ   ? "Hz"
	       : v->stated.dim == DIM_SIZE   ? "B"
					     : NULL;
}

const char *calibrate_text_metric(const struct dataset_point *p, double *scale)
{
	*scale = dataset_is_latency(p) ? 1 / (double)PS_PER_NS : 1;
	return dataset_is_latency(p) ? "ns" : p->metric == DATASET_LOSS ? "1" : "pps";
}

static void put_values(const struct inverse *v, struct arena *a, FILE *to)
{
	static const char *const heads[] = {"<value", ">stated", ">fitted", "<unit", NULL};
	struct text_table t;
	text_table_start(&t, heads, a);
	for (size_t i = 0; i < v->n_values; i++) {
		const struct inverse_value *x = &v->values[i];
		bool fitted = x->state == INVERSE_FITTED || x->state == INVERSE_BOUND;
		double scale;
		const char *unit = calibrate_text_unit(x, &scale);
		text_table_cell(&t, "%s", x->key);
		text_table_cell(&t, "%.6g", scale * x->stated.value);
		text_table_cell(&t, "%s",
			fitted ? calibrate_text_error(scale * x->value, scale * x->error, a) : "-");
		text_table_cell(&t, "%s", unit ? unit : "");
	}
	text_table_print(&t, to);
}

static const char *measured(const struct dataset_point *p, struct arena *a)
{
	if (p->metric == DATASET_LOSS)
		return arena_printf(a, "%.4g %%", 100 * p->measured);
	return dataset_is_latency(p) ? text_seconds(p->measured * 1e-12, 4, a)
				     : text_rate(p->measured, "pps", 4, a);
}

static const char *off_by(double predicted, const struct inverse_point *p, struct arena *a)
{
	return isfinite(predicted)
		       ? arena_printf(a, "%+.2f %%", 100 * (predicted / p->point->measured - 1))
		       : "-";
}

static void put_points(const struct inverse *v, struct arena *a, FILE *to)
{
	static const char *const heads[] = {
		"<point", ">measured", ">error", ">as stated", ">fitted", ">left out", "<", NULL};
	struct text_table t;
	text_table_start(&t, heads, a);
	for (size_t i = 0; i < v->n_points; i++) {
		const struct inverse_point *p = &v->points[i];
		text_table_cell(&t, "%s", p->point->id);
		text_table_cell(&t, "%s", measured(p->point, a));
		text_table_cell(&t, "%.2g %%", 100 * p->error);
		text_table_cell(&t, "%s", off_by(p->stated, p, a));
		text_table_cell(&t, "%s", off_by(p->fitted, p, a));
		text_table_cell(&t, "%s", off_by(p->left_out, p, a));
		text_table_cell(&t, "%s", p->outlier ? "outlier" : "");
	}
	text_table_print(&t, to);
	fputs("error: one standard error, of measurement and simulation; left out: predicted from "
	      "a "
	      "fit to all other points\n",
		to);
}

static void put_states(const struct inverse *v, FILE *to)
{
	bool errors = true;
	for (size_t i = 0; i < v->n_values; i++) {
		const struct inverse_value *x = &v->values[i];
		errors &= x->state != INVERSE_FITTED || isfinite(x->error);
		if (x->state == INVERSE_DEAD)
			fprintf(to, "warning: no point depends on %s: it stays as stated\n",
				x->key);
		else if (x->state == INVERSE_MIXED)
			fprintf(to,
				"warning: the points cannot tell %s from the values named before "
				"it: it stays as stated, and their errors hold only if that is "
				"right\n",
				x->key);
		else if (x->state == INVERSE_BOUND)
			fprintf(to, "warning: %s ended at its bound, 0\n", x->key);
	}
	if (!errors)
		fputs("warning: as many values as points: their errors cannot be known unless the "
		      "points state theirs (error: 1%)\n",
			to);
}

static void put_honesty(const struct inverse *v, FILE *to)
{
	put_states(v, to);
	if (v->doubtful)
		fprintf(to,
			"warning: the points hardly tell %s and %s apart (correlation %.3f, "
			"condition %.0f)\n",
			v->values[v->pair[0]].key, v->values[v->pair[1]].key, v->correlation,
			v->condition);
	if (v->rms > POOR_RMS)
		fprintf(to,
			"warning: predictions differ from the points by %.0f %%: no such values "
			"explain them\n",
			100 * v->rms);
	if (v->noise > v->rms / 2 && v->noise > NOISY)
		fprintf(to,
			"warning: runs are short: simulation alone makes %.2f %% of that (--set "
			"run.precision=0.2%%)\n",
			100 * v->noise);
	if (OUTLIERS_MANY * v->n_outliers > v->n_points)
		fprintf(to, "warning: %zu of %zu points do not count, being too far off\n",
			v->n_outliers, v->n_points);
	if (!v->converged)
		fprintf(to, "warning: not converged after %u steps\n", v->steps);
	if (v->worth > 0)
		fprintf(to,
			"Narrowing most: %s; once more would take %.0f %% off the squared relative "
			"errors\n",
			v->points[v->next].point->id, 100 * v->worth);
}

void calibrate_text_inverse(const struct inverse *v, struct arena *a, FILE *to)
{
	put_values(v, a, to);
	fputc('\n', to);
	put_points(v, a, to);
	fprintf(to, "\n%u steps, %zu simulations; relative errors of the fit: rms %.2f %%\n",
		v->steps, v->simulations, 100 * v->rms);
	put_honesty(v, to);
}
