#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# run.sh [--smoke] [--keep DIR] [--double KEY] [--cores A,B]
#
# Calibrates the parts of a real dataplane, predicts what the whole will do, stores that, runs it,
# and prints the ledger (docs/live.md). --keep: where all files stay. --double: doubles a cost of
# the profile before predicting, to see the ledger fail. --smoke: few samples, checks that all steps
# work and nothing of the figures.
#
# Exit: 0 limits kept, 5 broken, 4 inconclusive, 1 a step failed, 2 bad usage.
set -eu -o pipefail
cd "$(dirname "$0")/../.."
export LC_ALL=C
here=$PWD/validate/live
. "$here/lib.sh"

smoke='' keep='' double='' cores=0,1
while [ $# -gt 0 ]; do
	case $1 in
	--smoke) smoke=1 ;;
	--keep | --double | --cores)
		[ $# -gt 1 ] || usage "$1 needs a value"
		printf -v "${1#--}" %s "$2"
		shift
		;;
	*) usage "unknown option '$1'" ;;
	esac
	shift
done
alone=--alone passes=20 rounds=4 enough=10 windows=8 calib_passes=60 wait_ms=100
[ -z "$smoke" ] || alone='' passes=1 rounds=1 enough=1 calib_passes=1 wait_ms=''
open_folder "$keep"

step "calibrating the parts"
rm -rf samples.csv near far near.yaml far.yaml
for more in 1 2 3; do
	run_for 60 "$bin/nfvsim-calib" --bench vnf --no-huge --repeats $((more * calib_passes)) --limit 40 \
		--windows $windows ${wait_ms:+--wait $wait_ms} --cores "$cores" --resume --out samples.csv 2>calib.log
	tail -1 calib.log
	for state in near far; do
		calibrate_state $state "$([ $more = 1 ] && echo all || echo some)"
	done
	[ -z "$states$smoke" ] || break
done
[ -n "$states" ] || [ -z "$smoke" ] || stand_in near
[ -n "$states" ] || finish 4 "too few samples of any state to calibrate with"

step "fitting Open vSwitch"
fit_ovs
[ -z "$double" ] || double_in_all "$double"

step "predicting"
grep -E "${smoke:+^(l2fwd-b3|acl-b12|ovs-)}" "$here/plan.csv" >plan.csv
predict_plan plan.csv
[ -s runs.csv ] || finish 4 "inconclusive: no line can be predicted"
store_predictions

step "running"
live runs.csv $passes $rounds measured.csv 110

step "ledger"
write_sets
print_ledger
