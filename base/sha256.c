/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sha256 - names of functions and constants as in FIPS 180-4, sections 4.1.2, 4.2.2 and 6.2
 */
#include "base/sha256.h"

#include <stdio.h>
#include <string.h>

enum { ROUNDS = 64, BLOCK = 64, LENGTH_AT = 56 };

static const uint32_t round_constants[ROUNDS] = {0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5,
	0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be,
	0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
	0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152,
	0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e,
	0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624,
	0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3,
	0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
	0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t rotr(uint32_t x, int n)
{
	return x >> n | x << (32 - n);
}

/* Sigma and sigma: two rotations and a third that is a shift in the lower-case kind. */
static uint32_t mix(uint32_t x, int r1, int r2, uint32_t third)
{
	return rotr(x, r1) ^ rotr(x, r2) ^ third;
}

static void schedule(const unsigned char *block, uint32_t w[ROUNDS])
{
	for (int t = 0; t < 16; t++, block += 4)
		w[t] = (uint32_t)block[0] << 24 | (uint32_t)block[1] << 16 |
		       (uint32_t)block[2] << 8 | block[3];
	for (int t = 16; t < ROUNDS; t++)
		w[t] = mix(w[t - 2], 17, 19, w[t - 2] >> 10) + w[t - 7] +
		       mix(w[t - 15], 7, 18, w[t - 15] >> 3) + w[t - 16];
}

static void digest(struct sha256 *h)
{
	uint32_t w[ROUNDS], v[8];
	schedule(h->block, w);
	memcpy(v, h->state, sizeof(v));
	for (int t = 0; t < ROUNDS; t++) {
		uint32_t ch = (v[4] & v[5]) ^ (~v[4] & v[6]);
		uint32_t maj = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);
		uint32_t t1 =
			v[7] + mix(v[4], 6, 11, rotr(v[4], 25)) + ch + round_constants[t] + w[t];
		uint32_t t2 = mix(v[0], 2, 13, rotr(v[0], 22)) + maj;
		memmove(v + 1, v, 7 * sizeof(*v));
		v[4] += t1;
		v[0] = t1 + t2;
	}
	for (int i = 0; i < 8; i++)
		h->state[i] += v[i];
}

void sha256_start(struct sha256 *h)
{
	*h = (struct sha256){.state = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f,
				     0x9b05688c, 0x1f83d9ab, 0x5be0cd19}};
}

void sha256_add(struct sha256 *h, const void *data, size_t len)
{
	const unsigned char *from = data;
	while (len) {
		size_t used = h->length % BLOCK, n = BLOCK - used < len ? BLOCK - used : len;
		memcpy(h->block + used, from, n);
		h->length += n;
		from += n;
		len -= n;
		if (h->length % BLOCK == 0)
			digest(h);
	}
}

void sha256_finish(struct sha256 *h, char hex[SHA256_HEX])
{
	static const unsigned char padding[BLOCK] = {0x80};
	uint64_t bits = h->length * 8;
	size_t used = h->length % BLOCK;
	unsigned char length[8];
	for (int i = 0; i < 8; i++)
		length[i] = (unsigned char)(bits >> (56 - 8 * i));
	sha256_add(h, padding, (used < LENGTH_AT ? LENGTH_AT : LENGTH_AT + BLOCK) - used);
	sha256_add(h, length, sizeof(length));
	for (size_t i = 0; i < 8; i++)
		snprintf(hex + 8 * i, 9, "%08x", h->state[i]);
}
