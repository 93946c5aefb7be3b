/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * simtime - simulated time in integer picoseconds, durations with 2^-20 ps
 *
 * Instants are ps_t. 64 B at 10 GbE last exactly 67,200 ps; the range is 106 days. Durations that
 * come from clock cycles are not whole picoseconds (40 cycles at 2.6 GHz are 15,384.615...), so
 * costs are kept as fine_t in units of 2^-20 ps and a core carries the remainder: no drift of a
 * poll loop beyond 1e-6 ps a poll. A fine_t spans 8.8 s, ample for a cost; longer spans stay in
 * ps_t.
 */
#ifndef NFVSIM_SIM_SIMTIME_H
#define NFVSIM_SIM_SIMTIME_H

#include <stdint.h>

typedef int64_t ps_t;
typedef int64_t fine_t;

#define PS_NEVER INT64_MAX
#define PS_PER_NS INT64_C(1000)
#define PS_PER_US INT64_C(1000000)
#define PS_PER_MS INT64_C(1000000000)
#define PS_PER_S INT64_C(1000000000000)

#define FINE_BITS 20
#define FINE_PER_PS (INT64_C(1) << FINE_BITS)
#define FINE_MASK (FINE_PER_PS - 1)

#endif
