/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * page - a report as one HTML file that opens offline
 *
 * The file holds data as JSON, and the script (report/web/) that draws them. Nothing that a user
 * wrote can become markup or code: the data stand in a script element that no browser runs, in
 * ASCII without '<', '>' and '&', the script puts them into text nodes only, and a content
 * security policy allows exactly the script and the style of this program, by their hashes, and no
 * request to anywhere.
 */
#ifndef NFVSIM_REPORT_PAGE_H
#define NFVSIM_REPORT_PAGE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/* Writes the page that shows data; errors show in ferror(to). False: out of memory. */
bool page_write(const char *title, const json_t *data, FILE *to);

/* The text with what HTML would take for markup, and control characters, as references. */
void page_put_text(FILE *to, const char *text);

/* The data as JSON that can stand in a script element. False: out of memory. */
bool page_put_data(FILE *to, const json_t *data);

#endif
