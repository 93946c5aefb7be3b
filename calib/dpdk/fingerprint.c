/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hwloc for the topology, /proc/cpuinfo for model and flags, uname for the kernel. */
#include "calib/dpdk/fingerprint.h"

#include <inttypes.h>
#include <string.h>
#include <sys/utsname.h>

#include <rte_version.h>

static const uint64_t fnv_offset = 0xcbf29ce484222325,
		      fnv_prime = 0x100000001b3; /* FNV-1a, 64 bits */

static uint64_t hash_text(uint64_t hash, const char *text)
{
	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * fnv_prime;
	return hash;
}

/* Copies what follows "key\t: " on the first line of /proc/cpuinfo that starts with key. */
static void read_cpuinfo(const char *key, char *value, size_t size)
{
	char line[8192];
	FILE *f = fopen("/proc/cpuinfo", "r");

	snprintf(value, size, "unknown");
	while (f && fgets(line, sizeof(line), f)) {
		char *colon = strchr(line, ':');

		if (!colon || strncmp(line, key, strlen(key)))
			continue;
		line[strcspn(line, "\n")] = 0;
		snprintf(value, size, "%s", colon + (colon[1] == ' ' ? 2 : 1));
		break;
	}
	if (f)
		fclose(f);
}

static void read_line(const char *path, char *value, size_t size)
{
	FILE *f = fopen(path, "r");

	snprintf(value, size, "none");
	if (!f)
		return;
	if (fgets(value, (int)size, f))
		value[strcspn(value, "\n")] = 0;
	fclose(f);
}

static bool has_word(const char *words, const char *word)
{
	size_t length = strlen(word);
	const char *at = words;

	while ((at = strstr(at, word))) {
		if ((at == words || at[-1] == ' ') && (at[length] == ' ' || !at[length]))
			return true;
		at += length;
	}
	return false;
}

static unsigned count(hwloc_topology_t topology, hwloc_obj_type_t type)
{
	int n = hwloc_get_nbobjs_by_type(topology, type);

	return n > 0 ? (unsigned)n : 1;
}

static void read_caches(struct fingerprint *fp)
{
	static const hwloc_obj_type_t type[4] = {
		0, HWLOC_OBJ_L1CACHE, HWLOC_OBJ_L2CACHE, HWLOC_OBJ_L3CACHE};
	unsigned level;

	for (level = 1; level < 4; level++) {
		hwloc_obj_t cache = hwloc_get_obj_by_type(fp->topology, type[level], 0);

		fp->cache_B[level] = cache ? cache->attr->cache.size : 0;
	}
}

int fingerprint_take(struct fingerprint *fp)
{
	struct utsname name;
	char shape[96];

	memset(fp, 0, sizeof(*fp));
	if (hwloc_topology_init(&fp->topology) || hwloc_topology_load(fp->topology))
		return -1;
	fp->processors = count(fp->topology, HWLOC_OBJ_PU);
	fp->sockets = count(fp->topology, HWLOC_OBJ_PACKAGE);
	fp->numa_nodes = count(fp->topology, HWLOC_OBJ_NUMANODE);
	fp->threads_per_core = fp->processors / count(fp->topology, HWLOC_OBJ_CORE);
	read_caches(fp);
	read_cpuinfo("model name", fp->cpu, sizeof(fp->cpu));
	read_cpuinfo("flags", fp->flags, sizeof(fp->flags));
	read_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", fp->governor,
		sizeof(fp->governor));
	fp->tsc_invariant =
		has_word(fp->flags, "constant_tsc") && has_word(fp->flags, "nonstop_tsc");
	snprintf(fp->hypervisor, sizeof(fp->hypervisor), "%s",
		has_word(fp->flags, "hypervisor") ? "yes" : "no");
	if (!uname(&name))
		snprintf(fp->kernel, sizeof(fp->kernel), "%s %s", name.sysname, name.release);
	snprintf(shape, sizeof(shape), "%u/%u/%u", fp->processors, fp->sockets, fp->numa_nodes);
	fp->id = hash_text(hash_text(hash_text(fnv_offset, fp->cpu), fp->flags), shape);
	fp->id = hash_text(hash_text(fp->id, fp->kernel), rte_version());
	return 0;
}

void fingerprint_free(struct fingerprint *fp)
{
	hwloc_topology_destroy(fp->topology);
}

void fingerprint_write(const struct fingerprint *fp, FILE *out)
{
	fprintf(out, "# machine_id: %016" PRIx64 "\n# cpu: %s\n# cpu_flags: %s\n", fp->id, fp->cpu,
		fp->flags);
	fprintf(out, "# kernel: %s\n# hypervisor: %s\n# dpdk: %s\n", fp->kernel, fp->hypervisor,
		rte_version());
	fprintf(out, "# processors: %u\n# sockets: %u\n# numa_nodes: %u\n# threads_per_core: %u\n",
		fp->processors, fp->sockets, fp->numa_nodes, fp->threads_per_core);
	fprintf(out, "# l1_B: %" PRIu64 "\n# l2_B: %" PRIu64 "\n# l3_B: %" PRIu64 "\n",
		fp->cache_B[1], fp->cache_B[2], fp->cache_B[3]);
	fprintf(out, "# cpufreq_governor: %s\n# tsc_invariant: %s\n", fp->governor,
		fp->tsc_invariant ? "yes" : "no");
}

static hwloc_obj_t ancestor(const struct fingerprint *fp, unsigned processor, hwloc_obj_type_t type)
{
	hwloc_obj_t pu = hwloc_get_pu_obj_by_os_index(fp->topology, processor);

	return pu ? hwloc_get_ancestor_obj_by_type(fp->topology, type, pu) : NULL;
}

unsigned fingerprint_socket(const struct fingerprint *fp, unsigned processor)
{
	hwloc_obj_t package = ancestor(fp, processor, HWLOC_OBJ_PACKAGE);

	return package ? package->logical_index : 0;
}

bool fingerprint_siblings(const struct fingerprint *fp, unsigned a, unsigned b)
{
	hwloc_obj_t core = ancestor(fp, a, HWLOC_OBJ_CORE);

	return core && core == ancestor(fp, b, HWLOC_OBJ_CORE);
}
