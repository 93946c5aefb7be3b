/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * NFVbench, `nfvbench --json FILE` (summarizer.py and traffic_client.py of opnfv/nfvbench):
 *
 *   benchmarks.network.service_chain.PVP.result
 *     bidirectional       -> traffic.direction=both; rates there are sums of both directions
 *     result."64" (IMIX)  -> traffic.size
 *       ndr, pdr          -> a point each, metric pdr (ndr, when no loss at all is allowed)
 *         rate_pps        -> offered; less drop_percentage: the value
 *         stats.overall   -> avg_delay_usec: a point of the mean latency at that rate
 *       run_config, stats -> of one rate: direction-total.rx.rate_pps, loss and latency
 *   config.measurement    -> NDR, PDR: the loss allowed, in percent
 *
 * The server of NFVbench puts all of it below `result`, beside a `status`.
 *
 * TRex, NdrBenchResults.to_json() (ndr_bench.py of trex-core):
 *
 *   results
 *     rx_pps              -> the value
 *     tx_bps, tx_pps      -> traffic.size: bytes with CRC, when it is a whole number
 *     latency.ID.average  -> a point of the mean latency in us at tx_pps
 *   config.bi_dir         -> traffic.direction=both; rates are sums of both directions
 *   config.pdr            -> loss, in percent; 0: metric ndr
 */
#include "validate/import_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PREAMBLE_AND_GAP 20 /* bytes that a frame takes on the wire beside its own */
#define AGREES 0.02         /* how far two statements of one rate may differ */
#define MAX_RATE 1e12
#define MAX_US 1e9

/* What is allowed to be lost, in percent, when the file does not say it: cfg.default.yaml of
 * NFVbench, NdrBenchConfig of TRex. */
#define NFVBENCH_NDR 0.001
#define NFVBENCH_PDR 0.1
#define TREX_PDR 0.1

/* What a message calls the place: "pdr.stats.overall". */
static const struct ynode *part(
	struct importing *m, const struct ynode *of, const char *key, const char *where)
{
	const struct ynode *n = ytree_get(of, key);
	if (!n && of)
		diag_error(m->diag, of->key ? of->key_mark : of->mark, NULL, "%s has no '%s'",
			where, key);
	return n;
}

/* NAN after a complaint. */
static double number(struct importing *m, const struct ynode *n, double most, const char *what)
{
	char *end;
	if (!n)
		return NAN;
	double v = n->text ? strtod(n->text, &end) : NAN;
	if (n->text && !n->quoted && end != n->text && !*end && v >= 0 && v <= most)
		return v;
	diag_error(m->diag, n->mark, NULL, "'%s' wants %s", n->key, what);
	return NAN;
}

static bool is_true(const struct ynode *n)
{
	return n && n->text && strcasecmp(n->text, "true") == 0;
}

static const char *text_of(const struct ynode *n)
{
	return n && n->text && *n->text ? n->text : NULL;
}

/* What several points of one measurement have in common. */
struct trial {
	const char *id, *what;
	const char *size; /* "64", "IMIX"; NULL: unknown */
	const struct ynode *size_at;
	bool both;
	const char *note;
};

static void begin(struct importing *m, const struct trial *t, const char *suffix)
{
	import_begin(m, arena_printf(m->arena, "%s%s", t->id, suffix));
	import_put(m, "what", arena_printf(m->arena, "%s%s", t->what, suffix));
	if (t->note)
		import_put(m, "note", t->note);
	if (t->size && !import_frame_size(m, t->size))
		diag_error(m->diag, t->size_at->key_mark, NULL,
			"'%s' is no frame size from 64 to 9216, and not IMIX", t->size);
	if (t->both)
		import_set(m, "traffic.direction=both");
}

/* rate_pps: of both directions when there are two. */
static void set_rate(struct importing *m, const struct trial *t, double rate_pps)
{
	import_set(
		m, arena_printf(m->arena, "traffic.rate=%.12gpps", rate_pps / (t->both ? 2 : 1)));
}

/* The loss that the node allows, or the default when there is none. */
static double allowed_percent(struct importing *m, const struct ynode *n, double otherwise)
{
	return n ? number(m, n, 99, "a percentage from 0 to 99") : otherwise;
}

static void put_found(struct importing *m, const struct trial *t, double pps, double percent)
{
	if (!isfinite(percent))
		return;
	begin(m, t, "");
	import_put_searched(m, percent);
	import_put(m, "value", arena_printf(m->arena, "%.12g pps", pps));
	import_end(m);
}

