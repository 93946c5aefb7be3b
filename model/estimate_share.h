/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * estimate_share - who gets how much: throughput of a net by its cores, wires and NIC ceilings
 */
#ifndef NFVSIM_MODEL_ESTIMATE_SHARE_H
#define NFVSIM_MODEL_ESTIMATE_SHARE_H

#include "model/estimate_net.h"

/* Fills demand, share and full of every stage, demand and fits of every limit. */
void estimate_share(struct estimate_net *n);

/* Packets per ns that a stage hands on. */
double estimate_share_served(const struct estimate_stage *s);

/* Share of what reaches a port that its ceilings let pass. */
double estimate_share_port(const struct estimate_net *n, const struct estimate_rx *r);

#endif
