/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "calib/yamlout.h"

#include <string.h>

enum { INDENT = 2 };

/* Whether text means the same without quotes, also between brackets. */
static bool is_plain(const char *text)
{
	static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				   "._/%+-=() ";
	size_t n = strlen(text);
	return n && strspn(text, safe) == n && !strchr("-=.%+() ", text[0]) && text[n - 1] != ' ';
}

/* In double quotes, unless it is plain: what was quoted may look like a number. */
static void put_scalar(FILE *to, const char *text, bool was_quoted)
{
	if (!was_quoted && is_plain(text)) {
		fputs(text, to);
		return;
	}
	fputc('"', to);
	for (const char *p = text; *p; p++)
		if (*p == '\n')
			fputs("\\n", to);
		else if (*p == '\t')
			fputs("\\t", to);
		else
			fprintf(to, *p == '"' || *p == '\\' ? "\\%c" : "%c", *p);
	fputc('"', to);
}

static bool is_flat(const struct ynode *n)
{
	for (const struct ynode *c = n->first; c; c = c->next) {
		if (c->kind == YNODE_MAP)
			return false;
		for (const struct ynode *e = c->kind == YNODE_LIST ? c->first : NULL; e;
			e = e->next)
			if (e->kind != YNODE_SCALAR)
				return false;
	}
	return true;
}

static void put_flow(FILE *to, const struct ynode *n)
{
	if (n->kind == YNODE_SCALAR) {
		put_scalar(to, n->text, n->quoted);
		return;
	}
	fputc(n->kind == YNODE_MAP ? '{' : '[', to);
	for (const struct ynode *c = n->first; c; c = c->next) {
		if (n->kind == YNODE_MAP) {
			put_scalar(to, c->key, false);
			fputs(": ", to);
		}
		put_flow(to, c);
		fputs(c->next ? ", " : "", to);
	}
	fputc(n->kind == YNODE_MAP ? '}' : ']', to);
}

static void put_block(FILE *to, const struct ynode *map, int indent)
{
	for (const struct ynode *c = map->first; c; c = c->next) {
		fprintf(to, "%*s", indent, "");
		put_scalar(to, c->key, false);
		bool nested = c->kind == YNODE_MAP && c->n && !is_flat(c);
		fputs(nested ? ":\n" : ": ", to);
		if (nested) {
			put_block(to, c, indent + INDENT);
			continue;
		}
		put_flow(to, c);
		fputc('\n', to);
	}
}

void yamlout_write(const struct ynode *root, FILE *to)
{
	if (root->kind == YNODE_MAP && root->n) {
		put_block(to, root, 0);
		return;
	}
	put_flow(to, root);
	fputc('\n', to);
}
