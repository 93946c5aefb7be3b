/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "calib/laws.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TWO_PIECES_GAIN 0.75 /* of the relative error that must remain at most */
#define CLOCKS_APART 1.05    /* ratio from which clocks count as several */

enum { PIECES = LAWS_LARGE_BYTE + 1, MOST_POINTS = 4096 };

static const struct law_def {
	const char *key, *bench;
	const char *metric, *less; /* less: taken off; NULL: nothing */
	const char *instead;       /* when there is no metric - less */
	const char *poll;
	double most_burst;
	bool bytes, entries, copies;
} defs[] = {
	{"pnic.rx", "pmd", "rx", NULL, NULL, "poll", 256, true, false, false},
	{"pnic.tx", "pmd", "turn", "rx", "tx", NULL, 256, true, false, false},
	{"vnic.into_vm", "vhost", "enqueue", NULL, NULL, NULL, 32, true, false, true},
	{"vnic.out_of_vm", "vhost", "host_turn", "enqueue", "dequeue", "poll", 32, true, false,
		true},
	{"vnic.guest_rx", "vhost", "guest_rx", NULL, NULL, "guest_poll", 32, true, false, false},
	{"vnic.guest_tx", "vhost", "guest_turn", "guest_rx", "guest_tx", NULL, 32, true, false,
		false},
	{"nfs.l2fwd", "l2fwd", "packet", NULL, NULL, NULL, 256, false, false, false},
	{"nfs.l3fwd", "lpm", "packet", NULL, NULL, NULL, 256, false, true, false},
	{"nfs.firewall", "acl", "packet", NULL, NULL, NULL, 256, false, true, false},
	{"nfs.nat", "hash", "packet", NULL, NULL, NULL, 256, false, true, false},
};
enum { N_DEFS = sizeof defs / sizeof *defs };

/* What the samples are that laws are fitted to. */
struct choice {
	const struct samples_point *points;
	size_t n;
	const char *device;
};

static bool of_device(const struct samples_row *r, const char *device)
{
	if (strcmp(r->bench, "pmd") != 0)
		return true;
	return device ? strncmp(r->device, device, strlen(device)) == 0
		      : strncmp(r->device, "net_", 4) != 0;
}

static bool is_metric(const struct choice *c, size_t i, const struct law_def *d, const char *metric)
{
	const struct samples_row *r = c->points[i].row;
	return strcmp(r->bench, d->bench) == 0 && strcmp(r->metric, metric) == 0 &&
	       of_device(r, c->device);
}

static bool same(double x, double y)
{
	return x == y || (isnan(x) && isnan(y));
}

static const struct samples_point *partner(
	const struct choice *c, const struct law_def *d, const struct samples_row *r)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct samples_row *o = c->points[i].row;
		if (is_metric(c, i, d, d->less) && same(o->burst, r->burst) &&
			same(o->size_B, r->size_B) && same(o->clock_hz, r->clock_hz) &&
			strcmp(o->device, r->device) == 0)
			return &c->points[i];
	}
	return NULL;
}

/* The points of a law, with what is to be taken off gone; returns how many. */
static size_t gather(const struct choice *c, const struct law_def *d, const char *metric, bool less,
	struct samples_point *to)
{
	size_t n = 0;
	for (size_t i = 0; i < c->n && n < MOST_POINTS; i++) {
		struct samples_point p = c->points[i];
		if (!is_metric(c, i, d, metric) || !(p.row->burst >= 1))
			continue;
		const struct samples_point *off = less ? partner(c, d, p.row) : NULL;
		if (less && (!off || off->cycles >= p.cycles))
			continue;
		if (off) {
			p.cycles -= off->cycles;
			p.error = hypot(p.error, off->error);
		}
		to[n++] = p;
	}
	return n;
}

static bool several_clocks(const struct samples_point *p, size_t n)
{
	double low = INFINITY, high = 0;
	for (size_t i = 0; i < n; i++)
		if (isfinite(p[i].row->clock_hz)) {
			low = fmin(low, p[i].hz);
			high = fmax(high, p[i].hz);
		}
	return high > CLOCKS_APART * low;
}

