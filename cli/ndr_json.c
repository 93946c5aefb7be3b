/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/json_out.h"
#include "cli/ndr_out.h"
#include "cli/run_out.h"
#include "cli/slo_out.h"

static void put_bounds(json_t *o, const char *key, const struct ndr_result *r, size_t goal)
{
	static const char *const words[] = {[SEARCH_FOUND] = "found",
		[SEARCH_AT_MAX] = "highest",
		[SEARCH_NONE] = "none",
		[SEARCH_BUDGET] = "budget"};
	const struct search_bounds *b = &r->bounds[goal];
	json_t *at = json_out_object(o, key);
	json_out_text(at, "verdict", words[b->verdict]);
	json_out_number(at, "allowed_loss_ratio", r->search.spec.loss_ratio[goal]);
	json_out_number(at, "offered_pps", b->lower);
	json_out_number(at, "delivered_pps", b->throughput);
	json_out_number(at, "delivered_bps", b->throughput * r->bits[goal]);
	json_out_number(at, "loss_ratio", b->loss_ratio);
	json_out_number(at, "fails_at_pps", b->upper);
	json_out_number(at, "width", b->width);
	json_object_set_new(at, "non_monotonic", json_boolean(b->non_monotonic));
}

static void put_trials(json_t *o, const struct search *s)
{
	json_t *list = json_out_list(o, "trials");
	for (size_t i = 0; i < s->n_trials; i++) {
		json_t *t = json_out_append(list);
		json_out_number(t, "load_pps", s->trial[i].ask.load);
		json_out_number(t, "packets", s->trial[i].sent);
		json_out_number(t, "packets_dropped", s->trial[i].lost);
	}
}

static void put_reason(json_t *o, const struct ndr_reason *w)
{
	if (!w->place)
		return;
	json_t *at = json_out_object(o, "reason");
	json_out_text(at, "place", w->place);
	json_out_text(at, "reader", w->reader);
	json_out_number(at, "offered_pps", w->offered_pps);
	json_out_number(at, "loss_ratio", w->loss_ratio);
	json_out_number(at, "slots", w->slots);
	json_out_number(at, "fill_s", w->fill_s);
	json_out_number(at, "reader_load", w->load);
	json_out_number(at, "reader_stalled", w->stalled);
}

static void put_row(json_t *o, const struct ndr_row *row, const struct slo *slo)
{
	const struct ndr_result *r = row->r;
	json_out_text(o, "size", row->size);
	json_out_number(o, "highest_pps", r->max_pps);
	put_bounds(o, "ndr", r, NDR_GOAL);
	put_bounds(o, "pdr", r, NDR_PDR_GOAL);
	json_t *mrr = json_out_object(o, "mrr");
	json_out_number(mrr, "delivered_pps", r->mrr_pps);
	json_out_number(mrr, "delivered_bps", r->mrr_pps * r->mrr_bits);
	json_out_number(mrr, "loss_ratio", r->mrr_loss_ratio);
	json_t *list = json_out_list(o, "latency");
	for (size_t i = 0; i < NDR_LATENCIES && r->latency[i]; i++) {
		json_t *at = json_out_append(list);
		json_out_number(at, "share_of_ndr", ndr_latency_shares[i]);
		run_json_chain(at, &r->latency[i]->chains[r->latency[i]->n_chains]);
	}
	put_reason(o, &r->reason);
	put_trials(o, &r->search);
	if (slo->n)
		slo_json_put(o, slo, r->check);
}

void ndr_json_print(const struct ndr_table *t)
{
	json_t *o = json_out_new();
	const struct scenario *s = t->rows[0].s;
	json_out_text(o, "scenario", s->name);
	json_out_text(o, "dataplane", s->dataplane);
	json_out_number(o, "clock_hz", s->clock_hz);
	json_out_text(o, "arrivals", run_json_arrivals(&scenario_chain(s, 0)->traffic));
	json_out_count(o, "seed", (uint64_t)s->run.seed);
	json_out_number(o, "width", t->options.width);
	json_t *list = json_out_list(o, "sizes");
	for (size_t i = 0; i < t->n; i++)
		put_row(json_out_append(list), &t->rows[i], t->options.slo);
	json_out_print(o);
}
