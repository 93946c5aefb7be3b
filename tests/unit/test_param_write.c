/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Written text is compared by eye, and by reading it back: random structs must return the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/plan_table.h"

enum { MAX_ITEMS = 3, ROUNDS = 2000 };

static char *written(const struct plan *p, int indent)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	param_write(&plan_table, p, to, indent);
	fclose(to);
	return text;
}

static void test_write(void **state)
{
	struct fixture *f = *state;
	char *text;

	assert_true(read_plan(f, "note: 'a: b'\n"
				 "traffic: {rate: 14.88 Mpps}\n"
				 "goal: {loss: 0.5%}\n"
				 "chain: [{nf: fw, tags: [], fast: on}, \"l2 fwd\"]\n"
				 "servers: {s1: c6220}\n"));
	text = written(&f->plan, 2);
	assert_string_equal(text, "  note: \"a: b\"\n"
				  "  cpu: 2.6 GHz\n"
				  "  traffic:\n"
				  "    size: 64 B\n"
				  "    rate: 14.88 Mpps\n"
				  "    arrivals: poisson\n"
				  "  goal:\n"
				  "    loss: 0.5%\n"
				  "    tries: 3\n"
				  "    strict: yes\n"
				  "  chain:\n"
				  "    - nf: fw\n"
				  "      vcpus: 1\n"
				  "      fast: yes\n"
				  "      tags: []\n"
				  "    - nf: \"l2 fwd\"\n"
				  "      vcpus: 1\n"
				  "      tags: [a, b]\n"
				  "  servers:\n"
				  "    s1:\n"
				  "      platform: c6220\n"
				  "      own:\n"
				  "        size: 64 B\n"
				  "        arrivals: poisson\n"
				  "  mode: pipeline\n");
	free(text);
}

/* An optional group with a required part is left out when it was not there. */
static void test_write_defaults(void **state)
{
	struct fixture *f = *state;
	char *text;

	assert_true(read_plan(f, "{chain: []}"));
	text = written(&f->plan, 0);
	assert_string_equal(text, "cpu: 2.6 GHz\n"
				  "traffic:\n"
				  "  size: 64 B\n"
				  "  arrivals: poisson\n"
				  "chain: []\n"
				  "mode: pipeline\n");
	assert_true(read_plan(f, text));
	assert_int_equal(f->plan.chain.n, 0);
	free(text);
}

static uint64_t next_random(uint64_t *state) /* xorshift64*, Vigna 2016 */
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * UINT64_C(2685821657736338717);
}

static unsigned below(uint64_t *seed, unsigned n)
{
	return (unsigned)(next_random(seed) >> 32) % n;
}

static const char *random_text(uint64_t *seed, struct arena *a)
{
	static const char *const parts[] = {"a", "Z", "0", " ", ":", ": ", " #", "#", "\"", "'",
		"\\", "\n", "\t", "-", "- ", "~", "[", "]", "{", "}", ",", "&", "*", "!", "%", "@",
		"`", "|", ">", "?", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\033", "\x7f",
		"\xc2\x85", "\xe2\x80\xa8", "\xef\xbb\xbf", "\xef\xbf\xbe", "null", "yes", "...",
		"---", "\r"};
	char text[128] = "";

	for (unsigned i = below(seed, 8); i > 0; i--)
		strncat(text, parts[below(seed, sizeof(parts) / sizeof(parts[0]))],
			sizeof(text) - strlen(text) - 1);
	return arena_strdup(a, text);
}

static struct quantity random_quantity(uint64_t *seed, double min, double max, enum dim dim)
{
	double u = (double)(next_random(seed) >> 11) / 9007199254740992.0;

	return (struct quantity){below(seed, 3) ? min + u * (max - min) : floor(min), dim};
}

static void random_texts(uint64_t *seed, struct arena *a, struct param_list *list)
{
	const char **texts = arena_alloc(a, MAX_ITEMS * sizeof(*texts));

	list->n = below(seed, MAX_ITEMS + 1);
	list->items = texts;
	for (size_t i = 0; i < list->n; i++)
		texts[i] = random_text(seed, a);
}

static void random_traffic(uint64_t *seed, struct traffic *t)
{
	t->size = random_quantity(seed, 64, 9216, DIM_SIZE);
	if (below(seed, 2))
		t->rate = random_quantity(seed, 0, 1e12, below(seed, 2) ? DIM_BPS : DIM_PPS);
	t->arrivals = (int)below(seed, 3);
}

static void random_plan(uint64_t *seed, struct arena *a, struct plan *p)
{
	struct hop *hops = arena_alloc(a, MAX_ITEMS * sizeof(*hops));
	struct server *servers = arena_alloc(a, MAX_ITEMS * sizeof(*servers));

	memset(p, 0, sizeof(*p));
	p->note = below(seed, 2) ? random_text(seed, a) : NULL;
	p->cpu = random_quantity(seed, 1e8, 1e300, DIM_FREQ);
	random_traffic(seed, &p->traffic);
	p->goal.tries = 3;
	p->goal.strict = true;
	if (below(seed, 2))
		p->goal = (struct goal){random_quantity(seed, 0, 1, DIM_RATIO),
			(int64_t)below(seed, 1000) - 990, below(seed, 2)};
	p->chain = (struct param_list){hops, below(seed, MAX_ITEMS + 1)};
	for (size_t i = 0; i < p->chain.n; i++) {
		hops[i].nf = random_text(seed, a);
		hops[i].vcpus = 1 + below(seed, 64);
		hops[i].fast = below(seed, 2);
		random_texts(seed, a, &hops[i].tags);
	}
	p->servers = (struct param_list){servers, below(seed, MAX_ITEMS + 1)};
	for (size_t i = 0; i < p->servers.n; i++) {
		servers[i].name = arena_printf(a, "s.%zu-%u", i, below(seed, 1000));
		servers[i].platform = random_text(seed, a);
		random_traffic(seed, &servers[i].own);
	}
	random_texts(seed, a, &p->tags);
	p->mode = (int)below(seed, 2);
}

