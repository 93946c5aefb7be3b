/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bench - how fast the simulator is: a table, a JSON file, and the targets as ratios
 *
 *   bench NFVSIM PEERS INSTRUCTIONS JSON
 *
 * NFVSIM: the program; PEERS: folder of the peers' programs, as far as they could be built;
 * INSTRUCTIONS: file of "CASE COUNT" lines; JSON: written. Times are CPU times of one process
 * unless it says wall. What is compared is measured in turns, and the best turn of each counts,
 * so that other work on the machine weighs on all alike. Exit 1: an answer was wrong (never for
 * slowness).
 */
#include "bench/child.h"
#include "model/estimate.h"
#include "model/run.h"
#include "plan/sweep.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

#define SETS 6
#define TURNS 5
#define PEER_PACKETS "4000000"
#define NS3_PACKETS "400000"

/* What a case must answer; mean_ns 0: not known. */
struct answer {
	double mean_ns, mean_error, p99_ns, p99_error, delivered_share, share_error;
};

struct bench_case {
	const char *name, *scenario;
	const char *sets[SETS];
	struct answer want;
	int turns; /* 0: 1 */
};

struct figures {
	double packets, hops, steps, cpu_s, wall_s, simulated_s, memory_B;
	double mean_ns, mean_half, p99_ns, p99_half, delivered_share, share_half;
};

#define NOT_KNOWN                \
	{                        \
		0, 0, 0, 0, 0, 0 \
	}

#define W1 "bench/w1"
#define BESS "niu-can17/table1-bess"
#define POISSON "traffic.arrivals=poisson"

/* The known answers: constant rate gives a 99th percentile of 498 cycles and a bit; 40 + 100
 * cycles, 278 and 60 of 2.6 GHz after up to 40 cycles of waiting; means and percentiles of random
 * arrivals from the programs in bench/peers; 2.6e9 / 278 of 10 Mpps. */
static const struct bench_case cases[] = {
	{"W1, constant rate, 5 Mpps", W1, {"run.duration=800ms"}, {187.7, 0.2, 191.7, 0.2, 1, 1e-5},
		TURNS},
	{"W1, Poisson, 5 Mpps", W1, {"run.duration=800ms", POISSON},
		{253.5, 0.3, 690.5, 6, 1, 1e-3}, TURNS},
	{"W1, Poisson, 10 Mpps", W1, {"run.duration=400ms", POISSON, "traffic.rate=10Mpps"},
		{29490, 150, 31526, 50, 0.93525, 1e-3}, TURNS},
	{"BESS, 64 B, saturated", BESS, {"run.duration=200ms"}, NOT_KNOWN, 3},
	{"BESS, 64 B, 50 %", BESS, {"run.duration=400ms", "traffic.rate=50%"}, NOT_KNOWN, 0},
	{"BESS, 3 NFs", "niu-can17/chain-3", {"run.duration=200ms"}, NOT_KNOWN, 0},
	{"ClickOS, 3 NFs", "niu-can17/clickos-chain-3", {"run.duration=500ms"}, NOT_KNOWN, 0},
	{"100 pps for 10 s", "niu-can17/latency-100pps", {"run.duration=10s"}, NOT_KNOWN, 3},
};

enum { N_CASES = sizeof cases / sizeof cases[0], CHAINS = 6, VNFS = 100 };
enum { CASE_CBR, CASE_POISSON, CASE_OVERLOAD, CASE_BESS, CASE_IDLE = 7 };

struct bench {
	const char *nfvsim, *peers;
	char folder[64]; /* of scenarios made here */
	json_t *cases, *targets, *json;
	json_t *instructions;
	bool wrong;
};

static struct scenario *read_scenario(const char *path, const char *const *sets, struct arena *a)
{
	size_t n = 0;
	while (n < SETS && sets[n])
		n++;
	struct diag *d = diag_new();
	struct scenario *s = scenario_read(path, sets, n, a, d);
	diag_print(d, stderr);
	diag_free(d);
	if (!s)
		exit(1);
	return s;
}

