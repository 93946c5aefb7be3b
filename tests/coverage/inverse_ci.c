/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * inverse_ci - how often `calibrate --from` finds values again, within two standard errors
 *
 *   inverse_ci count [FIRST LAST [WORD]]   the trials FIRST to LAST of cases with WORD in their
 *                                          name; lines for each CHUNK of them
 *   inverse_ci table <LINES                adds up such lines, of one count or several
 *
 * Truth is the values that made the points (tests/unit/recovered.h). Exit 1: below 93 % by more
 * than chance explains.
 */
#include "tests/coverage/pieces.h"
#include "tests/unit/recovered_cases.h"

#define LEAST 0.93
#define WITHIN_TWO 0.9545

enum { CHUNK = 50, TRIALS = 2000 };
enum { OFF, SQUARES, ERRORS, LOST };

static bool count_chunk(struct recovered *r, unsigned first, unsigned last)
{
	struct recovered_count c = {0};
	unsigned lost = 0;
	for (unsigned i = first; i <= last; i++)
		lost += !recovered_trial(r, i, &c);
	for (size_t j = 0; j < r->n_values; j++) {
		struct piece p = {.first = first,
			.trials = c.trials,
			.held = c.within[j],
			.sum = {c.off[j], c.squares[j], c.errors[j], lost}};
		snprintf(p.name, sizeof p.name, "%s", r->is->name);
		snprintf(p.what, sizeof p.what, "%s", r->is->keys[j]);
		piece_put(&p);
	}
	return lost == 0;
}

static int count(unsigned first, unsigned last, const char *word)
{
	bool good = true;
	for (int i = 0; i < RECOVERED_CASES; i++) {
		struct recovered r;
		if (!strstr(recovered_cases[i].name, word))
			continue;
		if (!recovered_open(&r, &recovered_cases[i]))
			return 1;
		for (unsigned k = first; k <= last; k += CHUNK)
			good &= count_chunk(&r, k, k + CHUNK - 1 < last ? k + CHUNK - 1 : last);
		recovered_close(&r);
	}
	return good ? 0 : 1;
}

static bool put_row(const struct piece *p)
{
	double n = p->trials, share = p->held / n;
	printf("| %s | `%s` | %u | %.2f %% | %.2f %% | %+.2f %% | %.2f %% | %.2f %% |\n", p->name,
		p->what, p->trials, 100 * share, 100 * sqrt(WITHIN_TWO * (1 - WITHIN_TWO) / n),
		100 * p->sum[OFF] / n, 100 * sqrt(p->sum[SQUARES] / n), 100 * p->sum[ERRORS] / n);
	return !pieces_below(share, LEAST, p->trials) && p->sum[LOST] == 0;
}

static int table(FILE *f)
{
	static struct piece sums[PIECES_MOST];
	size_t n = pieces_sum(f, sums);
	bool good = n > 0;
	printf("| points | value | trials | within two errors | +- | bias | spread | stated error "
	       "|\n"
	       "|---|---|---:|---:|---:|---:|---:|---:|\n");
	for (size_t i = 0; i < n; i++)
		good &= put_row(&sums[i]);
	return good ? 0 : 1;
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "table"))
		return table(stdin);
	if (argc < 2 || strcmp(argv[1], "count") != 0 || argc == 3 || argc > 5) {
		fputs("usage: inverse_ci count [FIRST LAST [WORD]] | table\n", stderr);
		return 2;
	}
	unsigned first = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 1;
	unsigned last = argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : TRIALS;
	return count(first ? first : 1, last, argc > 4 ? argv[4] : "");
}