static void terms_at(const struct law_def *d, double burst, double size_B, double doublings,
	double x[LAWS_TERMS])
{
	x[LAWS_BURST] = 1;
	x[LAWS_PACKET] = burst;
	x[LAWS_BYTE] = d->bytes ? burst * size_B : 0;
	x[LAWS_DOUBLING] = d->entries ? burst * doublings : 0;
}

/* With several clocks everything is in ns: cycles have their length in ns as factor. */
static struct fit_point observation(
	const struct law_def *d, const struct samples_point *p, const struct laws_law *law)
{
	struct fit_point o = {.y = p->cycles, .error = p->error};
	double doublings = d->entries ? log2(p->row->entries / law->entries) : 0;
	terms_at(d, p->row->burst, p->row->size_B, doublings, o.x);
	if (!law->clocks)
		return o;
	double ns = 1e9 / p->hz;
	for (size_t t = 0; t < LAWS_TERMS; t++) {
		o.x[LAWS_TERMS + t] = o.x[t];
		o.x[t] *= ns;
	}
	o.y *= ns;
	o.error *= ns;
	return o;
}

static struct fit_point piece(const struct samples_point *p)
{
	double n = p->row->burst, B = p->row->size_B;
	bool large = B > LAWS_STEP_B;
	return (struct fit_point){
		.x = {1, large ? 0 : n, large ? 0 : n * B, large ? n : 0, large ? n * B : 0},
		.y = p->cycles,
		.error = p->error};
}

/* Points of one burst, size or number of entries belong together. */
static double level(const struct samples_point *p, int kind)
{
	return kind == 0 ? p->row->burst : kind == 1 ? p->row->size_B : p->row->entries;
}

static size_t group_by(const struct samples_point *p, size_t n, int kind, size_t *group)
{
	size_t groups = 0;
	for (size_t i = 0; i < n; i++) {
		size_t k = 0;
		while (k < i && !same(level(&p[k], kind), level(&p[i], kind)))
			k++;
		group[i] = k < i ? group[k] : groups++;
	}
	return groups;
}

static int by_value(const void *x, const void *y)
{
	double a = *(const double *)x, b = *(const double *)y;
	return (a > b) - (a < b);
}

/* What repetitions of a configuration differ by, in the middle: a run may be off by that. */
static double repeats_by(const struct samples_point *p, size_t n)
{
	double *relative = xcalloc(n + 1, sizeof *relative);
	for (size_t i = 0; i < n; i++)
		relative[i] = p[i].error / p[i].cycles;
	qsort(relative, n, sizeof *relative, by_value);
	double middle = n ? relative[n / 2] : 0;
	free(relative);
	return middle;
}

/* Lack of fit along each axis, and the spread of repetitions. */
static void widen(
	struct fit *f, const struct samples_point *p, const struct fit_point *o, bool bounded)
{
	enum { KINDS = 3 };
	size_t *group = xcalloc(f->n + 1, sizeof *group);
	for (int kind = 0; kind < KINDS; kind++)
		fit_widen(f, o, group, group_by(p, f->n, kind, group), bounded);
	fit_share(f, repeats_by(p, f->n));
	free(group);
}

static void fit_pieces(struct laws_law *law, const struct samples_point *p, struct fit_point *o)
{
	for (size_t i = 0; i < law->points; i++)
		o[i] = piece(&p[i]);
	law->two_pieces = fit_robust(o, law->points, PIECES, true, &law->pieces) &&
			  law->pieces.used[LAWS_LARGE_PACKET] &&
			  law->pieces.rms < TWO_PIECES_GAIN * law->fit.rms;
	if (law->two_pieces)
		widen(&law->pieces, p, o, true);
}

