/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A chain in ClickOS: of each VNF a Click configuration (FromDevice, StaticIPLookup or IPFilter,
 * ToDevice, as elements/ip of kohler/click and elements/minios document them) and a Xen domain
 * (xl.cfg(5)) between two VALE switches: vale0 has the first NIC, vale1 lies behind the first VNF.
 *
 * Variables: vnf, the number of the VNF from 0; kernel, the ClickOS image; first_core, the core of
 * the first VNF's vCPU, whose followers take the next ones.
 */
#include "validate/testbed.h"

#include <stdlib.h>
#include <string.h>

enum { MEMORY_MB = 16, MAX_CORE = 100000, MOST_ENTRIES = 65536, ETHERNET_B = 14 };

/* The value of a variable as a number from 0 to max; -1 after a complaint. */
static long number(const struct testbed_trial *k, const char *name, long max, struct mark at,
	struct arena *a, struct diag *d)
{
	const char *text = testbed_expand(k, arena_printf(a, "${%s}", name), at, a, d);
	char *end;
	if (!text)
		return -1;
	long value = strtol(text, &end, 10);
	if (*text && !*end && value >= 0 && value <= max)
		return value;
	diag_error(d, at, NULL, "'%s' is a number from 0 to %ld, not '%s'", name, max, text);
	return -1;
}

/* Of the VNF that ${vnf} numbers; NULL after a complaint of what ClickOS does not have. */
static const struct chain_item *item_of(
	const struct testbed_trial *k, long *vnf, struct arena *a, struct diag *d)
{
	const struct scenario *s = k->scenario;
	const struct chain *c = scenario_chain(s, 0);
	size_t before = diag_errors(d), chains = 0;
	for (size_t i = 0; i < s->chains.n; i++)
		chains += !scenario_chain(s, i)->reverse;
	if (chains != 1 || s->servers.n != 1 || c->from != END_NIC || c->to != END_NIC)
		diag_error(d, s->mark, NULL,
			"ClickOS is set up for one chain on one server, from NIC to NIC");
	*vnf = number(k, "vnf", (long)c->items.n - 1, s->mark, a, d);
	if (diag_errors(d) != before)
		return NULL;
	const struct chain_item *it = scenario_item(c, (size_t)*vnf);
	if (it->vcpus > 1 || it->queues > 1 || it->copies > 1)
		diag_error(d, it->mark, NULL,
			"ClickOS has one vCPU and one queue a VNF, and is set up for one copy");
	return diag_errors(d) == before ? it : NULL;
}

static long entries_of(const struct chain_item *it, struct diag *d)
{
	double n = it->entries > 0 ? (double)it->entries : it->def->entries.value.value;
	if (n <= MOST_ENTRIES)
		return (long)n;
	diag_error(
		d, it->mark, NULL, "a Click configuration with more than %d entries", MOST_ENTRIES);
	return 0;
}

/* Routes to networks of 256 addresses, then everything else, all to the one way out. */
static void put_routes(FILE *to, long n)
{
	fprintf(to, "StaticIPLookup(");
	for (long i = 0; i + 1 < n; i++)
		fprintf(to, "10.%ld.%ld.0/24 0, ", i / 256, i % 256);
	fprintf(to, "0.0.0.0/0 0)");
}

/* Rules that match no packet of the tester, then one that lets all pass. */
static void put_rules(FILE *to, long n)
{
	fprintf(to, "IPFilter(");
	for (long i = 0; i + 1 < n; i++)
		fprintf(to, "deny src host 192.168.%ld.%ld, ", i / 256, i % 256);
	fprintf(to, "allow all)");
}

/* One direction; element: "" for none between the devices. */
static void put_way(FILE *to, int way, const char *element)
{
	if (*element)
		fprintf(to, "way%d :: %s;\n", way, element);
	fprintf(to, "FromDevice(%d) -> ", way);
	if (*element)
		fprintf(to, "CheckIPHeader(OFFSET %d) -> way%d -> ", ETHERNET_B, way);
	fprintf(to, "ToDevice(%d);\n", 1 - way);
}

static const char *element_of(const struct chain_item *it, struct arena *a, struct diag *d)
{
	static const struct {
		const char *nf;
		void (*put)(FILE *to, long n);
	} known[] = {{"l2fwd", NULL}, {"l3fwd", put_routes}, {"firewall", put_rules}};
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
		char *text = NULL;
		size_t size;
		FILE *to;
		if (strcmp(it->nf, known[i].nf) != 0)
			continue;
		if (!known[i].put)
			return "";
		long n = entries_of(it, d);
		if (!n || !(to = open_memstream(&text, &size)))
			return NULL;
		known[i].put(to, n);
		fclose(to);
		const char *copy = arena_strdup(a, text);
		free(text);
		return copy;
	}
	diag_error(d, it->mark, "give its configuration with input: text",
		"no Click configuration is known for '%s'", it->nf);
	return NULL;
}

const char *testbed_click(const struct testbed_trial *k, struct arena *a, struct diag *d)
{
	char *text = NULL;
	size_t size;
	long vnf;
	const struct chain_item *it = item_of(k, &vnf, a, d);
	const char *element = it ? element_of(it, a, d) : NULL;
	FILE *to = element ? open_memstream(&text, &size) : NULL;
	if (!to)
		return NULL;
	put_way(to, 0, element);
	if (scenario_chain(k->scenario, 0)->traffic.direction == DIRECTION_BOTH)
		put_way(to, 1, element);
	fclose(to);
	const char *copy = arena_strdup(a, text);
	free(text);
	return copy;
}

/* Text in a string of xl.cfg, which has no escapes. */
static const char *xl_string(const char *text, struct mark at, struct arena *a, struct diag *d)
{
	if (strpbrk(text, "'\"\\\n"))
		diag_error(d, at, NULL, "xl takes no quotes or backslashes in '%s'", text);
	return arena_printf(a, "'%s'", text);
}

const char *testbed_xl(const struct testbed_trial *k, struct arena *a, struct diag *d)
{
	size_t before = diag_errors(d);
	struct mark at = k->scenario->mark;
	long vnf;
	if (!item_of(k, &vnf, a, d))
		return NULL;
	long core = number(k, "first_core", MAX_CORE, at, a, d);
	const char *kernel = testbed_expand(k, "${kernel}", at, a, d);
	if (!kernel || core < 0)
		return NULL;
	const char *text = arena_printf(a,
		"name = 'nfvsim-%ld'\nkernel = %s\nmemory = %d\nvcpus = 1\ncpus = '%ld'\n"
		"vif = ['bridge=vale%ld', 'bridge=vale%ld']\non_crash = 'destroy'\n",
		vnf, xl_string(kernel, at, a, d), MEMORY_MB, core + vnf, vnf, vnf + 1);
	return diag_errors(d) == before ? text : NULL;
}
