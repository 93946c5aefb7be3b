#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The testbed driver with a real dataplane on this machine: source, vhost-user, guest and sink of
# nfvsim-live as a trial; what comes out is a set that validate takes. Figures are not judged here.
# shellcheck disable=SC2034,SC2154 # for lib.sh
. tests/cli/lib.sh

NFVSIM=$(realpath "$NFVSIM")
live=$(dirname "$NFVSIM")/nfvsim-live
if [ ! -x "$live" ] || [ "$(nproc)" -lt 2 ]; then
	skip "the DPDK pipeline as a trial" "make calib live builds it, and it needs two cores"
	exit
fi
export NFVSIM_DATA=$PWD/scenarios
mkdir -p "$tmp/live/near" "$tmp/build"
ln -s "$live" "$tmp/build/nfvsim-live"
sed 's/: 0 cycles/: 100 cycles/' validate/live/profile.yaml >"$tmp/live/near/profile.yaml"
cp validate/live/platform.yaml "$tmp/live/near/"
cat >"$tmp/live/near/scenario.yaml" <<EOF2
dataplane: $tmp/live/near/profile.yaml
server: $tmp/live/near/platform.yaml
traffic: {size: 64 B, rate: 1 Mpps}
chain: [l2fwd]
cores: {workers: 1}
run: {precision: 2%}
EOF2
sed -n '/^    title: l2fwd between vhost-user rings/,/^$/s/^    //p' docs/testbed.md >"$tmp/here.yaml"
cd "$tmp" || exit 1

run testbed here.yaml --dry-run
check "dry run: what is run" out_has "    | run,l2fwd,1,32,4,20,512,1000000"
run testbed here.yaml -o trials
check "two trials: exit 0" exits 0
check "two trials are recorded" test "$(find trials -name '*.trial' | wc -l)" = 2
run validate trials/set.yaml --json
check "validate takes the set" exits 0
check "rate, mean and median of each size" json '[.sets[0].points[].metric] ==
	["delivered", "latency", "p50", "delivered", "latency", "p50"]'
check "what was offered was delivered" json '[.sets[0].points[] | select(.metric == "delivered")
	.measured / 1e6 - 1 | fabs] | max < 0.2'
check "latencies are above a crossing's" json '[.sets[0].points[] | select(.metric == "p50")
	.measured] | min > 1e-8'
