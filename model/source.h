/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * source - the traffic generator: when packets are created, how long they are, which flow they
 * belong to
 *
 * A tester creates packets at the instants of its arrival process, collects tester_burst of them
 * and sends the burst at wire speed; frames never overlap on the wire. Latency counts from the
 * creation, from the first bit on the wire, or from the last bit's arrival at the port. Frames
 * are drawn a block at a time, when a core looks at a queue.
 */
#ifndef NFVSIM_MODEL_SOURCE_H
#define NFVSIM_MODEL_SOURCE_H

#include "model/pnic.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <stdbool.h>

enum arrivals { ARRIVALS_CBR, ARRIVALS_POISSON, ARRIVALS_ONOFF, ARRIVALS_PCAP };
enum stamp { STAMP_SEND, STAMP_CREATE, STAMP_ARRIVE };

#define SOURCE_BLOCK 64 /* packets drawn at a time */
#define SOURCE_MAX_BURST 1024

/* One recorded packet. */
struct source_record {
	ps_t at_ps;
	uint32_t size_B, flow;
};

struct source_spec {
	enum arrivals arrivals;
	double rate_pps;         /* mean */
	ps_t phase_ps;           /* instant of the first packet of constant-rate arrivals */
	double on_ps, off_ps;    /* on-off: mean lengths of the exponential periods */
	const uint32_t *sizes_B; /* n_sizes frame sizes with weights; one: fixed */
	const double *weights;
	uint32_t n_sizes;
	uint32_t flows;        /* flow numbers 0..flows-1 */
	double zipf;           /* exponent of flow popularity; 0: uniform */
	uint32_t tester_burst; /* >= 1 */
	enum stamp stamp;
	const struct source_record *records; /* PCAP: n_records, owned by the caller, repeated */
	uint64_t n_records;
};

struct source {
	const char *name; /* of its random streams; the caller's */
	struct source_spec spec;
	struct wire wire; /* from the tester to the port */
	struct nic_rx *rx;
	gsl_rng *rng, *rng_size, *rng_flow; /* owned */
	gsl_ran_discrete_t *size_table, *flow_table;
	double gap_ps;
	fine_t gap_fine, frac_fine;
	ps_t created_ps;   /* of the last packet */
	ps_t phase_end_ps; /* on-off: end of the current period */
	uint64_t next_record;
	ps_t replay_base_ps;
	struct pkt *ready; /* drawn, not yet handed out: land_ps is the end on the wire */
	uint32_t n_ready, next_ready;
	bool exhausted;
};

/* All the sources that feed the queues of one card, merged in the order of their arrival. */
struct feeder {
	struct source **sources;
	uint32_t n;
	struct nic_rx **ports;
	uint32_t n_ports;
};

/* The spec is copied (not what it points to). Streams are named by name. */
void source_init(struct source *s, const struct source_spec *spec, const char *name, uint64_t seed,
	uint32_t replication);
void source_free(struct source *s);

/* Draws the next block into ready; it stays empty when the source is exhausted. */
void source_draw(struct source *s);

/* ring.refill of receive queues: hands out arrivals until the horizon lies beyond now. */
void source_refill(void *feeder, ps_t now);

/* Mean frame size in B. */
double source_mean_size(const struct source_spec *spec);

#endif
