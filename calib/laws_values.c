/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "calib/laws_values.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MHZ 1e6
#define TURBO 0.01 /* relative: by how much a clock differs from its setting at least */

struct values {
	struct laws_value *items;
	size_t n, room;
	struct arena *arena;
};

static struct laws_value *add(struct values *v, const char *key, double value, enum dim dim)
{
	if (v->n == v->room) {
		v->room = v->room ? 2 * v->room : 64;
		struct laws_value *more = arena_alloc(v->arena, v->room * sizeof *more);
		if (v->n)
			memcpy(more, v->items, v->n * sizeof *more);
		v->items = more;
	}
	v->items[v->n] =
		(struct laws_value){.key = key, .value = {value, dim}, .source = SOURCED_MEASURED};
	return &v->items[v->n++];
}

static void add_measured(struct values *v, const char *key, struct machine_value m, double scale,
	enum dim dim, const char *note)
{
	if (!isfinite(m.value))
		return;
	struct laws_value *to = add(v, key, m.value * scale, dim);
	to->error = (struct quantity){m.error * scale, dim};
	to->note = note;
}

static const char *law_note(const struct laws_law *law, struct arena *a)
{
	return arena_printf(a, "%s: %zu points, R2 %.3f, rms %.1f %%", law->bench, law->points,
		law->fit.r2, 100 * law->fit.rms);
}

static void add_term(struct values *v, const struct laws_law *law, const char *key, int term)
{
	struct laws_value *to = add(
		v, arena_printf(v->arena, "%s.%s", law->key, key), law->fit.c[term], DIM_CYCLES);
	double ns = law->clocks ? law->fit.c[LAWS_TERMS + term] : 0;
	to->error = (struct quantity){law->fit.error[term], DIM_CYCLES};
	to->uncore = (struct quantity){ns * (double)PS_PER_NS, DIM_TIME};
	to->note = law_note(law, v->arena);
	if (law->fit.used[term])
		return;
	if (law->fit.negative[term]) {
		to->note = arena_printf(v->arena, "%s; held at 0", to->note);
		return;
	}
	to->source = SOURCED_ASSUMED;
	to->note = "the samples do not tell it apart from the other parts";
}

static const struct sourced_cost *base_cost(const struct profile *base, const char *key)
{
	const struct {
		const char *key;
		const struct sourced_cost *cost;
	} costs[] = {{"pnic.rx", &base->pnic.rx}, {"pnic.tx", &base->pnic.tx},
		{"vnic.into_vm", &base->vnic.into_vm}, {"vnic.out_of_vm", &base->vnic.out_of_vm},
		{"vnic.guest_rx", &base->vnic.guest_rx}, {"vnic.guest_tx", &base->vnic.guest_tx}};
	for (size_t i = 0; i < sizeof costs / sizeof *costs; i++)
		if (strcmp(costs[i].key, key) == 0)
			return costs[i].cost;
	return NULL;
}

/* The look at a queue is part of a call: measured, or as the base has it. */
static double add_poll(
	struct values *v, const struct laws_law *law, const struct sourced_cost *base)
{
	const char *key = arena_printf(v->arena, "%s.per_poll", law->key);
	if (!law->has_poll)
		return sourced_part(&base->per_poll).cycles;
	struct laws_value *to = add(v, key, law->poll_cycles, DIM_CYCLES);
	to->error = (struct quantity){law->poll_error, DIM_CYCLES};
	to->note = "a look at an empty queue";
	return law->poll_cycles;
}

/* What the base puts off may be more than a packet costs here. */
static void hold_free(struct values *v, const char *key, const struct sourced *base,
	const struct laws_value *packet)
{
	struct cost_part had = sourced_part(base);
	double uncore_ps = had.ns * (double)PS_PER_NS;
	if (had.cycles <= packet->value.value && uncore_ps <= packet->uncore.value)
		return;
	struct laws_value *to = add(v, key, fmin(had.cycles, packet->value.value), DIM_CYCLES);
	to->uncore = (struct quantity){fmin(uncore_ps, packet->uncore.value), DIM_TIME};
	to->error = packet->error;
	to->source = SOURCED_ASSUMED;
	to->note = "as in the base, up to per_packet";
}

