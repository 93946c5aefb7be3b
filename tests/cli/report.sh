#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# report: what it takes, what stands in the file, and that nothing in it is code but ours. How it
# looks and works in a browser is the matter of scripts/check-browser.sh.
. tests/cli/lib.sh

page=$tmp/page.html

# The data in the page, as the script sees them.
data() {
	sed -n 's/^.*<script type="application\/json" id="data">\(.*\)<\/script>$/\1/p' "$page"
}

# holds FILTER: whether jq finds it true of the page's data.
holds() {
	data | jq -e "$1"
}

make_page() {
	run report "$@" -o "$page" -q
}

scenario() {
	cat >"$tmp/$1.yaml" <<-EOF
		name: ${2:-$1}
		dataplane: plain
		server: plain
		traffic: {size: 64 B, rate: ${3:-1 Mpps}}
		chain: [work]
		run: {max_packets: 20000, precision: 20%}
	EOF
}

scenario plain

make_page "$tmp/plain.yaml"
check "a scenario: exit 0" exits 0
check "its item" holds '[.items[].kind] == ["run"] and .items[0].name == "plain"'
check "the spectrum ascends" holds '.items[0].data.spectrum[0] | length > 50 and . == sort and
	(map(.[1]) | . == sort)'
"$NFVSIM" run "$tmp/plain.yaml" --json >"$tmp/run.json" 2>/dev/null
check "the numbers are those of run" test \
	"$(data | jq '.items[0].data | [.delivered_pps, .seed] | map(. * 1000 | round)')" = \
	"$(jq '[.delivered_pps, .seed] | map(. * 1000 | round)' "$tmp/run.json")"
check "the spectrum agrees with the percentiles" holds '.items[0].data | .latency_ns.p50 as $p |
	.spectrum[0] | map(select(.[0] >= 0.5))[0][1] / $p - 1 | fabs < 0.002'
check "the budget adds up to the mean" holds '.items[0].data.budget[0] |
	([.places[].parts_ns[]] | add) / .mean_ns - 1 | fabs < 1e-6'
check "every way of the placement joins two parts of it" holds '.items[0].data.placement |
	[.nodes[].id] as $ids | (.edges | length >= 2) and all(.edges[]; [.from, .to] - $ids == [])'
check "sizes and loads" holds '.items[0].data | (.sizes.n >= 6) and (.loads.n >= 8) and
	(.loads.columns.latency_mean_ns | length) == .loads.n'
check "loads: p99 beside the mean" holds '.items[0].data.loads.columns | [.latency_mean_ns, .latency_p99_ns] |
	transpose | map(select(.[1])) | length >= 8 and all(.[1] >= 0.999 * .[0])'
check "what made it" holds '.items[0].data | .seed and .nfvsim_version and .key and
	(.text.scenario | contains("chain")) and (.text.profile | length > 10)'

make_page "$tmp/plain.yaml" --no-curves --title 'two words'
check "--no-curves" holds '.items[0].data | has("sizes") | not'
check "--title" holds '.title == "two words"'
check "the title is that of the page" grep -q '<title>two words</title>' "$page"

"$NFVSIM" sweep "$tmp/plain.yaml" -a traffic.size=64B,128B -a traffic.rate=1Mpps,2Mpps,3Mpps \
	-o "$tmp/s.db" -q >"$tmp/log"
make_page "$tmp/s.db" "$tmp/run.json"
check "a store and a run's answer: exit 0" exits 0
check "their items" holds '[.items[].kind] == ["sweep", "run"]'
check "the points of the store" holds '.items[0].data | .grid and .n == 6 and
	[.axes[].unit] == ["B", "pps"] and (.axes[0].index | length == 6) and
	(.columns["cores.work.busy"] | length == 6 and all(. > 0))'
check "they are those of query" test \
	"$(data | jq -c '.items[0].data.columns.delivered_pps | map(round)')" = \
	"$("$NFVSIM" query "$tmp/s.db" --json | jq -c '[.rows[].delivered_pps | round]')"

run report "$tmp/run.json" --json
check "--json: the data alone" json '.items[0].data.delivered_pps > 0'
run report "$tmp/run.json" -o -
check "-o -: to standard output" out_has '</html>'

# Names that would like to be code.
evil='<script>alert(1)</script><img src=x onerror=alert(2)>'
sep=$'\u2028'
scenario evil "'$evil</title>\"&amp;'"
make_page "$tmp/evil.yaml" --no-curves
check "a hostile name: exit 0" exits 0
check "it is not in the page as it stands" not grep -qE '<img|alert\(1\)</script>' "$page"
check "one title, two scripts" test "$(grep -o '</title>' "$page" | wc -l)$(
	grep -o '</script>' "$page" | wc -l)" = 12
check "the data still say it" holds ".items[0].name | contains(\"$evil\")"
make_page "$tmp/run.json" --title "$(printf 'a\033[31mb\r%s%s' "$evil" "$sep")"
check "a line separator does not reach the page" not grep -q "$sep" "$page"
check "escape sequences do not reach the page" not grep -q $'[\033\r]' "$page"
run report $'no\033[31msuch' -o "$page"
check "nor the terminal" not grep -q $'\033' "$tmp/err"

# The policy allows exactly the script and the style that are there, and nothing else.
hash_of() {
	awk -v tag="$1" '
		$0 ~ "^<" tag ">" { on = 1; sub("^<" tag ">", "") }
		$0 ~ "^</" tag ">" { exit }
		on' "$page" | openssl dgst -sha256 -binary | base64
}
if command -v openssl >/dev/null; then
	check "the policy names the script" grep -qF "script-src 'sha256-$(hash_of script)'" "$page"
	check "the policy names the style" grep -qF "style-src 'sha256-$(hash_of style)'" "$page"
else
	skip "the policy's hashes" "openssl is not installed"
fi
check "the policy starts from nothing" grep -qF "content=\"default-src 'none';" "$page"
check "no address of anywhere" not grep -qE '(src|href)="?https?:|url\([^#]|@import|fetch\(|XMLHttp' "$page"

# What is wrong is told before anything is run or written.
rm -f "$page"
echo '{"a": 1}' >"$tmp/other.json"
echo '{"a": ' >"$tmp/cut.json"
make_page "$tmp/other.json" "$tmp/cut.json" "$tmp/nowhere.yaml" "$tmp/plain.yaml"
check "bad inputs: exit 2" exits 2
for word in other.json cut.json nowhere.yaml; do
	check "bad inputs: $word is named" err_has "$word"
done
check "bad inputs: nothing is written" not test -e "$page"
run report "$tmp/s.db" --sweep nothing -o "$page"
check "an unknown sweep: exit 2" exits 2
check "an unknown sweep: nothing is written" not test -e "$page"
run report "$tmp/run.json" -o "$tmp/no/such/folder.html"
check "a place that cannot be written: exit 1" exits 1
echo 'an old page' >"$tmp/kept.html"
"$NFVSIM" report "$tmp/plain.yaml" -o "$tmp/kept.html" --quiet &
pid=$!
sleep "0.0$((RANDOM % 10))"
kill -9 $pid
wait $pid 2>/dev/null
check "killed at work: the old page, or the new one" grep -q '^an old page$\|</html>' "$tmp/kept.html"
run report "$tmp/run.json" -o /dev/full
check "a full disk: exit 1" exits 1
