/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/query.h"

#include "base/quantity.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ALL_DIMS                                                                                   \
	(DIM_COUNT | DIM_TIME | DIM_FREQ | DIM_SIZE | DIM_BPS | DIM_PPS | DIM_CYCLES | DIM_RATIO | \
		DIM_POWER)
#define PS_A_NS 1000

static const char usual[] = "status,offered_pps,delivered_pps,delivered_pps_ci95,delivered_bps,"
			    "loss_ratio,loss_ratio_ci95,latency_mean_ns,latency_mean_ns_ci95,"
			    "latency_p50_ns,latency_p90_ns,latency_p99_ns,latency_p99_ns_ci95,"
			    "latency_p999_ns,bottleneck,bottleneck_load,verdict";

enum operation { EQUAL, UNEQUAL, LESS, AT_MOST, MORE, AT_LEAST };

struct condition {
	const char *key, *value;
	enum operation operation;
};

/* A point while its row is made. */
struct row {
	const char **axes;
	json_t *settings, *result; /* result: NULL when there is none */
	enum store_status status;
};

static const char **split(const char *list, size_t *n, struct arena *a)
{
	const char **words = arena_alloc(a, (strlen(list) + 1) * sizeof(*words));
	for (*n = 0; *list; list += *list == ',') {
		size_t len = strcspn(list, ",");
		if (len)
			words[(*n)++] = arena_strndup(a, list, len);
		list += len;
	}
	return words;
}

static bool read_condition(const char *text, struct condition *c, struct arena *a, struct diag *d)
{
	static const struct {
		const char *sign;
		enum operation operation;
	} signs[] = {{"!=", UNEQUAL}, {"<=", AT_MOST}, {">=", AT_LEAST}, {"=", EQUAL}, {"<", LESS},
		{">", MORE}};
	size_t key = strcspn(text, "!<>=");
	for (size_t i = 0; key && i < sizeof(signs) / sizeof(signs[0]); i++) {
		size_t len = strlen(signs[i].sign);
		if (strncmp(text + key, signs[i].sign, len) != 0)
			continue;
		*c = (struct condition){
			arena_strndup(a, text, key), text + key + len, signs[i].operation};
		return true;
	}
	diag_error(d, (struct mark){0}, "such as cpu=1.2GHz or loss_ratio<0.1%",
		"'%s' is not a condition", text);
	return false;
}

/* A member of an object by a key whose dots may be part of names. */
static const json_t *member(const json_t *o, const char *path)
{
	const json_t *found = json_object_get(o, path);
	for (const char *dot = strchr(path, '.'); !found && dot; dot = strchr(dot + 1, '.')) {
		char *head = strndup(path, (size_t)(dot - path));
		const json_t *sub = head ? json_object_get(o, head) : NULL;
		free(head);
		found = json_is_object(sub) ? member(sub, dot + 1) : NULL;
	}
	return found;
}

static struct query_cell text_cell(const char *text, struct arena *a)
{
	return (struct query_cell){QUERY_TEXT, NAN, arena_strdup(a, text)};
}

static struct query_cell cell(const struct row *r, const char *key, struct arena *a)
{
	static const char *const words[] = {
		[STORE_MISSING] = "missing", [STORE_FAILED] = "failed", [STORE_DONE] = "done"};
	for (size_t i = 0; r->axes[i]; i++)
		if (strcmp(r->axes[i], key) == 0)
			return text_cell(json_string_value(json_array_get(r->settings, i)), a);
	if (strcmp(key, "status") == 0)
		return text_cell(words[r->status], a);
	const json_t *v = member(r->result, key);
	if (json_is_string(v))
		return text_cell(json_string_value(v), a);
	if (json_is_number(v))
		return (struct query_cell){QUERY_NUMBER, json_number_value(v), NULL};
	return (struct query_cell){QUERY_NOTHING, NAN, NULL};
}

/* -1, 0, 1, or 2: not to be compared. Results are plain numbers in the unit of their name. */
static int compare(const struct query_cell *c, const char *key, const char *value)
{
	struct quantity x = {c->number, DIM_COUNT}, y;
	if (c->kind == QUERY_NOTHING)
		return 2;
	bool known = quantity_parse(value, ALL_DIMS, &y) == QUANTITY_OK;
	if (c->kind == QUERY_TEXT) {
		bool same = quantity_parse(c->text, ALL_DIMS, &x) == QUANTITY_OK && known &&
			    x.dim == y.dim;
		int order = strcmp(c->text, value);
		if (!same)
			return order == 0 ? 0 : 2;
	} else if (!known) {
		return 2;
	} else if (y.dim == DIM_TIME && strstr(key, "_ns")) {
		y.value /= PS_A_NS;
	}
	return (x.value > y.value) - (x.value < y.value);
}

/* A number compared with what is none, or with one of another kind, would just never hold. */
static bool comparable(const struct condition *c, const struct query_cell *is)
{
	struct quantity q;
	return is->kind != QUERY_NUMBER || quantity_parse(c->value, ALL_DIMS, &q) == QUANTITY_OK;
}

