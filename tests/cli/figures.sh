#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# figures: points of a measurement set find their curves, and gnuplot draws them.
. tests/cli/lib.sh

cat >"$tmp/set.yaml" <<-'EOF'
	title: a set
	citation: nobody
	figures:
	  - id: one
	    title: "it's $(touch owned) `touch owned` <b>"
	    x: size
	    key: traffic.size
	    values: [64B, 128B]
	    curves:
	      - {name: "a' ; system 'touch owned'", scenario: work, set: [cpu=1GHz, traffic.rate=line]}
	      - {name: b, scenario: work, set: [cpu=2GHz, traffic.rate=line]}
	  - id: two
	    title: latency
	    x: rate
	    key: traffic.rate
	    values: [100kpps, 200kpps, 100kpps + 200kpps]
	    labels: [x, y, sum]
	    metric: latency
	    curves: [{name: a, scenario: work}]
	points:
	  - {id: p1, value: 1 Mpps, mark: held-out, scenario: work, set: [cpu=1GHz, traffic.size=64 B, traffic.rate=line]}
	  - {id: p2, value: 2 Mpps, mark: fit, scenario: work, set: [traffic.size=128B, cpu=2.0 GHz, run.seed=9, traffic.rate=line]}
	  - {id: p3, value: at least 1 Mpps, kind: bound, mark: informed, scenario: work, set: [cpu=2GHz, traffic.size=128B, traffic.rate=line]}
	  - {id: p4, value: false, kind: claim, metric: line-rate, mark: held-out, scenario: work, set: [cpu=1GHz, traffic.size=128B, traffic.rate=line]}
	  - {id: p5, value: 3 us, metric: latency, mark: fit, scenario: work, set: [traffic.rate=100kpps],
	     plus: ['traffic.rate=200kpps']}
	  - {id: p6, value: 1 Mpps, mark: fit, scenario: work, set: [cpu=1.5GHz]}
EOF

run figures "$tmp/set.yaml" --json --precision 5% -q
check "numbers: exit 0" exits 0
check "each point is where its scenario is, and nowhere else" json '
	[.figures[].known[] | [.id, .series, .at, .sign]] == [["p1", 0, 0, 0], ["p2", 1, 1, 0],
		["p3", 1, 1, 1], ["p4", 0, 1, -1], ["p5", 0, 2, 0]]'
check "a sum is the sum" json '.figures[1].series[0].points | map(.value) |
	.[2] / (.[0] + .[1]) - 1 | fabs < 1e-9'
check "a measured latency is in ns" json '.figures[1].known[0].value == 3000'
check "bits of a packet on the wire" json '[.figures[0].series[0].points[].bits] == [672, 1184]'
cp "$tmp/out" "$tmp/figures.json"
rate=$(jq '.figures[0].series[1].points[1].value' "$tmp/out")
check "a point is what run says" test "$("$NFVSIM" run work --set cpu=2GHz --set traffic.rate=line --set traffic.size=128B \
	--precision 5% --json 2>/dev/null | jq --argjson r "$rate" '.delivered_pps == $r')" = true
run report "$tmp/figures.json" -o "$tmp/page.html"
check "report takes them" exits 0

if command -v gnuplot >/dev/null; then
	run figures "$tmp/set.yaml" --precision 5% -q -o "$tmp/drawn"
	check "drawn: exit 0, no complaint" test "$code" -eq 0 -a ! -s "$tmp/err"
	for name in one-mpps one-gbps two-us; do
		check "$name.svg has the title" grep -q -e "it's" -e latency "$tmp/drawn/$name.svg"
		check "$name.pdf" grep -q '^%PDF' "$tmp/drawn/$name.pdf"
		check "$name.png" grep -q PNG "$tmp/drawn/$name.png"
	done
	check "texts are not run" not test -e owned
	run figures "$tmp/set.yaml" --only tw --format svg --precision 5% -q -o "$tmp/few"
	check "--only and --format" test "$(ls "$tmp/few")" = two-us.svg
	run figures "$tmp/set.yaml" --only two -q -o "$tmp/set.yaml/x"
	check "a folder that cannot be: exit 1" exits 1
else
	skip "figures are drawn" "gnuplot is not installed"
fi
mkdir "$tmp/empty"
code=0
PATH=$tmp/empty "$NFVSIM" figures "$tmp/set.yaml" -q -o "$tmp/none" >"$tmp/out" 2>"$tmp/err" || code=$?
check "without gnuplot: exit 1" exits 1
check "without gnuplot: names the package" err_has gnuplot-nox

run figures "$tmp/set.yaml" --only no --json
check "no such figure: exit 2" exits 2
sed 's/id: two/id: ..\/two/; s/metric: latency\r*$/metric: lost/; s/labels: \[x, y/labels: [x/' "$tmp/set.yaml" >"$tmp/bad.yaml"
run figures "$tmp/bad.yaml" --json
check "a bad figure: exit 2" exits 2
for words in 'letters, digits' 'delivered or latency' '3 values and 2 labels'; do
	check "a bad figure: $words" err_has "$words"
done
