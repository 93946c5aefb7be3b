/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/calibrate_machine.h"

#include "cli/calibrate_text.h"
#include "cli/json_out.h"
#include "cli/text.h"

#include <math.h>
#include <string.h>

static void put(struct text_table *t, const char *name, struct machine_value v, double scale,
	const char *unit, const char *where)
{
	if (!isfinite(v.value))
		return;
	text_table_cell(t, "%s", name);
	text_table_cell(t, "%s", calibrate_text_error(v.value * scale, v.error * scale, t->arena));
	text_table_cell(t, "%s", unit);
	text_table_cell(t, "%s", where);
}

/* "" where the clock was left alone. */
static const char *at_clock(double set_hz, struct arena *a)
{
	return isfinite(set_hz) ? arena_printf(a, " at %.4g GHz", set_hz / 1e9) : "";
}

static void put_values(const struct machine *m, struct arena *a, FILE *to)
{
	static const char *const heads[] = {"<machine", ">measured", "<unit", "<key", NULL};
	struct text_table t;
	text_table_start(&t, heads, a);
	if (m->n_clocks == 0)
		put(&t, "clock of the cores", m->hz, 1e-9, "GHz", "clock.max");
	for (size_t i = 0; i < m->n_clocks; i++)
		put(&t, arena_printf(a, "at a setting of %.4g GHz", m->clocks[i].set_hz / 1e9),
			m->clocks[i].hz, 1e-9, "GHz", "clock.effective");
	put(&t, "line of a core of the socket", m->line_local_ns, 1, "ns", "memory.line_local");
	put(&t, "line of a core of another", m->line_remote_ns, 1, "ns", "memory.line_remote");
	put(&t, "a line, many at once", m->line_stream_ns, 1, "ns", "");
	put(&t, "so many at a time", m->fill_buffers, 1, "", "memory.fill_buffers");
	for (size_t i = 0; i < m->n_wakes; i++)
		put(&t,
			arena_printf(a, "wake-up after %g us asleep%s", m->wakes[i].sleep_us,
				at_clock(m->wakes[i].set_hz, a)),
			m->wakes[i].ns, 1e-3, "us", "");
	put(&t, "wake-up", m->wake_ns, 1e-3, "us", "worker.delay, vnf.waking.delay");
	text_table_print(&t, to);
}

/* A copy like that elsewhere; NaN: not measured. */
static struct machine_value copy_of(
	const struct machine *m, const struct machine_copy *like, const char *cache)
{
	for (size_t i = 0; i < m->n_copies; i++) {
		const struct machine_copy *c = &m->copies[i];
		bool same_clock = c->set_hz == like->set_hz || isnan(c->set_hz);
		if (c->size_B == like->size_B && same_clock && strcmp(c->cache, cache) == 0)
			return c->cycles;
	}
	return (struct machine_value){NAN, NAN};
}

static void put_copies(const struct machine *m, struct arena *a, FILE *to)
{
	static const char *const heads[] = {
		"<copy, core cycles", ">warm", ">last-level cache", ">memory", NULL};
	static const char *const caches[] = {"warm", "llc", "cold"};
	struct text_table t;
	text_table_start(&t, heads, a);
	for (size_t i = 0; i < m->n_copies; i++) {
		const struct machine_copy *c = &m->copies[i];
		if (strcmp(c->cache, caches[0]) != 0)
			continue;
		text_table_cell(&t, "%g B%s", c->size_B, at_clock(c->set_hz, a));
		for (size_t k = 0; k < sizeof caches / sizeof *caches; k++) {
			struct machine_value v = copy_of(m, c, caches[k]);
			text_table_cell(&t, "%s",
				isfinite(v.value) ? calibrate_text_error(v.value, v.error, a)
						  : "-");
		}
	}
	text_table_print(&t, to);
}

void calibrate_machine_text(const struct machine *m, struct arena *a, FILE *to)
{
	fputc('\n', to);
	put_values(m, a, to);
	if (m->n_copies) {
		fputc('\n', to);
		put_copies(m, a, to);
	}
}

static void put_number(json_t *to, const char *key, struct machine_value v)
{
	char error[64];
	snprintf(error, sizeof error, "%s_error", key);
	json_out_number(to, key, v.value);
	json_out_number(to, error, v.error);
}

void calibrate_machine_json(const struct machine *m, json_t *to)
{
	put_number(to, "line_local_ns", m->line_local_ns);
	put_number(to, "line_remote_ns", m->line_remote_ns);
	put_number(to, "line_stream_ns", m->line_stream_ns);
	put_number(to, "wake_ns", m->wake_ns);
	json_t *list = json_out_list(to, "clocks");
	for (size_t i = 0; i < m->n_clocks; i++) {
		json_t *o = json_out_append(list);
		json_out_number(o, "set_hz", m->clocks[i].set_hz);
		put_number(o, "hz", m->clocks[i].hz);
	}
	list = json_out_list(to, "wakes");
	for (size_t i = 0; i < m->n_wakes; i++) {
		json_t *o = json_out_append(list);
		json_out_number(o, "set_hz", m->wakes[i].set_hz);
		json_out_number(o, "sleep_us", m->wakes[i].sleep_us);
		put_number(o, "ns", m->wakes[i].ns);
	}
	list = json_out_list(to, "copies");
	for (size_t i = 0; i < m->n_copies; i++) {
		json_t *o = json_out_append(list);
		json_out_number(o, "set_hz", m->copies[i].set_hz);
		json_out_text(o, "cache", m->copies[i].cache);
		json_out_number(o, "size_B", m->copies[i].size_B);
		put_number(o, "cycles", m->copies[i].cycles);
	}
}
