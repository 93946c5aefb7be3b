/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A capture of what was delivered is read back by libpcap with the right count, times, lengths and
 * headers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report/pcap_out.h"

#include <stdio.h>
#include <stdlib.h>

#ifdef HAVE_PCAP
#include <pcap/pcap.h>

#define SNAPLEN 200

struct delivered {
	struct pcap_out out;
	ps_t at_ps[1 << 16];
	uint32_t size_B[1 << 16], flow[1 << 16], n;
};

static void see(void *arg, const struct timeline_packet *p)
{
	struct delivered *d = arg;
	pcap_out_packet(&d->out, p);
	if (p->event != TIMELINE_DELIVERED || p->from_ps <= d->out.from_ps)
		return;
	d->at_ps[d->n] = p->to_ps;
	d->flow[d->n] = p->pkt->flow;
	d->size_B[d->n++] = p->pkt->size_B;
}

static uint32_t big_endian(const u_char *from, int bytes)
{
	uint32_t v = 0;
	for (int i = 0; i < bytes; i++)
		v = v << 8 | from[i];
	return v;
}

static void check_packet(
	const struct pcap_pkthdr *h, const u_char *b, const struct delivered *d, uint32_t i)
{
	uint32_t length = d->size_B[i] - 4, sum = 0;
	assert_int_equal(
		h->ts.tv_sec * INT64_C(1000000000) + h->ts.tv_usec, d->at_ps[i] / PS_PER_NS);
	assert_int_equal(h->len, length);
	assert_int_equal(h->caplen, length < SNAPLEN ? length : SNAPLEN);
	assert_int_equal(big_endian(b + 12, 2), 0x0800);
	assert_int_equal(b[14], 0x45);
	assert_int_equal(big_endian(b + 16, 2), length - 14);
	assert_int_equal(b[23], 17);
	for (int k = 14; k < 34; k += 2)
		sum += big_endian(b + k, 2);
	assert_int_equal((sum >> 16) + (sum & 0xffff), 0xffff);
	assert_int_equal(big_endian(b + 26, 4), 0x0a000000 + d->flow[i]);
	assert_int_equal(big_endian(b + 34, 2), 1024 + d->flow[i] % 60000);
	assert_int_equal(big_endian(b + 38, 2), length - 34);
}

static void read_back(const char *scenario)
{
	struct arena *a = arena_new();
	struct diag *diag = diag_new();
	const struct scenario *s = scenario_read(scenario, NULL, 0, a, diag);
	assert_non_null(s);
	struct delivered *d = calloc(1, sizeof *d);
	FILE *file = tmpfile();
	d->out = (struct pcap_out){file, SNAPLEN, PS_PER_MS, 2 * PS_PER_MS, 0};
	pcap_out_start(&d->out);
	const struct timeline_viewer v = {.arg = d, .packet = see};
	struct timeline *t = timeline_new(&v);
	struct build *b = build_tuned(s, 1, 0, timeline_attach, t);
	net_run(b->net, 2 * PS_PER_MS);
	timeline_end(t);
	rewind(file);
	char why[PCAP_ERRBUF_SIZE];
	pcap_t *p = pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, why);
	assert_non_null(p);
	assert_int_equal(pcap_datalink(p), DLT_EN10MB);
	struct pcap_pkthdr *h;
	const u_char *bytes;
	uint32_t n = 0;
	for (; pcap_next_ex(p, &h, &bytes) == 1; n++)
		check_packet(h, bytes, d, n);
	assert_true(n > 100);
	assert_int_equal(n, d->n);
	assert_int_equal(n, d->out.packets);
	pcap_close(p);
	timeline_free(t);
	net_free(b->net);
	free(d);
	diag_free(diag);
	arena_free(a);
}

static void one_size(void **state)
{
	(void)state;
	read_back("scenarios/l3fwd.yaml");
}

static void flows_and_sizes(void **state)
{
	(void)state;
	read_back("scenarios/examples/rss-zipf.yaml");
	read_back("scenarios/examples/two-chains.yaml");
}

int main(void)
{
	setenv("NFVSIM_DATA", "scenarios", 1);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_size),
		cmocka_unit_test(flows_and_sizes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

static void without_libpcap(void **state)
{
	(void)state;
	skip();
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(without_libpcap)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
