/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a timeline tells adds up to the counters of the net, and the net that it observes does what
 * it does unobserved: on shipped scenarios with every kind of crossing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/timeline.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SPAN_PS (2 * PS_PER_MS)
#define MOST 64 /* tasks, cores, places, chains */

/* Sums of what was told. */
struct told {
	const struct build *b;
	uint64_t packets[MOST], bursts[MOST], flushes[MOST], taken[MOST];
	ps_t busy_ps[MOST], wait_ps[MOST], service_ps[MOST], wait_taken_ps[MOST];
	ps_t stalled_ps[MOST], end_ps[MOST];
	uint64_t wakes[MOST];
	uint64_t lost[MOST], levels, sent[MOST], last_number[MOST];
	uint64_t delivered[MOST], bytes_B[MOST], waiting;
	ps_t latency_ps[MOST], delivered_ps, open_wait_ps[MOST];
};

static void add_job(struct told *s, const struct timeline_span *x)
{
	uint32_t i = x->task;
	ps_t took = x->to_ps - x->from_ps;
	s->flushes[i] += x->doing == TIMELINE_FLUSH;
	s->bursts[i] += x->doing == TIMELINE_BURST;
	if (x->doing == TIMELINE_BURST) {
		s->packets[i] += x->packets;
		s->wait_ps[i] += x->wait_ps;
		assert_true(x->longest_wait_ps * x->packets >= x->wait_ps);
		assert_true(x->copying_ps >= 0 && x->copying_ps <= took);
	}
	if (x->open) {
		s->open_wait_ps[i] += x->wait_ps;
		return;
	}
	s->busy_ps[i] += took;
	if (x->doing == TIMELINE_BURST)
		s->service_ps[i] += x->packets * took;
}

/* What a core does follows without gap and without overlap. */
static void add_span(void *arg, const struct timeline_span *x)
{
	struct told *s = arg;
	switch (x->doing) {
	case TIMELINE_STALL:
		s->stalled_ps[x->core] += x->to_ps - x->from_ps;
		return;
	case TIMELINE_BURST:
	case TIMELINE_FLUSH:
		add_job(s, x);
		break;
	case TIMELINE_WAKING:
		s->wakes[x->core]++;
		break;
	case TIMELINE_POLLING:
	case TIMELINE_ASLEEP:
		break;
	}
	ps_t gap = x->from_ps - s->end_ps[x->core];
	assert_true(gap >= 0 && gap <= 1);
	s->end_ps[x->core] = x->to_ps;
}

static void add_packet(void *arg, const struct timeline_packet *p)
{
	struct told *s = arg;
	assert_true(p->to_ps >= p->from_ps || p->event == TIMELINE_WAITING);
	assert_true(p->number > 0);
	switch (p->event) {
	case TIMELINE_SENT:
		s->sent[p->chain]++;
		assert_int_equal(p->number, s->last_number[p->chain] + 1);
		s->last_number[p->chain] = p->number;
		break;
	case TIMELINE_TAKEN:
		s->taken[p->task]++;
		s->wait_taken_ps[p->task] += p->to_ps - p->from_ps;
		break;
	case TIMELINE_DROPPED:
		s->lost[p->place]++;
		break;
	case TIMELINE_DELIVERED:
		assert_true(p->to_ps >= s->delivered_ps);
		s->delivered_ps = p->to_ps;
		s->delivered[p->chain]++;
		s->bytes_B[p->chain] += p->pkt->size_B;
		s->latency_ps[p->chain] += p->to_ps - p->pkt->stamp_ps;
		break;
	case TIMELINE_WAITING:
		s->waiting++;
		break;
	case TIMELINE_HANDED_ON:
	case TIMELINE_ON_WIRE:
		break;
	}
}

static void add_level(void *arg, uint32_t place, ps_t at_ps, uint32_t waiting)
{
	struct told *s = arg;
	(void)at_ps;
	s->levels++;
	const struct ring *r = s->b->places[place].ring;
	assert_true(waiting <= r->cap);
}

static void attach(void *arg, struct build *b)
{
	struct timeline **t = arg;
	timeline_attach(*t, b);
}

