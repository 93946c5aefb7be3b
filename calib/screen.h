/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * screen - a first look for outliers, where there are few observations
 *
 * A fit by least squares, from which robust regression starts, bends to the outliers of a dozen
 * observations so far that it does not find back. Least absolute deviations do not (Rousseeuw &
 * Leroy 1987, chapter 1). What is off from that fit by six standard deviations of the
 * others is an outlier, and so is what Student's t says after a second fit, to the rest; as long as
 * that is no more than a third of all.
 */
#ifndef NFVSIM_CALIB_SCREEN_H
#define NFVSIM_CALIB_SCREEN_H

#include "calib/fit.h"

/* Marks the outliers of n observations; returns how many. Cost: 50 linear fits. */
size_t screen_outliers(const struct fit_point *points, size_t n, size_t terms, bool *outlier);

#endif
