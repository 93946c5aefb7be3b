/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A firewall with rte_acl: n rules on the 5-tuple, classified per burst. Each rule permits one
 * /24 of destinations from one /16 of sources and 64 of its ports; nothing else passes. Every
 * packet made here is permitted by some rule.
 */
#include "calib/dpdk/nf.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <rte_acl.h>
#include <rte_random.h>

#include "calib/dpdk/packet.h"

enum { PROTOCOL, SOURCE, DESTINATION, PORT, OTHER_PORT, FIELDS, PERMIT = 1, PORT_RANGE = 64 };

/* In wire order. The library wants a first field of one byte, the others in groups of four. */
struct tuple {
	uint8_t protocol, pad[3];
	uint32_t src, dst;
	uint16_t src_port, dst_port;
};

RTE_ACL_RULE_DEF(acl_rule, FIELDS);

struct acl {
	struct rte_acl_ctx *context;
	uint64_t permitted;
	struct tuple key[NF_KEYS];
};

static const struct rte_acl_config acl_config = {
	.num_categories = 1,
	.num_fields = FIELDS,
	.defs =
		{
			{RTE_ACL_FIELD_TYPE_BITMASK, 1, PROTOCOL, 0,
				offsetof(struct tuple, protocol)},
			{RTE_ACL_FIELD_TYPE_MASK, 4, SOURCE, 1, offsetof(struct tuple, src)},
			{RTE_ACL_FIELD_TYPE_MASK, 4, DESTINATION, 2, offsetof(struct tuple, dst)},
			{RTE_ACL_FIELD_TYPE_RANGE, 2, PORT, 3, offsetof(struct tuple, src_port)},
			{RTE_ACL_FIELD_TYPE_RANGE, 2, OTHER_PORT, 3,
				offsetof(struct tuple, dst_port)},
		},
};

static struct acl_rule draw_rule(int32_t priority)
{
	uint64_t draw = rte_rand();
	uint16_t port = (uint16_t)(draw >> 48 & ~(PORT_RANGE - 1));
	struct acl_rule rule = {
		.data = {.category_mask = 1, .priority = priority, .userdata = PERMIT}};

	rule.field[PROTOCOL] = (struct rte_acl_field){.value.u8 = 17, .mask_range.u8 = 0xff};
	rule.field[SOURCE] = (struct rte_acl_field){
		.value.u32 = (uint32_t)draw & 0xffff0000, .mask_range.u32 = 16};
	rule.field[DESTINATION] = (struct rte_acl_field){
		.value.u32 = (uint32_t)(draw >> 16) & 0xffffff00, .mask_range.u32 = 24};
	rule.field[PORT] = (struct rte_acl_field){
		.value.u16 = port, .mask_range.u16 = (uint16_t)(port + PORT_RANGE - 1)};
	rule.field[OTHER_PORT] =
		(struct rte_acl_field){.value.u16 = 0, .mask_range.u16 = UINT16_MAX};
	return rule;
}

static struct tuple draw_tuple(const struct acl_rule *rule)
{
	uint64_t draw = rte_rand();

	return (struct tuple){
		.protocol = 17,
		.src = rte_cpu_to_be_32(rule->field[SOURCE].value.u32 | (uint32_t)(draw & 0xffff)),
		.dst = rte_cpu_to_be_32(
			rule->field[DESTINATION].value.u32 | (uint32_t)(draw >> 16 & 0xff)),
		.src_port = rte_cpu_to_be_16(
			(uint16_t)(rule->field[PORT].value.u16 + (draw >> 24) % PORT_RANGE)),
		.dst_port = rte_cpu_to_be_16(53),
	};
}

static int build(struct acl *a, uint32_t entries)
{
	struct rte_acl_param parameters = {
		"calib_acl", SOCKET_ID_ANY, RTE_ACL_RULE_SZ(FIELDS), entries};
	struct acl_rule *rule = calloc(entries, sizeof(*rule));
	int failed = -1;
	uint32_t i;

	a->context = rule ? rte_acl_create(&parameters) : NULL;
	for (i = 0; rule && i < entries; i++)
		rule[i] = draw_rule((int32_t)i + 1);
	for (i = 0; rule && i < NF_KEYS; i++)
		a->key[i] = draw_tuple(&rule[rte_rand_max(entries)]);
	if (a->context && !rte_acl_add_rules(a->context, (struct rte_acl_rule *)rule, entries))
		failed = rte_acl_build(a->context, &acl_config);
	free(rule);
	return failed;
}

static void destroy(void *state)
{
	struct acl *a = state;

	rte_acl_free(a->context);
	free(a);
}

static void *create(uint32_t entries)
{
	struct acl *a = calloc(1, sizeof(*a));

	if (a && build(a, entries)) {
		destroy(a);
		return NULL;
	}
	return a;
}

static void fill(void *state, struct rte_mbuf *packet)
{
	struct acl *a = state;
	const struct tuple *key = &a->key[rte_rand_max(NF_KEYS)];
	struct packet_flow flow = {rte_be_to_cpu_32(key->src), rte_be_to_cpu_32(key->dst),
		rte_be_to_cpu_16(key->src_port), rte_be_to_cpu_16(key->dst_port), key->protocol};

	packet_fill(packet, &flow);
}

static struct tuple read_tuple(const struct packet *p)
{
	return (struct tuple){
		.protocol = p->ip.next_proto_id,
		.src = p->ip.src_addr,
		.dst = p->ip.dst_addr,
		.src_port = p->udp.src_port,
		.dst_port = p->udp.dst_port,
	};
}

static unsigned run(void *state, struct rte_mbuf **burst, unsigned n)
{
	struct tuple tuple[NF_BURST_MAX];
	const uint8_t *data[NF_BURST_MAX];
	uint32_t verdict[NF_BURST_MAX];
	struct acl *a = state;
	unsigned i, kept = 0;

	for (i = 0; i < n; i++) {
		tuple[i] = read_tuple(packet_of(burst[i]));
		data[i] = (const uint8_t *)&tuple[i];
	}
	rte_acl_classify(a->context, data, verdict, n, 1);
	for (i = 0; i < n; i++)
		if (verdict[i] == PERMIT)
			burst[kept++] = burst[i];
		else
			rte_pktmbuf_free(burst[i]);
	return kept;
}

static void lookup(void *state, uint32_t first, unsigned n)
{
	const uint8_t *data[NF_BURST_MAX];
	uint32_t verdict[NF_BURST_MAX];
	struct acl *a = state;
	unsigned i;

	for (i = 0; i < n; i++)
		data[i] = (const uint8_t *)&a->key[first + i];
	rte_acl_classify(a->context, data, verdict, n, 1);
	a->permitted += verdict[n - 1];
}

const struct nf nf_acl = {
	"acl", "firewall, rte_acl on the 5-tuple", 10000, create, destroy, fill, run, lookup};
