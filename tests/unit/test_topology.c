/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Topologies: the file that comes with the program is a server with two sockets of eight cores
 * whose processors are numbered in turn; and files that are none.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/topology.h"
#include "tests/unit/tree_text.h"

#include <string.h>

#ifdef HAVE_HWLOC

#define FILE_NAME "scenarios/topologies/c6220.xml"
#define HEAD                                                                   \
	"<?xml version=\"1.0\"?>\n<!DOCTYPE topology SYSTEM \"hwloc2.dtd\">\n" \
	"<topology version=\"2.0\">"
#define SETS "cpuset=\"0x3\" complete_cpuset=\"0x3\" nodeset=\"0x1\" complete_nodeset=\"0x1\" "

static const struct mark nowhere = {0};

static void test_numbers(void **state)
{
	struct fixture *f = *state;
	const struct topology *t =
		topology_read(FILE_NAME, "0000:41:00.1", nowhere, f->arena, f->diag);
	assert_printed(f->diag, "");
	assert_non_null(t);
	assert_int_equal(t->sockets, 2);
	assert_int_equal(t->cores, 8);
	for (int i = 0; i < 16; i++)
		assert_int_equal(t->cpu[i], 2 * (i % 8) + i / 8);
	assert_int_equal(t->node[1], 1);
	assert_string_equal(t->nic, "ens1f1");
	assert_int_equal(t->nic_socket, 1);
	assert_int_equal(t->nic_ports, 2);
}

static void test_cards(void **state)
{
	struct fixture *f = *state;
	assert_null(topology_read(FILE_NAME, "eth9", nowhere, f->arena, f->diag));
	assert_mentions(f->diag, "has no network card 'eth9'");
	assert_mentions(f->diag, "eno1 (socket 0), ens1f0 (socket 1), ens1f1 (socket 1)");
	assert_null(topology_read(FILE_NAME, NULL, nowhere, f->arena, f->diag));
	assert_mentions(f->diag, "network cards on several sockets");
}

/* No packages, no cores, no cards: the machine is a socket, its processors are the cores. */
static void test_bare(void **state)
{
	struct fixture *f = *state;
	const char *xml = HEAD
		"<object type=\"Machine\" os_index=\"0\" " SETS
		"allowed_cpuset=\"0x3\" allowed_nodeset=\"0x1\" gp_index=\"1\">"
		"<object type=\"NUMANode\" os_index=\"0\" " SETS "gp_index=\"2\"/>"
		"<object type=\"PU\" os_index=\"0\" cpuset=\"0x1\" complete_cpuset=\"0x1\" "
		"nodeset=\"0x1\" complete_nodeset=\"0x1\" gp_index=\"3\"/>"
		"<object type=\"PU\" os_index=\"1\" cpuset=\"0x2\" complete_cpuset=\"0x2\" "
		"nodeset=\"0x1\" complete_nodeset=\"0x1\" gp_index=\"4\"/></object></topology>";
	const struct topology *t =
		topology_parse("bare.xml", xml, strlen(xml), NULL, nowhere, f->arena, f->diag);
	assert_printed(f->diag, "");
	assert_int_equal(t->sockets, 1);
	assert_int_equal(t->cores, 2);
	assert_null(t->nic);
}

static void test_no_topology(void **state)
{
	static const char *const texts[] = {"", "no XML", "<topology>", HEAD "</topology>",
		HEAD "<object type=\"Machine\"/></topology>",
		HEAD "<object type=\"PU\"><object type=\"Package\" " SETS "/></object></topology>"};
	struct fixture *f = *state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_null(topology_parse(
			"x.xml", texts[i], strlen(texts[i]), NULL, nowhere, f->arena, f->diag));
		assert_true(diag_errors(f->diag) > 0);
	}
	assert_null(topology_read("no/such/file", NULL, nowhere, f->arena, f->diag));
	assert_mentions(f->diag, "cannot read 'no/such/file'");
}

/* A file cut off anywhere is refused, or is whole enough to be one. */
static void test_torn(void **state)
{
	struct fixture *f = *state;
	char text[16384];
	FILE *file = fopen(FILE_NAME, "r");
	assert_non_null(file);
	size_t len = fread(text, 1, sizeof(text), file);
	fclose(file);
	for (size_t cut = 0; cut < len - 2; cut += 97)
		assert_null(topology_parse(
			"torn.xml", text, cut, "ens1f0", nowhere, f->arena, f->diag));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_numbers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_cards, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_bare, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_no_topology, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_torn, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

int main(void)
{
	puts("1..0 # SKIP built without hwloc");
	return 0;
}

#endif
