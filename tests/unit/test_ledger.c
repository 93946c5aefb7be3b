/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Truth: arithmetic on round numbers; for the rank correlation the textbook example of IQ against
 * hours of television (rho = -29/165) and one with ties worked by hand; for the reader what a
 * person expects of the YAML.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/printed.h"
#include "validate/gate.h"
#include "validate/refit.h"

#include <math.h>
#include <unistd.h>

enum { MAX_ROWS = 16 };

struct fixture {
	struct arena *arena;
	struct diag *diag;
	char path[64];
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	f->arena = arena_new();
	f->diag = diag_new();
	snprintf(f->path, sizeof(f->path), "/tmp/nfvsim-test-%ld.yaml", (long)getpid());
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	unlink(f->path);
	diag_free(f->diag);
	arena_free(f->arena);
	free(f);
	return 0;
}

/* --- Statistics --- */

static const struct dataset no_repeat = {.name = "no repeat"};

/* Judged rows of a value each. */
struct sample {
	struct dataset_point point[MAX_ROWS];
	struct ledger_row row[MAX_ROWS];
	const struct ledger_row *rows[MAX_ROWS];
	size_t n;
};

static void add(struct sample *s, double measured, double predicted, double half)
{
	size_t i = s->n++;
	s->point[i] = (struct dataset_point){
		.id = "point", .metric = DATASET_DELIVERED, .measured = measured};
	s->row[i] = (struct ledger_row){
		.set = &no_repeat, .point = &s->point[i], .predicted = {predicted, half}};
	s->rows[i] = &s->row[i];
	ledger_judge(&s->row[i], 0);
}

static void test_errors(void **state)
{
	(void)state;
	struct sample s = {0};
	add(&s, 100, 104, 1);  /* +4 %: good, outside of the interval */
	add(&s, 200, 180, 30); /* -10 %: off, inside */
	add(&s, 400, 404, 4);  /* +1 %: good, on its edge */
	struct ledger_stats sum = ledger_sum(s.rows, s.n);
	assert_int_equal(sum.n, 3);
	assert_int_equal(sum.good, 2);
	assert_int_equal(sum.covered, 2);
	assert_true(fabs(sum.mape - 0.05) < 1e-12);
	assert_true(fabs(sum.bias + 0.05 / 3) < 1e-12);
	assert_ptr_equal(sum.worst, &s.row[1]);
	assert_true(fabs(s.row[1].error + 0.1) < 1e-12);
	assert_false(s.row[0].covered);
	assert_true(s.row[1].covered);
	assert_true(fabs(sum.rank - 1) < 1e-12);
}

static void test_no_points(void **state)
{
	(void)state;
	struct ledger_stats sum = ledger_sum(NULL, 0);
	assert_int_equal(sum.n, 0);
	assert_true(isnan(sum.mape) && isnan(sum.bias) && isnan(sum.rank));
	assert_null(sum.worst);
}

static void test_two_points_have_no_rank(void **state)
{
	(void)state;
	struct sample s = {0};
	add(&s, 1, 1, 0);
	add(&s, 2, 2, 0);
	assert_true(isnan(ledger_sum(s.rows, s.n).rank));
}

static void test_rank(void **state)
{
	static const double iq[] = {106, 100, 86, 101, 99, 103, 97, 113, 112, 110};
	static const double hours[] = {7, 27, 2, 50, 28, 29, 20, 12, 6, 17};
	(void)state;
	struct sample s = {0};
	for (size_t i = 0; i < 10; i++)
		add(&s, iq[i], hours[i], 0);
	assert_true(fabs(ledger_sum(s.rows, s.n).rank + 29.0 / 165) < 1e-12);
}

/* Ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4: 4.5 / sqrt(4.5 * 5). */
static void test_rank_with_ties(void **state)
{
	(void)state;
	struct sample s = {0};
	add(&s, 10, 1, 0);
	add(&s, 20, 2, 0);
	add(&s, 20, 3, 0);
	add(&s, 30, 4, 0);
	assert_true(fabs(ledger_sum(s.rows, s.n).rank - 4.5 / sqrt(22.5)) < 1e-12);
}

