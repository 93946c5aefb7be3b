/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Assignments of --set: the tree that results, with its places, compared as text.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/tree_text.h"

static bool set(struct fixture *f, struct ynode *root, const char *assignment)
{
	return ytree_set(root, assignment, f->arena, f->diag);
}

static void test_set(void **state)
{
	struct fixture *f = *state;
	struct ynode *root = parse(f, "cpu: 1\nc: [a, b]\nt: {s: 2}\n");

	assert_true(set(f, root, "cpu=2.4 GHz"));             /* replaces */
	assert_true(set(f, root, "t.s=128B"));                /* goes down */
	assert_true(set(f, root, "c.1=x"));                   /* into lists */
	assert_true(set(f, root, "new.sub={k: [v], w: ''}")); /* makes what is missing */
	assert_tree(root, "{cpu@1:7+3='2.4 GHz'@1:11+7 "
			  "c@2:1+1=['a'@2:5+1 'x'@1:11+1]@2:4+6 "
			  "t@3:1+1={s@1:9+1='128B'@1:11+4}@3:4+6 "
			  "new@1:7+3={sub@1:11+3={k@1:16+1=['v'@1:20+1]@1:19+3 "
			  "w@1:24+1=\"\"@1:27+2}@1:15+15}@1:7+3}@1:1+0");
	assert_string_equal(ytree_get(root, "cpu")->mark.source->text, "--set cpu=2.4 GHz");
	assert_printed(f->diag, "");
}

/* What stands where a map is needed stays as the entry "". */
static void test_set_below_a_scalar(void **state)
{
	struct fixture *f = *state;
	struct ynode *root = parse(f, "t: 64 B\nc: [a]\nl: [x]\nn:\ne: ~\nq: ''\n");

	assert_true(set(f, root, "t.r=1"));
	assert_true(set(f, root, "c.0.on=2"));
	assert_true(set(f, root, "l.k=3"));
	assert_true(set(f, root, "n.k=4"));
	assert_true(set(f, root, "e.k=5"));
	assert_true(set(f, root, "q.k=6"));
	assert_true(set(f, root, "q.k=7"));
	assert_tree(root, "{t@1:1+1={@1:1+1='64 B'@1:4+4 r@1:9+1='1'@1:11+1}@1:4+4 "
			  "c@2:1+1=[{@0:0+0='a'@2:5+1 on@1:11+2='2'@1:14+1}@2:5+1]@2:4+3 "
			  "l@3:1+1={@3:1+1=['x'@3:5+1]@3:4+3 k@1:9+1='3'@1:11+1}@3:4+3 "
			  "n@4:1+1={k@1:9+1='4'@1:11+1}@4:3+0 "
			  "e@5:1+1={k@1:9+1='5'@1:11+1}@5:4+1 "
			  "q@6:1+1={@6:1+1=\"\"@6:4+2 k@1:9+1='7'@1:11+1}@6:4+2}@1:1+0");
	assert_printed(f->diag, "");
}