/* Everything from building to the summary, with all statistics. */
static void simulate(const void *arg, void *out)
{
	const struct bench_case *c = arg;
	struct figures *f = out;
	struct arena *a = arena_new();
	const struct scenario *s = read_scenario(c->scenario, c->sets, a);
	double cpu_s = child_cpu_s(), wall_s = child_wall_s();
	struct run_result *r = run_scenario(s, NULL);
	f->cpu_s = child_cpu_s() - cpu_s;
	f->wall_s = child_wall_s() - wall_s;
	const struct run_chain *all = &r->chains[r->n_chains > 1 ? r->n_chains : 0];
	double hops = 0;
	for (uint32_t i = 0; i < r->n_stages; i++)
		hops += (double)r->stages[i].packets;
	for (uint32_t i = 0; i < r->n_windows; i++)
		f->simulated_s += (double)r->windows[i].to_ps / (double)PS_PER_S;
	f->packets = all->offered_pps.value * f->simulated_s;
	f->hops = hops * f->packets / (double)all->offered;
	f->steps = (double)r->steps;
	f->mean_ns = all->latency.mean_ns.value;
	f->mean_half = all->latency.mean_ns.half;
	f->p99_ns = all->latency.p99_ns.value;
	f->p99_half = all->latency.p99_ns.half;
	f->delivered_share = all->delivered_pps.value / all->offered_pps.value;
	f->share_half = all->loss_ratio.half;
	run_free(r);
	arena_free(a);
}

/* The better of two measurements. */
static void keep_best(struct figures *best, const struct figures *f)
{
	if (best->cpu_s == 0 || f->cpu_s < best->cpu_s)
		*best = *f;
}

static struct figures measure(const struct bench_case *c)
{
	struct figures f = {0};
	if (!child_end(child_begin(simulate, c, sizeof f), &f, sizeof f, &f.memory_B)) {
		fprintf(stderr, "bench: %s failed\n", c->name);
		exit(1);
	}
	return f;
}

static bool near(double value, double half, double want, double error)
{
	return want == 0 || fabs(value - want) <= error + (isnan(half) ? 0 : half);
}

/* "yes", "no", or "-" where nothing is known. */
static const char *judge(struct bench *b, const struct answer *want, const struct figures *f)
{
	if (want->mean_ns == 0)
		return "-";
	if (near(f->mean_ns, f->mean_half, want->mean_ns, want->mean_error) &&
		near(f->p99_ns, f->p99_half, want->p99_ns, want->p99_error) &&
		near(f->delivered_share, f->share_half, want->delivered_share, want->share_error))
		return "yes";
	b->wrong = true;
	return "NO";
}

static void head(void)
{
	printf("%-28s %9s %8s %8s %8s %9s %7s %8s  %s\n", "", "Mpkt/s", "ns/pkt", "ns/hop",
		"events", "times", "MB", "instr.", "answers");
	printf("%-28s %9s %8s %8s %8s %9s %7s %8s  %s\n", "case", "CPU", "", "", "/pkt",
		"real time", "peak", "/pkt", "right");
}

static void row(struct bench *b, const struct bench_case *c, const struct figures *f)
{
	const char *right = judge(b, &c->want, f);
	json_t *count = json_object_get(b->instructions, c->name);
	char instructions[16] = "-";
	if (count)
		snprintf(instructions, sizeof instructions, "%.0f", json_number_value(count));
	printf("%-28s %9.2f %8.1f %8.2f %8.2f %9.2f %7.1f %8s  %s\n", c->name,
		f->packets / f->cpu_s / 1e6, 1e9 * f->cpu_s / f->packets, 1e9 * f->cpu_s / f->hops,
		f->steps / f->packets, f->simulated_s / f->wall_s, f->memory_B / 1e6, instructions,
		right);
	fflush(stdout);
	json_t *o = json_pack("{s:s, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:s}", "case", c->name,
		"packets_per_cpu_s", f->packets / f->cpu_s, "ns_per_packet",
		1e9 * f->cpu_s / f->packets, "ns_per_packet_hop", 1e9 * f->cpu_s / f->hops,
		"events_per_packet", f->steps / f->packets, "real_time_factor",
		f->simulated_s / f->wall_s, "cpu_s", f->cpu_s, "memory_B", f->memory_B,
		"answers_right", right);
	if (count)
		json_object_set(o, "instructions_per_packet", count);
	json_array_append_new(b->cases, o);
}

