/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writer and resumer of the samples file: see sample_file.h. A key is known by the text of its
 * columns, kept sorted as a hash; a lookup costs log n. */
#include "calib/dpdk/sample_file.h"

#include "calib/dpdk/robust.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

enum { KEY_COLUMNS = 13, LINE_LENGTH = 16384, KEY_LENGTH = 512, DONE_MAX = 1 << 20 };

static const char columns[] =
	"bench,device,burst,size_B,entries,cache,peer,core_a,core_b,socket_a,socket_b,clock_hz,"
	"repeat,"
	"metric,state,cycles_per_burst,cycles_per_packet,ns_per_packet,p10,median,trimmed_mean,mad,"
	"windows,clean_share,pingpong_before,pingpong_after,clock_ratio,issue_ratio,"
	"steal_ms,"
	"preemptions,flag\n";

static const double wide_share = 0.05; /* MAD over median above which the spread is flagged */
static const double clean_enough =
	0.05; /* share of clean windows below which a row is inconclusive */

struct sample_file {
	FILE *stream;
	double tsc_hz;
	uint64_t *done; /* ascending hashes of the keys found when resuming */
	size_t n_done;
	unsigned rows;
};

static uint64_t hash_bytes(const char *text, size_t length)
{
	uint64_t hash = 0xcbf29ce484222325; /* FNV-1a */
	size_t i;

	for (i = 0; i < length; i++)
		hash = (hash ^ (unsigned char)text[i]) * 0x100000001b3;
	return hash;
}

