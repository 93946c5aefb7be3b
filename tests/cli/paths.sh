#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Paths in a file are seen from that file, those of --set from the current folder. Truth: profiles that
# differ in what a packet costs, 500 cycles of 1 GHz beside the file and 250 in the current folder.
# shellcheck disable=SC2016,SC2154 # variables of jq; lib.sh sets tmp
. tests/cli/lib.sh

lab=$tmp/lab
mkdir -p "$lab/sub" "$tmp/here/sub" "$lab/deep"
costing() { # CYCLES
	sed "s/1000 cycles/$1 cycles/" "$data/profiles/plain.yaml"
}
costing 500 >"$lab/p.yaml"
costing 400 >"$lab/sub/p.yaml"
costing 250 | tee "$tmp/here/p.yaml" >"$tmp/here/sub/p.yaml"
costing 250 >"$tmp/here/q.yaml"
cp "$data/platforms/plain.yaml" "$lab/s.yaml"
cp "$data/traffic/two-sizes.yaml" "$lab/mix.yaml"
scenario() { # DATAPLANE SERVER [MORE]
	printf 'dataplane: %s\nserver: %s\ncpu: 1 GHz\nchain: [work]\n%s\n' "$1" "$2" \
		"${3:-traffic: {size: 64 B, rate: 10 Mpps\}}"
}
cd "$tmp/here" || exit 1
NFVSIM=$(realpath "$NFVSIM")

# gives NAME MPPS ARGUMENTS...: what `run` delivers
gives() {
	local name=$1 mpps=$2
	shift 2
	run run "$@" --json
	check "$name" json ".delivered_pps / ${mpps}e6 - 1 | fabs < 0.01"
}

scenario ./p.yaml ./s.yaml >"$lab/a.yaml"
gives "./p.yaml is beside the scenario" 2 "$lab/a.yaml"
gives "and also from another folder" 2 ../lab/a.yaml
cd "$lab" || exit 1
gives "and from its own" 2 a.yaml
cd "$tmp/here" || exit 1
scenario sub/p.yaml s.yaml >"$lab/b.yaml"
gives "sub/p.yaml, below it" 2.5 "$lab/b.yaml"
scenario ../p.yaml "$lab/s.yaml" >"$lab/deep/c.yaml"
gives "../p.yaml, above it; absolute paths stay" 2 "$lab/deep/c.yaml"
scenario plain plain >"$lab/names.yaml"
gives "names are names" 1 "$lab/names.yaml"
gives "--set: seen from here" 4 "$lab/a.yaml" --set dataplane=./p.yaml
gives "--set without a slash, too" 4 "$lab/a.yaml" --set dataplane=q.yaml
code=0
"$NFVSIM" run - --json <"$lab/a.yaml" >"$tmp/out" 2>"$tmp/err" --set server=plain || code=$?
check "standard input is in no folder" json '.delivered_pps / 4e6 - 1 | fabs < 0.01'

scenario ./q.yaml ./s.yaml >"$lab/d.yaml"
run run "$lab/d.yaml"
check "what is only here: exit 2" exits 2
check "what is only here: its place" err_has "d.yaml:1:12: error: cannot read $lab/q.yaml: No such file"
check "what is only here: a hint" err_has "seen from that file"
printf 'dataplane: plain\nservers: {one: ./s.yaml, two: {platform: ./t.yaml}}\nchain: [work]\n' >"$lab/e.yaml"
run check "$lab/e.yaml"
check "servers: each by its path" test "$(grep -c 'error: cannot read' "$tmp/err")" = 1
check "servers: the place" err_has "e.yaml:2:42: error: cannot read $lab/t.yaml"
run check "$lab/e.yaml" --set servers.two.platform=../lab/s.yaml
check "servers: --set is seen from here" exits 0
scenario plain plain 'traffic: {size: ./mix.yaml, rate: 0.1 Mpps}' >"$lab/f.yaml"
run run "$lab/f.yaml" --json
check "size mixes" exits 0
scenario plain plain 'traffic: {arrivals: pcap, pcap: none.pcap}' >"$lab/g.yaml"
run check "$lab/g.yaml"
check "captures" err_has "cannot read the capture: $lab/none.pcap"

