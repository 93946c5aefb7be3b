/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/trace_out.h"

#include "cli/json_out.h"
#include "cli/text.h"
#include "report/pcap_out.h"

#include <inttypes.h>
#include <stdlib.h>

enum { SLICES = 200 }; /* of the simulated time, between two looks at the progress */

#define PS_S ((double)PS_PER_S)

/* Everybody who wants to be told. */
struct audience {
	struct chrome_trace chrome;
	struct pcap_out pcap;
	bool writes_json, writes_pcap;
};

static void see_span(void *arg, const struct timeline_span *s)
{
	struct audience *all = arg;
	chrome_span(&all->chrome, s);
}

static void see_packet(void *arg, const struct timeline_packet *p)
{
	struct audience *all = arg;
	chrome_packet(&all->chrome, p);
	if (all->writes_pcap)
		pcap_out_packet(&all->pcap, p);
}

static void see_level(void *arg, uint32_t place, ps_t at_ps, uint32_t waiting)
{
	struct audience *all = arg;
	chrome_level(&all->chrome, place, at_ps, waiting);
}

static void see_delivery(void *arg, const struct timeline_packet *p)
{
	way_see_delivery(arg, p);
}

static struct build *run(const struct scenario *s, const struct trace_wish *w,
	const struct timeline_viewer *v, struct chrome_trace *open, bool second)
{
	struct timeline *t = timeline_new(v);
	struct build *b = build_tuned(s, (uint64_t)s->run.seed, w->replication, timeline_attach, t);
	if (open)
		chrome_start(open, b);
	ps_t end = w->from_ps + w->for_ps;
	bool twice = w->pick == TRACE_SLOWEST;
	for (int i = 1; i <= SLICES; i++) {
		net_run(b->net, (ps_t)((double)end * i / SLICES));
		if (w->progress)
			w->progress(w->arg, ((double)i / SLICES + second) / (1 + twice));
	}
	net_run(b->net, end);
	timeline_end(t);
	net_check(b->net);
	timeline_free(t);
	return b;
}

static void find_packet(
	const struct scenario *s, const struct trace_wish *w, struct packet_way *way)
{
	struct way_slowest slowest = {.from_ps = w->from_ps, .to_ps = w->from_ps + w->for_ps};
	const struct timeline_viewer v = {.arg = &slowest, .packet = see_delivery};
	way->chain = w->chain;
	way->number = w->pick == TRACE_NUMBER ? w->number : 0;
	if (w->pick != TRACE_SLOWEST)
		return;
	net_free(run(s, w, &v, NULL, false)->net);
	way->chain = slowest.chain;
	way->number = slowest.number;
}

struct trace_answer *trace_simulate(const struct scenario *s, const struct trace_wish *w)
{
	struct trace_answer *a = xcalloc(1, sizeof *a);
	find_packet(s, w, &a->way);
	FILE *nowhere = w->json ? NULL : fopen("/dev/null", "w");
	struct audience all = {
		.chrome = {.to = w->json ? w->json : nowhere,
			.from_ps = w->from_ps,
			.to_ps = w->from_ps + w->for_ps,
			.way = &a->way},
		.pcap = {.to = w->pcap,
			.snaplen = w->snaplen,
			.from_ps = w->from_ps,
			.to_ps = w->from_ps + w->for_ps},
		.writes_pcap = w->pcap != NULL,
	};
	if (w->pcap)
		pcap_out_start(&all.pcap);
	const struct timeline_viewer v = {&all, see_span, see_packet, see_level};
	a->build = run(s, w, &v, &all.chrome, w->pick == TRACE_SLOWEST);
	chrome_end(&all.chrome);
	if (nowhere)
		fclose(nowhere);
	a->totals = all.chrome.totals;
	a->captured = all.pcap.packets;
	return a;
}

void trace_free(struct trace_answer *a)
{
	if (!a)
		return;
	net_free(a->build->net);
	free(a);
}

