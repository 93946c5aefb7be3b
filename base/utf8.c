/* SPDX-License-Identifier: GPL-3.0-or-later */
/* utf8 - the well-formed byte sequences of the Unicode standard, table 3-7 */
#include "base/utf8.h"

#include <string.h>

static size_t sequence_length(unsigned char lead)
{
	if (lead < 0x80)
		return 1;
	if (lead >= 0xc2 && lead < 0xe0)
		return 2;
	if (lead >= 0xe0 && lead < 0xf0)
		return 3;
	return lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
}

size_t utf8_decode(const char *text, size_t len, uint32_t *code)
{
	static const unsigned char lead_bits[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t n = len ? sequence_length((unsigned char)text[0]) : 0;

	if (n == 0 || n > len)
		return 0;
	*code = (unsigned char)text[0] & lead_bits[n];
	for (size_t i = 1; i < n; i++) {
		unsigned char byte = (unsigned char)text[i];

		if ((byte & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (byte & 0x3f);
	}
	if (*code < least[n] || *code > 0x10ffff || (*code >= 0xd800 && *code < 0xe000))
		return 0;
	return n;
}

const char *utf8_clip(const char *text, char *buf, size_t size)
{
	size_t len = strlen(text), kept = 0, n;
	uint32_t code;

	if (len < size) {
		memcpy(buf, text, len + 1);
		return buf;
	}
	for (;;) {
		n = utf8_decode(text + kept, len - kept, &code);
		n = n ? n : 1;
		if (kept + n + sizeof("...") > size)
			break;
		kept += n;
	}
	memcpy(buf, text, kept);
	memcpy(buf + kept, "...", sizeof("..."));
	return buf;
}
