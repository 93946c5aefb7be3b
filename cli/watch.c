/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/watch.h"

#include "base/diag.h"
#include "base/utf8.h"
#include "cli/text.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { BAR = 20, NAME = 24, FALLBACK_ROWS = 24, FALLBACK_COLUMNS = 80, LEAST_ROWS = 10 };

#define FRAME_S 0.1
#define LINE_S 1.0
#define FULL 0.9

struct watch {
	const struct scenario *scenario;
	bool terminal, colour;
	double shown_s;  /* when it was shown last; 0: never */
	uint32_t drawn;  /* lines on the screen */
	char *last_line; /* not yet printed; not a terminal */
	/* what the net had done when it was shown last */
	const struct build *build;
	ps_t then_ps, *busy_ps;
	uint32_t n_cores;
};

/* The screen, and what is to be drawn on it. */
struct frame {
	struct watch *w;
	const struct run_state *now;
	struct arena *arena;
	FILE *to;
	uint32_t rows, columns, n;
};

static double monotonic_s(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static const char *escaped(const char *text, struct arena *a)
{
	char *all = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&all, &size);
	diag_put_escaped(to, text, strlen(text));
	fclose(to);
	const char *kept = arena_strdup(a, all);
	free(all);
	return kept;
}

/* Work and stalls of a core since the net started. */
static ps_t busy_of(const struct build *b, const struct core *c)
{
	ps_t busy = -c->stalled_ps;
	for (uint32_t i = 0; i < b->n_tasks; i++)
		if (b->tasks[i].task->core == c)
			busy += b->tasks[i].task->busy_ps;
	return busy;
}

static const struct core *core_at(const struct build *b, uint32_t i)
{
	return b->net->cores.item[i];
}

/* Share of the time since it was shown last, or since the net started. */
static double busy_share(const struct watch *w, const struct build *b, uint32_t i)
{
	bool same = w->build == b && w->then_ps < b->net->now_ps;
	ps_t span = b->net->now_ps - (same ? w->then_ps : 0);
	ps_t busy = busy_of(b, core_at(b, i)) - (same ? w->busy_ps[i] : 0);
	double share = span > 0 ? (double)busy / (double)span : 0;
	return fmin(fmax(share, 0), 1);
}

static void remember(struct watch *w, const struct build *b)
{
	if (!w->busy_ps)
		w->busy_ps = xcalloc(b->net->cores.n + 1, sizeof *w->busy_ps);
	for (uint32_t i = 0; i < b->net->cores.n; i++)
		w->busy_ps[i] = busy_of(b, core_at(b, i));
	w->build = b;
	w->then_ps = b->net->now_ps;
}

static double fill_of(const struct build_place *p)
{
	if (!p->ring)
		return 0;
	double waiting = p->ring->coming - p->ring->head;
	return fmin(waiting / p->ring->cap, 1);
}

/* One line of plain text, cut to the screen's width. */
static void put_line(struct frame *f, const char *text)
{
	size_t len = strlen(text), at = 0;
	for (uint32_t column = 1; at < len && column < f->columns; column++) {
		uint32_t code;
		size_t n = utf8_decode(text + at, len - at, &code);
		at += n ? n : 1;
	}
	fprintf(f->to, "\r\033[K%.*s\n", (int)at, text);
	f->n++;
}

/* NAME [#####     ] 50 %  and a remark; red when full. */
static void put_bar(struct frame *f, const char *name, double share, const char *remark)
{
	char bar[BAR + 1] = {0};
	for (int i = 0; i < BAR; i++)
		bar[i] = i < (int)(share * BAR + 0.5) ? '#' : ' ';
	bool red = f->w->colour && share >= FULL;
	fputs(red ? "\033[31m" : "", f->to);
	put_line(f, arena_printf(f->arena, "  %-*.*s [%s] %5.1f %%  %s", NAME, NAME, name, bar,
			    100 * share, remark));
	fputs(red ? "\033[0m" : "", f->to);
}

/* "8.62 Mpps +- 0.3 %" */
static const char *with_half(const char *value, struct interval i, struct arena *a)
{
	if (!isfinite(i.half) || i.value <= 0)
		return value;
	return arena_printf(a, "%s +- %s %%", value, text_number(100 * i.half / i.value, 2, a));
}

static const char *sums(const struct run_state *now, struct arena *a)
{
	struct run_chain all;
	run_state_intervals(now, &all);
	struct interval ns = all.latency.mean_ns;
	const char *mean = isfinite(ns.value) ? text_seconds(ns.value / 1e9, 4, a) : "-";
	return arena_printf(a, "delivered %s   loss %s %%   mean latency %s",
		with_half(text_rate(all.delivered_pps.value, "pps", 4, a), all.delivered_pps, a),
		text_number(100 * all.loss_ratio.value, 3, a), with_half(mean, ns, a));
}

static const char *precision(const struct watch *w, const struct run_state *now, struct arena *a)
{
	double wanted = w->scenario->run.precision.value;
	if (!(now->precision > 0))
		return "";
	return arena_printf(a, ", precision %s %% (asked for: %s %%)",
		text_number(100 * now->precision, 2, a), text_number(100 * wanted, 2, a));
}

static void put_cores(struct frame *f, uint32_t room)
{
	const struct build *b = f->now->build;
	uint32_t shown = b->net->cores.n <= room ? b->net->cores.n : room ? room - 1 : 0;
	for (uint32_t i = 0; i < shown; i++)
		put_bar(f, core_at(b, i)->name, busy_share(f->w, b, i), "busy");
	if (shown < b->net->cores.n)
		put_line(f, arena_printf(f->arena, "  and %" PRIu32 " more cores",
				    b->net->cores.n - shown));
}

