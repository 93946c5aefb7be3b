#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Results of other tools as measurement sets. The files in tests/cli/data/import have the shapes that
# docs/importing.md names with their sources; what they say is arithmetic.
# shellcheck disable=SC2016 # $e and the like are variables of jq
. tests/cli/lib.sh
files=tests/cli/data/import

# What the import printed, as validate reads it: metric, value, scenario keys.
import() {
	run validate --import "$@"
	cp "$tmp/out" "$tmp/set.yaml"
}

has_point() { # ID: its lines in $tmp/point
	awk -v id="{id: '$1'," 'index($0, "{id:") { on = index($0, id) } on' "$tmp/set.yaml" >"$tmp/point"
	[ -s "$tmp/point" ]
}

says() {
	grep -qF -e "$1" "$tmp/point"
}

# says_after ID TEXT: whether the point has the text
says_after() {
	has_point "$1" && says "$2"
}

import $files/nfvbench.json --scenario work --mark informed
check "nfvbench: exit 0" exits 0
check "nfvbench: seven points" test "$(grep -c '{id:' "$tmp/set.yaml")" = 7
check "nfvbench: PDR at 64 B" has_point pvp-64-pdr
check "nfvbench: 2 Mpps less 0.1 %" says "value: '1998000 pps'"
check "nfvbench: PDR is searched for" says "metric: 'pdr'"
check "nfvbench: with its default" says "loss: '0.1 %'"
check "nfvbench: its scenario keys" \
	says "set: ['traffic.size=64B', 'traffic.direction=both', 'traffic.rate=line']"
check "nfvbench: NDR at 64 B" has_point pvp-64-ndr
check "nfvbench: loses a little, too" says "loss: '0.001 %'"
check "nfvbench: latency at the NDR" has_point pvp-64-ndr-latency
check "nfvbench: mean, in us" says "value: '31.5 us'"
check "nfvbench: half the rate each way" says "'traffic.rate=930059.5pps'"
check "nfvbench: a mix" has_point pvp-imix-pdr
check "nfvbench: by name" says "'traffic.size=imix'"
check "nfvbench: no latency, no point" not has_point pvp-imix-pdr-latency
check "nfvbench: a fixed rate" has_point pvp-1518
check "nfvbench: is offered" says "'traffic.rate=100000pps'"
check "nfvbench: and not searched for" not says "metric: 'pdr'"
check "--mark and --scenario" says "mark: 'informed',"

import $files/trex.json --scenario work --set cpu=2GHz
check "trex: exit 0" exits 0
check "trex: the rate" has_point trex-one-core
check "trex: what arrived" says "value: '999500 pps'"
check "trex: was searched for" says "metric: 'pdr'"
check "trex: at config.pdr" says "loss: '0.1 %'"
check "trex: 512 Mb/s are 1 Mpps of 64 B" says "'traffic.size=64B'"
check "trex: --set comes last" says "'cpu=2GHz']"
check "trex: latency" has_point trex-one-core-latency-5
check "trex: at what was sent" says "'traffic.rate=1000000pps'"
run validate "$tmp/set.yaml" --json
check "trex: the set can be read" exits 0
check "trex: 2 GHz / 1000 cycles, -0.05 %" json '.sets[0].points[0] |
	.predicted / .measured - 2.001 | fabs < 0.01'

sed 's/"pdr": 0.1/"pdr": 0/' $files/trex.json >"$tmp/ndr.json"
import "$tmp/ndr.json"
check "trex: no loss allowed" says_after trex-one-core "metric: 'ndr'"
check "trex: no loss stated" not says "loss:"

sed 's/"date"/"config": {"measurement": {"NDR": 0, "PDR": 2}}, "date"/' $files/nfvbench.json \
	>"$tmp/limits.json"
import "$tmp/limits.json"
check "nfvbench: NDR with no loss" says_after pvp-64-ndr "metric: 'ndr'"
check "nfvbench: PDR with its own" says_after pvp-64-pdr "loss: '2 %'"

import $files/csit.txt --scenario work
check "csit: exit 0" exits 0
check "csit: six points" test "$(grep -c '{id:' "$tmp/set.yaml")" = 6
check "csit: a range" has_point csit-10ge2p1x520-64b-1t1c-eth-l2xcbase-ndrdisc-vpp-17.01
check "csit: its middle" says "value: '12.7 Mpps'"
check "csit: ndrdisc" says "metric: 'ndr'"
check "csit: keys from the name" says "set: ['traffic.direction=both', 'link=10Gb/s', \
'traffic.size=64B', 'cores.workers=1', 'traffic.rate=line']"
check "csit: n/a is no point" not has_point \
	csit-40ge2p1xl710-imix-2t1c-eth-l2bdbase-ndrdisc-vpp-16.09
check "csit: two threads on a core" has_point \
	csit-40ge2p1xl710-imix-2t1c-eth-l2bdbase-ndrdisc-vpp-17.01
check "csit: leave the workers open" not says cores.workers
check "csit: a unit in the head, spreads passed over" has_point \
	csit-10ge2p1x520-1518b-2t2c-ethip4-ip4base-mean-mpps
