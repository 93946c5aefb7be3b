/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Truth: integer arithmetic. A time of n picoseconds is written in nanoseconds or milliseconds by
 * placing the decimal point in n's digits, which no rounding can touch, and must read back as n.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/quantity.h"

#include <inttypes.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { ALL_DIMS = (1 << 9) - 1, ROUNDS = 20000 };

static uint64_t next_random(uint64_t *state) /* xorshift64*, Vigna 2016 */
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * UINT64_C(2685821657736338717);
}

static void assert_reads(const char *text, unsigned dims, double value, enum dim dim)
{
	struct quantity q;
	enum quantity_status status = quantity_parse(text, dims, &q);

	if (status != QUANTITY_OK || q.value != value || q.dim != dim)
		fail_msg("'%s' is read with status %d as %.17g of dimension %d", text, status,
			q.value, q.dim);
}

static void assert_refused(const char *text, unsigned dims, enum quantity_status expected)
{
	struct quantity q;
	enum quantity_status status = quantity_parse(text, dims, &q);

	if (status != expected)
		fail_msg("'%s' is read with status %d, not %d", text, status, expected);
}

static void test_units(void **state)
{
	static const struct {
		const char *text;
		double value;
		enum dim dim;
	} cases[] = {
		{"1 ps", 1, DIM_TIME},
		{"67.2 ns", 67200, DIM_TIME},
		{"50us", 5e7, DIM_TIME},
		{"50 \xc2\xb5s", 5e7, DIM_TIME},
		{"50 \xce\xbcs", 5e7, DIM_TIME},
		{"1 ms", 1e9, DIM_TIME},
		{"1.5 s", 1.5e12, DIM_TIME},
		{"2 min", 120e12, DIM_TIME},
		{"1.5 h", 5400e12, DIM_TIME},
		{"5 Hz", 5, DIM_FREQ},
		{"5 kHz", 5e3, DIM_FREQ},
		{"100 MHz", 1e8, DIM_FREQ},
		{"2.6 GHz", 2.6e9, DIM_FREQ},
		{"64B", 64, DIM_SIZE},
		{"1.5 kB", 1500, DIM_SIZE},
		{"1.5 KiB", 1536, DIM_SIZE},
		{"3 MB", 3e6, DIM_SIZE},
		{"2 MiB", 2097152, DIM_SIZE},
		{"20 GB", 2e10, DIM_SIZE},
		{"1 GiB", 1073741824, DIM_SIZE},
		{"7 b/s", 7, DIM_BPS},
		{"7 kb/s", 7e3, DIM_BPS},
		{"7 Mb/s", 7e6, DIM_BPS},
		{"10 Gb/s", 1e10, DIM_BPS},
		{"0.4 Tb/s", 4e11, DIM_BPS},
		{"7 bps", 7, DIM_BPS},
		{"7 kbps", 7e3, DIM_BPS},
		{"7 Mbps", 7e6, DIM_BPS},
		{"10 Gbps", 1e10, DIM_BPS},
		{"1 Tbps", 1e12, DIM_BPS},
		{"9 pps", 9, DIM_PPS},
		{"9 kpps", 9e3, DIM_PPS},
		{"14.88095 Mpps", 14880950, DIM_PPS},
		{"1 Gpps", 1e9, DIM_PPS},
		{"278 cycles", 278, DIM_CYCLES},
		{"1 cycle", 1, DIM_CYCLES},
		{"278.5 cyc", 278.5, DIM_CYCLES},
		{"0.5%", 0.005, DIM_RATIO},
		{"0.5 %", 0.005, DIM_RATIO},
		{"1 ppm", 1e-6, DIM_RATIO},
		{"250 mW", 0.25, DIM_POWER},
		{"95 W", 95, DIM_POWER},
		{"1.2 kW", 1200, DIM_POWER},
		{"32", 32, DIM_COUNT},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_reads(cases[i].text, ALL_DIMS, cases[i].value, cases[i].dim);
}

static void test_numbers(void **state)
{
	static const struct {
		const char *text;
		double value;
	} cases[] = {
		{"0", 0},
		{"0.0", 0},
		{"+5", 5},
		{"-5", -5},
		{".5", 0.5},
		{"5.", 5},
		{"0.5", 0.5},
		{"1e6", 1e6},
		{"1E+6", 1e6},
		{"25e-1", 2.5},
		{"1.7976931348623157e308", 1.7976931348623157e308},
		{"4.9406564584124654e-324", 4.9406564584124654e-324},
		{"9007199254740993", 9007199254740992.0},     /* half way: to even */
		{"9007199254740993.001", 9007199254740994.0}, /* just above it */
		{"1000000000000000000000000000000", 1e30},    /* zeros are no digits */
		{"0.0000000000000000000000000000001", 1e-31},
		{"0.10000000000000000000000000000000000000", 0.1},
		{" 5 ", 5},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_reads(cases[i].text, DIM_COUNT, cases[i].value, DIM_COUNT);
}

static void test_refused(void **state)
{
	static const char *const no_numbers[] = {"", " ", "fast", "nan", "NaN", "inf", "-inf",
		"infinity", "0x10", "0x1p3", "0X10", "1_000", "1,000", "1,5", "010", "00", "-07",
		"00.5", ".", "-", "+", "e5", ".e5", "--5", "+-5", "- 5", "GHz", "\xef\xbc\x95"};
	static const char *const bad_units[] = {"5 ghz", "5 GHZ", "5 Ghz", "5 gb/s", "5 xyz", "5e",
		"5e+", "1:30", "5 G Hz", "5 GHz 6", "5..", "5 5", "1e5.5", "0b11", "0o17", "5 GHz!",
		"5 ms\t"};
	static const char *const huge[] = {"1e400", "-1e400", "1e99999999999999999999", "1e-400",
		"1e-99999999999999999999", "12345678901234567891", "0.12345678901234567891",
		"179769313486231580793e290", "3.14159265358979323846"};

	(void)state;
	for (size_t i = 0; i < sizeof(no_numbers) / sizeof(no_numbers[0]); i++)
		assert_refused(no_numbers[i], ALL_DIMS, QUANTITY_NOT_A_NUMBER);
	for (size_t i = 0; i < sizeof(bad_units) / sizeof(bad_units[0]); i++)
		assert_refused(bad_units[i], ALL_DIMS, QUANTITY_BAD_UNIT);
	for (size_t i = 0; i < sizeof(huge) / sizeof(huge[0]); i++)
		assert_refused(huge[i], ALL_DIMS, QUANTITY_HUGE);
	assert_refused("1e305 GHz", DIM_FREQ, QUANTITY_HUGE);
}

static void test_dimensions(void **state)
{
	struct quantity q;

	(void)state;
	assert_int_equal(quantity_parse("2.4 GB", DIM_FREQ, &q), QUANTITY_WRONG_DIM);
	assert_int_equal(q.dim, DIM_SIZE);
	assert_true(q.value == 2.4e9);
	assert_refused("5 GHz", DIM_COUNT, QUANTITY_WRONG_DIM);
	assert_refused("24", DIM_FREQ, QUANTITY_NO_UNIT);
	assert_refused("0", DIM_TIME, QUANTITY_NO_UNIT);
	assert_refused("5", DIM_TIME | DIM_CYCLES, QUANTITY_NO_UNIT);
	assert_reads("5 cycles", DIM_TIME | DIM_CYCLES, 5, DIM_CYCLES);
	assert_reads("5 ns", DIM_TIME | DIM_CYCLES, 5000, DIM_TIME);
	/* a share needs no unit where nothing else can be meant */
	assert_reads("0.5", DIM_RATIO, 0.5, DIM_RATIO);
	assert_reads("0.5", DIM_RATIO | DIM_COUNT, 0.5, DIM_COUNT);
	assert_refused("0.5", DIM_RATIO | DIM_PPS, QUANTITY_NO_UNIT);
}

static void test_unit_of_text(void **state)
{
	(void)state;
	assert_string_equal(quantity_unit("2.4 ghz"), "ghz");
	assert_string_equal(quantity_unit(" 2.4ghz"), "ghz");
	assert_string_equal(quantity_unit("24"), "");
	assert_string_equal(quantity_unit("fast"), "");
	assert_string_equal(quantity_unit("5e"), "e");
}

static void test_print(void **state)
{
	static const struct {
		struct quantity q;
		const char *text;
	} cases[] = {
		{{2.6e9, DIM_FREQ}, "2.6 GHz"},
		{{1.2e9, DIM_FREQ}, "1.2 GHz"},
		{{999e6, DIM_FREQ}, "999 MHz"},
		{{67200, DIM_TIME}, "67.2 ns"},
		{{1, DIM_TIME}, "1 ps"},
		{{0, DIM_TIME}, "0 ps"},
		{{5e8, DIM_TIME}, "500 us"},
		{{5400e12, DIM_TIME}, "5400 s"},
		{{-67200, DIM_TIME}, "-67.2 ns"},
		{{0.25, DIM_TIME}, "0.25 ps"},
		{{64, DIM_SIZE}, "64 B"},
		{{1518, DIM_SIZE}, "1518 B"},
		{{4096, DIM_SIZE}, "4096 B"},
		{{128000, DIM_SIZE}, "128 kB"},
		{{131072, DIM_SIZE}, "128 KiB"},
		{{2097152, DIM_SIZE}, "2 MiB"},
		{{1572864, DIM_SIZE}, "1.5 MiB"},
		{{1500000, DIM_SIZE}, "1.5 MB"},
		{{1073741824, DIM_SIZE}, "1 GiB"},
		{{2e10, DIM_SIZE}, "20 GB"},
		{{1e10, DIM_BPS}, "10 Gb/s"},
		{{4e11, DIM_BPS}, "400 Gb/s"},
		{{14880952.38, DIM_PPS}, "14.88095238 Mpps"},
		{{278.5, DIM_CYCLES}, "278.5 cycles"},
		{{0.005, DIM_RATIO}, "0.5%"},
		{{1, DIM_RATIO}, "100%"},
		{{0, DIM_RATIO}, "0%"},
		{{1e-6, DIM_RATIO}, "1 ppm"},
		{{95, DIM_POWER}, "95 W"},
		{{0, DIM_POWER}, "0 W"},
		{{0.25, DIM_POWER}, "250 mW"},
		{{5, DIM_COUNT}, "5"},
		{{0.1, DIM_COUNT}, "0.1"},
		{{1.0 / 3, DIM_COUNT}, "0.3333333333333333"},
		{{1e-300, DIM_COUNT}, "1e-300"},
		{{9007199254740991, DIM_COUNT}, "9007199254740991"},
		{{INFINITY, DIM_TIME}, "infinite"},
	};
	char buf[64];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_string_equal(quantity_print(cases[i].q, buf, sizeof(buf)), cases[i].text);
	}
}

/* A short buffer is filled, never overrun. */
static void test_print_short(void **state)
{
	char buf[8] = "#######";

	(void)state;
	quantity_print((struct quantity){14880952.38, DIM_PPS}, buf, 5);
	assert_string_equal(buf, "14.8");
	assert_memory_equal(buf + 5, "##", 2);
}

static void test_integers_are_exact(void **state)
{
	uint64_t seed = 1;
	char text[64];

	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		uint64_t ps = next_random(&seed) >> (11 + i % 50);

		snprintf(text, sizeof(text), "%" PRIu64 ".%03" PRIu64 " ns", ps / 1000, ps % 1000);
		assert_reads(text, DIM_TIME, (double)ps, DIM_TIME);
		snprintf(text, sizeof(text), "%" PRIu64 ".%09" PRIu64 "ms", ps / 1000000000,
			ps % 1000000000);
		assert_reads(text, DIM_TIME, (double)ps, DIM_TIME);
		snprintf(text, sizeof(text), "%" PRIu64 " KiB", ps >> 10);
		assert_reads(text, DIM_SIZE, (double)(ps >> 10 << 10), DIM_SIZE);
		snprintf(text, sizeof(text), "%" PRIu64 " h", ps >> 12);
		assert_reads(text, DIM_TIME,
			(double)((__extension__(unsigned __int128) 3600) * (ps >> 12) *
				 1000000000000u),
			DIM_TIME);
	}
}

