/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "validate/testbed_remote.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_OUTPUT = 4 << 20, STEP_MS = 100 };

const char *remote_quote(const char *word, struct arena *a)
{
	char *to = arena_alloc(a, 4 * strlen(word) + 3), *p = to;
	*p++ = '\'';
	for (; *word; word++) {
		if (*word == '\'')
			p = stpcpy(p, "'\\'");
		*p++ = *word;
	}
	*p = '\'';
	return to;
}

const char *remote_command(const char *const *words, size_t n, struct arena *a)
{
	const char *to = "";
	for (size_t i = 0; i < n; i++)
		to = arena_printf(a, "%s%s%s", to, i ? " " : "", remote_quote(words[i], a));
	return to;
}

/* Field 22 of /proc/PID/stat, counted behind the name, which may hold blanks. */
#define START_TIME "$(sed 's/.*) //' \"/proc/$%s/stat\" 2>/dev/null | cut -d' ' -f20)"

const char *remote_words(const struct testbed_trial *k, const struct param_list *words,
	struct mark at, struct arena *a, struct diag *d)
{
	const char **to = arena_alloc(a, (words->n + 1) * sizeof *to);
	bool good = true;
	for (size_t i = 0; i < words->n; i++) {
		to[i] = testbed_expand(k, ((const char *const *)words->items)[i], at, a, d);
		good &= to[i] != NULL;
	}
	return good ? remote_command(to, words->n, a) : NULL;
}

const char *remote_tracked(const char *command, const char *file, struct arena *a)
{
	const char *start = arena_printf(a, START_TIME, "$");
	const char *script = arena_printf(a, "echo $$ %s >\"$0\" && exec \"$@\"", start);
	return arena_printf(a, "exec setsid -w sh -c %s %s %s", remote_quote(script, a),
		remote_quote(file, a), command);
}

const char *remote_ender(const char *file, struct arena *a)
{
	const char *start = arena_printf(a, START_TIME, "p");
	const char *script = arena_printf(a,
		"read p s 2>/dev/null <\"$0\" || exit 0; if [ \"$s\" = \"%s\" ]; then "
		"kill -TERM \"-$p\"; i=0; while kill -0 \"-$p\" 2>/dev/null && "
		"[ $i -lt 50 ]; do sleep 0.1; i=$((i + 1)); done; "
		"kill -KILL \"-$p\" 2>/dev/null; fi; rm -f -- \"$0\"",
		start);
	return arena_printf(a, "sh -c %s %s", remote_quote(script, a), remote_quote(file, a));
}

struct child {
	pid_t pid;
	int in, out; /* -1: closed */
};

static double now_s(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* shell words, address, command: without any local shell. Own group: ^C is for us alone. */
static bool start(const struct remote_run *r, int in, int out, pid_t *pid, struct arena *a)
{
	const struct testbed_host *h = r->host;
	const char **argv = arena_alloc(a, (h->shell.n + 3) * sizeof *argv);
	size_t n = h->shell.n;
	memcpy(argv, h->shell.items, n * sizeof *argv);
	if (h->address)
		argv[n++] = h->address;
	argv[n] = r->command;
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none;
	sigemptyset(&none);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, in, 0);
	posix_spawn_file_actions_adddup2(&files, out, 1);
	posix_spawn_file_actions_adddup2(&files, fileno(r->log), 2);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setpgroup(&attr, 0);
	fflush(r->log);
	int error = posix_spawnp(pid, argv[0], &files, &attr, (char *const *)argv, environ);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attr);
	if (error)
		fprintf(r->log, "cannot start %s: %s\n", argv[0], strerror(error));
	return !error;
}

static bool start_piped(const struct remote_run *r, struct child *c, struct arena *a)
{
	int in[2], out[2];
	if (pipe2(in, O_CLOEXEC) != 0)
		return false;
	if (pipe2(out, O_CLOEXEC) != 0) {
		close(in[0]);
		close(in[1]);
		return false;
	}
	bool good = start(r, in[0], out[1], &c->pid, a);
	close(in[0]);
	close(out[1]);
	*c = (struct child){c->pid, in[1], out[0]};
	fcntl(c->in, F_SETFL, O_NONBLOCK);
	if (!good || !r->input) {
		close(c->in);
		c->in = -1;
	}
	if (!good)
		close(c->out);
	return good;
}

static void feed(struct child *c, const char **input)
{
	ssize_t n = write(c->in, *input, strlen(*input));
	if (n > 0)
		*input += n;
	if ((n < 0 && errno != EAGAIN) || !**input) {
		close(c->in);
		c->in = -1;
	}
}

static void take(struct child *c, const struct remote_run *r, FILE *to, size_t *taken)
{
	char buf[4096];
	ssize_t n = read(c->out, buf, sizeof buf);
	if (n <= 0) {
		close(c->out);
		c->out = -1;
		return;
	}
	fwrite(buf, 1, (size_t)n, r->log);
	if (*taken < MAX_OUTPUT)
		*taken += fwrite(buf, 1, (size_t)n, to);
}

/* Until its output ends. */
static enum remote_end talk(struct child *c, const struct remote_run *r, FILE *to)
{
	double end = now_s() + r->timeout_s;
	const char *input = r->input;
	size_t taken = 0;
	while (c->out >= 0) {
		struct pollfd fds[] = {
			{c->out, POLLIN, 0}, {r->signals, POLLIN, 0}, {c->in, POLLOUT, 0}};
		if (now_s() > end)
			return REMOTE_TIMEOUT;
		if (poll(fds, 3, STEP_MS) < 0)
			return REMOTE_FAILED;
		if (fds[1].revents)
			return REMOTE_STOPPED;
		if (fds[2].revents)
			feed(c, &input);
		if (fds[0].revents)
			take(c, r, to, &taken);
	}
	return REMOTE_DONE;
}

enum remote_end remote_wait(const struct remote_run *r, const char **output, struct arena *a)
{
	struct child c = {0, -1, -1};
	char *text = NULL;
	size_t size;
	int status = 0;
	*output = "";
	if (!start_piped(r, &c, a))
		return REMOTE_FAILED;
	FILE *to = open_memstream(&text, &size);
	enum remote_end end = to ? talk(&c, r, to) : REMOTE_FAILED;
	if (end != REMOTE_DONE)
		kill(-c.pid, SIGKILL);
	while (waitpid(c.pid, &status, 0) < 0 && errno == EINTR)
		;
	if (c.in >= 0)
		close(c.in);
	if (c.out >= 0)
		close(c.out);
	if (to)
		fclose(to);
	*output = arena_strdup(a, text ? text : "");
	free(text);
	if (end == REMOTE_DONE && !(WIFEXITED(status) && WEXITSTATUS(status) == 0))
		return REMOTE_FAILED;
	return end;
}

pid_t remote_start(const struct remote_run *r, struct arena *a)
{
	pid_t pid = 0;
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (null < 0 || !start(r, null, fileno(r->log), &pid, a))
		pid = 0;
	if (null >= 0)
		close(null);
	return pid;
}

bool remote_pause(double s, int signals)
{
	struct pollfd fd = {signals, POLLIN, 0};
	return s <= 0 || poll(&fd, 1, (int)(s * 1e3)) == 0;
}
