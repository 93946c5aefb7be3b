/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/pcapfile.h"

#ifndef HAVE_PCAP

bool pcapfile_read(const char *path, double speed, struct mark at, struct pcapfile *f,
	struct arena *a, struct diag *d)
{
	(void)path, (void)speed, (void)f, (void)a;
	diag_error(d, at, "install libpcap-dev and build again",
		"this nfvsim was built without libpcap and cannot replay captures");
	return false;
}

#else

#include "base/library.h"
#include "sim/philox.h"

#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

#define MAX_PACKETS 50000000u
#define CRC_B 4
#define MOST_SECONDS 1e5 /* of a capture; later packets count as being there */

struct reader {
	struct source_record *records;
	uint64_t n, room;
	uint64_t *keys; /* of each record's 5-tuple */
	uint64_t count[WIRE_MAX_FRAME_B + 1];
	double speed;
	struct timeval first;
	ps_t last_ps;
};

/* Addresses, ports and protocol of an Ethernet frame, hashed; 0 for what is not IPv4 or IPv6. */
static uint64_t flow_key(const u_char *p, size_t len)
{
	size_t at = 12;
	while (len > at + 4 && p[at] == 0x81 && p[at + 1] == 0x00)
		at += 4;
	if (len < at + 2 + 20)
		return 0;
	bool v4 = p[at] == 0x08 && p[at + 1] == 0x00, v6 = p[at] == 0x86 && p[at + 1] == 0xdd;
	const u_char *ip = p + at + 2;
	size_t head = v4 ? (size_t)(ip[0] & 15) * 4 : 40, room = len - at - 2;
	if ((!v4 && !v6) || room < head + 4)
		return 0;
	char key[40] = {0};
	size_t addr = v4 ? 8 : 32;
	key[0] = (char)(v4 ? ip[9] : ip[6]);
	memcpy(key + 1, ip + head - addr, addr);
	memcpy(key + 1 + addr, ip + head, 4);
	uint64_t hash = UINT64_C(14695981039346656037);
	for (size_t i = 0; i < 5 + addr; i++)
		hash = (hash ^ (u_char)key[i]) * UINT64_C(1099511628211);
	return hash;
}

static bool add_packet(struct reader *r, const struct pcap_pkthdr *h, const u_char *bytes)
{
	if (r->n == MAX_PACKETS)
		return false;
	if (r->n == r->room) {
		r->room = r->room ? 2 * r->room : 1024;
		r->records = xrealloc(r->records, r->room, sizeof *r->records);
		r->keys = xrealloc(r->keys, r->room, sizeof *r->keys);
	}
	if (!r->n)
		r->first = h->ts;
	double s = (double)(h->ts.tv_sec - r->first.tv_sec) +
		   1e-9 * (double)(h->ts.tv_usec - r->first.tv_usec);
	s = s / r->speed < MOST_SECONDS ? s / r->speed : MOST_SECONDS;
	ps_t at = s > 0 ? (ps_t)(s * (double)PS_PER_S) : 0;
	r->last_ps = at > r->last_ps ? at : r->last_ps;
	uint32_t size = h->len + CRC_B;
	size = size < WIRE_MIN_FRAME_B ? WIRE_MIN_FRAME_B : size;
	size = size > WIRE_MAX_FRAME_B ? WIRE_MAX_FRAME_B : size;
	r->keys[r->n] = flow_key(bytes, h->caplen);
	r->records[r->n++] = (struct source_record){r->last_ps, size, 0};
	r->count[size]++;
	return true;
}

static int by_key(const void *x, const void *y)
{
	uint64_t a = *(const uint64_t *)x, b = *(const uint64_t *)y;
	return a < b ? -1 : a > b;
}

/* Numbers the flows in the order of their keys. */
static int64_t number_flows(struct reader *r)
{
	uint64_t *sorted = xcalloc(r->n, sizeof *sorted), flows = 0;
	memcpy(sorted, r->keys, r->n * sizeof *sorted);
	qsort(sorted, r->n, sizeof *sorted, by_key);
	for (uint64_t i = 0; i < r->n; i++)
		if (!flows || sorted[flows - 1] != sorted[i])
			sorted[flows++] = sorted[i];
	for (uint64_t i = 0; i < r->n; i++) {
		uint64_t *hit = bsearch(&r->keys[i], sorted, flows, sizeof *sorted, by_key);
		r->records[i].flow = (uint32_t)(hit - sorted);
	}
	free(sorted);
	return (int64_t)flows;
}

