/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plans of live runs. Truth: what a person expects of the lines. */
#include "calib/dpdk/live_plan.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/printed.h"

static const struct live_vnf vnfs[] = {{"l2fwd", 0}, {"lpm", 1000}};

struct fixture {
	struct arena *arena;
	struct diag *diag;
	struct diag_source source;
	struct live_plan plan;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->arena = arena_new();
	f->diag = diag_new();
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	diag_free(f->diag);
	arena_free(f->arena);
	free(f);
	return 0;
}

static bool parse_bytes(struct fixture *f, const char *text, size_t len)
{
	f->source = (struct diag_source){"p", text, len};
	return live_plan_parse(&f->source, vnfs, 2, &f->plan, f->arena, f->diag);
}

static bool parse(struct fixture *f, const char *text)
{
	return parse_bytes(f, text, strlen(text));
}

/* A plan of one line behind a good one is refused in these words, and nothing else is said. */
static void assert_refused(struct fixture *f, const char *line, const char *says)
{
	const char *text = arena_printf(f->arena, "a,lpm,1,1,1,0,64,1\n%s\n", line);

	assert_false(parse(f, text));
	assert_int_equal(diag_errors(f->diag), 1);
	assert_mentions(f->diag, says);
	diag_free(f->diag);
	f->diag = diag_new();
}

static void good(void **state)
{
	struct fixture *f = *state;

	assert_true(parse(f, "# a comment, with commas\n"
			     "id,vnf,entries,rx_burst,tx_burst,timer_us,size_B,rate_pps\n"
			     "a,lpm,1000,256,1,1000000,1518,1e9\r\n"
			     "\n \t\n"
			     " b , l2fwd , 4294967295, 1, 256, 0, 64, 1.5 "));
	assert_printed(f->diag, "");
	assert_int_equal(f->plan.n, 2);
	const struct live_run *r = f->plan.run;
	assert_string_equal(r[0].id, "a");
	assert_string_equal(r[0].guest.vnf, "lpm");
	assert_int_equal(r[0].guest.entries, 1000);
	assert_int_equal(r[0].guest.rx_burst, 256);
	assert_int_equal(r[0].guest.tx_burst, 1);
	assert_int_equal(r[0].guest.timer_us, 1000000);
	assert_int_equal(r[0].size_B, 1518);
	assert_true(r[0].rate_pps == 1e9);
	assert_string_equal(r[1].id, "b");
	assert_string_equal(r[1].guest.vnf, "l2fwd");
	assert_int_equal(r[1].guest.entries, UINT32_MAX);
	assert_true(r[1].rate_pps == 1.5);
	assert_false(live_plan_same_guest(&r[0], &r[1]));
}

static void one_mistake(void **state)
{
	struct fixture *f = *state;

	assert_refused(f, "b,lmp,1,1,1,0,64,1", "p:2:3: error: no VNF is called 'lmp'");
	assert_refused(f, "b,lpm,0,1,1,0,64,1", "p:2:7: error: 'entries' wants");
	assert_refused(f, "b,lpm,1001,1,1,0,64,1", "p:2:7: error: 'entries' wants");
	assert_refused(f, "b,lpm,1,0,1,0,64,1", "p:2:9: error: 'rx_burst' wants");
	assert_refused(f, "b,lpm,1,257,1,0,64,1", "p:2:9: error: 'rx_burst' wants");
	assert_refused(f, "b,lpm,1,4294967297,1,0,64,1", "p:2:9: error: 'rx_burst' wants");
	assert_refused(f, "b,lpm,1,-1,1,0,64,1", "p:2:9: error: 'rx_burst' wants");
	assert_refused(f, "b,lpm,1,1,0,0,64,1", "p:2:11: error: 'tx_burst' wants");
	assert_refused(f, "b,lpm,1,1,1 2,0,64,1", "p:2:11: error: 'tx_burst' wants");
	assert_refused(f, "b,lpm,1,1,1,1000001,64,1", "p:2:13: error: 'timer_us' wants");
	assert_refused(f, "b,lpm,1,1,1,,64,1", "p:2:13: error: 'timer_us' wants");
	assert_refused(f, "b,lpm,1,1,1,0,63,1", "p:2:15: error: 'size_B' wants");
	assert_refused(f, "b,lpm,1,1,1,0,1519,1", "p:2:15: error: 'size_B' wants");
	assert_refused(f, "b,lpm,1,1,1,0,64,nan", "p:2:18: error: 'rate_pps' wants");
	assert_refused(f, "b,lpm,1,1,1,0,64,inf", "p:2:18: error: 'rate_pps' wants");
	assert_refused(f, "b,lpm,1,1,1,0,64,0x10", "p:2:18: error: 'rate_pps' wants");
	assert_refused(f, "b,lpm,1,1,1,0,64,0.5", "p:2:18: error: 'rate_pps' wants");
	assert_refused(f, "b,lpm,1,1,1,0,64,1e10", "p:2:18: error: 'rate_pps' wants");
	assert_refused(f, "b,lpm,1,1,1,0,64", "p:2:1: error: a run has 8 fields");
	assert_refused(f, "b,lpm,1,1,1,0,64,1,", "p:2:1: error: a run has 8 fields");
	assert_refused(f, ",lpm,1,1,1,0,64,1", "p:2:1: error: 'id' wants");
	assert_refused(f, "b\tb,lpm,1,1,1,0,64,1", "p:2:1: error: 'id' wants");
}

