/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pool - one pipe to each worker for numbers of jobs, one back for results
 *
 * A worker has up to two jobs, so that it never waits while this process writes a result to disk. A
 * result is a header and a text. Signals arrive by signalfd, so that nothing is ever interrupted
 * half-way.
 */
#include "plan/pool.h"

#include "base/arena.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DEPTH = 2, ROOM = 1 << 16 };

struct header {
	uint64_t job, len; /* of the text behind it */
};

struct worker {
	pid_t pid;
	int to, from; /* -1: none */
	size_t queue[DEPTH];
	size_t n_queue;
	char *buf;
	size_t len, room;
};

struct pool {
	const struct pool_spec *spec;
	struct worker *workers;
	size_t *again; /* jobs of workers that died at another */
	size_t n_again;
	int signals;
	enum pool_end end;
	bool ending;
};

static bool write_all(int to, const void *data, size_t len)
{
	const char *from = data;
	while (len) {
		ssize_t n = write(to, from, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		from += n;
		len -= (size_t)n;
	}
	return true;
}

/* The life of a worker: ends when its pipe does. */
static void serve(const struct pool_spec *spec, int from, int to)
{
	uint64_t job;
	while (read(from, &job, sizeof(job)) == sizeof(job)) {
		char *text = spec->work(spec->arg, (size_t)job);
		struct header h = {job, strlen(text)};
		if (!write_all(to, &h, sizeof(h)) || !write_all(to, text, h.len))
			break;
		free(text);
	}
	_exit(0);
}

static void become_worker(struct pool *p, pid_t parent, int from, int to)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(0);
	close(p->signals);
	for (size_t i = 0; i < p->spec->n_workers; i++) {
		if (p->workers[i].to >= 0)
			close(p->workers[i].to);
		if (p->workers[i].from >= 0)
			close(p->workers[i].from);
	}
	serve(p->spec, from, to);
}

static bool start_worker(struct pool *p, struct worker *w)
{
	int jobs[2], results[2];
	pid_t parent = getpid();
	if (pipe(jobs) != 0)
		return false;
	if (pipe(results) != 0) {
		close(jobs[0]);
		close(jobs[1]);
		return false;
	}
	fflush(NULL);
	w->pid = fork();
	if (w->pid == 0) {
		close(jobs[1]);
		close(results[0]);
		become_worker(p, parent, jobs[0], results[1]);
	}
	close(jobs[0]);
	close(results[1]);
	w->to = jobs[1];
	w->from = results[0];
	return w->pid > 0;
}

static void end_worker(struct worker *w, int *status)
{
	if (w->to >= 0)
		close(w->to);
	if (w->from >= 0)
		close(w->from);
	if (w->pid > 0)
		while (waitpid(w->pid, status, 0) < 0 && errno == EINTR)
			;
	w->pid = 0;
	w->to = w->from = -1;
	w->len = 0;
}

static bool next_job(struct pool *p, bool idle, size_t *job)
{
	if (!p->n_again)
		return p->spec->next(p->spec->arg, idle, job);
	*job = p->again[--p->n_again];
	return true;
}

/* A worker that died is noticed by the end of its results, so a failed write needs no care. */
static void feed(struct pool *p, struct worker *w)
{
	if (p->ending || w->to < 0 || !next_job(p, !w->n_queue, &w->queue[w->n_queue]))
		return;
	uint64_t number = w->queue[w->n_queue++];
	write_all(w->to, &number, sizeof(number));
}

/* Nobody gets a second job before all have one. */
static void feed_all(struct pool *p)
{
	for (size_t depth = 0; depth < DEPTH; depth++)
		for (size_t i = 0; i < p->spec->n_workers; i++)
			if (p->workers[i].n_queue == depth)
				feed(p, &p->workers[i]);
}

static void stop(struct pool *p, enum pool_end end)
{
	if (!p->ending)
		p->end = end;
	p->ending = true;
}

static void finish(struct pool *p, size_t job, const char *result, const char *why)
{
	if (!p->ending && !p->spec->done(p->spec->arg, job, result, why))
		stop(p, POOL_STOPPED);
}

static void pop(struct worker *w)
{
	w->n_queue--;
	memmove(w->queue, w->queue + 1, w->n_queue * sizeof(*w->queue));
}

