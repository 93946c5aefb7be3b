/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * machine - what samples tell of the machine itself, apart from the costs of packet work
 *
 * Clocks, cache lines that another core wrote last, wake-ups, copies in memory. Delays and copies
 * are told as trimmed means, since what a sleeper waits is no matter of neighbours alone; the rest
 * is that of the points given. Errors are one standard error: of the repetitions, and of what the
 * measurements that are summed up in one value differ by.
 */
#ifndef NFVSIM_CALIB_MACHINE_H
#define NFVSIM_CALIB_MACHINE_H

#include "calib/samples.h"

struct machine_value {
	double value, error; /* NaN: not measured */
};

struct machine_wake {
	double set_hz; /* of the clock; NaN: left alone */
	double sleep_us;
	struct machine_value ns; /* from the event until the sleeper runs */
};

struct machine_copy {
	double set_hz;     /* of the clock; NaN: left alone */
	const char *cache; /* where both ends are: warm, llc, cold */
	double size_B;
	struct machine_value cycles; /* a copy, of the core */
};

/* A setting of the clock, and what the cores then ran at. */
struct machine_clock {
	double set_hz;
	struct machine_value hz;
};

struct machine {
	struct machine_value hz;
	struct machine_value line_local_ns, line_remote_ns; /* one after the other */
	struct machine_value line_stream_ns;                /* a line, many at once, one socket */
	struct machine_value fill_buffers;                  /* the one over the other */
	const struct machine_clock *clocks;
	size_t n_clocks;
	const struct machine_wake *wakes; /* by the length of the sleep */
	size_t n_wakes;
	struct machine_value wake_ns; /* over all lengths */
	const struct machine_copy *copies;
	size_t n_copies;
};

struct machine machine_of(const struct samples *s, const struct samples_choice *choice,
	const struct samples_point *points, size_t n, struct arena *a);

#endif
