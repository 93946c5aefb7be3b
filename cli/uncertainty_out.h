/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * uncertainty_out - simulation noise and calibration error of an answer, apart
 */
#ifndef NFVSIM_CLI_UNCERTAINTY_OUT_H
#define NFVSIM_CLI_UNCERTAINTY_OUT_H

#include "cli/options.h"
#include "plan/uncertainty.h"

#include <jansson.h>

/* Simulates so many draws of a scenario that gave that result; reads it anew for each, from a path
 * that can be read again. */
struct uncertainty *uncertainty_measure(const char *path, const struct options *o,
	const struct scenario *s, const struct run_result *r, uint32_t draws);

void uncertainty_text_print(const struct uncertainty *u, const struct run_result *r, FILE *to);
void uncertainty_json_put(json_t *object, const struct uncertainty *u, const struct run_result *r);

#endif
