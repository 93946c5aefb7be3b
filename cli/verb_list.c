/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/json_out.h"
#include "cli/options.h"
#include "cli/text.h"
#include "cli/verb.h"
#include "model/datafile.h"
#include "model/profile.h"

#include <stdio.h>
#include <string.h>

static const struct options_spec spec = {
	.args = "[dataplanes|servers|traffic|scenarios|sweeps|plans|placements|nfs [DATAPLANE]]",
	.doc = "Lists what a scenario can name: dataplanes (also: profiles), servers (also: "
	       "platforms), "
	       "size mixes, example scenarios, sweeps, plans and placements, and the network "
	       "functions of a dataplane or of all.",
	.most = 2,
	.groups = OPTIONS_JSON};

static const struct kind {
	const char *name, *also, *folder; /* folder NULL: the NFs inside profiles */
} kinds[] = {{"dataplanes", "profiles", "profiles"}, {"servers", "platforms", "platforms"},
	{"traffic", "sizes", "traffic"}, {"scenarios", "examples", ""},
	{"sweeps", "sweep", "sweeps"}, {"plans", "plan", "plans"},
	{"placements", "place", "placements"}, {"nfs", "vnfs", NULL}};

enum { N_KINDS = sizeof(kinds) / sizeof(kinds[0]), MAX_TITLE = 90 };

/* Names with a line about each; an NF's group is its dataplane. */
struct listing {
	struct arena *arena;
	const char *dataplane; /* NULL: all */
	struct text_table table;
	json_t *json; /* NULL: the table is wanted */
};

static void add(struct listing *l, const char *group, const char *name, const char *title)
{
	if (l->json) {
		json_t *o = json_out_append(l->json);
		if (group)
			json_out_text(o, "dataplane", group);
		json_out_text(o, "name", name);
		json_out_text(o, "title", title);
		return;
	}
	text_table_cell(&l->table, "%s", name);
	text_table_cell(&l->table, "%s", group ? group : title ? title : "");
	if (group)
		text_table_cell(&l->table, "%s", title ? title : "");
}

/* Its title, or the first line of its doc. Files that cannot be read have none: check tells why. */
static const char *title_of(const char *path, struct arena *a)
{
	struct diag *d = diag_new();
	const struct ynode *root = path ? ytree_read(path, a, d) : NULL;
	const struct ynode *title = ytree_get(root, "title");
	if (!title)
		title = ytree_get(root, "doc");
	const char *text = title ? title->text : NULL;
	diag_free(d);
	return text ? arena_strndup(a, text, strcspn(text, "\n")) : NULL;
}

static void list_files(struct listing *l, const char *folder)
{
	const char **names;
	size_t n = datafile_list(folder, &names, l->arena);
	for (size_t i = 0; i < n; i++)
		add(l, NULL, names[i],
			title_of(datafile_find(folder, names[i], l->arena), l->arena));
}

static void list_nfs_of(struct listing *l, const char *dataplane, struct diag *d)
{
	const struct profile *p = profile_read(dataplane, (struct mark){0}, NULL, 0, l->arena, d);
	const struct nf_def *nf = p ? p->nfs.items : NULL;
	for (size_t i = 0; nf && i < p->nfs.n; i++)
		add(l, p->name, nf[i].name, nf[i].doc);
}

static void list_nfs(struct listing *l, struct diag *d)
{
	const char **names;
	size_t n = l->dataplane ? 0 : datafile_list("profiles", &names, l->arena);
	if (l->dataplane)
		list_nfs_of(l, l->dataplane, d);
	for (size_t i = 0; i < n; i++)
		list_nfs_of(l, names[i], d);
}

static void list_kind(struct listing *l, const struct kind *k, json_t *object, struct diag *d)
{
	static const char *const heads[] = {"<name", "<title", NULL};
	static const char *const nf_heads[] = {"<nf", "<dataplane", "<title", NULL};
	l->json = object ? json_out_list(object, k->name) : NULL;
	text_table_start(&l->table, k->folder ? heads : nf_heads, l->arena);
	if (k->folder)
		list_files(l, k->folder);
	else
		list_nfs(l, d);
	if (!object)
		text_table_print(&l->table, stdout);
}

static const struct kind *find(const char *name)
{
	for (size_t i = 0; i < N_KINDS; i++)
		if (strcmp(kinds[i].name, name) == 0 || strcmp(kinds[i].also, name) == 0)
			return &kinds[i];
	return NULL;
}

static int list(const struct options *o, struct diag *d)
{
	struct listing l = {.arena = o->arena, .dataplane = o->n_args > 1 ? o->args[1] : NULL};
	const struct kind *one = o->n_args ? find(o->args[0]) : NULL;
	if ((o->n_args && !one) || (l.dataplane && one->folder)) {
		fprintf(stderr, "nfvsim list: give one of %s\n", spec.args);
		return VERB_USAGE;
	}
	json_t *object = o->json ? json_out_new() : NULL;
	for (size_t i = 0; i < N_KINDS; i++) {
		if (one && one != &kinds[i])
			continue;
		if (!one && !object) {
			fputs(i ? "\n" : "", stdout);
			text_heading(stdout, kinds[i].name);
		}
		list_kind(&l, &kinds[i], object, d);
	}
	diag_print(d, stderr);
	if (object)
		json_out_print(object);
	return diag_errors(d) ? VERB_USAGE : VERB_DONE;
}

int verb_list(int argc, char **argv)
{
	struct options o = {.arena = arena_new()};
	options_parse(&spec, argc, argv, &o, NULL);
	struct diag *d = diag_new();
	int code = list(&o, d);
	diag_free(d);
	arena_free(o.arena);
	return code;
}
