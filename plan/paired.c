/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/paired.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

const struct paired_name paired_names[PAIRED_METRICS] = {
	[PAIRED_RATE] = {"delivered", "Mpps", "delivered_pps", 1e-6},
	[PAIRED_LOSS] = {"loss", "%", "loss_ratio", 100},
	[PAIRED_MEAN] = {"mean latency", "us", "latency_mean_ns", 1e-3},
	[PAIRED_P50] = {"p50", "us", "latency_p50_ns", 1e-3},
	[PAIRED_P90] = {"p90", "us", "latency_p90_ns", 1e-3},
	[PAIRED_P99] = {"p99", "us", "latency_p99_ns", 1e-3},
};

struct paired_design paired_design_of(const struct run_result *r)
{
	return (struct paired_design){r->warmup_ps, r->sample_ps,
		r->replications ? r->n_windows : r->samples, r->replications};
}

static ps_t longer(ps_t x, ps_t y)
{
	return x > y ? x : y;
}

struct paired_design paired_both(struct paired_design x, struct paired_design y)
{
	struct paired_design d = {longer(x.warmup_ps, y.warmup_ps),
		longer(x.sample_ps, y.sample_ps), x.samples > y.samples ? x.samples : y.samples,
		x.replications || y.replications};
	if (x.replications != y.replications) {
		const struct paired_design *many = x.replications ? &x : &y;
		d.samples = many->samples;
		d.sample_ps = many->sample_ps;
	}
	return d;
}

struct run_result *paired_run(
	struct scenario *s, const struct paired_design *d, build_tune *tune, void *arg)
{
	struct run_use keep = s->run;
	double ps = (double)d->sample_ps * (d->replications ? 1 : d->samples);
	s->run.warmup = (struct quantity){(double)d->warmup_ps, DIM_TIME};
	s->run.duration = (struct quantity){ps, DIM_TIME};
	s->run.replications = d->replications ? d->samples : 1;
	const struct run_options o = {.tune = tune, .tune_arg = arg};
	struct run_result *r = run_scenario(s, &o);
	s->run = keep;
	return r;
}

static const struct run_chain *total(const struct run_result *r)
{
	return &r->chains[r->n_chains];
}

static double quantile_of(enum paired_metric m)
{
	return m == PAIRED_P50 ? 0.5 : m == PAIRED_P90 ? 0.9 : 0.99;
}

/* Of several chains together a run gives quantiles without intervals. */
struct interval paired_value(const struct run_result *r, enum paired_metric m)
{
	const struct run_chain *c = total(r);
	const struct run_latency *l = &c->latency;
	const struct interval all[] = {[PAIRED_RATE] = c->delivered_pps,
		[PAIRED_LOSS] = c->loss_ratio,
		[PAIRED_MEAN] = l->mean_ns,
		[PAIRED_P50] = l->p50_ns,
		[PAIRED_P90] = l->p90_ns,
		[PAIRED_P99] = l->p99_ns};
	return all[m];
}

static const struct run_sample *sample_of(const struct run_result *r, uint32_t i)
{
	return &r->sample[(size_t)i * (r->n_chains + 1) + r->n_chains];
}

/* How far a sample lies from the value of the whole run: residuals of ratios (Cochran, 6.4),
 * sectioning of quantiles. */
static double apart(const struct run_result *r, uint32_t i, enum paired_metric m)
{
	const struct run_sample *s = sample_of(r, i);
	const struct run_chain *c = total(r);
	double n = r->samples, whole = paired_value(r, m).value;
	switch (m) {
	case PAIRED_RATE:
		return s->delivered / s->seconds - whole;
	case PAIRED_LOSS:
		return (s->dropped - whole * s->offered) * n / (double)c->offered;
	case PAIRED_MEAN:
		return (s->latency_ns - whole * s->delivered) * n / (double)c->delivered;
	case PAIRED_P50:
		return s->p50_ns - whole;
	case PAIRED_P90:
		return s->p90_ns - whole;
	default:
		return s->p99_ns - whole;
	}
}

static bool enough(const struct run_result *r, enum paired_metric m)
{
	return m < PAIRED_P50 || (double)total(r)->hist.n >= stats_quantile_needs(quantile_of(m));
}

struct interval paired_difference(
	const struct run_result *x, const struct run_result *y, enum paired_metric m)
{
	uint32_t n = x->samples < y->samples ? x->samples : y->samples;
	double squares = 0;
	if (!enough(x, m) || !enough(y, m))
		return (struct interval){NAN, NAN};
	for (uint32_t i = 0; i < n; i++) {
		double d = apart(y, i, m) - apart(x, i, m);
		squares += d * d;
	}
	double half = n > 1 ? stats_t975(n - 1) * sqrt(squares / (n - 1) / n) : NAN;
	return (struct interval){paired_value(y, m).value - paired_value(x, m).value, half};
}

double paired_p_value(struct interval difference, uint32_t samples)
{
	if (difference.value == 0)
		return 1;
	double t = fabs(difference.value) / difference.half * stats_t975(samples - 1);
	return 2 * gsl_cdf_tdist_Q(t, samples - 1);
}
