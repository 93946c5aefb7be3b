#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The testbed driver with hosts that stand in: the remote shell is a script that logs what it is asked
# and runs it here. The clock is a file; the tester prints numbers.
# shellcheck disable=SC2016,SC2034,SC2154 # $1 belongs to the scripts, $tmp to lib.sh
. tests/cli/lib.sh

cat >"$tmp/shell" <<EOF2
#!/bin/sh
printf '%s\n' "\$*" >>"$tmp/asked"
exec sh -c "\$2"
EOF2
chmod +x "$tmp/shell"
echo 3000 >"$tmp/clock"

cat >"$tmp/clock.yaml" <<EOF2
vars: {clock: $tmp/clock}
steps:
  - {host: dut, run: [cat, '\${clock}'], save: before}
  - {host: dut, run: [tee, '\${clock}'], input: text, text: '\${khz}', undo: [sh, -c, 'echo "\$1" >"\$2"', sh, '\${before}', '\${clock}']}
EOF2
cat >"$tmp/plan.yaml" <<EOF2
title: a testbed of files
hosts:
  dut: {address: root@dut, shell: [$tmp/shell]}
  tester: {address: tester, shell: [$tmp/shell]}
scenario: work
axes: {cpu: [1GHz, 2GHz]}
repeat: 2
use: [$tmp/clock.yaml]
vars: {odd: 'a b''c;\$(touch $tmp/bad)"'}
steps:
  - {host: dut, run: [sleep, '987'], background: yes}
  - {host: tester, run: [cat, $tmp/clock], save: now}
  - {host: tester, run: [printf, '%s\nrate %s000 pps\nloss 10.5\n', '\${odd}', '\${now}'], save: report}
  - {host: tester, run: [sh, -c, 'test ! -e $tmp/slow || sleep 983']}
results:
  - {metric: delivered, from: report, pattern: 'rate ([0-9]+)', unit: pps}
  - {metric: loss, from: report, pattern: 'loss ([0-9.]+)', unit: '%'}
EOF2

run testbed "$tmp/plan.yaml" --dry-run
check "dry run: exit 0" exits 0
check "dry run: nothing asked" not test -e "$tmp/asked"
check "dry run: every trial" test "$(grep -c '^# ' "$tmp/out")" = 4
check "dry run: the words quoted" out_has "tester: 'printf' '%s\nrate %s000 pps\nloss 10.5\n' 'a b'\\''c;"
check "dry run: what is read" out_has "    | 2000000"
check "dry run: how it is undone" out_has "undo dut: 'sh' '-c'"

run testbed "$tmp/plan.yaml" -o "$tmp/trials"
check "run: exit 0" exits 0
check "four trials are recorded" test "$(find "$tmp/trials" -name '*.trial' | wc -l)" = 4
check "odd words reached nobody's shell" not test -e "$tmp/bad"
check "the clock is restored" grep -qx 3000 "$tmp/clock"
check "nothing is left to undo" not test -e "$tmp/trials/undo"
check "what ran in the background is ended" not pgrep -f '^sleep 987$'
check "hosts are given by address" grep -q '^root@dut ' "$tmp/asked"
check "the clock was set" grep -rqx 'rate 2000000000* pps' "$tmp/trials"
cp "$tmp/trials/set.yaml" "$tmp/whole.yaml"
run validate "$tmp/trials/set.yaml" --json
check "validate takes the set" exits 0
check "two settings, two metrics" json '.sets[0].points | length == 4'
check "median of the two" json '.sets[0].points[0].measured == 1e9'
check "loss" json '.sets[0].points[1].measured - 0.105 | fabs < 1e-9'

: >"$tmp/asked"
run testbed "$tmp/plan.yaml" -o "$tmp/trials"
check "again: exit 0" exits 0
check "again: nothing is asked" not test -s "$tmp/asked"

sed 's/loss 10.5/loss 11.5/' "$tmp/plan.yaml" >"$tmp/other.yaml"
run testbed "$tmp/other.yaml" -o "$tmp/trials"
check "other commands, the same names: exit 1" exits 1
check "other commands: is said" err_has "cpu-1GHz.1.trial was recorded with other hosts, commands"
check "other commands: nothing is asked" not test -s "$tmp/asked"

