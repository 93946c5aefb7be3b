/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * relative - paths in a file are seen from that file
 */
#ifndef NFVSIM_MODEL_RELATIVE_H
#define NFVSIM_MODEL_RELATIVE_H

#include "base/arena.h"

/* The path that a file means by a name: beside itself if there is such a file, else the name as it
 * is (that of an example, or a path from the current folder). */
const char *relative_path(const char *file, const char *name, struct arena *a);

#endif
