/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Running cores a block of time ahead, and by the tight loop, gives what the plain event loop
 * gives: every counter and every bin of every histogram, on all scenarios that come with the
 * program.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/build.h"

#include <glob.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SPAN_PS (4 * PS_PER_MS)
#define LEAST_PACKETS 300 /* of the whole scenario, where these take longer than the span */
#define PIECES 3          /* the span is run in so many pieces of odd lengths */

/* How often a schedule was cut into several groups, and how often the tight loop served one. */
struct seen {
	unsigned scenarios, split, fast;
};

static void dump_bin(void *to, uint64_t lo, uint64_t hi, uint64_t n)
{
	(void)hi;
	fprintf(to, "  %" PRIu64 ": %" PRIu64 "\n", lo, n);
}

static void dump_ring(FILE *to, const struct ring *r)
{
	fprintf(to, "%s: put %" PRIu64 " dropped %" PRIu64 " left %" PRIu64 " waiting %u\n",
		r->name ? r->name : "", r->put, r->dropped, r->left, ring_waiting(r));
}

static void dump_task(FILE *to, const struct task *t)
{
	fprintf(to,
		"%s: %" PRIu64 " packets %" PRIu64 " bursts %" PRIu64 " flushes, wait %" PRId64
		" service %" PRId64 " busy %" PRId64 " ps, in hand %u\n",
		t->name, t->packets, t->bursts, t->flushes, t->wait_ps, t->service_ps, t->busy_ps,
		t->taken);
	for (uint32_t i = 0; i < t->n_out; i++)
		fprintf(to, "  port %u: %" PRIu64 " sends, %u buffered\n", i, t->out[i].sends,
			t->out[i].buffered);
}

/* All that can be read off a net, as text. */
static char *dump(const struct build *b, uint32_t n_cores)
{
	const struct net *net = b->net;
	char *text = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&text, &size);
	for (uint32_t i = 0; i < net->rings.n; i++)
		dump_ring(to, net->rings.item[i]);
	for (uint32_t i = 0; i < net->txqs.n; i++)
		dump_ring(to, &((const struct txq *)net->txqs.item[i])->ring);
	for (uint32_t i = 0; i < net->rxs.n; i++)
		fprintf(to, "rx %u: overrun %" PRIu64 "\n", i,
			((const struct nic_rx *)net->rxs.item[i])->overrun);
	for (uint32_t i = 0; i < b->n_tasks; i++)
		dump_task(to, b->tasks[i].task);
	for (uint32_t i = 0; i < n_cores; i++) {
		const struct core *c = net->cores.item[i];
		fprintf(to, "%s: %" PRIu64 " steps %" PRIu64 " wakes, stalled %" PRId64 " ps\n",
			c->name, c->steps, c->wakes, c->stalled_ps);
	}
	for (uint32_t i = 0; i < net->sinks.n; i++) {
		const struct sink *s = net->sinks.item[i];
		const struct hist *h = &s->latency_ps;
		fprintf(to, "sink %u: %" PRIu64 " packets %" PRIu64 " B, %" PRIu64 " values, ", i,
			s->packets, s->bytes_B, h->n);
		fprintf(to, "%" PRId64 " to %" PRId64 ", sum %" PRIu64 " %" PRIu64 "\n", h->min,
			h->max, (uint64_t)(h->sum >> 64), (uint64_t)h->sum);
		hist_each(h, dump_bin, to);
	}
	fclose(to);
	return text;
}

/* A lone core would be served by itself in any case: an idle one keeps it company. */
static void put_together(void *arg, struct build *b)
{
	*(uint32_t *)arg = b->net->cores.n;
	b->net->together = true;
	struct core *idle = net_core(b->net, "idle", 1e9);
	net_task(b->net, idle, "idle", net_ring(b->net, "idle", 1), 1, 0);
}

static void count_cores(void *arg, struct build *b)
{
	*(uint32_t *)arg = b->net->cores.n;
}

static ps_t span_of(const struct scenario *s)
{
	double pps = 0;
	for (size_t i = 0; i < s->chains.n; i++)
		pps += scenario_chain(s, i)->traffic.offered_pps;
	double least = pps > 0 ? LEAST_PACKETS / pps * (double)PS_PER_S : 0;
	return least > (double)SPAN_PS ? (ps_t)least : SPAN_PS;
}

