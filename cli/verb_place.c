/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/crew_out.h"
#include "cli/json_out.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "cli/text.h"
#include "cli/verb.h"
#include "plan/placement.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_TARGET = 't', KEY_EXPORT = 'x', KEY_RANK = 'r' };
enum { DIGITS = 4 };

struct asked {
	const char *target, *export;
	size_t rank; /* to export */
};

static const struct argp_option own_options[] = {
	{"target", KEY_TARGET, "TARGETS", 0,
		"What every chain must meet, as in loss<0.1%,p99<100us (default loss<0.1%)", 0},
	{"export", KEY_EXPORT, "WORD", 0,
		"Print the best placement in the words of bess, ovs or libvirt", 0},
	{"rank", KEY_RANK, "N", 0, "Export the placement of that rank", 0}, {0}};

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
	case KEY_RANK:
		q->rank = (size_t)options_whole(state, "rank", arg, 1, PLACEMENT_OPTIONS);
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
	       "taken) or a scenario with chains and servers. What the analytic estimate finds "
	       "best in servers, watts and latency is simulated and ranked, with what each "
	       "placement gives up. Exit code 3: nothing fits, or the best misses the "
	       "target; 4: that is not certain.",
	.least = 1,
	.most = 1,
	.groups = OPTIONS_SET | OPTIONS_JSON | OPTIONS_QUIET | OPTIONS_JOBS,
	.own = &own};

/* What is printed. */
struct answer {
	const struct placement_ask *ask;
	const struct placement *p;
	struct arena *arena;
};

static void print_options(const struct answer *w)
{
	bool clocks = w->ask->clocks.n > 0;
	const char *heads[] = {">rank", ">servers", ">W", clocks ? "<clock" : NULL, ">crossings",
		">hops", ">p99 us", "<target", "<front", NULL};
	const char *used[sizeof heads / sizeof *heads];
	size_t n = 0;
	for (size_t i = 0; i + 1 < sizeof heads / sizeof *heads; i++)
		if (heads[i])
			used[n++] = heads[i];
	used[n] = NULL;
	struct text_table t;
	text_table_start(&t, used, w->arena);
	for (size_t i = 0; i < w->p->n; i++) {
		const struct placement_option *o = &w->p->option[i];
		text_table_cell(&t, "%zu", i + 1);
		text_table_cell(&t, "%u", o->answer.servers);
		text_table_cell(&t, "%s", text_number(o->watts, DIGITS, w->arena));
		if (clocks)
			text_table_cell(&t, "%s", o->clock);
		text_table_cell(&t, "%u", o->answer.crossings);
		text_table_cell(&t, "%u", o->answer.hops);
		text_table_cell(&t, "%s%s", o->rough ? "~" : "",
			text_number(o->worst_ns / 1000, DIGITS, w->arena));
		text_table_cell(&t, "%s", slo_word(o->verdict));
		text_table_cell(&t, "%s", o->front ? "yes" : "no");
	}
	text_table_print(&t, stdout);
}

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

static const char *and_then(const char *text, const char *more, struct arena *a)
{
	return *text ? arena_printf(a, "%s, %s", text, more) : more;
}

/* What an option costs against the best of the front in each. */
static const char *given_up(const struct answer *w, const struct placement_option *o)
{
	struct arena *a = w->arena;
	const char *text = "";
	if (o->more_servers)
		text = arena_printf(
			a, "%u more server%s", o->more_servers, plural(o->more_servers));
	if (o->more_w > 0)
		text = and_then(
			text, arena_printf(a, "%s W more", text_number(o->more_w, 3, a)), a);
	if (o->more_ns > o->wide_ns)
		text = and_then(text,
			arena_printf(a, "p99 %s us above the best",
				text_number(o->more_ns / 1000, 3, a)),
			a);
	for (size_t i = 0; i < w->ask->target.n; i++) {
		const struct slo_check *c = &o->check[i];
		if (c->verdict != SLO_MET)
			text = and_then(text,
				arena_printf(a, "%s is %s", w->ask->target.target[i].text,
					slo_word(c->verdict)),
				a);
	}
	return *text ? text : "nothing";
}

