/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/uncertainty.h"

#include "sim/philox.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_statistics.h>
#include <math.h>
#include <string.h>

#define HELD_SIZE_B 64 /* totals were measured with small packets */

/* Visits the values of a profile or a platform. */
struct visit {
	struct uncertainty *u;
	const struct scenario *s;
	const char *file;
	uint32_t draw;
	size_t room;
};

typedef void visit_function(void *arg, const char *key, struct sourced *v);

static bool nf_in_use(const struct scenario *s, const char *name, size_t len)
{
	for (size_t i = 0; i < s->chains.n; i++)
		for (size_t k = 0; k < scenario_chain(s, i)->items.n; k++) {
			const char *nf = scenario_item(scenario_chain(s, i), k)->nf;
			if (strlen(nf) == len && strncmp(nf, name, len) == 0)
				return true;
		}
	return false;
}

/* Whether an answer can depend on it. */
static bool matters(const struct visit *v, const char *key)
{
	if (strncmp(key, "power.", 6) == 0)
		return false;
	return strncmp(key, "nfs.", 4) != 0 || nf_in_use(v->s, key + 4, strcspn(key + 4, "."));
}

static void each_value(struct visit *v, struct scenario *s, visit_function *f)
{
	v->s = s;
	v->file = s->profile->name;
	profile_each(s->profile, f, v);
	for (size_t i = 0; i < s->servers.n; i++) {
		struct platform *p = scenario_server(s, i)->platform;
		v->file = p->name;
		platform_each(p, f, v);
	}
}

static struct uncertainty_value *find(
	const struct uncertainty *u, const char *file, const char *key)
{
	size_t len = strlen(file);
	for (size_t i = 0; i < u->n_values; i++) {
		const char *is = u->values[i].key;
		if (strncmp(is, file, len) == 0 && is[len] == '.' && strcmp(is + len + 1, key) == 0)
			return &u->values[i];
	}
	return NULL;
}

static void collect(void *arg, const char *key, struct sourced *value)
{
	struct visit *v = arg;
	struct uncertainty *u = v->u;
	if (!(value->error.value > 0) || !matters(v, key) || find(u, v->file, key))
		return;
	if (u->n_values == v->room) {
		struct uncertainty_value *old = u->values;
		v->room = v->room ? 2 * v->room : 64;
		u->values = arena_alloc(u->arena, v->room * sizeof *u->values);
		if (old)
			memcpy(u->values, old, u->n_values * sizeof *old);
	}
	u->values[u->n_values++] =
		(struct uncertainty_value){.key = arena_printf(u->arena, "%s.%s", v->file, key)};
}

/* One value's column of the hypercube, from a stream of its own. */
static double *draw_column(const struct uncertainty *u, const char *key)
{
	double *z = arena_alloc(u->arena, u->draws * sizeof *z);
	gsl_rng *rng = gsl_rng_alloc(philox_type);
	philox_stream(rng, 0, 0, key);
	for (uint32_t i = 0; i < u->draws; i++)
		z[i] = gsl_cdf_ugaussian_Pinv((i + gsl_rng_uniform_pos(rng)) / u->draws);
	gsl_ran_shuffle(rng, z, u->draws, sizeof *z);
	gsl_rng_free(rng);
	return z;
}

struct uncertainty *uncertainty_new(const struct scenario *s, uint32_t draws, struct arena *a)
{
	struct uncertainty *u = arena_alloc(a, sizeof *u);
	*u = (struct uncertainty){.draws = draws, .arena = a};
	struct visit v = {.u = u};
	each_value(&v, (struct scenario *)s, collect);
	for (size_t i = 0; i < u->n_values; i++)
		u->values[i].z = draw_column(u, u->values[i].key);
	for (int m = 0; m < PAIRED_METRICS; m++)
		u->answer[m] = arena_alloc(a, draws * sizeof *u->answer[m]);
	return u;
}

static void move(void *arg, const char *key, struct sourced *value)
{
	const struct visit *v = arg;
	const struct uncertainty_value *is = find(v->u, v->file, key);
	if (is && value->error.value > 0)
		value->value.value =
			fmax(0, value->value.value + value->error.value * is->z[v->draw]);
}

/* Cycles a packet in bursts of so many; parts in ns do not count. */
static double cycles(const struct sourced_cost *c, double burst)
{
	struct cost k = sourced_cost(c);
	double packet = k.packet.cycles + (k.byte.cycles + k.copied_byte.cycles) * HELD_SIZE_B;
	if (k.large_above_B < HELD_SIZE_B)
		packet += k.large_packet.cycles + k.large_byte.cycles * HELD_SIZE_B;
	return (k.poll.cycles + k.burst.cycles) / burst + packet;
}

/* What a VNF's thread does besides the function's own work. */
static double other_cycles(const struct profile *p)
{
	double burst = p->vnf.burst.value.value;
	double sum = cycles(&p->vnic.guest_rx, burst) + cycles(&p->vnic.guest_tx, burst);
	if (p->mover == MOVER_SENDER)
		sum += cycles(&p->vnic.into_vm, burst);
	if (p->mover == MOVER_NONE)
		sum = cycles(&p->pnic.rx, burst) + cycles(&p->pnic.tx, burst);
	return sum;
}

static void hold_totals(struct profile *p, double added_cycles)
{
	struct nf_def *nf = p->nfs.items;
	for (size_t i = 0; i < p->nfs.n; i++) {
		struct sourced *own = &nf[i].cost.per_packet;
		if (own->source == SOURCED_FITTED && own->value.dim == DIM_CYCLES)
			own->value.value = fmax(0, own->value.value - added_cycles);
	}
}

void uncertainty_apply(const struct uncertainty *u, uint32_t draw, struct scenario *s)
{
	struct visit v = {.u = (struct uncertainty *)u, .draw = draw};
	double before = other_cycles(s->profile);
	each_value(&v, s, move);
	hold_totals(s->profile, other_cycles(s->profile) - before);
}

void uncertainty_tell(struct uncertainty *u, uint32_t draw, const struct run_result *r)
{
	for (int m = 0; m < PAIRED_METRICS; m++)
		u->answer[m][draw] = paired_value(r, (enum paired_metric)m).value;
}

/* Squared correlation: the share of the variance that a straight line in the value explains. */
static double share_of(const double *z, const double *y, size_t n)
{
	if (!(gsl_stats_variance(y, 1, n) > 0))
		return 0;
	double r = gsl_stats_correlation(z, 1, y, 1, n);
	return r * r;
}

static void sort(struct uncertainty *u, enum paired_metric by)
{
	for (size_t i = 1; i < u->n_values; i++) {
		struct uncertainty_value v = u->values[i];
		size_t k = i;
		for (; k > 0 && u->values[k - 1].share[by] < v.share[by]; k--)
			u->values[k] = u->values[k - 1];
		u->values[k] = v;
	}
}

void uncertainty_finish(struct uncertainty *u, enum paired_metric by)
{
	for (int m = 0; m < PAIRED_METRICS; m++) {
		double sd = gsl_stats_sd(u->answer[m], 1, u->draws);
		u->calibration[m] = stats_t975(u->draws - 1) * sd * sqrt(1 + 1.0 / u->draws);
		for (size_t i = 0; i < u->n_values; i++)
			u->values[i].share[m] = share_of(u->values[i].z, u->answer[m], u->draws);
	}
	sort(u, by);
}
