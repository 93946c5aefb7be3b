/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Truth: small files of round numbers, and what a person expects of them; costs that the samples
 * were made of.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "calib/laws_values.h"
#include "tests/unit/printed.h"

#include <math.h>

#define MACHINE "# nfvsim_calib_samples: 1\n# machine_id: abc\n# tsc_hz: 2000000000\n# crc_B: 4\n"
#define COLUMNS                                                                                  \
	"bench,device,burst,size_B,entries,peer,clock_hz,repeat,metric,state,cycles_per_packet," \
	"ns_per_packet,p10,trimmed_mean,clock_ratio,flag\n"
#define END "# finished: 1 rows\n"
#define ROW "l2fwd,,4,64,,idle,,0,packet,far,30,15,100,120,1.5,\n"

struct fixture {
	struct arena *arena;
	struct diag *diag;
	struct diag_source source;
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

static struct samples *parse(struct fixture *f, const char *text)
{
	f->source = (struct diag_source){"s.csv", text, strlen(text)};
	return samples_parse(&f->source, f->arena, f->diag);
}

static void test_row(void **state)
{
	struct fixture *f = *state;
	struct samples *s = parse(f, MACHINE "# cpu: A, B\n" COLUMNS ROW END);
	assert_non_null(s);
	assert_int_equal(diag_errors(f->diag), 0);
	assert_int_equal(s->n, 1);
	assert_true(s->finished);
	assert_string_equal(s->machine_id, "abc");
	assert_string_equal(s->cpu, "A, B");
	assert_true(s->tsc_hz == 2e9);
	const struct samples_row *r = s->rows;
	assert_string_equal(r->bench, "l2fwd");
	assert_string_equal(r->metric, "packet");
	assert_true(r->burst == 4 && r->size_B == 64 && isnan(r->entries) && isnan(r->clock_hz));
	assert_true(r->p10 == 100 && r->trimmed_mean == 120 && r->clock_ratio == 1.5);
	assert_int_equal(r->flags, 0);
	assert_int_equal(r->line, 7);
}

static void complains(struct fixture *f, const char *text, const char *of)
{
	assert_null(parse(f, text));
	assert_mentions(f->diag, of);
}

static void test_not_samples(void **state)
{
	complains(*state, "time,value\n1,2\n", "s.csv:1:1: error: this is no file of samples");
}

static void test_version(void **state)
{
	complains(*state, "# nfvsim_calib_samples: 2\n", "samples of an unknown version, '2'");
}

static void test_header(void **state)
{
	complains(*state, "# nfvsim_calib_samples: 1\n# machine_id: abc\n# crc_B: 4\n" COLUMNS ROW,
		"the header lacks 'tsc_hz'");
}

static void test_two_machines(void **state)
{
	complains(*state, MACHINE COLUMNS ROW "# machine_id: other\n" COLUMNS ROW,
		"s.csv:7:15: error: 'machine_id' differs from the one above");
}

static void test_two_clocks(void **state)
{
	complains(*state, MACHINE COLUMNS ROW "# tsc_hz: 3000000000\n" COLUMNS ROW,
		"s.csv:7:11: error: 'tsc_hz' differs from the one above");
}

/* The same machine, resumed: the drift of the TSC is no other machine. */
static void test_resumed(void **state)
{
	struct fixture *f = *state;
	struct samples *s = parse(f, MACHINE COLUMNS ROW
		"# interrupted: 1 rows\n# tsc_hz: 2000000100\n" COLUMNS ROW END);
	assert_non_null(s);
	assert_int_equal(s->n, 2);
	assert_true(s->finished);
}

static void test_unknown_column(void **state)
{
	complains(*state, MACHINE "bench,p10_ns\n",
		"s.csv:5:7: error: no column of samples is called 'p10_ns'");
}

static void test_missing_column(void **state)
{
	complains(*state, MACHINE "bench,burst\n", "column 'p10' is missing");
}

static void test_bad_numbers(void **state)
{
	struct fixture *f = *state;
	complains(f, MACHINE COLUMNS "l2fwd,,4,64,,idle,,0,packet,far,30,15,nan,120,1.5,\n",
		"s.csv:6:39: error: 'p10' wants a number, not 'nan'");
	complains(f, MACHINE COLUMNS "l2fwd,,4,64,,idle,,0,packet,far,30,15,100,-1,1.5,\n",
		"'trimmed_mean' wants a number, not '-1'");
	complains(f, MACHINE COLUMNS "l2fwd,,0x4,64,,idle,,0,packet,far,30,15,100,1,1.5,\n",
		"'burst' wants a number, not '0x4'");
	complains(f, MACHINE COLUMNS "l2fwd,,4,64 B,,idle,,0,packet,far,30,15,100,1,1.5,\n",
		"'size_B' wants a number, not '64 B'");
}

/* 30 TSC cycles at 2 GHz are 15 ns. */
static void test_wrong_units(void **state)
{
	struct fixture *f = *state;
	complains(f, MACHINE COLUMNS "l2fwd,,4,64,,idle,,0,packet,far,15,15,100,120,1.5,\n",
		"s.csv:6:1: error: cycles_per_packet is 7.5 ns by tsc_hz, but ns_per_packet says "
		"15: wrong units?");
	complains(f, MACHINE COLUMNS "l2fwd,,4,64,,idle,,0,packet,far,30,15,100000,120,1.5,\n",
		"p10 (100000) is far above trimmed_mean (120): wrong units?");
	complains(f, MACHINE COLUMNS "l2fwd,,4,64,,idle,,0,packet,far,30,15,100,120,1500,\n",
		"clock_ratio is 1500, at which the core would run at 3e+03 GHz: wrong units?");
}

static void test_flags(void **state)
{
	struct fixture *f = *state;
	struct samples *s = parse(f,
		MACHINE COLUMNS "l2fwd,,4,64,,idle,,0,packet,far,,,,,1.5,missing;inconclusive\n"
				"l2fwd,,4,64,,idle,,0,packet,far,30,15,100,120,1.5,wide\n" END);
	assert_non_null(s);
	assert_int_equal(s->rows[0].flags, SAMPLES_MISSING | SAMPLES_INCONCLUSIVE);
	assert_int_equal(s->rows[1].flags, SAMPLES_WIDE);
	complains(f, MACHINE COLUMNS "l2fwd,,4,64,,idle,,0,packet,far,30,15,100,120,1.5,wide;odd\n",
		"s.csv:6:56: error: no flag is called 'odd'");
}

static void test_cut_short(void **state)
{
	struct fixture *f = *state;
	struct samples *s = parse(f, MACHINE COLUMNS ROW "l2fwd,,4,64,,idle,,1,pack");
	assert_non_null(s);
	assert_int_equal(s->n, 1);
	assert_false(s->finished);
	assert_mentions(f->diag, "s.csv:7:1: warning: the file ends in the middle of a row");
	assert_mentions(f->diag, "warning: the file was not finished");
}

static void test_short_row(void **state)
{
	complains(*state, MACHINE COLUMNS "l2fwd,,4,64\n" ROW END,
		"s.csv:6:1: error: a row has 4 cells, the heading 16");
}

static void test_no_rows(void **state)
{
	complains(*state, MACHINE COLUMNS, "there are no rows");
}

static void test_zero_byte(void **state)
{
	struct fixture *f = *state;
	static const char text[] = MACHINE COLUMNS "l2\0fwd\n";
	f->source = (struct diag_source){"s.csv", text, sizeof(text) - 1};
	assert_null(samples_parse(&f->source, f->arena, f->diag));
	assert_mentions(f->diag, "zero byte");
}

/* --- Points --- */

static size_t points(struct fixture *f, const char *text, struct samples_choice choice,
	struct samples_point **p, struct samples_left *left)
{
	struct samples *s = parse(f, text);
	assert_non_null(s);
	return samples_points(s, &choice, p, left, f->arena);
}

/* Least p10 in core cycles: 100 x 1.5 against 90 x 1.6. */
static void test_least_of_repetitions(void **state)
{
	struct samples_point *p;
	struct samples_left left = {0};
	size_t n = points(*state,
		MACHINE COLUMNS "l2fwd,,4,64,,idle,,0,packet,far,30,15,100,120,1.5,\n"
				"l2fwd,,8,64,,idle,,0,packet,far,30,15,200,240,1.5,\n"
				"l2fwd,,4,64,,idle,,1,packet,far,30,15,90,140,1.6,\n" END,
		(struct samples_choice){"far", SAMPLES_QUIET, false}, &p, &left);
	assert_int_equal(n, 2);
	assert_int_equal(p[0].repeats, 2);
	assert_true(fabs(p[0].cycles - 144) < 1e-9);
	assert_true(fabs(p[0].error - 6) < 1e-9);
	assert_true(fabs(p[0].hz - 3.1e9) < 1);
	assert_true(fabs(p[1].cycles - 300) < 1e-9);
	assert_true(fabs(p[1].error - 15) < 1e-9); /* 5 % of a lone one */
}

static void test_mean_of_repetitions(void **state)
{
	struct samples_point *p;
	size_t n = points(*state,
		MACHINE COLUMNS "l2fwd,,4,64,,idle,,0,packet,far,30,15,100,120,1.5,\n"
				"l2fwd,,4,64,,idle,,1,packet,far,30,15,90,140,1.5,\n"
				"l2fwd,,4,64,,idle,,2,packet,far,30,15,90,170,1.5,\n" END,
		(struct samples_choice){"far", SAMPLES_MEAN, false}, &p, NULL);
	assert_int_equal(n, 1);
	assert_true(fabs(p[0].cycles - 210) < 1e-9);
}

/* Where cores are matters only when both work; what is flagged counts nowhere. */
static void test_left_out(void **state)
{
	struct samples_point *p;
	struct samples_left left = {0};
	size_t n = points(*state,
		MACHINE COLUMNS "l2fwd,,4,64,,idle,,0,packet,near,30,15,100,120,1.5,\n"
				"l2fwd,,4,64,,busy,,0,packet,far,30,15,10,120,1.5,\n"
				"l2fwd,,4,64,,idle,,0,packet,far,30,15,10,120,1.5,unresolved\n"
				"vhost,,4,64,,works,,0,enqueue,near,30,15,10,120,1.5,\n"
				"vhost,,4,64,,works,,0,enqueue,far,30,15,20,120,1.5,\n" END,
		(struct samples_choice){"far", SAMPLES_QUIET, false}, &p, &left);
	assert_int_equal(n, 2);
	assert_true(fabs(p[0].cycles - 150) < 1e-9);
	assert_true(fabs(p[1].cycles - 30) < 1e-9);
	assert_int_equal(left.busy, 1);
	assert_int_equal(left.unusable, 1);
	assert_int_equal(left.elsewhere, 1);
}

#define PAIR(state) "vhost,,4,64,,works,,0,enqueue," state ",30,15,100,120,1.5,\n"

/* The state that most rows have, of those in which both cores work. */
static void test_state(void **state)
{
	struct fixture *f = *state;
	struct samples *s = parse(f, MACHINE COLUMNS ROW ROW ROW PAIR("near") PAIR("siblings")
					     PAIR("siblings") PAIR("far") END);
	assert_string_equal(samples_state(s), "siblings");
	struct samples_machine m = samples_machine(s);
	assert_true(m.siblings == 0.5 && m.far == 0.25);
	assert_string_equal(samples_state(parse(f, MACHINE COLUMNS ROW END)), "alone");
	assert_true(samples_is_state("far") && !samples_is_state("moved"));
}

#define BURST(n, p10, flag) "l2fwd,," #n ",64,,idle,,0,packet,far,30,15," #p10 ",120,1.5," flag "\n"

/* Neighbours only add: what they were at counts as long as there are not two others. */
static void test_neighbours(void **state)
{
	struct samples_point *p;
	struct samples_left left = {0};
	size_t n = points(*state,
		MACHINE COLUMNS BURST(4, 100, "") BURST(4, 120, "shared") BURST(8, 100, "")
			BURST(8, 104, "") BURST(8, 90, "shared") BURST(32, 200, "shared") END,
		(struct samples_choice){"far", SAMPLES_QUIET, false}, &p, &left);
	assert_int_equal(n, 3);
	assert_true(p[0].shared && p[0].repeats == 2 && fabs(p[0].cycles - 150) < 1e-9);
	assert_true(!p[1].shared && p[1].repeats == 2 && fabs(p[1].cycles - 150) < 1e-9);
	assert_true(p[2].shared && p[2].repeats == 1 && fabs(p[2].cycles - 300) < 1e-9);
	assert_int_equal(left.unusable, 0);
	assert_int_equal(left.shared, 1);
}

static void test_without_neighbours(void **state)
{
	struct samples_point *p;
	struct samples_left left = {0};
	size_t n = points(*state,
		MACHINE COLUMNS BURST(4, 100, "") BURST(4, 80, "shared") BURST(8, 100, "")
			BURST(8, 104, "") BURST(8, 90, "shared") BURST(32, 200, "shared") END,
		(struct samples_choice){"far", SAMPLES_QUIET, true}, &p, &left);
	assert_int_equal(n, 2);
	assert_true(!p[0].shared && p[0].repeats == 1 && fabs(p[0].cycles - 150) < 1e-9);
	assert_true(!p[1].shared && p[1].repeats == 2 && fabs(p[1].cycles - 150) < 1e-9);
	assert_int_equal(left.shared, 3);
}

/* Gaps of 20, 4 and 30 of 100 between the two least: the middle one is 20, of that benchmark; an
 * error of 4 is chance, one of 30 is not. */
static void test_errors_of_a_bench(void **state)
{
	struct samples_point *p;
	size_t n = points(*state,
		MACHINE COLUMNS BURST(1, 100, "") BURST(1, 120, "") BURST(4, 100, "") BURST(
			4, 104, "") BURST(8, 100, "") BURST(8, 130, "")
			BURST(16, 100, "") "acl,,4,64,,idle,,0,packet,far,30,15,100,120,1.5,\n"
					   "acl,,4,64,,idle,,1,packet,far,30,15,102,120,1.5,\n" END,
		(struct samples_choice){"far", SAMPLES_QUIET, false}, &p, NULL);
	assert_int_equal(n, 5);
	assert_true(fabs(p[0].error - 30) < 1e-9 && fabs(p[1].error - 30) < 1e-9);
	assert_true(fabs(p[2].error - 45) < 1e-9);
	assert_true(fabs(p[3].error - 30) < 1e-9); /* a lone one */
	assert_true(fabs(p[4].error - 3) < 1e-9);
}

/* --- Laws --- */

static void put_row(FILE *to, const char *metric, unsigned n, unsigned B, double clock, double ns)
{
	double tsc = ns * 2;
	fprintf(to, "vhost,,%u,%u,,works,%.0f,0,%s,far,%g,%g,%.9g,%.9g,%.9g,\n", n, B, clock,
		metric, tsc / n, ns / n, tsc, tsc, clock / 2e9);
}

/* enqueue: 400 + 100 n + 0.2 n B cycles and 20 + 10 n ns; the turn costs 300 + 50 n + 0.3 n B
 * cycles and 30 n ns more. */
static char *two_clocks(void)
{
	static const unsigned bursts[] = {1, 4, 8, 32}, sizes[] = {64, 640, 1518};
	static const double clocks[] = {1.2e9, 2e9, 2.6e9};
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);
	fputs(MACHINE COLUMNS, to);
	for (size_t c = 0; c < 3; c++)
		for (size_t b = 0; b < 4; b++)
			for (size_t s = 0; s < 3; s++) {
				double n = bursts[b], B = sizes[s], ns = 1e9 / clocks[c];
				double in = (400 + 100 * n + 0.2 * n * B) * ns + 20 + 10 * n;
				double out = (300 + 50 * n + 0.3 * n * B) * ns + 30 * n;
				put_row(to, "enqueue", bursts[b], sizes[s], clocks[c], in);
				put_row(to, "host_turn", bursts[b], sizes[s], clocks[c], in + out);
			}
	fputs(END, to);
	fclose(to);
	return text;
}

