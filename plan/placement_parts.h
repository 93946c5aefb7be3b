/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * placement_parts - placements cut into parts that share no server, each kind simulated once
 *
 * Chains that share no server, nor are joined by others that do, have nothing to do with each
 * other: a part is simulated without the rest. Parts that differ in nothing but the names of
 * servers and chains are of one kind, in whichever placement they are. The first one met is
 * simulated, under its own names and hence with its own random streams, and tells for all.
 */
#ifndef NFVSIM_PLAN_PLACEMENT_PARTS_H
#define NFVSIM_PLAN_PLACEMENT_PARTS_H

#include "base/sha256.h"
#include "plan/crew.h"

struct part {
	uint32_t *chain; /* n: numbers in the scenario, in an order that is the same for the kind */
	size_t n;
	const char **host, **name; /* n_hosts, n: of its servers and chains, in that order */
	size_t n_hosts;
	size_t kind;
};

/* Of a placement. */
struct part_list {
	struct part *part;
	size_t n;
};

struct part_kind {
	char key[SHA256_HEX];
	const struct part *first; /* the one that is simulated */
	size_t *slot;             /* of each chain of a part: its number in what was told */
	struct crew_ask ask;
	struct crew_told told; /* of the last look */
	int looks;
	bool wanted; /* another look */
};

struct part_book {
	struct part_kind *kind; /* n; freed by free() */
	size_t n;
	struct arena *arena;
};

/* Cuts a placement. whole: how to ask about it; sets and all that it points to must last. */
struct part_list parts_cut(
	struct part_book *b, const struct scenario *s, const struct crew_ask *whole);

/* Simulates all kinds of which a look is wanted; those just met are. False: the crew failed. */
bool parts_look(struct part_book *b, struct crew *crew);

/* What the parts of a placement tell together, in the order of the scenario's chains. Limits are
 * those of the part that does worst by the target. */
struct crew_told parts_sum(
	const struct part_book *b, const struct part_list *p, const struct slo *target);

/* Wants another look at what leaves a placement's verdict open, as far as looks and packets last.
 * False: there is nothing. */
bool parts_reopen(struct part_book *b, const struct part_list *p, const struct scenario *s,
	const struct slo *target);

#endif
