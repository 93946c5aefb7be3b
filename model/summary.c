/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/summary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PS_S ((double)PS_PER_S)
#define BOTTLENECK_LOAD 0.9
#define SATURATED_LOAD 0.98
#define WIRE_LOAD 0.99

/* One column of the samples of chain c (c == n_chains: summed over all chains). */
enum column { SECONDS, OFFERED, DELIVERED, DROPPED, LATENCY };

static double cell(const struct sample *s, enum column what)
{
	switch (what) {
	case SECONDS:
		return s->seconds;
	case OFFERED:
		return s->offered;
	case DELIVERED:
		return s->delivered;
	case DROPPED:
		return s->dropped;
	case LATENCY:
		return (double)s->latency_ps.sum / PS_PER_NS;
	}
	return 0;
}

static double *column(
	const struct sample *samples, uint32_t n, uint32_t n_chains, uint32_t c, enum column what)
{
	double *x = xcalloc(n + 1, sizeof *x);
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t k = 0; k < n_chains; k++) {
			const struct sample *s = &samples[(size_t)i * n_chains + k];
			if (k == c || c == n_chains)
				x[i] = what == SECONDS ? cell(s, what) : x[i] + cell(s, what);
		}
	return x;
}

static uint64_t sum(const double *x, uint32_t n)
{
	double s = 0;
	for (uint32_t i = 0; i < n; i++)
		s += x[i];
	return (uint64_t)s;
}

void summary_intervals(const struct sample *samples, uint32_t n, uint32_t n_chains, uint32_t c,
	struct run_chain *r)
{
	double *t = column(samples, n, n_chains, c, SECONDS);
	double *in = column(samples, n, n_chains, c, OFFERED);
	double *out = column(samples, n, n_chains, c, DELIVERED);
	double *lost = column(samples, n, n_chains, c, DROPPED);
	double *ns = column(samples, n, n_chains, c, LATENCY);
	memset(r, 0, sizeof *r);
	r->offered = sum(in, n);
	r->delivered = sum(out, n);
	r->dropped = sum(lost, n);
	r->offered_pps = stats_ratio(in, t, n);
	r->delivered_pps = stats_ratio(out, t, n);
	r->loss_ratio = stats_ratio(lost, in, n);
	r->latency.mean_ns = stats_ratio(ns, out, n);
	r->loss_bound = r->dropped ? r->loss_ratio.value + r->loss_ratio.half
				   : stats_ratio_bound(0, (double)r->offered);
	free(t);
	free(in);
	free(out);
	free(lost);
	free(ns);
}

/* Sections must be alike: of several chains together a quantile has no interval. */
static struct interval quantile_ns(
	const struct hist *const *h, uint32_t n, double q, const struct hist *all, bool alike)
{
	if ((double)all->n < stats_quantile_needs(q))
		return (struct interval){NAN, NAN};
	if (!alike)
		return (struct interval){hist_quantile(all, q) / PS_PER_NS, NAN};
	struct interval i = stats_quantile(h, n, q);
	return (struct interval){i.value / PS_PER_NS, i.half / PS_PER_NS};
}

struct interval summary_quantile(
	const struct sample *samples, uint32_t n, uint32_t n_chains, uint32_t c, double q)
{
	const struct hist **h = xcalloc(n + 1, sizeof *h);
	uint64_t packets = 0;
	for (uint32_t i = 0; i < n; i++) {
		h[i] = &samples[(size_t)i * n_chains + c].latency_ps;
		packets += h[i]->n;
	}
	struct interval r = {NAN, NAN};
	if ((double)packets >= stats_quantile_needs(q))
		r = stats_quantile(h, n, q);
	free(h);
	return (struct interval){r.value / PS_PER_NS, r.half / PS_PER_NS};
}

