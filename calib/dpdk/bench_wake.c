/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How long an interrupt-mode thread takes to wake: it sleeps in epoll_wait on an eventfd, as
 * DPDK's interrupt mode does, and another core writes to it. Metric `wake`: from before the write
 * until the sleeper runs again; `notify`: what the write costs the writer. Column `entries` is
 * how long the sleeper slept before, in us, since sleep states deepen with time. Each wake-up is
 * one value; both cores' TSCs are taken to be synchronous, as an invariant TSC is.
 */
#include "calib/dpdk/bench.h"

#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_launch.h>

#include "calib/dpdk/bench_each.h"
#include "calib/dpdk/fingerprint.h"

struct sleeper {
	_Alignas(128) int event, epoll;
	_Alignas(128) _Atomic uint64_t woke; /* TSC; 0: asleep or about to be */
	_Atomic bool stop;
};

static int sleep_loop(void *arg)
{
	struct sleeper *s = arg;
	struct epoll_event event;
	uint64_t count;

	while (!atomic_load(&s->stop))
		if (epoll_wait(s->epoll, &event, 1, 100) == 1) {
			uint64_t now = rte_rdtsc();

			if (read(s->event, &count, sizeof(count)) < 0)
				return -1;
			atomic_store(&s->woke, now);
		}
	return 0;
}

static int wake_once(
	struct sleeper *s, unsigned idle_us, struct robust_set *wake, struct robust_set *notify)
{
	static const uint64_t one = 1;
	uint64_t start, written, woke, deadline;

	atomic_store(&s->woke, 0);
	rte_delay_us_block(idle_us);
	start = rte_rdtsc();
	deadline = start + rte_get_tsc_hz() / 10;
	if (write(s->event, &one, sizeof(one)) != sizeof(one))
		return -1;
	written = rte_rdtsc();
	do
		woke = atomic_load(&s->woke);
	while (!woke && rte_rdtsc() < deadline);
	if (woke <= start) {
		wake->dirty++;
		return -1;
	}
	robust_add(wake, (double)(woke - start));
	robust_add(notify, (double)(written - start));
	return 0;
}

static void measure(struct bench_env *env, struct sleeper *s, unsigned idle_us)
{
	struct robust_set wake = {.n = 0}, notify = {.n = 0};
	struct sample_row row[2];
	unsigned tries;

	atomic_store(&s->stop, false);
	rte_eal_remote_launch(sleep_loop, s, env->peer);
	for (tries = 0; tries < env->plan.windows; tries++)
		wake_once(s, idle_us, &wake, &notify);
	atomic_store(&s->stop, true);
	wake_once(s, 0, &wake, &notify);
	rte_eal_wait_lcore(env->peer);
	row[0] = bench_row("wake", &wake, 1);
	row[1] = bench_row("notify", &notify, 1);
	bench_end(env, row, 2);
}

static void run(struct bench_env *env, const struct bench *self)
{
	static const unsigned idle_us[] = {20, 200, 2000};
	struct epoll_event event = {.events = EPOLLIN};
	struct sleeper s = {.event = eventfd(0, 0), .epoll = epoll_create1(0)};
	unsigned i;

	if (!env->fp->tsc_invariant || s.event < 0 || s.epoll < 0 ||
		epoll_ctl(s.epoll, EPOLL_CTL_ADD, s.event, &event)) {
		bench_skip(env, "", "needs an invariant TSC, eventfd and epoll");
		return;
	}
	for (i = 0; i < sizeof(idle_us) / sizeof(idle_us[0]); i++) {
		struct sample_key key = bench_key_pair(env, self->name);

		key.entries = idle_us[i];
		if (bench_begin(env, &key))
			measure(env, &s, idle_us[i]);
	}
	close(s.epoll);
	close(s.event);
}

const struct bench bench_wake = {"wake",
	"wake-up delay in interrupt mode, by the length of the sleep", BENCH_PEER, run, NULL};
