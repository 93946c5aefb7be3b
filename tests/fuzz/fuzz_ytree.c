/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reads any bytes as YAML and then as parameters; behind a NUL byte follows an assignment as of
 * --set. Besides not crashing: what is refused has a complaint, complaints hold no control
 * characters, and what is accepted can be written and read back to the same text.
 */
#include "base/param.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct part {
	const char *name;
	struct mark mark;
	struct quantity size, rate, share;
	int64_t count;
	struct param_list words;
};

struct whole {
	const char *text;
	struct quantity cpu;
	bool flag;
	int choice;
	struct part part;
	struct param_list list, map;
	uint64_t given;
	struct mark marks[8];
};

static const char *const choices[] = {"cbr", "poisson", "on-off", NULL};

static const struct param part_params[] = {
	{.key = "size",
		.type = PARAM_QUANTITY,
		.offset = offsetof(struct part, size),
		.dims = DIM_SIZE | DIM_TIME,
		.min = 1,
		.max = 1e30,
		.def = "64 B"},
	{.key = "rate",
		.type = PARAM_QUANTITY,
		.offset = offsetof(struct part, rate),
		.dims = DIM_BPS | DIM_PPS | DIM_CYCLES | DIM_POWER},
	{.key = "share",
		.type = PARAM_QUANTITY,
		.offset = offsetof(struct part, share),
		.dims = DIM_RATIO},
	{.key = "count",
		.type = PARAM_COUNT,
		.offset = offsetof(struct part, count),
		.min = -5,
		.max = 1e18},
	{.key = "words", .type = PARAM_TEXTS, .offset = offsetof(struct part, words)},
	{0},
};

static const struct param_table part_table = {.name = "part",
	.size = sizeof(struct part),
	.params = part_params,
	.shorthand = "size",
	.given_offset = SIZE_MAX,
	.mark_offset = SIZE_MAX,
	.marks_offset = SIZE_MAX};

static const struct param whole_params[] = {
	{.key = "text", .type = PARAM_TEXT, .offset = offsetof(struct whole, text)},
	{.key = "cpu",
		.type = PARAM_QUANTITY,
		.offset = offsetof(struct whole, cpu),
		.dims = DIM_FREQ | DIM_COUNT,
		.def = "2.6 GHz"},
	{.key = "flag", .type = PARAM_BOOL, .offset = offsetof(struct whole, flag), .def = "yes"},
	{.key = "choice",
		.type = PARAM_ENUM,
		.offset = offsetof(struct whole, choice),
		.choices = choices},
	{.key = "part",
		.type = PARAM_GROUP,
		.offset = offsetof(struct whole, part),
		.sub = &part_table},
	{.key = "list",
		.type = PARAM_LIST,
		.offset = offsetof(struct whole, list),
		.sub = &part_table,
		.def = "[5 B]"},
	{.key = "map",
		.type = PARAM_MAP,
		.offset = offsetof(struct whole, map),
		.sub = &part_table},
	{0},
};

static const struct param_table whole_table = {.name = "whole",
	.size = sizeof(struct whole),
	.params = whole_params,
	.given_offset = offsetof(struct whole, given),
	.mark_offset = SIZE_MAX,
	.marks_offset = offsetof(struct whole, marks)};

static void demand(bool holds)
{
	if (!holds)
		abort();
}

static void check_complaints(const struct diag *d)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	diag_print(d, to);
	fclose(to);
	demand(diag_errors(d) == 0 || size > 0);
	for (size_t i = 0; i < size; i++)
		demand(text[i] == '\n' || (unsigned char)text[i] >= ' ');
	free(text);
}

static char *written(const struct whole *w, size_t *size)
{
	char *text = NULL;
	FILE *to = open_memstream(&text, size);

	param_write(&whole_table, w, to, 0);
	fclose(to);
	return text;
}

/* What was accepted may not grow too large to be read back. */
static void check_round_trip(const struct whole *w, struct arena *a, struct diag *d)
{
	size_t size, size_again;
	char *text = written(w, &size), *again;
	struct ynode *root = ytree_parse("written", text, size, a, d);
	struct whole back;

	if (root || size < 100000) {
		demand(root && param_read(&whole_table, root, &back, a, d));
		again = written(&back, &size_again);
		demand(size == size_again && memcmp(text, again, size) == 0);
		free(again);
	}
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *nul = size ? memchr(data, 0, size) : NULL;
	size_t yaml = nul ? (size_t)(nul - data) : size;
	struct arena *a = arena_new();
	struct diag *d = diag_new();
	struct ynode *root = ytree_parse("fuzz.yaml", (const char *)data, yaml, a, d);
	struct whole w;

	demand(root || diag_errors(d) > 0);
	if (root && nul)
		ytree_set(root, arena_strndup(a, (const char *)nul + 1, size - yaml - 1), a, d);
	if (root && param_read(&whole_table, root, &w, a, d))
		check_round_trip(&w, a, d);
	check_complaints(d);
	diag_free(d);
	arena_free(a);
	return 0;
}