/* Independent parts add in squares: 3 of noise, 1.96 * 2 % of 100 of repetition, and the spread
 * over 11 draws, t(10) = 2.228 of Student's table, sqrt(1 + 1/11) for one more. */
static void test_interval(void **state)
{
	(void)state;
	struct sample s = {0};
	struct dataset repeats = {.repeatability = {0.02, DIM_RATIO}};
	add(&s, 100, 100, 3);
	s.row[0].set = &repeats;
	s.row[0].sd = 5;
	ledger_judge(&s.row[0], 0);
	assert_true(fabs(s.row[0].half - sqrt(9 + 3.92 * 3.92)) < 1e-9);
	ledger_judge(&s.row[0], 11);
	double drawn = 2.228 * 5 * sqrt(12.0 / 11);
	assert_true(fabs(s.row[0].half - sqrt(9 + 3.92 * 3.92 + drawn * drawn)) < 2e-3);
	s.point[0].error = (struct quantity){0.01, DIM_RATIO}; /* the point's own instead */
	ledger_judge(&s.row[0], 0);
	assert_true(fabs(s.row[0].half - sqrt(9 + 1.96 * 1.96)) < 1e-9);
}

/* --- Verdicts --- */

static enum ledger_verdict verdict(
	struct dataset_point p, struct interval own, struct interval other)
{
	struct ledger_row r = {.set = &no_repeat, .point = &p, .predicted = own, .other = other};
	ledger_judge(&r, 0);
	return r.verdict;
}

static void test_tolerance(void **state)
{
	static const struct interval nothing = {0, 0};
	struct dataset_point rate = {.measured = 100},
			     latency = {.metric = DATASET_LATENCY, .measured = 100},
			     own = {.measured = 100, .tolerance = {0.2, DIM_RATIO}};
	(void)state;
	assert_int_equal(verdict(rate, (struct interval){104.9, 0}, nothing), LEDGER_GOOD);
	assert_int_equal(verdict(rate, (struct interval){94.9, 0}, nothing), LEDGER_OFF);
	assert_int_equal(verdict(latency, (struct interval){114.9, 0}, nothing), LEDGER_GOOD);
	assert_int_equal(verdict(latency, (struct interval){115.1, 0}, nothing), LEDGER_OFF);
	assert_int_equal(verdict(own, (struct interval){119, 0}, nothing), LEDGER_GOOD);
	assert_int_equal(verdict(own, (struct interval){121, 0}, nothing), LEDGER_OFF);
}

static void test_claims(void **state)
{
	static const struct interval nothing = {0, 0};
	const struct dataset_point yes = {
		.kind = DATASET_CLAIM, .metric = DATASET_LINE_RATE, .truth = true};
	struct dataset_point no = yes;
	no.truth = false;
	(void)state;
	assert_int_equal(verdict(yes, (struct interval){0, 0}, nothing), LEDGER_GOOD);
	assert_int_equal(verdict(yes, (struct interval){0.004, 0.0005}, nothing), LEDGER_GOOD);
	assert_int_equal(verdict(yes, (struct interval){0.006, 0.0005}, nothing), LEDGER_OFF);
	assert_int_equal(verdict(yes, (struct interval){0.006, 0.002}, nothing), LEDGER_UNCLEAR);
	assert_int_equal(verdict(no, (struct interval){0, 0}, nothing), LEDGER_OFF);
	assert_int_equal(verdict(no, (struct interval){0.3, 0.01}, nothing), LEDGER_GOOD);
	assert_int_equal(verdict(no, (struct interval){0.006, 0.002}, nothing), LEDGER_UNCLEAR);
}

