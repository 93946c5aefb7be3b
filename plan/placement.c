/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/placement.h"

#include "plan/complaint.h"
#include "plan/placement_guess.h"
#include "plan/placement_parts.h"
#include "plan/placement_why.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ROUGH 0.05 /* half of an interval that is not known */

/* A guess to be simulated, as an option. */
struct tried {
	struct placement_option option;
	struct posed *q;
	struct part_list parts;
	size_t group, nth; /* which of the guesses it is */
};

/* A search under way. */
struct work {
	struct placement *p;
	struct posed *posed; /* n_posed, one for each clock */
	size_t n_posed;
	struct guesses guesses;
	struct tried tried[GUESS_BEST * PLACEMENT_OPTIONS];
	size_t n_tried;
	struct part_book book;
	struct crew *crew;
	crew_progress *progress;
	void *progress_arg;
	struct arena *arena;
	struct diag *d;
};

static void name_places(const struct posed *q, struct placement_option *o)
{
	o->on = arena_alloc(q->arena, (q->p.n_vnfs + 1) * sizeof(*o->on));
	o->sets = arena_alloc(q->arena, (q->p.n_vnfs + 1) * sizeof(*o->sets));
	for (uint32_t v = 0; v < q->p.n_vnfs; v++) {
		const struct place_bin *b = &q->bin[o->answer.bin[v]];
		const struct chain *c = scenario_chain(q->s, q->vnf[v].chain);
		const char *server = scenario_server(q->s, b->server)->name;
		o->on[v] = arena_printf(q->arena, "%s%s%d", server, *server ? "." : "", b->socket);
		o->sets[v] = arena_printf(q->arena, "%s%s%schain.%u.on=%s",
			*c->name ? "chains." : "", c->name, *c->name ? "." : "",
			v - q->p.chain[q->vnf[v].chain].first, o->on[v]);
	}
	o->n_sets = q->p.n_vnfs;
}

static const char **all_sets(
	const struct posed *q, const struct placement_option *o, size_t *n, struct arena *a)
{
	const char **sets = arena_alloc(a, (q->ask->n_sets + o->n_sets + 1) * sizeof(*sets));
	if (q->ask->n_sets)
		memcpy(sets, q->ask->sets, q->ask->n_sets * sizeof(*sets));
	memcpy(sets + q->ask->n_sets, o->sets, o->n_sets * sizeof(*sets));
	*n = q->ask->n_sets + o->n_sets;
	return sets;
}

static int node_of(const struct posed *q, const struct place_bin *b)
{
	const struct topology *t = scenario_server(q->s, b->server)->topology;
	return t ? t->node[b->socket] : b->socket;
}

/* Cores of a socket in the order in which the build makes them, without those that are taken. */
static void number_cores(const struct posed *q, const struct build *b, struct placement_option *o)
{
	int next[PLACE_MOST_BINS] = {0};
	const struct parts *cores = &b->net->cores;
	o->n_cores = cores->n;
	o->core = arena_alloc(q->arena, cores->n * sizeof(*o->core));
	for (uint32_t i = 0; i < cores->n; i++) {
		const struct core *c = cores->item[i];
		uint32_t at = 0;
		while (strcmp(scenario_server(q->s, q->bin[at].server)->name, c->server) != 0 ||
			q->bin[at].socket != c->socket)
			at++;
		const struct place_bin *bin = &q->bin[at];
		while (q->busy[at][next[at]])
			next[at]++;
		const struct task *t = c->n_tasks ? c->tasks[0] : NULL;
		o->core[i] = (struct placement_core){arena_strdup(q->arena, c->name),
			t ? t->role : "idle", bin->server, c->socket, node_of(q, bin),
			placement_cpu(q, bin, next[at]++),
			t && t->in ? arena_strdup(q->arena, t->in->name) : NULL};
	}
}

static void note_chains(
	const struct posed *q, const struct crew_told *told, struct placement_option *o)
{
	const struct run_result *r = &told->run;
	o->chain = arena_alloc(q->arena, r->n_chains * sizeof(*o->chain));
	o->worst_ns = NAN;
	for (uint32_t i = 0; i < r->n_chains; i++) {
		const struct run_chain *c = &r->chains[i];
		const struct interval *p99 = &c->latency.p99_ns;
		bool rough = isnan(p99->value);
		o->chain[i] = (struct placement_chain){c->offered_pps.value, c->delivered_pps.value,
			c->loss_ratio.value, c->latency.mean_ns.value,
			rough ? told->p99_ns[i] : p99->value, rough};
		double ns = o->chain[i].p99_ns;
		if (!(ns <= o->worst_ns) && !isnan(ns)) {
			o->worst_ns = ns;
			o->rough = rough;
			o->wide_ns = isfinite(p99->half) ? p99->half : ROUGH * ns;
		}
	}
}

