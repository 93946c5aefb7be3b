/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * shots - runs shipped scenarios with a few keys set, as the command line does with --set
 *
 * Paths are relative to the repository's root, where tests run. A shot holds the scenario and its
 * result; shot_free() ends both. SHOT("scenarios/x.yaml", "cpu=2 GHz") takes any number of keys.
 */
#ifndef NFVSIM_TESTS_UNIT_SHOTS_H
#define NFVSIM_TESTS_UNIT_SHOTS_H

#include "model/run.h"
#include "tests/unit/printed.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

struct shot {
	struct arena *arena;
	struct diag *diag;
	struct scenario *scenario; /* NULL: the complaints are in diag */
	struct run_result *result;
};

/* The first of all keys is an empty text that the macros put there. */
#define SHOT_SETS(...) ((const char *const[]){"", __VA_ARGS__})
#define SHOT_N(...) (sizeof SHOT_SETS(__VA_ARGS__) / sizeof(char *))
#define SHOT(path, ...) shot_run(path, SHOT_SETS(__VA_ARGS__), SHOT_N(__VA_ARGS__))
#define SHOT_READ(path, ...) shot_read(path, SHOT_SETS(__VA_ARGS__), SHOT_N(__VA_ARGS__))

/* Reads and checks, as `check` does. */
static inline struct shot shot_read(const char *path, const char *const *sets, size_t n)
{
	struct shot s = {.arena = arena_new(), .diag = diag_new()};
	setenv("NFVSIM_DATA", "scenarios", 1);
	s.scenario = scenario_read(path, sets + 1, n - 1, s.arena, s.diag);
	if (s.scenario)
		build_check(s.scenario, s.diag);
	return s;
}

static inline struct shot shot_run(const char *path, const char *const *sets, size_t n)
{
	struct shot s = shot_read(path, sets, n);
	if (!s.scenario || diag_errors(s.diag)) {
		diag_print(s.diag, stderr);
		fail_msg("%s does not read", path);
	}
	s.result = run_scenario(s.scenario, NULL);
	return s;
}

static inline void shot_free(struct shot *s)
{
	run_free(s->result);
	arena_free(s->arena);
	diag_free(s->diag);
}

/* What most tests want to know: all chains together. */
struct answer {
	double offered_mpps, delivered_mpps, loss, latency_us;
	uint64_t offered, delivered, dropped;
};

#define ASK(path, ...) shot_ask(path, SHOT_SETS(__VA_ARGS__), SHOT_N(__VA_ARGS__))

static inline struct answer shot_answer(const struct shot *s)
{
	const struct run_chain *c = &s->result->chains[s->result->n_chains];
	return (struct answer){c->offered_pps.value / 1e6, c->delivered_pps.value / 1e6,
		c->loss_ratio.value, c->latency.mean_ns.value / 1e3, c->offered, c->delivered,
		c->dropped};
}

static inline struct answer shot_ask(const char *path, const char *const *sets, size_t n)
{
	struct shot s = shot_run(path, sets, n);
	struct answer a = shot_answer(&s);
	shot_free(&s);
	return a;
}

/* "key=value" with a number in it, in a buffer of the caller's block. */
#define SET(format, ...) shot_set((char[256]){0}, format, __VA_ARGS__)

static inline __attribute__((format(printf, 2, 3))) const char *shot_set(
	char *to, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vsnprintf(to, 256, format, args);
	va_end(args);
	return to;
}

#endif
