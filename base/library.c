/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/library.h"

#include <dlfcn.h>
#include <string.h>

bool library_load(const char *file, const struct library_symbol *symbols, size_t n)
{
	/* Global, since Open MPI's own plugins look for the names of the library. */
	void *library = dlopen(file, RTLD_LAZY | RTLD_GLOBAL);
	for (size_t i = 0; library && i < n; i++) {
		void *address = dlsym(library, symbols[i].name);
		if (!address)
			return false;
		memcpy(symbols[i].pointer, &address, sizeof address);
	}
	return library != NULL;
}
