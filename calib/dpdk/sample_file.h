/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The samples file: a block of `# key: value` lines, one line of column names, then one line per
 * metric of each configuration and repetition. docs/calibration-samples.md describes it. Rows of
 * a configuration are written at once, so a file cut short by a signal loses whole configurations
 * only; comments (`# skipped: ...`) may stand between rows.
 */
#ifndef CALIB_DPDK_SAMPLE_FILE_H
#define CALIB_DPDK_SAMPLE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define SAMPLE_FILE_NONE UINT32_MAX /* an empty cell */

struct sample_key { /* what tells one measurement from another; these columns come first */
	const char *bench;
	const char *device; /* "" where it does not matter, as for the next four (0 there) */
	uint32_t burst, size_B;
	uint64_t entries;
	const char *cache; /* warm, llc, cold */
	const char *peer;  /* what the other core does: idle, busy, works */
	uint32_t core_a, core_b;
	uint32_t socket_a, socket_b;
	uint64_t clock_hz; /* set clock; 0: not set by us */
	uint32_t repeat;
};

struct sample_row {
	const char *metric;
	double p10, median, trimmed_mean, mad; /* TSC cycles per call */
	double per_call;                       /* packets (or copies, lines) in a call */
	unsigned windows;
	double clean_share;
	const char *flag; /* extra one, or NULL */
};

struct sample_state { /* of the machine while the rows of a key were measured */
	const char *state;
	double pingpong_before_cycles, pingpong_after_cycles;
	double clock_ratio, issue_ratio;
	double steal_ms;
	uint64_t preemptions;
	bool shared; /* a neighbour was on the core */
};

struct sample_file;

/* Key=value pairs which must be the same when a file is resumed. */
struct sample_setting {
	const char *key;
	char value[64];
};

/* Start a new file, or take up an old one (then checks the settings). NULL after a message on
 * stderr; *usage is then true if the user named a wrong file. The caller writes the header to
 * sample_file_stream before sample_file_columns. */
struct sample_file *sample_file_create(const char *path, bool replace, bool *usage);
struct sample_file *sample_file_resume(
	const char *path, const struct sample_setting *setting, unsigned n_settings, bool *usage);
FILE *sample_file_stream(struct sample_file *file);
void sample_file_columns(struct sample_file *file);
bool sample_file_has(const struct sample_file *file, const struct sample_key *key);
int sample_file_write(struct sample_file *file, const struct sample_key *key,
	const struct sample_state *state, const struct sample_row *row, unsigned n_rows);
void sample_file_tsc(struct sample_file *file, double tsc_hz);
unsigned sample_file_rows(const struct sample_file *file);
int sample_file_close(struct sample_file *file); /* -1 when the disk did not take everything */

#endif