/* Makes an option of a guess; its cores are numbered. False after errors. */
static bool prepare(struct work *w, size_t group, size_t nth)
{
	const struct guess *x = &w->guesses.group[group].best[nth];
	struct posed *q = x->q;
	struct tried *t = &w->tried[w->n_tried++];
	size_t n;
	*t = (struct tried){{.answer = x->answer, .clock = q->clock}, q, {NULL, 0}, group, nth};
	name_places(q, &t->option);
	const char **sets = all_sets(q, &t->option, &n, q->arena);
	struct scenario *s = scenario_read(q->ask->scenario, sets, n, q->arena, w->d);
	if (s)
		build_check(s, w->d);
	if (diag_errors(w->d))
		return false;
	const struct crew_ask whole = {.scenario = q->ask->scenario,
		.sets = sets,
		.n_sets = n,
		.target = q->ask->target_text,
		.looks = 1,
		.coarse = true};
	t->parts = parts_cut(&w->book, s, &whole);
	struct build *b = build_net(s, 1, 0);
	number_cores(q, b, &t->option);
	net_free(b->net);
	return true;
}

/* The widest interval of a rate or mean latency. */
static double precision_of(const struct run_result *r)
{
	double widest = 0;
	for (uint32_t i = 0; i < r->n_chains; i++) {
		const struct interval of[] = {
			r->chains[i].delivered_pps, r->chains[i].latency.mean_ns};
		for (int k = 0; k < 2; k++)
			widest = fmax(widest, of[k].value > 0 ? of[k].half / of[k].value : 0);
	}
	return widest;
}

static void note(struct work *w, struct tried *t)
{
	const struct slo *target = &t->q->ask->target;
	const struct crew_told told = parts_sum(&w->book, &t->parts, target);
	const struct run_result *r = &told.run;
	struct placement_option *o = &t->option;
	o->verdict = slo_verdict(target, r);
	for (size_t i = 0; i < target->n; i++)
		o->check[i] = slo_check(&target->target[i], r);
	o->limit = r->bottleneck;
	o->limit_load = r->bottleneck_load;
	o->watts = told.watts;
	o->precision = precision_of(r);
	note_chains(t->q, &told, o);
}

static int by_rank(const void *x, const void *y)
{
	const struct placement_option *a = x, *b = y;
	if ((a->verdict == SLO_MET) != (b->verdict == SLO_MET))
		return a->verdict == SLO_MET ? -1 : 1;
	const double p[] = {a->answer.servers, a->watts, a->worst_ns};
	const double q[] = {b->answer.servers, b->watts, b->worst_ns};
	for (int i = 0; i < 3; i++)
		if (p[i] < q[i] || p[i] > q[i])
			return p[i] < q[i] ? -1 : 1;
	return 0;
}

/* Whether another guess of the same group is better, beyond what chance does to latencies. */
static bool proves_better(const struct placement_option *a, const struct placement_option *b)
{
	if (a->verdict != b->verdict)
		return a->verdict < b->verdict;
	return a->worst_ns < b->worst_ns - hypot(a->wide_ns, b->wide_ns);
}

/* Simulates what is tried, part by part, and again what leaves a verdict open. */
static bool simulate(struct work *w)
{
	bool more = w->n_tried;
	while (more) {
		if (!parts_look(&w->book, w->crew))
			return false;
		more = false;
		for (size_t i = 0; i < w->n_tried; i++)
			note(w, &w->tried[i]);
		for (size_t i = 0; i < w->n_tried; i++)
			more |= parts_reopen(&w->book, &w->tried[i].parts, w->posed[0].s,
				&w->tried[i].q->ask->target);
	}
	return true;
}

/* The best guess of each group, and the next ones where they are better. */
static bool confirm(struct work *w)
{
	struct placement *p = w->p;
	for (size_t nth = 0; nth < GUESS_BEST; nth++)
		for (size_t i = 0; i < w->guesses.n; i++)
			if (nth < w->guesses.group[i].n && !prepare(w, i, nth))
				return false;
	if (!simulate(w))
		return false;
	for (size_t i = 0; i < w->n_tried; i++) {
		const struct tried *t = &w->tried[i];
		if (!t->nth || proves_better(&t->option, &p->option[t->group]))
			p->option[t->group] = t->option;
		p->parts += t->parts.n;
	}
	p->n = w->guesses.n;
	p->simulated = w->n_tried;
	p->kinds = w->book.n;
	for (size_t i = 0; i < w->book.n; i++)
		p->looks += (size_t)w->book.kind[i].looks;
	return true;
}

/* Whether b is as good as a in everything and better in something, beyond what chance does to
 * latencies. */
static bool beaten(const struct placement_option *a, const struct placement_option *b)
{
	double less_ns = a->worst_ns - b->worst_ns, wide_ns = hypot(a->wide_ns, b->wide_ns);
	bool as_good = b->answer.servers <= a->answer.servers && !(b->watts > a->watts) &&
		       less_ns >= -wide_ns && b->verdict <= a->verdict;
	bool better = b->answer.servers < a->answer.servers || b->watts < a->watts ||
		      less_ns > wide_ns || b->verdict < a->verdict;
	return as_good && better;
}

