/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Targets: what is read, what is refused, and what intervals say about them. */
#include "plan/slo.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static struct slo parsed(const char *text, struct arena *a, char **said)
{
	struct slo slo;
	struct diag *d = diag_new();
	bool ok = slo_parse(text, &slo, a, d);
	char *buf = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&buf, &size);
	diag_print(d, to);
	fclose(to);
	assert_int_equal(ok, diag_errors(d) == 0);
	*said = arena_strdup(a, buf);
	free(buf);
	diag_free(d);
	return slo;
}

static void reads(void **state)
{
	(void)state;
	struct arena *a = arena_new();
	char *said;
	struct slo s =
		parsed("p99<50us, loss <= 0.01% ,rate>8Mpps,p99.9< 1 ms,rate>=5Gb/s", a, &said);
	assert_string_equal(said, "");
	assert_int_equal(s.n, 5);
	assert_int_equal(s.target[0].metric, SLO_P99);
	assert_true(!s.target[0].above && s.target[0].limit.value == 50e6);
	assert_int_equal(s.target[1].metric, SLO_LOSS);
	assert_true(!s.target[1].above && fabs(s.target[1].limit.value - 1e-4) < 1e-18);
	assert_string_equal(s.target[1].text, "loss <= 0.01%");
	assert_int_equal(s.target[2].metric, SLO_RATE);
	assert_true(s.target[2].above && s.target[2].limit.value == 8e6);
	assert_int_equal(s.target[3].metric, SLO_P999);
	assert_int_equal(s.target[4].limit.dim, DIM_BPS);
	assert_int_equal(parsed("p999<1ms", a, &said).target[0].metric, SLO_P999);
	arena_free(a);
}

static void refuses(void **state)
{
	(void)state;
	static const struct {
		const char *text, *says, *where; /* where: the caret line, after the bar */
	} cases[] = {
		{"", "a target is missing", "      ^"},
		{"p99<50us,", "a target is missing", "               ^"},
		{"p99", "compares by < or >", "      ^~~"},
		{"p99=50us", "compares by < or >", "      ^~~~~~~~"},
		{"<50us", "what is to be compared?", "      ^"},
		{"p95<50us", "called 'p95'", "      ^~~"},
		{"los<1%", "did you mean 'loss'?", "      ^~~"},
		{"p99<50", "'p99' is compared with a time", "          ^~"},
		{"p99<50Mpps", "not with '50Mpps'", "          ^~~~~~"},
		{"rate>1ms", "a packet rate", "           ^~~"},
		{"loss<-1%", "not with '-1%'", "           ^~~"},
		{"p99<", "not with ''", "          ^"},
		{"p99<1us,x<2", "called 'x'", "              ^"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct arena *a = arena_new();
		char *said;
		parsed(cases[i].text, a, &said);
		if (!strstr(said, cases[i].says) || !strstr(said, cases[i].where))
			fail_msg("'%s' gives:\n%s", cases[i].text, said);
		arena_free(a);
	}
}

static void counts_errors(void **state)
{
	(void)state;
	struct arena *a = arena_new();
	struct diag *d = diag_new();
	struct slo slo;
	assert_false(slo_parse("a<1,b<2,rate<1us", &slo, a, d));
	assert_int_equal(diag_errors(d), 3);
	diag_free(d);
	arena_free(a);
}

static struct run_result result(struct run_chain *chains, uint32_t n)
{
	return (struct run_result){.chains = chains, .n_chains = n};
}

static enum slo_verdict verdict(const char *text, const struct run_result *r)
{
	struct arena *a = arena_new();
	char *said;
	struct slo s = parsed(text, a, &said);
	assert_string_equal(said, "");
	enum slo_verdict v = slo_verdict(&s, r);
	arena_free(a);
	return v;
}

static void judges(void **state)
{
	(void)state;
	struct run_chain one = {.delivered_pps = {8e6, 1e5},
		.delivered_bps = 8e6 * 672,
		.loss_ratio = {0.01, 0.002},
		.dropped = 100,
		.latency = {.mean_ns = {40000, 1000},
			.p99_ns = {50000, 3000},
			.p999_ns = {NAN, NAN},
			.max_ns = 70000}};
	struct run_chain all[] = {one, one};
	struct run_result r = result(all, 1);
	static const struct {
		const char *text;
		enum slo_verdict is;
	} cases[] = {{"rate>7.8Mpps", SLO_MET}, {"rate>8Mpps", SLO_OPEN},
		{"rate>8.2Mpps", SLO_MISSED}, {"rate<8.2Mpps", SLO_MET}, {"rate>5.2Gb/s", SLO_MET},
		{"rate>5.376Gb/s", SLO_OPEN}, {"rate>5.5Gb/s", SLO_MISSED},
		{"mean<41.1us", SLO_MET}, {"mean<40us", SLO_OPEN}, {"mean<38.9us", SLO_MISSED},
		{"p99<47us", SLO_MISSED}, {"p99<47.1us", SLO_OPEN}, {"p99.9<1ms", SLO_OPEN},
		{"max<70.1us", SLO_MET}, {"max<70us", SLO_MISSED}, {"loss<1.3%", SLO_MET},
		{"loss<1%", SLO_OPEN}, {"loss<0.5%", SLO_MISSED}, {"rate>7Mpps,mean<1ms", SLO_MET},
		{"rate>7Mpps,p99.9<1ms", SLO_OPEN}, {"p99.9<1ms,mean<1us", SLO_MISSED}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (verdict(cases[i].text, &r) != cases[i].is)
			fail_msg("%s is %s", cases[i].text, slo_word(verdict(cases[i].text, &r)));
}

/* Nothing lost in a million packets shows that the ratio is below 3e-6, no less. */
static void unseen_loss(void **state)
{
	(void)state;
	struct run_chain none[] = {
		{.loss_ratio = {0, 0}, .loss_bound = stats_ratio_bound(0, 1e6)}, {0}};
	struct run_result r = result(none, 1);
	assert_int_equal(verdict("loss<0.0004%", &r), SLO_MET);
	assert_int_equal(verdict("loss<0.0002%", &r), SLO_OPEN);
}

static void worst_chain_counts(void **state)
{
	(void)state;
	struct run_chain all[] = {{.latency.mean_ns = {10000, 100}, .delivered_pps = {1e6, 0}},
		{.latency.mean_ns = {90000, 100}, .delivered_pps = {2e6, 0}},
		{.latency.mean_ns = {50000, 100}, .delivered_pps = {3e6, 0}}};
	struct run_result r = result(all, 2);
	assert_int_equal(verdict("mean<60us", &r), SLO_MISSED);
	assert_int_equal(verdict("mean<95us", &r), SLO_MET);
	assert_int_equal(verdict("mean>9us", &r), SLO_MET);
	struct slo_target t = {.metric = SLO_MEAN, .limit = {95e6, DIM_TIME}};
	assert_true(slo_check(&t, &r).value == 90e6);
	assert_int_equal(verdict("mean>20us", &r), SLO_MISSED);
	assert_int_equal(verdict("rate>2.5Mpps", &r), SLO_MET);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(reads), cmocka_unit_test(refuses),
		cmocka_unit_test(counts_errors), cmocka_unit_test(judges),
		cmocka_unit_test(unseen_loss), cmocka_unit_test(worst_chain_counts)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
