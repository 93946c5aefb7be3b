/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The samples file of nfvsim-calib: what is written is found again, and nothing else is */
#include "calib/dpdk/sample_file.c"

#include <setjmp.h>
#include <stddef.h>
#include <sys/stat.h>
#include <cmocka.h>

static const struct sample_setting settings[] = {{"machine_id", "abc"}, {"mode", "quick"}};
static const struct sample_key point = {
	.bench = "vhost",
	.device = "net_x0,iface=lo",
	.burst = 32,
	.size_B = 64,
	.cache = "",
	.peer = "works",
	.core_a = 0,
	.core_b = 1,
	.socket_a = 0,
	.socket_b = SAMPLE_FILE_NONE,
};
static const struct sample_state quiet = {.state = "near", .clock_ratio = 1.5, .issue_ratio = 6};

struct fixture {
	char folder[32], path[64];
	bool usage;
};

static int make_folder(void **state)
{
	static struct fixture f;

	f = (struct fixture){.folder = "/tmp/samplesXXXXXX"};
	if (!mkdtemp(f.folder))
		return -1;
	snprintf(f.path, sizeof(f.path), "%s/s.csv", f.folder);
	*state = &f;
	return 0;
}

static int remove_folder(void **state)
{
	struct fixture *f = *state;

	unlink(f->path);
	return rmdir(f->folder);
}

static struct sample_file *create(struct fixture *f)
{
	struct sample_file *file = sample_file_create(f->path, true, &f->usage);

	assert_non_null(file);
	sample_file_tsc(file, 2e9);
	fprintf(sample_file_stream(file), "# machine_id: abc\n# mode: quick\n");
	sample_file_columns(file);
	return file;
}

static struct sample_file *resume(struct fixture *f)
{
	return sample_file_resume(f->path, settings, 2, &f->usage);
}

static void write_point(struct sample_file *file, uint32_t repeat)
{
	struct sample_key key = point;
	struct sample_row row[2] = {{"enqueue", 60, 64, 64, 1, 32, 40, 0.7, NULL},
		{"dequeue", 90, 96, 96, 20, 32, 4, 0.7, NULL}};

	key.repeat = repeat;
	assert_int_equal(sample_file_write(file, &key, &quiet, row, 2), 0);
}

static bool has(const struct sample_file *file, uint32_t repeat)
{
	struct sample_key key = point;

	key.repeat = repeat;
	return sample_file_has(file, &key);
}

static void read_all(const char *path, char *text, size_t size)
{
	FILE *f = fopen(path, "r");
	size_t n;

	assert_non_null(f);
	n = fread(text, 1, size - 1, f);
	text[n] = 0;
	fclose(f);
}

/* 64 cycles a burst of 32 at 2 GHz are 2 cycles, 1 ns, a packet. */
static void row_as_documented(void **state)
{
	struct sample_file *file = create(*state);
	char text[4096];

	write_point(file, 3);
	assert_int_equal(sample_file_close(file), 0);
	read_all(((struct fixture *)*state)->path, text, sizeof(text));
	assert_non_null(strstr(text, "\nvhost,net_x0;iface=lo,32,64,,,works,0,1,0,,,3,enqueue,near,"
				     "64,2,1,60,64,64,1,40,0.7,0,0,1.5,6,0,0,\n"));
	assert_non_null(strstr(text, ",dequeue,near,96,3,1.5,90,96,96,20,4,0.7,0,0,1.5,6,0,0,"
				     "inconclusive;wide\n"));
}

static unsigned commas(const char *line)
{
	unsigned n = 0;

	for (; *line && *line != '\n'; line++)
		n += *line == ',';
	return n;
}

static void rows_have_all_columns(void **state)
{
	struct sample_file *file = create(*state);
	char text[4096];

	write_point(file, 0);
	sample_file_close(file);
	read_all(((struct fixture *)*state)->path, text, sizeof(text));
	assert_int_equal(
		commas(strstr(text, "\nbench,") + 1), commas(strstr(text, "\nvhost,") + 1));
}

static void resumed_knows_what_is_there(void **state)
{
	struct sample_file *file = create(*state);

	write_point(file, 0);
	write_point(file, 2);
	sample_file_close(file);
	file = resume(*state);
	assert_non_null(file);
	assert_true(has(file, 0) && has(file, 2));
	assert_false(has(file, 1) || has(file, 20));
	sample_file_tsc(file, 2e9);
	write_point(file, 1);
	sample_file_close(file);
	file = resume(*state);
	assert_true(has(file, 0) && has(file, 1) && has(file, 2));
	sample_file_close(file);
}

static off_t size_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_size;
}

/* The file ends within a row, as after a power cut: it is cut back to its last whole row. */
static void torn_row_is_dropped(void **state)
{
	struct fixture *f = *state;
	struct sample_file *file = create(f);
	off_t whole;

	write_point(file, 0);
	whole = size_of(f->path);
	fprintf(sample_file_stream(file), "vhost,net_x0;iface=lo,32,64,,,works,0,1,0,,,1,enq");
	sample_file_close(file);
	file = resume(f);
	assert_non_null(file);
	assert_false(has(file, 1));
	sample_file_close(file);
	assert_true(size_of(f->path) == whole);
}

static void write_text(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void strangers_are_refused(void **state)
{
	static const char *const stranger[] = {
		"",
		"# machine_id: abd\n# mode: quick\n",
		"# machine_id: abc\n# mode: quick\n",
		"# machine_id: abc\n",
		"a,b,c\n1,2,3\n",
	};
	struct fixture *f = *state;
	char text[2048];

	for (unsigned i = 0; i < 2 * sizeof(stranger) / sizeof(stranger[0]); i++) {
		bool with_columns = i % 2 && i / 2 != 2;

		snprintf(text, sizeof(text), "%s%s", stranger[i / 2], with_columns ? columns : "");
		write_text(f->path, text);
		f->usage = false;
		assert_null(resume(f));
		assert_true(f->usage);
	}
}

static void existing_file_is_kept(void **state)
{
	struct fixture *f = *state;

	write_text(f->path, "mine\n");
	assert_null(sample_file_create(f->path, false, &f->usage));
	assert_true(f->usage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(row_as_documented, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(rows_have_all_columns, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(
			resumed_knows_what_is_there, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(torn_row_is_dropped, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(strangers_are_refused, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(existing_file_is_kept, make_folder, remove_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
