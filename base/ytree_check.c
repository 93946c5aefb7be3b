/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ytree_check - what no file of ours may hold, whatever its structure
 *
 * Bytes that are not UTF-8, control characters, and line separators that libyaml counts as line
 * ends while editors do not. A '%' that starts a line is a directive: none is of use here, and
 * libyaml takes quadratic time to compare many. One pass over the text.
 */
#include "base/ytree_check.h"

#include "base/utf8.h"

#include <stdint.h>

static const char *forbidden(uint32_t code)
{
	if (code == 0)
		return "a NUL byte: this is no text file";
	if (code == 0x85 || code == 0x2028 || code == 0x2029)
		return "an unusual line separator";
	if ((code < 0x20 && code != '\t' && code != '\n' && code != '\r') ||
		(code >= 0x7f && code < 0xa0))
		return "a control character";
	if (code == 0xfeff || code == 0xfffe || code == 0xffff)
		return "a character that YAML does not take";
	return NULL;
}

static void complain(struct diag *d, struct mark at, size_t bytes, uint32_t code)
{
	const char *what = bytes ? forbidden(code) : "bytes that are not UTF-8";

	at.len = 1;
	if (what)
		diag_error(d, at,
			bytes ? "replace it by a plain character" : "save the file as UTF-8", "%s",
			what);
	else
		diag_error(d, at, "indent a text that starts with '%', or put it in quotes",
			"'%%' starts a directive, which is not taken here");
}

static bool ends_line(const char *at, const char *end)
{
	return *at == '\n' || (*at == '\r' && (at + 1 == end || at[1] != '\n'));
}

bool ytree_check(
	const struct diag_source *source, size_t from, unsigned first_column, struct diag *d)
{
	const char *at = source->text + from, *end = source->text + source->len;
	struct mark mark = {source, 1, 1 + first_column, 0};
	unsigned bad_line = 0;
	uint32_t code = 0;

	for (size_t n; at < end; at += n ? n : 1) {
		n = utf8_decode(at, (size_t)(end - at), &code);
		if ((!n || forbidden(code) || (code == '%' && mark.column == 1)) &&
			bad_line != mark.line) {
			complain(d, mark, n, code);
			bad_line = mark.line;
			if (!n || !code) /* no text: more complaints would be noise */
				return false;
		}
		mark.column++;
		if (n && ends_line(at, end)) {
			mark.line++;
			mark.column = 1;
		}
	}
	return bad_line == 0;
}
