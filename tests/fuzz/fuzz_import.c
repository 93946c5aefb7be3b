/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reads any bytes as a file of results. Besides not crashing: what is refused has a complaint and
 * prints nothing, and what is accepted prints YAML that can be read.
 */
#include "base/ytree.h"
#include "validate/import.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { READABLE = 100000 }; /* longer ones may pass the limits of ytree */

static void demand(bool holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const sets[] = {"cpu=2GHz"};
	const struct import_extra extra = {"work", "held-out", sets, 1};
	struct arena *a = arena_new();
	struct diag *d = diag_new();
	char *printed = NULL;
	size_t n;
	FILE *to = open_memstream(&printed, &n);
	const char *text = arena_strndup(a, (const char *)data, size);
	bool good = import_text("results", text, size, &extra, to, a, d);
	fclose(to);
	demand(good == (diag_errors(d) == 0) && good == (n > 0));
	if (good && n < READABLE)
		demand(ytree_parse("printed", printed, n, a, d));
	free(printed);
	diag_free(d);
	arena_free(a);
	return 0;
}
