/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * import - a measurement set from a file of results
 *
 * What the file is follows from its contents:
 *
 * - NFVbench's result in JSON (--json): NDR, PDR or one rate for each chain and frame size
 * - TRex's ndr_bench in JSON
 * - tables of CSIT's reports as text (cells between bars), and its NDRPDR test messages
 * - comma-separated values, whose first line names the columns
 *
 * Each says which scenario keys it fills in (import_json.c, import_csit.c, import_csv.c); what it
 * does not know - dataplane, server, clock, chain - the caller gives as a scenario. The points are
 * judged when the set is read (dataset.h). Nothing is written after an error.
 */
#ifndef NFVSIM_VALIDATE_IMPORT_H
#define NFVSIM_VALIDATE_IMPORT_H

#include "base/arena.h"
#include "base/diag.h"

#include <stdio.h>

/* For points that do not say it themselves. */
struct import_extra {
	const char *scenario;    /* NULL: none, and the set asks for it when it is read */
	const char *mark;        /* fit, informed or held-out */
	const char *const *sets; /* n_sets assignments, behind those from the file */
	size_t n_sets;
};

/* Reads the file and writes YAML; complaints and all they point to live in the arena. False after
 * errors. */
bool import_file(const char *path, const struct import_extra *extra, FILE *to, struct arena *a,
	struct diag *d);

/* The same from memory, with a NUL behind it, which must outlive the diag. */
bool import_text(const char *name, const char *text, size_t len, const struct import_extra *extra,
	FILE *to, struct arena *a, struct diag *d);

#endif
