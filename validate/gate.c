/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "validate/gate.h"

#include "model/table.h"

#include <math.h>
#include <string.h>

#define PERCENT 100.0

/* By enum ledger_verdict, best first. */
static const char *const verdicts[] = {"good", "off", "unclear", "fact", NULL};

static const struct param point_params[] = {
	TABLE_QUANTITY("error", struct gate_point, error, DIM_RATIO, 0, INFINITY, NULL,
		"absolute error when recorded"),
	TABLE_ENUM("verdict", struct gate_point, verdict, "required", verdicts, "then"), TABLE_END};
static const struct param_table point_table = {"points", "a recorded point",
	sizeof(struct gate_point), point_params, "verdict", TABLE_NONE, TABLE_NONE, TABLE_NONE};

static const struct param gate_params[] = {
	TABLE_QUANTITY("slack", struct gate, slack, DIM_RATIO, 0, 1, "1%",
		"how much an error may grow, in percentage points"),
	TABLE_MAP("points", struct gate, points, &point_table, "points by id"), TABLE_END};
const struct param_table gate_table = {"gate", "errors that may not grow", sizeof(struct gate),
	gate_params, NULL, TABLE_NONE, TABLE_NONE, TABLE_NONE};

struct gate *gate_read(const char *path, struct arena *a, struct diag *d)
{
	const struct ynode *root = ytree_read(path, a, d);
	struct gate *g = arena_alloc(a, sizeof *g);
	return root && param_read(&gate_table, root, g, a, d) ? g : NULL;
}

static const struct gate_point *recorded(const struct gate *g, const char *id)
{
	const struct gate_point *p = g->points.items;
	for (size_t i = 0; i < g->points.n; i++)
		if (strcmp(p[i].name, id) == 0)
			return &p[i];
	return NULL;
}

/* A claim that was right and can no longer be told is worse; one that was wrong is not. */
static bool worse_verdict(int was, enum ledger_verdict is)
{
	return was == LEDGER_GOOD ? is != LEDGER_GOOD : was == LEDGER_UNCLEAR && is == LEDGER_OFF;
}

static bool compare_row(const struct gate *g, const struct ledger_row *r, FILE *to)
{
	const char *id = r->point->id;
	const struct gate_point *was = recorded(g, id);
	if (!was) {
		fprintf(to, "%s: is not recorded\n", id);
		return false;
	}
	bool has_error = isfinite(r->error);
	if (has_error && fabs(r->error) > was->error.value + g->slack.value) {
		fprintf(to, "%s: error %.2f %%, recorded %.2f %%\n", id, PERCENT * fabs(r->error),
			PERCENT * was->error.value);
		return false;
	}
	if (!has_error && worse_verdict(was->verdict, r->verdict)) {
		fprintf(to, "%s: %s, recorded %s\n", id, verdicts[r->verdict],
			verdicts[was->verdict]);
		return false;
	}
	return true;
}

static bool in_ledger(const struct ledger *l, const char *id)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->rows[i].point->id, id) == 0)
			return true;
	return false;
}

size_t gate_compare(const struct gate *g, const struct ledger *l, bool all, FILE *to)
{
	const struct gate_point *p = g->points.items;
	size_t bad = 0;
	for (size_t i = 0; i < l->n; i++)
		bad += !compare_row(g, &l->rows[i], to);
	for (size_t i = 0; all && i < g->points.n; i++)
		if (!in_ledger(l, p[i].name)) {
			fprintf(to, "%s: is recorded, but in no set\n", p[i].name);
			bad++;
		}
	return bad;
}

void gate_write(const struct ledger *l, double slack, FILE *to)
{
	fputs("# SPDX-License-Identifier: GPL-3.0-or-later\n"
	      "# Written by `nfvsim validate --record`. The gate fails when an error exceeds the "
	      "one "
	      "here by more\n"
	      "# than the slack, or a claim that holds here no longer does.\n",
		to);
	fprintf(to, "slack: %g%%\npoints:\n", PERCENT * slack);
	for (size_t i = 0; i < l->n; i++) {
		const struct ledger_row *r = &l->rows[i];
		fprintf(to, "  %s: {", r->point->id);
		if (isfinite(r->error))
			fprintf(to, "error: %.3f%%, ", PERCENT * fabs(r->error));
		fprintf(to, "verdict: %s}\n", verdicts[r->verdict]);
	}
}
