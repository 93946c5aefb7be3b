/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * param - reading of a struct from a tree, as its table says
 *
 * Every parameter looks for its node; what no parameter asked for is an unknown key. Each type has
 * one function that fills its field; they are listed at the end. A value that is not acceptable
 * leaves its field zero and reading goes on, so that one pass finds all mistakes.
 */
#include "base/param.h"

#include "base/param_words.h"
#include "base/utf8.h"

#include <math.h>
#include <string.h>
#include <strings.h>

enum {
	MAX_KEYS = 256,
	MAX_GIVEN = 64,
	MAX_NAME = 64,
};

static const double max_exact = 9007199254740992; /* 2^53: above, doubles skip whole numbers */

struct reader {
	struct arena *arena;
	struct diag *diag;
	bool defaults; /* what is read is a default, not from the file */
};

/* A struct to fill, and where in the file it stands. */
struct place {
	char *out;
	struct mark mark;
};

static void read_struct(struct reader *r, const struct param_table *t, const struct ynode *node,
	struct mark at, void *out);

static bool is_null(const struct ynode *node)
{
	return node->kind == YNODE_SCALAR && !node->quoted &&
	       (!node->text[0] || strcmp(node->text, "~") == 0);
}

/* Where to complain that a node is of the wrong kind. If the command line put a key beside a
 * scalar, that key is to blame. */
static struct mark blame(const struct ynode *node)
{
	if (node->kind == YNODE_MAP && node->first && !node->first->key[0] && node->first->next)
		return node->first->next->key_mark;
	return node->mark;
}

static void complain_null(struct reader *r, const struct ynode *node, const char *key)
{
	diag_error(r->diag, node->mark,
		"write a value behind the ':', or leave the key out to get its default",
		"'%s' has no value", key);
}

static void complain_kind(struct reader *r, const struct ynode *node, const char *key,
	const char *wanted, const char *hint)
{
	char text[PARAM_WORDS_SHOWN];

	if (is_null(node))
		complain_null(r, node, key);
	else if (node->kind == YNODE_SCALAR)
		diag_error(r->diag, node->mark, hint, "'%s' wants %s, not '%s'", key, wanted,
			utf8_clip(node->text, text, sizeof(text)));
	else
		diag_error(r->diag, blame(node), hint, "'%s' wants %s, not %s", key, wanted,
			node->kind == YNODE_LIST ? "a list" : "a group of keys");
}

/* The text of a scalar; NULL after a complaint. */
static const char *text_of(struct reader *r, const struct param *p, const struct ynode *node)
{
	char wanted[PARAM_WORDS_MESSAGE];

	if (node->kind == YNODE_SCALAR && !is_null(node))
		return node->text;
	complain_kind(r, node, p->key, param_words_wants(p, wanted), NULL);
	return NULL;
}

static void read_quantity(
	struct reader *r, const struct param *p, const struct ynode *node, void *field)
{
	const char *text = text_of(r, p, node);

	if (text)
		param_quantity(p, text, node->mark, field, r->diag);
}

static void read_count(
	struct reader *r, const struct param *p, const struct ynode *node, void *field)
{
	const char *text = text_of(r, p, node);
	struct quantity q;
	char shown[PARAM_WORDS_SHOWN];
	enum quantity_status status;

	if (!text)
		return;
	status = quantity_parse(text, DIM_COUNT, &q);
	if (status == QUANTITY_HUGE || (status == QUANTITY_OK && fabs(q.value) > max_exact))
		diag_error(r->diag, node->mark, NULL, "'%s' is too large: '%s'", p->key,
			utf8_clip(text, shown, sizeof(shown)));
	else if (status != QUANTITY_OK || q.value != floor(q.value))
		diag_error(r->diag, node->mark, "write decimal digits only, such as 32",
			"'%s' wants a whole number, not '%s'", p->key,
			utf8_clip(text, shown, sizeof(shown)));
	else if (param_quantity_check(p, text, node->mark, q, r->diag))
		*(int64_t *)field = (int64_t)q.value;
}

