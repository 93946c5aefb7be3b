/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/platform.h"

#include "model/datafile.h"
#include "model/table.h"

static const struct param setting_params[] = {
	TABLE_QUANTITY("set", struct clock_setting, set, DIM_FREQ, 0, 0, "required",
		"the clock asked for"),
	TABLE_GROUP("effective", struct clock_setting, effective, &sourced_freq_table,
		"what the cores then run at"),
	TABLE_END};
static const struct param_table setting_table = {"effective", "a setting that lets the core turbo",
	sizeof(struct clock_setting), setting_params, NULL, TABLE_NONE, TABLE_NONE, TABLE_NONE};

static const struct param clock_params[] = {
	TABLE_GROUP("min", struct platform_clock, min, &sourced_freq_table, "lowest setting"),
	TABLE_GROUP("max", struct platform_clock, max, &sourced_freq_table,
		"highest setting, the default"),
	TABLE_LIST("effective", struct platform_clock, effective, &setting_table,
		"settings at which cores run at another clock"),
	TABLE_END};
static const struct param_table clock_table = {"clock", "core clock", sizeof(struct platform_clock),
	clock_params, NULL, TABLE_NONE, TABLE_NONE, TABLE_NONE};

static const struct param nic_params[] = {
	TABLE_TEXT("model", struct platform_nic, model, NULL, "name of the card"),
	TABLE_GROUP("ports", struct platform_nic, ports, &sourced_count_table, "ports of the card"),
	TABLE_GROUP("speed", struct platform_nic, speed, &sourced_bps_table, "rate of a port"),
	TABLE_GROUP("max_queues", struct platform_nic, max_queues, &sourced_count_table,
		"receive queues of a port"),
	TABLE_GROUP(
		"min_ring", struct platform_nic, min_ring, &sourced_count_table, "smallest ring"),
	TABLE_GROUP(
		"max_ring", struct platform_nic, max_ring, &sourced_count_table, "largest ring"),
	TABLE_GROUP("port_max", struct platform_nic, port_max, &sourced_pps_table,
		"packets a port can receive"),
	TABLE_GROUP("card_max", struct platform_nic, card_max, &sourced_pps_table,
		"packets all ports together can receive"),
	TABLE_GROUP("dma_rx", struct platform_nic, dma_rx, &sourced_time_table,
		"last bit on the wire to descriptor written back"),
	TABLE_GROUP("dma_tx", struct platform_nic, dma_tx, &sourced_time_table,
		"doorbell to first bit on the wire"),
	TABLE_GROUP("buffer", struct platform_nic, buffer, &sourced_size_table,
		"on-chip receive buffer"),
	TABLE_GROUP("socket", struct platform_nic, socket, &sourced_count_table,
		"socket of its PCIe slot"),
	TABLE_END};
static const struct param_table nic_table = {"nic", "the network card", sizeof(struct platform_nic),
	nic_params, NULL, TABLE_NONE, TABLE_NONE, TABLE_NONE};

static const struct param memory_params[] = {
	TABLE_GROUP("line_local", struct platform_memory, line_local, &sourced_time_table,
		"dirty cache line from another core of the socket"),
	TABLE_GROUP("line_remote", struct platform_memory, line_remote, &sourced_time_table,
		"dirty cache line from a core of another socket"),
	TABLE_GROUP("fill_buffers", struct platform_memory, fill_buffers, &sourced_count_table,
		"line transfers that a core keeps in flight"),
	TABLE_END};
static const struct param_table memory_table = {"memory", "what distance costs",
	sizeof(struct platform_memory), memory_params, NULL, TABLE_NONE, TABLE_NONE, TABLE_NONE};

static const struct param power_params[] = {
	TABLE_GROUP("idle", struct platform_power, idle, &sourced_power_table,
		"the server with all cores asleep"),
	TABLE_GROUP("core_active", struct platform_power, core_active, &sourced_power_table,
		"a polling core at the highest clock"),
	TABLE_GROUP("core_min", struct platform_power, core_min, &sourced_power_table,
		"a polling core at the lowest clock"),
	TABLE_END};
static const struct param_table power_table = {"power", "electricity",
	sizeof(struct platform_power), power_params, NULL, TABLE_NONE, TABLE_NONE, TABLE_NONE};

#define OWN(key, table, text) TABLE_GROUP(#key, struct platform, key, table, text)

static const struct param platform_params[] = {
	TABLE_TEXT("title", struct platform, title, NULL, "the server's full name"),
	TABLE_TEXT("doc", struct platform, doc, NULL, "what to know about it"),
	OWN(sockets, &sourced_count_table, "CPU sockets"),
	OWN(cores_per_socket, &sourced_count_table, "cores of each socket"),
	OWN(clock, &clock_table, "core clock"), OWN(nic, &nic_table, "the network card"),
	OWN(memory, &memory_table, "what distance costs"), OWN(power, &power_table, "electricity"),
	OWN(link_delay, &sourced_time_table, "propagation to the next server or the tester"),
	TABLE_END};
const struct param_table platform_table = {"platform", "a kind of server", sizeof(struct platform),
	platform_params, NULL, offsetof(struct platform, given), offsetof(struct platform, mark),
	TABLE_NONE};

static void check_needed(const struct platform *p, struct diag *d)
{
	const struct {
		const char *key;
		const struct sourced *value;
	} needs[] = {{"sockets", &p->sockets}, {"cores_per_socket", &p->cores_per_socket},
		{"clock.min", &p->clock.min}, {"clock.max", &p->clock.max},
		{"nic.speed", &p->nic.speed}, {"nic.ports", &p->nic.ports}};
	for (size_t i = 0; i < sizeof needs / sizeof *needs; i++)
		if (!sourced_given(needs[i].value) || needs[i].value->value.value <= 0)
			diag_error(d, p->mark, NULL, "platform '%s' lacks '%s'", p->name,
				needs[i].key);
	const struct clock_setting *s = p->clock.effective.items;
	for (size_t i = 0; i < p->clock.effective.n; i++)
		if (s[i].effective.value.value <= 0)
			diag_error(d, p->mark, NULL,
				"platform '%s': 'clock.effective' lacks its clock", p->name);
}

struct platform *platform_read(const char *name, struct mark at, struct arena *a, struct diag *d)
{
	size_t before = diag_errors(d);
	const struct ynode *root = datafile_read("platforms", "server", name, at, a, d);
	if (!root)
		return NULL;
	struct platform *p = arena_alloc(a, sizeof *p);
	param_read(&platform_table, root, p, a, d);
	p->name = datafile_stem(name, a);
	if (diag_errors(d) == before)
		check_needed(p, d);
	return diag_errors(d) == before ? p : NULL;
}

void platform_each(struct platform *p, sourced_visit *visit, void *arg)
{
	sourced_walk(&platform_table, p, "", visit, arg);
}