static void add_sample(const struct sample *s, struct hist *h, struct run_sample *r)
{
	r->seconds = s->seconds;
	r->offered += s->offered;
	r->delivered += s->delivered;
	r->dropped += s->dropped;
	r->latency_ns += (double)s->latency_ps.sum / PS_PER_NS;
	hist_merge(h, &s->latency_ps);
}

static void end_sample(struct hist *h, struct run_sample *r)
{
	r->p50_ns = h->n ? hist_quantile(h, 0.5) / PS_PER_NS : NAN;
	r->p90_ns = h->n ? hist_quantile(h, 0.9) / PS_PER_NS : NAN;
	r->p99_ns = h->n ? hist_quantile(h, 0.99) / PS_PER_NS : NAN;
	hist_clear(h);
}

static void fill_samples(const struct summary_input *in, struct run_result *r, struct arena *a)
{
	uint32_t n = in->n_chains;
	r->sample = arena_alloc(a, ((size_t)in->n * (n + 1) + 1) * sizeof *r->sample);
	struct hist h;
	hist_init(&h);
	for (uint32_t i = 0; i < in->n; i++) {
		const struct sample *from = &in->samples[(size_t)i * n];
		struct run_sample *row = &r->sample[(size_t)i * (n + 1)];
		for (uint32_t c = 0; c < n; c++) {
			add_sample(&from[c], &h, &row[c]);
			end_sample(&h, &row[c]);
		}
		for (uint32_t c = 0; c < n; c++)
			add_sample(&from[c], &h, &row[n]);
		end_sample(&h, &row[n]);
	}
}

static void fill_chain(const struct summary_input *in, uint32_t c, struct run_chain *r)
{
	summary_intervals(in->samples, in->n, in->n_chains, c, r);
	uint32_t all = c == in->n_chains, n = in->n * (all ? in->n_chains : 1);
	const struct hist **h = xcalloc(n + 1, sizeof *h);
	double bytes = 0, seconds = 0;
	for (uint32_t i = 0, k = 0; i < in->n * in->n_chains; i++) {
		const struct sample *s = &in->samples[i];
		if (!all && i % in->n_chains != c)
			continue;
		h[k++] = &s->latency_ps;
		hist_merge(&r->hist, &s->latency_ps);
		bytes += s->bytes;
		seconds += s->seconds / (all ? in->n_chains : 1);
	}
	struct run_latency *l = &r->latency;
	bool alike = !all || in->n_chains == 1;
	l->p50_ns = quantile_ns(h, n, 0.5, &r->hist, alike);
	l->p90_ns = quantile_ns(h, n, 0.9, &r->hist, alike);
	l->p99_ns = quantile_ns(h, n, 0.99, &r->hist, alike);
	l->p999_ns = quantile_ns(h, n, 0.999, &r->hist, alike);
	l->min_ns = r->hist.n ? (double)r->hist.min / PS_PER_NS : NAN;
	l->max_ns = r->hist.n ? (double)r->hist.max / PS_PER_NS : NAN;
	double bits = 8 * (bytes + WIRE_OVERHEAD_B * (double)r->delivered);
	r->delivered_bps = seconds > 0 ? bits / seconds : 0;
	free(h);
}

double summary_capacity_pps(const struct build *b, const struct build_task *t)
{
	const struct task *k = t->task;
	const struct law *l = &k->law;
	double size = source_mean_size(&b->chains[t->chain].source->spec);
	double packet = (double)l->packet_fine + size * (double)l->byte_fine +
			cost_copied_B((uint32_t)size) * (double)l->copied_byte_fine;
	if (size > l->large_above_B)
		packet += (double)l->large_packet_fine + size * (double)l->large_byte_fine;
	double burst = (double)(l->poll_fine + l->burst_fine);
	double sends = k->split == SPLIT_BURST ? 1
		       : k->n_out > 1          ? fmin(k->n_out, k->burst)
		       : k->txbuf.threshold    ? (double)k->burst / k->txbuf.threshold
					       : 1;
	burst += (k->n_out > 1 || k->txbuf.threshold) ? sends * (double)k->send_fine : 0;
	double fine = packet + burst / k->burst;
	return fine > 0 ? PS_S * (double)FINE_PER_PS / fine : INFINITY;
}