static void test_bounds_and_orderings(void **state)
{
	static const struct interval nothing = {0, 0};
	struct dataset_point least = {.kind = DATASET_BOUND, .measured = 100, .sign = 1};
	struct dataset_point most = {.kind = DATASET_BOUND, .measured = 100, .sign = -1};
	struct dataset_point greater = {.kind = DATASET_ORDERING, .sign = 1};
	struct dataset_point less = {.kind = DATASET_ORDERING, .sign = -1};
	const struct interval low = {90, 3}, high = {110, 4}, near = {107, 4};
	(void)state;
	assert_int_equal(verdict(least, high, nothing), LEDGER_GOOD);
	assert_int_equal(verdict(least, low, nothing), LEDGER_OFF);
	assert_int_equal(verdict(most, high, nothing), LEDGER_OFF);
	assert_int_equal(verdict(most, low, nothing), LEDGER_GOOD);
	assert_int_equal(verdict(most, (struct interval){99, 2}, nothing), LEDGER_UNCLEAR);
	assert_int_equal(verdict(greater, high, low), LEDGER_GOOD);
	assert_int_equal(verdict(greater, low, high), LEDGER_OFF);
	assert_int_equal(verdict(less, low, high), LEDGER_GOOD);
	/* 3 apart, known to +- sqrt(4^2 + 4^2) */
	assert_int_equal(verdict(greater, high, near), LEDGER_UNCLEAR);
}

/* --- What counts --- */

static void test_kept_apart(void **state)
{
	(void)state;
	struct sample s = {0};
	const struct dataset other = {.name = "other"};
	for (size_t i = 0; i < 5; i++)
		add(&s, 100, 110, 0);
	s.point[0].use = DATASET_HELD_OUT;
	s.point[1].use = DATASET_FIT;
	s.point[2].use = DATASET_HELD_OUT;
	s.point[2].apart = "an outlier";
	s.point[1].metric = DATASET_NDR;
	s.point[3].use = DATASET_HELD_OUT;
	s.point[3].metric = DATASET_LATENCY;
	s.point[4].use = DATASET_HELD_OUT;
	s.point[4].kind = DATASET_CLAIM;
	s.row[4].verdict = LEDGER_UNCLEAR;
	const struct ledger l = {.rows = s.row, .n = s.n};
	assert_int_equal(ledger_stats(&l, NULL, LEDGER_RATES, DATASET_HELD_OUT).n, 1);
	assert_int_equal(ledger_stats(&l, NULL, LEDGER_RATES, DATASET_FIT).n, 1);
	assert_int_equal(ledger_stats(&l, NULL, LEDGER_RATES, DATASET_INFORMED).n, 0);
	assert_int_equal(ledger_stats(&l, NULL, LEDGER_LATENCIES, DATASET_HELD_OUT).n, 1);
	assert_int_equal(ledger_stats(&l, &other, LEDGER_RATES, DATASET_HELD_OUT).n, 0);
	struct ledger_claims c = ledger_claims(&l, NULL, DATASET_HELD_OUT);
	assert_int_equal(c.n, 1);
	assert_int_equal(c.pass, 0);
	assert_int_equal(c.unclear, 1);
}

/* --- Reading --- */

static void write_file(struct fixture *f, const char *text)
{
	FILE *to = fopen(f->path, "w");
	fputs(text, to);
	fclose(to);
}

static struct dataset *read_set(struct fixture *f, const char *points)
{
	write_file(f, arena_printf(f->arena, "citation: x\ngroups: {g: G}\npoints:\n%s", points));
	return dataset_read(f->path, f->arena, f->diag);
}

/* One point, wrong in one way: the place and the words. */
static void assert_refused(struct fixture *f, const char *points, const char *says)
{
	assert_null(read_set(f, points));
	assert_mentions(f->diag, says);
	diag_free(f->diag);
	f->diag = diag_new();
}