static const struct laws_law *law(const struct laws_law *laws, size_t n, const char *key)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(laws[i].key, key) == 0)
			return &laws[i];
	fail();
	return NULL;
}

static void test_cycles_and_ns_apart(void **state)
{
	struct fixture *f = *state;
	struct samples_point *p;
	struct laws_law *laws;
	char *text = two_clocks();
	size_t n = points(f, text, (struct samples_choice){"far", SAMPLES_QUIET, false}, &p, NULL);
	size_t n_laws = laws_fit(p, n, NULL, &laws, f->arena);
	const struct laws_law *in = law(laws, n_laws, "vnic.into_vm");
	const struct laws_law *out = law(laws, n_laws, "vnic.out_of_vm");
	assert_true(in->good && in->clocks && out->good && out->clocks);
	assert_true(fabs(in->fit.c[LAWS_BURST] - 400) < 0.5);
	assert_true(fabs(in->fit.c[LAWS_PACKET] - 100) < 0.1);
	assert_true(fabs(in->fit.c[LAWS_BYTE] - 0.2) < 1e-3);
	assert_true(fabs(in->fit.c[LAWS_TERMS + LAWS_BURST] - 20) < 0.5);
	assert_true(fabs(in->fit.c[LAWS_TERMS + LAWS_PACKET] - 10) < 0.1);
	assert_true(fabs(out->fit.c[LAWS_BURST] - 300) < 0.5);
	assert_true(fabs(out->fit.c[LAWS_PACKET] - 50) < 0.1);
	assert_true(fabs(out->fit.c[LAWS_TERMS + LAWS_PACKET] - 30) < 0.1);
	assert_false(law(laws, n_laws, "pnic.rx")->good);
	free(text);
}

