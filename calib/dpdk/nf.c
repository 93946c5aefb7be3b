/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The network functions by name. */
#include "calib/dpdk/nf.h"

#include <stddef.h>
#include <string.h>

const struct nf *const nf_table[] = {
	&nf_l2fwd, &nf_touch, &nf_lpm, &nf_fib, &nf_acl, &nf_hash, NULL};

const struct nf *nf_find(const char *name)
{
	const struct nf *const *nf;

	for (nf = nf_table; *nf; nf++)
		if (!strcmp((*nf)->name, name))
			return *nf;
	return NULL;
}
