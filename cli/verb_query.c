/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/json_out.h"
#include "cli/options.h"
#include "cli/text.h"
#include "cli/verb.h"
#include "plan/query.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
	KEY_WHERE = 'w',
	KEY_COLUMNS = 'c',
	KEY_FORMAT = 'f',
	KEY_OUTPUT = 'o',
	KEY_SWEEP = 0x200,
	KEY_EACH
};
enum { DIGITS = 6, MOST_COUNT = 1000000 };

struct asked {
	struct query query;
	const char **where;
	const char *format, *output;
	struct arena *arena;
};

static const struct argp_option own_options[] = {
	{"where", KEY_WHERE, "CONDITION", 0,
		"Only rows where it holds, as in cpu=1.2GHz or latency_p99_ns<50us; may be "
		"repeated",
		0},
	{"columns", KEY_COLUMNS, "NAMES", 0, "These columns, with commas between them", 0},
	{"each", KEY_EACH, NULL, 0, "A row for each replication, not one for all of a point", 0},
	{"format", KEY_FORMAT, "WORD", 0, "text (default), csv, json or gnuplot", 0},
	{"output", KEY_OUTPUT, "FILE", 0, "Write to FILE instead of standard output", 0},
	{"sweep", KEY_SWEEP, "NAME", 0,
		"This sweep of the store, by name or start of its id; default the latest", 0},
	{0}};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct asked *q = state->input;
	switch (key) {
	case KEY_WHERE:
		q->where = xrealloc(q->where, q->query.n_where + 1, sizeof(*q->where));
		q->where[q->query.n_where++] = arg;
		return 0;
	case KEY_EACH:
		q->query.each = true;
		return 0;
	case KEY_COLUMNS:
		q->query.columns = arg;
		return 0;
	case KEY_FORMAT:
		if (strcmp(arg, "text") != 0 && strcmp(arg, "csv") != 0 &&
			strcmp(arg, "json") != 0 && strcmp(arg, "gnuplot") != 0)
			argp_error(state, "--format is text, csv, json or gnuplot, not '%s'", arg);
		q->format = arg;
		return 0;
	case KEY_OUTPUT:
		q->output = arg;
		return 0;
	case KEY_SWEEP:
		q->query.sweep = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp own = {.options = own_options, .parser = parse};
static const struct options_spec spec = {.args = "STORE",
	.doc = "Shows the points of a sweep from the store that `nfvsim sweep' made, as a table "
	       "for "
	       "people, as CSV, as JSON or for gnuplot: a row a point, in the order of the sweep, "
	       "whatever the order in which they were run.",
	.least = 1,
	.most = 1,
	.groups = OPTIONS_JSON,
	.own = &own};

static void put_row(json_t *o, const struct query_table *t, size_t row)
{
	for (size_t i = 0; i < t->n_columns; i++) {
		const struct query_cell *c = &t->cells[row * t->n_columns + i];
		if (c->kind == QUERY_TEXT)
			json_out_text(o, t->columns[i], c->text);
		else
			json_out_number(o, t->columns[i], c->number);
	}
}

static void print_json(const struct query_table *t, FILE *to)
{
	json_t *o = json_out_new();
	json_out_text(o, "sweep", t->sweep.name);
	json_out_text(o, "id", t->sweep.id);
	json_t *axes = json_out_list(o, "axes"), *rows = json_out_list(o, "rows");
	for (size_t i = 0; i < t->n_axes; i++)
		json_out_append_text(axes, t->axes[i]);
	for (size_t i = 0; i < t->n_rows; i++)
		put_row(json_out_append(rows), t, i);
	json_dumpf(o, to, JSON_INDENT(2) | JSON_REAL_PRECISION(17));
	fputc('\n', to);
	json_decref(o);
}

/* Counts without a point and zeros behind it. */
static const char *number(double x, struct arena *a)
{
	return fabs(x) < MOST_COUNT && x == floor(x) ? arena_printf(a, "%.0f", x)
						     : text_number(x, DIGITS, a);
}

static void print_text(const struct query_table *t, FILE *to, struct arena *a)
{
	struct text_table table;
	const char **heads = arena_alloc(a, (t->n_columns + 1) * sizeof(*heads));
	for (size_t i = 0; i < t->n_columns; i++) {
		bool words = t->n_rows && t->cells[i].kind == QUERY_TEXT;
		heads[i] = arena_printf(a, "%c%s", words ? '<' : '>', t->columns[i]);
	}
	text_table_start(&table, heads, a);
	for (size_t i = 0; i < t->n_rows * t->n_columns; i++) {
		const struct query_cell *c = &t->cells[i];
		text_table_cell(
			&table, "%s", c->kind == QUERY_TEXT ? c->text : number(c->number, a));
	}
	text_table_print(&table, to);
}

static void print(const struct query_table *t, const char *format, FILE *to, struct arena *a)
{
	if (strcmp(format, "csv") == 0)
		query_csv(t, to);
	else if (strcmp(format, "gnuplot") == 0)
		query_gnuplot(t, to);
	else if (strcmp(format, "json") == 0)
		print_json(t, to);
	else
		print_text(t, to, a);
}

static int answer(const struct query_table *t, const struct asked *q)
{
	FILE *to = q->output ? fopen(q->output, "w") : stdout;
	if (to)
		print(t, q->format, to, q->arena);
	bool good = to && !ferror(to) && fflush(to) == 0;
	if (to && to != stdout)
		good = fclose(to) == 0 && good;
	if (!good)
		fprintf(stderr, "nfvsim query: cannot write '%s': %s\n",
			q->output ? q->output : "the answer", strerror(errno));
	return good ? VERB_DONE : VERB_FAILED;
}

static int ask(struct asked *q, const char *path, struct diag *d)
{
	struct store *s = store_open(path, false, d);
	const struct query_table *t = s ? query_run(s, &q->query, q->arena, d) : NULL;
	store_close(s);
	diag_print(d, stderr);
	return t ? answer(t, q) : VERB_USAGE;
}

int verb_query(int argc, char **argv)
{
	struct options o = {.arena = arena_new()};
	struct asked q = {.arena = o.arena};
	struct diag *d = diag_new();
	options_parse(&spec, argc, argv, &o, &q);
	q.query.where = q.where;
	if (!q.format)
		q.format = o.json ? "json" : "text";
	int code = ask(&q, o.args[0], d);
	free(q.where);
	diag_free(d);
	arena_free(o.arena);
	return code;
}
