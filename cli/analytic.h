/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * analytic - `run --analytic`: the answer by formulas instead of a simulation
 */
#ifndef NFVSIM_CLI_ANALYTIC_H
#define NFVSIM_CLI_ANALYTIC_H

#include "model/scenario.h"

#include <stdbool.h>

/* Estimates the scenario and prints it to stdout: throughput, loss, mean latency by its causes, the
 * load of every core. Returns an enum verb_exit. */
int analytic_run(const struct scenario *s, bool json);

#endif
