/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ytree - a YAML file as a tree whose every node knows its place
 *
 * A text passes three gates: ytree_check refuses what no text of ours may hold (so that libyaml's
 * count of lines and characters equals ours), libyaml refuses what is no YAML, and the handlers of
 * its events refuse what we do not take. The events arrive after at most 1 KiB of look-ahead, which
 * bounds the work that libyaml can do on nested brackets before the depth is noticed.
 * Time is linear in the text, but for sorting the keys of each map.
 */
#include "base/ytree.h"

#include "base/utf8.h"
#include "base/ytree_check.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

enum {
	MAX_BYTES = 1 << 20,
	MAX_KEY_BYTES = 1024,
	MAX_NODES = 100000,
	MAX_DEPTH = 16,
	SHOWN_CHARS = 60, /* of a user's text in a message */
};

struct reader {
	yaml_parser_t yaml;
	const struct diag_source *source;
	const char *text; /* the part of the source that is YAML, len bytes */
	size_t len;
	unsigned first_column; /* characters before text in its first line */
	struct arena *arena;
	struct diag *diag;
	struct ynode *root;
	struct ynode *open[MAX_DEPTH];  /* collections around the next node */
	struct ynode **tail[MAX_DEPTH]; /* where their next child goes */
	unsigned depth;
	const char *key; /* waits for its value; NULL: the map expects a key */
	struct mark key_mark;
	size_t n_nodes;
	bool has_document;
	bool stop;
};

/* Messages of libyaml that users meet, in words about their file. */
struct rewording {
	const char *problem; /* how libyaml's problem or its context starts */
	bool at_context;     /* the place to show is where the broken thing starts */
	const char *text, *hint;
};

static const struct rewording rewordings[] = {
	{"while scanning an anchor", false, "'&' starts an anchor, which is not taken here",
		"write the value out, or put a text that starts with '&' in quotes"},
	{"while scanning an alias", false, "'*' starts an alias, which is not taken here",
		"write the value out, or put a text that starts with '*' in quotes"},
	{"while scanning a tag", true, "'!' starts a tag, which is not taken here",
		"leave the tag out, or put a text that starts with '!' in quotes"},
	{"while parsing a tag", true, "'!' starts a tag, which is not taken here",
		"leave the tag out, or put a text that starts with '!' in quotes"},
	{"found undefined tag handle", false, "'!' starts a tag, which is not taken here",
		"leave the tag out, or put a text that starts with '!' in quotes"},
	{"found a tab character", false, "a tab is used to indent", "indent with spaces"},
	{"mapping values are not allowed", false, "this ':' has no place here",
		"put a text that contains ': ' in quotes; keys of one group start in one column"},
	{"could not find expected ':'", true, "a ':' is missing: a group holds lines 'key: value'",
		"write 'key: value' with a space behind the colon"},
	{"did not find expected key", false, "this does not fit the group of keys around it",
		"keys of one group start in one column, as 'key: value'"},
	{"did not find expected '-'", false, "this does not fit the list around it",
		"elements of a list start with '- ' in one column"},
	{"did not find expected ',' or ']'", true, "this '[' is not closed, or a ',' is missing",
		"write a list as [a, b, c]"},
	{"did not find expected ',' or '}'", true, "this '{' is not closed, or a ',' is missing",
		"write a group as {key: value, key: value}"},
	{"found unexpected end of stream", true, "this quote is never closed",
		"close it with the same kind of quote"},
	{"found unexpected document indicator", true, "this quote is not closed before '---'",
		"close it with the same kind of quote"},
	{"did not find expected node content", false, "a value is missing here",
		"write a value, or leave the key out"},
	{"block sequence entries are not", false, "a list element '- ' has no place here",
		"put the list on lines of its own below its key, or write it as [a, b]"},
	{"mapping keys are not allowed", false, "a key has no place here",
		"keys of one group start in one column"},
	{"found unknown escape character", false, "there is no such escape in a quoted text",
		"write \\\\ for a backslash, or use single quotes"},
	{"did not find expected hexdecimal", false, "this escape lacks hexadecimal digits",
		"write \\x41 or \\u0041"},
	{"found invalid Unicode character", false, "this escape stands for no character", NULL},
	{"did not find expected comment", false, "text has no place behind '|' or '>'",
		"start the text on the next line, indented"},
	{"did not find expected <document start>", false,
		"this stands behind the end of the file's value",
		"a file holds one value: a group of 'key: value' lines"},
};

