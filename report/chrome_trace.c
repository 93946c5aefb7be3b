/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/chrome_trace.h"

#include "base/utf8.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { PID_CORES = 1, PID_QUEUES = 1000000, PID_WIRES, PID_PACKET };
enum { PORT_TIDS = 1000000 }; /* wires of testers come before those of ports */

/* Text as a JSON string; bytes that are not UTF-8 become '?'. */
static const char *quoted(const char *text, struct arena *a)
{
	char *clean = arena_strdup(a, text);
	for (size_t i = 0, len = strlen(clean), n; i < len; i += n) {
		uint32_t code;
		n = utf8_decode(clean + i, len - i, &code);
		if (!n)
			clean[i] = '?';
		n = n ? n : 1;
	}
	json_t *node = json_string(clean);
	char *json = json_dumps(node, JSON_ENCODE_ANY | JSON_ENSURE_ASCII);
	const char *kept = arena_strdup(a, json);
	free(json);
	json_decref(node);
	return kept;
}

/* Names of tasks, then of places. */
static const char *name_of_task(const struct chrome_trace *c, uint32_t task)
{
	return c->name[task];
}

static const char *name_of_place(const struct chrome_trace *c, uint32_t place)
{
	return c->name[c->build->n_tasks + place];
}

static void __attribute__((format(printf, 2, 3)))
event(struct chrome_trace *c, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	fputs(c->comma ? ",\n" : "\n", c->to);
	vfprintf(c->to, fmt, args);
	va_end(args);
	c->comma = true;
}

#define TIME "%" PRId64 ".%03d"
#define TIME_OF(ps) (ps) / PS_PER_US, (int)((ps) / PS_PER_NS % 1000)

static ps_t whole_ns(ps_t ps)
{
	return ps / PS_PER_NS * PS_PER_NS;
}

static bool in_window(const struct chrome_trace *c, ps_t at)
{
	return at > c->from_ps && at <= c->to_ps;
}

/* The head of a slice; the caller adds what is in its args and closes both. */
static void slice(struct chrome_trace *c, uint32_t pid, uint32_t tid, ps_t from, ps_t to,
	const char *cat, const char *json_name)
{
	ps_t start = whole_ns(from), took = whole_ns(to) - start;
	event(c,
		"{\"ph\":\"X\",\"pid\":%" PRIu32 ",\"tid\":%" PRIu32 ",\"ts\":" TIME
		",\"dur\":" TIME ",\"cat\":\"%s\",\"name\":%s,\"args\":{",
		pid, tid, TIME_OF(start), TIME_OF(took), cat, json_name);
}

static void name_track(
	struct chrome_trace *c, const char *what, uint32_t pid, uint32_t tid, const char *json_name)
{
	event(c,
		"{\"ph\":\"M\",\"pid\":%" PRIu32 ",\"tid\":%" PRIu32
		",\"name\":\"%s_name\",\"args\":{\"name\":%s}}",
		pid, tid, what, json_name);
	event(c,
		"{\"ph\":\"M\",\"pid\":%" PRIu32 ",\"tid\":%" PRIu32
		",\"name\":\"%s_sort_index\",\"args\":{\"sort_index\":%" PRIu32 "}}",
		pid, tid, what, *what == 'p' ? pid : tid);
}

static uint32_t pid_of_core(const struct chrome_trace *c, const struct core *core)
{
	const struct scenario *s = c->build->scenario;
	for (size_t i = 0; i < s->servers.n; i++)
		if (strcmp(scenario_server(s, i)->name, core->server) == 0)
			return (uint32_t)i + PID_CORES;
	return PID_CORES;
}

static const struct core *core_at(const struct chrome_trace *c, uint32_t i)
{
	return c->build->net->cores.item[i];
}

static void name_cores(struct chrome_trace *c)
{
	const struct scenario *s = c->build->scenario;
	for (size_t i = 0; i < s->servers.n; i++) {
		const struct server_use *u = scenario_server(s, i);
		const char *name = arena_printf(
			c->arena, "cores of %s", *u->name ? u->name : u->platform_name);
		name_track(c, "process", (uint32_t)i + PID_CORES, 0, quoted(name, c->arena));
	}
	for (uint32_t i = 0; i < c->build->net->cores.n; i++) {
		const struct core *core = core_at(c, i);
		const char *name = arena_printf(c->arena, "%s (socket %d, %.2f GHz)", core->name,
			core->socket, core->clock_hz / 1e9);
		name_track(c, "thread", pid_of_core(c, core), i + 1, quoted(name, c->arena));
	}
}