/* Where the base says that freeing is put off. */
static void add_free(struct values *v, const struct laws_law *law, const struct sourced_cost *base)
{
	struct laws_value packet = v->items[v->n - 1];
	const char *key = arena_printf(v->arena, "%s.free.per_packet", law->key);
	if (!sourced_given(&base->free.above))
		return;
	if (!law->has_free) {
		hold_free(v, key, &base->free.per_packet, &packet);
		return;
	}
	bool all = law->free_cycles >= packet.value.value;
	struct laws_value *to =
		add(v, key, all ? packet.value.value : law->free_cycles, DIM_CYCLES);
	to->error = all ? packet.error : (struct quantity){law->free_error, DIM_CYCLES};
	to->note = "calls on average beyond those that free nothing";
}

static void add_crossing(
	struct values *v, const struct laws_law *law, const struct sourced_cost *base)
{
	double poll = add_poll(v, law, base);
	struct laws_law stated = *law;
	if (law->two_pieces)
		stated.fit = law->pieces;
	add_term(v, &stated, "per_burst", LAWS_BURST);
	struct quantity *burst = &v->items[v->n - 1].value;
	burst->value = fmax(0, burst->value - poll);
	add_term(v, &stated, "per_packet", LAWS_PACKET);
	add_free(v, law, base);
	add_term(v, &stated, "per_byte", LAWS_BYTE);
	if (law->two_pieces) {
		const char *above = arena_printf(v->arena, "%s.large.above", law->key);
		add(v, above, LAWS_STEP_B, DIM_SIZE)->note = "vhost batches copies of up to 256 B";
		add_term(v, &stated, "large.per_packet", LAWS_LARGE_PACKET);
		add_term(v, &stated, "large.per_byte", LAWS_LARGE_BYTE);
	}
	if (sourced_given(&base->per_copied_byte))
		add(v, arena_printf(v->arena, "%s.per_copied_byte", law->key), 0, DIM_CYCLES)
			->note = "all in per_byte";
}

static void add_nf(struct values *v, const struct laws_law *law)
{
	struct laws_law cost = *law;
	cost.key = arena_printf(v->arena, "%s.cost", law->key);
	add_term(v, &cost, "per_burst", LAWS_BURST);
	add_term(v, &cost, "per_packet", LAWS_PACKET);
	if (isnan(law->entries))
		return;
	add(v, arena_printf(v->arena, "%s.entries", law->key), law->entries, DIM_COUNT);
	add_term(v, law, "per_doubling", LAWS_DOUBLING);
}

/* Where the base sleeps, the delay that was measured. */
static void add_waking(
	struct values *v, const char *key, const struct waking *base, const struct machine *m)
{
	if (base->mode == MODE_INTERRUPT)
		add_measured(v, key, m->wake_ns, PS_PER_NS, DIM_TIME,
			"write to an eventfd until the sleeper runs, mean over lengths of sleep");
}

size_t laws_profile(const struct laws_law *laws, size_t n, const struct machine *m,
	const struct profile *base, struct laws_value **to, struct arena *a)
{
	struct values v = {.arena = a};
	add_waking(&v, "worker.delay", &base->worker, m);
	add_waking(&v, "vnf.waking.delay", &base->vnf.waking, m);
	for (size_t i = 0; i < n; i++) {
		const struct sourced_cost *cost = base_cost(base, laws[i].key);
		if (!laws[i].good)
			continue;
		if (cost)
			add_crossing(&v, &laws[i], cost);
		else
			add_nf(&v, &laws[i]);
	}
	*to = v.items;
	return v.n;
}

/* --- Platform --- */

static const char *frequency(double hz, struct arena *a)
{
	char text[64];
	struct quantity q = {round(hz / MHZ) * MHZ, DIM_FREQ};
	return arena_strdup(a, quantity_print(q, text, sizeof text));
}

/* Settings at which cores run at another clock, in place of those of the base. */
static void add_effective(struct values *v, const struct machine *m, const struct platform *base)
{
	const char *list = "";
	for (size_t i = 0; i < m->n_clocks; i++) {
		const struct machine_clock *c = &m->clocks[i];
		if (fabs(c->hz.value / c->set_hz - 1) > TURBO)
			list = arena_printf(v->arena,
				"%s%s{set: %s, effective: {value: %s, error: %s, source: measured, "
				"from: [calib]}}",
				list, *list ? ", " : "", frequency(c->set_hz, v->arena),
				frequency(c->hz.value, v->arena), frequency(c->hz.error, v->arena));
	}
	if (*list || base->clock.effective.n)
		add(v, "clock.effective", 0, DIM_FREQ)->yaml = arena_printf(v->arena, "[%s]", list);
}

