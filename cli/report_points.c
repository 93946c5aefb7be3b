/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/quantity.h"
#include "cli/json_out.h"
#include "cli/report_items.h"
#include "plan/query.h"

#include <math.h>
#include <string.h>

enum { LOOKED_AT = 200, MOST_EXTRA = 64 }; /* results that are searched for places and cores */

#define PS_A_NS 1e3

static const char *const usual[] = {"offered_pps", "delivered_pps", "delivered_pps_ci95",
	"delivered_bps", "loss_ratio", "loss_ratio_ci95", "latency_mean_ns", "latency_mean_ns_ci95",
	"latency_p50_ns", "latency_p90_ns", "latency_p99_ns", "latency_p99_ns_ci95",
	"latency_p999_ns", "bottleneck_load"};
static const char *const words[] = {"bottleneck", "verdict"};

json_t *report_item(const char *kind, const char *name, json_t *data)
{
	json_t *o = json_object();
	json_out_text(o, "kind", kind);
	json_out_text(o, "name", name);
	json_object_set_new(o, "data", data);
	return o;
}

/* What report/web calls a unit. */
static const char *unit_name(enum dim dim)
{
	static const struct {
		enum dim dim;
		const char *name;
	} names[] = {{DIM_COUNT, "one"}, {DIM_TIME, "ns"}, {DIM_FREQ, "hz"}, {DIM_SIZE, "B"},
		{DIM_BPS, "bps"}, {DIM_PPS, "pps"}, {DIM_CYCLES, "cycles"}, {DIM_RATIO, "ratio"}};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (names[i].dim == dim)
			return names[i].name;
	return NULL;
}

static unsigned all_dims(void)
{
	return DIM_COUNT | DIM_TIME | DIM_FREQ | DIM_SIZE | DIM_BPS | DIM_PPS | DIM_CYCLES |
	       DIM_RATIO;
}

/* The values of an axis as numbers, if all are in one unit. */
static void put_unit(json_t *axis)
{
	json_t *values = json_object_get(axis, "values"), *v;
	size_t i;
	enum dim dim = 0;
	json_array_foreach(values, i, v)
	{
		struct quantity q;
		const char *text = json_string_value(json_object_get(v, "text"));
		if (quantity_parse(text, all_dims(), &q) != QUANTITY_OK || (i && q.dim != dim)) {
			json_object_set_new(axis, "unit", json_null());
			return;
		}
		dim = q.dim;
		json_out_number(v, "value", dim == DIM_TIME ? q.value / PS_A_NS : q.value);
	}
	json_out_text(axis, "unit", unit_name(dim));
}

static size_t column_of(const struct query_table *t, const char *name)
{
	size_t i = 0;
	while (i < t->n_columns && strcmp(t->columns[i], name) != 0)
		i++;
	return i;
}

/* Returns how many values the axis has. */
static size_t put_axis(json_t *list, const struct query_table *t, const char *key)
{
	json_t *axis = json_out_append(list), *numbers = json_object();
	json_out_text(axis, "key", key);
	json_t *values = json_out_list(axis, "values"), *index = json_out_list(axis, "index");
	size_t column = column_of(t, key);
	for (size_t i = 0; i < t->n_rows; i++) {
		const char *text = t->cells[i * t->n_columns + column].text;
		json_t *number = json_object_get(numbers, text ? text : "");
		if (!number) {
			number = json_integer((json_int_t)json_array_size(values));
			json_out_text(json_out_append(values), "text", text ? text : "");
			json_object_set(numbers, text ? text : "", number);
			json_array_append_new(index, number);
		} else {
			json_array_append(index, number);
		}
	}
	json_decref(numbers);
	put_unit(axis);
	return json_array_size(values);
}

static json_t *cell_json(const struct query_cell *c)
{
	if (c->kind == QUERY_TEXT)
		return json_string(c->text);
	return c->kind == QUERY_NUMBER && isfinite(c->number) ? json_real(c->number) : json_null();
}

static bool is_axis(const struct query_table *t, const char *column)
{
	for (size_t i = 0; i < t->n_axes; i++)
		if (strcmp(t->axes[i], column) == 0)
			return true;
	return false;
}

json_t *report_points_new(const struct query_table *t)
{
	json_t *o = json_object();
	json_out_text(o, "name", t->sweep.name);
	json_out_text(o, "id", t->sweep.id);
	json_out_count(o, "n", t->n_rows);
	json_t *axes = json_out_list(o, "axes"), *columns = json_out_object(o, "columns");
	double combinations = 1;
	for (size_t i = 0; i < t->n_axes; i++)
		combinations *= (double)put_axis(axes, t, t->axes[i]);
	json_object_set_new(o, "grid", json_boolean(combinations == (double)t->n_rows));
	for (size_t k = 0; k < t->n_columns; k++) {
		if (is_axis(t, t->columns[k]))
			continue;
		json_t *list = json_out_list(columns, t->columns[k]);
		for (size_t i = 0; i < t->n_rows; i++)
			json_array_append_new(list, cell_json(&t->cells[i * t->n_columns + k]));
	}
	return o;
}

/* Names of places and cores, and which of the usual results there are. */
struct found {
	json_t *names; /* an object used as an ordered set */
};

static void note(struct found *f, const char *before, const char *name, const char *after)
{
	char key[256];
	snprintf(key, sizeof key, "%s%s%s", before, name, after);
	if (json_object_size(f->names) < MOST_EXTRA && !strchr(key, ','))
		json_object_set_new(f->names, key, json_true());
}

static void look_at(struct found *f, const json_t *result)
{
	const char *name;
	json_t *value;
	for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
		if (json_is_number(json_object_get(result, usual[i])))
			note(f, usual[i], "", "");
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (json_is_string(json_object_get(result, words[i])))
			note(f, words[i], "", "");
	json_object_foreach(json_object_get(result, "drops"), name,
		value) if (json_number_value(value) > 0) note(f, "drops.", name, "");
	json_object_foreach(json_object_get(result, "cores"), name, value)
		note(f, "cores.", name, ".busy");
}

/* The columns that some result has. */
static const char *columns_of(struct store *s, const struct store_sweep *sweep, struct arena *a)
{
	struct found f = {json_object()};
	size_t step = sweep->n / LOOKED_AT + 1;
	for (size_t i = 0; i < sweep->n; i += step) {
		const char *text = NULL;
		if (store_get(s, sweep->members[i].key, a, &text) != STORE_DONE || !text)
			continue;
		json_t *result = json_loads(text, 0, NULL);
		look_at(&f, result);
		json_decref(result);
	}
	const char *list = "status", *name;
	json_t *value, *axes = json_loads(sweep->axes, 0, NULL);
	size_t i;
	json_array_foreach(axes, i, value)
	{
		const char *axis = json_string_value(value);
		if (!*sweep->rule || strcmp(axis, REPLICAS_AXIS) != 0)
			list = arena_printf(a, "%s,%s", list, axis);
	}
	json_object_foreach(f.names, name, value) list = arena_printf(a, "%s,%s", list, name);
	json_decref(axes);
	json_decref(f.names);
	return list;
}

json_t *report_store_new(
	struct store *s, const char *sweep, const char **name, struct arena *a, struct diag *d)
{
	struct store_sweep is;
	if (!store_get_sweep(s, sweep, &is, a, d))
		return NULL;
	struct query q = {.sweep = sweep, .columns = columns_of(s, &is, a)};
	const struct query_table *t = query_run(s, &q, a, d);
	*name = is.name;
	return t ? report_points_new(t) : NULL;
}
