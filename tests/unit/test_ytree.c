/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Trees and complaints are compared as text with what a person reads off the YAML by eye: the
 * places are counted by hand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/tree_text.h"

#include <fcntl.h>
#include <unistd.h>

static void test_scalars(void **state)
{
	struct fixture *f = *state;

	assert_tree(parse(f, "# c\ncpu: 2.4 GHz # clock\nname: \"a b\"\nx: 'it''s'\nnone:\n"),
		"{cpu@2:1+3='2.4 GHz'@2:6+7 name@3:1+4=\"a b\"@3:7+5 x@4:1+1=\"it's\"@4:4+7 "
		"none@5:1+4=''@5:6+0}@2:1+0");
	assert_printed(f->diag, "");
}

static void test_collections(void **state)
{
	struct fixture *f = *state;

	assert_tree(parse(f, "t: {size: 64 B, rate: line}\nc: [a, {n: b}]\n"),
		"{t@1:1+1={size@1:5+4='64 B'@1:11+4 rate@1:17+4='line'@1:23+4}@1:4+24 "
		"c@2:1+1=['a'@2:5+1 {n@2:9+1='b'@2:12+1}@2:8+6]@2:4+11}@1:1+0");
	assert_tree(parse(f, "c:\n  - a\n  - n: b\n    m: c\n"),
		"{c@1:1+1=['a'@2:5+1 {n@3:5+1='b'@3:8+1 m@4:5+1='c'@4:8+1}@3:5+0]@2:3+0}@1:1+0");
	assert_tree(parse(f, "[]"), "[]@1:1+2");
	assert_tree(parse(f, "{a: [1,\n2]}\n"), "{a@1:2+1=['1'@1:6+1 '2'@2:1+1]@1:5+1}@1:1+1");
	assert_printed(f->diag, "");
}

/* Columns and lengths count characters; a byte order mark does not count. */
static void test_characters(void **state)
{
	struct fixture *f = *state;

	assert_tree(parse(f, "\xef\xbb\xbf{\xc3\xa4: \xe2\x82\xac\xe2\x82\xac, b: c}"),
		"{\xc3\xa4@1:2+1='\xe2\x82\xac\xe2\x82\xac'@1:5+2 b@1:9+1='c'@1:12+1}@1:1+13");
	assert_tree(parse(f, "a: 1\r\nb: 2\rc: 3\n"),
		"{a@1:1+1='1'@1:4+1 b@2:1+1='2'@2:4+1 c@3:1+1='3'@3:4+1}@1:1+0");
	assert_tree(parse(f, "a: |\n  x\n  y\nb: z\n"),
		"{a@1:1+1=\"x\ny\n\"@1:4+0 b@4:1+1='z'@4:4+1}@1:1+0");
	assert_printed(f->diag, "");
}

static void test_get(void **state)
{
	struct fixture *f = *state;
	struct ynode *root = parse(f, "a: 1\nb: [x]\n");

	assert_string_equal(ytree_get(root, "a")->text, "1");
	assert_int_equal(ytree_get(root, "b")->kind, YNODE_LIST);
	assert_null(ytree_get(root, "c"));
	assert_null(ytree_get(ytree_get(root, "a"), "x"));
	assert_null(ytree_get(ytree_get(root, "b"), "x"));
	assert_null(ytree_get(NULL, "a"));
}

