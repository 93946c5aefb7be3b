/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ytree_set - changes to a tree that come from the command line
 *
 * The path is walked and made part by part; the value is parsed in place, inside the text
 * "--set key=value", so that all marks point into what the user typed. Nothing is changed when the
 * assignment is not acceptable, except that groups on the way to a bad list index may have been
 * made.
 */
#include "base/ytree.h"

#include "base/utf8.h"

#include <stdint.h>
#include <string.h>

enum { MAX_PARTS = 16, MAX_INDEX = 1000000 };

static const char prefix[] = "--set ";
static const char usage[] = "write --set KEY=VALUE or --set GROUP.KEY=VALUE";

struct setter {
	struct arena *arena;
	struct diag *diag;
	struct diag_source *source;
};

static unsigned count_chars(const char *text, size_t len)
{
	unsigned chars = 0;
	uint32_t code;

	for (size_t i = 0, n; i < len; i += n ? n : 1, chars++)
		n = utf8_decode(text + i, len - i, &code);
	return chars;
}

static struct mark mark_of(const struct setter *s, const char *part, size_t len)
{
	unsigned before = count_chars(s->source->text, (size_t)(part - s->source->text));

	return (struct mark){s->source, 1, before + 1, count_chars(part, len)};
}

static struct ynode *add_child(struct setter *s, struct ynode *parent, const char *key)
{
	struct ynode *child = arena_alloc(s->arena, sizeof(*child)), **end = &parent->first;

	while (*end)
		end = &(*end)->next;
	*end = child;
	parent->n++;
	child->key = key;
	return child;
}

static bool is_null(const struct ynode *node)
{
	return node->kind == YNODE_SCALAR && !node->quoted &&
	       (!node->text[0] || strcmp(node->text, "~") == 0);
}

/* What stands in the way of a map becomes its entry "". */
static void make_map(struct setter *s, struct ynode *node)
{
	struct ynode *kept, was = *node;

	if (node->kind == YNODE_MAP)
		return;
	node->kind = YNODE_MAP;
	node->text = NULL;
	node->first = NULL;
	node->n = 0;
	if (is_null(&was))
		return;
	kept = add_child(s, node, "");
	was.key = kept->key;
	was.next = NULL;
	*kept = was;
}

static bool is_number(const char *text)
{
	return text[0] && strspn(text, "0123456789") == strlen(text);
}

static struct ynode *list_element(
	struct setter *s, struct ynode *list, const char *part, struct mark mark)
{
	struct ynode *child = list->first;
	size_t index = 0;

	for (const char *c = part; *c; c++)
		index = index < MAX_INDEX ? index * 10 + (size_t)(*c - '0') : MAX_INDEX;
	for (size_t i = 0; child && i < index; i++)
		child = child->next;
	if (!child)
		diag_error(s->diag, mark,
			list->n ? arena_printf(s->arena, "its elements are 0 to %zu", list->n - 1)
				: "it is empty",
			"the list has no element %s", part);
	return child;
}

/* The child that a part of the path names, made if missing; NULL after a complaint. */
static struct ynode *step(struct setter *s, struct ynode *node, const char *part, struct mark mark)
{
	struct ynode *child;

	if (node->kind == YNODE_LIST && is_number(part))
		return list_element(s, node, part, mark);
	make_map(s, node);
	child = ytree_get(node, part);
	if (!child) {
		child = add_child(s, node, part);
		child->kind = YNODE_MAP;
		child->mark = child->key_mark = mark;
	}
	return child;
}

static bool good_path(struct setter *s, const char *path, size_t len)
{
	unsigned parts = 1;

	if (!len || path[0] == '.' || path[len - 1] == '.') {
		diag_error(s->diag, mark_of(s, path, len), usage, "a key is missing");
		return false;
	}
	for (size_t i = 1; i < len; i++) {
		parts += path[i] == '.';
		if (path[i] != '.' || path[i - 1] != '.')
			continue;
		diag_error(
			s->diag, mark_of(s, path + i, 1), usage, "a key is missing between dots");
		return false;
	}
	if (parts > MAX_PARTS) {
		diag_error(s->diag, mark_of(s, path, len), NULL, "more than %d keys in a path",
			MAX_PARTS);
		return false;
	}
	return true;
}

/* The node at the end of the path, which ends at end; NULL after a complaint. */
static struct ynode *walk(struct setter *s, struct ynode *node, const char *path, const char *end)
{
	struct mark mark = {0};

	while (node && path < end) {
		size_t len = strcspn(path, ".=");

		mark = mark_of(s, path, len);
		node = step(s, node, arena_strndup(s->arena, path, len), mark);
		path += len + 1;
	}
	if (node && node->key)
		node->key_mark = mark;
	return node;
}

static void replace(struct ynode *node, const struct ynode *value)
{
	node->kind = value->kind;
	node->mark = value->mark;
	node->text = value->text;
	node->quoted = value->quoted;
	node->first = value->first;
	node->n = value->n;
}

bool ytree_set(struct ynode *root, const char *assignment, struct arena *a, struct diag *d)
{
	struct diag_source *source = arena_alloc(a, sizeof(*source));
	struct setter s = {a, d, source};
	const char *path, *end;
	struct ynode *value, *node;

	source->name = source->text = arena_printf(a, "%s%s", prefix, assignment);
	source->len = strlen(source->text);
	path = source->text + strlen(prefix);
	end = strchr(path, '=');
	if (!end) {
		diag_error(d, mark_of(&s, path, strlen(path)), usage, "a '=' is missing");
		return false;
	}
	if (!good_path(&s, path, (size_t)(end - path)))
		return false;
	if (!end[1]) {
		diag_error(d, mark_of(&s, end, 1), usage, "a value is missing behind '='");
		return false;
	}
	value = ytree_parse_source(source, (size_t)(end + 1 - source->text), a, d);
	node = value ? walk(&s, root, path, end) : NULL;
	if (node)
		replace(node, value);
	return node != NULL;
}
