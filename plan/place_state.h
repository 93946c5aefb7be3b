/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * place_state - resources in use while VNFs are put on sockets one after another
 *
 * For the searches of place.c and place_local.c. VNFs of a chain are put in order and removed in
 * the opposite one. What is in use, what it costs and whether it is too much are kept up to date,
 * and only ever grow while VNFs are added.
 */
#ifndef NFVSIM_PLAN_PLACE_STATE_H
#define NFVSIM_PLAN_PLACE_STATE_H

#include "plan/place.h"

#define PLACE_NOWHERE UINT32_MAX

struct place_state {
	const struct place_problem *p;
	int used[PLACE_MOST_BINS];
	int64_t in_bps[PLACE_MOST_BINS], out_bps[PLACE_MOST_BINS]; /* by server, as is on */
	uint32_t on[PLACE_MOST_BINS];                              /* VNFs of each server */
	uint32_t servers, cost;
	int over; /* sockets and ports that are asked for more than they have */
	int64_t mw;
	uint32_t bin[PLACE_MOST_VNFS]; /* PLACE_NOWHERE: not put yet */
};

void place_start(struct place_state *s, const struct place_problem *p);

/* Puts a VNF on a socket; its predecessor in the chain is in place. */
void place_put(struct place_state *s, uint32_t v, uint32_t bin);

/* Takes it away again; its successor is not in place. */
void place_remove(struct place_state *s, uint32_t v);

/* Whether rules let a VNF be where it is, as far as others are in place. */
bool place_allowed(const struct place_state *s, uint32_t v);

/* Orders placements: by cost, then by watts. */
static inline uint64_t place_key(uint32_t cost, int64_t mw)
{
	return (uint64_t)cost << 40 | (uint64_t)mw;
}

static inline uint32_t place_chain_end(const struct place_problem *p, uint32_t chain)
{
	return p->chain[chain].first + p->chain[chain].n;
}

/* Branch and bound over the VNFs of some chains, in order. */
struct place_search {
	struct place_state s;
	struct place_limits most;
	uint64_t best; /* key of the best so far */
	uint32_t found_bin[PLACE_MOST_VNFS];
	uint32_t end;                         /* of the VNFs to put */
	uint32_t order[PLACE_MOST_BINS];      /* in which sockets are tried */
	uint32_t alike[PLACE_MOST_BINS];      /* first server that is just like this one */
	int64_t tail_mw[PLACE_MOST_VNFS + 1]; /* the least that all VNFs from this one on add */
	int tail_cores[PLACE_MOST_VNFS + 1];
	int largest; /* cores of a server */
	uint64_t nodes, most_nodes;
	bool found;
	place_look *look; /* at every placement; NULL: look for the best */
	void *arg;
	size_t left; /* placements to look at */
};

void place_search_start(struct place_search *q, const struct place_problem *p,
	const struct place_limits *most, uint64_t most_nodes);

/* From VNF v, whose predecessors are in place, to q->end. */
void place_search_descend(struct place_search *q, uint32_t v);

/* A good placement of a large problem, or false. */
bool place_local(
	const struct place_problem *p, const struct place_limits *most, struct place_answer *a);

#endif
