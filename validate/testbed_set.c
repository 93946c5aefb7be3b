/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/sha256.h"
#include "validate/dataset.h"
#include "validate/testbed_remote.h"

#include <gsl/gsl_sort_double.h>
#include <gsl/gsl_statistics_double.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- Every command, without running any --- */

static void print_command(FILE *to, const char *host, const char *verb, const char *command)
{
	fprintf(to, "%s%s: %s\n", verb, host, command);
}

static void print_input(FILE *to, const char *input)
{
	for (const char *p = input; p && *p;) {
		size_t n = strcspn(p, "\n");
		fprintf(to, "    | %.*s\n", (int)n, p);
		p += n + (p[n] == '\n');
	}
}

/* What a step will save has a value only when it has run. */
static void promise(
	struct testbed_trial *k, const struct testbed_step *s, struct arena *a, struct diag *d)
{
	if (testbed_value(k, s->save, strlen(s->save)))
		diag_error(d, s->mark, NULL, "the variable '%s' has a value already", s->save);
	testbed_save(k, s->save, arena_printf(a, "<%s>", s->save));
}

static void check_results(const struct testbed *t, const struct testbed_trial *k, struct diag *d)
{
	for (size_t i = 0; i < t->n_templates; i++) {
		const struct testbed_result *r = t->templates[i]->results.items;
		for (size_t j = 0; j < t->templates[i]->results.n; j++)
			if (!testbed_value(k, r[j].from, strlen(r[j].from)))
				diag_error(d, r[j].mark, NULL, "no step saves '%s'", r[j].from);
	}
}

/* Prints a step and what it reads; what undoes it goes in front of *undo. */
static void print_step(struct testbed_trial *k, const struct testbed_step *s, const char **undo,
	FILE *to, struct arena *a, struct diag *d)
{
	const char *run = remote_words(k, &s->run, s->mark, a, d);
	const char *back = s->undo.n ? remote_words(k, &s->undo, s->mark, a, d) : NULL;
	if (run)
		print_command(to, s->host, "", run);
	print_input(to, testbed_input(k, s, a, d));
	if (back)
		*undo = arena_printf(a, "undo %s: %s\n%s", s->host, back, *undo);
	if (s->background && run)
		*undo = arena_printf(a, "end %s: %s\n%s", s->host, run, *undo);
	if (s->save)
		promise(k, s, a, d);
}

static void print_trial(
	const struct testbed *t, struct testbed_trial *k, FILE *to, struct arena *a, struct diag *d)
{
	const char *undo = "";
	fprintf(to, "# %s\n", k->id);
	for (size_t i = 0; i < t->n_templates; i++) {
		const struct testbed_step *s = t->templates[i]->steps.items;
		for (size_t j = 0; j < t->templates[i]->steps.n; j++)
			for (size_t turn = 0; turn < testbed_turns(k, &s[j]); turn++) {
				testbed_turn(k, turn, a);
				print_step(k, &s[j], &undo, to, a, d);
			}
	}
	check_results(t, k, d);
	fputs(undo, to);
}

bool testbed_print(const struct testbed *t, FILE *to, struct arena *a, struct diag *d)
{
	size_t before = diag_errors(d);
	for (size_t i = 0; i < t->n_trials; i++)
		print_trial(t, testbed_trial(t, i, a, d), to, a, d);
	return diag_errors(d) == before;
}

static void print_results(const struct testbed *t, FILE *to)
{
	for (size_t i = 0; i < t->n_templates; i++) {
		const struct testbed_result *r = t->templates[i]->results.items;
		for (size_t j = 0; j < t->templates[i]->results.n; j++)
			fprintf(to, "result %s from %s: %s %s\n", testbed_metrics[r[j].metric].name,
				r[j].from, r[j].pattern, r[j].unit);
	}
}

static void print_hosts(const struct testbed *t, FILE *to, struct arena *a)
{
	const struct testbed_host *h = t->hosts.items;
	for (size_t i = 0; i < t->hosts.n; i++)
		fprintf(to, "%s: %s %s\n", h[i].name,
			remote_command(h[i].shell.items, h[i].shell.n, a),
			h[i].address ? h[i].address : "");
}

