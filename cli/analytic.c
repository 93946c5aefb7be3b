/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/analytic.h"

#include "cli/json_out.h"
#include "cli/text.h"
#include "cli/verb.h"
#include "model/estimate.h"

#include <math.h>

#define US_PER_NS 1e-3
#define PERCENT 100.0

/* Where latency comes from, in the order of the answer. */
static const struct {
	const char *name, *key;
	size_t offset;
} causes[] = {
	{"waiting for full bursts", "fill_ns", offsetof(struct estimate_chain, fill_ns)},
	{"in queues", "queue_ns", offsetof(struct estimate_chain, queue_ns)},
	{"being served", "service_ns", offsetof(struct estimate_chain, service_ns)},
	{"on links and DMA", "wire_ns", offsetof(struct estimate_chain, wire_ns)},
	{"waking cores", "wake_ns", offsetof(struct estimate_chain, wake_ns)},
};

#define N_CAUSES (sizeof causes / sizeof *causes)

static double cause_ns(const struct estimate_chain *c, size_t i)
{
	return *(const double *)((const char *)c + causes[i].offset);
}

static void put_chain(const struct estimate_chain *c, struct arena *a)
{
	static const char *const heads[] = {"<", ">", "<", NULL};
	struct text_table t;
	if (*c->name)
		text_heading(stdout, c->name);
	text_table_start(&t, heads, a);
	text_table_cell(&t, "offered");
	text_table_cell(&t, "%s", text_rate(c->offered_pps, "pps", 4, a));
	text_table_cell(&t, "%s", "");
	text_table_cell(&t, "delivered");
	text_table_cell(&t, "%s", text_rate(c->delivered_pps, "pps", 4, a));
	text_table_cell(&t, "%s %% lost", text_number(PERCENT * c->loss_ratio, 3, a));
	text_table_cell(&t, "mean latency");
	text_table_cell(&t, "%s", text_number(US_PER_NS * c->mean_latency_ns, 4, a));
	text_table_cell(&t, "us");
	for (size_t i = 0; i < N_CAUSES; i++) {
		text_table_cell(&t, "  %s", causes[i].name);
		text_table_cell(&t, "%s", text_number(US_PER_NS * cause_ns(c, i), 4, a));
		text_table_cell(&t, "us");
	}
	text_table_print(&t, stdout);
	putchar('\n');
}

static void print_text(const struct scenario *s, const struct estimate *e, struct arena *a)
{
	static const char *const heads[] = {"<core", ">can do", ">load %", NULL};
	struct text_table t;
	text_heading(stdout, arena_printf(a, "%s: analytic estimate", s->name));
	for (uint32_t i = 0; i < e->n_chains; i++)
		put_chain(&e->chains[i], a);
	text_table_start(&t, heads, a);
	for (uint32_t i = 0; i < e->n_cores; i++) {
		text_table_cell(&t, "%s", e->cores[i].name);
		text_table_cell(&t, "%s", text_rate(e->cores[i].capacity_pps, "pps", 4, a));
		text_table_cell(&t, "%s", text_number(PERCENT * e->cores[i].load, 3, a));
	}
	text_table_print(&t, stdout);
	if (e->bottleneck)
		printf("\nbusiest: %s, at %s %%\n", e->bottleneck,
			text_number(PERCENT * e->load, 3, a));
	if (!e->valid)
		printf("latency is not to be trusted: %s\n", e->reason);
}

static void print_json(const struct scenario *s, const struct estimate *e)
{
	json_t *object = json_out_new();
	json_out_text(object, "scenario", s->name);
	json_out_text(object, "method", "analytic");
	json_t *list = json_out_list(object, "chains");
	for (uint32_t i = 0; i < e->n_chains; i++) {
		const struct estimate_chain *c = &e->chains[i];
		json_t *o = json_out_append(list);
		json_out_text(o, "name", c->name);
		json_out_number(o, "offered_pps", c->offered_pps);
		json_out_number(o, "delivered_pps", c->delivered_pps);
		json_out_number(o, "loss_ratio", c->loss_ratio);
		json_t *l = json_out_object(o, "latency_ns");
		json_out_number(l, "mean", c->mean_latency_ns);
		json_t *by = json_out_object(o, "latency_by_cause");
		for (size_t k = 0; k < N_CAUSES; k++)
			json_out_number(by, causes[k].key, cause_ns(c, k));
	}
	list = json_out_list(object, "cores");
	for (uint32_t i = 0; i < e->n_cores; i++) {
		json_t *o = json_out_append(list);
		json_out_text(o, "name", e->cores[i].name);
		json_out_number(o, "capacity_pps", e->cores[i].capacity_pps);
		json_out_number(o, "load", e->cores[i].load);
	}
	json_out_text(object, "bottleneck", e->bottleneck);
	json_out_number(object, "bottleneck_load", e->load);
	json_object_set_new(object, "latency_valid", json_boolean(e->valid));
	json_out_text(object, "latency_doubt", e->reason);
	json_out_print(object);
}

int analytic_run(const struct scenario *s, bool json)
{
	struct arena *a = arena_new();
	struct estimate e;
	estimate_scenario(s, &e);
	if (json)
		print_json(s, &e);
	else
		print_text(s, &e, a);
	estimate_free(&e);
	arena_free(a);
	return VERB_DONE;
}