static void name_queues(struct chrome_trace *c)
{
	const struct build *b = c->build;
	name_track(c, "process", PID_QUEUES, 0, "\"queues\"");
	name_track(c, "process", PID_WIRES, 0, "\"wires\"");
	for (uint32_t i = 0; i < b->n_places; i++)
		name_track(c, "thread", PID_QUEUES, i + 1, name_of_place(c, i));
	for (uint32_t i = 0; i < b->n_chains; i++)
		name_track(
			c, "thread", PID_WIRES, i + 1, quoted(b->chains[i].source->name, c->arena));
}

/* Places that send onto one wire share its track. */
static void name_wires(struct chrome_trace *c)
{
	const struct net *net = c->build->net;
	const struct wire **seen = xcalloc(net->txqs.n + 1, sizeof *seen);
	for (uint32_t i = 0; i < c->build->n_places; i++) {
		const struct wire *w = NULL;
		for (uint32_t k = 0; k < net->txqs.n; k++) {
			const struct txq *q = net->txqs.item[k];
			w = &q->ring == c->build->places[i].ring ? q->wire : w;
		}
		if (!w)
			continue;
		uint32_t n = 0;
		while (n < c->n_wires && seen[n] != w)
			n++;
		c->wire[i] = PORT_TIDS + n;
		if (n < c->n_wires)
			continue;
		seen[c->n_wires++] = w;
		const char *name = arena_printf(c->arena, "out of %s", c->build->places[i].name);
		name_track(c, "thread", PID_WIRES, c->wire[i], quoted(name, c->arena));
	}
	free(seen);
}

static void name_packet(struct chrome_trace *c)
{
	const char *chain = c->build->chains[c->way->chain].chain->name;
	const char *name = arena_printf(
		c->arena, "packet %" PRIu64 "%s%s", c->way->number, *chain ? " of " : "", chain);
	name_track(c, "process", PID_PACKET, 0, quoted(name, c->arena));
	name_track(c, "thread", PID_PACKET, 1, "\"its way\"");
}

void chrome_start(struct chrome_trace *c, const struct build *b)
{
	c->build = b;
	c->arena = arena_new();
	c->level = arena_alloc(c->arena, (b->n_places + 1) * sizeof *c->level);
	c->wire = arena_alloc(c->arena, (b->n_places + 1) * sizeof *c->wire);
	c->name = arena_alloc(c->arena, (b->n_tasks + b->n_places + 1) * sizeof(char *));
	for (uint32_t i = 0; i < b->n_tasks; i++)
		c->name[i] = quoted(b->tasks[i].task->name, c->arena);
	for (uint32_t i = 0; i < b->n_places; i++) {
		c->name[b->n_tasks + i] = quoted(b->places[i].name, c->arena);
		c->level[i] = UINT32_MAX;
	}
	fputs("{\"displayTimeUnit\":\"ns\",\"traceEvents\":[", c->to);
	name_cores(c);
	name_queues(c);
	name_wires(c);
	if (c->way->number)
		name_packet(c);
}

static void count_job(struct chrome_trace *c, const struct timeline_span *s)
{
	if (s->doing == TIMELINE_BURST && in_window(c, s->from_ps)) {
		c->totals.bursts++;
		c->totals.packets += s->packets;
	}
	if (s->open || !in_window(c, s->to_ps))
		return;
	c->totals.flushes += s->doing == TIMELINE_FLUSH;
	c->totals.busy_ps += s->to_ps - s->from_ps;
}

static void put_burst(struct chrome_trace *c, const struct timeline_span *s, uint32_t pid)
{
	slice(c, pid, s->core + 1, s->from_ps, s->to_ps, "burst", name_of_task(c, s->task));
	fprintf(c->to,
		"\"packets\":%" PRIu32 ",\"bytes\":%" PRIu64 ",\"first\":%" PRIu64
		",\"last\":%" PRIu64 ",\"mean_wait_ns\":%.3f,\"longest_wait_ns\":%.3f"
		",\"busy_ps\":%" PRId64 "}}",
		s->packets, s->bytes_B, s->first, s->last,
		(double)s->wait_ps / s->packets / PS_PER_NS, (double)s->longest_wait_ps / PS_PER_NS,
		s->open ? 0 : s->to_ps - s->from_ps);
	if (whole_ns(s->copying_ps) == 0)
		return;
	ps_t end = s->to_ps - s->stalled_ps;
	slice(c, pid, s->core + 1, end - s->copying_ps, end, "copy", "\"copy\"");
	fprintf(c->to, "\"bytes\":%" PRIu64 "}}", s->bytes_B);
}

