/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * lcores are numbered by position, whatever the processors' numbers. Virtual devices are plugged
 * in later, by who uses them. `--no-huge` and `--in-memory` exclude each other; single-file
 * segments keep the descriptors that virtio-user shares few.
 */
#include "calib/dpdk/calib_eal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <rte_pci.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>

enum { ARGS = 32, ARG_LENGTH = 512 };

struct args {
	int n;
	char *value[ARGS];
	char text[ARGS][ARG_LENGTH];
};

__attribute__((format(printf, 2, 3))) static void add_arg(
	struct args *args, const char *format, ...)
{
	va_list list;

	if (args->n == ARGS - 1)
		return;
	va_start(list, format);
	vsnprintf(args->text[args->n], ARG_LENGTH, format, list);
	va_end(list);
	args->value[args->n] = args->text[args->n];
	args->n++;
}

static unsigned long free_huge_MiB(unsigned page_kB)
{
	char path[96];
	unsigned long pages = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/sys/kernel/mm/hugepages/hugepages-%ukB/free_hugepages",
		page_kB);
	f = fopen(path, "r");
	if (!f)
		return 0;
	if (fscanf(f, "%lu", &pages) != 1)
		pages = 0;
	fclose(f);
	return pages * (page_kB / 1024);
}

static unsigned choose_page_kB(unsigned memory_MiB)
{
	if (geteuid())
		return 4;
	if (free_huge_MiB(1048576) >= memory_MiB)
		return 1048576;
	return free_huge_MiB(2048) >= memory_MiB ? 2048 : 4;
}

static void add_cores(struct args *args, const struct calib_eal *eal)
{
	char list[ARG_LENGTH] = "";
	size_t used = 0;
	unsigned i;

	for (i = 0; i < eal->n_cores && used < sizeof(list) - 16; i++)
		used += (size_t)snprintf(
			list + used, sizeof(list) - used, "%s%u@%u", i ? "," : "", i, eal->core[i]);
	add_arg(args, "--lcores=%s", list);
	add_arg(args, "--main-lcore=0");
}

int calib_eal_start(const struct calib_eal *eal, unsigned *page_kB)
{
	struct args args = {.n = 0};
	unsigned i;

	*page_kB = eal->no_huge ? 4 : choose_page_kB(eal->memory_MiB);
	add_arg(&args, "%s", eal->program);
	add_cores(&args, eal);
	add_arg(&args, "-m");
	add_arg(&args, "%u", eal->memory_MiB);
	add_arg(&args, "--no-telemetry");
	add_arg(&args, "--log-level=3");
	if (*page_kB > 4) {
		add_arg(&args, "--in-memory");
		add_arg(&args, "--single-file-segments");
	} else {
		add_arg(&args, "--no-huge");
		add_arg(&args, "--no-shconf");
		add_arg(&args, "--file-prefix=nfvsim");
	}
	if (!eal->n_pci)
		add_arg(&args, "--no-pci");
	for (i = 0; i < eal->n_pci; i++)
		add_arg(&args, "--allow=%s", eal->pci[i]);
	if (rte_eal_init(args.n, args.value) < 0) {
		fprintf(stderr, "%s: DPDK does not start: %s\n", eal->program,
			rte_strerror(rte_errno));
		return -1;
	}
	return 0;
}

struct rte_mempool *calib_eal_pool(const char *name, unsigned mbufs)
{
	return rte_pktmbuf_pool_create(
		name, mbufs, 256, 0, RTE_MBUF_DEFAULT_BUF_SIZE, (int)rte_socket_id());
}

bool calib_eal_is_pci(const char *device)
{
	struct rte_pci_addr address;

	return !rte_pci_addr_parse(device, &address);
}
