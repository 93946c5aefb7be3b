/* SPDX-License-Identifier: GPL-3.0-or-later */
/* utf8 - reading one character at a time, whatever the locale */
#ifndef NFVSIM_BASE_UTF8_H
#define NFVSIM_BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Decodes the character at the start of text: returns its length in bytes and stores its code, or
 * returns 0 when these bytes are not UTF-8 (cut short, overlong, a surrogate, above U+10FFFF) or
 * len is 0. */
size_t utf8_decode(const char *text, size_t len, uint32_t *code);

/* Copies as many whole characters of text as fit into size bytes with the terminating NUL; when
 * some do not, "..." ends the copy. size is at least 4. Returns buf. */
const char *utf8_clip(const char *text, char *buf, size_t size);

#endif
