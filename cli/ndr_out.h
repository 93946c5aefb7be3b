/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ndr_out - rates by frame size, for people and for programs
 */
#ifndef NFVSIM_CLI_NDR_OUT_H
#define NFVSIM_CLI_NDR_OUT_H

#include "plan/ndr.h"

#include <stdio.h>

struct ndr_row {
	const char *size;
	struct scenario *s;
	struct ndr_result *r;
};

struct ndr_table {
	struct ndr_options options;
	struct ndr_row *rows;
	size_t n;
};

void ndr_text_print(const struct ndr_table *t, FILE *to);
void ndr_json_print(const struct ndr_table *t);

#endif
