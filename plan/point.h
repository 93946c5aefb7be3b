/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * point - one simulation as an entry of a store: the key that names it, the result that is kept
 */
#ifndef NFVSIM_PLAN_POINT_H
#define NFVSIM_PLAN_POINT_H

#include "base/sha256.h"
#include "model/run.h"
#include "plan/slo.h"

#include <jansson.h>

/* The hash of all that the result follows from: the program's version, the scenario with its
 * defaults, seed and replications, the contents of profile, platforms, size mixes and captures. How
 * scenario, profile and platforms are called does not count, nor in which files they stand. */
void point_key(const struct scenario *s, char key[SHA256_HEX]);

/* Rates, loss and latency of all chains together (delivered_pps, delivered_pps_ci95, ...), then of
 * each chain, drops by place, use of every core, and what run.h says about the run as a whole.
 * What is not known is null. The caller frees it. */
json_t *point_result(const struct run_result *r);

/* What point_result() kept, as far as targets ask for it: chains with their names, bottleneck and
 * its load. All lives in the arena. */
void point_read(const json_t *result, struct run_result *r, struct arena *a);

/* Whether what point_result() kept meets the targets, as slo_verdict() of the run said. */
enum slo_verdict point_slo(const json_t *result, const struct slo *slo);

#endif