/* Every refusal says where, shows the line, underlines the token, and has a hint. */
static const struct refusal refusals[] = {
	{"a: &x 1\n", "t.yaml:1:4: error: '&' starts an anchor, which is not taken here\n"
		      "    1 | a: &x 1\n"
		      "      |    ^\n"
		      "  hint: leave it out, or put a text that starts with '&' in quotes\n"},
	{"a: *x\n", "t.yaml:1:4: error: '*' starts an alias, which is not taken here\n"
		    "    1 | a: *x\n"
		    "      |    ^~\n"
		    "  hint: write the value out, or put a text that starts with '*' in quotes\n"},
	{"a: !!str 1\n", "t.yaml:1:4: error: '!' starts a tag, which is not taken here\n"
			 "    1 | a: !!str 1\n"
			 "      |    ^\n"
			 "  hint: leave it out, or put a text that starts with '!' in quotes\n"},
	{"a: 1\nb: 2\na: 3\n", "t.yaml:3:1: error: key 'a' is given twice\n"
			       "    3 | a: 3\n"
			       "      | ^\n"
			       "  hint: first given in line 1, column 1: keep one of the two\n"},
	{"t: {cpu: 1, x: 2, cpu: 1}\n",
		"t.yaml:1:19: error: key 'cpu' is given twice\n"
		"    1 | t: {cpu: 1, x: 2, cpu: 1}\n"
		"      |                   ^~~\n"
		"  hint: first given in line 1, column 5: keep one of the two\n"},
	{"a: 1\n---\nb: 2\n", "t.yaml:2:1: error: a second document starts here\n"
			      "    2 | ---\n"
			      "      | ^~~\n"
			      "  hint: keep one document in a file\n"},
	{"%YAML 1.2\n---\nb: 2\n",
		"t.yaml:1:1: error: '%' starts a directive, which is not taken here\n"
		"    1 | %YAML 1.2\n"
		"      | ^\n"
		"  hint: indent a text that starts with '%', or put it in quotes\n"},
	{"[a]: 1\n", "t.yaml:1:1: error: a key must be a plain text\n"
		     "    1 | [a]: 1\n"
		     "      | ^\n"
		     "  hint: put a key that starts with '[' or '{' in quotes\n"},
	{"\"\": 1\n", "t.yaml:1:1: error: a key is missing before ':'\n"
		      "    1 | \"\": 1\n"
		      "      | ^~\n"
		      "  hint: write 'key: value'\n"},
	{"a: \"x\\0y\"\n", "t.yaml:1:4: error: a text with a NUL byte\n"
			   "    1 | a: \"x\\0y\"\n"
			   "      |    ^~~~~~\n"
			   "  hint: leave the \\0 out\n"},
	{"", "t.yaml:1:1: error: nothing is given here\n"
	     "    1 | \n"
	     "      | ^\n"
	     "  hint: comments alone are no value; write 'key: value' lines\n"},
	{"# just a comment\n\n", "t.yaml:1:1: error: nothing is given here\n"
				 "    1 | # just a comment\n"
				 "      | ^\n"
				 "  hint: comments alone are no value; write 'key: value' lines\n"},
	{"a: 1\nb: x\xff\n", "t.yaml:2:5: error: bytes that are not UTF-8\n"
			     "    2 | b: x\\xff\n"
			     "      |     ^~~~\n"
			     "  hint: save the file as UTF-8\n"},
	{"a: \xc3\xa4\x01\n", "t.yaml:1:5: error: a control character\n"
			      "    1 | a: \xc3\xa4\\x01\n"
			      "      |     ^~~~\n"
			      "  hint: replace it by a plain character\n"},
	{"a: x\xe2\x80\xa8y\n", "t.yaml:1:5: error: an unusual line separator\n"
				"    1 | a: x\\u{2028}y\n"
				"      |     ^~~~~~~~\n"
				"  hint: replace it by a plain character\n"},
	{"a:\n\tb: 1\n", "t.yaml:2:1: error: a tab is used to indent\n"
			 "    2 |  b: 1\n"
			 "      | ^\n"
			 "  hint: indent with spaces\n"},
	{"a:\n  b: 1\n\tc: 1\n", "t.yaml:3:1: error: a tab is used to indent\n"
				 "    3 |  c: 1\n"
				 "      | ^\n"
				 "  hint: indent with spaces\n"},
	{"a: |\n\tx\n", "t.yaml:2:1: error: a tab is used to indent\n"
			"    2 |  x\n"
			"      | ^\n"
			"  hint: indent with spaces\n"},
	{"a: b: c\n", "t.yaml:1:5: error: this ':' has no place here\n"
		      "    1 | a: b: c\n"
		      "      |     ^\n"
		      "  hint: put a text that contains ': ' in quotes; keys of one group start in "
		      "one column\n"},
	{"a: 1\nfoo\nb: 2\n",
		"t.yaml:2:1: error: a ':' is missing: a group holds lines 'key: value'\n"
		"    2 | foo\n"
		"      | ^\n"
		"  hint: write 'key: value' with a space behind the colon\n"},
	{"a:\n    b: 1\n  c: 2\n",
		"t.yaml:3:3: error: this does not fit the group of keys around it\n"
		"    3 |   c: 2\n"
		"      |   ^\n"
		"  hint: keys of one group start in one column, as 'key: value'\n"},
	{"a: [1, 2\nb: 3\n", "t.yaml:1:4: error: this '[' is not closed, or a ',' is missing\n"
			     "    1 | a: [1, 2\n"
			     "      |    ^\n"
			     "  hint: write a list as [a, b, c]\n"},
	{"a: {x: 1\nb: 3\n", "t.yaml:1:4: error: this '{' is not closed, or a ',' is missing\n"
			     "    1 | a: {x: 1\n"
			     "      |    ^\n"
			     "  hint: write a group as {key: value, key: value}\n"},
	{"a: \"abc\nb: 3\n", "t.yaml:1:4: error: this quote is never closed\n"
			     "    1 | a: \"abc\n"
			     "      |    ^\n"
			     "  hint: close it with the same kind of quote\n"},
	{"a: %5\n", "t.yaml:1:4: error: no value can start with '%'\n"
		    "    1 | a: %5\n"
		    "      |    ^\n"
		    "  hint: put the text in quotes\n"},
	{"\xc3\xa4: @x\n", "t.yaml:1:4: error: no value can start with '@'\n"
			   "    1 | \xc3\xa4: @x\n"
			   "      |    ^\n"
			   "  hint: put the text in quotes\n"},
	{"a: \"\\q\"\n", "t.yaml:1:5: error: there is no such escape in a quoted text\n"
			 "    1 | a: \"\\q\"\n"
			 "      |     ^\n"
			 "  hint: write \\\\ for a backslash, or use single quotes\n"},
	{"a: - b\n",
		"t.yaml:1:4: error: a list element '- ' has no place here\n"
		"    1 | a: - b\n"
		"      |    ^\n"
		"  hint: put the list on lines of its own below its key, or write it as [a, b]\n"},
	{"a: [x, }\n", "t.yaml:1:8: error: a value is missing here\n"
		       "    1 | a: [x, }\n"
		       "      |        ^\n"
		       "  hint: write a value, or leave the key out\n"},
	{"{a: 1} b\n", "t.yaml:1:8: error: this stands behind the end of the file's value\n"
		       "    1 | {a: 1} b\n"
		       "      |        ^\n"
		       "  hint: a file holds one value: a group of 'key: value' lines\n"},
};

