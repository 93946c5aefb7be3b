/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Values, places and messages are compared with what a person expects of the YAML, to the byte.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/plan_table.h"

static void test_defaults(void **state)
{
	struct fixture *f = *state;

	assert_true(read_plan(f, "{}"));
	assert_null(f->plan.note);
	assert_quantity(f->plan.cpu, 2.6e9, DIM_FREQ);
	assert_quantity(f->plan.traffic.size, 64, DIM_SIZE);
	assert_quantity(f->plan.traffic.rate, 0, (enum dim)0);
	assert_int_equal(f->plan.traffic.arrivals, 1);
	assert_int_equal(f->plan.goal.tries, 3);
	assert_true(f->plan.goal.strict);
	assert_int_equal(f->plan.chain.n, 2);
	assert_string_equal(hop(f, 0)->nf, "l2fwd");
	assert_int_equal(hop(f, 0)->vcpus, 1);
	assert_int_equal(hop(f, 0)->tags.n, 2);
	assert_string_equal(tag(&hop(f, 0)->tags, 1), "b");
	assert_int_equal(hop(f, 1)->vcpus, 2);
	assert_int_equal(hop(f, 1)->given, 0); /* not by the file */
	assert_int_equal(f->plan.servers.n, 0);
	assert_int_equal(f->plan.tags.n, 0);
	assert_int_equal(f->plan.mode, 1);
	assert_int_equal(f->plan.given, 0);
	assert_int_equal(f->plan.traffic.given, 0);
}

/* No node at all means the same, and nothing is required then. */
static void test_no_node(void **state)
{
	struct fixture *f = *state;
	struct hop h;

	assert_true(param_read(&plan_table, NULL, &f->plan, f->arena, f->diag));
	assert_quantity(f->plan.cpu, 2.6e9, DIM_FREQ);
	assert_true(param_read(&hop_table, NULL, &h, f->arena, f->diag));
	assert_null(h.nf);
	assert_int_equal(h.vcpus, 1);
	assert_printed(f->diag, "");
}

static void test_all_types(void **state)
{
	struct fixture *f = *state;

	assert_true(read_plan(f,
		"note: 'two words'\n"
		"cpu: 1.2 GHz\n"
		"traffic: {size: 1.5 kB, rate: 10 Gb/s, arrivals: on-off}\n"
		"goal: {loss: 0.5%, tries: -7, strict: Off}\n"
		"chain: [{nf: fw, vcpus: 4, fast: yes, tags: c}, {nf: ids, tags: []}]\n"
		"servers: {a: {platform: c6220, own: {size: 65 B}}}\n"
		"tags: [x, 'y z', 5]\n"
		"mode: run to completion\n"));
	assert_string_equal(f->plan.note, "two words");
	assert_quantity(f->plan.cpu, 1.2e9, DIM_FREQ);
	assert_quantity(f->plan.traffic.size, 1500, DIM_SIZE);
	assert_quantity(f->plan.traffic.rate, 1e10, DIM_BPS);
	assert_int_equal(f->plan.traffic.arrivals, 2);
	assert_quantity(f->plan.goal.loss, 0.005, DIM_RATIO);
	assert_int_equal(f->plan.goal.tries, -7);
	assert_false(f->plan.goal.strict);
	assert_int_equal(f->plan.chain.n, 2);
	assert_int_equal(hop(f, 0)->vcpus, 4);
	assert_true(hop(f, 0)->fast);
	assert_false(hop(f, 1)->fast);
	assert_string_equal(tag(&hop(f, 0)->tags, 0), "c");
	assert_int_equal(hop(f, 0)->tags.n, 1);
	assert_int_equal(hop(f, 1)->tags.n, 0);
	assert_string_equal(server(f, 0)->name, "a");
	assert_int_equal(server(f, 0)->mark.line, 6);
	assert_int_equal(server(f, 0)->mark.column, 11);
	assert_quantity(server(f, 0)->own.size, 65, DIM_SIZE);
	assert_string_equal(tag(&f->plan.tags, 1), "y z");
	assert_int_equal(f->plan.tags.n, 3);
	assert_int_equal(f->plan.mode, 0);
	assert_printed(f->diag, "");
}