# interrupted SIGNAL: in the middle of the third trial
interrupted() {
	rm -f "$tmp/trials"/cpu-2GHz.*.trial
	touch "$tmp/slow"
	"$NFVSIM" testbed "$tmp/plan.yaml" -o "$tmp/trials" >"$tmp/out" 2>"$tmp/err" </dev/null &
	for _ in $(seq 100); do
		grep -q 'test !' "$tmp/trials/cpu-2GHz.1.log" 2>/dev/null && break
		sleep 0.1
	done
	sleep 0.3
	kill "-$1" $!
	code=0
	wait $! || code=$?
	rm "$tmp/slow"
}

rm -f "$tmp/trials"/*.log
interrupted INT
check "interrupted: exit 130" exits 130
check "interrupted: the clock is restored" grep -qx 3000 "$tmp/clock"
check "interrupted: what it started is ended" not pgrep -f '^sleep (987|983)$'
check "interrupted: the trial is not recorded" not test -e "$tmp/trials/cpu-2GHz.1.trial"
check "interrupted: nothing is left to undo" not test -e "$tmp/trials/undo"

rm -f "$tmp/trials"/*.log
interrupted KILL
check "killed: the journal is there" test -s "$tmp/trials/undo"
check "killed: the clock is not restored" not grep -qx 3000 "$tmp/clock"
run testbed "$tmp/plan.yaml" -o "$tmp/trials"
check "resumed: exit 0" exits 0
check "resumed: says that it cleans up" err_has "undoing what an interrupted run left"
check "resumed: the clock is restored" grep -qx 3000 "$tmp/clock"
check "resumed: what was left running is ended" not pgrep -f '^sleep (987|983)$'
check "resumed: the set is whole" cmp "$tmp/trials/set.yaml" "$tmp/whole.yaml"

printf 'hosts: {dut: {shell: ["true"]}}\nscenario: work\n' >"$tmp/nothing.yaml"
mkdir "$tmp/nothing"
seq -f 'dut	thing %.0f' 4100 >"$tmp/nothing/undo"
run testbed "$tmp/nothing.yaml" -o "$tmp/nothing"
check "4,100 things to undo: exit 0" exits 0
check "4,100 things to undo: all are" test "$(grep -c '^undo dut: thing' "$tmp/err")" = 4100

sed -e 's/\[sleep, .987.\], background: yes/[false]/' "$tmp/plan.yaml" >"$tmp/fails.yaml"
run testbed "$tmp/fails.yaml" -o "$tmp/fails"
check "a step fails: exit 1" exits 1
check "a step fails: which" err_has "on dut: 'false': failed"
check "a step fails: the clock is restored" grep -qx 3000 "$tmp/clock"
check "a step fails: no trial" test "$(find "$tmp/fails" -name '*.trial' | wc -l)" = 0
sed -e 's/\[sleep, .987.\], background: yes/[sleep, "986"], timeout: 200 ms/; s/1GHz, 2GHz/1GHz/; s/repeat: 2/repeat: 1/' \
	"$tmp/plan.yaml" >"$tmp/late.yaml"
run testbed "$tmp/late.yaml" -o "$tmp/late"
check "a timeout: exit 1" exits 1
check "a timeout: is told" err_has "took longer than its timeout"
check "a timeout: it is ended" not pgrep -f '^sleep 986$'

sed -e 's/{now}.\], save: report/{colck}'"'"'], save: report/; s/host: tester, run: \[cat/host: testre, run: [cat/' \
	"$tmp/plan.yaml" >"$tmp/bad.yaml"
run testbed "$tmp/bad.yaml"
check "a bad plan: exit 2" exits 2
check "a bad plan: an unknown host" err_has "bad.yaml:12:5: error: the plan has no host 'testre'"
sed -i 's/testre/tester/' "$tmp/bad.yaml"
run testbed "$tmp/bad.yaml"
check "a bad plan: a variable, before anything runs" err_has "no variable is called 'colck'"
sed "s/(\[0-9\]+)'/[0-9]+'/" "$tmp/plan.yaml" >"$tmp/bad.yaml"
run testbed "$tmp/bad.yaml"
check "a pattern without a group: exit 2" exits 2
sed "s/unit: pps/unit: parsec/" "$tmp/plan.yaml" >"$tmp/bad.yaml"
run testbed "$tmp/bad.yaml"
check "a unit that is none" err_has "'parsec' is no unit of delivered"
sed "s/from: report/from: repotr/; s/save: now/save: clock/" "$tmp/plan.yaml" >"$tmp/bad.yaml"
run testbed "$tmp/bad.yaml"
check "a result of nothing" err_has "no step saves 'repotr'"
check "a name that is taken" err_has "the variable 'clock' has a value already"
sed "s/^vars: {/vars: {size: '512', khz: '1', /; s|^use: .*|use: [$tmp/vars.yaml]|" "$tmp/plan.yaml" \
	>"$tmp/bad.yaml"
echo 'vars: {vnf: none, mine: 1}' >"$tmp/vars.yaml"
run testbed "$tmp/bad.yaml"
check "variables of the scenario: exit 2" exits 2
check "variables of the scenario: of the plan" err_has "bad.yaml:9:8: error: 'size' is a variable of the scenario"
check "variables of the scenario: all of them" err_has "'khz' is a variable of the scenario"
check "variables of the scenario: of a template" err_has "vars.yaml:1:8: error: 'vnf' is a variable of the scenario"
check "variables of the scenario: no others" test "$(grep -c 'is a variable of the scenario' "$tmp/err")" = 3

# Every line of a generated BESS script is one that bessctl knows, with documented arguments.
export NFVSIM_DATA=$PWD/scenarios
cat >"$tmp/bess.yaml" <<EOF2
hosts: {dut: {shell: [$tmp/shell]}}
scenario: numa-chain
axes:
  chain: ['[]', '[l3fwd]', '[firewall, {nf: l2fwd, on: 1, vcpus: 2, queues: 2}]']
  traffic.direction: [forward, both]
vars: {sockets: "/tmp/it's", first_core: '2', pci0: '0000:01:00.0', pci1: '0000:01:00.1'}
steps: [{host: dut, run: [cat], input: bess}]
EOF2
run testbed "$tmp/bess.yaml" --dry-run
check "bess: exit 0" exits 0
sed -n 's/^    | //p; /^# /p' "$tmp/out" >"$tmp/scripts"
check "bess: six scripts" test "$(grep -c '^# ' "$tmp/scripts")" = 6
awk -f tests/cli/data/testbed/bess.awk tests/cli/data/testbed/bess-arguments.txt "$tmp/scripts" >"$tmp/found"
check "bess: as documented" not test -s "$tmp/found"
cp "$tmp/found" "$tmp/err"
sed 's/qid=/qdi=/; s/in0 -> /in9 -> /' "$tmp/scripts" >"$tmp/wrong"
check "bess: the check sees wrong arguments" grep -q "QueueInc has no argument qdi" \
	<(awk -f tests/cli/data/testbed/bess.awk tests/cli/data/testbed/bess-arguments.txt "$tmp/wrong")
check "bess: and unknown names" grep -q "no module in9" \
	<(awk -f tests/cli/data/testbed/bess.awk tests/cli/data/testbed/bess-arguments.txt "$tmp/wrong")
check "bess: a task for each queue that is read" test \
	"$(awk '/^# /{n++} n == 5' "$tmp/scripts" | grep -c 'attach_task')" = 4
sed -i 's/^axes:/set: [cores.workers=1]\naxes:/' "$tmp/bess.yaml"
run testbed "$tmp/bess.yaml"
check "bess: what it cannot express: exit 2" exits 2
check "bess: is said" err_has "the BESS script has a worker for each task"

# ClickOS: a configuration and a domain for each VNF.
cat >"$tmp/click.yaml" <<EOF2
hosts: {dut: {shell: [$tmp/shell]}}
scenario: numa-chain
set: [dataplane=clickos]
axes:
  chain: ['[]', '[l2fwd]', '[firewall, {nf: l3fwd, entries: 300}]']
  traffic.direction: [forward, both]
vars: {first_core: '3', kernel: /boot/clickos}
steps:
  - {host: dut, each_vnf: yes, input: click, run: [tee, 'vm\${vnf}.click']}
EOF2
run testbed "$tmp/click.yaml" --dry-run
check "clickos: exit 0" exits 0
sed -n 's/^    | //p; s/^dut: .*/# vm/p; /^# /p' "$tmp/out" >"$tmp/configurations"
check "clickos: a configuration for each VNF" test "$(grep -c '^dut: ' "$tmp/out")" = 6
check "clickos: both ways" test "$(grep -c 'FromDevice(1)' "$tmp/configurations")" = 3
check "clickos: 300 routes" test "$(grep -m 1 -o '/[0-9]* 0[,)]' "$tmp/configurations" | wc -l)" = 300
awk -f tests/cli/data/testbed/click.awk "$tmp/configurations" >"$tmp/found"
check "clickos: as documented" not test -s "$tmp/found"
check "clickos: the check sees a wrong element" grep -q "no element ToDevise" \
	<(sed 's/ToDevice/ToDevise/' "$tmp/configurations" | awk -f tests/cli/data/testbed/click.awk -)
