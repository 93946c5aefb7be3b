/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * build_parts - what building shares between chains: cores and who runs where, ports and wires, and
 * the sums of what each task pays
 */
#ifndef NFVSIM_MODEL_BUILD_PARTS_H
#define NFVSIM_MODEL_BUILD_PARTS_H

#include "model/build.h"

/* A core of a server that is in use. */
struct parts_core {
	struct spot spot;
	struct core *core;
	struct mark vnf; /* vCPUs: the chain item, with its copy and number, that it belongs to */
	uint32_t copy, vcpu;
	bool pool; /* one of `cores: {workers: N}` */
};

struct parts_port {
	size_t server;
	int port;
	struct wire *out;
	struct nic_card *ceiling;
};

struct builder {
	const struct scenario *scenario;
	struct build *build;
	struct net *net;
	struct parts_core *cores;
	uint32_t n_cores;
	uint32_t *dealt; /* tasks dealt to the worker pool of each server */
	struct parts_port *ports;
	uint32_t n_ports;
	struct nic_card **cards; /* of each server; NULL: no ceiling */
};

/* Where the other side of a hand-over runs, and where rings and buffers lie. */
struct parts_far {
	int peer_socket, memory_socket;
};

void parts_init(struct builder *b, const struct scenario *s, uint64_t seed, uint32_t replication);

/* Turns what each task pays into laws at its core's clock. */
void parts_finish(struct builder *b);

/* Complains about sockets with more cores in use than they have. */
void parts_check_cores(struct builder *b, struct diag *d);

/* Complains about bursts that take longer than 0.1 s: drawn costs may be 40 times as long, and must
 * stay within the 8.8 s of a fine_t. */
void parts_check_costs(struct builder *b, struct diag *d);

void parts_place(
	struct builder *b, const struct ring *ring, const struct nic_rx *rx, uint32_t chain);
int parts_nic_socket(const struct builder *b, size_t server);
ps_t parts_dma_tx(const struct builder *b, size_t server);

/* Gives a receive side the properties of its port and card. */
void parts_rx(struct builder *b, struct nic_rx *rx, size_t server, int port);

/* The wire out of a port: one for all that send there. */
struct wire *parts_wire(struct builder *b, size_t server, int port);

/* Registers a task; the pointer is good until the next call. */
struct build_task *parts_task(
	struct builder *b, struct task *task, uint32_t chain, uint32_t fixed_size_B);

/* Replaces the ports of a task by n empty ones. */
void parts_ports(struct builder *b, struct build_task *t, uint32_t n);

/* Adds a cost to what a task pays for each burst (into: &t->cost). When the other side or the
 * memory is on another socket, each of the cost's cache lines takes longer by line_remote -
 * line_local, and each byte of payload by that over fill_buffers lines of 64 B in flight. */
void parts_pay(struct builder *b, struct build_task *t, struct cost *into,
	const struct sourced_cost *c, struct parts_far far);

/* The same, but what is paid per burst is paid for each burst handed on. */
void parts_pay_send(struct builder *b, struct build_task *t, const struct sourced_cost *c,
	struct parts_far far);

/* Only what distance adds to a send. */
void parts_pay_lines(struct builder *b, struct build_task *t, const struct sourced_cost *c,
	struct parts_far far);

/* The core of a worker: the one that the spot names, one of the pool, or a free one. */
struct core *parts_worker_core(struct builder *b, const char *name, struct spot spot);

/* The core of a vCPU: the same for both directions of a chain. */
struct core *parts_vcpu(struct builder *b, const struct chain_item *it, uint32_t copy,
	uint32_t vcpu, const char *name);

#endif
