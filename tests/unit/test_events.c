/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The pending-event set against a plain array that is searched for its least entry
 */
#include "sim/events.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define MAX_ACTORS 70

/* Knuth's 64-bit linear congruential generator. */
static uint64_t next_random(uint64_t *z)
{
	*z = *z * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return *z >> 33;
}

/* The least instant; among equals the least actor. */
static struct event least(const ps_t *at_ps, uint32_t n)
{
	struct event first = {at_ps[0], 0};
	for (uint32_t i = 1; i < n; i++)
		if (at_ps[i] < first.at_ps)
			first = (struct event){at_ps[i], i};
	return first;
}

static void check_first(const struct events *e, const ps_t *at_ps, uint32_t n)
{
	struct event got = events_first(e), want = least(at_ps, n);
	assert_true(got.at_ps == want.at_ps);
	if (want.at_ps != PS_NEVER)
		assert_int_equal(got.actor, want.actor);
}

/* Few different instants, so that ties are common; some cancelled, some at the ends of time. */
static ps_t some_instant(uint64_t *z)
{
	switch (next_random(z) % 8) {
	case 0:
		return PS_NEVER;
	case 1:
		return PS_NEVER - 1;
	case 2:
		return 0;
	default:
		return (ps_t)(next_random(z) % 10);
	}
}

static void the_least_comes_first(void **state)
{
	(void)state;
	uint64_t z = 1;
	for (uint32_t n = 1; n <= MAX_ACTORS; n++) {
		struct events e;
		ps_t at_ps[MAX_ACTORS];
		events_init(&e, n);
		for (uint32_t i = 0; i < n; i++)
			at_ps[i] = PS_NEVER;
		check_first(&e, at_ps, n);
		for (int step = 0; step < 2000; step++) {
			uint32_t actor = (uint32_t)next_random(&z) % n;
			at_ps[actor] = some_instant(&z);
			events_set(&e, actor, at_ps[actor]);
			check_first(&e, at_ps, n);
			assert_true(events_of(&e, actor) == at_ps[actor]);
		}
		for (uint32_t i = 0; i < n; i++)
			assert_true(events_of(&e, i) == at_ps[i]);
		events_free(&e);
	}
}

/* As the engine uses it: take the first, move it on, never go back in time. */
static void time_never_runs_backwards(void **state)
{
	(void)state;
	uint64_t z = 2;
	struct events e;
	events_init(&e, 13);
	for (uint32_t i = 0; i < 13; i++)
		events_set(&e, i, 0);
	struct event last = {0, 0};
	for (int step = 0; step < 100000; step++) {
		struct event now = events_first(&e);
		assert_true(now.at_ps > last.at_ps ||
			    (now.at_ps == last.at_ps && (step == 0 || now.actor > last.actor)));
		events_set(&e, now.actor, now.at_ps + 1 + (ps_t)(next_random(&z) % 20));
		last = now;
	}
	events_free(&e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_least_comes_first),
		cmocka_unit_test(time_never_runs_backwards),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
