/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * watch - a run as it goes, on standard error
 *
 * On a terminal a few lines that are drawn anew ten times a second: rates and latency with their
 * intervals narrowing, how busy each core is, how full each queue. No mode of the terminal is
 * changed and the cursor rests below the last line, so there is nothing to restore when the program
 * is stopped. Otherwise one plain line a second, and one for the end. NO_COLOR is honoured.
 */
#ifndef NFVSIM_CLI_WATCH_H
#define NFVSIM_CLI_WATCH_H

#include "model/run.h"

struct watch;

/* Says that the run warms up. */
struct watch *watch_new(const struct scenario *s);

/* A run_progress; arg is the watch. */
void watch_see(void *watch, const struct run_state *now);

/* Clears the screen of it, or writes the last line. */
void watch_end(struct watch *w);

#endif
