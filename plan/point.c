/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/point.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Changes when the same result would be kept in another form. */
#define FORM "nfvsim point 1"

static void put_traffic(const struct traffic *t, FILE *to)
{
	const struct source_spec *s = &t->spec;
	for (uint32_t i = 0; i < s->n_sizes; i++)
		fprintf(to, "size %u %.17g\n", s->sizes_B[i], s->weights[i]);
	if (s->n_records)
		fwrite(s->records, sizeof(*s->records), s->n_records, to);
}

/* A stream that feeds a hash, so that no text is ever held as a whole. */
static ssize_t feed(void *h, const char *data, size_t len)
{
	sha256_add(h, data, len);
	return (ssize_t)len;
}

/* The scenario without the names of what is hashed by its contents. */
static struct scenario nameless(const struct scenario *s, struct arena *a)
{
	struct scenario bare = *s;
	struct server_use *servers = arena_alloc(a, s->servers.n * sizeof(*servers));
	for (size_t i = 0; i < s->servers.n; i++)
		servers[i].name = scenario_server(s, i)->name;
	bare.servers.items = servers;
	bare.name = bare.doc = bare.dataplane = bare.server = NULL;
	return bare;
}

void point_key(const struct scenario *s, char key[SHA256_HEX])
{
	struct sha256 h;
	struct arena *a = arena_new();
	const struct scenario bare = nameless(s, a);
	sha256_start(&h);
	FILE *to = fopencookie(&h, "w", (cookie_io_functions_t){.write = feed});
	if (!to) {
		fputs("nfvsim: out of memory\n", stderr);
		exit(1);
	}
	fputs(FORM "\n" NFVSIM_VERSION "\n", to);
	param_write(&scenario_table, &bare, to, 0);
	param_write(&profile_table, s->profile, to, 0);
	for (size_t i = 0; i < s->servers.n; i++)
		param_write(&platform_table, scenario_server(s, i)->platform, to, 0);
	for (size_t i = 0; i < s->chains.n; i++)
		put_traffic(&scenario_chain(s, i)->traffic, to);
	fclose(to);
	arena_free(a);
	sha256_finish(&h, key);
}

static void put(json_t *o, const char *key, double value)
{
	json_object_set_new(o, key, isfinite(value) ? json_real(value) : json_null());
}

static void put_interval(json_t *o, const char *key, struct interval i)
{
	char ci[80];
	snprintf(ci, sizeof(ci), "%s_ci95", key);
	put(o, key, i.value);
	put(o, ci, i.half);
}

static void put_chain(json_t *o, const struct run_chain *c)
{
	const struct run_latency *l = &c->latency;
	put_interval(o, "offered_pps", c->offered_pps);
	put_interval(o, "delivered_pps", c->delivered_pps);
	put(o, "delivered_bps", c->delivered_bps);
	put_interval(o, "loss_ratio", c->loss_ratio);
	put(o, "loss_ratio_bound", c->loss_bound);
	put_interval(o, "latency_mean_ns", l->mean_ns);
	put(o, "latency_min_ns", l->min_ns);
	put_interval(o, "latency_p50_ns", l->p50_ns);
	put_interval(o, "latency_p90_ns", l->p90_ns);
	put_interval(o, "latency_p99_ns", l->p99_ns);
	put_interval(o, "latency_p999_ns", l->p999_ns);
	put(o, "latency_max_ns", l->max_ns);
	put(o, "packets", (double)c->offered);
}

/* An empty object under a key of the parent, which owns it; names of users may be any bytes. */
static json_t *object_in(json_t *parent, const char *key)
{
	json_t *o = json_object();
	return json_object_set_new(parent, key, o) == 0 ? o : json_object_get(parent, key);
}

static void put_cores(json_t *o, const struct run_result *r)
{
	for (uint32_t i = 0; i < r->n_cores; i++) {
		const struct run_core *c = &r->cores[i];
		json_t *core = object_in(o, c->name);
		put(core, "busy", c->busy);
		put(core, "load", c->load);
		put(core, "cycles_per_packet", c->cycles_per_packet);
		put(core, "mean_burst", c->mean_burst);
	}
}

json_t *point_result(const struct run_result *r)
{
	json_t *o = json_object();
	put_chain(o, &r->chains[r->n_chains]);
	json_object_set_new(
		o, "bottleneck", r->bottleneck ? json_string(r->bottleneck) : json_null());
	put(o, "bottleneck_load", r->bottleneck_load);
	json_object_set_new(
		o, "verdict", json_string(r->verdict == RUN_PRECISE ? "precise" : "budget"));
	put(o, "precision", r->precision);
	put(o, "measured_s", r->measured_s);
	json_t *chains = object_in(o, "chains"), *drops = object_in(o, "drops");
	for (uint32_t i = 0; r->n_chains > 1 && i < r->n_chains; i++)
		put_chain(object_in(chains, r->chains[i].name), &r->chains[i]);
	for (uint32_t i = 0; i < r->n_places; i++)
		put(drops, r->places[i].name, r->places[i].pps);
	put_cores(object_in(o, "cores"), r);
	return o;
}

static double get(const json_t *o, const char *key)
{
	const json_t *x = json_object_get(o, key);
	return json_is_number(x) ? json_number_value(x) : NAN;
}

static struct interval get_interval(const json_t *o, const char *key)
{
	char ci[80];
	snprintf(ci, sizeof(ci), "%s_ci95", key);
	return (struct interval){get(o, key), get(o, ci)};
}

/* As much of a chain as targets ask for. */
static struct run_chain get_chain(const json_t *o)
{
	return (struct run_chain){.offered_pps = get_interval(o, "offered_pps"),
		.delivered_pps = get_interval(o, "delivered_pps"),
		.loss_ratio = get_interval(o, "loss_ratio"),
		.loss_bound = get(o, "loss_ratio_bound"),
		.delivered_bps = get(o, "delivered_bps"),
		.dropped = get(o, "loss_ratio") > 0,
		.latency = {.mean_ns = get_interval(o, "latency_mean_ns"),
			.p50_ns = get_interval(o, "latency_p50_ns"),
			.p90_ns = get_interval(o, "latency_p90_ns"),
			.p99_ns = get_interval(o, "latency_p99_ns"),
			.p999_ns = get_interval(o, "latency_p999_ns"),
			.min_ns = get(o, "latency_min_ns"),
			.max_ns = get(o, "latency_max_ns")}};
}

void point_read(const json_t *result, struct run_result *r, struct arena *a)
{
	json_t *chains = json_object_get(result, "chains"), *chain;
	size_t n = json_object_size(chains), i = 0;
	const char *name, *bottleneck = json_string_value(json_object_get(result, "bottleneck"));
	*r = (struct run_result){.n_chains = n ? (uint32_t)n : 1};
	r->chains = arena_alloc(a, (r->n_chains + 1) * sizeof *r->chains);
	r->chains[0] = r->chains[r->n_chains] = get_chain(result);
	json_object_foreach(chains, name, chain)
	{
		r->chains[i] = get_chain(chain);
		r->chains[i++].name = arena_strdup(a, name);
	}
	r->bottleneck = bottleneck ? arena_strdup(a, bottleneck) : NULL;
	r->bottleneck_load = get(result, "bottleneck_load");
}

enum slo_verdict point_slo(const json_t *result, const struct slo *slo)
{
	struct arena *a = arena_new();
	struct run_result r;
	point_read(result, &r, a);
	enum slo_verdict v = slo_verdict(slo, &r);
	arena_free(a);
	return v;
}
