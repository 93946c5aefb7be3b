/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * testbed - measure the scenarios of a plan on real machines
 *
 * A plan names hosts, a scenario with axes, and templates: lists of commands, as data. Each
 * combination of the axes is a trial: its steps run in order on their hosts, results are found in
 * what they print, and then everything is undone in reverse. What would undo a step is on disk
 * before the step starts, so that the next start cleans up after one that was killed. A trial is
 * recorded whole (written, synced, renamed) or not at all; recorded ones are not run again.
 */
#ifndef NFVSIM_VALIDATE_TESTBED_H
#define NFVSIM_VALIDATE_TESTBED_H

#include "model/scenario.h"

enum testbed_input { TESTBED_NOTHING, TESTBED_TEXT, TESTBED_BESS, TESTBED_CLICK, TESTBED_XL };

struct testbed_step {
	const char *host;
	struct param_list run; /* const char *: words; none of them is seen by a shell as anything
	                          but a word */
	struct param_list undo;
	int input; /* enum testbed_input: what it reads */
	const char *text;
	const char *save; /* the variable that gets what it prints */
	bool background;
	bool each_vnf; /* once for each VNF of the chain; ${vnf} is its number, from 0 */
	struct quantity wait, timeout;
	struct mark mark;
};

/* As a tester prints and a measurement set states them. */
struct testbed_metric {
	const char *name;
	unsigned dim;     /* of base/quantity.h */
	const char *unit; /* in a set */
	double per_base;  /* of these units in one that quantity_parse counts in */
};
enum { TESTBED_METRICS = 6 };
extern const struct testbed_metric testbed_metrics[TESTBED_METRICS];

struct testbed_result {
	int metric; /* of testbed_metrics */
	const char *from, *pattern, *unit;
	struct mark mark;
};

struct testbed_var {
	const char *name;
	struct mark mark;
	const char *value;
};

struct testbed_axis {
	const char *name;
	struct mark mark;
	struct param_list values; /* const char * */
};

struct testbed_host {
	const char *name;
	struct mark mark;
	const char *address;     /* NULL: the shell knows */
	struct param_list shell; /* const char * */
};

struct testbed_template {
	const char *doc;
	struct param_list vars;    /* struct testbed_var */
	struct param_list steps;   /* struct testbed_step */
	struct param_list results; /* struct testbed_result */
};

struct testbed {
	const char *title;
	struct param_list hosts; /* struct testbed_host */
	const char *scenario;
	struct param_list set;  /* const char *: assignments */
	struct param_list axes; /* struct testbed_axis */
	struct param_list use;  /* const char *: templates */
	struct param_list vars; /* struct testbed_var */
	struct testbed_template own;
	int64_t repeat;
	int mark_as; /* enum dataset_use */
	struct mark mark;
	/* resolved */
	const char *path, *stem;
	const char *base;                          /* path, in any folder */
	const char *scenario_path;                 /* or its name */
	const struct testbed_template **templates; /* n_templates */
	size_t n_templates;
	size_t n_trials;
};

extern const struct param_table testbed_table, testbed_template_table;

struct testbed *testbed_read(const char *path, struct arena *a, struct diag *d);

/* One combination of the axes. */
struct testbed_trial {
	const char *id;
	const char *const *sets; /* n_sets, as the plan states them */
	const char *const *seen; /* the same, with paths that hold in any folder */
	size_t n_sets;
	const struct scenario *scenario;
	struct testbed_var *vars; /* n_vars, room for one more a step */
	size_t n_vars;
};

/* NULL after errors. */
struct testbed_trial *testbed_trial(
	const struct testbed *t, size_t i, struct arena *a, struct diag *d);

/* The value of the variable whose name has that length, or NULL; and one more of them. */
const char *testbed_value(const struct testbed_trial *t, const char *name, size_t len);
void testbed_save(struct testbed_trial *t, const char *name, const char *value);

/* How often a step runs in this trial; and sets ${vnf} for one of these times. */
size_t testbed_turns(const struct testbed_trial *t, const struct testbed_step *s);
void testbed_turn(struct testbed_trial *t, size_t i, struct arena *a);

/* "${name}" replaced; NULL after a complaint at that place. */
const char *testbed_expand(const struct testbed_trial *t, const char *text, struct mark at,
	struct arena *a, struct diag *d);

const struct testbed_host *testbed_host(const struct testbed *t, const char *name);

/* What the step reads, or NULL. */
const char *testbed_input(const struct testbed_trial *t, const struct testbed_step *s,
	struct arena *a, struct diag *d);

/* A bessctl script for the trial's scenario. NULL after errors: a chain that it cannot express. */
const char *testbed_bess(const struct testbed_trial *t, struct arena *a, struct diag *d);

/* The Click configuration, and the Xen domain, of the VNF numbered ${vnf}; NULL after errors. */
const char *testbed_click(const struct testbed_trial *t, struct arena *a, struct diag *d);
const char *testbed_xl(const struct testbed_trial *t, struct arena *a, struct diag *d);

enum testbed_end { TESTBED_DONE, TESTBED_FAILED, TESTBED_STOPPED };

/* A hash of what a trial is: hosts, commands, what they read, assignments, results. */
const char *testbed_hash(const struct testbed *t, size_t i, struct arena *a);

/* Runs the trials that are not recorded in folder, and none if one is recorded whose hash differs;
 * progress and failures go to stderr. */
enum testbed_end testbed_run(
	const struct testbed *t, const char *folder, struct arena *a, struct diag *d);

/* Prints every command and changes nothing. False after errors. */
bool testbed_print(const struct testbed *t, FILE *to, struct arena *a, struct diag *d);

/* The recorded trials as a measurement set in folder/set.yaml. False: errno says why. */
bool testbed_write_set(const struct testbed *t, const char *folder, struct arena *a);

#endif
