/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * crew_out - a crew (plan/crew.h) for a verb, and what is said when it fails
 */
#ifndef NFVSIM_CLI_CREW_OUT_H
#define NFVSIM_CLI_CREW_OUT_H

#include "cli/options.h"
#include "plan/crew.h"

/* As --jobs or mpirun say. NULL, and said why, without MPI under mpirun. */
struct crew *crew_out_start(const struct options *o, const char *verb);

/* Ends it; says so if it failed, and returns the exit code then, else code. c may be NULL. */
int crew_out_end(struct crew *c, const char *verb, int code);

#endif
