/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reads any bytes as a topology in hwloc's XML. Besides not crashing: what is refused has a
 * complaint, and what is accepted has sockets, cores and a card within bounds.
 */
#include "model/topology.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds)
{
	if (!holds)
		abort();
}

static void check(const struct topology *t)
{
	demand(t->sockets > 0 && t->sockets <= TOPOLOGY_SOCKETS);
	demand(t->cores > 0 && t->cores <= TOPOLOGY_CORES);
	for (int i = 0; i < t->sockets * t->cores; i++)
		demand(t->cpu[i] >= 0);
	for (int i = 0; i < t->sockets; i++)
		demand(t->node[i] >= 0);
	demand(!t->nic || (t->nic_socket >= 0 && t->nic_socket < t->sockets && t->nic_ports > 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	struct diag *d = diag_new();
	const struct mark nowhere = {0};
	const struct topology *t =
		topology_parse("fuzz.xml", (const char *)data, size, NULL, nowhere, a, d);
	demand(!t == (diag_errors(d) > 0));
	if (t)
		check(t);
	diag_free(d);
	arena_free(a);
	return 0;
}