/* A target: passed when value is at least, or at most, the limit. */
static void target(struct bench *b, const char *what, double value, bool at_least, double limit)
{
	bool pass = at_least ? value >= limit : value <= limit;
	printf("%-4s  %-58s %9.3g  (%s %g)\n", pass ? "pass" : "miss", what, value,
		at_least ? "at least" : "at most", limit);
	fflush(stdout);
	json_array_append_new(
		b->targets, json_pack("{s:s, s:f, s:f, s:b, s:b}", "target", what, "value", value,
				    "limit", limit, "at_least", at_least, "pass", pass));
}

/* --- the peers --- */

/* Packets a CPU second of a peer; NaN when it is not there. */
static double peer(const struct bench *b, const char *program, char *const *words)
{
	char path[512], line[256];
	snprintf(path, sizeof path, "%s/%s", b->peers, program);
	char *argv[8] = {path};
	for (int i = 0; i < 6 && words[i]; i++)
		argv[i + 1] = words[i];
	if (access(path, X_OK) != 0 || child_program(argv, line, sizeof line) < 0)
		return NAN;
	double cpu_s, packets;
	return sscanf(line, "%lf %lf", &cpu_s, &packets) == 2 ? packets / cpu_s : NAN;
}

static char *const schedulers[] = {"PriorityQueue", "Map", "Heap", "Calendar"};
enum { N_SCHEDULERS = sizeof schedulers / sizeof schedulers[0] };

/* The fastest scheduler of ns-3 for this load. */
static char *best_scheduler(const struct bench *b, char *arrivals, char *mpps)
{
	char *best = schedulers[0];
	double most = 0;
	for (int i = 0; i < N_SCHEDULERS; i++) {
		double pps = peer(b, "ns3_w1",
			(char *[]){arrivals, mpps, "100000", "3", schedulers[i], "rings"});
		if (pps > most) {
			most = pps;
			best = schedulers[i];
		}
	}
	return best;
}

struct race {
	double ours, lazy, ns3, users; /* packets a CPU second */
};

/* One of the three W1 cases against its peers, in turns. */
static struct race race(struct bench *b, const struct bench_case *c, char *arrivals, char *mpps)
{
	struct race best = {0};
	struct figures figures = {0};
	char *scheduler = best_scheduler(b, arrivals, mpps);
	for (int turn = 0; turn < c->turns; turn++) {
		struct figures f = measure(c);
		keep_best(&figures, &f);
		double lazy = peer(b, "lazy", (char *[]){arrivals, mpps, PEER_PACKETS, "3", NULL});
		double ns3 = peer(b, "ns3_w1",
			(char *[]){arrivals, mpps, NS3_PACKETS, "3", scheduler, "rings"});
		double users = peer(b, "ns3_w1",
			(char *[]){arrivals, mpps, NS3_PACKETS, "3", "Map", "packets"});
		best.lazy = fmax(best.lazy, lazy);
		best.ns3 = isnan(ns3) ? NAN : fmax(best.ns3, ns3);
		best.users = isnan(users) ? NAN : fmax(best.users, users);
	}
	best.ours = figures.packets / figures.cpu_s;
	row(b, c, &figures);
	return best;
}

static void race_targets(struct bench *b, const char *name, const struct race *r)
{
	char what[128];
	printf("\n%s: Mpkt/s of nfvsim %.2f, lazy limit %.2f, ns-3 %.2f, ns-3 with packets %.2f\n",
		name, r->ours / 1e6, r->lazy / 1e6, r->ns3 / 1e6, r->users / 1e6);
	snprintf(what, sizeof what, "%s: of the lazy limit", name);
	target(b, what, r->ours / r->lazy, true, 0.7);
	if (isnan(r->ns3)) {
		printf("skip  %s: against ns-3 (libns3-dev is not installed)\n", name);
		return;
	}
	snprintf(what, sizeof what, "%s: times ns-3, best scheduler, rings", name);
	target(b, what, r->ours / r->ns3, true, 7);
	snprintf(what, sizeof what, "%s: times ns-3 as its users write it", name);
	target(b, what, r->ours / r->users, true, 20);
}

/* The best of several turns. */
static struct figures fixed_case(struct bench *b, const struct bench_case *c)
{
	struct figures best = {0};
	for (int turn = 0; turn == 0 || turn < c->turns; turn++) {
		struct figures f = measure(c);
		keep_best(&best, &f);
	}
	row(b, c, &best);
	return best;
}

/* --- scenarios made here --- */