static void test_read(void **state)
{
	struct fixture *f = *state;
	const struct dataset *s = read_set(
		f, arena_printf(f->arena,
			   "- {id: a, value: 4.31 Mpps, mark: fit, scenario: %s, set: cpu=1GHz}\n"
			   "- {id: b, kind: ratio, value: 50%%, mark: held-out, scenario: %s,\n"
			   "   set: x=1, against: [y=2, {scenario: %s, set: [z=3, z=4]}]}\n"
			   "- {id: c, kind: bound, value: at most 2 us, metric: latency,\n"
			   "   mark: informed, scenario: %s}\n"
			   "- {id: d, kind: claim, value: false, metric: line-rate,\n"
			   "   mark: informed, scenario: %s}\n"
			   "- {id: e, kind: fact, reason: none}\n",
			   f->path, f->path, f->path, f->path, f->path));
	assert_printed(f->diag, "");
	assert_non_null(s);
	const struct dataset_point *p = s->points.items;
	assert_int_equal(s->points.n, 5);
	assert_true(p[0].measured == 4.31e6);
	assert_true(p[1].measured == 0.5);
	assert_true(p[2].measured == 2e6 && p[2].sign == -1);
	assert_false(p[3].truth);
	const struct dataset_term *against = p[1].against.items;
	assert_int_equal(against[0].n_sets, 2); /* the point's own scenario: its sets come first */
	assert_string_equal(against[0].sets[0], "x=1");
	assert_string_equal(against[0].sets[1], "y=2");
	assert_int_equal(against[1].n_sets, 2);
	assert_string_equal(against[1].sets[0], "z=3");
	assert_ptr_equal(dataset_point(s, "c"), &p[2]);
}

static void test_refuse(void **state)
{
	struct fixture *f = *state;
	assert_refused(f, "- {id: a, value: 4.31, mark: fit, scenario: x}\n", ":4:18: error: ");
	assert_refused(f, "- {id: a, value: 4.31 us, mark: fit, scenario: x}\n", ":4:18: error: ");
	assert_refused(f, "- {id: a, value: 0 pps, mark: fit, scenario: x}\n", "must be above 0");
	assert_refused(f, "- {id: a, value: 1 pps, scenario: x}\n",
		":4:3: error: point 'a' does not say what the model owes to it");
	assert_refused(f, "- {id: a, mark: fit, scenario: x}\n", "point 'a' has no value");
	assert_refused(f, "- {id: a, value: 1 pps, mark: fit}\n", "point 'a' names no scenario");
	assert_refused(
		f, "- {id: a, value: 1 pps, mark: fitt, scenario: x}\n", "did you mean 'fit'");
	assert_refused(f, "- {id: a, kind: bound, value: 1 pps, mark: fit, scenario: x}\n",
		"starts with 'at least' or 'at most'");
	assert_refused(f,
		"- {id: a, kind: claim, value: maybe, metric: line-rate, mark: fit, scenario: x}\n",
		"wants 'true' or 'false'");
	assert_refused(f, "- {id: a, kind: claim, value: true, mark: fit, scenario: x}\n",
		"claims, and only claims, have metric line-rate");
	assert_refused(f, "- {id: a, kind: ratio, value: 1, mark: fit, scenario: x}\n",
		"'against' belongs to ratios and orderings");
	assert_refused(f, "- {id: a, value: 1 pps, mark: fit, scenario: x, against: [y=1]}\n",
		"'against' belongs to ratios and orderings");
	assert_refused(f, "- {id: a, value: 1 pps, places: b, mark: fit, scenario: x}\n",
		"'places' belongs to metric lost");
	assert_refused(f,
		"- {id: a, value: 1 pps, metric: ndr, loss: 1%, mark: fit, scenario: x}\n",
		":4:44: error: 'loss' belongs to metric pdr");
	assert_refused(f, "- {id: a, value: 1 pps, metric: pdr, loss: 2, mark: fit, scenario: x}\n",
		":4:44: error: ");
	assert_refused(f, "- {id: a, kind: fact}\n", "fact 'a' gives no reason");
	assert_refused(f, "- {id: a, kind: fact, reason: r, group: h}\n", "no group is called 'h'");
	assert_refused(f, "- {id: a, kind: fact, reason: r}\n- {id: a, kind: fact, reason: r}\n",
		":5:8: error: the id 'a' occurs twice");
	assert_refused(f,
		"- {id: a, kind: fact, reason: r}\nfits: [{dataplane: d, key: k, points: b}]\n",
		"no point is called 'b'");
	assert_refused(f,
		"- {id: a, value: 1 pps, metric: ndr, mark: fit, scenario: /dev/null}\n"
		"fits: [{dataplane: d, key: k, points: a}]\n",
		":5:8: error: a value cannot be computed from 'a'");
	assert_null(dataset_read("niu-can18", f->arena, f->diag));
	assert_mentions(f->diag, "no measurement set is called 'niu-can18'");
}

