/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What machine and software a samples file comes from. `fingerprint_free` releases the topology. */
#ifndef CALIB_DPDK_FINGERPRINT_H
#define CALIB_DPDK_FINGERPRINT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <hwloc.h>

struct fingerprint {
	hwloc_topology_t topology;
	char cpu[128], flags[4096], kernel[160], hypervisor[32], governor[32];
	bool tsc_invariant;
	unsigned processors, sockets, numa_nodes, threads_per_core;
	uint64_t cache_B[4]; /* by level, 0 where unknown */
	uint64_t id; /* of everything a cost may depend on and that does not change between runs */
};

int fingerprint_take(struct fingerprint *fp);
void fingerprint_free(struct fingerprint *fp);
void fingerprint_write(const struct fingerprint *fp, FILE *out); /* `# key: value` lines */
unsigned fingerprint_socket(const struct fingerprint *fp, unsigned processor);
bool fingerprint_siblings(
	const struct fingerprint *fp, unsigned a, unsigned b); /* share a physical core */

#endif
