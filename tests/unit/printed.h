/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * printed - what a test needs to see complaints: all of them as one text, and a source that is
 * shorter than its buffer
 */
#ifndef NFVSIM_TESTS_UNIT_PRINTED_H
#define NFVSIM_TESTS_UNIT_PRINTED_H

#include "base/diag.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The caller frees it. Inlined, gcc 12 takes the result for a pointer to its own local. */
static __attribute__((noinline, unused)) char *printed(const struct diag *d)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	diag_print(d, to);
	fclose(to);
	return text;
}

/* Compares all complaints with the text, to the byte. */
#define assert_printed(d, expected)                          \
	do {                                                 \
		char *printed_text = printed(d);             \
		assert_string_equal(printed_text, expected); \
		free(printed_text);                          \
	} while (0)

/* Wants this text somewhere in the complaints. */
#define assert_mentions(d, expected)                                 \
	do {                                                         \
		char *printed_text = printed(d);                     \
		if (!strstr(printed_text, expected))                 \
			assert_string_equal(printed_text, expected); \
		free(printed_text);                                  \
	} while (0)

#endif
