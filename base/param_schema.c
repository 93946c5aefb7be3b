/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * param_schema - the parameter tables as text
 *
 * Keys of nested tables are joined by dots, with [] for the elements of a list and NAME for the
 * names of a map, as in "chain[].nf".
 */
#include "base/param.h"

#include "base/param_words.h"

#include <string.h>

enum { MAX_KEY = 256, KEY_WIDTH = 24 };

static void put_units(const struct param *p, FILE *to)
{
	const char *sep = "";

	for (unsigned dim = 1; dim <= p->dims; dim <<= 1) {
		if (!(p->dims & dim))
			continue;
		fprintf(to, "%s%s", sep, quantity_dim_name(dim));
		sep = " or ";
	}
}

static void put_range(const struct param *p, FILE *to)
{
	char range[PARAM_WORDS_MESSAGE];
	unsigned dim = p->type == PARAM_COUNT ? DIM_COUNT : p->dims & -p->dims;

	fprintf(to, ", %s", param_quantity_range(p, (enum dim)dim, range, sizeof(range)));
}

static void put_type(const struct param *p, FILE *to)
{
	char wanted[PARAM_WORDS_MESSAGE];

	if (p->type == PARAM_QUANTITY)
		put_units(p, to);
	else
		fputs(param_words_wants(p, wanted), to);
	if (p->type == PARAM_QUANTITY || p->type == PARAM_COUNT)
		put_range(p, to);
	if (param_words_required(p))
		fputs("; required", to);
	else if (p->def)
		fprintf(to, "; default %s", p->def);
}

static void put_table(const struct param_table *t, const char *prefix, FILE *to)
{
	for (const struct param *p = t->params; p->key; p++) {
		char key[MAX_KEY];

		snprintf(key, sizeof(key), "%s%s", prefix, p->key);
		fprintf(to, "%-*s ", KEY_WIDTH, key);
		put_type(p, to);
		fprintf(to, ". %s\n", p->doc ? p->doc : "");
		if (!p->sub || strlen(key) + sizeof(".NAME.") > sizeof(key))
			continue;
		strncat(key,
			p->type == PARAM_LIST  ? "[]."
			: p->type == PARAM_MAP ? ".NAME."
					       : ".",
			sizeof(key) - strlen(key) - 1);
		put_table(p->sub, key, to);
	}
}

void param_schema_text(const struct param_table *t, FILE *to)
{
	fprintf(to, "%s: %s\n", t->name, t->doc ? t->doc : "");
	put_table(t, "", to);
}
