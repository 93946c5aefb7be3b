/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * gnuplot - figures as files for papers, drawn by the program of that name
 *
 * It is started with fixed arguments and reads a script of ours from standard input; no shell is
 * involved. Texts of a measurement set stand in the script as quoted strings only.
 */
#ifndef NFVSIM_REPORT_GNUPLOT_H
#define NFVSIM_REPORT_GNUPLOT_H

#include "validate/figures.h"

/* What is on the y axis. */
enum gnuplot_unit { GNUPLOT_MPPS, GNUPLOT_GBPS, GNUPLOT_US };

enum gnuplot_format { GNUPLOT_SVG, GNUPLOT_PDF, GNUPLOT_PNG, GNUPLOT_FORMATS };

extern const char *const gnuplot_formats[];

/* Whether the program is there. */
bool gnuplot_found(void);

/* Draws a figure into the file. False: it could not be run, or complained (on standard error). */
bool gnuplot_draw(const struct figures_one *f, enum gnuplot_unit unit, enum gnuplot_format format,
	const char *path);

/* The script. */
void gnuplot_script(const struct figures_one *f, enum gnuplot_unit unit, enum gnuplot_format format,
	const char *path, FILE *to);

#endif
