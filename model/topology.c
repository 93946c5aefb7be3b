/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/topology.h"

#ifndef HAVE_HWLOC

const struct topology *topology_read(
	const char *path, const char *nic, struct mark at, struct arena *a, struct diag *d)
{
	return topology_parse(path, NULL, 0, nic, at, a, d);
}

const struct topology *topology_parse(const char *name, const char *xml, size_t len,
	const char *nic, struct mark at, struct arena *a, struct diag *d)
{
	(void)name, (void)xml, (void)len, (void)nic, (void)a;
	diag_error(d, at, "install libhwloc-dev and build again",
		"this nfvsim was built without hwloc and cannot read topologies");
	return NULL;
}

#else

#include "model/topology_hwloc.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST_BYTES = 1 << 24, MOST_SECONDS = 5 };

/* In the process that may crash: quietly, and not for ever. */
static void examine(const char *xml, size_t len, const char *nic, int to)
{
	static const int deadly[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGALRM};
	for (size_t i = 0; i < sizeof(deadly) / sizeof(deadly[0]); i++)
		signal(deadly[i], SIG_DFL);
	setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
	alarm(MOST_SECONDS);
	int nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);
	dup2(nothing, STDERR_FILENO);
	struct topology_record *t = xcalloc(1, sizeof(*t));
	topology_examine(xml, len, nic, t);
	FILE *f = fdopen(to, "wb");
	bool written = f && fwrite(t, sizeof(*t), 1, f) == 1 && fflush(f) == 0;
	_exit(written ? 0 : 1);
}

/* False: that process died. */
static bool ask(const char *xml, size_t len, const char *nic, struct topology_record *t)
{
	int ends[2], status = 0;
	if (pipe2(ends, O_CLOEXEC) != 0)
		return false;
	fflush(NULL);
	pid_t pid = fork();
	if (pid == 0)
		examine(xml, len, nic, ends[1]);
	close(ends[1]);
	FILE *f = fdopen(ends[0], "rb");
	bool whole = pid > 0 && f && fread(t, sizeof(*t), 1, f) == 1;
	if (f)
		fclose(f);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return whole;
}

static void complain(const struct topology_record *t, const char *name, const char *nic,
	struct mark at, struct diag *d)
{
	const char *list = *t->list ? t->list : "lstopo must not be run with --no-io";
	if (t->fault == TOPOLOGY_NO_SUCH_NIC)
		diag_error(d, at, list, "'%s' has no network card '%s'", name, nic);
	else if (t->fault == TOPOLOGY_SEVERAL)
		diag_error(d, at, list, "'%s' has network cards on several sockets: say nic: NAME",
			name);
	else if (t->fault == TOPOLOGY_SIZES)
		diag_error(d, at, NULL,
			"'%s' has sockets without cores, or more than %d sockets or %d cores of "
			"one",
			name, TOPOLOGY_SOCKETS, TOPOLOGY_CORES);
	else
		diag_error(d, at, "make it by `lstopo FILE.xml'",
			"'%s' is not a topology in hwloc's XML", name);
}

static const struct topology *keep(const struct topology_record *r, struct arena *a)
{
	struct topology *t = arena_alloc(a, sizeof(*t));
	size_t n = (size_t)(r->sockets * r->cores);
	int *cpu = arena_alloc(a, n * sizeof(*cpu));
	int *node = arena_alloc(a, (size_t)r->sockets * sizeof(*node));
	memcpy(cpu, r->cpu, n * sizeof(*cpu));
	memcpy(node, r->node, (size_t)r->sockets * sizeof(*node));
	*t = (struct topology){r->sockets, r->cores, cpu, node,
		*r->nic ? arena_strdup(a, r->nic) : NULL, r->nic_socket < 0 ? 0 : r->nic_socket,
		r->nic_ports};
	return t;
}

const struct topology *topology_parse(const char *name, const char *xml, size_t len,
	const char *nic, struct mark at, struct arena *a, struct diag *d)
{
	struct topology_record *r = xcalloc(1, sizeof(*r));
	const char *text = arena_strndup(a, xml, len);
	r->fault = TOPOLOGY_NOT_XML;
	bool answered = len < MOST_BYTES && strlen(text) == len && ask(text, len, nic, r);
	const struct topology *t = answered && r->fault == TOPOLOGY_GOOD ? keep(r, a) : NULL;
	if (!answered)
		r->fault = TOPOLOGY_NOT_XML;
	if (!t)
		complain(r, name, nic, at, d);
	free(r);
	return t;
}

const struct topology *topology_read(
	const char *path, const char *nic, struct mark at, struct arena *a, struct diag *d)
{
	FILE *f = fopen(path, "rb");
	char *text = f ? malloc(MOST_BYTES) : NULL;
	size_t len = text ? fread(text, 1, MOST_BYTES, f) : 0;
	bool failed = !text || ferror(f);
	if (failed)
		diag_error(d, at, NULL, "cannot read '%s': %s", path, strerror(errno));
	if (f)
		fclose(f);
	const struct topology *t = failed ? NULL : topology_parse(path, text, len, nic, at, a, d);
	free(text);
	return t;
}

#endif
