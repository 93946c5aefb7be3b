#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# schema and list, and the files that come with the program.
. tests/cli/lib.sh

for kind in scenario profile platform traffic sweep plan placement; do
	run schema "$kind"
	check "schema $kind: exit 0" exits 0
	check "schema $kind: its heading" grep -q ': ' <(head -n 1 "$tmp/out")
	cp "$tmp/out" "$tmp/text"
	run schema "$kind" --json
	check "schema $kind --json: its keys have a type and a meaning" json \
		".$kind | [recurse(.keys[]?)][1:] | length > 3 and all(.type and .doc)"
	# Every dotted key of one form is in the other.
	jq -r "def walk(\$at): .keys[] | (\$at + .key) as \$k | \$k, (select(.keys) |
		walk(\$k + {group: \".\", list: \"[].\", map: \".NAME.\"}[.type]));
		.$kind | walk(\"\")" "$tmp/out" | sort >"$tmp/keys"
	check "schema $kind: same keys as text and as JSON" \
		cmp "$tmp/keys" <(sed 1d "$tmp/text" | awk '{ print $1 }' | sort)
done
run schema
check "schema: all kinds" test \
	"$(grep -cE '^(scenario|profile|platform|size mix|sweep|plan|placement): ' "$tmp/out")" = 7
run schema scenario --json
check "schema: choices, default, range" json '.scenario.keys[] | select(.key == "traffic").keys |
	any(.key == "arrivals" and .default == "cbr" and (.choices | index("poisson"))) and
	any(.key == "burst" and .range == "1 to 1024")'
check "schema: required" json '.scenario.keys[] | select(.key == "dataplane").required'
run schema nonsense
check "schema of an unknown kind: exit 2" exits 2

run list
check "list: exit 0" exits 0
for words in dataplanes servers traffic scenarios nfs 'no switch, round numbers' \
	'half short, half long' 'takes 1000 cycles a packet' 'a core that manages one packet'; do
	check "list: prints '$words'" out_has "$words"
done
run list --json
check "list --json" json '[.dataplanes, .servers, .traffic, .scenarios | .[].name] |
	contains(["plain", "two-sizes", "work"])'
run list dataplanes
cp "$tmp/out" "$tmp/text"
run list profiles
check "profiles are dataplanes" cmp "$tmp/out" "$tmp/text"
run list nfs plain --json
check "list nfs DATAPLANE" json '[.nfs[] | select(.dataplane == "plain").name] == ["work", "other"]'
run list nfs plian
check "list nfs of an unknown dataplane: exit 2" exits 2
check "list nfs of an unknown dataplane: suggestion" err_has "did you mean 'plain'?"
run list nonsense
check "list of an unknown kind: exit 2" exits 2
run list servers plain
check "list with a word too many: exit 2" exits 2

export NFVSIM_DATA=$PWD/scenarios
mapfile -t files < <(find scenarios -name '*.yaml' | sort)
check "there are examples" test "${#files[@]}" -ge 5
for file in "${files[@]}"; do
	run check "$file"
	check "$file" test "$(<"$tmp/out")" = "$file: ok"
done
run list --json
check "every example, profile, platform and mix has a title" json \
	'[.dataplanes, .servers, .traffic, .scenarios, .sweeps, .plans, .placements | .[]] |
	length > 20 and all(.title)'
run run l3fwd --json
check "l3fwd answers" json '.delivered_pps > 1e6 and .bottleneck == "l3fwd"'
