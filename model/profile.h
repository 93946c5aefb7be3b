/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * profile - a dataplane as data: how it moves packets, what that costs, how its VNFs batch
 *
 * Read from scenarios/profiles/NAME.yaml. A new dataplane is a new file.
 */
#ifndef NFVSIM_MODEL_PROFILE_H
#define NFVSIM_MODEL_PROFILE_H

#include "model/sourced.h"

/* Who moves packets between NICs and VMs, and between VMs. */
enum mover {
	MOVER_WORKER, /* worker cores poll NIC queues and vNICs (BESS, OVS-DPDK, VPP) */
	MOVER_SHARED, /* the same work on one core for the whole server (a hypervisor thread) */
	MOVER_SENDER, /* the sending thread copies into the receiver's ring (VALE) */
	MOVER_NONE,   /* VNFs drive the NIC themselves (SR-IOV) */
};

/* What a splitting switch deals out in turn. */
enum round_robin { ROUND_ROBIN_PACKET, ROUND_ROBIN_BURST };

enum when_full { FULL_DROP, FULL_STALL, FULL_RESERVE };

enum core_mode { MODE_POLL, MODE_INTERRUPT };

struct waking {
	int mode;                  /* enum core_mode */
	struct sourced delay;      /* interrupt to first poll */
	struct sourced moderation; /* least time between interrupts */
	struct sourced linger;     /* goes on polling for so long before it sleeps */
	struct sourced cost;       /* of one wake-up */
};

struct full_policy {
	int policy; /* enum when_full */
	struct sourced retries, wait;
};

/* When a VNF's packets are sent. */
enum transmit_policy { TX_IMMEDIATE, TX_BURST, TX_ADAPTIVE };

struct transmit {
	int policy;
	struct sourced burst; /* packets */
	struct sourced timer;
	int timer_starts;           /* 0: free-running, 1: with the first packet */
	struct sourced check_every; /* polls */
	bool full_burst_bypass, pay_when_sent;
	uint64_t given;
};

struct nf_def {
	const char *name;
	struct mark mark;
	struct sourced_cost cost;
	struct sourced entries;      /* rules or table entries the cost was stated for */
	struct sourced per_entry;    /* cost of each further one */
	struct sourced per_doubling; /* cost of each doubling */
	struct transmit transmit;    /* overrides the profile's where given */
	const char *doc;
	uint64_t given;
};

struct profile_pnic {
	struct sourced rx_ring, tx_ring;
	struct sourced_cost rx, tx;
};

struct profile_vnic {
	struct sourced ring;                    /* slots towards the VM */
	struct sourced tx_ring;                 /* slots from the VM */
	struct sourced_cost into_vm, out_of_vm; /* the mover's side */
	struct sourced_cost guest_rx, guest_tx; /* the VM's side */
	struct full_policy when_full;           /* the mover finds the VM's ring full */
	struct full_policy when_full_guest;     /* the VM finds its transmit ring full */
};

struct profile_vnf {
	struct sourced burst;
	struct sourced max_vcpus;
	const char *max_vcpus_why;
	struct waking waking;
	struct transmit transmit;
};

struct profile {
	const char *name; /* of the file, without .yaml */
	const char *title, *doc;
	int mover;
	struct sourced burst;        /* of a mover's task */
	struct sourced_cost forward; /* the switch's own work on a burst, whatever its ends */
	struct waking worker;
	bool can_split;
	int round_robin; /* enum round_robin */
	struct profile_pnic pnic;
	struct profile_vnic vnic;
	struct profile_vnf vnf;
	struct param_list nfs; /* struct nf_def */
	struct mark mark;
	uint64_t given;
};

extern const struct param_table profile_table;
extern const struct param_table profile_nf_table;
extern const struct param_table profile_transmit_table;
extern const struct param_table profile_waking_table;

/* Reads scenarios/profiles/NAME.yaml, or a path when name has a slash or ends in .yaml; at is the
 * place that named it. sets: n assignments "key=value" that override keys of the file. NULL after
 * errors. */
struct profile *profile_read(const char *name, struct mark at, const char *const *sets, size_t n,
	struct arena *a, struct diag *d);

/* NFs of a scenario's own (struct nf_def), whose costs are added to the profile's. */
void profile_check_nfs(struct profile *p, const struct param_list *nfs, struct diag *d);

const struct nf_def *profile_nf(const struct profile *p, const char *name);

/* Visits every stated value of the profile with its dotted key ("vnic.into_vm.per_packet"). */
void profile_each(struct profile *p, sourced_visit *visit, void *arg);

#endif