static FILE *make_file(const struct bench *b, const char *name, char *path, size_t size)
{
	snprintf(path, size, "%s/%s.yaml", b->folder, name);
	FILE *f = fopen(path, "w");
	if (!f)
		exit(1);
	return f;
}

/* n stations of the W1 profile in a row. A single one is a worker between two NICs. */
static struct figures stations(struct bench *b, int n)
{
	char path[128], name[32];
	FILE *f = make_file(b, "stations", path, sizeof path);
	fputs("dataplane: w1\nserver: w1\n"
	      "traffic: {size: 64 B, rate: 5 Mpps, arrivals: poisson}\nchain: [",
		f);
	for (int i = 1; i < n; i++)
		fputs(i < n - 1 ? "middle, " : "last", f);
	fputs(n > 1 ? "]\nto: vm\n" : "]\n", f);
	fclose(f);
	snprintf(name, sizeof name, "%d station%s, Poisson", n, n > 1 ? "s" : "");
	struct bench_case c = {
		.name = name, .scenario = path, .sets = {"run.duration=200ms"}, .turns = 3};
	return fixed_case(b, &c);
}

/* 20 servers of BESS with five VNFs each; 30 chains of three or four VNFs run over them in a row,
 * so that some cross from server to server. */
static struct figures data_centre(struct bench *b)
{
	static const char *const nfs[] = {"firewall", "l3fwd", "l2fwd", "nat"};
	char path[128];
	FILE *f = make_file(b, "servers", path, sizeof path);
	fputs("dataplane: bess\ncores: {workers: 3}\nservers: {", f);
	for (int i = 0; i < VNFS / 5; i++)
		fprintf(f, "%ss%d: c6220", i ? ", " : "", i);
	fputs("}\nchains:\n", f);
	for (int i = 0, vnf = 0; i < 30; i++) {
		fprintf(f,
			"  c%d:\n    traffic: {size: 64 B, rate: 1 Mpps, arrivals: poisson}\n"
			"    chain:\n",
			i);
		for (int k = 0; k < (i % 3 ? 3 : 4); k++, vnf++)
			fprintf(f, "      - {nf: %s, on: s%d.0}\n", nfs[k], vnf / 5);
	}
	fclose(f);
	struct bench_case c = {.name = "100 VNFs on 20 servers",
		.scenario = path,
		.sets = {"run.duration=40ms", "run.warmup=1ms"},
		.turns = 3};
	return fixed_case(b, &c);
}

/* --- sweeps --- */

struct study {
	const char *axis, *duration;
	size_t workers, shard, n_shards;
	char store[128];
};

/* Runs a sweep of W1 (or its shard) into a store of its own; out: wall and CPU seconds. */
static void sweep(const void *arg, void *out)
{
	const struct study *study = arg;
	struct arena *a = arena_new();
	struct diag *d = diag_new();
	const char *sets[] = {study->duration, POISSON};
	struct sweep_extra extra = {.sets = sets, .n_sets = 2, .axes = &study->axis, .n_axes = 1};
	double cpu_s = child_cpu_s(), wall_s = child_wall_s();
	struct sweep *s = sweep_read(W1, &extra, a, d);
	struct store *store =
		s && sweep_check(s, stderr) ? store_open(study->store, true, d) : NULL;
	struct sweep_counts counts = {0};
	struct sweep_run run = {.store = store,
		.workers = study->workers,
		.shard = study->shard,
		.n_shards = study->n_shards};
	if (!store || sweep_run(s, &run, &counts, d) != POOL_DONE || counts.failed) {
		diag_print(d, stderr);
		_exit(1);
	}
	store_close(store);
	struct rusage workers;
	getrusage(RUSAGE_CHILDREN, &workers);
	((double *)out)[0] = child_wall_s() - wall_s;
	((double *)out)[1] = child_cpu_s() - cpu_s + (double)workers.ru_utime.tv_sec +
			     (double)workers.ru_stime.tv_sec +
			     1e-6 * (double)(workers.ru_utime.tv_usec + workers.ru_stime.tv_usec);
}

static void forget_store(const char *path)
{
	static const char *const ends[] = {"", "-wal", "-shm", ".lock"};
	char name[160];
	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
		snprintf(name, sizeof name, "%s%s", path, ends[i]);
		unlink(name);
	}
}

