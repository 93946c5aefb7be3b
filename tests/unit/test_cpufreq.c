/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Setting clocks, on a folder that looks like the kernel's */
#include "calib/dpdk/cpufreq.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

static const char *const name[] = {"scaling_min_freq", "scaling_max_freq", "cpuinfo_min_freq",
	"cpuinfo_max_freq", "scaling_available_frequencies"};
enum { NAMES = sizeof(name) / sizeof(name[0]) };

static void path_of(char *path, size_t size, const char *root, unsigned core, const char *file)
{
	snprintf(path, size, "%s/cpu%u/cpufreq/%s", root, core, file);
}

static void put(const char *root, unsigned core, const char *file, const char *text)
{
	char path[128];
	FILE *f;

	path_of(path, sizeof(path), root, core, file);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void make_core(const char *root, unsigned core)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/cpu%u", root, core);
	mkdir(path, 0700);
	path_of(path, sizeof(path), root, core, "");
	mkdir(path, 0700);
	put(root, core, "scaling_min_freq", "1200000\n");
	put(root, core, "scaling_max_freq", "2600000\n");
	put(root, core, "cpuinfo_min_freq", "1200000\n");
	put(root, core, "cpuinfo_max_freq", "2600000\n");
}

static int make_root(void **state)
{
	static char root[32];

	snprintf(root, sizeof(root), "/tmp/cpufreqXXXXXX");
	if (!mkdtemp(root))
		return -1;
	make_core(root, 0);
	make_core(root, 1);
	*state = root;
	return 0;
}

static int remove_root(void **state)
{
	char path[128];

	for (unsigned core = 0; core < 2; core++) {
		for (unsigned i = 0; i < NAMES; i++) {
			path_of(path, sizeof(path), *state, core, name[i]);
			unlink(path);
		}
		path_of(path, sizeof(path), *state, core, "");
		rmdir(path);
		snprintf(path, sizeof(path), "%s/cpu%u", (char *)*state, core);
		rmdir(path);
	}
	return rmdir(*state);
}

static void sets_and_restores(void **state)
{
	static const unsigned core[] = {0, 1};
	struct cpufreq f;

	assert_int_equal(cpufreq_open(&f, *state, core, 2), 2);
	assert_int_equal(cpufreq_set(&f, 1600000000), 0);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(read_kHz(&f, i, "scaling_min_freq"), 1600000);
		assert_int_equal(read_kHz(&f, i, "scaling_max_freq"), 1600000);
	}
	assert_int_equal(cpufreq_set(&f, 2400000000), 0);
	cpufreq_restore(&f);
	assert_int_equal(read_kHz(&f, 1, "scaling_min_freq"), 1200000);
	assert_int_equal(read_kHz(&f, 1, "scaling_max_freq"), 2600000);
}

static void chooses_within_range(void **state)
{
	static const unsigned core[] = {0};
	struct cpufreq f;
	uint64_t clock_hz[8];

	cpufreq_open(&f, *state, core, 1);
	assert_int_equal(cpufreq_choose(&f, "1200000,9900000,2600000", clock_hz, 8), 2);
	assert_true(clock_hz[0] == 1200000000 && clock_hz[1] == 2600000000);
	assert_int_equal(cpufreq_choose(&f, "fast", clock_hz, 8), 0);
}

static void all_by_list_or_by_steps(void **state)
{
	static const unsigned core[] = {0};
	struct cpufreq f;
	uint64_t clock_hz[8];

	cpufreq_open(&f, *state, core, 1);
	assert_int_equal(cpufreq_choose(&f, "all", clock_hz, 8), 5);
	assert_true(clock_hz[0] == 1200000000 && clock_hz[4] == 2600000000);
	put(*state, 0, "scaling_available_frequencies", "2600000 1900000 1200000 \n");
	assert_int_equal(cpufreq_choose(&f, "all", clock_hz, 8), 3);
	assert_true(clock_hz[1] == 1900000000);
	assert_int_equal(cpufreq_choose(&f, "all", clock_hz, 2), 2);
}

static void absent_core_is_not_settable(void **state)
{
	static const unsigned core[] = {0, 7};
	struct cpufreq f;

	assert_int_equal(cpufreq_open(&f, *state, core, 2), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(sets_and_restores, make_root, remove_root),
		cmocka_unit_test_setup_teardown(chooses_within_range, make_root, remove_root),
		cmocka_unit_test_setup_teardown(all_by_list_or_by_steps, make_root, remove_root),
		cmocka_unit_test_setup_teardown(
			absent_core_is_not_settable, make_root, remove_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
