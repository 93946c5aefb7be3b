/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Points of a sweep against lists written by hand; the Sobol sequence against the first points of
 * Bratley and Fox (ACM TOMS 659); keys against what may and may not change a result.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "plan/axes.h"
#include "plan/point.h"
#include "plan/pool.h"
#include "plan/sweep.h"
#include "tests/unit/tree_text.h"

#include <signal.h>
#include <unistd.h>

/* Axes from command line texts, ended by NULL. */
static bool parse_axes(struct fixture *f, const char *const *texts, struct axes *axes)
{
	bool good = true;
	axes->axis = arena_alloc(f->arena, 8 * sizeof(*axes->axis));
	for (axes->n = 0; texts[axes->n]; axes->n++)
		good &= axes_parse(texts[axes->n], &axes->axis[axes->n], f->arena, f->diag);
	return axes_check(axes, f->diag) && good;
}

/* All settings, points between bars. */
static const char *listed(struct fixture *f, const struct axes *axes)
{
	const char **settings = axes_settings(axes, f->arena), *text = "";
	for (size_t i = 0; i < axes_count(axes) * axes->n; i++)
		text = arena_printf(f->arena, "%s%s%s", text,
			i == 0             ? ""
			: i % axes->n == 0 ? " | "
					   : " ",
			settings[i]);
	return text;
}

static void assert_points(
	struct fixture *f, struct axes axes, const char *const *texts, const char *expected)
{
	assert_true(parse_axes(f, texts, &axes));
	assert_printed(f->diag, "");
	assert_string_equal(listed(f, &axes), expected);
}

#define TEXTS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void test_grid(void **state)
{
	struct axes grid = {.mode = AXES_GRID};
	assert_points(*state, grid, TEXTS("a=1,2", "b=x,y,z"), "1 x | 1 y | 1 z | 2 x | 2 y | 2 z");
	assert_points(*state, grid, TEXTS("s=64B..1518B:3"), "64 B | 791 B | 1518 B");
	assert_points(*state, grid, TEXTS("r=1Mpps..1000Mpps:4:log"),
		"1 Mpps | 10 Mpps | 100 Mpps | 1 Gpps");
	assert_points(*state, grid, TEXTS("n=1..4:4"), "1 | 2 | 3 | 4");
	assert_points(*state, grid, TEXTS("n=7..9:1"), "7");
	assert_points(*state, grid, TEXTS("chain=[a, b],[],{nf: c, x: [1,2]},'p,q'"),
		"[a, b] | [] | {nf: c, x: [1,2]} | 'p,q'");
}

static void test_zip(void **state)
{
	struct axes zip = {.mode = AXES_ZIP};
	assert_points(
		*state, zip, TEXTS("a=1,2,3", "b=4GHz..2GHz:3"), "1 4 GHz | 2 3 GHz | 3 2 GHz");
}

static void test_sobol(void **state)
{
	struct axes sobol = {.mode = AXES_SOBOL, .points = 4};
	assert_points(*state, sobol, TEXTS("a=0Hz..8Hz", "b=w,x,y,z", "c=0..3:4"),
		"4 Hz y 2 | 6 Hz x 3 | 2 Hz z 1 | 3 Hz x 2");
}