static void fill(struct reader *r, struct pcapfile *f, struct arena *a)
{
	uint32_t *sizes = arena_alloc(a, sizeof r->count / sizeof *r->count * sizeof *sizes);
	double *weights = arena_alloc(a, sizeof r->count);
	*f = (struct pcapfile){.n = r->n, .sizes_B = sizes, .weights = weights};
	f->flows = number_flows(r);
	for (uint32_t b = 0; b <= WIRE_MAX_FRAME_B; b++)
		if (r->count[b]) {
			sizes[f->n_sizes] = b;
			weights[f->n_sizes++] = (double)r->count[b];
		}
	struct source_record *copy = arena_alloc(a, r->n * sizeof *copy);
	memcpy(copy, r->records, r->n * sizeof *copy);
	f->records = copy;
	double span_ps = (double)r->last_ps * (double)r->n / (double)(r->n > 1 ? r->n - 1 : 1);
	f->rate_pps = span_ps > 0 ? (double)r->n * (double)PS_PER_S / span_ps : 1000;
}

/* The library, loaded: its functions by their names. */
struct pcap_library {
	__typeof__(&pcap_open_offline_with_tstamp_precision)
		pcap_open_offline_with_tstamp_precision;
	__typeof__(&pcap_datalink) pcap_datalink;
	__typeof__(&pcap_next_ex) pcap_next_ex;
	__typeof__(&pcap_geterr) pcap_geterr;
	__typeof__(&pcap_close) pcap_close;
};

static bool load(struct pcap_library *l)
{
	const struct library_symbol symbols[] = {
		LIBRARY_SYMBOL(l, pcap_open_offline_with_tstamp_precision),
		LIBRARY_SYMBOL(l, pcap_datalink),
		LIBRARY_SYMBOL(l, pcap_next_ex),
		LIBRARY_SYMBOL(l, pcap_geterr),
		LIBRARY_SYMBOL(l, pcap_close),
	};
	return library_load(HAVE_PCAP, symbols, sizeof symbols / sizeof symbols[0]);
}

bool pcapfile_read(const char *path, double speed, struct mark at, struct pcapfile *f,
	struct arena *a, struct diag *d)
{
	char why[PCAP_ERRBUF_SIZE] = "";
	struct pcap_library l;
	if (!load(&l)) {
		diag_error(d, at, "install libpcap0.8",
			"cannot replay captures without libpcap, which is not installed");
		return false;
	}
	pcap_t *p =
		l.pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO, why);
	if (!p) {
		diag_error(d, at, NULL, "cannot read the capture: %s", why);
		return false;
	}
	if (l.pcap_datalink(p) != DLT_EN10MB) {
		diag_error(d, at, NULL, "the capture is not of Ethernet frames");
		l.pcap_close(p);
		return false;
	}
	struct reader *r = xcalloc(1, sizeof *r);
	r->speed = speed;
	struct pcap_pkthdr *h;
	const u_char *bytes;
	int got;
	while ((got = l.pcap_next_ex(p, &h, &bytes)) == 1 && add_packet(r, h, bytes))
		continue;
	bool ok = got == PCAP_ERROR_BREAK && r->n;
	if (got == PCAP_ERROR)
		diag_error(d, at, NULL, "cannot read the capture: %s", l.pcap_geterr(p));
	else if (got == 1)
		diag_error(d, at, "cut it with editcap -c", "more than %u packets", MAX_PACKETS);
	else if (!r->n)
		diag_error(d, at, NULL, "the capture holds no packets");
	if (ok && r->n > 1 && !r->last_ps) {
		diag_error(d, at, "give it times with editcap, or use arrivals: cbr",
			"all packets of the capture have the same time");
		ok = false;
	}
	if (ok)
		fill(r, f, a);
	l.pcap_close(p);
	free(r->records);
	free(r->keys);
	free(r);
	return ok;
}

#endif