static void test_refusals(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		struct fixture *f;

		set_up((void **)&f);
		assert_null(parse(f, refusals[i].yaml));
		assert_printed(f->diag, refusals[i].complaint);
		tear_down((void **)&f);
	}
}

static void test_nul_byte(void **state)
{
	struct fixture *f = *state;

	assert_null(ytree_parse("t.yaml", "a: 1\nb\0c\n", 9, f->arena, f->diag));
	assert_printed(f->diag, "t.yaml:2:2: error: a NUL byte: this is no text file\n"
				"    2 | b\\x00c\n"
				"      |  ^~~~\n"
				"  hint: replace it by a plain character\n");
}

/* What does not break the structure is reported all at once. */
static void test_all_at_once(void **state)
{
	struct fixture *f = *state;

	assert_null(parse(f, "a: &x 1\nb: [*x, !t 2]\na: 3\nc: {*x : 1, d: 1, d: 2}\n"));
	assert_int_equal(diag_errors(f->diag), 6);
	assert_mentions(f->diag, "t.yaml:1:4: error: '&'");
	assert_mentions(f->diag, "t.yaml:2:5: error: '*'");
	assert_mentions(f->diag, "t.yaml:2:9: error: '!'");
	assert_mentions(f->diag, "t.yaml:3:1: error: key 'a' is given twice");
	assert_mentions(f->diag, "t.yaml:4:5: error: '*'");
	assert_mentions(f->diag, "t.yaml:4:19: error: key 'd' is given twice");
}

/* Three of one key are two complaints, each naming the first. */
static void test_three_of_a_key(void **state)
{
	struct fixture *f = *state;

	assert_null(parse(f, "k: 1\nk: 2\nk: 3\n"));
	assert_int_equal(diag_errors(f->diag), 2);
	assert_mentions(f->diag, "t.yaml:3:1: error: key 'k' is given twice\n"
				 "    3 | k: 3\n"
				 "      | ^\n"
				 "  hint: first given in line 1, column 1");
}

static void test_two_bad_lines(void **state)
{
	struct fixture *f = *state;

	assert_null(parse(f, "a: \x01\x02\r\nb: \xc2\x85\r\n"));
	assert_int_equal(diag_errors(f->diag), 2);
	assert_mentions(f->diag, "t.yaml:1:4:");
	assert_mentions(f->diag, "t.yaml:2:4: error: an unusual line separator");
}

static char *repeat(const char *unit, size_t n, const char *head, const char *tail)
{
	size_t len = strlen(unit), at = strlen(head);
	char *text = xcalloc(at + n * len + strlen(tail) + 1, 1);

	memcpy(text, head, at);
	for (size_t i = 0; i < n; i++, at += len)
		memcpy(text + at, unit, len);
	memcpy(text + at, tail, strlen(tail));
	return text;
}

static void test_depth(void **state)
{
	struct fixture *f = *state;

	assert_non_null(parse(f, "[[[[[[[[[[[[[[[[x]]]]]]]]]]]]]]]]"));
	assert_printed(f->diag, "");
	assert_null(parse(f, "[[[[[[[[[[[[[[[[[x]]]]]]]]]]]]]]]]]"));
	assert_printed(f->diag, "t.yaml:1:17: error: more than 16 lists and groups inside each "
				"other\n"
				"    1 | [[[[[[[[[[[[[[[[[x]]]]]]]]]]]]]]]]]\n"
				"      |                 ^\n"
				"  hint: check the indentation and the brackets\n");
}

