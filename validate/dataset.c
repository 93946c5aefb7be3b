/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "validate/dataset.h"

#include "model/datafile.h"
#include "model/relative.h"
#include "model/table.h"

#include <string.h>
#include <unistd.h>

#define FOLDER "../validate/data" /* beside scenarios/, in the source tree and installed */
#define EXAMPLES "points"

const char *const dataset_kinds[] = {"value", "ratio", "bound", "claim", "ordering", "fact", NULL};
const char *const dataset_uses[] = {"fit", "informed", "held-out", NULL};
const char *const dataset_metrics[] = {"delivered", "lost", "loss", "ndr", "pdr", "latency",
	"median", "p50", "p90", "p99", "p99.9", "line-rate", "line-rate-size", NULL};

#define TABLE_TEXTS(key, type, field, text)                                              \
	{                                                                                \
		key, PARAM_TEXTS, offsetof(type, field), 0, 0, 0, NULL, NULL, NULL, text \
	}

static const struct param term_params[] = {
	TABLE_TEXT("scenario", struct dataset_term, scenario, NULL,
		"default: the point's, with its assignments before these"),
	TABLE_TEXTS("set", struct dataset_term, set, "assignments as for --set"), TABLE_END};
static const struct param_table term_table = {"term", "a further scenario",
	sizeof(struct dataset_term), term_params, "set", TABLE_NONE,
	offsetof(struct dataset_term, mark), TABLE_NONE};

#define POINT(field) offsetof(struct dataset_point, field)

static const struct param point_params[] = {
	TABLE_TEXT("id", struct dataset_point, id, "required", "unique over all sets"),
	TABLE_TEXT("what", struct dataset_point, what, NULL, "what was measured, in words"),
	TABLE_TEXT("group", struct dataset_point, group, NULL, "one of the set's groups"),
	TABLE_TEXT("where", struct dataset_point, where, NULL, "place in the publication"),
	TABLE_ENUM("kind", struct dataset_point, kind, "value", dataset_kinds,
		"a number, a ratio of two scenarios, a bound, a claim, an ordering of two "
		"scenarios, or a "
		"fact that no scenario predicts"),
	TABLE_ENUM("mark", struct dataset_point, use, NULL, dataset_uses,
		"fit: a profile's value comes from it; informed: a mechanism was chosen knowing "
		"it"),
	TABLE_ENUM("metric", struct dataset_point, metric, "delivered", dataset_metrics,
		"what of the scenario's result is compared; ndr and pdr are searched for, latency "
		"is the mean, p50 to p99.9 are percentiles"),
	TABLE_TEXT("value", struct dataset_point, value, NULL,
		"a number with its unit; of a claim: true or false; of a bound: at least or at "
		"most a "
		"number; of an ordering: greater or less"),
	TABLE_TEXTS(
		"places", struct dataset_point, places, "metric lost: where; default everywhere"),
	TABLE_QUANTITY("loss", struct dataset_point, loss, DIM_RATIO, 0, 0.99, NULL,
		"metric pdr: share of packets that may be lost; default 0.5 %"),
	TABLE_QUANTITY("tolerance", struct dataset_point, tolerance, DIM_RATIO, 0, 1, NULL,
		"error that is still good; default 5 %, for latencies 15 %"),
	TABLE_QUANTITY("error", struct dataset_point, error, DIM_RATIO, 0, 1, NULL,
		"one standard error of the value, relative; default: the set's repeatability"),
	TABLE_TEXT("apart", struct dataset_point, apart, NULL,
		"why it is shown apart and kept out of all statistics"),
	TABLE_TEXT("note", struct dataset_point, note, NULL, "what a reader should know"),
	TABLE_TEXT(
		"reason", struct dataset_point, reason, NULL, "of a fact: why nothing predicts it"),
	TABLE_TEXT("scenario", struct dataset_point, term.scenario, NULL,
		"name, folder/name or path of the scenario that predicts it"),
	TABLE_TEXTS("set", struct dataset_point, term.set, "assignments as for --set"),
	TABLE_LIST(
		"plus", struct dataset_point, plus, &term_table, "scenarios whose metric is added"),
	TABLE_LIST("against", struct dataset_point, against, &term_table,
		"the other side of a ratio or an ordering, added up"),
	TABLE_END};
