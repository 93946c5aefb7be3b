#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The answer of run. Truth is arithmetic: work.yaml is a core that takes 1000 cycles a packet.
# shellcheck disable=SC2016 # $all and $text are variables of jq
. tests/cli/lib.sh

poisson=(--set traffic.arrivals=poisson --set traffic.rate=500kpps --precision 5%)

run run work
cp "$tmp/out" "$tmp/text"
check "run: exit 0" exits 0
check "run: nothing on stderr that is no terminal" test ! -s "$tmp/err"
for words in 'work: plain on plain at 1.00 GHz' 'nic > work > nic, 64 B, 10 Mpps, cbr arrivals' \
	'pnic0.rx' 'bottleneck: work' 'seed 1' 'cycles/packet' 'packets/burst' \
	'12 values: 1 measured, 4 published, 7 configured'; do
	check "run: prints '$words'" out_has "$words"
done
check "run: no colour in a file" not grep -q $'\033' "$tmp/out"
check "run: says what a percentile needs" out_has "p99.9 needs 10000000 packets"

run run work --json
cp "$tmp/out" "$tmp/one"
check "json: exit 0" exits 0
check "json: one object" test "$(jq -s length "$tmp/out")" = 1
for key in schema_version offered_pps delivered_pps delivered_pps_ci95 delivered_bps loss_ratio \
	loss_ratio_ci95 loss_ratio_bound latency_ns drops cores stages bottleneck bottleneck_load \
	seed verdict warmup_s measured_s samples packets chains scenario sources nfvsim_version; do
	check "json: has $key" json "has(\"$key\")"
done
check "json: latency keys" json '[.latency_ns] | all(has("mean", "min", "max", "p50", "p90",
	"p99", "p999", "mean_ci95", "p50_ci95", "p90_ci95", "p99_ci95", "p999_ci95"))'
check "json: place keys" json '.drops | length > 0 and all(has("place", "packets", "pps"))'
check "json: core keys" json '.cores | length == 1 and all(has("name", "role", "socket", "busy",
	"cycles_per_packet", "mean_burst"))'
check "json: stage keys" json '.stages | length == 1 and all(has("name", "packets", "wait_ns",
	"service_ns"))'
check "json: a chain has the keys of the whole" json '. as $all | .chains | length == 1 and
	all(.delivered_pps == $all.delivered_pps and .latency_ns == $all.latency_ns)'
check "json: what is not known is null" json '.latency_ns.p999 == null'
check "json: schema_version 1" json '.schema_version == 1'
check "json: sources by kind" json '.sources | .measured == ["plain.nfs.work.cost.per_packet"] and
	.assumed == [] and (.published | length) == 4'
check "json: scenario" json '.scenario.dataplane == "plain" and .scenario.clock_hz == 1e9'

check "1000 cycles at 1 GHz are 1 Mpps" json '.delivered_pps > 0.99e6 and .delivered_pps < 1.01e6'
check "67.2 ns on the wire a packet" json '.delivered_bps / .delivered_pps / 672 - 1 | fabs < 1e-9'
check "offered 10 Mpps" json '.offered_pps / 1e7 - 1 | fabs < 1e-6'
check "nine of ten packets are lost" json '.loss_ratio - 0.9 | fabs < 0.002'
check "they are lost at the NIC" json '[.drops[] | select(.packets > 0) | .place] == ["pnic0.rx"]'
check "lost packets are counted once" json '([.drops[].packets] | add) == .packets_dropped'
check "the bottleneck is the core" json '.bottleneck == "work" and .bottleneck_load > 0.98'
check "1000 cycles a packet" json '.cores[0].cycles_per_packet - 1000 | fabs < 1e-6'
check "full bursts" json '.cores[0].mean_burst == 32'

# The text says the same: "delivered  0.99840  Mpps ..." and the core's row.
check "text and JSON agree on the rate" jq -e --argjson text \
	"$(awk '$1 == "delivered" { print $2 }' "$tmp/text")" '.delivered_pps / 1e6 / $text - 1 |
	fabs < 1e-4' "$tmp/out"
check "text and JSON agree on the mean latency" jq -e --argjson text \
	"$(awk '/^  latency us/ { getline; print $2 }' "$tmp/text")" \
	'.latency_ns.mean / 1e3 / $text - 1 | fabs < 1e-3' "$tmp/out"
check "text: 1000 cycles a packet, bursts of 32" grep -qE '^  work  vnf .* 1000 +32\.0$' "$tmp/text"