static int compare_hash(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static const char *number_cell(char *text, size_t size, uint64_t value, uint64_t empty)
{
	if (value == empty)
		return "";
	snprintf(text, size, "%" PRIu64, value);
	return text;
}

/* Devices have commas in their names; a cell has none. */
static void device_cell(char *text, size_t size, const char *device)
{
	size_t i;

	snprintf(text, size, "%s", device);
	for (i = 0; text[i]; i++)
		if (strchr(",\n\"", text[i]))
			text[i] = ';';
}

static int key_text(char *text, size_t size, const struct sample_key *k)
{
	char device[128], cell[8][24];

	device_cell(device, sizeof(device), k->device);
	return snprintf(text, size, "%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%u", k->bench, device,
		number_cell(cell[0], 24, k->burst, 0), number_cell(cell[1], 24, k->size_B, 0),
		number_cell(cell[2], 24, k->entries, 0), k->cache, k->peer,
		number_cell(cell[3], 24, k->core_a, SAMPLE_FILE_NONE),
		number_cell(cell[4], 24, k->core_b, SAMPLE_FILE_NONE),
		number_cell(cell[5], 24, k->socket_a, SAMPLE_FILE_NONE),
		number_cell(cell[6], 24, k->socket_b, SAMPLE_FILE_NONE),
		number_cell(cell[7], 24, k->clock_hz, 0), k->repeat);
}

struct sample_file *sample_file_create(const char *path, bool replace, bool *usage)
{
	struct sample_file *file = calloc(1, sizeof(*file));

	if (!file)
		return NULL;
	file->stream = fopen(path, replace ? "w" : "wx");
	if (file->stream)
		return file;
	*usage = errno == EEXIST;
	fprintf(stderr, "nfvsim-calib: %s: %s%s\n", path, strerror(errno),
		errno == EEXIST ? "; add --resume to go on with it, --force to replace it" : "");
	free(file);
	return NULL;
}

/* The length of the first KEY_COLUMNS cells, or 0 if there are fewer. */
static size_t key_length(const char *line)
{
	unsigned commas = 0;
	size_t i;

	for (i = 0; line[i]; i++)
		if (line[i] == ',' && ++commas == KEY_COLUMNS)
			return i;
	return 0;
}

static int remember(struct sample_file *file, const char *line)
{
	size_t length = key_length(line);
	uint64_t hash = hash_bytes(line, length);

	if (!length || (file->n_done && file->done[file->n_done - 1] == hash))
		return 0;
	if (file->n_done == DONE_MAX)
		return -1;
	if (!(file->n_done & (file->n_done - 1))) {
		size_t room = file->n_done ? 2 * file->n_done : 1;
		uint64_t *grown = realloc(file->done, room * sizeof(*grown));

		if (!grown)
			return -1;
		file->done = grown;
	}
	file->done[file->n_done++] = hash;
	return 0;
}

/* Returns which setting the header line contradicts, or NULL. Counts those it confirms. */
static const struct sample_setting *check_setting(
	const char *line, const struct sample_setting *setting, unsigned n, unsigned *confirmed)
{
	unsigned i;

	for (i = 0; i < n; i++) {
		size_t length = strlen(setting[i].key);

		if (strncmp(line + 2, setting[i].key, length) ||
			strncmp(line + 2 + length, ": ", 2))
			continue;
		if (strcmp(line + 4 + length, setting[i].value))
			return &setting[i];
		++*confirmed;
	}
	return NULL;
}

struct reader {
	const char *path;
	const struct sample_setting *setting;
	unsigned n_settings, confirmed;
	const struct sample_setting *other; /* that the header contradicts */
	bool columns;
	off_t whole; /* bytes up to the last full line */
};

/* Returns an explanation of what is wrong with the line, or NULL. */
static const char *read_old_line(struct sample_file *file, struct reader *r, char *line)
{
	if (line[0] != '#' && !r->columns) {
		r->columns = !strcmp(line, columns);
		return r->columns ? NULL : "its columns are not those of this version";
	}
	line[strcspn(line, "\n")] = 0;
	if (line[0] != '#')
		return remember(file, line) ? "too many rows" : NULL;
	if (r->columns)
		return NULL;
	r->other = check_setting(line, r->setting, r->n_settings, &r->confirmed);
	return r->other ? "it was begun with another " : NULL;
}

static const char *read_old(struct sample_file *file, struct reader *r)
{
	char *line = malloc(LINE_LENGTH);
	const char *wrong = line ? NULL : "out of memory";

	while (!wrong && fgets(line, LINE_LENGTH, file->stream)) {
		if (!strchr(line, '\n'))
			break;
		r->whole = ftello(file->stream);
		wrong = read_old_line(file, r, line);
	}
	free(line);
	if (!wrong && r->confirmed != r->n_settings)
		wrong = "its header is not complete";
	if (!wrong && !r->columns)
		wrong = "it has no line of columns";
	return wrong;
}

struct sample_file *sample_file_resume(
	const char *path, const struct sample_setting *setting, unsigned n_settings, bool *usage)
{
	struct sample_file *file = calloc(1, sizeof(*file));
	struct reader r = {.path = path, .setting = setting, .n_settings = n_settings};
	const char *wrong;

	*usage = true;
	if (!file)
		return NULL;
	file->stream = fopen(path, "r+");
	wrong = file->stream ? read_old(file, &r) : strerror(errno);
	if (!wrong && (ftruncate(fileno(file->stream), r.whole) ||
			      fseeko(file->stream, r.whole, SEEK_SET)))
		wrong = strerror(errno);
	if (!wrong) {
		qsort(file->done, file->n_done, sizeof(*file->done), compare_hash);
		return file;
	}
	fprintf(stderr, "nfvsim-calib: cannot resume %s: %s%s\n", path, wrong,
		r.other ? r.other->key : "");
	if (file->stream)
		fclose(file->stream);
	free(file->done);
	free(file);
	return NULL;
}

FILE *sample_file_stream(struct sample_file *file)
{
	return file->stream;
}

void sample_file_tsc(struct sample_file *file, double tsc_hz)
{
	file->tsc_hz = tsc_hz;
}

void sample_file_columns(struct sample_file *file)
{
	fputs(columns, file->stream);
	fflush(file->stream);
}

bool sample_file_has(const struct sample_file *file, const struct sample_key *key)
{
	char text[KEY_LENGTH];
	uint64_t hash;

	if (!file->n_done)
		return false;
	key_text(text, sizeof(text), key);
	hash = hash_bytes(text, strlen(text));
	return bsearch(&hash, file->done, file->n_done, sizeof(hash), compare_hash);
}

struct line {
	char *text;
	size_t size, used;
};

__attribute__((format(printf, 2, 3))) static void add(struct line *line, const char *format, ...)
{
	va_list list;
	int length;

	if (line->used >= line->size)
		return;
	va_start(list, format);
	length = vsnprintf(line->text + line->used, line->size - line->used, format, list);
	va_end(list);
	line->used += (size_t)length;
}

static void add_value(struct line *line, double value)
{
	if (isnan(value))
		add(line, ",");
	else
		add(line, ",%.6g", value);
}

static void add_flag(char *text, size_t size, bool raised, const char *flag)
{
	size_t used = strlen(text);

	if (raised && used < size)
		snprintf(text + used, size - used, "%s%s", used ? ";" : "", flag);
}

static void flag_cell(
	char *text, size_t size, const struct sample_state *s, const struct sample_row *r)
{
	text[0] = 0;
	add_flag(text, size, !r->windows, "missing");
	add_flag(text, size, r->clean_share < clean_enough || r->windows < ROBUST_ENOUGH,
		"inconclusive");
	add_flag(text, size, r->mad > wide_share * r->median, "wide");
	add_flag(text, size, !strcmp(s->state, "moved"), "moved");
	add_flag(text, size, s->shared, "shared");
	add_flag(text, size, s->steal_ms > 0, "steal");
	add_flag(text, size, r->flag && *r->flag, r->flag);
}

static void add_row(struct line *line, const char *key, const struct sample_state *s,
	const struct sample_row *r, double tsc_hz)
{
	double packet = r->trimmed_mean / r->per_call;
	const double value[] = {r->trimmed_mean, packet, packet / tsc_hz * 1e9, r->p10, r->median,
		r->trimmed_mean, r->mad, r->windows, r->clean_share, s->pingpong_before_cycles,
		s->pingpong_after_cycles, s->clock_ratio, s->issue_ratio, s->steal_ms,
		(double)s->preemptions};
	char flag[96];
	size_t i;

	flag_cell(flag, sizeof(flag), s, r);
	add(line, "%s,%s,%s", key, r->metric, s->state);
	for (i = 0; i < sizeof(value) / sizeof(value[0]); i++)
		add_value(line, value[i]);
	add(line, ",%s\n", flag);
}

int sample_file_write(struct sample_file *file, const struct sample_key *key,
	const struct sample_state *state, const struct sample_row *row, unsigned n_rows)
{
	char text[8192], cells[KEY_LENGTH];
	struct line line = {text, sizeof(text), 0};
	unsigned i;

	key_text(cells, sizeof(cells), key);
	for (i = 0; i < n_rows; i++)
		add_row(&line, cells, state, &row[i], file->tsc_hz);
	file->rows += n_rows;
	if (line.used >= line.size || fwrite(text, 1, line.used, file->stream) != line.used)
		return -1;
	return fflush(file->stream) ? -1 : 0;
}

unsigned sample_file_rows(const struct sample_file *file)
{
	return file->rows;
}

int sample_file_close(struct sample_file *file)
{
	int failed = ferror(file->stream);

	failed |= fclose(file->stream);
	free(file->done);
	free(file);
	return failed ? -1 : 0;
}
