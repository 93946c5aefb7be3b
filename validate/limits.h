/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * limits - whether the held-out points of a set keep to what was fixed before they were measured
 */
#ifndef NFVSIM_VALIDATE_LIMITS_H
#define NFVSIM_VALIDATE_LIMITS_H

#include "validate/ledger.h"

#define LIMITS_MAX 3

enum limits_verdict { LIMITS_KEPT, LIMITS_TOO_FEW, LIMITS_BROKEN };

struct limits_line {
	const char *what; /* "mean error of rates" */
	const char *key;  /* "rate_mape" */
	double is, most;  /* relative; is: NaN without points */
	size_t n, least;  /* points, and how many it takes */
	enum limits_verdict verdict;
};

/* Fills a line for each limit that the set states; returns how many. */
size_t limits_check(
	const struct ledger *l, const struct dataset *set, struct limits_line to[LIMITS_MAX]);

/* The worst verdict over all sets; LIMITS_KEPT when none states a limit. */
enum limits_verdict limits_verdict(const struct ledger *l);

extern const char *const limits_verdicts[]; /* in words */

#endif
