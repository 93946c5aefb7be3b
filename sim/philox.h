/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * philox - counter-based random numbers: Philox4x32-10 as a gsl_rng_type
 *
 * Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC'11. A stream is
 * the key (seed) and part of the counter (hash of the component's name, replication); draws count
 * up the rest. Streams cannot overlap, and adding a component never moves another one's draws.
 */
#ifndef NFVSIM_SIM_PHILOX_H
#define NFVSIM_SIM_PHILOX_H

#include <gsl/gsl_rng.h>
#include <stdint.h>

extern const gsl_rng_type *const philox_type; /* min 0, max 2^32-1; get_double uses 53 bits */

/* The four outputs for one 128-bit counter and 64-bit key (the published known answers). */
void philox_block(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

/* Points an rng of philox_type at the start of a stream. */
void philox_stream(gsl_rng *r, uint64_t seed, uint32_t replication, const char *name);

/* Fills u[0..n) with uniforms in (0, 1]: multiples of 2^-53, never 0. The same numbers as n calls
 * of 1 - gsl_rng_uniform(r) would give. Fast path for arrival draws; fastest by multiples of 32. */
void philox_fill(gsl_rng *r, double *u, unsigned n);

/* 64-bit FNV-1a of a name. */
uint64_t philox_hash(const char *name);

/* Natural logarithm for x in (0, 1] (not subnormal), with IEEE + - * / only, so that every compiler
 * and C library gives the same bits; relative error below 1e-15. */
double philox_log(double x);

#endif