/* Brackets that open nothing do not count. */
static void test_depth_of_text(void **state)
{
	struct fixture *f = *state;

	assert_non_null(parse(f, "a: \"[[[[[[[[[[[[[[[[[[[[[[[[\" # [[[[[[[[[[[[[[[[[[[[[[[[\n"
				 "b: |\n  [[[[[[[[[[[[[[[[[[[[[[[[\n"));
	assert_printed(f->diag, "");
}

/* Without a limit on depth, libyaml would need minutes for these. */
static void test_hostile_depth(void **state)
{
	static const char *const units[] = {"[", "{a: ", "- ", "[\n", "? ", "{", "[{a: "};

	(void)state;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		char *text = repeat(units[i], 1000000 / strlen(units[i]), "", "");
		struct fixture *f;

		set_up((void **)&f);
		assert_null(parse(f, text));
		assert_int_equal(diag_errors(f->diag), 1);
		tear_down((void **)&f);
		free(text);
	}
}

/* The same for tag directives, which it compares with each other. */
static void test_hostile_directives(void **state)
{
	struct fixture *f = *state;
	char *text = repeat("%TAG !x! y\n", 90000, "", "--- a\n");

	assert_null(parse(f, text));
	assert_mentions(f->diag, "t.yaml:1:1: error: '%' starts a directive");
	free(text);
}

static void test_most_nodes(void **state)
{
	struct fixture *f = *state;
	char *text = repeat("a,", 99999, "[", "]");
	struct ynode *root = parse(f, text);

	assert_non_null(root);
	assert_int_equal(root->n, 99999);
	free(text);
	text = repeat("a,", 100000, "[", "]");
	assert_null(parse(f, text));
	assert_mentions(
		f->diag, "t.yaml:1:200000: error: the file holds more than 100000 values\n");
	free(text);
}

static void test_most_bytes(void **state)
{
	struct fixture *f = *state;
	char *text = repeat("x", (1 << 20) - 3, "a: ", "");

	assert_non_null(parse(f, text));
	assert_printed(f->diag, "");
	free(text);
	text = repeat("x", (1 << 20) - 2, "a: ", "");
	assert_null(parse(f, text));
	assert_printed(f->diag, "t.yaml: error: cannot read this file: it is larger than 1 MiB\n"
				"  hint: is this the right file?\n");
	free(text);
}

static void test_long_keys(void **state)
{
	struct fixture *f = *state;
	char *text = repeat("k", 1024, "? ", "\n: v\n");

	assert_non_null(parse(f, text));
	free(text);
	text = repeat("k", 1025, "? ", "\n: v\n");
	assert_null(parse(f, text));
	assert_mentions(f->diag, "t.yaml:1:3: error: a key of more than 1024 bytes\n");
	free(text);
}

static void test_files(void **state)
{
	struct fixture *f = *state;
	char name[] = "/tmp/test_ytree_XXXXXX", expected[256];
	int fd = mkstemp(name);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, "a: 1\nb 2\n", 9), 9);
	close(fd);
	assert_null(ytree_read(name, f->arena, f->diag));
	snprintf(expected, sizeof(expected), "%s:2:1: error: a ':' is missing", name);
	assert_mentions(f->diag, expected);
	fd = open(name, O_WRONLY | O_TRUNC);
	assert_int_equal(write(fd, "a: 1\n", 5), 5);
	close(fd);
	assert_tree(ytree_read(name, f->arena, f->diag), "{a@1:1+1='1'@1:4+1}@1:1+0");
	unlink(name);
}

static void test_unreadable_files(void **state)
{
	struct fixture *f = *state;

	assert_null(ytree_read("/no/such.yaml", f->arena, f->diag));
	assert_null(ytree_read("/", f->arena, f->diag));
	assert_null(ytree_read("/dev/zero", f->arena, f->diag));
	assert_printed(f->diag,
		"/no/such.yaml: error: cannot read this file: No such file or directory\n"
		"/: error: cannot read this file: Is a directory\n"
		"/dev/zero: error: cannot read this file: it is larger than 1 MiB\n"
		"  hint: is this the right file?\n");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_scalars),
		TEST(test_collections),
		TEST(test_characters),
		TEST(test_get),
		cmocka_unit_test(test_refusals),
		TEST(test_nul_byte),
		TEST(test_all_at_once),
		TEST(test_three_of_a_key),
		TEST(test_two_bad_lines),
		TEST(test_depth),
		TEST(test_depth_of_text),
		cmocka_unit_test(test_hostile_depth),
		TEST(test_hostile_directives),
		TEST(test_most_nodes),
		TEST(test_most_bytes),
		TEST(test_long_keys),
		TEST(test_files),
		TEST(test_unreadable_files),
	};

	return cmocka_run_group_tests_name("ytree", tests, NULL, NULL);
}