static bool holds(const struct condition *c, const struct row *r, struct arena *a)
{
	struct query_cell is = cell(r, c->key, a);
	int order = compare(&is, c->key, c->value);
	switch (c->operation) {
	case EQUAL:
		return order == 0;
	case UNEQUAL:
		return order != 0;
	case LESS:
		return order == -1;
	case AT_MOST:
		return order == -1 || order == 0;
	case MORE:
		return order == 1;
	case AT_LEAST:
		return order == 1 || order == 0;
	}
	return false;
}

/* A row of replication i, or of all that count. */
static void make_row(const struct replicas_rule *rule, const struct store_member *m,
	const struct replicas *r, size_t i, bool all, struct row *row)
{
	row->settings = json_loads(m->settings, 0, NULL);
	row->status = r->status[i];
	row->result = json_incref(r->result[i]);
	if (!all)
		return;
	json_decref(row->result);
	row->result = replicas_result(rule, r);
	row->status = r->complete ? STORE_DONE : STORE_MISSING;
	for (size_t k = 0; k < r->n; k++)
		if (r->status[k] == STORE_FAILED)
			row->status = STORE_FAILED;
}

/* Whether some row has the column; a sweep that has no result yet knows none. */
static bool is_column(const struct row *r, const char *key)
{
	for (size_t i = 0; r->axes[i]; i++)
		if (strcmp(r->axes[i], key) == 0)
			return true;
	return strcmp(key, "status") == 0 || !r->result || member(r->result, key);
}

struct asked {
	const struct condition *conditions;
	size_t n_conditions;
	bool all;        /* replications of a point are one row */
	bool *known;     /* of the table's columns, then of the conditions' keys */
	bool *senseless; /* of the conditions: a number is compared with a word */
};

static void note_known(const struct asked *q, const struct query_table *t, const struct row *r)
{
	for (size_t i = 0; i < t->n_columns; i++)
		q->known[i] |= is_column(r, t->columns[i]);
	for (size_t i = 0; i < q->n_conditions; i++)
		q->known[t->n_columns + i] |= is_column(r, q->conditions[i].key);
}

static bool wanted(const struct asked *q, const struct row *r, struct arena *a)
{
	bool all = true;
	for (size_t k = 0; k < q->n_conditions; k++) {
		struct query_cell is = cell(r, q->conditions[k].key, a);
		q->senseless[k] |= !comparable(&q->conditions[k], &is);
		all &= holds(&q->conditions[k], r, a);
	}
	return all;
}

static void fill_row(const struct asked *q, struct query_table *t, struct row *r, struct arena *own,
	struct arena *a)
{
	note_known(q, t, r);
	bool shown = wanted(q, r, own);
	for (size_t k = 0; shown && k < t->n_columns; k++)
		t->cells[t->n_rows * t->n_columns + k] = cell(r, t->columns[k], a);
	t->n_rows += shown;
	json_decref(r->settings);
	json_decref(r->result);
}

static void fill(struct store *s, const struct asked *q, struct query_table *t, struct arena *a)
{
	const struct replicas_rule *rule = &t->rule;
	t->cells = arena_alloc(a, (t->sweep.n * t->n_columns + 1) * sizeof(*t->cells));
	for (size_t i = 0; i + rule->most <= t->sweep.n; i += rule->most) {
		struct arena *own = arena_new();
		struct replicas replicas;
		replicas_load(s, rule, &t->sweep.members[i], &replicas, own);
		size_t rows = q->all ? 1 : replicas.n;
		for (size_t k = 0; k < rows; k++) {
			struct row r = {.axes = t->axes};
			make_row(rule, &t->sweep.members[i + k], &replicas, k, q->all, &r);
			fill_row(q, t, &r, own, a);
		}
		replicas_free(rule, &replicas);
		arena_free(own);
	}
}

static void complain_unknown(
	const char *key, const struct query_table *t, struct arena *a, struct diag *d)
{
	size_t n;
	const char **names = split(usual, &n, a);
	const char **all = arena_alloc(a, (n + t->n_axes) * sizeof(*all));
	memcpy(all, names, n * sizeof(*all));
	if (t->n_axes)
		memcpy(all + n, t->axes, t->n_axes * sizeof(*all));
	const char *near = diag_nearest(key, all, n + t->n_axes);
	diag_error(d, (struct mark){0}, near ? arena_printf(a, "did you mean '%s'?", near) : NULL,
		"no point of sweep '%s' has a column '%s'", t->sweep.name, key);
}

static void read_axes(struct query_table *t, bool all, struct arena *a)
{
	json_t *list = json_loads(t->sweep.axes, 0, NULL);
	t->n_axes = json_array_size(list) - all;
	t->axes = arena_alloc(a, (t->n_axes + 1) * sizeof(*t->axes));
	for (size_t i = 0; i < t->n_axes; i++)
		t->axes[i] = arena_strdup(a, json_string_value(json_array_get(list, i)));
	json_decref(list);
}

