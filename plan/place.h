/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * place - which socket of which server runs each VNF: the combinatorial part, without a simulator
 *
 * Cores are what runs out. A VNF takes its vCPUs and a worker core for each queue that feeds it,
 * all on its socket; a chain that leaves a server takes a worker for each of its last queues on
 * the socket of that server's NIC. Ports run out too: a chain enters by one port and leaves by
 * another at its rate. Watts are those of the servers in use, idle, and of the cores in use.
 *
 * Wanted, within limits of servers and watts: as few crossings between sockets as can be (each
 * costs cache lines of another socket; entering or leaving by a NIC of another socket is one too),
 * then as few hops between servers, then as few watts. Small problems are solved exactly by branch
 * and bound; larger ones by a greedy start, then over and over by emptying some servers and filling
 * them anew (large neighbourhood search; Shaw 1998), with random streams of fixed seeds.
 */
#ifndef NFVSIM_PLAN_PLACE_H
#define NFVSIM_PLAN_PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PLACE_MOST_VNFS = 512, PLACE_MOST_BINS = 256, PLACE_ANY = -1 };
enum { PLACE_CROSSING = 1000, PLACE_HOP = 1 }; /* costs */

struct place_vnf {
	uint32_t chain;
	int cores;          /* of its vCPUs */
	int out;            /* queues that it leaves by, in all its copies */
	int server, socket; /* where it must be, or PLACE_ANY */
};

struct place_chain {
	uint32_t first, n; /* its VNFs */
	int in;            /* receive queues */
	int64_t bps;
};

/* A socket. Those of a server follow each other. */
struct place_bin {
	uint32_t server;
	int socket, cores; /* cores that are free */
};

struct place_server {
	uint32_t nic_bin;
	int64_t port_bps;
	int64_t idle_mw, core_mw; /* when it is in use, and of each core in use */
};

enum place_kind { PLACE_TOGETHER /* on one socket */, PLACE_APART /* on different servers */ };

struct place_rule {
	enum place_kind kind;
	const uint32_t *vnf;
	size_t n;
};

/* Who has a core of its own besides vCPUs: nobody, what reads a queue of a NIC, or what reads any
 * queue. */
enum place_movers { PLACE_NO_WORKERS, PLACE_RECEIVERS, PLACE_WORKERS };

struct place_problem {
	const struct place_vnf *vnf;
	uint32_t n_vnfs;
	const struct place_chain *chain;
	uint32_t n_chains;
	const struct place_bin *bin;
	uint32_t n_bins;
	const struct place_server *server;
	uint32_t n_servers;
	const struct place_rule *rule;
	size_t n_rules;
	enum place_movers movers;
};

struct place_answer {
	uint32_t bin[PLACE_MOST_VNFS];
	uint32_t servers, crossings, hops;
	int64_t mw;
	bool proven; /* that no placement within the limits costs less */
};

struct place_limits {
	uint32_t servers; /* at most */
	int64_t mw;       /* at most */
};

/* The cost of a placement; *servers, crossings, hops and mw are filled in. */
uint32_t place_cost(const struct place_problem *p, struct place_answer *a);

/* Whether cores, ports and rules allow it. */
bool place_fits(const struct place_problem *p, const struct place_answer *a);

/* The cheapest placement within the limits, and of those of that cost one with the fewest watts.
 * False: none was found (and there is none, if a->proven). */
bool place_solve(
	const struct place_problem *p, const struct place_limits *most, struct place_answer *a);

/* Looks at every placement on at most that many servers; of placements that differ only in which of
 * several like servers they use, at one. False: there are more than so many, or look said so. */
typedef bool place_look(void *arg, const struct place_answer *a);
bool place_each(const struct place_problem *p, uint32_t most_servers, size_t most_placements,
	place_look *look, void *arg);

/* Whether a VNF is the first, or the last, of its chain. */
static inline bool place_is_first(const struct place_problem *p, uint32_t v)
{
	return v == p->chain[p->vnf[v].chain].first;
}

static inline bool place_is_last(const struct place_problem *p, uint32_t v)
{
	const struct place_chain *c = &p->chain[p->vnf[v].chain];
	return v + 1 == c->first + c->n;
}

/* The least cores that a VNF adds, wherever it is: its vCPUs, a worker before it, those behind the
 * chain's last one. */
int place_least_cores(const struct place_problem *p, uint32_t v);

/* A lower bound on the number of servers, by linear programming where GLPK is installed, else by
 * adding up cores. Rules and the cores of hops only add to it. method: "GLPK" or "a sum of cores".
 */
uint32_t place_bound(const struct place_problem *p, const char **method);

/* A lower bound on the watts of all servers in use, in the same way. */
int64_t place_bound_mw(const struct place_problem *p);

#endif
