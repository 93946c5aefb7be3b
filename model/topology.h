/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * topology - sockets, cores and network cards of a real server, as its `lstopo FILE.xml` says
 *
 * Read by hwloc in a process of its own. What the model does not know is made less: cores of a
 * socket are as many as on the smallest one, and of a core's hyperthreads only the first counts.
 */
#ifndef NFVSIM_MODEL_TOPOLOGY_H
#define NFVSIM_MODEL_TOPOLOGY_H

#include "base/arena.h"
#include "base/diag.h"

enum { TOPOLOGY_SOCKETS = 64, TOPOLOGY_CORES = 1024 };

struct topology {
	int sockets, cores; /* cores of each socket */
	const int
		*cpu; /* [socket * cores + core]: the processor's number in the operating system */
	const int *node;           /* NUMA node of each socket */
	const char *nic;           /* interface or PCI address; NULL: the file has none */
	int nic_socket, nic_ports; /* ports of that card */
};

/* Reads a file. nic: the card to use, by interface or PCI address; NULL: any, if all are on one
 * socket. NULL after errors, which are at the mark. */
const struct topology *topology_read(
	const char *path, const char *nic, struct mark at, struct arena *a, struct diag *d);

/* The same from memory. */
const struct topology *topology_parse(const char *name, const char *xml, size_t len,
	const char *nic, struct mark at, struct arena *a, struct diag *d);

#endif
