/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See live_plan.h. */
#include "calib/dpdk/live_plan.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "calib/dpdk/nf.h"

enum { LINE_LENGTH = 256, FIELDS = 8 };

static bool sensible(const struct live_run *r)
{
	const struct nf *nf = live_guest_nf(r->guest.vnf);

	return nf && r->guest.entries >= 1 &&
	       (!nf->entries_max || r->guest.entries <= nf->entries_max) &&
	       r->guest.rx_burst >= 1 && r->guest.rx_burst <= NF_BURST_MAX &&
	       r->guest.tx_burst >= 1 && r->guest.tx_burst <= NF_BURST_MAX && r->size_B >= 64 &&
	       r->size_B <= 1518 && r->rate_pps >= 1 && r->rate_pps <= 1e9 &&
	       r->guest.timer_us <= 1000000;
}

static bool read_run(const char *line, struct live_run *r)
{
	char rest;

	return sscanf(line, "%63[^,],%15[^,],%u,%u,%u,%u,%u,%lf %c", r->id, r->guest.vnf,
		       &r->guest.entries, &r->guest.rx_burst, &r->guest.tx_burst,
		       &r->guest.timer_us, &r->size_B, &r->rate_pps, &rest) == FIELDS &&
	       sensible(r);
}

static int read_lines(FILE *f, const char *path, struct live_plan *plan)
{
	char line[LINE_LENGTH];
	unsigned number = 0;
	int status = 0;

	while (fgets(line, sizeof(line), f)) {
		struct live_run r = {.size_B = 0};

		number++;
		if (*line == '#' || *line == '\n' || !strncmp(line, "id,", 3))
			continue;
		if (plan->n == LIVE_PLAN_RUNS || !read_run(line, &r)) {
			fprintf(stderr, "%s:%u:1: error: %s\n", path, number,
				plan->n == LIVE_PLAN_RUNS
					? "too many runs"
					: "no run: "
					  "id,vnf,entries,rx_burst,tx_burst,timer_us,"
					  "size_B,rate_pps");
			status = -1;
			continue;
		}
		plan->run[plan->n++] = r;
	}
	return status;
}

int live_plan_read(const char *path, struct live_plan *plan)
{
	FILE *f = fopen(path, "r");
	int status;

	plan->n = 0;
	if (!f) {
		fprintf(stderr, "nfvsim-live: %s: %s\n", path, strerror(errno));
		return -1;
	}
	status = read_lines(f, path, plan);
	fclose(f);
	if (!status && !plan->n) {
		fprintf(stderr, "%s:1:1: error: no runs in it\n", path);
		status = -1;
	}
	return status;
}

bool live_plan_same_guest(const struct live_run *a, const struct live_run *b)
{
	return !strcmp(a->guest.vnf, b->guest.vnf) && a->guest.entries == b->guest.entries &&
	       a->guest.rx_burst == b->guest.rx_burst && a->guest.tx_burst == b->guest.tx_burst &&
	       a->guest.timer_us == b->guest.timer_us;
}
