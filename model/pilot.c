/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/pilot.h"

#include "sim/stats.h"

#include <math.h>
#include <stdlib.h>

#define SLICES 200
#define LEAST_PACKETS 4000         /* unless they take longer than ... */
#define LEAST_PS (100 * PS_PER_MS) /* ... this; but at least one a slice */
#define DOUBLINGS 8
#define BUDGET_SHARE 64 /* a timer, or the first packet, may take so small a part of the packets */
#define TIMERS 4        /* a pilot covers several flush timer periods */
#define TURNS 10        /* and several mean waits */

double pilot_rate_pps(const struct scenario *s)
{
	double pps = 0;
	for (size_t i = 0; i < s->chains.n; i++)
		pps += scenario_chain(s, i)->traffic.offered_pps;
	return pps;
}

ps_t pilot_time_of(const struct scenario *s, double packets)
{
	double pps = pilot_rate_pps(s);
	double seconds = pps > 0 ? packets / pps : 1e-3;
	return (ps_t)(fmin(seconds, 1e5) * (double)PS_PER_S) + 1;
}

static ps_t budget(const struct scenario *s)
{
	return pilot_time_of(s, (double)s->run.max_packets / BUDGET_SHARE);
}

ps_t pilot_longest_timer(const struct scenario *s, const struct build *b)
{
	ps_t most = budget(s), longest = PS_PER_US;
	for (uint32_t i = 0; i < b->n_tasks; i++)
		if (b->tasks[i].task->txbuf.timer_ps > longest)
			longest = b->tasks[i].task->txbuf.timer_ps;
	return longest < most ? longest : most;
}

bool pilot_all_deliver(const struct scenario *s, const struct build *b)
{
	for (uint32_t c = 0; c < b->n_chains; c++)
		if (!b->chains[c].sink->packets && scenario_chain(s, c)->traffic.offered_pps > 0)
			return false;
	return true;
}

/* In steps that grow with the time it takes. */
static bool first_packets(const struct scenario *s, struct build *b, ps_t step)
{
	ps_t most = b->net->now_ps + budget(s);
	while (!pilot_all_deliver(s, b)) {
		if (b->net->now_ps >= most)
			return false;
		net_run(b->net, b->net->now_ps + step + b->net->now_ps / 8);
	}
	return true;
}

/* Of what all chains delivered in a slice, or for want of that in the one before. */
struct slice {
	double mean_ps, wait_ps; /* wait: beyond the least latency seen so far of each chain */
};

static struct slice run_slice(struct build *b, ps_t span, double *least_ps, struct slice last)
{
	double n = 0, sum = 0, least = 0;
	for (uint32_t c = 0; c < b->n_chains; c++)
		hist_clear(&b->chains[c].sink->latency_ps);
	net_run(b->net, b->net->now_ps + span);
	for (uint32_t c = 0; c < b->n_chains; c++) {
		const struct hist *h = &b->chains[c].sink->latency_ps;
		if (!h->n)
			continue;
		least_ps[c] = fmin(least_ps[c], (double)h->min);
		n += (double)h->n;
		sum += (double)h->sum;
		least += (double)h->n * least_ps[c];
	}
	return n > 0 ? (struct slice){sum / n, (sum - least) / n} : last;
}

ps_t pilot_run(const struct scenario *s, struct build *b, bool *doubtful)
{
	ps_t span = TIMERS * pilot_longest_timer(s, b), some = pilot_time_of(s, SLICES);
	ps_t many = pilot_time_of(s, LEAST_PACKETS);
	many = many < LEAST_PS ? many : LEAST_PS;
	span = span > some ? span : some;
	ps_t slice = (span > many ? span : many) / SLICES + 1;
	bool all = first_packets(s, b, slice);
	double *least_ps = xcalloc(b->n_chains, sizeof *least_ps);
	for (uint32_t c = 0; c < b->n_chains; c++) {
		const struct hist *h = &b->chains[c].sink->latency_ps;
		least_ps[c] = h->n ? (double)h->min : INFINITY;
	}
	bool settled = false;
	ps_t but_for_mser = 0;
	for (int tries = 0; !settled && tries <= DOUBLINGS; tries++, slice *= 2) {
		double mean[SLICES], wait = 0;
		struct slice last = {0, 0};
		for (int i = 0; i < SLICES; i++) {
			last = run_slice(b, slice, least_ps, last);
			mean[i] = last.mean_ps;
			wait += i < SLICES / 2 ? 0 : last.wait_ps / (SLICES - SLICES / 2);
		}
		bool late;
		size_t cut = stats_mser5(mean, SLICES, &late);
		bool replaced = (double)slice * SLICES >= TURNS * wait;
		settled = cut < SLICES / 2 && replaced;
		if (replaced && !but_for_mser)
			but_for_mser = b->net->now_ps;
	}
	free(least_ps);
	*doubtful = !all || !settled;
	return but_for_mser ? but_for_mser : b->net->now_ps;
}
