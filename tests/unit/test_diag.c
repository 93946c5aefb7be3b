/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The texts are what a user should see, written by hand to the byte. The terminal is a real one
 * (a pty), since colour depends on it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/printed.h"

#include "base/diag.h"

#include <fcntl.h>
#include <unistd.h>

static const char yaml[] = "# one NF\n"
			   "dataplane: bess\n"
			   "\n"
			   "cpu: 2.4 GB\n"
			   "na\xc3\xafve: \xe2\x82\xac 5 # euro\n"
			   "last";
static const struct diag_source file = {"fw.yaml", yaml, sizeof(yaml) - 1};

static struct mark at(const struct diag_source *s, unsigned line, unsigned column, unsigned len)
{
	return (struct mark){s, line, column, len};
}

static void test_one_complaint(void **state)
{
	struct diag *d = diag_new();

	(void)state;
	diag_error(d, at(&file, 4, 6, 6), "write it like 2.4 GHz", "'%s' wants a frequency", "cpu");
	assert_printed(d, "fw.yaml:4:6: error: 'cpu' wants a frequency\n"
			  "    4 | cpu: 2.4 GB\n"
			  "      |      ^~~~~~\n"
			  "  hint: write it like 2.4 GHz\n");
	assert_int_equal(diag_errors(d), 1);
	diag_free(d);
}

static void test_nothing(void **state)
{
	struct diag *d = diag_new();

	(void)state;
	assert_printed(d, "");
	assert_int_equal(diag_errors(d), 0);
	diag_free(d);
	diag_free(NULL);
}

/* Columns count characters: the euro sign is three bytes and one column. */
static void test_columns_are_characters(void **state)
{
	struct diag *d = diag_new();

	(void)state;
	diag_error(d, at(&file, 5, 1, 5), NULL, "key");
	diag_error(d, at(&file, 5, 8, 3), NULL, "value");
	assert_printed(d, "fw.yaml:5:1: error: key\n"
			  "    5 | na\xc3\xafve: \xe2\x82\xac 5 # euro\n"
			  "      | ^~~~~\n"
			  "fw.yaml:5:8: error: value\n"
			  "    5 | na\xc3\xafve: \xe2\x82\xac 5 # euro\n"
			  "      |        ^~~\n");
	diag_free(d);
}

/* Blank lines, the last line without an end, and places behind the text. */
static void test_odd_lines(void **state)
{
	struct diag *d = diag_new();

	(void)state;
	diag_error(d, at(&file, 3, 1, 0), NULL, "blank");
	diag_error(d, at(&file, 6, 5, 0), NULL, "behind the last character");
	diag_error(d, at(&file, 7, 3, 9), NULL, "behind the last line");
	assert_printed(d, "fw.yaml:3:1: error: blank\n"
			  "    3 | \n"
			  "      | ^\n"
			  "fw.yaml:6:5: error: behind the last character\n"
			  "    6 | last\n"
			  "      |     ^\n"
			  "fw.yaml:7:3: error: behind the last line\n"
			  "    7 | \n"
			  "      |   ^\n");
	diag_free(d);
}

/* CR LF, CR and LF each end one line. */
static void test_line_ends(void **state)
{
	static const char text[] = "a\r\nb\rc\n\r\nd";
	const struct diag_source s = {"x", text, sizeof(text) - 1};
	static const char *const lines[] = {"a", "b", "c", "", "d"};

	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		struct diag *d = diag_new();
		char expected[100];

		diag_error(d, at(&s, i + 1, 1, 1), NULL, "e");
		snprintf(expected, sizeof(expected), "x:%u:1: error: e\n    %u | %s\n      | ^\n",
			i + 1, i + 1, lines[i]);
		assert_printed(d, expected);
		diag_free(d);
	}
}

/* Sources in the order of their first complaint, then line, then column; repeats once. */
static void test_order(void **state)
{
	static const struct diag_source set = {"--set a=1", "--set a=1", 9};
	struct diag *d = diag_new();

	(void)state;
	diag_error(d, at(&file, 0, 0, 0), NULL, "file as a whole");
	diag_error(d, at(&set, 1, 9, 1), NULL, "second source");
	diag_warning(d, at(&file, 4, 6, 0), NULL, "three");
	diag_error(d, at(&file, 4, 1, 0), NULL, "two");
	diag_error(d, at(&file, 2, 9, 0), NULL, "one");
	diag_error(d, at(&file, 4, 1, 0), NULL, "two");
	diag_error(d, (struct mark){0}, NULL, "nowhere");
	assert_printed(d, "fw.yaml: error: file as a whole\n"
			  "fw.yaml:2:9: error: one\n"
			  "    2 | dataplane: bess\n"
			  "      |         ^\n"
			  "fw.yaml:4:1: error: two\n"
			  "    4 | cpu: 2.4 GB\n"
			  "      | ^\n"
			  "fw.yaml:4:6: warning: three\n"
			  "    4 | cpu: 2.4 GB\n"
			  "      |      ^\n"
			  "--set a=1:1:9: error: second source\n"
			  "    1 | --set a=1\n"
			  "      |         ^\n"
			  "error: nowhere\n");
	assert_int_equal(diag_errors(d), 5);
	diag_free(d);
}

