#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A run measures only after its start: rates against what is offered, and against runs with a
# warm-up far longer than needed.
. tests/cli/lib.sh
export NFVSIM_DATA=$PWD/scenarios

run run l3fwd --json --set link.delay=100ms --set traffic.rate=1Mpps
check "long links: all that is offered is counted" json '.offered_pps / 1e6 - 1 | fabs < 1e-4'
check "long links: and delivered" json '.delivered_pps / 1e6 - 1 | fabs < 1e-3'
check "long links: warm-up at least as long as they" json '.warmup_s > 0.1'
check "long links: no doubt" json '.warmup_doubtful == false'

run run l3fwd --set traffic.rate=1Mpps --set link.delay=100ms --set run.max_packets=100000 \
	--set run.warmup=1ms
check "a warm-up in which nothing arrived is doubted" out_has "perhaps too short"

cat >"$tmp/sender.yaml" <<'END'
{dataplane: clickos-sender, server: c6220, cpu: 2.6 GHz, chain: [l2fwd, l2fwd],
 traffic: {size: 64 B, rate: line}}
END
run run "$tmp/sender.yaml" --json --set run.warmup=100ms --set run.duration=100ms \
	--set run.replications=16
loss=$(jq .loss_ratio "$tmp/out")
mean=$(jq .latency_ns.mean "$tmp/out")
for seed in 1 2 3; do
	run run "$tmp/sender.yaml" --json --seed "$seed"
	check "deep rings: loss, seed $seed" \
		json "(.loss_ratio - $loss | fabs) < 1.5 * .loss_ratio_ci95"
	check "deep rings: mean latency, seed $seed" json ".latency_ns.mean / $mean - 1 | fabs < 1e-3"
done

# A lone packet waits half a period for each free-running timer of 1 ms, and 5.3 us are its way.
for rate in 100pps 1kpps; do
	run run niu-can17/chain-2 --json --precision 3% --set traffic.rate=$rate --set run.of=mean
	check "two timers, $rate: precise" exits 0
	check "two timers, $rate: half a period each" \
		json '(.latency_ns.mean - 1005300 | fabs) < 1.5 * .latency_ns.mean_ci95'
	check "two timers, $rate: no doubt" json '.warmup_doubtful == false'
done
