/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/quantity.h"
#include "cli/options.h"
#include "cli/outfile.h"
#include "cli/trace_out.h"
#include "cli/verb.h"
#include "report/pcap_out.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { KEY_FROM = 0x200, KEY_FOR, KEY_PCAP, KEY_SNAPLEN, KEY_PACKET, KEY_REPLICATION };

#define FROM_PS (10 * PS_PER_MS)
#define FOR_PS (200 * PS_PER_US)
#define MOST_PS (PS_PER_S * 1000000)
#define MOST_PACKET 1000000000000000
#define SNAPLEN 96

static const struct argp_option own_options[] = {
	{"from", KEY_FROM, "TIME", 0, "Start of the window (10ms)", 0},
	{"for", KEY_FOR, "TIME", 0, "Length of the window (200us)", 0},
	{"output", 'o', "FILE", 0, "The timeline; without it, it goes to standard output", 0},
	{"pcap", KEY_PCAP, "FILE", 0, "Write the packets delivered in the window as a capture", 0},
	{"snaplen", KEY_SNAPLEN, "BYTES", 0, "Bytes kept of a captured packet (96)", 0},
	{"packet", KEY_PACKET, "[CHAIN:]N", 0,
		"Follow the N-th packet that the tester sends (of a chain), or the 'slowest' sent "
		"and delivered in the window (default), or 'none'",
		0},
	{"replication", KEY_REPLICATION, "N", 0, "Number of the replication (0)", 0}, {0}};

/* The options that only this verb has. */
struct wishes {
	struct options *o;
	struct trace_wish w;
	const char *json_path, *pcap_path, *chain;
};

static void parse_packet(struct wishes *w, char *arg, struct argp_state *state)
{
	char *colon = strrchr(arg, ':');
	w->w.pick = TRACE_NUMBER;
	if (strcmp(arg, "slowest") == 0)
		w->w.pick = TRACE_SLOWEST;
	else if (strcmp(arg, "none") == 0)
		w->w.pick = TRACE_NO_PACKET;
	else
		w->w.number = (uint64_t)options_whole(
			state, "packet", colon ? colon + 1 : arg, 1, MOST_PACKET);
	if (w->w.pick == TRACE_NUMBER && colon)
		w->chain = arena_strndup(w->o->arena, arg, (size_t)(colon - arg));
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct wishes *w = state->input;
	switch (key) {
	case KEY_FROM:
		w->w.from_ps = (ps_t)options_quantity(state, "from", arg, DIM_TIME, 0, MOST_PS);
		return 0;
	case KEY_FOR:
		w->w.for_ps = (ps_t)options_quantity(state, "for", arg, DIM_TIME, 1, MOST_PS);
		return 0;
	case 'o':
		w->json_path = arg;
		return 0;
	case KEY_PCAP:
		w->pcap_path = arg;
		return 0;
	case KEY_SNAPLEN:
		w->w.snaplen = (uint32_t)options_quantity(state, "snaplen", arg,
			DIM_COUNT | DIM_SIZE, PCAP_OUT_LEAST_SNAPLEN, PCAP_OUT_MOST_SNAPLEN);
		return 0;
	case KEY_PACKET:
		parse_packet(w, arg, state);
		return 0;
	case KEY_REPLICATION:
		w->w.replication =
			(uint32_t)options_whole(state, "replication", arg, 0, UINT32_MAX / 2);
		return 0;
	case ARGP_KEY_END:
		if (w->o->json && !w->json_path && !w->pcap_path)
			argp_error(state, "--json tells what was written: it wants --output");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp own = {.options = own_options, .parser = parse};

static const struct options_spec spec = {.args = "FILE",
	.doc = "Simulates the scenario in FILE and writes down what every core and queue does in a "
	       "window of simulated time, as JSON for Perfetto (ui.perfetto.dev) and "
	       "chrome://tracing: bursts, copies, polls, stalls, flushes, drops, wake-ups, and the "
	       "way of one packet. With --output or --pcap it prints what was written and where "
	       "that packet spent its time.",
	.least = 1,
	.most = 1,
	.groups = OPTIONS_SET | OPTIONS_JSON | OPTIONS_QUIET,
	.own = &own};

static void show_progress(void *arg, double share)
{
	(void)arg;
	fprintf(stderr, "\r\033[K%.0f %% of the simulated time", 100 * share);
}

static bool find_chain(const struct scenario *s, struct wishes *w)
{
	if (!w->chain)
		return true;
	for (size_t i = 0; i < s->chains.n; i++)
		if (strcmp(scenario_chain(s, i)->name, w->chain) == 0) {
			w->w.chain = (uint32_t)i;
			return true;
		}
	fputs("nfvsim: --packet: no chain is called '", stderr);
	diag_put_escaped(stderr, w->chain, strlen(w->chain));
	fputs("'\n", stderr);
	return false;
}

static int answer(const struct trace_answer *a, const struct wishes *w)
{
	const char *chain = a->build->chains[a->way.chain].chain->name;
	if (w->w.pick == TRACE_NUMBER && !a->way.n)
		fprintf(stderr,
			"nfvsim: packet %" PRIu64 "%s%s is not sent by the end of the window\n",
			a->way.number, *chain ? " of " : "", chain);
	if (w->w.json == stdout || w->w.pcap == stdout)
		return VERB_DONE;
	if (w->o->json)
		trace_print_json(a, &w->w);
	else
		trace_print(a, &w->w, stdout);
	return VERB_DONE;
}

static int simulate(const struct scenario *s, struct wishes *w)
{
	bool progress = !w->o->quiet && isatty(STDERR_FILENO) && !isatty(STDOUT_FILENO);
	const char *json = w->json_path ? w->json_path : w->pcap_path ? NULL : "-";
	w->w.progress = progress || (w->json_path && !w->o->quiet && isatty(STDERR_FILENO))
				? show_progress
				: NULL;
	w->w.json = json ? outfile_open(json) : NULL;
	w->w.pcap = w->pcap_path ? outfile_open(w->pcap_path) : NULL;
	int code = VERB_FAILED;
	if ((!json || w->w.json) && (!w->pcap_path || w->w.pcap)) {
		struct trace_answer *a = trace_simulate(s, &w->w);
		if (w->w.progress)
			fputs("\r\033[K", stderr);
		code = answer(a, w);
		trace_free(a);
	}
	if (!outfile_close(w->w.json, json) || !outfile_close(w->w.pcap, w->pcap_path))
		code = VERB_FAILED;
	return code;
}

int verb_trace(int argc, char **argv)
{
	struct options o = {.arena = arena_new()};
	struct wishes w = {
		.o = &o, .w = {.from_ps = FROM_PS, .for_ps = FOR_PS, .snaplen = SNAPLEN}};
	options_parse(&spec, argc, argv, &o, &w);
	struct diag *d = diag_new();
	struct scenario *s = scenario_read(o.args[0], o.sets, o.n_sets, o.arena, d);
	if (s)
		build_check(s, d);
	diag_print(d, stderr);
	int code = diag_errors(d) || !find_chain(s, &w) ? VERB_USAGE : simulate(s, &w);
	diag_free(d);
	arena_free(o.arena);
	return code;
}