/* Polls of all its tasks in turn that fit into a time. */
static double polls_in(const struct core *core, ps_t span)
{
	fine_t round = core->before_fine[core->n_tasks];
	return round ? (double)span * (double)FINE_PER_PS / (double)round * core->n_tasks : 0;
}

void chrome_span(void *arg, const struct timeline_span *s)
{
	static const char *const cats[] = {"burst", "flush", "wait", "poll", "sleep", "wake"};
	static const char *const names[] = {
		"", "", "\"stalled\"", "\"polling\"", "\"asleep\"", "\"wake-up\""};
	struct chrome_trace *c = arg;
	const struct core *core = core_at(c, s->core);
	uint32_t pid = pid_of_core(c, core);
	way_see_span(c->way, s);
	if (s->doing == TIMELINE_BURST || s->doing == TIMELINE_FLUSH)
		count_job(c, s);
	c->totals.wakes += s->doing == TIMELINE_WAKING && in_window(c, s->to_ps);
	if (s->doing == TIMELINE_STALL && in_window(c, s->from_ps))
		c->totals.stalled_ps += s->to_ps - s->from_ps;
	if (s->to_ps <= c->from_ps || s->from_ps > c->to_ps)
		return;
	c->totals.spans++;
	if (s->doing == TIMELINE_BURST) {
		put_burst(c, s, pid);
		return;
	}
	const char *name = s->doing == TIMELINE_FLUSH ? name_of_task(c, s->task) : names[s->doing];
	slice(c, pid, s->core + 1, s->from_ps, s->to_ps, cats[s->doing], name);
	if (s->doing == TIMELINE_FLUSH)
		fprintf(c->to, "\"packets\":%" PRIu32 ",\"bytes\":%" PRIu64 ",", s->packets,
			s->bytes_B);
	if (s->doing == TIMELINE_POLLING)
		fprintf(c->to, "\"polls\":%.0f,", polls_in(core, s->to_ps - s->from_ps));
	fprintf(c->to, "\"took_ps\":%" PRId64 "}}", s->open ? 0 : s->to_ps - s->from_ps);
}

static void put_frame(struct chrome_trace *c, const struct timeline_packet *p, uint32_t tid)
{
	if (p->to_ps <= c->from_ps || p->from_ps > c->to_ps)
		return;
	slice(c, PID_WIRES, tid, p->from_ps, p->to_ps, "wire", "\"frame\"");
	fprintf(c->to, "\"packet\":%" PRIu64 ",\"bytes\":%" PRIu32 "}}", p->number, p->pkt->size_B);
}

void chrome_packet(void *arg, const struct timeline_packet *p)
{
	struct chrome_trace *c = arg;
	way_see_packet(c->way, p);
	switch (p->event) {
	case TIMELINE_SENT:
		c->totals.sent += in_window(c, p->to_ps);
		put_frame(c, p, p->chain + 1);
		break;
	case TIMELINE_ON_WIRE:
		put_frame(c, p, c->wire[p->place]);
		break;
	case TIMELINE_DELIVERED:
		c->totals.delivered += in_window(c, p->from_ps);
		break;
	case TIMELINE_DROPPED:
		if (!in_window(c, p->to_ps))
			break;
		c->totals.dropped++;
		event(c,
			"{\"ph\":\"i\",\"s\":\"t\",\"pid\":%d,\"tid\":%" PRIu32 ",\"ts\":" TIME
			",\"cat\":\"drop\",\"name\":\"drop\",\"args\":{\"packet\":%" PRIu64
			",\"bytes\":%" PRIu32 "}}",
			PID_QUEUES, p->place + 1, TIME_OF(p->to_ps), p->number, p->pkt->size_B);
		break;
	case TIMELINE_TAKEN:
	case TIMELINE_HANDED_ON:
	case TIMELINE_WAITING:
		break;
	}
}

void chrome_level(void *arg, uint32_t place, ps_t at_ps, uint32_t waiting)
{
	struct chrome_trace *c = arg;
	if (!in_window(c, at_ps) || c->level[place] == waiting)
		return;
	c->level[place] = waiting;
	event(c,
		"{\"ph\":\"C\",\"pid\":%d,\"name\":%s,\"ts\":" TIME
		",\"args\":{\"waiting\":%" PRIu32 "}}",
		PID_QUEUES, name_of_place(c, place), TIME_OF(at_ps), waiting);
}

