/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * arena - memory that is freed all at once
 *
 * Everything read from a file (trees, scenarios, profiles) lives in one arena and dies with it.
 * Allocation never returns NULL: when memory runs out the program prints a message and exits 1.
 */
#ifndef NFVSIM_BASE_ARENA_H
#define NFVSIM_BASE_ARENA_H

#include <stddef.h>

struct arena;

struct arena *arena_new(void);
void arena_free(struct arena *a); /* a may be NULL */

/* Zeroed memory, aligned for any type, owned by the arena. */
void *arena_alloc(struct arena *a, size_t size);

/* Copies of text, owned by the arena; arena_strndup adds the terminating NUL. */
char *arena_strdup(struct arena *a, const char *text);
char *arena_strndup(struct arena *a, const char *text, size_t len);
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* malloc/realloc that exit 1 with a message instead of returning NULL. */
void *xcalloc(size_t n, size_t size);
void *xrealloc(void *old, size_t n, size_t size);

#endif
