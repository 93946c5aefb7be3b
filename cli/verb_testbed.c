/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/options.h"
#include "cli/verb.h"
#include "validate/testbed.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct wants {
	const char *folder;
	bool dry_run;
};

enum { KEY_OUTPUT = 'o', KEY_DRY_RUN = 'n' };

static const struct argp_option own_options[] = {
	{"output", KEY_OUTPUT, "DIR", 0, "Folder of the trials (default: PLAN.trials)", 0},
	{"dry-run", KEY_DRY_RUN, NULL, 0, "Print every command, and run none", 0}, {0}};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct wants *w = state->input;
	switch (key) {
	case KEY_OUTPUT:
		w->folder = arg;
		return 0;
	case KEY_DRY_RUN:
		w->dry_run = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp own = {.options = own_options, .parser = parse};

static const struct options_spec spec = {.args = "PLAN.yaml",
	.doc = "Measures scenarios on real machines: runs the commands of a plan over ssh, trial "
	       "by "
	       "trial, undoes them, and writes what was measured as a set for `validate'. Trials "
	       "that are recorded are not run again.",
	.least = 1,
	.most = 1,
	.own = &own};

static int drive(const struct testbed *t, const char *folder, struct arena *a, struct diag *d)
{
	enum testbed_end end = testbed_run(t, folder, a, d);
	diag_print(d, stderr);
	if (!testbed_write_set(t, folder, a)) {
		fprintf(stderr, "nfvsim: cannot write %s/set.yaml: %s\n", folder, strerror(errno));
		return VERB_FAILED;
	}
	printf("wrote %s/set.yaml\n", folder);
	if (end == TESTBED_STOPPED)
		return VERB_INTERRUPTED;
	return end == TESTBED_DONE ? VERB_DONE : VERB_FAILED;
}

int verb_testbed(int argc, char **argv)
{
	struct options o = {.arena = arena_new()};
	struct wants w = {0};
	options_parse(&spec, argc, argv, &o, &w);
	struct diag *d = diag_new();
	struct testbed *t = testbed_read(o.args[0], o.arena, d);
	char *commands = NULL;
	size_t size;
	FILE *to = open_memstream(&commands, &size);
	int code = VERB_USAGE;
	bool good = t && to && testbed_print(t, to, o.arena, d);
	if (to)
		fclose(to);
	diag_print(d, stderr);
	if (good && w.dry_run) {
		fputs(commands, stdout);
		code = VERB_DONE;
	} else if (good) {
		if (!w.folder)
			w.folder = arena_printf(o.arena, "%s.trials", t->stem);
		code = drive(t, w.folder, o.arena, d);
	}
	free(commands);
	diag_free(d);
	arena_free(o.arena);
	return code;
}
