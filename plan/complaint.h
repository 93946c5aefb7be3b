/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * complaint - what is wrong with a candidate, as part of a sentence
 */
#ifndef NFVSIM_PLAN_COMPLAINT_H
#define NFVSIM_PLAN_COMPLAINT_H

#include "base/arena.h"
#include "base/diag.h"

/* The first complaint, without its place and hint. */
const char *complaint_first(const struct diag *d, struct arena *a);

#endif
