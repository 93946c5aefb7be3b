/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See live_host.h. */
#include "calib/dpdk/live_host.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_mbuf.h>

enum { BURST = 32, SETTLING_WINDOWS = 8, WARMUP_WINDOWS = 8 };

static const double window_s = 0.25e-3, gap_s = 25e-6;

struct window {
	uint64_t opened, last_turn, last_delivery;
	uint64_t cycles, gap, delivery_gap; /* length; longest turn; longest wait for packets */
	uint64_t received;                  /* when it opened */
	unsigned latencies;                 /* kept when it opened */
	unsigned settling;                  /* windows still to be dropped */
	bool dirty;
};

struct bursts {
	uint64_t in, in_packets, out, out_packets;
};

static void send(struct live_host *h, struct bursts *b)
{
	struct rte_mbuf *burst[BURST];
	unsigned n = generator_get(&h->source, burst, BURST);

	if (!n)
		return;
	b->in++;
	b->in_packets += live_link_send(&h->link, burst, n);
}

static unsigned receive(struct live_host *h, struct bursts *b)
{
	struct rte_mbuf *burst[BURST];
	unsigned n = live_link_receive(&h->link, burst, BURST);

	if (!n)
		return 0;
	b->out++;
	b->out_packets += n;
	generator_put(&h->source, burst, n);
	return n;
}

static void open_window(struct live_host *h, struct window *w, uint64_t now)
{
	w->opened = w->last_turn = now;
	w->dirty = false;
	w->received = h->source.received;
	w->latencies = h->source.n_latencies;
}

static void close_window(
	struct live_host *h, struct window *w, uint64_t now, struct live_result *to)
{
	uint64_t n = h->source.received - w->received;

	if (w->dirty)
		w->settling = SETTLING_WINDOWS;
	if (w->dirty || w->settling || !n) {
		w->settling -= w->settling > 0;
		to->cycles_per_packet.dirty++;
		h->source.n_latencies = w->latencies;
	} else {
		robust_add(&to->cycles_per_packet, (double)(now - w->opened) / (double)n);
	}
	open_window(h, w, rte_rdtsc());
}

/* The clock is read once a turn, by the source. */
static void end_turn(struct live_host *h, struct window *w, unsigned n, struct live_result *to)
{
	uint64_t now = h->source.now;

	w->dirty |= now - w->last_turn > w->gap;
	w->last_turn = now;
	if (n)
		w->last_delivery = now;
	else
		w->dirty |= now - w->last_delivery > w->delivery_gap;
	if (now - w->opened >= w->cycles)
		close_window(h, w, now, to);
}

/* A silence is a standstill only if it is longer than bursts and timers explain; a window holds
 * some bursts at any rate. */
static struct window plan_windows(const struct live_host *h, const struct live_run *run)
{
	double fill_s = run->guest.tx_burst / run->rate_pps, timer_s = 1e-6 * run->guest.timer_us;
	double silence_s = (timer_s > 0 ? fmin(fill_s, timer_s) : fill_s) + 1 / run->rate_pps;

	return (struct window){
		.cycles = (uint64_t)(fmax(window_s, 8 * silence_s) * h->tsc_hz),
		.gap = (uint64_t)(gap_s * h->tsc_hz),
		.delivery_gap = (uint64_t)((2 * silence_s + 2 * gap_s) * h->tsc_hz),
		.settling = WARMUP_WINDOWS,
	};
}

static int compare_cycles(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

void live_host_run(struct live_host *h, const struct live_run *run, struct live_result *to)
{
	struct window w = plan_windows(h, run);
	uint64_t deadline = rte_rdtsc() + (uint64_t)(h->limit_s * h->tsc_hz);
	struct bursts bursts = {.in = 0};
	struct generator *s = &h->source;

	memset(to, 0, sizeof(*to));
	s->latency_cycles = h->latency_cycles;
	s->latency_room = LIVE_LATENCIES;
	generator_start(s, run->rate_pps, h->tsc_hz, run->size_B);
	w.last_delivery = s->start;
	open_window(h, &w, s->start);
	while (to->cycles_per_packet.n < h->windows && w.last_turn < deadline &&
		!h->interrupted()) {
		send(h, &bursts);
		end_turn(h, &w, receive(h, &bursts), to);
	}
	to->n_latencies = w.latencies;
	to->offered = s->next;
	to->received = s->received;
	to->mean_burst_in = (double)bursts.in_packets / (double)bursts.in;
	to->mean_burst_out = (double)bursts.out_packets / (double)bursts.out;
	qsort(h->latency_cycles, to->n_latencies, sizeof(*h->latency_cycles), compare_cycles);
}

double live_host_quantile_s(const struct live_host *h, const struct live_result *r, double p)
{
	if (!r->n_latencies)
		return NAN;
	return (double)h->latency_cycles[(unsigned)(p * (r->n_latencies - 1))] / h->tsc_hz;
}

double live_host_mean_s(const struct live_host *h, const struct live_result *r)
{
	double sum = 0;
	unsigned i;

	for (i = 0; i < r->n_latencies; i++)
		sum += (double)h->latency_cycles[i];
	return sum / r->n_latencies / h->tsc_hz;
}

bool live_host_ping(struct live_host *h)
{
	uint64_t deadline = rte_rdtsc() + 2 * rte_get_tsc_hz();
	struct bursts bursts = {.in = 0};

	h->source.latency_room = 0;
	generator_start(&h->source, 1e4, h->tsc_hz, 64);
	while (!bursts.out && rte_rdtsc() < deadline) {
		send(h, &bursts);
		receive(h, &bursts);
	}
	return bursts.out;
}

/* Until nothing has come for a while; what a guest holds for want of a timer stays there. */
void live_host_drain(struct live_host *h)
{
	uint64_t last = rte_rdtsc(), quiet = rte_get_tsc_hz() / 500;
	struct rte_mbuf *burst[BURST];

	while (rte_rdtsc() - last < quiet) {
		unsigned n = live_link_receive(&h->link, burst, BURST);

		rte_pktmbuf_free_bulk(burst, n);
		if (n)
			last = rte_rdtsc();
	}
}
