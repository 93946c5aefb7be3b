/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/complaint.h"

#include <stdlib.h>
#include <string.h>

const char *complaint_first(const struct diag *d, struct arena *a)
{
	static const char mark[] = "error: ";
	char *text = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&text, &size);
	if (!to)
		return "not possible";
	diag_print(d, to);
	fclose(to);
	const char *from = strstr(text, mark);
	from = from ? from + strlen(mark) : text;
	const char *copy = arena_strndup(a, from, strcspn(from, "\n"));
	free(text);
	return copy;
}
