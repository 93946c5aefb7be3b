/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * whatif - what removing each obstacle, or adding something, would bring
 *
 * Every case is simulated like the base: same seed, warm-up and length, so that differences are
 * paired (plan/paired.h). Obstacles are removed in the model alone (a core whose work takes no
 * time, rings that are 16 times as long), to see what they cost; offers are values that a user can
 * set, and are given as such. The scenario is read anew for each case, by the caller:
 *
 *   whatif_list(&cases, s, arena);
 *   for each case: s = ... read with case.sets ...; whatif_run(&case, s, &design);
 */
#ifndef NFVSIM_PLAN_WHATIF_H
#define NFVSIM_PLAN_WHATIF_H

#include "plan/paired.h"

enum whatif_kind {
	WHATIF_CORE,    /* the work of one core, or of cores that are equally fast, takes no time */
	WHATIF_REMOTE,  /* lines of the other socket take as long as local ones */
	WHATIF_FILL,    /* transmit buffers are sent at once */
	WHATIF_STALL,   /* nobody waits for room */
	WHATIF_RINGS,   /* rings are longer */
	WHATIF_WIRE,    /* links are faster */
	WHATIF_CEILING, /* NICs have no ceiling of packets a second */
	WHATIF_TESTER,  /* the tester sends packet by packet */
	WHATIF_SET,     /* an offer */
};

struct whatif {
	enum whatif_kind kind;
	const char *what;   /* "core l3fwd" */
	const char **cores; /* WHATIF_CORE: their names */
	size_t n_cores;
	const char *sets[4]; /* offers: for scenario_read */
	size_t n_sets;
	const char *why;           /* it is not possible, for the caller */
	struct run_result *result; /* NULL: not possible */
};

struct whatif_cases {
	struct whatif *cases;
	size_t n;
};

/* All cases that mean something for a scenario; in the arena. */
void whatif_list(struct whatif_cases *c, const struct scenario *s, struct arena *a);

/* s: the scenario with the case's sets; may be changed. */
void whatif_run(struct whatif *c, struct scenario *s, const struct paired_design *d);

#endif
