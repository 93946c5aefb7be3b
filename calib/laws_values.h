/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * laws_values - what samples say, as values of a profile and a platform with source and error
 */
#ifndef NFVSIM_CALIB_LAWS_VALUES_H
#define NFVSIM_CALIB_LAWS_VALUES_H

#include "calib/laws.h"
#include "calib/machine.h"
#include "model/platform.h"
#include "model/profile.h"

/* A value for a profile or a platform. */
struct laws_value {
	const char *key;
	const char *yaml;                     /* in place of all that follows; NULL: none */
	struct quantity value, error, uncore; /* error, uncore: 0: none */
	int source;                           /* enum source_kind */
	const char *note;
};

/* What laws and machine give for the profile; base tells what was not measured. Returns how
 * many. */
size_t laws_profile(const struct laws_law *laws, size_t n, const struct machine *m,
	const struct profile *base, struct laws_value **to, struct arena *a);

/* What the machine gives for a platform, and all that base has beside it, marked as not
 * measured. */
size_t laws_platform(const struct samples *s, const struct machine *m, struct platform *base,
	struct laws_value **to, struct arena *a);

/* "key={value: ..., source: measured, from: [calib], note: ...}" for ytree_set. */
const char *laws_assignment(const struct laws_value *v, struct arena *a);

#endif
