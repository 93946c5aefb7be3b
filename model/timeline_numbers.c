/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/timeline_numbers.h"

#include "base/arena.h"

#include <stdlib.h>

void numbers_init(struct numbers *n, const struct source *s, uint64_t seed, uint32_t replication,
	uint64_t most)
{
	uint64_t room = 2 * (SOURCE_BLOCK + (uint64_t)s->spec.tester_burst);
	while (room < 2 * most)
		room *= 2;
	while (room & (room - 1))
		room += room & -room;
	*n = (struct numbers){.sent = xcalloc(room, sizeof *n->sent), .mask = room - 1};
	source_init(&n->source, &s->spec, s->name, seed, replication);
	n->source.wire = s->wire;
}

void numbers_free(struct numbers *n)
{
	source_free(&n->source);
	free(n->sent);
}

static const struct pkt *at(const struct numbers *n, uint64_t number)
{
	return &n->sent[(number - 1) & n->mask];
}

static bool draw(struct numbers *n)
{
	source_draw(&n->source);
	for (uint32_t i = 0; i < n->source.n_ready; i++)
		n->sent[n->drawn++ & n->mask] = n->source.ready[i];
	return n->source.n_ready > 0;
}

uint64_t numbers_find(struct numbers *n, ps_t stamp_ps)
{
	while (!n->drawn || at(n, n->drawn)->stamp_ps < stamp_ps)
		if (!draw(n))
			return 0;
	uint64_t high = n->drawn, low = high > n->mask ? high - n->mask : 1;
	while (low < high) {
		uint64_t middle = low + (high - low) / 2;
		if (at(n, middle)->stamp_ps < stamp_ps)
			low = middle + 1;
		else
			high = middle;
	}
	return at(n, low)->stamp_ps == stamp_ps ? low : 0;
}

const struct pkt *numbers_next(struct numbers *n, ps_t now, uint64_t *number)
{
	if (n->told == n->drawn && !draw(n))
		return NULL;
	const struct pkt *p = at(n, n->told + 1);
	if (p->land_ps > now)
		return NULL;
	*number = ++n->told;
	return p;
}
