/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/json_out.h"

#include "base/arena.h"
#include "base/utf8.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SCHEMA_VERSION = 1, REAL_DIGITS = 17 };

static json_t *number(double value)
{
	return isfinite(value) ? json_real(value) : json_null();
}

static json_t *text_node(const char *text)
{
	if (!text)
		return json_null();
	json_t *node = json_string(text);
	if (node)
		return node;
	size_t len = strlen(text);
	char *copy = xcalloc(len + 1, 1);
	for (size_t i = 0; i < len;) {
		uint32_t code;
		size_t n = utf8_decode(text + i, len - i, &code);
		memcpy(copy + i, n ? text + i : "?", n ? n : 1);
		i += n ? n : 1;
	}
	node = json_string(copy);
	free(copy);
	return node;
}

json_t *json_out_new(void)
{
	json_t *o = json_object();
	json_object_set_new(o, "schema_version", json_integer(SCHEMA_VERSION));
	json_object_set_new(o, "nfvsim_version", json_string(NFVSIM_VERSION));
	return o;
}

void json_out_text(json_t *object, const char *key, const char *text)
{
	json_object_set_new(object, key, text_node(text));
}

void json_out_number(json_t *object, const char *key, double value)
{
	json_object_set_new(object, key, number(value));
}

void json_out_count(json_t *object, const char *key, uint64_t value)
{
	json_object_set_new(object, key, json_integer((json_int_t)value));
}

void json_out_interval(json_t *object, const char *key, struct interval i, double scale)
{
	char ci[80];
	snprintf(ci, sizeof(ci), "%s_ci95", key);
	json_out_number(object, key, i.value * scale);
	json_out_number(object, ci, i.half * scale);
}

json_t *json_out_object(json_t *parent, const char *key)
{
	json_t *o = json_object();
	json_object_set_new(parent, key, o);
	return o;
}

json_t *json_out_list(json_t *parent, const char *key)
{
	json_t *l = json_array();
	json_object_set_new(parent, key, l);
	return l;
}

json_t *json_out_append(json_t *list)
{
	json_t *o = json_object();
	json_array_append_new(list, o);
	return o;
}

void json_out_append_text(json_t *list, const char *text)
{
	json_array_append_new(list, text_node(text));
}

void json_out_print(json_t *object)
{
	json_dumpf(object, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(REAL_DIGITS));
	putchar('\n');
	json_decref(object);
}
