/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * store - results of simulations in an SQLite file, by the key of their contents
 *
 * A point is written in one transaction of its own, synced (WAL, synchronous=FULL) before
 * store_put() returns: whatever kills the process afterwards, the point stays; whatever kills it
 * before, the file stays whole. Writing a point again changes nothing, except that a result
 * replaces a failure. One process at a time writes; the lock is a file beside the store, which the
 * system lets go of when that process ends in any way. Reading is possible meanwhile.
 *
 * A sweep is a numbered list of points with the settings that made them; its id is a hash of that
 * list and of its rule, so the same sweep has the same id in every store.
 */
#ifndef NFVSIM_PLAN_STORE_H
#define NFVSIM_PLAN_STORE_H

#include "base/arena.h"
#include "base/diag.h"
#include "base/sha256.h"

#include <stdint.h>

struct store;

enum store_status { STORE_MISSING, STORE_FAILED, STORE_DONE };

struct store_point {
	const char *key;
	enum store_status status;
	const char *result; /* JSON; of a failed point an object with the text "error" */
};

struct store_member {
	const char *key;
	const char *settings; /* JSON: a list of texts, one an axis */
};

struct store_sweep {
	char id[SHA256_HEX];
	const char *name;
	const char *axes; /* JSON: a list of keys */
	const char *rule; /* of replications, as replicas_write() */
	struct store_member *members;
	size_t n;
};

/* Opens a store, to write (made if it does not exist) or to read. NULL after an error. */
struct store *store_open(const char *path, bool write, struct diag *d);
void store_close(struct store *s); /* s may be NULL */

/* What is known of a point; with the arena, its result too. */
enum store_status store_get(struct store *s, const char *key, struct arena *a, const char **result);

/* Keeps a point. False after an error (disk full, say). */
bool store_put(struct store *s, const struct store_point *p, struct diag *d);

/* Keeps the list of a sweep, whose id it fills in, and makes it the latest. */
bool store_put_sweep(struct store *s, struct store_sweep *sweep, struct diag *d);

/* The sweep of that name or start of an id; NULL: the latest. False after an error;
 * Everything lives in the arena. */
bool store_get_sweep(struct store *s, const char *wanted, struct store_sweep *sweep,
	struct arena *a, struct diag *d);
size_t store_sweeps(struct store *s);

/* Adds all points and sweeps of the store at the path. */
bool store_merge(struct store *into, const char *path, struct diag *d);

#endif
