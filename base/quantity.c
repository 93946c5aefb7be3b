/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * quantity - numbers with units
 *
 * No digit is lost before the one conversion to double: the written digits are an integer, the
 * decimal point, the exponent and the unit's power of ten only move its scale, and strtod rounds
 * the composed "digits e scale" once. That text has no decimal point, so no locale can change its
 * meaning. Units that are no power of ten (min, h, KiB ...) first multiply the integer in 128 bits.
 */
#include "base/quantity.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__extension__ typedef unsigned __int128 u128;

enum {
	MAX_DIGITS = 19,       /* of a mantissa that fits 64 bits; a double holds 17 */
	MAX_EXPONENT = 100000, /* larger ones overflow or vanish anyway */
	DOUBLE_DIGITS = 17,    /* enough to tell any two doubles apart */
	NUMBER_SIZE = 64,
};

struct unit {
	const char *name;
	enum dim dim;
	uint32_t times; /* one unit = times 10^power base units */
	int power;
	double from; /* printed when the value is at least this; INFINITY: only read */
};

static const struct unit units[] = {
	{"ps", DIM_TIME, 1, 0, 0},
	{"ns", DIM_TIME, 1, 3, 1e3},
	{"us", DIM_TIME, 1, 6, 1e6},
	{"\xc2\xb5s", DIM_TIME, 1, 6, INFINITY}, /* micro sign */
	{"\xce\xbcs", DIM_TIME, 1, 6, INFINITY}, /* Greek mu */
	{"ms", DIM_TIME, 1, 9, 1e9},
	{"s", DIM_TIME, 1, 12, 1e12},
	{"min", DIM_TIME, 60, 12, INFINITY},
	{"h", DIM_TIME, 3600, 12, INFINITY},
	{"Hz", DIM_FREQ, 1, 0, 0},
	{"kHz", DIM_FREQ, 1, 3, 1e3},
	{"MHz", DIM_FREQ, 1, 6, 1e6},
	{"GHz", DIM_FREQ, 1, 9, 1e9},
	{"B", DIM_SIZE, 1, 0, 0},
	{"kB", DIM_SIZE, 1, 3, 1e5}, /* packets and buffers read better in bytes */
	{"MB", DIM_SIZE, 1, 6, 1e6},
	{"GB", DIM_SIZE, 1, 9, 1e9},
	{"KiB", DIM_SIZE, 1u << 10, 0, 1e5},
	{"MiB", DIM_SIZE, 1u << 20, 0, 1u << 20},
	{"GiB", DIM_SIZE, 1u << 30, 0, 1u << 30},
	{"b/s", DIM_BPS, 1, 0, 0},
	{"kb/s", DIM_BPS, 1, 3, 1e3},
	{"Mb/s", DIM_BPS, 1, 6, 1e6},
	{"Gb/s", DIM_BPS, 1, 9, 1e9},
	{"Tb/s", DIM_BPS, 1, 12, 1e12},
	{"bps", DIM_BPS, 1, 0, INFINITY},
	{"kbps", DIM_BPS, 1, 3, INFINITY},
	{"Mbps", DIM_BPS, 1, 6, INFINITY},
	{"Gbps", DIM_BPS, 1, 9, INFINITY},
	{"Tbps", DIM_BPS, 1, 12, INFINITY},
	{"pps", DIM_PPS, 1, 0, 0},
	{"kpps", DIM_PPS, 1, 3, 1e3},
	{"Mpps", DIM_PPS, 1, 6, 1e6},
	{"Gpps", DIM_PPS, 1, 9, 1e9},
	{"cycles", DIM_CYCLES, 1, 0, 0},
	{"cycle", DIM_CYCLES, 1, 0, INFINITY},
	{"cyc", DIM_CYCLES, 1, 0, INFINITY},
	{"%", DIM_RATIO, 1, -2, 1e-4},
	{"ppm", DIM_RATIO, 1, -6, 0},
	{"mW", DIM_POWER, 1, -3, 0},
	{"W", DIM_POWER, 1, 0, 1},
	{"kW", DIM_POWER, 1, 3, 1e3},
	{"", DIM_COUNT, 1, 0, 0},
};

static const struct {
	enum dim dim;
	const char *name, *example;
} dims_by_name[] = {
	{DIM_COUNT, "a number", "32"},
	{DIM_TIME, "a time", "50 us"},
	{DIM_FREQ, "a frequency", "2.4 GHz"},
	{DIM_SIZE, "a size", "64 B"},
	{DIM_BPS, "a bit rate", "10 Gb/s"},
	{DIM_PPS, "a packet rate", "2 Mpps"},
	{DIM_CYCLES, "a number of cycles", "278 cycles"},
	{DIM_RATIO, "a share", "0.5%"},
	{DIM_POWER, "a power", "95 W"},
};

enum { N_UNITS = sizeof(units) / sizeof(units[0]) };
enum { N_DIMS = sizeof(dims_by_name) / sizeof(dims_by_name[0]) };