check "clickos: and a wrong rule" grep -q "no rule" \
	<(sed 's/allow all/allow/' "$tmp/configurations" | awk -f tests/cli/data/testbed/click.awk -)
sed -i 's/input: click/input: xl/; s/\.click/.xl/' "$tmp/click.yaml"
run testbed "$tmp/click.yaml" --dry-run
check "clickos: a domain's switches and core" out_has "vif = ['bridge=vale1', 'bridge=vale2']"
check "clickos: its own core" out_has "cpus = '4'"
sed "s/\[l2fwd\]/[vpn]/; s/input: xl/input: click/" "$tmp/click.yaml" >"$tmp/bad.yaml"
run testbed "$tmp/bad.yaml"
check "clickos: an NF without a configuration: exit 2" exits 2
check "clickos: is said" err_has "no Click configuration is known for 'vpn'"
for name in clickos-xen pktgen-dpdk; do
	run check "scenarios/testbed/$name.yaml"
	check "$name: is a template" exits 0
done

# Open vSwitch: stubs log what they are asked.
mkdir "$tmp/bin"
for name in ovs-vsctl ovs-ofctl qemu-system-x86_64; do
	printf '#!/bin/sh\necho "%s $*" >>"%s"\n[ "$1" != br-exists ] || exit 2\n' "$name" "$tmp/asked" \
		>"$tmp/bin/$name"
