/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "validate/runs.h"

#include "plan/load.h"
#include "plan/ndr.h"
#include "sim/philox.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_THREADS = 256 };

struct one_run {
	struct runs_request request;
	const char *key;
	struct runs_answer answer;
};

struct runs {
	struct arena *arena; /* used by one thread at a time, under lock */
	struct one_run *run; /* n, room */
	size_t n, room;
	size_t next, done; /* to simulate; simulated */
	pthread_mutex_t lock;
	void (*watch)(void *arg, size_t done, size_t todo);
	void *watch_arg;
};

struct runs *runs_new(struct arena *a)
{
	struct runs *r = arena_alloc(a, sizeof *r);
	r->arena = a;
	pthread_mutex_init(&r->lock, NULL);
	return r;
}

void runs_watch(struct runs *r, void (*watch)(void *arg, size_t done, size_t todo), void *arg)
{
	r->watch = watch;
	r->watch_arg = arg;
}

/* What a visit to all stated values needs to change them. */
struct changing {
	const struct runs_request *request;
	const char *file; /* of the profile or platform */
	bool profile;
};

double runs_normal(const char *file, const char *key, uint32_t draw)
{
	char name[256];
	snprintf(name, sizeof name, "%s.%s", file, key);
	gsl_rng *rng = gsl_rng_alloc(philox_type);
	philox_stream(rng, 0, draw, name);
	double z = gsl_cdf_ugaussian_Pinv(gsl_rng_uniform_pos(rng));
	gsl_rng_free(rng);
	return z;
}

static void change(void *arg, const char *key, struct sourced *s)
{
	const struct changing *c = arg;
	const struct runs_request *q = c->request;
	for (size_t i = 0; c->profile && i < q->n_changes; i++)
		if (strcmp(q->changes[i].key, key) == 0 &&
			strcmp(q->changes[i].dataplane, c->file) == 0) {
			s->value.value = q->changes[i].value;
			return;
		}
	if (q->draw && s->error.value > 0) {
		double z = runs_normal(c->file, key, q->draw);
		s->value.value = fmax(0, s->value.value + s->error.value * z);
	}
}

static struct scenario *read_changed(const struct runs_request *q, struct arena *a, struct diag *d)
{
	struct scenario *s = scenario_read(q->path, q->sets, q->n_sets, a, d);
	if (!s)
		return NULL;
	s->run.wanted |= q->wanted;
	struct changing c = {q, s->profile->name, true};
	profile_each(s->profile, change, &c);
	for (size_t i = 0; i < s->servers.n; i++) {
		struct platform *p = scenario_server(s, i)->platform;
		c = (struct changing){q, p->name, false};
		platform_each(p, change, &c);
	}
	return s;
}

static const char *key_of(const struct runs_request *q, struct arena *a)
{
	const char *key = arena_printf(a, "%s #%u of %x", q->path, q->draw, q->wanted);
	if (q->search)
		key = arena_printf(a, "%s search %a", key, q->loss_ratio);
	for (size_t i = 0; i < q->n_sets; i++)
		key = arena_printf(a, "%s\n%s", key, q->sets[i]);
	for (size_t i = 0; i < q->n_changes; i++)
		key = arena_printf(a, "%s\n%s.%s=%a", key, q->changes[i].dataplane,
			q->changes[i].key, q->changes[i].value);
	return key;
}

/* Values changed within their errors make no good scenario bad: only files are checked. */
static void check(const struct runs *r, const struct runs_request *q, struct diag *d)
{
	struct scenario *s = scenario_read(q->path, q->sets, q->n_sets, r->arena, d);
	if (s)
		build_check(s, d);
	const char *fixed = s && q->search ? load_fixed(s) : NULL;
	if (fixed)
		diag_error(d, s->mark, NULL, "no rate can be searched for: %s", fixed);
}

size_t runs_ask(struct runs *r, const struct runs_request *q, struct diag *d)
{
	const char *key = key_of(q, r->arena);
	for (size_t i = 0; i < r->n; i++)
		if (strcmp(r->run[i].key, key) == 0)
			return i;
	if (!q->draw && !q->n_changes)
		check(r, q, d);
	if (r->n == r->room) {
		size_t room = r->room ? 2 * r->room : 64;
		struct one_run *more = arena_alloc(r->arena, room * sizeof *more);
		if (r->n)
			memcpy(more, r->run, r->n * sizeof *more);
		r->run = more;
		r->room = room;
	}
	r->run[r->n] = (struct one_run){.request = *q, .key = key};
	return r->n++;
}

