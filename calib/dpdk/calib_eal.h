/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Start-up of DPDK for calibration and live programs: huge pages if there are enough, else
 * ordinary ones. */
#ifndef CALIB_DPDK_CALIB_EAL_H
#define CALIB_DPDK_CALIB_EAL_H

#include <stdbool.h>

struct rte_mempool;

struct calib_eal {
	const char *program;
	const unsigned
		*core; /* the first becomes the main lcore; lcore ids are 0, 1, ... in this order */
	unsigned n_cores;
	bool no_huge; /* not even where there are huge pages */
	unsigned memory_MiB;
	const char *const *pci; /* addresses to probe; without any, no bus is looked at */
	unsigned n_pci;
};

/* Returns -1 after saying why on stderr. *page_kB: size of the pages that hold DPDK's memory. */
int calib_eal_start(const struct calib_eal *eal, unsigned *page_kB);
struct rte_mempool *calib_eal_pool(const char *name, unsigned mbufs);
bool calib_eal_is_pci(const char *device);

#endif
