/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * nfvsim-live: runs a real dataplane of two cores and measures it. One process is the host's
 * switch with a traffic source and sink, the other a guest with a VNF, joined by vhost-user and
 * virtio-user; or the first stands in for VMs and the other is a switch (Open vSwitch). Reads a
 * plan (live_plan.h), goes through it as often as asked, and writes a line for each run;
 * docs/live.md describes them.
 */
#include <argp.h>
#include <limits.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_lcore.h>
#include <rte_random.h>

#include "calib/dpdk/calib_eal.h"
#include "calib/dpdk/live_host.h"
#include "calib/dpdk/probe.h"
#include "calib/dpdk/vhost_port.h"

enum { STATES = 2, POOL_MBUFS = 8191, MEMORY_MIB = 256, EXIT_INTERRUPTED = 130, CORES = 2 };
enum {
	KEY_PLAN = 'p',
	KEY_OUT = 'o',
	KEY_CORES = 'c',
	KEY_REPEATS = 'r',
	KEY_WINDOWS = 'w',
	KEY_ROUNDS = 'n',
	KEY_SWITCH = 's',
	KEY_ALONE = 'a',
	KEY_WAIT = 't',
	KEY_ENOUGH = 'e',
	KEY_LIMIT = 'l',
	KEY_GUEST = 0x100,
	KEY_SOCKET,
	KEY_NUMBERS
};

static const double tsc_trial_s = 0.1, patience = 16, window_s = 0.25e-3;

static volatile sig_atomic_t
	signalled; /* the only way a handler can tell the rest of the program */

struct opts {
	const char *plan, *out, *socket, *program;
	unsigned core[CORES], n_cores, repeats, rounds, windows;
	bool is_guest;
	struct live_guest guest;
	unsigned long long seed;
	double wait_s, issue_ratio, limit_s;
	unsigned enough;
};

static const struct argp_option option[] = {
	{"plan", KEY_PLAN, "FILE", 0,
		"Runs, one a line: id,vnf,entries,rx_burst,tx_burst,timer_us,size_B,"
		"rate_pps",
		0},
	{"out", KEY_OUT, "FILE", 0, "Where results go; default: standard output", 0},
	{"cores", KEY_CORES, "A,B", 0,
		"Processors of the host's switch and of the guest; default 0,1", 0},
	{"repeats", KEY_REPEATS, "N", 0, "How often to go through the plan; default 3", 0},
	{"rounds", KEY_ROUNDS, "N", 0,
		"How often to go through the runs of a guest before it is stopped; default 1", 0},
	{"windows", KEY_WINDOWS, "N", 0, "Clean windows of 0.25 ms wanted for a run; default 200",
		0},
	{"wait", KEY_WAIT, "MS", 0,
		"Wait up to this long before each run for neighbours to leave the cores, and leave "
		"out windows in which one comes; default 0",
		0},
	{"issue-ratio", KEY_ALONE, "RATIO", 0,
		"Additions per cycle of a core without neighbours; default: the most that is seen",
		0},
	{"enough", KEY_ENOUGH, "N", 0,
		"Leave out a run once it was measured this often with the cores near, or far, and "
		"no neighbour; default: never",
		0},
	{"limit", KEY_LIMIT, "SECONDS", 0, "Begin no run after this long; default: no limit", 0},
	{"switch", KEY_SWITCH, "PROGRAM", 0,
		"Starts Open vSwitch for runs of 'ovs': called with a folder, where it connects to "
		"the sockets in and out, and a processor",
		0},
	{"guest", KEY_GUEST, "VNF", OPTION_HIDDEN, "Be the guest", 0},
	{"socket", KEY_SOCKET, "PATH", OPTION_HIDDEN, "of the host", 0},
	{"numbers", KEY_NUMBERS, "LIST", OPTION_HIDDEN, "entries,rx_burst,tx_burst,timer_us,seed",
		0},
	{0},
};

static void on_signal(int number)
{
	signalled = number;
}

static bool interrupted(void)
{
	return signalled;
}

