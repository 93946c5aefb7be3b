/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * json_out - answers as one JSON object
 *
 * Keys keep the order in which they are put, reals have 17 significant digits (they read back as
 * the same double), what is not a number is null: the same answer is the same bytes.
 */
#ifndef NFVSIM_CLI_JSON_OUT_H
#define NFVSIM_CLI_JSON_OUT_H

#include "sim/stats.h"

#include <jansson.h>

/* An object that says its schema_version and the version of the program. */
json_t *json_out_new(void);

/* Text that may be NULL (null); bytes that are not UTF-8 are replaced by '?'. */
void json_out_text(json_t *object, const char *key, const char *text);
void json_out_number(json_t *object, const char *key, double value);
void json_out_count(json_t *object, const char *key, uint64_t value);

/* KEY and KEY_ci95, both times scale. */
void json_out_interval(json_t *object, const char *key, struct interval i, double scale);

/* Puts a new, empty object or list under the key and returns it; the parent owns it. */
json_t *json_out_object(json_t *parent, const char *key);
json_t *json_out_list(json_t *parent, const char *key);

/* Appends a new, empty object to a list and returns it; the list owns it. */
json_t *json_out_append(json_t *list);

/* Appends a text, as json_out_text makes it. */
void json_out_append_text(json_t *list, const char *text);

/* Prints it to stdout and frees it. */
void json_out_print(json_t *object);

#endif
