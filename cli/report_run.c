/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/explain_out.h"
#include "cli/json_out.h"
#include "cli/report_items.h"
#include "cli/run_out.h"
#include "plan/point.h"

#include <math.h>
#include <stdlib.h>

#define BUDGET_PRECISION 0.02 /* of the run whose packets are followed */
#define BUDGET_PACKETS 1e6
#define PS_A_NS 1e3

enum { EVEN_STEPS = 200, STEPS_A_HALVING = 4 };

static void put_quantile(json_t *list, const struct hist *h, double q)
{
	json_t *pair = json_array();
	json_array_append_new(pair, json_real(q));
	json_array_append_new(pair, json_real(hist_quantile(h, q) / PS_A_NS));
	json_array_append_new(list, pair);
}

/* Even steps up to 99 %, then closer and closer to 1 as far as there are packets to tell, and the
 * largest value at the share that it is above of. */
static void put_spectrum(json_t *list, const struct hist *h)
{
	if (!h->n)
		return;
	for (int i = 0; i < EVEN_STEPS - 2; i++)
		put_quantile(list, h, (double)i / EVEN_STEPS);
	double rest = 0.01, least = 1 / (double)h->n;
	for (; rest > least; rest *= exp2(-1.0 / STEPS_A_HALVING))
		put_quantile(list, h, 1 - rest);
	if (least < 0.5)
		put_quantile(list, h, 1 - least);
}

static void put_spectra(json_t *object, const struct run_result *r)
{
	json_t *list = json_out_list(object, "spectrum");
	for (uint32_t i = 0; i < r->n_chains; i++) {
		json_t *chain = json_array();
		put_spectrum(chain, &r->chains[i].hist);
		json_array_append_new(list, chain);
	}
}

/* Follows the packets of a shorter run. */
static void put_budget(json_t *object, struct scenario *s)
{
	struct run_use keep = s->run;
	s->run.precision.value = fmax(s->run.precision.value, BUDGET_PRECISION);
	s->run.max_packets = (int64_t)fmin((double)s->run.max_packets, BUDGET_PACKETS);
	struct run_result *r = run_scenario(s, NULL);
	struct budget *b = budget_of(s, r);
	explain_json_budget(object, b, r);
	budget_free(b);
	run_free(r);
	s->run = keep;
}

static void put_written(
	json_t *object, const char *key, const struct param_table *t, const void *of, size_t n)
{
	char *text = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&text, &size);
	if (!to)
		return;
	for (size_t i = 0; i < n; i++)
		param_write(t, ((const void *const *)of)[i], to, 0);
	fclose(to);
	json_out_text(object, key, text);
	free(text);
}

static void put_texts(json_t *object, const struct scenario *s)
{
	json_t *o = json_out_object(object, "text");
	const void *scenario = s, *profile = s->profile;
	const void **platforms = xcalloc(s->servers.n, sizeof *platforms);
	for (size_t i = 0; i < s->servers.n; i++)
		platforms[i] = scenario_server(s, i)->platform;
	put_written(o, "scenario", &scenario_table, &scenario, 1);
	put_written(o, "profile", &profile_table, &profile, 1);
	put_written(o, "platforms", &platform_table, platforms, s->servers.n);
	free(platforms);
}

static void put_settings(json_t *object, const struct options *o)
{
	json_t *list = json_out_list(object, "settings");
	for (size_t i = 0; i < o->n_sets; i++)
		json_out_append_text(list, o->sets[i]);
}

json_t *report_run_new(struct scenario *s, const struct report_wish *wish)
{
	char key[SHA256_HEX];
	struct run_result *r = run_scenario(s, NULL);
	json_t *o = run_json_new(s, r);
	point_key(s, key);
	json_out_text(o, "key", key);
	put_settings(o, wish->options);
	put_spectra(o, r);
	report_placement_put(o, s);
	put_budget(o, s);
	put_texts(o, s);
	if (wish->curves)
		report_curves_put(o, wish, s, r);
	run_free(r);
	return o;
}