static void put_latency(struct importing *m, const struct trial *t, const char *suffix, double us,
	double offered_pps)
{
	if (!(us > 0))
		return;
	begin(m, t, suffix);
	import_put(m, "metric", "latency");
	import_put(m, "value", arena_printf(m->arena, "%.12g us", us));
	set_rate(m, t, offered_pps);
	import_end(m);
}

/* --- NFVbench --- */

/* A rate is stated in packets and in bits a second; with or without preamble and gap. */
static void check_bits(
	struct importing *m, const struct trial *t, const struct ynode *rates, double pps)
{
	double size_B = t->size ? strtod(t->size, NULL) : 0;
	const struct ynode *n = ytree_get(rates, "rate_bps");
	if (!n || size_B < 64)
		return;
	double bps = number(m, n, 1e15, "bits a second");
	double wire = pps * (size_B + PREAMBLE_AND_GAP) * 8, frame = pps * size_B * 8;
	if (isfinite(bps) && fabs(bps / wire - 1) > AGREES && fabs(bps / frame - 1) > AGREES)
		diag_error(m->diag, n->mark, "both are of all directions together",
			"rate_bps and rate_pps are not of the same rate for frames of %g B",
			size_B);
}

static void read_found(
	struct importing *m, const struct trial *t, const struct ynode *found, double percent)
{
	const struct ynode *rate = part(m, found, "rate_pps", found->key);
	const struct ynode *stats = part(m, found, "stats", found->key);
	const struct ynode *all = stats ? part(m, stats, "overall", "stats") : NULL;
	const struct ynode *loss = all ? part(m, all, "drop_percentage", "stats.overall") : NULL;
	double pps = number(m, rate, MAX_RATE, "a number of packets a second");
	double lost = number(m, loss, 100, "a percentage from 0 to 100");
	double us = number(m, all ? ytree_get(all, "avg_delay_usec") : NULL, MAX_US,
		"a number of microseconds");
	if (!isfinite(pps) || !isfinite(lost))
		return;
	if (pps == 0) {
		diag_warning(m->diag, rate->mark, NULL, "%s was not found, and is left out", t->id);
		return;
	}
	check_bits(m, t, found, pps);
	put_found(m, t, pps * (1 - lost / 100), percent);
	put_latency(m, t, " latency", us, pps);
}

static void read_fixed(struct importing *m, const struct trial *t, const struct ynode *size)
{
	const struct ynode *run = part(m, size, "run_config", t->what);
	const struct ynode *total = run ? part(m, run, "direction-total", "run_config") : NULL;
	const struct ynode *tx = total ? part(m, total, "tx", "direction-total") : NULL;
	const struct ynode *rx = total ? part(m, total, "rx", "direction-total") : NULL;
	const struct ynode *stats = ytree_get(ytree_get(size, "stats"), "overall");
	double sent =
		tx ? number(m, part(m, tx, "rate_pps", "tx"), MAX_RATE, "packets a second") : NAN;
	double got =
		rx ? number(m, part(m, rx, "rate_pps", "rx"), MAX_RATE, "packets a second") : NAN;
	double us = number(m, ytree_get(ytree_get(stats, "rx"), "avg_delay_usec"), MAX_US,
		"a number of microseconds");
	if (!isfinite(sent) || !isfinite(got))
		return;
	check_bits(m, t, rx, got);
	begin(m, t, "");
	import_put(m, "value", arena_printf(m->arena, "%.12g pps", got));
	set_rate(m, t, sent);
	import_end(m);
	put_latency(m, t, " latency", us, sent);
}

/* What the points of a chain have in common. */
struct chain_result {
	const char *name;
	bool both;
	double allowed[2]; /* percent, of ndr and pdr */
};

static void read_size(
	struct importing *m, const struct chain_result *chain, const struct ynode *size)
{
	static const char *const found[] = {"ndr", "pdr"};
	struct trial t = {.size = size->key, .size_at = size, .both = chain->both};
	bool any = false;
	for (size_t i = 0; i < 2; i++) {
		const struct ynode *n = ytree_get(size, found[i]);
		if (!n)
			continue;
		any = true;
		t.id = t.what =
			arena_printf(m->arena, "%s %s %s", chain->name, size->key, found[i]);
		t.note = i ? "partial drop rate" : "non-drop rate";
		read_found(m, &t, n, chain->allowed[i]);
	}
	if (any)
		return;
	t.id = t.what = arena_printf(m->arena, "%s %s", chain->name, size->key);
	read_fixed(m, &t, size);
}