/* Same words at another place or in another strength are no repeat. */
static void test_repeats(void **state)
{
	struct diag *d = diag_new();

	(void)state;
	diag_error(d, at(&file, 4, 1, 0), NULL, "same");
	diag_error(d, at(&file, 4, 2, 0), NULL, "same");
	diag_error(d, at(&file, 5, 1, 0), NULL, "same");
	diag_error(d, at(&file, 4, 1, 3), NULL, "same");
	diag_warning(d, at(&file, 4, 1, 0), NULL, "same");
	assert_int_equal(diag_errors(d), 4);
	diag_error(d, at(&file, 5, 1, 0), "another hint", "same");
	assert_int_equal(diag_errors(d), 4);
	diag_free(d);
}

static void test_at_most_100(void **state)
{
	struct diag *d = diag_new();
	char *text;
	size_t lines = 0;

	(void)state;
	for (unsigned i = 0; i < 123; i++)
		diag_error(d, (struct mark){0}, NULL, "number %u", i);
	assert_int_equal(diag_errors(d), 123);
	text = printed(d);
	for (const char *c = text; *c; c++)
		lines += *c == '\n';
	assert_int_equal(lines, 101);
	assert_non_null(strstr(text, "error: number 99\nand 23 more\n"));
	free(text);
	diag_free(d);
}

/* Nothing from a file may reach the terminal as a command: not in names, texts, lines, hints. */
static void test_escapes(void **state)
{
	static const char text[] = "k: \033[2J\x07 \xff \xe2\x80\xae x # \xc2\x9b\n";
	const struct diag_source s = {"a\nb\033.yaml", text, sizeof(text) - 1};
	struct diag *d = diag_new();

	(void)state;
	diag_error(d, at(&s, 1, 12, 3), "try \177", "bad '%s'", "\033]0;title\a\r");
	assert_printed(d, "a\\x0ab\\x1b.yaml:1:12: error: bad '\\x1b]0;title\\x07\\x0d'\n"
			  "    1 | k: \\x1b[2J\\x07 \\xff \\u{202e} x # \\u{9b}\n"
			  "      |                     ^~~~~~~~~~\n"
			  "  hint: try \\x7f\n");
	diag_free(d);
}

static void test_put_escaped(void **state)
{
	static const struct {
		const char *text, *expected;
	} cases[] = {
		{"plain text~", "plain text~"}, {"\t\n", "\\x09\\x0a"},
		{"gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80", "gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80"},
		{"\xc3", "\\xc3"},                            /* cut short */
		{"\xc0\xaf", "\\xc0\\xaf"},                   /* overlong */
		{"\xed\xa0\x80", "\\xed\\xa0\\x80"},          /* surrogate */
		{"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"}, /* above U+10FFFF */
		{"\xe2\x81\xa6", "\\u{2066}"},                /* left-to-right isolate */
		{"\xe2\x80\x8b", "\\u{200b}"},                /* zero-width space */
		{"\xef\xbb\xbf", "\\u{feff}"}, {"\xf3\xa0\x81\x81", "\\u{e0041}"}, /* tag letter */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *text = NULL;
		size_t size;
		FILE *to = open_memstream(&text, &size);

		diag_put_escaped(to, cases[i].text, strlen(cases[i].text));
		fclose(to);
		assert_string_equal(text, cases[i].expected);
		free(text);
	}
}

/* A tab keeps its single column, so that the caret stays below its character. */
static void test_tab_in_line(void **state)
{
	static const struct diag_source s = {"t", "a:\tb", 4};
	struct diag *d = diag_new();

	(void)state;
	diag_error(d, at(&s, 1, 4, 1), NULL, "e");
	assert_printed(d, "t:1:4: error: e\n"
			  "    1 | a: b\n"
			  "      |    ^\n");
	diag_free(d);
}

