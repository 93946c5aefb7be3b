/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/crew_out.h"

#include "cli/verb.h"

#include <stdio.h>

struct crew *crew_out_start(const struct options *o, const char *verb)
{
	const char *missing;
	struct crew *c = crew_start(o->jobs, &missing);
	if (!c)
		fprintf(stderr, "nfvsim %s: mpirun has started this, without MPI; install %s\n",
			verb, missing);
	return c;
}

int crew_out_end(struct crew *c, const char *verb, int code)
{
	bool interrupted;
	if (!c)
		return VERB_FAILED;
	const char *why = crew_failure(c, &interrupted);
	if (why) {
		fprintf(stderr, "nfvsim %s: %s\n", verb, why);
		code = interrupted ? VERB_INTERRUPTED : VERB_FAILED;
	}
	crew_end(c);
	return code;
}