static void fill_core(
	const struct summary_input *in, double seconds, const struct core *c, struct run_core *r)
{
	const struct build *b = in->build;
	int64_t packets = 0, bursts = 0, busy = 0;
	for (uint32_t i = 0; i < b->n_tasks; i++) {
		const struct task *t = b->tasks[i].task;
		const int64_t *v = in->total->task + (size_t)i * TALLY_TASK;
		if (t->core != c)
			continue;
		packets += v[TALLY_PACKETS];
		bursts += v[TALLY_BURSTS];
		busy += v[TALLY_BUSY];
		r->role = r->role && strcmp(r->role, t->role) != 0 ? "shared" : t->role;
		r->load +=
			(double)v[TALLY_PACKETS] / seconds / summary_capacity_pps(b, &b->tasks[i]);
	}
	double stalled = (double)in->total->core[c->number];
	r->stalled = stalled / PS_S / seconds;
	r->busy = ((double)busy - stalled) / PS_S / seconds;
	r->mean_burst = bursts ? (double)packets / (double)bursts : NAN;
	r->cycles_per_packet =
		packets ? ((double)busy - stalled) / PS_S * c->clock_hz / (double)packets : NAN;
}

static void fill_cores(
	const struct summary_input *in, double seconds, struct run_result *r, struct arena *a)
{
	const struct net *net = in->build->net;
	r->n_cores = net->cores.n;
	r->cores = arena_alloc(a, (r->n_cores + 1) * sizeof *r->cores);
	for (uint32_t i = 0; i < r->n_cores; i++) {
		const struct core *c = net->cores.item[i];
		r->cores[i].name = arena_strdup(a, c->name);
		r->cores[i].server = c->server;
		r->cores[i].socket = c->socket;
		r->cores[i].clock_hz = c->clock_hz;
		fill_core(in, seconds, c, &r->cores[i]);
	}
}

static void fill_stages(const struct summary_input *in, struct run_result *r, struct arena *a)
{
	const struct build *b = in->build;
	r->n_stages = b->n_tasks;
	r->stages = arena_alloc(a, (r->n_stages + 1) * sizeof *r->stages);
	for (uint32_t i = 0; i < b->n_tasks; i++) {
		const int64_t *v = in->total->task + (size_t)i * TALLY_TASK;
		double packets = (double)v[TALLY_PACKETS];
		r->stages[i] = (struct run_stage){.name = arena_strdup(a, b->tasks[i].task->name),
			.chain = b->tasks[i].chain,
			.packets = (uint64_t)v[TALLY_PACKETS],
			.wait_ns = packets > 0 ? (double)v[TALLY_WAIT] / PS_PER_NS / packets : NAN,
			.service_ns =
				packets > 0 ? (double)v[TALLY_SERVICE] / PS_PER_NS / packets : NAN};
	}
}

static void fill_places(
	const struct summary_input *in, double seconds, struct run_result *r, struct arena *a)
{
	const struct build *b = in->build;
	r->n_places = b->n_places;
	r->places = arena_alloc(a, (r->n_places + 1) * sizeof *r->places);
	for (uint32_t i = 0; i < b->n_places; i++)
		r->places[i] =
			(struct run_place){arena_strdup(a, b->places[i].name), b->places[i].chain,
				in->total->place[i], (double)in->total->place[i] / seconds};
}

/* Packets a second that the tasks of core i took. */
static double core_rate(const struct summary_input *in, double seconds, uint32_t i)
{
	const struct build *b = in->build;
	double packets = 0;
	for (uint32_t k = 0; k < b->n_tasks; k++)
		if (b->tasks[k].task->core->number == i)
			packets += (double)in->total->task[(size_t)k * TALLY_TASK + TALLY_PACKETS];
	return packets / seconds;
}