/* Of lines and of fields; characters are counted, not bytes. */
static void all_mistakes_at_once(void **state)
{
	struct fixture *f = *state;

	assert_false(parse(f, "\xc3\xa9,lmp,0,0,257,-1,63,nan\nb,l2fwd,1,1,1,0,9999,1"));
	assert_int_equal(diag_errors(f->diag), 8);
	assert_mentions(f->diag, "p:1:3: error: no VNF is called 'lmp'");
	assert_mentions(f->diag, "did you mean 'lpm'?");
	assert_mentions(f->diag, "p:1:21: error: 'rate_pps' wants");
	assert_mentions(f->diag, "p:2:17: error: 'size_B' wants");
}

static void bytes(void **state)
{
	static const char nul[] = "a,lpm,1\0,1,1,0,64,1\nb,lpm,1,1,1,0,9,1\n";
	struct fixture *f = *state;

	assert_false(parse_bytes(f, nul, sizeof(nul) - 1));
	assert_mentions(f->diag, "p:1:8: error: a NUL byte: this is no text file");
	assert_mentions(f->diag, "p:2:15: error: 'size_B' wants");
	assert_false(parse(f, "\xff,lpm,1,1,1,0,64,1\n"));
	assert_mentions(f->diag, "bytes that are not UTF-8");
}

static const char *repeated(struct fixture *f, const char *line, size_t times)
{
	size_t n = strlen(line);
	char *text = arena_alloc(f->arena, n * times + 1);

	for (size_t i = 0; i < times; i++)
		memcpy(text + n * i, line, n);
	return text;
}

static void lengths(void **state)
{
	struct fixture *f = *state;
	const char *id = repeated(f, "x", 63);

	assert_true(parse(f, arena_printf(f->arena, "%s,lpm,1,1,1,0,64,1", id)));
	assert_int_equal(f->plan.n, 1);
	assert_string_equal(f->plan.run[0].id, id);
	assert_refused(f, arena_printf(f->arena, "x%s,lpm,1,1,1,0,64,1", id),
		"p:2:1: error: 'id' wants 1 to 63 bytes");
	assert_refused(
		f, repeated(f, ",", 5000), "p:2:1: error: a run has 8 fields, and this line 5001");
	assert_true(parse(f, repeated(f, "a,lpm,1,1,1,0,64,1\n", LIVE_PLAN_RUNS)));
	assert_false(parse(f, repeated(f, "a,lpm,1,1,1,0,64,1\n", LIVE_PLAN_RUNS + 2)));
	assert_int_equal(diag_errors(f->diag), 1);
	assert_mentions(f->diag, "p:257:1: error: a plan has at most 256 runs");
	assert_false(parse(f, ""));
	assert_mentions(f->diag, "p:1:1: error: there are no runs in it");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(good, setup, teardown),
		cmocka_unit_test_setup_teardown(one_mistake, setup, teardown),
		cmocka_unit_test_setup_teardown(all_mistakes_at_once, setup, teardown),
		cmocka_unit_test_setup_teardown(bytes, setup, teardown),
		cmocka_unit_test_setup_teardown(lengths, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
