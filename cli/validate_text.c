/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/text.h"
#include "cli/validate_out.h"

#include <math.h>
#include <string.h>

#define PERCENT 100.0
#define MPPS 1e-6
#define US_PER_PS 1e-6

enum { DIGITS = 4, LOSS_DIGITS = 2 };

static const char *const class_names[LEDGER_CLASSES] = {"rates", "latencies", "others"};

/* How the metric of a point is written. */
struct unit {
	double scale;
	const char *name;
};

static struct unit unit_of(const struct dataset_point *p)
{
	if (p->kind == DATASET_RATIO)
		return (struct unit){1, ""};
	switch ((enum dataset_metric)p->metric) {
	case DATASET_DELIVERED:
	case DATASET_LOST:
	case DATASET_NDR:
	case DATASET_PDR:
		return (struct unit){MPPS, " Mpps"};
	case DATASET_LATENCY:
	case DATASET_MEDIAN:
	case DATASET_P50:
	case DATASET_P90:
	case DATASET_P99:
	case DATASET_P999:
		return (struct unit){US_PER_PS, " us"};
	case DATASET_LINE_RATE_SIZE:
		return (struct unit){1, " B"};
	case DATASET_LOSS:
	case DATASET_LINE_RATE:
		break;
	}
	return (struct unit){PERCENT, " %"};
}

static const char *in_unit(double value, const struct dataset_point *p, struct arena *a)
{
	struct unit u = unit_of(p);
	return arena_printf(a, "%s%s", text_number(value * u.scale, DIGITS, a), u.name);
}

const char *validate_text_verdict(const struct ledger_row *r)
{
	bool number = dataset_has_error(r->point);
	switch (r->verdict) {
	case LEDGER_GOOD:
		return number ? "good" : "holds";
	case LEDGER_OFF:
		return number ? "off" : "fails";
	case LEDGER_UNCLEAR:
		return "unclear";
	case LEDGER_NONE:
		break;
	}
	return "fact";
}

static const char *measured(const struct ledger_row *r, struct arena *a)
{
	const struct dataset_point *p = r->point;
	switch ((enum dataset_kind)p->kind) {
	case DATASET_VALUE:
	case DATASET_RATIO:
		return in_unit(p->measured, p, a);
	case DATASET_BOUND:
		return arena_printf(
			a, "%s %s", p->sign > 0 ? ">=" : "<=", in_unit(p->measured, p, a));
	case DATASET_CLAIM:
		return p->truth ? "line rate" : "not line rate";
	case DATASET_ORDERING:
		return p->sign > 0 ? "greater" : "less";
	case DATASET_FACT:
		break;
	}
	return "-";
}

static const char *predicted(const struct ledger_row *r, struct arena *a)
{
	const struct dataset_point *p = r->point;
	if (p->kind == DATASET_FACT)
		return "-";
	if (p->kind == DATASET_CLAIM)
		return arena_printf(
			a, "%s %% lost", text_number(PERCENT * r->predicted.value, LOSS_DIGITS, a));
	const char *own = in_unit(r->predicted.value, p, a);
	if (p->kind == DATASET_ORDERING)
		return arena_printf(a, "%s %c %s",
			text_number(r->predicted.value * unit_of(p).scale, DIGITS, a),
			r->predicted.value > r->other.value ? '>' : '<',
			in_unit(r->other.value, p, a));
	return own;
}

static const char *percent(double ratio, struct arena *a)
{
	return isnan(ratio) ? "-" : arena_printf(a, "%+.2f %%", PERCENT * ratio);
}

/* The half-width relative to the prediction. */
static const char *half(const struct ledger_row *r, struct arena *a)
{
	double ratio = r->half / r->predicted.value;
	if (!dataset_has_error(r->point) || !isfinite(ratio))
		return "-";
	return arena_printf(a, "%.1f %%", PERCENT * ratio);
}

static const char *verdict(const struct ledger_row *r, struct arena *a)
{
	const char *word = validate_text_verdict(r);
	return r->point->apart ? arena_printf(a, "%s (apart: %s)", word, r->point->apart) : word;
}

static const char *use_of(const struct dataset_point *p)
{
	return p->kind == DATASET_FACT ? "-" : dataset_uses[p->use];
}

