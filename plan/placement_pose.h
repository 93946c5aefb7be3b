/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * placement_pose - the problem of plan/place.h that a scenario, rules and what is taken pose
 */
#ifndef NFVSIM_PLAN_PLACEMENT_POSE_H
#define NFVSIM_PLAN_PLACEMENT_POSE_H

#include "plan/placement.h"

/* Starts as {.ask, .arena, .d, .clock}. */
struct posed {
	const struct placement_ask *ask; /* with the clock among its sets */
	const char *clock;               /* NULL: the scenario's */
	struct arena *arena;
	struct diag *d;
	const struct scenario *s;
	struct place_problem p;
	struct place_bin *bin;
	bool **busy; /* of each bin, for each core: others use it */
	struct place_server *server;
	struct place_vnf *vnf;
	const char **names; /* of VNFs: "chain.vnf" */
	bool watts;         /* whether all platforms state their power */
};

/* Reads the scenario and poses the problem; false after errors. */
bool placement_pose(struct posed *q);

/* The operating system's number of a core: of its topology, else counted through the sockets. */
int placement_cpu(const struct posed *q, const struct place_bin *b, int core);

#endif
