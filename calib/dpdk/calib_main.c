/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * nfvsim-calib: measures what packet operations cost here and writes samples (docs/calibration-
 * samples.md). The whole table of benchmarks is repeated, rather than each benchmark, so that
 * slow drifts of the machine spread over all.
 */
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

#include "calib/dpdk/bench.h"
#include "calib/dpdk/calib_eal.h"
#include "calib/dpdk/calib_opts.h"
#include "calib/dpdk/cpufreq.h"
#include "calib/dpdk/echo.h"
#include "calib/dpdk/fingerprint.h"

enum {
	EXIT_USAGE = 2,
	EXIT_INTERRUPTED = 130,
	POOL_MBUFS = 16383,
	CLOCKS = 64,
	TABLE_STEP = 5,
	LOOKS = 200
};

static const double tsc_trial_s = 0.1;
static const double patience =
	16; /* times the length of the wanted windows, before a sample is closed with fewer */

static volatile sig_atomic_t
	signalled; /* the only way a handler can tell the rest of the program */

static void on_signal(int number)
{
	signalled = number;
}

static bool interrupted(void)
{
	return signalled;
}

static void catch_signals(void)
{
	struct sigaction action = {.sa_handler = on_signal};

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

static void list_benchmarks(void)
{
	const struct bench *const *b;

	for (b = bench_table; *b; b++)
		printf("%-12s %s%s\n", (*b)->name, (*b)->doc,
			(*b)->needs & BENCH_PEER ? " (two cores)" : "");
}

/* Is name one of the comma-separated words? */
static bool in_list(const char *words, const char *name)
{
	size_t length = strlen(name);

	for (;;) {
		size_t word = strcspn(words, ",");

		if (word == length && !strncmp(words, name, length))
			return true;
		if (!words[word])
			return false;
		words += word + 1;
	}
}

static bool known(const char *word, size_t length)
{
	const struct bench *const *b;

	for (b = bench_table; *b; b++)
		if (strlen((*b)->name) == length && !strncmp((*b)->name, word, length))
			return true;
	return false;
}

static int check_benches(const char *words)
{
	int status = 0;

	while (words && *words) {
		size_t length = strcspn(words, ",");

		if (!known(words, length)) {
			fprintf(stderr, "nfvsim-calib: no benchmark '%.*s'; --list names them\n",
				(int)length, words);
			status = -1;
		}
		words += length + (words[length] == ',');
	}
	return status;
}

static void describe_clocks(FILE *out, double tsc_hz, double overhead_cycles)
{
	char date[32];
	time_t now = time(NULL);
	struct tm utc;

	gmtime_r(&now, &utc);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%SZ", &utc);
	fprintf(out, "# date: %s\n# tsc_hz: %.0f\n# tsc_read_cycles: %.1f\n", date, tsc_hz,
		overhead_cycles);
	fprintf(out, "# near_below_cycles: %d\n# siblings_below_cycles: %d\n# crc_B: %d\n",
		PROBE_NEAR_BELOW_CYCLES, PROBE_SIBLINGS_BELOW_CYCLES, BENCH_CRC_B);
}

static void describe_settings(
	struct bench_env *env, const struct sample_setting *setting, unsigned n)
{
	FILE *out = sample_file_stream(env->out);
	unsigned i;

	fprintf(out, "# nfvsim_calib_samples: 1\n");
	fingerprint_write(env->fp, out);
	describe_clocks(out, env->plan.tsc_hz, env->plan.overhead_cycles);
	for (i = 0; i < n; i++)
		fprintf(out, "# %s: %s\n", setting[i].key, setting[i].value);
	for (i = 0; i < env->opts->n_devices; i++)
		fprintf(out, "# device: %s\n", env->opts->device[i]);
	fprintf(out, "# cores:");
	for (i = 0; i < env->opts->n_cores; i++)
		fprintf(out, "%c%u", i ? ',' : ' ', env->opts->core[i]);
	if (env->opts->n_cores > 1)
		fprintf(out, "\n# cores_share_one: %s",
			fingerprint_siblings(env->fp, env->opts->core[0], env->opts->core[1])
				? "yes"
				: "no");
	fprintf(out, "\n# repeats: %u\n# windows: %u\n# wait_ms: %.0f\n",
		calib_opts_repeats(env->opts), env->plan.windows, 1e3 * env->opts->wait_s);
	sample_file_columns(env->out);
}

static int open_samples(struct bench_env *env, unsigned page_kB)
{
	const struct calib_opts *opts = env->opts;
	struct sample_setting setting[] = {
		{"machine_id", ""}, {"mode", ""}, {"page_kB", ""}, {"seed", ""}};
	unsigned n = sizeof(setting) / sizeof(setting[0]);
	bool usage = false, resume = opts->resume && !access(opts->out, F_OK);

	snprintf(setting[0].value, sizeof(setting[0].value), "%016llx",
		(unsigned long long)env->fp->id);
	snprintf(setting[1].value, sizeof(setting[1].value), "%s", opts->full ? "full" : "quick");
	snprintf(setting[2].value, sizeof(setting[2].value), "%u", page_kB);
	snprintf(
		setting[3].value, sizeof(setting[3].value), "%llu", (unsigned long long)opts->seed);
	env->out = resume ? sample_file_resume(opts->out, setting, n, &usage)
			  : sample_file_create(opts->out, opts->force, &usage);
	if (!env->out)
		return usage ? EXIT_USAGE : EXIT_FAILURE;
	sample_file_tsc(env->out, env->plan.tsc_hz);
	if (!resume)
		describe_settings(env, setting + 1, n - 1);
	return 0;
}

static void run_bench(struct bench_env *env, const struct bench *b)
{
	if (env->opts->benches ? !in_list(env->opts->benches, b->name) : b->needs & BENCH_ASKED)
		return;
	env->bench = b->name;
	if (b->needs & BENCH_PEER && env->peer == PROBE_NO_PEER) {
		bench_skip(env, "", "needs a second core (--cores A,B)");
		return;
	}
	rte_srand(env->opts->seed);
	b->run(env, b);
}

/* Each repetition begins elsewhere, so that one cut short does not always miss the same ones. */
static void run_table(struct bench_env *env)
{
	unsigned n = 0, i;

	while (bench_table[n])
		n++;
	for (i = 0; i < n && !env->interrupted() && !env->failed; i++)
		run_bench(env, bench_table[(i + env->repeat * TABLE_STEP) % n]);
}

/* What a core does that is left alone, at this clock. */
static void look_around(struct bench_env *env)
{
	double glance = 0;
	unsigned i;

	env->best = (struct probe_best){.issue_ratio = 0};
	for (i = 0; i < LOOKS && !env->interrupted(); i++) {
		probe_alone(env->peer, &env->best, 0);
		glance = fmax(glance, probe_glance());
	}
	env->plan.least_glance = env->opts->wait_s > 0 ? PROBE_ALONE_GLANCE * glance : 0;
}

static void run_repeats(struct bench_env *env)
{
	unsigned repeats = calib_opts_repeats(env->opts);
	const char *clear = isatty(STDERR_FILENO) ? "\r\033[K" : "";

	env->late = 0;
	look_around(env);
	env->deadline = rte_rdtsc() + (uint64_t)(calib_opts_limit_s(env->opts) * env->plan.tsc_hz);
	for (env->repeat = 0; env->repeat < repeats && !bench_stopped(env); env->repeat++) {
		uint64_t start = rte_rdtsc();

		run_table(env);
		fprintf(stderr, "%srepetition %u of %u: %.1f s, %u rows so far\n", clear,
			env->repeat + 1, repeats, (double)(rte_rdtsc() - start) / env->plan.tsc_hz,
			sample_file_rows(env->out));
	}
	if ((env->repeat < repeats || env->late) && !env->interrupted())
		fprintf(stderr, "out of time in repetition %u of %u (--limit)\n", env->repeat,
			repeats);
}

static void run_clocks(struct bench_env *env)
{
	struct cpufreq freq;
	uint64_t clock_hz[CLOCKS];
	unsigned n, i;

	if (!env->opts->clocks) {
		run_repeats(env);
		return;
	}
	env->bench = "clocks";
	n = cpufreq_open(&freq, CPUFREQ_ROOT, env->opts->core, RTE_MIN(env->opts->n_cores, 2u));
	n = n ? cpufreq_choose(&freq, env->opts->clocks, clock_hz, CLOCKS) : 0;
	if (!n) {
		bench_skip(env, "",
			"none can be set (no cpufreq, no right to write it, or not those named)");
		run_repeats(env);
	}
	for (i = 0; i < n && !env->interrupted() && !env->failed; i++) {
		if (cpufreq_set(&freq, clock_hz[i]))
			continue;
		env->clock_hz = clock_hz[i];
		run_repeats(env);
	}
	cpufreq_restore(&freq);
}

static int finish(struct bench_env *env, double drift_ppm)
{
	unsigned rows = sample_file_rows(env->out);
	FILE *out = sample_file_stream(env->out);

	fprintf(out, "# tsc_drift_ppm: %.1f\n# %s: %u rows\n", drift_ppm,
		env->interrupted() ? "interrupted" : "finished", rows);
	if (env->late)
		fprintf(out, "# out_of_time: %u configurations\n", env->late);
	if (sample_file_close(env->out) || env->failed) {
		fprintf(stderr, "nfvsim-calib: %s could not be written in full\n", env->opts->out);
		return EXIT_FAILURE;
	}
	if (!rows && !env->opts->resume) {
		fprintf(stderr, "nfvsim-calib: nothing could be measured\n");
		return env->interrupted() ? EXIT_INTERRUPTED : EXIT_FAILURE;
	}
	fprintf(stderr, "%s: %u rows%s\n", env->opts->out, rows,
		env->interrupted() ? "; interrupted, go on with --resume --out" : "");
	return env->interrupted() ? EXIT_INTERRUPTED : EXIT_SUCCESS;
}

static double seconds_since(const struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_RAW, &now);
	return (double)(now.tv_sec - start->tv_sec) + (double)(now.tv_nsec - start->tv_nsec) * 1e-9;
}

