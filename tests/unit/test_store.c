/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A store against what its writer was told: a child writes points and says so after each; it is
 * killed without warning, and what it said is compared with what a new reader finds. SQLite's
 * integrity_check looks at the file.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "plan/store.h"
#include "tests/unit/printed.h"

#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

struct place {
	char folder[64], one[80], two[80];
	struct diag *diag;
	struct arena *arena;
};

static int set_up(void **state)
{
	struct place *p = xcalloc(1, sizeof(*p));
	snprintf(p->folder, sizeof(p->folder), "/tmp/test_store.XXXXXX");
	if (!mkdtemp(p->folder))
		return -1;
	snprintf(p->one, sizeof(p->one), "%s/one.db", p->folder);
	snprintf(p->two, sizeof(p->two), "%s/two.db", p->folder);
	p->diag = diag_new();
	p->arena = arena_new();
	*state = p;
	return 0;
}

static void remove_store(const char *path)
{
	static const char *const tails[] = {"", "-wal", "-shm", "-lock"};
	char name[120];
	for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
		snprintf(name, sizeof(name), "%s%s", path, tails[i]);
		unlink(name);
	}
}

static int tear_down(void **state)
{
	struct place *p = *state;
	remove_store(p->one);
	remove_store(p->two);
	rmdir(p->folder);
	diag_free(p->diag);
	arena_free(p->arena);
	free(p);
	return 0;
}

static struct store *open_to_write(struct place *p, const char *path)
{
	struct store *s = store_open(path, true, p->diag);
	assert_printed(p->diag, "");
	assert_non_null(s);
	return s;
}

static void put(struct place *p, struct store *s, const char *key, enum store_status status,
	const char *result)
{
	const struct store_point point = {key, status, result};
	assert_true(store_put(s, &point, p->diag));
}

static void assert_point(struct place *p, struct store *s, const char *key,
	enum store_status status, const char *result)
{
	const char *is = NULL;
	assert_int_equal(store_get(s, key, p->arena, &is), status);
	if (result)
		assert_string_equal(is, result);
	else
		assert_null(is);
}

static void test_points(void **state)
{
	struct place *p = *state;
	struct store *s = open_to_write(p, p->one);
	put(p, s, "a", STORE_DONE, "{\"x\": 1}");
	put(p, s, "b", STORE_FAILED, "{\"error\": \"e\"}");
	put(p, s, "a", STORE_DONE, "{\"x\": 2}"); /* as if two had computed it: no change */
	put(p, s, "a", STORE_FAILED, "{}");       /* a failure never replaces a result */
	store_close(s);
	s = store_open(p->one, false, p->diag);
	assert_point(p, s, "a", STORE_DONE, "{\"x\": 1}");
	assert_point(p, s, "b", STORE_FAILED, "{\"error\": \"e\"}");
	assert_point(p, s, "c", STORE_MISSING, NULL);
	store_close(s);
	s = open_to_write(p, p->one);
	put(p, s, "b", STORE_DONE, "{\"x\": 3}"); /* tried again with success */
	assert_point(p, s, "b", STORE_DONE, "{\"x\": 3}");
	store_close(s);
}

static void test_sweeps(void **state)
{
	struct place *p = *state;
	struct store_member members[] = {{"a", "[\"1\"]"}, {"b", "[\"2\"]"}};
	struct store_sweep first = {
		.name = "n", .axes = "[\"cpu\"]", .rule = "", .members = members, .n = 2};
	struct store_sweep other = {
		.name = "m", .axes = "[\"cpu\"]", .rule = "", .members = members, .n = 1};
	struct store_sweep got;
	struct store *s = open_to_write(p, p->one);
	assert_true(store_put_sweep(s, &first, p->diag));
	assert_true(store_put_sweep(s, &other, p->diag));
	assert_string_not_equal(first.id, other.id);
	assert_true(store_get_sweep(s, NULL, &got, p->arena, p->diag));
	assert_string_equal(got.name, "m"); /* the latest */
	assert_true(store_put_sweep(s, &first, p->diag));
	assert_int_equal(store_sweeps(s), 2);
	assert_true(store_get_sweep(s, NULL, &got, p->arena, p->diag));
	assert_string_equal(got.name, "n");
	assert_string_equal(got.axes, "[\"cpu\"]");
	assert_int_equal(got.n, 2);
	assert_string_equal(got.members[1].key, "b");
	assert_string_equal(got.members[1].settings, "[\"2\"]");
	assert_true(store_get_sweep(s, "m", &got, p->arena, p->diag));
	assert_int_equal(got.n, 1);
	assert_false(store_get_sweep(s, "x", &got, p->arena, p->diag));
	assert_mentions(p->diag, "has no sweep called 'x'");
	store_close(s);
}

