#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# `trace`: the JSON keeps to the trace event format, its totals over a run are the run's own, the
# capture is one, and names from files do no harm.
. tests/cli/lib.sh
export NFVSIM_DATA=scenarios

# What the format asks of each kind of event (X: complete, i: instant, C: counter, M: metadata,
# s t f: flow), and that slices on a thread nest, in ns.
cat >"$tmp/format.jq" <<'EOF'
def ns: . * 1000 | round;
def number: type == "number";
def fine:
	(.ph | IN("X", "i", "C", "M", "s", "t", "f")) and (.name | type == "string") and (.pid | number)
	and (.ph == "M" or (.ts | number and . >= 0))
	and (.ph == "C" or (.tid | number))
	and (.ph != "X" or (.dur | number and . >= 0) and (.cat | type == "string"))
	and (.ph != "i" or (.s | IN("t", "p", "g")))
	and (.ph != "C" or (.args | length > 0 and all(.[]; number)))
	and (.ph != "M" or (.name | IN("process_name", "thread_name", "process_sort_index", "thread_sort_index")))
	and ((.ph | IN("s", "t", "f") | not) or (.id | number) and .bp == "e");
def nest:
	sort_by(.ts, -.dur) | reduce .[] as $x ({open: [], ok: true};
		(($x.ts | ns) as $from | ($from + ($x.dur | ns)) as $to
		| .open |= map(select(. > $from))
		| .ok = (.ok and all(.open[]; $to <= .))
		| .open += [$to])) | .ok;
.traceEvents
| all(.[]; fine)
and ([.[] | select(.ph == "X")] | group_by(.pid, .tid) | all(.[]; nest))
and ([.[] | select(.ph | IN("s", "t", "f")) | .ph] | length == 0 or .[0] == "s" and .[-1] == "f"
	and all(.[1:-1][]; . == "t"))
and (map(select(.ph | IN("s", "t", "f"))) as $flow | map(select(.ph == "X")) as $slices
	| all($flow[]; . as $f | any($slices[]; .pid == $f.pid and .tid == $f.tid and .ts == $f.ts)))
EOF

