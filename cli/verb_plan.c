/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/crew_out.h"
#include "cli/json_out.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "cli/text.h"
#include "cli/verb.h"
#include "plan/planner.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { KEY_TARGET = 't', KEY_LEAST = 'l' };
enum { DIGITS = 4, HOURS = PLANNER_HOURS };

struct asked {
	struct planner_extra extra;
};

static const struct argp_option own_options[] = {
	{"target", KEY_TARGET, "TARGETS", 0,
		"What must hold, as in loss<0.01%,p99<50us,rate>8Mpps (default loss<0.01%)", 0},
	{"least", KEY_LEAST, "WORD", 0,
		"Make this least: cores (default), queues, vcpus, clock, servers or energy", 0},
	{0}};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct asked *q = state->input;
	switch (key) {
	case KEY_TARGET:
		q->extra.target = arg;
		return 0;
	case KEY_LEAST:
		q->extra.least = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp own = {.options = own_options, .parser = parse};
static const struct options_spec spec = {.args = "FILE",
	.doc = "Finds the least of something that meets a target: cores, vNIC queues, vCPUs, "
	       "clock, "
	       "servers or energy, and with a day's rates the clock of each hour. FILE is a plan "
	       "file, or a scenario. Says also what would come next, and what stops everything one "
	       "step smaller; all of that is simulated. Exit code 3: nothing meets the target; 4: "
	       "that is not certain.",
	.least = 1,
	.most = 1,
	.groups = OPTIONS_SET | OPTIONS_JSON | OPTIONS_QUIET | OPTIONS_JOBS,
	.own = &own};

/* What is printed. */
struct answer {
	const struct planner_ask *ask;
	const struct planner *p;
	struct arena *arena;
};

static const char *settings(const struct answer *w, const struct planner_try *t)
{
	return knobs_words(&w->p->knobs, t->number, w->arena);
}

static const char *sizes(const struct answer *w, const struct planner_try *t)
{
	const double *m = t->measure;
	const char *text = arena_printf(w->arena,
		"%.0f cores (%.0f vCPUs, %.0f queues) at %s GHz on %.0f server%s", m[KNOBS_CORES],
		m[KNOBS_VCPUS], m[KNOBS_QUEUES], text_number(m[KNOBS_CLOCK] / 1e9, 3, w->arena),
		m[KNOBS_SERVERS], m[KNOBS_SERVERS] == 1 ? "" : "s");
	if (!w->p->no_power)
		text = arena_printf(
			w->arena, "%s, %s W", text, text_number(m[KNOBS_ENERGY], DIGITS, w->arena));
	return text;
}

/* A value of a check in the unit of its limit. */
static const char *in_unit(const struct slo_target *t, double value, struct arena *a)
{
	if (!isfinite(value))
		return "not known";
	if (t->limit.dim == DIM_RATIO)
		return arena_printf(a, "%s %%", text_number(100 * value, DIGITS, a));
	if (t->limit.dim == DIM_TIME)
		return text_seconds(value * 1e-12, DIGITS, a);
	return text_rate(value, t->limit.dim == DIM_PPS ? "pps" : "b/s", DIGITS, a);
}

static const char *check_text(
	const struct slo_target *t, const struct slo_check *c, struct arena *a)
{
	return arena_printf(a, "%s %s (%s to %s at 95 %%)", t->text, slo_word(c->verdict),
		in_unit(t, c->lo, a), in_unit(t, c->hi, a));
}

static void print_checks(const struct answer *w, const struct planner_try *t)
{
	for (size_t i = 0; i < w->ask->target.n; i++)
		printf("    %s\n", check_text(&w->ask->target.target[i], &t->check[i], w->arena));
}

static const char *limit_text(const struct planner_try *t, struct arena *a)
{
	if (!t->limit)
		return "no core is near its limit";
	return arena_printf(a, "limit: %s, doing %s %% of what it can", t->limit,
		text_number(100 * t->limit_load, DIGITS, a));
}

static void print_smaller(const struct answer *w, const struct planner_smaller *s)
{
	if (!s->try) {
		printf("  %s: %s\n", s->knob, s->floor);
		return;
	}
	printf("  %s %s: ", s->knob, s->word);
	if (s->try->state == PLANNER_IMPOSSIBLE) {
		printf("not possible: %s\n", s->try->why);
		return;
	}
	printf("%s; %s\n", slo_word(s->try->verdict), limit_text(s->try, w->arena));
	for (size_t i = 0; i < w->ask->target.n; i++)
		if (s->try->check[i].verdict != SLO_MET)
			printf("    %s\n",
				check_text(&w->ask->target.target[i], &s->try->check[i], w->arena));
}

static double day_kwh(const struct planner *p, bool at_answer)
{
	double wh = 0;
	for (size_t i = 0; i < p->n_hours; i++)
		wh += at_answer ? p->answer->measure[KNOBS_ENERGY] : p->hour[i].watts;
	return wh / 1000;
}

static void print_day(const struct answer *w)
{
	static const char *const heads[] = {">hour", ">Mpps", ">GHz", ">W", "<target", NULL};
	struct text_table t;
	text_table_start(&t, heads, w->arena);
	for (size_t i = 0; i < w->p->n_hours; i++) {
		const struct planner_hour *h = &w->p->hour[i];
		text_table_cell(&t, "%zu", i);
		text_table_cell(&t, "%s", text_number(h->rate_pps / 1e6, DIGITS, w->arena));
		text_table_cell(&t, "%s", text_number(h->clock_hz / 1e9, 2, w->arena));
		text_table_cell(&t, "%s", text_number(h->watts, DIGITS, w->arena));
		text_table_cell(&t, "%s", slo_word(h->verdict));
	}
	putchar('\n');
	text_table_print(&t, stdout);
	if (!w->p->no_power)
		printf("a day: %.2f kWh, %.2f kWh at the answer's clock all day\n",
			day_kwh(w->p, false), day_kwh(w->p, true));
}

static void print_text(const struct answer *w)
{
	const struct planner *p = w->p;
	printf("%s: least %s for %s\n\n", w->ask->name, knobs_least_words[w->ask->least],
		w->ask->target_text);
	if (!p->answer) {
		printf("nothing within reach meets the target (%zu candidates, %zu simulated)\n",
			p->n, p->simulated);
		if (p->nearest && p->nearest->state == PLANNER_TRIED) {
			printf("the largest one tried: %s\n    %s\n", settings(w, p->nearest),
				limit_text(p->nearest, w->arena));
			print_checks(w, p->nearest);
		}
		return;
	}
	printf("answer: %s\n    %s\n", settings(w, p->answer), sizes(w, p->answer));
	print_checks(w, p->answer);
	printf("\nsmaller:\n");
	for (size_t i = 0; i < p->n_smaller; i++)
		print_smaller(w, &p->smaller[i]);
	if (p->runner_up)
		printf("\nrunner-up: %s\n    %s\n", settings(w, p->runner_up),
			sizes(w, p->runner_up));
	if (p->n_hours)
		print_day(w);
	printf("\n%zu candidates, %zu simulations; loss and latency are met or missed with 95 %% "
	       "confidence\n",
		p->n, p->simulated);
	if (!p->no_power)
		printf("watts: linear in the clock between the platform's values%s, polling cores "
		       "at full activity\n",
			p->assumed_power ? " (assumed)" : "");
}

static void put_try(
	json_t *parent, const char *key, const struct answer *w, const struct planner_try *t)
{
	if (!t) {
		json_object_set_new(parent, key, json_null());
		return;
	}
	json_t *o = json_out_object(parent, key);
	json_t *sets = json_out_list(o, "set"), *checks = json_out_list(o, "targets");
	for (size_t i = 0; i < w->p->knobs.n; i++) {
		const struct knob *k = &w->p->knobs.knob[i];
		const char *const *set = k->sets[knobs_at(&w->p->knobs, t->number, i)];
		for (; *set; set++)
			json_out_append_text(sets, *set);
	}
	json_out_text(o, "why_impossible", t->why);
	if (t->state == PLANNER_IMPOSSIBLE)
		return;
	json_out_number(o, "cores", t->measure[KNOBS_CORES]);
	json_out_number(o, "vcpus", t->measure[KNOBS_VCPUS]);
	json_out_number(o, "queues", t->measure[KNOBS_QUEUES]);
	json_out_number(o, "servers", t->measure[KNOBS_SERVERS]);
	json_out_number(o, "clock_hz", t->measure[KNOBS_CLOCK]);
	json_out_number(o, "power_w", t->measure[KNOBS_ENERGY]);
	json_out_text(o, "verdict", slo_word(t->verdict));
	json_out_text(o, "limit", t->limit);
	json_out_number(o, "limit_load", t->limit_load);
	for (size_t i = 0; i < w->ask->target.n; i++) {
		const struct slo_target *target = &w->ask->target.target[i];
		json_t *c = json_out_append(checks);
		json_out_text(c, "target", target->text);
		json_out_text(c, "unit",
			target->limit.dim == DIM_TIME    ? "ps"
			: target->limit.dim == DIM_RATIO ? "1"
			: target->limit.dim == DIM_PPS   ? "pps"
							 : "bps");
		json_out_number(c, "value", t->check[i].value);
		json_out_number(c, "low95", t->check[i].lo);
		json_out_number(c, "high95", t->check[i].hi);
		json_out_text(c, "verdict", slo_word(t->check[i].verdict));
	}
}

static void put_day(json_t *o, const struct planner *p)
{
	json_t *day = json_out_list(o, "day");
	for (size_t i = 0; i < p->n_hours; i++) {
		json_t *h = json_out_append(day);
		json_out_count(h, "hour", i);
		json_out_number(h, "rate_pps", p->hour[i].rate_pps);
		json_out_number(h, "clock_hz", p->hour[i].clock_hz);
		json_out_number(h, "power_w", p->hour[i].watts);
		json_out_text(h, "verdict", slo_word(p->hour[i].verdict));
	}
	if (!p->n_hours)
		return;
	json_out_number(o, "day_energy_kwh", day_kwh(p, false));
	json_out_number(o, "day_energy_fixed_kwh", day_kwh(p, true));
}

static void print_json(const struct answer *w)
{
	const struct planner *p = w->p;
	json_t *o = json_out_new();
	json_out_text(o, "name", w->ask->name);
	json_out_text(o, "least", knobs_least_words[w->ask->least]);
	json_out_text(o, "target", w->ask->target_text);
	json_out_number(o, "confidence", 0.95);
	put_try(o, "answer", w, p->answer);
	put_try(o, "runner_up", w, p->runner_up);
	put_try(o, "largest_tried", w, p->answer ? NULL : p->nearest);
	json_t *smaller = json_out_list(o, "smaller");
	for (size_t i = 0; i < p->n_smaller; i++) {
		json_t *s = json_out_append(smaller);
		json_out_text(s, "knob", p->smaller[i].knob);
		json_out_text(s, "setting", p->smaller[i].word);
		json_out_text(s, "floor", p->smaller[i].try ? NULL : p->smaller[i].floor);
		put_try(s, "result", w, p->smaller[i].try);
	}
	put_day(o, p);
	if (!p->no_power)
		json_object_set_new(o, "power_assumed", json_boolean(p->assumed_power));
	json_out_count(o, "candidates", p->n);
	json_out_count(o, "simulations", p->simulated);
	json_out_print(o);
}

static int code_of(const struct planner *p)
{
	if (!p->answer)
		return p->open ? VERB_INCONCLUSIVE : VERB_UNMET;
	for (size_t i = 0; i < p->n_hours; i++)
		if (p->hour[i].verdict != SLO_MET)
			return p->hour[i].verdict == SLO_OPEN ? VERB_INCONCLUSIVE : VERB_UNMET;
	for (size_t i = 0; i < p->n_smaller; i++) {
		const struct planner_try *t = p->smaller[i].try;
		if (t && t->state == PLANNER_TRIED && t->verdict == SLO_OPEN)
			return VERB_INCONCLUSIVE;
	}
	return VERB_DONE;
}

static int plan(const struct options *o, const struct asked *q, struct crew *crew)
{
	struct planner_ask ask;
	struct progress progress = progress_start(o);
	struct diag *d = diag_new();
	struct answer w = {&ask, NULL, o->arena};
	if (planner_read(o->args[0], &q->extra, &ask, o->arena, d))
		w.p = planner_run(&ask, crew, progress_see_crew, &progress, o->arena, d);
	progress_end(&progress);
	diag_print(d, stderr);
	diag_free(d);
	if (w.p)
		(o->json ? print_json : print_text)(&w);
	return w.p ? code_of(w.p) : VERB_USAGE;
}

int verb_plan(int argc, char **argv)
{
	struct options o = {.arena = arena_new()};
	struct asked q = {0};
	options_parse(&spec, argc, argv, &o, &q);
	q.extra.sets = o.sets;
	q.extra.n_sets = o.n_sets;
	if (strcmp(o.args[0], "-") == 0) {
		fprintf(stderr, "nfvsim plan: FILE is read more than once, so it cannot be -\n");
		return VERB_USAGE;
	}
	struct crew *crew = crew_out_start(&o, "plan");
	int code = VERB_DONE;
	if (crew && !crew_serve(crew))
		code = plan(&o, &q, crew);
	code = crew_out_end(crew, "plan", code);
	arena_free(o.arena);
	return code;
}
