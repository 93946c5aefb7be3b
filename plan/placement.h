/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * placement - placements of a scenario's chains on its servers, ranked by simulation
 *
 * plan/place.h finds, for the fewest servers that do and for a few more, the placement with the
 * fewest crossings and hops; each of them is simulated as a whole, with everything that shares its
 * servers. Places that the scenario itself gives VNFs (on:) are not kept to; rules are. Ranked:
 * those that meet the targets first, then by servers, watts and latency.
 */
#ifndef NFVSIM_PLAN_PLACEMENT_H
#define NFVSIM_PLAN_PLACEMENT_H

#include "model/scenario.h"
#include "plan/crew.h"
#include "plan/place.h"

enum { PLACEMENT_OPTIONS = 3 };

struct placement_rule {
	struct param_list together, apart; /* const char *: "chain.vnf", or "vnf" of a lone chain */
	const char *pin, *to;              /* a VNF, and [server.]socket or a server */
	struct mark mark;
};

/* What others use: so many cores of a socket, or these of it, or a share of a server's ports. */
struct placement_taken {
	const char *on;         /* [server.]socket; of a link: the server */
	int64_t cores;          /* 0: not given */
	struct param_list cpus; /* const char *: numbers of the operating system */
	struct quantity link;   /* b/s, in each direction; 0: not given */
	struct mark mark;
};

struct placement_ask {
	const char *name, *scenario;
	const char **sets; /* n_sets */
	size_t n_sets;
	const char *target_text;
	struct slo target;
	struct param_list rules; /* struct placement_rule */
	struct param_list taken; /* struct placement_taken */
};

extern const struct param_table placement_table;

/* Reads a placement file, or a scenario. False after errors. */
bool placement_read(const char *path, const char *const *sets, size_t n_sets, const char *target,
	struct placement_ask *ask, struct arena *a, struct diag *d);

/* Whether scenario, rules and what is taken go together; complains about what does not. */
bool placement_check(const struct placement_ask *ask, struct arena *a, struct diag *d);

struct placement_chain {
	double offered_pps, delivered_pps, loss_ratio, mean_ns, p99_ns; /* NaN: not known */
};

struct placement_core {
	const char *name, *role;
	size_t server;
	int socket, node; /* socket and NUMA node */
	int number;       /* that the system gives its processor, or counted through the sockets */
};

struct placement_option {
	struct place_answer answer;
	const char **on;   /* of each VNF: "a.0" */
	const char **sets; /* n_sets assignments that make it */
	size_t n_sets;
	double watts, worst_ns; /* worst p99 (or mean, where p99 is not known) of any chain */
	bool mean_only;         /* worst_ns is a mean */
	enum slo_verdict verdict;
	struct slo_check check[SLO_TARGETS];
	struct placement_chain *chain; /* one for each */
	const char *limit;
	double limit_load;
	struct placement_core *core;
	size_t n_cores;
	bool front; /* no other option is as good in servers, watts and latency */
};

struct placement {
	const struct scenario *scenario; /* as it was read */
	const char **vnf;                /* names of all VNFs, "chain.vnf" */
	uint32_t n_vnfs;
	struct placement_option option[PLACEMENT_OPTIONS];
	size_t n;             /* 0: nothing fits */
	uint32_t bound;       /* no placement has fewer servers */
	const char *bound_by; /* "GLPK" or "a sum of cores" */
	uint32_t fewest;      /* that a placement was found for; 0: none */
	const char *why_more; /* why fewest - 1 servers do not do; NULL: fewest is 1 */
};

/* NULL after errors, or when the crew failed. The answer is the same for any crew. Everything lives
 * in the arena. */
struct placement *placement_run(
	const struct placement_ask *ask, struct crew *crew, struct arena *a, struct diag *d);

/* The settings that put an option on real machines, as comments and commands. */
void placement_bess(const struct placement *p, const struct placement_option *o, FILE *to);
void placement_ovs(const struct placement *p, const struct placement_option *o, FILE *to);
void placement_libvirt(const struct placement *p, const struct placement_option *o, FILE *to);

#endif
