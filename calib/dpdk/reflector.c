/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * See reflector.h. The host keeps up to DEPTH bursts in flight, at most half a ring. A burst that
 * comes back in parts is gathered until it is whole, so that every put is of the burst asked for.
 * When the host has taken its windows it stops sending, collects what is under way and then stops
 * the guest.
 */
#include "calib/dpdk/reflector.h"

#include <stdatomic.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_ether.h>
#include <rte_launch.h>
#include <rte_malloc.h>
#include <rte_mbuf.h>

enum {
	GET,
	PUT,
	TURN,
	ROUND,
	WORK, /* and the next ones */
	DEPTH = 4,
	FREE_AT_ONCE = 32, /* packets in flight up to which a driver frees sent ones all at once */
	LINE_PAIR = 128
}; /* LINE_PAIR: what prefetchers fetch together */

struct side {
	_Alignas(LINE_PAIR) unsigned (*get)(void *state, struct rte_mbuf **burst, unsigned n);
	unsigned (*put)(void *state, struct rte_mbuf **burst, unsigned n);
	void (*const *work)(void *state, struct rte_mbuf **burst, unsigned n);
	void *state;
	unsigned burst;
	double overhead_cycles;
	struct windows_timer timed;
	uint64_t put_cycles; /* of the last put that was timed */
	double usual_put_cycles;
	struct rte_mbuf *held[REFLECTOR_BURST_MAX];
	unsigned n_held;
	bool free_after;
};

struct pair {
	struct side host, guest;
	_Alignas(LINE_PAIR) _Atomic bool stop;
};

static uint64_t without_overhead(const struct side *s, uint64_t cycles)
{
	return cycles > s->overhead_cycles ? cycles - (uint64_t)s->overhead_cycles : 0;
}

static bool get_burst(struct side *s, uint64_t start)
{
	unsigned before = s->n_held, n = s->get(s->state, s->held + before, s->burst - before);
	uint64_t cycles = without_overhead(s, rte_rdtsc() - start);

	s->n_held += n;
	if (n == s->burst)
		windows_call(&s->timed, GET, cycles);
	return s->n_held == s->burst;
}

/* A put that frees what was sent before takes several times as long as the others. */
static void count_put(struct side *s)
{
	double usual = s->usual_put_cycles, cycles = (double)s->put_cycles;

	windows_call(&s->timed, PUT, s->put_cycles);
	if (!(usual > 0))
		s->usual_put_cycles = cycles;
	else if (cycles < 2 * usual)
		s->usual_put_cycles += (cycles - usual) / 64;
	else
		s->usual_put_cycles *= 1 + 1.0 / 64; /* lest it got stuck too low */
	if (cycles < 2 * usual)
		windows_call(&s->timed, REFLECTOR_PUT_ONLY, s->put_cycles);
}

/* What a full ring does not take is offered again; what it has not taken when the run ends is
 * freed. Whether it took all, and at once. */
static bool put_burst(struct side *s, const _Atomic bool *stop, bool *at_once)
{
	uint64_t start = rte_rdtsc();
	unsigned sent = s->put(s->state, s->held, s->burst), from;

	s->put_cycles = without_overhead(s, rte_rdtsc() - start);
	*at_once = sent == s->burst;
	while (sent < s->burst && !atomic_load_explicit(stop, memory_order_relaxed))
		sent += s->put(s->state, s->held + sent, s->burst - sent);
	from = s->free_after ? 0 : sent;
	if (from < s->burst)
		rte_pktmbuf_free_bulk(s->held + from, s->burst - from);
	s->n_held = 0;
	return sent == s->burst;
}

/* Returns the cycles that the turn is longer by. */
static uint64_t work_on_burst(struct side *s)
{
	uint64_t start = rte_rdtsc(), before = start, now = start;
	unsigned i;

	for (i = 0; i < REFLECTOR_WORKS; i++)
		if (s->work[i]) {
			s->work[i](s->state, s->held, s->burst);
			now = rte_rdtsc();
			windows_call(&s->timed, WORK + i, without_overhead(s, now - before));
			before = now;
		}
	return now - start;
}

/* The timed calls read the clock themselves, which the turn's cost should not hold, nor what
 * counting takes. */
static void turn(struct side *s, const _Atomic bool *stop)
{
	uint64_t start = rte_rdtsc(), end, worked = 0;
	bool whole = !s->n_held, moved = get_burst(s, start), at_once = false;

	if (moved) {
		worked = work_on_burst(s);
		moved = put_burst(s, stop, &at_once);
	}
	end = rte_rdtsc();
	if (at_once)
		count_put(s);
	if (moved) {
		windows_call(&s->timed, ROUND, end - s->timed.progressed);
		if (whole)
			windows_call(&s->timed, TURN,
				end - start - worked - (uint64_t)(3 * s->overhead_cycles));
	}
	windows_turn(&s->timed, end, moved);
}

static int guest_loop(void *arg)
{
	struct pair *pair = arg;

	while (!atomic_load_explicit(&pair->stop, memory_order_relaxed))
		turn(&pair->guest, &pair->stop);
	return 0;
}

