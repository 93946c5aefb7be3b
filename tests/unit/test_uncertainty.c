/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Errors of values: draws against the normal distribution, totals that are held, and an answer
 * whose error is known by arithmetic
 *
 * One VNF that sends by itself at line rate delivers clock / cycles, so an error of 2 % of the
 * cycles is one of 2 % of the rate.
 */
#include "plan/uncertainty.h"

#include "tests/unit/scenario_text.h"

#include <gsl/gsl_statistics.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { DRAWS = 64 };

static struct scenario *read_text(const char *text, struct arena *a)
{
	struct scenario *s = scenario_text(text, NULL, 0, a);
	assert_non_null(s);
	return s;
}

#define BESS "{dataplane: bess, server: c6220, chain: [l3fwd]}"

static const struct uncertainty_value *value(const struct uncertainty *u, const char *key)
{
	for (size_t i = 0; i < u->n_values; i++)
		if (strcmp(u->values[i].key, key) == 0)
			return &u->values[i];
	return NULL;
}

static int ascending(const void *x, const void *y)
{
	double a = *(const double *)x, b = *(const double *)y;
	return (a > b) - (a < b);
}

/* One draw in each of n equally likely intervals; columns do not go together. */
static void hypercube(void **state)
{
	(void)state;
	struct arena *a = arena_new();
	struct uncertainty *u = uncertainty_new(read_text(BESS, a), DRAWS, a);
	assert_true(u->n_values > 20);
	for (size_t i = 0; i < u->n_values; i++) {
		double z[DRAWS];
		memcpy(z, u->values[i].z, sizeof z);
		if (i)
			assert_true(fabs(gsl_stats_correlation(z, 1, u->values[i - 1].z, 1,
					    DRAWS)) < 4.5 / sqrt(DRAWS));
		qsort(z, DRAWS, sizeof *z, ascending);
		for (int k = 0; k < DRAWS; k++) {
			double share = 0.5 * erfc(-z[k] / sqrt(2));
			assert_true(share * DRAWS >= k - 1e-9 && share * DRAWS <= k + 1 + 1e-9);
		}
	}
	assert_non_null(value(u, "bess.vnic.into_vm.per_packet"));
	assert_non_null(value(u, "bess.nfs.l3fwd.cost.per_packet"));
	assert_non_null(value(u, "c6220.nic.dma_rx"));
	assert_null(value(u, "bess.nfs.nat.cost.per_packet")); /* not in the chain */
	assert_null(value(u, "c6220.power.idle"));
	assert_null(value(u, "bess.vnf.burst")); /* without an error */
	arena_free(a);
}

/* Each draw moves each value by its z; a fitted cost takes up what the rest of its thread got. */
static void holds_totals(void **state)
{
	(void)state;
	struct arena *a = arena_new();
	struct scenario *base = read_text(BESS, a);
	struct uncertainty *u = uncertainty_new(base, DRAWS, a);
	for (uint32_t i = 0; i < DRAWS; i++) {
		struct scenario *s = read_text(BESS, a);
		uncertainty_apply(u, i, s);
		const struct profile_vnic *v = &s->profile->vnic, *w = &base->profile->vnic;
		const struct nf_def *nf = profile_nf(s->profile, "l3fwd");
		const struct nf_def *nf0 = profile_nf(base->profile, "l3fwd");
		double into = v->into_vm.per_packet.value.value - w->into_vm.per_packet.value.value;
		double z = value(u, "bess.vnic.into_vm.per_packet")->z[i];
		assert_true(fabs(into - z * w->into_vm.per_packet.error.value) < 1e-9);
		double all = nf->cost.per_packet.value.value + v->guest_rx.per_packet.value.value +
			     v->guest_tx.per_packet.value.value +
			     (v->guest_rx.per_poll.value.value + v->guest_rx.per_burst.value.value +
				     v->guest_tx.per_burst.value.value) /
				     32;
		double stated =
			nf0->cost.per_packet.value.value + w->guest_rx.per_packet.value.value +
			w->guest_tx.per_packet.value.value +
			(w->guest_rx.per_poll.value.value + w->guest_rx.per_burst.value.value +
				w->guest_tx.per_burst.value.value) /
				32;
		double own = value(u, "bess.nfs.l3fwd.cost.per_packet")->z[i] *
			     nf0->cost.per_packet.error.value;
		assert_true(fabs(all - stated - own) < 1e-9);
	}
	arena_free(a);
}

