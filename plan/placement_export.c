/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * placement_export - a placement in the words of BESS, OVS-DPDK and libvirt
 *
 * Processors have the numbers of the server's topology. Without one they are numbered through the
 * sockets, without hyperthreads: check with lscpu. Interfaces are called as in the model. Words:
 * Open vSwitch, Documentation/topics/dpdk/pmd.rst (pmd-cpu-mask, n_rxq, pmd-rxq-affinity); libvirt,
 * "Domain XML format" (vcpu, cputune, numatune), one element of each a domain; BESS, bessctl/conf.
 */
#include "plan/placement.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* A name as far as shells, XML and Python take it as it is. */
static void put_name(const char *name, size_t len, FILE *to)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)name[i];
		bool twice = i && c == '-' && name[i - 1] == '-';
		fputc((isalnum(c) || strchr("._-", c)) && !twice ? c : '_', to);
	}
}

static void put_host(const struct placement *p, size_t server, FILE *to)
{
	const char *name = scenario_server(p->scenario, server)->name;
	name = *name ? name : "the server";
	put_name(name, strlen(name), to);
}

static bool works(const struct placement_core *c, size_t server)
{
	return c->server == server && strcmp(c->role, "vnf") != 0;
}

static size_t workers(const struct placement_option *o, size_t server)
{
	size_t n = 0;
	for (size_t i = 0; i < o->n_cores; i++)
		n += works(&o->core[i], server);
	return n;
}

/* What a worker reads: a port by the first len characters of its name, and one of its queues. */
struct queue {
	const char *port;
	size_t len;
	long number;
	bool nic;
};

/* "a.web.pnic0.rx", "a.web.pnic0.rx2", "fw.vnic1", "fw.vnic1.q1". All chains of a server come in by
 * the same NIC: its name is the last part. */
static struct queue parse_queue(const char *name)
{
	struct queue q = {name ? name : "", 0, 0, false};
	q.len = strlen(q.port);
	const char *dot = strrchr(q.port, '.');
	if (!dot)
		return q;
	q.nic = strncmp(dot, ".rx", 3) == 0;
	const char *digits = q.nic ? dot + 3 : strncmp(dot, ".q", 2) == 0 ? dot + 2 : NULL;
	if (digits && digits[strspn(digits, "0123456789")] == '\0') {
		q.len = (size_t)(dot - q.port);
		q.number = strtol(digits, NULL, 10);
	}
	while (q.nic && memchr(q.port, '.', q.len)) {
		size_t prefix = (size_t)((const char *)memchr(q.port, '.', q.len) - q.port) + 1;
		q.port += prefix;
		q.len -= prefix;
	}
	return q;
}

static bool same_port(const struct queue *a, const struct queue *b)
{
	return a->len == b->len && strncmp(a->port, b->port, a->len) == 0;
}

/* Queues of a NIC are counted through the chains that come in by it. */
static struct queue queue_of(const struct placement_option *o, size_t core)
{
	struct queue mine = parse_queue(o->core[core].reads);
	size_t server = o->core[core].server;
	if (mine.nic)
		mine.number = 0;
	for (size_t i = 0; mine.nic && i < core; i++) {
		struct queue q = parse_queue(o->core[i].reads);
		mine.number += works(&o->core[i], server) && q.nic && same_port(&mine, &q);
	}
	return mine;
}

/* Who reads which queue of a NIC, when there are several. */
static void put_readers(const struct placement_option *o, size_t first, FILE *to)
{
	struct queue mine = queue_of(o, first);
	size_t n = 0;
	for (size_t i = first; i < o->n_cores; i++) {
		struct queue q = queue_of(o, i);
		if (!works(&o->core[i], o->core[first].server) || !same_port(&mine, &q))
			continue;
		if (n++ == 0) {
			fprintf(to, "# steer to the queues of ");
			put_name(q.port, q.len, to);
			fprintf(to, " what belongs to:");
		}
		fprintf(to, " %ld ", q.number);
		put_name(o->core[i].name, strlen(o->core[i].name), to);
	}
	fputc('\n', to);
}

static void no_workers(const struct placement *p, FILE *to)
{
	fprintf(to, "# %s has no worker cores: senders carry packets\n",
		p->scenario->profile->name);
}

