#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Bad input: everything that is wrong is shown at once, with its place, and nothing is run.
. tests/cli/lib.sh

cat >"$tmp/bad.yaml" <<'END'
dataplane: plian
server: plain
cpu: 2.4 GB
traffic: {siez: 64 B, arrivals: poison}
chain: [work]
END
for verb in run check; do
	run "$verb" "$tmp/bad.yaml"
	check "$verb: several mistakes: exit 2" exits 2
	check "$verb: nothing on stdout" test ! -s "$tmp/out"
	check "$verb: four errors" test "$(grep -c ': error: ' "$tmp/err")" = 4
	for place in 1:12 3:6 4:11 4:33; do
		check "$verb: error at $place" err_has "$tmp/bad.yaml:$place: error: "
	done
	check "$verb: suggests the dataplane" err_has "did you mean 'plain'?"
	check "$verb: suggests the key" err_has "did you mean 'size'?"
	check "$verb: suggests the word" err_has "did you mean 'poisson'?"
done

# The caret stands under the first character of the value: column 6 of the source line.
line=$(grep -A 1 -F '    3 | cpu: 2.4 GB' "$tmp/err" | tail -n 1)
check "a caret under the value" test "$line" = '      |      ^~~~~~'

cat >"$tmp/nf.yaml" <<'END'
dataplane: plain
server: plain
cpu: 9 GHz
traffic: {rate: 20 Mpps}
chain: [wrok, {nf: work, on: 3}, {nf: work, vcpus: 2}]
END
run check "$tmp/nf.yaml"
check "what does not fit together: five errors" \
	test "$(grep -c ': error: ' "$tmp/err")" = 5
check "unknown NF: suggestion" err_has "did you mean 'work'?"
check "clock: says the range" err_has "1 to 4 GHz"
check "rate: says the line rate" err_has "14.881 Mpps"

cat >"$tmp/many.yaml" <<'END'
dataplane: plain
server: plain
traffic: {rate: 1 Mpps}
chain: [work, work, work, work, work]
END
run run "$tmp/many.yaml"
check "more VNFs than cores: exit 2" exits 2
check "more VNFs than cores: an error" err_has ": error: "

# --- Costs of a scenario's own NF are checked as the profile's are, and with them ---
cat >"$tmp/own.yaml" <<'END'
dataplane: plain
server: plain
traffic: {rate: 1 Mpps}
nfs: {mine: {cost: {per_packet: 10 cycles, free: {above: 200, per_packet: 5 cycles}, large: {above: 256 B}}}}
chain: [mine]
END
run check "$tmp/own.yaml" --set 'profile=[vnic.into_vm.large.above=300 B]'
check "freeing where nothing is sent: exit 2" exits 2
check "freeing where nothing is sent: its place" err_has "$tmp/own.yaml:4:58: error: 'nfs.mine.cost.free.above'"
check "freeing where nothing is sent: where it goes" err_has "vnic.into_vm or vnic.guest_tx"
check "two sizes for large packets" err_has "'nfs.mine.cost.large.above' is 256 B, another is 300 B"
run check work --set 'profile=[vnic.guest_rx.free.above=9]'
check "freeing in the profile where nothing is sent" err_has "'vnic.guest_rx.free.above': only what sends packets"

run run work --set cpu
check "--set without a value: exit 2" exits 2
check "--set without a value: place" err_has "--set cpu:1:7: error: "
run run work --set cpu=fast --seed x
check "wrong --set and --seed: both are shown" \
	test "$(grep -c ': error: ' "$tmp/err")" = 2
check "--set: place" err_has "--set cpu=fast:1:11: error: "
check "--seed: place" err_has "--set run.seed=x:1:16: error: "

printf 'dataplane: "\\e[31mred"\n' >"$tmp/colour.yaml"
run check "$tmp/colour.yaml"
check "an escape sequence in a file does not reach the terminal" not grep -q $'\033' "$tmp/err"

run check "$data/work.yaml" "$tmp/bad.yaml" "$data/profiles/plain.yaml"
check "check: one bad file of three: exit 2" exits 2
check "check: the good ones are ok" test "$(<"$tmp/out")" = \
	"$data/work.yaml: ok
$data/profiles/plain.yaml: ok"

for kind in profiles platforms traffic; do
	file=$(ls "$data/$kind/"*.yaml)
	run check "$file"
	check "check: $kind by folder" exits 0
	cp "$file" "$tmp/copy.yaml"
	run check "$tmp/copy.yaml"
	check "check: $kind by keys" exits 0
	sed 's/^title:/titel:/' "$file" >"$tmp/copy.yaml"
	run check "$tmp/copy.yaml"
	check "check: unknown key in $kind" err_has "did you mean 'title'?"
done
mkdir "$tmp/platforms"
echo 'title: without anything' >"$tmp/platforms/empty.yaml"
run check "$tmp/platforms/empty.yaml"
check "check: the folder tells the kind" err_has "lacks 'sockets'"
(cd "$data/traffic" && "$NFVSIM" check two-sizes.yaml >"$tmp/out" 2>"$tmp/err")
code=$?
check "check: in the current folder" exits 0
cp "$data/traffic/two-sizes.yaml" "$tmp/mix"
(cd "$tmp" && "$NFVSIM" check mix >"$tmp/out" 2>"$tmp/err")
code=$?
check "check: in the current folder, without .yaml" exits 0

# Sweeps, plans and placements name a scenario; what is wrong with that shows too.
printf 'scenario: work\naxes: {cpu: [1 GHz, 9 GHz]}\n' >"$tmp/sweep.yaml"
printf 'scenario: work\nleast: energy\nday: [{rate: 10%%, hours: 23}]\n' >"$tmp/plan.yaml"
printf 'scenario: work\nrules: [{pin: wrok, to: 0}]\n' >"$tmp/placement.yaml"
for wrong in "sweep:point 1: cpu=9 GHz" "plan:a day has 24 hours, not 23" \
	"placement:did you mean 'work'?"; do
	run check "$tmp/${wrong%%:*}.yaml"
	check "check: a wrong ${wrong%%:*}: exit 2" exits 2
	check "check: a wrong ${wrong%%:*}: said" err_has "${wrong#*:}"
done
sed -i 's/9 GHz/3 GHz/' "$tmp/sweep.yaml"
sed -i 's/energy/clock/; s/23/24/' "$tmp/plan.yaml"
sed -i 's/wrok/work/' "$tmp/placement.yaml"
run check "$tmp/sweep.yaml" "$tmp/plan.yaml" "$tmp/placement.yaml"
check "check: sweep, plan and placement by keys" exits 0
run check "$tmp/plan.yaml" --set cpu=9GHz
check "check: --set applies to the scenario of a plan" err_has "1 to 4 GHz"

# What is no text, or an empty one, stands where a name or a word belongs.
for wrong in "chain=[{nf: ''}]" "chain=['']" "traffic.size=[64 B, 128 B]" "traffic.rate=[1 Mpps]" \
	"traffic.rate={a: 1}"; do
	run run -q work --set "$wrong"
	check "$wrong: exit 2" exits 2
	check "$wrong: an error with its place" err_has "1:"
done

run check work --set 'profile=[nfs.work.cost.per_packet=1e12 cycles]'
check "a cost beyond what can be simulated: exit 2" exits 2
check "a cost beyond what can be simulated: says which" \
	err_has "'work' takes 3.2e+04 s for a burst of 32 packets; at most 0.1 s"
run check work --set 'profile=[nfs.work.cost.per_packet=1e5 s]'
check "a time beyond what can be simulated: exit 2" exits 2
