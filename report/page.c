/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/page.h"

#include "base/sha256.h"
#include "base/utf8.h"
#include "report/assets.h"

#include <string.h>

enum { DIGITS = 9 }; /* of the numbers in the data */

void page_put_text(FILE *to, const char *text)
{
	size_t len = strlen(text);
	for (size_t i = 0; i < len;) {
		uint32_t code;
		size_t n = utf8_decode(text + i, len - i, &code);
		bool plain = n && code >= ' ' && code < 0x7f && !strchr("<>&\"'", (int)code);
		if (plain)
			fputc((int)code, to);
		else if (n && code >= ' ' && (code < 0x7f || code > 0x9f))
			fprintf(to, "&#%u;", code);
		else
			fprintf(to, "\\x%02X", (unsigned char)text[i]);
		i += n ? n : 1;
	}
}

/* In JSON text those three stand in strings only. */
static int put_safe(const char *text, size_t len, void *arg)
{
	FILE *to = arg;
	for (size_t i = 0; i < len; i++)
		if (text[i] == '<' || text[i] == '>' || text[i] == '&')
			fprintf(to, "\\u%04x", (unsigned)text[i]);
		else
			fputc(text[i], to);
	return 0;
}

bool page_put_data(FILE *to, const json_t *data)
{
	size_t flags = JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(DIGITS);
	return json_dump_callback(data, put_safe, to, flags) == 0;
}

static unsigned nibble(char hex)
{
	return (unsigned)(hex <= '9' ? hex - '0' : hex - 'a' + 10);
}

/* 'sha256-...' as a content security policy names a script: base64 of RFC 4648. */
static void put_hash(FILE *to, struct asset a)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	struct sha256 h;
	char hex[SHA256_HEX];
	sha256_start(&h);
	sha256_add(&h, a.text, a.len);
	sha256_finish(&h, hex);
	fputs("'sha256-", to);
	unsigned bits = 0, held = 0;
	for (size_t i = 0; hex[i]; i++) {
		held = held << 4 | nibble(hex[i]);
		bits += 4;
		if (bits >= 6) {
			bits -= 6;
			fputc(digits[held >> bits & 63], to);
		}
	}
	/* 256 bits are 42 digits and 4 bits */
	fprintf(to, "%c='", digits[held << (6 - bits) & 63]);
}

static void put_asset(FILE *to, const char *element, struct asset a)
{
	fprintf(to, "<%s>", element);
	fwrite(a.text, 1, a.len, to);
	fprintf(to, "</%s>\n", element);
}

bool page_write(const char *title, const json_t *data, FILE *to)
{
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
	      "script-src ",
		to);
	put_hash(to, assets_script());
	fputs("; style-src ", to);
	put_hash(to, assets_style());
	fputs("; base-uri 'none'; form-action 'none'\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	      "<meta name=\"generator\" content=\"nfvsim " NFVSIM_VERSION "\">\n<title>",
		to);
	page_put_text(to, title);
	fputs("</title>\n", to);
	put_asset(to, "style", assets_style());
	fputs("</head>\n<body>\n<noscript><p>The charts and tables of this report are drawn by a "
	      "script that it contains. It makes no request; please allow it to run.</p>"
	      "</noscript>\n<main id=\"report\"></main>\n"
	      "<script type=\"application/json\" id=\"data\">",
		to);
	bool good = page_put_data(to, data);
	fputs("</script>\n", to);
	put_asset(to, "script", assets_script());
	fputs("</body>\n</html>\n", to);
	return good;
}