/* digits times 10^scale; too many digits to keep set huge */
struct decimal {
	bool negative, huge;
	uint64_t digits;
	int n_digits; /* significant ones in digits, without trailing zeros */
	int scale;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Zeros are only counted until another digit follows, so 1000000000000000000000000 is one digit. */
static void add_digit(struct decimal *n, int digit, int *zeros)
{
	if (digit == 0) {
		*zeros += n->n_digits > 0;
		return;
	}
	n->n_digits += *zeros + 1;
	if (n->n_digits > MAX_DIGITS) {
		n->huge = true;
		n->n_digits = MAX_DIGITS;
	}
	for (; *zeros > 0 && !n->huge; --*zeros)
		n->digits *= 10;
	*zeros = 0;
	if (!n->huge)
		n->digits = n->digits * 10 + (uint64_t)digit;
}

/* An e without digits belongs to the unit. */
static const char *read_exponent(const char *at, int *scale)
{
	const char *digits = at;
	bool negative;
	int exponent = 0;

	if (*at != 'e' && *at != 'E')
		return at;
	digits++;
	negative = *digits == '-';
	digits += *digits == '-' || *digits == '+';
	if (!is_digit(*digits))
		return at;
	for (; is_digit(*digits); digits++)
		if (exponent < MAX_EXPONENT)
			exponent = exponent * 10 + (*digits - '0');
	*scale += negative ? -exponent : exponent;
	return digits;
}

/* Reads [+-]digits[.digits][e[+-]digits]; returns the place behind it, NULL if there is no number.
 * Leading zeros are refused, since 010 is eight to some readers. */
static const char *read_number(const char *at, struct decimal *n)
{
	int zeros = 0, before_point = 0, after_point = 0;
	bool leading_zero;

	*n = (struct decimal){.negative = *at == '-'};
	at += *at == '-' || *at == '+';
	leading_zero = at[0] == '0' && is_digit(at[1]);
	for (; is_digit(*at); at++, before_point = 1)
		add_digit(n, *at - '0', &zeros);
	if (*at == '.' && (before_point || is_digit(at[1])))
		for (at++; is_digit(*at); at++, after_point++)
			add_digit(n, *at - '0', &zeros);
	if (leading_zero || (!before_point && !after_point) || *at == '_' || *at == ',' ||
		*at == 'x' || *at == 'X')
		return NULL;
	n->scale = zeros - after_point;
	return read_exponent(at, &n->scale);
}

static const char *skip_spaces(const char *at)
{
	while (*at == ' ')
		at++;
	return at;
}

const char *quantity_unit(const char *text)
{
	struct decimal n;
	const char *end = read_number(skip_spaces(text), &n);

	return end ? skip_spaces(end) : text + strlen(text);
}

static const struct unit *find_unit(const char *name)
{
	size_t len = strlen(name);

	while (len && name[len - 1] == ' ')
		len--;
	for (size_t i = 0; i < N_UNITS; i++)
		if (strlen(units[i].name) == len && memcmp(units[i].name, name, len) == 0)
			return &units[i];
	return NULL;
}

static void put_decimal(u128 n, char out[NUMBER_SIZE])
{
	char reversed[NUMBER_SIZE];
	size_t len = 0;

	do {
		reversed[len++] = (char)('0' + (int)(n % 10));
		n /= 10;
	} while (n);
	for (size_t i = 0; i < len; i++)
		out[i] = reversed[len - 1 - i];
	out[len] = '\0';
}

/* False when the value is no finite double or vanishes. */
static bool to_double(const struct decimal *n, const struct unit *u, double *value)
{
	char digits[NUMBER_SIZE], text[2 * NUMBER_SIZE];

	if (n->huge)
		return false;
	put_decimal((u128)n->digits * u->times, digits);
	snprintf(text, sizeof(text), "%se%d", digits, n->scale + u->power);
	*value = strtod(text, NULL);
	if (isinf(*value) || (*value == 0 && n->digits != 0))
		return false;
	if (n->negative && *value != 0)
		*value = -*value;
	return true;
}

/* What a number without a unit means, or NULL when a unit is needed. */
static const struct unit *bare_unit(unsigned dims)
{
	static const struct unit ratio = {"", DIM_RATIO, 1, 0, INFINITY};

	if (dims & DIM_COUNT)
		return find_unit("");
	return dims == DIM_RATIO ? &ratio : NULL;
}

enum quantity_status quantity_parse(const char *text, unsigned dims, struct quantity *q)
{
	struct decimal n;
	const struct unit *u;
	const char *end = read_number(skip_spaces(text), &n);

