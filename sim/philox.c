/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * philox - see the header for what a stream is
 *
 * Counter words, low first: [0] and the low half of [1] count blocks of four outputs; the high half
 * of [1] and all of [2] hold 48 bits of the name's hash, [3] the replication. Two streams of one
 * seed differ in bits that do not change until one has drawn 2^50 outputs (weeks of drawing); two
 * of 1000 names have the same 48 bits with probability 2e-9. Another seed is another key, that is,
 * another permutation of the counters.
 *
 * gsl_rng_get takes one 32-bit output. gsl_rng_uniform takes two, always the first or the last pair
 * of a block, so an odd number of gsl_rng_get before it costs one output.
 *
 * Cost (AMD EPYC, gcc 12 -O2 -ftree-vectorize): philox_fill 3 ns a number, gsl_rng_uniform 7 ns,
 * philox_log 3.5 ns. Plain -O2 vectorizes less: philox_fill then takes 4.6 ns; -O3 5.5 ns.
 */
#include "sim/philox.h"

#include <assert.h>
#include <string.h>

#define WORDS 4u
#define ROUNDS 10
#define LANES 16u /* blocks computed side by side; gcc 12 makes SSE2 of it from 16 on */

/* Multipliers and key increments of the paper (section 4.2). */
#define MUL0 UINT64_C(0xD2511F53)
#define MUL1 UINT64_C(0xCD9E8D57)
#define WEYL0 UINT32_C(0x9E3779B9)
#define WEYL1 UINT32_C(0xBB67AE85)

#define HASH_TOP UINT64_C(0xFFFF000000000000)

struct state {
	uint64_t next;      /* words 0 and 1 of the next block's counter */
	uint32_t stream[2]; /* words 2 and 3 */
	uint32_t key[2];
	uint32_t out[WORDS];
	uint32_t used; /* of out */
};

static double unit(uint32_t hi, uint32_t lo)
{
	uint64_t both = (uint64_t)hi << 32 | lo;
	return (double)(int64_t)(both >> 11) * 0x1p-53;
}

void philox_block(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4])
{
	uint32_t x0 = counter[0], x1 = counter[1], x2 = counter[2], x3 = counter[3];
	uint32_t k0 = key[0], k1 = key[1];
	for (int round = 0; round < ROUNDS; round++) {
		uint64_t p = MUL0 * x0, q = MUL1 * x2;
		x0 = (uint32_t)(q >> 32) ^ x1 ^ k0;
		x1 = (uint32_t)q;
		x2 = (uint32_t)(p >> 32) ^ x3 ^ k1;
		x3 = (uint32_t)p;
		k0 += WEYL0;
		k1 += WEYL1;
	}
	out[0] = x0;
	out[1] = x1;
	out[2] = x2;
	out[3] = x3;
}

static void start(struct state *s, uint64_t seed, uint64_t hash, uint32_t replication)
{
	*s = (struct state){
		.next = hash & HASH_TOP,
		.stream = {(uint32_t)hash, replication},
		.key = {(uint32_t)seed, (uint32_t)(seed >> 32)},
		.used = WORDS,
	};
}

static void refill(struct state *s)
{
	uint32_t counter[4] = {
		(uint32_t)s->next, (uint32_t)(s->next >> 32), s->stream[0], s->stream[1]};
	philox_block(counter, s->key, s->out);
	s->next++;
	s->used = 0;
}

static void set(void *state, unsigned long seed)
{
	start(state, seed, 0, 0);
}

static unsigned long get(void *state)
{
	struct state *s = state;
	if (s->used == WORDS)
		refill(s);
	return s->out[s->used++];
}

static double get_double(void *state)
{
	struct state *s = state;
	s->used = (s->used + 1) & ~1u;
	if (s->used == WORDS)
		refill(s);
	double u = unit(s->out[s->used], s->out[s->used + 1]);
	s->used += 2;
	return u;
}

/* The next LANES blocks as 2 * LANES numbers. Same rounds as philox_block, written across arrays so
 * that the compiler computes several blocks in one instruction. */
static void fill_lanes(struct state *s, double *u)
{
	uint32_t x0[LANES], x1[LANES], x2[LANES], x3[LANES];
	uint32_t k0 = s->key[0], k1 = s->key[1];
	for (unsigned i = 0; i < LANES; i++) {
		x0[i] = (uint32_t)(s->next + i);
		x1[i] = (uint32_t)((s->next + i) >> 32);
		x2[i] = s->stream[0];
		x3[i] = s->stream[1];
	}
	for (int round = 0; round < ROUNDS; round++) {
		for (unsigned i = 0; i < LANES; i++) {
			uint64_t p = MUL0 * x0[i], q = MUL1 * x2[i];
			x0[i] = (uint32_t)(q >> 32) ^ x1[i] ^ k0;
			x1[i] = (uint32_t)q;
			x2[i] = (uint32_t)(p >> 32) ^ x3[i] ^ k1;
			x3[i] = (uint32_t)p;
		}
		k0 += WEYL0;
		k1 += WEYL1;
	}
	for (unsigned i = 0; i < LANES; i++) {
		u[2 * i] = 1 - unit(x0[i], x1[i]);
		u[2 * i + 1] = 1 - unit(x2[i], x3[i]);
	}
	s->next += LANES;
}

void philox_stream(gsl_rng *r, uint64_t seed, uint32_t replication, const char *name)
{
	assert(r->type == philox_type);
	start(r->state, seed, philox_hash(name), replication);
}

void philox_fill(gsl_rng *r, double *u, unsigned n)
{
	assert(r->type == philox_type);
	struct state *s = r->state;
	unsigned done = 0;
	if (n > 0 && s->used <= WORDS - 2)
		u[done++] = 1 - get_double(s);
	if (n - done >= 2 * LANES)
		s->used = WORDS;
	for (; n - done >= 2 * LANES; done += 2 * LANES)
		fill_lanes(s, u + done);
	for (; done < n; done++)
		u[done] = 1 - get_double(s);
}

