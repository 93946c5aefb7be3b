/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/sample.h"

#include <string.h>

struct tallies tallies_new(const struct build *b, struct arena *a)
{
	return (struct tallies){
		.chain = arena_alloc(a, (size_t)b->n_chains * TALLY_CHAIN * sizeof(uint64_t)),
		.place = arena_alloc(a, ((size_t)b->n_places + 1) * sizeof(uint64_t)),
		.task = arena_alloc(a, ((size_t)b->n_tasks + 1) * TALLY_TASK * sizeof(int64_t)),
		.core = arena_alloc(a, ((size_t)b->net->cores.n + 1) * sizeof(int64_t)),
	};
}

static uint64_t offered(const struct nic_rx *rx)
{
	uint64_t n = rx->overrun;
	for (uint32_t q = 0; q < rx->n; q++)
		n += rx->queue[q].put - (rx->queue[q].coming - rx->queue[q].tail);
	return n;
}

void tallies_add(struct tallies *t, const struct build *b, int sign)
{
	uint64_t by = (uint64_t)(int64_t)sign; /* unsigned: -1 subtracts modulo 2^64 */
	for (uint32_t i = 0; i < b->n_chains; i++) {
		uint64_t *c = t->chain + (size_t)i * TALLY_CHAIN;
		c[TALLY_OFFERED] += by * offered(b->chains[i].rx);
		c[TALLY_DELIVERED] += by * b->chains[i].sink->packets;
		c[TALLY_BYTES] += by * b->chains[i].sink->bytes_B;
	}
	for (uint32_t i = 0; i < b->n_places; i++)
		t->place[i] += by * (b->places[i].ring ? b->places[i].ring->dropped
						       : b->places[i].rx->overrun);
	for (uint32_t i = 0; i < b->n_tasks; i++) {
		const struct task *k = b->tasks[i].task;
		int64_t *v = t->task + (size_t)i * TALLY_TASK;
		v[TALLY_PACKETS] += sign * (int64_t)k->packets;
		v[TALLY_BURSTS] += sign * (int64_t)k->bursts;
		v[TALLY_WAIT] += sign * k->wait_ps;
		v[TALLY_SERVICE] += sign * k->service_ps;
		v[TALLY_BUSY] += sign * k->busy_ps;
	}
	for (uint32_t i = 0; i < b->net->cores.n; i++)
		t->core[i] += sign * ((const struct core *)b->net->cores.item[i])->stalled_ps;
}

void sample_merge(struct sample *into, struct sample *from)
{
	into->seconds += from->seconds;
	into->offered += from->offered;
	into->delivered += from->delivered;
	into->dropped += from->dropped;
	into->bytes += from->bytes;
	hist_merge(&into->latency_ps, &from->latency_ps);
	hist_clear(&from->latency_ps);
	*from = (struct sample){0};
}

static void zero(struct tallies *t, const struct build *b)
{
	memset(t->chain, 0, (size_t)b->n_chains * TALLY_CHAIN * sizeof *t->chain);
	memset(t->place, 0, (size_t)b->n_places * sizeof *t->place);
	memset(t->task, 0, (size_t)b->n_tasks * TALLY_TASK * sizeof *t->task);
	memset(t->core, 0, (size_t)b->net->cores.n * sizeof *t->core);
}

void sample_window(struct build *b, ps_t span, struct sample *samples, struct tallies *before,
	struct tallies *after)
{
	zero(before, b);
	zero(after, b);
	for (uint32_t i = 0; i < b->n_chains; i++)
		hist_clear(&b->chains[i].sink->latency_ps);
	tallies_add(before, b, 1);
	net_run(b->net, b->net->now_ps + span);
	tallies_add(after, b, 1);
	for (uint32_t i = 0; i < b->n_chains; i++) {
		const uint64_t *x = before->chain + (size_t)i * TALLY_CHAIN;
		const uint64_t *y = after->chain + (size_t)i * TALLY_CHAIN;
		struct sample *s = &samples[i];
		s->seconds += (double)span / (double)PS_PER_S;
		s->offered += (double)(y[TALLY_OFFERED] - x[TALLY_OFFERED]);
		s->delivered += (double)(y[TALLY_DELIVERED] - x[TALLY_DELIVERED]);
		s->bytes += (double)(y[TALLY_BYTES] - x[TALLY_BYTES]);
		hist_merge(&s->latency_ps, &b->chains[i].sink->latency_ps);
		hist_clear(&b->chains[i].sink->latency_ps);
	}
	for (uint32_t i = 0; i < b->n_places; i++)
		samples[b->places[i].chain].dropped += (double)(after->place[i] - before->place[i]);
}
