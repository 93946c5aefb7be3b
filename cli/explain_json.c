/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/explain_out.h"
#include "cli/json_out.h"
#include "cli/run_out.h"

static void put_case(json_t *list, const struct explain *e, const struct whatif *c)
{
	json_t *o = json_out_append(list);
	json_out_text(o, "what", c->what);
	if (c->kind == WHATIF_SET) {
		json_t *sets = json_out_list(o, "set");
		for (size_t i = 0; i < c->n_sets; i++)
			json_out_append_text(sets, c->sets[i]);
	}
	if (!c->result) {
		json_out_text(o, "not_possible", c->why);
		return;
	}
	const struct run_chain *is = &c->result->chains[c->result->n_chains];
	json_out_interval(o, "delivered_pps", is->delivered_pps, 1);
	json_out_interval(
		o, "delivered_pps_change", paired_difference(e->base, c->result, PAIRED_RATE), 1);
	json_out_interval(
		o, "loss_ratio_change", paired_difference(e->base, c->result, PAIRED_LOSS), 1);
	json_out_interval(o, "latency_mean_ns", is->latency.mean_ns, 1);
	json_out_interval(
		o, "latency_mean_ns_change", paired_difference(e->base, c->result, PAIRED_MEAN), 1);
	json_out_interval(
		o, "latency_p90_ns_change", paired_difference(e->base, c->result, PAIRED_P90), 1);
}

void explain_json_budget(json_t *object, const struct budget *b, const struct run_result *r)
{
	json_t *list = json_out_list(object, "budget");
	for (uint32_t c = 0; c < b->n_chains; c++) {
		json_t *o = json_out_append(list);
		json_out_text(o, "chain", r->chains[c].name);
		json_out_count(o, "packets", b->chains[c].packets);
		json_out_number(o, "mean_ns", b->chains[c].mean_ns);
		json_t *places = json_out_list(o, "places");
		for (uint32_t i = 0; i < b->n_places; i++) {
			const struct budget_place *p = &b->places[i];
			if (p->chain != c)
				continue;
			json_t *at = json_out_append(places);
			json_out_text(at, "place", p->name);
			json_t *parts = json_out_object(at, "parts_ns");
			for (int part = 0; part < BUDGET_PARTS; part++)
				if (p->ns[part] > 0)
					json_out_number(parts, budget_parts[part], p->ns[part]);
		}
	}
}

static void put_losses(json_t *object, const struct run_result *r)
{
	json_t *list = json_out_list(object, "drops");
	for (uint32_t i = 0; i < r->n_places; i++) {
		if (!r->places[i].packets)
			continue;
		json_t *o = json_out_append(list);
		json_out_text(o, "place", r->places[i].name);
		json_out_count(o, "packets", r->places[i].packets);
		json_out_number(o, "pps", r->places[i].pps);
	}
}

void explain_json_print(const struct explain *e)
{
	json_t *o = json_out_new();
	json_out_text(o, "scenario", e->s->name);
	json_out_text(o, "ranked_by", e->by_rate ? "delivered_pps" : "latency_mean_ns");
	json_out_count(o, "seed", e->base->seed);
	run_json_chain(json_out_object(o, "base"), &e->base->chains[e->base->n_chains]);
	json_t *obstacles = json_out_list(o, "obstacles"), *offers = json_out_list(o, "offers");
	for (size_t i = 0; i < e->cases.n; i++) {
		const struct whatif *c = &e->cases.cases[i];
		put_case(c->kind == WHATIF_SET ? offers : obstacles, e, c);
	}
	explain_json_budget(o, e->budget, e->base);
	put_losses(o, e->base);
	json_out_print(o);
}