_Static_assert(sizeof point_params / sizeof *point_params <= DATASET_MARKS, "room for the marks");
static const struct param_table point_table = {"points", "a measured point",
	sizeof(struct dataset_point), point_params, NULL, POINT(given), POINT(mark), POINT(marks)};

static const struct param fit_params[] = {
	TABLE_TEXT("dataplane", struct dataset_fit, dataplane, "required", "the profile"),
	TABLE_TEXT("key", struct dataset_fit, key, "required", "its value"),
	TABLE_TEXTS("points", struct dataset_fit, points, "ids of the points it comes from"),
	TABLE_TEXTS("holdouts", struct dataset_fit, holdouts,
		"ids of points like them that could replace them (leave-one-out)"),
	TABLE_END};
static const struct param_table fit_table = {"fits", "a value of a profile that comes from points",
	sizeof(struct dataset_fit), fit_params, NULL, TABLE_NONE,
	offsetof(struct dataset_fit, mark), TABLE_NONE};

static const struct param curve_params[] = {
	TABLE_TEXT("name", struct dataset_curve, name, "required", "what the legend says"),
	TABLE_TEXT("scenario", struct dataset_curve, term.scenario, "required",
		"name, folder/name or path of the scenario"),
	TABLE_TEXTS("set", struct dataset_curve, term.set, "assignments as for --set"),
	TABLE_COUNT("skip", struct dataset_curve, skip, 0, 1000, "0",
		"values at the start of the axis that it leaves out"),
	TABLE_END};
static const struct param_table curve_table = {"curves", "predictions of a scenario at all values",
	sizeof(struct dataset_curve), curve_params, NULL, TABLE_NONE,
	offsetof(struct dataset_curve, mark), TABLE_NONE};

static const struct param figure_params[] = {
	TABLE_TEXT("id", struct dataset_figure, id, "required", "name of its files"),
	TABLE_TEXT("title", struct dataset_figure, title, "required", "heading"),
	TABLE_TEXT("about", struct dataset_figure, about, NULL, "what a reader should know"),
	TABLE_TEXT("x", struct dataset_figure, x, "required", "what the axis says"),
	TABLE_TEXT("key", struct dataset_figure, key, "required", "key of the scenario to vary"),
	TABLE_TEXTS("values", struct dataset_figure, values,
		"its values; 'A + B' adds the metrics at A and at B"),
	TABLE_TEXTS("labels", struct dataset_figure, labels, "words for the values, in order"),
	TABLE_ENUM("metric", struct dataset_figure, metric, "delivered", dataset_metrics,
		"delivered or latency"),
	TABLE_LIST("curves", struct dataset_figure, curves, &curve_table, "what is drawn"),
	TABLE_END};
static const struct param_table figure_table = {"figures", "a figure to draw from predictions",
	sizeof(struct dataset_figure), figure_params, NULL, TABLE_NONE,
	offsetof(struct dataset_figure, mark), TABLE_NONE};

static const struct param text_params[] = {
	TABLE_TEXT("text", struct dataset_text, text, "required", "its text"), TABLE_END};
static const struct param_table text_table = {"text", "a text with a name",
	sizeof(struct dataset_text), text_params, "text", TABLE_NONE, TABLE_NONE, TABLE_NONE};

static const struct param limits_params[] = {
	TABLE_QUANTITY("rate_mape", struct dataset_limits, rate_mape, DIM_RATIO, 0, 10, NULL,
		"mean absolute error of rates, at most"),
	TABLE_QUANTITY("rate_worst", struct dataset_limits, rate_worst, DIM_RATIO, 0, 10, NULL,
		"error of any rate, at most"),
	TABLE_QUANTITY("latency_worst", struct dataset_limits, latency_worst, DIM_RATIO, 0, 10,
		NULL, "error of any latency, at most"),
	TABLE_COUNT("rates", struct dataset_limits, rates, 1, 1000000, "1",
		"rates that it takes for an answer"),
	TABLE_COUNT("latencies", struct dataset_limits, latencies, 1, 1000000, "1",
		"latencies that it takes for an answer"),
	TABLE_END};
static const struct param_table limits_table = {"limits", "what held-out points must keep to",
	sizeof(struct dataset_limits), limits_params, NULL, TABLE_NONE,
	offsetof(struct dataset_limits, mark), TABLE_NONE};

