/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * waiting - formulas of queueing in poll loops, transmit buffers and links
 *
 * Pure functions of numbers; times in ns, rates in packets (or bursts) per ns. The analytic
 * estimate joins them. Each says what it is exact for.
 */
#ifndef NFVSIM_MODEL_WAITING_H
#define NFVSIM_MODEL_WAITING_H

#include <stdbool.h>
#include <stdint.h>

/* A poll loop that takes all that waits: a cycle that finds Y > 0 customers lasts fixed_ns plus
 * their work, one that finds none empty_ns. */
struct waiting_gate_in {
	double rate; /* Poisson customers per ns; load rate * work_ns below 1 */
	double fixed_ns;
	double work_ns;     /* mean of a customer's work ... */
	double work_square; /* ... and of its square, ns^2 */
	double empty_ns;
};

struct waiting_gate {
	double p_empty; /* share of cycles that find nobody */
	double mean_ns; /* of all cycles */
	double seen_ns; /* E[C^2] / E[C]: the cycle in which a random customer arrives */
};

/* Exact for constant work. A customer waits seen_ns / 2 on average; its cycle finds
 * 1 + rate * seen_ns customers as a customer sees it. */
struct waiting_gate waiting_gate(const struct waiting_gate_in *in);

/* The same loop fed at a constant rate: customers at every period_ns. */
struct waiting_lock {
	double wait_ns;
	double taken;      /* mean customers a cycle that finds some */
	double seen_taken; /* the same, as a random customer sees it */
};

/* For a loop whose cycle of one customer exceeds the period (fixed + work >= period > work). */
struct waiting_lock waiting_lock(double period_ns, double fixed_ns, double work_ns);

/* A train: n items at a fixed gap meet an idle poll loop. */
struct waiting_train_in {
	uint32_t n;
	double gap_ns, fixed_ns, work_ns;
	double most; /* items that a cycle takes at most */
};

struct waiting_train {
	double wait_ns; /* mean, landing to being taken */
	double taken;   /* mean items a cycle */
	double seen_taken;
	double span_ns; /* from the first landing to the end of the last cycle */
};

struct waiting_train waiting_train(const struct waiting_train_in *in);

/* Mean delay in a transmit buffer that sends `full` packets, or all when a timer of period_ns
 * fires. */
struct waiting_fill {
	double wait_ns;
	double sent;      /* mean packets a send */
	double seen_sent; /* the same, as a random packet sees it */
};

/* Free-running timer, Poisson packets (exact). */
struct waiting_fill waiting_fill_free(double rate, double full, double period_ns);

/* Free-running timer, packets at a constant rate and a random phase. */
struct waiting_fill waiting_fill_free_cbr(double rate, double full, double period_ns);

/* Timer started by the first packet, Poisson packets (exact). */
struct waiting_fill waiting_fill_first(double rate, double full, double period_ns);

/* No timer. */
struct waiting_fill waiting_fill_untimed(double rate, double full);

/* Mean wait of a customer of constant work in a queue at that load whose arrivals have a squared
 * coefficient of variation scv (1: Poisson, exact; 0: none). */
double waiting_queue(double work_ns, double load, double scv);

/* A core that sleeps after linger_ns without work, and wakes delay_ns after the next landing. */
struct waiting_wake_in {
	double rate; /* random causes to wake up, per ns */
	double busy; /* share of time in work */
	double linger_ns, delay_ns;
	double held_ns; /* what lands first brings all that came in such a time */
};

/* Mean delay of a packet by that. */
double waiting_wake(const struct waiting_wake_in *in);

#endif