void placement_bess(const struct placement *p, const struct placement_option *o, FILE *to)
{
	size_t all = 0;
	for (size_t s = 0; s < p->scenario->servers.n; s++) {
		int wid = 0;
		all += workers(o, s);
		for (size_t i = 0; i < o->n_cores; i++) {
			const struct placement_core *c = &o->core[i];
			if (!works(c, s))
				continue;
			struct queue q = queue_of(o, i);
			if (wid == 0) {
				fprintf(to, "# BESS on ");
				put_host(p, s, to);
				fputc('\n', to);
			}
			fprintf(to,
				"bess.add_worker(wid=%d, core=%d)  # socket %d, for the QueueInc "
				"of ",
				wid++, c->number, c->socket);
			put_name(q.port, q.len, to);
			fprintf(to, ", qid %ld\n", q.number);
		}
	}
	if (!all)
		no_workers(p, to);
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

/* All queues of the port that a worker reads, unless an earlier one reads it too. */
static void put_affinity(const struct placement_option *o, size_t first, FILE *to)
{
	struct queue mine = queue_of(o, first);
	size_t server = o->core[first].server, n = 0;
	for (size_t i = 0; i < o->n_cores; i++) {
		struct queue q = queue_of(o, i);
		bool same = works(&o->core[i], server) && same_port(&mine, &q);
		if (same && i < first)
			return;
		n += same;
	}
	if (mine.nic && n > 1)
		put_readers(o, first, to);
	fprintf(to, "ovs-vsctl set Interface ");
	put_name(mine.port, mine.len, to);
	if (mine.nic) /* a vhost-user port has as many as its guest */
		fprintf(to, " options:n_rxq=%zu", n);
	fprintf(to, " other_config:pmd-rxq-affinity=");
	for (size_t i = first, k = 0; i < o->n_cores; i++) {
		struct queue q = queue_of(o, i);
		if (works(&o->core[i], server) && same_port(&mine, &q))
			fprintf(to, "%s%ld:%d", k++ ? "," : "\"", q.number, o->core[i].number);
	}
	fprintf(to, "\"\n");
}

void placement_ovs(const struct placement *p, const struct placement_option *o, FILE *to)
{
	size_t all = 0;
	for (size_t s = 0; s < p->scenario->servers.n; s++) {
		all += workers(o, s);
		if (!workers(o, s))
			continue;
		fprintf(to, "# OVS-DPDK on ");
		put_host(p, s, to);
		fprintf(to, "\novs-vsctl set Open_vSwitch . other_config:pmd-cpu-mask=");
		put_mask(o, s, to);
		fputc('\n', to);
		for (size_t i = 0; i < o->n_cores; i++)
			if (works(&o->core[i], s))
				put_affinity(o, i, to);
	}
	if (!all)
		no_workers(p, to);
}

/* The VM that a vCPU is of: the first len characters of its name, "fw" of "fw.q1". */
static size_t vm_len(const struct placement_core *c, long *vcpu)
{
	const char *dot = strrchr(c->name, '.');
	bool counted = dot && dot[1] == 'q' && dot[2] && !dot[2 + strspn(dot + 2, "0123456789")];
	*vcpu = counted ? strtol(dot + 2, NULL, 10) : 0;
	return counted ? (size_t)(dot - c->name) : strlen(c->name);
}

static bool same_vm(const struct placement_core *a, const struct placement_core *b)
{
	long x, y;
	size_t len = vm_len(a, &x);
	return strcmp(a->role, b->role) == 0 && a->server == b->server && len == vm_len(b, &y) &&
	       strncmp(a->name, b->name, len) == 0;
}

static void put_domain(
	const struct placement *p, const struct placement_option *o, size_t first, FILE *to)
{
	const struct placement_core *vm = &o->core[first];
	size_t n = 0;
	long vcpu;
	for (size_t i = 0; i < o->n_cores; i++) {
		if (same_vm(vm, &o->core[i]) && i < first)
			return;
		n += same_vm(vm, &o->core[i]);
	}
	fprintf(to, "<!-- ");
	put_name(vm->name, vm_len(vm, &vcpu), to);
	fprintf(to, " on ");
	put_host(p, vm->server, to);
	fprintf(to, " -->\n<vcpu placement='static'>%zu</vcpu>\n<cputune>\n", n);
	for (size_t i = first; i < o->n_cores; i++)
		if (same_vm(vm, &o->core[i])) {
			vm_len(&o->core[i], &vcpu);
			fprintf(to, "  <vcpupin vcpu='%ld' cpuset='%d'/>\n", vcpu,
				o->core[i].number);
		}
	fprintf(to, "</cputune>\n<numatune>\n  <memory mode='strict' nodeset='%d'/>\n</numatune>\n",
		vm->node);
}

void placement_libvirt(const struct placement *p, const struct placement_option *o, FILE *to)
{
	for (size_t i = 0; i < o->n_cores; i++)
		if (strcmp(o->core[i].role, "vnf") == 0)
			put_domain(p, o, i, to);
}
