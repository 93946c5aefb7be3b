/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * yamlout - writes a tree as a YAML file that reads back as the same tree
 *
 * Maps of scalars stand on one line. Comments of the file that the tree came from are lost.
 */
#ifndef NFVSIM_CALIB_YAMLOUT_H
#define NFVSIM_CALIB_YAMLOUT_H

#include "base/ytree.h"

#include <stdio.h>

void yamlout_write(const struct ynode *root, FILE *to);

#endif
