/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/events.h"

#include "base/arena.h"

#include <stdlib.h>

void events_init(struct events *e, uint32_t n)
{
	*e = (struct events){.leaves = 2, .n = n};
	while (e->leaves < n)
		e->leaves *= 2;
	e->at_ps = xcalloc(e->leaves, sizeof *e->at_ps);
	e->winner = xcalloc(e->leaves, sizeof *e->winner);
	for (uint32_t i = 0; i < e->leaves; i++)
		e->at_ps[i] = PS_NEVER;
	for (uint32_t node = e->leaves / 2, first = 0; node < e->leaves; node++, first += 2)
		e->winner[node] = first;
	for (uint32_t node = e->leaves / 2; node-- > 1;)
		e->winner[node] = e->winner[2 * node];
}

void events_free(struct events *e)
{
	free(e->at_ps);
	free(e->winner);
	*e = (struct events){0};
}
