/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * testbed_remote - one command on another machine
 *
 * The remote shell is started with posix_spawn; it gets the command as one text in which every
 * word is quoted. There the command leads a process group of its own and leaves its number and
 * start time in a file, by which it can be ended later, and nothing else by mistake.
 */
#ifndef NFVSIM_VALIDATE_TESTBED_REMOTE_H
#define NFVSIM_VALIDATE_TESTBED_REMOTE_H

#include "validate/testbed.h"

#include <sys/types.h>

/* 'it'\''s' */
const char *remote_quote(const char *word, struct arena *a);
const char *remote_command(const char *const *words, size_t n, struct arena *a);

/* The same of words with variables; NULL after complaints of all that do not exist. */
const char *remote_words(const struct testbed_trial *k, const struct param_list *words,
	struct mark at, struct arena *a, struct diag *d);

/* The same command, so that it leaves its process in the file; and what ends that process. */
const char *remote_tracked(const char *command, const char *file, struct arena *a);
const char *remote_ender(const char *file, struct arena *a);

enum remote_end { REMOTE_DONE, REMOTE_FAILED, REMOTE_TIMEOUT, REMOTE_STOPPED };

struct remote_run {
	const struct testbed_host *host;
	const char *command; /* for the remote shell */
	const char *input;   /* or NULL */
	double timeout_s;
	int signals; /* a signalfd that stops it, or -1 */
	FILE *log;
};

/* Waits for it. *output: what it printed, in the arena. */
enum remote_end remote_wait(const struct remote_run *r, const char **output, struct arena *a);

/* Goes on while it runs; 0: it could not be started. */
pid_t remote_start(const struct remote_run *r, struct arena *a);

/* False: stopped by a signal. */
bool remote_pause(double s, int signals);

#endif