uint64_t philox_hash(const char *name)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
	return hash;
}

/*
 * Logarithm: x = 2^k m, c = the centre of m's cell, log x = k log 2 + log c + 2 atanh((m-c)/(m+c)).
 * Cells are equal steps of the bit pattern, placed so that 1 is a centre: log c = 0 there, and
 * nothing cancels for x near 1. |(m-c)/(m+c)| < 2^-7, so the series ends after four terms.
 * Parts called hi are multiples of 2^-42: k log 2 + log c is exact in hi; lo carries the rest.
 */
#define CELL_BITS 5
#define CELL_SHIFT (52 - CELL_BITS)
#define MANTISSA ((UINT64_C(1) << 52) - 1)
#define CELL_LOW ((UINT64_C(1) << CELL_SHIFT) - 1)
#define CELL_HALF (UINT64_C(1) << (CELL_SHIFT - 1))
#define LOG_BASE UINT64_C(0x3fe5c00000000000) /* bits of the smallest m: 1 - 20.5 cells */
#define LN2_HI 0x1.62e42fefa3800p-1
#define LN2_LO 0x1.ef35793c76730p-45

/* hi = round(2^42 log c) / 2^42, lo = log c - hi, for c = the double with bits LOG_BASE + (i + 1/2)
 * 2^47; computed with 300 bits. */
static const struct {
	double hi, lo;
} log_centre[1 << CELL_BITS] = {
	{-0x1.7fafa3bd81000p-2, -0x1.46fb79bf6d4cbp-44},
	{-0x1.68ac83e9c7000p-2, 0x1.7af966c548a30p-44},
	{-0x1.522ae0738a000p-2, -0x1.ebe708164c759p-45},
	{-0x1.3c25277333000p-2, -0x1.83b54b606bd5cp-46},
	{-0x1.269621134e000p-2, 0x1.1b61f10522625p-44},
	{-0x1.1178e8227e000p-2, -0x1.1ef78ce2d07f2p-44},
	{-0x1.f991c6cb3c000p-3, 0x1.90d04cd7cc834p-44},
	{-0x1.d1037f2656000p-3, 0x1.84a7e75b6f6e4p-47},
	{-0x1.a93ed3c8ae000p-3, 0x1.8724350562169p-45},
	{-0x1.823c16551a000p-3, -0x1.e0ddb9a631e83p-46},
	{-0x1.5bf406b544000p-3, 0x1.27023eb68981cp-46},
	{-0x1.365fcb015a000p-3, 0x1.fd3a0afb9691bp-44},
	{-0x1.1178e8227e000p-3, -0x1.1ef78ce2d07f2p-45},
	{-0x1.da72763844000p-4, -0x1.a89401fa71733p-46},
	{-0x1.9335e5d594000p-4, -0x1.3115c3abd47dap-45},
	{-0x1.4d3115d208000p-4, 0x1.53a2582f4e1efp-48},
	{-0x1.08598b59e4000p-4, 0x1.7e5dd7009902cp-46},
	{-0x1.894aa149f8000p-5, -0x1.9a19a8be97661p-44},
	{-0x1.0415d89e78000p-5, 0x1.dddc7f461c516p-44},
	{-0x1.0205658930000p-6, -0x1.611d27c8e8417p-44},
	{0, 0},
	{0x1.f829b0e780000p-6, 0x1.980267c7e09e4p-45},
	{0x1.f0a30c0118000p-5, -0x1.d599e83368e91p-45},
	{0x1.6f0d28ae58000p-4, -0x1.4b4641b664613p-44},
	{0x1.e27076e2b0000p-4, -0x1.a342c2af0003cp-45},
	{0x1.29552f8200000p-3, -0x1.5b967f4471dfcp-44},
	{0x1.5ff3070a7a000p-3, -0x1.8586f183bebf2p-44},
	{0x1.9525a9cf46000p-3, -0x1.297137d9f158fp-44},
	{0x1.c8ff7c79aa000p-3, -0x1.7794f689f8434p-45},
	{0x1.fb9186d5e4000p-3, -0x1.d572aab993c87p-47},
	{0x1.1675cababa000p-2, 0x1.8380e731f55c4p-44},
	{0x1.2e8e2bae12000p-2, -0x1.67b1e99b72bd8p-45},
};

static double from_bits(uint64_t bits)
{
	double x;
	memcpy(&x, &bits, sizeof x);
	return x;
}

double philox_log(double x)
{
	uint64_t bits;
	memcpy(&bits, &x, sizeof bits);
	uint64_t above = bits - LOG_BASE;
	int64_t k = ((int64_t)above) >> 52;
	uint64_t fraction = above & MANTISSA;
	double m = from_bits(LOG_BASE + fraction);
	double c = from_bits(LOG_BASE + (fraction & ~CELL_LOW) + CELL_HALF);
	unsigned cell = (unsigned)(fraction >> CELL_SHIFT);

	double s = (m - c) / (m + c), z = s * s;
	double tail = s * z * (2.0 / 3 + z * (2.0 / 5 + z * (2.0 / 7)));
	double hi = (double)k * LN2_HI + log_centre[cell].hi;
	double lo = (double)k * LN2_LO + log_centre[cell].lo;
	return hi + (2 * s + (tail + lo));
}

static const gsl_rng_type philox4x32 = {
	.name = "philox4x32-10",
	.max = UINT32_MAX,
	.min = 0,
	.size = sizeof(struct state),
	.set = set,
	.get = get,
	.get_double = get_double,
};

const gsl_rng_type *const philox_type = &philox4x32;
