/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/profile.h"

#include "model/datafile.h"
#include "model/table.h"

#include <stdio.h>
#include <string.h>

static const char *const movers[] = {"worker", "shared", "sender", "none", NULL};
static const char *const full_policies[] = {"drop", "stall", "reserve", NULL};
static const char *const round_robins[] = {"packet", "burst", NULL};
static const char *const modes[] = {"poll", "interrupt", NULL};
static const char *const tx_policies[] = {"immediate", "burst", "adaptive", NULL};
static const char *const timer_starts[] = {"free-running", "first-packet", NULL};

static const struct param waking_params[] = {
	TABLE_ENUM("mode", struct waking, mode, "poll", modes,
		"poll: always busy; interrupt: sleeps when idle"),
	TABLE_GROUP("delay", struct waking, delay, &sourced_time_table,
		"from the interrupt to the first poll"),
	TABLE_GROUP("moderation", struct waking, moderation, &sourced_time_table,
		"least time between two interrupts"),
	TABLE_GROUP("linger", struct waking, linger, &sourced_time_table,
		"how long it goes on polling before it sleeps"),
	TABLE_GROUP("cost", struct waking, cost, &sourced_part_table, "cost of one wake-up"),
	TABLE_END};
const struct param_table profile_waking_table = {"waking", "how a core learns of new packets",
	sizeof(struct waking), waking_params, "mode", TABLE_NONE, TABLE_NONE, TABLE_NONE};

static const struct param full_params[] = {
	TABLE_ENUM("policy", struct full_policy, policy, "drop", full_policies,
		"drop what finds no room, stall and retry first, or reserve room before copying"),
	TABLE_GROUP("retries", struct full_policy, retries, &sourced_count_table,
		"looks before dropping"),
	TABLE_GROUP("wait", struct full_policy, wait, &sourced_time_table,
		"busy wait between two looks"),
	TABLE_END};
static const struct param_table full_table = {"when_full",
	"what a sender does when the ring is full", sizeof(struct full_policy), full_params,
	"policy", TABLE_NONE, TABLE_NONE, TABLE_NONE};

static const struct param transmit_params[] = {
	TABLE_ENUM("policy", struct transmit, policy, "immediate", tx_policies,
		"send at once, in full bursts, or in bursts as large as the last input burst"),
	TABLE_GROUP("burst", struct transmit, burst, &sourced_count_table,
		"packets that make a full burst"),
	TABLE_GROUP("timer", struct transmit, timer, &sourced_time_table,
		"flush timer for bursts that do not fill"),
	TABLE_ENUM("timer_starts", struct transmit, timer_starts, "free-running", timer_starts,
		"the timer runs freely, or from the first packet that waits"),
	TABLE_GROUP("check_every", struct transmit, check_every, &sourced_count_table,
		"polls between two looks at the timer"),
	TABLE_BOOL("full_burst_bypass", struct transmit, full_burst_bypass, "no",
		"an input burst that is full flushes what waits and goes out at once"),
	TABLE_BOOL("pay_when_sent", struct transmit, pay_when_sent, "no",
		"sending a packet costs when it leaves the buffer, not when it joins it"),
	TABLE_END};
const struct param_table profile_transmit_table = {"transmit", "when a VNF's packets are sent",
	sizeof(struct transmit), transmit_params, "policy", offsetof(struct transmit, given),
	TABLE_NONE, TABLE_NONE};

static const struct param nf_params[] = {
	TABLE_GROUP("cost", struct nf_def, cost, &sourced_cost_table,
		"work on a burst, without receiving and sending"),
	TABLE_GROUP("entries", struct nf_def, entries, &sourced_count_table,
		"rules or table entries that the cost was stated for"),
	TABLE_GROUP("per_entry", struct nf_def, per_entry, &sourced_part_table,
		"cost a packet of each further entry"),
	TABLE_GROUP("per_doubling", struct nf_def, per_doubling, &sourced_part_table,
		"cost a packet of each doubling of the entries"),
	TABLE_GROUP("transmit", struct nf_def, transmit, &profile_transmit_table,
		"when its packets are sent, if not as the profile says"),
	TABLE_TEXT("doc", struct nf_def, doc, NULL, "what it is"), TABLE_END};
const struct param_table profile_nf_table = {"nf", "a network function", sizeof(struct nf_def),
	nf_params, "cost", offsetof(struct nf_def, given), TABLE_NONE, TABLE_NONE};

static const struct param pnic_params[] = {
	TABLE_GROUP("rx_ring", struct profile_pnic, rx_ring, &sourced_count_table,
		"receive descriptors of a queue"),
	TABLE_GROUP("tx_ring", struct profile_pnic, tx_ring, &sourced_count_table,
		"transmit descriptors of a queue"),
	TABLE_GROUP(
		"rx", struct profile_pnic, rx, &sourced_cost_table, "receiving a burst from a NIC"),
	TABLE_GROUP("tx", struct profile_pnic, tx, &sourced_cost_table, "sending a burst to a NIC"),
	TABLE_END};
