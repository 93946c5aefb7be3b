/* SPDX-License-Identifier: GPL-3.0-or-later */
/* calibrate_text - the answers of `calibrate` for people */
#ifndef NFVSIM_CLI_CALIBRATE_TEXT_H
#define NFVSIM_CLI_CALIBRATE_TEXT_H

#include "calib/laws.h"
#include "validate/inverse.h"

/* What was fitted to samples, how well, what is in doubt and what to measure next. */
void calibrate_text_laws(const struct laws_law *laws, size_t n, struct arena *a, FILE *to);

/* What was fitted to points, and what that predicts for them. */
void calibrate_text_inverse(const struct inverse *v, struct arena *a, FILE *to);

#endif
