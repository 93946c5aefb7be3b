/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * progress - how far a verb has got: one line on standard error, drawn anew, on a terminal only
 */
#ifndef NFVSIM_CLI_PROGRESS_H
#define NFVSIM_CLI_PROGRESS_H

#include "cli/options.h"
#include "plan/crew.h"

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

struct progress {
	bool wanted; /* all below do nothing else */
	struct timespec start;
};

/* Whether the user is there to see it, and does not see the answer as JSON meanwhile. */
bool progress_wanted(const struct options *o);

/* From now on. */
struct progress progress_start(const struct options *o);

/* Draws the line, as far as it fits the terminal. */
void progress_show(const struct progress *p, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* "4.2 a second, 9 s to go": so many done since the start, so many left; "" before the first. */
const char *progress_pace(
	const struct progress *p, size_t done, size_t left, char *buf, size_t size);

/* A crew_progress; arg is the progress. */
void progress_see_crew(void *arg, const struct crew_state *now);

/* Clears the line. */
void progress_end(const struct progress *p);

#endif
