/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * resolve - makes a scenario's names mean something: profile, platforms, NFs, places, traffic
 *
 * Every complaint about what does not fit together is made here, so that build.c needs no error
 * path.
 */
#ifndef NFVSIM_MODEL_RESOLVE_H
#define NFVSIM_MODEL_RESOLVE_H

#include "model/scenario.h"

/* A VM that creates packets has no wire: only its ring and this, far above any core, hold it
 * back. */
#define RESOLVE_VM_BPS 4e11

void resolve_scenario(struct scenario *s, struct arena *a, struct diag *d);

/* traffic.c: sizes, rate, arrivals of one chain; link_bps is the speed of the port they come in
 * by. */
void traffic_resolve(struct traffic *t, double link_bps, struct arena *a, struct diag *d);

/* The clock of a server's cores that have none of their own. */
double resolve_clock_hz(const struct scenario *s, size_t server);

/* The speed of a server's ports in b/s and the delay of its links in ps. */
double resolve_link_bps(const struct scenario *s, size_t server);
ps_t resolve_link_delay(const struct scenario *s, size_t server);

#endif
