/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * param_write - a struct as YAML that reads back as the same struct
 *
 * Written is what was given, what has a default, and what is not zero. An optional group that was
 * not given and whose required parts are all zero is left out: reading it back would miss them.
 */
#include "base/param.h"

#include "base/param_words.h"
#include "base/utf8.h"

#include <inttypes.h>
#include <string.h>

enum { INDENT = 2, PRINTED = 256 };

struct writer {
	FILE *to;
	int indent;
	bool in_line; /* the dash of a list element stands before the next key */
};

static void write_struct(struct writer *w, const struct param_table *t, const void *s);

/* Whether the field differs from one of zeros. */
static bool is_set(const struct param *p, const void *field)
{
	switch (p->type) {
	case PARAM_QUANTITY:
		return ((const struct quantity *)field)->dim != 0;
	case PARAM_COUNT:
		return *(const int64_t *)field != 0;
	case PARAM_BOOL:
		return *(const bool *)field;
	case PARAM_ENUM:
		return *(const int *)field != 0;
	case PARAM_TEXT:
		return *(const char *const *)field != NULL;
	default:
		return ((const struct param_list *)field)->n > 0;
	}
}

static bool has_value(const struct param_table *t, const struct param *p, const void *s);

static bool has_any_value(const struct param_table *t, const void *s)
{
	for (const struct param *p = t->params; p->key; p++)
		if (has_value(t, p, s))
			return true;
	return false;
}

/* Whether a group that its parent does not know as given has its required parts all the same. */
static bool has_required(const struct param_table *t, const void *s)
{
	bool required = false;

	for (const struct param *p = t->params; p->key; p++) {
		if (!param_words_required(p))
			continue;
		required = true;
		if (p->type == PARAM_GROUP || is_set(p, (const char *)s + p->offset))
			return true;
	}
	return !required;
}

static bool has_value(const struct param_table *t, const struct param *p, const void *s)
{
	const void *field = (const char *)s + p->offset;

	if (p->type == PARAM_QUANTITY || p->type == PARAM_TEXT)
		return is_set(p, field);
	if (p->def || param_given(t, s, p->key))
		return true;
	if (p->type == PARAM_GROUP)
		return has_required(p->sub, field) && has_any_value(p->sub, field);
	return is_set(p, field);
}

static bool is_plain(const char *text)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789_/.-";

	return text[0] && !strchr(".-", text[0]) && strspn(text, plain) == strlen(text);
}

static bool needs_escape(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x2028 || code == 0x2029 ||
	       code == 0xfeff || code == 0xfffe || code == 0xffff;
}

static void put_text(FILE *to, const char *text)
{
	size_t len = strlen(text);
	uint32_t code;

	if (is_plain(text)) {
		fputs(text, to);
		return;
	}
	fputc('"', to);
	for (size_t i = 0, n; i < len; i += n ? n : 1) {
		n = utf8_decode(text + i, len - i, &code);
		if (n == 0 || needs_escape(code))
			fprintf(to, "\\u%04x", n ? (unsigned)code : 0xfffdu);
		else if (code == '"' || code == '\\')
			fprintf(to, "\\%c", (char)code);
		else
			fwrite(text + i, 1, n, to);
	}
	fputc('"', to);
}

static void put_scalar(struct writer *w, const struct param *p, const void *field)
{
	char text[PRINTED];

	fputc(' ', w->to);
	switch (p->type) {
	case PARAM_QUANTITY:
		fputs(quantity_print(*(const struct quantity *)field, text, sizeof(text)), w->to);
		break;
	case PARAM_COUNT:
		fprintf(w->to, "%" PRId64, *(const int64_t *)field);
		break;
	case PARAM_BOOL:
		fputs(*(const bool *)field ? "yes" : "no", w->to);
		break;
	case PARAM_ENUM:
		put_text(w->to, p->choices[*(const int *)field]);
		break;
	default:
		put_text(w->to, *(const char *const *)field);
		break;
	}
	fputc('\n', w->to);
}

static void put_group(struct writer *w, const struct param_table *t, const void *s)
{
	if (!has_any_value(t, s)) {
		fputs(" {}\n", w->to);
		return;
	}
	fputc('\n', w->to);
	w->indent += INDENT;
	write_struct(w, t, s);
	w->indent -= INDENT;
}

static void put_element(struct writer *w, const struct param_table *t, const void *item)
{
	fprintf(w->to, "%*s-", w->indent + INDENT, "");
	if (!has_any_value(t, item)) {
		fputs(" {}\n", w->to);
		return;
	}
	fputc(' ', w->to);
	w->in_line = true;
	w->indent += 2 * INDENT;
	write_struct(w, t, item);
	w->indent -= 2 * INDENT;
}

static void put_named(struct writer *w, const struct param_table *t, const void *item)
{
	w->indent += INDENT;
	fprintf(w->to, "%*s%s:", w->indent, "", *(const char *const *)item);
	put_group(w, t, item);
	w->indent -= INDENT;
}

static void put_items(struct writer *w, const struct param *p, const struct param_list *list)
{
	if (!list->n) {
		fputs(p->type == PARAM_MAP ? " {}\n" : " []\n", w->to);
		return;
	}
	fputc('\n', w->to);
	for (size_t i = 0; i < list->n; i++) {
		const char *item = (const char *)list->items + i * p->sub->size;

		if (p->type == PARAM_MAP)
			put_named(w, p->sub, item);
		else
			put_element(w, p->sub, item);
	}
}

static void put_texts(struct writer *w, const struct param_list *list)
{
	const char *const *texts = list->items;

	fputs(" [", w->to);
	for (size_t i = 0; i < list->n; i++) {
		fputs(i ? ", " : "", w->to);
		put_text(w->to, texts[i]);
	}
	fputs("]\n", w->to);
}

static void put_value(struct writer *w, const struct param *p, const void *field)
{
	switch (p->type) {
	case PARAM_GROUP:
		put_group(w, p->sub, field);
		break;
	case PARAM_LIST:
	case PARAM_MAP:
		put_items(w, p, field);
		break;
	case PARAM_TEXTS:
		put_texts(w, field);
		break;
	default:
		put_scalar(w, p, field);
		break;
	}
}

static void write_struct(struct writer *w, const struct param_table *t, const void *s)
{
	for (const struct param *p = t->params; p->key; p++) {
		if (!has_value(t, p, s))
			continue;
		fprintf(w->to, "%*s%s:", w->in_line ? 0 : w->indent, "", p->key);
		w->in_line = false;
		put_value(w, p, (const char *)s + p->offset);
	}
}

void param_write(const struct param_table *t, const void *s, FILE *to, int indent)
{
	struct writer w = {to, indent, false};

	write_struct(&w, t, s);
}
