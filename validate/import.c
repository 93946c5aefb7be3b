/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "validate/import.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_COLUMNS = 64, MAX_FIELD = 4096 };

static const char *const columns[] = {"id", "what", "group", "where", "kind", "mark", "metric",
	"value", "unit", "scenario", "set", "places", "tolerance", "apart", "note", "reason"};
enum { N_COLUMNS = sizeof columns / sizeof *columns };

struct importing {
	FILE *from, *to;
	struct arena *arena;
	struct diag *diag;
	struct diag_source *source; /* only the name: what was read is gone */
	unsigned line;
	const char *head[MAX_COLUMNS], *field[MAX_COLUMNS];
	size_t n_head, n_field;
};

static void complain(struct importing *m, const char *text, const char *what)
{
	diag_error(m->diag, (struct mark){.source = m->source, .line = m->line, .column = 1}, NULL,
		"%s%s%s%s", text, what ? " '" : "", what ? what : "", what ? "'" : "");
}

/* One field up to comma, end of line or end of file, which is returned. */
static int read_field(struct importing *m, char *buf, size_t *len)
{
	bool quoted = false;
	*len = 0;
	for (;;) {
		int c = getc(m->from);
		if (c == '"') {
			int next = quoted ? getc(m->from) : EOF;
			if (!quoted || next != '"') {
				quoted = !quoted;
				if (!quoted && next != EOF)
					ungetc(next, m->from);
				continue;
			}
		} else if (c == EOF || (!quoted && (c == ',' || c == '\n'))) {
			return c;
		}
		if (c == '\r' && !quoted)
			continue;
		if (*len < MAX_FIELD)
			buf[(*len)++] = (char)c;
	}
}

/* False at the end of the file. */
static bool read_line(struct importing *m)
{
	char buf[MAX_FIELD];
	size_t len;
	int end;
	m->line++;
	m->n_field = 0;
	do {
		end = read_field(m, buf, &len);
		if (m->n_field < MAX_COLUMNS)
			m->field[m->n_field++] = arena_strndup(m->arena, buf, len);
	} while (end == ',');
	return end != EOF || m->n_field > 1 || len > 0;
}

static void read_head(struct importing *m)
{
	memcpy(m->head, m->field, sizeof m->head);
	m->n_head = m->n_field;
	for (size_t i = 0; i < m->n_head; i++) {
		const char *near = diag_nearest(m->head[i], columns, N_COLUMNS);
		if (!near || strcmp(near, m->head[i]) != 0)
			complain(m, "no column is called", m->head[i]);
	}
}

static void put_quoted(struct importing *m, const char *text, size_t len)
{
	fputc('\'', m->to);
	for (size_t i = 0; i < len; i++)
		fputs(text[i] == '\'' ? "''" : (char[]){text[i], '\0'}, m->to);
	fputc('\'', m->to);
}

/* "a;b" becomes ['a', 'b']. */
static void put_list(struct importing *m, const char *text)
{
	const char *gap = "[";
	for (;; text++) {
		size_t len = strcspn(text, ";");
		fputs(gap, m->to);
		put_quoted(m, text, len);
		gap = ", ";
		text += len;
		if (!*text)
			break;
	}
	fputc(']', m->to);
}

static const char *unit_of(const struct importing *m)
{
	for (size_t i = 0; i < m->n_field; i++)
		if (strcmp(m->head[i], "unit") == 0 && *m->field[i])
			return m->field[i];
	return NULL;
}

static void put_point(struct importing *m)
{
	const char *gap = "  - {";
	for (size_t i = 0; i < m->n_field; i++) {
		const char *key = m->head[i], *text = m->field[i];
		const char *unit = strcmp(key, "value") == 0 ? unit_of(m) : NULL;
		if (!*text || strcmp(key, "unit") == 0)
			continue;
		fprintf(m->to, "%s%s: ", gap, key);
		gap = ", ";
		if (strcmp(key, "set") == 0 || strcmp(key, "places") == 0) {
			put_list(m, text);
			continue;
		}
		if (unit)
			text = arena_printf(m->arena, "%s %s", text, unit);
		put_quoted(m, text, strlen(text));
	}
	fputs("}\n", m->to);
}

bool import_csv(FILE *from, const char *name, FILE *to, struct arena *a, struct diag *d)
{
	size_t before = diag_errors(d);
	struct diag_source *source = arena_alloc(a, sizeof *source);
	*source = (struct diag_source){name, "", 0};
	struct importing m = {.from = from, .to = to, .arena = a, .diag = d, .source = source};
	if (!read_line(&m))
		complain(&m, "the table is empty", NULL);
	else
		read_head(&m);
	fputs("citation: ", to);
	put_quoted(&m, name, strlen(name));
	fputs("\npoints:\n", to);
	while (diag_errors(d) == before && read_line(&m)) {
		if (m.n_field == 1 && !*m.field[0])
			continue;
		if (m.n_field != m.n_head)
			complain(&m, "this line has another number of fields than the first", NULL);
		else
			put_point(&m);
	}
	return diag_errors(d) == before;
}
