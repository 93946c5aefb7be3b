/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/progress.h"

#include <stdarg.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { LONGEST = 512, FALLBACK_COLUMNS = 80 };

bool progress_wanted(const struct options *o)
{
	return !o->quiet && isatty(STDERR_FILENO) && (!o->json || isatty(STDOUT_FILENO));
}

struct progress progress_start(const struct options *o)
{
	struct progress p = {.wanted = progress_wanted(o)};
	clock_gettime(CLOCK_MONOTONIC, &p.start);
	return p;
}

/* Bytes of a text that fit so many columns. */
static int fitting(const char *text, int columns)
{
	int n = 0;
	for (; text[n]; n++)
		if ((text[n] & 0xc0) != 0x80 && --columns < 0)
			break;
	return n;
}

void progress_show(const struct progress *p, const char *format, ...)
{
	char line[LONGEST];
	struct winsize screen = {0};
	va_list args;
	if (!p->wanted)
		return;
	va_start(args, format);
	vsnprintf(line, sizeof line, format, args);
	va_end(args);
	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &screen) != 0 || !screen.ws_col)
		screen.ws_col = FALLBACK_COLUMNS;
	fprintf(stderr, "\r\033[K%.*s", fitting(line, screen.ws_col - 1), line);
}

static double seconds_since(const struct timespec *start)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - start->tv_sec) + 1e-9 * (double)(now.tv_nsec - start->tv_nsec);
}

const char *progress_pace(
	const struct progress *p, size_t done, size_t left, char *buf, size_t size)
{
	double s = seconds_since(&p->start);
	*buf = '\0';
	if (s > 0 && done)
		snprintf(buf, size, ", %.3g a second, %.0f s to go", (double)done / s,
			(double)left * s / (double)done);
	return buf;
}

void progress_see_crew(void *arg, const struct crew_state *now)
{
	const struct progress *p = arg;
	char left[64] = "";
	if (now->left)
		snprintf(left, sizeof left, ", %s%zu left", now->about ? "about " : "", now->left);
	progress_show(p, "%zu %s%s%s%s", now->done, now->doing, left, now->what ? ": " : "",
		now->what ? now->what : "");
}

void progress_end(const struct progress *p)
{
	if (p->wanted)
		fputs("\r\033[K", stderr);
}