static double tsc_drift_ppm(const struct timespec *start, uint64_t start_tsc, double tsc_hz)
{
	double seconds = seconds_since(start);

	return ((double)(rte_rdtsc() - start_tsc) / tsc_hz / seconds - 1) * 1e6;
}

/* DPDK rounds the TSC's rate to 10 MHz, which is off by up to some 2 per mille: measured here. */
static double measure_tsc_hz(const struct timespec *start, uint64_t start_tsc)
{
	double seconds;

	do
		seconds = seconds_since(start);
	while (seconds < tsc_trial_s);
	return (double)(rte_rdtsc() - start_tsc) / seconds;
}

static int measure(struct bench_env *env, unsigned page_kB)
{
	uint64_t start_tsc = rte_rdtsc();
	struct timespec start;
	int status;

	clock_gettime(CLOCK_MONOTONIC_RAW, &start);
	env->plan.tsc_hz = measure_tsc_hz(&start, start_tsc);
	env->plan.overhead_cycles = windows_overhead_cycles();
	env->plan.windows = calib_opts_windows(env->opts);
	env->plan.limit_s = patience * env->plan.windows * 0.25e-3;
	env->peer = rte_lcore_count() > 1 ? 1 : PROBE_NO_PEER;
	env->pool = calib_eal_pool("calib", POOL_MBUFS);
	if (!env->pool) {
		fprintf(stderr, "nfvsim-calib: no memory for packets (--memory)\n");
		return EXIT_FAILURE;
	}
	status = open_samples(env, page_kB);
	if (status)
		return status;
	if (!env->fp->tsc_invariant)
		fprintf(stderr, "warning: this TSC is not invariant; cycles are not a measure of "
				"time here\n");
	catch_signals();
	run_clocks(env);
	return finish(env, tsc_drift_ppm(&start, start_tsc, env->plan.tsc_hz));
}

