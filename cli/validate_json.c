/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/json_out.h"
#include "cli/validate_out.h"

#include <math.h>

static const char *const class_keys[LEDGER_CLASSES] = {"rates", "latencies", "others"};

/* The unit that the numbers of a point are in, and how to get there from base units. */
static const char *unit_of(const struct dataset_point *p, double *scale)
{
	*scale = 1;
	if (p->kind == DATASET_RATIO)
		return "1";
	switch ((enum dataset_metric)p->metric) {
	case DATASET_DELIVERED:
	case DATASET_LOST:
	case DATASET_NDR:
	case DATASET_PDR:
		return "pps";
	case DATASET_LATENCY:
	case DATASET_MEDIAN:
	case DATASET_P50:
	case DATASET_P90:
	case DATASET_P99:
	case DATASET_P999:
		*scale = 1e-3;
		return "ns";
	case DATASET_LINE_RATE_SIZE:
		return "B";
	case DATASET_LOSS:
	case DATASET_LINE_RATE:
		break;
	}
	return "1";
}

static void put_measured(json_t *o, const struct dataset_point *p, double scale)
{
	static const char *const limits[] = {"at_most", NULL, "at_least"};
	static const char *const orders[] = {"less", NULL, "greater"};
	if (p->kind == DATASET_BOUND)
		json_out_number(o, limits[p->sign + 1], p->measured * scale);
	else if (p->kind == DATASET_CLAIM)
		json_object_set_new(o, "measured", json_boolean(p->truth));
	else if (p->kind == DATASET_ORDERING)
		json_out_text(o, "measured", orders[p->sign + 1]);
	else if (p->kind != DATASET_FACT)
		json_out_number(o, "measured", p->measured * scale);
}

static void put_run(json_t *o, const struct ledger *l, const struct ledger_row *r)
{
	const struct runs_answer *a = runs_answer(l->runs, r->left.run[0]);
	json_t *drops = json_out_list(o, "drops");
	for (uint32_t i = 0; i < a->n_places; i++) {
		json_t *place = json_out_append(drops);
		json_out_text(place, "place", a->places[i].name);
		json_out_number(place, "pps", a->places[i].pps);
	}
	json_out_text(o, "bottleneck", a->bottleneck);
}

static void put_point(json_t *list, const struct ledger *l, const struct ledger_row *r)
{
	const struct dataset_point *p = r->point;
	json_t *o = json_out_append(list);
	double scale;
	json_out_text(o, "id", p->id);
	json_out_text(o, "kind", dataset_kinds[p->kind]);
	json_out_text(o, "metric", dataset_metrics[p->metric]);
	if (p->kind != DATASET_FACT)
		json_out_text(o, "mark", dataset_uses[p->use]);
	json_out_text(o, "apart", p->apart);
	json_out_text(o, "unit", unit_of(p, &scale));
	put_measured(o, p, scale);
	if (r->left.n) {
		json_out_number(o, "predicted", r->predicted.value * scale);
		json_out_number(o, "predicted_ci95", r->half * scale);
	}
	if (p->kind == DATASET_ORDERING)
		json_out_number(o, "other", r->other.value * scale);
	json_out_number(o, "error", r->error);
	if (dataset_has_error(p))
		json_object_set_new(o, "in_interval", json_boolean(r->covered));
	json_out_text(o, "verdict", validate_text_verdict(r));
	if (r->left.n)
		put_run(o, l, r);
}

static void put_stats(json_t *o, const struct ledger *l, const struct dataset *set)
{
	for (int use = DATASET_FIT; use <= DATASET_HELD_OUT; use++) {
		json_t *mark = json_out_object(o, dataset_uses[use]);
		for (int c = 0; c < LEDGER_CLASSES; c++) {
			struct ledger_stats s =
				ledger_stats(l, set, (enum ledger_class)c, (enum dataset_use)use);
			json_t *own = json_out_object(mark, class_keys[c]);
			json_out_count(own, "points", s.n);
			json_out_count(own, "good", s.good);
			json_out_number(own, "mape", s.mape);
			json_out_number(own, "bias", s.bias);
			json_out_number(own, "rank_correlation", s.rank);
			json_out_count(own, "in_interval", s.covered);
			json_out_number(own, "widest_ci95", s.widest);
			json_out_number(own, "worst", s.worst ? s.worst->error : NAN);
			json_out_text(own, "worst_id", s.worst ? s.worst->point->id : NULL);
		}
		struct ledger_claims c = ledger_claims(l, set, (enum dataset_use)use);
		json_t *claims = json_out_object(mark, "claims");
		json_out_count(claims, "points", c.n);
		json_out_count(claims, "hold", c.pass);
		json_out_count(claims, "unclear", c.unclear);
	}
}

static void put_limits(json_t *o, const struct ledger *l, const struct dataset *set)
{
	struct limits_line line[LIMITS_MAX];
	size_t n = limits_check(l, set, line);
	json_t *list = json_out_list(o, "limits");
	for (size_t i = 0; i < n; i++) {
		json_t *own = json_out_append(list);
		json_out_text(own, "limit", line[i].key);
		json_out_number(own, "is", line[i].is);
		json_out_number(own, "at_most", line[i].most);
		json_out_count(own, "points", line[i].n);
		json_out_text(own, "verdict", limits_verdicts[line[i].verdict]);
	}
}

void validate_json_left_out(json_t *to, const struct refit_row *rows, size_t n)
{
	json_t *list = json_out_list(to, "left_out");
	for (size_t i = 0; i < n; i++) {
		json_t *o = json_out_append(list);
		json_out_text(o, "id", rows[i].point->id);
		json_out_text(o, "dataplane", rows[i].refit->fit->dataplane);
		json_out_text(o, "key", rows[i].refit->fit->key);
		json_out_number(o, "error", rows[i].shipped);
		json_out_number(o, "value_left_out", rows[i].value);
		json_out_number(o, "error_left_out", rows[i].left_out);
		json_out_number(o, "error_other_dataplane", rows[i].other);
	}
}

json_t *validate_json_new(const struct ledger *l)
{
	json_t *o = json_out_new();
	json_t *sets = json_out_list(o, "sets");
	for (size_t i = 0; i < l->n_sets; i++) {
		json_t *set = json_out_append(sets);
		json_out_text(set, "name", l->sets[i]->name);
		json_out_text(set, "title", l->sets[i]->title);
		json_out_text(set, "citation", l->sets[i]->citation);
		json_t *points = json_out_list(set, "points");
		for (size_t j = 0; j < l->n; j++)
			if (l->rows[j].set == l->sets[i])
				put_point(points, l, &l->rows[j]);
		put_stats(json_out_object(set, "accuracy"), l, l->sets[i]);
		put_limits(set, l, l->sets[i]);
	}
	put_stats(json_out_object(o, "accuracy"), l, NULL);
	json_out_count(o, "draws", l->draws);
	return o;
}