/* One end of an arrow, in the slice that starts at that instant on a track. */
static void put_flow(struct chrome_trace *c, char ph, uint32_t pid, uint32_t tid, ps_t at)
{
	event(c,
		"{\"ph\":\"%c\",\"bp\":\"e\",\"id\":%" PRIu64 ",\"pid\":%" PRIu32
		",\"tid\":%" PRIu32 ",\"ts\":" TIME ",\"cat\":\"packet\",\"name\":\"packet\"}",
		ph, c->way->number, pid, tid, TIME_OF(at));
}

/* The track on which others see a step, if any. */
static bool track_of(
	const struct chrome_trace *c, const struct way_step *s, uint32_t *pid, uint32_t *tid)
{
	*pid = PID_WIRES;
	if (s->kind == WAY_TESTER_WIRE) {
		*tid = c->way->chain + 1;
		return true;
	}
	if (s->kind == WAY_WIRE) {
		*tid = c->wire[s->place];
		return true;
	}
	if (s->kind != WAY_TASK)
		return false;
	const struct core *core = c->build->tasks[s->task].task->core;
	*pid = pid_of_core(c, core);
	*tid = core->number + 1;
	return true;
}

static void put_arrows(struct chrome_trace *c)
{
	const struct packet_way *w = c->way;
	uint32_t pid, tid, last = w->n;
	for (uint32_t i = 0; i < w->n; i++)
		if (track_of(c, &w->step[i], &pid, &tid) && w->step[i].from_ps <= c->to_ps)
			last = i;
	char ph = 's';
	for (uint32_t i = 0; i < w->n; i++) {
		const struct way_step *s = &w->step[i];
		if (!track_of(c, s, &pid, &tid) || s->to_ps <= c->from_ps || i > last)
			continue;
		if (i == last && ph == 's')
			break;
		put_flow(c, i == last ? 'f' : ph, pid, tid, s->from_ps);
		ph = 't';
	}
}

static void put_way(struct chrome_trace *c)
{
	const struct packet_way *w = c->way;
	for (uint32_t i = 0; i < w->n; i++) {
		const struct way_step *s = &w->step[i];
		const char *name = quoted(way_text(s, c->build, c->arena), c->arena);
		if (s->kind == WAY_DELIVERED || s->kind == WAY_DROPPED) {
			event(c,
				"{\"ph\":\"i\",\"s\":\"p\",\"pid\":%d,\"tid\":1,\"ts\":" TIME
				",\"cat\":\"packet\",\"name\":%s}",
				PID_PACKET, TIME_OF(s->from_ps), name);
		} else {
			slice(c, PID_PACKET, 1, s->from_ps, s->to_ps, "packet", name);
			fprintf(c->to, "\"took_ps\":%" PRId64 "}}", s->to_ps - s->from_ps);
		}
	}
	put_arrows(c);
}

void chrome_end(struct chrome_trace *c)
{
	const struct chrome_totals *t = &c->totals;
	const struct build *b = c->build;
	put_way(c);
	fprintf(c->to,
		"\n],\"otherData\":{\"program\":\"nfvsim " NFVSIM_VERSION "\",\"scenario\":%s"
		",\"seed\":\"%" PRIu64 "\",\"replication\":\"%" PRIu32 "\",\"from_ps\":\"%" PRId64
		"\",\"to_ps\":\"%" PRId64 "\",\"packet\":\"%" PRIu64 "\"",
		quoted(b->scenario->name ? b->scenario->name : "", c->arena), b->net->seed,
		b->net->replication, c->from_ps, c->to_ps, c->way->number);
	fprintf(c->to,
		",\"bursts\":\"%" PRIu64 "\",\"packets\":\"%" PRIu64 "\",\"flushes\":\"%" PRIu64
		"\",\"wakes\":\"%" PRIu64 "\",\"dropped\":\"%" PRIu64 "\",\"delivered\":\"%" PRIu64
		"\",\"busy_ps\":\"%" PRId64 "\",\"stalled_ps\":\"%" PRId64 "\"}}\n",
		t->bursts, t->packets, t->flushes, t->wakes, t->dropped, t->delivered, t->busy_ps,
		t->stalled_ps);
	arena_free(c->arena);
}