static int start_dpdk(const struct calib_opts *opts, unsigned *page_kB)
{
	const char *pci[CALIB_OPTS_DEVICES];
	struct calib_eal eal = {
		.program = "nfvsim-calib",
		.core = opts->core,
		.n_cores = opts->n_cores,
		.no_huge = opts->no_huge,
		.memory_MiB = opts->memory_MiB,
		.pci = pci,
	};
	unsigned i;

	for (i = 0; i < opts->n_devices; i++)
		if (calib_eal_is_pci(opts->device[i]))
			pci[eal.n_pci++] = opts->device[i];
	return calib_eal_start(&eal, page_kB);
}

static int echo(const struct calib_opts *opts)
{
	unsigned page_kB;
	int status;

	catch_signals();
	if (start_dpdk(opts, &page_kB))
		return EXIT_FAILURE;
	status = echo_run(opts->echo, interrupted);
	rte_eal_cleanup();
	return status;
}

int main(int argc, char **argv)
{
	struct calib_opts opts;
	struct fingerprint fp;
	struct bench_env env = {.opts = &opts, .fp = &fp, .interrupted = interrupted};
	unsigned page_kB;
	int status;

	calib_opts_parse(argc, argv, &opts);
	if (opts.list) {
		list_benchmarks();
		return EXIT_SUCCESS;
	}
	if (check_benches(opts.benches))
		return EXIT_USAGE;
	if (opts.echo)
		return echo(&opts);
	if (fingerprint_take(&fp)) {
		fprintf(stderr, "nfvsim-calib: hwloc cannot read this machine's topology\n");
		return EXIT_FAILURE;
	}
	if (start_dpdk(&opts, &page_kB))
		return EXIT_FAILURE;
	status = measure(&env, page_kB);
	rte_eal_cleanup();
	fingerprint_free(&fp);
	return status;
}
