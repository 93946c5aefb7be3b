#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The answer of ndr, and targets of run and ndr. Truth is arithmetic: work.yaml is a core that takes
# 1000 cycles a packet, so it does 1 Mpps at 1 GHz.
. tests/cli/lib.sh

run ndr work
check "ndr: exit 0" exits 0
check "ndr: nothing on stderr that is no terminal" test ! -s "$tmp/err"
for words in 'work: plain at 1.00 GHz, cbr arrivals' 'NDR' 'PDR 0.50 %' 'MRR' '90 %' \
	'Gb/s layer 1'; do
	check "ndr: prints '$words'" out_has "$words"
done
cp "$tmp/out" "$tmp/text"
run ndr work
check "ndr: same input, same text" cmp "$tmp/out" "$tmp/text"

run ndr work --json --sizes 64,1518,two-sizes
check "json: exit 0" exits 0
check "json: a row a size" json '[.sizes[].size] == ["64 B", "1518 B", "two-sizes"]'
check "64 B: NDR is 1 Mpps within the width" json '.sizes[0].ndr | .verdict == "found" and
	.offered_pps <= 1e6 and .offered_pps >= 0.99e6 and .loss_ratio == 0 and .width <= 0.00501'
check "64 B: what fails is above 1 Mpps" json '.sizes[0].ndr | .fails_at_pps >= 1e6'
check "64 B: PDR allows half a percent" json '.sizes[0].pdr | .offered_pps > 1e6 and
	.offered_pps <= 1e6 / 0.995 and .loss_ratio <= 0.005'
check "64 B: MRR is what the core can do" json \
	'.sizes[0].mrr.delivered_pps / 1e6 - 1 | fabs < 0.002'
check "64 B: MRR is offered line rate" json \
	'.sizes[0].trials[0].load_pps / (1e10 / 672) - 1 | fabs < 1e-9'
check "few trials" json '.sizes | all(.trials | length <= 15)'
check "1518 B: line rate" json '.sizes[1].ndr | .verdict == "highest" and
	(.offered_pps / (1e10 / 8 / 1538) - 1 | fabs < 1e-9) and .fails_at_pps == null'
check "1518 B: one trial" json '.sizes[1].trials | length == 1'
# shellcheck disable=SC2016 # $ndr is jq's
check "latency at 10, 50 and 90 % of NDR" json '.sizes[0] | .ndr.offered_pps as $ndr |
	[.latency[] | .offered_pps / $ndr * 1000 | round] == [100, 500, 900]'
check "latency is at least the work" json \
	'.sizes[0].latency | all(.latency_ns.min >= 1000 and .loss_ratio == 0)'
# shellcheck disable=SC2016 # $ndr is jq's
check "nothing above NDR is reported" json '.sizes[0] | .ndr.offered_pps as $ndr |
	[.trials[] | select(.packets_dropped > 0) | .load_pps] | all(. > $ndr)'

run ndr work --json --set cpu=2GHz
check "--set doubles the rate" json '.sizes[0].ndr | .offered_pps <= 2e6 and .offered_pps >= 1.98e6'
run ndr work --json --set traffic.rate=300kpps
check "the scenario's own rate does not matter" json '.sizes[0].ndr | .offered_pps >= 0.99e6'
run ndr work --json --width 5%
check "--width: coarser, fewer trials" json '.sizes[0].ndr | .width > 0.01 and .width <= 0.05'
run ndr work --json --pdr 50%
check "--pdr: half may be lost" json '.sizes[0].pdr | .offered_pps / 2e6 - 1 | fabs < 0.006'
run ndr work --trials 2
check "trials spent: exit 4" exits 4
check "trials spent: says so" out_has "2 trials are spent"
"$NFVSIM" ndr - --json --sizes 64,1518 <"$data/work.yaml" >"$tmp/out"
check "- is standard input, for all sizes" json '.sizes | length == 2'

