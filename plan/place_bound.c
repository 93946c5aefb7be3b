/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * place_bound - how few servers could do
 *
 * Every VNF needs its vCPUs, and with workers at least one that feeds it: as many as there are
 * queues before it on the same server, but one after a hop. Whatever the placement, a chain's
 * first VNF needs a worker for each receive queue, and its last one for each of its queues, on its
 * server. Sockets, rules and hops are left out, and VNFs may be cut in parts: what remains is a
 * linear program whose least number of servers, rounded up, no placement can beat.
 */
#include "plan/place.h"

#include <math.h>

int place_least_cores(const struct place_problem *p, uint32_t v)
{
	const struct place_vnf *vnf = &p->vnf[v];
	const struct place_chain *c = &p->chain[vnf->chain];
	int n = vnf->cores;
	if (p->movers != PLACE_NO_WORKERS && v == c->first)
		n += c->in;
	if (p->movers == PLACE_WORKERS && v != c->first)
		n += 1;
	if (p->movers == PLACE_WORKERS && v + 1 == c->first + c->n)
		n += vnf->out;
	return n;
}

static double need(const struct place_problem *p, uint32_t v)
{
	return place_least_cores(p, v);
}

static double free_cores(const struct place_problem *p, uint32_t server)
{
	double n = 0;
	for (uint32_t i = 0; i < p->n_bins; i++)
		n += p->bin[i].server == server ? p->bin[i].cores : 0;
	return n;
}

static uint32_t whole(double servers)
{
	return servers > 1 ? (uint32_t)ceil(servers - 1e-6) : 1;
}

/* What is summed up: servers, or their watts. */
struct worth {
	bool watts;
};

static double worth_of_server(const struct place_problem *p, struct worth w, uint32_t server)
{
	return w.watts ? (double)p->server[server].idle_mw / 1e3 : 1;
}

static double worth_of_vnf(
	const struct place_problem *p, struct worth w, uint32_t v, uint32_t server)
{
	return w.watts ? need(p, v) * (double)p->server[server].core_mw / 1e3 : 0;
}

/* Without GLPK: as if all servers were as large as the largest. */
static double bound_by_sum(const struct place_problem *p)
{
	double needed = 0, largest = 1;
	for (uint32_t v = 0; v < p->n_vnfs; v++)
		needed += need(p, v);
	for (uint32_t s = 0; s < p->n_servers; s++)
		largest = fmax(largest, free_cores(p, s));
	return needed / largest;
}

/* As if every core and every server took as little as the least. */
static double watts_by_sum(const struct place_problem *p)
{
	const struct worth w = {.watts = true};
	double idle = INFINITY, cores = 0;
	for (uint32_t s = 0; s < p->n_servers; s++)
		idle = fmin(idle, worth_of_server(p, w, s));
	for (uint32_t v = 0; v < p->n_vnfs; v++) {
		double least = INFINITY;
		for (uint32_t s = 0; s < p->n_servers; s++)
			least = fmin(least, worth_of_vnf(p, w, v, s));
		cores += least;
	}
	return idle + cores;
}

#ifdef HAVE_GLPK

#include "base/library.h"

#include <glpk.h>

/* The library, loaded: its functions by their names. */
struct glpk {
	__typeof__(&glp_create_prob) glp_create_prob;
	__typeof__(&glp_delete_prob) glp_delete_prob;
	__typeof__(&glp_free_env) glp_free_env;
	__typeof__(&glp_term_out) glp_term_out;
	__typeof__(&glp_set_obj_dir) glp_set_obj_dir;
	__typeof__(&glp_add_cols) glp_add_cols;
	__typeof__(&glp_add_rows) glp_add_rows;
	__typeof__(&glp_set_col_bnds) glp_set_col_bnds;
	__typeof__(&glp_set_row_bnds) glp_set_row_bnds;
	__typeof__(&glp_set_obj_coef) glp_set_obj_coef;
	__typeof__(&glp_set_mat_row) glp_set_mat_row;
	__typeof__(&glp_init_smcp) glp_init_smcp;
	__typeof__(&glp_simplex) glp_simplex;
	__typeof__(&glp_get_status) glp_get_status;
	__typeof__(&glp_get_obj_val) glp_get_obj_val;
};

static bool load(struct glpk *g)
{
	const struct library_symbol symbols[] = {
		LIBRARY_SYMBOL(g, glp_create_prob),
		LIBRARY_SYMBOL(g, glp_delete_prob),
		LIBRARY_SYMBOL(g, glp_free_env),
		LIBRARY_SYMBOL(g, glp_term_out),
		LIBRARY_SYMBOL(g, glp_set_obj_dir),
		LIBRARY_SYMBOL(g, glp_add_cols),
		LIBRARY_SYMBOL(g, glp_add_rows),
		LIBRARY_SYMBOL(g, glp_set_col_bnds),
		LIBRARY_SYMBOL(g, glp_set_row_bnds),
		LIBRARY_SYMBOL(g, glp_set_obj_coef),
		LIBRARY_SYMBOL(g, glp_set_mat_row),
		LIBRARY_SYMBOL(g, glp_init_smcp),
		LIBRARY_SYMBOL(g, glp_simplex),
		LIBRARY_SYMBOL(g, glp_get_status),
		LIBRARY_SYMBOL(g, glp_get_obj_val),
	};
	return library_load(HAVE_GLPK, symbols, sizeof symbols / sizeof symbols[0]);
}

