/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * run_out - the result of one simulation, for people and for programs
 */
#ifndef NFVSIM_CLI_RUN_OUT_H
#define NFVSIM_CLI_RUN_OUT_H

#include "model/run.h"

#include <jansson.h>
#include <stdio.h>

/* Throughput, loss, latency, cores, stages, bottleneck, and what the answer leans on. */
void run_text_print(const struct scenario *s, const struct run_result *r, FILE *to);

/* The object that `run --json` prints; the caller frees it with json_decref or json_out_print. */
json_t *run_json_new(const struct scenario *s, const struct run_result *r);

/* Rates, loss and latency of a chain, put into an object. */
void run_json_chain(json_t *object, const struct run_chain *c);

/* "poisson": the word that a scenario has for the arrivals of a chain. */
const char *run_json_arrivals(const struct traffic *t);

#endif
