/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The journal: one line for each thing to undo, "HOST<tab>COMMAND", synced before the step starts
 * that needs it, undone from its end to its start, and removed when all is undone.
 */
#include "base/sha256.h"
#include "model/datafile.h"
#include "validate/testbed_remote.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <regex.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PS 1e-12
#define UNDO_S 60.0
#define COMMANDS "commands: " /* the first line of a record */

enum { MAX_BACKGROUND = 64 };

struct driver {
	const struct testbed *plan;
	const char *folder, *journal;
	struct arena *arena;
	struct diag *diag;
	int signals;
	FILE *log;
	pid_t background[MAX_BACKGROUND];
	size_t n_background;
};

static bool write_synced(const char *path, const char *mode, const char *text)
{
	FILE *to = fopen(path, mode);
	if (!to)
		return false;
	bool good = fputs(text, to) >= 0 && fflush(to) == 0 && fsync(fileno(to)) == 0;
	return fclose(to) == 0 && good;
}

/* --- Undoing --- */

static bool undo_line(struct driver *v, const char *line)
{
	const char *tab = strchr(line, '\t'), *output;
	const struct testbed_host *h =
		tab ? testbed_host(v->plan, arena_strndup(v->arena, line, (size_t)(tab - line)))
		    : NULL;
	if (!h) {
		fprintf(stderr, "nfvsim: cannot undo, no such host: %s\n", line);
		return false;
	}
	const struct remote_run r = {
		.host = h, .command = tab + 1, .timeout_s = UNDO_S, .signals = -1, .log = v->log};
	fprintf(v->log, "undo %s: %s\n", h->name, tab + 1);
	if (remote_wait(&r, &output, v->arena) == REMOTE_DONE)
		return true;
	fprintf(stderr, "nfvsim: could not be undone on %s: %s\n", h->name, tab + 1);
	return false;
}

