/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Truth: the C library's iconv, which is strict about UTF-8, for every character and for millions
 * of byte sequences near the borders of what is well-formed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/utf8.h"

#include <iconv.h>
#include <stdlib.h>
#include <string.h>

/* Bytes around which the rules change. */
static const unsigned char border[] = {0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1,
	0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xf8, 0xff};
enum { N_BORDER = sizeof(border) };

static int set_up(void **state)
{
	*state = iconv_open("UTF-32LE", "UTF-8");
	return *state == (iconv_t)-1;
}

static int tear_down(void **state)
{
	return iconv_close(*state);
}

/* The length of the first character by iconv, trying ever longer pieces; 0 if there is none. */
static size_t iconv_first(iconv_t to_utf32, const char *text, size_t len, uint32_t *code)
{
	for (size_t n = 1; n <= len; n++) {
		char *in = (char *)(uintptr_t)text, *out = (char *)code;
		size_t in_left = n, out_left = sizeof(*code);

		iconv(to_utf32, NULL, NULL, NULL, NULL);
		if (iconv(to_utf32, &in, &in_left, &out, &out_left) == 0)
			return n;
	}
	return 0;
}

static void assert_like_iconv(iconv_t to_utf32, const char *text, size_t len)
{
	uint32_t code = 0, expected = 0;
	size_t n = utf8_decode(text, len, &code),
	       expected_n = iconv_first(to_utf32, text, len, &expected);

	if (n != expected_n || (n && code != expected))
		fail_msg("%02x %02x %02x %02x: length %zu, not %zu", (unsigned char)text[0],
			(unsigned char)text[1], (unsigned char)text[2], (unsigned char)text[3], n,
			expected_n);
}

static void test_borders(void **state)
{
	for (size_t i = 0; i < N_BORDER * N_BORDER * N_BORDER * N_BORDER; i++) {
		const char text[4] = {(char)border[i % N_BORDER],
			(char)border[i / N_BORDER % N_BORDER],
			(char)border[i / N_BORDER / N_BORDER % N_BORDER],
			(char)border[i / N_BORDER / N_BORDER / N_BORDER]};

		assert_like_iconv(*state, text, sizeof(text));
	}
}

static void test_every_character(void **state)
{
	iconv_t from_utf32 = iconv_open("UTF-8", "UTF-32LE");
	unsigned good = 0;

	(void)state;
	for (uint32_t code = 0; code <= 0x110000; code++) {
		char text[4] = "", *in = (char *)&code, *out = text;
		size_t in_left = sizeof(code), out_left = sizeof(text);
		uint32_t back;

		iconv(from_utf32, NULL, NULL, NULL, NULL);
		if (iconv(from_utf32, &in, &in_left, &out, &out_left) != 0)
			continue;
		assert_int_equal(
			utf8_decode(text, sizeof(text) - out_left, &back), sizeof(text) - out_left);
		assert_int_equal(back, code);
		/* one byte short is no character */
		assert_int_equal(utf8_decode(text, sizeof(text) - out_left - 1, &back), 0);
		good++;
	}
	assert_int_equal(good, 0x110000 - 0x800); /* all but the surrogates */
	iconv_close(from_utf32);
}

static void test_clip(void **state)
{
	char buf[8];

	(void)state;
	assert_string_equal(utf8_clip("", buf, 8), "");
	assert_string_equal(utf8_clip("1234567", buf, 8), "1234567");
	assert_string_equal(utf8_clip("12345678", buf, 8), "1234...");
	assert_string_equal(utf8_clip("123\xc3\xa4\xc3\xa4\xc3\xa4", buf, 8), "123...");
	assert_string_equal(utf8_clip("12\xc3\xa4\xc3\xa4\xc3\xa4", buf, 8), "12\xc3\xa4...");
	assert_string_equal(
		utf8_clip("\xff\xff\xff\xff\xff\xff\xff\xff", buf, 8), "\xff\xff\xff\xff...");
	assert_string_equal(utf8_clip("12345678", buf, 4), "...");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_borders),
		cmocka_unit_test(test_every_character),
		cmocka_unit_test(test_clip),
	};

	return cmocka_run_group_tests_name("utf8", tests, set_up, tear_down);
}
