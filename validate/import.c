/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "validate/import_parts.h"

#include "base/ytree_check.h"
#include "model/relative.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MAX_BYTES ((size_t)16 << 20)

static const char *quoted(struct arena *a, const char *text)
{
	size_t n = 0;
	char *to = arena_alloc(a, 2 * strlen(text) + 3), *p = to;
	*p++ = '\'';
	for (; text[n]; n++) {
		bool blank = (unsigned char)text[n] < ' ';
		if (text[n] == '\'')
			*p++ = '\'';
		*p++ = blank ? ' ' : text[n];
	}
	*p = '\'';
	return to;
}

static const char *plain_id(struct arena *a, const char *text)
{
	char *to = arena_strdup(a, text), *p = to;
	for (; *text; text++) {
		bool kept = isalnum((unsigned char)*text) || *text == '.';
		if (kept || (p > to && p[-1] != '-'))
			*p++ = kept ? (char)tolower((unsigned char)*text) : '-';
	}
	while (p > to && p[-1] == '-')
		p--;
	*p = '\0';
	return to;
}

static void put_raw(struct importing *m, const char *key, const char *value)
{
	if (m->n_fields == IMPORT_FIELDS)
		return;
	m->keys[m->n_fields] = key;
	m->values[m->n_fields++] = value;
}

void import_begin(struct importing *m, const char *id)
{
	m->n_fields = m->n_sets = 0;
	import_put(m, "id", plain_id(m->arena, id));
}

void import_put(struct importing *m, const char *key, const char *text)
{
	put_raw(m, key, quoted(m->arena, text));
}

static const char *list_of(struct arena *a, const char *const *texts, size_t n)
{
	const char *all = "[";
	for (size_t i = 0; i < n; i++)
		all = arena_printf(a, "%s%s%s", all, i ? ", " : "", quoted(a, texts[i]));
	return arena_printf(a, "%s]", all);
}

void import_put_texts(struct importing *m, const char *key, const char *text)
{
	const char *texts[IMPORT_SETS];
	size_t n = 0;
	while (n < IMPORT_SETS) {
		size_t len = strcspn(text, ";");
		texts[n++] = arena_strndup(m->arena, text, len);
		if (!text[len])
			break;
		text += len + 1;
	}
	if (strcmp(key, "set") != 0)
		put_raw(m, key, list_of(m->arena, texts, n));
	else
		for (size_t i = 0; i < n; i++)
			import_set(m, relative_set(m->base, texts[i], m->arena));
}

void import_set(struct importing *m, const char *assignment)
{
	if (m->n_sets < IMPORT_SETS)
		m->sets[m->n_sets++] = assignment;
}

void import_put_searched(struct importing *m, double percent)
{
	import_put(m, "metric", percent > 0 ? "pdr" : "ndr");
	if (percent > 0)
		import_put(m, "loss", arena_printf(m->arena, "%.12g %%", percent));
	import_set(m, "traffic.rate=line");
}

static bool has(const struct importing *m, const char *key)
{
	for (size_t i = 0; i < m->n_fields; i++)
		if (strcmp(m->keys[i], key) == 0)
			return true;
	return false;
}

void import_end(struct importing *m)
{
	const struct import_extra *x = m->extra;
	if (!has(m, "mark") && x->mark)
		import_put(m, "mark", x->mark);
	if (!has(m, "scenario") && x->scenario)
		import_put(m, "scenario", x->scenario);
	for (size_t i = 0; i < x->n_sets; i++)
		import_set(m, x->sets[i]);
	if (m->n_sets)
		put_raw(m, "set", list_of(m->arena, m->sets, m->n_sets));
	for (size_t i = 0; i < m->n_fields; i++)
		fprintf(m->to, "%s%s: %s", i ? ",\n     " : "  - {", m->keys[i], m->values[i]);
	fputs("}\n", m->to);
	m->n_points++;
}

struct mark import_mark(const struct importing *m, const char *at, size_t len)
{
	struct mark k = {.source = m->source, .line = 1, .column = 1, .len = (unsigned)len};
	for (const char *p = m->source->text; p < at; p++) {
		bool continues = ((unsigned char)*p & 0xc0) == 0x80;
		k.column = *p == '\n' ? 1 : k.column + !continues;
		k.line += *p == '\n';
	}
	return k;
}

bool import_frame_size(struct importing *m, const char *text)
{
	char *end;
	unsigned long size_B = strtoul(text, &end, 10);
	if (strcasecmp(text, "imix") == 0) {
		import_set(m, "traffic.size=imix");
		return true;
	}
	if (!isdigit((unsigned char)*text) || (*end && strcasecmp(end, "B") != 0) || size_B < 64 ||
		size_B > 9216)
		return false;
	import_set(m, arena_printf(m->arena, "traffic.size=%luB", size_B));
	return true;
}

/* Which reader takes it: braces are JSON, and a table of CSIT has bars. */
static void read_points(struct importing *m)
{
	const struct diag_source *s = m->source;
	size_t blank = 0;
	while (blank < s->len && isspace((unsigned char)s->text[blank]))
		blank++;
	if (blank < s->len && (s->text[blank] == '{' || s->text[blank] == '[')) {
		const struct ynode *root = ytree_parse_source(s, 0, m->arena, m->diag);
		if (root)
			import_json(m, root);
	} else if (import_is_csit(s->text, s->len)) {
		import_csit(m);
	} else {
		import_csv(m);
	}
}

bool import_text(const char *name, const char *text, size_t len, const struct import_extra *extra,
	FILE *to, struct arena *a, struct diag *d)
{
	size_t before = diag_errors(d), size;
	char *points = NULL;
	struct diag_source *source = arena_alloc(a, sizeof *source);
	*source = (struct diag_source){name, text, len};
	struct importing m = {.source = source,
		.extra = extra,
		.arena = a,
		.diag = d,
		.base = relative_anywhere(name, a)};
	m.to = open_memstream(&points, &size);
	if (!m.to)
		abort();
	if (ytree_check(source, 0, 0, d))
		read_points(&m);
	fclose(m.to);
	if (diag_errors(d) == before && !m.n_points)
		diag_error(d, (struct mark){source, 1, 1, 0}, NULL, "there are no points in it");
	if (diag_errors(d) == before)
		fprintf(to, "citation: %s\npoints:\n%s", quoted(a, name), points);
	free(points);
	return diag_errors(d) == before;
}

static char *whole_file(const char *path, size_t *len, struct arena *a, struct diag *d)
{
	FILE *from = fopen(path, "rb");
	char *text = NULL;
	size_t room = 4096;
	*len = 0;
	while (from && !feof(from) && !ferror(from) && *len <= MAX_BYTES) {
		room *= 2;
		text = xrealloc(text, room + 1, 1);
		*len += fread(text + *len, 1, room - *len, from);
	}
	bool good = from && !ferror(from) && *len <= MAX_BYTES;
	if (!good)
		diag_error(d, (struct mark){0}, NULL, "cannot read %s: %s", path,
			*len > MAX_BYTES ? "it is larger than 16 MiB" : strerror(errno));
	if (from)
		fclose(from);
	char *copy = good ? arena_strndup(a, text ? text : "", *len) : NULL;
	free(text);
	return copy;
}

bool import_file(const char *path, const struct import_extra *extra, FILE *to, struct arena *a,
	struct diag *d)
{
	size_t len;
	const char *text = whole_file(path, &len, a, d);
	return text && import_text(path, text, len, extra, to, a, d);
}
