/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/axes.h"

#include <gsl/gsl_qrng.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SOBOL_DIMENSIONS = 40, MAX_STEPS = AXES_MAX_POINTS };

#define ALL_DIMS                                                                                   \
	(DIM_COUNT | DIM_TIME | DIM_FREQ | DIM_SIZE | DIM_BPS | DIM_PPS | DIM_CYCLES | DIM_RATIO | \
		DIM_POWER)

static const char *const scales[] = {"linear", "log", NULL};
const char *const axes_modes[] = {"grid", "zip", "sobol", NULL};

static const struct param axis_params[] = {
	{"values", PARAM_TEXTS, offsetof(struct axis, values), 0, 0, 0, NULL, NULL, NULL,
		"the values, as behind --set KEY="},
	{"from", PARAM_QUANTITY, offsetof(struct axis, from), ALL_DIMS, 0, 0, NULL, NULL, NULL,
		"first value of a range"},
	{"to", PARAM_QUANTITY, offsetof(struct axis, to), ALL_DIMS, 0, 0, NULL, NULL, NULL,
		"last value of a range"},
	{"steps", PARAM_COUNT, offsetof(struct axis, steps), 0, 1, MAX_STEPS, NULL, NULL, NULL,
		"number of values in the range"},
	{"scale", PARAM_ENUM, offsetof(struct axis, scale), 0, 0, 0, "linear", scales, NULL,
		"whether the values have even differences or even ratios"},
	{NULL, 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL}};
const struct param_table axes_axis_table = {"axes", "a key of the scenario and its values",
	sizeof(struct axis), axis_params, "values", SIZE_MAX, SIZE_MAX, SIZE_MAX};

/* Length of the value at the start of text: up to a comma that no bracket or quote holds. */
static size_t value_length(const char *text)
{
	int depth = 0;
	char quote = 0;
	size_t i = 0;
	for (; text[i] && (depth > 0 || quote || text[i] != ','); i++) {
		if (quote)
			quote = text[i] == quote ? 0 : quote;
		else if (text[i] == '"' || text[i] == '\'')
			quote = text[i];
		else if (strchr("[{", text[i]))
			depth++;
		else if (strchr("]}", text[i]))
			depth--;
	}
	return i;
}

static void split_values(const char *text, struct axis *axis, struct arena *a)
{
	const char **values = arena_alloc(a, (strlen(text) + 1) * sizeof(*values));
	for (;; text++) {
		size_t len = value_length(text);
		values[axis->values.n++] = arena_strndup(a, text, len);
		text += len;
		if (!*text)
			break;
	}
	axis->values.items = values;
}

static struct mark mark_text(const char *text, struct arena *a)
{
	struct diag_source *s = arena_alloc(a, sizeof(*s));
	s->name = s->text = arena_printf(a, "--axis %s", text);
	s->len = strlen(s->text);
	return (struct mark){s, 1, 8, (unsigned)strlen(text)};
}

/* A range is read as the file's form of it. */
static bool parse_range(
	const char *key, const char *text, struct axis *axis, struct arena *a, struct diag *d)
{
	struct mark at = axis->mark;
	const char *dots = strstr(text, ".."), *colon = strchr(dots, ':');
	const char *end = colon ? colon : dots + strlen(dots), *rest = colon ? colon + 1 : "";
	const char *second = strchr(rest, ':');
	const char *yaml = arena_printf(a, "{from: %.*s, to: %.*s%s%.*s%s%s}", (int)(dots - text),
		text, (int)(end - dots - 2), dots + 2, *rest ? ", steps: " : "",
		(int)(second ? second - rest : (long)strlen(rest)), rest, second ? ", scale: " : "",
		second ? second + 1 : "");
	const struct ynode *node =
		ytree_parse(arena_printf(a, "--axis %s", key), yaml, strlen(yaml), a, d);
	bool good = node && param_read(&axes_axis_table, node, axis, a, d);
	axis->key = key;
	axis->mark = at;
	return good;
}

bool axes_parse(const char *text, struct axis *axis, struct arena *a, struct diag *d)
{
	const char *equals = strchr(text, '=');
	*axis = (struct axis){.mark = mark_text(text, a)};
	if (!equals || equals == text || !equals[1]) {
		diag_error(d, axis->mark, "write KEY=V1,V2,... or KEY=FROM..TO:STEPS",
			"'%s' is not an axis", text);
		return false;
	}
	axis->key = arena_strndup(a, text, (size_t)(equals - text));
	if (strstr(equals, ".."))
		return parse_range(axis->key, equals + 1, axis, a, d);
	split_values(equals + 1, axis, a);
	return true;
}

static size_t length(const struct axis *axis)
{
	return axis->values.n ? axis->values.n : (size_t)axis->steps;
}

static bool is_range(const struct axis *axis)
{
	return axis->from.dim || axis->to.dim || axis->steps;
}

static void check_range(const struct axis *axis, int mode, struct diag *d)
{
	if (axis->values.n)
		diag_error(d, axis->mark, "keep one of the two", "'%s' has values and a range",
			axis->key);
	else if (!axis->from.dim || !axis->to.dim || (!axis->steps && mode != AXES_SOBOL))
		diag_error(d, axis->mark,
			"such as {from: 64 B, to: 1518 B, steps: 8}, or 64B..1518B:8",
			"the range of '%s' needs from, to and steps", axis->key);
	else if (axis->from.dim != axis->to.dim)
		diag_error(d, axis->mark, NULL, "'%s' goes from %s to %s", axis->key,
			quantity_dim_name(axis->from.dim), quantity_dim_name(axis->to.dim));
	else if (axis->scale && (axis->from.value <= 0 || axis->to.value <= 0))
		diag_error(d, axis->mark, NULL, "a range of even ratios ('%s') cannot hold 0",
			axis->key);
}

