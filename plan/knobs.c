/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/knobs.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#define CLOCK_STEP_HZ 1e8

const char *const knobs_least_words[] = {
	"queues", "vcpus", "cores", "clock", "servers", "energy", NULL};

struct knobs_range knobs_default(enum knobs_least least)
{
	struct knobs_range r = {.clock_step = {CLOCK_STEP_HZ, DIM_FREQ}};
	r.clock = least == KNOBS_CLOCK || least == KNOBS_ENERGY;
	r.workers = least == KNOBS_CORES || least == KNOBS_ENERGY;
	if (least == KNOBS_SERVERS)
		r.servers = 8;
	else if (least != KNOBS_CLOCK)
		r.queues = 4;
	return r;
}

/* A knob with room for n settings; NULL when there are too many knobs. */
static struct knob *add(struct knobs *k, const char *name, size_t n, struct arena *a)
{
	if (k->n == KNOBS_MOST)
		return NULL;
	struct knob *knob = &k->knob[k->n++];
	*knob = (struct knob){.name = name};
	knob->words = arena_alloc(a, n * sizeof(*knob->words));
	knob->sets = arena_alloc(a, n * sizeof(*knob->sets));
	return knob;
}

/* A setting of up to two assignments. */
static void add_setting(
	struct knob *knob, const char *word, const char *one, const char *two, struct arena *a)
{
	const char **sets = arena_alloc(a, 3 * sizeof(*sets));
	sets[0] = one;
	sets[1] = one ? two : NULL;
	knob->words[knob->n] = word;
	knob->sets[knob->n++] = sets;
}

static void add_clock(
	const struct scenario *s, struct quantity step, struct knobs *k, struct arena *a)
{
	double min = 0, max = INFINITY;
	for (size_t i = 0; i < s->servers.n; i++) {
		const struct platform *p = scenario_server(s, i)->platform;
		min = fmax(min, p->clock.min.value.value);
		max = fmin(max, p->clock.max.value.value);
	}
	size_t n = max > min ? (size_t)ceil((max - min) / step.value - 1e-9) + 1 : 1;
	struct knob *knob = add(k, "clock", n, a);
	for (size_t i = 0; knob && i < n; i++) {
		struct quantity q = {fmin(min + (double)i * step.value, max), DIM_FREQ};
		char text[64];
		const char *word = arena_strdup(a, quantity_print(q, text, sizeof(text)));
		add_setting(knob, word, arena_printf(a, "cpu=%s", word), NULL, a);
	}
	if (knob)
		knob->floor = "the platform's lowest clock";
}

/* "chain" or "chains.NAME.chain" */
static const char *chain_key(const struct chain *c, const char *key, struct arena *a)
{
	return *c->name ? arena_printf(a, "chains.%s.%s", c->name, key) : key;
}

static int64_t most_queues(const struct scenario *s, int64_t most)
{
	const struct sourced *limit = &s->profile->vnf.max_vcpus;
	if (!s->profile->can_split)
		return 1;
	return sourced_given(limit) && limit->value.value < (double)most
		       ? (int64_t)limit->value.value
		       : most;
}

static void add_queues(const struct scenario *s, const struct chain *c, size_t item, int64_t most,
	struct knobs *k, struct arena *a)
{
	const char *key = arena_printf(a, "%s.%zu", chain_key(c, "chain", a), item);
	const char *nf = scenario_item(c, item)->name;
	const char *name = *c->name ? arena_printf(a, "queues and vCPUs of %s.%s", c->name, nf)
				    : arena_printf(a, "queues and vCPUs of %s", nf);
	struct knob *knob = add(k, name, (size_t)most, a);
	most = most_queues(s, most);
	for (int64_t q = 1; knob && q <= most; q++)
		add_setting(knob, arena_printf(a, "%" PRId64, q),
			arena_printf(a, "%s.queues=%" PRId64, key, q),
			arena_printf(a, "%s.vcpus=%" PRId64, key, q), a);
	if (knob)
		knob->floor = "a VNF has at least one queue";
}

static void add_rx_queues(const struct chain *c, int64_t most, struct knobs *k, struct arena *a)
{
	const char *key = chain_key(c, "rx_queues", a);
	struct knob *knob = add(k, "receive queues", (size_t)most, a);
	for (int64_t q = 1; knob && q <= most; q++)
		add_setting(knob, arena_printf(a, "%" PRId64, q),
			arena_printf(a, "%s=%" PRId64, key, q), NULL, a);
	if (knob)
		knob->floor = "a port has at least one receive queue";
}

