/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * validate_out - the accuracy ledger for people, for programs and for the manual
 */
#ifndef NFVSIM_CLI_VALIDATE_OUT_H
#define NFVSIM_CLI_VALIDATE_OUT_H

#include "validate/ledger.h"
#include "validate/limits.h"
#include "validate/refit.h"

#include <jansson.h>
#include <stdio.h>

/* Tables by group, statistics of each set, and the headline from held-out points only. detail: also
 * where packets are lost and the bottleneck. */
void validate_text_print(const struct ledger *l, bool detail, FILE *to);

/* The same as tables in Markdown, without the program's terminal layout. */
void validate_text_markdown(const struct ledger *l, FILE *to);

/* Leave-one-out and leave-one-dataplane-out. */
void validate_text_left_out(const struct refit_row *rows, size_t n, struct arena *a, FILE *to);

/* The object that --json prints; the caller frees it. */
json_t *validate_json_new(const struct ledger *l);

/* Adds the rows as "left_out". */
void validate_json_left_out(json_t *to, const struct refit_row *rows, size_t n);

/* "good", "off", "holds", "fails", "unclear", "fact" */
const char *validate_text_verdict(const struct ledger_row *r);

#endif
