/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Frames of a tester are drawn ahead of time, frames from another server are not; a port that takes
 * both must not hold the second back behind the first.
 */
#include "model/run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define FILE_NAME "scenarios/examples/shared-port.yaml"

static void nothing_is_lost_at_low_load(void **state)
{
	(void)state;
	const char *sets[] = {"run.duration=50 ms"};
	struct arena *a = arena_new();
	struct diag *d = diag_new();
	const struct scenario *s = scenario_read(FILE_NAME, sets, 1, a, d);
	assert_non_null(s);
	struct run_result *r = run_scenario(s, NULL);
	for (uint32_t c = 0; c < r->n_chains; c++) {
		assert_true(r->chains[c].offered > 5000);
		assert_int_equal(r->chains[c].dropped, 0);
	}
	run_free(r);
	diag_free(d);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(nothing_is_lost_at_low_load)};
	return cmocka_run_group_tests_name("shared port", tests, NULL, NULL);
}