static void read_bool(
	struct reader *r, const struct param *p, const struct ynode *node, void *field)
{
	static const char *const words[] = {"no", "yes", "false", "true", "off", "on"};
	const char *text = text_of(r, p, node);
	char wanted[PARAM_WORDS_MESSAGE];

	for (size_t i = 0; text && i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcasecmp(text, words[i]) != 0)
			continue;
		*(bool *)field = i % 2;
		return;
	}
	if (text)
		complain_kind(r, node, p->key, param_words_wants(p, wanted),
			"true, false, on and off do as well");
}

static void read_enum(
	struct reader *r, const struct param *p, const struct ynode *node, void *field)
{
	const char *text = text_of(r, p, node), *nearest;
	size_t n = param_words_choices(p);
	char hint[PARAM_WORDS_MESSAGE], shown[PARAM_WORDS_SHOWN];

	for (size_t i = 0; text && i < n; i++) {
		if (strcmp(text, p->choices[i]) != 0)
			continue;
		*(int *)field = (int)i;
		return;
	}
	if (!text)
		return;
	utf8_clip(text, shown, sizeof(shown));
	param_words_join("one of ", p->choices, n, hint);
	nearest = diag_nearest(text, p->choices, n);
	if (nearest)
		diag_error(r->diag, node->mark, hint, "'%s' cannot be '%s'; did you mean '%s'?",
			p->key, shown, nearest);
	else
		diag_error(r->diag, node->mark, hint, "'%s' cannot be '%s'", p->key, shown);
}

static void read_text(
	struct reader *r, const struct param *p, const struct ynode *node, void *field)
{
	const char *text = text_of(r, p, node);

	if (text)
		*(const char **)field = arena_strdup(r->arena, text);
}

static void read_group(
	struct reader *r, const struct param *p, const struct ynode *node, void *field)
{
	read_struct(r, p->sub, node, node->mark, field);
}

static void read_list(
	struct reader *r, const struct param *p, const struct ynode *node, void *field)
{
	struct param_list *list = field;
	char *item, wanted[PARAM_WORDS_MESSAGE];

	if (node->kind != YNODE_LIST) {
		complain_kind(r, node, p->key, param_words_wants(p, wanted),
			"write each element behind '- ' on a line of its own, or all in [ ]");
		return;
	}
	list->n = node->n;
	list->items = item = arena_alloc(r->arena, node->n * p->sub->size);
	for (node = node->first; node; node = node->next, item += p->sub->size)
		read_struct(r, p->sub, node, node->mark, item);
}

