/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * datafile - finds and reads profiles, platforms, size mixes and scenarios by name
 *
 * Looked for in this order: the folder that NFVSIM_DATA names, scenarios/ beside the build folder
 * the program runs from, the installed place. A name with a slash or ending in .yaml is a path,
 * which a file sees from its own folder (relative.h).
 */
#ifndef NFVSIM_MODEL_DATAFILE_H
#define NFVSIM_MODEL_DATAFILE_H

#include "base/ytree.h"

/* The tree of FOLDER/NAME.yaml; NULL after an error at the place `at` (of a parameter called
 * `key`), with the nearest name that exists. */
struct ynode *datafile_read(const char *folder, const char *key, const char *name, struct mark at,
	struct arena *a, struct diag *d);

/* Path of FOLDER/NAME.yaml ("" for folder: directly below the data folder), or NULL. */
const char *datafile_find(const char *folder, const char *name, struct arena *a);

/* Names (without .yaml) of all files in a folder, sorted, each once; returns how many. */
size_t datafile_list(const char *folder, const char ***names, struct arena *a);

/* "a/b/bess.yaml" -> "bess". */
const char *datafile_stem(const char *path, struct arena *a);

#endif
