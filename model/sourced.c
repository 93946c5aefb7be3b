/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/sourced.h"

#include <stdio.h>
#include <string.h>

const char *const sourced_kinds[] = {
	"assumed", "fitted", "published", "measured", "configured", NULL};

#define OFF(field) offsetof(struct sourced, field)

/* A table for values of some dimensions; only costs have an uncore part. */
#define SOURCED_TABLE(tag, mask, text, uncore_param)                                              \
	static const struct param tag##_params[] = {                                              \
		{"value", PARAM_QUANTITY, OFF(value), mask, 0, 0, NULL, NULL, NULL, text},        \
		{"error", PARAM_QUANTITY, OFF(error), mask, 0, 0, NULL, NULL, NULL,               \
			"one standard error of the value"},                                       \
		{"source", PARAM_ENUM, OFF(source), 0, 0, 0, "assumed", sourced_kinds, NULL,      \
			"where the value comes from"},                                            \
		{"from", PARAM_TEXTS, OFF(from), 0, 0, 0, NULL, NULL, NULL,                       \
			"ids of measured points, or citations"},                                  \
		{"note", PARAM_TEXT, OFF(note), 0, 0, 0, NULL, NULL, NULL,                        \
			"what to know about it"},                                                 \
		uncore_param{NULL, 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL}};                       \
	const struct param_table sourced_##tag##_table = {"value",                                \
		"a value and where it comes from", sizeof(struct sourced), tag##_params, "value", \
		OFF(given), OFF(mark), SIZE_MAX};

#define UNCORE                                                                    \
	{"uncore", PARAM_QUANTITY, OFF(uncore), DIM_TIME, 0, 0, NULL, NULL, NULL, \
		"a further part that does not scale with the clock"},

SOURCED_TABLE(count, DIM_COUNT, "the number", )
SOURCED_TABLE(time, DIM_TIME, "the time", )
SOURCED_TABLE(freq, DIM_FREQ, "the frequency", )
SOURCED_TABLE(pps, DIM_PPS, "the packet rate", )
SOURCED_TABLE(bps, DIM_BPS, "the bit rate", )
SOURCED_TABLE(size, DIM_SIZE, "the size", )
SOURCED_TABLE(power, DIM_POWER, "the power", )
SOURCED_TABLE(part, DIM_CYCLES | DIM_TIME, "core cycles (scale with the clock) or time", UNCORE)

#define COST_OFF(field) offsetof(struct sourced_cost, field)
#define PART(key, text)                                                                          \
	{                                                                                        \
#key, PARAM_GROUP, COST_OFF(key), 0, 0, 0, NULL, NULL, &sourced_part_table, text \
	}
#define LINES(key, text)                                                                          \
	{                                                                                         \
#key, PARAM_GROUP, COST_OFF(key), 0, 0, 0, NULL, NULL, &sourced_count_table, text \
	}

#define LARGE_OFF(field) offsetof(struct sourced_large, field)
static const struct param large_params[] = {
	{"above", PARAM_GROUP, LARGE_OFF(above), 0, 0, 0, NULL, NULL, &sourced_size_table,
		"the size with CRC above which packets pay these; one for all costs of a profile"},
	{"per_packet", PARAM_GROUP, LARGE_OFF(per_packet), 0, 0, 0, NULL, NULL, &sourced_part_table,
		"each such packet; as for the others, if not given"},
	{"per_byte", PARAM_GROUP, LARGE_OFF(per_byte), 0, 0, 0, NULL, NULL, &sourced_part_table,
		"each byte of it; as for the others, if not given"},
	{NULL, 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL}};
static const struct param_table large_table = {"large", "what packets above a size cost",
	sizeof(struct sourced_large), large_params, NULL, SIZE_MAX, LARGE_OFF(mark), SIZE_MAX};

#define FREE_OFF(field) offsetof(struct sourced_free, field)
static const struct param free_params[] = {
	{"above", PARAM_GROUP, FREE_OFF(above), 0, 0, 0, NULL, NULL, &sourced_count_table,
		"sent packets that may wait to be freed; when they are more, all are"},
	{"per_packet", PARAM_GROUP, FREE_OFF(per_packet), 0, 0, 0, NULL, NULL, &sourced_part_table,
		"freeing one: of the cost's per_packet, not beside it"},
	{NULL, 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL}};
static const struct param_table free_table = {"free", "freeing sent packets many at a time",
	sizeof(struct sourced_free), free_params, NULL, SIZE_MAX, FREE_OFF(mark), SIZE_MAX};

