/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * options - the command line of a verb: the options that verbs share, and files or words
 *
 * A wrong command line ends the program with exit code 2; --help and --version end it with 0.
 */
#ifndef NFVSIM_CLI_OPTIONS_H
#define NFVSIM_CLI_OPTIONS_H

#include "base/arena.h"

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>

/* Which of the shared options a verb takes. */
enum options_group {
	OPTIONS_SET = 1 << 0,   /* --set, --seed, --precision */
	OPTIONS_JSON = 1 << 1,  /* --json */
	OPTIONS_QUIET = 1 << 2, /* --quiet */
	OPTIONS_JOBS = 1 << 3,  /* --jobs */
};

struct options_spec {
	const char *args;       /* "FILE" */
	const char *doc;        /* what the verb does */
	size_t least, most;     /* number of arguments */
	unsigned groups;        /* of enum options_group */
	const struct argp *own; /* the verb's own options; NULL: none */
};

struct options {
	struct arena *arena;
	const char **args; /* n_args files or words, in order */
	size_t n_args;
	const char **sets; /* n_sets assignments "key=value", in order: --seed 7 is run.seed=7 */
	size_t n_sets;
	bool json, quiet;
	size_t jobs; /* worker processes; 0: not given */
};

/* Reads the command line into o, which starts as {.arena = ...}; input is what the verb's own
 * parser gets. Lists live in the arena, texts may point into argv. */
void options_parse(
	const struct options_spec *spec, int argc, char **argv, struct options *o, void *input);

/* Values of options. What is none, or lies outside, ends the program as a wrong command line:
 * "--for wants a time such as 50 us, from 1 ps to 2 h, not '5'". */
int64_t options_whole(struct argp_state *state, const char *option, const char *text, int64_t least,
	int64_t most);
double options_quantity(struct argp_state *state, const char *option, const char *text,
	unsigned dims, double least, double most);

#endif
