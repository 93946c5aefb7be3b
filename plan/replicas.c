/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/replicas.h"

#include "sim/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CI "_ci95"

enum { LONGEST_KEY = 80 };

static const char *dump(json_t *o, struct arena *a)
{
	char *text = json_dumps(o, JSON_COMPACT | JSON_REAL_PRECISION(17));
	const char *copy = arena_strdup(a, text ? text : "");
	free(text);
	json_decref(o);
	return copy;
}

const char *replicas_write(const struct replicas_rule *r, struct arena *a)
{
	if (r->most <= 1)
		return "";
	json_t *of = json_array();
	for (size_t i = 0; i < r->n_of; i++)
		json_array_append_new(of, json_string(r->of[i]));
	return dump(json_pack("{s:I, s:I, s:f, s:o}", "replications", (json_int_t)r->most, "batch",
			    (json_int_t)r->batch, "until", r->until, "of", of),
		a);
}

static size_t count(const json_t *o, const char *key)
{
	json_int_t n = json_integer_value(json_object_get(o, key));
	return n > 1 ? (size_t)n : 1;
}

struct replicas_rule replicas_read(const char *text, struct arena *a)
{
	json_t *o = json_loads(text, 0, NULL);
	const json_t *of = json_object_get(o, "of");
	struct replicas_rule r = {.most = count(o, "replications"),
		.batch = count(o, "batch"),
		.until = json_number_value(json_object_get(o, "until"))};
	r.of = arena_alloc(a, (json_array_size(of) + 1) * sizeof *r.of);
	for (size_t i = 0; i < json_array_size(of); i++) {
		const char *key = json_string_value(json_array_get(of, i));
		if (key)
			r.of[r.n_of++] = arena_strdup(a, key);
	}
	json_decref(o);
	return r;
}

static size_t least(size_t x, size_t y)
{
	return x < y ? x : y;
}

size_t replicas_first(const struct replicas_rule *r)
{
	return r->until > 0 ? least(r->batch, r->most) : r->most;
}

size_t replicas_after(const struct replicas_rule *r, size_t n)
{
	return n < r->most ? least(2 * n, r->most) : r->most + 1;
}

/* The mean of a number over replications; NaN where any lacks it. */
static struct interval mean_of(const char *key, json_t *const *o, size_t n)
{
	double *x = xcalloc(n, sizeof *x);
	for (size_t i = 0; i < n; i++) {
		const json_t *v = json_object_get(o[i], key);
		x[i] = json_is_number(v) ? json_number_value(v) : NAN;
	}
	struct interval m = stats_mean(x, n);
	free(x);
	return m;
}

/* What no replication knows has no width: the latency where nothing is delivered. */
static bool nowhere(const char *key, json_t *const *o, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (json_is_number(json_object_get(o[i], key)))
			return false;
	return true;
}

static double relative(struct interval i)
{
	if (isnan(i.half))
		return INFINITY;
	return i.half > 0 ? i.half / fabs(i.value) : 0;
}

static double widest(const struct replicas_rule *r, json_t *const *results, size_t n)
{
	double w = 0;
	for (size_t i = 0; i < r->n_of; i++)
		if (!nowhere(r->of[i], results, n))
			w = fmax(w, relative(mean_of(r->of[i], results, n)));
	return w;
}

bool replicas_narrow(const struct replicas_rule *r, json_t *const *results, size_t n)
{
	return widest(r, results, n) <= r->until;
}

void replicas_load(struct store *s, const struct replicas_rule *rule, const struct store_member *m,
	struct replicas *r, struct arena *a)
{
	size_t there = 0;
	r->result = arena_alloc(a, rule->most * sizeof *r->result);
	r->status = arena_alloc(a, rule->most * sizeof *r->status);
	for (size_t i = 0; i < rule->most; i++) {
		const char *text = NULL;
		r->status[i] = store_get(s, m[i].key, a, &text);
		if (r->status[i] == STORE_DONE)
			r->result[i] = json_loads(text, 0, NULL);
	}
	for (r->n = replicas_first(rule);; r->n = replicas_after(rule, r->n)) {
		while (there < r->n && r->result[there])
			there++;
		r->complete = there == r->n;
		if (!r->complete || r->n == rule->most || replicas_narrow(rule, r->result, r->n))
			return;
	}
}