static char *run(const struct scenario *s, uint32_t seed, build_tune *tune, struct seen *seen)
{
	uint32_t n_cores = 0;
	struct build *b = build_tuned(s, seed, seed, tune, &n_cores);
	ps_t span = span_of(s);
	for (int i = 1; i <= PIECES; i++)
		net_run(b->net, span * i / PIECES - i % PIECES);
	net_check(b->net);
	const struct schedule *plan = &b->net->schedule;
	uint32_t groups = 0, fast = 0;
	for (uint32_t i = 0; i < plan->n; i++) {
		groups += plan->groups[i].n > 0;
		fast += plan->groups[i].fast;
	}
	if (tune == put_together) {
		assert_int_equal(groups, 1);
		assert_int_equal(fast, 0);
	} else {
		seen->split += groups > 1;
		seen->fast += fast > 0;
	}
	/* The idle core's ring is the last, and empty. */
	if (tune == put_together)
		b->net->rings.n--;
	char *text = dump(b, n_cores);
	if (tune == put_together)
		b->net->rings.n++;
	net_free(b->net);
	return text;
}

/* Names the first line that differs. */
static void assert_same(const char *path, const char *want, const char *got)
{
	size_t line = 0;
	for (size_t i = 0; want[i] && want[i] == got[i]; i++)
		if (want[i] == '\n')
			line = i + 1;
	if (strcmp(want, got) != 0)
		fail_msg("%s: by events: %.*s\n  otherwise: %.*s", path,
			(int)strcspn(want + line, "\n"), want + line,
			(int)strcspn(got + line, "\n"), got + line);
}

static void compare(const char *path, const char *const *sets, size_t n_sets, struct seen *seen)
{
	struct arena *a = arena_new();
	struct diag *d = diag_new();
	const struct scenario *s = scenario_read(path, sets, n_sets, a, d);
	if (!s)
		diag_print(d, stderr);
	assert_non_null(s);
	for (uint32_t seed = 0; seed < 2; seed++) {
		char *want = run(s, seed, put_together, seen);
		char *got = run(s, seed, count_cores, seen);
		assert_same(path, want, got);
		free(want);
		free(got);
	}
	seen->scenarios++;
	diag_free(d);
	arena_free(a);
}

static void compare_all(const char *pattern, struct seen *seen)
{
	glob_t found;
	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++)
		compare(found.gl_pathv[i], NULL, 0, seen);
	globfree(&found);
}

static void shipped_scenarios(void **state)
{
	(void)state;
	struct seen seen = {0};
	compare_all("scenarios/*.yaml", &seen);
	compare_all("scenarios/bench/*.yaml", &seen);
	print_message("%u scenarios, %u runs in several groups, %u with a tight loop\n",
		seen.scenarios, seen.split, seen.fast);
	assert_true(seen.split > 0);
	assert_true(seen.fast > 0);
}

/* What the tight loop serves, with what the benchmark's file does not have: chance and loss. */
static void tight_loop(void **state)
{
	(void)state;
	static const char *const sets[][2] = {
		{"traffic.arrivals=poisson", "traffic.rate=5 Mpps"},
		{"traffic.arrivals=poisson", "traffic.rate=10 Mpps"},
		{"traffic.arrivals=poisson", "traffic.rate=1 kpps"},
		{"traffic.arrivals=cbr", "traffic.rate=line"},
		{"to=nic", "traffic.rate=8 Mpps"},
		{"traffic.burst=32", "traffic.rate=8 Mpps"},
		{"traffic.size=imix", "traffic.rate=3 Mpps"},
	};
	struct seen seen = {0};
	for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++)
		compare("scenarios/bench/w1.yaml", sets[i], 2, &seen);
	assert_int_equal(seen.fast, 2 * seen.scenarios);
}

static void scenarios_of_the_paper(void **state)
{
	(void)state;
	struct seen seen = {0};
	compare_all("scenarios/niu-can17/*.yaml", &seen);
	assert_true(seen.split > 0);
}

static void examples(void **state)
{
	(void)state;
	struct seen seen = {0};
	compare_all("scenarios/examples/*.yaml", &seen);
	assert_true(seen.split > 0);
}

int main(void)
{
	setenv("NFVSIM_DATA", "scenarios", 1);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shipped_scenarios),
		cmocka_unit_test(tight_loop),
		cmocka_unit_test(scenarios_of_the_paper),
		cmocka_unit_test(examples),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