const char *testbed_hash(const struct testbed *t, size_t i, struct arena *a)
{
	struct diag *d = diag_new(); /* the trials have been checked */
	struct testbed_trial *k = testbed_trial(t, i, a, d);
	char *hex = arena_alloc(a, SHA256_HEX), *text = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&text, &size);
	struct sha256 h;
	if (to) {
		print_hosts(t, to, a);
		for (size_t j = 0; j < k->n_sets; j++)
			fprintf(to, "set %s\n", k->sets[j]);
		print_trial(t, k, to, a, d);
		print_results(t, to);
		fclose(to);
	}
	sha256_start(&h);
	sha256_add(&h, text, size);
	sha256_finish(&h, hex);
	free(text);
	diag_free(d);
	return hex;
}

/* --- The set --- */

static bool read_record(const char *path, const char *name, double *value)
{
	char *line = NULL;
	size_t room = 0, n = strlen(name);
	FILE *from = fopen(path, "r");
	bool found = false;
	while (from && !found && getline(&line, &room, from) > 0)
		if (strncmp(line, name, n) == 0 && line[n] == ':') {
			*value = strtod(line + n + 1, NULL);
			found = true;
		}
	free(line);
	if (from)
		fclose(from);
	return found;
}

static void put_texts(FILE *to, const char *const *texts, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		fputs(i ? ", '" : "'", to);
		for (const char *p = texts[i]; *p; p++)
			fputs(*p == '\'' ? "''" : (char[]){*p, '\0'}, to);
		fputc('\'', to);
	}
}

/* The median of the repetitions that are recorded. */
static void put_point(const struct testbed *t, const struct testbed_trial *k, const char *folder,
	const struct testbed_metric *m, FILE *to, struct arena *a)
{
	const char *dot = strrchr(k->id, '.');
	double *x = arena_alloc(a, (size_t)t->repeat * sizeof *x);
	size_t n = 0;
	for (int64_t i = 1; i <= t->repeat; i++)
		n += read_record(arena_printf(a, "%s/%.*s.%d.trial", folder, (int)(dot - k->id),
					 k->id, (int)i),
			m->name, &x[n]);
	if (!n)
		return;
	gsl_sort(x, 1, n);
	double median = gsl_stats_median_from_sorted_data(x, 1, n);
	if (!(median > 0)) /* no error is relative to nothing */
		return;
	fprintf(to, "  - {id: '%s-%.*s-%s', metric: %s, value: '%.9g %s', mark: %s,\n", t->stem,
		(int)(dot - k->id), k->id, m->name, m->name, median * m->per_base, m->unit,
		dataset_uses[t->mark_as]);
	fprintf(to, "     note: 'median of %zu, from %.9g to %.9g %s', scenario: ", n,
		x[0] * m->per_base, x[n - 1] * m->per_base, m->unit);
	put_texts(to, &t->scenario_path, 1);
	fputs(", set: [", to);
	put_texts(to, k->seen, k->n_sets);
	fputs("]}\n", to);
}

bool testbed_write_set(const struct testbed *t, const char *folder, struct arena *a)
{
	const char *path = arena_printf(a, "%s/set.yaml", folder);
	const char *fresh = arena_printf(a, "%s.new", path);
	FILE *to = fopen(fresh, "w");
	struct diag *d = diag_new(); /* the trials have been checked */
	if (to) {
		fputs("title: ", to);
		put_texts(to, &t->title, 1);
		fputs("\ncitation: ", to);
		put_texts(to, &t->path, 1);
		fputs("\npoints:\n", to);
	}
	for (size_t i = 0; to && i < t->n_trials; i += (size_t)t->repeat)
		for (int m = 0; m < TESTBED_METRICS; m++)
			put_point(t, testbed_trial(t, i, a, d), folder, &testbed_metrics[m], to, a);
	diag_free(d);
	bool good = to && fflush(to) == 0 && fsync(fileno(to)) == 0;
	if (to)
		good &= fclose(to) == 0;
	return good && rename(fresh, path) == 0;
}
