#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Prints "INSTRUCTIONS CASE" lines: instructions per simulated packet under callgrind, which do not
# depend on what else the machine does. A run and one of three times the length are compared, so that
# reading, building and the summary do not count. Environment: NFVSIM (the program).
set -eu
cd "$(dirname "$0")/.."

NFVSIM=${NFVSIM:-build/nfvsim}
export NFVSIM_DATA=scenarios
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# Instructions of a run of $1 us of the scenario and settings that follow.
total() {
	local us=$1 scenario=$2 set sets=() messages=$tmp/$BASHPID
	shift 2
	for set in "$@"; do sets+=(--set "$set"); done
	timeout 100 valgrind --tool=callgrind --callgrind-out-file=/dev/null "$NFVSIM" run "$scenario" \
		"${sets[@]}" --set "run.duration=${us}us" --set run.warmup=1ms >/dev/null 2>"$messages" ||
		{ cat "$messages" >&2; return 1; }
	awk '/Collected/ { print $NF }' "$messages"
}

# NAME MPPS SCENARIO [KEY=VALUE...]
per_packet() {
	local name=$1 mpps=$2 short long
	shift 2
	short=$(total 20000 "$@")
	long=$(total 60000 "$@")
	awk -v d=$((long - short)) -v mpps="$mpps" -v name="$name" \
		'BEGIN { printf "%.0f %s\n", d / (40000 * mpps), name }'
}

per_packet "W1, constant rate, 5 Mpps" 5 bench/w1 &
per_packet "W1, Poisson, 5 Mpps" 5 bench/w1 traffic.arrivals=poisson >"$tmp/poisson"
wait
cat "$tmp/poisson"
per_packet "BESS, 64 B, saturated" 14.88 niu-can17/table1-bess
