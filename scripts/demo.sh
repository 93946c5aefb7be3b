#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What the program can do, in half a minute: predicts the clock sweep of the CAN'17 study on BESS
# and puts it beside what was measured, then takes one of the ten points apart. $BUILD: where it
# was built.
set -eu
cd "$(dirname "$0")/.."

nfvsim=${BUILD:-build}/nfvsim

say() {
	printf '\n'
	printf '%s\n' "$@"
	printf '\n'
}

say "Two network functions behind BESS, five clocks, 64-byte packets at 10 Gb/s line rate:" \
	"measured in 2017, predicted now. The model was fitted to the rows marked 'fit' and never" \
	"saw the others."
"$nfvsim" validate niu-can17 --group table1-bess --detail --quiet

say "One of them: nfvsim run scenarios/niu-can17/table1-bess.yaml --set cpu=2.4GHz"
"$nfvsim" run scenarios/niu-can17/table1-bess.yaml --set cpu=2.4GHz --quiet

say "Next: docs/accuracy.md says what the model gets right and wrong;" \
	"nfvsim --help lists the verbs."
