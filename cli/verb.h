/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * verb - the verbs of the command
 *
 * To add one: write cli/verb_NAME.c with
 *
 *   int verb_NAME(int argc, char **argv)
 *
 * and add its line to VERB_LIST (at most 66 columns of text, to stay on one line of --help);
 * declaration, dispatch, help and completion follow from that. A verb
 *
 * - reads its command line with options_parse() (cli/options.h), which also makes --help
 * - collects complaints in a diag, prints them to stderr, and runs nothing if there are errors
 * - prints its answer to stdout with cli/text.h, or as one object with cli/json_out.h for --json
 * - returns an exit code of enum verb_exit
 *
 * Its entry in docs/nfvsim.1 completes it: a test compares that page with --help.
 */
#ifndef NFVSIM_CLI_VERB_H
#define NFVSIM_CLI_VERB_H

#define VERB_LIST(VERB)                                                         \
	VERB(run, "simulate a scenario: throughput, loss, latency, bottleneck") \
	VERB(ndr, "search the rates without loss and with little (RFC 2544)")   \
	VERB(explain, "what holds it back, what changes would bring")           \
	VERB(compare, "two scenarios: differences and their significance")      \
	VERB(sweep, "simulate many points of a scenario into a store")          \
	VERB(query, "show points of a store: table, CSV, JSON, gnuplot")        \
	VERB(plan, "the least cores, queues, clock or energy for a target")     \
	VERB(place, "place chains on servers, and rank the placements")         \
	VERB(trace, "a timeline of a time window, and a capture")               \
	VERB(check, "check files and show all that is wrong with them")         \
	VERB(schema, "describe every key of a kind of file")                    \
	VERB(list, "list dataplanes, servers, size mixes, NFs and scenarios")   \
	VERB(validate, "the accuracy ledger: predicted against measured")       \
	VERB(testbed, "measure scenarios on real machines, over ssh")           \
	VERB(report, "show runs, sweeps and accuracy as one HTML file")         \
	VERB(figures, "draw a publication's figures from predictions")          \
	VERB(calibrate, "fit a profile to samples or to measured points")

enum verb_exit {
	VERB_DONE = 0,
	VERB_FAILED = 1,       /* the world's fault: disk full and the like */
	VERB_USAGE = 2,        /* bad command line or input */
	VERB_UNMET = 3,        /* target not met, or infeasible */
	VERB_INCONCLUSIVE = 4, /* the interval spans the target, or is wider than asked for */
	VERB_INACCURATE = 5,   /* the accuracy gate failed */
	VERB_INTERRUPTED = 130 /* a store was left that can be resumed */
};

/* argv[0] is "nfvsim VERB". */
typedef int verb_function(int argc, char **argv);

struct verb {
	const char *name;
	const char *doc; /* one line */
	verb_function *run;
};

#define VERB_DECLARE(name, doc) verb_function verb_##name;
VERB_LIST(VERB_DECLARE)

#endif
