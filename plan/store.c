/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/store.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* "nfvs" in ASCII marks our files; the number after it changes with the tables. */
#define MARKS "PRAGMA application_id = 1852208755; PRAGMA user_version = 2;"
enum { APPLICATION_ID = 1852208755, TABLES_VERSION = 2, BUSY_MS = 10000 };

static const char tables[] =
	"BEGIN IMMEDIATE;"
	"CREATE TABLE IF NOT EXISTS point (key TEXT PRIMARY KEY, status TEXT NOT NULL "
	"CHECK (status IN ('done', 'failed')), result TEXT NOT NULL) WITHOUT ROWID;"
	"CREATE TABLE IF NOT EXISTS sweep (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, "
	"name TEXT NOT NULL, axes TEXT NOT NULL, rule TEXT NOT NULL);"
	"CREATE TABLE IF NOT EXISTS member (sweep TEXT NOT NULL, number INTEGER NOT NULL, "
	"key TEXT NOT NULL, settings TEXT NOT NULL, PRIMARY KEY (sweep, number)) WITHOUT "
	"ROWID;" MARKS "COMMIT;";

/* A result replaces a failure, nothing else replaces anything. */
#define PUT_POINT(values)                                            \
	"INSERT INTO main.point (key, status, result) " values       \
	" ON CONFLICT (key) DO UPDATE SET status = excluded.status," \
	" result = excluded.result WHERE status = 'failed' AND excluded.status = 'done'"

struct store {
	sqlite3 *db;
	const char *path;
	struct arena *arena;
	sqlite3_stmt *get; /* made when first needed */
	int lock;
};

static bool complain(struct store *s, struct diag *d)
{
	int code = s->db ? sqlite3_errcode(s->db) : SQLITE_NOMEM;
	const char *hint = code == SQLITE_NOTADB ? "a store is a file that sweep made" : NULL;
	diag_error(d, (struct mark){0}, hint, "store '%s': %s", s->path,
		s->db ? sqlite3_errmsg(s->db) : "out of memory");
	return false;
}

static bool execute(struct store *s, const char *sql, struct diag *d)
{
	return sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK || complain(s, d);
}

/* A statement with n texts bound; NULL after an error. */
static sqlite3_stmt *prepare(struct store *s, const char *sql, const char *const *texts, int n)
{
	sqlite3_stmt *q = NULL;
	if (sqlite3_prepare_v2(s->db, sql, -1, &q, NULL) != SQLITE_OK)
		return NULL;
	for (int i = 0; i < n; i++)
		sqlite3_bind_text(q, i + 1, texts[i], -1, SQLITE_STATIC);
	return q;
}

/* Runs a statement that gives no rows. */
static bool change(
	struct store *s, const char *sql, const char *const *texts, int n, struct diag *d)
{
	sqlite3_stmt *q = prepare(s, sql, texts, n);
	bool done = q && sqlite3_step(q) == SQLITE_DONE;
	if (!done)
		complain(s, d);
	sqlite3_finalize(q);
	return done;
}

static int64_t number(struct store *s, const char *sql)
{
	sqlite3_stmt *q = prepare(s, sql, NULL, 0);
	int64_t n = q && sqlite3_step(q) == SQLITE_ROW ? sqlite3_column_int64(q, 0) : -1;
	sqlite3_finalize(q);
	return n;
}

/* A lock of fcntl belongs to the process: children do not have it, its end lets go of it. */
static bool lock(struct store *s, struct diag *d)
{
	const char *path = arena_printf(s->arena, "%s-lock", s->path);
	struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	s->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (s->lock < 0) {
		diag_error(
			d, (struct mark){0}, NULL, "cannot write '%s': %s", path, strerror(errno));
		return false;
	}
	if (fcntl(s->lock, F_SETLK, &all) == 0)
		return true;
	fcntl(s->lock, F_GETLK, &all);
	diag_error(d, (struct mark){0},
		"wait for it, or give this run a store of its own (-o) and merge them afterwards",
		"store '%s' is being written by another run (process %ld)", s->path,
		(long)all.l_pid);
	return false;
}

