/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The examples that NIST publishes for FIPS 180-4, and lengths around the padding's edges against
 * coreutils' sha256sum.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/sha256.h"

#include <string.h>

static void assert_hash(const char *text, size_t len, const char *expected)
{
	char hex[SHA256_HEX];
	struct sha256 h;
	sha256_start(&h);
	sha256_add(&h, text, len);
	sha256_finish(&h, hex);
	assert_string_equal(hex, expected);
}

static void test_nist(void **state)
{
	const char *two = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
	(void)state;
	assert_hash("", 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	assert_hash("abc", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_hash(two, strlen(two),
		"248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

/* printf 'a%.0s' $(seq N) | sha256sum */
static void test_edges(void **state)
{
	static const struct {
		size_t n;
		const char *hash;
	} cases[] = {
		{55, "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318"},
		{56, "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a"},
		{63, "7d3e74a05d7db15bce4ad9ec0658ea98e3f06eeecf16b4c6fff2da457ddc2f34"},
		{64, "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb"},
		{65, "635361c48bb9eab14198e76ea8ab7f1a41685d6ad62aa9146d301d4f17eb0ae0"},
		{119, "31eba51c313a5c08226adf18d4a359cfdfd8d2e816b13f4af952f7ea6584dcfb"},
		{120, "2f3d335432c70b580af0e8e1b3674a7c020d683aa5f73aaaedfdc55af904c21c"},
		{128, "6836cf13bac400e9105071cd6af47084dfacad4e5e302c94bfed24e013afb73e"},

	};
	char text[200];
	(void)state;
	memset(text, 'a', sizeof(text));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_hash(text, cases[i].n, cases[i].hash);
}

/* A million times 'a', in pieces of many lengths. */
static void test_pieces(void **state)
{
	char text[1000], hex[SHA256_HEX];
	struct sha256 h;
	(void)state;
	memset(text, 'a', sizeof(text));
	sha256_start(&h);
	for (size_t done = 0, n = 1; done < 1000000; done += n, n = n % 997 + 1)
		sha256_add(&h, text, n = n < 1000000 - done ? n : 1000000 - done);
	sha256_finish(&h, hex);
	assert_string_equal(
		hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nist),
		cmocka_unit_test(test_edges),
		cmocka_unit_test(test_pieces),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
