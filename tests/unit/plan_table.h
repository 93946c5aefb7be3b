/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * plan_table - a made-up table with every type of parameter, for the tests of param
 */
#ifndef NFVSIM_TESTS_UNIT_PLAN_TABLE_H
#define NFVSIM_TESTS_UNIT_PLAN_TABLE_H

#include "tests/unit/printed.h"

#include "base/param.h"

#include <math.h>

struct traffic {
	struct quantity size, rate;
	int arrivals;
	uint64_t given;
	struct mark mark;
};

struct goal {
	struct quantity loss;
	int64_t tries;
	bool strict;
};

struct hop {
	const char *nf;
	int64_t vcpus;
	bool fast;
	struct param_list tags;
	uint64_t given;
	struct mark marks[4];
};

struct server {
	const char *name;
	struct mark mark;
	const char *platform;
	struct traffic own;
};

struct plan {
	const char *note;
	struct quantity cpu;
	struct traffic traffic;
	struct goal goal;
	struct param_list chain, servers, tags;
	int mode;
	uint64_t given;
	struct mark mark;
	struct mark marks[9];
};

static const char *const arrivals[] = {"cbr", "poisson", "on-off", NULL};
static const char *const modes[] = {"run to completion", "pipeline", NULL};

static const struct param traffic_params[] = {
	{.key = "size",
		.type = PARAM_QUANTITY,
		.offset = offsetof(struct traffic, size),
		.dims = DIM_SIZE,
		.min = 64,
		.max = 9216,
		.def = "64 B",
		.doc = "Size of a frame."},
	{.key = "rate",
		.type = PARAM_QUANTITY,
		.offset = offsetof(struct traffic, rate),
		.dims = DIM_PPS | DIM_BPS,
		.doc = "What is offered."},
	{.key = "arrivals",
		.type = PARAM_ENUM,
		.offset = offsetof(struct traffic, arrivals),
		.choices = arrivals,
		.def = "poisson",
		.doc = "How packets arrive."},
	{0},
};

static const struct param_table traffic_table = {.name = "traffic",
	.doc = "What comes in.",
	.size = sizeof(struct traffic),
	.params = traffic_params,
	.shorthand = "size",
	.given_offset = offsetof(struct traffic, given),
	.mark_offset = offsetof(struct traffic, mark),
	.marks_offset = SIZE_MAX};

static const struct param goal_params[] = {
	{.key = "loss",
		.type = PARAM_QUANTITY,
		.offset = offsetof(struct goal, loss),
		.dims = DIM_RATIO,
		.min = 0,
		.max = 1,
		.def = "required",
		.doc = "Share that may be lost."},
	{.key = "tries",
		.type = PARAM_COUNT,
		.offset = offsetof(struct goal, tries),
		.min = -INFINITY,
		.max = 10,
		.def = "3",
		.doc = "How often."},
	{.key = "strict",
		.type = PARAM_BOOL,
		.offset = offsetof(struct goal, strict),
		.def = "yes",
		.doc = "No excuses."},
	{0},
};

static const struct param_table goal_table = {.name = "goal",
	.size = sizeof(struct goal),
	.params = goal_params,
	.given_offset = SIZE_MAX,
	.mark_offset = SIZE_MAX,
	.marks_offset = SIZE_MAX};

static const struct param hop_params[] = {
	{.key = "nf",
		.type = PARAM_TEXT,
		.offset = offsetof(struct hop, nf),
		.def = "required",
		.doc = "Which function."},
	{.key = "vcpus",
		.type = PARAM_COUNT,
		.offset = offsetof(struct hop, vcpus),
		.min = 1,
		.max = 64,
		.def = "1",
		.doc = "How many cores."},
	{.key = "fast",
		.type = PARAM_BOOL,
		.offset = offsetof(struct hop, fast),
		.doc = "In a hurry."},
	{.key = "tags",
		.type = PARAM_TEXTS,
		.offset = offsetof(struct hop, tags),
		.def = "[a, b]",
		.doc = "Marks."},
	{0},
};

static const struct param_table hop_table = {.name = "hop",
	.size = sizeof(struct hop),
	.params = hop_params,
	.shorthand = "nf",
	.given_offset = offsetof(struct hop, given),
	.mark_offset = SIZE_MAX,
	.marks_offset = offsetof(struct hop, marks)};

