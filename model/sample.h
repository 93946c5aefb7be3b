/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sample - what one measuring window (a batch, a replication) saw, and sums of windows
 */
#ifndef NFVSIM_MODEL_SAMPLE_H
#define NFVSIM_MODEL_SAMPLE_H

#include "model/build.h"
#include "sim/hist.h"

/* Counters of everything at one instant; all only ever grow. */
struct tallies {
	uint64_t *chain; /* n_chains x {offered, delivered, bytes} */
	uint64_t *place; /* n_places drops */
	int64_t *task;   /* n_tasks x {packets, bursts, wait, service, busy} */
	int64_t *core;   /* n_cores stalled ps */
};

enum { TALLY_OFFERED, TALLY_DELIVERED, TALLY_BYTES, TALLY_CHAIN };
enum { TALLY_PACKETS, TALLY_BURSTS, TALLY_WAIT, TALLY_SERVICE, TALLY_BUSY, TALLY_TASK };

/* Zero tallies in the shape of b, in the arena. */
struct tallies tallies_new(const struct build *b, struct arena *a);

/* t += sign x the counters now. */
void tallies_add(struct tallies *t, const struct build *b, int sign);

/* One chain in one window. */
struct sample {
	double seconds;
	double offered, delivered, dropped, bytes;
	struct hist latency_ps;
};

/* into += from; from is emptied. */
void sample_merge(struct sample *into, struct sample *from);

/* Runs the net for span and fills one sample a chain (n_chains of them, empty before); *after and
 * *before are scratch tallies. */
void sample_window(struct build *b, ps_t span, struct sample *samples, struct tallies *before,
	struct tallies *after);

#endif
