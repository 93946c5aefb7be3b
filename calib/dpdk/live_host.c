/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See live_host.h. */
#include "calib/dpdk/live_host.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_mbuf.h>

#include "calib/dpdk/probe.h"
#include "calib/dpdk/windows.h"

/* What piled up in a standstill is gone after eight times its length, at loads up to 90 %. */
enum { BURST = 32, SETTLING = 8, WARMUP_WINDOWS = 4, GAP_TURNS = 4 };

static const double window_s = 0.25e-3, gap_s = 5e-6;

struct window {
	uint64_t opened, last_turn, last_delivery;
	uint64_t cycles, gap, delivery_gap; /* length; longest turn; longest wait for packets */
	uint64_t received;                  /* when it opened */
	uint64_t standstill;                /* the longest of this window */
	unsigned latencies;                 /* kept when it opened */
	unsigned warmup;                    /* windows still to come */
	unsigned settling;                  /* windows still to be dropped */
	unsigned visits;                    /* windows with a neighbour */
	uint64_t moved, turns;              /* time and turns that moved packets, in the warm-up */
};

struct bursts {
	uint64_t in, in_packets, out, out_packets;
};

static bool send(struct live_host *h, struct bursts *b)
{
	struct rte_mbuf *burst[BURST];
	unsigned n = generator_get(&h->source, burst, BURST);

	if (!n)
		return false;
	b->in++;
	b->in_packets += live_link_send(&h->link, burst, n);
	return true;
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
	w->standstill = 0;
	w->received = h->source.received;
	w->latencies = h->source.n_latencies;
}

/* A slow turn is no standstill: limits grow with what a turn takes here. */
static void warm_up(struct window *w, uint64_t now)
{
	w->moved += now - w->opened;
	if (--w->warmup || !w->turns)
		return;
	w->gap += GAP_TURNS * w->moved / w->turns;
	w->delivery_gap += GAP_TURNS * w->moved / w->turns;
}

/* The guest's core cannot be asked while it works. */
static bool neighbour(struct live_host *h)
{
	double glance = probe_glance();

	h->best_glance = fmax(h->best_glance, glance);
	return h->alone && glance < PROBE_ALONE_GLANCE * h->best_glance;
}

static void close_window(
	struct live_host *h, struct window *w, uint64_t now, struct live_result *to)
{
	uint64_t n = h->source.received - w->received;
	bool visited = neighbour(h), disturbed = w->standstill || visited;
	bool settling = w->settling || w->warmup;
	unsigned settle = disturbed ? (unsigned)(1 + SETTLING * w->standstill / w->cycles) : 0;

	w->visits += visited;
	w->settling -= w->settling > 0;
	if (w->warmup)
		warm_up(w, now);
	else
		w->settling = RTE_MAX(w->settling, settle);
	if (disturbed || settling || !n) {
		to->cycles_per_packet.dirty++;
		h->source.n_latencies = w->latencies;
	} else {
		robust_add(&to->cycles_per_packet, (double)(now - w->opened) / (double)n);
	}
	open_window(h, w, rte_rdtsc());
}

static void stood_still(struct window *w, uint64_t cycles, uint64_t limit)
{
	if (cycles > limit && cycles > w->standstill)
		w->standstill = cycles;
}

/* The clock is read once a turn, by the source. */
static void end_turn(
	struct live_host *h, struct window *w, bool sent, unsigned n, struct live_result *to)
{
	uint64_t now = h->source.now;

	stood_still(w, now - w->last_turn, w->gap);
	w->last_turn = now;
	if (n)
		w->last_delivery = now;
	else
		stood_still(w, now - w->last_delivery, w->delivery_gap);
	w->turns += sent || n;
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
		.warmup = WARMUP_WINDOWS,
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
		w.visits <= h->windows / WINDOWS_PER_VISIT && !h->interrupted()) {
		bool sent = send(h, &bursts);

		end_turn(h, &w, sent, receive(h, &bursts), to);
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
