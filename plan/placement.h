/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * placement - placements of a scenario's chains on its servers, ranked by simulation
 *
 * The analytic estimate says which placements are worth it (plan/placement_guess.h); these are
 * simulated, each chain with everything that shares its servers (plan/placement_parts.h). Places
 * that the scenario itself gives VNFs (on:) are not kept to; rules are. Ranked: those that meet the
 * targets first, then by servers, watts and latency. The front is what no other beats in servers,
 * watts, the p99 of the slowest chain, and in meeting the targets.
 */
#ifndef NFVSIM_PLAN_PLACEMENT_H
#define NFVSIM_PLAN_PLACEMENT_H

#include "model/scenario.h"
#include "plan/crew.h"
#include "plan/place.h"

enum { PLACEMENT_OPTIONS = 8, PLACEMENT_CLOCKS = 16 };

enum placement_rule_key { RULE_TOGETHER, RULE_APART, RULE_PIN, RULE_TO, RULE_KEYS };

struct placement_rule {
	struct param_list together, apart; /* const char *: "chain.vnf", or "vnf" of a lone chain */
	const char *pin, *to;              /* a VNF, and [server.]socket or a server */
	struct mark mark, marks[RULE_KEYS];
};

enum placement_taken_key { TAKEN_ON, TAKEN_CORES, TAKEN_CPUS, TAKEN_LINK, TAKEN_KEYS };

/* What others use: so many cores of a socket, or these of a server, or a share of its ports. */
struct placement_taken {
	const char *on;         /* [server.]socket; of cpus and link the server will do */
	int64_t cores;          /* 0: not given */
	struct param_list cpus; /* const char *: numbers of the operating system */
	struct quantity link;   /* b/s, in each direction; 0: not given */
	struct mark mark, marks[TAKEN_KEYS];
};

struct placement_ask {
	const char *name, *scenario;
	const char **sets; /* n_sets */
	size_t n_sets;
	const char *target_text;
	struct slo target;
	struct param_list clocks; /* const char *: of all cores; empty: the scenario's */
	struct mark clocks_mark;
	struct param_list rules; /* struct placement_rule */
	struct param_list taken; /* struct placement_taken */
};

extern const struct param_table placement_table;

/* Reads a placement file, or a scenario. False after errors; what is wrong with the scenario, too,
 * has then been told. */
bool placement_read(const char *path, const char *const *sets, size_t n_sets, const char *target,
	struct placement_ask *ask, struct arena *a, struct diag *d);

/* Whether scenario, rules and what is taken go together; complains about what does not. */
bool placement_check(const struct placement_ask *ask, struct arena *a, struct diag *d);

/* NaN: not known. */
struct placement_chain {
	double offered_pps, delivered_pps, loss_ratio, mean_ns, p99_ns;
	bool rough; /* p99_ns: of too few packets for an interval */
};

struct placement_core {
	const char *name, *role;
	size_t server;
	int socket, node;  /* socket and NUMA node */
	int number;        /* that the system gives its processor, or counted through the sockets */
	const char *reads; /* the queue that its task reads: "a.pnic0.rx2", "fw.vnic1.q1" */
};

struct placement_option {
	struct place_answer answer;
	const char *clock; /* of all cores; NULL: the scenario's */
	const char **on;   /* of each VNF: "a.0" */
	const char **sets; /* n_sets assignments that make it */
	size_t n_sets;
	double watts;    /* NaN: a platform states no power */
	double worst_ns; /* p99 of the slowest chain */
	double wide_ns;  /* half of its 95 % interval, or 5 % of it when it is rough */
	bool rough;
	double precision; /* widest relative half-width of a rate or mean latency */
	enum slo_verdict verdict;
	struct slo_check check[SLO_TARGETS];
	struct placement_chain *chain; /* one for each */
	const char *limit;
	double limit_load;
	struct placement_core *core;
	size_t n_cores;
	bool front;
	/* Against the best of the front in each: */
	uint32_t more_servers;
	double more_w, more_ns;
};

/* Why not all on one server. */
struct placement_one {
	const struct placement_option *option; /* the best on one; NULL: there is none */
	const char *why;                       /* NULL: it is ranked first */
};

struct placement {
	const struct scenario *scenario; /* as it was read */
	const char **vnf;                /* names of all VNFs, "chain.vnf" */
	uint32_t n_vnfs;
	struct placement_option option[PLACEMENT_OPTIONS];
	size_t n;             /* 0: nothing fits */
	uint32_t bound;       /* no placement has fewer servers */
	double bound_w;       /* nor fewer watts; NaN: a platform states no power */
	const char *bound_by; /* "GLPK" or "a sum of cores" */
	uint32_t fewest;      /* that a placement was found for; 0: none */
	const char *why_more; /* why fewest - 1 servers do not do; NULL: fewest is 1 */
	const char *why_none; /* why nothing fits; NULL: something does */
	struct placement_one one;
	size_t looked_at; /* placements estimated */
	bool all;         /* these are all there are, but for servers that are alike */
	size_t simulated;
	size_t parts; /* of these that share no server, */
	size_t kinds; /* of so many kinds, each simulated once ... */
	size_t looks; /* ... or again, while a verdict was open: so many simulations */
};

/* NULL after errors, or when the crew failed. The answer is the same for any crew. progress may be
 * NULL. Everything lives in the arena. */
struct placement *placement_run(const struct placement_ask *ask, struct crew *crew,
	crew_progress *progress, void *arg, struct arena *a, struct diag *d);

/* The settings that put an option on real machines, as comments and commands. */
void placement_bess(const struct placement *p, const struct placement_option *o, FILE *to);
void placement_ovs(const struct placement *p, const struct placement_option *o, FILE *to);
void placement_libvirt(const struct placement *p, const struct placement_option *o, FILE *to);

#endif
