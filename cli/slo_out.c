/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/slo_out.h"

#include "base/quantity.h"
#include "cli/json_out.h"
#include "cli/text.h"
#include "cli/verb.h"

#include <math.h>

/* With at most so many digits, or the interval would hide in them. */
static const char *shown(double value, enum dim dim, struct arena *a)
{
	if (!isfinite(value))
		return "-";
	if (dim == DIM_RATIO)
		return arena_printf(a, "%s %%", text_number(100 * value, 3, a));
	if (dim == DIM_TIME)
		return text_seconds(value / (double)PS_PER_S, 5, a);
	return text_rate(value, dim == DIM_BPS ? "b/s" : "pps", 5, a);
}

void slo_text_print(const struct slo *slo, const struct slo_check *checks, FILE *to)
{
	static const char *const heads[] = {
		"<target", "<is", ">value", ">from", ">to (95 %)", NULL};
	struct arena *a = arena_new();
	struct text_table t;
	text_table_start(&t, heads, a);
	for (size_t i = 0; i < slo->n; i++) {
		enum dim dim = slo->target[i].limit.dim;
		text_table_cell(&t, "%s", slo->target[i].text);
		text_table_cell(&t, "%s", slo_word(checks[i].verdict));
		text_table_cell(&t, "%s", shown(checks[i].value, dim, a));
		text_table_cell(&t, "%s", shown(checks[i].lo, dim, a));
		text_table_cell(&t, "%s", shown(checks[i].hi, dim, a));
	}
	text_table_print(&t, to);
	arena_free(a);
}

/* JSON has ns where the program has ps. */
static double in_ns(double value, enum dim dim)
{
	return dim == DIM_TIME ? value / PS_PER_NS : value;
}

void slo_json_put(json_t *object, const struct slo *slo, const struct slo_check *checks)
{
	json_t *list = json_out_list(object, "slo");
	for (size_t i = 0; i < slo->n; i++) {
		enum dim dim = slo->target[i].limit.dim;
		json_t *o = json_out_append(list);
		json_out_text(o, "target", slo->target[i].text);
		json_out_text(o, "verdict", slo_word(checks[i].verdict));
		json_out_text(o, "unit",
			dim == DIM_TIME  ? "ns"
			: dim == DIM_PPS ? "pps"
			: dim == DIM_BPS ? "b/s"
					 : "1");
		json_out_number(o, "value", in_ns(checks[i].value, dim));
		json_out_number(o, "lo", in_ns(checks[i].lo, dim));
		json_out_number(o, "hi", in_ns(checks[i].hi, dim));
	}
}

int slo_report(const struct slo *slo, const struct run_result *r, json_t *object)
{
	static const int codes[] = {
		[SLO_MET] = VERB_DONE, [SLO_OPEN] = VERB_INCONCLUSIVE, [SLO_MISSED] = VERB_UNMET};
	struct slo_check checks[SLO_TARGETS];
	for (size_t i = 0; i < slo->n; i++)
		checks[i] = slo_check(&slo->target[i], r);
	if (object)
		slo_json_put(object, slo, checks);
	else
		slo_text_print(slo, checks, stdout);
	return codes[slo_verdict(slo, r)];
}
