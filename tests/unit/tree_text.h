/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tree_text - what the tests of trees share: a tree as one line of text that shows all places
 */
#ifndef NFVSIM_TESTS_UNIT_TREE_TEXT_H
#define NFVSIM_TESTS_UNIT_TREE_TEXT_H

#include "tests/unit/printed.h"

#include "base/ytree.h"

struct fixture {
	struct arena *arena;
	struct diag *diag;
};

static inline int set_up(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	f->arena = arena_new();
	f->diag = diag_new();
	*state = f;
	return 0;
}

static inline int tear_down(void **state)
{
	struct fixture *f = *state;

	diag_free(f->diag);
	arena_free(f->arena);
	free(f);
	return 0;
}

static inline struct ynode *parse(struct fixture *f, const char *text)
{
	return ytree_parse("t.yaml", text, strlen(text), f->arena, f->diag);
}

static inline void put_place(FILE *to, struct mark m)
{
	fprintf(to, "@%u:%u+%u", m.line, m.column, m.len);
}

/* "key@place=" and then 'text', "text" if quoted, [list] or {map}, each with its place as
 * @line:column+length. */
static inline void put_tree(FILE *to, const struct ynode *node)
{
	size_t n = 0;

	if (node->key) {
		fputs(node->key, to);
		put_place(to, node->key_mark);
		fputc('=', to);
	}
	if (node->kind == YNODE_SCALAR) {
		fprintf(to, node->quoted ? "\"%s\"" : "'%s'", node->text);
		put_place(to, node->mark);
		return;
	}
	fputc(node->kind == YNODE_LIST ? '[' : '{', to);
	for (const struct ynode *child = node->first; child; child = child->next, n++) {
		fputs(n ? " " : "", to);
		put_tree(to, child);
	}
	fputc(node->kind == YNODE_LIST ? ']' : '}', to);
	put_place(to, node->mark);
	assert_int_equal(n, node->n);
}

static inline void assert_tree(const struct ynode *root, const char *expected)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	assert_non_null(root);
	put_tree(to, root);
	fclose(to);
	assert_string_equal(text, expected);
	free(text);
}

/* A text to parse and the complaint it earns. */
struct refusal {
	const char *yaml, *complaint;
};

#endif
