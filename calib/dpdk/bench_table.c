/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All benchmarks, in the order in which they run. To add one: a file that defines it, and a line
 * here. */
#include "calib/dpdk/bench.h"

#include <stddef.h>

#include "calib/dpdk/bench_each.h"

const struct bench *const bench_table[] = {
	&bench_clock,
	&bench_line,
	&bench_vhost,
	&bench_ring_cross,
	&bench_mempool,
	&bench_mbuf,
	&bench_ring,
	&bench_memcpy,
	&bench_l2fwd,
	&bench_touch,
	&bench_lpm,
	&bench_fib,
	&bench_acl,
	&bench_hash,
	&bench_pmd,
	&bench_wake,
	&bench_vnf,
	NULL,
};
