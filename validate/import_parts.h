/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * import_parts - what the readers of results share: one file, and the points made from it
 *
 * A reader opens a point by its id, puts its keys, and ends it. Texts are copied where needed.
 */
#ifndef NFVSIM_VALIDATE_IMPORT_PARTS_H
#define NFVSIM_VALIDATE_IMPORT_PARTS_H

#include "base/ytree.h"
#include "validate/import.h"

enum { IMPORT_FIELDS = 24, IMPORT_SETS = 32 };

struct importing {
	const struct diag_source *source;
	const struct import_extra *extra;
	struct arena *arena;
	struct diag *diag;
	FILE *to;
	const char *base; /* the file, in any folder */
	/* the point that is being made */
	const char *keys[IMPORT_FIELDS], *values[IMPORT_FIELDS]; /* values as YAML */
	size_t n_fields;
	const char *sets[IMPORT_SETS];
	size_t n_sets;
	size_t n_points;
};

/* Letters, digits, dots and single hyphens are kept of the id, the rest becomes hyphens. */
void import_begin(struct importing *m, const char *id);
void import_put(struct importing *m, const char *key, const char *text);
void import_put_texts(struct importing *m, const char *key, const char *semicolons);
void import_set(struct importing *m, const char *assignment);
void import_end(struct importing *m);

/* The place of a byte of the source. */
struct mark import_mark(const struct importing *m, const char *at, size_t len);

/* A rate that was searched for, at which that much may be lost: metric, loss, and an offered rate
 * that every frame size allows. */
void import_put_searched(struct importing *m, double percent);

/* "64" becomes traffic.size=64B, "IMIX" traffic.size=imix; false if it is neither. */
bool import_frame_size(struct importing *m, const char *text);

void import_csv(struct importing *m);
void import_csit(struct importing *m);
void import_json(struct importing *m, const struct ynode *root);

/* Whether the text looks like one of CSIT's. */
bool import_is_csit(const char *text, size_t len);

#endif
