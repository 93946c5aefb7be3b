#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Plans: the advice of Niu et al. (CAN'17) as answers, and answers that follow by arithmetic from a
# core of 1000 cycles a packet.
# shellcheck source=tests/cli/lib.sh
. tests/cli/lib.sh
examples=$PWD/scenarios
# shellcheck disable=SC2154 # lib.sh sets tmp
cd "$tmp" || exit 1

run plan work --set traffic.rate=2.35Mpps --least clock --json
check "exit 0" exits 0
check "1000 cycles a packet: the clock" json '.answer.clock_hz == 2.4e9 and
	.answer.verdict == "met"'
check "the assignment that makes it" json '.answer.set == ["cpu=2.4 GHz"]'
check "one step smaller is missed, and why" json '.smaller | length == 1 and
	all(.result.verdict == "missed" and .result.clock_hz == 2.3e9 and .result.limit == "work")'
check "the runner-up" json '.runner_up.clock_hz == 2.5e9'
check "confidence" json '.confidence == 0.95'
cp out one
run plan work --set traffic.rate=2.35Mpps --least clock --json
check "same input, same bytes" cmp out one
run plan work --set traffic.rate=2.35Mpps --least clock
for words in 'answer: clock 2.4 GHz' 'clock 2.3 GHz: missed; limit: work' \
	'runner-up: clock 2.5 GHz'; do
	check "prints '$words'" out_has "$words"
done
run plan work --set traffic.rate=4.5Mpps --least clock --json
check "out of reach: exit 3" exits 3
check "out of reach: no answer, but how near" json '.answer == null and
	.largest_tried.clock_hz == 4e9 and .largest_tried.verdict == "missed"'
run plan work --target 'loss<1us'
check "a wrong target: exit 2" exits 2
run plan work --least cpus
check "a wrong word: exit 2" exits 2
run plan work --least energy
check "no power stated: exit 2" exits 2
check "no power stated: said" err_has "states no power"
run plan work --least servers
check "one server cannot become fewer" err_has "must name several"

cat >day.yaml <<'END'
scenario: work
set: [traffic.rate=3.94Mpps]
least: clock
day: [{rate: 10%, hours: 8}, {rate: 2.35 Mpps, hours: 12}, {rate: 100%, hours: 4}]
END
run plan day.yaml --json
check "a day: the clock of each hour" json '[.day[].clock_hz] | .[0] == 1e9 and .[7] == 1e9 and
	.[8] == 2.4e9 and .[19] == 2.4e9 and .[20] == 4e9 and length == 24'
check "a day: any number of processes or ranks, the same bytes" same_for_any_crew plan day.yaml --json
kill_worker() {
	"$NFVSIM" plan day.yaml -j2 --set run.precision=0.01% >out 2>err &
	local pid=$! worker=
	until worker=$(pgrep -P "$pid" | head -n 1) && [ "$worker" ]; do sleep 0.02; done
	kill -9 "$worker"
	wait "$pid"
	code=$?
}
kill_worker
check "a worker dies: exit 1" exits 1
check "a worker dies: said" err_has "worker killed by signal 9"
sed 's/hours: 4/hours: 3/' day.yaml >short.yaml
run plan short.yaml
check "a day of 23 hours" err_has "a day has 24 hours, not 23"

export NFVSIM_DATA=$examples
run plan l3fwd --set cpu=2.6GHz --least queues --json
check "64 B at line rate, L3FWD, BESS, 2.6 GHz: two queues, two vCPUs" json \
	'.answer.queues == 2 and .answer.vcpus == 2'
check "with one the VNF's core is the limit" json '.smaller[0].result | .verdict == "missed" and
	.limit == "l3fwd"'
run plan l3fwd --set traffic.size=facebook-web --set traffic.rate=1.73Mpps --least clock --json
check "1.73 Mpps of the Facebook mix: 1.2 GHz" json '.answer.clock_hz == 1.2e9'
check "nothing is smaller" json '.smaller | length == 1 and
	(.[0].floor | endswith("lowest clock"))'
run plan l3fwd --set traffic.rate=10Mpps --least energy --json
check "least energy: leans on assumed values, and says so" json '.power_assumed'
check "energy: any number of processes or ranks, the same bytes" \
	same_for_any_crew plan l3fwd --set traffic.rate=10Mpps --least energy --json
check "least energy: all that is smaller is missed" json '.answer.power_w > 95 and
	([.smaller[] | .result.verdict] | all(. == "missed")) and (.smaller | length == 3)'
cat >chain.yaml <<'END'
dataplane: bess
servers: {a: c6220, b: c6220}
cpu: 2.6 GHz
traffic: {size: 256 B, rate: line}
chain: [firewall, l3fwd, l2fwd, nat]
run: {max_packets: 1000000}
END
run plan chain.yaml --least servers --target 'loss<1%' --json
check "nine cores do not fit a socket: two servers" json '.answer.servers == 2'
check "why not one" json '.smaller[0].result.why_impossible | contains("has 8 cores")'
run plan l3fwd --set dataplane=clickos --least queues
check "ClickOS cannot add a queue: exit 3" exits 3

if has_terminal; then
	clocks="NFVSIM_DATA='$data' '$NFVSIM' plan work --set traffic.rate=2.35Mpps --least clock"
	terminal "$clocks" >shown
	check "progress on a terminal: how many, how many left, which" \
		grep -q '1 simulated, about [0-9]* left: clock 2.3 GHz' shown
	terminal "$clocks --quiet" >quiet
	check "no progress with --quiet" not grep -q 'simulated, about' quiet
	terminal "stty cols 30 && $clocks" >narrow
	check "progress fits the terminal" not grep -q 'simulated, about [0-9]* left: clock' narrow
	terminal "$clocks --json >quiet" >narrow
	check "no progress with --json to a file" not grep -q 'simulated, about' narrow
else
	skip "terminal" "script is not installed, or no terminal can be had"
fi
