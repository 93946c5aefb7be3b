/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * report_items - what a report shows, as the objects that report/web/ draws
 *
 * An item is {kind, name, data}; data is what --json of the verb of that kind prints, and for a
 * scenario that was run for the report also the spectrum of its latencies, its placement, budget
 * and text. The caller frees what is returned.
 */
#ifndef NFVSIM_CLI_REPORT_ITEMS_H
#define NFVSIM_CLI_REPORT_ITEMS_H

#include "cli/options.h"
#include "model/run.h"
#include "plan/query.h"

#include <jansson.h>

/* Takes data over. */
json_t *report_item(const char *kind, const char *name, json_t *data);

/* How a scenario is run for a report. */
struct report_wish {
	const char *path; /* can be read again */
	const struct options *options;
	bool curves; /* also at other sizes, clocks and rates */
	unsigned threads;
};

/* Runs a scenario. */
json_t *report_run_new(struct scenario *s, const struct report_wish *wish);

/* Rings, cores and ports with the ways between them. */
void report_placement_put(json_t *object, const struct scenario *s);

/* The scenario at other sizes and clocks ("sizes"), and at other rates ("loads"), where that makes
 * sense. r: its run. */
void report_curves_put(json_t *object, const struct report_wish *wish, const struct scenario *s,
	const struct run_result *r);

/* A table of points by columns; axes by numbers of values. */
json_t *report_points_new(const struct query_table *t);

/* A sweep of a store (NULL: its latest) with all that its results hold. NULL after errors. */
json_t *report_store_new(
	struct store *s, const char *sweep, const char **name, struct arena *a, struct diag *d);

#endif