static void test_shorthand(void **state)
{
	struct fixture *f = *state;

	assert_true(read_plan(
		f, "traffic: 128 B\nchain: [fw, {nf: ids}]\nservers: {a: c6220, b.1-x: d}\n"));
	assert_quantity(f->plan.traffic.size, 128, DIM_SIZE);
	assert_int_equal(f->plan.traffic.given, 1);
	assert_int_equal(f->plan.traffic.arrivals, 1);
	assert_string_equal(hop(f, 0)->nf, "fw");
	assert_string_equal(hop(f, 1)->nf, "ids");
	assert_string_equal(server(f, 1)->name, "b.1-x");
	assert_string_equal(server(f, 1)->platform, "d");
}

static void test_ends_of_ranges(void **state)
{
	struct fixture *f = *state;

	assert_true(
		read_plan(f, "traffic: {size: 64 B, rate: 0 pps}\nchain: [{nf: a, vcpus: 64}]\n"));
	assert_true(read_plan(f, "traffic: 9216 B\nchain: [{nf: a, vcpus: 1}]\n"));
	assert_false(read_plan(f, "traffic: 9216.5 B\nchain: [{nf: a, vcpus: 65}]\n"));
	assert_int_equal(diag_errors(f->diag), 2);
}

static void test_given(void **state)
{
	struct fixture *f = *state;

	assert_true(read_plan(f, "cpu: 2.6 GHz\ntraffic: {rate: 5 pps}\n"));
	assert_true(param_given(&plan_table, &f->plan, "cpu"));
	assert_true(param_given(&plan_table, &f->plan, "traffic"));
	assert_false(param_given(&plan_table, &f->plan, "chain"));
	assert_false(param_given(&plan_table, &f->plan, "no such key"));
	assert_false(param_given(&traffic_table, &f->plan.traffic, "size"));
	assert_true(param_given(&traffic_table, &f->plan.traffic, "rate"));
	assert_false(param_given(&goal_table, &f->plan.goal, "tries"));
	assert_int_equal(f->plan.given, 6);
	assert_true(read_plan(f, "chain: [a, {nf: b, tags: c}]\n"));
	assert_int_equal(hop(f, 0)->given, 1);
	assert_int_equal(hop(f, 1)->given, 9);
}

static void assert_place(struct mark m, unsigned line, unsigned column, unsigned len)
{
	assert_int_equal(m.line, line);
	assert_int_equal(m.column, column);
	assert_int_equal(m.len, len);
}

/* Values that were not given are at their group's place. */
static void test_marks(void **state)
{
	struct fixture *f = *state;

	assert_true(read_set(f, "cpu: 1 GHz\nchain:\n  - {nf: a, vcpus: 2}\n  - b\n",
		"mode=pipeline", "traffic=65B"));
	assert_place(f->plan.mark, 1, 1, 0);
	assert_place(f->plan.marks[0], 1, 1, 0);
	assert_place(f->plan.marks[1], 1, 6, 5);
	assert_place(f->plan.marks[4], 3, 3, 0);
	assert_place(f->plan.marks[7], 1, 12, 8);
	assert_string_equal(f->plan.marks[7].source->text, "--set mode=pipeline");
	assert_place(f->plan.traffic.mark, 1, 15, 3);
	assert_place(hop(f, 0)->marks[0], 3, 10, 1);
	assert_place(hop(f, 0)->marks[1], 3, 20, 1);
	assert_place(hop(f, 0)->marks[3], 3, 5, 17);
	assert_place(hop(f, 1)->marks[0], 4, 5, 1);
	assert_place(hop(f, 1)->marks[1], 4, 5, 1);
}