/* --- The gate --- */

static size_t worse(struct fixture *f, const char *gate, const struct ledger *l, bool all)
{
	char text[512] = "";
	write_file(f, gate);
	const struct gate *g = gate_read(f->path, f->arena, f->diag);
	assert_printed(f->diag, "");
	FILE *to = fmemopen(text, sizeof(text), "w");
	size_t n = gate_compare(g, l, all, to);
	fclose(to);
	assert_true((n > 0) == (*text != '\0'));
	return n;
}

static void test_gate(void **state)
{
	struct fixture *f = *state;
	struct sample s = {0};
	add(&s, 100, 103, 0); /* +3 % */
	add(&s, 100, 97, 0);  /* -3 % */
	s.point[0].id = "a";
	s.point[1].id = "b";
	const struct ledger l = {.rows = s.row, .n = s.n};
	assert_int_equal(worse(f,
				 "{slack: 0.5%, points: {a: {error: 3%, verdict: good},"
				 " b: {error: 2.6%, verdict: good}}}",
				 &l, true),
		0);
	assert_int_equal(worse(f,
				 "{slack: 0.5%, points: {a: {error: 2.4%, verdict: good},"
				 " b: {error: 2.4%, verdict: good}}}",
				 &l, true),
		2);
	assert_int_equal(worse(f, "{points: {a: {error: 9%, verdict: off}}}", &l, true), 1);
	assert_int_equal(
		worse(f,
			"{points: {a: {error: 9%, verdict: off}, b: {error: 9%, verdict: off},"
			" c: good}}",
			&l, true),
		1);
	assert_int_equal(
		worse(f,
			"{points: {a: {error: 9%, verdict: off}, b: {error: 9%, verdict: off},"
			" c: good}}",
			&l, false),
		0);
}

static void test_gate_claims(void **state)
{
	struct fixture *f = *state;
	struct sample s = {0};
	add(&s, 1, 1, 0);
	s.point[0].id = "a";
	s.point[0].kind = DATASET_CLAIM;
	s.row[0].error = NAN;
	s.row[0].verdict = LEDGER_UNCLEAR;
	const struct ledger l = {.rows = s.row, .n = s.n};
	assert_int_equal(worse(f, "points: {a: good}", &l, true), 1);
	assert_int_equal(worse(f, "points: {a: unclear}", &l, true), 0);
	assert_int_equal(worse(f, "points: {a: off}", &l, true), 0);
	s.row[0].verdict = LEDGER_OFF;
	assert_int_equal(worse(f, "points: {a: unclear}", &l, true), 1);
	assert_int_equal(worse(f, "points: {a: good}", &l, true), 1);
}

/* What is written passes when it is read. */
static void test_gate_written(void **state)
{
	struct fixture *f = *state;
	char text[1024] = "";
	struct sample s = {0};
	add(&s, 100, 103, 0);
	add(&s, 100, 80, 0);
	s.point[0].id = "first.1";
	s.point[1].id = "second";
	const struct ledger l = {.rows = s.row, .n = s.n};
	FILE *to = fmemopen(text, sizeof(text), "w");
	gate_write(&l, 0.001, to);
	fclose(to);
	assert_int_equal(worse(f, text, &l, true), 0);
	s.row[1].error = -0.202;
	assert_int_equal(worse(f, text, &l, true), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_no_points),
		cmocka_unit_test(test_two_points_have_no_rank),
		cmocka_unit_test(test_rank),
		cmocka_unit_test(test_rank_with_ties),
		cmocka_unit_test(test_interval),
		cmocka_unit_test(test_tolerance),
		cmocka_unit_test(test_claims),
		cmocka_unit_test(test_bounds_and_orderings),
		cmocka_unit_test(test_kept_apart),
		cmocka_unit_test_setup_teardown(test_read, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refuse, setup, teardown),
		cmocka_unit_test_setup_teardown(test_gate, setup, teardown),
		cmocka_unit_test_setup_teardown(test_gate_claims, setup, teardown),
		cmocka_unit_test_setup_teardown(test_gate_written, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
