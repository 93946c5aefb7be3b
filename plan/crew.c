/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/crew.h"

#include "plan/load.h"
#include "plan/looks.h"
#include "plan/point.h"
#include "plan/power.h"
#include "plan/ranks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct crew {
	size_t workers;
	struct ranks *ranks; /* NULL: none */
	bool interrupted;
	char *failure;
	crew_progress *see;
	void *arg;
	struct crew_state now;
};

/* Asks under way, and where what is told about them goes. */
struct shift {
	const struct crew_ask *asks;
	size_t n, next;
	struct crew_told *told;
	struct arena *arena;
	struct crew *crew;
};

static char *dump(json_t *o)
{
	char *text = json_dumps(o, JSON_COMPACT | JSON_REAL_PRECISION(17));
	json_decref(o);
	return text ? text : strdup("{}");
}

static double watts_of(const struct scenario *s, const struct run_result *r)
{
	if (power_unknown(s))
		return NAN;
	struct build *b = build_net(s, 1, 0);
	double w = power_build_w(b, r);
	net_free(b->net);
	return w;
}

static json_t *rough_p99(const struct run_result *r)
{
	json_t *list = json_array();
	for (uint32_t i = 0; i < r->n_chains; i++) {
		const struct hist *h = &r->chains[i].hist;
		json_array_append_new(
			list, h->n ? json_real(hist_quantile(h, 0.99) / PS_PER_NS) : json_null());
	}
	return list;
}

static const double *read_p99(const json_t *list, uint32_t n, struct arena *a)
{
	double *ns = arena_alloc(a, n * sizeof *ns);
	for (uint32_t i = 0; i < n; i++) {
		const json_t *x = json_array_get(list, i);
		ns[i] = json_is_number(x) ? json_number_value(x) : NAN;
	}
	return ns;
}

static json_t *tell(const struct scenario *s, const struct run_result *r, int looks)
{
	json_t *o = point_result(r);
	double w = watts_of(s, r);
	json_object_set_new(o, "simulations", json_integer(looks));
	json_object_set_new(o, "p99_ns", rough_p99(r));
	if (isfinite(w))
		json_object_set_new(o, "power_w", json_real(w));
	return o;
}

/* What is asked about, and how. */
static void adjust(struct scenario *s, const struct crew_ask *ask, struct arena *a)
{
	struct chain *chains = arena_alloc(a, (ask->n_chains + 1) * sizeof *chains);
	for (size_t i = 0; i < ask->n_chains; i++)
		chains[i] = *scenario_chain(s, ask->chains[i]);
	if (ask->n_chains)
		s->chains = (struct param_list){chains, ask->n_chains};
	s->run.wanted |= ask->wanted;
	if (ask->rate_pps > 0)
		load_set(s, ask->rate_pps);
}

static json_t *simulate(const struct crew_ask *ask, struct scenario *s, const struct slo *target)
{
	const struct run_options options = {0};
	json_t *o = NULL;
	int64_t packets = ask->packets;
	for (int i = 0; i == 0 || (packets && i < ask->looks); i++) {
		struct scenario now = *s;
		looks_set(&now, ask->coarse, ask->look + i, packets);
		struct run_result *r = run_scenario(&now, &options);
		looks_widen(r, looks_most(s));
		packets = (int64_t)r->chains[r->n_chains].offered;
		packets = slo_verdict(target, r) == SLO_OPEN ? looks_next(s, packets) : 0;
		json_decref(o);
		o = tell(s, r, i + 1);
		run_free(r);
	}
	return o;
}

static char *work(void *arg, size_t job)
{
	const struct crew_ask *ask = &((const struct shift *)arg)->asks[job];
	struct arena *a = arena_new();
	struct diag *d = diag_new();
	struct slo target;
	json_t *o = NULL;
	struct scenario *s = scenario_read(ask->scenario, ask->sets, ask->n_sets, a, d);
	if (s && slo_parse(ask->target, &target, a, d)) {
		adjust(s, ask, a);
		o = simulate(ask, s, &target);
	}
	diag_free(d);
	arena_free(a);
	return dump(o ? o : json_object());
}

static void see(struct crew *c)
{
	if (c->see)
		c->see(c->arg, &c->now);
}

/* Long jobs: none is kept waiting behind another. */
static bool next(void *arg, bool idle, size_t *job)
{
	struct shift *b = arg;
	if (!idle || b->next == b->n)
		return false;
	*job = b->next++;
	b->crew->now.what = b->asks[*job].what;
	see(b->crew);
	return true;
}

static bool fail(struct crew *c, bool interrupted, const char *why)
{
	if (!c->failure)
		c->failure = strdup(why);
	c->interrupted |= interrupted;
	return false;
}

static bool keep(void *arg, size_t job, const char *result, const char *why)
{
	struct shift *b = arg;
	struct crew_told *told = &b->told[job];
	if (!result)
		return fail(b->crew, false, why);
	b->crew->now.done++;
	b->crew->now.left--;
	see(b->crew);
	json_t *o = json_loads(result, 0, NULL);
	told->simulations = (size_t)json_integer_value(json_object_get(o, "simulations"));
	if (told->simulations) {
		const json_t *w = json_object_get(o, "power_w");
		told->watts = json_is_number(w) ? json_number_value(w) : NAN;
		told->packets = (int64_t)json_number_value(json_object_get(o, "packets"));
		point_read(o, &told->run, b->arena);
		told->p99_ns = read_p99(json_object_get(o, "p99_ns"), told->run.n_chains, b->arena);
	}
	json_decref(o);
	return told->simulations || fail(b->crew, false, "a worker cannot read the scenario");
}

