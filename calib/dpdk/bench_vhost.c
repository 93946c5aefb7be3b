/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A vhost-user port and its virtio-user guest, each polled by its own core, with packets going
 * round: what copying into and out of the guest's ring costs the host, and what receiving and
 * sending costs the guest (crossing.h).
 */
#include "calib/dpdk/bench.h"

#include "calib/dpdk/bench_each.h"
#include "calib/dpdk/crossing.h"

static void measure(struct bench_env *env, const struct bench *self, struct crossing *crossing)
{
	struct bench_list size = bench_sizes(env), burst = bench_bursts(env);
	struct reflector reflector = {&crossing_ops, crossing, CROSSING_SLOTS};
	unsigned i, j;

	for (i = 0; i < size.n; i++)
		for (j = 0; j < burst.n && burst.value[j] <= CROSSING_BURST_MAX; j++) {
			struct sample_key key = bench_key_pair(env, self->name);

			key.size_B = size.value[i];
			key.burst = burst.value[j];
			if (bench_begin(env, &key) && reflector_run(env, &reflector))
				bench_skip(env, "", "the guest did not answer");
		}
}

static void measure_polls(
	struct bench_env *env, const struct bench *self, struct crossing *crossing)
{
	struct reflector reflector = {&crossing_ops, crossing, CROSSING_SLOTS};
	struct sample_key key = bench_key(env, self->name);

	key.burst = CROSSING_BURST_MAX;
	key.peer = "idle";
	if (bench_begin(env, &key))
		reflector_polls(env, &reflector);
}

static void run(struct bench_env *env, const struct bench *self)
{
	struct crossing c = {.pool = env->pool};
	const char *wrong = crossing_open(&c);

	if (wrong) {
		bench_skip(env, "", wrong);
	} else {
		measure(env, self, &c);
		measure_polls(env, self, &c);
	}
	crossing_close(&c);
}

const struct bench bench_vhost = {"vhost",
	"vhost-user and virtio-user as a reflector: host's and guest's costs", BENCH_PEER, run,
	NULL};