/* Every finite double, of every size, reads back as itself. */
static void test_round_trip(void **state)
{
	uint64_t seed = 7;
	char text[64];

	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		struct quantity q = {0, (enum dim)(1 << i % 9)}, back;
		uint64_t bits = next_random(&seed);

		if (i & 1)
			memcpy(&q.value, &bits, sizeof(bits));
		else
			q.value = (double)(bits >> 11) * pow(10, -(double)(i / 2 % 17));
		if (!isfinite(q.value))
			continue;
		quantity_print(q, text, sizeof(text));
		if (quantity_parse(text, q.dim, &back) != QUANTITY_OK || back.value != q.value ||
			back.dim != q.dim)
			fail_msg("%.17g of dimension %d is printed as '%s' and read as %.17g",
				q.value, q.dim, text, back.value);
	}
}

/* Decimals of up to 15 digits survive in print: what a user wrote is what he sees. */
static void test_prints_what_was_written(void **state)
{
	uint64_t seed = 3;
	char text[64], back[64];

	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		struct quantity q;
		uint64_t digits = next_random(&seed) % 1000000 + 1;

		while (digits % 10 == 0)
			digits /= 10;
		snprintf(text, sizeof(text), "1.%" PRIu64 " Gb/s", digits);
		assert_int_equal(quantity_parse(text, DIM_BPS, &q), QUANTITY_OK);
		assert_string_equal(quantity_print(q, back, sizeof(back)), text);
	}
}

