/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A benchmark is a const struct bench in a file of its own, listed in bench_table.c. Its run()
 * goes once through all its configurations; the whole table is gone through again for each
 * repetition, so that the repetitions of one configuration lie far apart in time. For each
 * configuration:
 *
 *	if (!bench_begin(env, &key))	done already, interrupted, or out of time
 *		continue;
 *	... fill sets by windows_measure or a struct windows_timer ...
 *	bench_end(env, row, n);
 *
 * bench_begin and bench_end probe the machine's state. What cannot be measured is reported by
 * bench_skip, with the reason.
 */
#ifndef CALIB_DPDK_BENCH_H
#define CALIB_DPDK_BENCH_H

#include <stdbool.h>
#include <stdint.h>

#include "calib/dpdk/probe.h"
#include "calib/dpdk/sample_file.h"
#include "calib/dpdk/windows.h"

struct calib_opts;
struct fingerprint;
struct rte_mempool;

enum bench_needs { BENCH_PEER = 1, BENCH_ASKED = 2 }; /* a second core; run only when named */

enum { BENCH_CRC_B = 4 }; /* a frame's size counts it, memory does not hold it */

struct bench_env {
	const struct calib_opts *opts;
	const struct fingerprint *fp;
	struct sample_file *out;
	struct rte_mempool *pool;
	struct windows_plan plan;
	bool (*interrupted)(void);
	uint64_t deadline; /* TSC */
	uint32_t peer;     /* lcore of the second core, PROBE_NO_PEER without one */
	uint64_t clock_hz; /* set by us, or 0 */
	uint32_t repeat;
	struct sample_key key; /* of the configuration under way */
	struct probe before;
	const char *bench; /* name of the benchmark under way, for messages */
	unsigned late;     /* configurations left out for lack of time */
	struct probe_best best;
	bool failed; /* a sample could not be written */
};

struct bench {
	const char *name, *doc;
	unsigned needs;
	void (*run)(struct bench_env *env, const struct bench *self);
	const void *arg;
};

struct bench_list {
	const uint32_t *value;
	unsigned n;
};

struct sample_key bench_key(
	const struct bench_env *env, const char *name); /* core a only, nothing else set */
struct sample_key bench_key_pair(const struct bench_env *env, const char *name); /* both cores */
bool bench_begin(struct bench_env *env, const struct sample_key *key);
void bench_end(struct bench_env *env, const struct sample_row *row, unsigned n);
struct sample_row bench_row(const char *metric, const struct robust_set *set, double per_call);
struct sample_row
bench_timed_row(/* of calls timed one by one: flagged when too short for the clock */
	const struct bench_env *env, const char *metric, const struct robust_set *set,
	double per_call);
void bench_measure(struct bench_env *env, windows_kernel kernel, void *arg,
	double per_call); /* one metric: "call" */
void bench_skip(struct bench_env *env, const char *what, const char *reason);
bool bench_stopped(const struct bench_env *env);

/* Grids: few values for --quick, more for --full. */
struct bench_list bench_bursts(const struct bench_env *env);
struct bench_list bench_sizes(const struct bench_env *env);
struct bench_list bench_entries(const struct bench_env *env, uint32_t most); /* table sizes */

extern const struct bench *const bench_table[]; /* ends with NULL */

#endif
