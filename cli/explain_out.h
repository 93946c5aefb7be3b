/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * explain_out - what holds a scenario back, for people and for programs
 */
#ifndef NFVSIM_CLI_EXPLAIN_OUT_H
#define NFVSIM_CLI_EXPLAIN_OUT_H

#include "plan/budget.h"
#include "plan/whatif.h"

#include <jansson.h>
#include <stdio.h>

struct explain {
	const struct scenario *s;
	const struct run_result *base;
	const struct budget *budget;
	struct whatif_cases cases; /* best first */
	bool by_rate;              /* ranked by delivered rate, else by mean latency */
};

void explain_text_print(const struct explain *e, FILE *to);
void explain_json_print(const struct explain *e);

/* Puts "budget" into an object: a list of chains, their places, the parts of each. r: the run that
 * b is of. */
void explain_json_budget(json_t *object, const struct budget *b, const struct run_result *r);

#endif