/* The list of a default has its owner's place, not one in the table. */
static void test_marks_of_defaults(void **state)
{
	struct fixture *f = *state;

	assert_true(read_plan(f, "\n\ncpu: 1 GHz\n"));
	assert_place(hop(f, 1)->marks[1], 3, 1, 0);
	assert_string_equal(hop(f, 1)->marks[1].source->name, "p.yaml");
	assert_place(f->plan.traffic.mark, 3, 1, 0);
}

struct mistake {
	const char *yaml, *complaint;
};

static const struct mistake mistakes[] = {
	{"cpu: 2.4 GB\n", "p.yaml:1:6: error: 'cpu' wants a frequency such as 2.4 GHz, not "
			  "'2.4 GB' (that is a size)\n"
			  "    1 | cpu: 2.4 GB\n"
			  "      |      ^~~~~~\n"
			  "  hint: units: Hz, kHz, MHz, GHz\n"},
	{"cpu: 24\n", "p.yaml:1:6: error: 'cpu' is a bare number: say the unit, such as 2.4 GHz\n"
		      "    1 | cpu: 24\n"
		      "      |      ^~\n"
		      "  hint: units: Hz, kHz, MHz, GHz\n"},
	{"cpu: 2.4 ghz\n",
		"p.yaml:1:6: error: 'cpu' has the unknown unit 'ghz'; did you mean '2.4 GHz'?\n"
		"    1 | cpu: 2.4 ghz\n"
		"      |      ^~~~~~~\n"
		"  hint: units: Hz, kHz, MHz, GHz\n"},
	{"traffic: {rate: 10 G}\n",
		"p.yaml:1:17: error: 'rate' has the unknown unit 'G'; did you mean '10 Gb/s'?\n"
		"    1 | traffic: {rate: 10 G}\n"
		"      |                 ^~~~\n"
		"  hint: units: b/s, kb/s, Mb/s, Gb/s, Tb/s, bps, kbps, Mbps, Gbps, Tbps, pps, "
		"kpps, Mpps, Gpps\n"},
	{"cpu: 5 parsecs\n", "p.yaml:1:6: error: 'cpu' has the unknown unit 'parsecs'\n"
			     "    1 | cpu: 5 parsecs\n"
			     "      |      ^~~~~~~~~\n"
			     "  hint: units: Hz, kHz, MHz, GHz\n"},
	{"cpu: fast\n", "p.yaml:1:6: error: 'cpu' wants a frequency such as 2.4 GHz, not 'fast'\n"
			"    1 | cpu: fast\n"
			"      |      ^~~~\n"
			"  hint: units: Hz, kHz, MHz, GHz\n"},
	{"cpu: 1_000 MHz\n",
		"p.yaml:1:6: error: 'cpu' wants a frequency such as 2.4 GHz, not '1_000 MHz'\n"
		"    1 | cpu: 1_000 MHz\n"
		"      |      ^~~~~~~~~\n"
		"  hint: numbers are decimal, like 1000, 2.5 or 1e6: no leading zeros, no "
		"separators\n"},
	{"cpu: 1e400 Hz\n",
		"p.yaml:1:6: error: 'cpu' is too large, too small or too long a number: "
		"'1e400 Hz'\n"
		"    1 | cpu: 1e400 Hz\n"
		"      |      ^~~~~~~~\n"
		"  hint: write at most 19 digits, and an exponent below 300\n"},
	{"cpu: 99 MHz\n", "p.yaml:1:6: error: 'cpu' is 99 MHz; it must be at least 100 MHz\n"
			  "    1 | cpu: 99 MHz\n"
			  "      |      ^~~~~~\n"},
	{"traffic: 10 kB\n", "p.yaml:1:10: error: 'size' is 10 kB; it must be 64 B to 9216 B\n"
			     "    1 | traffic: 10 kB\n"
			     "      |          ^~~~~\n"},
	{"traffic: {rate: -5 pps}\n",
		"p.yaml:1:17: error: 'rate' is -5 pps; it must be at least 0 pps\n"
		"    1 | traffic: {rate: -5 pps}\n"
		"      |                 ^~~~~~\n"},
	{"goal: {loss: 101%}\n", "p.yaml:1:14: error: 'loss' is 101%; it must be 0% to 100%\n"
				 "    1 | goal: {loss: 101%}\n"
				 "      |              ^~~~\n"},
	{"goal: {loss: 0, tries: 11}\n",
		"p.yaml:1:24: error: 'tries' is 11; it must be at most 10\n"
		"    1 | goal: {loss: 0, tries: 11}\n"
		"      |                        ^~\n"},
	{"goal: {loss: 0, tries: 2.5}\n",
		"p.yaml:1:24: error: 'tries' wants a whole number, not '2.5'\n"
		"    1 | goal: {loss: 0, tries: 2.5}\n"
		"      |                        ^~~\n"
		"  hint: write decimal digits only, such as 32\n"},
	{"goal: {loss: 0, tries: 0x1}\n",
		"p.yaml:1:24: error: 'tries' wants a whole number, not '0x1'\n"
		"    1 | goal: {loss: 0, tries: 0x1}\n"
		"      |                        ^~~\n"
		"  hint: write decimal digits only, such as 32\n"},
	{"goal: {loss: 0, tries: 1 GB}\n",
		"p.yaml:1:24: error: 'tries' wants a whole number, not '1 GB'\n"
		"    1 | goal: {loss: 0, tries: 1 GB}\n"
		"      |                        ^~~~\n"
		"  hint: write decimal digits only, such as 32\n"},
	{"goal: {loss: 0, tries: -9007199254740994}\n",
		"p.yaml:1:24: error: 'tries' is too large: '-9007199254740994'\n"
		"    1 | goal: {loss: 0, tries: -9007199254740994}\n"
		"      |                        ^~~~~~~~~~~~~~~~~\n"},
	{"goal: {loss: 0, strict: maybe}\n",
		"p.yaml:1:25: error: 'strict' wants yes or no, not 'maybe'\n"
		"    1 | goal: {loss: 0, strict: maybe}\n"
		"      |                         ^~~~~\n"
		"  hint: true, false, on and off do as well\n"},
	{"traffic: {arrivals: poison}\n",
		"p.yaml:1:21: error: 'arrivals' cannot be 'poison'; did you mean 'poisson'?\n"
		"    1 | traffic: {arrivals: poison}\n"
		"      |                     ^~~~~~\n"
		"  hint: one of cbr, poisson, on-off\n"},
	{"mode: x\n", "p.yaml:1:7: error: 'mode' cannot be 'x'\n"
		      "    1 | mode: x\n"
		      "      |       ^\n"
		      "  hint: one of run to completion, pipeline\n"},
	{"servres: {}\n", "p.yaml:1:1: error: unknown key 'servres'; did you mean 'servers'?\n"
			  "    1 | servres: {}\n"
			  "      | ^~~~~~~\n"},
	{"traffic: {colour: 1}\n", "p.yaml:1:11: error: unknown key 'colour'\n"
				   "    1 | traffic: {colour: 1}\n"
				   "      |           ^~~~~~\n"
				   "  hint: keys here: size, rate, arrivals\n"},
	{"cpu:\n",
		"p.yaml:1:5: error: 'cpu' has no value\n"
		"    1 | cpu:\n"
		"      |     ^\n"
		"  hint: write a value behind the ':', or leave the key out to get its default\n"},
	{"traffic: ~\n",
		"p.yaml:1:10: error: 'traffic' has no value\n"
		"    1 | traffic: ~\n"
		"      |          ^\n"
		"  hint: write a value behind the ':', or leave the key out to get its default\n"},
	{"tags: [~]\n",
		"p.yaml:1:8: error: 'tags' has no value\n"
		"    1 | tags: [~]\n"
		"      |        ^\n"
		"  hint: write a value behind the ':', or leave the key out to get its default\n"},
	{"cpu: [1 GHz]\n",
		"p.yaml:1:6: error: 'cpu' wants a frequency such as 2.4 GHz, not a list\n"
		"    1 | cpu: [1 GHz]\n"
		"      |      ^~~~~~~\n"},
	{"note: {a: 1}\n", "p.yaml:1:7: error: 'note' wants a text, not a group of keys\n"
			   "    1 | note: {a: 1}\n"
			   "      |       ^~~~~~\n"},
	{"goal: 5%\n", "p.yaml:1:7: error: 'goal' wants a group of keys and values, not '5%'\n"
		       "    1 | goal: 5%\n"
		       "      |       ^~\n"
		       "  hint: write {key: value}, or 'key: value' on lines of their own\n"},
	{"chain: fw\n", "p.yaml:1:8: error: 'chain' wants a list such as [a, b], not 'fw'\n"
			"    1 | chain: fw\n"
			"      |        ^~\n"
			"  hint: write each element behind '- ' on a line of its own, or all in "
			"[ ]\n"},
	{"servers: [a]\n", "p.yaml:1:10: error: 'servers' wants a group of names such as {a: ..., "
			   "b: ...}, not a list\n"
			   "    1 | servers: [a]\n"
			   "      |          ^~~\n"},
	{"servers: {9a: x}\n",
		"p.yaml:1:11: error: '9a' is no name\n"
		"    1 | servers: {9a: x}\n"
		"      |           ^~\n"
		"  hint: names start with a letter and go on with letters, digits, '_', '.' and "
		"'-', up to 64 in all\n"},
	{"tags: {a: b}\n", "p.yaml:1:7: error: 'tags' wants a text or a list of texts such as "
			   "[a, b], not a group of keys\n"
			   "    1 | tags: {a: b}\n"
			   "      |       ^~~~~~\n"},
	{"- a\n", "p.yaml:1:1: error: 'plan' wants a group of keys and values, not a list\n"
		  "    1 | - a\n"
		  "      | ^\n"
		  "  hint: write {key: value}, or 'key: value' on lines of their own\n"},
	{"goal: {tries: 1}\n", "p.yaml:1:7: error: 'loss' is missing\n"
			       "    1 | goal: {tries: 1}\n"
			       "      |       ^~~~~~~~~~\n"
			       "  hint: Share that may be lost.\n"},
	/* the misspelt key is complaint enough */
	{"goal: {los: 1}\n", "p.yaml:1:8: error: unknown key 'los'; did you mean 'loss'?\n"
			     "    1 | goal: {los: 1}\n"
			     "      |        ^~~\n"},
	{"chain: [{vcpus: 2}]\n", "p.yaml:1:9: error: 'nf' is missing\n"
				  "    1 | chain: [{vcpus: 2}]\n"
				  "      |         ^~~~~~~~~~\n"
				  "  hint: Which function.\n"},
	{"chain: [[x]]\n", "p.yaml:1:9: error: 'nf' wants a text, not a list\n"
			   "    1 | chain: [[x]]\n"
			   "      |         ^~~\n"},
};