static void test_bad_axes(void **state)
{
	const struct {
		int mode;
		const char *const *texts;
		const char *complaint;
	} cases[] = {
		{AXES_GRID, TEXTS("a"), "'a' is not an axis"},
		{AXES_GRID, TEXTS("a="), "'a=' is not an axis"},
		{AXES_GRID, TEXTS("a=1,2", "a=3"), "two axes vary 'a'"},
		{AXES_GRID, TEXTS("a=1 GHz..2 GHz"), "the range of 'a' needs from, to and steps"},
		{AXES_GRID, TEXTS("a=1 GHz..2 B:3"), "'a' goes from a frequency to a size"},
		{AXES_GRID, TEXTS("a=0 B..2 B:3:log"),
			"a range of even ratios ('a') cannot hold 0"},
		{AXES_GRID, TEXTS("a=1..x:3"), "'to'"},
		{AXES_GRID, TEXTS("a=1..1000:1000", "b=1..1000:1000", "c=1,2"),
			"more than 1000000 points"},
		{AXES_ZIP, TEXTS("a=1,2", "b=3"), "'a' has 2, 'b' 1"},
		{AXES_SOBOL, TEXTS("a=1..2"), "sobol needs a number of points"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fixture *f;
		struct axes axes = {.mode = cases[i].mode};
		set_up((void **)&f);
		assert_false(parse_axes(f, cases[i].texts, &axes));
		assert_mentions(f->diag, cases[i].complaint);
		tear_down((void **)&f);
	}
	(void)state;
}

static const char profile[] = "tests/cli/data/profiles/plain.yaml";
static const char platform[] = "tests/cli/data/platforms/plain.yaml";

static const char *key_of(struct fixture *f, const char *const *sets)
{
	size_t n = 0;
	while (sets[n])
		n++;
	char *key = arena_alloc(f->arena, SHA256_HEX);
	const char *all[16] = {arena_printf(f->arena, "dataplane=%s", profile),
		arena_printf(f->arena, "server=%s", platform)};
	memcpy(all + 2, sets, n * sizeof(*sets));
	const struct scenario *s =
		scenario_read("tests/cli/data/work.yaml", all, n + 2, f->arena, f->diag);
	assert_printed(f->diag, "");
	point_key(s, key);
	return key;
}

static void test_key(void **state)
{
	struct fixture *f = *state;
	const char *key = key_of(f, TEXTS("cpu=1 GHz"));
	assert_int_equal(strlen(key), 64);
	assert_string_equal(key, key_of(f, TEXTS("cpu=1000 MHz"))); /* the same said otherwise */
	assert_string_equal(key, key_of(f, TEXTS("run.seed=1")));   /* a default */
	assert_string_equal(key, key_of(f, TEXTS("name=x", "doc=y")));
	assert_string_not_equal(key, key_of(f, TEXTS("cpu=2 GHz")));
	assert_string_not_equal(key, key_of(f, TEXTS("run.seed=2")));
	assert_string_not_equal(key, key_of(f, TEXTS("run.replications=3")));
	assert_string_not_equal(key, key_of(f, TEXTS("traffic.size=65 B")));
	assert_string_not_equal(key, key_of(f, TEXTS("profile=[vnf.burst=31]")));
}

/* Copies the profile, with this number of cycles a packet. */
static void copy_profile(const char *path, const char *cycles)
{
	char line[256];
	FILE *from = fopen(profile, "r"), *to = fopen(path, "w");
	while (fgets(line, sizeof(line), from)) {
		char *at = strstr(line, "1000 cycles,");
		if (at)
			fprintf(to, "%.*s%s cycles,%s", (int)(at - line), line, cycles, at + 12);
		else
			fputs(line, to);
	}
	fclose(from);
	fclose(to);
}

/* The contents of a profile count, not its name. */
static void test_key_of_contents(void **state)
{
	struct fixture *f = *state;
	char copy[] = "/tmp/test_sweep.XXXXXX.yaml";
	close(mkstemps(copy, 5));
	const char *set = arena_printf(f->arena, "dataplane=%s", copy);
	copy_profile(copy, "1000");
	assert_string_equal(key_of(f, TEXTS("cpu=1 GHz")), key_of(f, TEXTS("cpu=1 GHz", set)));
	copy_profile(copy, "1001");
	assert_string_not_equal(key_of(f, TEXTS("cpu=1 GHz")), key_of(f, TEXTS("cpu=1 GHz", set)));
	unlink(copy);
}

struct tally {
	size_t next, seen[40], lost, results;
	size_t crash_at; /* the job at which a worker kills itself */
};

static bool next(void *arg, bool idle, size_t *job)
{
	struct tally *t = arg;
	(void)idle;
	*job = t->next;
	return t->next < 40 && ++t->next;
}

static char *square(void *arg, size_t job)
{
	const struct tally *t = arg;
	char text[32];
	if (job == t->crash_at)
		raise(SIGKILL);
	snprintf(text, sizeof(text), "%zu", job * job);
	return strdup(text);
}

static bool count(void *arg, size_t job, const char *result, const char *why)
{
	struct tally *t = arg;
	t->seen[job]++;
	if (result)
		assert_int_equal(strtoul(result, NULL, 10), job * job);
	else
		assert_string_equal(why, "worker killed by signal 9 (Killed)");
	t->lost += !result;
	return ++t->results < 1000;
}

/* A worker that dies takes one job with it, and every other is done once. */
static void test_pool(void **state)
{
	(void)state;
	for (size_t workers = 1; workers <= 5; workers++) {
		struct tally t = {.crash_at = 7 * workers};
		const struct pool_spec spec = {workers, next, square, count, &t};
		assert_int_equal(pool_run(&spec), POOL_DONE);
		assert_int_equal(t.lost, 1);
		for (size_t i = 0; i < 40; i++)
			assert_int_equal(t.seen[i], 1);
	}
}

static void test_pool_stops(void **state)
{
	struct tally t = {.crash_at = 1000, .results = 994};
	const struct pool_spec spec = {2, next, square, count, &t};
	size_t seen = 0;
	(void)state;
	assert_int_equal(pool_run(&spec), POOL_STOPPED);
	for (size_t i = 0; i < 40; i++)
		seen += t.seen[i];
	assert_int_equal(seen, 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_grid, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_zip, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_sobol, set_up, tear_down),
		cmocka_unit_test(test_bad_axes),
		cmocka_unit_test_setup_teardown(test_key, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_key_of_contents, set_up, tear_down),
		cmocka_unit_test(test_pool),
		cmocka_unit_test(test_pool_stops),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
