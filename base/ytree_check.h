/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ytree_check - what no file of ours may hold, whatever its structure; for ytree.c alone */
#ifndef NFVSIM_BASE_YTREE_CHECK_H
#define NFVSIM_BASE_YTREE_CHECK_H

#include "base/diag.h"

/* Checks a source from that byte on, which is first_column characters into line 1. Complains about
 * the first bad character of each line; false if there is one. */
bool ytree_check(
	const struct diag_source *source, size_t from, unsigned first_column, struct diag *d);

#endif