check "csit: neither NDR nor PDR: delivered" not says metric
check "csit: a message" has_point csit-10ge2p1x520-64b-1c-eth-l2xcbase-ndrpdr-pdr
check "csit: PDR" says "value: '13500000 pps'"
check "csit: PDR loses 0.5 %" says "loss: '0.5 %'"
check "csit: NDR" says_after csit-10ge2p1x520-64b-1c-eth-l2xcbase-ndrpdr-ndr "metric: 'ndr'"
sed 's/ndrdisc/pdrdisc/' $files/csit.txt >"$tmp/pdr.txt"
import "$tmp/pdr.txt"
check "csit: pdrdisc" says_after csit-10ge2p1x520-64b-1t1c-eth-l2xcbase-pdrdisc-vpp-17.01 \
	"loss: '0.5 %'"

printf '%s\r\n' 'id,value,unit,mark,scenario,set,note' \
	'one,1.0,Mpps,held-out,work,,' \
	"two,2 Mpps,,held-out,work,cpu=2GHz;run.seed=7,\"it's said, \"\"quoted\"\"\"" \
	>"$tmp/table.csv"
import "$tmp/table.csv"
check "csv: exit 0" exits 0
check "csv: quotes and commas" out_has "note: 'it''s said, \"quoted\"'"
check "csv: assignments" out_has "set: ['cpu=2GHz', 'run.seed=7']"
run validate "$tmp/set.yaml" --json
check "csv: what it prints can be read" exits 0
check "csv: and is good" json '.accuracy["held-out"].rates | .points == 2 and .good == 2'
sed '1!s/held-out/fit/' "$tmp/table.csv" >"$tmp/fit.csv"
import "$tmp/fit.csv"
run calibrate --from "$tmp/set.yaml" --profile plain --fit nfs.work.cost.per_packet
check "csv: calibrate takes it" exits 0

import $files/trex.json
run validate "$tmp/set.yaml"
check "without a scenario validate says so" err_has "names no scenario"

# refused NAME TEXT...: the file $tmp/bad is refused with each of the texts, and nothing is printed.
refused() {
	local name=$1 text
	shift
	run validate --import "$tmp/bad"
	check "$name: exit 2" exits 2
	check "$name: nothing printed" not test -s "$tmp/out"
	for text; do
		check "$name: $text" err_has "$text"
	done
}

head -c 1000 $files/nfvbench.json >"$tmp/bad"
refused "cut JSON" "bad:22:45: error: "
head -c 450 $files/csit.txt >"$tmp/bad"
refused "cut line" "bad:6:1: error: this line of a table is cut"
head -c 500 $files/csit.txt >"$tmp/bad"
refused "cut border" "bad:7:1: error: this border of a table is cut"
head -n 8 $files/csit.txt >"$tmp/bad"
refused "cut table" "bad:8:1: error: this table is cut: no border follows"
printf 'id,value\na,1\nb\n' >"$tmp/bad"
refused "cut CSV" "bad:3:1: error: this line has another number of fields"
printf 'id,value\na,"1\n' >"$tmp/bad"
refused "open quote" "bad:2:3: error: this quote is never closed"
sed 's/"rate_pps": 2000000/"rate_pps": 2.0/; s/"drop_percentage": 0.05/"drop_percentage": "5%"/' \
	$files/nfvbench.json >"$tmp/bad"
refused "nfvbench, Mpps" "bad:36:53: error: rate_bps and rate_pps are not of the same rate" \
	"bad:54:68: error: 'drop_percentage' wants a percentage from 0 to 100"
sed 's/"pdr": 0.1/"pdr": "much"/' $files/trex.json >"$tmp/bad"
refused "trex, a loss that is none" "'pdr' wants a percentage from 0 to 99"
sed 's/"tx_pps": 1000000.0/"tx_pps": 1.0/' $files/trex.json >"$tmp/bad"
refused "trex, Mpps" "total_tx_L1, tx_bps and tx_pps are not of the same rate"
sed 's/13300000.0 pps/13.3 pps/; s/9.4 Mpps/9.4 Gbps/; s/| 0.81/| abc /' $files/csit.txt >"$tmp/bad"
refused "csit, wrong units" "bad:6:64: error: this is no rate in Mpps" \
	"bad:14:43: error: this is no rate in Mpps" \
	"bad:18:1: error: rate and bandwidth are not the same"
printf 'id,vaule\na,1\n' >"$tmp/bad"
refused "csv, a typo" "bad:1:4: error: no column is called 'vaule'" "did you mean 'value'?"
printf 'id,note,note\na,1,2\n' >"$tmp/bad"
refused "csv, a column twice" "bad:1:9: error: two columns are called 'note'"
echo '{"a": 1}' >"$tmp/bad"
refused "another JSON" "bad:1:1: error: this JSON is of no kind that is known"
echo 'some text' >"$tmp/bad"
refused "another text" "bad:1:1: error: this is no kind of file that is known"
: >"$tmp/bad"
refused "an empty file" "bad:1:1: error: the file is empty"
printf 'id,value\na,\377\n' >"$tmp/bad"
refused "no UTF-8" "bad:2:3: error: "
run validate --import "$tmp/nowhere"
check "no such file: exit 2" exits 2
run validate --scenario work
check "--scenario without --import: exit 2" exits 2
run validate --import $files/trex.json --mark best
check "a mark that there is not: exit 2" exits 2