static const struct param cost_params[] = {
	PART(per_poll, "each look at the queue, also when it is empty"),
	PART(per_burst, "each burst that is not empty"), PART(per_packet, "each packet"),
	PART(per_byte, "each byte of a packet"),
	PART(per_copied_byte, "each byte of a copy in 64 B steps below 1024 B"),
	LINES(lines_per_burst, "cache lines a burst that the other side wrote last"),
	LINES(lines_per_packet,
		"cache lines a packet that the other side wrote last and no prefetch hides"),
	{"payload", PARAM_BOOL, COST_OFF(payload), 0, 0, 0, "no", NULL, NULL,
		"whether packet data that lies with the other side is read or written"},
	{"large", PARAM_GROUP, COST_OFF(large), 0, 0, 0, NULL, NULL, &large_table,
		"packets above a size, which pay these in place of per_packet and per_byte"},
	{"free", PARAM_GROUP, COST_OFF(free), 0, 0, 0, NULL, NULL, &free_table,
		"of sending, what of per_packet is put off until many sent packets wait to be "
		"freed"},
	{NULL, 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL}};

const struct param_table sourced_cost_table = {"cost", "what a burst costs its core",
	sizeof(struct sourced_cost), cost_params, "per_packet", COST_OFF(given), SIZE_MAX,
	SIZE_MAX};

bool sourced_given(const struct sourced *s)
{
	return s->given & 1;
}

struct cost_part sourced_part(const struct sourced *s)
{
	struct cost_part p = {0, s->uncore.value / (double)PS_PER_NS};
	if (s->value.dim == DIM_CYCLES)
		p.cycles = s->value.value;
	else
		p.ns += s->value.value / (double)PS_PER_NS;
	return p;
}

static struct cost_part less(struct cost_part p, struct cost_part q)
{
	return (struct cost_part){p.cycles - q.cycles, p.ns - q.ns};
}

/* What large packets pay beyond the others, if the cost tells them apart. */
static void add_large(struct cost *c, const struct sourced_large *l)
{
	if (!sourced_given(&l->above))
		return;
	c->large_above_B = (uint32_t)l->above.value.value;
	if (sourced_given(&l->per_packet))
		c->large_packet = less(sourced_part(&l->per_packet), c->packet);
	if (sourced_given(&l->per_byte))
		c->large_byte = less(sourced_part(&l->per_byte), c->byte);
}

struct cost sourced_cost(const struct sourced_cost *s)
{
	struct cost c = {.poll = sourced_part(&s->per_poll),
		.burst = sourced_part(&s->per_burst),
		.packet = sourced_part(&s->per_packet),
		.byte = sourced_part(&s->per_byte),
		.copied_byte = sourced_part(&s->per_copied_byte)};
	add_large(&c, &s->large);
	if (sourced_given(&s->free.above)) {
		c.free_above = (uint32_t)s->free.above.value.value;
		c.free_packet = sourced_part(&s->free.per_packet);
	}
	return c;
}

static bool is_sourced(const struct param_table *t)
{
	return t && t->params->sub == NULL && t->size == sizeof(struct sourced) && t->shorthand &&
	       strcmp(t->shorthand, "value") == 0;
}

static void walk_list(const struct param *p, struct param_list *list, const char *prefix,
	sourced_visit *visit, void *arg)
{
	for (size_t i = 0; i < list->n; i++) {
		char *item = (char *)list->items + i * p->sub->size, key[192];
		const char *name = p->type == PARAM_MAP ? *(const char **)item : NULL;
		if (name)
			snprintf(key, sizeof key, "%s%s.", prefix, name);
		else
			snprintf(key, sizeof key, "%s%zu.", prefix, i);
		sourced_walk(p->sub, item, key, visit, arg);
	}
}

void sourced_walk(
	const struct param_table *t, void *s, const char *prefix, sourced_visit *visit, void *arg)
{
	for (const struct param *p = t->params; p->key; p++) {
		char key[160];
		void *field = (char *)s + p->offset;
		snprintf(key, sizeof key, "%s%s", prefix, p->key);
		if (p->type == PARAM_GROUP && is_sourced(p->sub)) {
			if (sourced_given(field))
				visit(arg, key, field);
			continue;
		}
		snprintf(key, sizeof key, "%s%s.", prefix, p->key);
		if (p->type == PARAM_GROUP)
			sourced_walk(p->sub, field, key, visit, arg);
		else if (p->type == PARAM_LIST || p->type == PARAM_MAP)
			walk_list(p, field, key, visit, arg);
	}
}
