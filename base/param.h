/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * param - one table per kind of file: its keys with their types, units, ranges, defaults and docs
 *
 * From the same table come reading, range checks, defaults, "did you mean", `nfvsim schema`, the
 * reference manual and the fuzz dictionary. A struct that is filled from a file has a table whose
 * entries name its fields by offset. To add a parameter: one field, one line.
 */
#ifndef NFVSIM_BASE_PARAM_H
#define NFVSIM_BASE_PARAM_H

#include "base/arena.h"
#include "base/diag.h"
#include "base/quantity.h"
#include "base/ytree.h"

#include <stdint.h>
#include <stdio.h>

/* The C type of the field of each: */
enum param_type {
	PARAM_QUANTITY, /* struct quantity */
	PARAM_COUNT,    /* int64_t: a whole number up to 2^53, no unit */
	PARAM_BOOL,     /* bool: true/false/yes/no/on/off */
	PARAM_ENUM,     /* int: index into choices */
	PARAM_TEXT,     /* const char *: free text, or NULL */
	PARAM_GROUP,    /* a struct, described by sub */
	PARAM_LIST,     /* struct param_list of structs, described by sub */
	PARAM_MAP,      /* struct param_list of structs, described by sub; each starts with
	                   const char *name (the key) and struct mark (the key's place) */
	PARAM_TEXTS,    /* struct param_list of const char *: a list of texts, or one text */
};

struct param_list {
	void *items; /* n structs of sub->size bytes, owned by the arena */
	size_t n;
};

struct param_table;

struct param {
	const char *key;
	enum param_type type;
	size_t offset;
	unsigned dims; /* QUANTITY: mask of enum dim */
	/* QUANTITY, COUNT: allowed range in base units, both inclusive; min == max == 0: not
	 * negative. INFINITY: no limit */
	double min, max;
	/* Default in file syntax, or NULL: the field stays zero (a GROUP gets the defaults of its
	 * parts) and param_given says false. "required": leaving it out is an error */
	const char *def;
	const char *const *choices;    /* ENUM: NULL-terminated */
	const struct param_table *sub; /* GROUP, LIST, MAP */
	const char *doc;               /* one sentence, shown by schema and the manual */
};

/* Offsets of what the struct does not have are SIZE_MAX. */
struct param_table {
	const char *name; /* "scenario", "traffic": heading in the schema */
	const char *doc;
	size_t size;                /* of the struct */
	const struct param *params; /* ends with key NULL */
	/* Key that a bare scalar or list stands for ("l3fwd" = {nf: l3fwd}); NULL: none */
	const char *shorthand;
	/* Of a uint64_t with bit i set when params[i] was in the file (not by default); i < 64 */
	size_t given_offset;
	size_t mark_offset; /* of a struct mark that gets the node's place */
	/* Of a struct mark[], one for each of params: the place of its value, or of the group when
	 * it was not in the file */
	size_t marks_offset;
};

/* Fills the struct at out (zeroed first, then defaults, then the node's values). All complaints go
 * to d: unknown keys with the nearest known one, wrong types, units, ranges. A NULL node means all
 * defaults, as for a group that is not in the file; nothing is required of it. Returns false when
 * this call added errors. Text and lists belong to the arena. */
bool param_read(const struct param_table *t, const struct ynode *node, void *out, struct arena *a,
	struct diag *d);

/* Reads a text as the quantity that p describes, with p's range, for values that are a quantity or
 * a word: the caller tries the words first. False after a complaint; *q is then zero. */
bool param_quantity(const struct param *p, const char *text, struct mark at, struct quantity *q,
	struct diag *d);

/* Whether the file (not a default) set the parameter of that key. */
bool param_given(const struct param_table *t, const void *s, const char *key);

/* Prints the struct as YAML that reads back as the same struct, defaults included, in table order;
 * parameters without a value are left out. indent in spaces. */
void param_write(const struct param_table *t, const void *s, FILE *to, int indent);

/* One line per parameter with type, unit, range, default and doc, tables nested by dotted key. */
void param_schema_text(const struct param_table *t, FILE *to);

/* "64 B to 9216 B": the range of a QUANTITY or COUNT, in units of dim. Returns buf. */
char *param_quantity_range(const struct param *p, enum dim dim, char *buf, size_t size);

#endif