/* Takes the results that have arrived as a whole. */
static void take_results(struct pool *p, struct worker *w)
{
	struct header h;
	while (w->len >= sizeof(h)) {
		memcpy(&h, w->buf, sizeof(h));
		if (w->len - sizeof(h) < h.len)
			return;
		char *text = strndup(w->buf + sizeof(h), h.len);
		pop(w);
		finish(p, (size_t)h.job, text ? text : "", NULL);
		free(text);
		w->len -= sizeof(h) + h.len;
		memmove(w->buf, w->buf + sizeof(h) + h.len, w->len);
	}
}

static const char *cause(int status, char *buf, size_t size)
{
	if (WIFSIGNALED(status))
		snprintf(buf, size, "worker killed by signal %d (%s)", WTERMSIG(status),
			strsignal(WTERMSIG(status)));
	else
		snprintf(buf, size, "worker ended with exit code %d", WEXITSTATUS(status));
	return buf;
}

/* The job that a worker died at is lost; what it had not begun is not. */
static void bury(struct pool *p, struct worker *w)
{
	char why[80];
	int status = 0;
	end_worker(w, &status);
	if (w->n_queue) {
		size_t lost = w->queue[0];
		pop(w);
		while (w->n_queue)
			p->again[p->n_again++] = w->queue[--w->n_queue];
		finish(p, lost, NULL, cause(status, why, sizeof(why)));
	}
	if (!p->ending && !start_worker(p, w))
		stop(p, POOL_BROKEN);
}

static void hear(struct pool *p, struct worker *w)
{
	if (w->room - w->len < ROOM)
		w->buf = xrealloc(w->buf, w->room = w->len + 2 * ROOM, 1);
	ssize_t n = read(w->from, w->buf + w->len, w->room - w->len);
	if (n > 0) {
		w->len += (size_t)n;
		take_results(p, w);
	} else if (n == 0 || errno != EINTR) {
		bury(p, w);
	}
}

static bool busy(const struct pool *p)
{
	for (size_t i = 0; i < p->spec->n_workers; i++)
		if (p->workers[i].n_queue)
			return true;
	return false;
}

static void manage(struct pool *p)
{
	size_t n = p->spec->n_workers;
	struct pollfd *fds = xcalloc(n + 1, sizeof(*fds));
	for (feed_all(p); !p->ending && busy(p); feed_all(p)) {
		for (size_t i = 0; i < n; i++)
			fds[i] = (struct pollfd){.fd = p->workers[i].from, .events = POLLIN};
		fds[n] = (struct pollfd){.fd = p->signals, .events = POLLIN};
		if (poll(fds, n + 1, -1) < 0 && errno != EINTR)
			stop(p, POOL_BROKEN);
		if (fds[n].revents)
			stop(p, POOL_INTERRUPTED);
		for (size_t i = 0; i < n && !p->ending; i++)
			if (fds[i].revents)
				hear(p, &p->workers[i]);
	}
	free(fds);
}

static void end_workers(struct pool *p)
{
	for (size_t i = 0; i < p->spec->n_workers; i++) {
		int status;
		if (p->workers[i].pid > 0 && p->ending)
			kill(p->workers[i].pid, SIGKILL);
		end_worker(&p->workers[i], &status);
		free(p->workers[i].buf);
	}
	free(p->workers);
	free(p->again);
}

static void start_workers(struct pool *p)
{
	size_t n = p->spec->n_workers;
	p->workers = xcalloc(n, sizeof(*p->workers));
	p->again = xcalloc(n * DEPTH, sizeof(*p->again));
	for (size_t i = 0; i < n; i++)
		p->workers[i].to = p->workers[i].from = -1;
	for (size_t i = 0; i < n && !p->ending; i++)
		if (!start_worker(p, &p->workers[i]))
			stop(p, POOL_BROKEN);
}

enum pool_end pool_run(const struct pool_spec *spec)
{
	struct pool p = {.spec = spec, .end = POOL_DONE};
	sigset_t ends, before;
	sigemptyset(&ends);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGTERM);
	sigprocmask(SIG_BLOCK, &ends, &before);
	void (*on_pipe)(int) = signal(SIGPIPE, SIG_IGN);
	p.signals = signalfd(-1, &ends, SFD_CLOEXEC);
	start_workers(&p);
	manage(&p);
	end_workers(&p);
	struct signalfd_siginfo info;
	while (p.end == POOL_INTERRUPTED && read(p.signals, &info, sizeof(info)) < 0 &&
		errno == EINTR)
		;
	close(p.signals);
	signal(SIGPIPE, on_pipe);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return p.end;
}
