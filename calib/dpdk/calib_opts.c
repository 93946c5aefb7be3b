/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Options by argp. Defaults that depend on the machine (cores) are filled in here, so that the
 * rest sees a full set. */
#include "calib/dpdk/calib_opts.h"

#include "calib/dpdk/robust.h"

#include <argp.h>
#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const double quick_limit_s = 105,
		    full_limit_s =
			    840; /* below the promised 2 and 15 minutes: start-up, last row */
static const unsigned quick_repeats = 7, full_repeats = 10, quick_windows = 40, full_windows = 80;

enum {
	KEY_QUICK = 'q',
	KEY_FULL = 'f',
	KEY_BENCH = 'b',
	KEY_DEVICE = 'd',
	KEY_CORES = 'c',
	KEY_OUT = 'o',
	KEY_RESUME = 'r',
	KEY_LIST = 'l',
	KEY_SEED = 's',
	KEY_FORCE = 0x100,
	KEY_REPEATS,
	KEY_MEMORY,
	KEY_LIMIT,
	KEY_ECHO,
	KEY_CLOCKS,
	KEY_WINDOWS,
	KEY_NO_HUGE,
	KEY_WAIT
};

static const struct argp_option option[] = {
	{"quick", KEY_QUICK, NULL, 0, "Under two minutes; the default", 0},
	{"full", KEY_FULL, NULL, 0, "More sizes, bursts and repetitions; under 15 minutes", 0},
	{"bench", KEY_BENCH, "LIST", 0, "Only these benchmarks (comma-separated, see --list)", 0},
	{"device", KEY_DEVICE, "DEV", 0,
		"PCI address (0000:03:00.0) or virtual device (net_memif0,role=client). Given "
		"twice: the first sends, the "
		"second receives. Without it: null, ring and af_packet on the loopback interface",
		0},
	{"cores", KEY_CORES, "A,B[,...]", 0,
		"Processors: A measures, B is its peer, the rest only exchange cache lines", 0},
	{"out", KEY_OUT, "FILE", 0, "Samples file; default samples-DATE-TIME.csv", 0},
	{"resume", KEY_RESUME, NULL, 0, "Go on with FILE: measure only what is missing from it", 0},
	{"force", KEY_FORCE, NULL, 0, "Replace FILE if it exists", 0},
	{"list", KEY_LIST, NULL, 0, "List the benchmarks and stop", 0},
	{"seed", KEY_SEED, "N", 0, "Seed of routes, rules, keys and addresses; default 1", 0},
	{"repeats", KEY_REPEATS, "N", 0, "Repetitions of the whole set; default 7, full 10", 0},
	{"memory", KEY_MEMORY, "MiB", 0, "Memory for DPDK; default 768", 0},
	{"limit", KEY_LIMIT, "SECONDS", 0,
		"Stop measuring (at each clock) after this long; default 105, full 840", 0},
	{"no-huge", KEY_NO_HUGE, NULL, 0,
		"Memory in pages of 4 KiB, even where there are huge ones", 0},
	{"windows", KEY_WINDOWS, "N", 0,
		"Clean windows of 0.25 ms wanted for a measurement; default 40, full 80", 0},
	{"wait", KEY_WAIT, "MS", 0,
		"Wait up to this long before each measurement for neighbours to leave the cores, "
		"and leave out windows in which one comes; default 0",
		0},
	{"echo", KEY_ECHO, "DEV", 0,
		"Measure nothing: send back what DEV receives, for another nfvsim-calib", 0},
	{"clocks", KEY_CLOCKS, "LIST", 0,
		"Repeat everything at these clocks (kHz, or 'all' settable ones); needs cpufreq "
		"and root",
		0},
	{0},
};

static unsigned long read_number(struct argp_state *state, const char *text, unsigned long max)
{
	char *end;
	unsigned long value;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (errno || end == text || *end || *text == '-' || value > max)
		argp_error(state, "'%s' is not a number from 0 to %lu", text, max);
	return value;
}