static const struct param vnic_params[] = {
	TABLE_GROUP("ring", struct profile_vnic, ring, &sourced_count_table,
		"slots of the ring towards the VM"),
	TABLE_GROUP("tx_ring", struct profile_vnic, tx_ring, &sourced_count_table,
		"slots of the ring from the VM"),
	TABLE_GROUP("into_vm", struct profile_vnic, into_vm, &sourced_cost_table,
		"handing a burst to a VM"),
	TABLE_GROUP("out_of_vm", struct profile_vnic, out_of_vm, &sourced_cost_table,
		"taking a burst from a VM"),
	TABLE_GROUP("guest_rx", struct profile_vnic, guest_rx, &sourced_cost_table,
		"the VM receives a burst"),
	TABLE_GROUP("guest_tx", struct profile_vnic, guest_tx, &sourced_cost_table,
		"the VM sends a burst"),
	TABLE_GROUP("when_full", struct profile_vnic, when_full, &full_table,
		"the ring towards the VM is full"),
	TABLE_GROUP("when_full_guest", struct profile_vnic, when_full_guest, &full_table,
		"the ring from the VM is full"),
	TABLE_END};
static const struct param vnf_params[] = {
	TABLE_GROUP("burst", struct profile_vnf, burst, &sourced_count_table,
		"packets a VNF takes at most"),
	TABLE_GROUP("max_vcpus", struct profile_vnf, max_vcpus, &sourced_count_table,
		"vCPUs a VNF can have"),
	TABLE_TEXT("max_vcpus_why", struct profile_vnf, max_vcpus_why, NULL, "why not more"),
	TABLE_GROUP("waking", struct profile_vnf, waking, &profile_waking_table,
		"polling or interrupts"),
	TABLE_GROUP("transmit", struct profile_vnf, transmit, &profile_transmit_table,
		"when packets are sent"),
	TABLE_END};

static const struct param_table pnic_table = {"pnic", "physical NICs", sizeof(struct profile_pnic),
	pnic_params, NULL, TABLE_NONE, TABLE_NONE, TABLE_NONE};
static const struct param_table vnic_table = {"vnic", "the crossing between switch and VM",
	sizeof(struct profile_vnic), vnic_params, NULL, TABLE_NONE, TABLE_NONE, TABLE_NONE};
static const struct param_table vnf_table = {"vnf", "what all VNFs share",
	sizeof(struct profile_vnf), vnf_params, NULL, TABLE_NONE, TABLE_NONE, TABLE_NONE};

static const struct param profile_params[] = {
	TABLE_TEXT("title", struct profile, title, NULL, "the dataplane's full name"),
	TABLE_TEXT("doc", struct profile, doc, NULL, "versions, readings taken, limits"),
	TABLE_ENUM("mover", struct profile, mover, "worker", movers,
		"who moves packets between NICs and VMs: worker cores, one core shared by the "
		"server, the "
		"sending thread, or nobody"),
	TABLE_GROUP("burst", struct profile, burst, &sourced_count_table,
		"packets a mover takes at most"),
	TABLE_GROUP("forward", struct profile, forward, &sourced_cost_table,
		"the switch's own work on a burst, whatever its ends"),
	TABLE_GROUP(
		"worker", struct profile, worker, &profile_waking_table, "polling or interrupts"),
	TABLE_BOOL("can_split", struct profile, can_split, "yes",
		"whether the switch can spread packets over several queues or VNFs"),
	TABLE_ENUM("round_robin", struct profile, round_robin, "packet", round_robins,
		"what it deals out in turn over queues: single packets or whole bursts"),
	TABLE_GROUP("pnic", struct profile, pnic, &pnic_table, "physical NICs"),
	TABLE_GROUP(
		"vnic", struct profile, vnic, &vnic_table, "the crossing between switch and VM"),
	TABLE_GROUP("vnf", struct profile, vnf, &vnf_table, "what all VNFs share"),
	TABLE_MAP("nfs", struct profile, nfs, &profile_nf_table, "network functions"), TABLE_END};
const struct param_table profile_table = {"profile", "a dataplane", sizeof(struct profile),
	profile_params, NULL, offsetof(struct profile, given), offsetof(struct profile, mark),
	TABLE_NONE};

/* What the simulation cannot do without. */
static void check_needed(const struct profile *p, struct diag *d)
{
	const struct {
		const char *key;
		const struct sourced *value;
		bool needed;
	} needs[] = {
		{"burst", &p->burst, p->mover != MOVER_NONE},
		{"pnic.rx_ring", &p->pnic.rx_ring, true},
		{"pnic.tx_ring", &p->pnic.tx_ring, true},
		{"vnic.ring", &p->vnic.ring, true},
		{"vnic.tx_ring", &p->vnic.tx_ring, true},
		{"vnf.burst", &p->vnf.burst, true},
	};
	for (size_t i = 0; i < sizeof needs / sizeof *needs; i++) {
		double v = needs[i].value->value.value;
		if (needs[i].needed && !sourced_given(needs[i].value))
			diag_error(
				d, p->mark, NULL, "profile '%s' lacks '%s'", p->name, needs[i].key);
		else if (needs[i].needed && (v < 1 || v > 65536 || v != (double)(long)v))
			diag_error(d, needs[i].value->mark, NULL,
				"'%s' wants a whole number from 1 to 65536", needs[i].key);
	}
	double burst = p->vnf.transmit.burst.value.value;
	if (p->vnf.transmit.policy != TX_IMMEDIATE && !(burst >= 1 && burst <= 65536))
		diag_error(d, p->mark, NULL,
			"profile '%s' wants 'vnf.transmit.burst', from 1 to 65536", p->name);
}