/* Worker cores that all tasks of movers share, from one to (last) a core for each task. */
static void add_workers(const struct scenario *s, struct knobs *k, struct arena *a)
{
	size_t tasks = 0;
	for (size_t i = 0; i < s->chains.n; i++)
		tasks += scenario_chain(s, i)->items.n + 1;
	if (s->profile->mover != MOVER_WORKER)
		return;
	struct knob *knob = add(k, "worker cores", tasks, a);
	for (size_t n = 1; knob && n < tasks; n++)
		add_setting(knob, arena_printf(a, "%zu", n),
			arena_printf(a, "cores.workers=%zu", n), NULL, a);
	if (!knob)
		return;
	add_setting(knob, "one a task", NULL, NULL, a);
	knob->floor = "one worker core serves all tasks";
}

/* Chains cut into stretches of VNFs, each on a server of its own. */
static void add_servers(const struct scenario *s, int64_t most, struct knobs *k, struct arena *a)
{
	size_t n = s->servers.n < (size_t)most ? s->servers.n : (size_t)most, items = 0;
	for (size_t i = 0; i < s->chains.n; i++)
		items += scenario_chain(s, i)->items.n;
	struct knob *knob = add(k, "servers", n, a);
	for (size_t used = 1; knob && used <= n; used++) {
		const char **sets = arena_alloc(a, (items + 1) * sizeof(*sets)), **set = sets;
		for (size_t i = 0; i < s->chains.n; i++) {
			const struct chain *c = scenario_chain(s, i);
			for (size_t v = 0; v < c->items.n; v++)
				*set++ = arena_printf(a, "%s.%zu.on=%s.0", chain_key(c, "chain", a),
					v, scenario_server(s, v * used / c->items.n)->name);
		}
		knob->words[knob->n] = arena_printf(a, "%zu", used);
		knob->sets[knob->n++] = sets;
	}
	if (knob)
		knob->floor = "there is at least one server";
}

static bool check(const struct scenario *s, const struct knobs_range *r, const struct knobs *k,
	struct diag *d)
{
	size_t before = diag_errors(d);
	if (r->servers && s->servers.n < 2)
		diag_error(d, s->mark, "servers: {a: c6220, b: c6220}",
			"to vary the number of servers the scenario must name several");
	if (knobs_count(k) > KNOBS_MAX_CANDIDATES)
		diag_error(d, s->mark, "vary less, or with lower limits",
			"more than %d combinations are too many", KNOBS_MAX_CANDIDATES);
	return diag_errors(d) == before;
}

bool knobs_make(const struct scenario *s, const struct knobs_range *r, struct knobs *k,
	struct arena *a, struct diag *d)
{
	*k = (struct knobs){0};
	if (r->servers)
		add_servers(s, r->servers, k, a);
	for (size_t i = 0; i < s->chains.n; i++) {
		const struct chain *c = scenario_chain(s, i);
		for (size_t v = 0; r->queues && !c->reverse && v < c->items.n; v++)
			add_queues(s, c, v, r->queues, k, a);
		if (r->rx_queues && !c->reverse)
			add_rx_queues(c, r->rx_queues, k, a);
	}
	if (r->workers)
		add_workers(s, k, a);
	if (r->clock)
		add_clock(s, r->clock_step, k, a);
	return check(s, r, k, d);
}

size_t knobs_count(const struct knobs *k)
{
	size_t n = 1;
	for (size_t i = 0; i < k->n && n <= KNOBS_MAX_CANDIDATES; i++)
		n *= k->knob[i].n;
	return n;
}

static size_t stride(const struct knobs *k, size_t i)
{
	size_t n = 1;
	for (size_t j = i + 1; j < k->n; j++)
		n *= k->knob[j].n;
	return n;
}

size_t knobs_at(const struct knobs *k, size_t c, size_t i)
{
	return c / stride(k, i) % k->knob[i].n;
}

size_t knobs_down(const struct knobs *k, size_t c, size_t i)
{
	return knobs_at(k, c, i) ? c - stride(k, i) : SIZE_MAX;
}

const char *knobs_words(const struct knobs *k, size_t c, struct arena *a)
{
	const char *text = "";
	for (size_t i = 0; i < k->n; i++)
		text = arena_printf(a, "%s%s%s %s", text, i ? ", " : "", k->knob[i].name,
			k->knob[i].words[knobs_at(k, c, i)]);
	return *text ? text : "as it stands";
}

const char **knobs_sets(const struct knobs *k, size_t c, const char *const *base, size_t n_base,
	size_t *n, struct arena *a)
{
	size_t room = n_base;
	for (size_t i = 0; i < k->n; i++)
		for (const char *const *set = k->knob[i].sets[knobs_at(k, c, i)]; *set; set++)
			room++;
	const char **all = arena_alloc(a, (room + 1) * sizeof(*all));
	for (*n = 0; *n < n_base; (*n)++)
		all[*n] = base[*n];
	for (size_t i = 0; i < k->n; i++)
		for (const char *const *set = k->knob[i].sets[knobs_at(k, c, i)]; *set; set++)
			all[(*n)++] = *set;
	return all;
}