/* "pnic0.rx 5.54 Mpps": the place where most is lost. */
static const char *lost_at(const struct ledger *l, const struct ledger_row *r)
{
	const struct runs_answer *a = runs_answer(l->runs, r->left.run[0]);
	const struct runs_place *most = NULL;
	for (uint32_t i = 0; i < a->n_places; i++)
		if (a->places[i].pps > 0 && (!most || a->places[i].pps > most->pps))
			most = &a->places[i];
	return most ? arena_printf(l->arena, "%s %s", most->name,
			      text_rate(most->pps, "pps", DIGITS, l->arena))
		    : "-";
}

static const char *bottleneck(const struct ledger *l, const struct ledger_row *r)
{
	const char *name = runs_answer(l->runs, r->left.run[0])->bottleneck;
	return name ? name : "-";
}

/* What all ids of a group start with, up to a hyphen: left out in the detailed table. */
static size_t common_prefix(const struct ledger_row *const *rows, size_t n)
{
	const char *first = rows[0]->point->id;
	size_t len = n > 1 ? strlen(first) : 0;
	for (size_t i = 1; i < n; i++)
		for (size_t j = 0; j < len; j++)
			if (rows[i]->point->id[j] != first[j])
				len = j;
	while (len > 0 && first[len - 1] != '-')
		len--;
	return len;
}

static void put_row(const struct ledger *l, const struct ledger_row *r, struct text_table *t)
{
	struct arena *a = l->arena;
	text_table_cell(t, "%s", r->point->id);
	text_table_cell(t, "%s", measured(r, a));
	text_table_cell(t, "%s", predicted(r, a));
	text_table_cell(t, "%s", half(r, a));
	text_table_cell(t, "%s", percent(r->error, a));
	text_table_cell(t, "%s", use_of(r->point));
	text_table_cell(t, "%s", verdict(r, a));
}

static void put_detailed_row(
	const struct ledger *l, const struct ledger_row *r, size_t prefix, struct text_table *t)
{
	struct arena *a = l->arena;
	text_table_cell(t, "%s", r->point->id + prefix);
	text_table_cell(t, "%s", measured(r, a));
	text_table_cell(t, "%s", predicted(r, a));
	text_table_cell(t, "%s", percent(r->error, a));
	text_table_cell(t, "%s", use_of(r->point));
	text_table_cell(t, "%s", r->left.n ? lost_at(l, r) : "-");
	text_table_cell(t, "%s", r->left.n ? bottleneck(l, r) : "-");
}

static const char *const brief_heads[] = {
	"<point", ">measured", ">predicted", ">+-", ">error", "<mark", "<verdict", NULL};
static const char *const detail_heads[] = {
	"<point", ">measured", ">predicted", ">error", "<mark", "<lost at", "<slowest", NULL};

static bool in_group(const struct ledger_row *r, const struct dataset *set, const char *group)
{
	const char *own = r->point->group;
	if (r->set != set)
		return false;
	return group && own ? strcmp(own, group) == 0 : group == own;
}

static void put_group(const struct ledger *l, const struct dataset *set,
	const struct dataset_text *group, bool detail, FILE *to)
{
	const struct ledger_row **rows = arena_alloc(l->arena, (l->n + 1) * sizeof(*rows));
	struct text_table t;
	size_t n = 0;
	for (size_t i = 0; i < l->n; i++)
		if (in_group(&l->rows[i], set, group ? group->name : NULL))
			rows[n++] = &l->rows[i];
	if (!n)
		return;
	size_t prefix = common_prefix(rows, n);
	text_table_start(&t, detail ? detail_heads : brief_heads, l->arena);
	for (size_t i = 0; i < n; i++)
		if (detail)
			put_detailed_row(l, rows[i], prefix, &t);
		else
			put_row(l, rows[i], &t);
	if (group)
		text_heading(to, group->text);
	text_table_print(&t, to);
	fputc('\n', to);
}

static const char *rank_text(double rank, struct arena *a)
{
	return isnan(rank) ? "-" : arena_printf(a, "%.3f", rank);
}

