/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * platform - a kind of server: sockets, cores, clock range, NICs, what distance costs
 *
 * Read from scenarios/platforms/NAME.yaml.
 */
#ifndef NFVSIM_MODEL_PLATFORM_H
#define NFVSIM_MODEL_PLATFORM_H

#include "model/sourced.h"

struct clock_setting {
	struct quantity set;      /* what is asked for */
	struct sourced effective; /* what the core then runs at (turbo) */
};

struct platform_clock {
	struct sourced min, max;
	struct param_list effective; /* struct clock_setting */
};

struct platform_nic {
	const char *model;
	struct sourced ports;
	struct sourced speed; /* b/s of a port */
	struct sourced max_queues;
	struct sourced min_ring, max_ring; /* descriptors */
	struct sourced port_max, card_max; /* received pps; not given: no ceiling */
	struct sourced dma_rx, dma_tx;
	struct sourced buffer; /* on-chip receive buffer */
	struct sourced socket;
};

struct platform_memory {
	struct sourced line_local, line_remote; /* dirty cache line from another core */
	struct sourced fill_buffers;            /* line transfers a core keeps in flight */
};

struct platform_power {
	struct sourced idle;        /* the server with all cores asleep */
	struct sourced core_active; /* a polling core at clock.max */
	struct sourced core_min;    /* a polling core at clock.min */
};

struct platform {
	const char *name;
	const char *title, *doc;
	struct sourced sockets, cores_per_socket;
	struct platform_clock clock;
	struct platform_nic nic;
	struct platform_memory memory;
	struct platform_power power;
	struct sourced link_delay; /* propagation to the next server or the tester */
	struct mark mark;
	uint64_t given;
};

extern const struct param_table platform_table;

/* Reads scenarios/platforms/NAME.yaml, or a path. NULL after errors. */
struct platform *platform_read(const char *name, struct mark at, struct arena *a, struct diag *d);

void platform_each(struct platform *p, sourced_visit *visit, void *arg);

#endif
