/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Chains, directions, copies, servers and mistakes in them; all that is shipped runs, and repeats
 */
#include "tests/unit/shots.h"

#include <dirent.h>

#define ONE_VNF "scenarios/l3fwd.yaml"
#define LENGTH(array) (sizeof(array) / sizeof *(array))

static void both_directions_share_the_vcpu(void **state)
{
	(void)state;
	struct answer one = ASK(ONE_VNF, "traffic.rate=14Mpps");
	struct shot s = SHOT(ONE_VNF, "traffic.rate=14Mpps", "traffic.direction=both");
	assert_int_equal(s.result->n_chains, 2);
	const struct run_chain *there = &s.result->chains[0], *back = &s.result->chains[1];
	assert_string_equal(back->name, "back");
	assert_close(
		"both ways together", shot_answer(&s).delivered_mpps, one.delivered_mpps, 0.08);
	assert_close("one way as the other", back->delivered_pps.value, there->delivered_pps.value,
		0.02);
	shot_free(&s);
}

#define TWO_CHAINS "scenarios/examples/two-chains.yaml"

static void chains_share_the_wire_they_leave_by(void **state)
{
	(void)state;
	/* One comes in by server a and goes on to b, the other by b; both leave by b. */
	const char *file =
		scratch("two.yaml", "dataplane: opennetvm\n"
				    "servers: {a: c6220, b: c6220}\n"
				    "traffic: {size: 64 B, rate: 9 Mpps}\n"
				    "chains:\n"
				    "  x: {chain: [{nf: l2fwd, on: a}, {nf: l2fwd, on: b}]}\n"
				    "  y: {chain: [{nf: l2fwd, on: b}]}\n");
	struct shot s = SHOT(file, "run.precision=2%");
	assert_int_equal(s.result->n_chains, 2);
	assert_close("both", shot_answer(&s).delivered_mpps, 14.881, 0.005);
	assert_int_equal(
		lost_at(&s, "b.x.pnic1.tx") + lost_at(&s, "b.y.pnic1.tx"), shot_answer(&s).dropped);
	shot_free(&s);
	s = SHOT_READ(TWO_CHAINS, "chains={x: {chain: [l2fwd]}, y: {chain: [l2fwd]}}",
		"traffic={size: 64 B, rate: 8 Mpps}");
	assert_mentions(s.diag, "108 % of its line rate");
	shot_free(&s);
}

/* A chain of one worker pool against the same chains apart. */
static void chains_share_worker_cores(void **state)
{
	(void)state;
	struct shot s = SHOT(TWO_CHAINS, "cores={workers: 1}");
	assert_int_equal(s.result->n_cores, 4); /* a worker, three vCPUs */
	struct answer a = shot_answer(&s);
	assert_int_equal(a.dropped, 0);
	double web = s.result->chains[0].delivered_pps.value,
	       voice = s.result->chains[1].delivered_pps.value;
	assert_close("the sum of both", web + voice, a.delivered_mpps * 1e6, 1e-9);
	assert_close("voice", voice, 2e5, 0.02);
	shot_free(&s);
}

static void copies_share_flows_behind_a_balancer(void **state)
{
	(void)state;
	const char *file = "scenarios/examples/lb-copies.yaml";
	struct shot s = SHOT(file, "traffic.rate=3Mpps", "chain.1.copies=2");
	double first = taken_by(&s, "nat-0"), second = taken_by(&s, "nat-1");
	assert_close("half of the flows", first / (first + second), 0.5, 0.05);
	shot_free(&s);
	/* A costly NF gains by copies until the balancer's side is the slowest. */
	double one = ASK(file, "chain.1={nf: vpn, copies: 1}").delivered_mpps;
	double two = ASK(file, "chain.1={nf: vpn, copies: 2, split: flow}").delivered_mpps;
	assert_close("two copies of vpn", two / one, 2, 0.05);
	/* One flow cannot be split. */
	double flow = ASK(file, "chain.1={nf: vpn, copies: 2, split: flow}", "traffic.flows=1")
			      .delivered_mpps;
	assert_close("one flow", flow, one, 0.02);
}