static void test_assignment(void **state)
{
	struct fixture *f = *state;
	struct laws_value v = {.key = "a.b",
		.value = {123.456789, DIM_CYCLES},
		.error = {1.23456, DIM_CYCLES},
		.uncore = {2000, DIM_TIME},
		.source = SOURCED_MEASURED,
		.note = "it's"};
	assert_string_equal(laws_assignment(&v, f->arena),
		"a.b={value: 123.46 cycles, error: 1.2 cycles, uncore: 2 ns, source: measured, "
		"from: [calib], note: 'it''s'}");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_row),
		TEST(test_not_samples),
		TEST(test_version),
		TEST(test_header),
		TEST(test_two_machines),
		TEST(test_two_clocks),
		TEST(test_resumed),
		TEST(test_unknown_column),
		TEST(test_missing_column),
		TEST(test_bad_numbers),
		TEST(test_wrong_units),
		TEST(test_flags),
		TEST(test_cut_short),
		TEST(test_short_row),
		TEST(test_no_rows),
		TEST(test_zero_byte),
		TEST(test_least_of_repetitions),
		TEST(test_mean_of_repetitions),
		TEST(test_left_out),
		TEST(test_state),
		TEST(test_neighbours),
		TEST(test_without_neighbours),
		TEST(test_errors_of_a_bench),
		TEST(test_cycles_and_ns_apart),
		TEST(test_assignment),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