done
echo 'exec sleep 985' >>"$tmp/bin/qemu-system-x86_64"
chmod +x "$tmp"/bin/*
sed 's/wait: 30 s/wait: 300 ms/' scenarios/testbed/ovs-qemu.yaml >"$tmp/ovs-template.yaml"
cat >"$tmp/ovs.yaml" <<EOF2
hosts: {dut: {shell: [sh, -c]}}
scenario: numa-chain
set: ['chain=[l2fwd, l3fwd]']
use: [$tmp/ovs-template.yaml]
vars: {sockets: $tmp/sockets}
steps: [{host: dut, run: [echo, '5'], save: five}]
results: [{metric: delivered, from: five, pattern: '([0-9]+)', unit: pps}]
EOF2
: >"$tmp/asked"
PATH=$tmp/bin:$PATH run testbed "$tmp/ovs.yaml" -o "$tmp/ovs"
check "ovs: exit 0" exits 0
check "ovs: from NIC through the VNFs to NIC" cmp - <(grep -o 'in_port.*' "$tmp/asked") <<EOF2
in_port=1,actions=output:10
in_port=11,actions=output:12
in_port=13,actions=output:2
EOF2
check "ovs: their ports" test "$(grep -c 'type=dpdkvhostuserclient .*ofport_request=1[0-3]$' "$tmp/asked")" = 4
check "ovs: two guests that serve their sockets" test "$(grep -o 'server=on' "$tmp/asked" | wc -l)" = 4
check "ovs: guests are ended" not pgrep -f '^sleep 985$'
check "ovs: the bridge is removed last" test "$(tail -n 1 "$tmp/asked")" = "ovs-vsctl --if-exists del-br nfvsim-br"

# A host may be a network namespace of this machine.
space=nfvsim-test-$$
if ip netns add "$space" 2>/dev/null && ip netns exec "$space" true 2>/dev/null; then
	cat >"$tmp/space.yaml" <<EOF2
hosts: {dut: {shell: [ip, netns, exec, $space, sh, -c]}}
scenario: numa-chain
steps: [{host: dut, save: seen, run: [ip, -o, link, show]}]
results: [{metric: delivered, from: seen, pattern: '^([0-9]+): lo:', unit: pps}]
EOF2
	run testbed "$tmp/space.yaml" -o "$tmp/space"
	ip netns del "$space"
	check "a network namespace: exit 0" exits 0
	check "a network namespace: has only its own loopback" test \
		"$(grep -c '^[0-9]*: ' "$tmp"/space/*.log)" = 1
else
	ip netns del "$space" 2>/dev/null
	skip "a network namespace" "none can be made here"
fi
