/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers and tables for people. Expected texts were rounded by hand. */
#include "cli/text.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int setup(void **state)
{
	*state = arena_new();
	return 0;
}

static int teardown(void **state)
{
	arena_free(*state);
	return 0;
}

static void numbers_have_significant_digits(void **state)
{
	static const struct {
		double value;
		int digits;
		const char *text;
	} cases[] = {{14.880952, 4, "14.88"}, {0.00012345, 3, "0.000123"}, {123456, 3, "123456"},
		{278.3, 4, "278.3"}, {0, 4, "0"}, {-1.005, 2, "-1.0"}, {NAN, 4, "-"},
		{INFINITY, 4, "-"}, {1e-300, 3, "0.000000000"}, {9.999, 3, "10.00"}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(
			text_number(cases[i].value, cases[i].digits, *state), cases[i].text);
}

static void intervals_share_their_decimals(void **state)
{
	static const struct {
		struct interval i;
		double scale;
		const char *value, *half;
	} cases[] = {
		{{8624494, 390}, 1e-6, "8.62449", "0.00039"},
		{{63207.4, 186.4}, 1e-3, "63.21", "0.19"},
		{{0.5, 0.3}, 100, "50.0", "30.0"},
		{{1234.5, NAN}, 1, "1234.5", "-"},
		{{1234.5, 0}, 1, "1234.5", "0"},
		{{14880952.4, 1.9e-9}, 1e-6, "14.881", "0"},
		{{NAN, NAN}, 1, "-", "-"},
		{{0, 0}, 1, "0", "0"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_string_equal(text_value(cases[i].i, cases[i].scale, *state), cases[i].value);
		assert_string_equal(text_half(cases[i].i, cases[i].scale, *state), cases[i].half);
	}
}

static void rates_and_times_take_a_prefix(void **state)
{
	assert_string_equal(text_rate(0, "pps", 4, *state), "0 pps");
	assert_string_equal(text_rate(999, "pps", 4, *state), "999.0 pps");
	assert_string_equal(text_rate(1000, "pps", 4, *state), "1.000 kpps");
	assert_string_equal(text_rate(14880952, "pps", 4, *state), "14.88 Mpps");
	assert_string_equal(text_rate(4e11, "b/s", 4, *state), "400.0 Gb/s");
	assert_string_equal(text_rate(5e15, "b/s", 4, *state), "5000 Tb/s");
	assert_string_equal(text_seconds(0, 3, *state), "0 s");
	assert_string_equal(text_seconds(2, 3, *state), "2.00 s");
	assert_string_equal(text_seconds(0.0672, 3, *state), "67.2 ms");
	assert_string_equal(text_seconds(4e-9, 3, *state), "4.00 ns");
}

static char *printed(struct text_table *t)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);
	assert_non_null(to);
	text_table_print(t, to);
	fclose(to);
	return text;
}

static void columns_are_aligned(void **state)
{
	static const char *const heads[] = {"<name", ">packets", "<why", NULL};
	struct text_table t;
	text_table_start(&t, heads, *state);
	for (int i = 0; i < 40; i++) { /* more than fit at first */
		text_table_cell(&t, "%s", i ? "ä" : "longer");
		text_table_cell(&t, "%d", i ? i : 123456789);
		text_table_cell(&t, "%s", i == 1 ? "\033[1m" : "");
	}
	char *text = printed(&t);
	const char *start = "  name      packets  why\n"
			    "  longer  123456789\n"
			    "  ä               1  \\x1b[1m\n"
			    "  ä               2\n";
	assert_int_equal(strncmp(text, start, strlen(start)), 0);
	assert_non_null(strstr(text, "  ä              39\n"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_have_significant_digits),
		cmocka_unit_test(intervals_share_their_decimals),
		cmocka_unit_test(rates_and_times_take_a_prefix),
		cmocka_unit_test(columns_are_aligned),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
