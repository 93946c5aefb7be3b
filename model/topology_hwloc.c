/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/topology_hwloc.h"

#ifdef HAVE_HWLOC

#include <hwloc.h>
#include <stdio.h>
#include <string.h>

enum { CLASS_NETWORK = 0x02 };

/* A file being read. */
struct reader {
	hwloc_topology_t hw;
	struct topology_record *t;
};

/* Packages, or the machine as a whole when there are none. */
static hwloc_obj_type_t socket_type(hwloc_topology_t hw)
{
	return hwloc_get_nbobjs_by_type(hw, HWLOC_OBJ_PACKAGE) > 0 ? HWLOC_OBJ_PACKAGE
								   : HWLOC_OBJ_MACHINE;
}

static hwloc_obj_t socket_at(const struct reader *r, int i)
{
	return hwloc_get_obj_by_type(r->hw, socket_type(r->hw), (unsigned)i);
}

/* Cores of a socket; processors, where the file knows no cores. */
static int count_cores(const struct reader *r, hwloc_obj_t socket, hwloc_obj_type_t *type)
{
	*type = HWLOC_OBJ_CORE;
	int n = hwloc_get_nbobjs_inside_cpuset_by_type(r->hw, socket->cpuset, *type);
	if (n > 0)
		return n;
	*type = HWLOC_OBJ_PU;
	return hwloc_get_nbobjs_inside_cpuset_by_type(r->hw, socket->cpuset, *type);
}

static bool count(struct reader *r)
{
	struct topology_record *t = r->t;
	t->sockets = hwloc_get_nbobjs_by_type(r->hw, socket_type(r->hw));
	t->cores = TOPOLOGY_CORES + 1;
	for (int i = 0; i < t->sockets; i++) {
		hwloc_obj_type_t type;
		int n = count_cores(r, socket_at(r, i), &type);
		t->cores = n < t->cores ? n : t->cores;
	}
	return t->sockets >= 1 && t->sockets <= TOPOLOGY_SOCKETS && t->cores >= 1 &&
	       t->cores <= TOPOLOGY_CORES;
}

static void number(struct reader *r)
{
	struct topology_record *t = r->t;
	for (int i = 0; i < t->sockets; i++) {
		hwloc_obj_t socket = socket_at(r, i);
		hwloc_obj_type_t type;
		count_cores(r, socket, &type);
		for (int k = 0; k < t->cores; k++) {
			hwloc_obj_t core = hwloc_get_obj_inside_cpuset_by_type(
				r->hw, socket->cpuset, type, (unsigned)k);
			t->cpu[i * t->cores + k] = hwloc_bitmap_first(core->cpuset);
		}
		int first = socket->nodeset ? hwloc_bitmap_first(socket->nodeset) : -1;
		t->node[i] = first < 0 ? i : first;
	}
}

/* The socket that a device hangs off, or -1: none in particular. */
static int socket_of(const struct reader *r, hwloc_obj_t device)
{
	hwloc_obj_t near = hwloc_get_non_io_ancestor_obj(r->hw, device);
	for (int i = 0; near && near->cpuset && i < r->t->sockets; i++)
		if (hwloc_bitmap_isincluded(near->cpuset, socket_at(r, i)->cpuset))
			return i;
	return -1;
}

static void put_address(hwloc_obj_t pci, char *to)
{
	const struct hwloc_pcidev_attr_s *p = &pci->attr->pcidev;
	snprintf(to, TOPOLOGY_NAME, "%04x:%02x:%02x.%x", (unsigned)p->domain, p->bus, p->dev,
		p->func);
}

/* "ens1f0", or "0000:03:00.0" of a card without a driver of the system. */
static void put_name(hwloc_obj_t pci, char *to)
{
	put_address(pci, to);
	for (hwloc_obj_t c = pci->io_first_child; c; c = c->next_sibling)
		if (c->type == HWLOC_OBJ_OS_DEVICE && c->name &&
			c->attr->osdev.type == HWLOC_OBJ_OSDEV_NETWORK)
			snprintf(to, TOPOLOGY_NAME, "%s", c->name);
}

static bool is_called(hwloc_obj_t pci, const char *name)
{
	char address[TOPOLOGY_NAME], own[TOPOLOGY_NAME];
	put_address(pci, address);
	put_name(pci, own);
	return strcmp(name, address) == 0 || strcmp(name, own) == 0;
}

static bool same_card(hwloc_obj_t x, hwloc_obj_t y)
{
	const struct hwloc_pcidev_attr_s *p = &x->attr->pcidev, *q = &y->attr->pcidev;
	return p->domain == q->domain && p->bus == q->bus && p->dev == q->dev;
}

static hwloc_obj_t next_nic(const struct reader *r, hwloc_obj_t pci)
{
	do
		pci = hwloc_get_next_pcidev(r->hw, pci);
	while (pci && pci->attr->pcidev.class_id >> 8 != CLASS_NETWORK);
	return pci;
}

static int card_ports(const struct reader *r, hwloc_obj_t chosen)
{
	int n = 0;
	for (hwloc_obj_t pci = next_nic(r, NULL); pci; pci = next_nic(r, pci))
		n += same_card(pci, chosen);
	return n;
}

/* All cards with their sockets, for complaints. */
static void list_nics(struct reader *r)
{
	char name[TOPOLOGY_NAME], *to = r->t->list;
	size_t room = sizeof(r->t->list);
	for (hwloc_obj_t pci = next_nic(r, NULL); pci; pci = next_nic(r, pci)) {
		put_name(pci, name);
		int n = snprintf(to, room, "%s%s (socket %d)", to == r->t->list ? "" : ", ", name,
			socket_of(r, pci));
		if (n < 0 || (size_t)n >= room)
			break;
		to += n;
		room -= (size_t)n;
	}
}

static enum topology_fault choose_nic(struct reader *r, const char *wanted)
{
	hwloc_obj_t chosen = NULL;
	bool differ = false;
	list_nics(r);
	for (hwloc_obj_t pci = next_nic(r, NULL); pci; pci = next_nic(r, pci)) {
		if (wanted && !is_called(pci, wanted))
			continue;
		differ |= chosen && socket_of(r, chosen) != socket_of(r, pci);
		chosen = chosen ? chosen : pci;
	}
	if (differ || (wanted && !chosen))
		return differ ? TOPOLOGY_SEVERAL : TOPOLOGY_NO_SUCH_NIC;
	if (chosen) {
		put_name(chosen, r->t->nic);
		r->t->nic_socket = socket_of(r, chosen);
		r->t->nic_ports = card_ports(r, chosen);
	}
	return TOPOLOGY_GOOD;
}

static bool load(hwloc_topology_t hw, const char *xml, size_t len)
{
	return hwloc_topology_set_io_types_filter(hw, HWLOC_TYPE_FILTER_KEEP_IMPORTANT) == 0 &&
	       hwloc_topology_set_xmlbuffer(hw, xml, (int)len + 1) == 0 &&
	       hwloc_topology_load(hw) == 0;
}

void topology_examine(const char *xml, size_t len, const char *nic, struct topology_record *t)
{
	struct reader r = {NULL, t};
	t->fault = TOPOLOGY_NOT_XML;
	if (hwloc_topology_init(&r.hw) != 0)
		return;
	if (load(r.hw, xml, len)) {
		t->fault = TOPOLOGY_SIZES;
		if (count(&r)) {
			number(&r);
			t->fault = choose_nic(&r, nic);
		}
	}
	hwloc_topology_destroy(r.hw);
}

#endif