static void put_queues(struct frame *f, uint32_t room)
{
	const struct build *b = f->now->build;
	uint32_t shown = b->n_places <= room ? b->n_places : room ? room - 1 : 0;
	for (uint32_t i = 0; i < shown; i++) {
		const struct build_place *p = &b->places[i];
		uint64_t lost = p->ring ? p->ring->dropped : p->rx->overrun;
		put_bar(f, p->name, fill_of(p),
			lost ? arena_printf(f->arena, "full, %" PRIu64 " lost", lost) : "full");
	}
	if (shown < b->n_places)
		put_line(f, arena_printf(f->arena, "  and %" PRIu32 " more queues",
				    b->n_places - shown));
}

static void draw(struct frame *f)
{
	struct watch *w = f->w;
	const struct run_state *now = f->now;
	struct arena *a = f->arena;
	if (w->drawn)
		fprintf(f->to, "\033[%" PRIu32 "A", w->drawn);
	put_line(f, arena_printf(a, "%s: %.1f of at most %.0f million packets%s",
			    escaped(w->scenario->name, a), (double)now->packets / 1e6,
			    (double)now->budget / 1e6, precision(w, now, a)));
	put_line(f, sums(now, a));
	uint32_t room = f->rows - 3, cores = now->build->net->cores.n;
	uint32_t for_cores = cores < room / 2 ? cores : room / 2;
	put_cores(f, for_cores);
	put_queues(f, room - for_cores);
	fputs("\033[J", f->to);
	w->drawn = f->n;
}

/* Nothing is counted before the first sample, which may take long. */
static void draw_start(struct frame *f)
{
	put_line(f,
		arena_printf(f->arena, "%s: warming up", escaped(f->w->scenario->name, f->arena)));
	f->w->drawn = f->n;
}

/* now NULL: the run warms up. */
static void show_frame(struct watch *w, const struct run_state *now)
{
	struct winsize screen = {0};
	struct frame f = {.w = w, .now = now, .arena = arena_new()};
	char *text = NULL;
	size_t size = 0;
	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &screen) != 0 || !screen.ws_row || !screen.ws_col)
		screen = (struct winsize){.ws_row = FALLBACK_ROWS, .ws_col = FALLBACK_COLUMNS};
	f.rows = screen.ws_row < LEAST_ROWS ? LEAST_ROWS : screen.ws_row;
	f.columns = screen.ws_col;
	f.to = open_memstream(&text, &size);
	if (now)
		draw(&f);
	else
		draw_start(&f);
	fclose(f.to);
	fwrite(text, size, 1, stderr);
	fflush(stderr);
	free(text);
	arena_free(f.arena);
}

static const char *fullest(const struct build *b, struct arena *a)
{
	const struct build_place *most = &b->places[0];
	for (uint32_t i = 1; i < b->n_places; i++)
		if (fill_of(&b->places[i]) > fill_of(most))
			most = &b->places[i];
	return arena_printf(a, "%s %.0f %% full", most->name, 100 * fill_of(most));
}

static const char *busiest(const struct watch *w, const struct build *b, struct arena *a)
{
	uint32_t most = 0;
	for (uint32_t i = 1; i < b->net->cores.n; i++)
		if (busy_share(w, b, i) > busy_share(w, b, most))
			most = i;
	return arena_printf(
		a, "%s %.0f %% busy", core_at(b, most)->name, 100 * busy_share(w, b, most));
}

/* Kept until the next one is due, so that the last one can be printed in any case. */
static void keep_line(struct watch *w, const struct run_state *now)
{
	struct arena *a = arena_new();
	const struct build *b = now->build;
	const char *cores = b->net->cores.n ? busiest(w, b, a) : "no core";
	const char *line = arena_printf(a, "%s: %.2f of at most %.0f million packets, %s; %s; %s%s",
		escaped(w->scenario->name, a), (double)now->packets / 1e6,
		(double)now->budget / 1e6, sums(now, a), cores,
		b->n_places ? fullest(b, a) : "no queue", precision(w, now, a));
	free(w->last_line);
	w->last_line = xcalloc(strlen(line) + 1, 1);
	memcpy(w->last_line, line, strlen(line));
	arena_free(a);
}

static void print_line(struct watch *w)
{
	if (w->last_line)
		fprintf(stderr, "%s\n", w->last_line);
	free(w->last_line);
	w->last_line = NULL;
}

static void start_line(const struct watch *w)
{
	struct arena *a = arena_new();
	fprintf(stderr, "%s: warming up\n", escaped(w->scenario->name, a));
	arena_free(a);
}

struct watch *watch_new(const struct scenario *s)
{
	struct watch *w = xcalloc(1, sizeof *w);
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
	w->scenario = s;
	w->terminal = isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0;
	w->colour = w->terminal && !(no_color && *no_color);
	if (w->terminal)
		show_frame(w, NULL);
	else
		start_line(w);
	return w;
}

void watch_see(void *watch, const struct run_state *now)
{
	struct watch *w = watch;
	double s = monotonic_s();
	bool due = !w->shown_s || s - w->shown_s >= (w->terminal ? FRAME_S : LINE_S);
	if (!w->terminal)
		keep_line(w, now);
	if (!due)
		return;
	w->shown_s = s;
	if (w->terminal)
		show_frame(w, now);
	else
		print_line(w);
	remember(w, now->build);
}

void watch_end(struct watch *w)
{
	if (w->terminal && w->drawn)
		fprintf(stderr, "\033[%" PRIu32 "A\r\033[J", w->drawn);
	print_line(w);
	free(w->busy_ps);
	free(w);
}
