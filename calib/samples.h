/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * samples - the file that nfvsim-calib writes, and its measurements summed up over repetitions
 *
 * docs/calibration-samples.md describes the file. A row is good when its cells are numbers of the
 * right units; a file that was cut short keeps its whole rows, with a warning. All text lives in
 * the arena. Cost: linear in the file, which is at most 64 MiB.
 */
#ifndef NFVSIM_CALIB_SAMPLES_H
#define NFVSIM_CALIB_SAMPLES_H

#include "base/arena.h"
#include "base/diag.h"

#include <stdint.h>

/* What a row says against itself. */
enum samples_flag {
	SAMPLES_MISSING = 1 << 0,
	SAMPLES_INCONCLUSIVE = 1 << 1,
	SAMPLES_UNRESOLVED = 1 << 2,
	SAMPLES_SHARED = 1 << 3,
	SAMPLES_WIDE = 1 << 4,
	SAMPLES_MOVED = 1 << 5,
	SAMPLES_STEAL = 1 << 6,
	SAMPLES_LOST = 1 << 7,
	SAMPLES_UNUSABLE =
		SAMPLES_MISSING | SAMPLES_INCONCLUSIVE | SAMPLES_UNRESOLVED | SAMPLES_MOVED,
};

struct samples_row {
	const char *bench, *device, *cache, *peer, *metric, *state;
	double burst, size_B, entries; /* NaN: does not apply */
	double socket_a, socket_b;     /* NaN: no such core */
	double clock_hz;               /* as set; NaN: left alone */
	double repeat;
	double cycles_per_packet, ns_per_packet; /* NaN: missing, as the next four */
	double p10, trimmed_mean, mad;           /* TSC cycles a call */
	double cycles_per_burst, median;         /* the same */
	double clock_ratio;                      /* core cycles per TSC cycle */
	double pingpong, issue_ratio;            /* the state, NaN: not told */
	unsigned flags;                          /* of enum samples_flag */
	unsigned line;                           /* in the file */
};

struct samples {
	const char *path;
	const char *machine_id, *cpu, *kernel, *dpdk, *date;
	double tsc_hz;
	double crc_B;
	double processors, sockets, threads_per_core; /* NaN: not told */
	struct samples_row *rows;
	size_t n;
	bool finished;
};

/* NULL after errors. */
struct samples *samples_read(const char *path, struct arena *a, struct diag *d);

/* The same from memory; text stays with the caller, who keeps it as long as the diag. */
struct samples *samples_parse(const struct diag_source *source, struct arena *a, struct diag *d);

enum samples_estimate {
	SAMPLES_QUIET, /* least p10 of the repetitions: the cost without neighbours */
	SAMPLES_MEAN,  /* median of their trimmed means: what throughput follows */
};

struct samples_choice {
	const char *state; /* of samples_states: of rows in which the second core takes part */
	enum samples_estimate estimate;
	bool alone; /* no row with a neighbour on a core counts, even where there is no other */
};

/* One configuration's metric over its repetitions. */
struct samples_point {
	const struct samples_row *row; /* one of them, for what they have in common */
	double cycles;                 /* of the core, a call */
	double hz;                     /* of the core */
	double error;                  /* standard error of cycles */
	unsigned repeats;
	bool shared; /* too few repetitions had no neighbour on the core: all count */
};

/* How many rows were left out, and why. */
struct samples_left {
	size_t unusable;  /* by their flags */
	size_t shared;    /* with a neighbour on the core, where others have none */
	size_t elsewhere; /* measured in another state */
	size_t busy;      /* with a busy neighbour on purpose */
};

/* Points in the order of their first rows; returns how many. left may be NULL. */
size_t samples_points(const struct samples *s, const struct samples_choice *choice,
	struct samples_point **to, struct samples_left *left, struct arena *a);

/* Whether two rows are of one configuration and metric, be it in other repetitions or files. */
bool samples_same(const struct samples_row *x, const struct samples_row *y);

/* What two cores may be to each other, ending with NULL, and whether a word is one of those. */
extern const char *const samples_states[];
bool samples_is_state(const char *word);

/* The one of them with most usable rows, or "alone". */
const char *samples_state(const struct samples *s);

/* Median clock of the cores; NaN when no row tells. */
double samples_core_hz(const struct samples *s);

/* What the machine was like meanwhile: medians over the rows, and shares of the rows. */
struct samples_machine {
	double core_hz, pingpong, issue_ratio;
	double far, siblings; /* of rows in which both cores work */
	double unusable, shared, stolen;
};

struct samples_machine samples_machine(const struct samples *s);

#endif
