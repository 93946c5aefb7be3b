/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/gnuplot.h"

#include "base/arena.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

const char *const gnuplot_formats[] = {"svg", "pdf", "png", NULL};

static const char *const terminals[GNUPLOT_FORMATS] = {
	"svg size 800,520 font 'DejaVu Sans,13' background '#ffffff' noenhanced",
	"pdfcairo size 16cm,10.4cm font 'DejaVu Sans,10' noenhanced",
	"pngcairo size 1200,780 font 'DejaVu Sans,15' noenhanced"};

static const struct {
	const char *label;
	double scale;
} units[] = {{"throughput (Mpps)", 1e-6}, {"throughput (Gb/s)", 1e-9}, {"mean latency (µs)", 1e-3}};

static const char *const colours[] = {
	"#0b62b8", "#b35309", "#1f7a3d", "#8a3ffc", "#a3195b", "#0e7c86", "#6b7480", "#000000"};
static const char *const mark_colours[] = {"#6b7480", "#000000", "#c22f2f"}; /* by dataset_use */
#define LOG_MARGIN 1.15 /* beside the first and the last value */
enum { COLOURS = sizeof colours / sizeof *colours, CIRCLE = 7, MARKS = 3, SIDES = 3 };

/* Points of gnuplot, by side: at most, measured, at least. */
static const int side_points[SIDES] = {11, 2, 9};
static const char *const side_words[SIDES] = {"at most", "measured", "at least"};

/* A quoted string: within '...' only the quote itself means something, doubled. */
static void put_text(FILE *to, const char *text)
{
	fputc('\'', to);
	for (; *text; text++)
		if (*text == '\'')
			fputs("''", to);
		else
			fputc((unsigned char)*text < ' ' || *text == 0x7f ? '?' : *text, to);
	fputc('\'', to);
}

static double scaled(const struct figures_cell *c, enum gnuplot_unit unit, double value)
{
	return value * units[unit].scale * (unit == GNUPLOT_GBPS ? c->bits : 1);
}

static void put_curve(FILE *to, const struct figures_one *f, size_t curve, enum gnuplot_unit unit,
	const double *x)
{
	fprintf(to, "$curve%zu << EOD\n", curve);
	for (size_t i = 0; i < f->is->values.n; i++) {
		const struct figures_cell *c = &f->cells[curve * f->is->values.n + i];
		if (!isfinite(c->value.value))
			continue;
		double half = isfinite(c->value.half) ? c->value.half : 0;
		fprintf(to, "%.9g %.9g %.9g\n", x[i], scaled(c, unit, c->value.value),
			scaled(c, unit, half));
	}
	fputs("EOD\n", to);
}

/* Known points of one mark and side; returns how many. */
static size_t put_known(FILE *to, const struct figures_one *f, int use, int side,
	enum gnuplot_unit unit, const double *x)
{
	size_t n = 0;
	fprintf(to, "$known%d_%d << EOD\n", use, side);
	for (size_t i = 0; i < f->n_known; i++) {
		const struct figures_known *k = &f->known[i];
		const struct figures_cell *c = &f->cells[k->curve * f->is->values.n + k->at];
		if (k->point->use != use || k->sign + 1 != side)
			continue;
		fprintf(to, "%.9g %.9g\n", x[k->at], scaled(c, unit, k->value));
		n++;
	}
	fputs("EOD\n", to);
	return n;
}

static void put_ticks(FILE *to, const struct dataset_figure *f, const double *x)
{
	fputs("set xtics (", to);
	for (size_t i = 0; i < f->values.n; i++) {
		fputs(i ? ", " : "", to);
		put_text(to, figures_label(f, i));
		fprintf(to, " %.9g", x[i]);
	}
	fputs(")\n", to);
}

