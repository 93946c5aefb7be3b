/* SPDX-License-Identifier: GPL-3.0-or-later */
/* param_words - what the files param*.c share to word their messages */
#include "base/param_words.h"

#include <string.h>

static size_t append(char *buf, size_t at, const char *text)
{
	if (at < PARAM_WORDS_MESSAGE)
		snprintf(buf + at, PARAM_WORDS_MESSAGE - at, "%s", text);
	return at + strlen(text);
}

const char *param_words_join(
	const char *head, const char *const *words, size_t n, char buf[PARAM_WORDS_MESSAGE])
{
	size_t at = append(buf, 0, head);

	for (size_t i = 0; i < n; i++) {
		at = append(buf, at, i ? ", " : "");
		at = append(buf, at, words[i]);
	}
	return buf;
}

size_t param_words_choices(const struct param *p)
{
	size_t n = 0;

	while (p->choices[n])
		n++;
	return n;
}

const char *param_words_wants(const struct param *p, char buf[PARAM_WORDS_MESSAGE])
{
	static const char *const words[] = {
		[PARAM_COUNT] = "a whole number",
		[PARAM_BOOL] = "yes or no",
		[PARAM_TEXT] = "a text",
		[PARAM_GROUP] = "a group of keys and values",
		[PARAM_LIST] = "a list such as [a, b]",
		[PARAM_MAP] = "a group of names such as {a: ..., b: ...}",
		[PARAM_TEXTS] = "a text or a list of texts such as [a, b]",
	};

	if (p->type == PARAM_QUANTITY)
		return quantity_wants(p->dims, buf, PARAM_WORDS_MESSAGE);
	if (p->type == PARAM_ENUM)
		return param_words_join("one of ", p->choices, param_words_choices(p), buf);
	return words[p->type];
}

bool param_words_required(const struct param *p)
{
	return p->def && strcmp(p->def, "required") == 0;
}
