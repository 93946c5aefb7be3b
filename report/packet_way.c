/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/packet_way.h"

static void add(struct packet_way *w, struct way_step s)
{
	if (w->n < WAY_STEPS)
		w->step[w->n++] = s;
}

static ps_t end_of(const struct packet_way *w, ps_t otherwise)
{
	return w->n ? w->step[w->n - 1].to_ps : otherwise;
}

static void land(struct packet_way *w, struct way_step s)
{
	ps_t end = end_of(w, s.from_ps);
	if (s.from_ps > end)
		add(w, (struct way_step){WAY_TRANSFER, s.place, TIMELINE_NONE, end, s.from_ps});
}

static void hand_on(struct packet_way *w, const struct timeline_packet *p)
{
	ps_t end = w->worked_ps > w->took_ps ? w->worked_ps : p->to_ps;
	add(w, (struct way_step){WAY_TASK, p->place, p->task, w->took_ps, end});
	if (end < p->to_ps)
		add(w, (struct way_step){WAY_BUFFER, p->place, p->task, end, p->to_ps});
}

void way_see_packet(struct packet_way *w, const struct timeline_packet *p)
{
	struct way_step s = {
		.place = p->place, .task = p->task, .from_ps = p->from_ps, .to_ps = p->to_ps};
	if (p->number != w->number || p->chain != w->chain)
		return;
	switch (p->event) {
	case TIMELINE_SENT:
		s.kind = WAY_TESTER_WIRE;
		add(w, s);
		break;
	case TIMELINE_TAKEN:
		land(w, s);
		s.kind = WAY_QUEUE;
		add(w, s);
		w->took_ps = w->worked_ps = p->to_ps;
		break;
	case TIMELINE_HANDED_ON:
		hand_on(w, p);
		break;
	case TIMELINE_ON_WIRE:
		s.kind = WAY_TX_QUEUE;
		s.from_ps = end_of(w, p->from_ps);
		s.to_ps = p->from_ps;
		add(w, s);
		s = (struct way_step){WAY_WIRE, p->place, p->task, p->from_ps, p->to_ps};
		add(w, s);
		break;
	case TIMELINE_DELIVERED:
		if (p->from_ps < p->to_ps)
			add(w, (struct way_step){
				       WAY_LINK, p->place, p->task, p->from_ps, p->to_ps});
		s.kind = WAY_DELIVERED;
		s.from_ps = p->to_ps;
		add(w, s);
		break;
	case TIMELINE_DROPPED:
		s.kind = WAY_DROPPED;
		add(w, s);
		break;
	case TIMELINE_WAITING:
		land(w, s);
		s.kind = WAY_QUEUE;
		if (s.from_ps < s.to_ps)
			add(w, s);
		break;
	}
}

void way_see_span(struct packet_way *w, const struct timeline_span *s)
{
	if (s->doing == TIMELINE_BURST && w->took_ps == s->from_ps && s->first <= w->number &&
		w->number <= s->last)
		w->worked_ps = s->to_ps;
}

const char *way_text(const struct way_step *s, const struct build *b, struct arena *a)
{
	static const char *const words[] = {
		[WAY_TESTER_WIRE] = "on the tester's wire",
		[WAY_TRANSFER] = "through link and NIC to",
		[WAY_QUEUE] = "waits in",
		[WAY_TASK] = "in a burst of",
		[WAY_BUFFER] = "in the transmit buffer of",
		[WAY_TX_QUEUE] = "in the transmit queue",
		[WAY_WIRE] = "on the wire of",
		[WAY_LINK] = "on the last link",
		[WAY_DELIVERED] = "delivered",
		[WAY_DROPPED] = "dropped at",
	};
	bool task = s->kind == WAY_TASK || s->kind == WAY_BUFFER;
	const char *name = "";
	if (task)
		name = b->tasks[s->task].task->name;
	else if (s->place != TIMELINE_NONE && s->kind != WAY_LINK && s->kind != WAY_DELIVERED)
		name = b->places[s->place].name;
	return arena_printf(a, "%s%s%s", words[s->kind], *name ? " " : "", name);
}

void way_see_delivery(struct way_slowest *s, const struct timeline_packet *p)
{
	ps_t latency = p->to_ps - p->pkt->stamp_ps;
	if (p->event != TIMELINE_DELIVERED || p->to_ps > s->to_ps ||
		p->pkt->stamp_ps <= s->from_ps || (s->number && latency <= s->latency_ps))
		return;
	s->chain = p->chain;
	s->number = p->number;
	s->latency_ps = latency;
}
