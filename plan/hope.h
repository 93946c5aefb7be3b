/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hope - whether an analytic estimate leaves hope that targets are met
 */
#ifndef NFVSIM_PLAN_HOPE_H
#define NFVSIM_PLAN_HOPE_H

#include "model/estimate.h"
#include "plan/slo.h"

/* Of percentiles an estimate knows nothing: they never take hope away. */
bool hope(const struct slo *slo, const struct estimate *e);

#endif