void replicas_free(const struct replicas_rule *rule, struct replicas *r)
{
	for (size_t i = 0; i < rule->most; i++)
		json_decref(r->result[i]);
}

json_t *replicas_result(const struct replicas_rule *rule, const struct replicas *r)
{
	if (!r->complete)
		return NULL;
	return rule->most > 1 ? replicas_pool(rule, r->result, r->n) : json_incref(r->result[0]);
}

static json_t *number(double x)
{
	return isfinite(x) ? json_real(x) : json_null();
}

/* The text that most have; of equals, the first. */
static json_t *usual(const char *key, json_t *const *o, size_t n)
{
	size_t best = 0, most = 0;
	for (size_t i = 0; i < n && most < n - i; i++) {
		size_t same = 0;
		for (size_t k = i; k < n; k++)
			same += json_equal(json_object_get(o[i], key), json_object_get(o[k], key));
		if (same > most) {
			most = same;
			best = i;
		}
	}
	return json_incref(json_object_get(o[best], key));
}

/* +1: the largest, -1: the least. */
static double extreme(const char *key, json_t *const *o, size_t n, int sign)
{
	double most = -INFINITY;
	for (size_t i = 0; i < n; i++) {
		const json_t *x = json_object_get(o[i], key);
		if (!json_is_number(x))
			return NAN;
		most = fmax(most, sign * json_number_value(x));
	}
	return sign * most;
}

static bool is_interval(const char *key, char *base)
{
	size_t len = strlen(key), ci = strlen(CI);
	if (len <= ci || len >= LONGEST_KEY || strcmp(key + len - ci, CI) != 0)
		return false;
	memcpy(base, key, len - ci);
	base[len - ci] = '\0';
	return true;
}

/* What was never lost in n packets may be lost once in a third of them. */
static double loss_bound(json_t *const *o, size_t n)
{
	struct interval loss = mean_of("loss_ratio", o, n);
	double packets = mean_of("packets", o, n).value * (double)n;
	return loss.value > 0 ? loss.value + loss.half : stats_ratio_bound(0, packets);
}

static double pool_number(const char *key, json_t *const *o, size_t n)
{
	char base[LONGEST_KEY];
	double mean = mean_of(key, o, n).value;
	if (is_interval(key, base))
		return mean_of(base, o, n).half;
	if (strcmp(key, "packets") == 0 || strcmp(key, "measured_s") == 0)
		return mean * (double)n;
	if (strcmp(key, "latency_min_ns") == 0)
		return extreme(key, o, n, -1);
	if (strcmp(key, "latency_max_ns") == 0)
		return extreme(key, o, n, 1);
	if (strcmp(key, "loss_ratio_bound") == 0)
		return loss_bound(o, n);
	return mean;
}

static json_t *pool_objects(json_t *const *o, size_t n);

static json_t *pool_value(const char *key, json_t *v, json_t *const *o, size_t n)
{
	if (!json_is_object(v)) {
		bool words = false;
		for (size_t i = 0; i < n; i++)
			words |= json_is_string(json_object_get(o[i], key));
		return words ? usual(key, o, n) : number(pool_number(key, o, n));
	}
	json_t **part = xcalloc(n, sizeof *part);
	for (size_t i = 0; i < n; i++)
		part[i] = json_object_get(o[i], key);
	json_t *pooled = pool_objects(part, n);
	free(part);
	return pooled;
}

static json_t *pool_objects(json_t *const *o, size_t n)
{
	json_t *pooled = json_object(), *v;
	const char *key;
	json_object_foreach(o[0], key, v)
	{
		json_object_set_new_nocheck(pooled, key, pool_value(key, v, o, n));
	}
	return pooled;
}

static bool any_budget(json_t *const *results, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *verdict = json_string_value(json_object_get(results[i], "verdict"));
		if (verdict && strcmp(verdict, "budget") == 0)
			return true;
	}
	return false;
}

json_t *replicas_pool(const struct replicas_rule *r, json_t *const *results, size_t n)
{
	json_t *o = pool_objects(results, n);
	bool good = r->until > 0 ? replicas_narrow(r, results, n) : !any_budget(results, n);
	json_object_set_new(o, "verdict", json_string(good ? "precise" : "budget"));
	json_object_set_new(o, "precision", number(widest(r, results, n)));
	json_object_set_new(o, "replications", json_integer((json_int_t)n));
	return o;
}
