/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/load.h"

#include "model/resolve.h"
#include "model/wire.h"

#include <math.h>

double load_pps(const struct scenario *s)
{
	double pps = 0;
	for (size_t i = 0; i < s->chains.n; i++)
		pps += scenario_chain(s, i)->traffic.offered_pps;
	return pps;
}

static double chain_max_pps(const struct scenario *s, const struct chain *c)
{
	const struct source_spec *spec = &c->traffic.spec;
	size_t server = c->items.n ? scenario_item(c, 0)->spot.server : 0;
	double bps = c->from == END_VM ? RESOLVE_VM_BPS : resolve_link_bps(s, server);
	double pps = wire_line_rate_pps(bps, source_mean_size(spec));
	return spec->arrivals == ARRIVALS_ONOFF ? pps * spec->on_ps / (spec->on_ps + spec->off_ps)
						: pps;
}

double load_max_pps(const struct scenario *s)
{
	double factor = INFINITY;
	for (size_t i = 0; i < s->chains.n; i++) {
		const struct chain *c = scenario_chain(s, i);
		if (c->traffic.offered_pps > 0)
			factor = fmin(factor, chain_max_pps(s, c) / c->traffic.offered_pps);
	}
	return load_pps(s) * factor;
}

const char *load_fixed(const struct scenario *s)
{
	for (size_t i = 0; i < s->chains.n; i++)
		if (scenario_chain(s, i)->traffic.spec.arrivals == ARRIVALS_PCAP)
			return "the rate of a capture cannot be set; choose other arrivals";
	return load_pps(s) > 0 ? NULL : "the scenario offers no packets";
}

void load_set(struct scenario *s, double pps)
{
	double factor = pps / load_pps(s);
	for (size_t i = 0; i < s->chains.n; i++) {
		struct traffic *t = &scenario_chain(s, i)->traffic;
		t->offered_pps *= factor;
		t->spec.rate_pps = t->offered_pps;
	}
}
