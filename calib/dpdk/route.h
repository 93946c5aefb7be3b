/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random IPv4 routes, the same ones for every library: route i is a function of i and of the seed
 * given to rte_srand. */
#ifndef CALIB_DPDK_ROUTE_H
#define CALIB_DPDK_ROUTE_H

#include <stdint.h>

struct route {
	uint32_t prefix; /* host byte order */
	uint8_t length;
};

struct route route_draw(
	uint32_t i, uint32_t n_routes); /* for i >= n_routes: one of those drawn before */
uint32_t route_destination(const struct route *route); /* a random address under it */
uint32_t route_long_max(uint32_t n_routes); /* tables to set aside for routes longer than 24 bits */

#endif
