/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pieces - counts of trials that can be made in pieces, and added up
 *
 * A piece is a line: what was counted, from which trial on, how many trials, in how many the
 * truth was held, and sums over them.
 */
#ifndef NFVSIM_TESTS_COVERAGE_PIECES_H
#define NFVSIM_TESTS_COVERAGE_PIECES_H

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { PIECES_SUMS = 4, PIECES_MOST = 100000 };

struct piece {
	char name[64], what[64];
	unsigned first, trials, held;
	double sum[PIECES_SUMS];
};

static inline void piece_put(const struct piece *p)
{
	printf("%s\t%s\t%u\t%u\t%u", p->name, p->what, p->first, p->trials, p->held);
	for (int i = 0; i < PIECES_SUMS; i++)
		printf("\t%.9g", p->sum[i]);
	putchar('\n');
	fflush(stdout);
}

static inline bool piece_read(FILE *f, struct piece *p)
{
	return fscanf(f, " %63[^\t]\t%63[^\t] %u %u %u %lf %lf %lf %lf", p->name, p->what,
		       &p->first, &p->trials, &p->held, &p->sum[0], &p->sum[1], &p->sum[2],
		       &p->sum[3]) == 5 + PIECES_SUMS;
}

static inline bool piece_same(const struct piece *x, const struct piece *y)
{
	return !strcmp(x->name, y->name) && !strcmp(x->what, y->what);
}

static inline bool piece_overlaps(const struct piece *x, const struct piece *y)
{
	return x->first < y->first + y->trials && y->first < x->first + x->trials;
}

/* Adds a piece to those before it, of which there are n; false: some trials were counted twice. */
static inline bool pieces_add(
	struct piece *all, size_t n, const struct piece *p, struct piece *sums, size_t *n_sums)
{
	for (size_t i = 0; i < n; i++)
		if (piece_same(&all[i], p) && piece_overlaps(&all[i], p))
			return false;
	size_t k = 0;
	while (k < *n_sums && !piece_same(&sums[k], p))
		k++;
	if (k == *n_sums) {
		sums[(*n_sums)++] = *p;
		return true;
	}
	sums[k].trials += p->trials;
	sums[k].held += p->held;
	for (int i = 0; i < PIECES_SUMS; i++)
		sums[k].sum[i] += p->sum[i];
	return true;
}

/* One sum for each thing counted, in the order of the file; returns how many, 0 after a complaint.
 * Room for PIECES_MOST. */
static inline size_t pieces_sum(FILE *f, struct piece *sums)
{
	static struct piece all[PIECES_MOST];
	size_t n = 0, n_sums = 0;
	for (; n < PIECES_MOST && piece_read(f, &all[n]); n++)
		if (!pieces_add(all, n, &all[n], sums, &n_sums)) {
			fprintf(stderr, "%s, %s: trials counted twice\n", all[n].name, all[n].what);
			return 0;
		}
	return n_sums;
}

/* Whether a share is below the least by more than chance explains: four standard errors. */
static inline bool pieces_below(double share, double least, unsigned trials)
{
	return share < least - 4 * sqrt(least * (1 - least) / trials);
}

#endif
