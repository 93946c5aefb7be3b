/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/sink.h"

#include <stddef.h>

static ps_t send(struct port *p, struct batch b, ps_t now)
{
	for (uint32_t i = 0; i < b.n; i++)
		sink_take(p->sink, batch_at(&b, i), now);
	return 0;
}

const struct port_ops sink_port = {"sink", send, NULL, false};
