/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * relative - paths in a file are seen from that file
 *
 * Those on the command line, of standard input and of what is no file in a folder (/dev, /proc) are
 * seen from the current folder. A name without a slash or .yaml is no path.
 */
#ifndef NFVSIM_MODEL_RELATIVE_H
#define NFVSIM_MODEL_RELATIVE_H

#include "base/arena.h"
#include "base/diag.h"

/* The file in which a mark stands; NULL: on the command line. */
const char *relative_base(struct mark at);

/* The path that a file means by another file's path. */
const char *relative_file(const char *file, const char *path, struct arena *a);

/* The same for what may also be the name of a data file (datafile.h). What has a slash and does not
 * say that it is a path (by ./, ../ or .yaml) is one if there is such a file. */
const char *relative_path(const char *file, const char *name, struct arena *a);

/* An assignment ("server=./s.yaml") as it would be written in the current folder. Only values that
 * are a path as a whole are changed. */
const char *relative_set(const char *file, const char *set, struct arena *a);

/* The file so that what is seen from it holds in any folder; one in the current folder for what is
 * no file. */
const char *relative_anywhere(const char *file, struct arena *a);

#endif
