/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/outfile.h"

#include "base/arena.h"
#include "base/diag.h"

#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void complain(const char *what, const char *path, int why)
{
	fprintf(stderr, "nfvsim: cannot write %s", what);
	diag_put_escaped(stderr, path, strlen(path));
	fprintf(stderr, ": %s\n", strerror(why));
}

FILE *outfile_open(const char *path)
{
	if (strcmp(path, "-") == 0)
		return stdout;
	FILE *to = fopen(path, "wb");
	if (!to)
		complain("", path, errno);
	return to;
}

bool outfile_close(FILE *to, const char *path)
{
	if (!to || to == stdout)
		return true;
	bool ok = !ferror(to);
	if (fclose(to) == 0 && ok)
		return true;
	complain("all of ", path, errno);
	return false;
}

/* Whether a file is made or replaced: what is there and is none is written to as it is. */
static bool replaces(const char *path)
{
	struct stat is;
	return strcmp(path, "-") != 0 && (stat(path, &is) != 0 || S_ISREG(is.st_mode));
}

static char *copy_of(const char *text)
{
	size_t len = strlen(text) + 1;
	return memcpy(xcalloc(len, 1), text, len);
}

bool outfile_possible(const char *path)
{
	char *copy = copy_of(path);
	bool good =
		strcmp(path, "-") == 0 || access(replaces(path) ? dirname(copy) : path, W_OK) == 0;
	if (!good)
		complain("", path, errno);
	free(copy);
	return good;
}

/* As of any new file; mkstemp() makes one for its owner alone. */
static void set_mode(int fd)
{
	mode_t mask = umask(0);
	umask(mask);
	if (fchmod(fd, 0666 & ~mask) != 0)
		return; /* a file system without modes */
}

struct outfile outfile_begin(const char *path)
{
	struct outfile f = {.path = path};
	if (!replaces(path)) {
		f.to = outfile_open(path);
		return f;
	}
	f.place = realpath(path, NULL); /* of a link, what it points to */
	if (!f.place)
		f.place = copy_of(path);
	size_t room = strlen(f.place) + sizeof ".XXXXXX";
	f.beside = xcalloc(room, 1);
	snprintf(f.beside, room, "%s.XXXXXX", f.place);
	int fd = mkstemp(f.beside);
	if (fd >= 0)
		set_mode(fd);
	f.to = fd < 0 ? NULL : fdopen(fd, "wb");
	if (!f.to)
		complain("", path, errno);
	return f;
}

bool outfile_end(struct outfile *f, bool good)
{
	if (f->to == stdout && (fflush(stdout) != 0 || ferror(stdout))) {
		complain("", "standard output", errno);
		good = false;
	}
	good = f->to && outfile_close(f->to, f->path) && good;
	if (good && f->beside && rename(f->beside, f->place) != 0) {
		complain("", f->path, errno);
		good = false;
	}
	if (!good && f->to && f->beside)
		unlink(f->beside);
	free(f->beside);
	free(f->place);
	return good;
}