static void put_stats(const struct ledger *l, const struct dataset *set, struct text_table *t,
	enum ledger_class c, enum dataset_use use)
{
	struct ledger_stats s = ledger_stats(l, set, c, use);
	if (!s.n)
		return;
	text_table_cell(t, "%s", dataset_uses[use]);
	text_table_cell(t, "%s", class_names[c]);
	text_table_cell(t, "%zu", s.n);
	text_table_cell(t, "%zu", s.good);
	text_table_cell(t, "%.2f %%", PERCENT * s.mape);
	text_table_cell(t, "%s", percent(s.bias, l->arena));
	text_table_cell(t, "%s", rank_text(s.rank, l->arena));
	text_table_cell(t, "%zu of %zu", s.covered, s.n);
	text_table_cell(t, "%s", percent(s.worst->error, l->arena));
	text_table_cell(t, "%s", s.worst->point->id);
}

static void put_claims(const struct ledger *l, const struct dataset *set, FILE *to)
{
	for (int use = DATASET_HELD_OUT; use >= DATASET_FIT; use--) {
		struct ledger_claims c = ledger_claims(l, set, (enum dataset_use)use);
		if (!c.n)
			continue;
		fprintf(to, "claims, %s: %zu of %zu hold", dataset_uses[use], c.pass, c.n);
		fprintf(to, c.unclear ? ", %zu unclear\n" : "\n", c.unclear);
	}
}

static void put_limits(const struct ledger *l, const struct dataset *set, FILE *to)
{
	struct limits_line line[LIMITS_MAX];
	size_t n = limits_check(l, set, line);
	for (size_t i = 0; i < n; i++) {
		fprintf(to, "%s: ", line[i].what);
		if (line[i].n)
			fprintf(to, "%.2f %%, ", PERCENT * line[i].is);
		fprintf(to, "at most %.0f %% (%zu points, at least %zu): %s\n",
			PERCENT * line[i].most, line[i].n, line[i].least,
			limits_verdicts[line[i].verdict]);
	}
}

static void put_summary(const struct ledger *l, const struct dataset *set, FILE *to)
{
	static const char *const heads[] = {"<mark", "<of", ">points", ">good", ">MAPE", ">bias",
		">rank", ">in interval", ">worst", "<at", NULL};
	struct text_table t;
	text_table_start(&t, heads, l->arena);
	for (int use = DATASET_HELD_OUT; use >= DATASET_FIT; use--)
		for (int c = 0; c < LEDGER_CLASSES; c++)
			put_stats(l, set, &t, (enum ledger_class)c, (enum dataset_use)use);
	if (t.n_cells > 0) {
		text_heading(to, "Accuracy, points that stand apart left out");
		text_table_print(&t, to);
	}
	put_claims(l, set, to);
	put_limits(l, set, to);
	fputc('\n', to);
}

/* "rates 0.41 % MAPE over 10 points, worst -0.9 %" */
static void put_headline(const struct ledger *l, FILE *to)
{
	struct ledger_claims claims = ledger_claims(l, NULL, DATASET_HELD_OUT);
	const char *gap = "";
	fputs("Held out: ", to);
	for (int c = 0; c < LEDGER_CLASSES; c++) {
		struct ledger_stats s =
			ledger_stats(l, NULL, (enum ledger_class)c, DATASET_HELD_OUT);
		if (!s.n)
			continue;
		fprintf(to, "%s%s within %.2f %% on average over %zu points, worst %s", gap,
			class_names[c], PERCENT * s.mape, s.n, percent(s.worst->error, l->arena));
		gap = "; ";
	}
	if (claims.n)
		fprintf(to, "%s%zu of %zu claims hold", gap, claims.pass, claims.n);
	else if (!*gap)
		fputs("nothing", to);
	fputc('\n', to);
}

void validate_text_print(const struct ledger *l, bool detail, FILE *to)
{
	for (size_t i = 0; i < l->n_sets; i++) {
		const struct dataset *s = l->sets[i];
		const struct dataset_text *group = s->groups.items;
		fprintf(to, "%s\n\n", s->title ? s->title : s->name);
		put_group(l, s, NULL, detail, to);
		for (size_t j = 0; j < s->groups.n; j++)
			put_group(l, s, &group[j], detail, to);
		put_summary(l, s, to);
	}
	put_headline(l, to);
}

/* --- Leave-one-out --- */