/* Wall seconds of n sweeps at the same time; cpu_s: of all, may be NULL. */
static double run_studies(struct bench *b, struct study *study, int n, double *cpu_s)
{
	struct child child[2];
	double begin = child_wall_s(), used[2], cpu = 0;
	for (int i = 0; i < n; i++) {
		snprintf(study[i].store, sizeof study[i].store, "%s/store%d", b->folder, i);
		child[i] = child_begin(sweep, &study[i], sizeof used);
	}
	for (int i = 0; i < n; i++) {
		if (!child_end(child[i], used, sizeof used, NULL))
			exit(1);
		cpu += used[1];
	}
	double wall_s = child_wall_s() - begin;
	for (int i = 0; i < n; i++)
		forget_store(study[i].store);
	if (cpu_s)
		*cpu_s = cpu;
	return wall_s;
}

static void sweeps(struct bench *b)
{
	enum { PAIRS = 9 }; /* the least of each: neighbours only add */
	struct study one = {"traffic.rate=1Mpps..9Mpps:1000", "run.duration=2ms", 1, 0, 1, ""};
	double cpu_s, wall_s = run_studies(b, &one, 1, &cpu_s);
	printf("\nsweep of 1000 points of 2 ms: %.2f s, %.2f s CPU, %.2f ms a point\n", wall_s,
		cpu_s, wall_s);
	json_object_set_new(b->json, "sweep_1000_points",
		json_pack("{s:f, s:f}", "wall_s", wall_s, "cpu_s", cpu_s));
	const char *axis = "traffic.rate=4Mpps..6Mpps:80", *duration = "run.duration=50ms";
	double together = INFINITY, apart = INFINITY;
	for (int turn = 0; turn < PAIRS; turn++) {
		struct study both = {axis, duration, 2, 0, 1, ""};
		struct study half[] = {
			{axis, duration, 1, 0, 2, ""}, {axis, duration, 1, 1, 2, ""}};
		together = fmin(together, run_studies(b, &both, 1, NULL));
		apart = fmin(apart, run_studies(b, half, 2, NULL));
	}
	target(b, "-j 2: speed against two processes (wall)", apart / together, true, 0.95);
}

/* --- start-up, estimates, memory --- */

/* Least wall seconds of many runs of a program. */
static double least_wall_s(char *const argv[])
{
	double least_s = INFINITY;
	for (int i = 0; i < 50; i++) {
		double begin = child_wall_s();
		if (child_program(argv, NULL, 0) < 0)
			return NAN;
		least_s = fmin(least_s, child_wall_s() - begin);
	}
	return least_s;
}

static void start_up(struct bench *b)
{
	char duration[] = "--set=run.duration=10us", run[] = "run", scenario[] = W1;
	char *argv[] = {(char *)(uintptr_t)b->nfvsim, run, scenario, duration, NULL};
	char nothing[] = "/bin/true";
	double wall_s = least_wall_s(argv), empty_s = least_wall_s((char *[]){nothing, NULL});
	target(b, "start-up of run, ms (wall)", 1e3 * wall_s, false, 5);
	printf("      (a program that does nothing: %.1f ms)\n", 1e3 * empty_s);
	json_object_set_new(b->json, "start_up",
		json_pack("{s:f, s:f}", "wall_s", wall_s, "empty_program_wall_s", empty_s));
}

struct estimates {
	double rates_per_s, scenarios_per_s;
};

/* How many analytic estimates a CPU second: at another rate, and of a scenario from the start. */
static void estimate(const void *arg, void *out)
{
	enum { TIMES = 20000 };
	struct estimates *per = out;
	struct arena *a = arena_new();
	const char *const no_sets[SETS] = {0};
	const struct scenario *s = read_scenario(arg, no_sets, a);
	struct estimate e;
	estimate_scenario(s, &e);
	double pps, begin = child_cpu_s(), sum = 0;
	for (int i = 0; i < TIMES; i++) {
		pps = 1e6 + 100.0 * i;
		estimate_rates(&e, &pps);
		sum += e.chains[0].delivered_pps;
	}
	per->rates_per_s = sum > 0 ? TIMES / (child_cpu_s() - begin) : 0;
	estimate_free(&e);
	begin = child_cpu_s();
	for (int i = 0; i < TIMES / 20; i++) {
		estimate_scenario(s, &e);
		estimate_free(&e);
	}
	per->scenarios_per_s = TIMES / 20 / (child_cpu_s() - begin);
	arena_free(a);
}

