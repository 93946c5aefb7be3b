/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fastloop - core_step in a tight loop, for the commonest kind of core
 *
 * A polling core that runs alone (schedule.h) with one task of constant cost that hands each
 * burst on at once to a ring that drops, a sink or a NIC. It does what core_step would do, to the
 * bit (a test compares them on every shipped scenario), with the state in registers and without
 * events.
 */
#ifndef NFVSIM_MODEL_FASTLOOP_H
#define NFVSIM_MODEL_FASTLOOP_H

#include "model/core.h"

bool fastloop_fits(const struct core *c);

/* Lets the core do all that it does up to and including until_ps; sets c->next_ps. */
void fastloop_run(struct core *c, ps_t until_ps);

#endif
