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
	const char *only; /* calls of instead that free nothing */
	double most_burst;
	bool bytes, entries, copies;
} defs[] = {
	{"pnic.rx", "pmd", "rx", NULL, NULL, "poll", NULL, 256, true, false, false},
	{"pnic.tx", "pmd", "turn", "rx", "tx", NULL, NULL, 256, true, false, false},
	{"vnic.into_vm", "vhost", "enqueue", NULL, NULL, NULL, NULL, 32, true, false, true},
	{"vnic.out_of_vm", "vhost", "host_turn", "enqueue", "dequeue", "poll", NULL, 32, true,
		false, true},
	{"vnic.guest_rx", "vhost", "guest_rx", NULL, NULL, "guest_poll", NULL, 32, true, false,
		false},
	{"vnic.guest_tx", "vhost", "guest_turn", "guest_rx", "guest_tx", NULL, "guest_tx_only", 32,
		true, false, false},
	{"nfs.l2fwd", "l2fwd", "packet", NULL, NULL, NULL, NULL, 256, false, false, false},
	{"nfs.l3fwd", "lpm", "packet", NULL, NULL, NULL, NULL, 256, false, true, false},
	{"nfs.firewall", "acl", "packet", NULL, NULL, NULL, NULL, 256, false, true, false},
	{"nfs.nat", "hash", "packet", NULL, NULL, NULL, NULL, 256, false, true, false},
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

/* The same configuration's point of another metric. */
static const struct samples_point *partner(const struct choice *c, const struct law_def *d,
	const struct samples_row *r, const char *metric)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct samples_row *o = c->points[i].row;
		if (is_metric(c, i, d, metric) && same(o->burst, r->burst) &&
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
		if (!is_metric(c, i, d, metric) || !(p.row->burst >= 1) ||
			(d->entries && !(p.row->entries >= 1)))
			continue;
		const struct samples_point *off = less ? partner(c, d, p.row, d->less) : NULL;
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
static void widen(struct fit *f, const struct samples_point *p, const struct fit_point *o)
{
	enum { KINDS = 3 };
	size_t *group = xcalloc(f->n + 1, sizeof *group);
	for (int kind = 0; kind < KINDS; kind++)
		fit_widen(f, o, group, group_by(p, f->n, kind, group));
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
		widen(&law->pieces, p, o);
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

static void find_free(struct laws_law *law, const struct law_def *d, const struct choice *c)
{
	double sum = 0, squares = 0, n = 0;
	for (size_t i = 0; d->only && i < c->n; i++) {
		const struct samples_point *p = &c->points[i];
		const struct samples_point *all =
			is_metric(c, i, d, d->only) ? partner(c, d, p->row, d->instead) : NULL;
		if (!all)
			continue;
		double part = (all->cycles - p->cycles) / p->row->burst;
		sum += part;
		squares += part * part;
		n++;
	}
	law->has_free = n > 1 && sum > 0;
	law->free_cycles = sum / n;
	law->free_error = sqrt(fmax(0, squares / n - sum / n * sum / n) / (n - 1));
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
	find_free(law, d, c);
	if (law->good) {
		widen(&law->fit, p, o);
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