static const struct param server_params[] = {
	{.key = "platform",
		.type = PARAM_TEXT,
		.offset = offsetof(struct server, platform),
		.def = "required",
		.doc = "What it is."},
	{.key = "own",
		.type = PARAM_GROUP,
		.offset = offsetof(struct server, own),
		.sub = &traffic_table,
		.doc = "Its own traffic."},
	{0},
};

static const struct param_table server_table = {.name = "server",
	.size = sizeof(struct server),
	.params = server_params,
	.shorthand = "platform",
	.given_offset = SIZE_MAX,
	.mark_offset = SIZE_MAX,
	.marks_offset = SIZE_MAX};

static const struct param plan_params[] = {
	{.key = "note",
		.type = PARAM_TEXT,
		.offset = offsetof(struct plan, note),
		.doc = "For people."},
	{.key = "cpu",
		.type = PARAM_QUANTITY,
		.offset = offsetof(struct plan, cpu),
		.dims = DIM_FREQ,
		.min = 1e8,
		.max = INFINITY,
		.def = "2.6 GHz",
		.doc = "Clock of the cores."},
	{.key = "traffic",
		.type = PARAM_GROUP,
		.offset = offsetof(struct plan, traffic),
		.sub = &traffic_table,
		.doc = "What comes in."},
	{.key = "goal",
		.type = PARAM_GROUP,
		.offset = offsetof(struct plan, goal),
		.sub = &goal_table,
		.doc = "What is enough."},
	{.key = "chain",
		.type = PARAM_LIST,
		.offset = offsetof(struct plan, chain),
		.sub = &hop_table,
		.def = "[l2fwd, {nf: fw, vcpus: 2}]",
		.doc = "The functions in order."},
	{.key = "servers",
		.type = PARAM_MAP,
		.offset = offsetof(struct plan, servers),
		.sub = &server_table,
		.doc = "Machines by name."},
	{.key = "tags",
		.type = PARAM_TEXTS,
		.offset = offsetof(struct plan, tags),
		.doc = "Marks."},
	{.key = "mode",
		.type = PARAM_ENUM,
		.offset = offsetof(struct plan, mode),
		.choices = modes,
		.def = "pipeline",
		.doc = "Who does what."},
	{0},
};

static const struct param_table plan_table = {.name = "plan",
	.doc = "A made-up table.",
	.size = sizeof(struct plan),
	.params = plan_params,
	.given_offset = offsetof(struct plan, given),
	.mark_offset = offsetof(struct plan, mark),
	.marks_offset = offsetof(struct plan, marks)};

struct fixture {
	struct arena *arena;
	struct diag *diag;
	struct plan plan;
};

static inline int set_up(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	f->arena = arena_new();
	f->diag = diag_new();
	*state = f;
	return 0;
}

static inline int tear_down(void **state)
{
	struct fixture *f = *state;

	diag_free(f->diag);
	arena_free(f->arena);
	free(f);
	return 0;
}

/* Reads a plan from a file with up to two changes from the command line. */
static inline bool read_set(struct fixture *f, const char *yaml, const char *set, const char *set2)
{
	struct ynode *root = ytree_parse("p.yaml", yaml, strlen(yaml), f->arena, f->diag);

	assert_non_null(root);
	assert_true(!set || ytree_set(root, set, f->arena, f->diag));
	assert_true(!set2 || ytree_set(root, set2, f->arena, f->diag));
	memset(&f->plan, 0xab, sizeof(f->plan));
	return param_read(&plan_table, root, &f->plan, f->arena, f->diag);
}

static inline bool read_plan(struct fixture *f, const char *yaml)
{
	return read_set(f, yaml, NULL, NULL);
}

static inline void assert_quantity(struct quantity q, double value, enum dim dim)
{
	assert_true(q.value == value);
	assert_int_equal(q.dim, dim);
}

static inline const struct hop *hop(const struct fixture *f, size_t i)
{
	assert_true(i < f->plan.chain.n);
	return (const struct hop *)f->plan.chain.items + i;
}

static inline const struct server *server(const struct fixture *f, size_t i)
{
	assert_true(i < f->plan.servers.n);
	return (const struct server *)f->plan.servers.items + i;
}

static inline const char *tag(const struct param_list *tags, size_t i)
{
	assert_true(i < tags->n);
	return ((const char *const *)tags->items)[i];
}

#endif
