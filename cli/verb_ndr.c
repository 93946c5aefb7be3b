/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/ndr_out.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "cli/reread.h"
#include "cli/verb.h"
#include "plan/load.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

enum { KEY_PDR = 0x200, KEY_WIDTH, KEY_SIZES, KEY_PACKETS, KEY_TRIALS, KEY_SLO };

#define MIN_WIDTH 1e-4
#define MAX_WIDTH 0.2
#define MIN_PACKETS 1000
#define MAX_PACKETS 1e10

static const struct argp_option own_options[] = {
	{"pdr", KEY_PDR, "RATIO", 0, "Share of packets that may be lost at PDR (0.5%)", 0},
	{"width", KEY_WIDTH, "RATIO", 0,
		"How close the rate that passes and the one that fails must be (0.5%)", 0},
	{"sizes", KEY_SIZES, "LIST", 0,
		"Frame sizes or size mixes, as in 64,512,imix; rfc2544: the seven of RFC 2544 and "
		"imix",
		0},
	{"packets", KEY_PACKETS, "N", 0, "Packets of a full trial (2000000)", 0},
	{"trials", KEY_TRIALS, "N", 0, "Most trials for each size (15)", 0},
	{"slo", KEY_SLO, "TARGETS", 0,
		"Targets, as in 'p99<50us,rate>8Mpps': rates are compared with NDR, the rest with "
		"90 % of "
		"it. Exit code 3: not met, 4: open",
		0},
	{0}};

static const char rfc2544[] = "64 B,128 B,256 B,512 B,1024 B,1280 B,1518 B,imix";