/* The paper's 4.2: on ClickOS a load balancer is itself the bottleneck. */
static void a_balancer_can_be_the_bottleneck(void **state)
{
	(void)state;
	const char *file = "scenarios/niu-can17/table1-clickos.yaml";
	struct answer alone = ASK(file);
	struct answer copies = ASK(file, "chain=[lb, {nf: l3fwd, copies: 2, split: flow}]");
	assert_true(copies.delivered_mpps < alone.delivered_mpps);
}

static void servers_are_joined_by_their_nics(void **state)
{
	(void)state;
	const char *chain = "chain=[{nf: l2fwd, on: a}, {nf: l2fwd, on: b}]";
	const char *servers = "servers={a: c6220, b: c6220}";
	const char *file = "scenarios/two-servers.yaml";
	const char *slow = "traffic={size: 64 B, rate: 10 kpps}";
	struct shot s =
		SHOT(file, servers, chain, slow, "dataplane=opennetvm", "link={delay: 0 us}");
	double near_us = shot_answer(&s).latency_us;
	assert_int_equal(lost_at(&s, "b.pnic0.rx"), 0);
	shot_free(&s);
	/* To the first server, between them, and back to the tester. */
	double far_us = ASK(file, servers, chain, slow, "dataplane=opennetvm", "link={delay: 5 us}")
				.latency_us;
	assert_close("three links of 5 us", far_us - near_us, 15, 0.02);
}

static void forms_without_nic_or_vnf_run(void **state)
{
	(void)state;
	struct answer nics = ASK("scenarios/examples/nic-to-nic.yaml");
	struct answer vm = ASK("scenarios/examples/nic-to-vm.yaml");
	struct answer vms = ASK("scenarios/examples/vm-to-vm.yaml");
	assert_true(nics.delivered_mpps > 5 && nics.loss > 0);
	assert_close("into a VM", vm.delivered_mpps, 0.5, 0.01);
	assert_close("from VM to VM", vms.delivered_mpps, 2, 0.01);
	struct answer out = ASK(ONE_VNF, "from=vm", "traffic.rate=1Mpps");
	assert_close("out of a VM", out.delivered_mpps, 1, 0.01);
}

static void more_entries_cost_by_the_stated_law(void **state)
{
	(void)state;
	const char *file = "scenarios/examples/own-nf.yaml";
	const char *slow = "traffic={size: 64 B, rate: line}";
	struct shot few = SHOT(file, slow, "chain=[{nf: acl, entries: 10}]");
	struct shot many = SHOT(file, slow, "chain=[{nf: acl, entries: 110}]");
	assert_close("100 entries of 1.5 cycles",
		core_of(&many, "acl")->cycles_per_packet - core_of(&few, "acl")->cycles_per_packet,
		150, 0.01);
	shot_free(&few);
	shot_free(&many);
	few = SHOT(file, slow, "chain=[{nf: ids, entries: 1000}]");
	many = SHOT(file, slow, "chain=[{nf: ids, entries: 8000}]");
	assert_close("three doublings of 25 cycles",
		core_of(&many, "ids")->cycles_per_packet - core_of(&few, "ids")->cycles_per_packet,
		75, 0.01);
	shot_free(&few);
	shot_free(&many);
}

/* --- what cannot be --- */

static void mistakes_are_explained(void **state)
{
	(void)state;
	const char *clickos = "scenarios/niu-can17/table1-clickos.yaml";
	struct shot s = SHOT_READ(clickos, "chain=[{nf: l3fwd, vcpus: 2, queues: 2}]");
	assert_null(s.scenario);
	assert_mentions(s.diag, "at most 1 vCPU");
	assert_mentions(s.diag, "SMP");
	shot_free(&s);
	s = SHOT_READ(clickos, "chain=[{nf: l3fwd, copies: 2}]");
	assert_null(s.scenario);
	assert_mentions(s.diag, "cannot spread packets over copies");
	shot_free(&s);
	s = SHOT_READ(clickos, "chain=[lb, {nf: l3fwd, copies: 2}]");
	assert_int_equal(diag_errors(s.diag), 0);
	shot_free(&s);
	s = SHOT_READ(ONE_VNF, "chain=[l3fwd, l3fwd, l3fwd, l3fwd, l3fwd]");
	assert_mentions(s.diag, "has 8 cores, this placement needs 11");
	shot_free(&s);
}

/* --- all shipped scenarios --- */