static void mark_front(struct placement *p)
{
	double least_w = INFINITY, least_ns = INFINITY;
	uint32_t fewest = UINT32_MAX;
	for (size_t i = 0; i < p->n; i++) {
		struct placement_option *o = &p->option[i];
		o->front = true;
		for (size_t k = 0; k < p->n; k++)
			o->front &= !beaten(o, &p->option[k]);
		if (!o->front)
			continue;
		fewest = o->answer.servers < fewest ? o->answer.servers : fewest;
		least_w = fmin(least_w, o->watts);
		least_ns = fmin(least_ns, o->worst_ns);
	}
	for (size_t i = 0; i < p->n; i++) {
		struct placement_option *o = &p->option[i];
		o->more_servers = o->answer.servers - fewest;
		o->more_w = o->watts - least_w;
		o->more_ns = o->worst_ns - least_ns;
	}
}

static void note_bounds(struct work *w)
{
	struct placement *p = w->p;
	p->bound = place_bound(&w->posed[0].p, &p->bound_by);
	p->bound_w = NAN;
	for (size_t i = 0; i < w->n_posed && w->posed[i].watts; i++)
		p->bound_w = fmin(p->bound_w, (double)place_bound_mw(&w->posed[i].p) / 1e3);
}

/* Told of all simulations: they are of parts. */
static void watch_parts(void *arg, const struct crew_state *now)
{
	const struct work *w = arg;
	struct crew_state mine = *now;
	mine.doing = "simulated";
	w->progress(w->progress_arg, &mine);
}

static void watch_guesses(void *arg, size_t looked_at)
{
	const struct work *w = arg;
	w->progress(w->progress_arg,
		&(struct crew_state){.done = looked_at, .doing = "placements estimated"});
}

static bool search(struct work *w)
{
	struct placement *p = w->p;
	note_bounds(w);
	p->all = true;
	for (size_t i = 0; i < w->n_posed; i++) {
		guesses_add(&w->guesses, &w->posed[i], p->bound);
		p->all &= w->guesses.all;
	}
	p->looked_at = w->guesses.looked_at;
	guesses_choose(&w->guesses, PLACEMENT_OPTIONS);
	p->fewest = w->guesses.n ? w->guesses.group[0].servers : 0;
	if (!confirm(w))
		return false;
	qsort(p->option, p->n, sizeof(*p->option), by_rank);
	mark_front(p);
	return true;
}

/* Complains about clocks that a server does not have. */
static bool check_clocks(struct work *w, const struct placement_ask *ask)
{
	const char *const *clock = ask->clocks.items;
	size_t before = diag_errors(w->d);
	for (size_t i = 0; i < ask->clocks.n; i++) {
		struct diag *own = diag_new();
		struct posed q = {.ask = ask, .arena = w->arena, .d = own, .clock = clock[i]};
		if (!placement_pose(&q))
			diag_error(w->d, ask->clocks_mark, NULL, "'%s': %s", clock[i],
				complaint_first(own, w->arena));
		diag_free(own);
	}
	return diag_errors(w->d) == before;
}

/* A problem for each clock. */
static bool pose_all(struct work *w, const struct placement_ask *ask)
{
	size_t n = ask->clocks.n ? ask->clocks.n : 1;
	struct posed without = {.ask = ask, .arena = w->arena, .d = w->d};
	if (ask->clocks.n && (!placement_pose(&without) || !check_clocks(w, ask)))
		return false;
	w->posed = arena_alloc(w->arena, n * sizeof *w->posed);
	for (; w->n_posed < n; w->n_posed++) {
		struct posed *q = &w->posed[w->n_posed];
		*q = (struct posed){.ask = ask, .arena = w->arena, .d = w->d};
		if (ask->clocks.n)
			q->clock = ((const char *const *)ask->clocks.items)[w->n_posed];
		if (!placement_pose(q))
			return false;
	}
	return true;
}

bool placement_check(const struct placement_ask *ask, struct arena *a, struct diag *d)
{
	struct work w = {.arena = a, .d = d};
	return pose_all(&w, ask);
}

struct placement *placement_run(const struct placement_ask *ask, struct crew *crew,
	crew_progress *progress, void *arg, struct arena *a, struct diag *d)
{
	struct placement *p = arena_alloc(a, sizeof(*p));
	struct work w = {.p = p,
		.guesses = {.see = progress ? watch_guesses : NULL, .see_arg = &w},
		.book = {.arena = a},
		.crew = crew,
		.progress = progress,
		.progress_arg = arg,
		.arena = a,
		.d = d};
	if (!pose_all(&w, ask))
		return NULL;
	crew_watch(crew, progress ? watch_parts : NULL, &w);
	p->scenario = w.posed[0].s;
	p->vnf = w.posed[0].names;
	p->n_vnfs = w.posed[0].p.n_vnfs;
	bool good = search(&w);
	crew_watch(crew, NULL, NULL);
	free(w.guesses.group);
	free(w.book.kind);
	if (good)
		placement_explain(p, &w.posed[0]);
	return good ? p : NULL;
}
