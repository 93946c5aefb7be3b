/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An HdrHistogram log is read back by a decoder written from the format's description alone, and
 * gives the percentiles, counts and times of the run.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report/hdr_log.h"
#include "tests/unit/scenario_text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#ifdef HAVE_ZLIB
#include <zlib.h>

#define ROOM (1 << 20)
#define MOST_SLOTS (1 << 16)

/* All lines of one tag, added up. */
struct log {
	uint64_t count[MOST_SLOTS], total;
	double highest_ms, length_s, end_s;
	int lines;
};

static size_t from_base64(const char *text, unsigned char *to)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t n = 0;
	uint32_t bits = 0, held = 0;
	for (; *text && *text != '\n' && *text != '='; text++) {
		const char *at = strchr(digits, *text);
		assert_non_null(at);
		bits = bits << 6 | (uint32_t)(at - digits);
		held += 6;
		if (held >= 8)
			to[n++] = (unsigned char)(bits >> (held -= 8));
	}
	return n;
}

static uint64_t big_endian(const unsigned char *from, int bytes)
{
	uint64_t v = 0;
	for (int i = 0; i < bytes; i++)
		v = v * 256 + from[i];
	return v;
}

static int64_t zigzag(const unsigned char **from)
{
	uint64_t v = 0;
	for (int i = 0;; i++) {
		uint64_t byte = *(*from)++;
		if (i == 8) {
			v |= byte << 56;
			break;
		}
		v |= (byte & 0x7f) << (7 * i);
		if (byte < 0x80)
			break;
	}
	return v % 2 ? -(int64_t)(v / 2) - 1 : (int64_t)(v / 2);
}

static void add_histogram(struct log *l, const char *text)
{
	static unsigned char packed[ROOM], plain[ROOM];
	size_t n = from_base64(text, packed);
	assert_true(n > 8);
	assert_int_equal(big_endian(packed, 4), 0x1c849314);
	assert_int_equal(big_endian(packed + 4, 4), n - 8);
	uLongf size = sizeof plain;
	assert_int_equal(uncompress(plain, &size, packed + 8, n - 8), Z_OK);
	assert_int_equal(big_endian(plain, 4), 0x1c849313);
	assert_int_equal(big_endian(plain + 4, 4), size - 40);
	assert_int_equal(big_endian(plain + 8, 4), 0);
	assert_int_equal(big_endian(plain + 12, 4), 3);
	assert_int_equal(big_endian(plain + 16, 8), 1);
	assert_true(big_endian(plain + 32, 8) == UINT64_C(0x3ff0000000000000));
	const unsigned char *at = plain + 40;
	for (uint64_t slot = 0; at < plain + size;) {
		int64_t v = zigzag(&at);
		if (v > 0) {
			assert_true(slot < MOST_SLOTS);
			l->count[slot] += (uint64_t)v;
			l->total += (uint64_t)v;
		}
		slot += v < 0 ? (uint64_t)-v : 1;
	}
}

/* Values below 2048 have a slot each; then every 1024 slots their width doubles. */
static void bounds(uint32_t slot, double *low, double *high)
{
	int doublings = slot < 2048 ? 0 : (int)(slot / 1024) - 1;
	double width = ldexp(1, doublings);
	*low = slot < 2048 ? slot : (1024 + slot % 1024) * width;
	*high = *low + width;
}

/* The middle of the slot that holds the percentile. */
static double quantile(const struct log *l, double q)
{
	uint64_t rank = (uint64_t)ceil(q * (double)l->total), seen = 0;
	double low = 0, high = 0;
	for (uint32_t i = 0; seen < rank; i++) {
		seen += l->count[i];
		bounds(i, &low, &high);
	}
	return (low + high - 1) / 2;
}

