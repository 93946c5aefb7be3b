/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Sets the clock of processors through the kernel's cpufreq files (Documentation/admin-
 * guide/pm/cpufreq.rst): the lower and the upper limit are both moved to the wanted clock,
 * whatever the governor. `root` is CPUFREQ_ROOT except in tests. cpufreq_restore puts back what
 * cpufreq_open found.
 */
#ifndef CALIB_DPDK_CPUFREQ_H
#define CALIB_DPDK_CPUFREQ_H

#include <stdint.h>

#define CPUFREQ_ROOT "/sys/devices/system/cpu"

enum { CPUFREQ_CORES = 2 };

struct cpufreq {
	const char *root;
	unsigned core[CPUFREQ_CORES];
	unsigned n;
	uint64_t old_min_kHz[CPUFREQ_CORES], old_max_kHz[CPUFREQ_CORES];
};

unsigned cpufreq_open(struct cpufreq *f, const char *root, const unsigned *core,
	unsigned n); /* 0: not settable */
/* wanted: "all" or kHz, comma-separated, of which those out of range are left out. Returns how
 * many. */
unsigned cpufreq_choose(
	const struct cpufreq *f, const char *wanted, uint64_t *clock_hz, unsigned most);
int cpufreq_set(const struct cpufreq *f, uint64_t clock_hz);
void cpufreq_restore(const struct cpufreq *f);

#endif
