#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The testbed driver with a real dataplane on this machine: source, vhost-user, guest and sink of
# nfvsim-live as a trial; what comes out is a set that validate takes. Figures are not judged here.
# shellcheck disable=SC2034,SC2154 # for lib.sh
. tests/cli/lib.sh

live=$(dirname "$NFVSIM")/nfvsim-live
if [ ! -x "$live" ] || [ "$(nproc)" -lt 2 ]; then
	skip "the DPDK pipeline as a trial" "make calib live builds it, and it needs two cores"
	exit
fi
export NFVSIM_DATA=$PWD/scenarios
mkdir "$tmp/line"
sed 's/: 0 cycles/: 100 cycles/' validate/live/profile.yaml >"$tmp/line/profile.yaml"
cp validate/live/platform.yaml "$tmp/line/"
cat >"$tmp/line/scenario.yaml" <<EOF2
dataplane: $tmp/line/profile.yaml
server: $tmp/line/platform.yaml
traffic: {rate: 1 Mpps}
chain: [{nf: l2fwd, transmit: {policy: burst, burst: 4, timer: 20 us}}]
cores: {workers: 1}
run: {precision: 2%}
EOF2
cat >"$tmp/here.yaml" <<EOF2
title: l2fwd between vhost-user rings
hosts: {dut: {shell: [sh, -c]}}
scenario: $tmp/line/scenario.yaml
axes: {traffic.size: [64 B, 512 B]}
use: [dpdk-live]
vars: {live: $live, tx_burst: '4', timer_us: '20', rounds: '40', windows: '10'}
EOF2

run testbed "$tmp/here.yaml" --dry-run
check "dry run: what is run" out_has "    | run,l2fwd,1,32,4,20,512,1000000"
run testbed "$tmp/here.yaml" -o "$tmp/trials"
check "two trials: exit 0" exits 0
check "two trials are recorded" test "$(find "$tmp/trials" -name '*.trial' | wc -l)" = 2
check "no guest is left" not pgrep -f 'nfvsim-live .*--guest'
run validate "$tmp/trials/set.yaml" --json
check "validate takes the set" exits 0
check "rate, mean and median of each size" json '[.sets[0].points[].metric] ==
	["delivered", "latency", "p50", "delivered", "latency", "p50"]'
check "what was offered was delivered" json '[.sets[0].points[] | select(.metric == "delivered")
	.measured / 1e6 - 1 | fabs] | max < 0.2'
check "latencies are above a crossing's" json '[.sets[0].points[] | select(.metric == "p50")
	.measured] | min > 1e-8'
