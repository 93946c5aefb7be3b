/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * reread - scenarios that a verb reads several times, each time with other values
 */
#ifndef NFVSIM_CLI_REREAD_H
#define NFVSIM_CLI_REREAD_H

#include "cli/options.h"
#include "model/scenario.h"

/* A path by which the file can be read more than once: standard input ("-") is kept in memory. NULL
 * after a message. */
const char *reread_path(const char *path, struct arena *a);

/* Reads and checks the scenario with the command line's --set and n more. Complaints go to stderr,
 * once: later readings of the same text repeat warnings, so these are dropped when quiet. NULL after
 * errors. */
struct scenario *reread_scenario(const char *path, const struct options *o, const char *const *more,
	size_t n, struct arena *a, bool quiet);

/* "traffic.KEY=VALUE" for every traffic section of the scenario; returns how many. There is room for
 * one more. */
size_t reread_traffic_sets(const struct scenario *s, const char *key, const char *value,
	const char ***sets, struct arena *a);

#endif