# The totals of stages, cores and places, from the events of a trace and from the run.
cat >"$tmp/sums.jq" <<'EOF'
($from * 1000) as $from | .traceEvents as $all
| ($all | map(select(.name == "thread_name") | {key: "\(.pid) \(.tid)", value: .args.name}) | from_entries) as $track
| {stages: ($all | map(select(.cat == "burst" and .ts > $from)) | group_by(.name)
		| map({key: .[0].name, value: (map(.args.packets) | add)}) | from_entries),
	drops: ($all | map(select(.cat == "drop")) | group_by(.tid)
		| map({key: $track["\(.[0].pid) \(.[0].tid)"], value: length}) | from_entries),
	stalled_ps: ($all | map(select(.cat == "wait" and .ts > $from).args.took_ps) | add // 0),
	delivered: (.otherData.delivered | tonumber)}
EOF
cat >"$tmp/run.jq" <<'EOF'
{stages: (.stages | map(select(.packets > 0) | {key: .name, value: .packets}) | from_entries),
	drops: (.drops | map(select(.packets > 0) | {key: .place, value: .packets}) | from_entries),
	stalled_ps: (.measured_s as $s | [.cores[].stalled] | add * $s * 1e12 | round),
	delivered: .packets_delivered}
EOF

# same_totals SCENARIO [OPTION...]: a run from 1 ms to 4.2 ms, and the trace of that time.
same_totals() {
	local scenario=$1
	shift
	"$NFVSIM" run "$scenario" --set run.warmup=1ms --set run.duration=3.2ms --json "$@" |
		jq -S -f "$tmp/run.jq" >"$tmp/of-run"
	"$NFVSIM" trace "$scenario" --from 1ms --for 3.2ms --packet none "$@" |
		jq -S --argjson from 1 -f "$tmp/sums.jq" >"$tmp/of-trace"
	jq -e '.delivered > 0' "$tmp/of-run" && diff "$tmp/of-run" "$tmp/of-trace"
}

run trace l3fwd -o "$tmp/t.json" --pcap "$tmp/t.pcap"
check "trace: exit 0" exits 0
check "trace: tells the packet's way" out_has "waits in pnic0.rx"
check "trace: nothing on standard error" test ! -s "$tmp/err"
check "the JSON keeps to the format" jq -e -f "$tmp/format.jq" "$tmp/t.json"
for cat in burst copy poll wait drop wire packet; do
	check "the trace has $cat events" jq -e --arg cat $cat '.traceEvents | any(.cat == $cat)' "$tmp/t.json"
done
check "queues have counters" jq -e '.traceEvents | map(select(.ph == "C")) | length > 100' "$tmp/t.json"
check "an arrow visits tester, three cores and wire" jq -e \
	'.traceEvents | map(select(.ph | IN("s", "t", "f"))) | length == 5' "$tmp/t.json"
run trace l3fwd
check "without --output the timeline goes to standard output" cmp "$tmp/out" "$tmp/t.json"
run trace l3fwd -o "$tmp/t.json" --json
check "--json: totals" json '.packets_delivered == 1728 and .packets_dropped == 1252'
check "--json: the way adds up to its span" json '.packet.way as $w
	| ($w[-1].from_ns - $w[0].from_ns - ($w | map(.took_ns) | add)) | . < 0.01 and . > -0.01'

for scenario in l3fwd two-servers niu-can17/clickos-chain-2 niu-can17/numa-3 examples/two-chains; do
	check "$scenario: totals are the run's" same_totals "$scenario"
done
cat >"$tmp/asleep.yaml" <<'EOF'
dataplane: bess
server: c6220
traffic: {size: 64 B, rate: 20 kpps, arrivals: poisson}
chain: [l3fwd]
profile: [worker.mode=interrupt, worker.delay=5us, worker.cost=2000cycles]
EOF
run trace "$tmp/asleep.yaml" --for 2ms -o "$tmp/asleep.json"
check "flush timers show" jq -e '.traceEvents | any(.cat == "flush" and .args.packets > 0)' "$tmp/asleep.json"
check "sleep and wake-ups show" jq -e '.traceEvents | any(.cat == "sleep") and any(.cat == "wake")' "$tmp/asleep.json"
check "asleep: keeps to the format" jq -e -f "$tmp/format.jq" "$tmp/asleep.json"

run trace l3fwd --packet 150300 --json -o "$tmp/one.json"
check "--packet: by number" json '.packet.number == 150300'
run trace examples/two-chains --packet nosuch:5
check "--packet: unknown chain: exit 2" exits 2
run trace l3fwd --packet 0
check "--packet: 0: exit 2" exits 2
run trace l3fwd --for 0us
check "--for 0us: exit 2" exits 2
check "--for 0us: says what it wants" err_has "--for wants a time such as"
run trace l3fwd --from 1ms --for 10us --packet 999999 -o "$tmp/late.json"
check "a packet that comes later: said" err_has "is not sent by the end of the window"
run trace l3fwd -o "$tmp/no/such/folder.json"
check "a file that cannot be written: exit 1" exits 1
run trace l3fwd -o /dev/full
check "full disk: exit 1" exits 1

# A capture: nanosecond magic, then 16 B and at most 96 B a packet.
check "the capture has the magic of nanosecond times" test "$(od -An -tx4 -N4 "$tmp/t.pcap" | tr -d ' ')" = a1b23c4d
check "the capture holds all that was delivered" test "$(stat -c %s "$tmp/t.pcap")" = $((24 + 1728 * (16 + 60)))
run trace l3fwd --set traffic.size=1518B --pcap "$tmp/big.pcap" --snaplen 64B
check "--snaplen: cuts big packets" out_has "capture: "
check "--snaplen: and says how long they were" test "$(od -An -tu4 -j32 -N8 "$tmp/big.pcap" | tr -s ' ')" = " 64 1514"

# Names from files.
cat >"$tmp/evil.yaml" <<'EOF'
name: "<script>alert(1)</script>\e[31m"
dataplane: bess
server: c6220
traffic: {size: 64 B, rate: 1 Mpps}
chain: [l3fwd]
EOF
run trace "$tmp/evil.yaml" --from 1ms --for 20us
check "a name with markup and escapes: exit 0" exits 0
check "in JSON it is the same name" json '.otherData.scenario == "<script>alert(1)</script>\u001b[31m"'
check "escape sequences are not printed" not grep -q $'\033' "$tmp/out" "$tmp/err"
