/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/outfile.h"

#include "base/diag.h"

#include <errno.h>
#include <string.h>

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
