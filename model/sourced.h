/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sourced - values that say where they come from
 *
 * Every number of a profile or platform carries its source, its standard error and a note, so
 * that an answer can say what it leans on:
 *
 *   per_packet: {value: 120 cycles, error: 12 cycles, source: published, from: [...], note: ...}
 */
#ifndef NFVSIM_MODEL_SOURCED_H
#define NFVSIM_MODEL_SOURCED_H

#include "base/param.h"
#include "model/cost.h"

enum source_kind {
	SOURCED_ASSUMED,
	SOURCED_FITTED,
	SOURCED_PUBLISHED,
	SOURCED_MEASURED,
	SOURCED_CONFIGURED
};

struct sourced {
	struct quantity value;
	struct quantity
		uncore; /* costs only: a further part in ns that does not scale with the clock */
	struct quantity error;  /* one standard error, in the dimension of value */
	int source;             /* enum source_kind */
	struct param_list from; /* ids of measured points, or citations */
	const char *note;
	uint64_t given;
	struct mark mark;
};

/* A cost in its parts; what a part left out means is 0. */
struct sourced_cost {
	struct sourced per_poll, per_burst, per_packet, per_byte, per_copied_byte;
	struct sourced lines_per_burst,
		lines_per_packet; /* cache lines last written by the other side */
	bool payload;             /* reads or writes packet data that lies with the other side */
	struct sourced_large {
		struct sourced above, per_packet, per_byte;
		struct mark mark;
	} large; /* packets above a size pay these in place of per_packet and per_byte */
	struct sourced_free {
		struct sourced above, per_packet;
		struct mark mark;
	} free; /* of per_packet, what is put off until so many packets wait to be freed */
	uint64_t given;
};

extern const struct param_table sourced_count_table; /* DIM_COUNT */
extern const struct param_table sourced_time_table;  /* DIM_TIME */
extern const struct param_table sourced_freq_table;  /* DIM_FREQ */
extern const struct param_table sourced_pps_table;   /* DIM_PPS */
extern const struct param_table sourced_bps_table;   /* DIM_BPS */
extern const struct param_table sourced_size_table;  /* DIM_SIZE */
extern const struct param_table sourced_power_table; /* DIM_POWER */
extern const struct param_table sourced_part_table;  /* DIM_CYCLES | DIM_TIME: part of a cost */
extern const struct param_table sourced_cost_table;

/* Whether a value was stated at all. */
bool sourced_given(const struct sourced *s);

/* Cycles and ns of a part (0 when not given). */
struct cost_part sourced_part(const struct sourced *s);

/* The parts of a cost that do not depend on placement. */
struct cost sourced_cost(const struct sourced_cost *s);

/* "assumed", ... */
extern const char *const sourced_kinds[];

typedef void sourced_visit(void *arg, const char *key, struct sourced *s);

/* Visits every given value in a struct that a table describes, with its dotted key below prefix. */
void sourced_walk(
	const struct param_table *t, void *s, const char *prefix, sourced_visit *visit, void *arg);

#endif
