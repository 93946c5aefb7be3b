/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * gate - the errors that were recorded last, and whether any has grown
 *
 * The record, validate/data/gate.yaml, is written by the program and kept with the sources. A
 * point passes when its error is at most slack (in percentage points) above the recorded one, and
 * its verdict is not worse.
 */
#ifndef NFVSIM_VALIDATE_GATE_H
#define NFVSIM_VALIDATE_GATE_H

#include "validate/ledger.h"

#include <stdio.h>

struct gate_point {
	const char *name; /* the point's id */
	struct mark mark;
	struct quantity error; /* absolute, relative to the measured value; not given: no error */
	int verdict;           /* enum ledger_verdict */
};

struct gate {
	struct quantity slack;
	struct param_list points; /* struct gate_point */
};

extern const struct param_table gate_table;

struct gate *gate_read(const char *path, struct arena *a, struct diag *d);

/* Compares the ledger with the record and tells of each point that has become worse, or is not
 * recorded; all: also of recorded points that the ledger lacks. Returns how many. */
size_t gate_compare(const struct gate *g, const struct ledger *l, bool all, FILE *to);

/* Writes the ledger's errors as a record with that slack. */
void gate_write(const struct ledger *l, double slack, FILE *to);

#endif
