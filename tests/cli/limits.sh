#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Limits that a measurement set states, medians, and packets that are paid for when they are sent.
# Truth is arithmetic: work.yaml is a core of 1000 cycles a packet at 1 GHz, offered 10 Mpps.
# shellcheck disable=SC2016 # $n is a variable of jq
. tests/cli/lib.sh

cat >"$tmp/live.yaml" <<'EOF'
citation: arithmetic
limits: {rate_mape: 10%, rate_worst: 25%, latency_worst: 25%, rates: 2, latencies: 1}
points:
  - {id: at-1, value: 1.05 Mpps, mark: held-out, scenario: work}
  - {id: at-2, value: 2.1 Mpps, mark: held-out, scenario: work, set: cpu=2GHz}
  - {id: lone, metric: median, value: 1.1 us, mark: held-out, scenario: work,
     set: traffic.rate=0.1Mpps}
  - {id: lone-p99, metric: p99, value: 1.15 us, mark: held-out, scenario: work,
     set: traffic.rate=0.1Mpps}
  - {id: odd, value: 9 Mpps, mark: held-out, apart: not of this kind, scenario: work}
EOF
sed 's/rates: 2/rates: 3/' "$tmp/live.yaml" >"$tmp/few.yaml"
sed 's/latency_worst: 25%, //' "$tmp/live.yaml" >"$tmp/rates.yaml"
sed 's/10%/-1%/; s/rates: 2/rats: 2/' "$tmp/live.yaml" >"$tmp/bad.yaml"

run validate "$tmp/live.yaml"
check "kept: exit 0" exits 0
check "kept: says so" out_has "mean error of rates: 4.76 %, at most 10 % (2 points, at least 2): kept"
run validate "$tmp/live.yaml" --json
check "json: limits" json '[.sets[0].limits[] | .verdict] == ["kept", "kept", "kept"]'
check "json: the median is a time" json '.sets[0].points[] | select(.id == "lone") |
	.unit == "ns" and (.predicted - 1134.4 | fabs < 1)'
check "json: all wait alike, so p99 is the median" json '[.sets[0].points[] | select(.unit == "ns") |
	.predicted] | length == 2 and (.[0] - .[1] | fabs < 1)'
sed 's/metric: p99/metric: p95/' "$tmp/live.yaml" >"$tmp/p95.yaml"
run validate "$tmp/p95.yaml"
check "no such percentile: exit 2" exits 2
check "no such percentile: place" err_has "p95.yaml:8:28: error: 'metric' cannot be 'p95'; did you mean 'p90'?"
check "no such percentile: which there are" err_has "p50, p90, p99, p99.9,"
run validate "$tmp/live.yaml" --point lone-p99 --set run.duration=10ms
check "too few packets for a percentile: unclear" grep -q "lone-p99 .*unclear" "$tmp/out"

double='profile=[nfs.work.cost.per_packet=2000 cycles]'
run validate "$tmp/live.yaml" --set "$double"
check "one cost doubled: exit 5" exits 5
check "one cost doubled: broken" out_has "): broken"
run validate "$tmp/live.yaml" --set "$double" --point at-1
check "a part of the set is not judged" exits 0
run validate "$tmp/few.yaml"
check "too few points: exit 4" exits 4
check "too few points: inconclusive" out_has "(2 points, at least 3): inconclusive"
sed '/lone/,+1d' "$tmp/live.yaml" >"$tmp/none.yaml"
run validate "$tmp/none.yaml"
check "no points of a kind: no figure" out_has "largest error of a latency: at most 25 % (0 points, at least 1): inconclusive"
run validate "$tmp/rates.yaml"
check "no limit on latencies: not judged" sh -c "! grep -q 'of a latency' '$tmp/out'"
run validate "$tmp/bad.yaml"
check "wrong limits: exit 2" exits 2
check "wrong limits: all errors" test "$(grep -c ' error: ' "$tmp/err")" = 2

# Two packets wait for each other, 10 us apart: the second one leaves at once. To hand a packet on
# costs 500 cycles, for one of two packets (as it joins) or for both (as they leave).
tx='profile=[mover=worker, burst=32, vnf.transmit.policy=burst, vnf.transmit.burst=2'
packet="$tx, vnic.guest_tx.per_packet=500 cycles"
buffered() { # yes or no
	run run work --json --set traffic.rate=0.1Mpps \
		--set "$packet, vnf.transmit.pay_when_sent=$1]"
	jq .latency_ns.min "$tmp/out"
}
as_joins=$(buffered no)
as_leaves=$(buffered yes)
check "paid when sent: the last of a burst of two waits for the cost of both" \
	jq -ne "$as_leaves - $as_joins - 500 | fabs < 1"
run run work --json --set "$packet, vnf.transmit.pay_when_sent=yes]"
check "paid when sent: the rate is the same, 1500 cycles a packet" \
	json '.delivered_pps * 1500 / 1e9 - 1 | fabs < 0.002'
run run work --json --set traffic.rate=0.1Mpps --set traffic.size=two-sizes \
	--set "$tx, vnic.guest_tx.per_byte=1 cycles, vnf.transmit.pay_when_sent=yes]"
check "paid when sent: packets of several sizes" exits 0
