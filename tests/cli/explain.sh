#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What explain names, on the shipped scenarios where a study of BESS and ClickOS (CAN'17) knows it.
. tests/cli/lib.sh
export NFVSIM_DATA=$PWD/scenarios

first='[.obstacles[] | select(.not_possible == null)][0].what'

run explain l3fwd
check "text: exit 0" exits 0
check "text: nothing on stderr that is no terminal" test ! -s "$tmp/err"
for words in 'held back most by core l3fwd (vnf)' 'one more queue and vCPU for l3fwd' \
	'--set chain.0.queues=2 --set chain.0.vcpus=2' '200 MHz more' 'mean latency' 'lost at' \
	'pnic0.rx'; do
	check "text: prints '$words'" out_has "$words"
done

run explain l3fwd --json
check "one VNF at 64 B: its vCPU" json "$first == \"core l3fwd (vnf): its work\""
check "one VNF: what that gains" json '.obstacles[0] |
	.delivered_pps_change > 2e6 and .delivered_pps_change_ci95 < 0.1e6'
check "one VNF: nothing else gains" json '.obstacles[1:] |
	all(.delivered_pps_change < .delivered_pps_change_ci95 + 2000)'
# shellcheck disable=SC2016 # $all is jq's
check "200 MHz are worth 1/12 of the rate" json \
	'. as $all | .offers[] | select(.what == "200 MHz more") |
	.delivered_pps_change / $all.base.delivered_pps * 12 - 1 | fabs < 0.01'
check "the budget adds up to the mean" json \
	'.budget[0] | ([.places[].parts_ns[]] | add) / .mean_ns - 1 | fabs < 1e-3'
check "the budget is of the mean that is shown" json \
	'.budget[0].mean_ns / .base.latency_ns.mean - 1 | fabs < 1e-6'
check "the budget counts delivered packets" json '.budget[0].packets == .base.packets_delivered'
check "drops by place" json '[.drops[].packets] | add > 0'
cp "$tmp/out" "$tmp/one"
run explain l3fwd --json
check "same input, same bytes" cmp "$tmp/out" "$tmp/one"

# What an offer promises is what the same --set gives.
offer=$(jq -r '.offers[] | select(.what | startswith("one more queue")) | .set |
	map("--set " + .) | join(" ")' "$tmp/one")
promised=$(jq '.offers[] | select(.what | startswith("one more queue")) |
	.delivered_pps' "$tmp/one")
# shellcheck disable=SC2086 # several words
run run l3fwd $offer --json
check "the offer holds" json ".delivered_pps / $promised - 1 | fabs < 0.002"

run explain niu-can17/chain-2 --json
check "two VNFs: the middle worker" json "$first == \"core tc1 (worker): its work\""
run explain niu-can17/chain-3 --json
check "three VNFs: the two middle workers" json "$first == \"cores tc1, tc2: their work\""
run explain numa-chain --json
check "split chain: remote cache lines" json "$first == \"remote cache lines\""
check "split chain: their removal is as good as one socket" json '(.obstacles[0].delivered_pps /
	(.offers[] | select(.what == "all on socket 0") | .delivered_pps) - 1 | fabs) < 1e-3'
check "split chain: the worker across comes second" json \
	'.obstacles[1].what == "core tc2 (worker): its work"'
check "split chain: remote time in the budget" json \
	'[.budget[0].places[] | select(.parts_ns.remote) | .place] |
	index("tc2") and index("tc3") and (index("tc0") | not)'
run explain niu-can17/clickos-chain-3 --json
check "ClickOS chain: the core that copies" json "$first == \"core worker0 (worker): its work\""
check "ClickOS: more queues are not possible" json \
	'[.offers[] | select(.not_possible)] | length > 0'
run explain niu-can17/latency-100pps --json
check "100 pps: the flush timer" json "$first | startswith(\"filling of transmit buffers\")"
check "100 pps: ranked by latency" json '.ranked_by == "latency_mean_ns"'
check "100 pps: half a millisecond" json \
	'.obstacles[0].latency_mean_ns_change | . < -4.6e5 and . > -5.4e5'
check "100 pps: a tenth of the timer, a tenth of the wait" json '[.offers[] |
	select(.what |
	startswith("a flush timer of 100 us"))][0].latency_mean_ns < 0.13 * .base.latency_ns.mean'
check "100 pps: nothing is lost" json '.drops == []'

"$NFVSIM" explain - --json <scenarios/l3fwd.yaml >"$tmp/out"
check "- is standard input" json "$first == \"core l3fwd (vnf): its work\""
run explain no-such-file
check "no such file: exit 2" exits 2