static const struct param set_params[] = {
	TABLE_TEXT("title", struct dataset, title, NULL, "heading"),
	TABLE_TEXT("citation", struct dataset, citation, "required",
		"who measured it, published where"),
	TABLE_TEXT(
		"retrieved", struct dataset, retrieved, NULL, "from what the numbers were taken"),
	TABLE_TEXT("supports", struct dataset, supports, NULL, "what it is good for"),
	TABLE_MAP(
		"testbed", struct dataset, testbed, &text_table, "machines and software, by topic"),
	TABLE_TEXTS("not_recoverable", struct dataset, not_recoverable, "results that are lost"),
	TABLE_TEXTS("cautions", struct dataset, cautions, "where the source contradicts itself"),
	TABLE_QUANTITY("repeatability", struct dataset, repeatability, DIM_RATIO, 0, 0.5, "0%",
		"standard error of one measurement that is repeated; widens the intervals"),
	TABLE_MAP("groups", struct dataset, groups, &text_table, "headings of groups of points"),
	TABLE_LIST("fits", struct dataset, fits, &fit_table,
		"values of profiles that come from points"),
	TABLE_GROUP("limits", struct dataset, limits, &limits_table,
		"what the held-out points must keep to"),
	TABLE_LIST("points", struct dataset, points, &point_table, "the measured points"),
	TABLE_LIST("figures", struct dataset, figures, &figure_table,
		"figures to draw from predictions, with the points that lie on them"),
	TABLE_END};
const struct param_table dataset_table = {"measurement set", "measured points and their source",
	sizeof(struct dataset), set_params, NULL, TABLE_NONE, offsetof(struct dataset, mark),
	TABLE_NONE};

/* What the checks of one file share. */
struct reading {
	struct dataset *set;
	struct arena *arena;
	struct diag *diag;
};

static struct mark place_of(const struct dataset_point *p, size_t field)
{
	for (size_t i = 0; point_params[i].key; i++)
		if (point_params[i].offset == field)
			return p->marks[i];
	return p->mark;
}

static unsigned dims_of(const struct dataset_point *p)
{
	if (p->kind == DATASET_RATIO || p->metric == DATASET_LOSS)
		return DIM_RATIO;
	if (dataset_is_latency(p))
		return DIM_TIME;
	return p->metric == DATASET_LINE_RATE_SIZE ? DIM_SIZE : DIM_PPS;
}

static bool read_number(const struct reading *r, struct dataset_point *p, const char *text)
{
	const struct param want = {.key = "value", .dims = dims_of(p), .max = 1e18};
	struct quantity q;
	if (!param_quantity(&want, text, place_of(p, POINT(value)), &q, r->diag))
		return false;
	p->measured = q.value;
	return true;
}

/* "at least 4.529 Mpps" */
static void read_bound(const struct reading *r, struct dataset_point *p)
{
	static const char *const words[] = {"at least ", "at most "};
	for (int i = 0; i < 2; i++) {
		size_t n = strlen(words[i]);
		if (strncmp(p->value, words[i], n) != 0)
			continue;
		p->sign = i ? -1 : 1;
		read_number(r, p, p->value + n);
		return;
	}
	diag_error(r->diag, place_of(p, POINT(value)), NULL,
		"the value of a bound starts with 'at least' or 'at most'");
}

static void read_word(
	const struct reading *r, struct dataset_point *p, const char *yes, const char *no)
{
	p->truth = strcmp(p->value, yes) == 0;
	p->sign = p->truth ? 1 : -1;
	if (!p->truth && strcmp(p->value, no) != 0)
		diag_error(r->diag, place_of(p, POINT(value)), NULL,
			"'value' wants '%s' or '%s' for this kind of point", yes, no);
}

static void read_value(const struct reading *r, struct dataset_point *p)
{
	switch ((enum dataset_kind)p->kind) {
	case DATASET_VALUE:
	case DATASET_RATIO:
		if (read_number(r, p, p->value) && p->measured <= 0)
			diag_error(r->diag, place_of(p, POINT(value)), NULL,
				"'value' must be above 0");
		break;
	case DATASET_BOUND:
		read_bound(r, p);
		break;
	case DATASET_CLAIM:
		read_word(r, p, "true", "false");
		break;
	case DATASET_ORDERING:
		read_word(r, p, "greater", "less");
		break;
	case DATASET_FACT:
		break;
	}
}