static void choose_columns(struct query_table *t, const char *wanted, bool all, struct arena *a)
{
	char *list = arena_strdup(a, "");
	for (size_t i = 0; !wanted && i < t->n_axes; i++)
		list = arena_printf(a, "%s%s,", list, t->axes[i]);
	if (!wanted && all)
		list = arena_printf(a, "%sreplications,", list);
	list = arena_printf(a, "%s%s", list, wanted ? wanted : usual);
	t->columns = split(list, &t->n_columns, a);
}

static bool read_conditions(
	const struct query *q, struct condition *conditions, struct arena *a, struct diag *d)
{
	bool good = true;
	for (size_t i = 0; i < q->n_where; i++)
		good &= read_condition(q->where[i], &conditions[i], a, d);
	return good;
}

struct query_table *query_run(
	struct store *s, const struct query *q, struct arena *a, struct diag *d)
{
	struct query_table *t = arena_alloc(a, sizeof(*t));
	struct condition *conditions = arena_alloc(a, (q->n_where + 1) * sizeof(*conditions));
	if (!read_conditions(q, conditions, a, d) || !store_get_sweep(s, q->sweep, &t->sweep, a, d))
		return NULL;
	t->rule = replicas_read(t->sweep.rule, a);
	bool all = t->rule.most > 1 && !q->each;
	read_axes(t, all, a);
	choose_columns(t, q->columns, all, a);
	struct asked asked = {.conditions = conditions, .n_conditions = q->n_where, .all = all};
	asked.senseless = arena_alloc(a, q->n_where + 1);
	asked.known = arena_alloc(a, t->n_columns + q->n_where + 1);
	fill(s, &asked, t, a);
	size_t before = diag_errors(d);
	for (size_t i = 0; t->sweep.n && i < t->n_columns + q->n_where; i++)
		if (!asked.known[i])
			complain_unknown(
				i < t->n_columns ? t->columns[i] : conditions[i - t->n_columns].key,
				t, a, d);
	for (size_t i = 0; i < q->n_where; i++)
		if (asked.senseless[i])
			diag_error(d, (struct mark){0}, "such as 1000, 0.1%, 50us or 8Mpps",
				"'%s' is a number and cannot be compared with '%s'",
				conditions[i].key, conditions[i].value);
	return diag_errors(d) == before ? t : NULL;
}

char *query_number(double value, char *buf, size_t size)
{
	for (int digits = 6; digits <= 17; digits++) {
		snprintf(buf, size, "%.*g", digits, value);
		if (strtod(buf, NULL) == value)
			break;
	}
	return buf;
}

static void put_quoted(const char *text, FILE *to)
{
	if (*text && strchr("=+-@", *text))
		fputs("'", to);
	for (; *text; text++)
		fputs(*text == '"' ? "\"\"" : (char[]){*text, '\0'}, to);
}

static void csv_cell(const struct query_cell *c, FILE *to)
{
	char number[32];
	if (c->kind == QUERY_NUMBER)
		fputs(query_number(c->number, number, sizeof(number)), to);
	if (c->kind != QUERY_TEXT)
		return;
	bool quotes = strpbrk(c->text, ",\"\n\r") != NULL;
	fputs(quotes ? "\"" : "", to);
	put_quoted(c->text, to);
	fputs(quotes ? "\"" : "", to);
}

void query_csv(const struct query_table *t, FILE *to)
{
	for (size_t i = 0; i < t->n_columns; i++)
		fprintf(to, "%s%s", i ? "," : "", t->columns[i]);
	for (size_t i = 0; i < t->n_rows * t->n_columns; i++) {
		fputc(i % t->n_columns ? ',' : '\n', to);
		csv_cell(&t->cells[i], to);
	}
	fputc('\n', to);
}

static void gnuplot_cell(const struct query_cell *c, FILE *to)
{
	char number[32];
	struct quantity q;
	if (c->kind == QUERY_NUMBER)
		fputs(query_number(c->number, number, sizeof(number)), to);
	else if (c->kind == QUERY_NOTHING)
		fputc('?', to);
	else if (quantity_parse(c->text, ALL_DIMS, &q) == QUANTITY_OK)
		fputs(query_number(q.value, number, sizeof(number)), to);
	else
		fprintf(to, "\"%s\"", c->text);
}

static bool same_block(const struct query_table *t, size_t row)
{
	if (t->n_axes < 2 || row == 0 || strcmp(t->columns[0], t->axes[0]) != 0)
		return true;
	const struct query_cell *c = &t->cells[row * t->n_columns];
	return strcmp(c->text, (c - t->n_columns)->text) == 0;
}

void query_gnuplot(const struct query_table *t, FILE *to)
{
	fputc('#', to);
	for (size_t i = 0; i < t->n_columns; i++)
		fprintf(to, " %s", t->columns[i]);
	for (size_t i = 0; i < t->n_rows * t->n_columns; i++) {
		if (i % t->n_columns == 0)
			fputs(same_block(t, i / t->n_columns) ? "\n" : "\n\n", to);
		else
			fputc(' ', to);
		gnuplot_cell(&t->cells[i], to);
	}
	fputc('\n', to);
}
