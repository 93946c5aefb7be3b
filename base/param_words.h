/* SPDX-License-Identifier: GPL-3.0-or-later */
/* param_words - what the files param*.c share to word their messages; not for others */
#ifndef NFVSIM_BASE_PARAM_WORDS_H
#define NFVSIM_BASE_PARAM_WORDS_H

#include "base/param.h"

enum {
	PARAM_WORDS_SHOWN = 64,     /* bytes of a user's text in a message */
	PARAM_WORDS_MESSAGE = 1024, /* of a message or hint */
};

/* head and the words with commas between, clipped to the buffer. Returns buf. */
const char *param_words_join(
	const char *head, const char *const *words, size_t n, char buf[PARAM_WORDS_MESSAGE]);

/* The number of choices of a PARAM_ENUM. */
size_t param_words_choices(const struct param *p);

/* "a frequency such as 2.4 GHz", "one of cbr, poisson": what a parameter wants. */
const char *param_words_wants(const struct param *p, char buf[PARAM_WORDS_MESSAGE]);

bool param_words_required(const struct param *p);

/* Whether a number that was written as text is in the range of p; complains if not. */
bool param_quantity_check(
	const struct param *p, const char *text, struct mark at, struct quantity q, struct diag *d);

#endif
