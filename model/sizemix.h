/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sizemix - distributions of frame sizes, read from scenarios/traffic/NAME.yaml
 */
#ifndef NFVSIM_MODEL_SIZEMIX_H
#define NFVSIM_MODEL_SIZEMIX_H

#include "base/param.h"

extern const struct param_table sizemix_table;

/* Sizes (with CRC) and weights of a mix; both arrays belong to the arena. Returns how many, 0 after
 * errors. */
uint32_t sizemix_read(const char *name, struct mark at, const uint32_t **sizes_B,
	const double **weights, struct arena *a, struct diag *d);

#endif
