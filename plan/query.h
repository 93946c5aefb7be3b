/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * query - a sweep of a store as a table: a row a point in the sweep's own order
 *
 * Columns are axes (by key), "status" (done, failed, missing) and what point_result() keeps; parts
 * of groups are joined by dots, as in drops.pnic0.rx or chains.fast.delivered_pps. Replications of
 * a point make one row, as replicas_pool() says, unless each is asked for: then the axis of their
 * seeds is there too. Replications that do not count are never shown.
 */
#ifndef NFVSIM_PLAN_QUERY_H
#define NFVSIM_PLAN_QUERY_H

#include "plan/replicas.h"
#include "plan/store.h"

struct query {
	const char *sweep;        /* name or start of id; NULL: the latest */
	const char *columns;      /* "cpu,delivered_pps"; NULL: all axes and the usual results */
	const char *const *where; /* n_where of "KEY=VALUE", also != < <= > >=; all must hold */
	size_t n_where;
	bool each; /* replication */
};

enum query_kind { QUERY_NOTHING, QUERY_NUMBER, QUERY_TEXT };

struct query_cell {
	enum query_kind kind;
	double number;
	const char *text;
};

struct query_table {
	struct store_sweep sweep;
	struct replicas_rule rule;
	const char **axes;
	size_t n_axes;
	const char **columns;
	size_t n_columns;
	struct query_cell *cells; /* n_rows x n_columns */
	size_t n_rows;
};

/* Everything lives in the arena. NULL after errors. */
struct query_table *query_run(
	struct store *s, const struct query *q, struct arena *a, struct diag *d);

/* The table for programs: a heading and a line a row. Numbers are the shortest that read back as
 * the same double; a text that a spreadsheet would take for a formula gets an apostrophe in front.
 * */
void query_csv(const struct query_table *t, FILE *to);

/* For gnuplot: columns between blanks, quantities as numbers in their base units (b/s, Hz, B, ps),
 * '?' for what is missing, a blank line where the first axis changes. */
void query_gnuplot(const struct query_table *t, FILE *to);

/* "%.17g", or fewer digits where these say the same. Returns buf, which has room for 32. */
char *query_number(double value, char *buf, size_t size);

#endif