static void read_cores(struct argp_state *state, struct opts *o, const char *text)
{
	char rest;
	int n = sscanf(text, "%u,%u%c", &o->core[0], &o->core[1], &rest);

	if (n < 1 || n > CORES || *text == '-' || (n == CORES && o->core[0] == o->core[1]))
		argp_error(state, "--cores takes two processor numbers such as 0,1");
	o->n_cores = (unsigned)n;
}

static unsigned read_count(struct argp_state *state, const char *text, unsigned long most)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (end == text || *end || *text == '-' || n < 1 || n > most)
		argp_error(state, "'%s' is not a number from 1 to %lu", text, most);
	return (unsigned)n;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct opts *o = state->input;
	char *end;

	switch (key) {
	case KEY_PLAN:
		o->plan = arg;
		break;
	case KEY_OUT:
		o->out = arg;
		break;
	case KEY_CORES:
		read_cores(state, o, arg);
		break;
	case KEY_REPEATS:
		o->repeats = read_count(state, arg, 1000);
		break;
	case KEY_ROUNDS:
		o->rounds = read_count(state, arg, 1000);
		break;
	case KEY_WINDOWS:
		o->windows = read_count(state, arg, ROBUST_VALUES);
		break;
	case KEY_WAIT:
		o->wait_s = 1e-3 * read_count(state, arg, 60000);
		break;
	case KEY_ENOUGH:
		o->enough = read_count(state, arg, 1000);
		break;
	case KEY_LIMIT:
		o->limit_s = read_count(state, arg, 1000000);
		break;
	case KEY_ALONE:
		o->issue_ratio = strtod(arg, &end);
		if (*end || !(o->issue_ratio > 0 && o->issue_ratio < 100))
			argp_error(state, "--issue-ratio takes a number below 100, such as 4.9");
		break;
	case KEY_GUEST:
		o->is_guest = true;
		snprintf(o->guest.vnf, sizeof(o->guest.vnf), "%s", arg);
		break;
	case KEY_SWITCH:
		o->program = arg;
		break;
	case KEY_SOCKET:
		o->socket = arg;
		break;
	case KEY_NUMBERS:
		if (sscanf(arg, "%u,%u,%u,%u,%llu", &o->guest.entries, &o->guest.rx_burst,
			    &o->guest.tx_burst, &o->guest.timer_us, &o->seed) != 5)
			argp_error(state, "five numbers");
		break;
	case ARGP_KEY_END:
		if (!o->plan && !o->is_guest)
			argp_error(state, "--plan FILE is needed");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static int start_dpdk(const struct opts *o)
{
	struct calib_eal eal = {.program = "nfvsim-live",
		.core = o->core,
		.n_cores = o->n_cores,
		.no_huge = true, /* as testpmd and Open vSwitch are started */
		.memory_MiB = MEMORY_MIB};
	unsigned page_kB;

	return calib_eal_start(&eal, &page_kB);
}

/* DPDK rounds the TSC's rate to 10 MHz. */
static double measure_tsc_hz(void)
{
	struct timespec start, now;
	uint64_t tsc = rte_rdtsc();
	double s;

	clock_gettime(CLOCK_MONOTONIC_RAW, &start);
	do {
		clock_gettime(CLOCK_MONOTONIC_RAW, &now);
		s = (double)(now.tv_sec - start.tv_sec) +
		    (double)(now.tv_nsec - start.tv_nsec) * 1e-9;
	} while (s < tsc_trial_s);
	return (double)(rte_rdtsc() - tsc) / s;
}

static void write_result(FILE *out, unsigned pass, const struct live_run *run,
	const struct live_host *h, const struct live_result *r, const struct probe probe[2])
{
	struct robust_summary s = robust_summarise(&r->cycles_per_packet);

	fprintf(out, "%s,%u,%s,%.0f,%.0f,%.3f,%.3f,%.3f,%.3f,%u,%.3f,%.2f,%.2f,%.0f,%.0f,%.3f\n",
		run->id, pass, probe_state(&probe[0], &probe[1]), run->rate_pps,
		h->tsc_hz / s.trimmed_mean, 1e6 * live_host_mean_s(h, r),
		1e6 * live_host_quantile_s(h, r, 0.5), 1e6 * live_host_quantile_s(h, r, 0.9),
		1e6 * live_host_quantile_s(h, r, 0.99), s.n, s.clean_share, r->mean_burst_in,
		r->mean_burst_out, probe[0].pingpong_cycles, probe[1].pingpong_cycles,
		(probe[0].issue_ratio + probe[1].issue_ratio) / 2);
	fflush(out);
}

struct session {
	const struct opts *o;
	struct live_host host;
	pid_t guest;
	FILE *out;
	struct probe_best best;
	uint64_t deadline; /* TSC */
	unsigned good[LIVE_PLAN_RUNS][STATES];
};

static const char *start_guest(struct session *s, const struct live_guest *g)
{
	const struct live_link *link = &s->host.link;
	bool is_switch = live_guest_is_switch(g->vnf);

	if (is_switch && !s->o->program)
		return "--switch is missing";
	s->guest = live_guest_spawn(g, s->o->program ? s->o->program : "",
		is_switch ? link->vhost.folder : link->vhost.path, s->o->core[1], s->o->seed);
	return s->guest < 0 ? "no guest can be started" : NULL;
}

static const char *open_session(struct session *s, const struct live_run *run)
{
	const struct nf *nf = live_guest_nf(run->guest.vnf);
	struct live_link *link = &s->host.link;
	const char *wrong =
		live_link_open(link, !live_guest_is_switch(run->guest.vnf), s->host.source.pool);
	void *state;

	s->guest = -1;
	if (!wrong)
		wrong = start_guest(s, &run->guest);
	if (wrong)
		return wrong;
	rte_srand(s->o->seed);
	state = nf->create(run->guest.entries);
	if (!state || generator_headers(&s->host.source, nf, state))
		return "no memory for packets";
	nf->destroy(state);
	wrong = live_link_ready(link);
	if (!wrong && !live_host_ping(&s->host))
		wrong = "the guest returns nothing";
	live_link_quiet(link);
	return wrong;
}

static void close_session(struct session *s)
{
	live_guest_stop(s->guest);
	live_link_close(&s->host.link);
}

/* The guest is stopped while the distance of the cores is probed, as it would be in the way. */
static struct probe probe_paused(struct session *s, double wait_s)
{
	struct probe p;

	live_guest_pause(s->guest, true);
	p = probe_alone(1, &s->best, wait_s);
	live_guest_pause(s->guest, false);
	return p;
}

static bool wanted(const struct session *s, unsigned i)
{
	unsigned enough = s->o->enough ? s->o->enough : UINT_MAX;

	return s->good[i][0] < enough && s->good[i][1] < enough && rte_rdtsc() < s->deadline &&
	       !interrupted();
}

static void count_good(
	struct session *s, unsigned i, const struct live_result *r, const struct probe probe[2])
{
	const char *state = probe_state(&probe[0], &probe[1]);
	bool far = !strcmp(state, "far"), counts = far || !strcmp(state, "near");

	if (counts && !probe_shared(&s->best, &probe[0], &probe[1]) &&
		r->cycles_per_packet.n >= ROBUST_ENOUGH)
		s->good[i][far]++;
}

static void run_one(struct session *s, unsigned pass, unsigned i, const struct live_run *run)
{
	struct live_result result;
	struct probe probe[2];

	live_host_drain(&s->host);
	probe[0] = probe_paused(s, s->o->wait_s);
	live_host_run(&s->host, run, &result);
	probe[1] = probe_paused(s, 0);
	count_good(s, i, &result, probe);
	write_result(s->out, pass, run, &s->host, &result, probe);
}

/* Runs first to end, all of one guest. */
static const char *run_guest(struct session *s, const struct live_plan *plan, unsigned pass,
	unsigned first, unsigned end)
{
	const char *wrong = open_session(s, &plan->run[first]);
	unsigned round, i;

	if (wrong)
		fprintf(stderr, "nfvsim-live: %s: %s\n", plan->run[first].id, wrong);
	for (round = 0; round < s->o->rounds && !wrong; round++)
		for (i = first; i < end; i++)
			if (wanted(s, i))
				run_one(s, pass, i, &plan->run[i]);
	close_session(s);
	return wrong;
}

static bool any_wanted(const struct session *s, unsigned first, unsigned end)
{
	while (first < end && !wanted(s, first))
		first++;
	return first < end;
}

static int run_pass(struct session *s, const struct live_plan *plan, unsigned pass)
{
	unsigned first, end;

	for (first = 0; first < plan->n && !interrupted(); first = end) {
		for (end = first + 1; end < plan->n; end++)
			if (!live_plan_same_guest(&plan->run[first], &plan->run[end]))
				break;
		if (any_wanted(s, first, end) && run_guest(s, plan, pass, first, end))
			return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}

static int be_host(const struct opts *o)
{
	struct live_vnf vnfs[LIVE_VNFS];
	struct live_plan plan;
	struct session s = {.o = o,
		.out = o->out ? fopen(o->out, "w") : stdout,
		.best = {.issue_ratio = o->issue_ratio}};
	int status = EXIT_SUCCESS;
	unsigned pass;

	if (!s.out) {
		perror(o->out);
		return EXIT_FAILURE;
	}
	if (live_plan_read(o->plan, vnfs, live_guest_vnfs(vnfs), &plan))
		return 2;
	if (start_dpdk(o))
		return EXIT_FAILURE;
	s.host = (struct live_host){.source.pool = calib_eal_pool("live", POOL_MBUFS),
		.tsc_hz = measure_tsc_hz(),
		.windows = o->windows,
		.limit_s = patience * o->windows * window_s,
		.interrupted = interrupted,
		.alone = o->wait_s > 0,
		.latency_cycles = calloc(LIVE_LATENCIES, sizeof(uint64_t))};
	if (!s.host.source.pool || !s.host.latency_cycles)
		return EXIT_FAILURE;
	s.deadline =
		o->limit_s > 0 ? rte_rdtsc() + (uint64_t)(o->limit_s * s.host.tsc_hz) : UINT64_MAX;
	fprintf(s.out,
		"id,pass,state,offered_pps,delivered_pps,mean_us,p50_us,p90_us,p99_us,windows,"
		"clean_share,burst_in,burst_out,pingpong_before,pingpong_after,issue_ratio\n");
	for (pass = 1; pass <= o->repeats && !status && !interrupted(); pass++)
		status = run_pass(&s, &plan, pass);
	free(s.host.latency_cycles);
	if (s.out != stdout && fclose(s.out))
		status = EXIT_FAILURE;
	rte_eal_cleanup();
	return interrupted() ? EXIT_INTERRUPTED : status;
}

static int be_guest(const struct opts *o)
{
	int status = live_guest_exec(&o->guest, o->program, o->socket, o->core[0]);

	if (status >= 0)
		return status;
	if (start_dpdk(o))
		return EXIT_FAILURE;
	status = live_guest_run(&o->guest, o->socket, o->seed, interrupted);
	rte_eal_cleanup();
	return status;
}

int main(int argc, char **argv)
{
	static const struct argp argp = {
		.options = option,
		.parser = parse_option,
		.doc = "Runs a dataplane of a switch and a VNF on two cores and measures what it "
		       "delivers, for comparison with a prediction (make live).\v"
		       "Exit status: 0 done, 1 failed, 2 bad usage, 130 interrupted.",
	};
	struct sigaction action = {.sa_handler = on_signal};
	struct opts o = {.core = {0, 1},
		.n_cores = CORES,
		.repeats = 3,
		.rounds = 1,
		.windows = 200,
		.seed = 1};

	argp_err_exit_status = 2;
	argp_parse(&argp, argc, argv, 0, NULL, &o);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	signal(SIGPIPE, SIG_IGN); /* of a switch that is gone */
	return o.is_guest ? be_guest(&o) : be_host(&o);
}