/* Of two cores that can do no more, the one that can do less; of equals, the one further on. */
static bool slower(const struct run_core *x, double x_pps, const struct run_core *y, double y_pps)
{
	if (!y)
		return true;
	if (x->load < SATURATED_LOAD || y->load < SATURATED_LOAD)
		return x->load > y->load;
	return x_pps <= y_pps;
}

/* The place where most packets are lost. */
static uint32_t worst_place(const struct run_result *r)
{
	uint32_t most = 0;
	for (uint32_t i = 1; i < r->n_places; i++)
		if (r->places[i].packets > r->places[most].packets)
			most = i;
	return most;
}

/* The wire by which a chain leaves; NULL: it ends in a VM. */
static const struct wire *egress(const struct build *b, uint32_t chain)
{
	for (uint32_t i = 0; i < b->net->txqs.n; i++) {
		const struct txq *q = b->net->txqs.item[i];
		if (q->sink == b->chains[chain].sink)
			return q->wire;
	}
	return NULL;
}

/* How full the wire is by which a chain leaves, with all that leave by it. */
static double egress_load(const struct build *b, const struct run_result *r, uint32_t chain)
{
	const struct wire *w = egress(b, chain);
	double bps = 0;
	for (uint32_t c = 0; w && c < r->n_chains; c++)
		bps += egress(b, c) == w ? r->chains[c].delivered_bps : 0;
	return w ? bps / wire_rate_bps(w) : 0;
}

/* The core, or the wire, that limits; nothing when there is headroom everywhere. */
static void find_bottleneck(const struct summary_input *in, struct run_result *r)
{
	const struct run_core *worst = NULL;
	double worst_pps = 0;
	for (uint32_t i = 0; i < r->n_cores; i++) {
		double pps = core_rate(in, r->measured_s, i) / r->cores[i].load;
		if (r->cores[i].load > 0 && slower(&r->cores[i], pps, worst, worst_pps)) {
			worst = &r->cores[i];
			worst_pps = pps;
		}
	}
	if (worst) {
		r->bottleneck = worst->name;
		r->bottleneck_load = worst->load;
	}
	for (uint32_t c = 0; c < r->n_chains; c++) {
		double load = egress_load(in->build, r, c);
		if (load > WIRE_LOAD && load > r->bottleneck_load) {
			r->bottleneck_load = load;
			r->bottleneck = "wire";
		}
	}
	uint32_t place = worst_place(r);
	bool lossy = r->chains[r->n_chains].dropped > 0;
	if (lossy && in->build->places[place].rx && r->bottleneck_load < SATURATED_LOAD) {
		r->bottleneck = "nic";
		r->bottleneck_load = 1;
	}
	if (r->bottleneck_load < BOTTLENECK_LOAD)
		r->bottleneck = lossy ? r->places[place].name : NULL;
}

struct run_result *summary_make(const struct summary_input *in, struct arena *a)
{
	struct run_result *r = arena_alloc(a, sizeof *r);
	r->arena = a;
	r->n_chains = in->n_chains;
	r->chains = arena_alloc(a, (in->n_chains + 1) * sizeof *r->chains);
	for (uint32_t c = 0; c <= in->n_chains; c++) {
		fill_chain(in, c, &r->chains[c]);
		r->chains[c].name = c < in->n_chains ? in->build->chains[c].chain->name : "total";
	}
	for (uint32_t i = 0; i < in->n; i++)
		r->measured_s += in->samples[(size_t)i * in->n_chains].seconds;
	fill_samples(in, r, a);
	fill_places(in, r->measured_s, r, a);
	fill_cores(in, r->measured_s, r, a);
	fill_stages(in, r, a);
	find_bottleneck(in, r);
	return r;
}