static void assert_same_texts(const struct param_list *a, const struct param_list *b)
{
	assert_int_equal(a->n, b->n);
	for (size_t i = 0; i < a->n; i++)
		assert_string_equal(tag(a, i), tag(b, i));
}

static void assert_same_traffic(const struct traffic *a, const struct traffic *b)
{
	assert_quantity(a->size, b->size.value, b->size.dim);
	assert_quantity(a->rate, b->rate.value, b->rate.dim);
	assert_int_equal(a->arrivals, b->arrivals);
}

static void assert_same_plan(const struct plan *a, const struct plan *b)
{
	const struct hop *hops_a = a->chain.items, *hops_b = b->chain.items;
	const struct server *servers_a = a->servers.items, *servers_b = b->servers.items;

	assert_string_equal(a->note ? a->note : "(null)", b->note ? b->note : "(null)");
	assert_quantity(a->cpu, b->cpu.value, b->cpu.dim);
	assert_same_traffic(&a->traffic, &b->traffic);
	assert_quantity(a->goal.loss, b->goal.loss.value, b->goal.loss.dim);
	assert_int_equal(a->goal.tries, b->goal.tries);
	assert_int_equal(a->goal.strict, b->goal.strict);
	assert_int_equal(a->chain.n, b->chain.n);
	for (size_t i = 0; i < a->chain.n; i++) {
		assert_string_equal(hops_a[i].nf, hops_b[i].nf);
		assert_int_equal(hops_a[i].vcpus, hops_b[i].vcpus);
		assert_int_equal(hops_a[i].fast, hops_b[i].fast);
		assert_same_texts(&hops_a[i].tags, &hops_b[i].tags);
	}
	assert_int_equal(a->servers.n, b->servers.n);
	for (size_t i = 0; i < a->servers.n; i++) {
		assert_string_equal(servers_a[i].name, servers_b[i].name);
		assert_string_equal(servers_a[i].platform, servers_b[i].platform);
		assert_same_traffic(&servers_a[i].own, &servers_b[i].own);
	}
	assert_same_texts(&a->tags, &b->tags);
	assert_int_equal(a->mode, b->mode);
}

static void test_round_trip(void **state)
{
	uint64_t seed = 11;

	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		struct fixture *f;
		struct plan p;
		char *text;

		set_up((void **)&f);
		random_plan(&seed, f->arena, &p);
		text = written(&p, (int)below(&seed, 4));
		if (!read_plan(f, text))
			assert_string_equal(text, "(readable)");
		assert_same_plan(&p, &f->plan);
		free(text);
		tear_down((void **)&f);
	}
}

static void test_schema(void **state)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	(void)state;
	param_schema_text(&plan_table, to);
	fclose(to);
	assert_string_equal(text,
		"plan: A made-up table.\n"
		"note                     a text. For people.\n"
		"cpu                      a frequency, at least 100 MHz; default 2.6 GHz. Clock of "
		"the cores.\n"
		"traffic                  a group of keys and values. What comes in.\n"
		"traffic.size             a size, 64 B to 9216 B; default 64 B. Size of a frame.\n"
		"traffic.rate             a bit rate or a packet rate, at least 0 b/s. What is "
		"offered.\n"
		"traffic.arrivals         one of cbr, poisson, on-off; default poisson. How "
		"packets "
		"arrive.\n"
		"goal                     a group of keys and values. What is enough.\n"
		"goal.loss                a share, 0% to 100%; required. Share that may be lost.\n"
		"goal.tries               a whole number, at most 10; default 3. How often.\n"
		"goal.strict              yes or no; default yes. No excuses.\n"
		"chain                    a list such as [a, b]; default [l2fwd, {nf: fw, vcpus: "
		"2}]. The functions in order.\n"
		"chain[].nf               a text; required. Which function.\n"
		"chain[].vcpus            a whole number, 1 to 64; default 1. How many cores.\n"
		"chain[].fast             yes or no. In a hurry.\n"
		"chain[].tags             a text or a list of texts such as [a, b]; default [a, "
		"b]. "
		"Marks.\n"
		"servers                  a group of names such as {a: ..., b: ...}. Machines by "
		"name.\n"
		"servers.NAME.platform    a text; required. What it is.\n"
		"servers.NAME.own         a group of keys and values. Its own traffic.\n"
		"servers.NAME.own.size    a size, 64 B to 9216 B; default 64 B. Size of a frame.\n"
		"servers.NAME.own.rate    a bit rate or a packet rate, at least 0 b/s. What is "
		"offered.\n"
		"servers.NAME.own.arrivals one of cbr, poisson, on-off; default poisson. How "
		"packets "
		"arrive.\n"
		"tags                     a text or a list of texts such as [a, b]. Marks.\n"
		"mode                     one of run to completion, pipeline; default pipeline. "
		"Who "
		"does what.\n");
	free(text);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_write),
		TEST(test_write_defaults),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_schema),
	};

	return cmocka_run_group_tests_name("param_write", tests, NULL, NULL);
}