/* Lines are shown around the mark, not in full. */
static void test_long_line(void **state)
{
	static char text[100000];
	const struct diag_source s = {"t", text, sizeof(text)};
	struct diag *d = diag_new();
	char *out, *shown, *caret;

	(void)state;
	memset(text, '.', sizeof(text));
	memcpy(text + 70000, "HERE", 4);
	diag_error(d, at(&s, 1, 70001, 4), NULL, "e");
	out = printed(d);
	assert_true(strlen(out) < 400);
	shown = strstr(out, "HERE");
	caret = strstr(out, "^~~~\n");
	assert_non_null(shown);
	assert_non_null(caret);
	assert_int_equal(shown - (strchr(out, '\n') + 1), caret - (strrchr(shown, '|') - 6));
	free(out);
	diag_free(d);
}

/* What a terminal receives; skips the test where none can be had, as in a bare chroot. */
static char *printed_to_terminal(const struct diag *d, char *buf, size_t size)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY);
	FILE *to;
	ssize_t n;

	if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0)
		skip();
	to = fopen(ptsname(master), "w");
	assert_non_null(to);
	diag_print(d, to);
	fflush(to);
	n = read(master, buf, size - 1);
	assert_true(n > 0);
	buf[n] = '\0';
	fclose(to);
	close(master);
	return buf;
}

static void test_colour(void **state)
{
	struct diag *d = diag_new();
	char buf[4096];

	(void)state;
	diag_error(d, at(&file, 4, 6, 6), NULL, "e");
	unsetenv("NO_COLOR");
	assert_non_null(
		strstr(printed_to_terminal(d, buf, sizeof(buf)), "\033[1;31merror:\033[0m e"));
	setenv("NO_COLOR", "1", 1);
	assert_null(strchr(printed_to_terminal(d, buf, sizeof(buf)), '\033'));
	assert_non_null(strstr(buf, "error: e"));
	setenv("NO_COLOR", "", 1); /* no-color.org: counts only when not empty */
	assert_non_null(strchr(printed_to_terminal(d, buf, sizeof(buf)), '\033'));
	unsetenv("NO_COLOR");
	assert_printed(d, "fw.yaml:4:6: error: e\n"
			  "    4 | cpu: 2.4 GB\n"
			  "      |      ^~~~~~\n");
	diag_free(d);
}

static void test_nearest(void **state)
{
	static const char *const keys[] = {
		"dataplane", "server", "servers", "cpu", "traffic", "chain", "run", "seed"};
	static const struct {
		const char *word, *nearest;
	} cases[] = {
		{"dataplan", "dataplane"}, /* a letter missing */
		{"dataplanes", "dataplane"},
		{"datapalne", "dataplane"}, /* neighbours swapped: one step */
		{"dataqlane", "dataplane"},
		{"DATAPLANE", "dataplane"},
		{"Server", "server"},
		{"serverz", "server"}, /* the first of equals */
		{"serevrs", "servers"},
		{"cup", "cpu"},
		{"cpus", "cpu"},
		{"tarfic", "traffic"},
		{"rn", "run"},
		{"dtplan", NULL}, /* 3 of 6 letters */
		{"color", NULL},
		{"x", NULL},
		{"", NULL},
		{"clock", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *nearest =
			diag_nearest(cases[i].word, keys, sizeof(keys) / sizeof(keys[0]));

		if (cases[i].nearest)
			assert_string_equal(nearest ? nearest : cases[i].word, cases[i].nearest);
		else
			assert_null(nearest);
	}
	assert_null(diag_nearest("cpu", NULL, 0));
	assert_null(diag_nearest("x", (const char *const[]){"y"}, 1)); /* nothing in common */
}

/* The limit is a third of the word: 2 of 6 letters may differ, 3 may not. */
static void test_nearest_limit(void **state)
{
	static const char *const words[] = {"abcdef"};
	char longer[1000];

	(void)state;
	assert_ptr_equal(diag_nearest("abcdxx", words, 1), words[0]);
	assert_null(diag_nearest("abcxxx", words, 1));
	assert_ptr_equal(diag_nearest("abdcfe", words, 1), words[0]); /* two swaps */
	assert_ptr_equal(diag_nearest("cdef", (const char *const[]){"def"}, 1), "def");
	memset(longer, 'a', sizeof(longer));
	longer[999] = '\0';
	assert_null(diag_nearest(longer, words, 1));
	assert_null(diag_nearest("abcdef", (const char *const[]){longer}, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_complaint),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_columns_are_characters),
		cmocka_unit_test(test_odd_lines),
		cmocka_unit_test(test_line_ends),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_repeats),
		cmocka_unit_test(test_at_most_100),
		cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_put_escaped),
		cmocka_unit_test(test_tab_in_line),
		cmocka_unit_test(test_long_line),
		cmocka_unit_test(test_colour),
		cmocka_unit_test(test_nearest),
		cmocka_unit_test(test_nearest_limit),
	};

	return cmocka_run_group_tests_name("diag", tests, NULL, NULL);
}