static int make_burst(
	const struct bench_env *env, const struct reflector *r, struct rte_mbuf **burst)
{
	static const struct rte_ether_hdr header = {.ether_type = 0};
	unsigned i;

	if (rte_pktmbuf_alloc_bulk(env->pool, burst, env->key.burst))
		return -1;
	for (i = 0; i < env->key.burst; i++) {
		void *data =
			rte_pktmbuf_append(burst[i], (uint16_t)(env->key.size_B - BENCH_CRC_B));

		memcpy(data, &header, sizeof(header));
		if (r->ops->fill)
			r->ops->fill(r->state, burst[i]);
	}
	return 0;
}

/* The first bursts; a transport that is still connecting gets a second to take them. */
static int prime(
	const struct bench_env *env, const struct reflector *r, struct pair *pair, unsigned depth)
{
	uint64_t deadline = rte_rdtsc() + rte_get_tsc_hz();
	struct rte_mbuf *burst[REFLECTOR_BURST_MAX];

	while (depth--) {
		unsigned sent = 0;

		if (make_burst(env, r, burst))
			return -1;
		while (sent < env->key.burst && rte_rdtsc() < deadline)
			sent += pair->host.put(
				pair->host.state, burst + sent, env->key.burst - sent);
		if (pair->host.free_after)
			rte_pktmbuf_free_bulk(burst, env->key.burst);
		if (sent < env->key.burst)
			return -1;
	}
	return 0;
}

/* Takes back what is in flight, so that the next configuration starts with empty rings. */
static void drain(struct pair *pair)
{
	uint64_t last = rte_rdtsc(), quiet = rte_get_tsc_hz() / 1000;
	struct rte_mbuf *burst[REFLECTOR_BURST_MAX];

	while (rte_rdtsc() - last < quiet) {
		unsigned n = pair->host.get(pair->host.state, burst, REFLECTOR_BURST_MAX);

		rte_pktmbuf_free_bulk(burst, n);
		if (n)
			last = rte_rdtsc();
	}
}

static void set_side(struct side *s, const struct bench_env *env, const struct reflector *r)
{
	s->state = r->state;
	s->burst = env->key.burst;
	s->overhead_cycles = env->plan.overhead_cycles;
	windows_start(&s->timed, &env->plan);
}

static unsigned add_rows(const struct bench_env *env, const struct side *s,
	const char *const metric[REFLECTOR_METRICS], struct sample_row *row)
{
	unsigned i, n = 0;

	for (i = 0; i < REFLECTOR_METRICS; i++)
		if (metric[i] &&
			(i != REFLECTOR_PUT_ONLY || env->key.burst * DEPTH <= FREE_AT_ONCE))
			row[n++] =
				bench_timed_row(env, metric[i], &s->timed.set[i], env->key.burst);
	return n;
}

static void write_rows(struct bench_env *env, const struct reflector *r, const struct pair *pair)
{
	struct sample_row row[2 * REFLECTOR_METRICS];
	unsigned n = add_rows(env, &pair->host, r->ops->host_metric, row);

	n += add_rows(env, &pair->guest, r->ops->guest_metric, row + n);
	bench_end(env, row, n);
}

int reflector_run(struct bench_env *env, const struct reflector *r)
{
	unsigned depth = RTE_MAX(1u, RTE_MIN((unsigned)DEPTH, r->ring_slots / 2 / env->key.burst));
	struct pair *pair = rte_zmalloc(NULL, sizeof(*pair), LINE_PAIR);
	int failed;

	if (!pair)
		return -1;
	pair->host = (struct side){.get = r->ops->host_get,
		.put = r->ops->host_put,
		.work = r->ops->host_work,
		.free_after = r->ops->host_put_copies};
	pair->guest = (struct side){
		.get = r->ops->guest_get, .put = r->ops->guest_put, .work = r->ops->guest_work};
	set_side(&pair->host, env, r);
	set_side(&pair->guest, env, r);
	rte_eal_remote_launch(guest_loop, pair, env->peer);
	failed = prime(env, r, pair, depth);
	windows_start(&pair->host.timed, &env->plan);
	while (!failed && windows_wants(&pair->host.timed, rte_rdtsc()) && !env->interrupted())
		turn(&pair->host, &pair->stop);
	rte_pktmbuf_free_bulk(pair->host.held, pair->host.n_held);
	drain(pair);
	atomic_store(&pair->stop, true);
	rte_eal_wait_lcore(env->peer);
	rte_pktmbuf_free_bulk(pair->guest.held, pair->guest.n_held);
	drain(pair);
	if (!failed)
		write_rows(env, r, pair);
	rte_free(pair);
	return failed;
}

struct poll {
	unsigned (*get)(void *state, struct rte_mbuf **burst, unsigned n);
	void *state;
	unsigned burst;
};

static void poll_empty(void *arg, unsigned calls)
{
	struct rte_mbuf *burst[REFLECTOR_BURST_MAX];
	struct poll *p = arg;

	while (calls--)
		p->get(p->state, burst, p->burst);
}

void reflector_polls(struct bench_env *env, const struct reflector *r)
{
	struct poll host = {r->ops->host_get, r->state, env->key.burst},
		    guest = {r->ops->guest_get, r->state, env->key.burst};
	struct robust_set set[2];
	struct sample_row row[2];

	windows_measure(&env->plan, poll_empty, &host, &set[0]);
	windows_measure(&env->plan, poll_empty, &guest, &set[1]);
	row[0] = bench_row("poll", &set[0], 1);
	row[1] = bench_row("guest_poll", &set[1], 1);
	bench_end(env, row, 2);
}