static void read_nfvbench(struct importing *m, const struct ynode *root)
{
	const struct ynode *network =
		part(m, ytree_get(root, "benchmarks"), "network", "benchmarks");
	const struct ynode *chains =
		network ? part(m, network, "service_chain", "benchmarks.network") : NULL;
	const struct ynode *limits = ytree_get(ytree_get(root, "config"), "measurement");
	struct chain_result r = {
		.allowed = {allowed_percent(m, ytree_get(limits, "NDR"), NFVBENCH_NDR),
			allowed_percent(m, ytree_get(limits, "PDR"), NFVBENCH_PDR)}};
	for (const struct ynode *c = chains ? chains->first : NULL; c; c = c->next) {
		const struct ynode *result = part(m, c, "result", "the chain");
		const struct ynode *sizes = result ? part(m, result, "result", "result") : NULL;
		r.name = c->key ? c->key : "chain";
		r.both = is_true(ytree_get(result, "bidirectional"));
		for (const struct ynode *s = sizes ? sizes->first : NULL; s; s = s->next)
			if (s->key && s->kind == YNODE_MAP)
				read_size(m, &r, s);
	}
}

/* --- TRex --- */

/* Whole bytes, or a mix, which the file does not describe. */
static void find_size(struct importing *m, struct trial *t, double bps, double pps)
{
	double size_B = bps / 8 / pps, whole_B = round(size_B);
	if (fabs(size_B / whole_B - 1) < 0.002)
		t->size = arena_printf(m->arena, "%.0f", whole_B);
	else
		t->note = arena_printf(m->arena, "frames of %.1f B on average", size_B);
}

static void read_latencies(
	struct importing *m, const struct trial *t, const struct ynode *groups, double sent)
{
	for (const struct ynode *g = groups ? groups->first : NULL; g; g = g->next) {
		const struct ynode *mean = part(m, g, "average", "a latency stream");
		double us = number(m, mean, MAX_US, "a number of microseconds");
		put_latency(m, t, arena_printf(m->arena, " latency %s", g->key ? g->key : ""), us,
			sent);
	}
}

static void read_trex(struct importing *m, const struct ynode *root)
{
	const struct ynode *r = ytree_get(root, "results"), *config = ytree_get(root, "config");
	const struct ynode *layer1 = ytree_get(r, "total_tx_L1");
	const char *title = text_of(ytree_get(r, "title"));
	double got = number(m, part(m, r, "rx_pps", "results"), MAX_RATE, "packets a second");
	double sent = number(m, part(m, r, "tx_pps", "results"), MAX_RATE, "packets a second");
	double bps = number(m, part(m, r, "tx_bps", "results"), 1e15, "bits a second");
	double wire = number(m, layer1, 1e15, "bits a second");
	if (!isfinite(got) || !isfinite(sent) || !isfinite(bps))
		return;
	if (!(got > 0 && sent > 0)) {
		diag_error(m->diag, r->key_mark, NULL, "no rate was found");
		return;
	}
	if (layer1 && isfinite(wire) &&
		fabs(wire / (bps + sent * PREAMBLE_AND_GAP * 8) - 1) > AGREES)
		diag_error(m->diag, layer1->mark, NULL,
			"total_tx_L1, tx_bps and tx_pps are not of the same rate");
	struct trial t = {.id = arena_printf(m->arena, "trex %s", title ? title : "ndr"),
		.what = title ? title : "ndr_bench",
		.size_at = r,
		.both = is_true(ytree_get(config, "bi_dir"))};
	find_size(m, &t, bps, sent);
	put_found(m, &t, got, allowed_percent(m, ytree_get(config, "pdr"), TREX_PDR));
	read_latencies(m, &t, ytree_get(r, "latency"), sent);
}

void import_json(struct importing *m, const struct ynode *root)
{
	const struct ynode *inside = ytree_get(root, "result");
	if (ytree_get(inside, "benchmarks"))
		root = inside;
	if (ytree_get(root, "benchmarks"))
		read_nfvbench(m, root);
	else if (ytree_get(root, "results") && ytree_get(root, "config"))
		read_trex(m, root);
	else
		diag_error(m->diag, root->mark,
			"NFVbench's has 'benchmarks', TRex's ndr_bench 'results' and 'config'",
			"this JSON is of no kind that is known");
}
