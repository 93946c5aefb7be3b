/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/net.h"

static uint32_t steer(struct nic_rx *rx, const struct pkt *p)
{
	if (rx->n == 1 || rx->steering == STEER_DIRECT)
		return 0;
	if (rx->steering == STEER_ROUND_ROBIN) {
		uint32_t q = rx->turn;
		rx->turn = q + 1 < rx->n ? q + 1 : 0;
		return q;
	}
	uint32_t hash = rx->flow_hash ? rx->flow_hash[p->flow % rx->n_flows] : p->flow;
	return rx->reta[hash % PNIC_RETA_SIZE];
}

/* When a frame gets past a ceiling; -1: the on-chip buffer is full of frames that wait for it. */
static inline ps_t pass_ceiling(
	struct nic_rx *rx, ps_t gap_ps, ps_t *free_ps, const struct pkt *p, ps_t at)
{
	ps_t when = at;
	if (*free_ps > at) {
		when = *free_ps;
		if ((uint64_t)((when - at) / gap_ps) * p->size_B > rx->buffer_B) {
			rx->overrun++;
			if (rx->watch)
				rx->watch->lost(rx->watch->arg, p, at);
			return -1;
		}
	}
	*free_ps = when + gap_ps;
	return when;
}

void pnic_receive(struct nic_rx *rx, const struct pkt *p, ps_t wire_end)
{
	ps_t at = wire_end;
	bool tester = rx->queue->feeder != NULL;
	if (rx->port)
		at = pass_ceiling(rx, rx->port->gap_ps,
			tester ? &rx->port->free_ps : &rx->port_free_ps, p, at);
	if (rx->card && at >= 0)
		at = pass_ceiling(rx, rx->card->gap_ps,
			tester ? &rx->card->free_ps : &rx->card_free_ps, p, at);
	if (at < 0)
		return;
	struct pkt *to = ring_put(&rx->queue[steer(rx, p)]);
	*to = *p;
	to->land_ps = at + rx->dma_ps;
}

void pnic_tx_look(struct txq *q, ps_t now)
{
	struct ring *r = &q->ring;
	ps_t delay = q->wire->delay_ps;
	while (r->head != r->coming) {
		const struct pkt *p = ring_at(r, r->head);
		if (p->land_ps > now)
			break;
		if (q->sink)
			sink_take(q->sink, p, p->land_ps + delay);
		r->head++;
		r->left++;
	}
	r->done = r->head;
	r->tail = r->coming;
}

static ps_t send(struct port *p, struct batch b, ps_t now)
{
	struct txq *q = p->txq;
	struct wire *w = q->wire;
	pnic_tx_look(q, now);
	uint32_t room = q->ring.cap - (q->ring.coming - q->ring.head);
	uint32_t n = b.n < room ? b.n : room;
	for (uint32_t i = 0; i < n; i++) {
		const struct pkt *from = batch_at(&b, i);
		ps_t start = now + q->dma_ps > w->free_ps ? now + q->dma_ps : w->free_ps;
		w->free_ps = start + wire_time(w, from->size_B);
		struct pkt *to = ring_put(&q->ring);
		*to = *from;
		to->land_ps = w->free_ps;
		if (q->far)
			pnic_receive(q->far, from, w->free_ps + w->delay_ps);
	}
	q->ring.tail = q->ring.coming;
	port_refuse(&q->ring, &b, n, now);
	for (uint32_t i = 0; q->far && n && i < q->far->n; i++)
		net_wake(q->far->queue[i].consumer);
	return 0;
}

const struct port_ops pnic_port = {"pnic", send, NULL, false};
