/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * axes - the keys that a sweep varies, their values, and how these combine to points
 *
 * A setting is the text of a value, as a user would write it behind --set KEY=.
 */
#ifndef NFVSIM_PLAN_AXES_H
#define NFVSIM_PLAN_AXES_H

#include "base/param.h"

enum axes_mode {
	AXES_GRID,  /* every combination; the last axis changes fastest */
	AXES_ZIP,   /* the first values of all axes, the second ones, ... */
	AXES_SOBOL, /* a low-discrepancy sequence of points in the space of all axes */
};

struct axis {
	const char *key; /* "traffic.size" */
	struct mark mark;
	struct param_list values; /* const char * */
	struct quantity from, to; /* or a range ... */
	int64_t steps;            /* ... in so many steps, both ends included */
	int scale;                /* 0: even differences, 1: even ratios */
};

struct axes {
	struct axis *axis;
	size_t n;
	int mode;       /* enum axes_mode */
	int64_t points; /* SOBOL */
};

enum { AXES_MAX_POINTS = 1000000 };

extern const struct param_table axes_axis_table;
extern const char *const axes_modes[];

/* Reads "KEY=V1,V2,..." or "KEY=FROM..TO:STEPS[:log]" as on the command line. */
bool axes_parse(const char *text, struct axis *axis, struct arena *a, struct diag *d);

/* Complains about what does not make sense. */
bool axes_check(const struct axes *axes, struct diag *d);

/* Number of points of checked axes; SIZE_MAX when they are more than AXES_MAX_POINTS. */
size_t axes_count(const struct axes *axes);

/* settings[point * axes->n + axis] of all points. */
const char **axes_settings(const struct axes *axes, struct arena *a);

#endif
