/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/relative.h"

#include <string.h>
#include <unistd.h>

const char *relative_path(const char *file, const char *name, struct arena *a)
{
	const char *slash = strrchr(file, '/');
	if (!slash || name[0] == '/' || !strpbrk(name, "./"))
		return name;
	const char *path = arena_printf(a, "%.*s/%s", (int)(slash - file), file, name);
	return access(path, R_OK) == 0 ? path : name;
}