/* One more point like those: its error is what the fit leaves, relative. */
static void try_next(struct laws_law *law, const struct law_def *d, const double at[3])
{
	double x[FIT_TERMS] = {0};
	terms_at(d, at[0], at[1], d->entries ? log2(at[2] / law->entries) : 0, x);
	double worth = fit_worth(&law->fit, x, law->fit.rms * fit_predict(&law->fit, x));
	if (!(worth > law->next_worth))
		return;
	law->next_worth = worth;
	law->next_burst = at[0];
	law->next_size_B = d->bytes ? at[1] : NAN;
	law->next_entries = d->entries ? at[2] : NAN;
}

static void find_next(struct laws_law *law, const struct law_def *d)
{
	static const double bursts[] = {1, 4, 8, 16, 32, 64, 128, 256};
	static const double sizes[] = {64, 128, 256, 320, 640, 1024, 1518};
	static const double entries[] = {10, 100, 1000, 10000, 100000, 1000000};
	law->next_burst = law->next_size_B = law->next_entries = NAN;
	if (law->clocks) /* what is worth most depends on the clocks that can be set */
		return;
	for (size_t b = 0; b < sizeof bursts / sizeof *bursts; b++)
		for (size_t s = 0; s < (d->bytes ? sizeof sizes / sizeof *sizes : 1); s++)
			for (size_t e = 0; e < (d->entries ? sizeof entries / sizeof *entries : 1);
				e++)
				if (bursts[b] <= d->most_burst)
					try_next(law, d,
						(double[]){bursts[b], sizes[s], entries[e]});
	if (d->bytes && !law->fit.used[LAWS_BYTE] && !law->fit.negative[LAWS_BYTE]) {
		law->next_size_B = sizes[sizeof sizes / sizeof *sizes - 1];
		law->next_burst = d->most_burst;
		law->next_worth = 1;
	}
}

static void find_poll(struct laws_law *law, const struct law_def *d, const struct choice *c)
{
	for (size_t i = 0; d->poll && i < c->n; i++)
		if (is_metric(c, i, d, d->poll)) {
			law->has_poll = true;
			law->poll_cycles = c->points[i].cycles;
			law->poll_error = c->points[i].error;
		}
}

static void fit_law(
	struct laws_law *law, const struct law_def *d, const struct choice *c, struct arena *a)
{
	struct samples_point *p = xcalloc(MOST_POINTS, sizeof *p);
	struct fit_point *o = xcalloc(MOST_POINTS, sizeof *o);
	bool less = d->less != NULL;
	const char *metric = d->metric;
	law->points = gather(c, d, metric, less, p);
	if (!law->points && d->instead) {
		metric = d->instead;
		less = false;
		law->points = gather(c, d, metric, false, p);
	}
	law->key = d->key;
	law->bench = less ? arena_printf(a, "%s %s - %s", d->bench, metric, d->less)
			  : arena_printf(a, "%s %s", d->bench, metric);
	law->clocks = several_clocks(p, law->points);
	law->entries = d->entries ? INFINITY : NAN;
	for (size_t i = 0; d->entries && i < law->points; i++)
		law->entries = fmin(law->entries, p[i].row->entries);
	for (size_t i = 0; i < law->points; i++)
		o[i] = observation(d, &p[i], law);
	law->good = fit_robust(
		o, law->points, law->clocks ? 2 * LAWS_TERMS : LAWS_TERMS, true, &law->fit);
	find_poll(law, d, c);
	if (law->good) {
		widen(&law->fit, p, o, true);
		find_next(law, d);
	}
	if (law->good && d->copies && !law->clocks)
		fit_pieces(law, p, o);
	free(o);
	free(p);
}

size_t laws_fit(const struct samples_point *points, size_t n, const char *device,
	struct laws_law **to, struct arena *a)
{
	struct choice c = {points, n, device};
	*to = arena_alloc(a, N_DEFS * sizeof **to);
	for (size_t i = 0; i < N_DEFS; i++)
		fit_law(&(*to)[i], &defs[i], &c, a);
	return N_DEFS;
}

/* --- Values --- */

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