static char *pack(const struct shift *b)
{
	json_t *list = json_array();
	for (size_t i = 0; i < b->n; i++) {
		const struct crew_ask *k = &b->asks[i];
		json_t *sets = json_array(), *chains = json_array();
		for (size_t n = 0; n < k->n_sets; n++)
			json_array_append_new(sets, json_string(k->sets[n]));
		for (size_t n = 0; n < k->n_chains; n++)
			json_array_append_new(chains, json_integer(k->chains[n]));
		json_array_append_new(
			list, json_pack("{s:s, s:o, s:f, s:I, s:s, s:i, s:o, s:b, s:i, s:I}",
				      "scenario", k->scenario, "sets", sets, "rate", k->rate_pps,
				      "wanted", (json_int_t)k->wanted, "target", k->target, "looks",
				      k->looks, "chains", chains, "coarse", k->coarse, "look",
				      k->look, "packets", (json_int_t)k->packets));
	}
	return dump(list);
}

/* The asks of a text that pack() wrote; they point into the list. */
static struct crew_ask *unpack(const json_t *list, struct arena *a)
{
	struct crew_ask *asks = arena_alloc(a, (json_array_size(list) + 1) * sizeof *asks);
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *o = json_array_get(list, i), *sets = json_object_get(o, "sets");
		const json_t *chains = json_object_get(o, "chains");
		size_t n = json_array_size(sets), n_chains = json_array_size(chains);
		uint32_t *chain = arena_alloc(a, (n_chains + 1) * sizeof *chain);
		for (size_t k = 0; k < n_chains; k++)
			chain[k] = (uint32_t)json_integer_value(json_array_get(chains, k));
		asks[i] = (struct crew_ask){
			.scenario = json_string_value(json_object_get(o, "scenario")),
			.sets = arena_alloc(a, (n + 1) * sizeof *asks[i].sets),
			.n_sets = n,
			.rate_pps = json_number_value(json_object_get(o, "rate")),
			.wanted = (unsigned)json_integer_value(json_object_get(o, "wanted")),
			.target = json_string_value(json_object_get(o, "target")),
			.looks = (int)json_integer_value(json_object_get(o, "looks")),
			.chains = chain,
			.n_chains = n_chains,
			.coarse = json_is_true(json_object_get(o, "coarse")),
			.look = (int)json_integer_value(json_object_get(o, "look")),
			.packets = json_integer_value(json_object_get(o, "packets"))};
		for (size_t k = 0; k < n; k++)
			asks[i].sets[k] = json_string_value(json_array_get(sets, k));
	}
	return asks;
}

struct crew *crew_start(size_t workers, const char **missing)
{
	struct ranks *ranks = ranks_start(missing);
	if (*missing)
		return NULL;
	struct crew *c = xcalloc(1, sizeof *c);
	c->workers = workers ? workers : 1;
	c->ranks = ranks;
	return c;
}

bool crew_serve(struct crew *c)
{
	if (ranks_rank(c->ranks) == 0)
		return false;
	for (bool more = true; more;) {
		struct arena *a = arena_new();
		char *text = ranks_share(c->ranks, NULL);
		json_t *list = json_loads(text, 0, NULL);
		struct shift b = {.asks = unpack(list, a), .n = json_array_size(list)};
		more = b.n > 0;
		if (more)
			ranks_serve(c->ranks, work, &b);
		json_decref(list);
		free(text);
		arena_free(a);
	}
	return true;
}

void crew_watch(struct crew *c, crew_progress *progress, void *arg)
{
	c->see = progress;
	c->arg = arg;
	c->now = (struct crew_state){.doing = "simulations"};
}

size_t crew_size(const struct crew *c)
{
	return c->ranks ? ranks_workers(c->ranks) : c->workers;
}

static enum pool_end run_on_ranks(const struct crew *c, const struct pool_spec *spec)
{
	char *text = pack(spec->arg);
	free(ranks_share(c->ranks, text));
	free(text);
	enum pool_end end = ranks_run(c->ranks, spec);
	ranks_release(c->ranks);
	return end;
}

static enum pool_end run_alone(const struct pool_spec *spec)
{
	bool good = true;
	size_t job;
	while (good && spec->next(spec->arg, true, &job)) {
		char *text = spec->work(spec->arg, job);
		good = spec->done(spec->arg, job, text, NULL);
		free(text);
	}
	return good ? POOL_DONE : POOL_STOPPED;
}

bool crew_run(struct crew *c, const struct crew_ask *asks, size_t n, struct crew_told *told,
	struct arena *a)
{
	struct shift b = {.asks = asks, .n = n, .told = told, .arena = a, .crew = c};
	c->now.left = n;
	const struct pool_spec spec = {.n_workers = c->workers < n ? c->workers : n,
		.next = next,
		.work = work,
		.done = keep,
		.arg = &b};
	enum pool_end end = POOL_STOPPED;
	if (c->failure)
		end = POOL_STOPPED;
	else if (n > 1 && c->ranks)
		end = run_on_ranks(c, &spec);
	else
		end = spec.n_workers > 1 ? pool_run(&spec) : run_alone(&spec);
	c->now.what = NULL;
	if (end == POOL_INTERRUPTED)
		return fail(c, true, "interrupted");
	return end == POOL_DONE || fail(c, false, "no processes can be started");
}

const char *crew_failure(const struct crew *c, bool *interrupted)
{
	*interrupted = c->interrupted;
	return c->failure;
}

void crew_end(struct crew *c)
{
	if (c->ranks && ranks_rank(c->ranks) == 0)
		free(ranks_share(c->ranks, "[]"));
	ranks_end(c->ranks);
	free(c->failure);
	free(c);
}
