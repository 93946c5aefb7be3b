/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reads any bytes as a testbed's plan. Besides not crashing: what is refused has a complaint, and
 * of what is accepted every command can be printed or has one. Nothing is run.
 */
#include "validate/testbed.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TRIALS = 32 }; /* each reads the scenario */

static void demand(bool holds)
{
	if (!holds)
		abort();
}

static bool is_small(const char *text, size_t size, struct arena *a)
{
	struct diag *d = diag_new();
	struct testbed *t = arena_alloc(a, sizeof *t);
	const struct ynode *root = ytree_parse("plan", text, size, a, d);
	bool small = root && param_read(&testbed_table, root, t, a, d) && t->repeat <= TRIALS;
	const struct testbed_axis *x = small ? t->axes.items : NULL;
	for (size_t i = 0, n = 1; small && i < t->axes.n; i++) {
		n *= x[i].values.n;
		small = n * (size_t)t->repeat <= TRIALS;
	}
	diag_free(d);
	return small;
}

static void read_plan(const char *path, struct arena *a)
{
	struct diag *d = diag_new();
	char *printed = NULL;
	size_t n;
	const struct testbed *t = testbed_read(path, a, d);
	demand(!t == (diag_errors(d) > 0));
	FILE *to = open_memstream(&printed, &n);
	if (t) {
		demand(testbed_print(t, to, a, d) == (diag_errors(d) == 0));
		testbed_hash(t, 0, a);
	}
	fclose(to);
	free(printed);
	diag_free(d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	const char *text = arena_strndup(a, (const char *)data, size);
	int fd = memfd_create("plan.yaml", 0);
	setenv("NFVSIM_DATA", "tests/cli/data", 1);
	if (is_small(text, size, a) && fd >= 0 && write(fd, data, size) == (ssize_t)size)
		read_plan(arena_printf(a, "/proc/self/fd/%d", fd), a);
	close(fd);
	arena_free(a);
	return 0;
}