/* A file of another program, or of another version of this one, is left alone. */
static bool check_kind(struct store *s, struct diag *d)
{
	int64_t id = number(s, "PRAGMA application_id"), version = number(s, "PRAGMA user_version");
	int64_t n = number(s, "SELECT count(*) FROM sqlite_master");
	if (n < 0)
		return complain(s, d);
	if ((n == 0 && id == 0) || (id == APPLICATION_ID && version == TABLES_VERSION))
		return true;
	diag_error(d, (struct mark){0}, NULL,
		id == APPLICATION_ID ? "store '%s' was made by another version of this program"
				     : "'%s' is a database, but not a store",
		s->path);
	return false;
}

static bool open_db(struct store *s, bool write, struct diag *d)
{
	int flags = SQLITE_OPEN_READWRITE | (write ? SQLITE_OPEN_CREATE : 0);
	if (!write && access(s->path, R_OK) != 0) {
		diag_error(d, (struct mark){0}, NULL, "cannot read store '%s': %s", s->path,
			strerror(errno));
		return false;
	}
	if (write && !lock(s, d))
		return false;
	if (sqlite3_open_v2(s->path, &s->db, flags, NULL) != SQLITE_OK)
		return complain(s, d);
	sqlite3_busy_timeout(s->db, BUSY_MS);
	if (!check_kind(s, d))
		return false;
	return !write || (execute(s, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;", d) &&
				 execute(s, tables, d));
}

struct store *store_open(const char *path, bool write, struct diag *d)
{
	struct store *s = xcalloc(1, sizeof(*s));
	s->arena = arena_new();
	s->path = arena_strdup(s->arena, path);
	s->lock = -1;
	if (open_db(s, write, d))
		return s;
	store_close(s);
	return NULL;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	sqlite3_finalize(s->get);
	sqlite3_close(s->db);
	if (s->lock >= 0)
		close(s->lock);
	arena_free(s->arena);
	free(s);
}

enum store_status store_get(struct store *s, const char *key, struct arena *a, const char **result)
{
	enum store_status status = STORE_MISSING;
	if (!s->get)
		s->get = prepare(s, "SELECT status, result FROM point WHERE key = ?", NULL, 0);
	sqlite3_stmt *q = s->get;
	if (q)
		sqlite3_bind_text(q, 1, key, -1, SQLITE_STATIC);
	if (q && sqlite3_step(q) == SQLITE_ROW) {
		const char *word = (const char *)sqlite3_column_text(q, 0);
		status = strcmp(word, "done") == 0 ? STORE_DONE : STORE_FAILED;
		if (a)
			*result = arena_strdup(a, (const char *)sqlite3_column_text(q, 1));
	}
	sqlite3_reset(q);
	return status;
}

bool store_put(struct store *s, const struct store_point *p, struct diag *d)
{
	const char *texts[] = {p->key, p->status == STORE_DONE ? "done" : "failed", p->result};
	return change(s, PUT_POINT("VALUES (?, ?, ?)"), texts, 3, d);
}

static void name_sweep(struct store_sweep *sweep)
{
	struct sha256 h;
	sha256_start(&h);
	sha256_add(&h, sweep->axes, strlen(sweep->axes) + 1);
	sha256_add(&h, sweep->rule, strlen(sweep->rule) + 1);
	for (size_t i = 0; i < sweep->n; i++) {
		const struct store_member *m = &sweep->members[i];
		sha256_add(&h, m->key, strlen(m->key) + 1);
		sha256_add(&h, m->settings, strlen(m->settings) + 1);
	}
	sha256_finish(&h, sweep->id);
}

static bool put_members(struct store *s, const struct store_sweep *sweep, struct diag *d)
{
	bool good = true;
	sqlite3_stmt *q = prepare(s, "INSERT OR IGNORE INTO member VALUES (?, ?, ?, ?)", NULL, 0);
	for (size_t i = 0; q && good && i < sweep->n; i++) {
		sqlite3_bind_text(q, 1, sweep->id, -1, SQLITE_STATIC);
		sqlite3_bind_int64(q, 2, (int64_t)i);
		sqlite3_bind_text(q, 3, sweep->members[i].key, -1, SQLITE_STATIC);
		sqlite3_bind_text(q, 4, sweep->members[i].settings, -1, SQLITE_STATIC);
		good = sqlite3_step(q) == SQLITE_DONE;
		sqlite3_reset(q);
	}
	good = (q && good) || complain(s, d);
	sqlite3_finalize(q);
	return good;
}

bool store_put_sweep(struct store *s, struct store_sweep *sweep, struct diag *d)
{
	name_sweep(sweep);
	const char *texts[] = {sweep->id, sweep->name, sweep->axes, sweep->rule};
	bool good = execute(s, "BEGIN IMMEDIATE", d) &&
		    change(s, "DELETE FROM sweep WHERE id = ?", texts, 1, d) &&
		    change(s, "INSERT INTO sweep (id, name, axes, rule) VALUES (?, ?, ?, ?)", texts,
			    4, d) &&
		    put_members(s, sweep, d) && execute(s, "COMMIT", d);
	if (!good)
		sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	return good;
}

static const char *column(sqlite3_stmt *q, int i, struct arena *a)
{
	return arena_strdup(a, (const char *)sqlite3_column_text(q, i));
}

static bool find_sweep(
	struct store *s, const char *wanted, struct store_sweep *sweep, struct arena *a)
{
	const char *sql =
		wanted ? "SELECT id, name, axes, rule FROM sweep WHERE name = ?1 OR "
			 "substr(id, 1, length(?1)) = ?1 ORDER BY number DESC LIMIT 1"
		       : "SELECT id, name, axes, rule FROM sweep ORDER BY number DESC LIMIT 1";
	sqlite3_stmt *q = prepare(s, sql, &wanted, wanted ? 1 : 0);
	bool found = q && sqlite3_step(q) == SQLITE_ROW;
	if (found) {
		snprintf(sweep->id, sizeof(sweep->id), "%s", column(q, 0, a));
		sweep->name = column(q, 1, a);
		sweep->axes = column(q, 2, a);
		sweep->rule = column(q, 3, a);
	}
	sqlite3_finalize(q);
	return found;
}

bool store_get_sweep(struct store *s, const char *wanted, struct store_sweep *sweep,
	struct arena *a, struct diag *d)
{
	*sweep = (struct store_sweep){0};
	if (!find_sweep(s, wanted, sweep, a)) {
		diag_error(d, (struct mark){0}, NULL, "store '%s' has no sweep%s%s%s", s->path,
			wanted ? " called '" : "", wanted ? wanted : "", wanted ? "'" : "");
		return false;
	}
	const char *id = sweep->id;
	sqlite3_stmt *q = prepare(
		s, "SELECT key, settings FROM member WHERE sweep = ? ORDER BY number", &id, 1);
	struct store_member *m = NULL;
	for (; q && sqlite3_step(q) == SQLITE_ROW; sweep->n++) {
		if ((sweep->n & (sweep->n - 1)) == 0)
			m = xrealloc(m, sweep->n ? 2 * sweep->n : 1, sizeof(*m));
		m[sweep->n] = (struct store_member){column(q, 0, a), column(q, 1, a)};
	}
	sqlite3_finalize(q);
	sweep->members = arena_alloc(a, (sweep->n + 1) * sizeof(*m));
	if (sweep->n)
		memcpy(sweep->members, m, sweep->n * sizeof(*m));
	free(m);
	return true;
}

size_t store_sweeps(struct store *s)
{
	int64_t n = number(s, "SELECT count(*) FROM sweep");
	return n < 0 ? 0 : (size_t)n;
}

bool store_merge(struct store *into, const char *path, struct diag *d)
{
	struct store *from = store_open(path, false, d); /* is it a store at all? */
	store_close(from);
	if (!from || !change(into, "ATTACH ? AS other", &path, 1, d))
		return false;
	bool good = execute(into,
		"BEGIN IMMEDIATE;" PUT_POINT("SELECT key, status, result FROM other.point WHERE "
					     "true") ";"
						     "INSERT OR IGNORE INTO main.sweep (id, name, "
						     "axes, rule) "
						     "SELECT id, name, axes, rule FROM other.sweep "
						     "ORDER BY number;"
						     "INSERT OR IGNORE INTO main.member SELECT * "
						     "FROM other.member;"
						     "COMMIT;",
		d);
	if (!good)
		sqlite3_exec(into->db, "ROLLBACK", NULL, NULL, NULL);
	return change(into, "DETACH other", NULL, 0, d) && good;
}
