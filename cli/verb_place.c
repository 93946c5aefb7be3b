/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/crew_out.h"
#include "cli/json_out.h"
#include "cli/options.h"
#include "cli/text.h"
#include "cli/verb.h"
#include "plan/placement.h"

#include <math.h>
#include <string.h>

enum { KEY_TARGET = 't', KEY_EXPORT = 'x' };
enum { DIGITS = 4 };

struct asked {
	const char *target, *export;
};

static const struct argp_option own_options[] = {
	{"target", KEY_TARGET, "TARGETS", 0,
		"What every chain must meet, as in loss<0.1%,p99<100us (default loss<0.1%)", 0},
	{"export", KEY_EXPORT, "WORD", 0,
		"Print the best placement in the words of bess, ovs or libvirt", 0},
	{0}};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct asked *q = state->input;
	switch (key) {
	case KEY_TARGET:
		q->target = arg;
		return 0;
	case KEY_EXPORT:
		if (strcmp(arg, "bess") != 0 && strcmp(arg, "ovs") != 0 &&
			strcmp(arg, "libvirt") != 0)
			argp_error(state, "--export is bess, ovs or libvirt, not '%s'", arg);
		q->export = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp own = {.options = own_options, .parser = parse};
static const struct options_spec spec = {.args = "FILE",
	.doc = "Places chains of VNFs on servers: which socket each VNF and its workers run on, "
	       "which "
	       "hops go through NICs. FILE is a placement file (scenario, rules, cores that are "
	       "taken) "
	       "or a scenario with chains and servers. Placements on the fewest servers and on a "
	       "few "
	       "more are simulated and ranked. Exit code 3: nothing fits, or the best misses the "
	       "target; 4: that is not certain.",
	.least = 1,
	.most = 1,
	.groups = OPTIONS_SET | OPTIONS_JSON | OPTIONS_JOBS,
	.own = &own};

/* What is printed. */
struct answer {
	const struct placement_ask *ask;
	const struct placement *p;
	struct arena *arena;
};

static void print_options(const struct answer *w)
{
	static const char *const heads[] = {">rank", ">servers", ">W", ">crossings", ">hops",
		">worst us", "<of", "<target", "<front", "<least crossings", NULL};
	struct text_table t;
	text_table_start(&t, heads, w->arena);
	for (size_t i = 0; i < w->p->n; i++) {
		const struct placement_option *o = &w->p->option[i];
		text_table_cell(&t, "%zu", i + 1);
		text_table_cell(&t, "%u", o->answer.servers);
		text_table_cell(&t, "%s", text_number(o->watts, DIGITS, w->arena));
		text_table_cell(&t, "%u", o->answer.crossings);
		text_table_cell(&t, "%u", o->answer.hops);
		text_table_cell(&t, "%s", text_number(o->worst_ns / 1000, DIGITS, w->arena));
		text_table_cell(&t, "%s", o->mean_only ? "mean" : "p99");
		text_table_cell(&t, "%s", slo_word(o->verdict));
		text_table_cell(&t, "%s", o->front ? "yes" : "no");
		text_table_cell(&t, "%s", o->answer.proven ? "proven" : "found");
	}
	text_table_print(&t, stdout);
}

static void print_places(const struct answer *w, const struct placement_option *o)
{
	static const char *const heads[] = {"<chain", ">Mpps", ">loss %", ">mean us", ">p99 us",
		"<VNFs on server.socket", NULL};
	struct text_table t;
	text_table_start(&t, heads, w->arena);
	for (size_t i = 0, v = 0; i < w->p->scenario->chains.n; i++) {
		const struct chain *c = scenario_chain(w->p->scenario, i);
		const struct placement_chain *k = &o->chain[i];
		const char *places = "";
		for (size_t n = 0; n < c->items.n; n++, v++)
			places = arena_printf(w->arena, "%s%s%s on %s", places, n ? ", " : "",
				scenario_item(c, n)->name, o->on[v]);
		text_table_cell(&t, "%s", *c->name ? c->name : "-");
		text_table_cell(&t, "%s", text_number(k->delivered_pps / 1e6, DIGITS, w->arena));
		text_table_cell(&t, "%s", text_number(100 * k->loss_ratio, DIGITS, w->arena));
		text_table_cell(&t, "%s", text_number(k->mean_ns / 1000, DIGITS, w->arena));
		text_table_cell(&t, "%s", text_number(k->p99_ns / 1000, DIGITS, w->arena));
		text_table_cell(&t, "%s", places);
	}
	text_table_print(&t, stdout);
}

static void print_text(const struct answer *w)
{
	const struct placement *p = w->p;
	printf("%s: %u VNFs in %zu chains on %zu servers, %s\n\n", w->ask->name, p->n_vnfs,
		p->scenario->chains.n, p->scenario->servers.n, w->ask->target_text);
	if (!p->n) {
		printf("nothing fits: cores, ports and rules allow no placement (at least %u "
		       "servers "
		       "are needed)\n",
			p->bound);
		return;
	}
	print_options(w);
	printf("\nat least %u server%s, found %u", p->bound, p->bound == 1 ? "" : "s", p->fewest);
	printf(p->why_more ? "; not fewer: %s\n" : "%s\n", p->why_more ? p->why_more : "");
	printf("\nrank 1:\n");
	print_places(w, &p->option[0]);
	if (p->option[0].limit)
		printf("limit: %s, doing %s %% of what it can\n", p->option[0].limit,
			text_number(100 * p->option[0].limit_load, DIGITS, w->arena));
}

static void put_option(json_t *o, const struct placement *p, const struct placement_option *k)
{
	json_out_count(o, "servers", k->answer.servers);
	json_out_count(o, "crossings", k->answer.crossings);
	json_out_count(o, "hops", k->answer.hops);
	json_object_set_new(o, "proven", json_boolean(k->answer.proven));
	json_object_set_new(o, "front", json_boolean(k->front));
	json_out_number(o, "power_w", k->watts);
	json_out_number(o, k->mean_only ? "worst_mean_ns" : "worst_p99_ns", k->worst_ns);
	json_out_text(o, "verdict", slo_word(k->verdict));
	json_out_text(o, "limit", k->limit);
	json_out_number(o, "limit_load", k->limit_load);
	json_t *vnfs = json_out_object(o, "on"), *sets = json_out_list(o, "set");
	for (uint32_t v = 0; v < p->n_vnfs; v++) {
		json_out_text(vnfs, p->vnf[v], k->on[v]);
		json_out_append_text(sets, k->sets[v]);
	}
	json_t *chains = json_out_list(o, "chains"), *cores = json_out_list(o, "cores");
	for (size_t i = 0; i < p->scenario->chains.n; i++) {
		json_t *c = json_out_append(chains);
		json_out_text(c, "name", scenario_chain(p->scenario, i)->name);
		json_out_number(c, "offered_pps", k->chain[i].offered_pps);
		json_out_number(c, "delivered_pps", k->chain[i].delivered_pps);
		json_out_number(c, "loss_ratio", k->chain[i].loss_ratio);
		json_out_number(c, "latency_mean_ns", k->chain[i].mean_ns);
		json_out_number(c, "latency_p99_ns", k->chain[i].p99_ns);
	}
	for (size_t i = 0; i < k->n_cores; i++) {
		json_t *c = json_out_append(cores);
		json_out_text(c, "name", k->core[i].name);
		json_out_text(c, "role", k->core[i].role);
		json_out_text(c, "server", scenario_server(p->scenario, k->core[i].server)->name);
		json_out_count(c, "socket", (uint64_t)k->core[i].socket);
		json_out_count(c, "cpu", (uint64_t)k->core[i].number);
	}
}

static void print_json(const struct answer *w)
{
	json_t *o = json_out_new();
	json_out_text(o, "name", w->ask->name);
	json_out_text(o, "target", w->ask->target_text);
	json_out_count(o, "servers_bound", w->p->bound);
	json_out_count(o, "servers_found", w->p->fewest);
	json_out_text(o, "why_not_fewer", w->p->why_more);
	json_t *list = json_out_list(o, "placements");
	for (size_t i = 0; i < w->p->n; i++)
		put_option(json_out_append(list), w->p, &w->p->option[i]);
	json_out_print(o);
}

static void print(const struct answer *w, const char *export, bool json)
{
	const struct placement_option *best = &w->p->option[0];
	if (export && w->p->n && strcmp(export, "bess") == 0)
		placement_bess(w->p, best, stdout);
	else if (export && w->p->n && strcmp(export, "ovs") == 0)
		placement_ovs(w->p, best, stdout);
	else if (export && w->p->n)
		placement_libvirt(w->p, best, stdout);
	else
		(json ? print_json : print_text)(w);
}

static int place(const struct options *o, const struct asked *q, struct crew *crew)
{
	struct placement_ask ask;
	struct diag *d = diag_new();
	struct answer w = {&ask, NULL, o->arena};
	if (placement_read(o->args[0], o->sets, o->n_sets, q->target, &ask, o->arena, d))
		w.p = placement_run(&ask, crew, o->arena, d);
	diag_print(d, stderr);
	diag_free(d);
	if (!w.p)
		return VERB_USAGE;
	print(&w, q->export, o->json);
	enum slo_verdict v = w.p->n ? w.p->option[0].verdict : SLO_MISSED;
	return v == SLO_MET ? VERB_DONE : v == SLO_OPEN ? VERB_INCONCLUSIVE : VERB_UNMET;
}

int verb_place(int argc, char **argv)
{
	struct options o = {.arena = arena_new()};
	struct asked q = {0};
	options_parse(&spec, argc, argv, &o, &q);
	struct crew *crew = crew_out_start(&o, "place");
	int code = VERB_DONE;
	if (crew && !crew_serve(crew))
		code = place(&o, &q, crew);
	code = crew_out_end(crew, "place", code);
	arena_free(o.arena);
	return code;
}
