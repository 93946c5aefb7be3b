/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sha256 - the hash of FIPS 180-4, for names that follow from contents
 *
 * Feed any number of pieces; how the contents were cut does not matter. Not for secrets.
 */
#ifndef NFVSIM_BASE_SHA256_H
#define NFVSIM_BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

enum { SHA256_BYTES = 32, SHA256_HEX = 2 * SHA256_BYTES + 1 };

struct sha256 {
	uint32_t state[8];
	uint64_t length; /* bytes so far */
	unsigned char block[64];
};

void sha256_start(struct sha256 *h);
void sha256_add(struct sha256 *h, const void *data, size_t len);

/* Writes 64 lower-case hex digits and a NUL; h is then used up. */
void sha256_finish(struct sha256 *h, char hex[SHA256_HEX]);

#endif
