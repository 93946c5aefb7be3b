/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/agenda.h"

#include "plan/ranks.h"

#include <stdlib.h>
#include <string.h>

enum state { MISSING, OUT, BEFORE, DONE, FAILED };

/* Judges a point whose members are done up to p->needed: over, or more are needed. */
static void judge(struct agenda *a, struct agenda_point *p)
{
	const struct replicas_rule *rule = &a->sweep->rule;
	struct arena *arena = arena_new();
	struct replicas r;
	json_t *all = sweep_load(a->sweep, a->run->store, p->first, &r, arena);
	const char *verdict = json_string_value(json_object_get(all, "verdict"));
	p->over = r.complete;
	p->needed = r.n;
	a->counts->imprecise += verdict && strcmp(verdict, "budget") == 0;
	json_decref(all);
	replicas_free(rule, &r);
	arena_free(arena);
}

static void count(struct agenda *a, const struct agenda_point *p, bool failed)
{
	if (failed)
		a->counts->failed++;
	else if (p->touched)
		a->counts->now++;
	else
		a->counts->before++;
	for (size_t i = p->needed; i < a->sweep->rule.most; i++)
		a->counts->spare += a->state[p->first + i] == DONE;
}

/* Takes a point as far as what is done allows. One with a failure ends when the rest is in. */
static void advance(struct agenda *a, struct agenda_point *p)
{
	while (!p->over) {
		size_t of[FAILED + 1] = {0};
		for (size_t i = 0; i < p->needed; i++)
			of[a->state[p->first + i]]++;
		if (of[MISSING] || of[OUT])
			return;
		if (of[FAILED])
			p->over = true;
		else
			judge(a, p);
		if (p->over)
			count(a, p, of[FAILED] > 0);
	}
}

static int by_key(const void *x, const void *y, void *sweep)
{
	const struct agenda_point *p = x, *q = y;
	const struct sweep *s = sweep;
	int order = strcmp(s->keys[p->first], s->keys[q->first]);
	return order ? order : (p->first > q->first) - (p->first < q->first);
}

static int by_number(const void *x, const void *y)
{
	const struct agenda_point *p = x, *q = y;
	return (p->first > q->first) - (p->first < q->first);
}

/* Of points with the same key (chain.0.copies=1 and its default) only the first is run. */
static void drop_repeats(struct agenda *a)
{
	size_t kept = 0;
	struct agenda_point *p = a->points;
	const struct sweep *s = a->sweep;
	qsort_r(p, a->n, sizeof *p, by_key, (void *)s);
	for (size_t i = 0; i < a->n; i++)
		if (!kept || strcmp(s->keys[p[kept - 1].first], s->keys[p[i].first]) != 0)
			p[kept++] = p[i];
	qsort(p, kept, sizeof *p, by_number);
	a->n = kept;
}

void agenda_start(struct agenda *a, const struct sweep *s, const struct sweep_run *run,
	struct sweep_counts *counts)
{
	size_t most = s->rule.most, all = s->n / most;
	*a = (struct agenda){.sweep = s, .run = run, .counts = counts};
	a->workers = run->ranks ? ranks_workers(run->ranks) : run->workers;
	a->state = xcalloc(s->n + 1, 1);
	a->points = xcalloc(all + 1, sizeof *a->points);
	for (size_t i = run->shard; i < all; i += run->n_shards)
		a->points[a->n++] = (struct agenda_point){
			.first = i * most, .needed = replicas_first(&s->rule)};
	drop_repeats(a);
	counts->points = a->n;
	for (size_t i = 0; i < a->n; i++) {
		for (size_t k = a->points[i].first; k < a->points[i].first + most; k++)
			if (store_get(run->store, s->keys[k], NULL, NULL) == STORE_DONE)
				a->state[k] = BEFORE;
		advance(a, &a->points[i]);
	}
}

void agenda_end(struct agenda *a)
{
	free(a->points);
	free(a->state);
}

static bool find(struct agenda *a, struct agenda_point *p, size_t from, size_t to, size_t *member)
{
	for (*member = p->first + from; *member < p->first + to; ++*member)
		if (a->state[*member] == MISSING) {
			a->state[*member] = OUT;
			p->touched = true;
			return true;
		}
	return false;
}

/* A replication that may turn out to be needed. */
static bool guess(struct agenda *a, size_t *member)
{
	const struct replicas_rule *rule = &a->sweep->rule;
	for (size_t i = a->open; i < a->n; i++) {
		struct agenda_point *p = &a->points[i];
		if (!p->over && p->needed < rule->most &&
			find(a, p, p->needed, replicas_after(rule, p->needed), member))
			return true;
	}
	return false;
}

/* Near the end nothing waits behind another while a worker might become idle. */
bool agenda_next(struct agenda *a, bool idle, size_t *member)
{
	while (a->open < a->n && a->points[a->open].over)
		a->open++;
	if (!idle && agenda_left(a) <= a->workers)
		return false;
	for (size_t i = a->open; i < a->n; i++) {
		struct agenda_point *p = &a->points[i];
		if (!p->over && find(a, p, 0, p->needed, member))
			return true;
	}
	return idle && guess(a, member);
}

void agenda_done(struct agenda *a, size_t member, enum store_status status)
{
	size_t low = 0, high = a->n;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;
		if (a->points[middle].first <= member)
			low = middle;
		else
			high = middle;
	}
	a->state[member] = status == STORE_DONE ? DONE : FAILED;
	a->counts->simulations++;
	a->counts->spare += a->points[low].over && status == STORE_DONE;
	advance(a, &a->points[low]);
}

size_t agenda_left(const struct agenda *a)
{
	size_t left = 0;
	for (size_t i = a->open; i < a->n && left <= 2 * a->workers; i++)
		for (size_t k = 0; !a->points[i].over && k < a->points[i].needed; k++)
			left += a->state[a->points[i].first + k] == MISSING;
	return left;
}

bool agenda_over(const struct agenda *a)
{
	for (size_t i = a->open; i < a->n; i++)
		if (!a->points[i].over)
			return false;
	return true;
}
