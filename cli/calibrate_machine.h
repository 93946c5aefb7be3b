/* SPDX-License-Identifier: GPL-3.0-or-later */
/* calibrate_machine - what samples tell of the machine itself, for people and as JSON */
#ifndef NFVSIM_CLI_CALIBRATE_MACHINE_H
#define NFVSIM_CLI_CALIBRATE_MACHINE_H

#include "calib/machine.h"

#include <jansson.h>
#include <stdio.h>

void calibrate_machine_text(const struct machine *m, struct arena *a, FILE *to);
void calibrate_machine_json(const struct machine *m, json_t *to);

#endif
