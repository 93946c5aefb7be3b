/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * build - turns a scenario into a net of rings, tasks and cores
 *
 * Parts are made in the order in which a packet meets them, and named as in the results:
 *
 *   pnic0.rx -> tc0 -> fw.vnic0 -> fw -> fw.vnic1 -> tc1 -> pnic1.tx
 *
 * with the server in front when there are several, and the chain when there are several.
 */
#ifndef NFVSIM_MODEL_BUILD_H
#define NFVSIM_MODEL_BUILD_H

#include "model/net.h"
#include "model/scenario.h"

struct build_place {
	const char *name;
	const struct ring *ring; /* its drops */
	const struct nic_rx *rx; /* or a port's overruns */
	uint32_t chain;
};

/* What a task's cost is made of, for explanations: in ns for a burst of one packet of mean size. */
struct build_task {
	struct task *task;
	struct cost cost;    /* without what is paid per send */
	struct cost send;    /* paid for each burst handed on */
	struct cost handing; /* the part of cost that handing on a packet causes */
	struct cost remote;  /* the part of both that another socket causes */
	struct cost nf;      /* the part of cost that is the network function's own work */
	struct cost copying; /* the part of both that moving packets into or out of a VM causes */
	uint32_t chain;
	uint32_t fixed_size_B;
};

struct build_chain {
	const struct chain *chain;
	struct sink *sink;
	struct source *source;
	struct nic_rx *rx; /* where offered packets are counted */
};

struct build {
	struct net *net;
	const struct scenario *scenario;
	struct build_place *places;
	uint32_t n_places;
	struct build_task *tasks;
	uint32_t n_tasks;
	struct build_chain *chains;
	uint32_t n_chains;
	ps_t opened_ps; /* set by the run: when the measuring window opened */
};

/* A net ready to run (net_start done). Everything belongs to the net: net_free(b->net) frees it
 * all; the scenario must outlive it. */
struct build *build_net(const struct scenario *s, uint64_t seed, uint32_t replication);

/* The same, with a chance to change parts before the net starts: to see what if. */
typedef void build_tune(void *arg, struct build *b);
struct build *build_tuned(
	const struct scenario *s, uint64_t seed, uint32_t replication, build_tune *tune, void *arg);

/* Complains about sockets that have too few cores and about costs out of range. */
void build_check(const struct scenario *s, struct diag *d);

#endif
