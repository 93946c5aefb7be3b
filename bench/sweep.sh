#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What `make bench-sweep` runs; see docs/performance.md. The machine should have nothing else to do.
#
# 1. What a sweep of many points costs beside simulating them, in CPU time.
# 2. Two workers against two separate processes with half of the points each, in turns.
# 3. One heavy point, whose replications are spread, with one worker and with two.
#
# Environment: BUILD (build), POINTS (10000) and what they are like: ARGS, ROUNDS (5).
set -eu
cd "$(dirname "$0")/.."
export NFVSIM_DATA=scenarios
nfvsim=${BUILD:-build}/nfvsim
points=${POINTS:-10000}
rounds=${ROUNDS:-5}
# shellcheck disable=SC2206 # words
args=(l3fwd ${ARGS:-})
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# timed COMMAND...: its elapsed, user and system seconds.
timed() {
	local TIMEFORMAT='%R %U %S'
	{ time "$@" >"$dir/out" 2>"$dir/err"; } 2>&1
}

sweep() {
	local store=$dir/$1.db n=$2
	shift 2
	rm -f "$store"*
	"$nfvsim" sweep "${args[@]}" --axis "traffic.rate=1Mpps..14Mpps:$n" -o "$store" --json "$@"
}

apart() {
	sweep half1 "$1" --shard 1/2 >/dev/null &
	sweep half2 "$1" --shard 2/2 >/dev/null
	wait
}

heavy() {
	rm -f "$dir/heavy.db"*
	"$nfvsim" sweep l3fwd --set traffic.rate=8.3Mpps --set traffic.arrivals=poisson --replications 64 \
		--set run.duration=200ms -o "$dir/heavy.db" "$@"
}

read -r real user system < <(timed sweep many "$points")
simulating=$(jq .simulating_cpu_s "$dir/out")
awk -v n="$points" -v real="$real" -v cpu="$(echo "$user + $system" | bc)" -v sim="$simulating" 'BEGIN {
	printf "%d points, one process: %.1f s, %.1f s of CPU, %.1f s of them simulating\n", n, real, cpu, sim
	printf "  outside simulation: %.2f %% (%.2f ms a point)\n", 100 * (cpu - sim) / cpu, 1000 * (cpu - sim) / n
}'

few=$(awk -v n="$points" -v real="$real" 'BEGIN { few = 2 * int(4 * n / real); print few < 2 ? 2 : few }')
for _ in $(seq "$rounds"); do
	read -r two _ < <(timed sweep two "$few" -j2)
	read -r separate _ < <(timed apart "$few")
	awk -v n="$few" -v two="$two" -v apart="$separate" 'BEGIN {
		printf "%d points: two workers %.2f s, two processes %.2f s: %.1f %%\n", n, two, apart, 100 * apart / two
	}'
done

for _ in $(seq "$rounds"); do
	read -r one _ < <(timed heavy)
	read -r two _ < <(timed heavy -j2)
	awk -v one="$one" -v two="$two" 'BEGIN {
		printf "a point of 64 replications: one worker %.2f s, two %.2f s: %.2f times\n", one, two, one / two
	}'
done
