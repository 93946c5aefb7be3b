/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * placement_export - a placement in the words of BESS, OVS-DPDK and libvirt
 *
 * Processors have the numbers of the server's topology. Without one they are numbered through the
 * sockets, without hyperthreads: check with lscpu.
 */
#include "plan/placement.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char *host(const struct placement *p, size_t server)
{
	const char *name = scenario_server(p->scenario, server)->name;
	return *name ? name : "the server";
}

static bool works(const struct placement_core *c, size_t server)
{
	return c->server == server && strcmp(c->role, "vnf") != 0;
}

void placement_bess(const struct placement *p, const struct placement_option *o, FILE *to)
{
	for (size_t s = 0; s < p->scenario->servers.n; s++) {
		int wid = 0;
		for (size_t i = 0; i < o->n_cores; i++) {
			if (!works(&o->core[i], s))
				continue;
			if (wid == 0)
				fprintf(to, "# BESS on %s\n", host(p, s));
			fprintf(to, "bess.add_worker(wid=%d, core=%d)  # %s, socket %d\n", wid++,
				o->core[i].number, o->core[i].name, o->core[i].socket);
		}
	}
}

/* Hexadecimal, as many digits as it takes: processors may be more than 64. */
static void put_mask(const struct placement_option *o, size_t server, FILE *to)
{
	enum { WORDS = 16 };
	uint64_t mask[WORDS] = {0};
	int top = 0;
	for (size_t i = 0; i < o->n_cores; i++) {
		int n = o->core[i].number;
		if (!works(&o->core[i], server) || n >= WORDS * 64)
			continue;
		mask[n / 64] |= UINT64_C(1) << n % 64;
		top = n / 64 > top ? n / 64 : top;
	}
	fprintf(to, "0x%" PRIx64, mask[top]);
	while (top-- > 0)
		fprintf(to, "%016" PRIx64, mask[top]);
}

void placement_ovs(const struct placement *p, const struct placement_option *o, FILE *to)
{
	for (size_t s = 0; s < p->scenario->servers.n; s++) {
		size_t n = 0;
		for (size_t i = 0; i < o->n_cores; i++)
			n += works(&o->core[i], s);
		if (!n)
			continue;
		fprintf(to,
			"# OVS-DPDK on %s\novs-vsctl set Open_vSwitch . other_config:pmd-cpu-mask=",
			host(p, s));
		put_mask(o, s, to);
		fputc('\n', to);
		for (size_t i = 0; i < o->n_cores; i++)
			if (works(&o->core[i], s))
				fprintf(to,
					"# the interface that %s reads: "
					"other_config:pmd-rxq-affinity=\"0:%d\"\n",
					o->core[i].name, o->core[i].number);
	}
}

void placement_libvirt(const struct placement *p, const struct placement_option *o, FILE *to)
{
	for (size_t i = 0; i < o->n_cores; i++) {
		const struct placement_core *c = &o->core[i];
		if (strcmp(c->role, "vnf") != 0)
			continue;
		const char *queue = strstr(c->name, ".q");
		long vcpu = queue ? strtol(queue + 2, NULL, 10) : 0;
		fprintf(to,
			"<!-- %s on %s -->\n"
			"<cputune><vcpupin vcpu='%ld' cpuset='%d'/></cputune>\n"
			"<numatune><memory mode='strict' nodeset='%d'/></numatune>\n",
			c->name, host(p, c->server), vcpu, c->number, c->node);
	}
}