static void check_conservation(const char *path, const struct shot *s)
{
	const struct run_result *r = s->result;
	uint64_t at_places = 0, dropped = 0;
	for (uint32_t i = 0; i < r->n_places; i++)
		at_places += r->places[i].packets;
	for (uint32_t c = 0; c < r->n_chains; c++) {
		const struct run_chain *k = &r->chains[c];
		int64_t in_flight = (int64_t)(k->offered - k->delivered - k->dropped);
		dropped += k->dropped;
		/* What a window finds in flight and leaves in flight is bounded by all rings. */
		if (llabs(in_flight) > 40000)
			fail_msg("%s: %" PRId64 " packets unaccounted for", path, in_flight);
		if (!k->delivered)
			fail_msg("%s delivers nothing", path);
	}
	if (at_places != dropped)
		fail_msg("%s: places lost %" PRIu64 ", chains %" PRIu64, path, at_places, dropped);
}

static void check_same(const char *path, const struct shot *x, const struct shot *y)
{
	const struct run_chain *a = &x->result->chains[0], *b = &y->result->chains[0];
	if (a->offered != b->offered || a->delivered != b->delivered || a->dropped != b->dropped ||
		memcmp(&a->latency.mean_ns.value, &b->latency.mean_ns.value, sizeof(double)) != 0 ||
		x->result->steps != y->result->steps)
		fail_msg("%s: two runs differ", path);
}

static void run_briefly(const char *path)
{
	struct shot x = SHOT(path, "run.max_packets=100000", "run.precision=50%");
	struct shot y = SHOT(path, "run.max_packets=100000", "run.precision=50%");
	check_conservation(path, &x);
	check_same(path, &x, &y);
	shot_free(&x);
	shot_free(&y);
}

static void shipped_scenarios_run_and_repeat(void **state)
{
	(void)state;
	const char *const folders[] = {"scenarios", "scenarios/examples", "scenarios/niu-can17"};
	int n = 0;
	for (size_t i = 0; i < LENGTH(folders); i++) {
		DIR *dir = opendir(folders[i]);
		assert_non_null(dir);
		for (struct dirent *e; (e = readdir(dir));)
			if (strstr(e->d_name, ".yaml")) {
#ifndef HAVE_PCAP
				if (strstr(e->d_name, "pcap"))
					continue;
#endif
				run_briefly(SET("%s/%s", folders[i], e->d_name));
				n++;
			}
		closedir(dir);
	}
	assert_true(n > 30);
}

static void shipped_dataplanes_know_all_nfs(void **state)
{
	(void)state;
	const char *const dataplanes[] = {"bess", "clickos", "clickos-sender", "ovs-dpdk", "vpp",
		"fastclick", "netmap-vale", "sriov", "opennetvm", "ptnetmap"};
	const char *const nfs[] = {"l2fwd", "l3fwd", "firewall", "nat", "vpn", "lb"};
	for (size_t i = 0; i < LENGTH(dataplanes); i++)
		for (size_t k = 0; k < LENGTH(nfs); k++) {
			struct shot s = SHOT(ONE_VNF, SET("dataplane=%s", dataplanes[i]),
				SET("chain=[%s, l2fwd]", nfs[k]), "run.max_packets=100000",
				"traffic.rate=1Mpps", "run.precision=50%");
			double mpps = shot_answer(&s).delivered_mpps;
			if (!(mpps > 0.5))
				fail_msg("%s, %s: %g Mpps", dataplanes[i], nfs[k], mpps);
			check_conservation(dataplanes[i], &s);
			shot_free(&s);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_directions_share_the_vcpu),
		cmocka_unit_test(chains_share_the_wire_they_leave_by),
		cmocka_unit_test(chains_share_worker_cores),
		cmocka_unit_test(copies_share_flows_behind_a_balancer),
		cmocka_unit_test(a_balancer_can_be_the_bottleneck),
		cmocka_unit_test(servers_are_joined_by_their_nics),
		cmocka_unit_test(forms_without_nic_or_vnf_run),
		cmocka_unit_test(more_entries_cost_by_the_stated_law),
		cmocka_unit_test(mistakes_are_explained),
		cmocka_unit_test(shipped_scenarios_run_and_repeat),
		cmocka_unit_test(shipped_dataplanes_know_all_nfs),
	};
	return cmocka_run_group_tests(tests, NULL, scratch_end);
}
