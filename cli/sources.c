/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/sources.h"

#include <string.h>

struct visit {
	const struct scenario *scenario;
	const char *file;
	struct arena *arena;
	struct sources *sources;
};

static bool chain_has(const struct chain *c, const char *key)
{
	for (size_t i = 0; i < c->items.n; i++) {
		const char *nf = scenario_item(c, i)->nf;
		size_t len = strlen(nf);
		if (strncmp(key, nf, len) == 0 && key[len] == '.')
			return true;
	}
	return false;
}

static bool used(const struct scenario *s, const char *key)
{
	if (strncmp(key, "power.", strlen("power.")) == 0)
		return false;
	if (strncmp(key, "nfs.", strlen("nfs.")) != 0)
		return true;
	for (size_t i = 0; i < s->chains.n; i++)
		if (chain_has(scenario_chain(s, i), key + strlen("nfs.")))
			return true;
	return false;
}

static void add(void *arg, const char *key, struct sourced *value)
{
	struct visit *v = arg;
	if (!used(v->scenario, key))
		return;
	size_t *n = &v->sources->kind[value->source].n;
	const char ***keys = &v->sources->kind[value->source].keys;
	if ((*n & (*n - 1)) == 0) { /* full at each power of two */
		const char **more = arena_alloc(v->arena, (2 * *n + 1) * sizeof(*more));
		if (*n)
			memcpy(more, *keys, *n * sizeof(*more));
		*keys = more;
	}
	(*keys)[(*n)++] = arena_printf(v->arena, "%s.%s", v->file, key);
	v->sources->total++;
}

static bool seen_before(const struct scenario *s, size_t server)
{
	for (size_t i = 0; i < server; i++)
		if (strcmp(scenario_server(s, i)->platform_name,
			    scenario_server(s, server)->platform_name) == 0)
			return true;
	return false;
}

struct sources *sources_collect(const struct scenario *s, struct arena *a)
{
	struct sources *all = arena_alloc(a, sizeof(*all));
	struct visit v = {s, s->profile->name, a, all};
	profile_each(s->profile, add, &v);
	for (size_t i = 0; i < s->servers.n; i++) {
		struct platform *p = scenario_server(s, i)->platform;
		v.file = p->name;
		if (!seen_before(s, i))
			platform_each(p, add, &v);
	}
	v.file = s->name;
	const struct param own[] = {{"nfs", PARAM_MAP, offsetof(struct scenario, nfs), 0, 0, 0,
					    NULL, NULL, &profile_nf_table, NULL},
		{0}};
	const struct param_table nfs = {.name = "nfs", .params = own};
	sourced_walk(&nfs, (void *)s, "", add, &v);
	return all;
}