run run work --json --set cpu=2GHz
check "--set cpu doubles the rate" json '.delivered_pps > 1.98e6 and .delivered_pps < 2.02e6'
run run work --json --set cpu=2GHz --set cpu=4GHz
check "the last --set wins" json '.delivered_pps > 3.96e6 and .delivered_pps < 4.04e6'
run run work --json --set traffic.rate=500kpps --set traffic.size=two-sizes
check "--set inside a group" json '.loss_ratio == 0 and .chains[0].traffic.size == "two-sizes"'
check "no loss: its bound is above 0" json '.loss_ratio_bound > 0'
check "half the capacity: no bottleneck" json '.bottleneck == null'
run run work --set traffic.rate=500kpps
check "no loss: says none" out_has "lost at: none"
check "no bottleneck: says none" out_has "bottleneck: none"

run run work --json
check "same input, same bytes" cmp "$tmp/out" "$tmp/one"
run run work
check "same input, same text" cmp "$tmp/out" "$tmp/text"
run run work --json "${poisson[@]}" --seed 1
cp "$tmp/out" "$tmp/seed1"
check "--seed is shown" json '.seed == 1'
run run work --json "${poisson[@]}"
check "the seed is 1 by default" cmp "$tmp/out" "$tmp/seed1"
run run work --json "${poisson[@]}" --seed 2
check "another seed, another answer" test \
	"$(jq .latency_ns.mean "$tmp/out")" != "$(jq .latency_ns.mean "$tmp/seed1")"
run run work --json "${poisson[@]}" --set run.seed=2
cp "$tmp/out" "$tmp/seed2"
run run work --json "${poisson[@]}" --seed 2
check "--seed is --set run.seed" cmp "$tmp/out" "$tmp/seed2"
check "precision is reached" json '.verdict == "precise" and .precision <= 0.05'
run run work --json "${poisson[@]}" --precision 0.01% --set run.max_packets=100000
check "budget is a verdict" json '.verdict == "budget" and .precision > 0.0001'
check "budget: exit 4" exits 4

"$NFVSIM" run --json - <"$data/work.yaml" >"$tmp/out"
check "- is standard input" json '.scenario.path == "-"'
check "- gives the same answer" test "$(jq -S 'del(.scenario)' "$tmp/out")" = \
	"$(jq -S 'del(.scenario)' "$tmp/one")"
check "- for check" "$NFVSIM" check - <"$data/work.yaml"

cat >"$tmp/two.yaml" <<'END'
dataplane: plain
server: plain
cpu: 1 GHz
chains:
  slow: {chain: [work], traffic: {rate: 2 Mpps}}
  fast: {chain: [work], traffic: {rate: 500 kpps}}
END
run run "$tmp/two.yaml" --json
check "two chains: their own numbers" json '[.chains[] | .name, (.delivered_pps / 1e5 | round)] ==
	["slow", 10, "fast", 5]'
check "two chains: the whole is their sum" json '(.delivered_pps / 1e5 | round) == 15'
check "two chains: the bottleneck is one of them" json '.bottleneck == "slow.work"'
run run "$tmp/two.yaml"
for words in 'slow: nic > work > nic' 'fast: nic > work > nic' 'all chains together'; do
	check "two chains: prints '$words'" out_has "$words"
done

# On a terminal: bold headings and progress, unless they are not wanted.
if has_terminal; then
	export -n NO_COLOR
	check "colour on a terminal" grep -q $'\033\[1m' <(terminal "'$NFVSIM' run work")
	check "NO_COLOR" not grep -q $'\033\[1m' <(NO_COLOR=1 terminal "'$NFVSIM' run work")
	check "progress on a terminal" grep -q 'million packets' <(terminal "'$NFVSIM' run work")
	check "no progress with --quiet" not grep -q 'million packets' \
		<(terminal "'$NFVSIM' run work --quiet")
	check "no progress with --json to a file" not grep -q 'million packets' \
		<(terminal "'$NFVSIM' run work --json >'$tmp/json'")
	check "a terminal changes no number" cmp "$tmp/json" "$tmp/one"
else
	skip "terminal" "script is not installed, or no terminal can be had"
fi

comma=$(locale -a 2>/dev/null | grep -iE -m 1 '^(de|fr|es|it|nl|pl|ru|cs)_.*utf')
if [ -n "$comma" ]; then
	LC_ALL=$comma "$NFVSIM" run work --json >"$tmp/out"
	check "the locale changes nothing" cmp "$tmp/out" "$tmp/one"
	LC_ALL=$comma "$NFVSIM" run work >"$tmp/out"
	check "the locale changes no text" cmp "$tmp/out" "$tmp/text"
else
	skip "the locale changes nothing" "no locale with a decimal comma is installed"
fi

run run work --uncertainty=8 --json
check "uncertainty: a value without an error adds none" json '.uncertainty | .draws == 8 and .values == [] and
	(.metrics[0] | .metric == "delivered_pps" and .calibration_ci95 == 0 and .both_ci95 == .simulation_ci95)'
