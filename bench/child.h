/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * child - work done in a process of its own, so that its memory can be told from others'
 */
#ifndef NFVSIM_BENCH_CHILD_H
#define NFVSIM_BENCH_CHILD_H

#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

typedef void child_work(const void *arg, void *out);

struct child {
	pid_t pid;
	int from;
};

static inline double child_seconds(clockid_t clock)
{
	struct timespec t;
	clock_gettime(clock, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static inline double child_cpu_s(void)
{
	return child_seconds(CLOCK_PROCESS_CPUTIME_ID);
}

static inline double child_wall_s(void)
{
	return child_seconds(CLOCK_MONOTONIC);
}

/* Starts work, whose size bytes of out can be fetched by child_end. */
static inline struct child child_begin(child_work *work, const void *arg, size_t size)
{
	int ends[2];
	fflush(NULL);
	if (pipe(ends) != 0)
		exit(1);
	struct child c = {fork(), ends[0]};
	if (c.pid < 0)
		exit(1);
	if (c.pid == 0) {
		close(ends[0]);
		void *out = calloc(1, size);
		if (!out)
			_exit(1);
		work(arg, out);
		_exit(write(ends[1], out, size) == (ssize_t)size ? 0 : 1);
	}
	close(ends[1]);
	return c;
}

/* Waits for the end; false when it failed. rss_B: its peak memory, may be NULL. */
static inline bool child_end(struct child c, void *out, size_t size, double *rss_B)
{
	ssize_t got = read(c.from, out, size);
	int status;
	struct rusage used;
	close(c.from);
	if (wait4(c.pid, &status, 0, &used) != c.pid)
		return false;
	if (rss_B)
		*rss_B = 1024.0 * (double)used.ru_maxrss;
	return got == (ssize_t)size && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Runs a program with its output thrown away or, with text, kept there. Returns its CPU seconds;
 * below 0: it failed. */
static inline double child_program(char *const argv[], char *text, size_t size)
{
	int ends[2];
	struct rusage used;
	int status;
	if (pipe(ends) != 0)
		exit(1);
	pid_t pid = fork();
	if (pid == 0) {
		dup2(text ? ends[1] : open("/dev/null", O_WRONLY), STDOUT_FILENO);
		execv(argv[0], argv);
		_exit(127);
	}
	close(ends[1]);
	ssize_t n = text ? read(ends[0], text, size - 1) : 0;
	if (text)
		text[n > 0 ? n : 0] = '\0';
	close(ends[0]);
	if (pid < 0 || wait4(pid, &status, 0, &used) != pid || status != 0)
		return -1;
	return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
	       1e-6 * (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

#endif