size_t laws_profile(const struct laws_law *laws, size_t n, const struct profile *base,
	struct laws_value **to, struct arena *a)
{
	struct values v = {.arena = a};
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

/* ns a line, mean over the measurements of that many lines and more; NaN: none. */
static double line_ns(
	const struct samples_point *p, size_t n, const char *metric, bool remote, double least)
{
	double sum = 0, count = 0;
	for (size_t i = 0; i < n; i++) {
		const struct samples_row *r = p[i].row;
		if (strcmp(r->bench, "line") != 0 || strcmp(r->metric, metric) != 0 ||
			!(r->entries >= least) || (r->socket_a != r->socket_b) != remote)
			continue;
		sum += p[i].cycles / p[i].hz * 1e9 / r->entries;
		count++;
	}
	return count > 0 ? sum / count : NAN;
}

static void add_line(struct values *v, const char *key, double ns)
{
	if (!isfinite(ns))
		return;
	struct laws_value *to = add(v, key, ns * (double)PS_PER_NS, DIM_TIME);
	to->error = (struct quantity){0.1 * ns * (double)PS_PER_NS, DIM_TIME};
	to->note = "lines that the other core wrote last, one after the other";
}

static void add_machine(struct values *v, const struct samples *s)
{
	double sockets = isfinite(s->sockets) ? s->sockets : 1, hz = samples_core_hz(s);
	double threads = isfinite(s->threads_per_core) ? s->threads_per_core : 1;
	add(v, "sockets", sockets, DIM_COUNT);
	if (isfinite(s->processors))
		add(v, "cores_per_socket", fmax(1, floor(s->processors / threads / sockets)),
			DIM_COUNT);
	double low = hz, high = hz;
	for (size_t i = 0; i < s->n; i++)
		if (isfinite(s->rows[i].clock_hz) && isfinite(s->rows[i].clock_ratio)) {
			low = fmin(low, s->rows[i].clock_ratio * s->tsc_hz);
			high = fmax(high, s->rows[i].clock_ratio * s->tsc_hz);
		}
	const char *note = low < high ? "at the settings that were measured"
				      : "the clock that the cores ran at; it was not varied";
	add(v, "clock.min", round(low / 1e6) * 1e6, DIM_FREQ)->note = note;
	add(v, "clock.max", round(high / 1e6) * 1e6, DIM_FREQ)->note = note;
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
	for (size_t i = 0; i < r->measured; i++)
		if (strcmp(v->items[i].key, key) == 0)
			return;
	struct laws_value *to = add(v, arena_strdup(v->arena, key), s->value.value, s->value.dim);
	to->error = s->error;
	to->source = SOURCED_ASSUMED;
	to->note = arena_printf(v->arena, "as %s: not measured here", r->name);
}

size_t laws_platform(const struct samples *s, const struct samples_point *points, size_t n,
	struct platform *base, struct laws_value **to, struct arena *a)
{
	struct values v = {.arena = a};
	add_machine(&v, s);
	double one = line_ns(points, n, "chase", false, 8);
	double all = line_ns(points, n, "stream", false, 32);
	add_line(&v, "memory.line_local", one);
	add_line(&v, "memory.line_remote", line_ns(points, n, "chase", true, 8));
	if (isfinite(one / all))
		add(&v, "memory.fill_buffers", fmax(1, round(one / all)), DIM_COUNT)->note =
			"lines read one after the other, over all at once";
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
	bool measured = v->source == SOURCED_MEASURED || v->source == SOURCED_FITTED;
	double error = v->error.value;
	return arena_printf(a, "%s={value: %s%s%s, source: %s%s%s%s}", v->key,
		quantity_print(rounded(v->value, error), text, sizeof text),
		part("error", v->error, error, a),
		part("uncore", v->uncore, v->uncore.value / 100, a), sourced_kinds[v->source],
		measured ? ", from: [calib]" : "", v->note ? ", note: " : "",
		v->note ? quoted(v->note, a) : "");
}
