/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * assets - the files of report/web/, as they were when the program was built
 */
#ifndef NFVSIM_REPORT_ASSETS_H
#define NFVSIM_REPORT_ASSETS_H

#include <stddef.h>

struct asset {
	const char *text; /* not NUL-terminated */
	size_t len;
};

struct asset assets_script(void);
struct asset assets_style(void);

#endif
