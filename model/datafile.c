/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/datafile.h"

#include "model/relative.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef NFVSIM_DATADIR
#define NFVSIM_DATADIR "/usr/local/share/nfvsim"
#endif

#define MAX_PLACES 3

/* scenarios/ of the source tree that the running program was built in, or NULL. */
static const char *source_tree(struct arena *a)
{
	char exe[4096];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);
	if (n <= 0)
		return NULL;
	exe[n] = '\0';
	for (int up = 0; up < 4; up++) {
		char *slash = strrchr(exe, '/');
		if (!slash)
			return NULL;
		*slash = '\0';
		const char *profiles = arena_printf(a, "%s/scenarios/profiles", exe);
		if (access(profiles, R_OK) == 0)
			return arena_printf(a, "%s/scenarios", exe);
	}
	return NULL;
}

static size_t places(const char *place[MAX_PLACES], struct arena *a)
{
	size_t n = 0;
	const char *env = getenv("NFVSIM_DATA"), *tree = source_tree(a);
	if (env && *env)
		place[n++] = env;
	if (tree)
		place[n++] = tree;
	place[n++] = NFVSIM_DATADIR "/scenarios";
	return n;
}

/* A name with a slash may also be one in a subfolder of the data. */
static bool is_path(const char *name)
{
	size_t n = strlen(name);
	return strchr(name, '/') || (n > 5 && strcmp(name + n - 5, ".yaml") == 0);
}

const char *datafile_find(const char *folder, const char *name, struct arena *a)
{
	if (is_path(name) && access(name, R_OK) == 0)
		return name;
	if (strlen(name) > 5 && strcmp(name + strlen(name) - 5, ".yaml") == 0)
		return name;
	const char *place[MAX_PLACES];
	size_t n = places(place, a);
	for (size_t i = 0; i < n; i++) {
		const char *path = arena_printf(a, "%s/%s/%s.yaml", place[i], folder, name);
		if (access(path, R_OK) == 0)
			return path;
	}
	return NULL;
}

static int by_text(const void *x, const void *y)
{
	return strcmp(*(const char *const *)x, *(const char *const *)y);
}

size_t datafile_list(const char *folder, const char ***names, struct arena *a)
{
	const char *place[MAX_PLACES], **list = NULL;
	size_t n = places(place, a), count = 0, kept = 0;
	for (size_t i = 0; i < n; i++) {
		DIR *dir = opendir(arena_printf(a, "%s/%s", place[i], folder));
		for (struct dirent *e; dir && (e = readdir(dir));) {
			size_t len = strlen(e->d_name);
			if (len < 6 || strcmp(e->d_name + len - 5, ".yaml") != 0)
				continue;
			list = xrealloc(list, count + 1, sizeof *list);
			list[count++] = arena_strndup(a, e->d_name, len - 5);
		}
		if (dir)
			closedir(dir);
	}
	if (count)
		qsort(list, count, sizeof *list, by_text);
	for (size_t i = 0; i < count; i++)
		if (!kept || strcmp(list[kept - 1], list[i]) != 0)
			list[kept++] = list[i];
	*names = arena_alloc(a, (kept + 1) * sizeof **names);
	if (kept)
		memcpy(*names, list, kept * sizeof **names);
	free(list);
	return kept;
}

const char *datafile_stem(const char *path, struct arena *a)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;
	size_t n = strlen(base);
	if (n > 5 && strcmp(base + n - 5, ".yaml") == 0)
		n -= 5;
	return arena_strndup(a, base, n);
}

/* At the place of its path, if that is in a file. */
static struct ynode *read_path(
	const char *path, const char *stated, struct mark at, struct arena *a, struct diag *d)
{
	if (!at.source || access(path, R_OK) == 0)
		return ytree_read(path, a, d);
	const char *why = strerror(errno), *hint = NULL;
	if (access(stated, R_OK) == 0)
		hint = "a path in a file is seen from that file, only one behind --set from the "
		       "current folder";
	diag_error(d, at, hint, "cannot read %s: %s", path, why);
	return NULL;
}

struct ynode *datafile_read(const char *folder, const char *key, const char *name, struct mark at,
	struct arena *a, struct diag *d)
{
	const char *path = datafile_find(folder, relative_path(relative_base(at), name, a), a);
	if (path)
		return read_path(path, name, at, a, d);
	const char **names;
	size_t n = datafile_list(folder, &names, a);
	const char *near = diag_nearest(name, names, n);
	const char *hint = near ? arena_printf(a, "did you mean '%s'?", near)
				: arena_printf(a, "`nfvsim list %s` shows what there is", folder);
	diag_error(d, at, hint, "no %s is called '%s'", key, name);
	return NULL;
}