static void test_merge(void **state)
{
	struct place *p = *state;
	struct store_member members[] = {{"a", "[]"}, {"b", "[]"}};
	struct store_sweep sweep = {
		.name = "n", .axes = "[]", .rule = "", .members = members, .n = 2};
	struct store *one = open_to_write(p, p->one), *two = open_to_write(p, p->two);
	assert_true(store_put_sweep(two, &sweep, p->diag));
	put(p, one, "a", STORE_DONE, "1");
	put(p, one, "b", STORE_FAILED, "2");
	put(p, two, "a", STORE_FAILED, "3");
	put(p, two, "b", STORE_DONE, "4");
	put(p, two, "c", STORE_DONE, "5");
	store_close(two);
	assert_true(store_merge(one, p->two, p->diag));
	assert_true(store_merge(one, p->two, p->diag)); /* again: no change */
	assert_point(p, one, "a", STORE_DONE, "1");
	assert_point(p, one, "b", STORE_DONE, "4");
	assert_point(p, one, "c", STORE_DONE, "5");
	assert_int_equal(store_sweeps(one), 1);
	assert_true(store_get_sweep(one, NULL, &sweep, p->arena, p->diag));
	assert_int_equal(sweep.n, 2);
	assert_false(store_merge(one, "/nowhere/x.db", p->diag));
	store_close(one);
}

static void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");
	fputs(text, f);
	fclose(f);
}

static void test_not_a_store(void **state)
{
	struct place *p = *state;
	sqlite3 *db;
	write_file(p->one, "dataplane: bess, and long enough to be looked at as a header\n");
	assert_null(store_open(p->one, true, p->diag));
	assert_mentions(p->diag, "file is not a database");
	assert_int_equal(sqlite3_open(p->two, &db), SQLITE_OK);
	sqlite3_exec(db, "CREATE TABLE t (x)", NULL, NULL, NULL);
	sqlite3_close(db);
	assert_null(store_open(p->two, true, p->diag));
	assert_mentions(p->diag, "is a database, but not a store");
	assert_null(store_open("/nowhere/x.db", false, p->diag));
	assert_mentions(p->diag, "cannot read store '/nowhere/x.db'");
}

/* Writes points 0, 1, ... and tells their numbers until it is killed. */
static void write_forever(const char *path, int tell)
{
	struct diag *d = diag_new();
	struct store *s = store_open(path, true, d);
	for (int i = 0; s; i++) {
		char key[16];
		snprintf(key, sizeof(key), "%d", i);
		if (!store_put(s, &(struct store_point){key, STORE_DONE, "{\"filler\": 0}"}, d) ||
			write(tell, &i, sizeof(i)) != sizeof(i))
			break;
	}
	_exit(1);
}

static pid_t start_writer(struct place *p, int *told)
{
	int ends[2];
	assert_int_equal(pipe(ends), 0);
	pid_t pid = fork();
	if (pid == 0) {
		close(ends[0]);
		write_forever(p->one, ends[1]);
	}
	close(ends[1]);
	*told = ends[0];
	return pid;
}

static void assert_intact(const char *path)
{
	sqlite3 *db;
	sqlite3_stmt *q;
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &q, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(q), SQLITE_ROW);
	assert_string_equal((const char *)sqlite3_column_text(q, 0), "ok");
	sqlite3_finalize(q);
	sqlite3_close(db);
}

static void test_kill(void **state)
{
	struct place *p = *state;
	for (int round = 0; round < 20; round++) {
		int told, last = -1, i;
		pid_t pid = start_writer(p, &told);
		while (last < round && read(told, &last, sizeof(last)) == sizeof(last))
			;
		kill(pid, SIGKILL);
		while (read(told, &i, sizeof(i)) == sizeof(i))
			last = i; /* what it said before it died */
		close(told);
		waitpid(pid, NULL, 0);
		assert_intact(p->one);
		struct store *s = open_to_write(p, p->one); /* the lock died with it */
		for (i = 0; i <= last; i++) {
			char key[16];
			snprintf(key, sizeof(key), "%d", i);
			assert_int_equal(store_get(s, key, NULL, NULL), STORE_DONE);
		}
		store_close(s);
	}
}

static void test_second_writer(void **state)
{
	struct place *p = *state;
	int told, i;
	pid_t pid = start_writer(p, &told);
	assert_int_equal(read(told, &i, sizeof(i)), sizeof(i));
	assert_null(store_open(p->one, true, p->diag));
	char expected[64];
	snprintf(expected, sizeof(expected), "is being written by another run (process %ld)",
		(long)pid);
	assert_mentions(p->diag, expected);
	struct store *s = store_open(p->one, false, p->diag); /* reading goes on */
	assert_non_null(s);
	assert_int_equal(store_get(s, "0", NULL, NULL), STORE_DONE);
	store_close(s);
	kill(pid, SIGKILL);
	close(told);
	waitpid(pid, NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_points, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_sweeps, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_merge, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_not_a_store, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_kill, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_second_writer, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
