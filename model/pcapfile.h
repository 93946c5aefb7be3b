/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pcapfile - sizes, times and flows of a capture, for replay (libpcap)
 */
#ifndef NFVSIM_MODEL_PCAPFILE_H
#define NFVSIM_MODEL_PCAPFILE_H

#include "base/arena.h"
#include "base/diag.h"
#include "model/source.h"

struct pcapfile {
	const struct source_record *records;
	uint64_t n;
	const uint32_t *sizes_B; /* the sizes that occur, with how often */
	const double *weights;
	uint32_t n_sizes;
	int64_t flows;   /* different 5-tuples */
	double rate_pps; /* mean, after speeding up */
};

/* Frames shorter than 64 B are padded as a NIC would; 4 B of CRC are added. Times are divided by
 * speed; a step back in time counts as no time. False after errors. */
bool pcapfile_read(const char *path, double speed, struct mark at, struct pcapfile *f,
	struct arena *a, struct diag *d);

#endif
