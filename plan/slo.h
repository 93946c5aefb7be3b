/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * slo - targets such as 'p99<50us, loss<0.01%, rate>8Mpps', and whether a result meets them
 *
 * A target is met (or missed) when the whole 95 % interval lies on that side; else it is open.
 * Rates are those of all chains together; latencies and losses must hold in every chain, and the
 * worst one counts. Without a loss seen, the upper bound of the loss ratio decides whether a target
 * of loss is met, and more packets may be needed.
 */
#ifndef NFVSIM_PLAN_SLO_H
#define NFVSIM_PLAN_SLO_H

#include "model/run.h"

enum { SLO_TARGETS = 16 };

enum slo_metric { SLO_MEAN, SLO_P50, SLO_P90, SLO_P99, SLO_P999, SLO_MAX, SLO_LOSS, SLO_RATE };

/* In the order in which several are summed up: the worst counts. */
enum slo_verdict { SLO_MET, SLO_OPEN, SLO_MISSED };

struct slo_target {
	enum slo_metric metric;
	bool above; /* the value must be above the limit, else below */
	struct quantity limit;
	const char *text; /* as the user wrote it */
};

struct slo {
	struct slo_target target[SLO_TARGETS];
	size_t n;
};

/* What a result says about one target: the value with its interval, in the unit of the limit. */
struct slo_check {
	double value, lo, hi; /* NaN: not known */
	enum slo_verdict verdict;
};

/* Reads a list of targets, separated by commas. All complaints go to d, at places in the text that
 * follows "--slo ". False after errors. */
bool slo_parse(const char *text, struct slo *slo, struct arena *a, struct diag *d);

/* The same for the value of a key, at its place in a file; without a place (at.source NULL) for the
 * value of an option such as "--target". */
bool slo_parse_value(const char *text, struct mark at, const char *option, struct slo *slo,
	struct arena *a, struct diag *d);

struct slo_check slo_check(const struct slo_target *t, const struct run_result *r);

/* Compares an interval with a limit. */
enum slo_verdict slo_judge(const struct slo_target *t, double lo, double hi);

/* The worst verdict of all targets. */
enum slo_verdict slo_verdict(const struct slo *slo, const struct run_result *r);

/* "met", "open", "missed" */
const char *slo_word(enum slo_verdict v);

#endif
