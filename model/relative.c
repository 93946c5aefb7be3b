/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/relative.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool starts(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

static bool ends(const char *text, const char *with)
{
	size_t n = strlen(text), k = strlen(with);
	return n > k && strcmp(text + n - k, with) == 0;
}

const char *relative_base(struct mark at)
{
	return at.source && !starts(at.source->name, "--") ? at.source->name : NULL;
}

static bool is_special(const char *file)
{
	return starts(file, "/dev/") || starts(file, "/proc/");
}

const char *relative_file(const char *file, const char *path, struct arena *a)
{
	const char *slash = file ? strrchr(file, '/') : NULL;
	if (!slash || *path == '/' || is_special(file))
		return path;
	while (starts(path, "./"))
		path += 2;
	return arena_printf(a, "%.*s/%s", (int)(slash - file), file, path);
}

const char *relative_path(const char *file, const char *name, struct arena *a)
{
	bool sure = starts(name, "./") || starts(name, "../") || ends(name, ".yaml");
	if (!sure && !strchr(name, '/'))
		return name;
	const char *path = relative_file(file, name, a);
	return sure || access(path, R_OK) == 0 ? path : name;
}

/* --- Assignments --- */

static bool is(const char *part, size_t len, const char *key)
{
	return strlen(key) == len && strncmp(part, key, len) == 0;
}

/* Whether the key that ends there wants a data file or, with plain, any other file. */
static bool wants_file(const char *key, const char *end, bool *plain)
{
	const char *last = end;
	while (last > key && last[-1] != '.')
		last--;
	size_t n = (size_t)(end - last);
	bool server = starts(key, "servers.") && last == key + strlen("servers.");
	*plain = is(last, n, "topology") || is(last, n, "pcap");
	return *plain || server || is(last, n, "dataplane") || is(last, n, "server") ||
	       is(last, n, "platform") || is(last, n, "size");
}

/* A scalar without its quotes; NULL: it is none, or too much for that. */
static const char *scalar(const char *value, struct arena *a)
{
	size_t n = strlen(value);
	if (n > 2 && strchr("'\"", *value) && value[n - 1] == *value) {
		value = arena_strndup(a, value + 1, n - 2);
		return strpbrk(value, "'\"\\") ? NULL : value;
	}
	return *value && !strchr("'\"[{", *value) ? value : NULL;
}

const char *relative_set(const char *file, const char *set, struct arena *a)
{
	const char *end = strchr(set, '=');
	bool plain;
	if (!end || !wants_file(set, end, &plain))
		return set;
	const char *value = scalar(end + 1 + strspn(end + 1, " "), a);
	if (!value)
		return set;
	const char *path = plain ? relative_file(file, value, a) : relative_path(file, value, a);
	if (path == value)
		return set;
	const char *quote = strchr(path, '\'') ? "\"" : "'";
	return arena_printf(a, "%.*s=%s%s%s", (int)(end - set), set, quote, path, quote);
}

const char *relative_anywhere(const char *file, struct arena *a)
{
	char *full = realpath(file, NULL), *here = realpath(".", NULL);
	const char *path = full ? arena_strdup(a, full) : file;
	if (here && (!full || is_special(full)))
		path = arena_printf(a, "%s/-", here);
	free(full);
	free(here);
	return path;
}
