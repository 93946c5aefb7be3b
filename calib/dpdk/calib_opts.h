/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command line of nfvsim-calib. All strings point into argv or into the struct. */
#ifndef CALIB_DPDK_CALIB_OPTS_H
#define CALIB_DPDK_CALIB_OPTS_H

#include <stdbool.h>
#include <stdint.h>

enum { CALIB_OPTS_CORES = 64, CALIB_OPTS_DEVICES = 8 };

struct calib_opts {
	bool full, resume, force, list, no_huge;
	const char *benches; /* comma-separated names; NULL: all */
	const char *device[CALIB_OPTS_DEVICES];
	unsigned n_devices;
	unsigned core[CALIB_OPTS_CORES]; /* the first measures, the second is its peer */
	unsigned n_cores;
	const char *out;
	char default_out[64];
	uint64_t seed;
	unsigned repeats;    /* 0: what the mode says */
	unsigned memory_MiB; /* for DPDK */
	double limit_s;      /* 0: what the mode says */
	unsigned windows;    /* 0: what the mode says */
	double wait_s;       /* for neighbours to leave, before each measurement */
	const char *echo;    /* device to send back from, instead of measuring */
	const char *clocks;  /* kHz, comma-separated, or "all"; NULL: leave the clock alone */
};

/* Exits with 2 on bad usage, with 0 after --help. */
void calib_opts_parse(int argc, char **argv, struct calib_opts *opts);
double calib_opts_limit_s(const struct calib_opts *opts);
unsigned calib_opts_repeats(const struct calib_opts *opts);
unsigned calib_opts_windows(const struct calib_opts *opts);

#endif
