/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/json_out.h"
#include "cli/run_out.h"
#include "cli/sources.h"

#include <math.h>
#include <string.h>

static void put_latency(json_t *object, const struct run_latency *l)
{
	json_t *o = json_out_object(object, "latency_ns");
	json_out_interval(o, "mean", l->mean_ns, 1);
	json_out_number(o, "min", l->min_ns);
	json_out_interval(o, "p50", l->p50_ns, 1);
	json_out_interval(o, "p90", l->p90_ns, 1);
	json_out_interval(o, "p99", l->p99_ns, 1);
	json_out_interval(o, "p999", l->p999_ns, 1);
	json_out_number(o, "max", l->max_ns);
}

void run_json_chain(json_t *object, const struct run_chain *c)
{
	json_out_interval(object, "offered_pps", c->offered_pps, 1);
	json_out_interval(object, "delivered_pps", c->delivered_pps, 1);
	struct interval bps = {c->delivered_bps, NAN};
	if (c->delivered_pps.value > 0) /* bits follow packets */
		bps.half = c->delivered_pps.half * c->delivered_bps / c->delivered_pps.value;
	json_out_interval(object, "delivered_bps", bps, 1);
	json_out_interval(object, "loss_ratio", c->loss_ratio, 1);
	json_out_number(object, "loss_ratio_bound", c->loss_bound);
	put_latency(object, &c->latency);
	json_out_count(object, "packets", c->offered);
	json_out_count(object, "packets_delivered", c->delivered);
	json_out_count(object, "packets_dropped", c->dropped);
}

static void put_drops(json_t *object, const struct run_result *r)
{
	json_t *list = json_out_list(object, "drops");
	for (uint32_t i = 0; i < r->n_places; i++) {
		json_t *o = json_out_append(list);
		json_out_text(o, "place", r->places[i].name);
		json_out_text(o, "chain", r->chains[r->places[i].chain].name);
		json_out_count(o, "packets", r->places[i].packets);
		json_out_number(o, "pps", r->places[i].pps);
	}
}

static void put_cores(json_t *object, const struct run_result *r)
{
	json_t *list = json_out_list(object, "cores");
	for (uint32_t i = 0; i < r->n_cores; i++) {
		const struct run_core *c = &r->cores[i];
		json_t *o = json_out_append(list);
		json_out_text(o, "name", c->name);
		json_out_text(o, "role", c->role);
		json_out_text(o, "server", c->server);
		json_out_count(o, "socket", (uint64_t)c->socket);
		json_out_number(o, "clock_hz", c->clock_hz);
		json_out_number(o, "busy", c->busy);
		json_out_number(o, "stalled", c->stalled);
		json_out_number(o, "cycles_per_packet", c->cycles_per_packet);
		json_out_number(o, "mean_burst", c->mean_burst);
		json_out_number(o, "load", c->load);
	}
}

static void put_stages(json_t *object, const struct run_result *r)
{
	json_t *list = json_out_list(object, "stages");
	for (uint32_t i = 0; i < r->n_stages; i++) {
		json_t *o = json_out_append(list);
		json_out_text(o, "name", r->stages[i].name);
		json_out_text(o, "chain", r->chains[r->stages[i].chain].name);
		json_out_count(o, "packets", r->stages[i].packets);
		json_out_number(o, "wait_ns", r->stages[i].wait_ns);
		json_out_number(o, "service_ns", r->stages[i].service_ns);
	}
}

static void put_run(json_t *object, const struct run_result *r)
{
	json_out_text(object, "bottleneck", r->bottleneck);
	json_out_number(object, "bottleneck_load", r->bottleneck_load);
	json_out_count(object, "seed", r->seed);
	json_out_text(object, "verdict", r->verdict == RUN_PRECISE ? "precise" : "budget");
	json_out_number(object, "precision", r->precision);
	json_out_number(object, "warmup_s", r->warmup_s);
	json_object_set_new(object, "warmup_doubtful", json_boolean(r->warmup_doubtful));
	json_out_number(object, "measured_s", r->measured_s);
	json_out_count(object, "samples", r->samples);
	json_out_text(object, "samples_are", r->replications ? "replications" : "batches");
}