static struct mark mark_at(const struct reader *r, yaml_mark_t start, yaml_mark_t end)
{
	struct mark m = {r->source, (unsigned)start.line + 1, (unsigned)start.column + 1, 0};

	if (start.line == end.line && end.column > start.column)
		m.len = (unsigned)(end.column - start.column);
	if (start.line == 0)
		m.column += r->first_column;
	return m;
}

static bool starts_with(const char *text, const char *prefix)
{
	return text && strncmp(text, prefix, strlen(prefix)) == 0;
}

/* The byte of the text at libyaml's place, which counts characters. */
static char byte_at(const struct reader *r, size_t index)
{
	size_t i = 0, n;
	uint32_t code;

	for (; index > 0 && i < r->len; index--) {
		n = utf8_decode(r->text + i, r->len - i, &code);
		i += n ? n : 1;
	}
	return i < r->len ? r->text[i] : '\0';
}

static void complain_bad_start(struct reader *r, struct mark at, char c)
{
	at.len = 1;
	if (c == '\t')
		diag_error(r->diag, at, "indent with spaces", "a tab is used to indent");
	else
		diag_error(
			r->diag, at, "put the text in quotes", "no value can start with '%c'", c);
}

static void complain_yaml(struct reader *r)
{
	const yaml_parser_t *y = &r->yaml;
	struct mark at = mark_at(r, y->problem_mark, y->problem_mark);

	r->stop = true;
	if (y->error == YAML_MEMORY_ERROR) {
		diag_error(r->diag, at, NULL, "out of memory");
		return;
	}
	if (starts_with(y->problem, "found character that cannot start")) {
		complain_bad_start(r, at, byte_at(r, y->problem_mark.index));
		return;
	}
	for (size_t i = 0; i < sizeof(rewordings) / sizeof(rewordings[0]); i++) {
		const struct rewording *w = &rewordings[i];

		if (!starts_with(y->problem, w->problem) && !starts_with(y->context, w->problem))
			continue;
		if (w->at_context && y->context)
			at = mark_at(r, y->context_mark, y->context_mark);
		diag_error(r->diag, at, w->hint, "%s", w->text);
		return;
	}
	diag_error(r->diag, at, NULL, "not valid YAML: %s", y->problem ? y->problem : "unknown");
}

/* Attaches a new node to the innermost open collection, or makes it the root. */
static struct ynode *add_node(struct reader *r, enum ynode_kind kind, struct mark mark)
{
	struct ynode *node = arena_alloc(r->arena, sizeof(*node));

	node->kind = kind;
	node->mark = mark;
	node->key = r->key;
	node->key_mark = r->key_mark;
	r->key = NULL;
	r->key_mark = (struct mark){0};
	if (++r->n_nodes > MAX_NODES) {
		diag_error(r->diag, mark, NULL, "the file holds more than %d values", MAX_NODES);
		r->stop = true;
	}
	if (r->depth == 0) {
		r->root = node;
		return node;
	}
	*r->tail[r->depth - 1] = node;
	r->tail[r->depth - 1] = &node->next;
	r->open[r->depth - 1]->n++;
	return node;
}

static bool expects_key(const struct reader *r)
{
	return r->depth && r->open[r->depth - 1]->kind == YNODE_MAP && !r->key;
}

static void open_collection(struct reader *r, enum ynode_kind kind, struct mark mark)
{
	struct ynode *node;

	if (expects_key(r)) {
		diag_error(r->diag, mark, "put a key that starts with '[' or '{' in quotes",
			"a key must be a plain text");
		r->stop = true;
		return;
	}
	if (r->depth == MAX_DEPTH) {
		diag_error(r->diag, mark, "check the indentation and the brackets",
			"more than %d lists and groups inside each other", MAX_DEPTH);
		r->stop = true;
		return;
	}
	node = add_node(r, kind, mark);
	r->open[r->depth] = node;
	r->tail[r->depth] = &node->first;
	r->depth++;
}

static int by_key(const void *a, const void *b)
{
	const struct ynode *x = *(const struct ynode *const *)a,
			   *y = *(const struct ynode *const *)b;
	int order = strcmp(x->key, y->key);

	if (order != 0)
		return order;
	if (x->key_mark.line != y->key_mark.line)
		return x->key_mark.line < y->key_mark.line ? -1 : 1;
	return x->key_mark.column < y->key_mark.column ? -1 : 1;
}

