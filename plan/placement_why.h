/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * placement_why - why not fewer servers, and why not one
 *
 * A simulation answers where there is a placement; else the resource that runs out, or the rules.
 * Where nothing fits at all: the first of these, rules that contradict each other, too few servers,
 * cores, a VNF too large, a chain too fast; or that every arrangement was tried.
 */
#ifndef NFVSIM_PLAN_PLACEMENT_WHY_H
#define NFVSIM_PLAN_PLACEMENT_WHY_H

#include "plan/placement_pose.h"

/* Fills in why_more, why_none and one; options are ranked. */
void placement_explain(struct placement *p, const struct posed *q);

#endif