static void estimates(struct bench *b)
{
	static const char *const scenario[] = {BESS, "niu-can17/chain-3"};
	for (int i = 0; i < 2; i++) {
		struct estimates per = {0};
		char what[96];
		if (!child_end(
			    child_begin(estimate, scenario[i], sizeof per), &per, sizeof per, NULL))
			exit(1);
		snprintf(what, sizeof what, "analytic estimates a second, %s", scenario[i]);
		target(b, what, per.rates_per_s, true, 1e5);
		printf("      (%.0f a second from the scenario on)\n", per.scenarios_per_s);
	}
}

static void memory(struct bench *b, const struct figures *shorter)
{
	struct bench_case longer = {
		.name = "memory", .scenario = W1, .sets = {"run.duration=4s", POISSON}};
	struct figures f = measure(&longer);
	target(b, "W1: memory, MB", f.memory_B / 1e6, false, 16);
	target(b, "W1: memory of 5 times the simulated time", f.memory_B / shorter->memory_B, false,
		1.05);
}

/* --- all of it --- */

static void run_all(struct bench *b)
{
	static const int lengths[CHAINS] = {1, 2, 4, 8, 16, 32};
	struct figures fixed[N_CASES], three = {0}, chain[CHAINS];
	head();
	struct race races[] = {race(b, &cases[CASE_CBR], "cbr", "5"),
		race(b, &cases[CASE_POISSON], "poisson", "5"),
		race(b, &cases[CASE_OVERLOAD], "poisson", "10")};
	for (int i = CASE_BESS; i < N_CASES; i++)
		fixed[i] = fixed_case(b, &cases[i]);
	for (int i = 0; i < CHAINS; i++)
		chain[i] = stations(b, lengths[i]);
	three = stations(b, 3);
	struct figures servers = data_centre(b);
	for (int i = 0; i < 3; i++)
		race_targets(b, cases[i].name, &races[i]);
	puts("");
	target(b, "BESS, 64 B, saturated: times real time (CPU)",
		fixed[CASE_BESS].simulated_s / fixed[CASE_BESS].cpu_s, true, 1);
	target(b, "10 s at 100 pps: ms CPU", 1e3 * fixed[CASE_IDLE].cpu_s, false, 50);
	target(b, "ns/hop at 32 stations against 3",
		(chain[CHAINS - 1].cpu_s / chain[CHAINS - 1].hops) / (three.cpu_s / three.hops),
		false, 1.5);
	target(b, "100 VNFs on 20 servers: million packet-hops/s",
		servers.hops / servers.cpu_s / 1e6, true, 10);
	memory(b, &three);
	start_up(b);
	estimates(b);
	sweeps(b);
}

/* Lines of "COUNT CASE". */
static json_t *read_instructions(const char *path)
{
	json_t *o = json_object();
	FILE *f = fopen(path, "r");
	double count;
	char name[64];
	while (f && fscanf(f, "%lf %63[^\n]", &count, name) == 2)
		json_object_set_new(o, name, json_real(count));
	if (f)
		fclose(f);
	return o;
}

int main(int argc, char **argv)
{
	if (argc != 5) {
		fputs("usage: bench NFVSIM PEERS INSTRUCTIONS JSON\n", stderr);
		return 2;
	}
	struct bench b = {.nfvsim = argv[1],
		.peers = argv[2],
		.folder = "/tmp/nfvsim-bench-XXXXXX",
		.cases = json_array(),
		.targets = json_array(),
		.json = json_object(),
		.instructions = read_instructions(argv[3])};
	if (!mkdtemp(b.folder))
		return 1;
	run_all(&b);
	json_object_set_new(b.json, "cases", b.cases);
	json_object_set_new(b.json, "targets", b.targets);
	char path[128];
	snprintf(path, sizeof path, "%s/stations.yaml", b.folder);
	unlink(path);
	snprintf(path, sizeof path, "%s/servers.yaml", b.folder);
	unlink(path);
	rmdir(b.folder);
	if (json_dump_file(b.json, argv[4], JSON_INDENT(2)) != 0)
		return 1;
	json_decref(b.json);
	json_decref(b.instructions);
	return b.wrong;
}
