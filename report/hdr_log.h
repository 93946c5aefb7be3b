/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hdr_log - the latencies of a run as an HdrHistogram log, for the usual tools
 *
 * One line a sample of the run (a batch or a replication) and chain: start and length in s of
 * simulated time, maximum in ms, and the histogram in ns. Samples that are replications follow each
 * other in the log, as if they were one run. Chains are told apart by tags, which are their names.
 *
 * Format: HistogramLogWriter of HdrHistogram (Java) 2.1, log format version 1.3; histograms in
 * V2CompressedHistogram encoding: big-endian cookie 0x1c849314 and length, then as a zlib stream
 * (RFC 1950) cookie 0x1c849313, payload length, normalizing index offset 0, 3 significant digits,
 * lowest and highest trackable value, ratio 1.0, and the counts as zigzag LEB128 numbers of at
 * most 9 bytes, of which a negative one stands for so many zeros (AbstractHistogram.java,
 * ZigZagEncoding.java); base64 (RFC 4648).
 *
 * Each bin of the simulator's histogram (0.1 % wide) goes in at its middle, rounded to 1 ns, so a
 * percentile read from the log is the run's within 0.1 % + 1 ns.
 */
#ifndef NFVSIM_REPORT_HDR_LOG_H
#define NFVSIM_REPORT_HDR_LOG_H

#include "model/run.h"

#include <stdbool.h>
#include <stdio.h>

/* Whether the program was built with what this needs (zlib). */
bool hdr_log_available(void);

void hdr_log_write(const struct scenario *s, const struct run_result *r, FILE *to);

#endif
