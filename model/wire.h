/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * wire - Ethernet framing and serialisation
 *
 * A frame of size B (with CRC) occupies size + 20 B on the wire: 7 B preamble, 1 B start delimiter,
 * 12 B inter-packet gap (IEEE 802.3 clauses 3.1.1 and 4.4.2). Line rate = rate / (8 (size + 20)):
 * 14.881 Mpps at 64 B and 10 Gb/s.
 */
#ifndef NFVSIM_MODEL_WIRE_H
#define NFVSIM_MODEL_WIRE_H

#include "sim/simtime.h"

#define WIRE_OVERHEAD_B 20
#define WIRE_MIN_FRAME_B 64
#define WIRE_MAX_FRAME_B 9216

/* One direction of a link. */
struct wire {
	fine_t byte_fine; /* time of one byte */
	ps_t delay_ps;    /* propagation */
	ps_t free_ps;     /* state: the last frame's end */
};

static inline ps_t wire_time(const struct wire *w, uint32_t size_B)
{
	return ((fine_t)(size_B + WIRE_OVERHEAD_B) * w->byte_fine) >> FINE_BITS;
}

static inline struct wire wire_of(double rate_bps, ps_t delay_ps)
{
	double byte_ps = 8.0 * (double)PS_PER_S / rate_bps;
	return (struct wire){
		.byte_fine = (fine_t)(byte_ps * (double)FINE_PER_PS + 0.5), .delay_ps = delay_ps};
}

static inline double wire_rate_bps(const struct wire *w)
{
	return 8.0 * (double)PS_PER_S * (double)FINE_PER_PS / (double)w->byte_fine;
}

static inline double wire_line_rate_pps(double rate_bps, double size_B)
{
	return rate_bps / (8.0 * (size_B + WIRE_OVERHEAD_B));
}

#endif
