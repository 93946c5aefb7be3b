/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/reread.h"

#include "model/build.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

const char *reread_path(const char *path, struct arena *a)
{
	if (strcmp(path, "-") != 0)
		return path;
	int fd = memfd_create("stdin", 0);
	char buf[65536];
	ssize_t n = 0;
	while (fd >= 0 && (n = read(STDIN_FILENO, buf, sizeof buf)) > 0)
		if (write(fd, buf, (size_t)n) != n)
			n = fd = -1;
	if (fd < 0 || n < 0) {
		fprintf(stderr, "nfvsim: cannot keep standard input: %s\n", strerror(errno));
		return NULL;
	}
	return arena_printf(a, "/dev/fd/%d", fd);
}

/* What the first complaint says, without its place. */
static const char *first_error(const struct diag *d, struct arena *a)
{
	static const char tag[] = "error: ";
	char *text = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&text, &size);
	if (!to)
		return "";
	diag_print(d, to);
	fclose(to);
	const char *from = strstr(text, tag);
	from = from ? from + sizeof tag - 1 : text;
	const char *said = arena_strndup(a, from, strcspn(from, "\n"));
	free(text);
	return said;
}

struct scenario *reread_scenario(const char *path, const struct options *o, struct reread_sets more,
	struct arena *a, const char **why)
{
	struct diag *d = diag_new();
	const char **sets = arena_alloc(a, (o->n_sets + more.n + 1) * sizeof *sets);
	if (o->n_sets)
		memcpy(sets, o->sets, o->n_sets * sizeof *sets);
	if (more.n)
		memcpy(sets + o->n_sets, more.set, more.n * sizeof *sets);
	struct scenario *s = scenario_read(path, sets, o->n_sets + more.n, a, d);
	if (s)
		build_check(s, d);
	if (diag_errors(d))
		s = NULL;
	if (!why)
		diag_print(d, stderr);
	else if (!s)
		*why = first_error(d, a);
	diag_free(d);
	return s;
}

size_t reread_traffic_sets(const struct scenario *s, const char *key, const char *value,
	const char ***sets, struct arena *a)
{
	size_t n = 0;
	*sets = arena_alloc(a, (s->chains.n + 2) * sizeof **sets);
	(*sets)[n++] = arena_printf(a, "traffic.%s=%s", key, value);
	for (size_t i = 0; i < s->chains.n; i++) {
		const struct chain *c = scenario_chain(s, i);
		if (*c->name && !c->reverse && param_given(scenario_chain_table, c, "traffic"))
			(*sets)[n++] =
				arena_printf(a, "chains.%s.traffic.%s=%s", c->name, key, value);
	}
	return n;
}
