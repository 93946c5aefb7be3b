/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * lazy - W1 without an event queue: about as fast as this workload can be simulated
 *
 * Only for a chain of stations without anything between them. A station is brought up to date
 * when a burst reaches it, and hands on what it finishes meanwhile by calling the next one.
 * Nothing is general, and nothing is counted but deliveries, drops and latencies.
 */
#include "bench/peers/workload.h"

#define SLOTS 1024 /* more than a ring and a burst in hand */
#define MOST_STATIONS 64

struct station {
	int64_t ready; /* when the burst in hand is done; when idle: of the last poll */
	int64_t per_poll, per_packet;
	unsigned in_hand, first, waiting_end, room; /* in hand: slots before first */
	int64_t stamp[SLOTS];
};

struct chain {
	struct workload load;
	struct station station[MOST_STATIONS];
};

static void arrive(struct chain *c, int number, int64_t now, const struct station *from);

/* Finishes the burst in hand and takes the next one; idle afterwards if there is none. */
static inline __attribute__((always_inline)) void turn(struct chain *c, int number)
{
	struct station *s = &c->station[number];
	int64_t now = s->ready;
	if (number + 1 < c->load.stations)
		arrive(c, number + 1, now, s);
	else
		for (unsigned i = s->first - s->in_hand; i != s->first; i++)
			workload_deliver(&c->load, now - s->stamp[i % SLOTS]);
	unsigned n = s->waiting_end - s->first;
	n = n < BURST ? n : BURST;
	s->first += n;
	s->in_hand = n;
	if (n)
		s->ready = now + s->per_poll + n * s->per_packet;
}

static inline void take_first(struct station *s, int64_t now)
{
	unsigned n = s->waiting_end - s->first;
	s->first += n < BURST ? n : BURST;
	s->in_hand = n < BURST ? n : BURST;
	s->ready = now + s->per_poll + s->in_hand * s->per_packet;
}

/* The burst in from's hands lands at a station other than the first. */
static void arrive(struct chain *c, int number, int64_t now, const struct station *from)
{
	struct station *s = &c->station[number];
	while (s->in_hand && s->ready < now)
		turn(c, number);
	for (unsigned i = from->first - from->in_hand; i != from->first; i++) {
		if (s->waiting_end - s->first < s->room)
			s->stamp[s->waiting_end++ % SLOTS] = from->stamp[i % SLOTS];
		else
			c->load.dropped++;
	}
	if (!s->in_hand)
		take_first(s, now);
}

/* A frame lands at the first station, which polls all the time. */
static inline void receive(struct chain *c, int64_t now)
{
	struct station *s = &c->station[0];
	while (s->in_hand && s->ready < now)
		turn(c, 0);
	if (s->waiting_end - s->first < s->room)
		s->stamp[s->waiting_end++ % SLOTS] = now;
	else
		c->load.dropped++;
	if (!s->in_hand) {
		int64_t polls = (now - s->ready + s->per_poll - 1) / s->per_poll;
		take_first(s, s->ready + (polls > 0 ? polls : 0) * s->per_poll);
	}
}

int main(int argc, char **argv)
{
	static struct chain c;
	workload_init(&c.load, argc, argv);
	if (c.load.stations < 1 || c.load.stations > MOST_STATIONS)
		return 2;
	for (int i = 0; i < c.load.stations; i++)
		c.station[i] = (struct station){.per_packet = workload_cost(&c.load, i),
			.per_poll = i ? 0 : FIRST_POLL,
			.room = i ? NEXT_RING : FIRST_RING};
	for (long i = 0; i < c.load.packets; i++)
		receive(&c, workload_arrival(&c.load));
	for (int i = 0; i < c.load.stations; i++)
		while (c.station[i].in_hand)
			turn(&c, i);
	workload_report(&c.load);
	return 0;
}