static void add_clock(struct values *v, const struct machine *m, const struct platform *base)
{
	double low = INFINITY, high = 0;
	for (size_t i = 0; i < m->n_clocks; i++) {
		low = fmin(low, m->clocks[i].set_hz);
		high = fmax(high, m->clocks[i].set_hz);
	}
	struct machine_value hz = {round(m->hz.value / MHZ) * MHZ, m->hz.error};
	add_effective(v, m, base);
	if (m->n_clocks == 0) {
		const char *note = "the clock that the cores ran at; it was not varied";
		add_measured(v, "clock.min", hz, 1, DIM_FREQ, note);
		add_measured(v, "clock.max", hz, 1, DIM_FREQ, note);
		return;
	}
	add(v, "clock.min", low, DIM_FREQ)->note = "the lowest setting that was measured";
	add(v, "clock.max", high, DIM_FREQ)->note = "the highest setting that was measured";
}

static void add_cores(struct values *v, const struct samples *s)
{
	double sockets = isfinite(s->sockets) ? s->sockets : 1;
	double threads = isfinite(s->threads_per_core) ? s->threads_per_core : 1;
	add(v, "sockets", sockets, DIM_COUNT);
	if (isfinite(s->processors))
		add(v, "cores_per_socket", fmax(1, floor(s->processors / threads / sockets)),
			DIM_COUNT);
}

struct rest {
	struct values *values;
	size_t measured;
	const char *name;
};

static void add_rest(void *arg, const char *key, struct sourced *s)
{
	struct rest *r = arg;
	struct values *v = r->values;
	if (strncmp(key, "clock.effective.", strlen("clock.effective.")) == 0)
		return;
	for (size_t i = 0; i < r->measured; i++)
		if (strcmp(v->items[i].key, key) == 0)
			return;
	struct laws_value *to = add(v, arena_strdup(v->arena, key), s->value.value, s->value.dim);
	to->error = s->error;
	to->source = SOURCED_ASSUMED;
	to->note = arena_printf(v->arena, "as %s: not measured here", r->name);
}

size_t laws_platform(const struct samples *s, const struct machine *m, struct platform *base,
	struct laws_value **to, struct arena *a)
{
	struct values v = {.arena = a};
	const char *chase = "lines that the other core wrote last, one after the other";
	struct machine_value fill = {fmax(1, round(m->fill_buffers.value)), m->fill_buffers.error};
	add_cores(&v, s);
	add_clock(&v, m, base);
	add_measured(&v, "memory.line_local", m->line_local_ns, PS_PER_NS, DIM_TIME, chase);
	add_measured(&v, "memory.line_remote", m->line_remote_ns, PS_PER_NS, DIM_TIME, chase);
	if (isfinite(m->fill_buffers.value))
		add_measured(&v, "memory.fill_buffers", fill, 1, DIM_COUNT,
			"lines read one after the other, over all at once");
	struct rest r = {&v, v.n, base->name};
	platform_each(base, add_rest, &r);
	*to = v.items;
	return v.n;
}

/* The value with few digits: what is beyond the error says nothing. */
static struct quantity rounded(struct quantity q, double error)
{
	if (q.value == 0 || !(error > 0))
		return q;
	int digits = (int)fmin(15, fmax(1, ceil(log10(fabs(q.value) / error)) + 2));
	char text[32];
	snprintf(text, sizeof text, "%.*g", digits, q.value);
	q.value = strtod(text, NULL);
	return q;
}

static const char *part(const char *key, struct quantity q, double error, struct arena *a)
{
	char text[64];
	return q.value > 0 ? arena_printf(a, ", %s: %s", key,
				     quantity_print(rounded(q, error), text, sizeof text))
			   : "";
}

static const char *quoted(const char *text, struct arena *a)
{
	char *to = arena_alloc(a, 2 * strlen(text) + 3), *p = to;
	*p++ = '\'';
	for (; *text; text++) {
		if (*text == '\'')
			*p++ = '\'';
		*p++ = *text;
	}
	*p = '\'';
	return to;
}

const char *laws_assignment(const struct laws_value *v, struct arena *a)
{
	char text[64];
	if (v->yaml)
		return arena_printf(a, "%s=%s", v->key, v->yaml);
	bool measured = v->source == SOURCED_MEASURED || v->source == SOURCED_FITTED;
	double error = v->error.value;
	return arena_printf(a, "%s={value: %s%s%s, source: %s%s%s%s}", v->key,
		quantity_print(rounded(v->value, error), text, sizeof text),
		part("error", v->error, error, a),
		part("uncore", v->uncore, v->uncore.value / 100, a), sourced_kinds[v->source],
		measured ? ", from: [calib]" : "", v->note ? ", note: " : "",
		v->note ? quoted(v->note, a) : "");
}