run run work --uncertainty=8
check "uncertainty: shown apart" grep -q 'simulation  calibration' "$tmp/out"
run run work --uncertainty=3
check "uncertainty: too few draws, exit 2" exits 2
run run work --set 'run.of=[p95]'
check "run.of: unknown word, exit 2" exits 2
run run work --set 'run.of=[rate, loss]' --json --set traffic.arrivals=poisson --precision 0.5%
check "run.of: precise in the loss" json '.verdict == "precise" and .loss_ratio_ci95 <= 0.005 * .loss_ratio'

NFVSIM_DATA=$data
run run work --set run.duration=1ms --hdr "$tmp/latency.hlog"
if grep -q 'without zlib' "$tmp/err"; then
	skip "run --hdr" "built without zlib"
else
	check "run --hdr: exit 0" exits 0
	check "run --hdr: a line a sample" test "$(grep -c ',HISTFAAAA' "$tmp/latency.hlog")" = 32
	run run work --analytic --hdr "$tmp/latency.hlog"
	check "run --hdr: not with --analytic" exits 2
	run run work --set run.duration=1ms --hdr "$tmp/no/such.hlog"
	check "run --hdr: a file that cannot be written: exit 1" exits 1
fi

watched=(run work --set run.duration=200ms --set traffic.arrivals=poisson)
run "${watched[@]}" --quiet
cp "$tmp/out" "$tmp/unwatched"
run "${watched[@]}" --watch
check "run --watch: exit 0" exits 0
check "run --watch: the answer is the same" cmp "$tmp/out" "$tmp/unwatched"
check "run --watch: plain lines when not a terminal" grep -q '^work: .* million packets, delivered' "$tmp/err"
check "run --watch: first it warms up" test "$(head -n 1 "$tmp/err")" = "work: warming up"
check "run --watch: no escape sequences when not a terminal" not grep -q $'\033' "$tmp/err"
run run work --set 'name="a\e[31mb"' --set run.duration=200ms --watch
check "run --watch: names are escaped" not grep -q $'\033' "$tmp/err"
run run work --watch --quiet
check "run --watch: not with --quiet" exits 2
if command -v script >/dev/null; then
	export TERM=xterm NO_COLOR=1
	printf -v line '%q ' "$NFVSIM" "${watched[@]}" --watch
	script -qec "$line >$tmp/answer" "$tmp/screen" >/dev/null </dev/null
	unset NO_COLOR
	check "run --watch on a terminal: bars of cores and queues" grep -q '\[#* *\].*busy' "$tmp/screen"
	check "run --watch with NO_COLOR: no colour" not grep -q $'\033\[31m' "$tmp/screen"
	check "run --watch on a terminal: the answer is the same" cmp "$tmp/answer" "$tmp/unwatched"
else
	skip "run --watch on a terminal" "script is not installed"
fi

NFVSIM_DATA=scenarios
cat >"$tmp/shared-wire.yaml" <<'EOF'
dataplane: bess
servers: {a: c6220, b: c6220}
cpu: 2.6 GHz
traffic: {size: 1518 B, rate: 600 kpps, arrivals: poisson}
chains:
  one: {chain: [{nf: firewall, on: a.0}, {nf: l3fwd, on: b.0}]}
  two: {chain: [{nf: firewall, on: b.0}]}
run: {warmup: 5 ms, duration: 50 ms}
EOF
run run "$tmp/shared-wire.yaml" --json
check "chains that fill one wire together: it is the bottleneck" json '.bottleneck == "wire" and .bottleneck_load > 0.99'
run run l3fwd --set link.speed=40Gb/s --set 'chain=[]' --set cpu=2.6GHz --set run.duration=2ms
check "packets beyond the NIC's ceiling: it is the bottleneck" out_has "bottleneck: the NIC"
run run examples/vm-to-vm --set run.duration=2ms --json
check "the ring from a VM that creates packets has its one name" json '[.drops[].place] | index("l2fwd.vnic1") != null'
run run examples/pcap-replay --set traffic.rate=1Mpps --set run.duration=2ms
check "a rate beside a capture: a warning" err_has "warning: 'rate' is not used"
check "a rate beside a capture: not shown as if it were" out_has "web.pcap, pcap arrivals"
run check l3fwd --set 'profile=[pnic.rx_ring=31, pnic.tx_ring=8192]' --set rx_queues=128
check "NIC rings that the driver would refuse: errors" exits 2
check "a NIC ring too small" err_has "'pnic.rx_ring' is 31; the NIC of a c6220 takes 32 to 4096"
check "a NIC ring too large" err_has "'pnic.tx_ring' is 8192"
sed 's/max_queues: {value: 128/max_queues: {value: 2/' scenarios/platforms/c6220.yaml >"$tmp/few-queues.yaml"
run check l3fwd --set server="$tmp/few-queues.yaml" --set rx_queues=3
check "more queues than the NIC has" err_has "'rx_queues' is 3; a port of a few-queues has 2"
