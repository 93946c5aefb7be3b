/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * scenario_text - a scenario from the text of a test, with n assignments as of --set
 *
 * What is wrong with it goes to stderr, and the answer is NULL. It lives in the arena.
 */
#ifndef NFVSIM_TESTS_UNIT_SCENARIO_TEXT_H
#define NFVSIM_TESTS_UNIT_SCENARIO_TEXT_H

#include "model/scenario.h"

#include <stdio.h>
#include <stdlib.h>

static inline struct scenario *scenario_text(
	const char *text, const char *const *sets, size_t n, struct arena *a)
{
	char path[] = "/tmp/nfvsim-scenario-XXXXXX";
	int fd = mkstemp(path);
	FILE *to = fdopen(fd, "w");
	fputs(text, to);
	fclose(to);
	struct diag *d = diag_new();
	struct scenario *s = scenario_read(path, sets, n, a, d);
	diag_print(d, stderr);
	diag_free(d);
	remove(path);
	return s;
}

#endif