static void add_line(struct log *l, char *line, const char *tag)
{
	if (*line == '#' || *line == '"')
		return;
	char *at = line;
	if (*tag) {
		if (strncmp(line, "Tag=", 4) != 0 || strncmp(line + 4, tag, strlen(tag)) != 0 ||
			line[4 + strlen(tag)] != ',')
			return;
		at = line + 5 + strlen(tag);
	}
	double start = strtod(at, &at), length, highest;
	assert_int_equal(*at, ',');
	length = strtod(at + 1, &at);
	assert_int_equal(*at, ',');
	highest = strtod(at + 1, &at);
	assert_int_equal(*at, ',');
	assert_true(l->lines == 0 || fabs(start - l->end_s) < 2e-9);
	l->end_s = start + length;
	l->length_s += length;
	l->highest_ms = fmax(l->highest_ms, highest);
	l->lines++;
	add_histogram(l, at + 1);
}

static struct log *read_log(const struct scenario *s, const struct run_result *r, const char *tag)
{
	struct log *l = calloc(1, sizeof *l);
	char *text = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&text, &size);
	hdr_log_write(s, r, to);
	fclose(to);
	for (char *line = text, *end; *line; line = end + 1) {
		end = strchr(line, '\n');
		assert_non_null(end);
		*end = '\0';
		add_line(l, line, tag);
	}
	free(text);
	return l;
}

static void same_percentiles(const struct log *l, const struct run_chain *c)
{
	static const double q[] = {0.5, 0.9, 0.99};
	const struct interval is[] = {c->latency.p50_ns, c->latency.p90_ns, c->latency.p99_ns};
	assert_int_equal(l->total, c->delivered);
	for (size_t i = 0; i < 3; i++)
		assert_true(fabs(quantile(l, q[i]) - is[i].value) <= 1 + is[i].value / 1000);
	assert_true(fabs(l->highest_ms * 1e6 - c->latency.max_ns) <= 1);
}

static void one_chain(void **state)
{
	(void)state;
	static const char *const sets[][2] = {
		{"run.seed=1", "traffic.rate=line"},                 /* replications */
		{"traffic.arrivals=poisson", "traffic.rate=7 Mpps"}, /* batches */
	};
	for (size_t i = 0; i < 2; i++) {
		struct arena *a = arena_new();
		struct scenario *s = scenario_text("dataplane: bess\nserver: c6220\n"
						   "traffic: {size: 64 B}\nchain: [l3fwd]\n",
			sets[i], 2, a);
		assert_non_null(s);
		struct run_result *r = run_scenario(s, NULL);
		struct log *l = read_log(s, r, "");
		assert_int_equal(l->lines, r->samples);
		assert_true(fabs(l->length_s - r->measured_s) < 1e-6);
		same_percentiles(l, &r->chains[0]);
		free(l);
		run_free(r);
		arena_free(a);
	}
}

static void several_chains(void **state)
{
	(void)state;
	const char *sets[] = {"run.duration=20ms", "run.warmup=2ms"};
	struct arena *a = arena_new();
	struct scenario *s =
		scenario_text("dataplane: bess\nserver: c6220\nchains:\n"
			      "  one: {traffic: {size: 64 B, rate: 2 Mpps}, chain: [l3fwd]}\n"
			      "  two: {traffic: {size: 64 B, rate: 1 Mpps}, chain: [firewall]}\n",
			sets, 2, a);
	assert_non_null(s);
	struct run_result *r = run_scenario(s, NULL);
	static const char *const tags[] = {"one", "two"};
	for (uint32_t c = 0; c < 2; c++) {
		struct log *l = read_log(s, r, tags[c]);
		assert_int_equal(l->lines, r->samples);
		assert_int_equal(l->total, r->chains[c].delivered);
		free(l);
	}
	run_free(r);
	arena_free(a);
}

int main(void)
{
	setenv("NFVSIM_DATA", "scenarios", 1);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_chain),
		cmocka_unit_test(several_chains),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

static void without_zlib(void **state)
{
	(void)state;
	assert_false(hdr_log_available());
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(without_zlib)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
