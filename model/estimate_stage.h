/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * estimate_stage - what happens to a flow in one stage: waiting, service, transmit buffer, wake-up
 */
#ifndef NFVSIM_MODEL_ESTIMATE_STAGE_H
#define NFVSIM_MODEL_ESTIMATE_STAGE_H

#include "model/estimate_net.h"

/* Takes the flow into stage i to the instant at which it is handed on: latency and bursts. */
struct estimate_flow estimate_stage_pass(const struct estimate_net *n, uint32_t i);

/* Share of time that a core spends on polls that find packets, if it served each burst that lands
 * by itself. */
double estimate_stage_alone(const struct estimate_net *n, const struct estimate_core_of *c);

double estimate_flow_latency(const struct estimate_flow *f);

#endif
