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

#include <inttypes.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>
#include <cmocka.h>

struct shot {
	struct arena *arena;
	struct diag *diag;
	struct scenario *scenario; /* NULL: the complaints are in diag */
	struct run_result *result;
};

#define SHOT_TEXTS(...) ((const char *const[]){__VA_ARGS__})
#define SHOT_N(...) (sizeof SHOT_TEXTS(__VA_ARGS__) / sizeof(char *))
#define SHOT(...) shot_run(SHOT_TEXTS(__VA_ARGS__), SHOT_N(__VA_ARGS__))
#define SHOT_READ(...) shot_read(SHOT_TEXTS(__VA_ARGS__), SHOT_N(__VA_ARGS__))

/* Reads and checks, as `check` does. */
static inline struct shot shot_read(const char *const *texts, size_t n)
{
	struct shot s = {.arena = arena_new(), .diag = diag_new()};
	setenv("NFVSIM_DATA", "scenarios", 1);
	s.scenario = scenario_read(texts[0], texts + 1, n - 1, s.arena, s.diag);
	if (s.scenario)
		build_check(s.scenario, s.diag);
	return s;
}

static inline struct shot shot_run(const char *const *texts, size_t n)
{
	struct shot s = shot_read(texts, n);
	if (!s.scenario || diag_errors(s.diag)) {
		diag_print(s.diag, stderr);
		fail_msg("%s does not read", texts[0]);
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

#define ASK(...) shot_ask(SHOT_TEXTS(__VA_ARGS__), SHOT_N(__VA_ARGS__))

static inline struct answer shot_answer(const struct shot *s)
{
	const struct run_chain *c = &s->result->chains[s->result->n_chains];
	return (struct answer){c->offered_pps.value / 1e6, c->delivered_pps.value / 1e6,
		c->loss_ratio.value, c->latency.mean_ns.value / 1e3, c->offered, c->delivered,
		c->dropped};
}

static inline struct answer shot_ask(const char *const *texts, size_t n)
{
	struct shot s = shot_run(texts, n);
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

static inline void assert_close(const char *what, double got, double want, double tolerance)
{
	if (!(fabs(got - want) <= tolerance * fabs(want)))
		fail_msg("%s is %.6g, wanted %.6g within %g %%", what, got, want, 100 * tolerance);
}

static inline const struct run_core *core_of(const struct shot *s, const char *name)
{
	for (uint32_t i = 0; i < s->result->n_cores; i++)
		if (strcmp(s->result->cores[i].name, name) == 0)
			return &s->result->cores[i];
	fail_msg("no core is called %s", name);
	return NULL;
}

static inline uint64_t lost_at(const struct shot *s, const char *place)
{
	for (uint32_t i = 0; i < s->result->n_places; i++)
		if (strcmp(s->result->places[i].name, place) == 0)
			return s->result->places[i].packets;
	fail_msg("no place is called %s", place);
	return 0;
}

static inline double taken_by(const struct shot *s, const char *stage)
{
	for (uint32_t i = 0; i < s->result->n_stages; i++)
		if (strcmp(s->result->stages[i].name, stage) == 0)
			return (double)s->result->stages[i].packets;
	fail_msg("no stage is called %s", stage);
	return 0;
}

/* A file of this process, which lives until the next call; NULL: no file. */
static inline const char *scratch(const char *name, const char *text)
{
	static char path[128];
	if (*path)
		remove(path);
	*path = '\0';
	if (!name)
		return NULL;
	snprintf(path, sizeof path, "/tmp/nfvsim-%ld-%s", (long)getpid(), name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	return path;
}

static inline int scratch_end(void **state)
{
	(void)state;
	scratch(NULL, NULL);
	return 0;
}

#endif
