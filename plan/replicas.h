/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * replicas - the replications of one point: how many of them count, and what they say together
 *
 * They are looked at after a batch of them, after twice as many, and so on, until the intervals
 * asked for are narrow enough. What counts then follows from the results by number, not from when
 * they came or who did them; results beyond that are as if they had never been.
 */
#ifndef NFVSIM_PLAN_REPLICAS_H
#define NFVSIM_PLAN_REPLICAS_H

#include "plan/store.h"

#include <jansson.h>

/* The axis that tells replications apart, the last of all; a row of all of them lacks it. */
#define REPLICAS_AXIS "run.seed"

struct replicas_rule {
	size_t most;     /* replications of a point */
	size_t batch;    /* looked at after so many of them, and each time these have doubled */
	double until;    /* relative half-width of 95 % intervals; 0: all replications count */
	const char **of; /* n_of keys of point_result() whose intervals are meant */
	size_t n_of;
};

/* The rule as a text, for a store; "" when there is but one replication. */
const char *replicas_write(const struct replicas_rule *r, struct arena *a);

/* The reverse; whatever the text is, the rule is a usable one. */
struct replicas_rule replicas_read(const char *text, struct arena *a);

/* How many are looked at first; and after these n, or more than all when n are all. */
size_t replicas_first(const struct replicas_rule *r);
size_t replicas_after(const struct replicas_rule *r, size_t n);

/* Whether the first n results are enough to stop. */
bool replicas_narrow(const struct replicas_rule *r, json_t *const *results, size_t n);

/* What a store has of a point. */
struct replicas {
	json_t **result; /* rule.most; NULL: missing, or failed */
	enum store_status *status;
	size_t n;      /* that count; if not complete: that are needed before more can be said */
	bool complete; /* those n are there and decide the point */
};

/* Lists live in the arena; replicas_free() frees what is in them. */
void replicas_load(struct store *s, const struct replicas_rule *rule, const struct store_member *m,
	struct replicas *r, struct arena *a);
void replicas_free(const struct replicas_rule *rule, struct replicas *r);

/* The point's result; NULL: it is not complete. The caller frees it. */
json_t *replicas_result(const struct replicas_rule *rule, const struct replicas *r);

/* One result in the form of point_result() from n > 1 of them: means, with intervals (Student's t)
 * from the differences between replications; packets and times summed; the least minimum and the
 * largest maximum. What is unknown in any is unknown. "verdict" says "budget" when not narrow, or
 * without `until' when any replication did; "replications" is n. The caller frees it. */
json_t *replicas_pool(const struct replicas_rule *r, json_t *const *results, size_t n);

#endif
