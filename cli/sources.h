/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sources - what an answer leans on: where the values come from that a scenario uses
 *
 * Keys are "FILE.key", as in bess.vnic.into_vm.per_packet. NFs that no chain of the scenario has
 * and the electricity of its servers are left out.
 */
#ifndef NFVSIM_CLI_SOURCES_H
#define NFVSIM_CLI_SOURCES_H

#include "model/scenario.h"

enum { SOURCES_KINDS = SOURCED_CONFIGURED + 1 };

struct sources {
	struct {
		const char **keys;
		size_t n;
	} kind[SOURCES_KINDS]; /* by enum source_kind */
	size_t total;
};

/* Everything lives in the arena. */
struct sources *sources_collect(const struct scenario *s, struct arena *a);

#endif