static void put_plots(FILE *to, const struct figures_one *f, size_t known[MARKS][SIDES])
{
	const struct dataset_curve *c = f->is->curves.items;
	fputs("plot ", to);
	for (size_t i = 0; i < f->is->curves.n; i++) {
		fprintf(to,
			"%s$curve%zu using 1:2:3 with yerrorlines lw 1.5 pt %zu ps 0.7 lc rgb '%s' "
			"title ",
			i ? ", \\\n  " : "", i, CIRCLE + i % 4 * 2, colours[i % COLOURS]);
		put_text(to, c[i].name);
	}
	for (int use = 0; use < MARKS; use++)
		for (int side = 0; side < SIDES; side++)
			if (known[use][side])
				fprintf(to,
					", \\\n  $known%d_%d using 1:2 with points pt %d ps 1.8 lw "
					"2 lc "
					"rgb '%s' title '%s (%s)'",
					use, side, side_points[side], mark_colours[use],
					side_words[side], dataset_uses[use]);
	fputs("\n", to);
}

void gnuplot_script(const struct figures_one *f, enum gnuplot_unit unit, enum gnuplot_format format,
	const char *path, FILE *to)
{
	double *x = xcalloc(f->is->values.n, sizeof *x);
	size_t known[MARKS][SIDES];
	bool plain = figures_numbers(f->is, x);
	for (size_t i = 0; !plain && i < f->is->values.n; i++)
		x[i] = (double)i;
	fprintf(to, "set encoding utf8\nset terminal %s\nset output ", terminals[format]);
	put_text(to, path);
	fputs("\nset title ", to);
	put_text(to, f->is->title);
	fputs("\nset xlabel ", to);
	put_text(to, f->is->x);
	size_t last = f->is->values.n - 1;
	fprintf(to,
		"\nset ylabel '%s'\nset grid lt 1 lw 1 lc rgb '#d5dae0'\n"
		"set border lc rgb '#59636e'\nset key outside below horizontal\n",
		units[unit].label);
	if (plain)
		fprintf(to, "set logscale x\nset xrange [%.9g:%.9g]\n", x[0] / LOG_MARGIN,
			x[last] * LOG_MARGIN);
	else
		fprintf(to, "set xrange [-0.5:%.9g]\n", (double)last + 0.5);
	fputs(unit == GNUPLOT_US ? "set logscale y\n" : "set yrange [0:*]\n", to);
	put_ticks(to, f->is, x);
	for (size_t i = 0; i < f->is->curves.n; i++)
		put_curve(to, f, i, unit, x);
	for (int use = 0; use < MARKS; use++)
		for (int side = 0; side < SIDES; side++)
			known[use][side] = put_known(to, f, use, side, unit, x);
	put_plots(to, f, known);
	free(x);
}

/* Runs it with that standard input; -1: it could not be started. */
static int start(const char *option, int input, bool quiet)
{
	static char name[] = "gnuplot", defaults[] = "--default-settings";
	char copy[32];
	snprintf(copy, sizeof copy, "%s", option ? option : "");
	char *argv[] = {name, defaults, option ? copy : NULL, NULL};
	posix_spawn_file_actions_t actions;
	pid_t pid;
	int status;
	posix_spawn_file_actions_init(&actions);
	if (input >= 0)
		posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
	if (quiet)
		posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	int failed = posix_spawnp(&pid, name, &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	while (!failed && waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return failed || !WIFEXITED(status) ? -1 : WEXITSTATUS(status);
}

bool gnuplot_found(void)
{
	return start("--version", -1, true) == 0;
}

bool gnuplot_draw(const struct figures_one *f, enum gnuplot_unit unit, enum gnuplot_format format,
	const char *path)
{
	FILE *script = tmpfile();
	if (!script)
		return false;
	gnuplot_script(f, unit, format, path, script);
	bool good = fflush(script) == 0 && lseek(fileno(script), 0, SEEK_SET) == 0 &&
		    start(NULL, fileno(script), false) == 0;
	fclose(script);
	return good && access(path, R_OK) == 0;
}
