/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ytree - a YAML file as a tree whose every node knows its place
 *
 * Built from libyaml's events. Refused as they arrive, each with its place: anchors, aliases, tags,
 * directives, several documents, duplicate keys, keys that are not plain scalars, depth above 16,
 * more than 100,000 nodes, keys above 1 KiB, files above 1 MiB, bytes that are not UTF-8, control
 * characters, an empty file. Time is bounded: the depth is noticed within the 1 KiB that libyaml
 * looks ahead, before its quadratic handling of nested brackets can hurt.
 */
#ifndef NFVSIM_BASE_YTREE_H
#define NFVSIM_BASE_YTREE_H

#include "base/arena.h"
#include "base/diag.h"

enum ynode_kind { YNODE_SCALAR, YNODE_LIST, YNODE_MAP };

struct ynode {
	enum ynode_kind kind;
	struct mark mark; /* the value */
	const char *text; /* SCALAR: contents, NUL-terminated; NULL otherwise */
	bool quoted;      /* SCALAR: written in quotes or as a block */
	const char *key;  /* entry of a map: its key; NULL otherwise */
	struct mark key_mark;
	struct ynode *first; /* LIST, MAP: children in file order */
	struct ynode *next;  /* sibling */
	size_t n;            /* LIST, MAP: number of children */
};

/* Reads a file; NULL after diag_error when it cannot be read or is not acceptable YAML. A name of
 * "-" is standard input. Tree and text belong to the arena. */
struct ynode *ytree_read(const char *path, struct arena *a, struct diag *d);

/* The same from memory (the text is copied); name is what diagnostics show. */
struct ynode *ytree_parse(
	const char *name, const char *text, size_t len, struct arena *a, struct diag *d);

/* The same from part of a source: its text from that byte on. Places count from the start of the
 * source, which the caller keeps alive as long as the tree. */
struct ynode *ytree_parse_source(
	const struct diag_source *source, size_t from, struct arena *a, struct diag *d);

/* The child of a map with that key, or NULL; NULL and non-map nodes are allowed. */
struct ynode *ytree_get(const struct ynode *map, const char *key);

/* Applies one "key.sub.0.key=value" from the command line to the tree, making maps where missing;
 * list elements are addressed by number from 0. value is YAML flow syntax ("128B",
 * "{size: 64 B}"). The new node's mark points into the text "--set key=value". A scalar (or list)
 * in the way of a map is kept under the key "" for param_read to resolve by its table's shorthand.
 * False after diag_error. */
bool ytree_set(struct ynode *root, const char *assignment, struct arena *a, struct diag *d);

#endif