static void complain_duplicate(
	struct reader *r, const struct ynode *first, const struct ynode *again)
{
	char *hint =
		arena_printf(r->arena, "first given in line %u, column %u: keep one of the two",
			first->key_mark.line, first->key_mark.column);

	diag_error(r->diag, again->key_mark, hint, "key '%.*s' is given twice", SHOWN_CHARS,
		again->key);
}

static void check_duplicates(struct reader *r, const struct ynode *map)
{
	const struct ynode **sorted = xcalloc(map->n, sizeof(*sorted)), *first;
	size_t n = 0;

	for (const struct ynode *child = map->first; child; child = child->next)
		sorted[n++] = child;
	qsort(sorted, n, sizeof(*sorted), by_key);
	first = n ? sorted[0] : NULL;
	for (size_t i = 1; i < n; i++) {
		if (strcmp(first->key, sorted[i]->key) == 0)
			complain_duplicate(r, first, sorted[i]);
		else
			first = sorted[i];
	}
	free(sorted);
}

static void close_collection(struct reader *r, const yaml_event_t *event)
{
	struct ynode *node = r->open[--r->depth];
	yaml_mark_t start = event->end_mark;

	if (node->kind == YNODE_MAP)
		check_duplicates(r, node);
	/* '{' and '[' are one character long: underline the whole of it if it ends in this line */
	start.column = node->mark.column - 1 - (node->mark.line == 1 ? r->first_column : 0);
	if (node->mark.len == 1 && event->end_mark.line + 1 == node->mark.line)
		node->mark.len = mark_at(r, start, event->end_mark).len;
}

static const char *copy_text(struct reader *r, const yaml_event_t *event, struct mark mark)
{
	const char *text = (const char *)event->data.scalar.value;
	size_t len = event->data.scalar.length;

	if (memchr(text, '\0', len))
		diag_error(r->diag, mark, "leave the \\0 out", "a text with a NUL byte");
	return arena_strndup(r->arena, text, len);
}

static void take_key(struct reader *r, const yaml_event_t *event, struct mark mark)
{
	r->key = copy_text(r, event, mark);
	r->key_mark = mark;
	if (event->data.scalar.length > MAX_KEY_BYTES)
		diag_error(r->diag, mark, NULL, "a key of more than %d bytes", MAX_KEY_BYTES);
	else if (!r->key[0])
		diag_error(r->diag, mark, "write 'key: value'", "a key is missing before ':'");
}

static void take_scalar(struct reader *r, const yaml_event_t *event, struct mark mark)
{
	struct ynode *node;

	if (expects_key(r)) {
		take_key(r, event, mark);
		return;
	}
	node = add_node(r, YNODE_SCALAR, mark);
	node->text = copy_text(r, event, mark);
	node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
}

/* An alias is replaced by an empty text, so that the rest of the file is still checked. */
static void refuse_alias(struct reader *r, struct mark mark)
{
	diag_error(r->diag, mark,
		"write the value out, or put a text that starts with '*' in quotes",
		"'*' starts an alias, which is not taken here");
	if (expects_key(r)) {
		r->key = "*";
		r->key_mark = mark;
	} else {
		add_node(r, YNODE_SCALAR, mark)->text = "";
	}
}

static void refuse_properties(struct reader *r, struct mark at, const void *anchor, const void *tag)
{
	at.len = 1;
	if (anchor)
		diag_error(r->diag, at,
			"leave it out, or put a text that starts with '&' in quotes",
			"'&' starts an anchor, which is not taken here");
	if (tag)
		diag_error(r->diag, at,
			"leave it out, or put a text that starts with '!' in quotes",
			"'!' starts a tag, which is not taken here");
}

static void start_document(struct reader *r, struct mark mark)
{
	if (r->has_document) {
		diag_error(r->diag, mark, "keep one document in a file",
			"a second document starts here");
		r->stop = true;
	}
	r->has_document = true;
}

static void end_stream(struct reader *r)
{
	r->stop = true;
	if (!r->has_document)
		diag_error(r->diag, (struct mark){r->source, 1, 1 + r->first_column, 0},
			"comments alone are no value; write 'key: value' lines",
			"nothing is given here");
}

