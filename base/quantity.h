/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * quantity - numbers with units
 *
 * A quantity in a file is a number and a unit, with or without a space: "2.6 GHz", "64B", "50us",
 * "10 Gb/s", "278 cycles", "0.5%", "2 Mpps". Inside the program it is a double in the base unit of
 * its dimension; integers are exact up to 2^53 (2.5 hours in ps).
 */
#ifndef NFVSIM_BASE_QUANTITY_H
#define NFVSIM_BASE_QUANTITY_H

#include <stdbool.h>
#include <stddef.h>

enum dim {
	DIM_COUNT = 1 << 0,  /* no unit: whole or real numbers as the parameter says */
	DIM_TIME = 1 << 1,   /* ps (base unit); ps ns us (or the micro sign) ms s min h */
	DIM_FREQ = 1 << 2,   /* Hz; Hz kHz MHz GHz */
	DIM_SIZE = 1 << 3,   /* B; B kB KiB MB MiB GB GiB (kB = 1000 B) */
	DIM_BPS = 1 << 4,    /* b/s; b/s kb/s Mb/s Gb/s Tb/s, also bps kbps Mbps Gbps Tbps */
	DIM_PPS = 1 << 5,    /* packets/s; pps kpps Mpps Gpps */
	DIM_CYCLES = 1 << 6, /* core cycles; cycles, cycle, cyc */
	DIM_RATIO = 1 << 7,  /* 1; % and ppm, or a bare number where only ratios are allowed */
	DIM_POWER = 1 << 8,  /* W; mW W kW */
};

struct quantity {
	double value; /* in the base unit of dim */
	enum dim dim;
};

enum quantity_status {
	QUANTITY_OK,
	QUANTITY_NOT_A_NUMBER, /* not a plain decimal number (no nan, inf, hex, 010, 1_000) */
	QUANTITY_NO_UNIT,      /* a bare number where a unit matters */
	QUANTITY_BAD_UNIT,     /* a unit that does not exist */
	QUANTITY_WRONG_DIM,    /* a unit of another dimension, e.g. GB for a clock */
	QUANTITY_HUGE,         /* no finite double, vanishes, or has more than 19 digits */
};

/* Reads all of text as a quantity of one of the dimensions in the mask dims. Independent of the
 * locale. On WRONG_DIM *q holds what was read. */
enum quantity_status quantity_parse(const char *text, unsigned dims, struct quantity *q);

/* Writes q with the unit that reads best ("2.6 GHz", "67.2 ns", "278 cycles"): shortest decimal
 * that reads back as the same double. Returns buf; 64 bytes are always enough. */
char *quantity_print(struct quantity q, char *buf, size_t size);

/* "a frequency such as 2.4 GHz": for messages; joins several dimensions with "or". */
const char *quantity_wants(unsigned dims, char *buf, size_t size);

/* The examples alone: "2.4 GHz". Returns buf. */
const char *quantity_example(unsigned dims, char *buf, size_t size);

/* "a frequency": what a quantity of that dimension is called. */
const char *quantity_dim_name(enum dim dim);

/* The unit that text has behind its number; "" when it has none or does not start with a number. */
const char *quantity_unit(const char *text);

/* All unit spellings of the dimensions, for suggestions: returns the count, fills up to max. */
size_t quantity_units(unsigned dims, const char **units, size_t max);

#endif
