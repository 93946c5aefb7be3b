/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/calibrate_json.h"

#include "cli/calibrate_machine.h"
#include "cli/calibrate_text.h"
#include "cli/json_out.h"

#include <math.h>

/* Names of the terms of a law, in cycles and then in ns; and of its two pieces. */
static const char *const terms[] = {"per_burst_cycles", "per_packet_cycles", "per_byte_cycles",
	"per_doubling_cycles", "per_burst_ns", "per_packet_ns", "per_byte_ns", "per_doubling_ns"};
static const char *const pieces[] = {"per_burst_cycles", "per_packet_cycles", "per_byte_cycles",
	"large_per_packet_cycles", "large_per_byte_cycles"};

static void put_number_row(json_t *list, const double *x, size_t n)
{
	json_t *row = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(row, isfinite(x[i]) ? json_real(x[i]) : json_null());
	json_array_append_new(list, row);
}

/* Terms in use, with errors and their covariance in the same order. */
static void put_fit(json_t *o, const struct fit *f, const char *const *names)
{
	json_t *list = json_out_list(o, "terms");
	json_t *cov = json_out_list(o, "covariance");
	for (size_t t = 0; t < f->terms; t++) {
		double row[FIT_TERMS];
		size_t n = 0;
		if (!f->used[t] && !f->negative[t])
			continue;
		json_t *at = json_out_append(list);
		json_out_text(at, "term", names[t]);
		json_out_number(at, "value", f->c[t]);
		json_out_number(at, "error", f->error[t]);
		json_object_set_new(at, "held_at_0", json_boolean(f->negative[t]));
		for (size_t u = 0; u < f->terms; u++)
			if (f->used[u] || f->negative[u])
				row[n++] = f->cov[t][u];
		put_number_row(cov, row, n);
	}
	json_out_number(o, "r2", f->r2);
	json_out_number(o, "rms", f->rms);
	json_out_count(o, "outliers", f->outliers);
	json_out_number(o, "condition", f->condition);
	json_out_number(o, "correlation", f->correlation);
	json_object_set_new(o, "doubtful", json_boolean(f->doubtful));
}

static void put_next(json_t *o, const struct laws_law *l)
{
	json_t *next = json_out_object(o, "next");
	json_out_number(next, "burst", l->next_burst);
	json_out_number(next, "size_B", l->next_size_B);
	json_out_number(next, "entries", l->next_entries);
	json_out_number(next, "worth", l->next_worth);
}

static void put_law(json_t *o, const struct laws_law *l)
{
	json_out_text(o, "key", l->key);
	json_out_text(o, "from", l->bench);
	json_out_count(o, "points", l->points);
	json_object_set_new(o, "fitted", json_boolean(l->good));
	if (l->has_poll) {
		json_out_number(o, "per_poll_cycles", l->poll_cycles);
		json_out_number(o, "per_poll_cycles_error", l->poll_error);
	}
	if (!l->good)
		return;
	put_fit(o, &l->fit, terms);
	if (l->two_pieces) {
		json_t *at = json_out_object(o, "pieces");
		json_out_count(at, "above_B", LAWS_STEP_B);
		put_fit(at, &l->pieces, pieces);
	}
	put_next(o, l);
}

void calibrate_json_laws(const struct samples *s, const struct machine *found, const char *state,
	const struct laws_law *laws, size_t n)
{
	json_t *o = json_out_new();
	const struct samples_machine m = samples_machine(s);
	json_t *machine = json_out_object(o, "machine");
	json_out_text(machine, "id", s->machine_id);
	json_out_text(machine, "cpu", s->cpu);
	json_out_text(machine, "dpdk", s->dpdk);
	json_out_text(machine, "date", s->date);
	json_out_number(machine, "core_hz", m.core_hz);
	json_out_number(machine, "pingpong_cycles", m.pingpong);
	json_out_number(machine, "far_ratio", m.far);
	json_out_number(machine, "unusable_ratio", m.unusable);
	calibrate_machine_json(found, machine);
	json_out_text(o, "state", state);
	json_out_count(o, "rows", s->n);
	json_t *list = json_out_list(o, "laws");
	for (size_t i = 0; i < n; i++)
		put_law(json_out_append(list), &laws[i]);
	json_out_print(o);
}

/* --- Points --- */

static void put_value(json_t *o, const struct inverse_value *x)
{
	double scale;
	json_out_text(o, "key", x->key);
	json_out_text(o, "unit", calibrate_text_unit(x, &scale));
	json_out_number(o, "stated", scale * x->stated.value);
	json_out_number(o, "fitted", scale * x->value);
	json_out_number(o, "error", scale * x->error);
	json_object_set_new(o, "no_point_depends_on_it", json_boolean(x->state == INVERSE_DEAD));
	json_object_set_new(o, "not_told_apart", json_boolean(x->state == INVERSE_MIXED));
	json_object_set_new(o, "at_bound", json_boolean(x->state == INVERSE_BOUND));
}

/* Rates in packets a second, latencies in ns. */
static void put_point(json_t *o, const struct inverse_point *p)
{
	double scale;
	json_out_text(o, "id", p->point->id);
	json_out_text(o, "metric", dataset_metrics[p->point->metric]);
	json_out_text(o, "unit", calibrate_text_metric(p->point, &scale));
	json_out_number(o, "measured", scale * p->point->measured);
	json_out_number(o, "as_stated", scale * p->stated);
	json_out_number(o, "fitted", scale * p->fitted);
	json_out_number(o, "left_out", scale * p->left_out);
	json_out_number(o, "relative_error", p->error);
	json_out_number(o, "relative_error_of_simulation", p->simulated);
	json_object_set_new(o, "outlier", json_boolean(p->outlier));
}

/* In the units of the values. */
static void put_covariance(json_t *list, const struct inverse *v)
{
	for (size_t i = 0; i < v->n_values; i++) {
		double row[INVERSE_VALUES], one, other;
		calibrate_text_unit(&v->values[i], &one);
		for (size_t j = 0; j < v->n_values; j++) {
			calibrate_text_unit(&v->values[j], &other);
			row[j] = v->cov[i][j] * one * other;
		}
		put_number_row(list, row, v->n_values);
	}
}

void calibrate_json_inverse(const struct inverse *v)
{
	json_t *o = json_out_new();
	json_out_text(o, "dataplane", v->dataplane);
	json_t *list = json_out_list(o, "values");
	for (size_t i = 0; i < v->n_values; i++)
		put_value(json_out_append(list), &v->values[i]);
	put_covariance(json_out_list(o, "covariance"), v);
	list = json_out_list(o, "points");
	for (size_t i = 0; i < v->n_points; i++)
		put_point(json_out_append(list), &v->points[i]);
	json_out_number(o, "rms", v->rms);
	json_out_number(o, "rms_of_simulation", v->noise);
	if (v->worth > 0)
		json_out_text(o, "narrowing_most", v->points[v->next].point->id);
	json_out_number(o, "condition", v->condition);
	json_out_number(o, "correlation", v->correlation);
	json_object_set_new(o, "doubtful", json_boolean(v->doubtful));
	json_object_set_new(o, "converged", json_boolean(v->converged));
	json_out_count(o, "steps", v->steps);
	json_out_count(o, "simulations", v->simulations);
	json_out_print(o);
}