static void test_mistakes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		struct fixture *f;

		set_up((void **)&f);
		assert_false(read_plan(f, mistakes[i].yaml));
		assert_printed(f->diag, mistakes[i].complaint);
		tear_down((void **)&f);
	}
}

/* One pass finds everything, in the order of the file; good values are read all the same. */
static void test_all_at_once(void **state)
{
	struct fixture *f = *state;

	assert_false(read_plan(f, "foo: 1\n"
				  "cpu: 3\n"
				  "traffic: {size: 5 B, rate: 5 GHz, arrivals: never}\n"
				  "chain: [{vcpus: 0}, [], {nf: a, fast: 2}]\n"
				  "servers: {0: x, a: , b: {platform: y, z: 1}}\n"
				  "mode: pipeline\n"
				  "tags: [{}, x]\n"));
	assert_int_equal(diag_errors(f->diag), 13);
	assert_mentions(f->diag, "p.yaml:1:1: error: unknown key 'foo'");
	assert_mentions(f->diag, "p.yaml:2:6: error: 'cpu' is a bare number");
	assert_mentions(f->diag, "p.yaml:3:17: error: 'size' is 5 B");
	assert_mentions(f->diag, "p.yaml:3:28: error: 'rate' wants a bit rate such as 10 Gb/s or a "
				 "packet rate such as 2 Mpps, not '5 GHz' (that is a frequency)");
	assert_mentions(f->diag, "p.yaml:3:45: error: 'arrivals' cannot be 'never'");
	assert_mentions(f->diag, "p.yaml:4:9: error: 'nf' is missing");
	assert_mentions(f->diag, "p.yaml:4:17: error: 'vcpus' is 0; it must be 1 to 64");
	assert_mentions(f->diag, "p.yaml:4:21: error: 'nf' wants a text, not a list");
	assert_mentions(f->diag, "p.yaml:4:39: error: 'fast' wants yes or no, not '2'");
	assert_mentions(f->diag, "p.yaml:5:11: error: '0' is no name");
	assert_mentions(f->diag, "p.yaml:5:20: error: 'a' has no value");
	assert_mentions(f->diag, "p.yaml:5:39: error: unknown key 'z'");
	assert_mentions(f->diag, "p.yaml:7:8: error: 'tags' wants a text");
	assert_int_equal(f->plan.mode, 1);
	assert_string_equal(server(f, 2)->platform, "y");
}

