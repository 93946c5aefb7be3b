/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/sizemix.h"

#include "model/datafile.h"
#include "model/table.h"
#include "model/wire.h"

struct entry {
	struct quantity size, weight;
	struct mark mark;
};

struct mix {
	const char *title, *doc, *source;
	struct param_list sizes;
	struct mark mark;
};

static const struct param entry_params[] = {
	TABLE_QUANTITY("size", struct entry, size, DIM_SIZE, WIRE_MIN_FRAME_B, WIRE_MAX_FRAME_B,
		"required", "frame size with CRC"),
	TABLE_QUANTITY("weight", struct entry, weight, DIM_COUNT, 0, 1e12, "1",
		"how often, relative to the others"),
	TABLE_END};
static const struct param_table entry_table = {"sizes", "one size", sizeof(struct entry),
	entry_params, "size", TABLE_NONE, offsetof(struct entry, mark), TABLE_NONE};

static const struct param mix_params[] = {
	TABLE_TEXT("title", struct mix, title, NULL, "name of the mix"),
	TABLE_TEXT("doc", struct mix, doc, NULL, "what it stands for"),
	TABLE_TEXT("source", struct mix, source, NULL, "where it comes from"),
	TABLE_LIST("sizes", struct mix, sizes, &entry_table, "sizes and weights"), TABLE_END};
const struct param_table sizemix_table = {"size mix", "a distribution of frame sizes",
	sizeof(struct mix), mix_params, NULL, TABLE_NONE, offsetof(struct mix, mark), TABLE_NONE};

uint32_t sizemix_read(const char *name, struct mark at, const uint32_t **sizes_B,
	const double **weights, struct arena *a, struct diag *d)
{
	struct mix m;
	const struct ynode *root = datafile_read("traffic", "size mix", name, at, a, d);
	if (!root || !param_read(&sizemix_table, root, &m, a, d))
		return 0;
	const struct entry *e = m.sizes.items;
	uint32_t n = (uint32_t)m.sizes.n;
	uint32_t *size = arena_alloc(a, (n + 1) * sizeof *size);
	double *weight = arena_alloc(a, (n + 1) * sizeof *weight), sum = 0;
	for (uint32_t i = 0; i < n; i++) {
		size[i] = (uint32_t)e[i].size.value;
		weight[i] = e[i].weight.value;
		sum += weight[i];
	}
	if (sum <= 0) {
		diag_error(d, m.mark, NULL, "a size mix needs sizes with a positive weight");
		return 0;
	}
	*sizes_B = size;
	*weights = weight;
	return n;
}
