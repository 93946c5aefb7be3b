#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The answer of compare. Truth is arithmetic: work.yaml is a core that takes 1000 cycles a packet.
. tests/cli/lib.sh

metric() {
	echo ".differences[] | select(.metric == \"$1\")"
}

run compare work --b cpu=2GHz
check "text: exit 0" exits 0
check "text: nothing on stderr that is no terminal" test ! -s "$tmp/err"
for words in 'A: work' 'B: work: cpu=2GHz' 'delivered' '99.9' '< 0.0001' 'higher' 'pairs of'; do
	check "text: prints '$words'" out_has "$words"
done

run compare work --b cpu=2GHz --json
check "twice the clock: 1 Mpps more" json \
	"$(metric delivered_pps) | .difference / 1e6 - 1 | fabs < 0.01"
check "twice the clock: higher" json \
	"$(metric delivered_pps) | .b_is == \"higher\" and .p_value < 1e-6"
check "twice the clock: less loss" json \
	"$(metric loss_ratio) | .b_is == \"lower\" and (.difference + 0.1 | fabs) < 0.002"
run compare work --a cpu=2GHz --json
check "--a: the other way round" json \
	"$(metric delivered_pps) | .difference / 1e6 + 1 | fabs < 0.01"
run compare work --json
check "itself: no difference at all" json \
	'.differences | all(.difference == 0 or .difference == null)'
check "itself: the same" json "$(metric delivered_pps) | .b_is == \"same\" and .p_value == 1"
run compare work work --json
check "two files" json '.a.scenario == "work" and .b.scenario == "work"'

poisson=(--set traffic.arrivals=poisson --set traffic.rate=700kpps)
run compare work "${poisson[@]}" --b 'profile=["nfs.work.cost.per_packet=1005 cycles"]' --json
check "half a percent more work shows in the mean" json \
	"$(metric latency_mean_ns) | .b_is == \"higher\""
check "common numbers: far narrower than each value's interval" json \
	"($(metric latency_mean_ns) | .difference_ci95) * 3 <
	.a.latency_ns.mean_ci95"
check "rates do not differ" json "$(metric delivered_pps) | .b_is == \"same\""
cp "$tmp/out" "$tmp/one"
run compare work "${poisson[@]}" --b 'profile=["nfs.work.cost.per_packet=1005 cycles"]' --json
check "same input, same bytes" cmp "$tmp/out" "$tmp/one"
run compare work "${poisson[@]}" --b run.seed=2
check "other seeds: says that runs are independent" out_has "independent"

run compare work --a cpu=9GHz
check "bad value of one side: exit 2" exits 2
check "bad value: says so" err_has "runs at 1 to 4 GHz"
run compare
check "no file: exit 2" exits 2
