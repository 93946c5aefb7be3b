/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * import - a measurement set from a table of comma-separated values
 *
 * The first line names the columns: keys of a point (id, value, metric, mark, scenario, set, what,
 * where, group, kind, tolerance, apart, note, reason, places) or unit, which goes behind the value.
 * Several assignments in `set`, or several places, are separated by semicolons. Fields are quoted
 * as in RFC 4180. The points are not judged here: the set is checked when it is read.
 */
#ifndef NFVSIM_VALIDATE_IMPORT_H
#define NFVSIM_VALIDATE_IMPORT_H

#include "base/arena.h"
#include "base/diag.h"

#include <stdio.h>

/* Reads all of `from` and writes YAML; complaints name the line and live in the arena. False after
 * errors. */
bool import_csv(FILE *from, const char *name, FILE *to, struct arena *a, struct diag *d);

#endif