const char *run_json_arrivals(const struct traffic *t)
{
	for (const struct param *p = scenario_traffic_table->params; p->key; p++)
		if (strcmp(p->key, "arrivals") == 0)
			return p->choices[t->arrivals];
	return NULL;
}

static void put_chains(json_t *object, const struct scenario *s, const struct run_result *r)
{
	json_t *list = json_out_list(object, "chains");
	for (uint32_t i = 0; i < r->n_chains; i++) {
		const struct chain *c = scenario_chain(s, i);
		json_t *o = json_out_append(list);
		json_out_text(o, "name", r->chains[i].name);
		json_t *nfs = json_out_list(o, "nfs");
		for (size_t k = 0; k < c->items.n; k++)
			json_out_append_text(nfs, scenario_item(c, k)->name);
		json_t *traffic = json_out_object(o, "traffic");
		json_out_text(traffic, "size", c->traffic.size);
		json_out_text(traffic, "rate", c->traffic.rate);
		json_out_text(traffic, "arrivals", run_json_arrivals(&c->traffic));
		run_json_chain(o, &r->chains[i]);
	}
}

static void put_scenario(json_t *object, const struct scenario *s)
{
	json_t *o = json_out_object(object, "scenario");
	json_out_text(o, "path", s->path);
	json_out_text(o, "name", s->name);
	json_out_text(o, "doc", s->doc);
	json_out_text(o, "dataplane", s->dataplane);
	json_t *list = json_out_list(o, "servers");
	for (size_t i = 0; i < s->servers.n; i++) {
		json_t *server = json_out_append(list);
		json_out_text(server, "name", scenario_server(s, i)->name);
		json_out_text(server, "platform", scenario_server(s, i)->platform_name);
	}
	json_out_number(o, "clock_hz", s->clock_hz);
}

static void put_sources(json_t *object, const struct scenario *s)
{
	struct arena *a = arena_new();
	const struct sources *all = sources_collect(s, a);
	json_t *o = json_out_object(object, "sources");
	for (size_t k = 0; k < SOURCES_KINDS; k++) {
		json_t *list = json_out_list(o, sourced_kinds[k]);
		for (size_t i = 0; i < all->kind[k].n; i++)
			json_out_append_text(list, all->kind[k].keys[i]);
	}
	arena_free(a);
}

/* Sums of each replication: those of later runs can be appended. Not of groups of short ones. */
static void put_replications(json_t *object, const struct run_result *r)
{
	if (!r->replications || r->n_windows != r->samples)
		return;
	json_t *list = json_out_list(object, "replications");
	for (uint32_t i = 0; i < r->samples; i++) {
		const struct run_sample *x =
			&r->sample[(size_t)i * (r->n_chains + 1) + r->n_chains];
		json_t *o = json_out_append(list);
		json_out_count(o, "number", (uint64_t)r->first_replication + i);
		json_out_number(o, "measured_s", x->seconds);
		json_out_number(o, "packets", x->offered);
		json_out_number(o, "packets_delivered", x->delivered);
		json_out_number(o, "packets_dropped", x->dropped);
		json_out_number(o, "latency_sum_ns", x->latency_ns);
	}
}

json_t *run_json_new(const struct scenario *s, const struct run_result *r)
{
	json_t *o = json_out_new();
	run_json_chain(o, &r->chains[r->n_chains]);
	put_drops(o, r);
	put_cores(o, r);
	put_stages(o, r);
	put_run(o, r);
	put_replications(o, r);
	put_chains(o, s, r);
	put_scenario(o, s);
	put_sources(o, s);
	return o;
}