static void print_way(const struct trace_answer *a, FILE *to)
{
	static const char *const heads[] = {">at us", ">took ns", "<step", NULL};
	struct arena *arena = arena_new();
	const struct packet_way *w = &a->way;
	const char *chain = a->build->chains[w->chain].chain->name;
	struct text_table t;
	text_heading(to, arena_printf(arena, "packet %" PRIu64 "%s%s", w->number,
				 *chain ? " of " : "", chain));
	text_table_start(&t, heads, arena);
	for (uint32_t i = 0; i < w->n; i++) {
		const struct way_step *s = &w->step[i];
		text_table_cell(&t, "%.3f", (double)s->from_ps / PS_PER_US);
		text_table_cell(&t, "%.1f", (double)(s->to_ps - s->from_ps) / PS_PER_NS);
		text_table_cell(&t, "%s", way_text(s, a->build, arena));
	}
	text_table_print(&t, to);
	arena_free(arena);
}

void trace_print(const struct trace_answer *a, const struct trace_wish *w, FILE *to)
{
	const struct chrome_totals *t = &a->totals;
	struct arena *arena = arena_new();
	fprintf(to,
		"%s from %s: %" PRIu64 " packets sent, %" PRIu64 " delivered, %" PRIu64
		" dropped; %" PRIu64 " bursts of %" PRIu64 " packets, %" PRIu64 " flushes, %" PRIu64
		" wake-ups\n",
		text_seconds((double)w->for_ps / PS_S, 6, arena),
		text_seconds((double)w->from_ps / PS_S, 6, arena), t->sent, t->delivered,
		t->dropped, t->bursts, t->packets, t->flushes, t->wakes);
	if (w->pcap)
		fprintf(to, "capture: %" PRIu64 " packets\n", a->captured);
	if (a->way.n) {
		fputc('\n', to);
		print_way(a, to);
	}
	arena_free(arena);
}

static void put_way(json_t *object, const struct trace_answer *a)
{
	struct arena *arena = arena_new();
	json_t *o = json_out_object(object, "packet");
	json_out_count(o, "number", a->way.number);
	json_out_text(o, "chain", a->build->chains[a->way.chain].chain->name);
	json_t *list = json_out_list(o, "way");
	for (uint32_t i = 0; i < a->way.n; i++) {
		const struct way_step *s = &a->way.step[i];
		json_t *step = json_out_append(list);
		json_out_text(step, "step", way_text(s, a->build, arena));
		json_out_number(step, "from_ns", (double)s->from_ps / PS_PER_NS);
		json_out_number(step, "took_ns", (double)(s->to_ps - s->from_ps) / PS_PER_NS);
	}
	arena_free(arena);
}

void trace_print_json(const struct trace_answer *a, const struct trace_wish *w)
{
	const struct chrome_totals *t = &a->totals;
	json_t *o = json_out_new();
	json_out_number(o, "from_s", (double)w->from_ps / PS_S);
	json_out_number(o, "for_s", (double)w->for_ps / PS_S);
	json_out_count(o, "seed", a->build->net->seed);
	json_out_count(o, "replication", w->replication);
	json_out_count(o, "packets_sent", t->sent);
	json_out_count(o, "packets_delivered", t->delivered);
	json_out_count(o, "packets_dropped", t->dropped);
	json_out_count(o, "bursts", t->bursts);
	json_out_count(o, "packets_taken", t->packets);
	json_out_count(o, "flushes", t->flushes);
	json_out_count(o, "wakes", t->wakes);
	json_out_number(o, "busy_s", (double)t->busy_ps / PS_S);
	json_out_number(o, "stalled_s", (double)t->stalled_ps / PS_S);
	if (w->pcap)
		json_out_count(o, "packets_captured", a->captured);
	if (a->way.n)
		put_way(o, a);
	json_out_print(o);
}
