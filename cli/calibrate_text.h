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

/* "104.2 +- 3.1" with the decimals that the error makes meaningful. */
const char *calibrate_text_error(double value, double error, struct arena *a);

/* The unit in which a fitted value is told, or a point's metric, and how to get there from base
 * units; NULL: none. */
const char *calibrate_text_unit(const struct inverse_value *v, double *scale);
const char *calibrate_text_metric(const struct dataset_point *p, double *scale);

/* "per packet": the name of a term of a law, or of its two pieces. */
const char *calibrate_text_term(
	const struct laws_law *law, size_t term, bool pieces, struct arena *a);

#endif
