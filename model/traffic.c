/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * traffic - from a scenario's traffic section to a source's specification
 */
#include "model/pcapfile.h"
#include "model/relative.h"
#include "model/resolve.h"
#include "model/sizemix.h"

#include <string.h>

#define LEAST_PPS 1e-3
#define MOST_SWITCHES 1e3 /* on and off periods a packet */

static struct mark mark_of(const struct traffic *t, const char *key)
{
	const struct param_table *table = scenario_traffic_table;
	for (size_t i = 0; table->params[i].key; i++)
		if (strcmp(table->params[i].key, key) == 0)
			return t->marks[i];
	return t->mark;
}

static void fixed_size(struct traffic *t, double size_B, struct arena *a, struct diag *d)
{
	if (size_B < WIRE_MIN_FRAME_B || size_B > WIRE_MAX_FRAME_B ||
		size_B != (double)(uint32_t)size_B) {
		diag_error(d, mark_of(t, "size"), NULL,
			"a frame has %d to %d whole bytes, CRC included", WIRE_MIN_FRAME_B,
			WIRE_MAX_FRAME_B);
		return;
	}
	uint32_t *size = arena_alloc(a, sizeof *size);
	double *weight = arena_alloc(a, sizeof *weight);
	*size = (uint32_t)size_B;
	*weight = 1;
	t->spec.sizes_B = size;
	t->spec.weights = weight;
	t->spec.n_sizes = 1;
}

static bool starts_like_number(const char *text)
{
	return strchr("0123456789.+-", *text) != NULL;
}

static void resolve_size(struct traffic *t, struct arena *a, struct diag *d)
{
	struct quantity q;
	enum quantity_status status = quantity_parse(t->size, DIM_SIZE, &q);
	if (status == QUANTITY_OK)
		fixed_size(t, q.value, a, d);
	else if (starts_like_number(t->size) && !strchr(t->size, '/'))
		diag_error(d, mark_of(t, "size"),
			"write it like 64 B, or name a size mix such as imix", "'%s' is not a size",
			t->size);
	else
		t->spec.n_sizes = sizemix_read(
			t->size, mark_of(t, "size"), &t->spec.sizes_B, &t->spec.weights, a, d);
}

static void resolve_rate(struct traffic *t, double link_bps, struct diag *d)
{
	double line_pps = wire_line_rate_pps(link_bps, source_mean_size(&t->spec));
	struct quantity q = {1, DIM_RATIO};
	if (strcmp(t->rate, "line") != 0 &&
		quantity_parse(t->rate, DIM_PPS | DIM_BPS | DIM_RATIO, &q) != QUANTITY_OK) {
		diag_error(d, mark_of(t, "rate"), "write line, 2 Mpps, 5 Gb/s or 50%",
			"'%s' is not a rate", t->rate);
		return;
	}
	double pps =
		q.dim == DIM_PPS ? q.value : line_pps * q.value / (q.dim == DIM_BPS ? link_bps : 1);
	if (pps > 0 && pps < LEAST_PPS)
		diag_error(d, mark_of(t, "rate"), "0 is allowed", "a rate is at least 0.001 pps");
	if (pps < 0 || pps > line_pps * (1 + 1e-9))
		diag_error(d, mark_of(t, "rate"), NULL,
			"%s is outside 0 to line rate, which is %.6g Mpps at this size", t->rate,
			line_pps / 1e6);
	t->offered_pps = t->spec.rate_pps = pps;
}

static bool is_given(const struct traffic *t, const char *key)
{
	const struct param_table *table = scenario_traffic_table;
	for (size_t i = 0; table->params[i].key; i++)
		if (strcmp(table->params[i].key, key) == 0)
			return t->given >> i & 1;
	return false;
}

static void warn_unused_by_replay(const struct traffic *t, struct diag *d)
{
	static const char *const keys[] = {"size", "rate", "flows", "zipf"};
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (is_given(t, keys[i]))
			diag_warning(d, mark_of(t, keys[i]),
				strcmp(keys[i], "rate") == 0
					? "speed: sets how fast the capture is replayed"
					: NULL,
				"'%s' is not used: a replay sends what the capture holds", keys[i]);
}

static void resolve_replay(struct traffic *t, double link_bps, struct arena *a, struct diag *d)
{
	struct mark at = mark_of(t, "pcap");
	if (!t->pcap) {
		diag_error(d, mark_of(t, "arrivals"), "add pcap: FILE", "which capture?");
		return;
	}
	warn_unused_by_replay(t, d);
	struct pcapfile f;
	const char *path = relative_file(relative_base(at), t->pcap, a);
	if (!pcapfile_read(path, t->speed.value, at, &f, a, d))
		return;
	t->spec.records = f.records;
	t->spec.n_records = f.n;
	t->spec.sizes_B = f.sizes_B;
	t->spec.weights = f.weights;
	t->spec.n_sizes = f.n_sizes;
	t->flows = f.flows;
	t->offered_pps = t->spec.rate_pps = f.rate_pps;
	if (f.rate_pps > wire_line_rate_pps(link_bps, source_mean_size(&t->spec)))
		diag_error(d, mark_of(t, "speed"), NULL,
			"at this speed the capture exceeds line rate");
}

void traffic_resolve(struct traffic *t, double link_bps, struct arena *a, struct diag *d)
{
	size_t before = diag_errors(d);
	if (!t->size || !t->rate)
		return; /* not a text: it has been complained about */
	t->spec.arrivals = (enum arrivals)t->arrivals;
	if (t->arrivals == ARRIVALS_PCAP) {
		resolve_replay(t, link_bps, a, d);
	} else {
		resolve_size(t, a, d);
		if (diag_errors(d) == before)
			resolve_rate(t, link_bps, d);
	}
	if (t->arrivals != ARRIVALS_PCAP && t->pcap)
		diag_error(d, mark_of(t, "pcap"), "add arrivals: pcap",
			"the capture would not be used");
	if (t->arrivals == ARRIVALS_ONOFF && diag_errors(d) == before) {
		double share = t->on.value / (t->on.value + t->off.value);
		double line_pps = wire_line_rate_pps(link_bps, source_mean_size(&t->spec));
		if (t->offered_pps > share * line_pps)
			diag_error(d, mark_of(t, "rate"), "lower the rate or shorten the silences",
				"bursts at line rate for %.3g %% of the time carry at most %.6g "
				"Mpps",
				100 * share, share * line_pps / 1e6);
	}
	double switches = t->offered_pps > 0
				  ? (double)PS_PER_S / t->offered_pps / (t->on.value + t->off.value)
				  : 0;
	if (t->arrivals == ARRIVALS_ONOFF && switches > MOST_SWITCHES)
		diag_error(d, mark_of(t, "on"), "lengthen them or raise the rate",
			"the periods are too short for the rate: most would be empty");
	t->spec.on_ps = t->on.value;
	t->spec.off_ps = t->off.value;
	t->spec.flows = (uint32_t)t->flows;
	t->spec.zipf = t->zipf.value;
	t->spec.tester_burst = (uint32_t)t->burst;
	t->spec.stamp = (enum stamp)t->stamp;
}
