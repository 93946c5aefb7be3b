/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core - a processor core that serves its tasks round robin; the only thing that acts
 *
 * A step of a core: finish the burst in hand (its packets land downstream now), then poll the
 * next task: look at its ring, take up to a burst, pay for it, come back when it is done. A poll
 * that finds nothing costs the task's poll cost. When a whole round found nothing the core parks:
 * its polls go on only in arithmetic, and it comes back at the first poll that sees a packet (or
 * a flush timer that has something to send). An interrupt-driven core goes on polling for a
 * while, then sleeps, and wakes a delay after the landing that raised the interrupt.
 */
#ifndef NFVSIM_MODEL_CORE_H
#define NFVSIM_MODEL_CORE_H

#include "model/cost.h"
#include "model/port.h"
#include "sim/events.h"

#include <gsl/gsl_rng.h>
#include <stdbool.h>

struct net;

/* A parked core looks again after this long at the latest: keeps spans of fine_t within range. */
#define CORE_PARK_LIMIT_PS (INT64_C(1) << 41)

enum core_state { CORE_POLLING, CORE_BUSY, CORE_PARKED };

/* When packets wait for a fuller burst before they are sent. */
struct txbuf {
	uint32_t threshold; /* packets that make a full burst; 0: send at once */
	bool bypass;        /* an input burst that fills a burst goes out at once, behind what waits
	                         (rte_port_ethdev writer, DPDK 2.2) */
	ps_t timer_ps;      /* flush timer; 0: none */
	bool after_first;   /* the timer starts with the first packet; else it runs freely */
	uint32_t check_every; /* polls between two looks at the clock (ip_pipeline: 16) */
	bool pay_when_sent;   /* sending a packet costs when it leaves, not when it joins */
	bool adaptive;        /* threshold follows the number of packets the last poll found */
};

enum split { SPLIT_NONE, SPLIT_ROUND_ROBIN, SPLIT_BURST, SPLIT_FLOW };

struct task {
	const char *name;
	const char *role; /* "worker", "vnf" */
	struct core *core;
	struct ring *in;
	uint32_t burst;
	struct law law;
	fine_t send_fine;  /* each burst handed to a port by a task that buffers */
	struct law unsent; /* what a packet costs less when it is not handed on */
	struct port *out;
	uint32_t n_out, turn_out;
	enum split split;
	struct txbuf txbuf;
	gsl_rng *rng; /* for law.spread; owned */
	/* state */
	uint32_t taken;   /* packets in hand */
	bool flushing;    /* the job is a flush, the poll comes next */
	ps_t deadline_ps; /* of the flush timer */
	uint32_t polls;   /* modulo check_every */
	uint32_t adapted;
	uint32_t unfreed; /* sent, and not freed yet */
	ps_t took_ps;
	/* counters, never reset */
	uint64_t packets, bursts, flushes;
	ps_t wait_ps;    /* sum over packets: landing to being taken */
	ps_t service_ps; /* sum over packets: being taken to being handed on */
	ps_t busy_ps;    /* polls that found packets, and flushes */
};

/* When a parked core comes back. */
struct wake {
	fine_t at_fine; /* after the instant of parking */
	uint64_t round; /* whole rounds of polls before it */
	uint32_t task;  /* whose poll it is */
	bool slept;     /* it had gone to sleep by then */
	bool again;     /* nothing is known to happen until then: it sleeps on */
};

struct core {
	const char *name;
	struct net *net;
	uint32_t number; /* actor number */
	int socket;
	const char *server;
	double clock_hz;
	bool interrupt;
	ps_t wake_delay_ps;
	ps_t moderation_ps; /* least time between two interrupts */
	ps_t linger_ps;     /* it goes on polling for so long before it sleeps */
	fine_t wake_fine;   /* cost of a wake-up */
	struct task **tasks;
	uint32_t n_tasks;
	fine_t *before_fine; /* empty polls of tasks 0..i-1; [n_tasks]: of a whole round */
	/* state */
	enum core_state state;
	ps_t next_ps; /* of a core that runs alone: when it acts next */
	struct events
		*events; /* of its group (schedule.h), where it has the number slot; NULL: alone */
	uint32_t slot;
	ps_t now_ps;
	fine_t frac_fine; /* 0 <= frac < FINE_PER_PS: the remainder of now_ps */
	uint32_t turn, empty_polls;
	struct wake wake; /* PARKED: as last computed by core_wake_time */
	bool timers;      /* some task has a flush timer */
	struct task *job;
	ps_t last_irq_ps;
	ps_t stalled_ps; /* counter */
	uint64_t steps;  /* counter: events */
	uint64_t wakes;  /* counter */
};

/* Fills before_fine; to be called once all tasks are known. */
void core_prepare(struct core *c);

/* Acts at its pending instant at_ps; returns the next one. */
ps_t core_step(struct core *c, ps_t at_ps);

/* Packets were put into the ring of one of its tasks: when the parked core now wakes. */
ps_t core_wake_time(struct core *c);

/* task.c: starts a burst (or a flush) at the core's now. False: nothing to do. *cost_fine: how
 * long. */
bool task_start(struct task *t, ps_t now, fine_t *cost_fine);

/* task.c: hands on what was started. 0: done; else stall for so many ps and call again. */
ps_t task_finish(struct task *t, ps_t now);

/* task.c: packets waiting in its transmit buffers. */
uint32_t task_buffered(const struct task *t);

/* task.c: accounts for polls that were skipped while parked: n of them, the first at first_fine
 * after base_ps, then every period_fine. Keeps the free-running flush timer in step. */
void task_skip_polls(
	struct task *t, ps_t base_ps, fine_t first_fine, fine_t period_fine, uint64_t n);

/* task.c: the number of the first poll (from 0: the next one) that flushes the buffer, given as in
 * task_skip_polls; UINT64_MAX: none will. */
uint64_t task_flush_poll(const struct task *t, ps_t base_ps, fine_t first_fine, fine_t period_fine);

#endif