/* Columns: y of each server, then x of each VNF on each server. */
static int column(const struct place_problem *p, uint32_t v, uint32_t server)
{
	return (int)(p->n_servers + v * p->n_servers + server + 1);
}

static void add_columns(
	const struct glpk *g, glp_prob *lp, const struct place_problem *p, struct worth w)
{
	g->glp_add_cols(lp, (int)(p->n_servers * (p->n_vnfs + 1)));
	for (uint32_t s = 0; s < p->n_servers; s++) {
		g->glp_set_col_bnds(lp, (int)s + 1, GLP_DB, 0, 1);
		g->glp_set_obj_coef(lp, (int)s + 1, worth_of_server(p, w, s));
		for (uint32_t v = 0; v < p->n_vnfs; v++) {
			int pin = p->vnf[v].server;
			bool here = pin == PLACE_ANY || pin == (int)s;
			g->glp_set_col_bnds(lp, column(p, v, s), here ? GLP_DB : GLP_FX, 0, here);
			g->glp_set_obj_coef(lp, column(p, v, s), worth_of_vnf(p, w, v, s));
		}
	}
}

/* Each VNF is somewhere, as a whole. */
static void add_whole(const struct glpk *g, glp_prob *lp, const struct place_problem *p, uint32_t v)
{
	int index[PLACE_MOST_BINS + 1];
	double one[PLACE_MOST_BINS + 1];
	int row = g->glp_add_rows(lp, 1);
	for (uint32_t s = 0; s < p->n_servers; s++) {
		index[s + 1] = column(p, v, s);
		one[s + 1] = 1;
	}
	g->glp_set_row_bnds(lp, row, GLP_FX, 1, 1);
	g->glp_set_mat_row(lp, row, (int)p->n_servers, index, one);
}

/* Sum of weight x over VNFs <= most y on a server. */
static void add_limit(const struct glpk *g, glp_prob *lp, const struct place_problem *p,
	uint32_t server, double most, double (*weight)(const struct place_problem *, uint32_t))
{
	int index[PLACE_MOST_VNFS + 2];
	double w[PLACE_MOST_VNFS + 2];
	int row = g->glp_add_rows(lp, 1);
	for (uint32_t v = 0; v < p->n_vnfs; v++) {
		index[v + 1] = column(p, v, server);
		w[v + 1] = weight(p, v);
	}
	index[p->n_vnfs + 1] = (int)server + 1;
	w[p->n_vnfs + 1] = -most;
	g->glp_set_row_bnds(lp, row, GLP_UP, 0, 0);
	g->glp_set_mat_row(lp, row, (int)p->n_vnfs + 1, index, w);
}

/* In Gb/s, so that numbers are alike in size. */
static double entering(const struct place_problem *p, uint32_t v)
{
	return place_is_first(p, v) ? (double)p->chain[p->vnf[v].chain].bps / 1e9 : 0;
}

static double leaving(const struct place_problem *p, uint32_t v)
{
	return place_is_last(p, v) ? (double)p->chain[p->vnf[v].chain].bps / 1e9 : 0;
}

/* NaN: no placement, not even in parts, or no answer. */
static double bound_by_glpk(const struct glpk *g, const struct place_problem *p, struct worth w)
{
	glp_prob *lp = g->glp_create_prob();
	glp_smcp options;
	g->glp_term_out(GLP_OFF);
	g->glp_set_obj_dir(lp, GLP_MIN);
	add_columns(g, lp, p, w);
	for (uint32_t v = 0; v < p->n_vnfs; v++)
		add_whole(g, lp, p, v);
	for (uint32_t s = 0; s < p->n_servers; s++) {
		add_limit(g, lp, p, s, free_cores(p, s), need);
		add_limit(g, lp, p, s, (double)p->server[s].port_bps / 1e9, entering);
		add_limit(g, lp, p, s, (double)p->server[s].port_bps / 1e9, leaving);
	}
	g->glp_init_smcp(&options);
	options.presolve = GLP_ON;
	bool solved = g->glp_simplex(lp, &options) == 0 && g->glp_get_status(lp) == GLP_OPT;
	double least = solved ? g->glp_get_obj_val(lp) : NAN;
	g->glp_delete_prob(lp);
	g->glp_free_env();
	return least;
}

uint32_t place_bound(const struct place_problem *p, const char **method)
{
	struct glpk g;
	bool there = load(&g);
	*method = there ? "GLPK" : "a sum of cores";
	return whole(
		there ? bound_by_glpk(&g, p, (struct worth){.watts = false}) : bound_by_sum(p));
}

int64_t place_bound_mw(const struct place_problem *p)
{
	struct glpk g;
	double w = load(&g) ? bound_by_glpk(&g, p, (struct worth){.watts = true}) : watts_by_sum(p);
	return w > 0 ? (int64_t)floor(w * 1e3 * (1 - 1e-9)) : 0;
}

#else

uint32_t place_bound(const struct place_problem *p, const char **method)
{
	*method = "a sum of cores";
	return whole(bound_by_sum(p));
}

int64_t place_bound_mw(const struct place_problem *p)
{
	return (int64_t)floor(watts_by_sum(p) * 1e3 * (1 - 1e-9));
}

#endif
