/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * scenario - what a user asks: a dataplane, servers, traffic, chains of VNFs and where they run
 *
 * scenario_read() reads the file, applies --set, reads the profile and the platforms that it
 * names and checks that all fits together; after that, building and running it cannot fail.
 */
#ifndef NFVSIM_MODEL_SCENARIO_H
#define NFVSIM_MODEL_SCENARIO_H

#include "model/core.h"
#include "model/platform.h"
#include "model/profile.h"
#include "model/source.h"
#include "model/topology.h"

#define SCENARIO_MARKS 32
#define SERVER_MARKS 4

struct server_use {
	const char *name; /* "" when there is only `server:` */
	struct mark mark;
	const char *platform_name;
	const char *topology_path, *nic; /* may be NULL */
	struct mark marks[SERVER_MARKS];
	/* resolved */
	struct platform *platform; /* with what the topology says, if there is one */
	const struct topology *topology;
};

enum direction { DIRECTION_FORWARD, DIRECTION_BOTH };

struct traffic {
	const char *size;        /* "64 B", or the name or path of a size mix */
	const char *rate;        /* "line", "2 Mpps", "5 Gb/s", "50%" */
	int arrivals;            /* enum arrivals */
	struct quantity on, off; /* mean lengths of on-off periods */
	struct quantity phase;   /* of the first packet; not given: random */
	int64_t burst;           /* of the tester */
	int stamp;               /* enum stamp */
	int64_t flows;
	struct quantity zipf;
	const char *pcap;
	struct quantity speed; /* of the replay */
	int direction;         /* enum direction */
	uint64_t given;
	struct mark mark;
	struct mark marks[SCENARIO_MARKS];
	/* resolved */
	struct source_spec spec; /* phase and seed are the run's business */
	double offered_pps;
};

/* A place on a server: socket, and core or -1. */
struct spot {
	size_t server;
	int socket, core;
};

enum item_split { ITEM_ROUND_ROBIN, ITEM_PACKET, ITEM_BURST, ITEM_FLOW };

struct chain_item {
	const char *nf;
	const char *name; /* default: the NF's, numbered when it occurs again */
	const char *on;   /* [server.]socket[.core] of its vCPUs */
	int64_t vcpus, queues, copies;
	int split; /* enum item_split */
	int64_t entries;
	const char *worker;    /* where the worker runs that feeds it */
	const char *memory;    /* socket of its rings and buffers */
	struct quantity clock; /* of its vCPUs */
	struct transmit transmit;
	uint64_t given;
	struct mark mark;
	struct mark marks[SCENARIO_MARKS];
	/* resolved */
	const struct nf_def *def;
	struct spot spot, worker_spot;
	int memory_socket;
};

enum chain_end { END_NIC, END_VM };

struct chain {
	const char *name; /* "" when there is only `chain:` */
	struct mark mark;
	struct param_list items; /* struct chain_item */
	struct traffic traffic;
	int from, to; /* enum chain_end */
	int64_t rx_queues;
	int steering;            /* enum steering */
	const char *last_worker; /* where the worker runs that feeds the last NIC */
	uint64_t given;
	struct mark marks[SCENARIO_MARKS];
	/* resolved */
	struct spot last_spot;
	bool reverse; /* made from another chain by direction: both */
};

struct core_clock {
	const char *core; /* [server.]socket.core */
	struct quantity clock, effective;
	struct mark mark;
	struct spot spot; /* resolved */
};

struct core_use {
	int64_t workers;          /* worker cores a server; 0: one for each task */
	struct param_list clocks; /* struct core_clock */
	uint64_t given;
	struct mark mark;
};

struct link_use {
	struct quantity speed, delay;
	uint64_t given;
};

/* What an answer can be asked to be precise in. */
enum run_of {
	RUN_OF_RATE,
	RUN_OF_MEAN,
	RUN_OF_P50,
	RUN_OF_P90,
	RUN_OF_P99,
	RUN_OF_P999,
	RUN_OF_LOSS
};

#define RUN_WANTS(of) (1u << (of))

struct run_use {
	int64_t seed;
	struct quantity precision;
	struct param_list of; /* const char *: words for enum run_of */
	struct quantity warmup, duration;
	int64_t replications;
	int64_t max_packets;
	uint64_t given;
	struct mark mark;
	struct mark marks[SCENARIO_MARKS];
	/* resolved */
	unsigned wanted;             /* of RUN_WANTS */
	int64_t least_packets;       /* to be delivered; 0: as many as percentiles need */
	uint32_t least_replications; /* also with random arrivals; 0: as run.h says */
};

struct scenario {
	const char *path;
	const char *name, *doc;
	const char *dataplane;
	const char *server;
	struct param_list servers; /* struct server_use; after reading never empty */
	struct quantity cpu, cpu_effective;
	struct param_list chains; /* struct chain; after reading never empty */
	struct chain single;      /* what stands at top level for one chain */
	struct core_use cores;
	struct link_use link;
	struct param_list nfs;         /* struct nf_def: the user's own */
	struct param_list profile_set; /* const char *: "key=value" overriding the profile */
	struct run_use run;
	uint64_t given;
	struct mark mark;
	struct mark marks[SCENARIO_MARKS];
	/* resolved */
	struct profile *profile;
	double clock_hz; /* that a core without a setting of its own runs at */
};

extern const struct param_table scenario_table;
extern const struct param_table scenario_run_table;
extern const struct param_table *const scenario_server_table;
extern const struct param_table *const scenario_item_table;
extern const struct param_table *const scenario_chain_table;
extern const struct param_table *const scenario_traffic_table;

/* Reads and checks a scenario with n assignments from --set. NULL after errors. All lives in the
 * arena. */
struct scenario *scenario_read(
	const char *path, const char *const *sets, size_t n, struct arena *a, struct diag *d);

/* The clock that cores of a platform run at when set_hz is asked for (0: its highest). */
double scenario_effective_hz(const struct platform *p, double set_hz);

static inline struct server_use *scenario_server(const struct scenario *s, size_t i)
{
	return (struct server_use *)s->servers.items + i;
}

static inline struct chain *scenario_chain(const struct scenario *s, size_t i)
{
	return (struct chain *)s->chains.items + i;
}

static inline struct chain_item *scenario_item(const struct chain *c, size_t i)
{
	return (struct chain_item *)c->items.items + i;
}

#endif
