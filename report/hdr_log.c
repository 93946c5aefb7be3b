/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/hdr_log.h"

#ifdef HAVE_ZLIB

#include "base/arena.h"
#include "base/diag.h"

#include <endian.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define COOKIE_V2 0x1c849313
#define COOKIE_V2_COMPRESSED 0x1c849314
#define DIGITS 3
#define SUB_BITS 11 /* 2 x 10^DIGITS values of a bucket, rounded up to a power of two */
#define HALF (1u << (SUB_BITS - 1))
#define MOST_COUNTS ((64 - SUB_BITS + 2) * HALF)
#define MOST_BYTES 9                    /* of an encoded number */
#define HOUR_NS UINT64_C(3600000000000) /* highest trackable value, unless exceeded */
#define NS_PER_MS 1e6

bool hdr_log_available(void)
{
	return true;
}

/* A histogram of ns in the layout of HdrHistogram. */
struct counts {
	const struct hist *from;
	uint64_t *n; /* MOST_COUNTS */
	uint32_t used;
	uint64_t highest_ns;
};

static uint32_t index_of(uint64_t ns)
{
	uint32_t bucket = 64 - SUB_BITS - (uint32_t)__builtin_clzll(ns | (2 * HALF - 1));
	return bucket * HALF + (uint32_t)(ns >> bucket);
}

static void add_bin(void *counts, uint64_t lo, uint64_t hi, uint64_t n)
{
	struct counts *c = counts;
	double ps = ((double)lo + (double)(hi - 1)) / 2;
	ps = fmin(fmax(ps, (double)c->from->min), (double)c->from->max);
	uint64_t ns = (uint64_t)(ps / (double)PS_PER_NS + 0.5);
	uint32_t i = index_of(ns);
	c->n[i] += n;
	c->used = i + 1 > c->used ? i + 1 : c->used;
	c->highest_ns = ns > c->highest_ns ? ns : c->highest_ns;
}

static unsigned char *put_number(unsigned char *to, int64_t value)
{
	uint64_t v = (uint64_t)value << 1 ^ (uint64_t)(value >> 63);
	for (int i = 1; i < MOST_BYTES && v >> 7; i++, v >>= 7)
		*to++ = (unsigned char)(v | 0x80);
	*to++ = (unsigned char)v;
	return to;
}

static unsigned char *put_counts(unsigned char *to, const struct counts *c)
{
	for (uint32_t i = 0, zeros; i < c->used; i += zeros ? zeros : 1) {
		for (zeros = 0; i + zeros < c->used && !c->n[i + zeros];)
			zeros++;
		to = put_number(to, zeros ? -(int64_t)zeros : (int64_t)c->n[i]);
	}
	return to;
}

static unsigned char *put_be32(unsigned char *to, uint32_t v)
{
	v = htobe32(v);
	memcpy(to, &v, sizeof v);
	return to + sizeof v;
}

static unsigned char *put_be64(unsigned char *to, uint64_t v)
{
	v = htobe64(v);
	memcpy(to, &v, sizeof v);
	return to + sizeof v;
}

enum { HEADER_B = 40, COMPRESSED_HEADER_B = 8 };

/* The encoding before compression; the caller frees it. */
static unsigned char *encode(const struct counts *c, size_t *size)
{
	unsigned char *all = xcalloc(HEADER_B + (size_t)c->used * MOST_BYTES, 1);
	unsigned char *end = put_counts(all + HEADER_B, c), *to = all;
	const double ratio = 1;
	uint64_t ratio_bits;
	memcpy(&ratio_bits, &ratio, sizeof ratio_bits);
	*size = (size_t)(end - all);
	to = put_be32(to, COOKIE_V2);
	to = put_be32(to, (uint32_t)(*size - HEADER_B));
	to = put_be32(to, 0);
	to = put_be32(to, DIGITS);
	to = put_be64(to, 1);
	to = put_be64(to, c->highest_ns > HOUR_NS ? c->highest_ns : HOUR_NS);
	put_be64(to, ratio_bits);
	return all;
}

static unsigned char *encode_compressed(const struct counts *c, size_t *size)
{
	size_t plain_size;
	unsigned char *plain = encode(c, &plain_size);
	uLongf room = compressBound(plain_size);
	unsigned char *all = xcalloc(COMPRESSED_HEADER_B + room, 1);
	if (compress(all + COMPRESSED_HEADER_B, &room, plain, plain_size) != Z_OK) {
		fputs("nfvsim: out of memory\n", stderr);
		exit(1);
	}
	put_be32(put_be32(all, COOKIE_V2_COMPRESSED), (uint32_t)room);
	*size = COMPRESSED_HEADER_B + room;
	free(plain);
	return all;
}

static void put_base64(const unsigned char *b, size_t n, FILE *to)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	for (size_t i = 0; i < n; i += 3) {
		uint32_t v = (uint32_t)b[i] << 16;
		v |= i + 1 < n ? (uint32_t)b[i + 1] << 8 : 0;
		v |= i + 2 < n ? b[i + 2] : 0;
		fputc(digits[v >> 18], to);
		fputc(digits[v >> 12 & 63], to);
		fputc(i + 1 < n ? digits[v >> 6 & 63] : '=', to);
		fputc(i + 2 < n ? digits[v & 63] : '=', to);
	}
}

static void put_line(
	const char *tag, double start_s, double length_s, const struct hist *h, FILE *to)
{
	struct counts c = {.from = h, .n = xcalloc(MOST_COUNTS, sizeof *c.n)};
	hist_each(h, add_bin, &c);
	size_t size;
	unsigned char *bytes = encode_compressed(&c, &size);
	if (*tag)
		fprintf(to, "Tag=%s,", tag);
	fprintf(to, "%.9f,%.9f,%.6f,", start_s, length_s, (double)c.highest_ns / NS_PER_MS);
	put_base64(bytes, size, to);
	fputc('\n', to);
	free(bytes);
	free(c.n);
}

void hdr_log_write(const struct scenario *s, const struct run_result *r, FILE *to)
{
	double start_s = (double)r->windows[0].from_ps / (double)PS_PER_S;
	fputs("#[nfvsim " NFVSIM_VERSION ": latencies in ns of scenario ", to);
	diag_put_escaped(to, s->name, strlen(s->name));
	fprintf(to,
		", seed %" PRIu64 "]\n#[Histogram log format version 1.3]\n"
		"#[StartTime: 0.000 (seconds since epoch), Thu Jan 01 00:00:00 UTC 1970]\n"
		"#[BaseTime: 0.000 (seconds since epoch)]\n"
		"\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\","
		"\"Interval_Compressed_Histogram\"\n",
		r->seed);
	for (uint32_t i = 0; i < r->samples; i++) {
		double length_s = r->sample[(size_t)i * (r->n_chains + 1)].seconds;
		for (uint32_t c = 0; c < r->n_chains; c++)
			put_line(r->chains[c].name, start_s, length_s,
				&r->latency_ps[(size_t)i * r->n_chains + c], to);
		start_s += length_s;
	}
}

#else

bool hdr_log_available(void)
{
	return false;
}

void hdr_log_write(const struct scenario *s, const struct run_result *r, FILE *to)
{
	(void)s;
	(void)r;
	(void)to;
}

#endif
