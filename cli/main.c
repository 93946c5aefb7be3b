/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * nfvsim - finds the verb and lets it run
 *
 * The locale stays "C": numbers and messages are the same everywhere.
 */
#include "base/arena.h"
#include "base/diag.h"
#include "cli/verb.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static verb_function help;

#define ROW(name, doc) {#name, doc, verb_##name},
static const struct verb verbs[] = {
	VERB_LIST(ROW){"help", "describe a verb and its options", help},
};

enum { N_VERBS = sizeof(verbs) / sizeof(verbs[0]) };

const char *argp_program_version = "nfvsim " NFVSIM_VERSION;

/* What the command line says before the verb's own arguments. */
struct command {
	int verb_at; /* index in argv */
};

static char *list_verbs(void)
{
	char *text = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&text, &size);
	if (!to)
		return NULL;
	fputs("Verbs:\n", to);
	for (size_t i = 0; i < N_VERBS; i++)
		fprintf(to, "  %-10s %s\n", verbs[i].name, verbs[i].doc);
	fputs("\n`nfvsim help VERB' tells more. Exit codes: 0 done, 1 failed, 2 usage or\n"
	      "bad input, 3 target not met, 4 inconclusive, 5 inaccurate.\n",
		to);
	fclose(to);
	return text;
}

/* argp frees what this returns, unless it is the text it gave. */
static char *add_verbs(int key, const char *text, void *input)
{
	(void)input;
	return key == ARGP_KEY_HELP_POST_DOC ? list_verbs() : (char *)text;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct command *c = state->input;
	(void)arg;
	switch (key) {
	case ARGP_KEY_ARG:
		c->verb_at = state->next - 1;
		state->next = state->argc; /* the rest is the verb's */
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_usage(state);
		return EINVAL;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp command_argp = {.parser = parse,
	.args_doc = "VERB [ARG...]",
	.doc = "Predicts throughput, latency and loss of software dataplanes.\v",
	.help_filter = add_verbs};

static const struct verb *find(const char *name)
{
	for (size_t i = 0; i < N_VERBS; i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	return NULL;
}

static int complain(const char *name)
{
	const char *names[N_VERBS];
	for (size_t i = 0; i < N_VERBS; i++)
		names[i] = verbs[i].name;
	const char *near = diag_nearest(name, names, N_VERBS);
	fputs("nfvsim: no verb is called '", stderr);
	diag_put_escaped(stderr, name, strlen(name));
	if (near)
		fprintf(stderr, "'; did you mean '%s'?\n", near);
	else
		fputs("'; `nfvsim --help' lists them\n", stderr);
	return VERB_USAGE;
}

static int run(const char *name, int argc, char **argv)
{
	const struct verb *v = find(name);
	if (!v)
		return complain(name);
	struct arena *a = arena_new();
	argv[0] = arena_printf(a, "nfvsim %s", name);
	int code = v->run(argc, argv);
	arena_free(a);
	return code;
}

/* Without a verb, the program's own --help, which ends the program. */
static int help(int argc, char **argv)
{
	char self[] = "nfvsim", option[] = "--help";
	char *asked[] = {self, option, NULL};
	if (argc > 1 && argv[1][0] != '-' && strcmp(argv[1], "help") != 0)
		return run(argv[1], 2, asked);
	argp_parse(&command_argp, 2, asked, ARGP_IN_ORDER, NULL, NULL);
	return VERB_DONE;
}

int main(int argc, char **argv)
{
	struct command c = {0};
	char self[] = "nfvsim";
	argv[0] = self;
	argp_err_exit_status = VERB_USAGE;
	if (argp_parse(&command_argp, argc, argv, ARGP_IN_ORDER, NULL, &c) != 0)
		return VERB_USAGE;
	int code = run(argv[c.verb_at], argc - c.verb_at, argv + c.verb_at);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		fprintf(stderr, "nfvsim: cannot write the answer: %s\n", strerror(errno));
		return VERB_FAILED;
	}
	return code;
}