# Files that assign
cat >"$lab/sweep.yaml" <<'END'
scenario: ./a.yaml
set: [server=./s.yaml]
axes: {dataplane: [./p.yaml, ./sub/p.yaml, plain]}
END
run sweep "$lab/sweep.yaml" -o s.db
check "sweep: exit 0" exits 0
run query s.db --columns dataplane,delivered_pps --format csv
check "sweep: an axis of paths" test "$(awk -F, 'NR > 1 { printf "%s %.1f\n", $1, $2 / 1e6 }' "$tmp/out" |
	tr '\n' ,)" = "./p.yaml 2.0,./sub/p.yaml 2.5,plain 1.0,"
cd "$lab" || exit 1
run sweep sweep.yaml -o "$tmp/here/s.db" --json
check "sweep: the same points from another folder" json '.before == 3 and .now == 0'
cd "$tmp/here" || exit 1
run sweep "$lab/sweep.yaml" --axis dataplane=./p.yaml -o t.db
run query t.db --columns delivered_pps --format csv
check "sweep: --axis is seen from here" grep -q '^3999\|^4000\|^400' "$tmp/out"
printf 'scenario: ./names.yaml\nset: [dataplane=./p.yaml, traffic.rate=1.9Mpps]\ntarget: loss<1%%\nleast: clock\n' \
	>"$lab/plan.yaml"
run plan "$lab/plan.yaml" --json
check "plan: 500 cycles at 1.9 Mpps" json '.answer.clock_hz == 1e9'
printf 'scenario: ./names.yaml\nset: ["dataplane=./none.yaml"]\n' >"$lab/place.yaml"
run place "$lab/place.yaml"
check "placement: a file's assignment is seen from it" err_has "cannot read $lab/none.yaml"

cat >"$lab/points.yaml" <<'END'
citation: arithmetic
points:
  - {id: own, value: 2 Mpps, mark: held-out, scenario: ./a.yaml}
  - {id: set, value: 2.5 Mpps, mark: held-out, scenario: a.yaml, set: [dataplane=sub/p.yaml]}
  - {id: sum, value: 4.5 Mpps, mark: held-out, scenario: a.yaml, plus: ["dataplane='./sub/p.yaml'"]}
  - {id: name, value: 1 Mpps, mark: held-out, scenario: work}
END
run validate "$lab/points.yaml" --json
check "measurement set" json '.accuracy["held-out"].rates | .points == 4 and .worst < 0.01 and .worst > -0.01'
run validate "$lab/points.yaml" --point own --set dataplane=./p.yaml --json
check "measurement set: --set is seen from here" json '.sets[0].points[0].predicted / 4e6 - 1 | fabs < 0.01'
printf 'id,value,unit,mark,scenario,set\nx,2.5,Mpps,held-out,./a.yaml,dataplane=./sub/p.yaml\n' >"$lab/t.csv"
mkdir -p "$tmp/elsewhere"
run validate --import "$lab/t.csv"
cp "$tmp/out" "$tmp/elsewhere/set.yaml"
run validate "$tmp/elsewhere/set.yaml" --json
check "import: CSV, and the set in another folder" json '.sets[0].points[0].verdict == "good"'
printf 'id,value,unit,mark\nx,4,Mpps,held-out\n' >"$lab/t.csv"
run validate --import "$lab/t.csv" --scenario ../lab/a.yaml --set dataplane=./p.yaml
cp "$tmp/out" "$tmp/elsewhere/set.yaml"
run validate "$tmp/elsewhere/set.yaml" --json
check "import: options are seen from here" json '.sets[0].points[0].verdict == "good"'

cat >"$lab/bed.yaml" <<'END'
hosts: {dut: {shell: [sh, -c]}}
scenario: ./names.yaml
axes: {dataplane: [./p.yaml, plain]}
use: [./step.yaml]
END
cat >"$lab/step.yaml" <<'END'
steps: [{host: dut, run: [printf, 'rate 2000000'], save: report}]
results: [{metric: delivered, from: report, pattern: 'rate ([0-9]+)', unit: pps}]
END
run testbed "$lab/bed.yaml" -o trials
check "testbed: exit 0" exits 0
check "testbed: trials are named after what the plan says" test -e trials/dataplane-.-p.yaml.1.trial
run validate trials/set.yaml --json
check "testbed: its set holds where it is" json '[.sets[0].points[].verdict] == ["good", "off"]'
