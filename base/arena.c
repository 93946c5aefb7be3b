/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * arena - a chain of separate heap blocks
 *
 * One block per allocation, so that memory checkers see every overrun. O(1) per allocation, O(n) to
 * free. Not for hot paths.
 */
#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct block {
	struct block *next;
	alignas(max_align_t) unsigned char data[];
};

struct arena {
	struct block *blocks;
};

static void *or_die(void *memory)
{
	if (!memory) {
		fputs("nfvsim: out of memory\n", stderr);
		exit(1);
	}
	return memory;
}

void *xcalloc(size_t n, size_t size)
{
	return or_die(calloc(n ? n : 1, size ? size : 1));
}

void *xrealloc(void *old, size_t n, size_t size)
{
	return or_die(reallocarray(old, n ? n : 1, size ? size : 1));
}

struct arena *arena_new(void)
{
	return xcalloc(1, sizeof(struct arena));
}

void arena_free(struct arena *a)
{
	if (!a)
		return;
	while (a->blocks) {
		struct block *dead = a->blocks;

		a->blocks = dead->next;
		free(dead);
	}
	free(a);
}

void *arena_alloc(struct arena *a, size_t size)
{
	struct block *b;

	if (size > SIZE_MAX - sizeof(*b))
		or_die(NULL);
	b = xcalloc(1, sizeof(*b) + size);
	b->next = a->blocks;
	a->blocks = b;
	return b->data;
}

char *arena_strndup(struct arena *a, const char *text, size_t len)
{
	char *copy = arena_alloc(a, len + 1);

	if (len)
		memcpy(copy, text, len);
	return copy;
}

char *arena_strdup(struct arena *a, const char *text)
{
	return arena_strndup(a, text, strlen(text));
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list args;
	char *copy, *text = NULL;

	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0)
		or_die(NULL);
	va_end(args);
	copy = arena_strdup(a, text);
	free(text);
	return copy;
}
