/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * slo_out - how targets were met, for people and for programs
 */
#ifndef NFVSIM_CLI_SLO_OUT_H
#define NFVSIM_CLI_SLO_OUT_H

#include "plan/slo.h"

#include <jansson.h>
#include <stdio.h>

/* A line a target. */
void slo_text_print(const struct slo *slo, const struct slo_check *checks, FILE *to);

/* Puts the list "slo" into an object. */
void slo_json_put(json_t *object, const struct slo *slo, const struct slo_check *checks);

/* Checks a result against targets, shows it (as JSON into object, which may be NULL, else as
 * text to stdout) and returns the exit code: 0 met, 3 missed, 4 open. */
int slo_report(const struct slo *slo, const struct run_result *r, json_t *object);

#endif
