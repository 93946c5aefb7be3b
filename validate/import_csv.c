/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Comma-separated values, quoted as in RFC 4180. The first line names the columns: keys of a point
 * (dataset.h) or unit, which goes behind the value. Several assignments in `set`, or several
 * `places`, are separated by semicolons.
 */
#include "validate/import_parts.h"

#include "model/relative.h"

#include <string.h>

enum { MAX_COLUMNS = 64 };

static const char *const columns[] = {"id", "what", "group", "where", "kind", "mark", "metric",
	"value", "unit", "scenario", "set", "places", "loss", "tolerance", "error", "apart", "note",
	"reason"};
enum { N_COLUMNS = sizeof columns / sizeof *columns };

struct field {
	const char *text, *at;
	size_t len; /* in the file, with its quotes */
};

struct table {
	struct importing *m;
	const char *p, *end, *line; /* line: where it starts */
	struct field head[MAX_COLUMNS], field[MAX_COLUMNS];
	size_t n_head, n_field;
};

static void complain(const struct table *t, const struct field *f, const char *what)
{
	diag_error(t->m->diag, import_mark(t->m, f->at, f->len), NULL, "%s", what);
}

/* One field, up to a comma, the end of the line or of the file. */
static struct field read_field(struct table *t)
{
	struct field f = {.at = t->p};
	size_t n = 0;
	bool inside = false;
	const char *opened = NULL;
	for (; t->p < t->end && (inside || (*t->p != ',' && *t->p != '\n')); t->p++)
		if (*t->p == '"') {
			inside = !inside;
			opened = t->p;
		}
	f.len = (size_t)(t->p - f.at);
	char *to = arena_alloc(t->m->arena, f.len + 1);
	inside = false;
	for (const char *p = f.at; p < t->p; p++) {
		if (*p == '"') {
			if (inside || p == f.at || p[-1] != '"')
				inside = !inside;
			else { /* doubled: one that is meant */
				to[n++] = '"';
				inside = true;
			}
		} else if (*p != '\r' || inside) {
			to[n++] = *p;
		}
	}
	f.text = to;
	if (inside)
		diag_error(t->m->diag, import_mark(t->m, opened, 1), NULL,
			"this quote is never closed");
	return f;
}

/* False at the end of the file. */
static bool read_line(struct table *t)
{
	t->n_field = 0;
	t->line = t->p;
	if (t->p == t->end)
		return false;
	for (bool more = true; more;) {
		struct field f = read_field(t);
		more = t->p < t->end && *t->p == ',';
		if (t->n_field < MAX_COLUMNS)
			t->field[t->n_field++] = f;
		t->p += t->p < t->end;
	}
	return true;
}

static void check_column(const struct table *t, size_t i)
{
	const char *name = t->head[i].text;
	const char *near = diag_nearest(name, columns, N_COLUMNS);
	struct mark at = import_mark(t->m, t->head[i].at, t->head[i].len);
	if (!near || strcmp(near, name) != 0)
		diag_error(t->m->diag, at,
			near ? arena_printf(t->m->arena, "did you mean '%s'?", near) : NULL,
			"no column is called '%s'", name);
	for (size_t k = 0; k < i; k++)
		if (strcmp(t->head[k].text, name) == 0)
			diag_error(t->m->diag, at, NULL, "two columns are called '%s'", name);
}

static void read_head(struct table *t)
{
	memcpy(t->head, t->field, sizeof t->head);
	t->n_head = t->n_field;
	for (size_t i = 0; i < t->n_head; i++)
		check_column(t, i);
}

static const char *cell(const struct table *t, const char *column)
{
	for (size_t i = 0; i < t->n_field; i++)
		if (strcmp(t->head[i].text, column) == 0 && *t->field[i].text)
			return t->field[i].text;
	return NULL;
}

static void put_point(struct table *t)
{
	struct importing *m = t->m;
	const char *id = cell(t, "id"), *unit = cell(t, "unit");
	m->n_fields = m->n_sets = 0;
	if (!id)
		complain(t, &t->field[0], "this line has no id");
	for (size_t i = 0; i < t->n_field; i++) {
		const char *key = t->head[i].text, *text = t->field[i].text;
		if (!*text || strcmp(key, "unit") == 0)
			continue;
		if (strcmp(key, "set") == 0 || strcmp(key, "places") == 0)
			import_put_texts(m, key, text);
		else if (unit && strcmp(key, "value") == 0)
			import_put(m, key, arena_printf(m->arena, "%s %s", text, unit));
		else if (strcmp(key, "scenario") == 0)
			import_put(m, key, relative_path(m->base, text, m->arena));
		else
			import_put(m, key, text);
	}
	import_end(m);
}

static bool has_known_column(const struct table *t)
{
	for (size_t i = 0; i < t->n_field; i++)
		for (size_t k = 0; k < N_COLUMNS; k++)
			if (strcmp(t->field[i].text, columns[k]) == 0)
				return true;
	return false;
}

void import_csv(struct importing *m)
{
	size_t before = diag_errors(m->diag);
	const char *text = m->source->text;
	struct table t = {.m = m, .p = text, .end = text + m->source->len};
	const char *hint = "known are NFVbench's and TRex's JSON, CSIT's tables, and CSV";
	if (!read_line(&t) || !has_known_column(&t)) {
		diag_error(m->diag, (struct mark){m->source, 1, 1, 0}, hint,
			t.n_field ? "this is no kind of file that is known" : "the file is empty");
		return;
	}
	read_head(&t);
	while (diag_errors(m->diag) == before && read_line(&t)) {
		if (t.n_field == 1 && !*t.field[0].text)
			continue;
		if (t.n_field != t.n_head)
			complain(&t, &t.field[0],
				"this line has another number of fields than the first");
		else
			put_point(&t);
	}
}