static void test_names(void **state)
{
	struct fixture *f = *state;
	char yaml[200], name[66];

	memset(name, 'n', 65);
	name[64] = '\0';
	snprintf(yaml, sizeof(yaml), "servers: {%s: x, _: y, A-b_c.9: z}\n", name);
	assert_true(read_plan(f, yaml));
	assert_string_equal(server(f, 0)->name, name);
	name[64] = 'n';
	name[65] = '\0';
	snprintf(yaml, sizeof(yaml), "servers: {%s: x, -a: z, 'b c': w, \xc3\xa4: v}\n", name);
	assert_false(read_plan(f, yaml));
	assert_int_equal(diag_errors(f->diag), 4);
}

/* Long or hostile texts are cut and escaped in messages. */
static void test_strange_texts(void **state)
{
	struct fixture *f = *state;
	char *text, *yaml, x[1001];

	memset(x, 'x', 1000);
	x[1000] = '\0';
	yaml = arena_printf(f->arena, "cpu: \"\\e[2J%s\"\n", x);
	assert_false(read_plan(f, yaml));
	text = printed(f->diag);
	assert_null(strchr(text, '\033'));
	assert_non_null(strstr(text, "not '\\x1b[2Jxxx"));
	assert_non_null(strstr(text, "xxx...'\n"));
	assert_true(strlen(text) < 600);
	free(text);
}

