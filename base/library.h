/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * library - optional shared libraries, loaded when something first needs them
 *
 * Open MPI, GLPK and libpcap bring along more than 20 others. Most runs need none of them, and
 * would spend half of their start-up on binding them.
 */
#ifndef NFVSIM_BASE_LIBRARY_H
#define NFVSIM_BASE_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>

/* A name in the library, and the pointer that gets its address. */
struct library_symbol {
	const char *name;
	void *pointer;
};

/* For an entry of a table of functions whose fields are called like the functions. */
#define LIBRARY_SYMBOL(table, field)    \
	{                               \
#field, &(table)->field \
	}

/* Loads a library by its file's name (libpcap.so.0.8), to stay, and sets the pointers. False, with
 * pointers undefined: it is not installed or lacks a name. */
bool library_load(const char *file, const struct library_symbol *symbols, size_t n);

#endif
