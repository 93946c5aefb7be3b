/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * scenario_text - a scenario from the text of a test, with n assignments as of --set
 *
 * What is wrong with it goes to stderr, and the answer is NULL. It lives in the arena. Paths are
 * seen from the current folder.
 */
#ifndef NFVSIM_TESTS_UNIT_SCENARIO_TEXT_H
#define NFVSIM_TESTS_UNIT_SCENARIO_TEXT_H

#include "model/scenario.h"

#include <stdio.h>
#include <sys/mman.h>

static inline struct scenario *scenario_text(
	const char *text, const char *const *sets, size_t n, struct arena *a)
{
	FILE *to = fdopen(memfd_create("scenario", 0), "w");
	const char *path = arena_printf(a, "/dev/fd/%d", fileno(to));
	fputs(text, to);
	fflush(to);
	struct diag *d = diag_new();
	struct scenario *s = scenario_read(path, sets, n, a, d);
	diag_print(d, stderr);
	diag_free(d);
	fclose(to);
	return s;
}

#endif