static const struct refusal set_refusals[] = {
	{"cpu", "--set cpu:1:7: error: a '=' is missing\n"
		"    1 | --set cpu\n"
		"      |       ^~~\n"
		"  hint: write --set KEY=VALUE or --set GROUP.KEY=VALUE\n"},
	{"=5", "--set =5:1:7: error: a key is missing\n"
	       "    1 | --set =5\n"
	       "      |       ^\n"
	       "  hint: write --set KEY=VALUE or --set GROUP.KEY=VALUE\n"},
	{"", "--set :1:7: error: a '=' is missing\n"
	     "    1 | --set \n"
	     "      |       ^\n"
	     "  hint: write --set KEY=VALUE or --set GROUP.KEY=VALUE\n"},
	{"a.=5", "--set a.=5:1:7: error: a key is missing\n"
		 "    1 | --set a.=5\n"
		 "      |       ^~\n"
		 "  hint: write --set KEY=VALUE or --set GROUP.KEY=VALUE\n"},
	{"\xc3\xa4..b=5", "--set \xc3\xa4..b=5:1:9: error: a key is missing between dots\n"
			  "    1 | --set \xc3\xa4..b=5\n"
			  "      |         ^\n"
			  "  hint: write --set KEY=VALUE or --set GROUP.KEY=VALUE\n"},
	{"a=", "--set a=:1:8: error: a value is missing behind '='\n"
	       "    1 | --set a=\n"
	       "      |        ^\n"
	       "  hint: write --set KEY=VALUE or --set GROUP.KEY=VALUE\n"},
	{"l.2=5", "--set l.2=5:1:9: error: the list has no element 2\n"
		  "    1 | --set l.2=5\n"
		  "      |         ^\n"
		  "  hint: its elements are 0 to 1\n"},
	{"l.99999999999999999999=5",
		"--set l.99999999999999999999=5:1:9: error: the list has no element "
		"99999999999999999999\n"
		"    1 | --set l.99999999999999999999=5\n"
		"      |         ^~~~~~~~~~~~~~~~~~~~\n"
		"  hint: its elements are 0 to 1\n"},
	{"e.0=5", "--set e.0=5:1:9: error: the list has no element 0\n"
		  "    1 | --set e.0=5\n"
		  "      |         ^\n"
		  "  hint: it is empty\n"},
	{"\xc3\xa4=[1", "--set \xc3\xa4=[1:1:9: error: this '[' is not closed, or a ',' is "
			"missing\n"
			"    1 | --set \xc3\xa4=[1\n"
			"      |         ^\n"
			"  hint: write a list as [a, b, c]\n"},
	{"a={b: *c}", "--set a={b: *c}:1:13: error: '*' starts an alias, which is not taken "
		      "here\n"
		      "    1 | --set a={b: *c}\n"
		      "      |             ^~\n"
		      "  hint: write the value out, or put a text that starts with '*' in "
		      "quotes\n"},
	{"a=b\x01", "--set a=b\\x01:1:10: error: a control character\n"
		    "    1 | --set a=b\\x01\n"
		    "      |          ^~~~\n"
		    "  hint: replace it by a plain character\n"},
	{"a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q=1",
		"--set a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q=1:1:7: error: more than 16 keys "
		"in "
		"a path\n"
		"    1 | --set a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q=1\n"
		"      |       ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~\n"},
};

static void test_set_refusals(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(set_refusals) / sizeof(set_refusals[0]); i++) {
		struct fixture *f;
		struct ynode *root;

		set_up((void **)&f);
		root = parse(f, "l: [x, y]\ne: []\n");
		assert_false(set(f, root, set_refusals[i].yaml));
		assert_printed(f->diag, set_refusals[i].complaint);
		assert_tree(root, "{l@1:1+1=['x'@1:5+1 'y'@1:8+1]@1:4+6 e@2:1+1=[]@2:4+2}@1:1+0");
		tear_down((void **)&f);
	}
}

/* Only a number addresses a list; in a map, a number is a key like another. */
static void test_set_numbers(void **state)
{
	struct fixture *f = *state;
	struct ynode *root = parse(f, "m: {\"0\": a}\n");

	assert_true(set(f, root, "m.0=b"));
	assert_true(set(f, root, "m.1=c"));
	assert_tree(root, "{m@1:1+1={0@1:9+1='b'@1:11+1 1@1:9+1='c'@1:11+1}@1:4+8}@1:1+0");
	assert_true(set(f, root, "u=a=b")); /* the first '=' ends the path */
	assert_string_equal(ytree_get(root, "u")->text, "a=b");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_set),
		TEST(test_set_below_a_scalar),
		cmocka_unit_test(test_set_refusals),
		TEST(test_set_numbers),
	};

	return cmocka_run_group_tests_name("ytree_set", tests, NULL, NULL);
}
