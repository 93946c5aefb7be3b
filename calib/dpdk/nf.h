/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Network functions as a VNF would run them on a burst of packets, for the microbenchmarks and
 * for live guests alike.
 *
 * create builds the tables (routes, rules, flows); fill writes the headers of a packet that the
 * tables know; run does the work on a burst and returns how many packets it lets through, packed
 * to the front, having freed the others. lookup, where there is one, is the bare table access for
 * the next n of KEYS prepared keys, without any packet. A state belongs to one core.
 */
#ifndef CALIB_DPDK_NF_H
#define CALIB_DPDK_NF_H

#include <stdint.h>

struct rte_mbuf;

enum { NF_BURST_MAX = 256, NF_KEYS = 65536 };

struct nf {
	const char *name, *doc;
	uint32_t entries_max;              /* 0: it has no table */
	void *(*create)(uint32_t entries); /* draws from rte_rand; NULL without memory */
	void (*destroy)(void *state);
	void (*fill)(void *state, struct rte_mbuf *packet);
	unsigned (*run)(void *state, struct rte_mbuf **burst, unsigned n);
	void (*lookup)(void *state, uint32_t first, unsigned n); /* first + n <= NF_KEYS */
};

extern const struct nf nf_l2fwd, nf_touch, nf_lpm, nf_fib, nf_acl, nf_hash;
extern const struct nf *const nf_table[]; /* ends with NULL */

const struct nf *nf_find(const char *name); /* NULL if there is none */

#endif
