/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How fast the core runs against its TSC: a chain of dependent additions takes one core cycle
 * each, so a "call" of one addition costs TSC clock / core clock TSC cycles. Also the cost of
 * reading the TSC itself.
 */
#include "calib/dpdk/bench.h"

#include <stdio.h>
#include <unistd.h>

#include <rte_cycles.h>

#include "calib/dpdk/bench_each.h"
#include "calib/dpdk/calib_opts.h"
#include "calib/dpdk/cpufreq.h"

enum { ADDITIONS = 512 };

static void add(void *arg, unsigned calls)
{
	uint64_t x = 1;
	unsigned i;

	(void)arg;
	while (calls--)
		for (i = 0; i < ADDITIONS / 8; i++)
			__asm__ volatile("add %0, %0\n\tadd %0, %0\n\tadd %0, %0\n\tadd %0, %0\n\t"
					 "add %0, %0\n\tadd %0, %0\n\tadd %0, %0\n\tadd %0, %0"
					 : "+r"(x));
}

static void read_tsc(void *arg, unsigned calls)
{
	(void)arg;
	while (calls--)
		rte_rdtsc();
}

static void say_why_one_clock(struct bench_env *env)
{
	char path[96];

	snprintf(path, sizeof(path), CPUFREQ_ROOT "/cpu%u/cpufreq", env->opts->core[0]);
	bench_skip(env, "by frequency",
		access(path, F_OK) ? "no cpufreq on this machine" : "not asked for (--clocks all)");
}

static void run(struct bench_env *env, const struct bench *self)
{
	struct sample_key key = bench_key(env, self->name);
	struct robust_set set[2];
	struct sample_row row[2];

	if (!env->clock_hz)
		say_why_one_clock(env);
	if (!bench_begin(env, &key))
		return;
	windows_measure(&env->plan, add, NULL, &set[0]);
	windows_measure(&env->plan, read_tsc, NULL, &set[1]);
	row[0] = bench_row("dependent_add", &set[0], ADDITIONS);
	row[1] = bench_row("read_tsc", &set[1], 1);
	bench_end(env, row, 2);
}

const struct bench bench_clock = {
	"clock", "TSC cycles per core cycle, and per reading of the TSC", 0, run, NULL};