static void put_left_out_row(const struct refit_row *r, struct text_table *t)
{
	struct arena *a = t->arena;
	text_table_cell(t, "%s", r->point->id);
	text_table_cell(t, "%s", r->fitted ? "fit" : "held-out");
	text_table_cell(t, "%s", percent(r->shipped, a));
	text_table_cell(t, "%s", percent(r->left_out, a));
	text_table_cell(t, "%.1f", r->value);
	text_table_cell(t, "%.1f", r->refit->stated);
	text_table_cell(t, "%s", percent(r->other, a));
}

void validate_text_left_out(const struct refit_row *rows, size_t n, struct arena *a, FILE *to)
{
	static const char *const heads[] = {"<point", "<mark", ">error", ">left out", ">value then",
		">stated", ">other dataplane", NULL};
	struct text_table t;
	double sum = 0, left_out = 0;
	text_table_start(&t, heads, a);
	for (size_t i = 0; i < n; i++) {
		put_left_out_row(&rows[i], &t);
		sum += fabs(rows[i].shipped);
		left_out += fabs(rows[i].left_out);
	}
	text_heading(to, "Leave one out: each point predicted from the others of its row");
	text_table_print(&t, to);
	if (n > 0)
		fprintf(to, "MAPE %.2f %% as shipped, %.2f %% when the point is left out\n",
			PERCENT * sum / (double)n, PERCENT * left_out / (double)n);
	fputs("left out: fitted to all other points of the same network function; other dataplane: "
	      "with "
	      "the\nvalue fitted to another dataplane, and nothing fitted to this one\n\n",
		to);
}

/* --- Markdown --- */

static void markdown_group(const struct ledger *l, const struct dataset *set,
	const struct dataset_text *group, FILE *to)
{
	struct arena *a = l->arena;
	bool any = false;
	for (size_t i = 0; i < l->n; i++) {
		const struct ledger_row *r = &l->rows[i];
		if (!in_group(r, set, group ? group->name : NULL) || r->point->kind == DATASET_FACT)
			continue;
		if (!any)
			fprintf(to,
				"\n### %s\n\n| point | measured | predicted | +- | error | mark | "
				"verdict |\n"
				"|---|---:|---:|---:|---:|---|---|\n",
				group ? group->text : "Points");
		any = true;
		fprintf(to, "| `%s` | %s | %s | %s | %s | %s | %s |\n", r->point->id,
			measured(r, a), predicted(r, a), half(r, a), percent(r->error, a),
			use_of(r->point), verdict(r, a));
	}
}

static void markdown_stats(const struct ledger *l, const struct dataset *set, FILE *to)
{
	fputs("\n| mark | of | points | good | MAPE | bias | rank | in interval | worst |\n"
	      "|---|---|---:|---:|---:|---:|---:|---:|---|\n",
		to);
	for (int use = DATASET_HELD_OUT; use >= DATASET_FIT; use--) {
		for (int c = 0; c < LEDGER_CLASSES; c++) {
			struct ledger_stats s =
				ledger_stats(l, set, (enum ledger_class)c, (enum dataset_use)use);
			if (!s.n)
				continue;
			fprintf(to, "| %s | %s | %zu | %zu | %.2f %% | %s | %s | %zu | %s `%s` |\n",
				dataset_uses[use], class_names[c], s.n, s.good, PERCENT * s.mape,
				percent(s.bias, l->arena), rank_text(s.rank, l->arena), s.covered,
				percent(s.worst->error, l->arena), s.worst->point->id);
		}
		struct ledger_claims claims = ledger_claims(l, set, (enum dataset_use)use);
		if (claims.n)
			fprintf(to, "| %s | claims | %zu | %zu | | | | | |\n", dataset_uses[use],
				claims.n, claims.pass);
	}
}

void validate_text_markdown(const struct ledger *l, FILE *to)
{
	put_headline(l, to);
	for (size_t i = 0; i < l->n_sets; i++) {
		const struct dataset *s = l->sets[i];
		const struct dataset_text *group = s->groups.items;
		fprintf(to, "\n## %s\n", s->title ? s->title : s->name);
		markdown_stats(l, s, to);
		markdown_group(l, s, NULL, to);
		for (size_t j = 0; j < s->groups.n; j++)
			markdown_group(l, s, &group[j], to);
	}
}
