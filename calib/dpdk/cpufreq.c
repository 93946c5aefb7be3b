/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See cpufreq.h. */
#include "calib/dpdk/cpufreq.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static FILE *open_file(const struct cpufreq *f, unsigned core, const char *name, const char *mode)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/cpu%u/cpufreq/%s", f->root, core, name);
	return fopen(path, mode);
}

static uint64_t read_kHz(const struct cpufreq *f, unsigned core, const char *name)
{
	FILE *file = open_file(f, core, name, "r");
	uint64_t kHz = 0;

	if (!file)
		return 0;
	if (fscanf(file, "%" SCNu64, &kHz) != 1)
		kHz = 0;
	fclose(file);
	return kHz;
}

static int write_kHz(const struct cpufreq *f, unsigned core, const char *name, uint64_t kHz)
{
	FILE *file = open_file(f, core, name, "r+");
	int failed;

	if (!file)
		return -1;
	failed = fprintf(file, "%" PRIu64 "\n", kHz) < 0;
	failed |= fclose(file);
	return failed ? -1 : 0;
}

/* The kernel refuses a lower limit above the upper one: the limit that is in the way goes first. */
static int write_limits(const struct cpufreq *f, unsigned core, uint64_t min_kHz, uint64_t max_kHz)
{
	if (max_kHz < read_kHz(f, core, "scaling_min_freq"))
		return write_kHz(f, core, "scaling_min_freq", min_kHz) ||
		       write_kHz(f, core, "scaling_max_freq", max_kHz);
	return write_kHz(f, core, "scaling_max_freq", max_kHz) ||
	       write_kHz(f, core, "scaling_min_freq", min_kHz);
}

unsigned cpufreq_open(struct cpufreq *f, const char *root, const unsigned *core, unsigned n)
{
	unsigned i;

	*f = (struct cpufreq){.root = root};
	for (i = 0; i < n && i < CPUFREQ_CORES; i++) {
		f->core[i] = core[i];
		f->old_min_kHz[i] = read_kHz(f, core[i], "scaling_min_freq");
		f->old_max_kHz[i] = read_kHz(f, core[i], "scaling_max_freq");
		if (!f->old_min_kHz[i] || !f->old_max_kHz[i] ||
			write_limits(f, core[i], f->old_min_kHz[i], f->old_max_kHz[i]))
			break;
		f->n++;
	}
	if (f->n < n)
		f->n = 0;
	return f->n;
}

/* Where the driver lists no steps (intel_pstate), five equal ones from the lowest to the highest
 * clock. */
static unsigned all_clocks(const struct cpufreq *f, uint64_t *clock_hz, unsigned most)
{
	FILE *file = open_file(f, f->core[0], "scaling_available_frequencies", "r");
	uint64_t low = read_kHz(f, f->core[0], "cpuinfo_min_freq"),
		 high = read_kHz(f, f->core[0], "cpuinfo_max_freq"), kHz;
	unsigned n = 0;

	while (file && n < most && fscanf(file, "%" SCNu64, &kHz) == 1)
		clock_hz[n++] = kHz * 1000;
	if (file)
		fclose(file);
	if (n || !low || high < low)
		return n;
	for (n = 0; n < 5 && n < most; n++)
		clock_hz[n] = (low + (high - low) * n / 4) * 1000;
	return n;
}

unsigned cpufreq_choose(
	const struct cpufreq *f, const char *wanted, uint64_t *clock_hz, unsigned most)
{
	uint64_t low = read_kHz(f, f->core[0], "cpuinfo_min_freq"),
		 high = read_kHz(f, f->core[0], "cpuinfo_max_freq");
	unsigned n = 0;

	if (!strcmp(wanted, "all"))
		return all_clocks(f, clock_hz, most);
	while (*wanted && n < most) {
		char *end;
		uint64_t kHz = strtoull(wanted, &end, 10);

		if (end == wanted)
			break;
		if (kHz >= low && kHz <= high)
			clock_hz[n++] = kHz * 1000;
		wanted = *end ? end + 1 : end;
	}
	return n;
}

int cpufreq_set(const struct cpufreq *f, uint64_t clock_hz)
{
	int failed = 0;
	unsigned i;

	for (i = 0; i < f->n; i++)
		failed |= write_limits(f, f->core[i], clock_hz / 1000, clock_hz / 1000);
	return failed ? -1 : 0;
}

void cpufreq_restore(const struct cpufreq *f)
{
	unsigned i;

	for (i = 0; i < f->n; i++)
		if (write_limits(f, f->core[i], f->old_min_kHz[i], f->old_max_kHz[i]))
			fprintf(stderr,
				"nfvsim-calib: processor %u: its clock limits could not be put "
				"back\n",
				f->core[i]);
}
