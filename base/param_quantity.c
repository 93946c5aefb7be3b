/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * param_quantity - numbers in their range, and what to say when they are not
 */
#include "base/param.h"

#include "base/param_words.h"
#include "base/utf8.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { MAX_UNITS = 64, PRINTED = 256 };

/* "2.4 GHz" for "2.4 ghz": the number with the nearest unit of the dimensions, else with the first
 * one that starts like it; NULL if there is none. */
static const char *better_unit(const char *text, unsigned dims, char buf[PARAM_WORDS_SHOWN])
{
	const char *units[MAX_UNITS], *unit = quantity_unit(text), *better;
	size_t n = quantity_units(dims, units, MAX_UNITS);

	better = diag_nearest(unit, units, n);
	for (size_t i = 0; i < n && !better; i++)
		if (strncmp(units[i], unit, strlen(unit)) == 0)
			better = units[i];
	if (!better)
		return NULL;
	snprintf(buf, PARAM_WORDS_SHOWN, "%.*s%s", (int)(unit - text), text, better);
	return buf;
}

static const char *unit_hint(unsigned dims, char buf[PARAM_WORDS_MESSAGE])
{
	const char *units[MAX_UNITS];
	size_t n = quantity_units(dims, units, MAX_UNITS);

	return n ? param_words_join("units: ", units, n, buf) : "it takes no unit";
}

static void complain_unit(const struct param *p, const char *text, struct mark at, struct diag *d)
{
	char hint[PARAM_WORDS_MESSAGE], shown[PARAM_WORDS_SHOWN], buf[PARAM_WORDS_SHOWN];
	const char *better = better_unit(text, p->dims, buf);

	utf8_clip(quantity_unit(text), shown, sizeof(shown));
	if (better)
		diag_error(d, at, unit_hint(p->dims, hint),
			"'%s' has the unknown unit '%s'; did you mean '%s'?", p->key, shown,
			better);
	else
		diag_error(d, at, unit_hint(p->dims, hint), "'%s' has the unknown unit '%s'",
			p->key, shown);
}

static void complain_bare(const struct param *p, struct mark at, struct diag *d)
{
	char hint[PARAM_WORDS_MESSAGE], example[PARAM_WORDS_MESSAGE];

	quantity_example(p->dims, example, sizeof(example));
	diag_error(d, at, unit_hint(p->dims, hint),
		"'%s' is a bare number: say the unit, such as %s", p->key, example);
}

static void complain_not_number(
	const struct param *p, const char *text, struct mark at, struct diag *d)
{
	char wanted[PARAM_WORDS_MESSAGE], hint[PARAM_WORDS_MESSAGE], shown[PARAM_WORDS_SHOWN];
	size_t sign = strspn(text, "+- ");
	bool nearly = text[sign] >= '0' && text[sign] <= '9';

	diag_error(d, at,
		nearly ? "numbers are decimal, like 1000, 2.5 or 1e6: no leading zeros, no "
			 "separators"
		       : unit_hint(p->dims, hint),
		"'%s' wants %s, not '%s'", p->key, quantity_wants(p->dims, wanted, sizeof(wanted)),
		utf8_clip(text, shown, sizeof(shown)));
}

static void complain_dim(const struct param *p, const char *text, struct mark at,
	const struct quantity *q, struct diag *d)
{
	char wanted[PARAM_WORDS_MESSAGE], hint[PARAM_WORDS_MESSAGE], shown[PARAM_WORDS_SHOWN];

	diag_error(d, at, unit_hint(p->dims, hint), "'%s' wants %s, not '%s' (that is %s)", p->key,
		quantity_wants(p->dims, wanted, sizeof(wanted)),
		utf8_clip(text, shown, sizeof(shown)), quantity_dim_name(q->dim));
}

static void complain_huge(const struct param *p, const char *text, struct mark at, struct diag *d)
{
	char shown[PARAM_WORDS_SHOWN];

	diag_error(d, at, "write at most 19 digits, and an exponent below 300",
		"'%s' is too large, too small or too long a number: '%s'", p->key,
		utf8_clip(text, shown, sizeof(shown)));
}

static bool has_range(const struct param *p)
{
	return p->min != 0 || p->max != 0;
}

char *param_quantity_range(const struct param *p, enum dim dim, char *buf, size_t size)
{
	char min[PRINTED], max[PRINTED];

	quantity_print((struct quantity){p->min, dim}, min, sizeof(min));
	quantity_print((struct quantity){p->max, dim}, max, sizeof(max));
	if (p->min <= -DBL_MAX && p->max >= DBL_MAX)
		snprintf(buf, size, "any");
	else if (!has_range(p) || p->max >= DBL_MAX)
		snprintf(buf, size, "at least %s", min);
	else if (p->min <= -DBL_MAX)
		snprintf(buf, size, "at most %s", max);
	else
		snprintf(buf, size, "%s to %s", min, max);
	return buf;
}

bool param_quantity_check(
	const struct param *p, const char *text, struct mark at, struct quantity q, struct diag *d)
{
	char range[PARAM_WORDS_MESSAGE], shown[PARAM_WORDS_SHOWN];
	double max = has_range(p) ? p->max : DBL_MAX;

	if (q.value >= p->min && q.value <= max)
		return true;
	diag_error(d, at, NULL, "'%s' is %s; it must be %s", p->key,
		utf8_clip(text, shown, sizeof(shown)),
		param_quantity_range(p, q.dim, range, sizeof(range)));
	return false;
}

bool param_quantity(
	const struct param *p, const char *text, struct mark at, struct quantity *q, struct diag *d)
{
	enum quantity_status status = quantity_parse(text, p->dims, q);

	switch (status) {
	case QUANTITY_OK:
		if (param_quantity_check(p, text, at, *q, d))
			return true;
		break;
	case QUANTITY_NOT_A_NUMBER:
		complain_not_number(p, text, at, d);
		break;
	case QUANTITY_NO_UNIT:
		complain_bare(p, at, d);
		break;
	case QUANTITY_BAD_UNIT:
		complain_unit(p, text, at, d);
		break;
	case QUANTITY_WRONG_DIM:
		complain_dim(p, text, at, q, d);
		break;
	case QUANTITY_HUGE:
		complain_huge(p, text, at, d);
		break;
	}
	*q = (struct quantity){0};
	return false;
}
