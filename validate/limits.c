/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "validate/limits.h"

#include <math.h>

const char *const limits_verdicts[] = {"kept", "inconclusive", "broken"};

static double worst_error(const struct ledger_stats *s)
{
	return s->worst ? fabs(s->worst->error) : NAN;
}

static enum limits_verdict judge(const struct limits_line *line)
{
	if (line->n < line->least)
		return LIMITS_TOO_FEW;
	return line->is <= line->most ? LIMITS_KEPT : LIMITS_BROKEN;
}

size_t limits_check(
	const struct ledger *l, const struct dataset *set, struct limits_line to[LIMITS_MAX])
{
	const struct dataset_limits *x = &set->limits;
	struct ledger_stats rates = ledger_stats(l, set, LEDGER_RATES, DATASET_HELD_OUT);
	struct ledger_stats times = ledger_stats(l, set, LEDGER_LATENCIES, DATASET_HELD_OUT);
	const struct {
		const struct quantity *limit;
		struct limits_line line;
	} all[LIMITS_MAX] = {
		{&x->rate_mape,
			{"mean error of rates", "rate_mape", rates.mape, 0, rates.n, x->rates, 0}},
		{&x->rate_worst, {"largest error of a rate", "rate_worst", worst_error(&rates), 0,
					 rates.n, x->rates, 0}},
		{&x->latency_worst, {"largest error of a latency", "latency_worst",
					    worst_error(&times), 0, times.n, x->latencies, 0}},
	};
	size_t n = 0;
	for (size_t i = 0; i < LIMITS_MAX; i++) {
		if (!all[i].limit->dim)
			continue;
		to[n] = all[i].line;
		to[n].most = all[i].limit->value;
		to[n].verdict = judge(&to[n]);
		n++;
	}
	return n;
}

enum limits_verdict limits_verdict(const struct ledger *l)
{
	enum limits_verdict worst = LIMITS_KEPT;
	for (size_t s = 0; s < l->n_sets; s++) {
		struct limits_line line[LIMITS_MAX];
		size_t n = limits_check(l, l->sets[s], line);
		for (size_t i = 0; i < n; i++)
			worst = line[i].verdict > worst ? line[i].verdict : worst;
	}
	return worst;
}