static void keep(struct runs_answer *to, const struct run_result *from, struct arena *a)
{
	const struct run_chain *c = &from->chains[from->n_chains > 1 ? from->n_chains : 0];
	to->offered_pps = c->offered_pps;
	to->delivered_pps = c->delivered_pps;
	to->loss_ratio = c->loss_ratio;
	to->latency_ns = c->latency.mean_ns;
	to->p50_ns = c->latency.p50_ns;
	to->p90_ns = c->latency.p90_ns;
	to->p99_ns = c->latency.p99_ns;
	to->p999_ns = c->latency.p999_ns;
	to->n_places = from->n_places;
	to->places = arena_alloc(a, (from->n_places + 1) * sizeof *to->places);
	for (uint32_t i = 0; i < from->n_places; i++)
		to->places[i] = (struct runs_place){
			arena_strdup(a, from->places[i].name), from->places[i].pps};
	to->bottleneck = from->bottleneck ? arena_strdup(a, from->bottleneck) : NULL;
	to->precise = from->verdict == RUN_PRECISE;
}

/* At least what was delivered, and below the rate that failed. */
static struct interval rate_of(const struct search_bounds *b)
{
	if (b->verdict == SEARCH_NONE)
		return (struct interval){0, b->upper};
	return (struct interval){
		b->throughput, b->verdict == SEARCH_AT_MAX ? 0 : b->upper - b->lower};
}

static void search(struct one_run *run, struct scenario *s)
{
	struct ndr_options o = ndr_defaults;
	o.pdr_ratio = run->request.loss_ratio;
	struct ndr_result *found = ndr_search(s, &o);
	run->answer.ndr_pps = rate_of(&found->bounds[NDR_GOAL]);
	run->answer.pdr_pps = rate_of(&found->bounds[NDR_PDR_GOAL]);
	ndr_free(found);
}

static void simulate(struct runs *r, struct one_run *run, struct scenario *s)
{
	struct run_result *result = run_scenario(s, &(struct run_options){0});
	pthread_mutex_lock(&r->lock);
	keep(&run->answer, result, r->arena);
	pthread_mutex_unlock(&r->lock);
	run_free(result);
}

static void answer(struct runs *r, struct one_run *run)
{
	struct arena *a = arena_new();
	struct diag *d = diag_new();
	struct scenario *s = read_changed(&run->request, a, d);
	if (s) {
		if (run->request.search)
			search(run, s);
		else
			simulate(r, run, s);
		run->answer.clock_hz = s->clock_hz;
	}
	pthread_mutex_lock(&r->lock);
	r->done++;
	if (r->watch)
		r->watch(r->watch_arg, r->done, r->n);
	pthread_mutex_unlock(&r->lock);
	diag_free(d);
	arena_free(a);
}

static void *work(void *arg)
{
	struct runs *r = arg;
	for (;;) {
		pthread_mutex_lock(&r->lock);
		size_t i = r->next;
		r->next += i < r->n;
		pthread_mutex_unlock(&r->lock);
		if (i >= r->n)
			return NULL;
		answer(r, &r->run[i]);
	}
}

void runs_simulate(struct runs *r, unsigned threads)
{
	pthread_t thread[MAX_THREADS];
	size_t todo = r->n - r->next, n = 0;
	size_t most = threads < todo ? threads : todo;
	while (n + 1 < most && n < MAX_THREADS && pthread_create(&thread[n], NULL, work, r) == 0)
		n++;
	work(r);
	for (size_t i = 0; i < n; i++)
		pthread_join(thread[i], NULL);
}

const struct runs_answer *runs_answer(const struct runs *r, size_t run)
{
	return &r->run[run].answer;
}

size_t runs_count(const struct runs *r)
{
	return r->n;
}

struct arena *runs_arena(const struct runs *r)
{
	return r->arena;
}