static void take_event(struct reader *r, const yaml_event_t *e)
{
	struct mark mark = mark_at(r, e->start_mark, e->end_mark);

	switch (e->type) {
	case YAML_SCALAR_EVENT:
		refuse_properties(r, mark, e->data.scalar.anchor, e->data.scalar.tag);
		take_scalar(r, e, mark);
		break;
	case YAML_SEQUENCE_START_EVENT:
		refuse_properties(
			r, mark, e->data.sequence_start.anchor, e->data.sequence_start.tag);
		open_collection(r, YNODE_LIST, mark);
		break;
	case YAML_MAPPING_START_EVENT:
		refuse_properties(r, mark, e->data.mapping_start.anchor, e->data.mapping_start.tag);
		open_collection(r, YNODE_MAP, mark);
		break;
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		close_collection(r, e);
		break;
	case YAML_ALIAS_EVENT:
		refuse_alias(r, mark);
		break;
	case YAML_DOCUMENT_START_EVENT:
		start_document(r, mark);
		break;
	case YAML_STREAM_END_EVENT:
		end_stream(r);
		break;
	default:
		break;
	}
}

static void read_events(struct reader *r)
{
	yaml_event_t event;

	if (!yaml_parser_initialize(&r->yaml)) {
		diag_error(r->diag, (struct mark){r->source, 0, 0, 0}, NULL, "out of memory");
		return;
	}
	yaml_parser_set_encoding(&r->yaml, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&r->yaml, (const unsigned char *)r->text, r->len);
	while (!r->stop) {
		if (!yaml_parser_parse(&r->yaml, &event)) {
			complain_yaml(r);
			break;
		}
		take_event(r, &event);
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&r->yaml);
}

struct ynode *ytree_parse_source(
	const struct diag_source *source, size_t from, struct arena *a, struct diag *d)
{
	struct reader r = {.source = source, .arena = a, .diag = d};
	size_t errors = diag_errors(d);
	uint32_t code;

	r.text = source->text + from;
	r.len = source->len - from;
	for (size_t i = 0, n; i < from; i += n ? n : 1, r.first_column++)
		n = utf8_decode(source->text + i, from - i, &code);
	if (ytree_check(source, from, r.first_column, d))
		read_events(&r);
	return diag_errors(d) == errors ? r.root : NULL;
}

static struct diag_source *new_source(
	struct arena *a, const char *name, const char *text, size_t len)
{
	struct diag_source *s = arena_alloc(a, sizeof(*s));

	s->name = arena_strdup(a, name);
	s->text = arena_strndup(a, text, len);
	s->len = len;
	return s;
}

/* A complaint about a file as a whole. */
static void complain_file(
	struct arena *a, struct diag *d, const char *name, const char *hint, const char *what)
{
	const struct diag_source *source = new_source(a, name, "", 0);

	diag_error(d, (struct mark){.source = source}, hint, "cannot read this file: %s", what);
}

struct ynode *ytree_parse(
	const char *name, const char *text, size_t len, struct arena *a, struct diag *d)
{
	static const char byte_order_mark[] = "\xef\xbb\xbf";

	if (len > MAX_BYTES) {
		complain_file(a, d, name, "is this the right file?", "it is larger than 1 MiB");
		return NULL;
	}
	if (len >= 3 && memcmp(text, byte_order_mark, 3) == 0) {
		text += 3;
		len -= 3;
	}
	return ytree_parse_source(new_source(a, name, text, len), 0, a, d);
}

struct ynode *ytree_read(const char *path, struct arena *a, struct diag *d)
{
	bool from_stdin = strcmp(path, "-") == 0;
	const char *name = from_stdin ? "<stdin>" : path;
	FILE *file = from_stdin ? stdin : fopen(path, "rb");
	struct ynode *root = NULL;
	char *text;
	size_t len;

	if (!file) {
		complain_file(a, d, name, NULL, strerror(errno));
		return NULL;
	}
	text = xcalloc(1, MAX_BYTES + 1);
	errno = 0;
	len = fread(text, 1, MAX_BYTES + 1, file);
	if (ferror(file))
		complain_file(a, d, name, NULL, strerror(errno));
	else
		root = ytree_parse(name, text, len, a, d);
	free(text);
	if (!from_stdin)
		fclose(file);
	return root;
}

struct ynode *ytree_get(const struct ynode *map, const char *key)
{
	if (!map || map->kind != YNODE_MAP)
		return NULL;
	for (struct ynode *child = map->first; child; child = child->next)
		if (strcmp(child->key, key) == 0)
			return child;
	return NULL;
}
