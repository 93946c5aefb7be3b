/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * knobs - what a plan may change about a scenario, and the candidates that these changes make
 *
 * A knob has settings in ascending order of what they take (clock, queues, cores, servers); each
 * is a list of --set assignments. A candidate is one setting of every knob.
 */
#ifndef NFVSIM_PLAN_KNOBS_H
#define NFVSIM_PLAN_KNOBS_H

#include "model/scenario.h"

enum { KNOBS_MOST = 24, KNOBS_MAX_CANDIDATES = 20000 };

/* What a plan makes least. */
enum knobs_least {
	KNOBS_QUEUES,
	KNOBS_VCPUS,
	KNOBS_CORES,
	KNOBS_CLOCK,
	KNOBS_SERVERS,
	KNOBS_ENERGY,
	KNOBS_MEASURES
};

extern const char *const knobs_least_words[];

struct knob {
	const char *name; /* "queues of l3fwd" */
	size_t n;
	const char **words;       /* n; "2" or "1.6 GHz" */
	const char *const **sets; /* n lists, each ended by NULL */
	const char *floor;        /* why there is nothing below the first setting */
};

struct knobs {
	struct knob knob[KNOBS_MOST];
	size_t n;
};

/* How far knobs go; 0: not changed at all. */
struct knobs_range {
	bool clock;
	struct quantity clock_step;
	int64_t queues, rx_queues, servers;
	bool workers;
};

/* What a plan changes when only its aim is known. */
struct knobs_range knobs_default(enum knobs_least least);

/* The knobs of a scenario within a range; complains about what it cannot change. */
bool knobs_make(const struct scenario *s, const struct knobs_range *range, struct knobs *k,
	struct arena *a, struct diag *d);

size_t knobs_count(const struct knobs *k);

/* The setting of knob i in candidate number c, and the candidate one step down from it (SIZE_MAX:
 * at its least). */
size_t knobs_at(const struct knobs *k, size_t c, size_t i);
size_t knobs_down(const struct knobs *k, size_t c, size_t i);

/* "clock 1.2 GHz, worker cores 1"; "as it stands" */
const char *knobs_words(const struct knobs *k, size_t c, struct arena *a);

/* The assignments of a candidate behind those of base. */
const char **knobs_sets(const struct knobs *k, size_t c, const char *const *base, size_t n_base,
	size_t *n, struct arena *a);

#endif