/* From 64 B on every packet pays the second line of a cost in two pieces, and so do the totals. */
static struct scenario *read_pieces(struct arena *a)
{
	struct scenario *s = read_text(BESS, a);
	struct sourced_large *large = &s->profile->vnic.guest_rx.large;
	large->above = (struct sourced){.value = {60, DIM_SIZE}, .given = 1};
	large->per_packet =
		(struct sourced){.value = {90, DIM_CYCLES}, .error = {25, DIM_CYCLES}, .given = 1};
	return s;
}

static void holds_totals_of_two_pieces(void **state)
{
	(void)state;
	struct arena *a = arena_new();
	struct scenario *base = read_pieces(a);
	struct uncertainty *u = uncertainty_new(base, DRAWS, a);
	const struct uncertainty_value *large = value(u, "bess.vnic.guest_rx.large.per_packet");
	assert_non_null(large);
	for (size_t i = 0; i < u->n_values; i++) /* that one alone */
		for (uint32_t k = 0; &u->values[i] != large && k < DRAWS; k++)
			u->values[i].z[k] = 0;
	for (uint32_t i = 0; i < DRAWS; i++) {
		struct scenario *s = read_pieces(a);
		uncertainty_apply(u, i, s);
		double added = s->profile->vnic.guest_rx.large.per_packet.value.value - 90;
		double own = profile_nf(s->profile, "l3fwd")->cost.per_packet.value.value -
			     profile_nf(base->profile, "l3fwd")->cost.per_packet.value.value;
		assert_true(fabs(added - 25 * large->z[i]) < 1e-9);
		assert_true(fabs(added + own) < 1e-9);
	}
	arena_free(a);
}

static void known_error(void **state)
{
	(void)state;
	static const char text[] =
		"{dataplane: bess, server: c6220, cpu: 2 GHz, chain: [work],"
		" nfs: {work: {cost: {per_packet: 1000 cycles}}}, run: {duration: 2ms}}";
	struct arena *a = arena_new();
	struct scenario *s = read_text(text, a);
	struct uncertainty *u = uncertainty_new(s, DRAWS, a);
	struct paired_design d = {
		.warmup_ps = PS_PER_MS, .sample_ps = PS_PER_MS, .samples = 2, .replications = true};
	for (uint32_t i = 0; i < DRAWS; i++) {
		struct scenario *drawn = read_text(text, a);
		uncertainty_apply(u, i, drawn);
		struct run_result *r = paired_run(drawn, &d, NULL, NULL);
		uncertainty_tell(u, i, r);
		run_free(r);
	}
	uncertainty_finish(u, PAIRED_RATE);
	/* 1168 cycles in all; virtio's own: 15 and 15 a packet, 15 / 32 a poll, 150 / 32 twice. */
	const struct profile_vnic *v = &s->profile->vnic;
	double burst =
		hypot(v->guest_rx.per_burst.error.value, v->guest_tx.per_burst.error.value) / 32;
	double sd =
		hypot(hypot(v->guest_rx.per_packet.error.value, v->guest_tx.per_packet.error.value),
			hypot(burst, v->guest_rx.per_poll.error.value / 32));
	double expected = stats_t975(DRAWS - 1) * sd / (1000 + 278.5 - 110.2);
	double is = u->calibration[PAIRED_RATE] / gsl_stats_mean(u->answer[PAIRED_RATE], 1, DRAWS);
	if (fabs(is / expected - 1) > 0.1)
		fail_msg("+-%g %% instead of %g %%", 100 * is, 100 * expected);
	double top = u->values[0].share[PAIRED_RATE] + u->values[1].share[PAIRED_RATE];
	assert_true(strstr(u->values[0].key, "guest_") && strstr(u->values[1].key, "guest_"));
	assert_true(top > 0.6 && top < 1.2);
	arena_free(a);
}

int main(void)
{
	setenv("NFVSIM_DATA", "scenarios", 1);
	const struct CMUnitTest tests[] = {cmocka_unit_test(hypercube),
		cmocka_unit_test(holds_totals), cmocka_unit_test(holds_totals_of_two_pieces),
		cmocka_unit_test(known_error)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