static void print_given_up(const struct answer *w)
{
	printf("\ngives up:\n");
	for (size_t i = 0; i < w->p->n; i++)
		if (w->p->option[i].front)
			printf("  rank %zu: %s\n", i + 1, given_up(w, &w->p->option[i]));
}

static const char *clock_of(const struct placement_option *o)
{
	return o->clock ? o->clock : "";
}

/* How far from the bounds, and why not less. */
static void print_bounds(const struct answer *w)
{
	const struct placement *p = w->p;
	printf("\nservers: at least %u, found %u", p->bound, p->fewest);
	bool known = p->fewest == 2 && p->one.why; /* said below */
	printf(p->why_more && !known ? "; not fewer: %s\n" : "%s\n",
		p->why_more && !known ? p->why_more : "");
	double least_w = INFINITY;
	for (size_t i = 0; i < p->n; i++)
		least_w = fmin(least_w, p->option[i].watts);
	if (isfinite(p->bound_w) && isfinite(least_w))
		printf("watts: at least %s, found %s\n", text_number(p->bound_w, DIGITS, w->arena),
			text_number(least_w, DIGITS, w->arena));
	if (!p->one.why || p->scenario->servers.n == 1)
		return;
	if (p->one.option)
		printf("all on one server: rank %zu: %s\n", (size_t)(p->one.option - p->option) + 1,
			p->one.why);
	else
		printf("all on one server: not possible: %s\n", p->one.why);
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
		text_table_cell(&t, "%s%s", k->rough ? "~" : "",
			text_number(k->p99_ns / 1000, DIGITS, w->arena));
		text_table_cell(&t, "%s", places);
	}
	text_table_print(&t, stdout);
}

static void print_effort(const struct placement *p)
{
	printf("\n%zu placements estimated%s, %zu simulated; targets are met or missed with 95 %% "
	       "confidence\n",
		p->looked_at, p->all ? ", which is every one that fits" : "", p->simulated);
	if (p->looks != p->simulated || p->parts != p->simulated)
		printf("simulated: %zu part%s that share no server, %zu of them unlike, in %zu "
		       "simulation%s\n",
			p->parts, plural(p->parts), p->kinds, p->looks, plural(p->looks));
}

static void print_text(const struct answer *w)
{
	const struct placement *p = w->p;
	printf("%s: %u VNF%s in %zu chain%s on %zu server%s, %s\n\n", w->ask->name, p->n_vnfs,
		plural(p->n_vnfs), p->scenario->chains.n, plural(p->scenario->chains.n),
		p->scenario->servers.n, plural(p->scenario->servers.n), w->ask->target_text);
	if (!p->n) {
		printf("nothing fits: %s\n", p->why_none);
		return;
	}
	print_options(w);
	print_given_up(w);
	print_bounds(w);
	for (size_t i = 0; i < p->n; i++) {
		if (i && !p->option[i].front)
			continue;
		printf("\nrank %zu%s%s:\n", i + 1, p->option[i].clock ? " at " : "",
			clock_of(&p->option[i]));
		print_places(w, &p->option[i]);
		if (p->option[i].limit)
			printf("limit: %s, doing %s %% of what it can\n", p->option[i].limit,
				text_number(100 * p->option[i].limit_load, DIGITS, w->arena));
		printf("rates and mean latencies: within %s %% at 95 %%\n",
			text_number(100 * p->option[i].precision, 2, w->arena));
	}
	print_effort(p);
}