	*q = (struct quantity){0};
	if (!end)
		return QUANTITY_NOT_A_NUMBER;
	end = skip_spaces(end);
	u = *end ? find_unit(end) : bare_unit(dims);
	if (!u)
		return *end ? QUANTITY_BAD_UNIT : QUANTITY_NO_UNIT;
	if (!to_double(&n, u, &q->value)) {
		q->value = 0;
		return QUANTITY_HUGE;
	}
	q->dim = u->dim;
	return u->dim & dims ? QUANTITY_OK : QUANTITY_WRONG_DIM;
}

/* The largest unit that the value reaches, of the decimal or of the binary ones. */
static const struct unit *unit_to_print(struct quantity q, bool binary)
{
	const struct unit *best = NULL;
	double magnitude = q.value == 0 ? 1 : fabs(q.value);

	for (size_t i = 0; i < N_UNITS; i++) {
		const struct unit *u = &units[i];

		if (u->dim != q.dim || (u->times != 1) != binary || magnitude < u->from)
			continue;
		if (!best || u->from > best->from)
			best = u;
	}
	return best;
}

/* The fewest digits that read back as value: "267", with the point after the first, times
 * 10^*exponent. */
static void shortest_digits(double value, char digits[NUMBER_SIZE], int *exponent)
{
	char text[NUMBER_SIZE];
	size_t len = 0;

	for (int precision = 0; precision < DOUBLE_DIGITS; precision++) {
		snprintf(text, sizeof(text), "%.*e", precision, value);
		if (strtod(text, NULL) == value)
			break;
	}
	*exponent = (int)strtol(strchr(text, 'e') + 1, NULL, 10);
	for (const char *at = text; *at != 'e'; at++)
		if (is_digit(*at))
			digits[len++] = *at;
	digits[len] = '\0';
}

/* digits with the point after the first, times 10^exponent, as a person would write it. */
static void lay_out(const char *digits, int exponent, char *out, size_t size)
{
	int n = (int)strlen(digits), whole = exponent + 1;

	if (exponent < -5 || exponent > MAX_DIGITS)
		snprintf(out, size, "%.1s%s%se%d", digits, n > 1 ? "." : "", digits + 1, exponent);
	else if (whole <= 0)
		snprintf(out, size, "0.%.*s%s", -whole, "00000", digits);
	else if (whole >= n)
		snprintf(out, size, "%s%.*s", digits, whole - n, "0000000000000000000");
	else
		snprintf(out, size, "%.*s.%s", whole, digits, digits + whole);
}

static void print_in(struct quantity q, const struct unit *u, char *buf, size_t size)
{
	char digits[NUMBER_SIZE], number[2 * NUMBER_SIZE];
	int exponent;

	shortest_digits(fabs(q.value) / u->times, digits, &exponent);
	lay_out(digits, q.value == 0 ? 0 : exponent - u->power, number, sizeof(number));
	snprintf(buf, size, "%s%s%s%s", q.value < 0 ? "-" : "", number,
		u->name[0] && u->name[0] != '%' ? " " : "", u->name);
}

char *quantity_print(struct quantity q, char *buf, size_t size)
{
	const struct unit *decimal = unit_to_print(q, false), *binary = unit_to_print(q, true);
	char other[3 * NUMBER_SIZE];

	if (!isfinite(q.value) || !decimal) {
		snprintf(buf, size, "%s", q.value < 0 ? "-infinite" : "infinite");
		return buf;
	}
	print_in(q, decimal, buf, size);
	if (binary) {
		print_in(q, binary, other, sizeof(other));
		if (strlen(other) < strlen(buf))
			snprintf(buf, size, "%s", other);
	}
	return buf;
}

const char *quantity_dim_name(enum dim dim)
{
	for (size_t i = 0; i < N_DIMS; i++)
		if (dims_by_name[i].dim == dim)
			return dims_by_name[i].name;
	return "nothing";
}

static size_t append(char *buf, size_t size, size_t at, const char *text)
{
	if (at < size)
		snprintf(buf + at, size - at, "%s", text);
	return at + strlen(text);
}

const char *quantity_wants(unsigned dims, char *buf, size_t size)
{
	size_t at = append(buf, size, 0, "");

	for (size_t i = 0; i < N_DIMS; i++) {
		if (!(dims_by_name[i].dim & dims))
			continue;
		at = append(buf, size, at, at ? " or " : "");
		at = append(buf, size, at, dims_by_name[i].name);
		at = append(buf, size, at, " such as ");
		at = append(buf, size, at, dims_by_name[i].example);
	}
	return buf;
}

const char *quantity_example(unsigned dims, char *buf, size_t size)
{
	size_t at = append(buf, size, 0, "");

	for (size_t i = 0; i < N_DIMS; i++) {
		if (!(dims_by_name[i].dim & dims))
			continue;
		at = append(buf, size, at, at ? " or " : "");
		at = append(buf, size, at, dims_by_name[i].example);
	}
	return buf;
}

size_t quantity_units(unsigned dims, const char **names, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < N_UNITS; i++) {
		if (!(units[i].dim & dims) || !units[i].name[0])
			continue;
		if (n < max)
			names[n] = units[i].name;
		n++;
	}
	return n;
}