static void check_mode(const struct axes *axes, struct diag *d)
{
	const struct axis *first = &axes->axis[0];
	for (size_t i = 0; axes->mode == AXES_ZIP && i < axes->n; i++)
		if (length(&axes->axis[i]) != length(first))
			diag_error(d, axes->axis[i].mark, NULL,
				"with zip all axes have as many values: '%s' has %zu, '%s' %zu",
				first->key, length(first), axes->axis[i].key,
				length(&axes->axis[i]));
	if (axes->mode != AXES_SOBOL)
		return;
	if (axes->points < 1)
		diag_error(d, first->mark, "add points", "sobol needs a number of points");
	if (axes->n > SOBOL_DIMENSIONS)
		diag_error(d, first->mark, NULL, "sobol has at most %d axes", SOBOL_DIMENSIONS);
}

bool axes_check(const struct axes *axes, struct diag *d)
{
	size_t before = diag_errors(d);
	for (size_t i = 0; i < axes->n; i++) {
		const struct axis *axis = &axes->axis[i];
		if (is_range(axis))
			check_range(axis, axes->mode, d);
		else if (!axis->values.n)
			diag_error(d, axis->mark, NULL, "'%s' has no values", axis->key);
		for (size_t k = 0; k < i; k++)
			if (strcmp(axes->axis[k].key, axis->key) == 0)
				diag_error(d, axis->mark, NULL, "two axes vary '%s'", axis->key);
	}
	if (axes->n && diag_errors(d) == before)
		check_mode(axes, d);
	if (diag_errors(d) == before && axes_count(axes) == SIZE_MAX)
		diag_error(d, axes->axis[0].mark, NULL, "these axes make more than %d points",
			AXES_MAX_POINTS);
	return diag_errors(d) == before;
}

size_t axes_count(const struct axes *axes)
{
	size_t n = 1;
	if (axes->mode == AXES_SOBOL && axes->n)
		return axes->points > AXES_MAX_POINTS ? SIZE_MAX : (size_t)axes->points;
	if (axes->mode == AXES_ZIP && axes->n)
		return length(&axes->axis[0]);
	for (size_t i = 0; i < axes->n; i++) {
		n *= length(&axes->axis[i]);
		if (n > AXES_MAX_POINTS)
			return SIZE_MAX;
	}
	return n;
}

/* To ten digits, which people can read and which hide the last bit of libm's pow(). */
static double rounded(double x)
{
	char text[32];
	snprintf(text, sizeof(text), "%.10g", x);
	return strtod(text, NULL);
}

/* The value at a share of the range; frames and memory come in whole bytes. */
static const char *between(const struct axis *axis, double share, struct arena *a)
{
	char text[64];
	double from = axis->from.value, to = axis->to.value;
	double x = axis->scale ? from * pow(to / from, share) : from + (to - from) * share;
	struct quantity q = {rounded(x), axis->from.dim};
	if (q.dim == DIM_SIZE)
		q.value = round(q.value);
	return arena_strdup(a, quantity_print(q, text, sizeof(text)));
}

static const char *step(const struct axis *axis, size_t i, struct arena *a)
{
	if (axis->values.n)
		return ((const char *const *)axis->values.items)[i];
	return between(axis, axis->steps > 1 ? (double)i / (double)(axis->steps - 1) : 0, a);
}

/* At a share of the axis, 0 <= share < 1. */
static const char *somewhere(const struct axis *axis, double share, struct arena *a)
{
	size_t n = length(axis);
	return n ? step(axis, (size_t)(share * (double)n), a) : between(axis, share, a);
}

static void fill_sobol(const struct axes *axes, size_t n, const char **settings, struct arena *a)
{
	double x[SOBOL_DIMENSIONS];
	gsl_qrng *sequence = gsl_qrng_alloc(gsl_qrng_sobol, (unsigned)axes->n);
	for (size_t p = 0; p < n; p++) {
		gsl_qrng_get(sequence, x);
		for (size_t i = 0; i < axes->n; i++)
			*settings++ = somewhere(&axes->axis[i], x[i], a);
	}
	gsl_qrng_free(sequence);
}

static void fill_steps(const struct axes *axes, size_t n, const char **settings, struct arena *a)
{
	for (size_t p = 0; p < n; p++) {
		size_t rest = p;
		for (size_t i = axes->n; i-- > 0;) {
			const struct axis *axis = &axes->axis[i];
			size_t at = axes->mode == AXES_ZIP ? p : rest % length(axis);
			rest /= length(axis);
			settings[p * axes->n + i] = step(axis, at, a);
		}
	}
}

const char **axes_settings(const struct axes *axes, struct arena *a)
{
	size_t n = axes_count(axes);
	const char **settings = arena_alloc(a, (n * axes->n + 1) * sizeof(*settings));
	if (axes->mode == AXES_SOBOL && axes->n)
		fill_sobol(axes, n, settings, a);
	else
		fill_steps(axes, n, settings, a);
	return settings;
}