/* The local end of a step whose remote end has been ended. */
static void reap(pid_t pid)
{
	for (int i = 0; i < 20; i++) {
		if (waitpid(pid, NULL, WNOHANG) != 0)
			return;
		remote_pause(0.1, -1);
	}
	kill(-pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

struct line {
	const char *text;
	struct line *before;
};

/* The journal's last line. One without an end is no line: its step never started. */
static struct line *read_journal(struct driver *v)
{
	FILE *from = fopen(v->journal, "r");
	struct line *last = NULL;
	char *text = NULL;
	size_t room = 0;
	ssize_t len;
	while (from && (len = getline(&text, &room, from)) > 0)
		if (text[len - 1] == '\n') {
			struct line *l = arena_alloc(v->arena, sizeof *l);
			*l = (struct line){arena_strndup(v->arena, text, (size_t)len - 1), last};
			last = l;
		}
	free(text);
	if (from)
		fclose(from);
	return last;
}

/* What fails stays in the journal. */
static bool undo_all(struct driver *v)
{
	const char *left = "";
	for (const struct line *l = read_journal(v); l; l = l->before)
		if (!undo_line(v, l->text))
			left = arena_printf(v->arena, "%s\n%s", l->text, left);
	for (size_t i = 0; i < v->n_background; i++)
		reap(v->background[i]);
	v->n_background = 0;
	if (*left)
		return write_synced(v->journal, "w", left) && false;
	return unlink(v->journal) == 0 || errno == ENOENT;
}

static bool note_undo(struct driver *v, const char *host, const char *command)
{
	const char *line = arena_printf(v->arena, "%s\t%s\n", host, command);
	if (strchr(line, '\n') == line + strlen(line) - 1 && write_synced(v->journal, "a", line))
		return true;
	fprintf(stderr, "nfvsim: cannot note in %s what is to be undone\n", v->journal);
	return false;
}

/* --- Steps --- */

static enum testbed_end tell(
	const struct driver *v, const struct testbed_step *s, const char *command, const char *what)
{
	fprintf(stderr, "nfvsim: on %s: %s: %s\n", s->host, command, what);
	fprintf(v->log, "%s\n", what);
	return TESTBED_FAILED;
}

static void save(struct testbed_trial *k, const char *name, const char *output, struct arena *a)
{
	size_t len = strlen(output);
	while (len && strchr(" \t\r\n", output[len - 1]))
		len--;
	testbed_save(k, name, arena_strndup(a, output, len));
}

static enum testbed_end run_step(
	struct driver *v, struct testbed_trial *k, const struct testbed_step *s, size_t number)
{
	struct arena *a = v->arena;
	const char *command = remote_words(k, &s->run, s->mark, a, v->diag), *output;
	const char *undo = s->undo.n ? remote_words(k, &s->undo, s->mark, a, v->diag) : NULL;
	const char *file = arena_printf(
		a, "/tmp/nfvsim-%s-%ld-%zu.pid", v->plan->stem, (long)getpid(), number);
	if (!command || (s->undo.n && !undo))
		return TESTBED_FAILED;
	if (undo && !note_undo(v, s->host, undo))
		return TESTBED_FAILED;
	if (!note_undo(v, s->host, remote_ender(file, a)))
		return TESTBED_FAILED;
	const struct remote_run r = {.host = testbed_host(v->plan, s->host),
		.command = remote_tracked(command, file, a),
		.input = testbed_input(k, s, a, v->diag),
		.timeout_s = s->timeout.value * PS,
		.signals = v->signals,
		.log = v->log};
	fprintf(v->log, "%s: %s\n", s->host, command);
	if (s->background) {
		pid_t pid = v->n_background < MAX_BACKGROUND ? remote_start(&r, a) : 0;
		if (!pid)
			return tell(v, s, command, "could not be started");
		v->background[v->n_background++] = pid;
	} else {
		switch (remote_wait(&r, &output, a)) {
		case REMOTE_FAILED:
			return tell(v, s, command, "failed");
		case REMOTE_TIMEOUT:
			return tell(v, s, command, "took longer than its timeout");
		case REMOTE_STOPPED:
			return TESTBED_STOPPED;
		case REMOTE_DONE:
			break;
		}
		if (s->save)
			save(k, s->save, output, a);
	}
	return remote_pause(s->wait.value * PS, v->signals) ? TESTBED_DONE : TESTBED_STOPPED;
}

/* --- Trials --- */

/* "delivered: 7.1 Mpps", or NULL. */
static const char *result_of(
	const struct testbed_trial *k, const struct testbed_result *r, struct arena *a)
{
	const struct testbed_metric *m = &testbed_metrics[r->metric];
	const char *text = testbed_value(k, r->from, strlen(r->from)), *number = NULL;
	regmatch_t at[2];
	regex_t re;
	struct quantity q;
	if (!text || regcomp(&re, r->pattern, REG_EXTENDED | REG_NEWLINE) != 0)
		return NULL;
	if (regexec(&re, text, 2, at, 0) == 0 && at[1].rm_so >= 0)
		number = arena_printf(a, "%.*s %s", (int)(at[1].rm_eo - at[1].rm_so),
			text + at[1].rm_so, r->unit);
	regfree(&re);
	if (!number || quantity_parse(number, m->dim, &q) != QUANTITY_OK || q.value < 0)
		return NULL;
	return arena_printf(a, "%s: %.17g\n", m->name, q.value);
}

static enum testbed_end record(struct driver *v, const struct testbed_trial *k, size_t number)
{
	const char *all =
		arena_printf(v->arena, COMMANDS "%s\n", testbed_hash(v->plan, number, v->arena));
	for (size_t i = 0; i < v->plan->n_templates; i++) {
		const struct testbed_result *r = v->plan->templates[i]->results.items;
		for (size_t j = 0; j < v->plan->templates[i]->results.n; j++) {
			const char *one = result_of(k, &r[j], v->arena);
			if (!one) {
				fprintf(stderr, "nfvsim: %s: '%s' is not in '%s'\n", k->id,
					r[j].pattern, r[j].from);
				return TESTBED_FAILED;
			}
			all = arena_printf(v->arena, "%s%s", all, one);
		}
	}
	const char *path = arena_printf(v->arena, "%s/%s.trial", v->folder, k->id);
	const char *fresh = arena_printf(v->arena, "%s.new", path);
	int dir = open(v->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool good = write_synced(fresh, "w", all) && rename(fresh, path) == 0 && dir >= 0 &&
		    fsync(dir) == 0;
	if (dir >= 0)
		close(dir);
	if (!good)
		fprintf(stderr, "nfvsim: cannot write %s: %s\n", path, strerror(errno));
	return good ? TESTBED_DONE : TESTBED_FAILED;
}

static enum testbed_end run_turns(
	struct driver *v, struct testbed_trial *k, const struct testbed_step *s, size_t *number)
{
	enum testbed_end end = TESTBED_DONE;
	size_t n = testbed_turns(k, s);
	for (size_t i = 0; i < n && end == TESTBED_DONE; i++) {
		testbed_turn(k, i, v->arena);
		end = run_step(v, k, s, (*number)++);
	}
	return end;
}

static enum testbed_end run_steps(struct driver *v, struct testbed_trial *k)
{
	size_t number = 0;
	for (size_t i = 0; i < v->plan->n_templates; i++) {
		const struct testbed_step *s = v->plan->templates[i]->steps.items;
		for (size_t j = 0; j < v->plan->templates[i]->steps.n; j++) {
			enum testbed_end end = run_turns(v, k, &s[j], &number);
			if (end != TESTBED_DONE)
				return end;
		}
	}
	for (size_t i = 0; i < v->n_background; i++)
		if (waitpid(v->background[i], NULL, WNOHANG) != 0) {
			fprintf(stderr, "nfvsim: %s: a step in the background ended early\n",
				k->id);
			v->background[i] = v->background[--v->n_background];
			return TESTBED_FAILED;
		}
	return TESTBED_DONE;
}

static enum testbed_end run_trial(struct driver *v, size_t i)
{
	struct testbed_trial *k = testbed_trial(v->plan, i, v->arena, v->diag);
	const char *path = arena_printf(v->arena, "%s/%s", v->folder, k->id);
	if (access(arena_printf(v->arena, "%s.trial", path), F_OK) == 0)
		return TESTBED_DONE;
	fprintf(stderr, "%zu of %zu: %s\n", i + 1, v->plan->n_trials, k->id);
	v->log = fopen(arena_printf(v->arena, "%s.log", path), "we");
	if (!v->log) {
		fprintf(stderr, "nfvsim: cannot write %s.log: %s\n", path, strerror(errno));
		return TESTBED_FAILED;
	}
	enum testbed_end end = run_steps(v, k);
	bool undone = undo_all(v);
	if (end == TESTBED_DONE)
		end = undone ? record(v, k, i) : TESTBED_FAILED;
	fclose(v->log);
	return end;
}

/* A trial is known by its name; what was recorded under it with other commands is another one. */
static bool known_before(struct driver *v)
{
	bool good = true;
	for (size_t i = 0; i < v->plan->n_trials; i++) {
		const struct testbed_trial *k = testbed_trial(v->plan, i, v->arena, v->diag);
		const char *path = arena_printf(v->arena, "%s/%s.trial", v->folder, k->id);
		char hash[SHA256_HEX] = "";
		FILE *from = fopen(path, "re");
		if (!from)
			continue;
		if (fscanf(from, COMMANDS "%64s", hash) != 1 ||
			strcmp(hash, testbed_hash(v->plan, i, v->arena)) != 0) {
			fprintf(stderr,
				"nfvsim: %s was recorded with other hosts, commands or "
				"assignments: remove it, or choose another --output\n",
				path);
			good = false;
		}
		fclose(from);
	}
	return good;
}

static bool clean_up_before(struct driver *v)
{
	if (access(v->journal, F_OK) != 0)
		return true;
	fprintf(stderr, "nfvsim: undoing what an interrupted run left\n");
	v->log = stderr;
	return undo_all(v);
}

static int open_signals(void)
{
	sigset_t ends;
	sigemptyset(&ends);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGHUP);
	sigaddset(&ends, SIGPIPE); /* a step that does not read its input */
	sigprocmask(SIG_BLOCK, &ends, NULL);
	sigdelset(&ends, SIGPIPE);
	return signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK);
}

enum testbed_end testbed_run(
	const struct testbed *t, const char *folder, struct arena *a, struct diag *d)
{
	struct driver v = {.plan = t,
		.folder = folder,
		.journal = arena_printf(a, "%s/undo", folder),
		.arena = a,
		.diag = d};
	enum testbed_end end = TESTBED_DONE;
	bool failed, incomplete = false;
	if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
		fprintf(stderr, "nfvsim: cannot make %s: %s\n", folder, strerror(errno));
		return TESTBED_FAILED;
	}
	int lock = open(arena_printf(a, "%s/lock", folder), O_CREAT | O_RDWR | O_CLOEXEC, 0666);
	if (lock < 0 || flock(lock, LOCK_EX | LOCK_NB) != 0) {
		fprintf(stderr, "nfvsim: %s is in use\n", folder);
		return TESTBED_FAILED;
	}
	v.signals = open_signals();
	failed = !clean_up_before(&v) || !known_before(&v);
	for (size_t i = 0; !failed && i < t->n_trials && end != TESTBED_STOPPED; i++) {
		end = run_trial(&v, i);
		failed = access(v.journal, F_OK) == 0; /* nothing is run on what is not restored */
		incomplete |= end == TESTBED_FAILED;
	}
	close(lock);
	close(v.signals);
	return (failed || incomplete) && end == TESTBED_DONE ? TESTBED_FAILED : end;
}
