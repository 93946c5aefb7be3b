/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/uncertainty_out.h"

#include "cli/json_out.h"
#include "cli/progress.h"
#include "cli/reread.h"
#include "cli/text.h"

#include <math.h>

enum { NAMED = 6 };

#define CHANCE \
	3.84 /* over the draws: the share that a value without effect exceeds in 5 % of cases */

struct uncertainty *uncertainty_measure(const char *path, const struct options *o,
	const struct scenario *s, const struct run_result *r, uint32_t draws)
{
	struct progress progress = progress_start(o);
	struct paired_design d = paired_design_of(r);
	struct uncertainty *u = uncertainty_new(s, draws, o->arena);
	for (uint32_t i = 0; i < draws; i++) {
		struct arena *a = arena_new();
		const char *why;
		progress_show(&progress, "draw %u of %u", i + 1, draws);
		struct scenario *drawn = reread_scenario(path, o, (struct reread_sets){0}, a, &why);
		uncertainty_apply(u, i, drawn);
		struct run_result *one = paired_run(drawn, &d, NULL, NULL);
		uncertainty_tell(u, i, one);
		run_free(one);
		arena_free(a);
	}
	progress_end(&progress);
	const struct run_chain *c = &r->chains[r->n_chains];
	uncertainty_finish(u, c->dropped ? PAIRED_RATE : PAIRED_MEAN);
	return u;
}

static enum paired_metric sorted_by(const struct run_result *r)
{
	return r->chains[r->n_chains].dropped ? PAIRED_RATE : PAIRED_MEAN;
}

static void put_metric(struct text_table *t, const struct uncertainty *u,
	const struct run_result *r, enum paired_metric m)
{
	struct interval is = paired_value(r, m);
	double scale = paired_names[m].scale, both = hypot(is.half, u->calibration[m]);
	struct interval calibrated = {is.value, u->calibration[m]}, all = {is.value, both};
	text_table_cell(t, "%s", paired_names[m].name);
	text_table_cell(t, "%s", paired_names[m].unit);
	text_table_cell(t, "%s", text_value(all, scale, t->arena));
	text_table_cell(t, "%s", text_half(is, scale, t->arena));
	text_table_cell(t, "%s", text_half(calibrated, scale, t->arena));
	text_table_cell(t, "%s", text_half(all, scale, t->arena));
	text_table_cell(t, "%s",
		is.value > 0 && isfinite(both)
			? arena_printf(t->arena, "%.2g %%", 100 * both / is.value)
			: "-");
}

void uncertainty_text_print(const struct uncertainty *u, const struct run_result *r, FILE *to)
{
	static const char *const heads[] = {"<uncertainty (95 %)", "<", ">value", ">simulation",
		">calibration", ">both", ">relative", NULL};
	struct arena *a = arena_new();
	struct text_table t;
	text_table_start(&t, heads, a);
	for (int m = 0; m < PAIRED_METRICS; m++)
		put_metric(&t, u, r, (enum paired_metric)m);
	text_table_print(&t, to);
	fprintf(to, "  %zu values with errors, %u draws\n", u->n_values, u->draws);
	enum paired_metric by = sorted_by(r);
	const char *sep = arena_printf(a, "  %s leans most on: ", paired_names[by].name);
	for (size_t i = 0; i < u->n_values && i < NAMED; i++) {
		if (u->values[i].share[by] < CHANCE / u->draws)
			break;
		fprintf(to, "%s%s (%.0f %%)", sep, u->values[i].key, 100 * u->values[i].share[by]);
		sep = ",\n    ";
	}
	if (*sep == ',')
		fputc('\n', to);
	arena_free(a);
}

void uncertainty_json_put(json_t *object, const struct uncertainty *u, const struct run_result *r)
{
	json_t *o = json_out_object(object, "uncertainty");
	json_out_count(o, "draws", u->draws);
	json_t *list = json_out_list(o, "metrics");
	for (int m = 0; m < PAIRED_METRICS; m++) {
		struct interval is = paired_value(r, (enum paired_metric)m);
		json_t *at = json_out_append(list);
		json_out_text(at, "metric", paired_names[m].key);
		json_out_number(at, "value", is.value);
		json_out_number(at, "simulation_ci95", is.half);
		json_out_number(at, "calibration_ci95", u->calibration[m]);
		json_out_number(at, "both_ci95", hypot(is.half, u->calibration[m]));
	}
	json_t *values = json_out_list(o, "values");
	for (size_t i = 0; i < u->n_values; i++) {
		json_t *at = json_out_append(values);
		json_out_text(at, "key", u->values[i].key);
		json_out_number(at, "share_of_rate_variance", u->values[i].share[PAIRED_RATE]);
		json_out_number(at, "share_of_latency_variance", u->values[i].share[PAIRED_MEAN]);
	}
}
