/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What all benchmarks share: see bench.h. */
#include "calib/dpdk/bench.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <rte_cycles.h>

#include "calib/dpdk/calib_opts.h"
#include "calib/dpdk/fingerprint.h"

static const uint32_t quick_burst[] = {1, 4, 8, 32, 256};
static const uint32_t full_burst[] = {1, 2, 4, 8, 16, 32, 64, 128, 256};
static const uint32_t quick_size_B[] = {64, 256, 320, 640, 1518};
static const uint32_t full_size_B[] = {64, 128, 256, 264, 320, 512, 640, 1024, 1280, 1518};
static const uint32_t quick_entries[] = {10, 1000, 10000, 100000, 1000000};
static const uint32_t full_entries[] = {10, 100, 1000, 10000, 100000, 1000000};

struct sample_key bench_key(const struct bench_env *env, const char *name)
{
	uint32_t core = env->opts->core[0];

	return (struct sample_key){
		.bench = name,
		.device = "",
		.cache = "",
		.peer = "",
		.core_a = core,
		.core_b = SAMPLE_FILE_NONE,
		.socket_a = fingerprint_socket(env->fp, core),
		.socket_b = SAMPLE_FILE_NONE,
		.clock_hz = env->clock_hz,
		.repeat = env->repeat,
	};
}

struct sample_key bench_key_pair(const struct bench_env *env, const char *name)
{
	struct sample_key key = bench_key(env, name);

	key.core_b = env->opts->core[1];
	key.socket_b = fingerprint_socket(env->fp, key.core_b);
	key.peer = "works";
	return key;
}

bool bench_stopped(const struct bench_env *env)
{
	return env->interrupted() || rte_rdtsc() > env->deadline || env->failed;
}

static void show_progress(const struct sample_key *key)
{
	if (!isatty(STDERR_FILENO))
		return;
	fprintf(stderr, "\r\033[Krepetition %u: %s %s burst %u size %u entries %llu",
		key->repeat + 1, key->bench, key->device, key->burst, key->size_B,
		(unsigned long long)key->entries);
	fflush(stderr);
}

bool bench_begin(struct bench_env *env, const struct sample_key *key)
{
	if (env->interrupted() || env->failed || sample_file_has(env->out, key))
		return false;
	if (rte_rdtsc() > env->deadline) {
		env->late++;
		return false;
	}
	show_progress(key);
	env->key = *key;
	env->before = probe_alone(env->peer, &env->best, env->opts->wait_s);
	return true;
}

void bench_end(struct bench_env *env, const struct sample_row *row, unsigned n)
{
	struct probe after = probe_take(env->peer);
	struct sample_state state = {
		.state = probe_state(&env->before, &after),
		.pingpong_before_cycles = env->before.pingpong_cycles,
		.pingpong_after_cycles = after.pingpong_cycles,
		.clock_ratio = (env->before.clock_ratio + after.clock_ratio) / 2,
		.issue_ratio = (env->before.issue_ratio + after.issue_ratio) / 2,
		.steal_ms = (double)(after.steal_ticks - env->before.steal_ticks) * 1e3 /
			    (double)sysconf(_SC_CLK_TCK),
		.preemptions = after.preemptions - env->before.preemptions,
	};

	if (env->interrupted())
		return;
	state.shared = probe_shared(&env->best, &env->before, &after);
	if (sample_file_write(env->out, &env->key, &state, row, n)) {
		perror("nfvsim-calib: samples file");
		env->failed = true;
	}
}

struct sample_row bench_row(const char *metric, const struct robust_set *set, double per_call)
{
	struct robust_summary s = robust_summarise(set);

	return (struct sample_row){
		.metric = metric,
		.p10 = s.p10,
		.median = s.median,
		.trimmed_mean = s.trimmed_mean,
		.mad = s.mad,
		.windows = s.n,
		.clean_share = s.clean_share,
		.per_call = per_call,
	};
}

struct sample_row bench_timed_row(const struct bench_env *env, const char *metric,
	const struct robust_set *set, double per_call)
{
	struct sample_row row = bench_row(metric, set, per_call);

	if (row.trimmed_mean < env->plan.overhead_cycles)
		row.flag = "unresolved";
	return row;
}

void bench_measure(struct bench_env *env, windows_kernel kernel, void *arg, double per_call)
{
	struct robust_set set;
	struct sample_row row;

	windows_measure(&env->plan, kernel, arg, &set);
	row = bench_row("call", &set, per_call);
	bench_end(env, &row, 1);
}

/* Once a run is enough: the reason does not change between repetitions. */
void bench_skip(struct bench_env *env, const char *what, const char *reason)
{
	if (env->repeat)
		return;
	fprintf(stderr, "%sskipped: %s%s%s: %s\n", isatty(STDERR_FILENO) ? "\r\033[K" : "",
		env->bench, *what ? " " : "", what, reason);
	fprintf(sample_file_stream(env->out), "# skipped: %s%s%s: %s\n", env->bench,
		*what ? " " : "", what, reason);
}

#define LIST(array) ((struct bench_list){array, sizeof(array) / sizeof((array)[0])})

struct bench_list bench_bursts(const struct bench_env *env)
{
	return env->opts->full ? LIST(full_burst) : LIST(quick_burst);
}

struct bench_list bench_sizes(const struct bench_env *env)
{
	return env->opts->full ? LIST(full_size_B) : LIST(quick_size_B);
}

struct bench_list bench_entries(const struct bench_env *env, uint32_t most)
{
	struct bench_list list = env->opts->full ? LIST(full_entries) : LIST(quick_entries);

	while (list.n && list.value[list.n - 1] > most)
		list.n--;
	return list;
}