struct wishes {
	double pdr_ratio, width, packets;
	size_t trials;
	const char *sizes, *slo;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct wishes *w = state->input;
	switch (key) {
	case KEY_PDR:
		w->pdr_ratio = options_quantity(state, "pdr", arg, DIM_RATIO, 0, 0.99);
		return 0;
	case KEY_WIDTH:
		w->width = options_quantity(state, "width", arg, DIM_RATIO, MIN_WIDTH, MAX_WIDTH);
		return 0;
	case KEY_SIZES:
		w->sizes = strcmp(arg, "rfc2544") == 0 ? rfc2544 : arg;
		return 0;
	case KEY_PACKETS:
		w->packets = options_quantity(
			state, "packets", arg, DIM_COUNT, MIN_PACKETS, MAX_PACKETS);
		return 0;
	case KEY_TRIALS:
		w->trials = (size_t)options_whole(state, "trials", arg, 1, SEARCH_TRIALS);
		return 0;
	case KEY_SLO:
		w->slo = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp own = {.options = own_options, .parser = parse};

static const struct options_spec spec = {.args = "FILE",
	.doc = "Searches the rates of RFC 2544 on the scenario in FILE: NDR (nothing is lost), PDR "
	       "(a "
	       "given share) and MRR (what is delivered of the highest rate that can be offered), "
	       "and prints latency at 10, 50 and 90 % of NDR. Exit code 4: the trials were used up "
	       "before the rates were known to the width.",
	.least = 1,
	.most = 1,
	.groups = OPTIONS_SET | OPTIONS_JSON | OPTIONS_QUIET,
	.own = &own};

static void show_progress(void *arg, size_t trial, double load_pps)
{
	fprintf(stderr, "\r\033[K%s: trial %zu: %.4g Mpps", (const char *)arg, trial,
		load_pps / 1e6);
}

/* "64,imix" as a list of sizes; a bare number means bytes. */
static size_t split_sizes(const char *text, const char ***sizes, struct arena *a)
{
	size_t n = 0;
	*sizes = arena_alloc(a, (strlen(text) + 1) * sizeof **sizes);
	for (const char *from = text;; from++) {
		size_t len = strcspn(from, ",");
		const char *size = arena_strndup(a, from, len);
		bool bare = len && strspn(size, "0123456789") == len;
		(*sizes)[n++] = bare ? arena_printf(a, "%s B", size) : size;
		from += len;
		if (!*from)
			return n;
	}
}

/* Whether the rate does not matter: one that suits one size may be above line rate at another. */
static bool own_line(const struct scenario *s)
{
	return s->chains.n == 1 && scenario_chain(s, 0)->from == END_NIC &&
	       scenario_chain(s, 0)->traffic.arrivals != ARRIVALS_ONOFF;
}

/* One scenario for each size; false after messages. */
static bool read_all(const struct options *o, const struct wishes *w, struct ndr_table *t)
{
	const char *path = reread_path(o->args[0], o->arena), **sizes = NULL;
	struct scenario *s =
		path ? reread_scenario(path, o, (struct reread_sets){0}, o->arena, NULL) : NULL;
	if (!s)
		return false;
	const char *fixed = load_fixed(s);
	if (fixed) {
		fprintf(stderr, "nfvsim ndr: %s\n", fixed);
		return false;
	}
	t->n = w->sizes ? split_sizes(w->sizes, &sizes, o->arena) : 1;
	t->rows = arena_alloc(o->arena, t->n * sizeof *t->rows);
	t->rows[0] = (struct ndr_row){.s = s, .size = scenario_chain(s, 0)->traffic.size};
	for (size_t i = 0; w->sizes && i < t->n; i++) {
		const char **sets;
		size_t n = reread_traffic_sets(s, "size", sizes[i], &sets, o->arena);
		if (own_line(s))
			sets[n++] = "traffic.rate=line";
		t->rows[i].size = sizes[i];
		t->rows[i].s =
			reread_scenario(path, o, (struct reread_sets){sets, n}, o->arena, NULL);
		if (!t->rows[i].s)
			return false;
	}
	return true;
}

static int exit_code(const struct ndr_table *t)
{
	int code = VERB_DONE;
	for (size_t i = 0; i < t->n; i++) {
		for (size_t g = 0; g < NDR_GOALS; g++)
			if (t->rows[i].r->bounds[g].verdict == SEARCH_BUDGET)
				code = VERB_INCONCLUSIVE;
		for (size_t k = 0; k < t->options.slo->n; k++)
			if (t->rows[i].r->check[k].verdict == SLO_OPEN)
				code = VERB_INCONCLUSIVE;
	}
	for (size_t i = 0; i < t->n; i++)
		for (size_t k = 0; k < t->options.slo->n; k++)
			if (t->rows[i].r->check[k].verdict == SLO_MISSED)
				code = VERB_UNMET;
	return code;
}

static int measure(const struct options *o, struct ndr_table *t)
{
	bool progress = progress_wanted(o);
	for (size_t i = 0; i < t->n; i++) {
		t->options.progress = progress ? show_progress : NULL;
		t->options.arg = (char *)t->rows[i].size;
		t->rows[i].r = ndr_measure(t->rows[i].s, &t->options);
	}
	if (progress)
		fputs("\r\033[K", stderr);
	if (o->json)
		ndr_json_print(t);
	else
		ndr_text_print(t, stdout);
	int code = exit_code(t);
	for (size_t i = 0; i < t->n; i++)
		ndr_free(t->rows[i].r);
	return code;
}

int verb_ndr(int argc, char **argv)
{
	struct options o = {.arena = arena_new()};
	struct wishes w = {.pdr_ratio = ndr_defaults.pdr_ratio,
		.width = ndr_defaults.width,
		.packets = ndr_defaults.packets,
		.trials = ndr_defaults.max_trials};
	struct slo slo = {0};
	struct diag *d = diag_new();
	options_parse(&spec, argc, argv, &o, &w);
	struct ndr_table t = {
		.options = {w.pdr_ratio, w.width, w.packets, w.trials, &slo, NULL, NULL}};
	bool ok = !w.slo || slo_parse(w.slo, &slo, o.arena, d);
	diag_print(d, stderr);
	ok = read_all(&o, &w, &t) && ok;
	int code = ok ? measure(&o, &t) : VERB_USAGE;
	diag_free(d);
	arena_free(o.arena);
	return code;
}
