/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One line per benchmark, for bench_table.c and for the file that defines it. */
#ifndef CALIB_DPDK_BENCH_EACH_H
#define CALIB_DPDK_BENCH_EACH_H

struct bench;

extern const struct bench bench_clock;
extern const struct bench bench_line;
extern const struct bench bench_wake;
extern const struct bench bench_mempool;
extern const struct bench bench_mbuf;
extern const struct bench bench_ring;
extern const struct bench bench_ring_cross;
extern const struct bench bench_memcpy;
extern const struct bench bench_l2fwd, bench_touch, bench_lpm, bench_fib, bench_acl,
	bench_hash; /* bench_nf.c */
extern const struct bench bench_pmd;
extern const struct bench bench_vhost, bench_vnf;

#endif