static void read_cores(struct argp_state *state, struct calib_opts *opts, const char *text)
{
	unsigned i;

	opts->n_cores = 0;
	for (;;) {
		char *end;
		unsigned long core = strtoul(text, &end, 10);

		if (end == text || (*end && *end != ',') || core >= CPU_SETSIZE ||
			opts->n_cores == CALIB_OPTS_CORES)
			argp_error(state,
				"--cores takes processor numbers such as 0,1 (at most %d)",
				CALIB_OPTS_CORES);
		for (i = 0; i < opts->n_cores; i++)
			if (opts->core[i] == core)
				argp_error(state, "--cores names processor %lu twice", core);
		opts->core[opts->n_cores++] = (unsigned)core;
		if (!*end)
			return;
		text = end + 1;
	}
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct calib_opts *opts = state->input;

	switch (key) {
	case KEY_QUICK:
		opts->full = false;
		break;
	case KEY_FULL:
		opts->full = true;
		break;
	case KEY_BENCH:
		opts->benches = arg;
		break;
	case KEY_DEVICE:
		if (opts->n_devices == CALIB_OPTS_DEVICES)
			argp_error(state, "more than %d devices", CALIB_OPTS_DEVICES);
		opts->device[opts->n_devices++] = arg;
		break;
	case KEY_CORES:
		read_cores(state, opts, arg);
		break;
	case KEY_OUT:
		opts->out = arg;
		break;
	case KEY_RESUME:
		opts->resume = true;
		break;
	case KEY_FORCE:
		opts->force = true;
		break;
	case KEY_LIST:
		opts->list = true;
		break;
	case KEY_SEED:
		opts->seed = read_number(state, arg, ULONG_MAX);
		break;
	case KEY_REPEATS:
		opts->repeats = (unsigned)read_number(state, arg, 1000);
		break;
	case KEY_MEMORY:
		opts->memory_MiB = (unsigned)read_number(state, arg, 1u << 20);
		break;
	case KEY_LIMIT:
		opts->limit_s = (double)read_number(state, arg, 1000000);
		break;
	case KEY_NO_HUGE:
		opts->no_huge = true;
		break;
	case KEY_WINDOWS:
		opts->windows = (unsigned)read_number(state, arg, ROBUST_VALUES);
		break;
	case KEY_WAIT:
		opts->wait_s = 1e-3 * (double)read_number(state, arg, 60000);
		break;
	case KEY_ECHO:
		opts->echo = arg;
		break;
	case KEY_CLOCKS:
		opts->clocks = arg;
		break;
	case ARGP_KEY_ARG:
		argp_error(state, "unexpected argument '%s'", arg);
		break;
	case ARGP_KEY_END:
		if (opts->resume && !opts->out)
			argp_error(state, "--resume needs --out FILE");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

/* The first processors this process may run on. */
static void default_cores(struct calib_opts *opts)
{
	cpu_set_t allowed;
	unsigned cpu;

	if (opts->n_cores || sched_getaffinity(0, sizeof(allowed), &allowed))
		return;
	for (cpu = 0; cpu < CPU_SETSIZE && opts->n_cores < CALIB_OPTS_CORES; cpu++)
		if (CPU_ISSET(cpu, &allowed))
			opts->core[opts->n_cores++] = cpu;
}

static void default_out(struct calib_opts *opts)
{
	time_t now = time(NULL);
	struct tm utc;

	if (opts->out)
		return;
	gmtime_r(&now, &utc);
	strftime(opts->default_out, sizeof(opts->default_out), "samples-%Y%m%d-%H%M%S.csv", &utc);
	opts->out = opts->default_out;
}

void calib_opts_parse(int argc, char **argv, struct calib_opts *opts)
{
	static const struct argp argp = {
		.options = option,
		.parser = parse_option,
		.doc = "Measures what packet operations cost on this machine and writes samples "
		       "for `nfvsim calibrate`.\v"
		       "Exit status: 0 done, 1 failed, 2 bad usage, 130 interrupted (go on with "
		       "--resume).",
	};

	*opts = (struct calib_opts){.seed = 1, .memory_MiB = 768};
	argp_err_exit_status = 2;
	argp_parse(&argp, argc, argv, 0, NULL, opts);
	default_cores(opts);
	default_out(opts);
}

double calib_opts_limit_s(const struct calib_opts *opts)
{
	return opts->limit_s > 0 ? opts->limit_s : opts->full ? full_limit_s : quick_limit_s;
}

unsigned calib_opts_repeats(const struct calib_opts *opts)
{
	return opts->repeats ? opts->repeats : opts->full ? full_repeats : quick_repeats;
}

unsigned calib_opts_windows(const struct calib_opts *opts)
{
	return opts->windows ? opts->windows : opts->full ? full_windows : quick_windows;
}
