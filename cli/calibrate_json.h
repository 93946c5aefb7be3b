/* SPDX-License-Identifier: GPL-3.0-or-later */
/* calibrate_json - the answers of `calibrate` as one JSON object on stdout */
#ifndef NFVSIM_CLI_CALIBRATE_JSON_H
#define NFVSIM_CLI_CALIBRATE_JSON_H

#include "calib/laws.h"
#include "calib/machine.h"
#include "validate/inverse.h"

/* What was fitted to samples of that state of the machine, with covariances. */
void calibrate_json_laws(const struct samples *s, const struct machine *found, const char *state,
	const struct laws_law *laws, size_t n);

/* What was fitted to points, and what that predicts for them. */
void calibrate_json_inverse(const struct inverse *v);

#endif