static void test_words(void **state)
{
	char buf[256], small[10];
	const char *units[4];

	(void)state;
	assert_string_equal(
		quantity_wants(DIM_FREQ, buf, sizeof(buf)), "a frequency such as 2.4 GHz");
	assert_string_equal(quantity_wants(DIM_TIME | DIM_CYCLES, buf, sizeof(buf)),
		"a time such as 50 us or a number of cycles such as 278 cycles");
	assert_string_equal(
		quantity_example(DIM_BPS | DIM_PPS, buf, sizeof(buf)), "10 Gb/s or 2 Mpps");
	assert_string_equal(quantity_wants(DIM_FREQ, small, sizeof(small)), "a frequen");
	assert_string_equal(quantity_dim_name(DIM_SIZE), "a size");
	assert_int_equal(quantity_units(DIM_FREQ, units, 2), 4);
	assert_string_equal(units[0], "Hz");
	assert_string_equal(units[1], "kHz");
	assert_int_equal(quantity_units(DIM_COUNT, units, 4), 0);
}

/* Each example in a message must itself be acceptable, and each unit known. */
static void test_examples_are_valid(void **state)
{
	(void)state;
	for (unsigned dim = 1; dim < ALL_DIMS; dim <<= 1) {
		const char *units[32];
		size_t n = quantity_units(dim, units, 32);
		struct quantity q;
		char buf[64];

		assert_int_equal(quantity_parse(quantity_example(dim, buf, sizeof(buf)), dim, &q),
			QUANTITY_OK);
		for (size_t i = 0; i < n; i++) {
			snprintf(buf, sizeof(buf), "1%s", units[i]);
			assert_int_equal(quantity_parse(buf, dim, &q), QUANTITY_OK);
		}
	}
}

