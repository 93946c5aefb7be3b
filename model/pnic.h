/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pnic - a physical NIC's port: receive queues fed by steering, transmit queues onto the wire
 *
 * Receive: frames arrive at the end of their time on the wire, pass the port's (and the card's)
 * packet-rate ceiling, are written to memory a DMA delay later and take a descriptor of the queue
 * that steering chose; a full queue drops (82599: SRRCTL.DROP_EN). While a ceiling holds them back
 * frames wait in the on-chip buffer; what does not fit is dropped at the port.
 * Transmit: a packet takes a descriptor, goes onto the wire when the wire is free, and gives the
 * descriptor back when it has left. pnic_port is the port of a task that sends.
 */
#ifndef NFVSIM_MODEL_PNIC_H
#define NFVSIM_MODEL_PNIC_H

#include "model/port.h"
#include "model/sink.h"
#include "model/wire.h"

enum steering { STEER_RSS, STEER_ROUND_ROBIN, STEER_DIRECT };

/*
 * A ceiling on received packets: of a port, or of all ports of a card together. Frames of testers
 * are drawn ahead of time, those from other servers are not, so the two are not held against each
 * other: what comes from another server meets the ceiling as if it came alone.
 */
struct nic_card {
	ps_t gap_ps;  /* least time between two packets; 0: no ceiling */
	ps_t free_ps; /* state, for frames of testers */
};

#define PNIC_RETA_SIZE 128 /* 82599 datasheet, redirection table of RSS */

struct nic_rx {
	struct ring *queue; /* n queues */
	uint32_t n;
	enum steering steering;
	uint16_t reta[PNIC_RETA_SIZE];
	uint32_t turn;
	struct nic_card *port, *card;    /* ceilings; NULL: none */
	ps_t port_free_ps, card_free_ps; /* state, for frames from another server */
	ps_t dma_ps;
	uint32_t buffer_B;              /* on-chip packet buffer */
	uint64_t overrun;               /* dropped because the on-chip buffer was full */
	const struct ring_watch *watch; /* of these drops; NULL: nobody */
	const char *name;
	const uint32_t *flow_hash; /* RSS hash of each flow number; NULL: by flow number */
	uint32_t n_flows;
};

struct txq {
	struct ring ring; /* descriptors; land_ps: when the frame has left */
	struct wire *wire;
	ps_t dma_ps;        /* descriptor and payload fetch */
	struct nic_rx *far; /* the port at the other end, or NULL: the tester */
	struct sink *sink;  /* the tester's */
};

/* A frame reaches the port (its last bit at wire_end). Puts it on its way into a queue, or drops
 * it. */
void pnic_receive(struct nic_rx *rx, const struct pkt *p, ps_t wire_end);

/* Hands on the frames that have left by now. */
void pnic_tx_look(struct txq *q, ps_t now);

/* The UDP flow that a flow number stands for; addresses and ports in host order. */
struct pnic_flow {
	uint32_t src, dst;
	uint16_t src_port, dst_port;
};

static inline struct pnic_flow pnic_flow_of(uint32_t number)
{
	const uint32_t clients = 0x0a000000, server = 0xc0a80001;
	return (struct pnic_flow){clients + number, server, (uint16_t)(1024 + number % 60000), 80};
}

/* Toeplitz hash of an IPv4 5-tuple with Microsoft's verification key (Microsoft, "RSS hash types"
 * and "Verifying the RSS hash calculation"); addresses and ports in host order. */
uint32_t pnic_toeplitz(uint32_t src, uint32_t dst, uint16_t src_port, uint16_t dst_port);

#endif
