/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * topology_hwloc - what hwloc finds in a file
 *
 * hwloc trusts its XML: a torn or made-up file can crash it. So this runs in a process of its own,
 * which hands over a record without pointers.
 */
#ifndef NFVSIM_MODEL_TOPOLOGY_HWLOC_H
#define NFVSIM_MODEL_TOPOLOGY_HWLOC_H

#include "model/topology.h"

#include <stddef.h>

enum { TOPOLOGY_NAME = 64, TOPOLOGY_LIST = 1024 };

enum topology_fault {
	TOPOLOGY_GOOD,
	TOPOLOGY_NOT_XML,
	TOPOLOGY_SIZES, /* no cores, or too many */
	TOPOLOGY_NO_SUCH_NIC,
	TOPOLOGY_SEVERAL /* cards on more than one socket, and none was asked for */
};

struct topology_record {
	int fault; /* enum topology_fault */
	int sockets, cores;
	int cpu[TOPOLOGY_SOCKETS * TOPOLOGY_CORES], node[TOPOLOGY_SOCKETS];
	char nic[TOPOLOGY_NAME];   /* "": none */
	int nic_socket, nic_ports; /* socket -1: none in particular */
	char list[TOPOLOGY_LIST];  /* all cards, in words */
};

/* Fills a record of zeros. xml[len] is 0. */
void topology_examine(const char *xml, size_t len, const char *nic, struct topology_record *t);

#endif
