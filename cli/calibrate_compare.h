/* SPDX-License-Identifier: GPL-3.0-or-later */
/* calibrate_compare - two series of samples: the machine's state in each, and whether fits agree */
#ifndef NFVSIM_CLI_CALIBRATE_COMPARE_H
#define NFVSIM_CLI_CALIBRATE_COMPARE_H

#include "calib/laws.h"

/* One series, and what was fitted to it. */
struct calibrate_series {
	const struct samples *samples;
	const char *state; /* which rows were fitted */
	const struct samples_point *points;
	size_t n_points;
	const struct laws_law *laws;
	size_t n_laws;
};

/* Prints the states, how well single measurements repeat, each fitted value in both with its
 * errors, and what follows. */
void calibrate_compare(const struct calibrate_series *x, const struct calibrate_series *y,
	struct arena *a, FILE *to);

#endif