static void test_set(void **state)
{
	struct fixture *f = *state;

	assert_true(read_set(
		f, "traffic: 128 B\nchain: [fw]\n", "traffic.arrivals=cbr", "chain.0.vcpus=3"));
	assert_quantity(f->plan.traffic.size, 128, DIM_SIZE);
	assert_int_equal(f->plan.traffic.arrivals, 0);
	assert_int_equal(f->plan.traffic.given, 5);
	assert_string_equal(hop(f, 0)->nf, "fw");
	assert_int_equal(hop(f, 0)->vcpus, 3);
	/* the key wins over what the file said in short */
	assert_true(read_set(f, "traffic: 128 B\n", "traffic.size=256B", NULL));
	assert_quantity(f->plan.traffic.size, 256, DIM_SIZE);
	assert_true(read_set(f, "{}", "servers.a.own.size=99B", "servers.a.platform=p"));
	assert_quantity(server(f, 0)->own.size, 99, DIM_SIZE);
	assert_printed(f->diag, "");
}

static const struct {
	const char *yaml, *set, *complaint;
} set_mistakes[] = {
	{"cpu: 1 GHz\n", "cpu.max=2 GHz",
		"--set cpu.max=2 GHz:1:11: error: 'cpu' wants a frequency such as 2.4 GHz, not a "
		"group of keys\n"
		"    1 | --set cpu.max=2 GHz\n"
		"      |           ^~~\n"},
	{"cpu: 1 GHz\n", "cpu=1.2GB",
		"--set cpu=1.2GB:1:11: error: 'cpu' wants a frequency such as 2.4 GHz, not "
		"'1.2GB' (that is a size)\n"
		"    1 | --set cpu=1.2GB\n"
		"      |           ^~~~~\n"
		"  hint: units: Hz, kHz, MHz, GHz\n"},
	{"cpu: 1 GHz\n", "trafic.size=65B",
		"--set trafic.size=65B:1:7: error: unknown key 'trafic'; did you mean 'traffic'?\n"
		"    1 | --set trafic.size=65B\n"
		"      |       ^~~~~~\n"},
	{"cpu: 1 GHz\n", "traffic.sise=65B",
		"--set traffic.sise=65B:1:15: error: unknown key 'sise'; did you mean 'size'?\n"
		"    1 | --set traffic.sise=65B\n"
		"      |               ^~~~\n"},
	{"goal: 5%\n", "goal.loss=1%",
		"p.yaml:1:7: error: 'goal' wants a group of keys and values, not '5%'\n"
		"    1 | goal: 5%\n"
		"      |       ^~\n"
		"  hint: write {key: value}, or 'key: value' on lines of their own\n"},
	{"servers: x\n", "servers.a=y",
		"p.yaml:1:10: error: 'servers' wants a group of names such as {a: ..., b: ...}, "
		"not 'x'\n"
		"    1 | servers: x\n"
		"      |          ^\n"},
	{"chain: [a]\n", "chain.nf=b",
		"--set chain.nf=b:1:13: error: 'chain' wants a list such as [a, b], not a group "
		"of keys\n"
		"    1 | --set chain.nf=b\n"
		"      |             ^~\n"
		"  hint: write each element behind '- ' on a line of its own, or all in [ ]\n"},
};