static const char *find_scenario(const char *name, struct arena *a)
{
	const char *path = datafile_find("", name, a);
	return path && access(path, R_OK) == 0 ? path : access(name, R_OK) == 0 ? name : NULL;
}

static void resolve_term(const struct reading *r, struct dataset_term *t, struct mark at,
	const struct dataset_term *base)
{
	bool inherits = !t->scenario;
	const char *const *own = t->set.items;
	const char *file = relative_base(at);
	const char *name = inherits ? NULL : relative_path(file, t->scenario, r->arena);
	t->path = inherits ? base->path : find_scenario(name, r->arena);
	if (!t->path && !inherits)
		diag_error(r->diag, at, "`nfvsim list scenarios` shows what there is",
			"no scenario is called '%s'", name);
	size_t before = inherits ? base->n_sets : 0;
	t->n_sets = before + t->set.n;
	t->sets = arena_alloc(r->arena, (t->n_sets + 1) * sizeof *t->sets);
	for (size_t i = 0; i < t->n_sets; i++)
		t->sets[i] =
			i < before ? base->sets[i] : relative_set(file, own[i - before], r->arena);
}

static void resolve_terms(const struct reading *r, struct dataset_point *p)
{
	if (!p->term.scenario) {
		diag_error(r->diag, p->mark, NULL, "point '%s' names no scenario", p->id);
		return;
	}
	resolve_term(r, &p->term, place_of(p, POINT(term.scenario)), NULL);
	struct dataset_term *plus = p->plus.items, *against = p->against.items;
	for (size_t i = 0; i < p->plus.n; i++)
		resolve_term(r, &plus[i], plus[i].mark, &p->term);
	for (size_t i = 0; i < p->against.n; i++)
		resolve_term(r, &against[i], against[i].mark, &p->term);
}

static void check_fact(const struct reading *r, const struct dataset_point *p)
{
	if (!p->reason)
		diag_error(r->diag, p->mark, NULL, "fact '%s' gives no reason", p->id);
}

static void check_point(const struct reading *r, struct dataset_point *p)
{
	bool two_sides = p->kind == DATASET_RATIO || p->kind == DATASET_ORDERING;
	bool truth = p->metric == DATASET_LINE_RATE;
	if (p->kind == DATASET_FACT) {
		check_fact(r, p);
		return;
	}
	if (!param_given(&point_table, p, "mark"))
		diag_error(r->diag, p->mark, "mark: fit, informed or held-out",
			"point '%s' does not say what the model owes to it", p->id);
	if (!p->value)
		diag_error(r->diag, p->mark, NULL, "point '%s' has no value", p->id);
	else
		read_value(r, p);
	if (two_sides != (p->against.n > 0))
		diag_error(r->diag, p->mark, NULL,
			"point '%s': 'against' belongs to ratios and orderings, which need it",
			p->id);
	if (truth != (p->kind == DATASET_CLAIM))
		diag_error(r->diag, p->mark, NULL,
			"point '%s': claims, and only claims, have metric line-rate", p->id);
	if (p->places.n && p->metric != DATASET_LOST)
		diag_error(r->diag, place_of(p, POINT(places)), NULL,
			"'places' belongs to metric lost");
	if (p->loss.dim && p->metric != DATASET_PDR)
		diag_error(r->diag, place_of(p, POINT(loss)), NULL, "'loss' belongs to metric pdr");
	resolve_terms(r, p);
}

static void check_group(const struct reading *r, const struct dataset_point *p)
{
	const struct dataset_text *g = r->set->groups.items;
	for (size_t i = 0; i < r->set->groups.n; i++)
		if (p->group && strcmp(g[i].name, p->group) == 0)
			return;
	if (p->group)
		diag_error(r->diag, place_of(p, POINT(group)), NULL, "no group is called '%s'",
			p->group);
}

