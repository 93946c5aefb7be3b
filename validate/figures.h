/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * figures - the figures of a measurement set, drawn from predictions
 *
 * Each point of a curve is simulated. A measured point of the set is known on a curve where its
 * scenario is the same as the curve's there, by contents (plan/point.h, without the settings of
 * the run): no list says which belongs where.
 */
#ifndef NFVSIM_VALIDATE_FIGURES_H
#define NFVSIM_VALIDATE_FIGURES_H

#include "validate/dataset.h"
#include "validate/runs.h"

struct figures_cell {
	struct interval value; /* pps or ns; half NaN: not known */
	double offered_pps;
	double bits; /* a packet takes on the wire, mean */
};

struct figures_known {
	size_t curve, at;
	const struct dataset_point *point;
	double value; /* pps or ns */
	int sign;     /* 0: measured; +1: at least; -1: at most, or less */
};

struct figures_one {
	const struct dataset_figure *is;
	struct figures_cell *cells;  /* curve x values.n + value */
	struct figures_known *known; /* n_known */
	size_t n_known;
};

struct figures {
	const struct dataset *set;
	struct figures_one *figure; /* n */
	size_t n;
};

struct figures_options {
	const char *only;        /* a figure whose id starts so; NULL: all */
	const char *const *sets; /* n_sets, put after those of the curves */
	size_t n_sets;
	unsigned threads;
	void (*watch)(void *arg, size_t done, size_t todo);
};

/* NULL after errors. Everything lives in the arena; the set must stay. */
struct figures *figures_new(const struct dataset *set, const struct figures_options *o,
	struct arena *a, struct diag *d);

/* "64B", or the label that the figure has for a value. */
const char *figures_label(const struct dataset_figure *f, size_t at);

/* The values as numbers to[values.n], if all are sizes or all are clocks and none has a label. */
bool figures_numbers(const struct dataset_figure *f, double *to);

#endif
