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

struct reread_sets {
	const char *const *set; /* n of them, after those of the command line */
	size_t n;
};

/* Reads and checks the scenario with the command line's --set and more. NULL after errors:
 * complaints go to stderr, or (why not NULL) the first one into *why, in the arena. */
struct scenario *reread_scenario(const char *path, const struct options *o, struct reread_sets more,
	struct arena *a, const char **why);

/* "traffic.KEY=VALUE" for every traffic section of the scenario; returns how many. There is room
 * for one more. */
size_t reread_traffic_sets(const struct scenario *s, const char *key, const char *value,
	const char ***sets, struct arena *a);

#endif
