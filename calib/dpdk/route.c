/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See route.h. The mixing function is the finaliser of SplitMix64 (Steele, Lea and Flood, 2014). */
#include "calib/dpdk/route.h"

#include <rte_random.h>

enum { LONG_ONE_IN = 100, SHORTEST = 16, LONGEST_SHORT = 24, LONG = 28 };

static uint64_t mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

struct route route_draw(uint32_t i, uint32_t n_routes)
{
	uint64_t draw = mix(i % n_routes);
	unsigned spread = (unsigned)(draw >> 32) % (LONGEST_SHORT - SHORTEST + 1);
	uint8_t length =
		(uint8_t)(i % n_routes % LONG_ONE_IN == LONG_ONE_IN - 1 ? LONG : SHORTEST + spread);

	return (struct route){(uint32_t)draw & ~(uint32_t)(0xffffffffULL >> length), length};
}

uint32_t route_destination(const struct route *route)
{
	return route->prefix | ((uint32_t)rte_rand() & (uint32_t)(0xffffffffULL >> route->length));
}

uint32_t route_long_max(uint32_t n_routes)
{
	return 2 * n_routes / LONG_ONE_IN + 64; /* rte_fib takes more tables than it keeps */
}