static void compare_tasks(const struct told *s, const struct build *seen, const struct build *plain)
{
	for (uint32_t i = 0; i < seen->n_tasks; i++) {
		const struct task *x = seen->tasks[i].task, *y = plain->tasks[i].task;
		assert_int_equal(x->packets, y->packets);
		assert_int_equal(x->busy_ps, y->busy_ps);
		assert_int_equal(x->wait_ps, y->wait_ps);
		assert_int_equal(s->packets[i], x->packets);
		assert_int_equal(s->taken[i], x->packets);
		assert_int_equal(s->bursts[i], x->bursts);
		assert_int_equal(s->flushes[i], x->flushes);
		assert_int_equal(s->busy_ps[i], x->busy_ps);
		assert_int_equal(s->service_ps[i], x->service_ps);
		assert_int_equal(s->wait_taken_ps[i], s->wait_ps[i]);
		bool staged = x->n_out > 1 || x->txbuf.threshold;
		assert_int_equal(s->wait_ps[i] - (staged ? 0 : s->open_wait_ps[i]), x->wait_ps);
	}
}

static void compare_rest(const struct told *s, const struct build *seen, const struct build *plain)
{
	for (uint32_t i = 0; i < seen->net->cores.n; i++) {
		const struct core *x = seen->net->cores.item[i], *y = plain->net->cores.item[i];
		assert_int_equal(x->steps, y->steps);
		assert_int_equal(s->stalled_ps[i], x->stalled_ps);
		assert_int_equal(s->wakes[i], x->wakes);
	}
	for (uint32_t i = 0; i < seen->n_places; i++) {
		const struct build_place *p = &seen->places[i];
		assert_int_equal(s->lost[i], p->ring ? p->ring->dropped : p->rx->overrun);
	}
	for (uint32_t i = 0; i < seen->n_chains; i++) {
		const struct sink *x = seen->chains[i].sink, *y = plain->chains[i].sink;
		assert_int_equal(x->packets, y->packets);
		assert_true(x->latency_ps.sum == y->latency_ps.sum);
		assert_int_equal(s->delivered[i], x->packets);
		assert_int_equal(s->bytes_B[i], x->bytes_B);
		assert_int_equal(s->latency_ps[i], x->latency_ps.sum);
	}
}

static void observe(const char *path, const char *const *sets, size_t n_sets)
{
	struct arena *a = arena_new();
	struct diag *d = diag_new();
	const struct scenario *s = scenario_read(path, sets, n_sets, a, d);
	diag_print(d, stderr);
	assert_non_null(s);
	struct told *told = calloc(1, sizeof *told);
	const struct timeline_viewer viewer = {told, add_span, add_packet, add_level};
	struct timeline *t = timeline_new(&viewer);
	struct build *seen = build_tuned(s, 1, 0, attach, &t), *plain = build_net(s, 1, 0);
	told->b = seen;
	assert_true(seen->n_tasks <= MOST && seen->n_places <= MOST);
	net_run(seen->net, SPAN_PS / 3 + 1);
	net_run(seen->net, SPAN_PS);
	timeline_end(t);
	net_run(plain->net, SPAN_PS);
	compare_tasks(told, seen, plain);
	compare_rest(told, seen, plain);
	timeline_free(t);
	net_free(seen->net);
	net_free(plain->net);
	free(told);
	diag_free(d);
	arena_free(a);
}

static void observe_all(const char *pattern)
{
	glob_t found;
	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		print_message("%s\n", found.gl_pathv[i]);
		observe(found.gl_pathv[i], NULL, 0);
	}
	globfree(&found);
}

static void shipped_scenarios(void **state)
{
	(void)state;
	observe_all("scenarios/*.yaml");
	observe_all("scenarios/niu-can17/*.yaml");
}

static void examples(void **state)
{
	(void)state;
	observe_all("scenarios/examples/*.yaml");
	observe_all("scenarios/bench/*.yaml");
}

int main(void)
{
	setenv("NFVSIM_DATA", "scenarios", 1);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shipped_scenarios),
		cmocka_unit_test(examples),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
