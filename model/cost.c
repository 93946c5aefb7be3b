/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/cost.h"

#include <math.h>

static void part_add(struct cost_part *into, struct cost_part p, double factor)
{
	into->cycles += factor * p.cycles;
	into->ns += factor * p.ns;
}

void cost_add(struct cost *into, const struct cost *c, double factor)
{
	part_add(&into->poll, c->poll, factor);
	part_add(&into->burst, c->burst, factor);
	part_add(&into->packet, c->packet, factor);
	part_add(&into->byte, c->byte, factor);
	part_add(&into->copied_byte, c->copied_byte, factor);
	part_add(&into->large_packet, c->large_packet, factor);
	part_add(&into->large_byte, c->large_byte, factor);
	if (c->large_above_B)
		into->large_above_B = c->large_above_B;
	part_add(&into->free_packet, c->free_packet, factor);
	if (c->free_above)
		into->free_above = c->free_above;
}

fine_t cost_fine(struct cost_part p, double clock_hz)
{
	double ps = p.cycles * (double)PS_PER_S / clock_hz + p.ns * (double)PS_PER_NS;
	return (fine_t)ceil(ps * (double)FINE_PER_PS);
}

/* A packet's part of a burst. */
static struct cost_part packet_of_size(const struct cost *c, uint32_t size_B)
{
	struct cost_part packet = c->packet;
	part_add(&packet, c->byte, size_B);
	part_add(&packet, c->copied_byte, cost_copied_B(size_B));
	if (size_B > c->large_above_B) {
		part_add(&packet, c->large_packet, 1);
		part_add(&packet, c->large_byte, size_B);
	}
	return packet;
}

double cost_burst_s(const struct cost *c, double clock_hz, uint32_t n, uint32_t size_B)
{
	struct cost_part all = c->poll;
	part_add(&all, c->burst, 1);
	part_add(&all, packet_of_size(c, size_B), n);
	return all.cycles / clock_hz + all.ns * 1e-9;
}

/* Costs that are drawn or fitted may come out below what they say is put off. */
static void hold_free(struct law *l)
{
	fine_t least = l->packet_fine;
	if (l->large_above_B && l->large_packet_fine < 0)
		least += l->large_packet_fine;
	if (l->free_packet_fine > least)
		l->free_packet_fine = least > 0 ? least : 0;
}

struct law cost_law(const struct cost *c, double clock_hz, uint32_t fixed_size_B)
{
	struct law l = {.poll_fine = cost_fine(c->poll, clock_hz),
		.burst_fine = cost_fine(c->burst, clock_hz),
		.free_packet_fine = cost_fine(c->free_packet, clock_hz),
		.free_above = c->free_above};
	if (!fixed_size_B) {
		l.packet_fine = cost_fine(c->packet, clock_hz);
		l.byte_fine = cost_fine(c->byte, clock_hz);
		l.copied_byte_fine = cost_fine(c->copied_byte, clock_hz);
		l.large_packet_fine = cost_fine(c->large_packet, clock_hz);
		l.large_byte_fine = cost_fine(c->large_byte, clock_hz);
		l.large_above_B = c->large_above_B;
	} else {
		l.packet_fine = cost_fine(packet_of_size(c, fixed_size_B), clock_hz);
	}
	hold_free(&l);
	return l;
}