static void check_fits(const struct reading *r)
{
	struct dataset_fit *f = r->set->fits.items;
	for (size_t i = 0; i < r->set->fits.n; i++) {
		const struct param_list lists[] = {f[i].points, f[i].holdouts};
		for (size_t j = 0; j < 2; j++)
			for (size_t k = 0; k < lists[j].n; k++) {
				const char *id = ((const char *const *)lists[j].items)[k];
				const struct dataset_point *p = dataset_point(r->set, id);
				if (!p)
					diag_error(r->diag, f[i].mark, NULL,
						"no point is called '%s'", id);
				else if (dataset_is_searched(p))
					diag_error(r->diag, f[i].mark,
						"`calibrate --from` fits to such rates",
						"a value cannot be computed from '%s', a rate that "
						"was searched for",
						id);
			}
	}
}

static void check_figure(const struct reading *r, const struct dataset_figure *f)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
	if (!*f->id || f->id[strspn(f->id, plain)])
		diag_error(r->diag, f->mark, NULL,
			"the id of a figure consists of letters, digits, '-' and '_'");
	if (f->metric != DATASET_DELIVERED && f->metric != DATASET_LATENCY)
		diag_error(r->diag, f->mark, NULL, "a figure shows metric delivered or latency");
	if (!f->values.n || !f->curves.n)
		diag_error(r->diag, f->mark, NULL, "a figure needs values and curves");
	if (f->labels.n && f->labels.n != f->values.n)
		diag_error(r->diag, f->mark, NULL, "figure '%s' has %zu values and %zu labels",
			f->id, f->values.n, f->labels.n);
	struct dataset_curve *c = f->curves.items;
	for (size_t i = 0; i < f->curves.n; i++)
		resolve_term(r, &c[i].term, c[i].mark, NULL);
}

static void check_set(const struct reading *r)
{
	struct dataset_point *p = r->set->points.items;
	for (size_t i = 0; i < r->set->points.n; i++) {
		check_point(r, &p[i]);
		check_group(r, &p[i]);
		if (dataset_point(r->set, p[i].id) != &p[i])
			diag_error(r->diag, place_of(&p[i], POINT(id)), NULL,
				"the id '%s' occurs twice", p[i].id);
	}
	check_fits(r);
	const struct dataset_figure *f = r->set->figures.items;
	for (size_t i = 0; i < r->set->figures.n; i++)
		check_figure(r, &f[i]);
}

const struct dataset_point *dataset_point(const struct dataset *s, const char *id)
{
	const struct dataset_point *p = s->points.items;
	for (size_t i = 0; i < s->points.n; i++)
		if (strcmp(p[i].id, id) == 0)
			return &p[i];
	return NULL;
}

static void complain_missing(const char *name, struct arena *a, struct diag *d)
{
	const char **names;
	size_t n = dataset_list(&names, a);
	const char *near = diag_nearest(name, names, n);
	diag_error(d, (struct mark){0}, near ? arena_printf(a, "did you mean '%s'?", near) : NULL,
		"no measurement set is called '%s'", name);
}

struct dataset *dataset_read(const char *name, struct arena *a, struct diag *d)
{
	size_t before = diag_errors(d);
	const char *path = dataset_find(name, a);
	if (!path) {
		complain_missing(name, a, d);
		return NULL;
	}
	const struct ynode *root = ytree_read(path, a, d);
	if (!root)
		return NULL;
	struct dataset *s = arena_alloc(a, sizeof *s);
	param_read(&dataset_table, root, s, a, d);
	s->name = datafile_stem(name, a);
	if (diag_errors(d) == before)
		check_set(&(struct reading){s, a, d});
	return diag_errors(d) == before ? s : NULL;
}

const char *dataset_find(const char *name, struct arena *a)
{
	const char *path = datafile_find(FOLDER, name, a);
	return path ? path : datafile_find(EXAMPLES, name, a);
}

size_t dataset_list(const char ***names, struct arena *a)
{
	const char **all;
	size_t n = datafile_list(FOLDER, &all, a), kept = 0;
	for (size_t i = 0; i < n; i++)
		if (strcmp(all[i], "gate") != 0)
			all[kept++] = all[i];
	*names = all;
	return kept;
}

const char *dataset_gate_path(struct arena *a)
{
	const char **names, *path = dataset_find("gate", a);
	if (path)
		return path;
	path = dataset_list(&names, a) ? dataset_find(names[0], a) : NULL;
	const char *slash = path ? strrchr(path, '/') : NULL;
	return slash ? arena_printf(a, "%.*s/gate.yaml", (int)(slash - path), path) : NULL;
}