static bool ends_in(const char *key, const char *tail)
{
	size_t len = strlen(key), n = strlen(tail);
	return len >= n && strcmp(key + len - n, tail) == 0;
}

/* Costs of one core are added up: what they have in common. */
struct shared {
	double large_above_B, free_above;
	struct diag *diag;
};

static void check_shared(
	struct diag *d, const char *key, struct sourced *s, const char *unit, double *shared)
{
	double value = s->value.value;
	if (value < 1 || value > UINT16_MAX || value != (double)(long)value)
		diag_error(d, s->mark, NULL, "'%s' wants a whole number from 1%s to 65535%s", key,
			unit, unit);
	else if (*shared > 0 && value != *shared)
		diag_error(d, s->mark, "costs of one core are added up, so they share it",
			"'%s' is %g%s, another is %g%s", key, value, unit, *shared, unit);
	*shared = value;
}

static bool is_part(struct cost_part part, const struct sourced *all)
{
	struct cost_part p = sourced_part(all);
	return part.cycles >= 0 && part.ns >= 0 && part.cycles <= p.cycles && part.ns <= p.ns;
}

static void check_free(struct diag *d, const char *key, struct sourced *s)
{
	const struct sourced_cost *c =
		(const void *)((const char *)s - offsetof(struct sourced_cost, free.per_packet));
	const struct sourced *large = &c->large.per_packet;
	if (!sourced_given(&c->free.above))
		diag_error(d, s->mark, "as in free: {above: 224, per_packet: 20 cycles}",
			"'%s' needs 'above' beside it", key);
	if (!is_part(sourced_part(s), &c->per_packet) ||
		(sourced_given(large) && !is_part(sourced_part(s), large)))
		diag_error(d, s->mark, "freeing is a part of it",
			"'%s' is more than the cost's own per_packet", key);
}

static bool of_sending(const char *key)
{
	static const char *const costs[] = {"pnic.tx.", "vnic.into_vm.", "vnic.guest_tx."};
	for (size_t i = 0; i < sizeof costs / sizeof *costs; i++)
		if (strncmp(key, costs[i], strlen(costs[i])) == 0)
			return true;
	return false;
}

static void check_cost(void *arg, const char *key, struct sourced *s)
{
	struct shared *x = arg;
	bool above = ends_in(key, ".free.above"), part = ends_in(key, ".free.per_packet");
	if (ends_in(key, ".large.above"))
		check_shared(x->diag, key, s, " B", &x->large_above_B);
	else if ((above || part) && !of_sending(key))
		diag_error(x->diag, s->mark, "it goes with pnic.tx, vnic.into_vm or vnic.guest_tx",
			"'%s': only what sends packets frees them", key);
	else if (above)
		check_shared(x->diag, key, s, "", &x->free_above);
	else if (part)
		check_free(x->diag, key, s);
}

void profile_check_nfs(struct profile *p, const struct param_list *nfs, struct diag *d)
{
	struct shared shared = {.diag = d};
	struct nf_def *own = nfs->items;
	profile_each(p, check_cost, &shared);
	for (size_t i = 0; i < nfs->n; i++) {
		char prefix[160];
		snprintf(prefix, sizeof prefix, "nfs.%s.", own[i].name);
		sourced_walk(&profile_nf_table, &own[i], prefix, check_cost, &shared);
	}
}

struct profile *profile_read(const char *name, struct mark at, const char *const *sets, size_t n,
	struct arena *a, struct diag *d)
{
	size_t before = diag_errors(d);
	struct ynode *root = datafile_read("profiles", "dataplane", name, at, a, d);
	if (!root)
		return NULL;
	for (size_t i = 0; i < n; i++)
		ytree_set(root, sets[i], a, d);
	struct profile *p = arena_alloc(a, sizeof *p);
	param_read(&profile_table, root, p, a, d);
	p->name = datafile_stem(name, a);
	if (diag_errors(d) == before)
		check_needed(p, d);
	struct shared shared = {.diag = d};
	if (diag_errors(d) == before)
		profile_each(p, check_cost, &shared);
	return diag_errors(d) == before ? p : NULL;
}

const struct nf_def *profile_nf(const struct profile *p, const char *name)
{
	const struct nf_def *nf = p->nfs.items;
	for (size_t i = 0; i < p->nfs.n; i++)
		if (strcmp(nf[i].name, name) == 0)
			return &nf[i];
	return NULL;
}

void profile_each(struct profile *p, sourced_visit *visit, void *arg)
{
	sourced_walk(&profile_table, p, "", visit, arg);
}