static bool good_name(const char *name)
{
	static const char first[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
	static const char more[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789.-";

	return name[0] && strchr(first, name[0]) && strspn(name, more) == strlen(name) &&
	       strlen(name) <= MAX_NAME;
}

/* What each item of a PARAM_MAP starts with. */
struct named {
	const char *name;
	struct mark mark;
};

static void read_named(
	struct reader *r, const struct param_table *t, const struct ynode *node, void *item)
{
	char shown[PARAM_WORDS_SHOWN];

	if (!good_name(node->key))
		diag_error(r->diag, node->key_mark,
			"names start with a letter and go on with letters, digits, '_', '.' and "
			"'-', "
			"up to 64 in all",
			"'%s' is no name", utf8_clip(node->key, shown, sizeof(shown)));
	read_struct(r, t, node, node->mark, item);
	((struct named *)item)->name = arena_strdup(r->arena, node->key);
	((struct named *)item)->mark = node->key_mark;
}

static void read_map(struct reader *r, const struct param *p, const struct ynode *node, void *field)
{
	struct param_list *list = field;
	char *item, wanted[PARAM_WORDS_MESSAGE];

	const struct ynode *unnamed = node->kind == YNODE_MAP ? ytree_get(node, "") : node;

	if (unnamed) {
		complain_kind(r, unnamed, p->key, param_words_wants(p, wanted), NULL);
		return;
	}
	list->n = node->n;
	list->items = item = arena_alloc(r->arena, node->n * p->sub->size);
	for (node = node->first; node; node = node->next, item += p->sub->size)
		read_named(r, p->sub, node, item);
}

static void read_texts(
	struct reader *r, const struct param *p, const struct ynode *node, void *field)
{
	struct param_list *list = field;
	const char **texts;
	char wanted[PARAM_WORDS_MESSAGE];

	if (node->kind == YNODE_MAP || is_null(node)) {
		complain_kind(r, node, p->key, param_words_wants(p, wanted), NULL);
		return;
	}
	list->n = node->kind == YNODE_LIST ? node->n : 1;
	list->items = texts = arena_alloc(r->arena, list->n * sizeof(*texts));
	if (node->kind == YNODE_SCALAR)
		texts[0] = arena_strdup(r->arena, node->text);
	else
		for (node = node->first; node; node = node->next, texts++)
			read_text(r, p, node, texts);
}

static void read_value(
	struct reader *r, const struct param *p, const struct ynode *node, void *field)
{
	static void (*const read[])(
		struct reader *, const struct param *, const struct ynode *, void *) = {
		[PARAM_QUANTITY] = read_quantity,
		[PARAM_COUNT] = read_count,
		[PARAM_BOOL] = read_bool,
		[PARAM_ENUM] = read_enum,
		[PARAM_TEXT] = read_text,
		[PARAM_GROUP] = read_group,
		[PARAM_LIST] = read_list,
		[PARAM_MAP] = read_map,
		[PARAM_TEXTS] = read_texts,
	};

	read[p->type](r, p, node, field);
}

/* Gives all nodes of a default's tree one place in the user's file. */
static void move_to(struct ynode *node, struct mark at)
{
	for (; node; node = node->next) {
		node->mark = node->key_mark = at;
		move_to(node->first, at);
	}
}

static void read_default(struct reader *r, const struct param *p, struct mark at, void *field)
{
	struct reader inner = {r->arena, r->diag, true};
	struct ynode scalar = {.kind = YNODE_SCALAR, .text = p->def, .quoted = true};
	struct ynode *node = &scalar;

	if (!p->def || param_words_required(p)) {
		if (p->type == PARAM_GROUP)
			read_struct(&inner, p->sub, NULL, at, field);
		return;
	}
	if (p->type >= PARAM_GROUP)
		node = ytree_parse(p->key, p->def, strlen(p->def), r->arena, r->diag);
	move_to(node, at);
	if (node)
		read_value(&inner, p, node, field);
}

static bool is_shorthand(const struct param_table *t, const char *key)
{
	return t->shorthand && strcmp(t->shorthand, key) == 0;
}

/* The node that gives a parameter, or NULL. */
static const struct ynode *find_value(
	const struct param_table *t, const struct param *p, const struct ynode *node)
{
	const struct ynode *value;

	if (!node)
		return NULL;
	if (node->kind != YNODE_MAP)
		return is_shorthand(t, p->key) ? node : NULL;
	value = ytree_get(node, p->key);
	if (!value && is_shorthand(t, p->key))
		value = ytree_get(node, "");
	return value;
}

static void complain_unknown(
	struct reader *r, const struct param_table *t, const struct ynode *child)
{
	const char *keys[MAX_KEYS], *nearest;
	char hint[PARAM_WORDS_MESSAGE], shown[PARAM_WORDS_SHOWN];
	size_t n = 0;

	for (const struct param *p = t->params; p->key && n < MAX_KEYS; p++)
		keys[n++] = p->key;
	utf8_clip(child->key, shown, sizeof(shown));
	nearest = diag_nearest(child->key, keys, n);
	if (nearest)
		diag_error(r->diag, child->key_mark, NULL, "unknown key '%s'; did you mean '%s'?",
			shown, nearest);
	else
		diag_error(r->diag, child->key_mark, param_words_join("keys here: ", keys, n, hint),
			"unknown key '%s'", shown);
}

static bool is_known(const struct param_table *t, const char *key)
{
	for (const struct param *p = t->params; p->key; p++)
		if (strcmp(p->key, key) == 0)
			return true;
	return !key[0] && t->shorthand;
}

/* Says nothing if a misspelt key has already been reported as probably this one. */
static void complain_missing(struct reader *r, const struct param_table *t, const struct param *p,
	const struct ynode *node)
{
	const struct ynode *child = node->kind == YNODE_MAP ? node->first : NULL;

	for (; child; child = child->next)
		if (!is_known(t, child->key) && diag_nearest(child->key, &p->key, 1))
			return;
	diag_error(r->diag, node->mark, p->doc, "'%s' is missing", p->key);
}

static void complain_not_group(struct reader *r, const struct ynode *node, const char *name)
{
	complain_kind(r, node, name, "a group of keys and values",
		"write {key: value}, or 'key: value' on lines of their own");
}

/* Whether the node can hold the table's keys; unknown ones are complained about but do no harm. */
static bool check_shape(struct reader *r, const struct param_table *t, const struct ynode *node)
{
	const char *name = node->key && node->key[0] ? node->key : t->name;

	if (is_null(node)) {
		complain_null(r, node, name);
		return false;
	}
	if (node->kind != YNODE_MAP) {
		if (!t->shorthand)
			complain_not_group(r, node, name);
		return t->shorthand;
	}
	for (const struct ynode *child = node->first; child; child = child->next) {
		if (is_known(t, child->key))
			continue;
		if (child->key[0])
			complain_unknown(r, t, child);
		else
			complain_not_group(r, child, name);
	}
	return true;
}

static void set_given(const struct param_table *t, size_t i, char *out)
{
	if (t->given_offset != SIZE_MAX && i < MAX_GIVEN)
		*(uint64_t *)(void *)(out + t->given_offset) |= (uint64_t)1 << i;
}

/* One parameter of a struct whose node is at that place; node is NULL when all are defaults. */
static void read_param(struct reader *r, const struct param_table *t, size_t i,
	const struct ynode *node, struct place where)
{
	const struct param *p = &t->params[i];
	const struct ynode *value = find_value(t, p, node);
	char *field = where.out + p->offset;

	if (t->marks_offset != SIZE_MAX)
		((struct mark *)(void *)(where.out + t->marks_offset))[i] =
			value ? value->mark : where.mark;
	if (!value && node && param_words_required(p))
		complain_missing(r, t, p, node);
	if (!value) {
		read_default(r, p, where.mark, field);
		return;
	}
	if (!r->defaults)
		set_given(t, i, where.out);
	read_value(r, p, value, field);
}

static void read_struct(struct reader *r, const struct param_table *t, const struct ynode *node,
	struct mark at, void *out)
{
	struct place where = {out, at};

	memset(out, 0, t->size);
	if (t->mark_offset != SIZE_MAX)
		*(struct mark *)(void *)(where.out + t->mark_offset) = at;
	if (node && !check_shape(r, t, node))
		return;
	for (size_t i = 0; t->params[i].key; i++)
		read_param(r, t, i, node, where);
}

bool param_read(const struct param_table *t, const struct ynode *node, void *out, struct arena *a,
	struct diag *d)
{
	struct reader r = {a, d, false};
	size_t errors = diag_errors(d);

	read_struct(&r, t, node, node ? node->mark : (struct mark){0}, out);
	return diag_errors(d) == errors;
}

bool param_given(const struct param_table *t, const void *s, const char *key)
{
	uint64_t given;

	if (t->given_offset == SIZE_MAX)
		return false;
	memcpy(&given, (const char *)s + t->given_offset, sizeof(given));
	for (size_t i = 0; t->params[i].key && i < MAX_GIVEN; i++)
		if (strcmp(t->params[i].key, key) == 0)
			return given >> i & 1;
	return false;
}
