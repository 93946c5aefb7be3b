/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The ring against a model that judges each packet at the very instant at which it lands
 *
 * The ring judges only when somebody looks. Both must accept and drop the same packets, whatever
 * the pattern of landings, looks and takes, before and after it has grown.
 */
#include "base/arena.h"
#include "sim/ring.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#define MAX_PACKETS 100000

/* Packets by number: [0, done) handed back, [done, head) in hand, [head, tail) accepted. */
struct model {
	uint32_t *accepted; /* numbers, in order */
	ps_t *land_ps;      /* by number */
	uint32_t put, landed, cap;
	uint32_t done, head, tail;
	uint64_t dropped;
};

static uint64_t next_random(uint64_t *z)
{
	*z = *z * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return *z >> 33;
}

static void model_land(struct model *m, ps_t now)
{
	for (; m->landed < m->put && m->land_ps[m->landed] <= now; m->landed++) {
		if (m->tail - m->head < m->cap)
			m->accepted[m->tail++] = m->landed;
		else
			m->dropped++;
	}
}

static void check(struct ring *r, const struct model *m)
{
	assert_int_equal(ring_waiting(r), m->tail - m->head);
	assert_int_equal(ring_room(r), m->cap - (m->tail - m->head));
	assert_int_equal(r->dropped, m->dropped);
	assert_int_equal(r->put, m->put);
	assert_int_equal(r->left, m->done);
	assert_int_equal(r->put, r->left + r->dropped + (r->coming - r->done));
	for (uint32_t i = m->done; i < m->tail; i++) {
		const struct pkt *p = ring_at(r, r->done + (i - m->done));
		assert_int_equal(p->flow, m->accepted[i]);
		assert_true(p->land_ps == m->land_ps[m->accepted[i]]);
	}
	if (m->head != m->tail)
		assert_true(ring_next(r) == m->land_ps[m->accepted[m->head]]);
	else if (m->landed < m->put)
		assert_true(ring_next(r) == m->land_ps[m->landed]);
	else
		assert_true(ring_next(r) == PS_NEVER);
}

static void put(struct ring *r, struct model *m, ps_t land_ps)
{
	*ring_put(r) = (struct pkt){land_ps, land_ps, 64, m->put};
	m->land_ps[m->put++] = land_ps;
}

static void take(struct ring *r, struct model *m, uint32_t most)
{
	uint32_t n = ring_waiting(r) < most ? ring_waiting(r) : most;
	r->head += n;
	m->head += n;
}

static void hand_back(struct ring *r, struct model *m)
{
	r->left += r->head - r->done;
	r->done = r->head;
	m->done = m->head;
}

/* Bursts of landings, some of them far ahead, between looks that come seldom or often. */
static void exercise(struct ring *r, struct model *m, uint64_t seed)
{
	uint64_t z = seed;
	uint64_t burst = 1 + next_random(&z) % (3 * m->cap), gap = 1 + next_random(&z) % 50;
	ps_t now = 0, land = 0;
	for (int step = 0; step < 300; step++) {
		land = land < now ? now : land;
		for (uint64_t n = next_random(&z) % burst; n; n--) {
			land += (ps_t)(next_random(&z) % gap);
			put(r, m, land);
		}
		now += (ps_t)(next_random(&z) % (2 * gap * burst));
		ring_look(r, now);
		model_land(m, now);
		check(r, m);
		if (next_random(&z) % 3)
			hand_back(r, m);
		if (m->head == m->done)
			take(r, m, 1 + (uint32_t)next_random(&z) % 40);
		check(r, m);
	}
}

static void judged_as_if_at_each_landing(void **state)
{
	(void)state;
	struct model m = {.accepted = xcalloc(MAX_PACKETS, sizeof *m.accepted),
		.land_ps = xcalloc(MAX_PACKETS, sizeof *m.land_ps)};
	static const uint32_t caps[] = {1, 2, 3, 7, 31, 32, 33, 100};
	for (uint64_t seed = 0; seed < 200; seed++) {
		struct ring r;
		m = (struct model){
			.accepted = m.accepted, .land_ps = m.land_ps, .cap = caps[seed % 8]};
		ring_init(&r, "ring", m.cap);
		/* Numbers that run over in the middle of the test. */
		if (seed % 2)
			r.done = r.head = r.tail = r.coming = UINT32_MAX - 500;
		exercise(&r, &m, seed);
		ring_free(&r);
	}
	free(m.accepted);
	free(m.land_ps);
}

static void holds_exactly_its_capacity(void **state)
{
	(void)state;
	for (uint32_t cap = 1; cap < 600; cap += 37) {
		struct ring r;
		ring_init(&r, "ring", cap);
		for (uint32_t i = 0; i < cap + 5; i++)
			*ring_put(&r) = (struct pkt){10, 0, 64, i};
		ring_look(&r, 9);
		assert_int_equal(ring_waiting(&r), 0);
		ring_look(&r, 10);
		assert_int_equal(ring_waiting(&r), cap);
		assert_int_equal(r.dropped, 5);
		assert_int_equal(ring_at(&r, r.tail - 1)->flow, cap - 1);
		ring_free(&r);
	}
}

/* What is in hand holds no room: a full ring can be refilled while its packets are worked on. */
static void packets_in_hand_hold_no_room(void **state)
{
	(void)state;
	struct ring r;
	ring_init(&r, "ring", 4);
	for (uint32_t round = 0; round < 200; round++) {
		for (uint32_t i = 0; i < 4; i++)
			*ring_put(&r) = (struct pkt){round, 0, 64, 4 * round + i};
		ring_look(&r, round);
		r.head += 4;
	}
	assert_int_equal(r.dropped, 0);
	for (uint32_t i = 0; i < 800; i++)
		assert_int_equal(ring_at(&r, r.done + i)->flow, i);
	ring_free(&r);
}

struct feed {
	struct ring *ring;
	ps_t asked_at;
	int asked;
};

static void feed_one(void *feeder, ps_t now)
{
	struct feed *f = feeder;
	f->asked++;
	f->asked_at = now;
	f->ring->horizon_ps = now + 10;
	*ring_put(f->ring) = (struct pkt){now + 10, 0, 64, 0};
}

/* Asked for more exactly when a look reaches the horizon. */
static void asks_for_more_at_the_horizon(void **state)
{
	(void)state;
	struct ring r;
	ring_init(&r, "ring", 4);
	struct feed f = {.ring = &r};
	r.refill = feed_one;
	r.feeder = &f;
	r.horizon_ps = 5;
	ring_look(&r, 4);
	assert_int_equal(f.asked, 0);
	assert_true(ring_next(&r) == 5);
	ring_look(&r, 5);
	assert_int_equal(f.asked, 1);
	assert_true(f.asked_at == 5 && ring_next(&r) == 15 && ring_waiting(&r) == 0);
	ring_look(&r, 14);
	assert_int_equal(f.asked, 1);
	ring_look(&r, 15);
	assert_int_equal(f.asked, 2);
	assert_int_equal(ring_waiting(&r), 1);
	ring_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judged_as_if_at_each_landing),
		cmocka_unit_test(holds_exactly_its_capacity),
		cmocka_unit_test(packets_in_hand_hold_no_room),
		cmocka_unit_test(asks_for_more_at_the_horizon),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