static void put_option(json_t *o, const struct placement *p, const struct placement_option *k)
{
	json_out_count(o, "servers", k->answer.servers);
	json_out_count(o, "crossings", k->answer.crossings);
	json_out_count(o, "hops", k->answer.hops);
	json_object_set_new(o, "front", json_boolean(k->front));
	json_out_text(o, "clock", k->clock);
	json_out_number(o, "power_w", k->watts);
	json_out_number(o, "worst_p99_ns", k->worst_ns);
	json_out_number(o, "worst_p99_ns_ci95", k->rough ? NAN : k->wide_ns);
	json_out_number(o, "precision", k->precision);
	json_out_text(o, "verdict", slo_word(k->verdict));
	json_t *up = json_out_object(o, "gives_up");
	json_out_count(up, "servers", k->more_servers);
	json_out_number(up, "power_w", k->more_w);
	json_out_number(up, "worst_p99_ns", k->more_ns);
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
		json_object_set_new(c, "latency_p99_rough", json_boolean(k->chain[i].rough));
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
	json_out_text(o, "why_nothing_fits", w->p->why_none);
	json_out_text(o, "why_not_fewer", w->p->why_more);
	json_out_number(o, "power_bound_w", w->p->bound_w);
	json_t *one = json_out_object(o, "one_server");
	json_object_set_new(one, "possible", json_boolean(w->p->one.option != NULL));
	if (w->p->one.option)
		json_out_count(one, "rank", (uint64_t)(w->p->one.option - w->p->option) + 1);
	json_out_text(one, "why_not", w->p->one.why);
	json_out_count(o, "estimated", w->p->looked_at);
	json_object_set_new(o, "estimated_all", json_boolean(w->p->all));
	json_out_count(o, "simulated", w->p->simulated);
	json_out_count(o, "parts", w->p->parts);
	json_out_count(o, "unlike_parts", w->p->kinds);
	json_out_count(o, "simulations", w->p->looks);
	json_out_number(o, "confidence", 0.95);
	json_t *list = json_out_list(o, "placements");
	for (size_t i = 0; i < w->p->n; i++)
		put_option(json_out_append(list), w->p, &w->p->option[i]);
	json_out_print(o);
}

static void export(const struct answer *w, const char *word, const struct placement_option *o)
{
	if (strcmp(word, "bess") == 0)
		placement_bess(w->p, o, stdout);
	else if (strcmp(word, "ovs") == 0)
		placement_ovs(w->p, o, stdout);
	else
		placement_libvirt(w->p, o, stdout);
}

static int place(const struct options *o, const struct asked *q, struct crew *crew)
{
	struct placement_ask ask;
	struct progress progress = progress_start(o);
	struct diag *d = diag_new();
	struct answer w = {&ask, NULL, o->arena};
	if (placement_read(o->args[0], o->sets, o->n_sets, q->target, &ask, o->arena, d))
		w.p = placement_run(&ask, crew, progress_see_crew, &progress, o->arena, d);
	progress_end(&progress);
	diag_print(d, stderr);
	diag_free(d);
	if (!w.p)
		return VERB_USAGE;
	if (q->export && q->rank > w.p->n) {
		fprintf(stderr, "nfvsim place: there are %zu placements to export\n", w.p->n);
		return VERB_USAGE;
	}
	const struct placement_option *chosen = &w.p->option[q->export ? q->rank - 1 : 0];
	if (q->export && w.p->n)
		export(&w, q->export, chosen);
	else
		(o->json ? print_json : print_text)(&w);
	enum slo_verdict v = w.p->n ? chosen->verdict : SLO_MISSED;
	return v == SLO_MET ? VERB_DONE : v == SLO_OPEN ? VERB_INCONCLUSIVE : VERB_UNMET;
}

int verb_place(int argc, char **argv)
{
	struct options o = {.arena = arena_new()};
	struct asked q = {.rank = 1};
	options_parse(&spec, argc, argv, &o, &q);
	if (strcmp(o.args[0], "-") == 0) {
		fprintf(stderr, "nfvsim place: FILE is read more than once, so it cannot be -\n");
		return VERB_USAGE;
	}
	struct crew *crew = crew_out_start(&o, "place");
	int code = VERB_DONE;
	if (crew && !crew_serve(crew))
		code = place(&o, &q, crew);
	code = crew_out_end(crew, "place", code);
	arena_free(o.arena);
	return code;
}
