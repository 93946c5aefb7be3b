/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/events.h"

#include "base/arena.h"

#include <stdlib.h>

#define ARITY 4

void events_init(struct events *e, uint32_t n)
{
	e->n = n;
	e->heap = xcalloc(n ? n : 1, sizeof *e->heap);
	e->place = xcalloc(n ? n : 1, sizeof *e->place);
	for (uint32_t i = 0; i < n; i++) {
		e->heap[i] = (struct event){PS_NEVER, i};
		e->place[i] = i;
	}
}

void events_free(struct events *e)
{
	free(e->heap);
	free(e->place);
	*e = (struct events){0};
}

static inline bool before(struct event a, struct event b)
{
	return a.at_ps < b.at_ps || (a.at_ps == b.at_ps && a.actor < b.actor);
}

static inline void place(struct events *e, uint32_t i, struct event v)
{
	e->heap[i] = v;
	e->place[v.actor] = i;
}

static void sift_down(struct events *e, uint32_t i, struct event v)
{
	for (;;) {
		uint32_t first = i * ARITY + 1;
		if (first >= e->n)
			break;
		uint32_t end = first + ARITY < e->n ? first + ARITY : e->n;
		uint32_t least = first;
		for (uint32_t c = first + 1; c < end; c++)
			if (before(e->heap[c], e->heap[least]))
				least = c;
		if (!before(e->heap[least], v))
			break;
		place(e, i, e->heap[least]);
		i = least;
	}
	place(e, i, v);
}

void events_set(struct events *e, uint32_t actor, ps_t at_ps)
{
	uint32_t i = e->place[actor];
	struct event v = {at_ps, actor};
	if (i == 0 || !before(v, e->heap[(i - 1) / ARITY])) {
		sift_down(e, i, v);
		return;
	}
	do {
		uint32_t parent = (i - 1) / ARITY;
		place(e, i, e->heap[parent]);
		i = parent;
	} while (i && before(v, e->heap[(i - 1) / ARITY]));
	place(e, i, v);
}