/* Where the decimal point is a comma, files and output keep the point. */
static void test_locale(void **state)
{
	static const char *const comma[] = {
		"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "nl_NL.UTF-8", "de_DE", "fr_FR"};
	const char *found = NULL;
	char buf[64];

	(void)state;
	for (size_t i = 0; i < sizeof(comma) / sizeof(comma[0]) && !found; i++)
		found = setlocale(LC_ALL, comma[i]);
	if (!found)
		skip();
	snprintf(buf, sizeof(buf), "%.1f", 2.5);
	assert_string_equal(buf, "2,5");
	assert_reads("2.6 GHz", DIM_FREQ, 2.6e9, DIM_FREQ);
	assert_refused("2,6 GHz", DIM_FREQ, QUANTITY_NOT_A_NUMBER);
	assert_string_equal(
		quantity_print((struct quantity){2.65e9, DIM_FREQ}, buf, sizeof(buf)), "2.65 GHz");
	setlocale(LC_ALL, "C");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_units),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_dimensions),
		cmocka_unit_test(test_unit_of_text),
		cmocka_unit_test(test_print),
		cmocka_unit_test(test_print_short),
		cmocka_unit_test(test_integers_are_exact),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_prints_what_was_written),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_examples_are_valid),
		cmocka_unit_test(test_locale),
	};

	return cmocka_run_group_tests_name("quantity", tests, NULL, NULL);
}
