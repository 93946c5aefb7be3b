/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/options.h"
#include "cli/verb.h"
#include "model/build.h"
#include "model/datafile.h"
#include "model/sizemix.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct options_spec spec = {.args = "FILE...",
	.doc = "Checks scenarios, profiles, platforms and size mixes, and shows everything that is "
	       "wrong "
	       "with them. What a file is follows from its folder (profiles, platforms, traffic) "
	       "or "
	       "else from its keys. --set applies to scenarios.",
	.least = 1,
	.most = (size_t)-1,
	.groups = OPTIONS_SET};

enum kind { SCENARIO, PROFILE, PLATFORM, SIZE_MIX };

static enum kind kind_by_folder(const char *path)
{
	static const char *const folders[] = {
		[PROFILE] = "profiles", [PLATFORM] = "platforms", [SIZE_MIX] = "traffic"};
	char *full = realpath(path, NULL);
	enum kind found = SCENARIO;
	for (enum kind k = PROFILE; full && k <= SIZE_MIX; k++) {
		char *slash = strrchr(full, '/');
		size_t n = strlen(folders[k]), before = (size_t)(slash - full);
		if (before > n && slash[-(ptrdiff_t)n - 1] == '/' &&
			strncmp(slash - n, folders[k], n) == 0)
			found = k;
	}
	free(full);
	return found;
}

static enum kind kind_by_keys(const struct ynode *root)
{
	static const struct {
		enum kind kind;
		const char *key;
	} tells[] = {{SCENARIO, "dataplane"}, {SCENARIO, "chain"}, {SCENARIO, "chains"},
		{PROFILE, "mover"}, {PROFILE, "vnic"}, {PROFILE, "vnf"}, {PLATFORM, "sockets"},
		{PLATFORM, "cores_per_socket"}, {PLATFORM, "nic"}, {SIZE_MIX, "sizes"}};
	for (size_t i = 0; i < sizeof(tells) / sizeof(tells[0]); i++)
		if (ytree_get(root, tells[i].key))
			return tells[i].kind;
	return SCENARIO;
}

static void check_scenario(const char *path, const struct options *o, struct diag *d)
{
	struct scenario *s = scenario_read(path, o->sets, o->n_sets, o->arena, d);
	if (s)
		build_check(s, d);
}

static void check(const char *name, const struct options *o, struct diag *d)
{
	const struct mark nowhere = {0};
	struct arena *a = o->arena;
	const uint32_t *sizes_B;
	const double *weights;
	if (strcmp(name, "-") == 0) { /* can be read once only */
		check_scenario(name, o, d);
		return;
	}
	const char *found = datafile_find("", name, a), *path = found ? found : name;
	const struct ynode *root = ytree_read(path, a, d);
	if (!root)
		return;
	if (!strchr(path, '/')) /* a name would be looked for elsewhere */
		path = arena_printf(a, "./%s", path);
	enum kind kind = kind_by_folder(path);
	switch (kind == SCENARIO ? kind_by_keys(root) : kind) {
	case SCENARIO:
		check_scenario(name, o, d);
		break;
	case PROFILE:
		profile_read(path, nowhere, NULL, 0, a, d);
		break;
	case PLATFORM:
		platform_read(path, nowhere, a, d);
		break;
	case SIZE_MIX:
		sizemix_read(path, nowhere, &sizes_B, &weights, a, d);
		break;
	}
}

int verb_check(int argc, char **argv)
{
	struct options o = {.arena = arena_new()};
	options_parse(&spec, argc, argv, &o, NULL);
	int code = VERB_DONE;
	for (size_t i = 0; i < o.n_args; i++) {
		struct diag *d = diag_new();
		check(o.args[i], &o, d);
		diag_print(d, stderr);
		if (diag_errors(d))
			code = VERB_USAGE;
		else
			printf("%s: ok\n", o.args[i]);
		diag_free(d);
	}
	arena_free(o.arena);
	return code;
}