# Where NDR lies below MRR: bursts of 64 into a ring of 8 lose at every rate.
cat >"$tmp/bursty.yaml" <<'END'
dataplane: plain
server: plain
cpu: 1 GHz
traffic: {size: 64 B, rate: line, burst: 512}
chain: [work]
END
run ndr "$tmp/bursty.yaml"
check "gap: says why" out_has "is lost at pnic0.rx"
check "gap: how fast the ring fills" out_has "whose 256 slots fill in"
check "gap: who reads it" out_has "work, which reads it"

run ndr work --slo 'rate>0.9Mpps,mean<1ms'
check "slo: met, exit 0" exits 0
check "slo: says met" out_has "met"
run ndr work --slo 'rate>1.1Mpps'
check "slo: missed, exit 3" exits 3
run ndr work --slo 'rate>1Mpps'
check "slo: within the bounds, exit 4" exits 4
run ndr work --slo 'rate>1.1'
check "slo: refused, exit 2" exits 2
check "slo: says what is wrong" err_has "a packet rate"
run ndr work --pdr 5
check "--pdr 5: exit 2" exits 2
run ndr work --width 0
check "--width 0: exit 2" exits 2
run ndr work --sizes 63
check "--sizes 63: exit 2" exits 2
check "--sizes 63: says why" err_has "a frame has 64 to"

# Two chains, one packet of 1000 B to four of 64 B; the core of the latter is overloaded first, so at the
# highest rate the mix is another: (1020 + 4 * 84) B / 5 a packet only where nothing is lost.
cat >"$tmp/two.yaml" <<'END'
dataplane: plain
server: plain
cpu: 1 GHz
chains:
  slow: {traffic: {size: 1000 B, rate: 0.5 Mpps}, chain: [work]}
  fast: {traffic: {size: 64 B, rate: 2 Mpps}, chain: [work]}
END
run ndr "$tmp/two.yaml" --json
check "two chains: bits at NDR are of the mix there" json \
	'.sizes[0].ndr | .delivered_bps / .delivered_pps / 2169.6 - 1 | fabs < 1e-3'
check "two chains: bits at MRR are of the mix there" json \
	'.sizes[0].mrr | .delivered_bps / .delivered_pps > 3000'

run run work --slo 'rate>0.9Mpps, loss<91%'
check "run --slo: met" exits 0
run run work --slo 'loss<1%,rate>0.9Mpps'
check "run --slo: missed" exits 3
check "run --slo: prints the target" grep -qE 'loss<1% +missed' "$tmp/out"
check "run --slo: and the other" grep -qE 'rate>0.9Mpps +met' "$tmp/out"
run run work --set traffic.rate=500kpps --slo 'loss<0.0000001%'
check "run --slo: too few packets to know" exits 4
run run work --slo 'loss<1%' --json
check "run --slo --json: exit 3" exits 3
check "run --slo --json: verdict" json \
	'.slo | length == 1 and .[0].verdict == "missed" and .[0].value > 0.8'
run run work --slo 'los<1%'
check "run --slo: bad target, exit 2" exits 2
check "run --slo: hint" err_has "did you mean 'loss'?"

# Replications 0-3 and then 4-9 are 0-9.
fixed=(--set traffic.arrivals=poisson --set traffic.rate=700kpps --set run.duration=20ms --json)
run run work "${fixed[@]}" --replications 10
cp "$tmp/out" "$tmp/all"
check "replications: ten" json '[.replications[].number] == [range(10)]'
run run work "${fixed[@]}" --replications 4
cp "$tmp/out" "$tmp/first"
run run work "${fixed[@]}" --replications 6 --first-replication 4
check "replications: the later six" json '[.replications[].number] == [range(4; 10)]'
check "replications: they extend the first four" cmp <(jq -s 'map(.replications) |
	add' "$tmp/first" "$tmp/out") \
	<(jq .replications "$tmp/all")
