/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/pnic.h"

#define TUPLE_B 12
#define KEY_B 40

/* The key that Microsoft's RSS documents verify implementations with, and ixgbe's default. */
static const uint8_t key[KEY_B] = {0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67, 0x25,
	0x3d, 0x43, 0xa3, 0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb, 0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb,
	0x2d, 0xa3, 0x80, 0x30, 0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa};

static void put_be(uint8_t *to, uint32_t value, int bytes)
{
	for (int i = 0; i < bytes; i++)
		to[i] = (uint8_t)(value >> 8 * (bytes - 1 - i));
}

uint32_t pnic_toeplitz(uint32_t src, uint32_t dst, uint16_t src_port, uint16_t dst_port)
{
	uint8_t tuple[TUPLE_B];
	put_be(tuple, src, 4);
	put_be(tuple + 4, dst, 4);
	put_be(tuple + 8, src_port, 2);
	put_be(tuple + 10, dst_port, 2);
	uint32_t window =
		(uint32_t)key[0] << 24 | (uint32_t)key[1] << 16 | (uint32_t)key[2] << 8 | key[3];
	uint32_t hash = 0;
	for (int bit = 0; bit < TUPLE_B * 8; bit++) {
		if (tuple[bit / 8] & (0x80 >> bit % 8))
			hash ^= window;
		int next = bit + 32;
		window = window << 1 | (uint32_t)(key[next / 8] >> (7 - next % 8) & 1);
	}
	return hash;
}
