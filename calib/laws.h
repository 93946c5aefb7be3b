/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * laws - the costs of a profile, fitted to samples
 *
 * A law is a group of the profile's keys ("vnic.into_vm") with the benchmark that measures it:
 *
 *   cycles of a call = poll + burst + n x packet + n x size x byte
 *                      + n x log2(entries / least) x doubling
 *
 * Where samples were taken at several clocks each term has a part in ns beside the one in cycles.
 * Whole turns cost more than the sum of their timed calls; the second half of a turn is therefore
 * fitted to the turn less the first half. What a driver puts off (model/cost.h) is what calls cost
 * on average beyond those that free nothing, where few packets are in flight. Errors carry lack of
 * fit and the spread of repetitions.
 */
#ifndef NFVSIM_CALIB_LAWS_H
#define NFVSIM_CALIB_LAWS_H

#include "calib/fit.h"
#include "calib/samples.h"

enum laws_term { LAWS_BURST, LAWS_PACKET, LAWS_BYTE, LAWS_DOUBLING, LAWS_TERMS };

/* Terms of a law in two pieces; the first three are those of packets up to LAWS_STEP_B. */
enum { LAWS_LARGE_PACKET = 3, LAWS_LARGE_BYTE = 4 };

/* Above this size with CRC (256 B in memory) the copy of vhost works another way. */
#define LAWS_STEP_B 260

struct laws_law {
	const char *key;   /* of the profile */
	const char *bench; /* of the samples, and what of it: "vhost host_turn - enqueue" */
	bool good;         /* false: not measured, or too little */
	size_t points;
	bool clocks;    /* term t has its part in ns at LAWS_TERMS + t */
	struct fit fit; /* fit.used[LAWS_BYTE]: sizes were told apart */
	double entries; /* the least: what the cost is stated for; NaN: does not matter */
	bool has_poll;  /* a look at an empty queue was measured: */
	double poll_cycles, poll_error;
	bool has_free; /* of sending, the part of a packet that is put off was measured: */
	double free_cycles, free_error;
	/* Two straight pieces, where they fit much better than one; terms: burst, packet and byte
	 * up to LAWS_STEP_B, packet and byte beyond */
	bool two_pieces;
	struct fit pieces;
	/* The measurement that would narrow it most, and what share of the errors it takes away */
	double next_burst, next_size_B, next_entries; /* NaN: as measured */
	double next_worth;
};

/* All laws there are, fitted as far as samples go; returns how many. device: of whose driver rx
 * and tx are taken; NULL: what is no software device. */
size_t laws_fit(const struct samples_point *points, size_t n, const char *device,
	struct laws_law **to, struct arena *a);

#endif