static void test_set_mistakes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(set_mistakes) / sizeof(set_mistakes[0]); i++) {
		struct fixture *f;

		set_up((void **)&f);
		assert_false(read_set(f, set_mistakes[i].yaml, set_mistakes[i].set, NULL));
		assert_printed(f->diag, set_mistakes[i].complaint);
		tear_down((void **)&f);
	}
}

/* Complaints of others do not make a reading fail. */
static void test_result_is_about_this_call(void **state)
{
	struct fixture *f = *state;

	diag_error(f->diag, (struct mark){0}, NULL, "something else");
	assert_true(read_plan(f, "{}"));
}

static void test_quantity_or_word(void **state)
{
	struct fixture *f = *state;
	struct quantity q;

	assert_true(param_quantity(&traffic_params[0], "128 B", (struct mark){0}, &q, f->diag));
	assert_quantity(q, 128, DIM_SIZE);
	assert_false(param_quantity(&traffic_params[0], "12 B", (struct mark){0}, &q, f->diag));
	assert_quantity(q, 0, (enum dim)0);
	assert_printed(f->diag, "error: 'size' is 12 B; it must be 64 B to 9216 B\n");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_defaults),
		TEST(test_no_node),
		TEST(test_all_types),
		TEST(test_shorthand),
		TEST(test_ends_of_ranges),
		TEST(test_given),
		TEST(test_marks),
		TEST(test_marks_of_defaults),
		cmocka_unit_test(test_mistakes),
		TEST(test_all_at_once),
		TEST(test_names),
		TEST(test_strange_texts),
		TEST(test_set),
		cmocka_unit_test(test_set_mistakes),
		TEST(test_result_is_about_this_call),
		TEST(test_quantity_or_word),
	};

	return cmocka_run_group_tests_name("param", tests, NULL, NULL);
}
