/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/power.h"

#include <string.h>

const char *power_unknown(const struct scenario *s)
{
	for (size_t i = 0; i < s->servers.n; i++) {
		const struct platform *p = scenario_server(s, i)->platform;
		if (!sourced_given(&p->power.idle) || !sourced_given(&p->power.core_active))
			return p->name;
	}
	return NULL;
}

static bool assumed(const struct sourced *s)
{
	return sourced_given(s) && s->source == SOURCED_ASSUMED;
}

bool power_assumed(const struct scenario *s)
{
	for (size_t i = 0; i < s->servers.n; i++) {
		const struct platform_power *p = &scenario_server(s, i)->platform->power;
		if (assumed(&p->idle) || assumed(&p->core_active) || assumed(&p->core_min))
			return true;
	}
	return false;
}

double power_core_w(const struct platform *p, double clock_hz)
{
	double max = p->power.core_active.value.value, min = max;
	double low = p->clock.min.value.value, high = p->clock.max.value.value;
	if (sourced_given(&p->power.core_min))
		min = p->power.core_min.value.value;
	double share = high > low ? (clock_hz - low) / (high - low) : 1;
	return min + (max - min) * (share < 0 ? 0 : share);
}

static double server_w(const struct build *b, size_t server, const struct run_result *busy)
{
	const struct server_use *u = scenario_server(b->scenario, server);
	const struct parts *cores = &b->net->cores;
	double w = 0;
	for (uint32_t i = 0; i < cores->n; i++) {
		const struct core *c = cores->item[i];
		if (strcmp(c->server, u->name) != 0)
			continue;
		double share = busy && c->interrupt ? busy->cores[i].busy : 1;
		w += (w > 0 ? 0 : u->platform->power.idle.value.value) +
		     share * power_core_w(u->platform, c->clock_hz);
	}
	return w;
}

double power_build_w(const struct build *b, const struct run_result *busy)
{
	double w = 0;
	for (size_t i = 0; i < b->scenario->servers.n; i++)
		w += server_w(b, i, busy);
	return w;
}
